#include "services/metrics/warning/forecast_calls.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/metric_definition.pb.h"
#include "heitie/metrics/v1/warning_policy.pb.h"
#include "services/metrics/forecast/outlook.h"
#include "services/metrics/warning/rule_judge.h"

namespace heitie::metrics {
namespace {

const status::Phrase kTargetOver{"its last day is closed already, or more than 90 days after the last one that is",
                                 "最後一天已結清，或距最後結清日超過 90 天"};

void SetHorizon(const statistics::Interval& from, v1::ConfidenceInterval& to) {
  to.set_low(from.low);
  to.set_high(from.high);
}

void AddDays(const statistics::Forecast& forecast, absl::CivilDay last, int count, v1::MetricForecast& out) {
  for (int day = 1; day <= count; ++day) {
    v1::ForecastDay& one = *out.add_days();
    *one.mutable_date() = time::ToDate(last + day);
    one.set_value(forecast.Value(day));
    SetHorizon(forecast.DayInterval(day, 0.8), *one.mutable_interval_80());
    SetHorizon(forecast.DayInterval(day, 0.95), *one.mutable_interval_95());
  }
}

void SetBacktest(const statistics::Backtest& backtest, v1::ForecastBacktest& out) {
  out.set_origin_count(backtest.origins);
  out.set_horizon_days(backtest.horizon);
  out.set_point_count(backtest.points);
  if (backtest.mase) out.set_mase(*backtest.mase);
  if (backtest.points == 0) return;
  out.set_coverage_80(backtest.coverage_80);
  out.set_coverage_95(backtest.coverage_95);
}

}  // namespace

absl::StatusOr<v1::MetricForecast> ForecastCalls::Forecast(const rpc::Call& call, const v1::ForecastMetricRequest& request) {
  ASSIGN_OR_RETURN(const v1::MetricDefinition metric, tables_.definitions.Get(call, request.name()));
  status::BadFields bad;
  if (request.has_target()) CheckTarget(request.target(), "target", bad);
  if (request.target().has_start_date() && !AddsUp(metric.aggregation())) {
    const std::string& aggregation = v1::MetricDefinition::Aggregation_Name(metric.aggregation());
    bad.Add("target.start_date", kNotAdditive, {{"metric", metric.name()}, {"aggregation", aggregation}});
  }
  RETURN_IF_ERROR(bad.status());
  ASSIGN_OR_RETURN(const v1::WarningPolicy policy,
                   tables_.store.Read(call, [&](sql::Session& session) { return tables_.policies.InForce(session, call.now); }));
  const Series source = SourceOf(metric);
  ASSIGN_OR_RETURN(const SourceState state, reader_.StateOf(call, source));
  const absl::Time closed = ClosedUntil(state, policy, call.now);
  const absl::CivilDay last = absl::ToCivilDay(closed, tables_.zone) - 1;
  const absl::CivilDay first = last - statistics::kMostHistoryDays + 1;

  DailyFigures figures{first, {}};
  ASSIGN_OR_RETURN(const FiguresByValue read, reader_.Read(call, DailyQuery(metric, request.activity(), "", first, last, 1, tables_.zone)));
  if (!read.empty()) figures.values = read.begin()->second;
  figures = Begun(std::move(figures));
  const auto days = std::count_if(figures.values.begin(), figures.values.end(), [](const auto& value) { return value.has_value(); });
  const status::Args short_of = {{"metric", metric.name()}, {"days", days}, {"least", statistics::kLeastHistoryDays}};
  if (days < statistics::kLeastHistoryDays) return status::Error(kInsufficientHistory, short_of);
  int horizon = request.horizon_days();
  std::optional<absl::CivilDay> end;
  if (request.has_target()) {
    end = LastDayOf(request.target(), last);
    if (!end) {
      bad.Add("target.end_date", kBadTarget, {{"why", kTargetOver}});
      return bad.status();
    }
    horizon = std::max(horizon, static_cast<int>(*end - last));
  }
  ASSIGN_OR_RETURN(const auto kinds, tables_.KindsOfDays(call));
  const statistics::DailyHistory history = HistoryOf(figures, metric.aggregation(), horizon, SortBy(kinds));
  const statistics::Defined<statistics::Forecast> forecast = statistics::Forecast::Of(history);
  if (!forecast) return status::Error(kInsufficientHistory, short_of);
  v1::MetricForecast out;
  AddDays(*forecast, last, request.horizon_days(), out);
  if (end) *out.mutable_target() = TargetOf(request.target(), *end, figures, *forecast);
  SetBacktest(statistics::RollingOrigin(history, request.horizon_days()), *out.mutable_backtest());
  *out.mutable_first_history_date() = time::ToDate(figures.first);
  *out.mutable_last_history_date() = time::ToDate(figures.last());
  out.set_history_day_count(static_cast<int32_t>(days));
  *out.mutable_closed_until() = time::ToTimestamp(closed);
  out.mutable_waiting_for()->Assign(state.closed.because_of.begin(), state.closed.because_of.end());
  out.set_source(SourceName(source));
  out.set_source_version(state.version);
  const statistics::Smoothing& smoothing = forecast->smoothing();
  out.mutable_smoothing()->set_alpha(smoothing.alpha);
  out.mutable_smoothing()->set_beta(smoothing.beta);
  out.mutable_smoothing()->set_gamma(smoothing.gamma);
  out.mutable_smoothing()->set_phi(smoothing.phi);
  out.mutable_smoothing()->set_hold(smoothing.hold);
  return out;
}

}  // namespace heitie::metrics
