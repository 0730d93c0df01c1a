#include "services/planning/plan/approval.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/client/own_call.h"
#include "common/job/runner.h"
#include "common/status/argument.h"
#include "common/status/macros.h"
#include "common/status/outage.h"
#include "common/time/instant.h"
#include "heitie/resource/v1/allotment_service.methods.h"
#include "services/planning/plan/demand.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::Project;
using v1::ProjectApproval;

const status::Reason kApprovalInProgress{StatusCode::kFailedPrecondition, "APPROVAL_IN_PROGRESS",
                                         "{project} is being approved by {approval}.", "{project} 正由 {approval} 核准中。"};
const status::Reason kApprovalContinues{StatusCode::kUnavailable, "APPROVAL_CONTINUES",
                                        "The approval of {project} is not finished yet; it goes on by itself: {why}",
                                        "{project} 的核准尚未完成，將自動繼續：{why}"};
const status::Reason kApprovalGivenUp{
    StatusCode::kUnavailable, "APPROVAL_GIVEN_UP",
    "The approval of {project} was given up, and what it took was given back, because resource did not answer for too long. Approve again.",
    "因資源服務過久未回應，{project} 的核准已放棄並歸還所取用的資源，請重新核准。"};

namespace {

constexpr char kApprovalJob[] = "approve-project";
// How long the caller's own request has before the job looks after it. Both at once are harmless.
constexpr absl::Duration kGoOnAfter = absl::Seconds(2);
constexpr char kTimedOut[] = "APPROVAL_TIMED_OUT";

std::string ApprovalJobOf(const std::string& approval) { return approval + "/go-on"; }

bool IsApprovalOver(const ProjectApproval& approval) {
  return approval.state() == ProjectApproval::STATE_SUCCEEDED || approval.state() == ProjectApproval::STATE_FAILED;
}

bool TimedOut(const ProjectApproval& approval) { return approval.obstacles_size() == 1 && approval.obstacles(0).reason() == kTimedOut; }

const status::Phrase kTimedOutObstacle{"The resource service did not answer in time.", "資源服務未在時限內回應。"};
const status::Phrase kChangedObstacle{"The plan was changed while it was approved.", "方案在核准期間被變更。"};

}  // namespace

const record::StateMachine& ProjectApprovalMachine() {
  using A = ProjectApproval;
  static const auto& machine = *new record::StateMachine(
      A::State_descriptor(),
      {
          {A::STATE_TAKING, "take", A::STATE_CONFIRMING, "everything is held", record::kConsequence},
          {A::STATE_TAKING, "refuse", A::STATE_FAILED, "something is short", record::kConsequence},
          {A::STATE_TAKING, "give_up", A::STATE_GIVING_BACK, "nobody answers", record::kConsequence},
          {A::STATE_CONFIRMING, "confirm", A::STATE_APPROVING, "it does not expire", record::kConsequence},
          {A::STATE_CONFIRMING, "give_up", A::STATE_GIVING_BACK, "it has expired, or nobody answers", record::kConsequence},
          {A::STATE_APPROVING, "approve", A::STATE_SUCCEEDED, "the plan is still actionable", record::kConsequence},
          {A::STATE_APPROVING, "give_up", A::STATE_GIVING_BACK, "the plan has changed", record::kConsequence},
          {A::STATE_GIVING_BACK, "give_back", A::STATE_FAILED, "nothing is held", record::kConsequence},
      });
  return machine;
}

Approvals::Approvals(service::Context context, Tables& tables, Projects& projects)
    : context_(context), tables_(tables), projects_(projects) {
  context_.jobs.Handle(
      kApprovalJob, [this](const rpc::Call& call, const job::Job& job) { return job::Outcome::Failed(Drive(call, job.payload).status()); });
}

absl::StatusOr<Project> Approvals::Approve(const rpc::Call& call, const v1::ApproveProjectRequest& request) {
  ASSIGN_OR_RETURN(const Project begun, context_.store.Write(call, request, [&](record::Transaction& tx) { return Begin(tx, request); }));
  if (begun.approval().empty()) return begun;
  const absl::StatusOr<ProjectApproval> outcome = Drive(call, begun.approval());
  if (!outcome.ok()) {
    const absl::Status& outage = outcome.status();
    const status::Arg why = status::ReasonOf(outage).empty() ? status::Arg("why", absl::StatusCodeToString(outage.code()))
                                                             : status::Arg("why", status::Say(outage));
    return status::RetryLater(kApprovalContinues, kGoOnAfter, {{"project", begun.name()}, why});
  }
  if (outcome->state() == ProjectApproval::STATE_SUCCEEDED) return tables_.projects.Get(call, begun.name());
  if (TimedOut(*outcome)) {
    // The same request begins anew.
    RETURN_IF_ERROR(context_.store.Forget(call, request, begun));
    return status::RetryLater(kApprovalGivenUp, kGoOnAfter, {{"project", begun.name()}});
  }
  return ShortOf(begun.name(), {outcome->obstacles().begin(), outcome->obstacles().end()});
}

