#include "services/metrics/collection/metric_definition.h"

#include <algorithm>

#include "common/status/macros.h"
#include "heitie/metrics/v1/metric_definition.pb.h"

namespace heitie::metrics {

const status::Reason kBadMetricSource{absl::StatusCode::kInvalidArgument, "BAD_METRIC_SOURCE", "Exactly one of {fields:list} is set.",
                                      "{fields:list} 須恰好設定一項。"};
const status::Reason kBadAggregation{absl::StatusCode::kInvalidArgument, "BAD_AGGREGATION", "{aggregation} does not apply here: {why}.",
                                     "{aggregation} 不適用於此：{why}。"};

const status::Reason kMetricInUse{absl::StatusCode::kFailedPrecondition, "METRIC_IN_USE", "{other} rests on {metric}, which stays as long.",
                                  "{other} 以 {metric} 為依據，在此之前不可刪除。"};
const status::Reason kUnknownMetric{absl::StatusCode::kInvalidArgument, "UNKNOWN_METRIC", "There is no metric {metric}.",
                                    "沒有指標 {metric}。"};

using v1::MetricDefinition;

namespace {

const status::Phrase kNoUsers{"measurements have neither users nor minor units", "測量值沒有使用者，也沒有最小貨幣單位"};

}  // namespace

void CheckAggregation(bool of_measurements, MetricDefinition::Aggregation aggregation, const std::string& field, status::BadFields& bad) {
  if (!of_measurements) return;
  if (aggregation != MetricDefinition::AGGREGATION_DISTINCT_USERS && aggregation != MetricDefinition::AGGREGATION_SUM_MINOR) return;
  bad.Add(field, kBadAggregation, {{"aggregation", MetricDefinition::Aggregation_Name(aggregation)}, {"why", kNoUsers}});
}

absl::Status CheckDefinition(const MetricDefinition& definition) {
  status::BadFields bad;
  if (definition.event_name().empty() == definition.measurement_name().empty()) {
    bad.Add("metric_definition.event_name", kBadMetricSource, {{"fields", "event_name, measurement_name"}});
  }
  CheckAggregation(!definition.measurement_name().empty(), definition.aggregation(), "metric_definition.aggregation", bad);
  return bad.status();
}

std::string CurrencyOf(const MetricDefinition& definition) {
  const std::string& unit = definition.unit();
  const bool is_code = unit.size() == 3 && std::all_of(unit.begin(), unit.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  return definition.aggregation() == MetricDefinition::AGGREGATION_SUM_MINOR && is_code ? unit : "";
}

absl::Status MetricDefinitions::Create(record::Transaction&, MetricDefinition& definition) { return CheckDefinition(definition); }

absl::Status MetricDefinitions::Update(record::Transaction&, const MetricDefinition&, MetricDefinition& after) {
  return CheckDefinition(after);
}

absl::Status MetricDefinitions::Delete(record::Transaction& tx, const MetricDefinition& definition) {
  for (const FindUse& find : uses_) {
    ASSIGN_OR_RETURN(const std::string other, find(tx, definition.name()));
    if (!other.empty()) return status::Error(kMetricInUse, {{"metric", definition.name()}, {"other", other}});
  }
  return absl::OkStatus();
}

void MetricDefinitions::Bind(record::Methods& methods) {
  methods.Reads(definitions_);
  methods.Creates(definitions_, this, &MetricDefinitions::Create);
  methods.Updates(definitions_, this, &MetricDefinitions::Update);
  methods.Deletes(definitions_, this, &MetricDefinitions::Delete);
}

}  // namespace heitie::metrics
