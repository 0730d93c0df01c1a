// The metrics service (policy 二(三)1): constructs its concepts and binds every method of the contract.
#ifndef HEITIE_SERVICES_METRICS_SERVICE_H_
#define HEITIE_SERVICES_METRICS_SERVICE_H_

#include <memory>

#include "common/service/main.h"
#include "services/metrics/analysis/query.h"
#include "services/metrics/analysis/question.h"
#include "services/metrics/analysis/segment.h"
#include "services/metrics/collection/counter_hub.h"
#include "services/metrics/collection/counters.h"
#include "services/metrics/collection/ingestion.h"
#include "services/metrics/collection/ingestion_stream.h"
#include "services/metrics/collection/metric_definition.h"
#include "services/metrics/collection/producer.h"
#include "services/metrics/correction/user_erasure.h"
#include "services/metrics/correction/withdrawal.h"
#include "services/metrics/engine/engine.h"
#include "services/metrics/engine/retention.h"
#include "services/metrics/import/import.h"
#include "services/metrics/optimisation/evaluation_policy.h"
#include "services/metrics/optimisation/measure.h"
#include "services/metrics/optimisation/statistics_calls.h"
#include "services/metrics/plan/chapter.h"
#include "services/metrics/warning/chapter.h"
#include "services/metrics/warning/series_score.h"

namespace heitie::metrics {

class Service {
 public:
  // Stops the process when the business time zone is not the one that the stored figures were counted by.
  explicit Service(service::Context context);
  // With something else for questions to look at: for tests.
  Service(service::Context context, LookAt look);
  rpc::Service& rpc() { return rpc_; }
  CounterHub& hub() { return hub_; }

 private:
  void WatchActivityCounters(std::shared_ptr<rpc::Stream> stream);

  service::Context context_;
  const absl::TimeZone zone_;
  Engine engine_;
  const LookAt look_;
  Retention retention_;
  Producers producers_;
  MetricDefinitions definitions_;
  Counters counters_;
  Queries queries_;
  Segments segments_;
  Questions questions_;
  CounterHub hub_;
  PlanChapter plan_;
  Ingestion ingestion_;
  Withdrawals withdrawals_;
  UserErasures erasures_;
  IngestionStreams streams_{ingestion_};
  Imports imports_;
  EvaluationPolicies evaluation_policies_;
  StatisticsCalls statistics_;
  Measures measures_;
  WarningChapter warning_;
  SeriesScoring scoring_{zone_};
  rpc::Service rpc_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_SERVICE_H_
