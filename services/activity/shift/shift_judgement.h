// The people and hours of an activity's shifts that are still to come, judged (policy A1, W9). Pure.
#ifndef HEITIE_SERVICES_ACTIVITY_SHIFT_SHIFT_JUDGEMENT_H_
#define HEITIE_SERVICES_ACTIVITY_SHIFT_SHIFT_JUDGEMENT_H_

#include <vector>

#include "absl/time/time.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/shift.pb.h"
#include "heitie/personnel/v1/qualification.pb.h"

namespace heitie::activity {

// What is known of the shifts of an activity.
struct ShiftBook {
  std::vector<v1::Shift> shifts;
  std::vector<v1::ShiftCoverage> coverages;
};

// Everybody of the planned shifts that are not over at `moment`, on the days that are left of those that each touches: one case for each
// that differs. No cases: nobody is to be asked about.
personnel::v1::CheckQualificationCasesRequest ShiftQuestion(const ShiftBook& book, absl::Time moment);

// The judgement by the answer to that question.
v1::CheckShiftsResponse JudgeShifts(const v1::Activity& activity, const ShiftBook& book, absl::Time moment,
                                    const personnel::v1::CheckQualificationCasesResponse& answer);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_SHIFT_SHIFT_JUDGEMENT_H_
