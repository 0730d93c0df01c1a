// The metrics service (policy 二(三)1): constructs its concepts and binds every method of the contract.
#ifndef HEITIE_SERVICES_METRICS_SERVICE_H_
#define HEITIE_SERVICES_METRICS_SERVICE_H_

#include <memory>

#include "common/service/main.h"
#include "services/metrics/analysis/activity_figures.h"
#include "services/metrics/analysis/query.h"
#include "services/metrics/analysis/question.h"
#include "services/metrics/analysis/segment.h"
#include "services/metrics/closing/chapter.h"
#include "services/metrics/collection/counters.h"
#include "services/metrics/collection/ingestion.h"
#include "services/metrics/collection/ingestion_stream.h"
#include "services/metrics/collection/metric_definition.h"
#include "services/metrics/collection/producer.h"
#include "services/metrics/correction/user_erasure.h"
#include "services/metrics/correction/withdrawal.h"
#include "services/metrics/definition/active_user_definition.h"
#include "services/metrics/engine/engine.h"
#include "services/metrics/engine/readers.h"
#include "services/metrics/engine/retention.h"
#include "services/metrics/export/exports.h"
#include "services/metrics/import/import.h"
#include "services/metrics/optimisation/evaluation_policy.h"
#include "services/metrics/optimisation/measure.h"
#include "services/metrics/optimisation/statistics_calls.h"
#include "services/metrics/plan/chapter.h"
#include "services/metrics/quality/book_retention.h"
#include "services/metrics/quality/chapter.h"
#include "services/metrics/warning/chapter.h"
#include "services/metrics/warning/series_score.h"
#include "services/metrics/watch/chapter.h"
#include "services/metrics/watch/hub.h"
#include "services/metrics/watch/limits.h"

namespace heitie::metrics {

class Service {
 public:
  // Stops the process when the business time zone is not the one that the stored figures were counted by.
  explicit Service(service::Context context, WatchLimits limits = {});
  // With something else for questions to look at: for tests.
  Service(service::Context context, LookAt look, WatchLimits limits = {});
  rpc::Service& rpc() { return rpc_; }
  // Of the counters of activities.
  Hub& hub() { return hub_; }
  const Readers& readers() const { return readers_; }

 private:
  void WatchActivityCounters(std::shared_ptr<rpc::Stream> stream);

  service::Context context_;
  const absl::TimeZone zone_;
  Engine engine_;
  Readers readers_;
  const LookAt look_;
  Retention retention_;
  Producers producers_;
  MetricDefinitions definitions_;
  Counters counters_;
  Queries queries_;
  Segments segments_;
  ActiveUserDefinitions active_users_;
  Questions questions_;
  Hub hub_;
  PlanChapter plan_;
  ActivityFigures activity_figures_;
  Ingestion ingestion_;
  ClosingChapter closing_;
  Withdrawals withdrawals_;
  UserErasures erasures_;
  IngestionStreams streams_{ingestion_};
  Imports imports_;
  EvaluationPolicies evaluation_policies_;
  StatisticsCalls statistics_;
  Measures measures_;
  WarningChapter warning_;
  QualityChapter quality_;
  BookRetention book_retention_;
  WatchChapter watch_;
  SeriesScoring scoring_{zone_};
  Exports exports_;
  rpc::Service rpc_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_SERVICE_H_
