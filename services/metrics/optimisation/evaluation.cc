#include "services/metrics/optimisation/evaluation.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/metrics/optimisation/experiment.h"
#include "services/metrics/optimisation/statistics_calls.h"
#include "services/metrics/optimisation/verdict.h"

namespace heitie::metrics {
namespace {

using v1::MetricDefinition;

// Rows of a range of users that are worked through together.
constexpr int64_t kRowsOfSlice = 1000000;

int64_t Micros(absl::Duration duration) { return duration / absl::Microseconds(1); }

absl::Time StartOf(absl::CivilDay day, absl::TimeZone zone) { return absl::FromCivil(day, zone); }

Experiment ExperimentOf(const v1::AnalysisPlan& plan, absl::Time closed, absl::TimeZone zone) {
  const v1::RandomisedPlan& randomised = plan.randomised();
  Experiment out;
  out.variant_key = randomised.variant_key();
  out.variants = VariantsOf(randomised);
  out.activity = plan.activity();
  out.first = absl::ToUnixMicros(StartOf(time::ToDay(randomised.start_date()), zone));
  out.end = absl::ToUnixMicros(StartOf(time::ToDay(randomised.end_date()) + 1, zone));
  out.closed = absl::ToUnixMicros(closed);
  out.window = Micros(absl::Hours(randomised.window_hours()));
  out.covariate = Micros(absl::Hours(24 * randomised.covariate_days()));
  return out;
}

// Where events of one name go: a metric's numerator or its denominator.
struct Use {
  size_t metric;
  bool denominator;
};

std::map<std::string, std::vector<Use>> UsesOf(const Aim& aim) {
  std::map<std::string, std::vector<Use>> uses;
  const std::vector<v1::ComparedMetric> compared = ComparedIn(aim);
  for (size_t i = 0; i < compared.size(); ++i) {
    uses[MetricIn(aim, compared[i].metric()).event_name()].push_back({i, false});
    if (compared[i].denominator_metric().empty()) continue;
    uses[MetricIn(aim, compared[i].denominator_metric()).event_name()].push_back({i, true});
  }
  return uses;
}

absl::StatusOr<v1::Verdict> EvaluateExperiment(Snapshot& snapshot, const Aim& aim, const v1::EvaluationPolicy& numbers, absl::Time closed,
                                               absl::TimeZone zone) {
  const Experiment experiment = ExperimentOf(aim.plan, closed, zone);
  const auto day_of = [&](int64_t micros) { return absl::ToCivilDay(absl::FromUnixMicros(micros), zone); };
  const Days exposures = {day_of(experiment.first), day_of(experiment.end - 1)};
  const Days events = {day_of(experiment.first - experiment.covariate), day_of(experiment.end - 1 + experiment.window)};
  const Series exposed = {kEventKind, aim.plan.randomised().exposure_event()};
  const std::vector<UserMetric> metrics = UserMetricsOf(aim);
  const std::map<std::string, std::vector<Use>> uses = UsesOf(aim);

  std::vector<Series> read = {exposed};
  for (const auto& [name, unused] : uses) read.push_back({kEventKind, name});
  ASSIGN_OR_RETURN(const std::vector<Users> ranges, snapshot.Slices(read, events, kRowsOfSlice));
  ExperimentArms arms(metrics.size(), experiment.variants.size());
  for (const Users& range : ranges) {
    ExperimentUsersSlice slice(experiment, metrics);
    RETURN_IF_ERROR(snapshot.Scan(exposed, exposures, range, Snapshot::kColumns, [&](const Rows& rows) {
      slice.TakeExposures(rows);
      return absl::OkStatus();
    }));
    for (const auto& [name, of] : uses) {
      RETURN_IF_ERROR(
          snapshot.Scan({kEventKind, name}, events, range, Snapshot::kColumns | Snapshot::kAmounts, [&, &of = of](const Rows& rows) {
            for (const Use& use : of) slice.TakeEvents(use.metric, use.denominator, rows);
            return absl::OkStatus();
          }));
    }
    slice.AddTo(arms);
  }
  return JudgeExperiment(aim, arms, numbers);
}

// ---- Daily figures

Series SeriesOf(const v1::FrozenMetric& metric) {
  if (!metric.event_name().empty()) return {kEventKind, metric.event_name()};
  return {kMeasurementKind, metric.measurement_name()};
}

// Nothing where it is undefined. SUM_TOO_GREAT.
absl::StatusOr<std::optional<double>> FigureIn(const Cell& cell, MetricDefinition::Aggregation aggregation) {
  ASSIGN_OR_RETURN(const v1::Figures figures, ToFigures(cell, aggregation));
  return figures.has_value() ? std::optional(figures.value()) : std::nullopt;
}

void TallyRow(const Rows& rows, size_t row, Cell& cell) {
  ++cell.count;
  cell.users.add(rows.users[row]);
  if (rows.amounts[row] == Amount::kMinor) cell.sum_minor += rows.minors[row];
  if (rows.amounts[row] != Amount::kValue) return;
  const double value = rows.values[row];
  ++cell.value_count;
  cell.value_sum.Add(value);
  cell.value_min = std::min(value, cell.value_min.value_or(value));
  cell.value_max = std::max(value, cell.value_max.value_or(value));
}

// The periods of each unit that the plan names.
using UnitCells = std::map<std::string, std::vector<Cell>>;

// A day on which the dimension has more values than daily figures tell apart is counted from its rows. RAW_EXPIRED.
absl::Status AddDayOfRows(Snapshot& snapshot, const Series& series, absl::CivilDay day, const v1::AnalysisPlan& plan, int64_t period,
                          UnitCells& cells) {
  return snapshot.Scan(series, {day, day}, {}, Snapshot::kColumns | Snapshot::kAmounts, [&](const Rows& rows) {
    const auto units = rows.columns.find(plan.difference_in_differences().unit_key());
    const RowsWith of_activity(rows, kActivityColumn, plan.activity());
    if (units == rows.columns.end()) return absl::OkStatus();
    for (size_t i = 0; i < rows.size(); ++i) {
      if (units->second.codes[i] == 0 || !of_activity[i]) continue;
      const auto unit = cells.find(units->second.values[units->second.codes[i] - 1]);
      if (unit != cells.end()) TallyRow(rows, i, unit->second[period]);
    }
    return absl::OkStatus();
  });
}

absl::Status ReadUnits(Snapshot& snapshot, const Series& series, Days days, const v1::AnalysisPlan& plan, UnitCells& cells) {
  const v1::DifferencePlan& units = plan.difference_in_differences();
  const auto period_of = [&](absl::CivilDay day) { return (day - days.first) / units.period_days(); };
  std::vector<absl::CivilDay> beyond;
  RETURN_IF_ERROR(snapshot.Cells({series, plan.activity(), units.unit_key(), days, {}},
                                 [&](absl::CivilDay day, const std::string& value, const Cell& cell) {
                                   if (value.empty()) beyond.push_back(day);
                                   const auto unit = cells.find(value);
                                   if (unit != cells.end()) unit->second[period_of(day)].Add(cell);
                                   return absl::OkStatus();
                                 }));
  for (const absl::CivilDay day : beyond) RETURN_IF_ERROR(AddDayOfRows(snapshot, series, day, plan, period_of(day), cells));
  return absl::OkStatus();
}

// The figures of one unit in all periods; nothing where one has none.
absl::StatusOr<std::optional<statistics::Unit>> UnitOf(const std::vector<Cell>& periods, int before, bool treated,
                                                       MetricDefinition::Aggregation aggregation) {
  statistics::Unit unit;
  unit.treated = treated;
  for (size_t i = 0; i < periods.size(); ++i) {
    ASSIGN_OR_RETURN(const std::optional<double> figure, FigureIn(periods[i], aggregation));
    if (!figure) return std::optional<statistics::Unit>();
    (static_cast<int>(i) < before ? unit.before : unit.after).push_back(*figure);
  }
  return std::optional(std::move(unit));
}

absl::StatusOr<v1::Verdict> EvaluateUnits(Snapshot& snapshot, const Aim& aim, const v1::EvaluationPolicy& numbers, absl::CivilDay closed) {
  const v1::DifferencePlan& plan = aim.plan.difference_in_differences();
  const absl::CivilDay change = time::ToDay(plan.change_date());
  const absl::CivilDay first = change - plan.period_days() * plan.periods_before();
  const int64_t over = std::clamp<int64_t>((closed - change) / plan.period_days(), 0, plan.periods_after());
  const int64_t periods = plan.periods_before() + over;
  const Days days = {first, first + plan.period_days() * periods - 1};
  std::map<std::string, bool> treated;
  for (const std::string& unit : plan.treated_units()) treated[unit] = true;
  for (const std::string& unit : plan.other_units()) treated[unit] = false;

  UnitFigures figures;
  figures.periods_over = over == plan.periods_after();
  for (const v1::ComparedMetric& compared : ComparedIn(aim)) {
    const v1::FrozenMetric& metric = MetricIn(aim, compared.metric());
    const Series series = SeriesOf(metric);
    UnitCells cells;
    ASSIGN_OR_RETURN(const std::optional<Days> extent, snapshot.Extent(series));
    // Before its first event nobody knows whether there was nothing, or nothing was delivered.
    const bool known = extent.has_value() && extent->first <= first;
    if (known && over > 0) {
      for (const auto& [unit, unused] : treated) cells[unit].resize(periods);
      RETURN_IF_ERROR(ReadUnits(snapshot, series, days, aim.plan, cells));
    }
    std::vector<statistics::Unit>& units = figures.units.emplace_back();
    for (const auto& [name, of] : cells) {
      ASSIGN_OR_RETURN(auto unit, UnitOf(of, plan.periods_before(), treated.at(name), metric.aggregation()));
      if (unit) {
        units.push_back(*std::move(unit));
      } else {
        ++figures.lacking;
      }
    }
    if (!known) figures.lacking += static_cast<int>(treated.size());
  }
  return JudgeUnits(aim, figures, numbers);
}

absl::StatusOr<v1::Verdict> EvaluateSeries(Snapshot& snapshot, const Aim& aim, const v1::EvaluationPolicy& numbers, absl::CivilDay closed) {
  const v1::BeforeAfterPlan& plan = aim.plan.before_after();
  const absl::CivilDay change = time::ToDay(plan.change_date());
  const absl::CivilDay first = change - plan.days_before(), last = std::min(change + plan.days_after() - 1, closed - 1);
  DailySeries series;
  series.periods_over = last == change + plan.days_after() - 1;
  for (const v1::ComparedMetric& compared : ComparedIn(aim)) {
    const v1::FrozenMetric& metric = MetricIn(aim, compared.metric());
    std::vector<statistics::DayFigure>& days = series.days.emplace_back();
    ASSIGN_OR_RETURN(const std::optional<Days> extent, snapshot.Extent(SeriesOf(metric)));
    if (!extent.has_value() || last < first) continue;
    std::map<absl::CivilDay, double> figures;
    RETURN_IF_ERROR(snapshot.Cells({SeriesOf(metric), aim.plan.activity(), "", {first, last}, {}},
                                   [&](absl::CivilDay day, const std::string&, const Cell& cell) -> absl::Status {
                                     ASSIGN_OR_RETURN(const std::optional<double> figure, FigureIn(cell, metric.aggregation()));
                                     if (figure) figures[day] = *figure;
                                     return absl::OkStatus();
                                   }));
    // A day without events counts 0 from the series' first day on; a mean of nothing is missing.
    ASSIGN_OR_RETURN(const std::optional<double> nothing, FigureIn(Cell(), metric.aggregation()));
    for (absl::CivilDay day = std::max(first, extent->first); day <= last; ++day) {
      const auto figure = figures.find(day);
      if (figure != figures.end()) {
        days.push_back({DayNumber(day), figure->second});
      } else if (nothing) {
        days.push_back({DayNumber(day), *nothing});
      }
    }
  }
  return JudgeInterruption(aim, series, numbers);
}

absl::StatusOr<v1::Verdict> EvaluateBy(Snapshot& snapshot, const Aim& aim, const v1::EvaluationPolicy& numbers, absl::Time closed,
                                       absl::TimeZone zone) {
  switch (DesignOf(aim.plan)) {
    case v1::DESIGN_RANDOMISED:
      return EvaluateExperiment(snapshot, aim, numbers, closed, zone);
    case v1::DESIGN_DIFFERENCE_IN_DIFFERENCES:
      return EvaluateUnits(snapshot, aim, numbers, absl::ToCivilDay(closed, zone));
    case v1::DESIGN_BEFORE_AFTER:
      return EvaluateSeries(snapshot, aim, numbers, absl::ToCivilDay(closed, zone));
    default:
      return status::Error(kDesignMissing);
  }
}

}  // namespace

std::vector<Series> SeriesIn(const Aim& aim) {
  std::set<std::pair<std::string, std::string>> names;
  for (const v1::FrozenMetric& metric : aim.metrics) names.emplace(SeriesOf(metric).kind, SeriesOf(metric).name);
  if (aim.plan.has_randomised()) names.emplace(kEventKind, aim.plan.randomised().exposure_event());
  std::vector<Series> series;
  for (const auto& [kind, name] : names) series.push_back({kind, name});
  return series;
}

absl::StatusOr<v1::Verdict> Evaluate(Snapshot& snapshot, const Aim& aim, v1::EvaluationPolicy numbers, absl::Time closed_until,
                                     absl::TimeZone zone) {
  if (aim.plan.has_alpha()) numbers.set_alpha(aim.plan.alpha());
  ASSIGN_OR_RETURN(v1::Verdict verdict, EvaluateBy(snapshot, aim, numbers, closed_until, zone));
  *verdict.mutable_closed_until() = time::ToTimestamp(closed_until);
  return verdict;
}

}  // namespace heitie::metrics
