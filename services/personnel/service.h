// The personnel service: its contract on its own schema.
#ifndef HEITIE_SERVICES_PERSONNEL_SERVICE_H_
#define HEITIE_SERVICES_PERSONNEL_SERVICE_H_

#include <memory>

#include "common/rpc/service.h"
#include "common/service/main.h"
#include "services/personnel/appraisal/appraisal_rows.h"
#include "services/personnel/appraisal/correction.h"
#include "services/personnel/appraisal/cycle.h"
#include "services/personnel/appraisal/figure.h"
#include "services/personnel/appraisal/policy.h"
#include "services/personnel/appraisal/scheme.h"
#include "services/personnel/appraisal/sheet.h"
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
#include "services/personnel/career/career_path.h"
#include "services/personnel/career/career_policy.h"
#include "services/personnel/career/eligibility.h"
#include "services/personnel/career/improvement_plan.h"
#include "services/personnel/career/interview.h"
#include "services/personnel/career/leader.h"
#include "services/personnel/career/promotion.h"
#include "services/personnel/leaving/handover.h"
#include "services/personnel/onboarding/handbook.h"
#include "services/personnel/onboarding/onboarding.h"
#include "services/personnel/onboarding/onboarding_template.h"
#include "services/personnel/onboarding/sharing_series.h"
#include "services/personnel/privacy/export.h"
#include "services/personnel/privacy/personal_file.h"
#include "services/personnel/privacy/retention_policy.h"
#include "services/personnel/recruitment/decisions.h"
#include "services/personnel/recruitment/headcount_plan.h"
#include "services/personnel/recruitment/offer.h"
#include "services/personnel/recruitment/opening.h"
#include "services/personnel/recruitment/pay_band.h"
#include "services/personnel/recruitment/requisition.h"
#include "services/personnel/rights/access_policy.h"
#include "services/personnel/rights/delegation.h"
#include "services/personnel/rights/managers.h"
#include "services/personnel/staff/absence_kind.h"
#include "services/personnel/staff/approval.h"
#include "services/personnel/staff/calendar.h"
#include "services/personnel/staff/duty.h"
#include "services/personnel/staff/employee.h"
#include "services/personnel/staff/position.h"
#include "services/personnel/staff/position_template.h"
#include "services/personnel/staff/rota.h"
#include "services/personnel/staff/step.h"
#include "services/personnel/staffing/staffing_gap.h"
#include "services/personnel/training/certificate.h"
#include "services/personnel/training/course.h"
#include "services/personnel/training/development_policy.h"
#include "services/personnel/training/enrollment.h"
#include "services/personnel/training/external_certificate.h"
#include "services/personnel/training/personal_plan.h"
#include "services/personnel/training/qualification.h"
#include "services/personnel/training/reminder.h"
#include "services/personnel/training/session.h"
#include "services/personnel/training/skill.h"
#include "services/personnel/training/waiting_list.h"

namespace heitie::personnel {

// Thread-safe.
class Service {
 public:
  explicit Service(service::Context context);
  rpc::Service& rpc() { return rpc_; }
  Offers& offers() { return offers_; }
  const Applications& applications() const { return applications_; }

 private:
  rpc::Service rpc_;
  Skills skills_;
  Courses courses_;
  Duties duties_;
  Positions positions_;
  PositionTemplates position_templates_;
  AbsenceKinds absence_kinds_;
  Employees employees_;
  Steps steps_;
  Approvals approvals_;
  ManagerRule manager_rule_;
  AccessPolicies access_policies_;
  Delegations delegations_;
  Rotas rotas_;
  Sessions sessions_;
  Certificates certificates_;
  WaitingLists waiting_lists_;
  Enrollments enrollments_;
  Qualifications qualifications_;
  SkillAssessments skill_assessments_;
  Calendars calendars_;
  AppraisalPolicies appraisal_policies_;
  Decisions decisions_;
  HeadcountPlans headcount_plans_;
  PayBands pay_bands_;
  Requisitions requisitions_;
  Openings openings_;
  Offers offers_;
  const std::shared_ptr<const RequisitionBook> requisition_book_;
  RecruitmentOffers offer_book_;
  Onlookers onlookers_;
  Handlers handlers_;
  Candidates candidates_;
  RejectionReasons rejection_reasons_;
  ScorecardTemplates scorecard_templates_;
  Scorecards scorecards_;
  Applications applications_;
  Pipeline pipeline_;
  YieldReport yield_report_;
  Handovers handovers_;
  RetentionPolicies retention_policies_;
  PersonalFiles personal_files_;
  Exports exports_;
  DevelopmentPolicies development_policies_;
  TrainingPlans training_plans_;
  ExternalCertificates external_certificates_;
  Reminders reminders_;
  Handbook handbook_;
  OnboardingTemplates onboarding_templates_;
  Onboardings onboardings_;
  SharingSeriesBook sharing_series_;
  StaffingGaps staffing_gaps_;
  AppraisalSchemes appraisal_schemes_;
  FigureSources figure_sources_;
  AppraisalRows appraisal_rows_;
  AppraisalCycles appraisal_cycles_;
  AppraisalSheets appraisal_sheets_;
  AppraisalCorrections appraisal_corrections_;
  Leaders leaders_;
  CareerPolicies career_policies_;
  CareerPaths career_paths_;
  Eligibilities eligibilities_;
  Promotions promotions_;
  PerformanceInterviews performance_interviews_;
  ImprovementPlans improvement_plans_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_SERVICE_H_
