#include "services/personnel/outcome/chapter.h"

#include "services/personnel/appraisal/chapter.h"
#include "services/personnel/career/chapter.h"
#include "services/personnel/recruitment/chapter.h"
#include "services/personnel/staff/chapter.h"

namespace heitie::personnel {

OutcomeChapter::OutcomeChapter(const service::Context& context, StaffChapter& staff, RecruitmentChapter& recruitment,
                               AppraisalChapter& appraisal, CareerChapter& career)
    : policies(context.store),
      rows(context, policies, career.interviews, career.leaders, staff.employees, staff.approvals, staff.steps),
      calculation(context.store, appraisal.rows, appraisal.policies, policies, recruitment.pay_bands, staff.employees.kind()),
      releases(context, appraisal.rows, appraisal.corrections, rows, calculation, policies, staff.approvals),
      documents(context, appraisal.rows, rows, staff.employees.kind(), staff.positions.kind()) {}

void OutcomeChapter::Bind(record::Methods& methods) {
  policies.Bind(methods);
  releases.Bind(methods);
  documents.Bind(methods);
}

}  // namespace heitie::personnel
