// The resource service: materials, money and needs for people (policy S1, S3–S5).
#ifndef HEITIE_SERVICES_RESOURCE_SERVICE_H_
#define HEITIE_SERVICES_RESOURCE_SERVICE_H_

#include <memory>

#include "common/rpc/service.h"
#include "common/service/main.h"

namespace heitie::resource {

// Binds every method of heitie.resource.v1. Thread-safe after construction.
class Service {
 public:
  explicit Service(service::Context context);
  ~Service();
  rpc::Service& rpc() { return rpc_; }

 private:
  class Concepts;

  rpc::Service rpc_{"heitie.resource.v1"};
  std::unique_ptr<Concepts> concepts_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_SERVICE_H_
