// google.api.http routes: messages as JSON; streams of answers as lines {"result": …}, the last one {"error": …} when it failed, or as
// Server-Sent Events; streams of requests as lines, a message on each. Headers say what else HTTP has for it: conditions (If-Match,
// If-None-Match, Last-Event-ID), Idempotency-Key, codings.
#ifndef HEITIE_SERVICES_GATEWAY_REST_H_
#define HEITIE_SERVICES_GATEWAY_REST_H_

#include <memory>

#include "services/gateway/heartbeats.h"
#include "services/gateway/protocol.h"
#include "services/gateway/route.h"

namespace heitie::gateway {

struct RestOptions {
  Heartbeats* heartbeats = nullptr;
  absl::Duration heartbeat;  // after which silence of a stream
};

// `match` has a binding, whose method is the exchange's. `head_only`: HEAD.
std::unique_ptr<Protocol> NewRest(Exchange& exchange, RouteTable::Match match, bool head_only, const RestOptions& options);

// {"error": …} with the HTTP code, which tells more apart than the canonical codes: `conditional`, whether there was an If-Match.
http::Response RestRefusal(const Exchange& exchange, const absl::Status& status, bool conditional = false);

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_REST_H_
