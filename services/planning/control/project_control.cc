#include "services/planning/control/project_control.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/statistics/counter_random.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "services/planning/control/booked_actuals.h"
#include "services/planning/control/difference.h"
#include "services/planning/control/earned_value.h"
#include "services/planning/control/simulation.h"
#include "services/planning/plan/calendar.h"
#include "services/planning/plan/project.h"
#include "services/planning/plan/schedule.h"
#include "services/planning/plan/task_tree.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::Task;

const status::Reason kSimulationTooLarge{StatusCode::kInvalidArgument, "TOO_MANY_PLAYS", "Of so much at most {limit} iterations.",
                                         "以此規模，最多 {limit} 次。"};
const status::Reason kNoBaseline{StatusCode::kFailedPrecondition, "NO_BASELINE", "{name} has no baseline in force: name one.",
                                 "{name} 沒有生效的基準，請指定。"};
const status::Reason kNotComparable{StatusCode::kInvalidArgument, "PLANS_NOT_COMPARABLE",
                                    "Two baselines of the project, a baseline and the project as it is, or two schemes of it.",
                                    "須為本專案的兩份基準、一份基準與現況，或兩份方案。"};

namespace {

constexpr int32_t kDefaultIterations = 10000;
constexpr int64_t kMostDraws = 10'000'000;
constexpr int kMostThreads = 4;

// The last day of something that ends before a working day; at the very beginning the first one.
google::type::Date LastDayBefore(const StatusPlan& plan, const time::BusinessCalendar& calendar, int64_t end) {
  return time::ToDate(WorkdayAt(calendar, plan.origin, std::max<int64_t>(end - 1, 0)));
}

std::map<std::string, const Task*> BaselineTasks(const ProjectView& view) {
  std::map<std::string, const Task*> tasks;
  if (view.baseline) {
    for (const Task& task : view.baseline->tasks()) tasks[task.name()] = &task;
  } else {
    for (const Task& task : view.tasks) tasks[task.name()] = &task;
  }
  return tasks;
}

// Of the baseline, or the plan without one.
std::optional<absl::CivilDay> PlannedFinish(const ProjectView& view) {
  std::optional<absl::CivilDay> finish;
  for (const auto& [name, task] : BaselineTasks(view)) {
    if (task->has_end_date()) finish = std::max(finish.value_or(time::ToDay(task->end_date())), time::ToDay(task->end_date()));
  }
  return finish;
}

// Working days from a planned day to an expected one.
int32_t SlipOf(const time::BusinessCalendar& calendar, absl::CivilDay planned, absl::CivilDay expected) {
  return static_cast<int32_t>(calendar.WorkingDaysBetween(planned + 1, expected + 1));
}

}  // namespace

