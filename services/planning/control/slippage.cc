#include "services/planning/control/slippage.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/text/markdown.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/planning/control/plan_history.h"
#include "services/planning/control/project_control.h"
#include "services/planning/plan/calendar.h"

namespace heitie::planning {

using v1::Project;
using v1::ScheduleVariance;

namespace {

constexpr int32_t kShippedSlippageDays = 2;

std::string WholeVarianceOf(const std::string& project) { return project + "/scheduleVariances/project"; }
std::string DeadlineVarianceOf(const std::string& project) { return project + "/scheduleVariances/deadline"; }

// An id has so many letters at most.
constexpr size_t kLongestId = 63;

// One of a task is called after it, so that there is one however often it comes to be late.
std::string VarianceOfTask(const std::string& project, const std::string& task) {
  std::string id = "task-" + record::IdOf(task);
  if (id.size() > kLongestId) id = "task-" + text::Sha256Hex(task).substr(0, 40);
  return absl::StrCat(project, "/scheduleVariances/", id);
}

}  // namespace

const record::StateMachine& ScheduleVarianceMachine() {
  static const auto& machine = *new record::StateMachine(
      ScheduleVariance::State_descriptor(),
      {
          {ScheduleVariance::STATE_OPEN, "close", ScheduleVariance::STATE_CLOSED, "it is no longer too late", record::kConsequence},
          {ScheduleVariance::STATE_CLOSED, "open", ScheduleVariance::STATE_OPEN, "it is too late again", record::kConsequence},
      });
  return machine;
}

std::map<std::string, ScheduleVariance> VariancesOf(const std::string& project, const v1::ProjectForecast& forecast, int32_t threshold) {
  std::map<std::string, ScheduleVariance> variances;
  const auto add = [&](const std::string& name, int32_t slip, const google::type::Date& expected) -> ScheduleVariance& {
    ScheduleVariance& variance = variances[name];
    variance.set_name(name);
    variance.set_cause(ScheduleVariance::CAUSE_SLIPPAGE);
    variance.set_slip_days(slip);
    variance.set_threshold_days(threshold);
    *variance.mutable_forecast_date() = expected;
    return variance;
  };
  if (forecast.slip_days() > threshold) {
    *add(WholeVarianceOf(project), forecast.slip_days(), forecast.finish_date()).mutable_planned_date() = forecast.baseline_finish_date();
  }
  for (const v1::TaskForecast& task : forecast.tasks()) {
    // What is done is late for good, and nobody can do anything about it.
    const bool open = task.has_float_days();
    if (!open || task.slip_days() <= threshold) continue;
    ScheduleVariance& variance = add(VarianceOfTask(project, task.task()), task.slip_days(), task.finish_date());
    variance.set_task(task.task());
    variance.set_milestone(task.milestone());
  }
  return variances;
}

std::optional<ScheduleVariance> DeadlineVariance(const Project& project, const v1::ProjectForecast& forecast,
                                                 const time::BusinessCalendar& calendar) {
  if (!forecast.has_finish_date() || !project.has_end_date()) return std::nullopt;
  const absl::CivilDay last = time::ToDay(project.end_date()), finish = time::ToDay(forecast.finish_date());
  const int64_t late = finish > last ? calendar.WorkingDaysBetween(last + 1, finish + 1) : 0;
  if (late <= 0) return std::nullopt;
  ScheduleVariance variance;
  variance.set_name(DeadlineVarianceOf(project.name()));
  variance.set_cause(ScheduleVariance::CAUSE_DEADLINE);
  variance.set_slip_days(static_cast<int32_t>(late));
  *variance.mutable_planned_date() = project.end_date();
  *variance.mutable_forecast_date() = forecast.finish_date();
  return variance;
}

SlippageWatch::SlippageWatch(const service::Context& context, Tables& tables, PlanDuties& plan_duties)
    : tables_(tables), plan_duties_(plan_duties) {
  context.jobs.Recur("watch-slippage", kSlippageInterval, [this](const rpc::Call& call, const job::Job&) { return JudgeAll(call); });
}

absl::Status SlippageWatch::FollowProject(record::Transaction& tx, const Project* before, const Project* after) const {
  if (before == nullptr || after == nullptr || before->state() != Project::STATE_APPROVED) return absl::OkStatus();
  const std::string whole = WholeVarianceOf(after->name());
  if (before->owner() != after->owner()) RETURN_IF_ERROR(plan_duties_.Pass(tx, whole, after->owner()));
  if (after->state() == Project::STATE_APPROVED) return absl::OkStatus();
  return Keep(tx, after->name(), {}).status();
}

absl::StatusOr<SlippageWatch::Variances> SlippageWatch::Late(record::Transaction& tx, const Project& project,
                                                             const v1::ProjectForecast& forecast, const v1::PlanningPolicy& policy,
                                                             const time::BusinessCalendar& calendar) const {
  Variances late = VariancesOf(project.name(), forecast, policy.slippage_days() == 0 ? kShippedSlippageDays : policy.slippage_days());
  if (const auto past = DeadlineVariance(project, forecast, calendar)) late[past->name()] = *past;
  for (auto& [name, variance] : late) {
    variance.set_state(ScheduleVariance::STATE_OPEN);
    variance.set_planning_policy(policy.name());
    variance.set_position(forecast.basis().position());
    *variance.mutable_open_time() = time::ToTimestamp(tx.call.now);
    variance.set_owner(project.owner());
    if (variance.task().empty()) continue;
    ASSIGN_OR_RETURN(const v1::Task task, tables_.tasks.Find(tx.sql, variance.task()));
    variance.set_owner(task.owner());
  }
  return late;
}

absl::StatusOr<std::set<std::string>> SlippageWatch::Keep(record::Transaction& tx, const std::string& project,
                                                          const Variances& late) const {
  std::set<std::string> known, opened;
  ASSIGN_OR_RETURN(const std::vector<ScheduleVariance> before, tables_.schedule_variances.Children(tx.sql, project));
  for (const ScheduleVariance& variance : before) {
    known.insert(variance.name());
    const bool was_open = variance.state() == ScheduleVariance::STATE_OPEN;
    const auto found = late.find(variance.name());
    if ((found != late.end()) == was_open) continue;  // It was told already.
    const auto change = [&](ScheduleVariance& after) {
      if (was_open) {
        *after.mutable_close_time() = time::ToTimestamp(tx.call.now);
        return;
      }
      after.clear_close_time();
      after.clear_owner();
      after.clear_milestone();
      after.MergeFrom(found->second);
    };
    RETURN_IF_ERROR(tables_.schedule_variances.Change(tx, record::Target(variance.name()), was_open ? "close" : "open", change).status());
    if (was_open) {
      RETURN_IF_ERROR(plan_duties_.Done(tx, variance.name()));
    } else {
      opened.insert(variance.name());
    }
  }
  for (auto [name, variance] : late) {
    if (known.contains(name)) continue;
    RETURN_IF_ERROR(tables_.schedule_variances.Insert(tx, variance, "open"));
    opened.insert(name);
  }
  return opened;
}

absl::Status SlippageWatch::AskOwner(record::Transaction& tx, const Project& project, const v1::PlanningPolicy& policy,
                                     const time::BusinessCalendar& calendar) const {
  ASSIGN_OR_RETURN(const v1::PlanPeriod period, tables_.periods.Find(tx.sql, project.plan_period()));
  const absl::CivilDay due = WorkdayAt(calendar, absl::ToCivilDay(tx.call.now, tables_.zone), policy.flag_days());
  return plan_duties_
      .Ask(tx, {v1::PlanDuty::KIND_SLIPPAGE, WholeVarianceOf(project.name()), project.owner(), due, period.calendar(), policy.name()})
      .status();
}

absl::Status SlippageWatch::Judge(const rpc::Call& call, const std::string& name) {
  ASSIGN_OR_RETURN(const ProjectView view, LoadView(tables_, call, {name, std::nullopt, 0, ""}));
  if (view.project.state() != Project::STATE_APPROVED || !CheckView(view).empty()) return absl::OkStatus();
  const v1::ProjectForecast forecast = ForecastView(view);
  return tables_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const Project project, tables_.projects.Guard(tx, name));
    if (project.state() != Project::STATE_APPROVED) return absl::OkStatus();
    ASSIGN_OR_RETURN(const v1::PlanningPolicy policy, tables_.policies.InForce(tx.sql, tx.call.now));
    ASSIGN_OR_RETURN(const Variances late, Late(tx, project, forecast, policy, *view.calendar));
    ASSIGN_OR_RETURN(const std::set<std::string> opened, Keep(tx, name, late));
    return opened.contains(WholeVarianceOf(name)) ? AskOwner(tx, project, policy, *view.calendar) : absl::OkStatus();
  });
}

