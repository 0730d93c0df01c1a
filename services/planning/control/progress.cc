#include "services/planning/control/progress.h"

#include <algorithm>
#include <tuple>

#include "common/time/day.h"
#include "common/time/instant.h"

namespace heitie::planning {

using v1::ProgressReport;
using v1::Task;

Progress ProgressAt(std::vector<ProgressReport> reports, absl::CivilDay day) {
  std::erase_if(reports, [&](const ProgressReport& report) { return time::ToDay(report.report_date()) > day; });
  std::sort(reports.begin(), reports.end(), [](const ProgressReport& a, const ProgressReport& b) {
    return std::make_tuple(time::ToDay(a.report_date()), time::ToTime(a.create_time()), a.name()) <
           std::make_tuple(time::ToDay(b.report_date()), time::ToTime(b.create_time()), b.name());
  });
  Progress progress;
  for (size_t i = 0; i < reports.size(); ++i) {
    const ProgressReport& report = reports[i];
    const absl::CivilDay date = time::ToDay(report.report_date());
    progress.hours += report.hours();
    if (!progress.start) progress.start = date;
    const bool last_of_day = i + 1 == reports.size() || time::ToDay(reports[i + 1].report_date()) != date;
    if (!last_of_day) continue;
    progress.percent = report.percent();
    progress.remaining_days.reset();
    if (report.has_remaining_days() && report.percent() < 100) progress.remaining_days = report.remaining_days();
    if (report.percent() < 100) {
      progress.finish.reset();
    } else if (!progress.finish) {
      progress.finish = date;
    }
  }
  return progress;
}

void PutProgress(const Progress& progress, Task& task) {
  if (!progress.start) return;
  task.set_state(progress.finish ? Task::STATE_DONE : Task::STATE_IN_PROGRESS);
  task.set_progress_percent(progress.percent);
  *task.mutable_actual_start_date() = time::ToDate(*progress.start);
  task.clear_actual_finish_date();
  if (progress.finish) *task.mutable_actual_finish_date() = time::ToDate(*progress.finish);
  task.clear_remaining_days();
  if (progress.remaining_days) task.set_remaining_days(*progress.remaining_days);
}

namespace {

void Earliest(const google::type::Date& day, bool has, google::type::Date* out, bool* any) {
  if (has && (!*any || time::ToDay(day) < time::ToDay(*out))) *out = day;
  *any = *any || has;
}
void Latest(const google::type::Date& day, bool has, google::type::Date* out, bool* any) {
  if (has && (!*any || time::ToDay(day) > time::ToDay(*out))) *out = day;
  *any = *any || has;
}

Task::State StateOfWhole(const std::vector<const Task*>& parts) {
  if (parts.empty()) return Task::STATE_CANCELLED;
  const auto all = [&](Task::State state) {
    return std::all_of(parts.begin(), parts.end(), [&](const Task* part) { return part->state() == state; });
  };
  if (all(Task::STATE_OPEN)) return Task::STATE_OPEN;
  return all(Task::STATE_DONE) ? Task::STATE_DONE : Task::STATE_IN_PROGRESS;
}

int32_t PercentOfWhole(const std::vector<const Task*>& parts, int64_t hours, Task::State state) {
  if (parts.empty()) return 0;
  if (state == Task::STATE_DONE) return 100;
  int64_t done = 0, all = 0;
  for (const Task* part : parts) {
    const int64_t weight = hours > 0 ? part->estimate_hours() : 1;
    done += weight * part->progress_percent();
    all += weight;
  }
  const bool begun = std::any_of(parts.begin(), parts.end(), [](const Task* part) { return part->progress_percent() > 0; });
  return static_cast<int32_t>(std::clamp<int64_t>((2 * done + all) / (2 * all), begun ? 1 : 0, 99));
}

}  // namespace

void RollUp(const std::vector<Task>& parts, Task& whole) {
  std::vector<const Task*> counted;
  for (const Task& part : parts) {
    if (part.state() != Task::STATE_CANCELLED) counted.push_back(&part);
  }
  whole.set_part_count(static_cast<int32_t>(parts.size()));
  if (parts.empty()) return;
  google::type::Date start, end, actual_start, actual_finish;
  bool starts = false, ends = false, begun = false, finished = false;
  int64_t hours = 0, cost = 0;
  for (const Task* part : counted) {
    Earliest(part->start_date(), part->has_start_date(), &start, &starts);
    Latest(part->end_date(), part->has_end_date(), &end, &ends);
    Earliest(part->actual_start_date(), part->has_actual_start_date(), &actual_start, &begun);
    Latest(part->actual_finish_date(), part->has_actual_finish_date(), &actual_finish, &finished);
    hours += part->estimate_hours();
    cost += part->planned_cost_minor();
  }
  const Task::State state = StateOfWhole(counted);
  whole.clear_start_date();
  whole.clear_end_date();
  whole.clear_actual_start_date();
  whole.clear_actual_finish_date();
  if (starts) *whole.mutable_start_date() = start;
  if (ends) *whole.mutable_end_date() = end;
  if (begun) *whole.mutable_actual_start_date() = actual_start;
  if (finished && state == Task::STATE_DONE) *whole.mutable_actual_finish_date() = actual_finish;
  whole.set_estimate_hours(static_cast<int32_t>(hours));
  whole.set_planned_cost_minor(cost);
  whole.set_state(state);
  whole.set_progress_percent(PercentOfWhole(counted, hours, state));
  whole.clear_remaining_days();
  whole.clear_duration_estimate();
}

int32_t EarnedPercent(Task::MeasurementRule rule, const Progress& progress) {
  const bool done = progress.percent == 100;
  switch (rule) {
    case Task::MEASUREMENT_RULE_ZERO_HUNDRED:
      return done ? 100 : 0;
    case Task::MEASUREMENT_RULE_FIFTY_FIFTY:
      return done ? 100 : progress.start ? 50 : 0;
    default:
      return progress.percent;
  }
}

}  // namespace heitie::planning
