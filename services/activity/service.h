// The activity service (policy 二(二), A1–A4): binds every method of its contract.
#ifndef HEITIE_SERVICES_ACTIVITY_SERVICE_H_
#define HEITIE_SERVICES_ACTIVITY_SERVICE_H_

#include <memory>

#include "common/rpc/service.h"
#include "common/service/main.h"

namespace heitie::activity {

class Service {
 public:
  explicit Service(service::Context context);
  ~Service();
  rpc::Service& rpc() { return rpc_; }

 private:
  class Concepts;

  rpc::Service rpc_{"heitie.activity.v1"};
  std::unique_ptr<Concepts> concepts_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_SERVICE_H_
