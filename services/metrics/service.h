// The metrics service (policy 二(三)1): constructs its concepts and binds every method of the contract.
#ifndef HEITIE_SERVICES_METRICS_SERVICE_H_
#define HEITIE_SERVICES_METRICS_SERVICE_H_

#include <memory>

#include "common/service/main.h"
#include "services/metrics/analysis/query.h"
#include "services/metrics/collection/counter_hub.h"
#include "services/metrics/collection/counters.h"
#include "services/metrics/collection/ingestion.h"
#include "services/metrics/collection/metric_definition.h"
#include "services/metrics/collection/producer.h"
#include "services/metrics/engine/engine.h"

namespace heitie::metrics {

class Service {
 public:
  // Stops the process when the business time zone is not the one that the stored figures were counted by.
  explicit Service(service::Context context);
  rpc::Service& rpc() { return rpc_; }
  CounterHub& hub() { return hub_; }

 private:
  void WatchActivityCounters(std::shared_ptr<rpc::Stream> stream);

  service::Context context_;
  const absl::TimeZone zone_;
  Engine engine_;
  Producers producers_;
  MetricDefinitions definitions_;
  Counters counters_;
  Queries queries_;
  CounterHub hub_;
  Ingestion ingestion_;
  rpc::Service rpc_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_SERVICE_H_
