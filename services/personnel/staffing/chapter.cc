#include "services/personnel/staffing/chapter.h"

#include "services/personnel/recruitment/chapter.h"
#include "services/personnel/staff/chapter.h"
#include "services/personnel/training/chapter.h"

namespace heitie::personnel {

StaffingChapter::StaffingChapter(const service::Context& context, StaffChapter& staff, TrainingChapter& training,
                                 RecruitmentChapter& recruitment)
    : gaps(context, staff.employees, training.certificates, training.qualifications, training.skill_assessments,
           training.development_policies, staff.approvals, staff.steps, staff.positions.kind(), recruitment.headcount_plans,
           recruitment.requisitions, training.training_plans),
      figures(context, recruitment.headcount_plans, staff.employees.kind(), staff.positions.kind(), training.certificates) {}

void StaffingChapter::Bind(record::Methods& methods) {
  gaps.Bind(methods);
  figures.Bind(methods);
}

}  // namespace heitie::personnel
