// Follows the events of another service, so that what happens there has its consequences here (design: whoever is not called reacts to
// events).
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "common/client/client.h"
#include "common/job/runner.h"
#include "heitie/type/v1/event.pb.h"

namespace heitie::event {

// How long after its commit an event is seen at the latest while nothing fails.
inline constexpr absl::Duration kFollowInterval = absl::Seconds(1);

// What an event has as its consequence. It gets each event at least once and those of one resource in order, so it must do no harm when it
// is repeated. An error repeats the event with a back-off (1 s to 1 min) before any later one is given.
using Consequence = std::function<absl::Status(const rpc::Call& call, const type::v1::Event& event)>;

// Registers the recurring job `name`, whose payload is the position up to which everything has had its consequence. Whatever the number of
// replicas, one of them follows at a time. `list_events` is the source's method, for example "heitie.risk.v1.RecordService/ListEvents".
void Follow(job::Runner& jobs, const std::string& name, client::Client& source, const std::string& list_events, Consequence consequence);

}  // namespace heitie::event
