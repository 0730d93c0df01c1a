#ifndef HEITIE_SERVICES_PERSONNEL_ASSESSMENT_CHAPTER_H_
#define HEITIE_SERVICES_PERSONNEL_ASSESSMENT_CHAPTER_H_

#include <memory>

#include "common/service/main.h"
#include "services/personnel/assessment/handler.h"
#include "services/personnel/assessment/onlookers.h"
#include "services/personnel/assessment/requisition_book.h"
#include "services/personnel/assessment/scorecard.h"
#include "services/personnel/assessment/scorecard_template.h"

namespace heitie::personnel {

struct StaffChapter;

// How those who apply are assessed, and who sees it (H2). Not to be moved: its concepts refer to each other. Thread-safe.
struct AssessmentChapter {
  AssessmentChapter(const service::Context& context, StaffChapter& staff);
  AssessmentChapter(const AssessmentChapter&) = delete;
  AssessmentChapter& operator=(const AssessmentChapter&) = delete;

  void Bind(record::Methods& methods);

  const std::shared_ptr<const RequisitionBook> requisition_book;
  Onlookers onlookers;
  Handlers handlers;
  ScorecardTemplates scorecard_templates;
  Scorecards scorecards;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_ASSESSMENT_CHAPTER_H_
