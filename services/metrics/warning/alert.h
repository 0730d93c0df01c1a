// Alerts: who is asked about an episode, what people say of it, and who comes next (policy H1, W4, W14).
#ifndef HEITIE_SERVICES_METRICS_WARNING_ALERT_H_
#define HEITIE_SERVICES_METRICS_WARNING_ALERT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/record/state_machine.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/alert.pb.h"
#include "heitie/metrics/v1/alert_rule.pb.h"
#include "services/metrics/warning/duty_holder.h"
#include "services/metrics/warning/episode.h"

namespace heitie::metrics {

struct WarningTables;

extern const status::Reason kTooManyComments;  // {name} {limit}
extern const status::Reason kExpiredMute;      // the mute would be over

const record::StateMachine& AlertMachine();

// Who is asked, and how many steps of the escalation that has taken.
struct Addressee {
  std::string person;  // empty: nobody at work can be found
  int steps = 0;
};
// Whom an alert of the rule asks first: its owner, or the holder of the duty; who is not at work is passed over for the next of the chain,
// then for who stands in. `department` is that of the duty. Pure.
Addressee FirstAddressee(const v1::AlertRule& rule, const StaffFacts& facts, const std::string& department, absl::CivilDay day);
// The next one of the chain who is at work, beginning after `steps`; empty when there is none. Pure.
Addressee NextAddressee(const v1::AlertRule& rule, const StaffFacts& facts, int steps, absl::CivilDay day);

// What an alert is of.
struct AlertSubject {
  const v1::AlertRule& rule;
  std::string value;
  std::string source;
  int64_t source_version = 0;
};

// Thread-safe.
class Alerts {
 public:
  // Registers escalation, and the look after owners who are away.
  Alerts(const service::Context& context, WarningTables& tables);
  void Bind(record::Methods& methods);

  // Does what is decided about the alerts of a series.
  absl::Status Apply(record::Transaction& tx, const AlertSubject& subject, const std::vector<AlertDecision>& decisions);
  // The alerts of a series that are open or reach to `base`.
  absl::StatusOr<std::vector<KeptEpisode>> Kept(record::Transaction& tx, const std::string& rule, const std::string& value,
                                                absl::Time base) const;
  // Resolves the open alerts of a rule that is not judged any more.
  absl::Status Stop(record::Transaction& tx, const std::string& rule);

 private:
  absl::StatusOr<v1::Alert> Acknowledge(record::Transaction& tx, const v1::AcknowledgeAlertRequest& request);
  absl::StatusOr<v1::Alert> Comment(record::Transaction& tx, const v1::CommentOnAlertRequest& request);
  absl::StatusOr<v1::Alert> Explain(record::Transaction& tx, const v1::ExplainAlertRequest& request);
  absl::StatusOr<v1::Alert> Mute(record::Transaction& tx, const v1::MuteAlertRequest& request);
  absl::StatusOr<v1::Alert> Resolve(record::Transaction& tx, const v1::ResolveAlertRequest& request);
  absl::Status Open(record::Transaction& tx, const AlertSubject& subject, const Episode& episode);
  absl::Status SetAddressee(record::Transaction& tx, const v1::AlertRule& rule, const Addressee& asked, v1::Alert& alert) const;
  absl::Status End(record::Transaction& tx, const v1::Alert& before, const char* verb, v1::Alert::Resolution resolution);
  job::Outcome Escalate(const rpc::Call& call, const std::string& name);
  job::Outcome LookAfterOwners(const rpc::Call& call);
  absl::Status Replace(record::Transaction& tx, const std::string& name, const StaffFacts& facts);
  absl::CivilDay DayOf(absl::Time time) const;

  WarningTables& tables_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_WARNING_ALERT_H_
