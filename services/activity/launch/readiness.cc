#include "services/activity/launch/readiness.h"

#include <optional>

#include "absl/strings/str_join.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/launch_gate.pb.h"
#include "heitie/activity/v1/launch_gate_examination.pb.h"
#include "services/activity/incident/incidents.h"
#include "services/activity/launch/examination.h"
#include "services/activity/lesson/applicability.h"
#include "services/activity/preparation/fact_judgement.h"
#include "services/activity/preparation/risk_judgement.h"
#include "services/activity/preparation/staff_judgement.h"

namespace heitie::activity {
namespace {

template <typename Request>
absl::Time MomentOf(const rpc::Call& call, const Request& request) {
  return request.has_launch_time() ? time::ToTime(request.launch_time()) : call.now;
}

v1::EvaluateLaunchGateResponse GateOf(const rpc::Call& call, const GateFacts& facts) {
  const auto verdicts = Judge(facts, call.language);
  v1::EvaluateLaunchGateResponse gate;
  gate.set_activity(facts.activity.name());
  gate.set_etag(facts.activity.etag());
  gate.set_open(IsOpen(verdicts));
  gate.mutable_verdicts()->Add(verdicts.begin(), verdicts.end());
  *gate.mutable_evaluate_time() = time::ToTimestamp(call.now);
  return gate;
}

// Refuses incidents that were not there when the gate was judged.
absl::Status CheckNoNewIncidents(const std::string& activity, const std::vector<std::string>& unsettled,
                                 const std::vector<v1::PreconditionVerdict>& verdicts, status::Language language) {
  if (unsettled.empty()) return absl::OkStatus();
  for (const v1::PreconditionVerdict& verdict : verdicts) {
    const bool waived = verdict.verdict() == v1::VERDICT_WAIVED;
    if (verdict.precondition() == v1::PRECONDITION_INCIDENTS_SETTLED && waived) return absl::OkStatus();
  }
  return Refusal(activity, {Unmet(v1::PRECONDITION_INCIDENTS_SETTLED, kIncidentsUnsettled, {{"incidents", absl::StrJoin(unsettled, ", ")}},
                                  language)});
}

}  // namespace

Readiness::Readiness(service::Context context, Activities& activities, PreparationItems& items, SupportCommitments& commitments,
                     Waivers& waivers)
    : context_(context),
      gatherer_(context),
      activities_(activities),
      items_(items),
      commitments_(commitments),
      waivers_(waivers),
      shifts_(context.store) {}

absl::StatusOr<GateFacts> Readiness::LocalFacts(sql::Session& session, const v1::Activity& activity, absl::Time moment) const {
  GateFacts facts;
  facts.moment = moment;
  facts.business_day = absl::ToCivilDay(moment, context_.time_zone);
  facts.activity = activity;
  ASSIGN_OR_RETURN(facts.items, items_.kind().Children(session, activity.name()));
  ASSIGN_OR_RETURN(facts.commitments, commitments_.kind().Children(session, activity.name()));
  ASSIGN_OR_RETURN(facts.waivers, waivers_.kind().Children(session, activity.name()));
  ASSIGN_OR_RETURN(facts.unanswered_lessons, UnansweredLessons(session, activity));
  ASSIGN_OR_RETURN(facts.unsettled_incidents, UnsettledIncidents(session, activity.name()));
  return facts;
}

absl::StatusOr<GateFacts> Readiness::Facts(const rpc::Call& call, const std::string& activity, absl::Time moment,
                                           const std::string& reservation, const std::string& encumbrance,
                                           FactGatherer::Extent extent) const {
  ASSIGN_OR_RETURN(GateFacts facts, context_.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<GateFacts> {
    ASSIGN_OR_RETURN(const v1::Activity found, activities_.kind().Find(session, activity));
    ASSIGN_OR_RETURN(GateFacts local, LocalFacts(session, found, moment));
    // How old a look is does not depend on the moment of the launch.
    ASSIGN_OR_RETURN(local.pages, PageFactsOf(session, activity, call.now));
    ASSIGN_OR_RETURN(local.shifts, shifts_.BookOf(session, local.activity));
    return local;
  }));
  // Of a launched activity counts what its launch took.
  const bool launching = !reservation.empty() || !encumbrance.empty();
  gatherer_.Gather(call, launching ? reservation : facts.activity.reservation(), launching ? encumbrance : facts.activity.encumbrance(),
                   extent, facts);
  return facts;
}

absl::StatusOr<Readiness::Verdicts> Readiness::Evaluate(const rpc::Call& call, const std::string& activity, absl::Time moment,
                                                        const std::string& reservation, const std::string& encumbrance) const {
  ASSIGN_OR_RETURN(const GateFacts facts, Facts(call, activity, moment, reservation, encumbrance, FactGatherer::Extent::kVerdicts));
  return Verdicts{facts.activity, Judge(facts, call.language)};
}

