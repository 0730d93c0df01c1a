#include "services/planning/plan/actionability.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "common/time/day.h"
#include "heitie/planning/v1/plan_period.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/scheme.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "services/planning/plan/calendar.h"
#include "services/planning/plan/schedule.h"
#include "services/planning/plan/task_tree.h"
#include "services/planning/plan/workload.h"

namespace heitie::planning {

using absl::StatusCode;

const status::Reason kObjectivesMissing{StatusCode::kFailedPrecondition, "OBJECTIVES_MISSING", "The project has no objective.",
                                        "專案沒有目標。"};
const status::Reason kObjectiveIncomplete{StatusCode::kFailedPrecondition, "OBJECTIVE_INCOMPLETE", "The objective has no {field}.",
                                          "目標缺少 {field}。"};
const status::Reason kObjectiveWithoutChange{StatusCode::kFailedPrecondition, "OBJECTIVE_WITHOUT_CHANGE",
                                             "The target of {metric} is its baseline: there is nothing to achieve.",
                                             "{metric} 的目標值等於基準值，沒有可達成的內容。"};
const status::Reason kObjectiveTooEarly{StatusCode::kFailedPrecondition, "OBJECTIVE_TOO_EARLY",
                                        "Its date {date} is before the project's start {start}.", "其日期 {date} 早於專案開始日 {start}。"};
const status::Reason kProjectOutsidePeriod{StatusCode::kFailedPrecondition, "PROJECT_OUTSIDE_PERIOD",
                                           "The project is not wholly inside its plan period {period}, {start} to {end}.",
                                           "專案不完全在計劃期間 {period}（{start} 至 {end}）之內。"};
const status::Reason kTasksMissing{StatusCode::kFailedPrecondition, "TASKS_MISSING", "The project has no task.", "專案沒有任務。"};
const status::Reason kTaskOwnerMissing{StatusCode::kFailedPrecondition, "TASK_OWNER_MISSING", "The task has no accountable owner.",
                                       "任務沒有責任人。"};
const status::Reason kTaskEstimateMissing{StatusCode::kFailedPrecondition, "TASK_ESTIMATE_MISSING", "The task has no estimate of its work.",
                                          "任務沒有工時估計。"};
const status::Reason kTaskOutsideProject{StatusCode::kFailedPrecondition, "TASK_OUTSIDE_PROJECT",
                                         "The task is not wholly inside the project, {start} to {end}.",
                                         "任務不完全在專案日期（{start} 至 {end}）之內。"};
const status::Reason kPersonOverloaded{StatusCode::kFailedPrecondition, "PERSON_OVERLOADED",
                                       "From {start} to {end} there are {hours} hours of work for {available} hours of capacity.",
                                       "{start} 至 {end} 的工作量為 {hours} 小時，可用 {available} 小時。"};
const status::Reason kSchemeMissing{StatusCode::kFailedPrecondition, "SCHEME_MISSING", "The project has no implementation scheme.",
                                    "專案沒有實施方案。"};
const status::Reason kSchemeAmbiguous{StatusCode::kFailedPrecondition, "SCHEME_AMBIGUOUS",
                                      "There are {count} drafts of the scheme and none is approved: approve one, or discard the others.",
                                      "有 {count} 份方案草稿且均未核准：請核准其一，或捨棄其餘。"};
const status::Reason kSchemeIncomplete{StatusCode::kFailedPrecondition, "SCHEME_INCOMPLETE", "The scheme has no {field}.",
                                       "方案缺少 {field}。"};

namespace {

void CheckObjective(const v1::Project& project, int index, Defects& defects) {
  const v1::Objective& objective = project.objectives(index);
  const std::string subject = absl::StrCat(project.name(), "#objectives[", index, "]");
  const auto missing = [&](const char* field) { defects.push_back({subject, &kObjectiveIncomplete, {{"field", field}}}); };
  if (objective.metric().empty()) missing("metric");
  if (objective.unit().empty()) missing("unit");
  if (!objective.has_baseline()) missing("baseline");
  if (!objective.has_target()) missing("target");
  if (!objective.has_target_date()) missing("target_date");
  if (objective.has_baseline() && objective.has_target() && objective.baseline() == objective.target()) {
    defects.push_back({subject, &kObjectiveWithoutChange, {{"metric", objective.metric()}}});
  }
  const absl::CivilDay start = time::ToDay(project.start_date());
  if (objective.has_target_date() && time::ToDay(objective.target_date()) < start) {
    defects.push_back(
        {subject, &kObjectiveTooEarly, {{"date", time::DayText(time::ToDay(objective.target_date()))}, {"start", time::DayText(start)}}});
  }
}

Defects CheckObjectives(const v1::Project& project) {
  Defects defects;
  if (project.objectives().empty()) defects.push_back({project.name(), &kObjectivesMissing, {}});
  for (int i = 0; i < project.objectives_size(); ++i) CheckObjective(project, i, defects);
  return defects;
}

Defects CheckPeriod(const v1::Project& project, const v1::PlanPeriod& period) {
  const absl::CivilDay start = time::ToDay(period.start_date()), end = time::ToDay(period.end_date());
  if (time::ToDay(project.start_date()) >= start && time::ToDay(project.end_date()) <= end) return {};
  return {
      {project.name(), &kProjectOutsidePeriod, {{"period", period.name()}, {"start", time::DayText(start)}, {"end", time::DayText(end)}}}};
}

void CheckTask(const v1::Task& task, const v1::Project& project, Defects& defects) {
  const absl::CivilDay start = time::ToDay(project.start_date()), end = time::ToDay(project.end_date());
  if (task.owner().empty()) defects.push_back({task.name(), &kTaskOwnerMissing, {}});
  if (!task.milestone() && !HasParts(task) && task.estimate_hours() == 0) defects.push_back({task.name(), &kTaskEstimateMissing, {}});
  const bool begins_early = task.has_start_date() && time::ToDay(task.start_date()) < start;
  const bool ends_late = task.has_end_date() && time::ToDay(task.end_date()) > end;
  if (begins_early || ends_late)
    defects.push_back({task.name(), &kTaskOutsideProject, {{"start", time::DayText(start)}, {"end", time::DayText(end)}}});
}

Defects CheckTasks(const v1::Project& project, const std::vector<v1::Task>& tasks) {
  Defects defects;
  if (tasks.empty()) defects.push_back({project.name(), &kTasksMissing, {}});
  for (const v1::Task& task : tasks) CheckTask(task, project, defects);
  return defects;
}

void AddWork(const std::vector<v1::Task>& tasks, bool own, const Plan& plan, const time::BusinessCalendar& calendar,
             std::map<std::string, std::vector<Work>>& work) {
  for (const v1::Task& task : tasks) {
    if (!TakesTime(task)) continue;
    const Span span = SpanOf(task, plan.project, calendar);
    work[task.owner()].push_back({span.begin, span.end, task.estimate_hours(), own});
  }
}

Defects CheckWorkload(const Plan& plan) {
  const time::BusinessCalendar& calendar = *plan.calendar;
  std::map<std::string, std::vector<Work>> work;
  AddWork(plan.tasks, true, plan, calendar, work);
  AddWork(plan.other_tasks, false, plan, calendar, work);
  Defects defects;
  for (const auto& [owner, works] : work) {
    const auto overload = FindOverload(works, HoursPerDay(plan));
    if (!overload) continue;
    const absl::CivilDay origin = time::ToDay(plan.project.start_date()), start = WorkdayAt(calendar, origin, overload->begin);
    const absl::CivilDay end = std::max(start, WorkdayAt(calendar, origin, overload->end - 1));
    defects.push_back(
        {owner,
         &kPersonOverloaded,
         {{"start", time::DayText(start)}, {"end", time::DayText(end)}, {"hours", overload->hours}, {"available", overload->available}}});
  }
  return defects;
}

Defects CheckSchemes(const v1::Project& project, const std::vector<v1::Scheme>& schemes) {
  if (const v1::Scheme* scheme = ChosenScheme(schemes)) return CheckScheme(*scheme);
  const auto drafts =
      std::count_if(schemes.begin(), schemes.end(), [](const v1::Scheme& s) { return s.state() == v1::Scheme::STATE_DRAFT; });
  if (drafts == 0) return {{project.name(), &kSchemeMissing, {}}};
  return {{project.name(), &kSchemeAmbiguous, {{"count", drafts}}}};
}

}  // namespace

bool TakesTime(const v1::Task& task) {
  const bool open = task.state() == v1::Task::STATE_OPEN || task.state() == v1::Task::STATE_IN_PROGRESS;
  return open && !task.milestone() && !HasParts(task) && !task.owner().empty() && task.has_start_date() && task.has_end_date();
}

int32_t HoursPerDay(const Plan& plan) {
  const int32_t own = plan.project.capacity_hours_per_day();
  return own != 0 ? own : plan.period.capacity_hours_per_day();
}

const v1::Scheme* ChosenScheme(const std::vector<v1::Scheme>& schemes) {
  const v1::Scheme* draft = nullptr;
  int drafts = 0;
  for (const v1::Scheme& scheme : schemes) {
    if (scheme.state() == v1::Scheme::STATE_APPROVED) return &scheme;
    if (scheme.state() != v1::Scheme::STATE_DRAFT) continue;
    draft = &scheme;
    ++drafts;
  }
  return drafts == 1 ? draft : nullptr;
}

Defects CheckScheme(const v1::Scheme& scheme) {
  Defects defects;
  const auto missing = [&](const char* field) { defects.push_back({scheme.name(), &kSchemeIncomplete, {{"field", field}}}); };
  if (scheme.strategy().empty()) missing("strategy");
  if (scheme.channels().empty()) missing("channels");
  if (scheme.cash_flows().empty()) missing("cash_flows");
  return defects;
}

Defects CheckPlan(const Plan& plan) {
  Defects defects;
  const auto add = [&](const Defects& found) { defects.insert(defects.end(), found.begin(), found.end()); };
  const time::BusinessCalendar& calendar = *plan.calendar;
  add(CheckObjectives(plan.project));
  add(CheckPeriod(plan.project, plan.period));
  add(CheckTasks(plan.project, plan.tasks));
  const std::vector<v1::Task> leaves = Leaves(plan.tasks);
  add(CheckTaskDates(leaves));
  add(CheckCycles(leaves));
  add(CheckPlannedDates(leaves, plan.project, calendar));
  add(CheckWorkload(plan));
  add(CheckSchemes(plan.project, plan.schemes));
  add(plan.cascade);
  add(plan.collaboration);
  add(CheckEvidence(plan.evidence, plan.project, plan.schemes));
  return defects;
}

}  // namespace heitie::planning
