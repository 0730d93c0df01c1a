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
  const auto add = [&](const std::string& name, const std::string& task, int32_t slip, const google::type::Date& expected) {
    ScheduleVariance variance;
    variance.set_name(name);
    variance.set_task(task);
    variance.set_slip_days(slip);
    variance.set_threshold_days(threshold);
    *variance.mutable_forecast_date() = expected;
    variances[name] = std::move(variance);
  };
  if (forecast.slip_days() > threshold) add(WholeVarianceOf(project), "", forecast.slip_days(), forecast.finish_date());
  for (const v1::TaskForecast& task : forecast.tasks()) {
    // What is done is late for good, and nobody can do anything about it.
    const bool open = task.has_float_days();
    if (open && task.slip_days() > threshold) add(VarianceOfTask(project, task.task()), task.task(), task.slip_days(), task.finish_date());
  }
  return variances;
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
  return Keep(tx, after->name(), v1::ProjectForecast());
}

absl::Status SlippageWatch::Keep(record::Transaction& tx, const std::string& name, const v1::ProjectForecast& forecast) const {
  ASSIGN_OR_RETURN(const v1::PlanningPolicy policy, tables_.policies.InForce(tx.sql, tx.call.now));
  const int32_t threshold = policy.slippage_days() == 0 ? kShippedSlippageDays : policy.slippage_days();
  std::map<std::string, ScheduleVariance> late = VariancesOf(name, forecast, threshold);
  ASSIGN_OR_RETURN(const std::vector<ScheduleVariance> known, tables_.schedule_variances.Children(tx.sql, name));
  const auto open = [&](const ScheduleVariance& found, ScheduleVariance& variance) {
    variance.set_slip_days(found.slip_days());
    variance.set_threshold_days(threshold);
    *variance.mutable_forecast_date() = found.forecast_date();
    if (found.task().empty()) *variance.mutable_planned_date() = forecast.baseline_finish_date();
    variance.set_planning_policy(policy.name());
    variance.set_position(forecast.basis().position());
    *variance.mutable_open_time() = time::ToTimestamp(tx.call.now);
    variance.clear_close_time();
  };
  for (const ScheduleVariance& variance : known) {
    const auto found = late.find(variance.name());
    if (found == late.end() && variance.state() == ScheduleVariance::STATE_OPEN) {
      RETURN_IF_ERROR(tables_.schedule_variances
                          .Change(tx, record::Target(variance.name()), "close",
                                  [&](ScheduleVariance& after) { *after.mutable_close_time() = time::ToTimestamp(tx.call.now); })
                          .status());
      if (variance.task().empty()) RETURN_IF_ERROR(plan_duties_.Done(tx, variance.name()));
    } else if (found != late.end() && variance.state() == ScheduleVariance::STATE_CLOSED) {
      RETURN_IF_ERROR(tables_.schedule_variances
                          .Change(tx, record::Target(variance.name()), "open", [&](ScheduleVariance& after) { open(found->second, after); })
                          .status());
      found->second.set_state(ScheduleVariance::STATE_OPEN);
    } else if (found != late.end()) {
      late.erase(found);  // It was told already.
    }
  }
  for (auto& [variance_name, variance] : late) {
    if (variance.state() != ScheduleVariance::STATE_OPEN) {
      const ScheduleVariance found = variance;
      open(found, variance);
      variance.set_state(ScheduleVariance::STATE_OPEN);
      RETURN_IF_ERROR(tables_.schedule_variances.Insert(tx, variance, "open"));
    }
    if (!variance.task().empty()) continue;
    ASSIGN_OR_RETURN(const Project project, tables_.projects.Find(tx.sql, name));
    ASSIGN_OR_RETURN(const v1::PlanPeriod period, tables_.periods.Find(tx.sql, project.plan_period()));
    ASSIGN_OR_RETURN(const auto calendar, tables_.calendars.Named(tx.sql, period.calendar()));
    const absl::CivilDay due = WorkdayAt(calendar->arithmetic, absl::ToCivilDay(tx.call.now, tables_.zone), policy.flag_days());
    RETURN_IF_ERROR(
        plan_duties_.Ask(tx, {v1::PlanDuty::KIND_SLIPPAGE, variance_name, project.owner(), due, period.calendar(), policy.name()})
            .status());
  }
  return absl::OkStatus();
}

absl::Status SlippageWatch::Judge(const rpc::Call& call, const std::string& project) {
  ASSIGN_OR_RETURN(const ProjectView view, LoadView(tables_, call, {project, std::nullopt, 0, ""}));
  if (view.project.state() != Project::STATE_APPROVED || !CheckView(view).empty()) return absl::OkStatus();
  const v1::ProjectForecast forecast = ForecastView(view);
  return tables_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const Project now, tables_.projects.Guard(tx, project));
    return now.state() == Project::STATE_APPROVED ? Keep(tx, project, forecast) : absl::OkStatus();
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