v1::ProjectForecast ForecastView(const ProjectView& view) {
  const time::BusinessCalendar& calendar = *view.calendar;
  const StatusPlan plan = StatusPlanOf(view);
  const StatusForecast forecast = ForecastStatus(plan.network, plan.next);
  const auto baseline = BaselineTasks(view);
  v1::ProjectForecast result;
  *result.mutable_basis() = view.basis;
  std::vector<int> order;
  for (size_t i = 0; i < plan.tasks.size(); ++i) order.push_back(static_cast<int>(i));
  std::sort(order.begin(), order.end(), [&](int a, int b) {
    return std::make_pair(forecast.tasks[a].begin, plan.tasks[a].name()) < std::make_pair(forecast.tasks[b].begin, plan.tasks[b].name());
  });
  for (const int i : order) {
    const StatusForecast::Task& times = forecast.tasks[i];
    const bool done = plan.network[i].stage == StatusTask::kDone;
    v1::TaskForecast& task = *result.add_tasks();
    task.set_task(plan.tasks[i].name());
    *task.mutable_start_date() =
        time::ToDate(plan.progress[i].start ? *plan.progress[i].start : WorkdayAt(calendar, plan.origin, times.begin));
    *task.mutable_finish_date() = plan.progress[i].finish ? time::ToDate(*plan.progress[i].finish)
                                                          : LastDayBefore(plan, calendar, std::max(times.end, times.begin + 1));
    task.set_percent(plan.progress[i].percent);
    task.set_milestone(plan.tasks[i].milestone());
    if (!done) {
      task.set_remaining_days(plan.tasks[i].milestone() ? 0 : static_cast<int32_t>(std::ceil(plan.network[i].duration)));
      task.set_float_days(static_cast<int32_t>(times.slack));
      task.set_critical(times.slack <= 0);
      if (task.critical()) result.add_critical_tasks(task.task());
    }
    const auto planned = baseline.find(task.task());
    if (planned != baseline.end() && planned->second->has_end_date()) {
      task.set_slip_days(SlipOf(calendar, time::ToDay(planned->second->end_date()), time::ToDay(task.finish_date())));
    }
  }
  std::optional<absl::CivilDay> finish;
  for (const v1::TaskForecast& task : result.tasks()) {
    finish = std::max(finish.value_or(time::ToDay(task.finish_date())), time::ToDay(task.finish_date()));
  }
  if (finish) *result.mutable_finish_date() = time::ToDate(*finish);
  const std::optional<absl::CivilDay> planned = PlannedFinish(view);
  if (planned) *result.mutable_baseline_finish_date() = time::ToDate(*planned);
  if (finish && planned) result.set_slip_days(SlipOf(calendar, *planned, *finish));
  for (const auto& [task, predecessor] : OutOfSequence(plan.network, plan.next)) {
    v1::OutOfSequence& early = *result.add_out_of_sequence();
    early.set_task(plan.tasks[task].name());
    early.set_predecessor(plan.tasks[predecessor].name());
  }
  return result;
}

absl::StatusOr<v1::ProjectForecast> ProjectControl::Forecast(const rpc::Call& call, const v1::ForecastProjectRequest& request) {
  ASSIGN_OR_RETURN(const ProjectView view, LoadView(tables_, call, ViewOf(request.name(), request)));
  RETURN_IF_ERROR(Refusal(CheckView(view), kNotSchedulable, request.name()));
  return ForecastView(view);
}

absl::StatusOr<v1::ProjectSimulation> ProjectControl::Simulate(const rpc::Call& call, const v1::SimulateProjectRequest& request) {
  ASSIGN_OR_RETURN(const ProjectView view, LoadView(tables_, call, ViewOf(request.name(), request)));
  RETURN_IF_ERROR(Refusal(CheckView(view), kNotSchedulable, request.name()));
  const StatusPlan plan = StatusPlanOf(view);
  const int32_t iterations = request.iterations() == 0 ? kDefaultIterations : request.iterations();
  if (iterations * static_cast<int64_t>(plan.tasks.size()) > kMostDraws) {
    status::BadFields bad;
    bad.Add("iterations", kSimulationTooLarge, {{"limit", kMostDraws / static_cast<int64_t>(plan.tasks.size())}});
    return bad.status();
  }
  const time::BusinessCalendar& calendar = *view.calendar;
  const auto baseline = BaselineTasks(view);
  const auto day_of = [&](absl::CivilDay day) { return calendar.WorkingDaysBetween(plan.origin, day); };
  std::vector<DrawnTask> drawn;
  std::vector<absl::CivilDay> planned_days;
  for (size_t i = 0; i < plan.tasks.size(); ++i) {
    const Task& task = plan.tasks[i];
    DrawnTask one;
    one.status = plan.network[i];
    if (task.has_duration_estimate() && !plan.progress[i].remaining_days) {
      const v1::DurationEstimate& days = task.duration_estimate();
      one.points = ThreePoint{days.optimistic_days(), days.likely_days(), days.pessimistic_days()};
      one.share = (100 - plan.progress[i].percent) / 100.0;
    }
    const auto planned = baseline.find(task.name());
    planned_days.push_back(
        time::ToDay(planned != baseline.end() && planned->second->has_end_date() ? planned->second->end_date() : task.end_date()));
    one.planned_day = day_of(planned_days.back());
    drawn.push_back(std::move(one));
  }
  const auto distribution = request.distribution() == v1::SimulateProjectRequest::DISTRIBUTION_TRIANGULAR
                                ? v1::SimulateProjectRequest::DISTRIBUTION_TRIANGULAR
                                : v1::SimulateProjectRequest::DISTRIBUTION_PERT;
  v1::ProjectSimulation result;
  *result.mutable_basis() = view.basis;
  result.set_seed(request.seed());
  result.set_iterations(iterations);
  result.set_generator(statistics::kCounterGenerator);
  result.set_distribution(distribution);
  if (drawn.empty()) return result;
  const int threads = std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMostThreads);
  const Spread spread = distribution == v1::SimulateProjectRequest::DISTRIBUTION_PERT ? Spread::kPert : Spread::kTriangular;
  const Simulation simulation = planning::Simulate(drawn, plan.next, spread, request.seed(), iterations, threads);
  result.set_mean_days(simulation.mean);
  for (const int percent : {10, 50, 80, 90}) {
    v1::FinishQuantile& quantile = *result.add_finish_quantiles();
    quantile.set_percent(percent);
    quantile.set_days(simulation.Quantile(percent / 100.0));
    *quantile.mutable_finish_date() = LastDayBefore(plan, calendar, std::llround(std::ceil(quantile.days() - 1e-9)));
  }
  const std::optional<absl::CivilDay> planned = PlannedFinish(view);
  if (planned) result.set_on_time_probability(simulation.ProbabilityBy(static_cast<double>(day_of(*planned + 1))));
  for (size_t i = 0; i < plan.tasks.size(); ++i) {
    if (plan.network[i].stage == StatusTask::kDone) continue;
    if (plan.tasks[i].milestone()) {
      v1::MilestoneChance& chance = *result.add_milestones();
      chance.set_task(plan.tasks[i].name());
      *chance.mutable_planned_date() = time::ToDate(planned_days[i]);
      chance.set_probability(simulation.tasks[i].on_time);
    }
    v1::TaskSensitivity& task = *result.add_tasks();
    task.set_task(plan.tasks[i].name());
    task.set_mean_days(simulation.tasks[i].mean);
    task.set_criticality(simulation.tasks[i].criticality);
    if (simulation.tasks[i].rank_correlation) task.set_rank_correlation(*simulation.tasks[i].rank_correlation);
  }
  return result;
}

