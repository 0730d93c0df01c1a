// The activity itself (policy 二(二)): its state machine, the rules of its fields, and what a change of scope means (W3).
#ifndef HEITIE_SERVICES_ACTIVITY_PREPARATION_ACTIVITY_H_
#define HEITIE_SERVICES_ACTIVITY_PREPARATION_ACTIVITY_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/activity/v1/activity.pb.h"

namespace heitie::activity {

extern const status::Reason kStartNotBeforeEnd;
extern const status::Reason kBudgetMissing;     // an amount without a budget
extern const status::Reason kValueTwice;        // {value}: an element that may occur once
extern const status::Reason kBadTarget;         // metric and measure do not fit
extern const status::Reason kScopeFrozen;       // {activity} {state}: scope changes only before the launch
extern const status::Reason kActivityClosed;    // {activity} {state}
extern const status::Reason kLaunchInProgress;  // {activity} {launch}

const record::StateMachine& ActivityMachine();

// The rules between fields. Rules of single fields are in the contract.
absl::Status CheckActivity(const v1::Activity& activity);

// Whether something changed on which the readiness rests: scheme, dates, budget, materials, staff, training (W3).
bool ChangesScope(const v1::Activity& before, const v1::Activity& after);

// Judges an update and sets the state that follows from it: a change of scope sends READY back to PREPARING and drops a scheduled launch.
absl::Status ApplyUpdate(const v1::Activity& before, v1::Activity& after);

// OK unless the activity is ENDED, REVIEWED, ARCHIVED or CANCELLED.
absl::Status CheckNotClosed(const v1::Activity& activity);
// OK unless a launch of it is in progress.
absl::Status CheckNoLaunch(const v1::Activity& activity);

// Name of the job that launches the activity at its scheduled time.
std::string ScheduledLaunchJob(const std::string& activity);

// Thread-safe.
class Activities {
 public:
  explicit Activities(record::Store& store);
  void Bind(record::Methods& methods);

  // No transition while a launch is in progress.
  record::Kind<v1::Activity>& kind() { return activities_; }
  record::Store& store() { return store_; }
  absl::StatusOr<v1::Activity> Pause(record::Transaction& tx, const v1::PauseActivityRequest& request);
  // `follow` is told of each change of an activity in its transaction; either may be nullptr. Before the first request only.
  using Following = std::function<absl::Status(record::Transaction&, const v1::Activity* before, const v1::Activity* after)>;
  void Follow(Following follow) { follows_.push_back(std::move(follow)); }

 private:
  absl::Status Create(record::Transaction& tx, v1::Activity& activity);
  absl::Status Update(record::Transaction& tx, const v1::Activity& before, v1::Activity& after);
  absl::StatusOr<v1::Activity> Prepare(record::Transaction& tx, const v1::PrepareActivityRequest& request);

  record::Store& store_;
  record::Kind<v1::Activity> activities_;
  std::vector<Following> follows_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_PREPARATION_ACTIVITY_H_
