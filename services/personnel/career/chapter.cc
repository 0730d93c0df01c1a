#include "services/personnel/career/chapter.h"

#include "services/personnel/appraisal/chapter.h"
#include "services/personnel/recruitment/chapter.h"
#include "services/personnel/staff/chapter.h"
#include "services/personnel/training/catalogue.h"
#include "services/personnel/training/chapter.h"

namespace heitie::personnel {

CareerChapter::CareerChapter(const service::Context& context, TrainingCatalogue& catalogue, StaffChapter& staff, TrainingChapter& training,
                             RecruitmentChapter& recruitment, AppraisalChapter& appraisal)
    : leaders(staff.employees.teams()),
      policies(context, appraisal.policies),
      paths(context.store, staff.positions.kind(), appraisal.policies),
      year_grades(appraisal.rows, appraisal.policies),
      eligibilities(context, paths, policies, leaders, staff.employees, staff.positions.kind(), catalogue.courses.kind(),
                    training.certificates.kind(), recruitment.headcount_plans, year_grades),
      promotions(context, paths, policies, eligibilities, leaders, staff.employees, recruitment.headcount_plans, staff.approvals,
                 staff.steps),
      interviews(context, policies, leaders, staff.employees.kind(), staff.steps),
      improvement_plans(context, policies, leaders, interviews, staff.employees.kind(), catalogue.courses.kind(), staff.approvals,
                        staff.steps),
      standard(context, policies, interviews, staff.employees, appraisal.rows, year_grades) {}

void CareerChapter::Bind(record::Methods& methods) {
  policies.Bind(methods);
  paths.Bind(methods);
  eligibilities.Bind(methods);
  promotions.Bind(methods);
  interviews.Bind(methods);
  improvement_plans.Bind(methods);
}

}  // namespace heitie::personnel