absl::StatusOr<v1::EarnedValue> ProjectControl::EarnedValue(const rpc::Call& call, const v1::ComputeEarnedValueRequest& request) {
  ASSIGN_OR_RETURN(const ProjectView view, LoadView(tables_, call, ViewOf(request.name(), request)));
  if (!view.baseline) return status::Error(kNoBaseline, {{"name", request.name()}});
  const time::BusinessCalendar& calendar = *view.calendar;
  const v1::Project& planned = view.baseline->project();
  std::vector<Task> tasks = Leaves({view.baseline->tasks().begin(), view.baseline->tasks().end()});
  const bool money = std::any_of(tasks.begin(), tasks.end(), [](const Task& task) { return task.planned_cost_minor() > 0; });
  std::vector<PlannedTask> costs;
  double hours = 0;
  for (const Task& task : tasks) {
    const Progress progress = view.ProgressOf(task);
    const Span span = SpanOf(task, planned, calendar);
    costs.push_back({money ? task.planned_cost_minor() : int64_t{task.estimate_hours()} * 100, span.begin, span.end,
                     EarnedPercent(task.measurement_rule(), progress)});
  }
  for (const auto& [name, reports] : view.reports) hours += ProgressAt(reports, view.day).hours;
  std::optional<int64_t> spent;
  Spending spending;
  ASSIGN_OR_RETURN(spending, LoadSpending(tables_, call, view, request.ledger_position()));
  if (!money) {
    spent = std::llround(hours * 100);
  } else if (spending.complete) {
    spent = spending.in_currency;
  }
  const int64_t at = calendar.WorkingDaysBetween(time::ToDay(planned.start_date()), view.day + 1);
  v1::EarnedValue result = EarnedValueOf(costs, at, spent);
  *result.mutable_basis() = view.basis;
  result.set_unit(money ? v1::EarnedValue::UNIT_MONEY : v1::EarnedValue::UNIT_HOURS);
  result.set_currency_code(view.project.currency_code());
  for (size_t i = 0; i < tasks.size(); ++i) {
    const v1::EarnedValue alone = EarnedValueOf({costs[i]}, at, std::nullopt);
    v1::TaskEarnedValue& task = *result.add_tasks();
    task.set_task(tasks[i].name());
    task.set_bac(alone.bac());
    task.set_pv(alone.pv());
    task.set_ev(alone.ev());
    task.set_earned_percent(costs[i].earned_percent);
  }
  result.set_ledger_position(spending.position);
  for (const auto& [currency, amount] : spending.in_others) {
    v1::OtherSpending& other = *result.add_other_spending();
    other.set_currency_code(currency);
    other.set_amount_minor(amount);
  }
  DescribeGaps(result, call.language);
  return result;
}

