#include "services/personnel/candidate/chapter.h"

#include "services/personnel/candidate/contact_digest.h"
#include "services/personnel/recruitment/chapter.h"
#include "services/personnel/staff/chapter.h"

namespace heitie::personnel {

CandidateChapter::CandidateChapter(const service::Context& context, StaffChapter& staff, RecruitmentChapter& recruitment)
    : requisition_book(std::make_shared<RecruitmentBook>(context)),
      offer_book(recruitment.offers),
      onlookers(context, requisition_book, staff.employees.teams()),
      handlers(*requisition_book, staff.employees.teams()),
      candidates(context.store, ContactDigest(context.store.database()), onlookers),
      rejection_reasons(context.store),
      scorecard_templates(context.store, staff.positions.kind()),
      scorecards(context, staff.employees, staff.steps, scorecard_templates, handlers, onlookers),
      applications(context, *requisition_book, offer_book, candidates, rejection_reasons, scorecard_templates, scorecards, handlers,
                   onlookers),
      pipeline(applications, candidates),
      yield_report(context, *requisition_book) {
  recruitment.offers.SetApplications(pipeline);
  recruitment.requisitions.OnOwner([this](record::Transaction&, const v1::Requisition&) {
    onlookers.Changing();
    return absl::OkStatus();
  });
  staff.steps.Veil(onlookers.VeiledCards());
}

void CandidateChapter::Bind(record::Methods& methods) {
  candidates.Bind(methods);
  rejection_reasons.Bind(methods);
  scorecard_templates.Bind(methods);
  scorecards.Bind(methods);
  applications.Bind(methods);
  yield_report.Bind(methods);
}

}  // namespace heitie::personnel
