// The planning service: every method of its contract, bound to the concept that serves it.
#ifndef HEITIE_SERVICES_PLANNING_SERVICE_H_
#define HEITIE_SERVICES_PLANNING_SERVICE_H_

#include <vector>

#include "common/rpc/service.h"
#include "common/service/main.h"
#include "common/web/address.h"
#include "services/planning/closeout/close_out.h"
#include "services/planning/closeout/forecast_records.h"
#include "services/planning/collaboration/collaboration_policy.h"
#include "services/planning/collaboration/issue.h"
#include "services/planning/collaboration/raci.h"
#include "services/planning/collaboration/working_group.h"
#include "services/planning/control/booked_actuals.h"
#include "services/planning/control/person_load.h"
#include "services/planning/control/progress_report.h"
#include "services/planning/control/project_control.h"
#include "services/planning/control/project_levelling.h"
#include "services/planning/control/slippage.h"
#include "services/planning/cooperation/cooperation.h"
#include "services/planning/cooperation/liaison.h"
#include "services/planning/evidence/citation.h"
#include "services/planning/evidence/flags.h"
#include "services/planning/evidence/relation.h"
#include "services/planning/exchange/exchange.h"
#include "services/planning/feed/calendar_feeds.h"
#include "services/planning/followup/action_item.h"
#include "services/planning/meeting/agendas.h"
#include "services/planning/meeting/decision.h"
#include "services/planning/meeting/meeting.h"
#include "services/planning/meeting/meeting_series.h"
#include "services/planning/meeting/meeting_tables.h"
#include "services/planning/meeting/minutes.h"
#include "services/planning/need/feedback_entry.h"
#include "services/planning/need/need.h"
#include "services/planning/notice/delivery.h"
#include "services/planning/notice/inbox.h"
#include "services/planning/notice/notice_rules.h"
#include "services/planning/notice/preference.h"
#include "services/planning/notice/recipients.h"
#include "services/planning/notice/tell.h"
#include "services/planning/notice/urgent_call.h"
#include "services/planning/plan/approval.h"
#include "services/planning/plan/plan_period.h"
#include "services/planning/plan/project.h"
#include "services/planning/plan/tables.h"
#include "services/planning/plan/task.h"
#include "services/planning/policy/plan_duty.h"
#include "services/planning/research/collection_duty.h"
#include "services/planning/research/research_item.h"
#include "services/planning/research/research_subject.h"
#include "services/planning/robot/carrier.h"
#include "services/planning/robot/robots.h"
#include "services/planning/scheme/scheme.h"
#include "services/planning/survey/responses.h"
#include "services/planning/survey/results.h"
#include "services/planning/survey/survey.h"
#include "services/planning/survey/survey_days.h"
#include "services/planning/survey/survey_feedback.h"
#include "services/planning/survey/survey_tables.h"
#include "services/planning/template/project_template.h"

namespace heitie::planning {

class Service {
 public:
  // `outbound_networks`: private ones in which robots may be reached all the same.
  explicit Service(service::Context context, std::vector<web::Range> outbound_networks = {});
  rpc::Service& rpc() { return rpc_; }

 private:
  Tables tables_;
  Notices notices_;
  Inbox inbox_;
  NoticePreferences notice_preferences_;
  Recipients recipients_;
  NoticeDelivery notice_delivery_;
  NoticeRules notice_rules_;
  UrgentCalls urgent_calls_;
  RobotTables robot_tables_;
  Robots robots_;
  Carrier carrier_;
  PlanPeriods periods_;
  Projects projects_;
  Approvals approvals_;
  Tasks tasks_;
  Schemes schemes_;
  PlanDuties plan_duties_;
  ResearchItems research_items_;
  ResearchSubjects research_subjects_;
  CollectionDuties collection_duties_;
  EvidenceFlags evidence_flags_;
  Citations citations_;
  EvidenceRelations evidence_relations_;
  FeedbackEntries feedback_entries_;
  Needs needs_;
  SurveyTables survey_tables_;
  Surveys surveys_;
  SurveyResponses survey_responses_;
  SurveyResults survey_results_;
  SurveyDays survey_days_;
  SurveyFeedback survey_feedback_;
  ProgressReports progress_reports_;
  ProjectTemplates project_templates_;
  ProjectControl project_control_;
  PersonLoads person_loads_;
  ProjectLevellings project_levellings_;
  BookedActuals booked_actuals_;
  SlippageWatch slippage_watch_;
  ForecastRecords forecast_records_;
  CloseOuts close_outs_;
  Exchange exchange_;
  MeetingTables meeting_tables_;
  SeriesOfMeetings meeting_series_;
  MeetingsHeld meetings_;
  ActionItems action_items_;
  Decisions decisions_;
  Agendas agendas_;
  Minutes minutes_;
  Liaisons liaisons_;
  Cooperation cooperation_;
  CollaborationPolicies collaboration_policies_;
  Raci raci_;
  WorkingGroups working_groups_;
  Issues issues_;
  CalendarFeeds calendar_feeds_;
  rpc::Service rpc_{"heitie.planning.v1"};
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_SERVICE_H_
