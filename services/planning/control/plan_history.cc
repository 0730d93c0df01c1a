#include "services/planning/control/plan_history.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/event/event_log.h"
#include "common/record/json.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/planning/collaboration/issue.h"
#include "services/planning/plan/calendar.h"
#include "services/planning/plan/schedule.h"
#include "services/planning/plan/task_tree.h"

namespace heitie::planning {

using v1::ProgressReport;
using v1::Task;

const status::Reason kPositionToCome{absl::StatusCode::kInvalidArgument, "POSITION_TO_COME", "The events reach to position {last}.",
                                     "事件目前只到位置 {last}。"};

namespace {

// The last event of each subject up to a position, without the deleted ones: of one subject, or of all between two.
constexpr char kLatest[] =
    "SELECT e.aggregateid, e.payload FROM event e JOIN (SELECT aggregateid, MAX(position) AS position FROM event "
    "WHERE aggregateid > ? AND aggregateid < ? AND position <= ? GROUP BY aggregateid) latest ON e.position = latest.position "
    "WHERE e.payload IS NOT NULL ORDER BY e.aggregateid";
constexpr char kLatestOfOne[] =
    "SELECT aggregateid, payload FROM event WHERE aggregateid = ? AND position <= ? ORDER BY position DESC LIMIT 1";

absl::Status LoadTasks(sql::Session& session, const std::string& project, int64_t position, ProjectView& view) {
  bool sound = true;
  RETURN_IF_ERROR(session.Query(kLatest, sql::Bind(absl::StrCat(project, "/tasks/"), absl::StrCat(project, "/tasks0"), position),
                                [&](const sql::Row& row) {
                                  const std::string subject = row.Text(0);
                                  if (absl::StrContains(subject, "/progressReports/")) {
                                    ProgressReport report;
                                    sound = sound && record::FromJson(row.Text(1), &report);
                                    view.reports[record::ParentOf(subject)].push_back(std::move(report));
                                  } else {
                                    Task task;
                                    sound = sound && record::FromJson(row.Text(1), &task);
                                    view.tasks.push_back(std::move(task));
                                  }
                                }));
  if (!sound) return absl::DataLossError(absl::StrCat("an event of ", project));
  std::erase_if(view.tasks, [](const Task& task) { return task.state() == Task::STATE_CANCELLED; });
  return absl::OkStatus();
}

// Issues that are not solved hold the tasks that they block.
absl::Status LoadIssues(sql::Session& session, const Tables& tables, const std::string& project, int64_t position, ProjectView& view) {
  bool sound = true;
  RETURN_IF_ERROR(session.Query(kLatest, sql::Bind(absl::StrCat(project, "/issues/"), absl::StrCat(project, "/issues0"), position),
                                [&](const sql::Row& row) {
                                  v1::Issue issue;
                                  sound = sound && record::FromJson(row.Text(1), &issue);
                                  if (!HoldsTasks(issue)) return;
                                  const absl::CivilDay due = absl::ToCivilDay(time::ToTime(issue.due_time()), tables.zone);
                                  for (const std::string& task : issue.tasks()) {
                                    const auto [held, is_new] = view.held_until.insert({task, due});
                                    if (!is_new) held->second = std::max(held->second, due);
                                  }
                                }));
  return sound ? absl::OkStatus() : absl::DataLossError(absl::StrCat("an event of an issue of ", project));
}

}  // namespace

absl::StatusOr<std::string> PayloadAt(sql::Session& session, const std::string& name, int64_t position) {
  std::string payload;
  bool there = false;
  RETURN_IF_ERROR(session.Query(kLatestOfOne, sql::Bind(name, position), [&](const sql::Row& row) {
    there = !row.IsNull(1);
    payload = row.Text(1);
  }));
  if (!there) return status::NotFound(name);
  return payload;
}

absl::StatusOr<std::vector<std::string>> PayloadsAt(sql::Session& session, const std::string& collection, int64_t position) {
  std::vector<std::string> payloads;
  RETURN_IF_ERROR(session.Query(kLatest, sql::Bind(collection + "/", collection + "0", position),
                                [&](const sql::Row& row) { payloads.push_back(row.Text(1)); }));
  return payloads;
}

absl::StatusOr<std::vector<std::string>> ChosenPayloadsAt(sql::Session& session, const std::string& type, const std::string& collection,
                                                          const std::string& names, sql::Values values, int64_t position) {
  for (sql::Value& one : sql::Bind(type, position, collection + "/", collection + "0", position)) values.push_back(std::move(one));
  std::vector<std::string> payloads;
  // Names in events are texts, and the latest events have no position yet.
  RETURN_IF_ERROR(session.Query(
      absl::StrCat("SELECT e.payload FROM (SELECT CONVERT(chosen.name USING ascii) COLLATE ascii_bin AS name FROM (", names,
                   ") chosen UNION SELECT aggregateid FROM event WHERE aggregatetype = ? AND (position > ? OR position IS NULL) AND "
                   "aggregateid > ? AND "
                   "aggregateid < ?) near JOIN event e ON e.aggregateid = near.name AND e.position = (SELECT MAX(position) FROM event "
                   "WHERE aggregateid = near.name AND position <= ?) WHERE e.payload IS NOT NULL ORDER BY near.name"),
      values, [&](const sql::Row& row) { payloads.push_back(row.Text(0)); }));
  return payloads;
}

absl::StatusOr<int64_t> PositionFor(const Tables& tables, const rpc::Call& call, int64_t asked, status::BadFields& bad) {
  int64_t last = 0;
  if (asked == 0) RETURN_IF_ERROR(event::PlaceAll(tables.store, call.deadline));
  RETURN_IF_ERROR(tables.store.Read(call, [&](sql::Session& session) {
    return session.Query("SELECT position FROM event_position WHERE id = 1", {}, [&](const sql::Row& row) { last = row.Int(0); });
  }));
  if (asked > last) bad.Add("position", kPositionToCome, {{"last", last}});
  return asked == 0 ? last : asked;
}

Progress ProjectView::ProgressOf(const Task& task) const {
  const auto found = reports.find(task.name());
  if (found != reports.end()) return ProgressAt(found->second, day);
  Progress progress;
  const bool begun = task.state() == Task::STATE_IN_PROGRESS || task.state() == Task::STATE_DONE;
  if (!begun || !task.has_start_date() || !task.has_end_date() || time::ToDay(task.start_date()) > day) return progress;
  progress.start = time::ToDay(task.start_date());
  if (task.state() == Task::STATE_IN_PROGRESS) {
    progress.percent = task.progress_percent();
  } else if (time::ToDay(task.end_date()) <= day) {
    progress.percent = 100;
    progress.finish = time::ToDay(task.end_date());
  }
  return progress;
}

absl::StatusOr<ProjectView> LoadView(const Tables& tables, const rpc::Call& call, const ViewRequest& request) {
  status::BadFields bad;
  ASSIGN_OR_RETURN(const int64_t position, PositionFor(tables, call, request.position, bad));
  RETURN_IF_ERROR(bad.status());
  return tables.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<ProjectView> {
    ProjectView view;
    view.day = request.as_of ? time::ToDay(*request.as_of) : absl::ToCivilDay(call.now, tables.zone);
    ASSIGN_OR_RETURN(view.project, FindAt<v1::Project>(session, request.project, position));
    ASSIGN_OR_RETURN(view.period, FindAt<v1::PlanPeriod>(session, view.project.plan_period(), position));
    RETURN_IF_ERROR(LoadTasks(session, request.project, position, view));
    RETURN_IF_ERROR(LoadIssues(session, tables, request.project, position, view));
    const std::string& baseline = request.baseline.empty() ? view.project.approved_baseline() : request.baseline;
    if (!baseline.empty()) {
      if (record::ParentOf(baseline) != request.project) return status::NotFound(baseline);
      ASSIGN_OR_RETURN(view.baseline, tables.baselines.Find(session, baseline));
    }
    ASSIGN_OR_RETURN(const auto calendar, tables.calendars.Named(session, view.period.calendar()));
    view.calendar = calendar->arithmetic;
    *view.basis.mutable_as_of() = time::ToDate(view.day);
    view.basis.set_position(position);
    view.basis.set_calendar(view.period.calendar());
    view.basis.set_baseline(baseline);
    return view;
  });
}

