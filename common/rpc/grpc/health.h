// grpc.health.v1 of a listener, open to everybody: whether the process ("") and each of its services serve.
#ifndef HEITIE_COMMON_RPC_GRPC_HEALTH_H_
#define HEITIE_COMMON_RPC_GRPC_HEALTH_H_

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "common/rpc/grpc/rpc.h"
#include "grpc/health/v1/health.pb.h"

namespace heitie::rpc {

// Thread-safe. Outlives its RPCs.
class Health {
 public:
  using Serving = grpc::health::v1::HealthCheckResponse::ServingStatus;

  // All services at once.
  explicit Health(std::vector<std::string> services);

  void Set(bool serving);
  // Of one service, whatever the others do.
  void Set(const std::string& service, bool serving);
  // Ends the open watches: those who watch look elsewhere.
  void End();

  // The handler of an RPC of Health; nullptr when it is none.
  std::unique_ptr<RpcHandler> Answer(GrpcRpc& rpc);

 private:
  class Check;
  class Watch;

  // SERVICE_UNKNOWN for a service that is not here.
  Serving Current(const std::string& service) const;
  Serving StatusOf(const std::string& service) const;  // under the lock
  void Change(const std::function<void()>& change);

  mutable std::mutex mutex_;
  std::map<std::string, bool> serving_;  // "" and the services
  bool ended_ = false;
  std::set<Watch*> watches_;
};

}  // namespace heitie::rpc

#endif  // HEITIE_COMMON_RPC_GRPC_HEALTH_H_
