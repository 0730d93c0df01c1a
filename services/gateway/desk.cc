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
#include "heitie/planning/v1/follow_up_service.methods.h"
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

using planning::v1::Notice;
using planning::v1::PlanDuty;

// As the contract says.
constexpr int kNotices = 100, kMeetings = 50, kItems = 200, kFlags = 100, kWaiting = 200;

// What the services answered, before it is sorted.
struct Asked {
  google::protobuf::RepeatedPtrField<planning::v1::Task> tasks;
  google::protobuf::RepeatedPtrField<planning::v1::ActionItem> action_items;
  google::protobuf::RepeatedPtrField<PlanDuty> duties;
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
  for (const auto& item : asked.preparation_items) {
    add(item.name(), item.title(), time::ToDate(absl::ToCivilDay(time::ToTime(item.due_time()), zone)));
  }
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
