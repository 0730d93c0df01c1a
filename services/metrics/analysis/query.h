// Figures per day and dimension, read from the daily roll-up: what a query costs grows with its days and groups, not with events.
#pragma once

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
#include "services/metrics/collection/rollup.h"

namespace heitie::metrics {

inline constexpr status::Reason kBadDateRange{absl::StatusCode::kInvalidArgument, "BAD_DATE_RANGE",
                                              "The period runs from a first day to one that is not before it, at most {days} days later.",
                                              "期間的結束日不得早於開始日，且最多相隔 {days} 天。",
                                              "期间的结束日不得早于开始日，且最多相隔 {days} 天。"};
inline constexpr status::Reason kTooManyFigures{
    absl::StatusCode::kInvalidArgument, "TOO_MANY_FIGURES",
    "The query has more than {limit} daily figures: ask for fewer days or a dimension with fewer values.",
    "查詢結果超過 {limit} 筆每日數據，請縮短期間或改用取值較少的維度。",
    "查询结果超过 {limit} 条每日数据，请缩短期间或改用取值较少的维度。"};

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
