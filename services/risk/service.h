// The risk service: its contract on its own schema.
#ifndef HEITIE_SERVICES_RISK_SERVICE_H_
#define HEITIE_SERVICES_RISK_SERVICE_H_

#include <memory>

#include "common/rpc/service.h"
#include "common/service/main.h"

namespace heitie::risk {

// Thread-safe.
class Service {
 public:
  explicit Service(service::Context context);
  ~Service();
  rpc::Service& rpc() { return rpc_; }

 private:
  class Concepts;

  rpc::Service rpc_{"heitie.risk.v1"};
  std::unique_ptr<Concepts> concepts_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_SERVICE_H_