absl::StatusOr<v1::Gantt> ProjectControl::GetGantt(const rpc::Call& call, const v1::GetGanttRequest& request) {
  ASSIGN_OR_RETURN(const ProjectView view, LoadView(tables_, call, ViewOf(request.project(), request)));
  v1::Gantt gantt;
  *gantt.mutable_basis() = view.basis;
  *gantt.mutable_start_date() = view.project.start_date();
  *gantt.mutable_end_date() = view.project.end_date();
  std::map<std::string, v1::TaskForecast> expected;
  std::map<std::string, v1::ScheduledTask> scheduled;
  const std::vector<Task> leaves = Leaves(view.tasks);
  if (CheckView(view).empty() && !leaves.empty()) {
    const v1::ProjectForecast forecast = ForecastView(view);
    *gantt.mutable_forecast_finish_date() = forecast.finish_date();
    for (const v1::TaskForecast& task : forecast.tasks()) expected[task.task()] = task;
    const v1::Schedule schedule = MakeSchedule(leaves, view.project, *view.calendar);
    for (const v1::ScheduledTask& task : schedule.tasks()) scheduled[task.task()] = task;
  }
  std::map<std::string, const Task*> baseline;
  if (view.baseline) baseline = BaselineTasks(view);
  std::map<std::string, int> rows;
  for (const TreeRow& place : InTreeOrder(view.tasks)) {
    const Task& task = view.tasks[place.task];
    rows[task.name()] = gantt.rows_size();
    v1::GanttRow& row = *gantt.add_rows();
    row.set_task(task.name());
    row.set_title(task.title());
    row.set_parent_task(task.parent_task());
    row.set_level(place.level);
    row.set_owner(task.owner());
    row.set_state(task.state());
    row.set_milestone(task.milestone());
    if (task.has_start_date()) *row.mutable_planned()->mutable_start_date() = task.start_date();
    if (task.has_end_date()) *row.mutable_planned()->mutable_end_date() = task.end_date();
    const auto before = baseline.find(task.name());
    if (before != baseline.end()) {
      if (before->second->has_start_date()) *row.mutable_baseline()->mutable_start_date() = before->second->start_date();
      if (before->second->has_end_date()) *row.mutable_baseline()->mutable_end_date() = before->second->end_date();
    }
    *row.mutable_dependencies() = task.dependencies();
    if (HasParts(task)) {
      if (task.has_actual_start_date()) *row.mutable_actual()->mutable_start_date() = task.actual_start_date();
      if (task.has_actual_finish_date()) *row.mutable_actual()->mutable_end_date() = task.actual_finish_date();
      row.set_percent(task.progress_percent());
      continue;
    }
    const Progress progress = view.ProgressOf(task);
    row.set_percent(progress.percent);
    if (progress.start) *row.mutable_actual()->mutable_start_date() = time::ToDate(*progress.start);
    if (progress.finish) *row.mutable_actual()->mutable_end_date() = time::ToDate(*progress.finish);
    const auto forecast = expected.find(task.name());
    if (forecast != expected.end()) {
      *row.mutable_forecast()->mutable_start_date() = forecast->second.start_date();
      *row.mutable_forecast()->mutable_end_date() = forecast->second.finish_date();
      row.set_forecast_critical(forecast->second.critical());
    }
    const auto times = scheduled.find(task.name());
    if (times != scheduled.end()) {
      row.set_total_float_days(times->second.total_float_days());
      row.set_free_float_days(times->second.free_float_days());
      row.set_critical(times->second.critical());
    }
  }
  // From the last row up, so that what a part is comes to everything above it.
  for (int i = gantt.rows_size() - 1; i >= 0; --i) {
    const v1::GanttRow& part = gantt.rows(i);
    const auto above = rows.find(part.parent_task());
    if (above == rows.end()) continue;
    v1::GanttRow& whole = *gantt.mutable_rows(above->second);
    whole.set_critical(whole.critical() || part.critical());
    whole.set_forecast_critical(whole.forecast_critical() || part.forecast_critical());
    if (!part.has_forecast()) continue;
    const bool first = !whole.has_forecast();
    v1::DateSpan& span = *whole.mutable_forecast();
    if (first || time::ToDay(part.forecast().start_date()) < time::ToDay(span.start_date())) {
      *span.mutable_start_date() = part.forecast().start_date();
    }
    if (first || time::ToDay(part.forecast().end_date()) > time::ToDay(span.end_date())) {
      *span.mutable_end_date() = part.forecast().end_date();
    }
  }
  return gantt;
}