job::Outcome SlippageWatch::JudgeAll(const rpc::Call& call) {
  const std::lock_guard lock(mutex_);
  const absl::CivilDay today = absl::ToCivilDay(call.now, tables_.zone);
  int64_t last = 0;
  std::vector<std::string> projects;
  const absl::Status read = tables_.store.Read(call, [&](sql::Session& session) -> absl::Status {
    projects.clear();
    const auto each = [&](const sql::Row& row) { projects.push_back(row.Text(0)); };
    RETURN_IF_ERROR(session.Query("SELECT position FROM event_position WHERE id = 1", {}, [&](const sql::Row& row) { last = row.Int(0); }));
    if (position_ == 0 || today != day_)
      return session.Query("SELECT name FROM projects WHERE state = 'STATE_APPROVED' ORDER BY name", {}, each);
    return session.Query(
        "SELECT DISTINCT p.name FROM event e JOIN projects p ON p.name = SUBSTRING_INDEX(e.aggregateid, '/', 2) "
        "WHERE e.position > ? AND e.position <= ? AND p.state = 'STATE_APPROVED' ORDER BY p.name",
        sql::Bind(position_, last), each);
  });
  if (!read.ok()) return job::Outcome::Failed(read);
  absl::Status failure;
  for (const std::string& project : projects) failure.Update(Judge(call, project));
  if (!failure.ok()) return job::Outcome::Failed(failure);
  position_ = last;
  day_ = today;
  return job::Outcome::Done();
}

}  // namespace heitie::planning
