// The connections to all addresses of a service, and which of them a call takes.
#ifndef HEITIE_COMMON_CLIENT_HTTP2_BALANCER_H_
#define HEITIE_COMMON_CLIENT_HTTP2_BALANCER_H_

#include <memory>
#include <string>
#include <vector>

#include "common/client/http2/call.h"
#include "common/rpc/tls_material.h"
#include "common/work/loops.h"

namespace heitie::client {

// Thread-safe.
class Balancer {
 public:
  struct Options {
    // "dns:///host:port" or "host:port" (every address that it resolves to), "127.0.0.1:port", "ipv4:10.0.0.1:port,10.0.0.2:port",
    // "ipv6:[::1]:port".
    std::string target;
    std::shared_ptr<rpc::TlsMaterial> tls;  // nullptr: plaintext
    std::string server_name;                // of the certificate; empty: the target's host
    // In turn over all addresses whose servers say that they serve; otherwise the first that there is gets all.
    bool in_turn = true;
  };
  // One for each loop, on which its connections live. A server that one finds again the others look for at once.
  static std::vector<std::shared_ptr<Balancer>> OnEach(work::Loops& loops, const Options& options);
  virtual ~Balancer() = default;

  // A call waits, inside its deadline, while an address is tried for the first time since it was last good; when all have failed it is
  // UNAVAILABLE at once. What a server has surely not begun goes to the next.
  virtual void Start(CallPtr call) = 0;
  // Ends all connections. Returns when nothing is called any more.
  virtual void Stop() = 0;
};

}  // namespace heitie::client

#endif  // HEITIE_COMMON_CLIENT_HTTP2_BALANCER_H_
