#include "services/planning/control/project_levelling.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/text/markdown.h"
#include "common/time/day.h"
#include "services/planning/control/levelling.h"
#include "services/planning/control/person_load.h"
#include "services/planning/plan/calendar.h"
#include "services/planning/plan/project.h"
#include "services/planning/plan/schedule.h"
#include "services/planning/plan/task_tree.h"

namespace heitie::planning {

using personnel::v1::Employee;
using v1::Task;

namespace {

constexpr size_t kEtagLength = 16;

// A project's plan as numbers, and what they stand for.
struct NumberedPlan {
  LevelPlan plan;
  std::vector<Task> tasks;                     // by name
  std::vector<std::string> people;             // by name
  std::vector<std::vector<int64_t>> absences;  // of each, days that are hers
  absl::CivilDay origin;
};

// A task that has no working day stays where it is: there is no day on which it would begin later.
bool MayMove(const Task& task, Span span) { return task.state() == Task::STATE_OPEN && span.end > span.begin; }

// The workdays of the project, from its first day on, on which somebody is not at work.
std::vector<int64_t> AbsencesOf(const Employee& person, const Plan& plan) {
  std::vector<int64_t> days;
  int64_t number = 0;
  for (absl::CivilDay day = time::ToDay(plan.project.start_date()); day <= time::ToDay(plan.project.end_date()); ++day) {
    if (!plan.calendar->IsWorkingDay(day)) continue;
    if (!IsAtWork(person, day)) days.push_back(number);
    ++number;
  }
  return days;
}

NumberedPlan Numbered(const Plan& plan, const std::vector<Employee>& known) {
  const time::BusinessCalendar& calendar = *plan.calendar;
  NumberedPlan result;
  result.origin = time::ToDay(plan.project.start_date());
  result.tasks = Leaves(plan.tasks);
  std::erase_if(result.tasks, [](const Task& task) { return !task.has_start_date() || !task.has_end_date(); });
  std::sort(result.tasks.begin(), result.tasks.end(), [](const Task& a, const Task& b) { return a.name() < b.name(); });
  std::map<std::string, int> people;
  for (const Task& task : result.tasks) {
    if (TakesTime(task)) people.emplace(task.owner(), 0);
  }
  for (auto& [person, place] : people) {
    place = static_cast<int>(result.people.size());
    result.people.push_back(person);
  }
  const Network links = LinksOf(result.tasks);
  for (size_t i = 0; i < result.tasks.size(); ++i) {
    const Task& task = result.tasks[i];
    LevelTask& one = result.plan.tasks.emplace_back();
    one.place = {SpanOf(task, plan.project, calendar), task.milestone()};
    one.movable = MayMove(task, one.place.span);
    one.links = links[i].links;
    if (!TakesTime(task)) continue;
    one.hours = task.estimate_hours();
    one.person = people.at(task.owner());
  }
  result.plan.others.resize(people.size());
  for (const Task& task : plan.other_tasks) {
    const auto person = people.find(task.owner());
    if (person == people.end() || !TakesTime(task)) continue;
    const Span span = SpanOf(task, plan.project, calendar);
    result.plan.others[person->second].push_back({span.begin, span.end, task.estimate_hours(), /*own=*/false});
  }
  result.plan.hours_per_day = HoursPerDay(plan);
  result.absences.resize(people.size());
  for (const Employee& person : known) {
    const auto place = people.find(person.name());
    if (place == people.end()) continue;
    result.absences[place->second] = TakeAbsences(AbsencesOf(person, plan), result.plan.hours_per_day, result.plan.others[place->second]);
  }
  result.plan.end = calendar.WorkingDaysBetween(result.origin, time::ToDay(plan.project.end_date()) + 1);
  return result;
}

void Name(const NumberedPlan& numbered, const Levelled& levelled, int person, const time::BusinessCalendar& calendar,
          v1::ProjectLevelling& result) {
  const auto overload = FindOverload(WorkOf(numbered.plan, levelled.shifts, person), numbered.plan.hours_per_day);
  if (!overload) return;
  v1::Unlevelled& one = *result.add_unlevelled();
  one.set_employee(numbered.people[person]);
  const absl::CivilDay start = WorkdayAt(calendar, numbered.origin, overload->begin);
  *one.mutable_start_date() = time::ToDate(start);
  *one.mutable_end_date() = time::ToDate(std::max(start, WorkdayAt(calendar, numbered.origin, overload->end - 1)));
  const auto& absences = numbered.absences[person];
  const int64_t absent = numbered.plan.hours_per_day * std::count_if(absences.begin(), absences.end(), [&](int64_t day) {
                           return overload->begin <= day && day < overload->end;
                         });
  one.set_hours(static_cast<int32_t>(overload->hours - absent));
  one.set_available_hours(static_cast<int32_t>(overload->available - absent));
  for (size_t i = 0; i < numbered.tasks.size(); ++i) {
    const LevelTask& task = numbered.plan.tasks[i];
    const bool inside =
        task.place.span.begin + levelled.shifts[i] >= overload->begin && task.place.span.end + levelled.shifts[i] <= overload->end;
    if (task.person == person && inside) one.add_tasks(numbered.tasks[i].name());
  }
}

}  // namespace

v1::ProjectLevelling ProposeFor(const Plan& plan, const std::vector<Employee>& people) {
  const time::BusinessCalendar& calendar = *plan.calendar;
  const NumberedPlan numbered = Numbered(plan, people);
  const Levelled levelled = planning::Level(numbered.plan);
  const std::vector<int64_t> floats = FloatsOf(numbered.plan);
  v1::ProjectLevelling result;
  result.set_project(plan.project.name());
  int64_t finish = 0, delay = 0;
  for (size_t i = 0; i < numbered.tasks.size(); ++i) {
    const Task& task = numbered.tasks[i];
    const Span span = numbered.plan.tasks[i].place.span;
    const int64_t shift = levelled.shifts[i];
    finish = std::max(finish, span.end + shift);
    delay += shift;
    if (shift == 0) continue;
    v1::TaskMove& move = *result.add_moves();
    move.set_task(task.name());
    *move.mutable_from_start_date() = task.start_date();
    *move.mutable_from_end_date() = task.end_date();
    *move.mutable_start_date() = time::ToDate(WorkdayAt(calendar, numbered.origin, span.begin + shift));
    *move.mutable_end_date() = time::ToDate(WorkdayAt(calendar, numbered.origin, span.end + shift - 1));
    move.set_delay_days(static_cast<int32_t>(shift));
    move.set_within_float(shift <= floats[i]);
  }
  for (const int person : levelled.unlevelled) Name(numbered, levelled, person, calendar, result);
  if (!numbered.tasks.empty()) *result.mutable_finish_date() = time::ToDate(WorkdayAt(calendar, numbered.origin, finish - 1));
  result.set_finish_delay_days(static_cast<int32_t>(levelled.finish_delay));
  result.set_delay_days(static_cast<int32_t>(delay));
  result.set_exhaustive(levelled.exhaustive);
  result.set_etag(text::Sha256Hex(result.SerializeAsString()).substr(0, kEtagLength));
  return result;
}

absl::StatusOr<v1::ProjectLevelling> ProjectLevellings::ProposeIn(sql::Session& session, const v1::Project& project, absl::Time now) const {
  ASSIGN_OR_RETURN(const Plan plan, LoadPlan(session, tables_, project, now));
  RETURN_IF_ERROR(Refusal(CheckCycles(Leaves(plan.tasks)), kNotSchedulable, project.name()));
  ASSIGN_OR_RETURN(const event::MirrorState heard, tables_.employees.State(session));
  ASSIGN_OR_RETURN(const std::vector<Employee> people,
                   tables_.employees.SelectKnown(session, "WHERE name IN (SELECT owner FROM tasks WHERE name LIKE ?)",
                                                 sql::Bind(project.name() + "/tasks/%")));
  v1::ProjectLevelling levelling = ProposeFor(plan, people);
  levelling.set_personnel_position(heard.position);
  return levelling;
}

absl::StatusOr<v1::ProjectLevelling> ProjectLevellings::Propose(const rpc::Call& call, const v1::ProposeLevellingRequest& request) {
  return tables_.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::ProjectLevelling> {
    ASSIGN_OR_RETURN(const v1::Project project, tables_.projects.Find(session, request.name()));
    return ProposeIn(session, project, call.now);
  });
}

