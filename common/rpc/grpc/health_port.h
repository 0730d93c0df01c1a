// A port for probes, which speak no TLS: grpc.health.v1 and nothing else, in plaintext, at any address. It tells strangers what a closed
// port tells as well: whether the process is there, has started and is ready.
#ifndef HEITIE_COMMON_RPC_GRPC_HEALTH_PORT_H_
#define HEITIE_COMMON_RPC_GRPC_HEALTH_PORT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace heitie::rpc {

// Thread-safe. It serves until it is destroyed.
class HealthPort {
 public:
  // What may be asked for: whether the process lives (true as soon as this listens), has done what it does once before it serves, and takes
  // requests now ("" is the same).
  static constexpr char kLiveness[] = "liveness", kStartup[] = "startup", kReadiness[] = "readiness";

  // FAILED_PRECONDITION when the port is taken.
  static absl::StatusOr<std::unique_ptr<HealthPort>> Listen(const std::string& address);
  virtual ~HealthPort() = default;
  virtual int port() const = 0;
  virtual void SetStarted() = 0;
  virtual void SetReady(bool ready) = 0;
};

}  // namespace heitie::rpc

#endif  // HEITIE_COMMON_RPC_GRPC_HEALTH_PORT_H_
