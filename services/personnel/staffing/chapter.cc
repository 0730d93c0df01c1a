#include "services/personnel/staffing/chapter.h"

#include "services/personnel/staff/chapter.h"
#include "services/personnel/training/chapter.h"

namespace heitie::personnel {

StaffingChapter::StaffingChapter(const service::Context& context, StaffChapter& staff, TrainingChapter& training)
    : gaps(context, staff.employees, training.certificates, training.qualifications, training.skill_assessments,
           training.development_policies, staff.approvals, staff.steps) {}

void StaffingChapter::Bind(record::Methods& methods) { gaps.Bind(methods); }

}  // namespace heitie::personnel
