// What follows from a decision about a gap (W9): a requisition, or training plans. Pure functions.
#ifndef HEITIE_SERVICES_PERSONNEL_STAFFING_REMEDY_H_
#define HEITIE_SERVICES_PERSONNEL_STAFFING_REMEDY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/requisition.pb.h"
#include "heitie/personnel/v1/staffing_gap.pb.h"

namespace heitie::personnel {

extern const status::Reason kRequisitionMissing;  // a field
extern const status::Reason kGapTellsNot;         // a field
extern const status::Reason kNobodyToHire;        // a field
extern const status::Reason kNotTrainable;        // {employee}
extern const status::Reason kNobodyTrainable;     // {gap}

// The requisition that a decision to hire opens, without a name; every bad field of the request.
absl::StatusOr<v1::Requisition> RequisitionFor(const v1::DecideStaffingGapRequest& request, const v1::StaffingGap& gap,
                                               const v1::ProposeStaffingResponse& proposal);

// Who gets a training plan: those whom the request names, else as many as are missing, first who is qualified first, then by name.
// NOT_TRAINABLE, NOBODY_TRAINABLE.
absl::StatusOr<std::vector<std::string>> TraineesFor(const v1::DecideStaffingGapRequest& request,
                                                     const v1::ProposeStaffingResponse& proposal);

// The courses that somebody is short of.
std::vector<std::string> LackingCourses(const v1::StaffingGap& gap, const std::string& employee);

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_STAFFING_REMEDY_H_
