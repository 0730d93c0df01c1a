#ifndef HEITIE_SERVICES_PERSONNEL_CANDIDATE_CHAPTER_H_
#define HEITIE_SERVICES_PERSONNEL_CANDIDATE_CHAPTER_H_

#include <memory>

#include "common/service/main.h"
#include "services/personnel/candidate/application.h"
#include "services/personnel/candidate/candidate.h"
#include "services/personnel/candidate/handler.h"
#include "services/personnel/candidate/onlookers.h"
#include "services/personnel/candidate/recruitment_books.h"
#include "services/personnel/candidate/rejection_reason.h"
#include "services/personnel/candidate/requisition_book.h"
#include "services/personnel/candidate/scorecard.h"
#include "services/personnel/candidate/scorecard_template.h"
#include "services/personnel/candidate/yield_report.h"

namespace heitie::personnel {

struct RecruitmentChapter;
struct StaffChapter;

// Who applies, and what becomes of it (H2). Ties itself to the offers and requisitions of recruitment. Not to be moved: its concepts refer
// to each other. Thread-safe.
struct CandidateChapter {
  CandidateChapter(const service::Context& context, StaffChapter& staff, RecruitmentChapter& recruitment);
  CandidateChapter(const CandidateChapter&) = delete;
  CandidateChapter& operator=(const CandidateChapter&) = delete;

  void Bind(record::Methods& methods);

  const std::shared_ptr<const RequisitionBook> requisition_book;
  RecruitmentOffers offer_book;
  Onlookers onlookers;
  Handlers handlers;
  Candidates candidates;
  RejectionReasons rejection_reasons;
  ScorecardTemplates scorecard_templates;
  Scorecards scorecards;
  Applications applications;
  Pipeline pipeline;
  YieldReport yield_report;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_CANDIDATE_CHAPTER_H_