absl::StatusOr<v1::PlanDifference> ProjectControl::Compare(const rpc::Call& call, const v1::ComparePlansRequest& request) {
  const auto is_scheme = [](const std::string& name) { return record::MatchesPattern(name, "projects/{project}/schemes/{scheme}"); };
  const auto is_baseline = [](const std::string& name) { return record::MatchesPattern(name, "projects/{project}/baselines/{baseline}"); };
  status::BadFields bad;
  for (const auto& [field, name] : {std::make_pair("from", &request.from()), std::make_pair("to", &request.to())}) {
    const bool own = name->empty() || (record::ParentOf(*name) == request.name() && (is_scheme(*name) || is_baseline(*name)));
    if (!own) bad.Add(field, kNotComparable);
  }
  if (bad.empty() && is_scheme(request.from()) != is_scheme(request.to())) bad.Add("to", kNotComparable);
  RETURN_IF_ERROR(bad.status());
  return tables_.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::PlanDifference> {
    ASSIGN_OR_RETURN(const v1::Project project, tables_.projects.Find(session, request.name()));
    ASSIGN_OR_RETURN(const v1::PlanPeriod period, tables_.periods.Find(session, project.plan_period()));
    ASSIGN_OR_RETURN(const auto calendar, tables_.calendars.Named(session, period.calendar()));
    const auto load = [&](const std::string& name) -> absl::StatusOr<PlanVersion> {
      PlanVersion version;
      if (is_scheme(name)) {
        ASSIGN_OR_RETURN(version.scheme, tables_.schemes.Find(session, name));
      } else if (is_baseline(name)) {
        ASSIGN_OR_RETURN(const v1::Baseline baseline, tables_.baselines.Find(session, name));
        version = {baseline.project(), {baseline.tasks().begin(), baseline.tasks().end()}, baseline.scheme()};
      } else {
        version.project = project;
        ASSIGN_OR_RETURN(version.tasks, tables_.tasks.Children(session, project.name()));
        std::erase_if(version.tasks, [](const Task& task) { return task.state() == Task::STATE_CANCELLED; });
        ASSIGN_OR_RETURN(const std::vector<v1::Scheme> schemes, tables_.schemes.Children(session, project.name()));
        if (const v1::Scheme* chosen = ChosenScheme(schemes)) version.scheme = *chosen;
      }
      return Comparable(std::move(version));
    };
    ASSIGN_OR_RETURN(const PlanVersion from, load(request.from()));
    ASSIGN_OR_RETURN(const PlanVersion to, load(request.to()));
    v1::PlanDifference difference = DifferenceOf(from, to, &calendar->arithmetic);
    difference.set_from(request.from());
    difference.set_to(request.to());
    return difference;
  });
}

void ProjectControl::Bind(record::Methods& methods) {
  methods.Bind("GetGantt", this, &ProjectControl::GetGantt);
  methods.Bind("ForecastProject", this, &ProjectControl::Forecast);
  methods.Bind("SimulateProject", this, &ProjectControl::Simulate);
  methods.Bind("ComputeEarnedValue", this, &ProjectControl::EarnedValue);
  methods.Bind("ComparePlans", this, &ProjectControl::Compare);
}

}  // namespace heitie::planning
