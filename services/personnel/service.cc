#include "services/personnel/service.h"

#include "common/event/event_log.h"
#include "services/personnel/candidate/contact_digest.h"

namespace heitie::personnel {

Service::Service(service::Context context)
    : rpc_("heitie.personnel.v1"),
      skills_(context.store),
      courses_(context.store, skills_.kind()),
      duties_(context.store),
      positions_(context.store, courses_.kind(), skills_.kind(), duties_.kind()),
      position_templates_(context.store, positions_.kind()),
      absence_kinds_(context.store),
      employees_(context, positions_.kind(), absence_kinds_.kind()),
      steps_(context, employees_),
      approvals_(context, employees_),
      manager_rule_(context, employees_, positions_),
      access_policies_(context.store, manager_rule_),
      delegations_(context, access_policies_, employees_, positions_.kind(), approvals_, steps_),
      rotas_(context, duties_.kind(), positions_.kind(), employees_),
      sessions_(context.store, courses_.kind()),
      certificates_(context.store),
      waiting_lists_(context),
      enrollments_(context.store, context.time_zone, courses_.kind(), sessions_, employees_.kind(), certificates_, waiting_lists_),
      qualifications_(context.store, employees_.kind(), positions_.kind(), certificates_.kind()),
      skill_assessments_(context.store, context.time_zone, skills_.kind(), employees_.kind(), positions_.kind(), courses_.kind(),
                         certificates_),
      calendars_(context.store),
      appraisal_policies_(context.store),
      decisions_(context, steps_, approvals_),
      headcount_plans_(context, decisions_, positions_.kind(), employees_),
      pay_bands_(context.store, positions_.kind()),
      requisitions_(context, decisions_, headcount_plans_, positions_.kind(), employees_),
      openings_(context, requisitions_),
      offers_(context, decisions_, requisitions_, pay_bands_, employees_),
      requisition_book_(std::make_shared<RecruitmentBook>(context)),
      offer_book_(offers_),
      onlookers_(context, requisition_book_, employees_.teams()),
      handlers_(*requisition_book_, employees_.teams()),
      candidates_(context.store, ContactDigest(context.store.database()), onlookers_),
      rejection_reasons_(context.store),
      scorecard_templates_(context.store, positions_.kind()),
      scorecards_(context, employees_, steps_, scorecard_templates_, handlers_, onlookers_),
      applications_(context, *requisition_book_, offer_book_, candidates_, rejection_reasons_, scorecard_templates_, scorecards_, handlers_,
                    onlookers_),
      pipeline_(applications_, candidates_),
      yield_report_(context, *requisition_book_),
      handovers_(context, employees_, positions_.kind(), certificates_, steps_),
      retention_policies_(context.store),
      personal_files_(context, retention_policies_, approvals_, steps_),
      exports_(context.store),
      development_policies_(context, calendars_.published()),
      training_plans_(context, development_policies_, skill_assessments_, employees_.kind(), positions_.kind(), certificates_,
                      employees_.teams(), approvals_, steps_),
      external_certificates_(context, development_policies_, courses_.kind(), employees_.kind(), certificates_, employees_.teams(),
                             approvals_, steps_),
      reminders_(context, development_policies_, employees_.kind(), certificates_, steps_),
      handbook_(context.store),
      onboarding_templates_(context.store, positions_.kind(), courses_.kind(), duties_.kind(), handbook_),
      onboardings_(context, onboarding_templates_, handbook_, employees_, rotas_, certificates_, development_policies_, approvals_, steps_),
      sharing_series_(context, employees_.kind(), development_policies_, steps_),
      staffing_gaps_(context, employees_, certificates_, qualifications_, skill_assessments_, development_policies_, approvals_, steps_),
      appraisal_schemes_(context.store, positions_.kind()),
      figure_sources_(context, certificates_, sessions_.kind()),
      appraisal_rows_(context, employees_.teams(), appraisal_schemes_, appraisal_policies_),
      appraisal_cycles_(context, appraisal_rows_, appraisal_schemes_, appraisal_policies_, absence_kinds_.kind(), positions_.kind(),
                        employees_, steps_, approvals_, figure_sources_),
      appraisal_sheets_(appraisal_rows_, employees_, steps_),
      appraisal_corrections_(context, appraisal_rows_, employees_, steps_, approvals_, figure_sources_),
      leaders_(employees_.teams()),
      career_policies_(context),
      career_paths_(context.store, positions_.kind()),
      eligibilities_(context, career_paths_, career_policies_, leaders_, employees_, positions_.kind(), courses_.kind(),
                     certificates_.kind()),
      promotions_(context, career_paths_, career_policies_, eligibilities_, leaders_, employees_, approvals_, steps_),
      performance_interviews_(context, career_policies_, leaders_, employees_.kind(), steps_),
      improvement_plans_(context, career_policies_, leaders_, performance_interviews_, employees_.kind(), courses_.kind(), approvals_,
                         steps_) {
  personal_files_.Add(employees_.Subjects());
  offers_.SetApplications(pipeline_);
  requisitions_.OnOwner([this](record::Transaction&, const v1::Requisition&) {
    onlookers_.Changing();
    return absl::OkStatus();
  });
  steps_.Veil(onlookers_.VeiledCards());
  record::Methods methods(rpc_, context.store);
  skills_.Bind(methods);
  courses_.Bind(methods);
  duties_.Bind(methods);
  positions_.Bind(methods);
  position_templates_.Bind(methods);
  absence_kinds_.Bind(methods);
  employees_.Bind(methods);
  steps_.Bind(methods);
  access_policies_.Bind(methods);
  delegations_.Bind(methods);
  rotas_.Bind(methods);
  sessions_.Bind(methods);
  certificates_.Bind(methods);
  enrollments_.Bind(methods);
  qualifications_.Bind(methods);
  skill_assessments_.Bind(methods);
  calendars_.Bind(methods);
  appraisal_policies_.Bind(methods);
  headcount_plans_.Bind(methods);
  pay_bands_.Bind(methods);
  requisitions_.Bind(methods);
  openings_.Bind(methods);
  offers_.Bind(methods);
  candidates_.Bind(methods);
  rejection_reasons_.Bind(methods);
  scorecard_templates_.Bind(methods);
  scorecards_.Bind(methods);
  applications_.Bind(methods);
  yield_report_.Bind(methods);
  handovers_.Bind(methods);
  retention_policies_.Bind(methods);
  personal_files_.Bind(methods);
  exports_.Bind(methods);
  waiting_lists_.Bind(methods);
  development_policies_.Bind(methods);
  training_plans_.Bind(methods);
  external_certificates_.Bind(methods);
  handbook_.Bind(methods);
  onboarding_templates_.Bind(methods);
  onboardings_.Bind(methods);
  sharing_series_.Bind(methods);
  staffing_gaps_.Bind(methods);
  appraisal_schemes_.Bind(methods);
  appraisal_cycles_.Bind(methods);
  appraisal_sheets_.Bind(methods);
  appraisal_corrections_.Bind(methods);
  career_policies_.Bind(methods);
  career_paths_.Bind(methods);
  eligibilities_.Bind(methods);
  promotions_.Bind(methods);
  performance_interviews_.Bind(methods);
  improvement_plans_.Bind(methods);
  event::Bind(rpc_, context.store);
}

}  // namespace heitie::personnel
