#include "services/planning/plan/schedule.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "common/time/day.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/schedule.pb.h"
#include "heitie/planning/v1/task.pb.h"

namespace heitie::planning {

const status::Reason kTaskDatesMissing{absl::StatusCode::kFailedPrecondition, "TASK_DATES_MISSING", "The task has no {field}.",
                                       "任務缺少 {field}。"};
const status::Reason kDependencyCycle{absl::StatusCode::kFailedPrecondition, "DEPENDENCY_CYCLE", "The tasks wait for each other: {cycle}.",
                                      "任務互相等待：{cycle}。"};
const status::Reason kDependencyViolated{absl::StatusCode::kFailedPrecondition, "DEPENDENCY_VIOLATED",
                                         "Its dates break the dependency {type} on {predecessor} by {days} working day(s).",
                                         "日期違反對 {predecessor} 的依賴 {type}，差 {days} 個工作日。"};

namespace {

using Index = std::map<std::string, int>;

Index IndexOf(const std::vector<v1::Task>& tasks) {
  Index index;
  for (size_t i = 0; i < tasks.size(); ++i) index[tasks[i].name()] = static_cast<int>(i);
  return index;
}

bool HasDates(const v1::Task& task) { return task.has_start_date() && task.has_end_date(); }

LinkType TypeOf(const v1::Dependency& dependency) {
  switch (dependency.type()) {
    case v1::Dependency::TYPE_START_TO_START:
      return LinkType::kStartToStart;
    case v1::Dependency::TYPE_FINISH_TO_FINISH:
      return LinkType::kFinishToFinish;
    case v1::Dependency::TYPE_START_TO_FINISH:
      return LinkType::kStartToFinish;
    default:
      return LinkType::kFinishToStart;
  }
}

const char* Abbreviation(LinkType type) {
  constexpr const char* kNames[] = {"FS", "SS", "FF", "SF"};
  return kNames[static_cast<int>(type)];
}

}  // namespace

Network LinksOf(const std::vector<v1::Task>& tasks) {
  const Index index = IndexOf(tasks);
  Network network(tasks.size());
  for (size_t i = 0; i < tasks.size(); ++i) {
    for (const v1::Dependency& dependency : tasks[i].dependencies()) {
      const auto it = index.find(dependency.predecessor());
      if (it != index.end()) network[i].links.push_back({it->second, TypeOf(dependency), dependency.lag_days()});
    }
  }
  return network;
}

int64_t Shortfall(const Link& link, const PlacedTask& predecessor, const PlacedTask& task) {
  const bool from_finish = link.type == LinkType::kFinishToStart || link.type == LinkType::kFinishToFinish;
  const bool to_finish = link.type == LinkType::kFinishToFinish || link.type == LinkType::kStartToFinish;
  const int64_t earliest = from_finish && !predecessor.milestone ? predecessor.span.end : predecessor.span.begin;
  const int64_t latest = to_finish || task.milestone ? task.span.end : task.span.begin;
  return earliest + link.lag - latest;
}

namespace {

// The day of an offset at which something ends; at the very beginning that is the first workday.
absl::CivilDay EndDay(absl::CivilDay origin, const time::BusinessCalendar& calendar, int64_t offset) {
  return WorkdayAt(calendar, origin, offset == 0 ? 0 : offset - 1);
}

v1::ScheduledTask Describe(const v1::Task& task, int64_t duration, const TaskTimes& times, absl::CivilDay origin,
                           const time::BusinessCalendar& calendar) {
  const auto start_day = [&](int64_t offset) {
    return time::ToDate(duration == 0 ? EndDay(origin, calendar, offset) : WorkdayAt(calendar, origin, offset));
  };
  const auto finish_day = [&](int64_t offset) {
    return time::ToDate(duration == 0 ? EndDay(origin, calendar, offset) : WorkdayAt(calendar, origin, offset - 1));
  };
  v1::ScheduledTask result;
  result.set_task(task.name());
  result.set_duration_days(static_cast<int32_t>(duration));
  *result.mutable_early_start() = start_day(times.early_start);
  *result.mutable_early_finish() = finish_day(times.early_finish);
  *result.mutable_late_start() = start_day(times.late_start);
  *result.mutable_late_finish() = finish_day(times.late_finish);
  result.set_total_float_days(static_cast<int32_t>(times.total_float));
  result.set_free_float_days(static_cast<int32_t>(times.free_float));
  result.set_critical(times.critical());
  return result;
}

}  // namespace

Span SpanOf(const v1::Task& task, const v1::Project& project, const time::BusinessCalendar& calendar) {
  const absl::CivilDay origin = time::ToDay(project.start_date());
  return {calendar.WorkingDaysBetween(origin, time::ToDay(task.start_date())),
          calendar.WorkingDaysBetween(origin, time::ToDay(task.end_date()) + 1)};
}

Defects CheckTaskDates(const std::vector<v1::Task>& tasks) {
  Defects defects;
  for (const v1::Task& task : tasks) {
    if (!task.has_start_date()) defects.push_back({task.name(), &kTaskDatesMissing, {{"field", "start_date"}}});
    if (!task.has_end_date()) defects.push_back({task.name(), &kTaskDatesMissing, {{"field", "end_date"}}});
  }
  return defects;
}

Defects CheckCycles(const std::vector<v1::Task>& tasks) {
  Defects defects;
  for (const std::vector<int>& cycle : FindCycles(LinksOf(tasks))) {
    std::string text;
    for (const int task : cycle) absl::StrAppend(&text, tasks[task].name(), " → ");
    absl::StrAppend(&text, tasks[cycle.front()].name());
    defects.push_back({tasks[cycle.front()].name(), &kDependencyCycle, {{"cycle", text}}});
  }
  return defects;
}

Defects CheckPlannedDates(const std::vector<v1::Task>& tasks, const v1::Project& project, const time::BusinessCalendar& calendar) {
  Defects defects;
  const Network network = LinksOf(tasks);
  for (size_t i = 0; i < tasks.size(); ++i) {
    for (const Link& link : network[i].links) {
      const v1::Task& predecessor = tasks[link.predecessor];
      if (!HasDates(tasks[i]) || !HasDates(predecessor)) continue;
      const int64_t days = Shortfall(link, {SpanOf(predecessor, project, calendar), predecessor.milestone()},
                                     {SpanOf(tasks[i], project, calendar), tasks[i].milestone()});
      if (days <= 0) continue;
      defects.push_back({tasks[i].name(),
                         &kDependencyViolated,
                         {{"type", Abbreviation(link.type)}, {"predecessor", predecessor.name()}, {"days", days}}});
    }
  }
  return defects;
}

v1::Schedule MakeSchedule(const std::vector<v1::Task>& tasks, const v1::Project& project, const time::BusinessCalendar& calendar) {
  v1::Schedule schedule;
  if (tasks.empty()) return schedule;
  Network network = LinksOf(tasks);
  for (size_t i = 0; i < tasks.size(); ++i) {
    const Span span = SpanOf(tasks[i], project, calendar);
    network[i].duration = tasks[i].milestone() ? 0 : span.end - span.begin;
  }
  const absl::CivilDay origin = time::ToDay(project.start_date());
  const int64_t deadline = calendar.WorkingDaysBetween(origin, time::ToDay(project.end_date()) + 1);
  const NetworkTimes times = ComputeTimes(network, deadline);

  std::vector<int> order(tasks.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int a, int b) {
    return std::make_pair(times.tasks[a].early_start, tasks[a].name()) < std::make_pair(times.tasks[b].early_start, tasks[b].name());
  });
  for (const int task : order) *schedule.add_tasks() = Describe(tasks[task], network[task].duration, times.tasks[task], origin, calendar);
  *schedule.mutable_finish_date() = time::ToDate(EndDay(origin, calendar, times.finish));
  schedule.set_duration_days(static_cast<int32_t>(times.finish));
  schedule.set_slack_days(static_cast<int32_t>(deadline - times.finish));
  return schedule;
}

}  // namespace heitie::planning
