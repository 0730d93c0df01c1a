// The events of all services as one stream: each service's log is followed from the caller's place in it, with the caller's rights, and
// what it tells is passed on at the pace of the reader. No thread waits.
#ifndef HEITIE_SERVICES_GATEWAY_SUITE_EVENTS_H_
#define HEITIE_SERVICES_GATEWAY_SUITE_EVENTS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/client/client.h"
#include "common/rpc/service.h"
#include "heitie/gateway/v1/suite_event.pb.h"
#include "heitie/type/v1/event.pb.h"

namespace heitie::gateway {

// A place in the log of one service.
struct EventPlace {
  int64_t position = 0;
  std::string incarnation;  // empty: not known yet
  bool operator==(const EventPlace&) const = default;
};
// By service. What is not in it has not been asked yet.
using EventPlaces = std::map<std::string, EventPlace>;

// A cursor and what it says. INVALID_ARGUMENT for what is none. It tells nothing that ListEvents would not, and gives no right.
std::string CursorOf(const EventPlaces& places);
absl::StatusOr<EventPlaces> PlacesOf(const std::string& cursor);

// An event as the stream has it.
v1::SuiteEvent SuiteEventOf(const std::string& service, const type::v1::Event& event);

void WatchEvents(const client::Clients& clients, std::shared_ptr<rpc::Stream> stream);

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_SUITE_EVENTS_H_