Defects CheckView(const ProjectView& view) {
  const std::vector<Task> leaves = Leaves(view.tasks);
  Defects defects = CheckTaskDates(leaves);
  for (Defect& cycle : CheckCycles(leaves)) defects.push_back(std::move(cycle));
  return defects;
}

StatusPlan StatusPlanOf(const ProjectView& view) {
  StatusPlan plan;
  const time::BusinessCalendar& calendar = *view.calendar;
  plan.tasks = Leaves(view.tasks);
  plan.origin = time::ToDay(view.project.start_date());
  plan.next = calendar.WorkingDaysBetween(plan.origin, view.day + 1);
  const Network links = LinksOf(plan.tasks);
  for (size_t i = 0; i < plan.tasks.size(); ++i) {
    const Task& task = plan.tasks[i];
    const Progress progress = view.ProgressOf(task);
    const Span span = SpanOf(task, view.project, calendar);
    StatusTask status;
    status.milestone = task.milestone();
    status.planned_begin = span.begin;
    status.links = links[i].links;
    if (const auto held = view.held_until.find(task.name()); held != view.held_until.end()) {
      status.held_until = calendar.WorkingDaysBetween(plan.origin, held->second + 1);
    }
    status.duration = static_cast<double>(span.end - span.begin);
    if (progress.start) {
      status.stage = progress.finish ? StatusTask::kDone : StatusTask::kUnderWay;
      status.actual_begin = calendar.WorkingDaysBetween(plan.origin, *progress.start);
    }
    if (status.stage == StatusTask::kDone) {
      status.actual_end = calendar.WorkingDaysBetween(plan.origin, *progress.finish + 1);
      status.duration = 0;
    } else if (status.stage == StatusTask::kUnderWay) {
      status.duration = progress.remaining_days ? *progress.remaining_days : status.duration * (100 - progress.percent) / 100;
    }
    plan.network.push_back(std::move(status));
    plan.progress.push_back(progress);
  }
  return plan;
}

}  // namespace heitie::planning
