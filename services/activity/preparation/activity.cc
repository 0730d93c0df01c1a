#include "services/activity/preparation/activity.h"

#include <cstring>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/job/runner.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/type/v1/holding.pb.h"
#include "services/activity/preparation/staff_judgement.h"

namespace heitie::activity {

using status::Reason;
using v1::Activity;

const status::Reason kStartNotBeforeEnd{absl::StatusCode::kInvalidArgument, "START_NOT_BEFORE_END",
                                        "The start must be earlier than the end.", "開始時間必須早於結束時間。"};
const status::Reason kBudgetMissing{absl::StatusCode::kInvalidArgument, "BUDGET_MISSING", "An amount needs the budget that pays for it.",
                                    "有金額就必須指定支付的預算。"};
const status::Reason kValueTwice{absl::StatusCode::kInvalidArgument, "VALUE_TWICE", "{value} may occur only once.",
                                 "{value} 只能出現一次。"};
const status::Reason kBadTarget{absl::StatusCode::kInvalidArgument, "BAD_TARGET", "A metric is named exactly when the measure is METRIC.",
                                "僅當衡量方式為 METRIC 時才指定指標。"};
const status::Reason kScopeFrozen{absl::StatusCode::kFailedPrecondition, "SCOPE_FROZEN",
                                  "{activity} is {state}: only title, description and owner can change.",
                                  "{activity} 狀態為 {state}，只能修改標題、說明與負責人。"};
const status::Reason kActivityClosed{absl::StatusCode::kFailedPrecondition, "ACTIVITY_CLOSED",
                                     "{activity} is {state} and does not change any more.", "{activity} 狀態為 {state}，不可再修改。"};
const status::Reason kLaunchInProgress{absl::StatusCode::kFailedPrecondition, "LAUNCH_IN_PROGRESS",
                                       "{activity} is being launched by {launch}.", "{activity} 正由 {launch} 上線中。"};

namespace {

// The verb of W3. It is a consequence of an update, not a method.
constexpr char kRevise[] = "revise";

std::string ActivityStateName(const Activity& activity) { return Activity::State_Name(activity.state()).substr(std::strlen("STATE_")); }

// What is left of an activity when only the fields at `numbers` count, as bytes to compare.
std::string Part(const Activity& activity, std::initializer_list<int> numbers) {
  Activity part = activity;
  const std::set<int> kept(numbers);
  for (int i = 0; i < Activity::descriptor()->field_count(); ++i) {
    const auto* field = Activity::descriptor()->field(i);
    if (kept.count(field->number()) == 0) part.GetReflection()->ClearField(&part, field);
  }
  return part.SerializeAsString();
}

std::string ScopeOf(const Activity& activity) {
  return Part(activity,
              {Activity::kSchemeFieldNumber, Activity::kStartTimeFieldNumber, Activity::kEndTimeFieldNumber, Activity::kTimeZoneFieldNumber,
               Activity::kBudgetFieldNumber, Activity::kBudgetAmountMinorFieldNumber, Activity::kBillOfMaterialsFieldNumber,
               Activity::kStaffFieldNumber, Activity::kTrainingRequirementFieldNumber, Activity::kStaffPlanFieldNumber});
}

// What success means: fixed from the launch on, so that nobody moves the goal.
std::string GoalOf(const Activity& activity) {
  return Part(activity, {Activity::kTrackingFieldNumber, Activity::kTargetsFieldNumber, Activity::kKindFieldNumber});
}

void CheckTargets(const Activity& activity, status::BadFields& bad) {
  std::set<std::pair<int, std::string>> seen;
  for (int i = 0; i < activity.targets_size(); ++i) {
    const v1::Target& target = activity.targets(i);
    const std::string path = absl::StrCat("activity.targets[", i, "]");
    if ((target.measure() == v1::Target::MEASURE_METRIC) == target.metric().empty()) bad.Add(path + ".metric", kBadTarget);
    if (!seen.emplace(target.measure(), target.metric()).second) {
      bad.Add(path + ".measure", kValueTwice, {{"value", v1::Target::Measure_Name(target.measure())}});
    }
  }
}

// Each of `values` at most once.
void CheckUnique(const std::vector<std::string>& values, const std::string& list, const std::string& field, status::BadFields& bad) {
  std::set<std::string> seen;
  for (size_t i = 0; i < values.size(); ++i) {
    if (!seen.insert(values[i]).second) bad.Add(absl::StrCat(list, "[", i, "].", field), kValueTwice, {{"value", values[i]}});
  }
}

}  // namespace

const record::StateMachine& ActivityMachine() {
  static const auto& machine = *new record::StateMachine(
      Activity::State_descriptor(),
      {
          {Activity::STATE_DRAFT, "prepare", Activity::STATE_PREPARING},
          {Activity::STATE_DRAFT, "cancel", Activity::STATE_CANCELLED},
          {Activity::STATE_PREPARING, "mark_ready", Activity::STATE_READY, "everything is prepared or waived (A1)"},
          {Activity::STATE_PREPARING, "cancel", Activity::STATE_CANCELLED},
          {Activity::STATE_READY, kRevise, Activity::STATE_PREPARING, "a change of scope, dates, budget or staff (W3)",
           record::kConsequence},
          {Activity::STATE_READY, "schedule_launch", Activity::STATE_READY},
          {Activity::STATE_READY, "unschedule_launch", Activity::STATE_READY, "a launch is scheduled"},
          {Activity::STATE_READY, "launch", Activity::STATE_LIVE, "the gate is open and everything is reserved (W1, W2)"},
          {Activity::STATE_READY, "cancel", Activity::STATE_CANCELLED},
          {Activity::STATE_LIVE, "pause", Activity::STATE_PAUSED},
          {Activity::STATE_LIVE, "end", Activity::STATE_ENDED},
          {Activity::STATE_LIVE, "cancel", Activity::STATE_CANCELLED},
          {Activity::STATE_PAUSED, "resume", Activity::STATE_LIVE, "the gate is open (W1, W6)"},
          {Activity::STATE_PAUSED, "end", Activity::STATE_ENDED},
          {Activity::STATE_PAUSED, "cancel", Activity::STATE_CANCELLED},
          {Activity::STATE_ENDED, "create_report", Activity::STATE_REVIEWED},
          {Activity::STATE_REVIEWED, "create_report", Activity::STATE_REVIEWED},
          {Activity::STATE_REVIEWED, "archive", Activity::STATE_ARCHIVED},
      });
  return machine;
}

absl::Status CheckActivity(const Activity& activity) {
  status::BadFields bad;
  if (time::ToTime(activity.start_time()) >= time::ToTime(activity.end_time())) bad.Add("activity.end_time", kStartNotBeforeEnd);
  if (activity.budget_amount_minor() > 0 && activity.budget().empty()) bad.Add("activity.budget", kBudgetMissing);
  std::vector<std::string> items, employees;
  for (const auto& line : activity.bill_of_materials()) items.push_back(line.item());
  for (const auto& assignment : activity.staff()) employees.push_back(assignment.employee());
  CheckUnique(items, "activity.bill_of_materials", "item", bad);
  CheckUnique(employees, "activity.staff", "employee", bad);
  CheckTargets(activity, bad);
  return bad.status();
}

bool ChangesScope(const Activity& before, const Activity& after) { return ScopeOf(before) != ScopeOf(after); }

absl::Status ApplyUpdate(const Activity& before, Activity& after) {
  RETURN_IF_ERROR(CheckNotClosed(before));
  RETURN_IF_ERROR(CheckNoLaunch(before));
  RETURN_IF_ERROR(CheckActivity(after));
  const bool scope = ChangesScope(before, after);
  const bool launched = before.state() == Activity::STATE_LIVE || before.state() == Activity::STATE_PAUSED;
  if (launched && (scope || GoalOf(before) != GoalOf(after))) {
    return status::Error(kScopeFrozen, {{"activity", before.name()}, {"state", ActivityStateName(before)}});
  }
  if (scope && before.state() == Activity::STATE_READY) {
    ASSIGN_OR_RETURN(const int next, ActivityMachine().Next(before.name(), before.state(), kRevise));
    after.set_state(static_cast<Activity::State>(next));
    after.clear_scheduled_launch_time();
    after.clear_launch_scheduler();
  }
  return absl::OkStatus();
}

absl::Status CheckNotClosed(const Activity& activity) {
  switch (activity.state()) {
    case Activity::STATE_ENDED:
    case Activity::STATE_REVIEWED:
    case Activity::STATE_ARCHIVED:
    case Activity::STATE_CANCELLED:
      return status::Error(kActivityClosed, {{"activity", activity.name()}, {"state", ActivityStateName(activity)}});
    default:
      return absl::OkStatus();
  }
}

absl::Status CheckNoLaunch(const Activity& activity) {
  if (activity.launch().empty()) return absl::OkStatus();
  return status::Error(kLaunchInProgress, {{"activity", activity.name()}, {"launch", activity.launch()}});
}

std::string ScheduledLaunchJob(const std::string& activity) { return activity + "/scheduled-launch"; }

Activities::Activities(record::Store& store) : store_(store), activities_(store, &ActivityMachine()) {
  activities_.SetCheck([](record::Transaction&, const Activity& activity) { return CheckNoLaunch(activity); });
  activities_.SetAllows([](const Activity& activity, const std::string& verb) {
    return activity.launch().empty() && (verb != "unschedule_launch" || activity.has_scheduled_launch_time());
  });
  activities_.SetFollow([this](record::Transaction& tx, const Activity* before, const Activity* after) -> absl::Status {
    for (const Following& follow : follows_) RETURN_IF_ERROR(follow(tx, before, after));
    return absl::OkStatus();
  });
  // A launch judges by the people whom it has read. A change by hand-over takes no readiness back; what the gate says of the new people is
  // told as soon as it is known.
  activities_.SetPassing(
      [](record::Transaction& tx, const type::v1::HandOverRequest& request, const Activity& before, Activity&) -> absl::Status {
        RETURN_IF_ERROR(CheckNoLaunch(before));
        return absl::StartsWith(request.field(), "staff[") ? PlanStaffJudgement(tx, before.name()) : absl::OkStatus();
      });
}

absl::Status Activities::Create(record::Transaction&, Activity& activity) {
  activity.set_state(Activity::STATE_DRAFT);
  return CheckActivity(activity);
}

absl::Status Activities::Update(record::Transaction& tx, const Activity& before, Activity& after) {
  RETURN_IF_ERROR(ApplyUpdate(before, after));
  if (ChangesScope(before, after)) RETURN_IF_ERROR(DropStaffJudgement(tx, after));
  if (before.has_scheduled_launch_time() && !after.has_scheduled_launch_time()) return job::Cancel(tx, ScheduledLaunchJob(before.name()));
  return absl::OkStatus();
}

absl::StatusOr<Activity> Activities::Prepare(record::Transaction& tx, const v1::PrepareActivityRequest& request) {
  return activities_.Change(tx, request, "prepare");
}

absl::StatusOr<Activity> Activities::Pause(record::Transaction& tx, const v1::PauseActivityRequest& request) {
  return activities_.Change(tx, request, "pause", [&](Activity& after) { after.set_state_reason(request.reason()); });
}

void Activities::Bind(record::Methods& methods) {
  methods.Reads(activities_);
  methods.Creates(activities_, this, &Activities::Create);
  methods.Updates(activities_, this, &Activities::Update);
  methods.Bind("PrepareActivity", this, &Activities::Prepare);
  methods.Bind("PauseActivity", this, &Activities::Pause);
}

}  // namespace heitie::activity
