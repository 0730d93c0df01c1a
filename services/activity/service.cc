#include "services/activity/service.h"

#include "common/event/event_log.h"
#include "services/activity/amendment/amendment.h"
#include "services/activity/clock/business_calendars.h"
#include "services/activity/clock/clocks.h"
#include "services/activity/clock/escalations.h"
#include "services/activity/guardrail/guardrails.h"
#include "services/activity/incident/alerts.h"
#include "services/activity/incident/incidents.h"
#include "services/activity/inquiry/chapter.h"
#include "services/activity/launch/launch.h"
#include "services/activity/launch/readiness.h"
#include "services/activity/launch/settlement.h"
#include "services/activity/launch/tracking.h"
#include "services/activity/page/pages.h"
#include "services/activity/preparation/chapter.h"
#include "services/activity/review/chapter.h"
#include "services/activity/watch/fact_watch.h"
#include "services/activity/watch/reactions.h"
#include "services/activity/watch/staff_watch.h"

namespace heitie::activity {

// Each on those above it.
class Service::Concepts {
 public:
  Concepts(rpc::Service& rpc, const service::Context& context);

 private:
  BusinessCalendars calendars_;
  Activities activities_;
  Escalations escalations_;
  Clocks clocks_;
  PreparationItems items_;
  SupportCommitments commitments_;
  Waivers waivers_;
  Readiness readiness_;
  Launches launches_;
  Amendments amendments_;
  Settlement settlement_;
  RiskWatch risk_watch_;
  StaffWatch staff_watch_;
  Incidents incidents_;
  FactWatch fact_watch_;
  Pages pages_;
  Alerts alerts_;
  Guardrails guardrails_;
  PreparationChapter preparation_;
  Employees employees_;
  InquiryChapter inquiry_;
  ReviewChapter review_;
};

Service::Concepts::Concepts(rpc::Service& rpc, const service::Context& context)
    : calendars_(context),
      activities_(context.store),
      escalations_(context, activities_),
      clocks_(context, calendars_, escalations_),
      items_(activities_),
      commitments_(activities_),
      waivers_(activities_),
      readiness_(context, activities_, items_, commitments_, waivers_),
      launches_(context, activities_, readiness_),
      amendments_(context, activities_, readiness_),
      settlement_(context, activities_),
      risk_watch_(context, activities_, waivers_, settlement_),
      staff_watch_(context, activities_, readiness_),
      incidents_(context, activities_, clocks_),
      fact_watch_(context, activities_, readiness_, incidents_),
      pages_(context, activities_, incidents_),
      alerts_(context, activities_, incidents_),
      guardrails_(context, activities_, escalations_, incidents_, alerts_, readiness_),
      preparation_(context, activities_, items_, commitments_, pages_, guardrails_, readiness_, calendars_, escalations_),
      employees_(context, "personnel"),
      inquiry_(context, activities_, employees_, calendars_, escalations_, clocks_, incidents_),
      review_(context, activities_, employees_, clocks_, pages_) {
  // A target that is not configured stops the process now, not at the first launch.
  for (const char* target : {"planning", "resource", "personnel", "risk", "metrics"}) context.client(target);
  HandleTracking(context, activities_);
  record::Methods methods(rpc, context.store);
  activities_.Bind(methods);
  escalations_.Bind(methods);
  clocks_.Bind(methods);
  items_.Bind(methods);
  commitments_.Bind(methods);
  waivers_.Bind(methods);
  readiness_.Bind(methods);
  preparation_.Bind(methods);
  launches_.Bind(methods);
  amendments_.Bind(methods);
  settlement_.Bind(methods);
  incidents_.Bind(methods);
  guardrails_.Bind(methods);
  inquiry_.Bind(methods);
  pages_.Bind(methods);
  review_.Bind(methods);
  event::Bind(rpc, context.store);
}

Service::Service(service::Context context) : concepts_(std::make_unique<Concepts>(rpc_, context)) {}

Service::~Service() = default;

}  // namespace heitie::activity
