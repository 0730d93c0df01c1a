// The gateway's own contract: answers that take more than one service.
#pragma once

#include "common/rpc/service.h"
#include "services/gateway/fan_out.h"

namespace heitie::gateway {

class Service {
 public:
  explicit Service(Clients clients);
  rpc::Service& rpc() { return rpc_; }

 private:
  const Clients clients_;
  rpc::Service rpc_;
};

}  // namespace heitie::gateway
