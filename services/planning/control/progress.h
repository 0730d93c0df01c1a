// What is reported of tasks, and what follows from it (P2). Pure rules.
#ifndef HEITIE_SERVICES_PLANNING_CONTROL_PROGRESS_H_
#define HEITIE_SERVICES_PLANNING_CONTROL_PROGRESS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/time/civil_time.h"
#include "heitie/planning/v1/progress_report.pb.h"
#include "heitie/planning/v1/task.pb.h"

namespace heitie::planning {

// A task at the end of a day.
struct Progress {
  // The day of the first report; nothing before it was begun.
  std::optional<absl::CivilDay> start;
  // The first day of those, up to the last report, on which it was done.
  std::optional<absl::CivilDay> finish;
  int32_t percent = 0;
  std::optional<int32_t> remaining_days;
  double hours = 0;  // of all reports
};

// By the reports until that day, in any order; of several about one day the latest counts.
Progress ProgressAt(std::vector<v1::ProgressReport> reports, absl::CivilDay day);

// Puts state, percentage and actual days of a task that was begun or is done.
void PutProgress(const Progress& progress, v1::Task& task);

// Dates, work, cost, progress, state and actual days of a task from its parts. Progress is weighted by hours of work, and where there are
// none by number, rounded half away from zero; it is 100 only where everything is done, and 0 only where nothing was begun or is at 0.
void RollUp(const std::vector<v1::Task>& parts, v1::Task& whole);

// The percentage that is earned by the rule.
int32_t EarnedPercent(v1::Task::MeasurementRule rule, const Progress& progress);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_CONTROL_PROGRESS_H_
