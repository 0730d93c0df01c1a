#include "services/risk/register/subject_watch.h"

#include <vector>

#include "common/status/macros.h"
#include "common/time/instant.h"
#include "google/protobuf/util/message_differencer.h"

namespace heitie::risk {

using activity::v1::Activity;
using google::protobuf::util::MessageDifferencer;
using planning::v1::Project;
using v1::Risk;
using v1::TypicalRisk;

bool ChangesScope(const Activity& before, const Activity& after) {
  const auto scope = [](const Activity& activity) {
    Activity scope;
    scope.set_description(activity.description());
    scope.set_scheme(activity.scheme());
    scope.set_kind(activity.kind());
    if (activity.has_start_time()) *scope.mutable_start_time() = activity.start_time();
    if (activity.has_end_time()) *scope.mutable_end_time() = activity.end_time();
    scope.set_budget(activity.budget());
    scope.set_budget_amount_minor(activity.budget_amount_minor());
    *scope.mutable_bill_of_materials() = activity.bill_of_materials();
    *scope.mutable_targets() = activity.targets();
    return scope;
  };
  return !MessageDifferencer::Equals(scope(before), scope(after));
}

bool ChangesScope(const Project& before, const Project& after) {
  const auto scope = [](const Project& project) {
    Project scope;
    scope.set_description(project.description());
    scope.set_project_type(project.project_type());
    if (project.has_start_date()) *scope.mutable_start_date() = project.start_date();
    if (project.has_end_date()) *scope.mutable_end_date() = project.end_date();
    *scope.mutable_objectives() = project.objectives();
    return scope;
  };
  return !MessageDifferencer::Equals(scope(before), scope(after));
}

SubjectWatch::SubjectWatch(const service::Context& context, const record::Kind<Risk>& risks,
                           const record::Kind<v1::Assessment>& assessments, const AssessmentDuties& duties, const TypicalRisks& typical)
    : store_(context.store), risks_(risks), assessments_(assessments), duties_(duties), typical_(typical) {
  event::Reactions(context, "activity", "subject-watch").On(this, &SubjectWatch::OnActivity);
  event::Reactions(context, "planning", "project-watch").On(this, &SubjectWatch::OnProject);
}

absl::Status SubjectWatch::OnActivity(const rpc::Call& call, const event::Change<Activity>& change) {
  if (!change.after.has_value()) return absl::OkStatus();
  const Activity& activity = *change.after;
  if (!change.before.has_value()) {
    if (activity.state() != Activity::STATE_DRAFT) return absl::OkStatus();
    const Drafted drafted{TypicalRisk::TARGET_ACTIVITY, activity.name(), activity.owner(), activity.kind(), change.occur_time};
    return store_.Write(call, [&](record::Transaction& tx) { return typical_.Propose(tx, drafted); });
  }
  return ChangesScope(*change.before, activity) ? AskForReviews(call, activity.name(), change.occur_time) : absl::OkStatus();
}

absl::Status SubjectWatch::OnProject(const rpc::Call& call, const event::Change<Project>& change) {
  if (!change.after.has_value()) return absl::OkStatus();
  const Project& project = *change.after;
  if (!change.before.has_value()) {
    if (project.state() != Project::STATE_DRAFT) return absl::OkStatus();
    const Drafted drafted{TypicalRisk::TARGET_PROJECT, project.name(), project.owner(), project.project_type(), change.occur_time};
    return store_.Write(call, [&](record::Transaction& tx) { return typical_.Propose(tx, drafted); });
  }
  return ChangesScope(*change.before, project) ? AskForReviews(call, project.name(), change.occur_time) : absl::OkStatus();
}

absl::Status SubjectWatch::AskForReviews(const rpc::Call& call, const std::string& subject, absl::Time changed) const {
  return store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(
        const std::vector<Risk> risks,
        risks_.Select(tx.sql,
                      "WHERE state <> 'STATE_CLOSED' AND (subject = ? OR name IN (SELECT risk FROM risk_links WHERE resource = ?)) "
                      "ORDER BY name",
                      sql::Bind(subject, subject)));
    for (const Risk& risk : risks) {
      // What nobody has assessed stands against going live as it is.
      if (risk.assessment().empty()) continue;
      ASSIGN_OR_RETURN(const v1::Assessment latest, assessments_.Find(tx.sql, risk.assessment()));
      // It knew the change; also of one that is told again, or read as history.
      if (time::ToTime(latest.create_time()) >= changed) continue;
      ASSIGN_OR_RETURN(const Risk held, risks_.Guard(tx, risk.name()));
      RETURN_IF_ERROR(duties_.Ask(tx, held, v1::AssessmentDuty::CAUSE_SCOPE, subject));
    }
    return absl::OkStatus();
  });
}

}  // namespace heitie::risk