absl::StatusOr<v1::ProjectLevelling> ProjectLevellings::Level(record::Transaction& tx, const v1::LevelProjectRequest& request) {
  ASSIGN_OR_RETURN(const v1::Project project, GuardOpenProject(tx, tables_, request.name()));
  ASSIGN_OR_RETURN(v1::ProjectLevelling levelling, ProposeIn(tx.sql, project, tx.call.now));
  if (!request.etag().empty() && request.etag() != levelling.etag()) {
    return status::Error(status::kStaleEtag, {{"name", request.name()}, {"etag", request.etag()}, {"current", levelling.etag()}});
  }
  if (levelling.moves().empty()) return levelling;
  RETURN_IF_ERROR(VoidApproval(tx, tables_, project, absl::StrCat(request.name(), " was levelled")));
  for (const v1::TaskMove& move : levelling.moves()) {
    ASSIGN_OR_RETURN(const Task before, tables_.tasks.Lock(tx, move.task()));
    Task after = before;
    *after.mutable_start_date() = move.start_date();
    *after.mutable_end_date() = move.end_date();
    RETURN_IF_ERROR(tables_.tasks.Update(tx, before, after, "level"));
  }
  return levelling;
}

void ProjectLevellings::Bind(record::Methods& methods) {
  methods.Bind("ProposeLevelling", this, &ProjectLevellings::Propose);
  methods.Bind("LevelProject", this, &ProjectLevellings::Level);
}

}  // namespace heitie::planning
