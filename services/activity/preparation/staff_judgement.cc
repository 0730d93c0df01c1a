#include "services/activity/preparation/staff_judgement.h"

#include "common/job/runner.h"

namespace heitie::activity {

namespace {

std::string StaffJobOf(const std::string& activity) { return activity + "/judge-staff"; }

}  // namespace

absl::Status PlanStaffJudgement(record::Transaction& tx, const std::string& activity) {
  return job::Schedule(tx, {StaffJobOf(activity), kStaffJudgementJob, activity, tx.call.now});
}

absl::Status DropStaffJudgement(record::Transaction& tx, v1::Activity& activity) {
  activity.clear_staff_judgement();
  return job::Cancel(tx, StaffJobOf(activity.name()));
}

}  // namespace heitie::activity
