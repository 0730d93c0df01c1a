// The metrics service (policy 二(三)1): constructs its concepts and binds every method of the contract.
#ifndef HEITIE_SERVICES_METRICS_SERVICE_H_
#define HEITIE_SERVICES_METRICS_SERVICE_H_

#include <memory>

#include "common/rpc/service.h"
#include "common/service/main.h"
#include "services/metrics/engine/snapshot.h"
#include "services/metrics/watch/limits.h"

namespace heitie::metrics {

class Hub;
class Readers;

class Service {
 public:
  // Stops the process when the business time zone is not the one that the stored figures were counted by.
  explicit Service(service::Context context, WatchLimits limits = {});
  // With something else for questions to look at: for tests.
  Service(service::Context context, LookAt look, WatchLimits limits = {});
  ~Service();
  rpc::Service& rpc() { return rpc_; }
  // Of the counters of activities.
  Hub& hub();
  const Readers& readers() const;

 private:
  struct Concepts;

  rpc::Service rpc_{"heitie.metrics.v1"};
  std::unique_ptr<Concepts> concepts_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_SERVICE_H_
