#include "services/resource/allotment/ending.h"

#include "common/status/macros.h"

namespace heitie::resource {

using activity::v1::Activity;
using planning::v1::Project;

namespace {

bool IsOver(const Activity& activity) {
  switch (activity.state()) {
    case Activity::STATE_ENDED:
    case Activity::STATE_REVIEWED:
    case Activity::STATE_ARCHIVED:
    case Activity::STATE_CANCELLED:
      return true;
    default:
      return false;
  }
}

bool IsOver(const Project& project) { return project.state() == Project::STATE_COMPLETED || project.state() == Project::STATE_CANCELLED; }

}  // namespace

Endings::Endings(const service::Context& context, const Allotments& allotments, const PurchaseDecisions& purchases)
    : allotments_(allotments), purchases_(purchases) {
  event::Reactions(context, "activity", "ended-activities").On(this, &Endings::OnActivity);
  event::Reactions(context, "planning", "ended-projects").On(this, &Endings::OnProject);
}

absl::Status Endings::End(const rpc::Call& call, const std::string& subject, bool was_over) const {
  RETURN_IF_ERROR(allotments_.ReleaseOf(call, subject));
  // What was decided to be kept is not asked about again when the activity is reviewed.
  return was_over ? absl::OkStatus() : purchases_.AskOfSubject(call, subject);
}

absl::Status Endings::OnActivity(const rpc::Call& call, const event::Change<Activity>& change) {
  return IsOver(change.latest()) ? End(call, change.subject, change.before && IsOver(*change.before)) : absl::OkStatus();
}

absl::Status Endings::OnProject(const rpc::Call& call, const event::Change<Project>& change) {
  // A plan that is void holds nothing (W3). By name: it may have been approved anew meanwhile.
  if (change.before && change.after && !change.before->allotment().empty() && change.after->allotment() != change.before->allotment()) {
    RETURN_IF_ERROR(allotments_.ReleaseOne(call, change.before->allotment(), change.subject + " is not approved any more."));
  }
  return IsOver(change.latest()) ? End(call, change.subject, change.before && IsOver(*change.before)) : absl::OkStatus();
}

}  // namespace heitie::resource