absl::StatusOr<Readiness::Verdicts> Readiness::EvaluateAs(const rpc::Call& call, const std::string& activity, absl::Time moment,
                                                          const std::function<void(v1::Activity&)>& amend) const {
  ASSIGN_OR_RETURN(GateFacts facts, context_.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<GateFacts> {
    ASSIGN_OR_RETURN(v1::Activity found, activities_.kind().Find(session, activity));
    amend(found);
    ASSIGN_OR_RETURN(GateFacts local, LocalFacts(session, found, moment));
    ASSIGN_OR_RETURN(local.pages, PageFactsOf(session, activity, call.now));
    ASSIGN_OR_RETURN(local.shifts, shifts_.BookOf(session, local.activity));
    return local;
  }));
  gatherer_.Gather(call, facts.activity.reservation(), facts.activity.encumbrance(), FactGatherer::Extent::kVerdicts, facts);
  return Verdicts{facts.activity, Judge(facts, call.language)};
}

absl::StatusOr<Readiness::Judged> Readiness::Try(const rpc::Call& call, const std::string& activity, absl::Time moment) const {
  ASSIGN_OR_RETURN(GateFacts facts, Facts(call, activity, moment, "", "", FactGatherer::Extent::kVerdicts));
  std::vector<v1::PreconditionVerdict> verdicts = Judge(facts, call.language);
  return Judged{std::move(facts), std::move(verdicts)};
}

absl::StatusOr<v1::EvaluateLaunchGateResponse> Readiness::EvaluateLaunchGate(const rpc::Call& call,
                                                                             const v1::EvaluateLaunchGateRequest& request) {
  ASSIGN_OR_RETURN(const GateFacts facts, Facts(call, request.name(), MomentOf(call, request), "", "", FactGatherer::Extent::kVerdicts));
  return GateOf(call, facts);
}

absl::StatusOr<v1::LaunchGateExamination> Readiness::ExamineLaunchGate(const rpc::Call& call, const v1::ExamineLaunchGateRequest& request) {
  ASSIGN_OR_RETURN(const GateFacts facts, Facts(call, request.name(), MomentOf(call, request), "", "", FactGatherer::Extent::kFull));
  v1::LaunchGateExamination examination = ExaminationOf(facts);
  *examination.mutable_gate() = GateOf(call, facts);
  return examination;
}

absl::StatusOr<v1::Activity> Readiness::MarkReady(record::Transaction& tx, const v1::MarkActivityReadyRequest& request) {
  return activities_.kind().Change(tx, request, "mark_ready", [&](const v1::Activity& before, v1::Activity&) -> absl::Status {
    ASSIGN_OR_RETURN(const GateFacts facts, LocalFacts(tx.sql, before, tx.call.now));
    const auto verdicts = JudgePreparation(facts, tx.call.language);
    return CheckOpen(before.name(), verdicts, kNotPrepared);
  });
}

absl::StatusOr<v1::Activity> Readiness::Resume(const rpc::Call& call, const v1::ResumeActivityRequest& request) {
  v1::Activity resumed;
  Verdicts gate;
  const auto judge = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(gate, Evaluate(call, request.name(), call.now));
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(context_.store.Write(call, request, &resumed, judge, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(record::Step<v1::Activity> step, activities_.kind().Begin(tx, request, "resume"));
    // The verdicts hold for the version that was judged.
    if (step.before.etag() != gate.activity.etag()) {
      return status::Error(status::kStaleEtag,
                           {{"name", step.before.name()}, {"etag", gate.activity.etag()}, {"current", step.before.etag()}});
    }
    RETURN_IF_ERROR(CheckOpen(step.before.name(), gate.verdicts));
    // An incident that came up since then found the activity PAUSED as well, and changed nothing of it.
    ASSIGN_OR_RETURN(const std::vector<std::string> unsettled, UnsettledIncidents(tx.sql, step.before.name()));
    RETURN_IF_ERROR(CheckNoNewIncidents(step.before.name(), unsettled, gate.verdicts, call.language));
    step.after.clear_state_reason();
    RETURN_IF_ERROR(DropStaffJudgement(tx, step.after));
    // A risk that came up since then found the activity PAUSED.
    RETURN_IF_ERROR(PlanJudgement(tx, step.before.name(), step.before.name(), tx.call.now));
    RETURN_IF_ERROR(PlanFactJudgement(tx, step.before.name(), step.before.name(), tx.call.now));
    ASSIGN_OR_RETURN(resumed, activities_.kind().Finish(tx, step));
    return absl::OkStatus();
  }));
  return resumed;
}

void Readiness::Bind(record::Methods& methods) {
  methods.Bind("MarkActivityReady", this, &Readiness::MarkReady);
  methods.Bind("EvaluateLaunchGate", this, &Readiness::EvaluateLaunchGate);
  methods.Bind("ExamineLaunchGate", this, &Readiness::ExamineLaunchGate);
  methods.Bind("ResumeActivity", this, &Readiness::Resume);
}

}  // namespace heitie::activity
