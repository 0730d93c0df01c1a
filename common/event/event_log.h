// The event table's readers: audit, history and outbox.
#pragma once

#include "absl/status/statusor.h"
#include "common/resource/store.h"
#include "heitie/type/v1/event.pb.h"

namespace heitie::event {

// Events after a position, every committed event exactly once and those of one resource in order, also when transactions commit
// out of order: an event gets its position from the first reader after its commit, under a lock, never from the writer.
absl::StatusOr<type::v1::ListEventsResponse> List(resource::Store& store, const rpc::Call& call,
                                                  const type::v1::ListEventsRequest& request);

// Binds the service's ListEvents to List.
void Bind(rpc::Service& service, resource::Store& store);

}  // namespace heitie::event
