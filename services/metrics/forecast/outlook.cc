#include "services/metrics/forecast/outlook.h"

#include <algorithm>
#include <utility>

#include "common/time/day.h"

namespace heitie::metrics {

const status::Reason kBadTarget{absl::StatusCode::kInvalidArgument, "BAD_FORECAST_TARGET", "This is no target that can be forecast: {why}.",
                                "無法預測此目標：{why}。"};
const status::Reason kNotAdditive{absl::StatusCode::kInvalidArgument, "NOT_ADDITIVE",
                                  "The days of {metric} ({aggregation}) do not add up to a sum; leave the first day out.",
                                  "{metric}（{aggregation}）各日的數值不可加總，請勿設定第一天。"};
const status::Reason kInsufficientHistory{absl::StatusCode::kFailedPrecondition, "INSUFFICIENT_HISTORY",
                                          "{metric} has figures of {days:count} closed days, and a forecast needs {least:count}.",
                                          "{metric} 已結清的天數為 {days:count}，預測至少需要 {least:count} 天。"};

using v1::ForecastTarget;
using v1::MetricDefinition;

namespace {

const status::Phrase kOneEnd{"exactly one of end_date and horizon_days is set", "end_date 與 horizon_days 須恰好設定一項"};
const status::Phrase kSumNeedsEnd{"a sum has a first and a last day, in this order", "加總須有先後有序的第一天與最後一天"};

void SetBounds(const statistics::Interval& from, double more, v1::ConfidenceInterval& to) {
  to.set_low(from.low + more);
  to.set_high(from.high + more);
}

}  // namespace

bool AddsUp(MetricDefinition::Aggregation aggregation) {
  return aggregation == MetricDefinition::AGGREGATION_COUNT || aggregation == MetricDefinition::AGGREGATION_SUM ||
         aggregation == MetricDefinition::AGGREGATION_SUM_MINOR;
}

void CheckTarget(const ForecastTarget& target, const std::string& field, status::BadFields& bad) {
  if (target.has_end_date() == (target.horizon_days() > 0)) bad.Add(field + ".end_date", kBadTarget, {{"why", kOneEnd}});
  if (!target.has_start_date()) return;
  if (!target.has_end_date() || time::ToDay(target.start_date()) > time::ToDay(target.end_date())) {
    bad.Add(field + ".start_date", kBadTarget, {{"why", kSumNeedsEnd}});
  }
}

DailyFigures Begun(DailyFigures figures) {
  const auto begin = std::find_if(figures.values.begin(), figures.values.end(), [](const auto& value) { return value && *value != 0; });
  figures.first += begin - figures.values.begin();
  figures.values.erase(figures.values.begin(), begin);
  return figures;
}

statistics::DailyHistory HistoryOf(const DailyFigures& figures, MetricDefinition::Aggregation aggregation, int horizon,
                                   const SortOfDay& sort) {
  statistics::DailyHistory history;
  history.values = figures.values;
  history.counts = aggregation == MetricDefinition::AGGREGATION_COUNT || aggregation == MetricDefinition::AGGREGATION_DISTINCT_USERS;
  for (absl::CivilDay day = figures.first; day <= figures.last() + horizon; ++day) history.sorts.push_back(sort(day));
  return history;
}

std::optional<absl::CivilDay> LastDayOf(const ForecastTarget& target, absl::CivilDay last_known) {
  const absl::CivilDay end = target.has_end_date() ? time::ToDay(target.end_date()) : last_known + target.horizon_days();
  if (end <= last_known || end - last_known > kMostForecastDays) return std::nullopt;
  return end;
}

v1::TargetForecast TargetOf(const ForecastTarget& target, absl::CivilDay end, const DailyFigures& figures,
                            const statistics::Forecast& forecast) {
  v1::TargetForecast out;
  *out.mutable_end_date() = time::ToDate(end);
  const int last = static_cast<int>(end - figures.last());
  double at_least = 0;
  if (target.has_start_date()) {
    const absl::CivilDay start = time::ToDay(target.start_date());
    for (absl::CivilDay day = std::max(start, figures.first); day <= figures.last(); ++day) {
      out.set_so_far(out.so_far() + figures.values[static_cast<size_t>(day - figures.first)].value_or(0));
    }
    const int first = std::max(1, static_cast<int>(start - figures.last()));
    out.set_value(out.so_far() + forecast.SumValue(first, last));
    SetBounds(forecast.SumInterval(first, last, 0.8), out.so_far(), *out.mutable_interval_80());
    SetBounds(forecast.SumInterval(first, last, 0.95), out.so_far(), *out.mutable_interval_95());
    at_least = forecast.SumChance(first, last, target.amount() - out.so_far());
  } else {
    out.set_value(forecast.Value(last));
    SetBounds(forecast.DayInterval(last, 0.8), 0, *out.mutable_interval_80());
    SetBounds(forecast.DayInterval(last, 0.95), 0, *out.mutable_interval_95());
    at_least = forecast.DayChance(last, target.amount());
  }
  out.set_chance(target.wanted() == ForecastTarget::WANTED_AT_MOST ? 1 - at_least : at_least);
  return out;
}

}  // namespace heitie::metrics
