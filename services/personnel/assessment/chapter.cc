#include "services/personnel/assessment/chapter.h"

#include "services/personnel/candidate/recruitment_books.h"
#include "services/personnel/staff/chapter.h"

namespace heitie::personnel {

AssessmentChapter::AssessmentChapter(const service::Context& context, StaffChapter& staff)
    : requisition_book(std::make_shared<RecruitmentBook>(context)),
      onlookers(context, requisition_book, staff.employees.teams()),
      handlers(*requisition_book, staff.employees.teams()),
      scorecard_templates(context.store, staff.positions.kind()),
      scorecards(context, staff.employees, staff.steps, scorecard_templates, handlers, onlookers) {
  staff.steps.Veil(onlookers.VeiledCards());
}

void AssessmentChapter::Bind(record::Methods& methods) {
  scorecard_templates.Bind(methods);
  scorecards.Bind(methods);
}

}  // namespace heitie::personnel
