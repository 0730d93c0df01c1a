// Shifts of activities and the hours in which roles need people (policy A1, W9).
#ifndef HEITIE_SERVICES_ACTIVITY_SHIFT_SHIFTS_H_
#define HEITIE_SERVICES_ACTIVITY_SHIFT_SHIFTS_H_

#include <set>
#include <string>

#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/record/state_machine.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/activity/v1/shift.pb.h"
#include "services/activity/preparation/activity.h"
#include "services/activity/shift/shift_book.h"

namespace heitie::activity {

extern const status::Reason kShiftOverlap;   // {employee} {shift} {start} {end}
extern const status::Reason kShiftFixed;     // {shift} {state}
extern const status::Reason kShiftPast;      // {end}
extern const status::Reason kTooManyShifts;  // {activity} {count}

const record::StateMachine& ShiftMachine();

// Changes of an activity's shifts take their turns by its row, and those of a person by hers (shift_turns). Thread-safe.
class Shifts {
 public:
  // Handles the jobs that end shifts; follows changes of activities.
  Shifts(const service::Context& context, Activities& activities);
  Shifts(const Shifts&) = delete;
  void Bind(record::Methods& methods);

 private:
  absl::Status Create(record::Transaction& tx, v1::Shift& shift);
  absl::Status Update(record::Transaction& tx, const v1::Shift& before, v1::Shift& after);
  absl::StatusOr<v1::Shift> Cancel(record::Transaction& tx, const v1::CancelShiftRequest& request);
  absl::Status CreateCoverage(record::Transaction& tx, v1::ShiftCoverage& coverage);
  absl::Status UpdateCoverage(record::Transaction& tx, const v1::ShiftCoverage& before, v1::ShiftCoverage& after);
  absl::Status DeleteCoverage(record::Transaction& tx, const v1::ShiftCoverage& coverage);
  absl::StatusOr<v1::CheckShiftsResponse> Check(const rpc::Call& call, const v1::CheckShiftsRequest& request);

  // What a shift takes of its activity, and whether it may be so.
  absl::Status Prepare(record::Transaction& tx, v1::Shift& shift);
  // Keeps slots, job and coverage in step with a shift.
  absl::Status Follow(record::Transaction& tx, const v1::Shift* before, const v1::Shift* after);
  // SHIFT_OVERLAP with everybody who has another shift at that time; TOO_MANY_SHIFTS.
  absl::Status TakeSlots(record::Transaction& tx, const v1::Shift& shift) const;
  absl::Status Passing(record::Transaction& tx, const std::string& employee, const v1::Shift& before, v1::Shift& after) const;
  // An activity has other times or another owner, or is over.
  absl::Status OnActivity(record::Transaction& tx, const v1::Activity& before, const v1::Activity& after);
  // Notes where the roles lack people now; every role for an empty set.
  absl::Status NoteGaps(record::Transaction& tx, const v1::Activity& activity, const std::set<std::string>& roles);
  // Keeps whether the activity has shifts.
  absl::Status NoteStaffed(record::Transaction& tx, const std::string& activity);
  job::Outcome End(const rpc::Call& call, const job::Job& job);

  const service::Context context_;
  Activities& activities_;
  record::Kind<v1::Shift> shifts_;
  record::Kind<v1::ShiftCoverage> coverages_;
  const ShiftBooks books_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_SHIFT_SHIFTS_H_
