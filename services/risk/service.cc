#include "services/risk/service.h"

#include "common/event/event_log.h"
#include "services/risk/control/controls.h"
#include "services/risk/control/occurrences.h"
#include "services/risk/exposure/loss_comparison.h"
#include "services/risk/exposure/loss_estimate.h"
#include "services/risk/exposure/loss_simulation.h"
#include "services/risk/indicator/risk_indicator.h"
#include "services/risk/policy/risk_policy.h"
#include "services/risk/quantity/assessment_duty.h"
#include "services/risk/quantity/risk_matrix.h"
#include "services/risk/register/merging.h"
#include "services/risk/register/overdue.h"
#include "services/risk/register/reratings.h"
#include "services/risk/register/restriction.h"
#include "services/risk/register/risk.h"
#include "services/risk/register/standing.h"
#include "services/risk/register/subject_watch.h"
#include "services/risk/register/summary.h"
#include "services/risk/regulation/obligations.h"
#include "services/risk/regulation/outlook.h"
#include "services/risk/regulation/regulations.h"
#include "services/risk/regulation/subjects.h"
#include "services/risk/signal/risk_proposal.h"
#include "services/risk/signal/signals.h"
#include "services/risk/signal/sources.h"
#include "services/risk/signal/typical_risks.h"
#include "services/risk/treatment/avoidance_preview.h"
#include "services/risk/treatment/decisions.h"
#include "services/risk/treatment/evidence.h"
#include "services/risk/treatment/instruments.h"
#include "services/risk/treatment/measures.h"
#include "services/risk/view/views.h"

namespace heitie::risk {

// Each on those above it.
class Service::Concepts {
 public:
  Concepts(rpc::Service& rpc, const service::Context& context);

 private:
  Restriction restriction_;
  RiskMatrices matrices_;
  RiskPolicies policies_;
  AssessmentDuties duties_;
  EvidenceBook book_;
  Risks risks_;
  Standing standing_;
  Reratings reratings_;
  RiskProposals proposals_;
  TypicalRisks typical_;
  SubjectWatch subject_watch_;
  OverdueWatch overdue_;
  Signals signals_;
  Subjects subjects_;
  Regulations regulations_;
  Obligations obligations_;
  Outlook outlook_;
  LossEstimates estimates_;
  Summaries summaries_;
  LossSimulations simulations_;
  RiskIndicators indicators_;
  Mergers mergers_;
  Decisions decisions_;
  Measures measures_;
  Instruments instruments_;
  Controls controls_;
  LossComparisons comparisons_;
  Occurrences occurrences_;
  AvoidancePreviews previews_;
  Views views_;
};

Service::Concepts::Concepts(rpc::Service& rpc, const service::Context& context)
    : restriction_(context.store),
      matrices_(context.store),
      policies_(context),
      duties_(context.store, context.people, policies_, restriction_),
      book_(context.store, restriction_),
      risks_(context.store, matrices_, policies_, duties_, book_, restriction_),
      standing_(context.store, context.jobs, risks_.kind(), policies_, duties_, book_),
      reratings_(context.store, context.jobs, matrices_, risks_.kind(), risks_.assessments(), policies_, duties_),
      proposals_(context, risks_.kind(), restriction_),
      typical_(context.store, context.people, risks_.types(), proposals_),
      subject_watch_(context, risks_.kind(), risks_.assessments(), duties_, typical_),
      overdue_(context.store, context.jobs, risks_.kind(), duties_.kind(), book_, policies_),
      signals_(context.store, context.jobs, risks_.kind(), proposals_, policies_, restriction_),
      subjects_(context),
      regulations_(context),
      obligations_(context, regulations_, subjects_, policies_, signals_),
      outlook_(context, regulations_, subjects_, policies_, signals_, obligations_),
      estimates_(context.store, risks_.kind(), restriction_),
      summaries_(context.store, risks_.kind(), matrices_, obligations_, estimates_),
      simulations_(context.store, estimates_, restriction_),
      indicators_(context, risks_.kind(), duties_, proposals_, restriction_),
      mergers_(risks_.kind(), risks_.assessments(), matrices_, policies_, duties_),
      decisions_(risks_.kind(), matrices_, policies_, duties_, book_),
      measures_(context, risks_.kind(), indicators_.kind(), policies_, duties_, book_, standing_),
      instruments_(context.store, risks_.kind(), book_, standing_, restriction_),
      controls_(context.store, risks_.kind(), book_, standing_, signals_, restriction_),
      comparisons_(context.store, risks_.kind(), estimates_, context.time_zone),
      occurrences_(context.store, risks_.kind(), duties_, comparisons_, signals_, restriction_),
      previews_(context, risks_.kind(), subjects_),
      views_(context.store, risks_.kind(), risks_.assessments(), matrices_, policies_, summaries_, estimates_) {
  reratings_.SetActivities(
      [this](sql::Session& session, const std::string& project) { return subjects_.OpenActivitiesOf(session, project); });
  record::Methods methods(rpc, context.store);
  matrices_.Bind(methods);
  risks_.Bind(methods);
  risks_.Handle(context.jobs);
  subjects_.Bind(methods);
  regulations_.Bind(methods);
  obligations_.Bind(methods);
  summaries_.Bind(methods);
  reratings_.Bind(methods);
  proposals_.Bind(methods);
  typical_.Bind(methods);
  signals_.Bind(methods);
  FollowSources(context, signals_);
  estimates_.Bind(methods);
  simulations_.Bind(methods);
  policies_.Bind(methods);
  duties_.Bind(methods);
  indicators_.Bind(methods);
  mergers_.Bind(methods);
  decisions_.Bind(methods);
  measures_.Bind(methods);
  instruments_.Bind(methods);
  controls_.Bind(methods);
  comparisons_.Bind(methods);
  occurrences_.Bind(methods);
  previews_.Bind(methods);
  views_.Bind(methods);
  simulations_.Handle(context.jobs);
  event::Bind(rpc, context.store);
}

Service::Service(service::Context context) : concepts_(std::make_unique<Concepts>(rpc_, context)) {}

Service::~Service() = default;

}  // namespace heitie::risk
