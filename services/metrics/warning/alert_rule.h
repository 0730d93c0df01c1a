// Alert rules: what is abnormal about a metric, and who answers for it (policy H1, M2).
#ifndef HEITIE_SERVICES_METRICS_WARNING_ALERT_RULE_H_
#define HEITIE_SERVICES_METRICS_WARNING_ALERT_RULE_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/record/state_machine.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/alert_rule.pb.h"

namespace heitie::metrics {

class Alerts;
class RuleJudging;
struct WarningTables;

extern const status::Reason kConditionMissing;          // one of a condition's kinds is to be set
extern const status::Reason kBadBounds;                 // of a threshold or a change
extern const status::Reason kBadOpening;                // {breaches} {window}
extern const status::Reason kGuardrailWithoutActivity;  // what should it pause?
extern const status::Reason kBreakdownOfSource;         // of missing data
extern const status::Reason kForecastNeedsDays;
extern const status::Reason kSegmentOfMeasurements;
extern const status::Reason kUnknownSegment;   // {segment}
extern const status::Reason kSilenceTooShort;  // {minutes}
extern const status::Reason kRuleInUse;        // {name} {state}
extern const status::Reason kSourceWatched;    // {source} {rule}

const record::StateMachine& AlertRuleMachine();

// Every bad field of a rule, but for what other resources say.
void CheckAlertRule(const v1::AlertRule& rule, status::BadFields& bad);

// Thread-safe.
class AlertRules {
 public:
  AlertRules(WarningTables& tables, Alerts& alerts, const RuleJudging& judging);
  void Bind(record::Methods& methods);
  // The first rule that rests on the metric and is not RETIRED; empty without one.
  absl::StatusOr<std::string> UseOf(record::Transaction& tx, const std::string& metric) const;
  // The same of a segment.
  absl::StatusOr<std::string> UseOfSegment(record::Transaction& tx, const std::string& segment) const;

 private:
  absl::StatusOr<std::string> FirstUse(record::Transaction& tx, const std::string& field, const std::string& name) const;
  absl::Status Check(record::Transaction& tx, const v1::AlertRule& rule) const;
  absl::Status Create(record::Transaction& tx, v1::AlertRule& rule);
  absl::Status Update(record::Transaction& tx, const v1::AlertRule& before, v1::AlertRule& after);
  absl::StatusOr<v1::AlertRule> Activate(record::Transaction& tx, const v1::ActivateAlertRuleRequest& request);
  absl::StatusOr<v1::AlertRule> Pause(record::Transaction& tx, const v1::PauseAlertRuleRequest& request);
  absl::StatusOr<v1::AlertRule> Retire(record::Transaction& tx, const v1::RetireAlertRuleRequest& request);
  absl::StatusOr<v1::PlayAlertRuleResponse> Play(const rpc::Call& call, const v1::PlayAlertRuleRequest& request);
  absl::Status CheckUnwatched(record::Transaction& tx, const v1::AlertRule& rule) const;

  WarningTables& tables_;
  Alerts& alerts_;
  const RuleJudging& judging_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_WARNING_ALERT_RULE_H_
