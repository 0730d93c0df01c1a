#include "services/resource/reorder/demand.h"

#include <algorithm>
#include <cmath>

namespace heitie::resource {
namespace {

// The sum of squared errors so far.
struct ForecastErrors {
  double squares = 0;
  int64_t count = 0;

  void Add(double error) {
    squares += error * error;
    ++count;
  }
  void Put(DemandForecast& forecast) const {
    forecast.error_count = count;
    if (count > 0) forecast.deviation = std::sqrt(squares / static_cast<double>(count));
  }
};

// Croston's smoothing; `factor` is what the quotient is multiplied by.
std::optional<DemandForecast> SmoothIntervals(const std::vector<int64_t>& periods, Smoothings smoothings, double factor,
                                              v1::ForecastMethod method) {
  DemandForecast forecast;
  forecast.method = method;
  ForecastErrors errors;
  int64_t interval = 0;  // since the last demand
  bool begun = false;
  for (const int64_t quantity : periods) {
    ++interval;
    if (begun) errors.Add(static_cast<double>(quantity) - forecast.demand);
    if (quantity == 0) continue;
    const double size = static_cast<double>(quantity);
    if (begun) {
      forecast.size += smoothings.size * (size - forecast.size);
      forecast.interval += smoothings.interval * (static_cast<double>(interval) - forecast.interval);
    } else {
      forecast.size = size;
      forecast.interval = static_cast<double>(interval);
      begun = true;
    }
    forecast.demand = factor * forecast.size / forecast.interval;
    interval = 0;
  }
  if (!begun) return std::nullopt;
  errors.Put(forecast);
  return forecast;
}

}  // namespace

DemandSeries SeriesOf(const std::vector<DailyUse>& uses, absl::CivilDay first, absl::CivilDay today, int period_days) {
  DemandSeries series;
  series.period_days = period_days;
  series.start = first;
  if (period_days == 7) {
    while (absl::GetWeekday(series.start) != absl::Weekday::monday) ++series.start;
  }
  if (series.start >= today) return series;
  series.periods.assign((today - series.start) / period_days, 0);
  const absl::CivilDay end = series.start + static_cast<int64_t>(series.periods.size()) * period_days;
  for (const DailyUse& use : uses) {
    if (use.day < series.start || use.day >= end) continue;
    series.periods[(use.day - series.start) / period_days] += use.issued - use.returned;
  }
  int64_t back = 0;  // what came back and is to be taken from a period before
  for (auto period = series.periods.rbegin(); period != series.periods.rend(); ++period) {
    *period -= back;
    back = std::max<int64_t>(0, -*period);
    *period = std::max<int64_t>(0, *period);
  }
  return series;
}

std::optional<DemandShape> ShapeOf(const std::vector<int64_t>& periods) {
  DemandShape shape;
  int64_t last = 0;
  double sum = 0;
  for (size_t i = 0; i < periods.size(); ++i) {
    if (periods[i] == 0) continue;
    ++shape.demand_count;
    last = static_cast<int64_t>(i) + 1;
    sum += static_cast<double>(periods[i]);
  }
  if (shape.demand_count == 0) return std::nullopt;
  const double count = static_cast<double>(shape.demand_count);
  const double mean = sum / count;
  double squares = 0;
  for (const int64_t quantity : periods) {
    if (quantity != 0) squares += (static_cast<double>(quantity) - mean) * (static_cast<double>(quantity) - mean);
  }
  shape.mean_interval = static_cast<double>(last) / count;
  shape.squared_variation = squares / count / (mean * mean);
  shape.periods_since = static_cast<int64_t>(periods.size()) - last;
  return shape;
}

std::optional<DemandForecast> CrostonOf(const std::vector<int64_t>& periods, Smoothings smoothings) {
  return SmoothIntervals(periods, smoothings, 1, v1::FORECAST_METHOD_UNSPECIFIED);
}

std::optional<DemandForecast> SbaOf(const std::vector<int64_t>& periods, Smoothings smoothings) {
  return SmoothIntervals(periods, smoothings, 1 - smoothings.interval / 2, v1::FORECAST_METHOD_SBA);
}

std::optional<DemandForecast> TsbOf(const std::vector<int64_t>& periods, Smoothings smoothings) {
  DemandForecast forecast;
  forecast.method = v1::FORECAST_METHOD_TSB;
  ForecastErrors errors;
  bool begun = false;
  for (size_t i = 0; i < periods.size(); ++i) {
    const double size = static_cast<double>(periods[i]);
    if (!begun) {
      if (periods[i] == 0) continue;
      begun = true;
      forecast.size = size;
      forecast.chance = 1 / static_cast<double>(i + 1);
    } else {
      errors.Add(size - forecast.demand);
      forecast.chance += smoothings.interval * ((periods[i] > 0 ? 1 : 0) - forecast.chance);
      if (periods[i] > 0) forecast.size += smoothings.size * (size - forecast.size);
    }
    forecast.demand = forecast.chance * forecast.size;
  }
  if (!begun) return std::nullopt;
  errors.Put(forecast);
  return forecast;
}

std::optional<DemandForecast> MeanOf(const std::vector<int64_t>& periods) {
  double sum = 0;
  for (const int64_t quantity : periods) sum += static_cast<double>(quantity);
  if (sum == 0) return std::nullopt;
  DemandForecast forecast;
  forecast.method = v1::FORECAST_METHOD_MEAN;
  forecast.demand = sum / static_cast<double>(periods.size());
  if (periods.size() < 2) return forecast;  // One period is its own mean, which says nothing of the next one.
  ForecastErrors errors;
  for (const int64_t quantity : periods) errors.Add(static_cast<double>(quantity) - forecast.demand);
  errors.Put(forecast);
  return forecast;
}

std::optional<DemandForecast> ForecastOf(const std::vector<int64_t>& periods, const ForecastTerms& terms) {
  const std::optional<DemandShape> shape = ShapeOf(periods);
  if (!shape) return std::nullopt;
  if (shape->mean_interval < terms.regular_interval) return MeanOf(periods);
  const bool stale = static_cast<double>(shape->periods_since) > terms.stale_intervals * shape->mean_interval;
  return stale ? TsbOf(periods, terms.smoothings) : SbaOf(periods, terms.smoothings);
}

}  // namespace heitie::resource
