// Which figures of a month are official (policy M2, W10): versions of a rule set, of which the first comes with the schema and names none.
#ifndef HEITIE_SERVICES_METRICS_CLOSING_OFFICIAL_METRIC_H_
#define HEITIE_SERVICES_METRICS_CLOSING_OFFICIAL_METRIC_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/rule_set.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/metric_definition.pb.h"
#include "heitie/metrics/v1/official_metric.pb.h"
#include "services/metrics/analysis/question.h"

namespace heitie::metrics {

extern const status::Reason kBadOfficialMetric;  // {why}

// BAD_OFFICIAL_METRIC, and what is wrong with the questions without looking up what they name, all at once.
absl::Status CheckOfficialMetrics(const v1::OfficialMetricList& list, const absl::TimeZone& zone);

// Thread-safe.
class OfficialMetrics {
 public:
  OfficialMetrics(record::Store& store, const record::Kind<v1::MetricDefinition>& definitions, const Questions& questions);
  void Bind(record::Methods& methods) { versions_.Bind<v1::PublishOfficialMetricListRequest>(methods); }
  // The version in force at an instant; there always is one.
  absl::StatusOr<v1::OfficialMetricList> InForce(sql::Session& session, absl::Time at) const { return versions_.InForce(session, at); }
  // A published version that names the metric, whenever it is in force: months are closed and restated by it. Empty without one.
  absl::StatusOr<std::string> UseOf(record::Transaction& tx, const std::string& metric) const;

 private:
  record::RuleSet<v1::OfficialMetricList> versions_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_CLOSING_OFFICIAL_METRIC_H_
