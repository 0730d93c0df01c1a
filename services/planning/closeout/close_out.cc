#include "services/planning/closeout/close_out.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/record/json.h"
#include "common/status/macros.h"
#include "common/text/markdown.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/planning/closeout/forecast_class.h"
#include "services/planning/control/booked_actuals.h"
#include "services/planning/control/progress.h"
#include "services/planning/control/simulation.h"
#include "services/planning/plan/attainment.h"
#include "services/planning/plan/plan_period.h"
#include "services/planning/plan/task_tree.h"
#include "services/planning/scheme/scheme_analysis.h"

namespace heitie::planning {

using v1::CloseOut;
using v1::CloseOutFigure;
using v1::ForecastRecord;
using v1::Project;
using v1::Task;

namespace {

constexpr char kCloseOutJob[] = "close-out-project";
// How long it waits for who does not answer.
constexpr absl::Duration kPatience = absl::Hours(1);
constexpr int kMinutesPerHour = 60;
// Of the range of a duration, which is to be the same whoever computes it.
constexpr int64_t kRangeSeed = 1;
constexpr int kRangePlays = 10000;
// Of a day; what is later by less is rounding.
constexpr double kSameInstant = 1e-9;

const status::Phrase kBookingsUnread{"Bookings are still being read.", "仍在讀取入帳紀錄。"};
const status::Phrase kOtherCurrencies{"Not in it: {amounts}.", "未計入：{amounts}。"};
const status::Phrase kNoBenefitReported{"No report on an activity says what it brought.", "沒有活動報告說明效益。"};
const status::Phrase kNothingReported{"Nothing was reported.", "沒有進度回報。"};
const status::Phrase kNoHours{"No hours were reported.", "沒有回報工時。"};

std::string CloseOutOf(const std::string& project) { return project + "/closeOuts/1"; }

void Widen(absl::CivilDay begin, absl::CivilDay end, v1::DateSpan& span) {
  if (!span.has_start_date() || begin < time::ToDay(span.start_date())) *span.mutable_start_date() = time::ToDate(begin);
  if (!span.has_end_date() || end > time::ToDay(span.end_date())) *span.mutable_end_date() = time::ToDate(end);
}

int64_t WorkingDaysOf(const v1::DateSpan& span, const time::BusinessCalendar& calendar) {
  return calendar.WorkingDaysBetween(time::ToDay(span.start_date()), time::ToDay(span.end_date()) + 1);
}

int64_t MinutesOf(const v1::Baseline& baseline) {
  int64_t hours = 0;
  for (const Task& task : Leaves({baseline.tasks().begin(), baseline.tasks().end()})) hours += task.estimate_hours();
  return hours * kMinutesPerHour;
}

// Days and hours, by what was reported.
void AddWork(const v1::Baseline& first, const ProjectView& view, status::Language language, CloseOut& out) {
  const time::BusinessCalendar& calendar = *view.calendar;
  *out.mutable_first_dates() = DatesOf(first);
  *out.mutable_last_dates() = DatesOf(*view.baseline);
  for (const Task& task : Leaves(view.tasks)) {
    const Progress progress = view.ProgressOf(task);
    if (progress.start && progress.finish) Widen(*progress.start, *progress.finish, *out.mutable_actual_dates());
  }
  CloseOutFigure& duration = *out.add_figures();
  duration.set_kind(CloseOutFigure::KIND_DURATION);
  duration.set_first_planned(WorkingDaysOf(out.first_dates(), calendar));
  duration.set_last_planned(WorkingDaysOf(out.last_dates(), calendar));
  if (out.has_actual_dates()) {
    duration.set_actual(WorkingDaysOf(out.actual_dates(), calendar));
  } else {
    duration.set_gap(status::Sentence(kNothingReported, {}, language));
  }
  double hours = 0;
  for (const auto& [task, reports] : view.reports) hours += ProgressAt(reports, view.day).hours;
  CloseOutFigure& effort = *out.add_figures();
  effort.set_kind(CloseOutFigure::KIND_EFFORT);
  effort.set_first_planned(MinutesOf(first));
  effort.set_last_planned(MinutesOf(*view.baseline));
  if (hours > 0) {
    effort.set_actual(std::llround(hours * kMinutesPerHour));
  } else {
    effort.set_gap(status::Sentence(kNoHours, {}, language));
  }
}

const CloseOutFigure* FigureOf(const CloseOut& close_out, CloseOutFigure::Kind kind) {
  for (const CloseOutFigure& figure : close_out.figures()) {
    if (figure.kind() == kind) return &figure;
  }
  return nullptr;
}

}  // namespace

v1::DateSpan DatesOf(const v1::Baseline& baseline) {
  v1::DateSpan span;
  for (const Task& task : Leaves({baseline.tasks().begin(), baseline.tasks().end()})) {
    if (task.has_start_date() && task.has_end_date()) Widen(time::ToDay(task.start_date()), time::ToDay(task.end_date()), span);
  }
  if (!span.has_start_date()) {
    *span.mutable_start_date() = baseline.project().start_date();
    *span.mutable_end_date() = baseline.project().end_date();
  }
  return span;
}

std::optional<std::pair<double, double>> DurationRangeOf(const v1::Baseline& baseline, const time::BusinessCalendar& calendar) {
  ProjectView view;
  view.project = baseline.project();
  view.tasks.assign(baseline.tasks().begin(), baseline.tasks().end());
  view.calendar = calendar;
  // As it was before anything was begun.
  view.day = time::ToDay(view.project.start_date()) - 1;
  for (Task& task : view.tasks) {
    task.set_state(Task::STATE_OPEN);
    task.clear_progress_percent();
    task.clear_actual_start_date();
    task.clear_actual_finish_date();
    task.clear_remaining_days();
  }
  if (!CheckView(view).empty()) return std::nullopt;
  const StatusPlan plan = StatusPlanOf(view);
  std::vector<DrawnTask> drawn;
  int64_t begin = std::numeric_limits<int64_t>::max();
  bool ranged = false;
  for (size_t i = 0; i < plan.tasks.size(); ++i) {
    DrawnTask& one = drawn.emplace_back();
    one.status = plan.network[i];
    begin = std::min(begin, one.status.planned_begin);
    if (!plan.tasks[i].has_duration_estimate()) continue;
    const v1::DurationEstimate& days = plan.tasks[i].duration_estimate();
    one.points = ThreePoint{days.optimistic_days(), days.likely_days(), days.pessimistic_days()};
    ranged = true;
  }
  if (!ranged) return std::nullopt;
  const Simulation simulation = Simulate(drawn, plan.next, Spread::kPert, kRangeSeed, kRangePlays, /*threads=*/1);
  const auto days = [&](double p) { return std::ceil(simulation.Quantile(p) - kSameInstant) - static_cast<double>(begin); };
  return std::make_pair(days(0.1), days(0.9));
}

std::vector<ForecastRecord> RecordsOf(const CloseOut& close_out, const v1::Baseline& first, const time::BusinessCalendar& calendar,
                                      absl::Time now) {
  const std::string project = record::ParentOf(close_out.name());
  std::vector<ForecastRecord> records;
  const auto add = [&](ForecastRecord::Kind kind, const std::string& currency) -> ForecastRecord& {
    ForecastRecord& record = records.emplace_back();
    record.set_name(RecordNameOf(close_out.name(), static_cast<int>(records.size()) - 1));
    record.set_kind(kind);
    record.set_project(project);
    record.set_subject(project);
    record.set_source(close_out.name());
    *record.mutable_source_time() = time::ToTimestamp(now);
    record.set_currency_code(currency);
    record.set_state(ForecastRecord::STATE_IN_FORCE);
    return record;
  };
  const AmountRanges ranges = RangesOf(first.scheme());
  for (const auto& [from, kind, range] :
       {std::make_tuple(CloseOutFigure::KIND_COST, ForecastRecord::KIND_COST, ranges.cost),
        std::make_tuple(CloseOutFigure::KIND_BENEFIT, ForecastRecord::KIND_BENEFIT, ranges.benefit),
        std::make_tuple(CloseOutFigure::KIND_DURATION, ForecastRecord::KIND_DURATION, DurationRangeOf(first, calendar))}) {
    const CloseOutFigure* figure = FigureOf(close_out, from);
    if (figure == nullptr) continue;
    ForecastRecord& record = add(kind, kind == ForecastRecord::KIND_DURATION ? "" : first.project().currency_code());
    if (figure->has_first_planned()) record.set_forecast(static_cast<double>(figure->first_planned()));
    if (figure->has_actual()) record.set_actual(static_cast<double>(figure->actual()));
    if (range) {
      record.set_low(range->first);
      record.set_high(range->second);
    }
    SetRatio(record);
  }
  for (const v1::CloseOutObjective& objective : close_out.objectives()) {
    ForecastRecord& record = add(ForecastRecord::KIND_TARGET, "");
    record.set_measure(objective.metric());
    if (objective.has_first_target()) record.set_forecast(objective.first_target());
    if (objective.has_actual()) record.set_actual(objective.actual());
    SetRatio(record);
  }
  return records;
}

CloseOuts::CloseOuts(const service::Context& context, Tables& tables, const ForecastRecords& forecast_records)
    : context_(context), tables_(tables), forecast_records_(forecast_records) {
  context_.jobs.Handle(kCloseOutJob, [this](const rpc::Call& call, const job::Job& job) { return job::Outcome::Failed(Write(call, job)); });
}

absl::Status CloseOuts::FollowProject(record::Transaction& tx, const Project* before, const Project* after, const Tables& tables) {
  if (after == nullptr || after->state() != Project::STATE_COMPLETED) return absl::OkStatus();
  if (before != nullptr && before->state() == Project::STATE_COMPLETED) return absl::OkStatus();
  CloseOut begun;
  begun.set_name(CloseOutOf(after->name()));
  *begun.mutable_complete_date() = time::ToDate(absl::ToCivilDay(tx.call.now, tables.zone));
  begun.set_language_code(status::LanguageTag(tx.call.language));
  *begun.mutable_create_time() = time::ToTimestamp(tx.call.now);
  return job::Schedule(tx, {.name = begun.name(), .kind = kCloseOutJob, .payload = record::ToJson(begun), .run_time = tx.call.now});
}

absl::Status CloseOuts::AddMoney(const rpc::Call& call, const v1::Baseline& first, const ProjectView& view, bool patient,
                                 CloseOut& out) const {
  ASSIGN_OR_RETURN(const Spending spending, LoadSpending(tables_, call, view, 0));
  if (!spending.complete && patient) return absl::UnavailableError("bookings are still being read");
  out.set_ledger_position(spending.position);
  CloseOutFigure& cost = *out.add_figures();
  cost.set_kind(CloseOutFigure::KIND_COST);
  cost.set_first_planned(first.scheme().feasibility().total_cost_minor());
  cost.set_last_planned(view.baseline->scheme().feasibility().total_cost_minor());
  if (spending.complete) {
    cost.set_actual(spending.in_currency);
    std::vector<std::string> others;
    for (const auto& [currency, amount] : spending.in_others) others.push_back(absl::StrCat(currency, " ", amount));
    if (!others.empty()) cost.set_gap(status::Sentence(kOtherCurrencies, {{"amounts", absl::StrJoin(others, ", ")}}, call.language));
  } else {
    cost.set_gap(status::Sentence(kBookingsUnread, {}, call.language));
  }
  CloseOutFigure& benefit = *out.add_figures();
  benefit.set_kind(CloseOutFigure::KIND_BENEFIT);
  benefit.set_first_planned(first.scheme().feasibility().total_benefit_minor());
  benefit.set_last_planned(view.baseline->scheme().feasibility().total_benefit_minor());
  ASSIGN_OR_RETURN(const std::vector<ForecastRecord> told, tables_.store.Read(call, [&](sql::Session& session) {
    return tables_.forecast_records.Select(
        session,
        "WHERE project = ? AND kind = 'KIND_BENEFIT' AND state = 'STATE_IN_FORCE' AND actual IS NOT NULL "
        "ORDER BY source",
        sql::Bind(view.project.name()));
  }));
  for (const ForecastRecord& record : told) {
    if (record.currency_code() != view.project.currency_code()) continue;
    benefit.set_actual(benefit.actual() + std::llround(record.actual()));
    benefit.add_sources(record.source());
  }
  if (!benefit.has_actual()) benefit.set_gap(status::Sentence(kNoBenefitReported, {}, call.language));
  return absl::OkStatus();
}

absl::Status CloseOuts::AddObjectives(const rpc::Call& call, const v1::Baseline& first, const ProjectView& view, bool patient,
                                      CloseOut& out) const {
  std::map<std::pair<std::string, std::string>, double> first_targets;
  for (const v1::Objective& objective : first.project().objectives()) {
    if (objective.has_target()) first_targets[{objective.metric(), objective.unit()}] = objective.target();
  }
  for (int i = 0; i < view.project.objectives_size(); ++i) {
    const v1::Objective& objective = view.project.objectives(i);
    v1::CloseOutObjective& told = *out.add_objectives();
    told.set_metric(objective.metric());
    told.set_unit(objective.unit());
    if (objective.has_baseline()) told.set_baseline(objective.baseline());
    if (objective.has_target()) told.set_last_target(objective.target());
    const auto planned = first_targets.find({objective.metric(), objective.unit()});
    if (planned != first_targets.end()) told.set_first_target(planned->second);
    v1::PeriodTarget target;
    target.set_metric(objective.metric());
    target.set_unit(objective.unit());
    target.set_baseline(objective.baseline());
    target.set_target(objective.target());
    // An objective is a level, unless the period has a target of its metric that is a sum.
    target.set_aggregation(v1::PeriodTarget::AGGREGATION_LEVEL);
    for (const v1::PeriodTarget& above : view.period.targets()) {
      if (above.metric() == objective.metric()) target.set_aggregation(above.aggregation());
    }
    const auto recorded = std::find_if(view.project.objective_results().begin(), view.project.objective_results().end(),
                                       [&](const v1::ObjectiveResult& result) { return result.objective() == i; });
    if (recorded != view.project.objective_results().end()) {
      // What somebody recorded says where it comes from.
      told.set_actual(recorded->actual());
      told.set_source(recorded->source());
      if (const auto attained = AttainedShare(target, recorded->actual())) told.set_attained(*attained);
      continue;
    }
    v1::TargetAttainment attainment;
    const absl::Status asked = AskMetrics(context_, call, time::ToDay(view.project.start_date()),
                                          std::max(view.day, time::ToDay(view.project.start_date())), target, attainment);
    if (!asked.ok() && patient) return asked;
    if (attainment.has_actual()) told.set_actual(attainment.actual());
    if (attainment.has_attained()) told.set_attained(attainment.attained());
    told.set_source(attainment.metric_definition());
    told.set_source_version(attainment.source_version());
    told.set_gap(attainment.gap());
  }
  return absl::OkStatus();
}

absl::StatusOr<CloseOut> CloseOuts::Compose(const rpc::Call& call, const CloseOut& begun, const v1::Baseline& first,
                                            const ProjectView& view, bool patient) const {
  CloseOut out = begun;
  out.set_first_baseline(first.name());
  out.set_last_baseline(view.baseline->name());
  *out.mutable_basis() = view.basis;
  RETURN_IF_ERROR(AddMoney(call, first, view, patient, out));
  AddWork(first, view, call.language, out);
  RETURN_IF_ERROR(AddObjectives(call, first, view, patient, out));
  out.set_markdown(WriteCloseOut(out, view.project));
  out.set_digest(text::Sha256Hex(out.markdown()));
  return out;
}

absl::Status CloseOuts::Write(const rpc::Call& job_call, const job::Job& job) const {
  CloseOut begun;
  if (!record::FromJson(job.payload, &begun)) return absl::DataLossError("the payload of a close-out");
  const std::string project = record::ParentOf(begun.name());
  rpc::Call call = job_call;
  call.language = status::ParseLanguage(begun.language_code());
  ASSIGN_OR_RETURN(const ProjectView view, LoadView(tables_, call, {project, begun.complete_date(), 0, ""}));
  if (!view.baseline) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<v1::Baseline> baselines,
                   tables_.store.Read(call, [&](sql::Session& session) { return tables_.baselines.Children(session, project); }));
  const auto first = std::min_element(baselines.begin(), baselines.end(),
                                      [](const v1::Baseline& a, const v1::Baseline& b) { return a.version() < b.version(); });
  ASSIGN_OR_RETURN(CloseOut out, Compose(call, begun, *first, view, call.now < time::ToTime(begun.create_time()) + kPatience));
  return tables_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
    const absl::Status written = tables_.close_outs.Insert(tx, out);
    if (absl::IsAlreadyExists(written)) return absl::OkStatus();  // By somebody who was thought dead.
    RETURN_IF_ERROR(written);
    return forecast_records_.Keep(tx, RecordsOf(out, *first, *view.calendar, tx.call.now));
  });
}

}  // namespace heitie::planning
