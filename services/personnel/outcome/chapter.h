#ifndef HEITIE_SERVICES_PERSONNEL_OUTCOME_CHAPTER_H_
#define HEITIE_SERVICES_PERSONNEL_OUTCOME_CHAPTER_H_

#include "common/service/main.h"
#include "services/personnel/outcome/calculation.h"
#include "services/personnel/outcome/documents.h"
#include "services/personnel/outcome/outcome_policy.h"
#include "services/personnel/outcome/outcome_rows.h"
#include "services/personnel/outcome/release.h"

namespace heitie::personnel {

struct AppraisalChapter;
struct CareerChapter;
struct RecruitmentChapter;
struct StaffChapter;

// What follows from appraisals: bonuses, promotion, honours, interviews (H7). Not to be moved: its concepts refer to each other.
// Thread-safe.
struct OutcomeChapter {
  OutcomeChapter(const service::Context& context, StaffChapter& staff, RecruitmentChapter& recruitment, AppraisalChapter& appraisal,
                 CareerChapter& career);
  OutcomeChapter(const OutcomeChapter&) = delete;
  OutcomeChapter& operator=(const OutcomeChapter&) = delete;

  void Bind(record::Methods& methods);

  OutcomePolicies policies;
  OutcomeRows rows;
  OutcomeCalculation calculation;
  OutcomeReleases releases;
  OutcomeDocuments documents;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_OUTCOME_CHAPTER_H_
