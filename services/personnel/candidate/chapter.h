#ifndef HEITIE_SERVICES_PERSONNEL_CANDIDATE_CHAPTER_H_
#define HEITIE_SERVICES_PERSONNEL_CANDIDATE_CHAPTER_H_

#include "common/service/main.h"
#include "services/personnel/candidate/application.h"
#include "services/personnel/candidate/candidate.h"
#include "services/personnel/candidate/recruitment_books.h"
#include "services/personnel/candidate/rejection_reason.h"
#include "services/personnel/candidate/yield_report.h"

namespace heitie::personnel {

struct AssessmentChapter;
struct RecruitmentChapter;

// Who applies, and what becomes of it (H2). Ties itself to the offers and requisitions of recruitment. Not to be moved: its concepts refer
// to each other. Thread-safe.
struct CandidateChapter {
  CandidateChapter(const service::Context& context, RecruitmentChapter& recruitment, AssessmentChapter& assessment);
  CandidateChapter(const CandidateChapter&) = delete;
  CandidateChapter& operator=(const CandidateChapter&) = delete;

  void Bind(record::Methods& methods);

  RecruitmentOffers offer_book;
  Candidates candidates;
  RejectionReasons rejection_reasons;
  Applications applications;
  Pipeline pipeline;
  YieldReport yield_report;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_CANDIDATE_CHAPTER_H_
