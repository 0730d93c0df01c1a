#include "services/personnel/recruitment/chapter.h"

#include "services/personnel/staff/chapter.h"

namespace heitie::personnel {

RecruitmentChapter::RecruitmentChapter(const service::Context& context, StaffChapter& staff)
    : policies(context.store),
      decisions(context, policies, staff.steps, staff.approvals),
      headcount_plans(context, decisions, staff.positions.kind(), staff.employees),
      pay_bands(context.store, staff.positions.kind()),
      requisitions(context, decisions, headcount_plans, staff.positions.kind(), staff.employees),
      openings(context, requisitions),
      offers(context, decisions, requisitions, pay_bands, staff.employees) {}

void RecruitmentChapter::Bind(record::Methods& methods) {
  policies.Bind(methods);
  headcount_plans.Bind(methods);
  pay_bands.Bind(methods);
  requisitions.Bind(methods);
  openings.Bind(methods);
  offers.Bind(methods);
}

}  // namespace heitie::personnel
