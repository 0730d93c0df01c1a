// The planning service: every method of its contract, bound to the concept that serves it.
#ifndef HEITIE_SERVICES_PLANNING_SERVICE_H_
#define HEITIE_SERVICES_PLANNING_SERVICE_H_

#include <memory>
#include <vector>

#include "common/rpc/service.h"
#include "common/service/main.h"
#include "common/web/address.h"

namespace heitie::planning {

class Service {
 public:
  // `outbound_networks`: private ones in which robots may be reached all the same.
  explicit Service(service::Context context, std::vector<web::Range> outbound_networks = {});
  ~Service();
  rpc::Service& rpc() { return rpc_; }

 private:
  class Concepts;

  rpc::Service rpc_{"heitie.planning.v1"};
  std::unique_ptr<Concepts> concepts_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_SERVICE_H_
