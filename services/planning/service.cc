#include "services/planning/service.h"

#include <utility>
#include <vector>

#include "common/event/event_log.h"
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
#include "services/planning/feed/calendar_import.h"
#include "services/planning/followup/action_item.h"
#include "services/planning/followup/review_actions.h"
#include "services/planning/meeting/agendas.h"
#include "services/planning/meeting/decision.h"
#include "services/planning/meeting/meeting.h"
#include "services/planning/meeting/meeting_series.h"
#include "services/planning/meeting/meeting_tables.h"
#include "services/planning/meeting/minutes.h"
#include "services/planning/need/feedback_entry.h"
#include "services/planning/need/need.h"
#include "services/planning/notice/absences.h"
#include "services/planning/notice/delivery.h"
#include "services/planning/notice/inbox.h"
#include "services/planning/notice/mute.h"
#include "services/planning/notice/notice_rules.h"
#include "services/planning/notice/preference.h"
#include "services/planning/notice/recipients.h"
#include "services/planning/notice/tell.h"
#include "services/planning/notice/urgent_call.h"
#include "services/planning/notice/waiting.h"
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

// Each on those above it.
class Service::Concepts {
 public:
  Concepts(rpc::Service& rpc, const service::Context& context, std::vector<web::Range> outbound_networks);

 private:
  Tables tables_;
  Notices notices_;
  Inbox inbox_;
  NoticePreferences notice_preferences_;
  NoticeMutes notice_mutes_;
  Recipients recipients_;
  AbsenceReminders absence_reminders_;
  NoticeDelivery notice_delivery_;
  RobotTables robot_tables_;
  NoticeRules notice_rules_;
  UrgentCalls urgent_calls_;
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
  ReviewActions review_actions_;
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
  CalendarImports calendar_imports_;
};

