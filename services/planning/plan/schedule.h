// The schedule of a project: its tasks on the calendar, by the critical path method.
#ifndef HEITIE_SERVICES_PLANNING_PLAN_SCHEDULE_H_
#define HEITIE_SERVICES_PLANNING_PLAN_SCHEDULE_H_

#include <vector>

#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/schedule.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "services/planning/plan/calendar.h"
#include "services/planning/plan/critical_path.h"
#include "services/planning/plan/defect.h"

namespace heitie::planning {

extern const status::Reason kTaskDatesMissing;
extern const status::Reason kDependencyCycle;
extern const status::Reason kDependencyViolated;

// A task's days as workdays counted from the project's first day: [begin, end).
struct Span {
  int64_t begin, end;
};
Span SpanOf(const v1::Task& task, const v1::Project& project, const time::BusinessCalendar& calendar);

// A task where it is planned.
struct PlacedTask {
  Span span;
  bool milestone;
};
// By how many workdays the link is broken; 0 or less when it is kept. A milestone may be reached at any moment of its day.
int64_t Shortfall(const Link& link, const PlacedTask& predecessor, const PlacedTask& task);

// The links among these tasks, by their places; durations are filled in by the caller.
Network LinksOf(const std::vector<v1::Task>& tasks);

// Tasks without one of their dates.
Defects CheckTaskDates(const std::vector<v1::Task>& tasks);

// One defect for each group of tasks that wait for each other; the cycle is named.
Defects CheckCycles(const std::vector<v1::Task>& tasks);

// Dependencies that the planned dates break. A milestone may be reached at any moment of its day. Tasks without dates are left out.
Defects CheckPlannedDates(const std::vector<v1::Task>& tasks, const v1::Project& project, const time::BusinessCalendar& calendar);

// The schedule of tasks that have dates and no cycle. Dependencies on tasks that are not among them are ignored.
v1::Schedule MakeSchedule(const std::vector<v1::Task>& tasks, const v1::Project& project, const time::BusinessCalendar& calendar);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_PLAN_SCHEDULE_H_
