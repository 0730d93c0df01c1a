// The activity service (policy 二(二), A1–A4): binds every method of its contract.
#ifndef HEITIE_SERVICES_ACTIVITY_SERVICE_H_
#define HEITIE_SERVICES_ACTIVITY_SERVICE_H_

#include "common/rpc/service.h"
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
#include "services/activity/page/pages.h"
#include "services/activity/preparation/chapter.h"
#include "services/activity/review/chapter.h"
#include "services/activity/watch/fact_watch.h"
#include "services/activity/watch/reactions.h"
#include "services/activity/watch/staff_watch.h"

namespace heitie::activity {

class Service {
 public:
  explicit Service(service::Context context);
  rpc::Service& rpc() { return rpc_; }

 private:
  rpc::Service rpc_{"heitie.activity.v1"};
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

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_SERVICE_H_
