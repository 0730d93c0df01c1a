#include "services/personnel/candidate/chapter.h"

#include "services/personnel/assessment/chapter.h"
#include "services/personnel/recruitment/chapter.h"

namespace heitie::personnel {

CandidateChapter::CandidateChapter(const service::Context& context, RecruitmentChapter& recruitment, AssessmentChapter& assessment)
    : offer_book(recruitment.offers),
      candidates(context, recruitment.policies, assessment.onlookers),
      rejection_reasons(context.store),
      applications(context, *assessment.requisition_book, offer_book, candidates, rejection_reasons, assessment.scorecard_templates,
                   assessment.scorecards, assessment.handlers, assessment.onlookers),
      pipeline(applications, candidates),
      yield_report(context, *assessment.requisition_book) {
  recruitment.offers.SetApplications(pipeline);
  recruitment.requisitions.OnOwner([&assessment](record::Transaction&, const v1::Requisition&) {
    assessment.onlookers.Changing();
    return absl::OkStatus();
  });
}

void CandidateChapter::Bind(record::Methods& methods) {
  candidates.Bind(methods);
  rejection_reasons.Bind(methods);
  applications.Bind(methods);
  yield_report.Bind(methods);
}

}  // namespace heitie::personnel
