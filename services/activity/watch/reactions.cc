#include "services/activity/watch/reactions.h"

#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/event/follower.h"
#include "common/record/json.h"
#include "common/status/macros.h"
#include "common/text/markdown.h"
#include "google/protobuf/empty.pb.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/waiver.pb.h"
#include "heitie/planning/v1/plan_service.methods.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "heitie/resource/v1/material_service.methods.h"
#include "heitie/resource/v1/money_service.methods.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "heitie/risk/v1/register_service.methods.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/treatment_service.methods.h"
#include "heitie/type/v1/event.pb.h"
#include "services/activity/launch/launch_gate.h"
#include "services/activity/preparation/risk_judgement.h"

namespace heitie::activity {
namespace {

using risk::v1::RiskSummary;
using risk::v1::SummarizeRisksResponse;
using v1::Activity;

// How often it is looked whether a launch is over.
constexpr absl::Duration kJudgeAgain = absl::Seconds(1);

bool Breaks(RiskSummary::Blocking blocking) {
  switch (blocking) {
    case RiskSummary::BLOCKING_HIGH_UNTREATED:
    case RiskSummary::BLOCKING_HIGH_NOT_REDUCED:
    case RiskSummary::BLOCKING_ACCEPTANCE_EXPIRED:
    case RiskSummary::BLOCKING_TRANSFER_EXPIRED:
    case RiskSummary::BLOCKING_TREATMENT_OVERDUE:
      return true;
    default:
      return false;
  }
}

// At most 500 characters: the risk's title has at most 200, names of resources at most 70 and 190.
std::string ReasonOf(const RiskSummary& risk) {
  return risk.restricted() ? risk.fact().statement() : absl::StrCat(risk.risk(), ": ", risk.fact().statement());
}

// No longer either: a title of 200 characters and three names.
std::string ReasonOf(const risk::v1::OpenObligation& open) { return absl::StrCat("REGULATION_OBLIGATION_OPEN: ", open.fact().statement()); }

// OK also when somebody was there before: what should be done is done.
absl::Status DoneBefore(const absl::Status& status) {
  return absl::IsNotFound(status) || absl::IsFailedPrecondition(status) ? absl::OkStatus() : status;
}

bool IsHeld(const resource::v1::Reservation& reservation) {
  return reservation.state() == resource::v1::Reservation::STATE_HELD || reservation.state() == resource::v1::Reservation::STATE_CONFIRMED;
}
bool IsHeld(const resource::v1::Encumbrance& taken) {
  return taken.state() == resource::v1::Encumbrance::STATE_PRE_COMMITTED || taken.state() == resource::v1::Encumbrance::STATE_COMMITTED;
}

const auto& ResourcesOf(const resource::v1::ListReservationsResponse& response) { return response.reservations(); }
const auto& ResourcesOf(const resource::v1::ListEncumbrancesResponse& response) { return response.encumbrances(); }

// The same for every repetition, at most 64 characters however long the name is.
std::string RequestIdOf(const std::string& name) { return "avoid-" + text::Sha256Hex(name).substr(0, 32); }

// Releases what `subject` still holds of one kind, page by page.
template <typename Request, typename Response, typename Release>
absl::Status ReleaseAll(const service::Context& context, const rpc::Call& call, const client::Method<Request, Response>& method,
                        const std::string& subject, const Release& release) {
  Request request;
  request.set_filter(absl::StrCat("subject = \"", subject, "\""));
  request.set_page_size(1000);
  do {
    ASSIGN_OR_RETURN(const Response response, context.Call(call, method, request));
    for (const auto& held : ResourcesOf(response)) {
      if (IsHeld(held)) RETURN_IF_ERROR(release(context, call, held.name(), RequestIdOf(held.name())));
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

}  // namespace

const RiskSummary* Avoided(const SummarizeRisksResponse& risks, const std::string& subject) {
  for (const RiskSummary& risk : risks.risks()) {
    if (risk.blocking_reason() != RiskSummary::BLOCKING_TO_BE_AVOIDED) continue;
    const auto& dropped = risk.avoided_subjects();
    // Of risks that were told without what is dropped it is what they are on.
    const bool names = dropped.empty() ? risk.subject() == subject : std::find(dropped.begin(), dropped.end(), subject) != dropped.end();
    if (names) return &risk;
  }
  return nullptr;
}

Reaction React(const Activity& activity, const SummarizeRisksResponse& risks, bool waived) {
  if (!CheckNotClosed(activity).ok()) return {};
  for (const std::string& subject : {activity.name(), activity.project()}) {
    if (const RiskSummary* risk = Avoided(risks, subject)) return {Reaction::Kind::kCancel, ReasonOf(*risk)};
  }
  if (activity.state() != Activity::STATE_LIVE || waived) return {};
  for (const RiskSummary& risk : risks.risks()) {
    if (Breaks(risk.blocking_reason())) return {Reaction::Kind::kPause, ReasonOf(risk)};
  }
  for (const risk::v1::OpenObligation& open : risks.obligations()) {
    if (open.blocking()) return {Reaction::Kind::kPause, ReasonOf(open)};
  }
  return {};
}

RiskWatch::RiskWatch(service::Context context, Activities& activities, Waivers& waivers, Settlement& settlement)
    : context_(context), activities_(activities), waivers_(waivers), settlement_(settlement) {
  event::Reactions reactions(context_, "risk", "risk-watch");
  reactions.On(this, &RiskWatch::OnRisk);
  reactions.On(this, &RiskWatch::OnObligation);
  context_.jobs.Handle(kJudgementJob,
                       [this](const rpc::Call& call, const job::Job& job) { return job::Outcome::Failed(Judge(call, job.payload)); });
}

absl::Status RiskWatch::OnRisk(const rpc::Call& call, const event::Change<risk::v1::Risk>& change) {
  // A risk's subject never changes; what it affects besides may, and is judged either way.
  std::set<std::string> subjects = {change.latest().subject()};
  for (const auto& side : {change.before, change.after}) {
    if (side.has_value()) subjects.insert(side->affected_subjects().begin(), side->affected_subjects().end());
  }
  for (const std::string& subject : subjects) RETURN_IF_ERROR(Judge(call, subject));
  return change.after.has_value() ? ReportOutcomes(call, *change.after) : absl::OkStatus();
}

absl::Status RiskWatch::OnObligation(const rpc::Call& call, const event::Change<risk::v1::ObligationCase>& change) {
  return Judge(call, change.latest().subject());
}

absl::Status RiskWatch::Report(const rpc::Call& call, const std::string& risk, const std::string& subject, bool dropped,
                               const std::string& reason) {
  risk::v1::ReportAvoidanceRequest report;
  report.set_name(risk);
  report.set_subject(subject);
  report.set_dropped(dropped);
  report.set_reason(reason);
  return DoneBefore(context_.Call(call, risk::v1::method::ReportAvoidance, report).status());
}

absl::Status RiskWatch::ReportSubject(const rpc::Call& call, const std::string& risk, const std::string& subject) {
  if (absl::StartsWith(subject, "activities/")) {
    const absl::StatusOr<Activity> activity = activities_.kind().Get(call, subject);
    if (absl::IsNotFound(activity.status())) return Report(call, risk, subject, false, "it is not there");
    RETURN_IF_ERROR(activity.status());
    // One that is being launched is judged, and reported, when that is over.
    if (CheckNotClosed(*activity).ok()) return absl::OkStatus();
    const bool dropped = activity->state() == Activity::STATE_CANCELLED;
    return Report(call, risk, subject, dropped, Activity::State_Name(activity->state()));
  }
  if (!absl::StartsWith(subject, "projects/")) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<Activity> activities, OfProject(call, subject));
  // The risk is closed by the report, and must not be while something still rests on it.
  for (const Activity& activity : activities) {
    if (CheckNotClosed(activity).ok()) return absl::OkStatus();
  }
  planning::v1::GetProjectRequest get;
  get.set_name(subject);
  const absl::StatusOr<planning::v1::Project> project = context_.Call(call, planning::v1::method::GetProject, get);
  if (absl::IsNotFound(project.status())) return Report(call, risk, subject, false, "it is not there");
  RETURN_IF_ERROR(project.status());
  // One that is still to be dropped is reported when it is: its activities may be cancelled before it.
  const bool dropped = project->state() == planning::v1::Project::STATE_CANCELLED;
  if (!dropped && project->state() != planning::v1::Project::STATE_COMPLETED) return absl::OkStatus();
  return Report(call, risk, subject, dropped, planning::v1::Project::State_Name(project->state()));
}

absl::StatusOr<std::vector<Activity>> RiskWatch::OfProject(const rpc::Call& call, const std::string& project) {
  return context_.store.Read(
      call, [&](sql::Session& session) { return activities_.kind().Select(session, "WHERE project = ?", sql::Bind(project)); });
}

absl::Status RiskWatch::ReportOutcomes(const rpc::Call& call, const risk::v1::Risk& risk) {
  for (const risk::v1::AvoidanceOutcome& outcome : risk.avoidance_outcomes()) {
    if (outcome.state() != risk::v1::AvoidanceOutcome::STATE_PENDING) continue;
    RETURN_IF_ERROR(ReportSubject(call, risk.name(), outcome.subject()));
  }
  return absl::OkStatus();
}

absl::Status RiskWatch::Judge(const rpc::Call& call, const std::string& subject) {
  if (absl::StartsWith(subject, "projects/")) return JudgeProject(call, subject);
  if (!absl::StartsWith(subject, "activities/")) return absl::OkStatus();
  const absl::StatusOr<Activity> activity = activities_.kind().Get(call, subject);
  return activity.ok() ? JudgeActivity(call, *activity) : DoneBefore(activity.status());
}

absl::StatusOr<SummarizeRisksResponse> RiskWatch::Risks(const rpc::Call& call, const std::vector<std::string>& subjects,
                                                        const std::string& time_zone) {
  risk::v1::SummarizeRisksRequest request;
  *request.mutable_subjects() = {subjects.begin(), subjects.end()};
  request.set_time_zone(time_zone);
  return context_.Call(call, risk::v1::method::SummarizeRisks, request);
}

absl::Status RiskWatch::JudgeProject(const rpc::Call& call, const std::string& project) {
  ASSIGN_OR_RETURN(const SummarizeRisksResponse risks, Risks(call, {project}));
  if (const RiskSummary* risk = Avoided(risks, project)) RETURN_IF_ERROR(DropProject(call, project, *risk));
  ASSIGN_OR_RETURN(const std::vector<Activity> activities, OfProject(call, project));
  for (const Activity& activity : activities) RETURN_IF_ERROR(JudgeActivity(call, activity));
  return absl::OkStatus();
}

absl::Status RiskWatch::DropProject(const rpc::Call& call, const std::string& project, const RiskSummary& risk) {
  planning::v1::CancelProjectRequest cancel;
  cancel.set_name(project);
  cancel.set_reason(ReasonOf(risk));
  RETURN_IF_ERROR(DoneBefore(context_.Call(call, planning::v1::method::CancelProject, cancel).status()));
  RETURN_IF_ERROR((ReleaseAll(context_, call, resource::v1::method::ListReservations, project, ReleaseReservation)));
  return ReleaseAll(context_, call, resource::v1::method::ListEncumbrances, project, ReleaseEncumbrance);
}

absl::StatusOr<bool> RiskWatch::Waived(const rpc::Call& call, const std::string& activity) {
  std::vector<v1::Waiver> waivers;
  RETURN_IF_ERROR(context_.store.Read(call, [&](sql::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(waivers, waivers_.kind().Children(session, activity));
    return absl::OkStatus();
  }));
  return std::any_of(waivers.begin(), waivers.end(), [&](const v1::Waiver& waiver) {
    return waiver.precondition() == v1::PRECONDITION_RISKS_SETTLED && IsInForce(waiver, call.now);
  });
}

absl::Status RiskWatch::JudgeLater(const rpc::Call& call, const std::string& activity) {
  google::protobuf::Empty nothing;
  return context_.store.Write(call, nothing, &nothing,
                              [&](record::Transaction& tx) { return PlanJudgement(tx, activity, activity, call.now + kJudgeAgain); });
}

absl::Status RiskWatch::JudgeActivity(const rpc::Call& call, const Activity& activity) {
  if (!CheckNotClosed(activity).ok()) return absl::OkStatus();
  // It may have judged the risks already: once it is over, they are judged again. Nothing else waits for that.
  if (!activity.launch().empty()) return JudgeLater(call, activity.name());
  ASSIGN_OR_RETURN(const SummarizeRisksResponse risks, Risks(call, {activity.name(), activity.project()}, activity.time_zone()));
  ASSIGN_OR_RETURN(const bool waived, Waived(call, activity.name()));
  const Reaction reaction = React(activity, risks, waived);
  switch (reaction.kind) {
    case Reaction::Kind::kNone:
      return absl::OkStatus();
    case Reaction::Kind::kCancel: {
      v1::CancelActivityRequest request;
      request.set_name(activity.name());
      request.set_etag(activity.etag());
      request.set_reason(reaction.reason);
      RETURN_IF_ERROR(settlement_.Cancel(call, request).status());
      for (const std::string& subject : {activity.name(), activity.project()}) {
        const RiskSummary* const avoided = Avoided(risks, subject);
        if (avoided == nullptr || avoided->avoided_subjects().empty()) continue;
        RETURN_IF_ERROR(ReportSubject(call, avoided->risk(), subject));
      }
      return absl::OkStatus();
    }
    case Reaction::Kind::kPause: {
      v1::PauseActivityRequest request;
      request.set_name(activity.name());
      request.set_etag(activity.etag());
      request.set_reason(reaction.reason);
      v1::Activity paused;
      return context_.store.Write(call, request, &paused, [&](record::Transaction& tx) -> absl::Status {
        ASSIGN_OR_RETURN(paused, activities_.Pause(tx, request));
        return absl::OkStatus();
      });
    }
  }
  return absl::OkStatus();
}

}  // namespace heitie::activity
