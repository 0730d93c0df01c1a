// Judges the ACTIVE rules each minute, and plays rules over the past (policy H1, M2).
//
// A judgement goes back to the rule's base: verdicts on what began before it stand for good. From there on all is judged anew by the
// figures as they are now, so that a restatement shows, and alerts are made to agree with the episodes that come of it (Reconcile). Then
// the base moves up, at most to where restatements end. Figures are read outside of the transaction that judges; it does nothing when
// another replica has judged the rule meanwhile.
#ifndef HEITIE_SERVICES_METRICS_WARNING_RULE_JUDGING_H_
#define HEITIE_SERVICES_METRICS_WARNING_RULE_JUDGING_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/job/runner.h"
#include "common/service/main.h"
#include "heitie/metrics/v1/alert_rule.pb.h"
#include "heitie/metrics/v1/metric_definition.pb.h"
#include "heitie/metrics/v1/warning_policy.pb.h"
#include "services/metrics/warning/rule_judge.h"
#include "services/metrics/warning/series_reader.h"

namespace heitie::metrics {

class Alerts;
struct WarningTables;

// Thread-safe.
class RuleJudging {
 public:
  RuleJudging(const service::Context& context, WarningTables& tables, Alerts& alerts, const SeriesReader& reader);

  // The rule is judged from now on; nothing is known of it.
  absl::Status Begin(record::Transaction& tx, const v1::AlertRule& rule) const;
  // Forgets what is known of it.
  absl::Status End(record::Transaction& tx, const std::string& rule) const;
  absl::StatusOr<v1::PlayAlertRuleResponse> Play(const rpc::Call& call, const v1::AlertRule& rule, absl::CivilDay first,
                                                 absl::CivilDay last) const;
  // What the job does.
  job::Outcome JudgeAll(const rpc::Call& call);

 private:
  // Since when a rule sees nothing, and because of whom.
  struct Blindness {
    std::optional<absl::Time> since;
    std::string because_of;  // divided by blanks
    bool operator==(const Blindness&) const = default;
  };
  struct Progress {
    int64_t version = 0, source_version = 0;
    absl::Time base, judged;
    Blindness blind;
    std::map<std::string, std::string> states;  // by value
  };
  // A rule with what its judgement rests on.
  struct Case {
    v1::AlertRule rule;
    v1::MetricDefinition metric;
    v1::WarningPolicy policy;
    Progress progress;
    SourceState source;
    absl::Time segment_time;  // as of when users are in the rule's segment
    JudgeWorld world;
  };

  absl::StatusOr<std::optional<Case>> ReadCase(const rpc::Call& call, const v1::AlertRule& rule) const;
  // The beginning of the first interval from `base` on that is not closed: by the watermarks of the source, for rules of missing data by
  // the clock. Where nobody is waited for nothing is closed.
  absl::Time ClosedFrom(const Case& of, absl::Time base, absl::Time now) const;
  Blindness BlindnessOf(const Case& of, absl::Time closed, absl::Time now) const;
  absl::Status JudgeOne(const rpc::Call& call, const v1::AlertRule& rule);
  // Of a rule whose metric is gone.
  absl::Status PauseLost(const rpc::Call& call, const std::string& rule);
  // Judges by figures, and what it comes to.
  struct Outcome {
    absl::Time closed, base;
    Blindness blind;
    std::map<std::string, SeriesJudgement> series;
  };
  absl::StatusOr<Outcome> Judge(const rpc::Call& call, Case& of) const;
  absl::Status Keep(record::Transaction& tx, const Case& of, const Outcome& outcome) const;

  SeriesQuery QueryOf(const Case& of, std::vector<absl::Time> bounds) const;
  // The state of each value before `base`, of those that have none after teaching.
  absl::Status Teach(const rpc::Call& call, const Case& of, absl::Time base, std::map<std::string, RuleState>& states) const;
  // What rules of change compare with, for intervals from `from` to `to`, by value.
  absl::StatusOr<std::map<std::string, std::map<absl::Time, double>>> Before(const rpc::Call& call, const Case& of, absl::Time from,
                                                                             absl::Time to) const;
  // What rules of forecasts rest on, for days before `to`, by value.
  absl::StatusOr<std::map<std::string, DailyFigures>> DaysBefore(const rpc::Call& call, const Case& of, absl::Time from,
                                                                 absl::Time to) const;
  // The verdicts of one value rest on what was known of it.
  struct Past {
    std::map<std::string, std::map<absl::Time, double>> before;
    std::map<std::string, DailyFigures> days;
    void SetWorld(const std::string& value, JudgeWorld& world) const;
  };
  absl::StatusOr<Past> PastOf(const rpc::Call& call, const Case& of, absl::Time from, absl::Time to) const;
  absl::StatusOr<JudgeWorld> WorldOf(const rpc::Call& call) const;

  WarningTables& tables_;
  Alerts& alerts_;
  const SeriesReader& reader_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_WARNING_RULE_JUDGING_H_
