// Judges the staff of an activity when somebody has taken over a part in it from whoever left (W14), so that the owner learns at once, not
// at the launch, that the gate is closed. Personnel sees the same change and opens a gap of staff (W9).
#ifndef HEITIE_SERVICES_ACTIVITY_WATCH_STAFF_WATCH_H_
#define HEITIE_SERVICES_ACTIVITY_WATCH_STAFF_WATCH_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/job/runner.h"
#include "common/service/main.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/launch_gate.pb.h"
#include "services/activity/launch/readiness.h"
#include "services/activity/preparation/activity.h"

namespace heitie::activity {

// What the verdicts of a gate say of the staff; the time stays where the same was said before.
v1::StaffJudgement JudgementOf(const std::vector<v1::PreconditionVerdict>& verdicts, const v1::StaffJudgement& before, absl::Time now);

// Thread-safe.
class StaffWatch {
 public:
  // Handles the jobs that hand-overs plan.
  StaffWatch(const service::Context& context, Activities& activities, const Readiness& readiness);

 private:
  job::Outcome Judge(const rpc::Call& call, const std::string& name);

  record::Store& store_;
  Activities& activities_;
  const Readiness& readiness_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_WATCH_STAFF_WATCH_H_
