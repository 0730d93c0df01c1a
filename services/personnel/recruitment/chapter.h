#ifndef HEITIE_SERVICES_PERSONNEL_RECRUITMENT_CHAPTER_H_
#define HEITIE_SERVICES_PERSONNEL_RECRUITMENT_CHAPTER_H_

#include "common/service/main.h"
#include "services/personnel/recruitment/decisions.h"
#include "services/personnel/recruitment/headcount_plan.h"
#include "services/personnel/recruitment/offer.h"
#include "services/personnel/recruitment/opening.h"
#include "services/personnel/recruitment/pay_band.h"
#include "services/personnel/recruitment/recruitment_policy.h"
#include "services/personnel/recruitment/requisition.h"

namespace heitie::personnel {

struct StaffChapter;

// Whom a department may hire, with what money, and who was offered what (H2, S1). Not to be moved: its concepts refer to each other.
// Thread-safe.
struct RecruitmentChapter {
  RecruitmentChapter(const service::Context& context, StaffChapter& staff);
  RecruitmentChapter(const RecruitmentChapter&) = delete;
  RecruitmentChapter& operator=(const RecruitmentChapter&) = delete;

  void Bind(record::Methods& methods);

  RecruitmentPolicies policies;
  Decisions decisions;
  HeadcountPlans headcount_plans;
  PayBands pay_bands;
  Requisitions requisitions;
  Openings openings;
  Offers offers;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_RECRUITMENT_CHAPTER_H_
