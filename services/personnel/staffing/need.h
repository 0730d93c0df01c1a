// What needs people, and what training does for those who are short of something (W9). Pure functions.
#ifndef HEITIE_SERVICES_PERSONNEL_STAFFING_NEED_H_
#define HEITIE_SERVICES_PERSONNEL_STAFFING_NEED_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/shift.pb.h"
#include "heitie/personnel/v1/headcount_plan.pb.h"
#include "heitie/personnel/v1/qualification.pb.h"
#include "heitie/personnel/v1/staffing_gap.pb.h"
#include "heitie/resource/v1/staff_demand.pb.h"
#include "services/personnel/recruitment/headcount.h"
#include "services/personnel/staff/assignment.h"
#include "services/personnel/training/qualification.h"
#include "services/personnel/training/training_plan.h"

namespace heitie::personnel {

// The need of an activity: subject, source, title, courses, staff, days, count and requester are set. It needs its whole staff from
// PREPARING until it is over; nothing before, without staff, where shifts stand in its place, or after. Its days are those of the launch
// gate: an end at midnight begins no day.
std::optional<v1::StaffingGap> NeedOf(const activity::v1::Activity& activity);

// The need of a shift for its people on the days that it touches; nothing without people, and when it is over or given up.
std::optional<v1::StaffingGap> NeedOf(const activity::v1::Shift& shift);
// The need of hours in which a role lacks people, as many as are missing where most are, from the first day of a gap to the last one, for
// people whom nobody has named yet; nothing without gaps.
std::optional<v1::StaffingGap> NeedOf(const activity::v1::ShiftCoverage& coverage);

// The need of a demand of resource, with its position in place of staff; nothing once it is withdrawn.
std::optional<v1::StaffingGap> NeedOf(const resource::v1::StaffDemand& demand);

// The need of a headcount plan: days and counts of what is missing.
v1::StaffingGap NeedOf(const v1::HeadcountPlan& plan, const HeadcountShortage& shortage);

// Who can be asked to meet a demand from `today` on: whoever holds its position on each of the days that are left, and is not engaged. By
// name; `people` are all who hold the position on some day.
std::vector<std::string> PoolOf(const v1::StaffingGap& need, const People& people, absl::CivilDay today);

// The last day on which headcount plans are looked at.
absl::CivilDay HorizonOf(absl::CivilDay today, int months);

// The question by which a need is judged today: of its days those that are left. Nothing when none is.
std::optional<v1::CheckQualificationRequest> QuestionOf(const v1::StaffingGap& need, absl::CivilDay today);

// Without staff, as in a demand for which there is nobody, there is nothing to ask: nobody is qualified.
v1::CheckQualificationResponse NobodyFor(const v1::StaffingGap& need);

// Sets what the answer makes of a gap: counts and who is short of what.
void TakeAnswer(const v1::CheckQualificationResponse& answer, v1::StaffingGap& gap);

// The fewest courses by which somebody is qualified before the first day until the last (ProposeTraining), or why there is no way. `facts`
// has the person's certificates and sessions in which a seat is to be had on days of presence.
v1::StaffingTrainee TraineeOf(const v1::StaffingShortfall& shortfall, const TrainingFacts& facts, Span span);

// Counts who can be trained and who is to be hired, `missing` being how many more must be qualified.
void ConcludeProposal(int missing, v1::ProposeStaffingResponse& response);

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_STAFFING_NEED_H_