Service::Concepts::Concepts(rpc::Service& rpc, const service::Context& context, std::vector<web::Range> outbound_networks)
    : tables_(context),
      notices_(context),
      inbox_(notices_),
      notice_preferences_(tables_, notices_.preferences()),
      notice_mutes_(context),
      recipients_(context, tables_),
      absence_reminders_(context, tables_, notices_),
      notice_delivery_(context, tables_, notices_, recipients_),
      robot_tables_(context, std::move(outbound_networks)),
      notice_rules_(context, tables_, robot_tables_, notices_, recipients_),
      urgent_calls_(context, notices_, recipients_),
      robots_(context, robot_tables_, notices_),
      carrier_(context, robot_tables_, notices_, robots_),
      periods_(context, tables_),
      projects_(tables_),
      approvals_(context, tables_, projects_),
      tasks_(tables_),
      schemes_(context, tables_),
      plan_duties_(context, tables_, notices_),
      research_items_(tables_),
      research_subjects_(tables_),
      collection_duties_(context, tables_, plan_duties_),
      evidence_flags_(context, tables_, plan_duties_),
      citations_(tables_, evidence_flags_),
      evidence_relations_(tables_, evidence_flags_),
      feedback_entries_(context, tables_),
      needs_(tables_),
      survey_tables_(tables_),
      surveys_(context, survey_tables_),
      survey_responses_(survey_tables_),
      survey_results_(survey_tables_),
      survey_days_(context, survey_tables_, survey_results_),
      survey_feedback_(context, survey_tables_),
      progress_reports_(tables_, recipients_),
      project_templates_(tables_),
      project_control_(tables_),
      person_loads_(tables_),
      project_levellings_(tables_),
      booked_actuals_(context, tables_),
      slippage_watch_(context, tables_, plan_duties_),
      forecast_records_(context, tables_),
      close_outs_(context, tables_, forecast_records_),
      exchange_(tables_),
      meeting_tables_(context, tables_),
      meeting_series_(context, meeting_tables_, notices_, recipients_),
      meetings_(context, meeting_tables_, plan_duties_, notices_, recipients_),
      action_items_(context, meeting_tables_, tasks_, notices_, recipients_),
      review_actions_(context),
      decisions_(meeting_tables_, notices_, recipients_),
      agendas_(context, meeting_tables_, action_items_, decisions_, recipients_),
      minutes_(context, meeting_tables_, plan_duties_, notices_, recipients_),
      liaisons_(context, tables_, notices_, recipients_),
      cooperation_(context, meeting_tables_, liaisons_, notices_, recipients_),
      collaboration_policies_(context.store, kShippedCollaborationPolicy, CheckCollaborationPolicy),
      raci_(context, tables_, collaboration_policies_, liaisons_, notices_, recipients_),
      working_groups_(meeting_tables_, robot_tables_, notices_),
      issues_(context, tables_, collaboration_policies_, notices_, recipients_),
      calendar_feeds_(meeting_tables_, notices_, recipients_),
      calendar_imports_(meeting_tables_, meeting_series_, meetings_) {
  agendas_.AddSource([this](sql::Session& session, const AgendaScope& scope, absl::Time begin, std::vector<AgendaFact>& facts) {
    absl::Status added = cooperation_.AddFacts(session, scope.series, begin, facts);
    if (added.ok()) added = review_actions_.AddFacts(session, scope, begin, facts);
    return added.ok() ? issues_.AddFacts(session, scope, begin, facts) : added;
  });
  tasks_.AddFollowed([this](record::Transaction& tx, const v1::Task* before, const v1::Task* after) {
    const absl::Status told = TellOfTask(tx, tables_, notices_, before, after);
    return told.ok() ? raci_.FollowTask(tx, before, after) : told;
  });
  meeting_series_.SetLeave([this](record::Transaction& tx, const v1::MeetingSeries& series) -> absl::Status {
    absl::Status left = action_items_.Leave(tx, series);
    if (left.ok()) left = agendas_.Leave(tx, series);
    return left.ok() ? decisions_.Leave(tx, series) : left;
  });
  meetings_.SetCourse({.publish = [this](record::Transaction& tx, v1::Meeting& meeting) { return agendas_.Keep(tx, meeting, false); },
                       .hold = [this](record::Transaction& tx, v1::Meeting& meeting) -> absl::Status {
                         const absl::Status kept = agendas_.Keep(tx, meeting, true);
                         return kept.ok() ? minutes_.Begin(tx, meeting) : kept;
                       },
                       .close = [this](record::Transaction& tx, v1::Meeting& meeting) -> absl::Status {
                         absl::Status done = agendas_.CheckConcluded(tx.sql, meeting);
                         if (done.ok()) done = minutes_.End(tx, meeting);
                         return done.ok() ? action_items_.Carry(tx, meeting) : done;
                       },
                       .over = [this](record::Transaction& tx,
                                      v1::Meeting& meeting) { return meeting_series_.Rest(tx, record::ParentOf(meeting.name())); }});
  tables_.projects.SetFollow([this](record::Transaction& tx, const v1::Project* before, const v1::Project* after) -> absl::Status {
    absl::Status flagged = slippage_watch_.FollowProject(tx, before, after);
    if (flagged.ok()) flagged = TellOfProject(tx, tables_, notices_, recipients_, before, after);
    if (flagged.ok()) flagged = CloseOuts::FollowProject(tx, before, after, tables_);
    if (flagged.ok()) flagged = evidence_flags_.FollowProject(tx, before, after);
    if (flagged.ok()) flagged = raci_.FollowProject(tx, before, after);
    if (flagged.ok()) flagged = issues_.FollowProject(tx, before, after);
    if (flagged.ok()) flagged = working_groups_.FollowProject(tx, before, after);
    if (flagged.ok()) flagged = meeting_series_.FollowProject(tx, before, after);
    if (flagged.ok()) flagged = action_items_.FollowProject(tx, before, after);
    return flagged.ok() ? needs_.FollowProject(tx, before, after) : flagged;
  });
  context.client("metrics");
  context.client("resource");  // A target that is not configured stops the process now, not at the first approval.
  notice_delivery_.SetCarry([this](record::Transaction& tx, const v1::Notice& notice) { return carrier_.Carry(tx, notice); });
  record::Methods methods(rpc, context.store);
  periods_.Bind(methods);
  projects_.Bind(methods);
  approvals_.Bind(methods);
  tasks_.Bind(methods);
  schemes_.Bind(methods);
  plan_duties_.Bind(methods);
  research_items_.Bind(methods);
  research_subjects_.Bind(methods);
  collection_duties_.Bind(methods);
  evidence_flags_.Bind(methods);
  citations_.Bind(methods);
  evidence_relations_.Bind(methods);
  feedback_entries_.Bind(methods);
  needs_.Bind(methods);
  surveys_.Bind(methods, rpc);
  survey_responses_.Bind(methods, rpc);
  survey_results_.Bind(methods, rpc);
  progress_reports_.Bind(methods);
  project_templates_.Bind(methods);
  project_control_.Bind(methods);
  person_loads_.Bind(methods);
  project_levellings_.Bind(methods);
  slippage_watch_.Bind(methods);
  forecast_records_.Bind(methods);
  close_outs_.Bind(methods);
  exchange_.Bind(methods);
  meeting_series_.Bind(methods);
  meetings_.Bind(methods);
  action_items_.Bind(methods);
  decisions_.Bind(methods);
  agendas_.Bind(methods);
  minutes_.Bind(methods);
  liaisons_.Bind(methods);
  cooperation_.Bind(methods);
  collaboration_policies_.Bind<v1::PublishCollaborationPolicyRequest>(methods);
  raci_.Bind(methods);
  working_groups_.Bind(methods);
  issues_.Bind(methods);
  calendar_feeds_.Bind(methods, rpc);
  calendar_imports_.Bind(methods);
  inbox_.Bind(methods);
  notice_preferences_.Bind(methods);
  notice_mutes_.Bind(methods);
  notice_rules_.Bind(methods);
  urgent_calls_.Bind(methods);
  robots_.Bind(methods);
  event::Bind(rpc, context.store);
}

Service::Service(service::Context context, std::vector<web::Range> outbound_networks)
    : concepts_(std::make_unique<Concepts>(rpc_, context, std::move(outbound_networks))) {}

Service::~Service() = default;

}  // namespace heitie::planning
