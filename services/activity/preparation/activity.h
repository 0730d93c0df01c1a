// The activity itself (policy 二(二)): its state machine, the rules of its fields, and what a change of scope means (W3).
#pragma once

#include <functional>
#include <string>

#include "common/record/kind.h"
#include "common/record/state_machine.h"
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

// For Kind::Select: the children of an activity, by the index on names: "activities/x/" < name < "activities/x0" ('0' follows '/').
inline constexpr char kChildren[] = "WHERE name > ? AND name < ? ORDER BY name";
inline sql::Values ChildrenOf(const std::string& activity) { return sql::Bind(activity + "/", activity + "0"); }

// Name of the job that launches the activity at its scheduled time.
std::string ScheduledLaunchJob(const std::string& activity);

// Thread-safe.
class Activities {
 public:
  explicit Activities(record::Store& store);

  record::Kind<v1::Activity>& kind() { return kind_; }
  record::Store& store() { return store_; }

  rpc::Handler Creator();
  rpc::Handler Updater();

  // Locks the activity, checks etag and that no launch is in progress, moves it by `verb`, lets `change` do the rest, and writes it.
  absl::StatusOr<v1::Activity> Move(record::Transaction& tx, const std::string& name, const std::string& etag, const std::string& verb,
                                    const std::function<absl::Status(const v1::Activity& before, v1::Activity& after)>& change = nullptr);

  absl::StatusOr<v1::Activity> Prepare(record::Transaction& tx, const v1::PrepareActivityRequest& request);
  absl::StatusOr<v1::Activity> Pause(record::Transaction& tx, const v1::PauseActivityRequest& request);
  absl::StatusOr<v1::Activity> Archive(record::Transaction& tx, const v1::ArchiveActivityRequest& request);

  // The committed activity with its computed fields.
  absl::StatusOr<v1::Activity> Get(const rpc::Call& call, const std::string& name);

 private:
  record::Store& store_;
  record::Kind<v1::Activity> kind_;
};

}  // namespace heitie::activity
