#include "services/resource/allotment/ending.h"

namespace heitie::resource {

using activity::v1::Activity;
using planning::v1::Project;

Endings::Endings(const service::Context& context, const Allotments& allotments) : allotments_(allotments) {
  event::Reactions(context, "activity", "ended-activities").On(this, &Endings::OnActivity);
  event::Reactions(context, "planning", "ended-projects").On(this, &Endings::OnProject);
}

absl::Status Endings::OnActivity(const rpc::Call& call, const event::Change<Activity>& change) {
  switch (change.latest().state()) {
    case Activity::STATE_ENDED:
    case Activity::STATE_REVIEWED:
    case Activity::STATE_ARCHIVED:
    case Activity::STATE_CANCELLED:
      return allotments_.ReleaseOf(call, change.subject);
    default:
      return absl::OkStatus();
  }
}

absl::Status Endings::OnProject(const rpc::Call& call, const event::Change<Project>& change) {
  const Project::State state = change.latest().state();
  const bool over = state == Project::STATE_COMPLETED || state == Project::STATE_CANCELLED;
  return over ? allotments_.ReleaseOf(call, change.subject) : absl::OkStatus();
}

}  // namespace heitie::resource