absl::StatusOr<Project> Approvals::Begin(record::Transaction& tx, const v1::ApproveProjectRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Project> step, tables_.projects.Begin(tx, request, "approve"));
  if (!step.before.approval().empty()) {
    return status::Error(kApprovalInProgress, {{"project", step.before.name()}, {"approval", step.before.approval()}});
  }
  ASSIGN_OR_RETURN(const v1::Scheme scheme, projects_.SchemeToApprove(tx, step.before, request.override_reason()));
  if (!TakesAnything(AllotmentOf(step.before, scheme))) {
    RETURN_IF_ERROR(projects_.ApproveIn(tx, step.before, {tx.call.principal.name, request.override_reason()}, step.after));
    return tables_.projects.Finish(tx, step);
  }
  const absl::Time now = context_.clock.Now();
  const std::string id = record::NewId(now);
  ProjectApproval approval;
  approval.set_name(absl::StrCat(step.before.name(), "/approvals/", id));
  approval.set_approver(tx.call.principal.name);
  approval.set_override_reason(request.override_reason());
  approval.set_state(ProjectApproval::STATE_TAKING);
  approval.set_allotment(absl::StrCat("allotments/plan-", id));
  approval.set_scheme(scheme.name());
  *approval.mutable_expire_time() = time::ToTimestamp(now + kApprovalValidity);
  RETURN_IF_ERROR(tables_.approvals.Insert(tx, approval, "begin"));
  step.after = step.before;
  step.after.set_approval(approval.name());
  step.verb = "begin_approval";
  RETURN_IF_ERROR(job::Schedule(
      tx,
      {.name = ApprovalJobOf(approval.name()), .kind = kApprovalJob, .payload = approval.name(), .run_time = tx.call.now + kGoOnAfter}));
  return tables_.projects.Finish(tx, step);
}

absl::StatusOr<ProjectApproval> Approvals::Drive(const rpc::Call& call, const std::string& name) {
  for (;;) {
    ASSIGN_OR_RETURN(const ProjectApproval approval, tables_.approvals.Get(call, name));
    if (IsApprovalOver(approval)) return approval;
    ASSIGN_OR_RETURN(const Outcome outcome, Step(call, approval));
    if (outcome.verb != nullptr) RETURN_IF_ERROR(Record(call, approval, outcome));
  }
}

absl::StatusOr<Approvals::Outcome> Approvals::Step(const rpc::Call& call, const ProjectApproval& approval) {
  switch (approval.state()) {
    case ProjectApproval::STATE_TAKING:
    case ProjectApproval::STATE_CONFIRMING:
      return TakeOrConfirm(call, approval);
    case ProjectApproval::STATE_APPROVING:
      return Finish(call, approval);
    default: {
      resource::v1::ReleaseAllotmentRequest request;
      request.set_name(approval.allotment());
      request.set_reason(absl::StrCat(approval.name(), " failed."));
      request.set_request_id(absl::StrCat(record::IdOf(approval.name()), "-release"));
      const absl::Status released =
          context_.Call(client::OwnCall(call, "planning"), resource::v1::method::ReleaseAllotment, request).status();
      if (!released.ok() && !absl::IsNotFound(released)) return released;
      return Outcome{"give_back", {approval.obstacles().begin(), approval.obstacles().end()}};
    }
  }
}

