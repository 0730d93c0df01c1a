#ifndef HEITIE_SERVICES_PERSONNEL_CAREER_CHAPTER_H_
#define HEITIE_SERVICES_PERSONNEL_CAREER_CHAPTER_H_

#include "common/service/main.h"
#include "services/personnel/career/career_path.h"
#include "services/personnel/career/career_policy.h"
#include "services/personnel/career/eligibility.h"
#include "services/personnel/career/improvement_plan.h"
#include "services/personnel/career/interview.h"
#include "services/personnel/career/leader.h"
#include "services/personnel/career/promotion.h"
#include "services/personnel/career/standard.h"
#include "services/personnel/career/year_grades.h"

namespace heitie::personnel {

struct AppraisalChapter;
struct RecruitmentChapter;
struct StaffChapter;
struct TrainingCatalogue;
struct TrainingChapter;

// Where somebody can rise to, and what follows from work below the standard (S2, H7). Not to be moved: its concepts refer to each other.
// Thread-safe.
struct CareerChapter {
  CareerChapter(const service::Context& context, TrainingCatalogue& catalogue, StaffChapter& staff, TrainingChapter& training,
                RecruitmentChapter& recruitment, AppraisalChapter& appraisal);
  CareerChapter(const CareerChapter&) = delete;
  CareerChapter& operator=(const CareerChapter&) = delete;

  void Bind(record::Methods& methods);

  Leaders leaders;
  CareerPolicies policies;
  CareerPaths paths;
  YearGrades year_grades;
  Eligibilities eligibilities;
  Promotions promotions;
  PerformanceInterviews interviews;
  ImprovementPlans improvement_plans;
  StandardWatch standard;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_CAREER_CHAPTER_H_
