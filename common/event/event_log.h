// The event table's readers: audit, history and outbox.
#ifndef HEITIE_COMMON_EVENT_EVENT_LOG_H_
#define HEITIE_COMMON_EVENT_EVENT_LOG_H_

#include "absl/status/statusor.h"
#include "common/job/runner.h"
#include "common/record/store.h"
#include "common/rpc/service.h"
#include "heitie/type/v1/event.pb.h"

namespace heitie::event {

// How long a ListEvents may wait for an event.
inline constexpr absl::Duration kLongestWait = absl::Seconds(30);

// Lists the events after a position: every committed event exactly once, and the events of one resource in order, also when transactions
// commit out of order. An event gets its position after its commit and under a lock, from the first reader or from KeepPlaced, never from
// its writer. Events without a position are placed in portions, each committed by itself: an answer holds the events that have been placed
// when half of the caller's time is over, and the next answer goes on from there. List never waits for events, whatever the request says.
// Who asks for what lies after a position that this log does not have, or had before it was restored, is told: EVENTS_BEHIND,
// EVENTS_RESTORED.
absl::StatusOr<type::v1::ListEventsResponse> List(record::Store& store, const rpc::Call& call, const type::v1::ListEventsRequest& request);
// The same of the events that have a position already, for a request that was checked. Whoever asks whether all have one is told in the
// same statement; when not, the answer holds none.
absl::StatusOr<type::v1::ListEventsResponse> Fetch(record::Store& store, const rpc::Call& call, const type::v1::ListEventsRequest& request,
                                                   bool* all_placed = nullptr);
// Gives positions to all that is committed.
absl::Status PlaceAll(record::Store& store, absl::Time deadline);

// Registers the recurring job that gives positions while nobody reads, so that nothing piles up.
void KeepPlaced(job::Runner& jobs, record::Store& store);

// Binds what every service has: ListEvents, which waits for events without holding a thread (waiters.h), ListFollowers, StepOverEvent and
// RebuildMirror (followers.h), ListHoldings (record/holdings.h), HandOver (record/hand_over.h) and ListExcessRoles
// (record/excess_roles.h).
void Bind(rpc::Service& service, record::Store& store);

}  // namespace heitie::event

#endif  // HEITIE_COMMON_EVENT_EVENT_LOG_H_