absl::StatusOr<Approvals::Outcome> Approvals::TakeOrConfirm(const rpc::Call& call, const ProjectApproval& approval) {
  const auto timed_out = [&] { return Outcome{"give_up", {ObstacleOf(approval.name(), kTimedOut, status::Say(kTimedOutObstacle))}}; };
  const auto is_too_late = [&] { return context_.clock.Now() >= time::ToTime(approval.expire_time()); };
  if (is_too_late()) return timed_out();
  rpc::Call own = client::OwnCall(call, "planning");
  own.language = status::Language::kEnglish;  // What is refused is kept.
  const std::string id = record::IdOf(approval.name());
  absl::Status done;
  const bool taking = approval.state() == ProjectApproval::STATE_TAKING;
  if (taking) {
    resource::v1::CreateAllotmentRequest request;
    ASSIGN_OR_RETURN(const Project project, tables_.projects.Get(call, record::ParentOf(approval.name())));
    ASSIGN_OR_RETURN(const v1::Scheme scheme, tables_.schemes.Get(call, approval.scheme()));
    *request.mutable_allotment() = AllotmentOf(project, scheme);
    *request.mutable_allotment()->mutable_expire_time() = approval.expire_time();
    request.set_allotment_id(record::IdOf(approval.allotment()));
    request.set_request_id(id + "-take");
    done = context_.Call(own, resource::v1::method::CreateAllotment, request).status();
  } else {
    resource::v1::ConfirmAllotmentRequest request;
    request.set_name(approval.allotment());
    request.set_request_id(id + "-confirm");
    done = context_.Call(own, resource::v1::method::ConfirmAllotment, request).status();
  }
  if (done.ok()) return Outcome{taking ? "take" : "confirm"};
  if (status::IsOutage(done)) return done;
  // What it took has expired meanwhile, for which somebody waited too long, and which is no verdict.
  if (is_too_late()) return timed_out();
  if (status::ReasonOf(done) == status::kRequestIdReused.id) {
    // The plan was changed between two attempts, which makes it a draft: what the first took is given back.
    return Outcome{"give_up", {ObstacleOf(record::ParentOf(approval.name()), "PROJECT_CHANGED", status::Say(kChangedObstacle))}};
  }
  return Outcome{taking ? "refuse" : "give_up", ObstaclesOf(done)};
}

absl::StatusOr<Approvals::Outcome> Approvals::Finish(const rpc::Call& call, const ProjectApproval& seen) {
  const absl::Status approved = context_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(record::Step<Project> step, tables_.projects.Begin(tx, record::Target(record::ParentOf(seen.name())), "approve"));
    ASSIGN_OR_RETURN(const ProjectApproval before, tables_.approvals.Lock(tx, seen.name()));
    if (before.etag() != seen.etag()) return absl::OkStatus();  // Another process has noted this step.
    if (step.before.approval() != seen.name()) {
      return status::Error(kPlanChanged, {{"name", step.before.name()}});
    }
    RETURN_IF_ERROR(projects_.ApproveIn(tx, step.before, {seen.approver(), seen.override_reason()}, step.after));
    step.after.set_allotment(seen.allotment());
    step.after.clear_approval();
    RETURN_IF_ERROR(tables_.projects.Finish(tx, step).status());
    return Note(tx, before, {"approve"}, nullptr);
  });
  if (approved.ok()) return Outcome{nullptr};
  if (status::IsOutage(approved)) return approved;
  return Outcome{"give_up", ObstaclesOf(approved)};
}

absl::Status Approvals::Note(record::Transaction& tx, const ProjectApproval& before, const Outcome& outcome, Project* project) {
  ProjectApproval after = before;
  RETURN_IF_ERROR(tables_.approvals.Advance(after, outcome.verb));
  after.mutable_obstacles()->Assign(outcome.obstacles.begin(), outcome.obstacles.end());
  RETURN_IF_ERROR(tables_.approvals.Update(tx, before, after, outcome.verb));
  if (!IsApprovalOver(after)) return absl::OkStatus();
  if (project != nullptr && project->approval() == before.name()) {
    Project ended = *project;
    ended.clear_approval();
    RETURN_IF_ERROR(tables_.projects.Update(tx, *project, ended, "fail_approval"));
  }
  return job::Cancel(tx, ApprovalJobOf(before.name()));
}

absl::Status Approvals::Record(const rpc::Call& call, const ProjectApproval& seen, const Outcome& outcome) {
  return context_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(Project project, tables_.projects.Lock(tx, record::ParentOf(seen.name())));
    ASSIGN_OR_RETURN(const ProjectApproval before, tables_.approvals.Lock(tx, seen.name()));
    if (before.etag() != seen.etag()) return absl::OkStatus();  // Another process has noted this step.
    return Note(tx, before, outcome, &project);
  });
}

void Approvals::Bind(record::Methods& methods) {
  methods.Reads(tables_.approvals);
  methods.Bind("ApproveProject", this, &Approvals::Approve);
}

}  // namespace heitie::planning
