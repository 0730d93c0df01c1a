// Which figures of a month are official (policy M2, W10): versions of a rule set, of which the first comes with the schema and names none.
#ifndef HEITIE_SERVICES_METRICS_CLOSING_OFFICIAL_METRIC_H_
#define HEITIE_SERVICES_METRICS_CLOSING_OFFICIAL_METRIC_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/rule_set.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/official_metric.pb.h"
#include "services/metrics/analysis/question.h"

namespace heitie::metrics {

extern const status::Reason kBadOfficialMetric;  // {why}

// BAD_OFFICIAL_METRIC, and what is wrong with the questions without looking up what they name, all at once.
absl::Status CheckOfficialMetrics(const v1::OfficialMetricList& list, const absl::TimeZone& zone);

// Thread-safe.
class OfficialMetrics {
 public:
  OfficialMetrics(record::Store& store, const Questions& questions);
  void Bind(record::Methods& methods) { versions_.Bind<v1::PublishOfficialMetricListRequest>(methods); }
  // The version in force at an instant; there always is one.
  absl::StatusOr<v1::OfficialMetricList> InForce(sql::Session& session, absl::Time at) const { return versions_.InForce(session, at); }

 private:
  record::RuleSet<v1::OfficialMetricList> versions_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_CLOSING_OFFICIAL_METRIC_H_
