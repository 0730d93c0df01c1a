#include "services/personnel/service.h"

#include "common/event/event_log.h"
#include "services/personnel/appraisal/chapter.h"
#include "services/personnel/assessment/chapter.h"
#include "services/personnel/candidate/chapter.h"
#include "services/personnel/career/chapter.h"
#include "services/personnel/leaving/chapter.h"
#include "services/personnel/onboarding/chapter.h"
#include "services/personnel/outcome/chapter.h"
#include "services/personnel/privacy/chapter.h"
#include "services/personnel/recruitment/chapter.h"
#include "services/personnel/rights/chapter.h"
#include "services/personnel/staff/chapter.h"
#include "services/personnel/staffing/chapter.h"
#include "services/personnel/training/catalogue.h"
#include "services/personnel/training/chapter.h"

namespace heitie::personnel {

// Each on those above it.
struct Service::Chapters {
  explicit Chapters(const service::Context& context)
      : catalogue(context),
        staff(context, catalogue),
        rights(context, staff),
        training(context, catalogue, staff),
        recruitment(context, staff),
        assessment(context, staff),
        candidate(context, recruitment, assessment),
        leaving(context, staff, training),
        privacy(context, staff, candidate),
        onboarding(context, catalogue, staff, training),
        staffing(context, staff, training, recruitment),
        appraisal(context, staff, training),
        career(context, catalogue, staff, training, recruitment, appraisal),
        outcome(context, staff, recruitment, appraisal, career) {}

  void Bind(record::Methods& methods) {
    catalogue.Bind(methods);
    staff.Bind(methods);
    rights.Bind(methods);
    training.Bind(methods);
    recruitment.Bind(methods);
    assessment.Bind(methods);
    candidate.Bind(methods);
    leaving.Bind(methods);
    privacy.Bind(methods);
    onboarding.Bind(methods);
    staffing.Bind(methods);
    appraisal.Bind(methods);
    career.Bind(methods);
    outcome.Bind(methods);
  }

  TrainingCatalogue catalogue;
  StaffChapter staff;
  RightsChapter rights;
  TrainingChapter training;
  RecruitmentChapter recruitment;
  AssessmentChapter assessment;
  CandidateChapter candidate;
  LeavingChapter leaving;
  PrivacyChapter privacy;
  OnboardingChapter onboarding;
  StaffingChapter staffing;
  AppraisalChapter appraisal;
  CareerChapter career;
  OutcomeChapter outcome;
};

Service::Service(service::Context context) : rpc_("heitie.personnel.v1"), chapters_(std::make_unique<Chapters>(context)) {
  record::Methods methods(rpc_, context.store);
  chapters_->Bind(methods);
  event::Bind(rpc_, context.store);
}

Service::~Service() = default;

Offers& Service::offers() { return chapters_->recruitment.offers; }
const Applications& Service::applications() const { return chapters_->candidate.applications; }

}  // namespace heitie::personnel
