#include "services/gateway/desk.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/service/main.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/preparation_item.pb.h"
#include "heitie/activity/v1/preparation_service.methods.h"
#include "heitie/planning/v1/action_item.pb.h"
#include "heitie/planning/v1/collaboration_service.methods.h"
#include "heitie/planning/v1/cooperation_request.pb.h"
#include "heitie/planning/v1/cooperation_service.methods.h"
#include "heitie/planning/v1/follow_up_service.methods.h"
#include "heitie/planning/v1/issue.pb.h"
#include "heitie/planning/v1/liaison.pb.h"
#include "heitie/planning/v1/meeting.pb.h"
#include "heitie/planning/v1/meeting_service.methods.h"
#include "heitie/planning/v1/notice.pb.h"
#include "heitie/planning/v1/notice_service.methods.h"
#include "heitie/planning/v1/plan_duty.pb.h"
#include "heitie/planning/v1/plan_service.methods.h"
#include "heitie/planning/v1/policy_service.methods.h"
#include "heitie/planning/v1/task.pb.h"
#include "heitie/risk/v1/measure_service.methods.h"
#include "heitie/risk/v1/risk_measure.pb.h"
#include "services/gateway/holdings.h"
#include "services/gateway/missing.h"

namespace heitie::gateway {
namespace {

using planning::v1::CooperationRequest;
using planning::v1::Issue;
using planning::v1::Notice;
using planning::v1::PlanDuty;

// As the contract says.
constexpr int kNotices = 100, kMeetings = 50, kItems = 200, kFlags = 100, kWaiting = 200;
// Departments and topics for which somebody speaks.
constexpr int kLiaisons = 20;

// What the services answered, before it is sorted.
struct Asked {
  google::protobuf::RepeatedPtrField<planning::v1::Task> tasks;
  google::protobuf::RepeatedPtrField<planning::v1::ActionItem> action_items;
  google::protobuf::RepeatedPtrField<PlanDuty> duties;
  google::protobuf::RepeatedPtrField<Issue> issues;
  google::protobuf::RepeatedPtrField<CooperationRequest> requests;
  google::protobuf::RepeatedPtrField<planning::v1::Liaison> liaisons;
  google::protobuf::RepeatedPtrField<activity::v1::PreparationItem> preparation_items;
  google::protobuf::RepeatedPtrField<risk::v1::RiskMeasure> risk_measures;
};

std::string Mine(const char* field, const std::string& person, const char* more) {
  return absl::StrCat(field, " = \"", person, "\" AND ", more);
}

void AskPlanning(client::Gather& round, const std::string& person, absl::Time begin, absl::Time end, Asked* asked, v1::Desk* desk) {
  planning::v1::ListNoticesRequest notices;
  notices.set_filter(Mine("recipient", person, "state = STATE_DELIVERED OR state = STATE_SENT OR state = STATE_DEAD"));
  notices.set_order_by("name desc");
  round.AskPages({"notices"}, planning::v1::method::ListNotices, notices, kNotices, &planning::v1::ListNoticesResponse::mutable_notices,
                 desk->mutable_notices());
  planning::v1::ListMeetingsRequest meetings;
  meetings.set_parent("meetingSeries/-");
  meetings.set_filter(absl::StrCat("start_time >= \"", time::InstantText(begin), "\" AND start_time < \"", time::InstantText(end),
                                   "\" AND state != STATE_CANCELLED"));
  round.AskPages({"meetings"}, planning::v1::method::ListMeetings, meetings, kMeetings,
                 &planning::v1::ListMeetingsResponse::mutable_meetings, desk->mutable_meetings());
  planning::v1::ListTasksRequest tasks;
  tasks.set_parent("projects/-");
  tasks.set_filter(Mine("owner", person, "state = STATE_OPEN OR state = STATE_IN_PROGRESS"));
  round.AskPages({"tasks"}, planning::v1::method::ListTasks, tasks, kItems, &planning::v1::ListTasksResponse::mutable_tasks, &asked->tasks);
  planning::v1::ListActionItemsRequest items;
  items.set_filter(Mine("owner", person, "state = STATE_OPEN OR state = STATE_IN_PROGRESS"));
  round.AskPages({"actionItems"}, planning::v1::method::ListActionItems, items, kItems,
                 &planning::v1::ListActionItemsResponse::mutable_action_items, &asked->action_items);
  planning::v1::ListPlanDutiesRequest duties;
  duties.set_filter(Mine("owner", person, "state = STATE_OPEN"));
  round.AskPages({"planDuties"}, planning::v1::method::ListPlanDuties, duties, kItems,
                 &planning::v1::ListPlanDutiesResponse::mutable_plan_duties, &asked->duties);
}

void AskForIssues(client::Gather& round, const std::string& part, const std::string& filter, Asked* asked) {
  planning::v1::ListIssuesRequest issues;
  issues.set_parent("projects/-");
  issues.set_filter(filter);
  round.AskPages({part}, planning::v1::method::ListIssues, issues, kItems, &planning::v1::ListIssuesResponse::mutable_issues,
                 &asked->issues);
}

void AskForRequests(client::Gather& round, const std::string& part, const std::string& filter, Asked* asked) {
  planning::v1::ListCooperationRequestsRequest requests;
  requests.set_filter(filter);
  round.AskPages({part}, planning::v1::method::ListCooperationRequests, requests, kItems,
                 &planning::v1::ListCooperationRequestsResponse::mutable_cooperation_requests, &asked->requests);
}

// What waits for somebody as owner, and for whoever raised or asked for it to say whether it is done well.
void AskForCollaboration(client::Gather& round, const std::string& person, Asked* asked) {
  AskForIssues(round, "issues", Mine("owner", person, "state = STATE_OPEN OR state = STATE_IN_PROGRESS"), asked);
  AskForIssues(round, "issuesToClose", Mine("raiser", person, "state = STATE_RESOLVED"), asked);
  AskForRequests(round, "cooperationRequests", Mine("owner", person, "state = STATE_ACCEPTED OR state = STATE_IN_PROGRESS"), asked);
  AskForRequests(round, "cooperationRequestsToConfirm", Mine("requester", person, "state = STATE_COUNTERED OR state = STATE_DELIVERED"),
                 asked);
  planning::v1::ListLiaisonsRequest liaisons;
  liaisons.set_filter(Mine("employee", person, "state = STATE_ACTIVE"));
  round.AskPages({"liaisons"}, planning::v1::method::ListLiaisons, liaisons, kLiaisons,
                 &planning::v1::ListLiaisonsResponse::mutable_liaisons, &asked->liaisons);
  // What departments were asked for which they speak.
  round.Then([&round, asked] {
    std::string any;
    for (const planning::v1::Liaison& liaison : asked->liaisons) {
      absl::StrAppend(&any, any.empty() ? "" : " OR ", "liaison = \"", liaison.name(), "\"");
    }
    if (!any.empty()) AskForRequests(round, "cooperationRequestsToAnswer", any + " AND state = STATE_SENT", asked);
  });
}

// By when what it waits for is to come.
google::protobuf::Timestamp DueTimeOf(const Issue& issue) {
  return issue.state() == Issue::STATE_RESOLVED ? issue.close_due_time() : issue.due_time();
}

google::protobuf::Timestamp DueTimeOf(const CooperationRequest& request) {
  switch (request.state()) {
    case CooperationRequest::STATE_SENT:
      return request.response_due_time();
    case CooperationRequest::STATE_ACCEPTED:
    case CooperationRequest::STATE_IN_PROGRESS:
      return request.delivery_due_time();
    default:
      return request.requester_due_time();
  }
}

void AskOthers(client::Gather& round, const std::string& person, Asked* asked) {
  activity::v1::ListPreparationItemsRequest items;
  items.set_parent("activities/-");
  items.set_filter(Mine("owner", person, "state = STATE_OPEN"));
  round.AskPages({"preparationItems"}, activity::v1::method::ListPreparationItems, items, kItems,
                 &activity::v1::ListPreparationItemsResponse::mutable_preparation_items, &asked->preparation_items);
  risk::v1::ListRiskMeasuresRequest measures;
  measures.set_filter(Mine("owner", person, "state = STATE_OPEN OR state = STATE_IN_PROGRESS OR state = STATE_REOPENED"));
  round.AskPages({"riskMeasures"}, risk::v1::method::ListRiskMeasures, measures, kItems,
                 &risk::v1::ListRiskMeasuresResponse::mutable_risk_measures, &asked->risk_measures);
}

bool IsFlag(const PlanDuty& duty) { return duty.kind() == PlanDuty::KIND_EVIDENCE || duty.kind() == PlanDuty::KIND_SLIPPAGE; }

std::vector<v1::DeskItem> ItemsOf(const Asked& asked, absl::TimeZone zone) {
  std::vector<v1::DeskItem> items;
  const auto add = [&](const std::string& name, const std::string& title, const google::type::Date& due) {
    v1::DeskItem& item = items.emplace_back();
    item.set_name(name);
    item.set_title(title);
    *item.mutable_due_date() = due;
  };
  for (const auto& task : asked.tasks) {
    if (task.has_end_date()) add(task.name(), task.title(), task.end_date());
  }
  for (const auto& item : asked.action_items) add(item.name(), item.title(), item.due_date());
  for (const auto& duty : asked.duties) add(duty.name(), duty.subject(), duty.due_date());
  const auto add_by = [&](const std::string& name, const std::string& title, const google::protobuf::Timestamp& due) {
    add(name, title, time::ToDate(absl::ToCivilDay(time::ToTime(due), zone)));
  };
  for (const auto& issue : asked.issues) add_by(issue.name(), issue.title(), DueTimeOf(issue));
  for (const auto& request : asked.requests) add_by(request.name(), request.title(), DueTimeOf(request));
  for (const auto& item : asked.preparation_items) add_by(item.name(), item.title(), item.due_time());
  for (const auto& measure : asked.risk_measures) add(measure.name(), measure.description(), measure.due_date());
  std::stable_sort(items.begin(), items.end(),
                   [](const v1::DeskItem& a, const v1::DeskItem& b) { return time::ToDay(a.due_date()) < time::ToDay(b.due_date()); });
  return items;
}

}  // namespace

absl::StatusOr<v1::Desk> GetDesk(const client::Clients& clients, const rpc::Call& call, const v1::GetDeskRequest& request) {
  absl::TimeZone zone = service::DefaultTimeZone();
  if (!request.time_zone().empty()) absl::LoadTimeZone(request.time_zone(), &zone);
  const absl::CivilDay today = absl::ToCivilDay(call.now, zone);
  const absl::CivilDay sunday = today + (6 - static_cast<int>(absl::GetWeekday(today)));
  v1::Desk desk;
  desk.set_employee(call.principal.name);
  *desk.mutable_date() = time::ToDate(today);
  Asked asked;
  client::Gather round(call, clients, client::ShareOfDeadline(call, 0.9));
  AskPlanning(round, call.principal.name, absl::FromCivil(today, zone), absl::FromCivil(today + 1, zone), &asked, &desk);
  AskForCollaboration(round, call.principal.name, &asked);
  AskOthers(round, call.principal.name, &asked);
  AskForHoldings(round, call.principal.name, true, kWaiting, desk.mutable_waiting());
  RETURN_IF_ERROR(round.Run(AddTo(desk.mutable_missing())));
  std::stable_sort(desk.mutable_notices()->begin(), desk.mutable_notices()->end(),
                   [](const Notice& a, const Notice& b) { return a.urgency() > b.urgency(); });
  std::stable_sort(desk.mutable_meetings()->begin(), desk.mutable_meetings()->end(),
                   [](const auto& a, const auto& b) { return time::ToTime(a.start_time()) < time::ToTime(b.start_time()); });
  for (v1::DeskItem& item : ItemsOf(asked, zone)) {
    const absl::CivilDay due = time::ToDay(item.due_date());
    if (due > sunday) continue;
    auto& list = due < today ? *desk.mutable_overdue() : *desk.mutable_due_this_week();
    if (list.size() < kItems) list.Add(std::move(item));
  }
  for (PlanDuty& duty : asked.duties) {
    if (IsFlag(duty) && desk.flags_size() < kFlags) desk.add_flags()->Swap(&duty);
  }
  *desk.mutable_compute_time() = time::ToTimestamp(call.now);
  return desk;
}

}  // namespace heitie::gateway
