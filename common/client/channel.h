// A connection to another service: the client for typed calls, and the forwarder by which a door passes methods on.
//
//   auto planning = client::NewChannel({.name = "planning", .target = "dns:///heitie-planning:9090", .tls = tls, .server_name =
//   "heitie-planning"}); auto project = planning->Call(call, planning::v1::method::GetProject, request);
//   door.Forward("heitie.planning.v1.PlanService", *planning);
#ifndef HEITIE_COMMON_CLIENT_CHANNEL_H_
#define HEITIE_COMMON_CLIENT_CHANNEL_H_

#include <memory>
#include <string>

#include "common/client/client.h"
#include "common/rpc/door.h"

namespace heitie::work {
class Loops;
}

namespace heitie::client {

struct ChannelOptions {
  // The service as errors name it, for example "planning".
  std::string name;
  // A gRPC target: "dns:///host:port" (every address it resolves to), "127.0.0.1:port", "ipv4:10.0.0.1:port,10.0.0.2:port".
  std::string target;
  // Empty: plaintext.
  rpc::Tls tls;
  // The name that the server's certificate must have, for example "heitie-planning"; empty: the target's host.
  std::string server_name;
  // Spread calls over all addresses of the target; otherwise the first that answers gets all.
  bool round_robin = true;
  // Where its connections live: to each address one on each loop, so that calls that begin on a loop stay there. Empty: on the threads that
  // all such channels of the process have in common.
  std::shared_ptr<work::Loops> loops;
};

// Thread-safe. The destructor waits for the forwarded calls; cancel them before, or it waits for their deadlines.
class Channel : public Client, public rpc::Forwarder {};

// Connects in the background; calls fail with UNAVAILABLE, reason UNAVAILABLE, naming the service, while there is no connection.
// Forwarded calls are not retried: the client of the gateway knows whether it may.
std::unique_ptr<Channel> NewChannel(const ChannelOptions& options);

}  // namespace heitie::client

#endif  // HEITIE_COMMON_CLIENT_CHANNEL_H_
