// Launches an activity (policy A2; W1, W2): performs the steps of the saga (saga.h), one transaction after each, so that whoever comes
// next — the caller, a repetition of the request, or the job after a crash — goes on where the last one stopped. Two at once are harmless:
// the steps are idempotent by their request ids, and the record moves on by its etag.
#ifndef HEITIE_SERVICES_ACTIVITY_LAUNCH_LAUNCH_H_
#define HEITIE_SERVICES_ACTIVITY_LAUNCH_LAUNCH_H_

#include <functional>
#include <string>

#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/launch.pb.h"
#include "heitie/activity/v1/launch_gate.pb.h"
#include "services/activity/launch/readiness.h"
#include "services/activity/launch/saga.h"

namespace heitie::activity {

extern const status::Reason kLaunchContinues;            // {launch} {why}
extern const status::Reason kLaunchGivenUp;              // {launch}
extern const status::Reason kLaunchTimeOutsideSchedule;  // {launch_time} {start} {end}
extern const status::Reason kNotScheduled;               // {activity}

// The verdict that a refusal of the resource service stands for.
v1::PreconditionVerdict RefusedStep(v1::LaunchStep::Kind kind, const v1::Activity& activity, const absl::Status& refusal,
                                    status::Language language);

// Thread-safe.
class Launches {
 public:
  // Registers the jobs that resume launches and begin scheduled ones.
  Launches(service::Context context, Activities& activities, Readiness& readiness);
  void Bind(record::Methods& methods);

 private:
  absl::StatusOr<v1::Activity> LaunchActivity(const rpc::Call& call, const v1::LaunchActivityRequest& request);
  absl::StatusOr<v1::Activity> Schedule(record::Transaction& tx, const v1::ScheduleLaunchRequest& request);
  absl::StatusOr<v1::Activity> Unschedule(record::Transaction& tx, const v1::UnscheduleLaunchRequest& request);

  // What a step came to: how the record notes it.
  using Note = std::function<void(v1::Launch&, absl::Time now)>;

  absl::StatusOr<v1::Launch> Begin(record::Transaction& tx, const v1::Activity& before, const std::string& launcher, bool scheduled);
  // Takes steps until the launch is over. An error: a service or the database did not answer, and the launch is still to be finished.
  absl::StatusOr<v1::Launch> Drive(const rpc::Call& call, const std::string& name);
  absl::StatusOr<Note> Forward(const rpc::Call& call, const v1::Launch& launch, v1::LaunchStep::Kind kind);
  bool IsTooLate(const v1::Launch& launch) const;
  static Note TimeOut(const rpc::Call& call, v1::LaunchStep::Kind kind);
  absl::StatusOr<Note> Gate(const rpc::Call& call, const v1::Launch& launch);
  absl::StatusOr<Note> TakeAllotment(const rpc::Call& call, const v1::Launch& launch, const v1::Activity& activity);
  absl::Time Now(const rpc::Call& call) const;
  absl::Status Take(const rpc::Call& call, const v1::Launch& launch, const v1::Activity& activity, v1::LaunchStep::Kind kind);
  absl::StatusOr<Note> GiveBack(const rpc::Call& call, const v1::Launch& launch, v1::LaunchStep::Kind kind);
  absl::Status Record(const rpc::Call& call, const v1::Launch& seen, const std::string& action, const Note& note);
  absl::Status Finish(record::Transaction& tx, const v1::Launch& launch);
  job::Outcome RunScheduled(const rpc::Call& call, const std::string& activity);

  service::Context context_;
  Activities& activities_;
  Readiness& readiness_;
  record::Kind<v1::Launch> launches_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_LAUNCH_LAUNCH_H_
