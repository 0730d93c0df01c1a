// Guardrails (policy A2, W4): what running activities are held against. Windows are judged by one job for each activity, by the figures
// that metrics tells in one question; pages and alerts are told by those who see them. An incident and the pause that goes with it are one
// transaction.
//
// Rows are locked in this order: activity, guardrail, incident.
#ifndef HEITIE_SERVICES_ACTIVITY_GUARDRAIL_GUARDRAILS_H_
#define HEITIE_SERVICES_ACTIVITY_GUARDRAIL_GUARDRAILS_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/record/state_machine.h"
#include "common/service/main.h"
#include "heitie/activity/v1/guardrail.pb.h"
#include "heitie/metrics/v1/alert.pb.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "services/activity/clock/escalations.h"
#include "services/activity/guardrail/guardrail_rules.h"
#include "services/activity/incident/alerts.h"
#include "services/activity/incident/incidents.h"
#include "services/activity/launch/readiness.h"
#include "services/activity/preparation/activity.h"

namespace heitie::activity {

extern const status::Reason kLoosenedByManager;      // {guardrail}
extern const status::Reason kLoosenedWithoutReason;  // {guardrail}
extern const status::Reason kGuardrailRetired;       // {guardrail}

const record::StateMachine& GuardrailMachine();

// Thread-safe.
class Guardrails {
 public:
  using Guardrail = v1::ActivityGuardrail;

  // Registers the jobs that judge and that resume, and takes the alerts and pages that guardrails name.
  Guardrails(const service::Context& context, Activities& activities, const Escalations& escalations, Incidents& incidents, Alerts& alerts,
             Readiness& readiness);
  Guardrails(const Guardrails&) = delete;
  void Bind(record::Methods& methods);

  // Makes a guardrail of an activity, for example from a template; its name is set. INVALID_FIELDS as at creation.
  absl::Status Add(record::Transaction& tx, Guardrail& guardrail);

 private:
  absl::Status Create(record::Transaction& tx, Guardrail& guardrail);
  absl::Status Update(record::Transaction& tx, const Guardrail& before, Guardrail& after);
  absl::StatusOr<Guardrail> Retire(record::Transaction& tx, const v1::RetireActivityGuardrailRequest& request);
  absl::StatusOr<v1::TryActivityGuardrailResponse> Try(const rpc::Call& call, const v1::TryActivityGuardrailRequest& request);

  absl::StatusOr<bool> OnPage(record::Transaction& tx, const v1::Activity& activity, const std::string& page, bool down, absl::Time at,
                              const std::string& text);
  absl::StatusOr<bool> OnAlert(record::Transaction& tx, const v1::Activity& activity, const metrics::v1::Alert& alert);
  absl::StatusOr<bool> OnSource(record::Transaction& tx, const v1::Activity& activity, Guardrail::Signal signal, const std::string& source,
                                bool breached, absl::Time at, const std::string& text);
  // Windows begin anew where the activity has become LIVE.
  absl::Status OnActivity(record::Transaction& tx, const v1::Activity* before, const v1::Activity* after);

  // What follows from a turn of the run of `after`.
  absl::Status Act(record::Transaction& tx, const v1::Activity& activity, const GuardrailTurn& turn, absl::Time at, const std::string& text,
                   Guardrail& after);

  // Tells the activity's owner.
  absl::Status Tell(record::Transaction& tx, const Guardrail& guardrail, absl::Time at, const std::string& text) const;

  // A window that may be judged, of the rule as it was read.
  struct Due {
    Guardrail rule;
    absl::Time start, end;
    // What metrics says of it; not known where it could not be asked.
    bool complete = false;
    WindowFigures figures;
    int64_t version = 0;
  };
  struct Round {
    v1::Activity activity;
    std::vector<Due> due;
    // When the next window of any rule ends.
    absl::Time next = absl::InfiniteFuture();
  };
  // The windows that are over and not judged.
  absl::StatusOr<Round> Look(sql::Session& session, const std::string& activity, absl::Time now);
  // In one question, unless they need more metrics than fit.
  absl::Status Ask(const rpc::Call& call, const v1::Activity& activity, const std::vector<Due*>& due);
  // Judges windows of one rule that follow one another, as far as the activity stays LIVE. Nothing when they were judged before, or the
  // rule or the activity is another now.
  absl::Status Judge(record::Transaction& tx, const std::vector<Due>& due);
  // Keeps what is said of a window, and takes it into the run of `guardrail`.
  absl::Status JudgeOne(record::Transaction& tx, const v1::Activity& activity, const Due& due, Guardrail& guardrail);
  job::Outcome Run(const rpc::Call& call, const std::string& activity);
  job::Outcome ResumeAgain(const rpc::Call& call, const std::string& guardrail);

  const service::Context context_;
  record::Store& store_;
  Activities& activities_;
  const Escalations& escalations_;
  Incidents& incidents_;
  Readiness& readiness_;
  record::Kind<Guardrail> guardrails_;
  record::Kind<v1::GuardrailWindow> windows_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_GUARDRAIL_GUARDRAILS_H_
