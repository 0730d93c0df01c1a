// Figures per day and dimension, read from the daily roll-up: what a query costs grows with its days and groups, not with events.
#ifndef HEITIE_SERVICES_METRICS_ANALYSIS_QUERY_H_
#define HEITIE_SERVICES_METRICS_ANALYSIS_QUERY_H_

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "common/record/store.h"
#include "common/rpc/service.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/metric_definition.pb.h"
#include "heitie/metrics/v1/query.pb.h"
#include "services/metrics/engine/rollup.h"

namespace heitie::metrics {

extern const status::Reason kBadDateRange;    // {days}
extern const status::Reason kTooManyFigures;  // {limit}

inline constexpr int kMaxQueryDays = 3660;
inline constexpr int kMaxDailyFigures = 20000;

// What a query asks for, whether by definition or by name.
struct Question {
  std::string kind;  // kEventKind or kMeasurementKind
  std::string name;
  v1::MetricDefinition::Aggregation aggregation = v1::MetricDefinition::AGGREGATION_UNSPECIFIED;
  std::string activity;
  std::string dimension;
  absl::CivilDay first, last;
};

// Day and dimension value.
using DayCells = std::map<std::pair<absl::CivilDay, std::string>, Cell>;

// BAD_METRIC_SOURCE, BAD_AGGREGATION, BAD_DATE_RANGE.
absl::Status CheckQuery(const v1::QueryMetricRequest& request);

// The answer's days and totals. SUM_TOO_GREAT.
absl::Status Answer(const Question& question, const DayCells& cells, v1::QueryMetricResponse& response);

// Thread-safe.
class Queries {
 public:
  Queries(record::Store& store, const record::Kind<v1::MetricDefinition>& definitions, absl::TimeZone zone)
      : store_(store), definitions_(definitions), zone_(zone) {}
  void Bind(record::Methods& methods) { methods.Bind("QueryMetric", this, &Queries::QueryMetric); }

 private:
  absl::StatusOr<v1::QueryMetricResponse> QueryMetric(const rpc::Call& call, const v1::QueryMetricRequest& request);

  record::Store& store_;
  const record::Kind<v1::MetricDefinition>& definitions_;
  const absl::TimeZone zone_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_ANALYSIS_QUERY_H_
