// The gateway's own contract: answers that take more than one service.
#ifndef HEITIE_SERVICES_GATEWAY_SERVICE_H_
#define HEITIE_SERVICES_GATEWAY_SERVICE_H_

#include "common/client/gather.h"
#include "common/rpc/service.h"

namespace heitie::gateway {

class Service {
 public:
  explicit Service(client::Clients clients);
  rpc::Service& rpc() { return rpc_; }

 private:
  const client::Clients clients_;
  rpc::Service rpc_;
};

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_SERVICE_H_
