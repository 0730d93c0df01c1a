// Metric definitions: which events or measurements make a metric, and how.
#ifndef HEITIE_SERVICES_METRICS_COLLECTION_METRIC_DEFINITION_H_
#define HEITIE_SERVICES_METRICS_COLLECTION_METRIC_DEFINITION_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/metric_definition.pb.h"

namespace heitie::metrics {

extern const status::Reason kBadMetricSource;  // {fields}
extern const status::Reason kBadAggregation;   // {aggregation} {why}
extern const status::Reason kMetricInUse;      // {metric} {other}
extern const status::Reason kUnknownMetric;    // {metric}

// Adds BAD_AGGREGATION under `field` when measurements cannot be aggregated so: they have neither users nor minor units.
void CheckAggregation(bool of_measurements, v1::MetricDefinition::Aggregation aggregation, const std::string& field,
                      status::BadFields& bad);

// BAD_METRIC_SOURCE, BAD_AGGREGATION.
absl::Status CheckDefinition(const v1::MetricDefinition& definition);

// The currency in whose minor units the metric's figures are; "" when they are not money.
std::string CurrencyOf(const v1::MetricDefinition& definition);

// Thread-safe.
class MetricDefinitions {
 public:
  explicit MetricDefinitions(record::Store& store) : definitions_(store) {}
  void Bind(record::Methods& methods);

  // What rests on a metric; empty when nothing does. Whoever begins to rest on one guards its row first (Kind::Guard).
  using FindUse = std::function<absl::StatusOr<std::string>(record::Transaction& tx, const std::string& metric)>;
  // A metric on which something rests is not deleted (METRIC_IN_USE). Before Bind.
  void KeepWhile(FindUse find) { uses_.push_back(std::move(find)); }
  const record::Kind<v1::MetricDefinition>& kind() const { return definitions_; }

 private:
  absl::Status Create(record::Transaction& tx, v1::MetricDefinition& definition);
  absl::Status Update(record::Transaction& tx, const v1::MetricDefinition& before, v1::MetricDefinition& after);
  absl::Status Delete(record::Transaction& tx, const v1::MetricDefinition& definition);

  record::Kind<v1::MetricDefinition> definitions_;
  std::vector<FindUse> uses_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_COLLECTION_METRIC_DEFINITION_H_
