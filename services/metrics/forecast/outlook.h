// What is to be expected of a metric, and whether a target will be met (policy M2, H1): from daily figures to a forecast. Pure.
#ifndef HEITIE_SERVICES_METRICS_FORECAST_OUTLOOK_H_
#define HEITIE_SERVICES_METRICS_FORECAST_OUTLOOK_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "common/statistics/forecast.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/forecast.pb.h"
#include "heitie/metrics/v1/metric_definition.pb.h"

namespace heitie::metrics {

extern const status::Reason kBadTarget;            // {why}
extern const status::Reason kNotAdditive;          // {metric} {aggregation}
extern const status::Reason kInsufficientHistory;  // {metric} {days} {least}

inline constexpr int kMostForecastDays = 90;

// Whether the figures of days add up to that of the period.
bool AddsUp(v1::MetricDefinition::Aggregation aggregation);

// What the contract's rules cannot say of a target: BAD_FORECAST_TARGET.
void CheckTarget(const v1::ForecastTarget& target, const std::string& field, status::BadFields& bad);

// The figures of consecutive days from the first one that has any; none where there is no mean or extreme.
struct DailyFigures {
  absl::CivilDay first;
  std::vector<std::optional<double>> values;

  absl::CivilDay last() const { return first + static_cast<int64_t>(values.size()) - 1; }
};
// Without the days before the first one with a figure other than 0.
DailyFigures Begun(DailyFigures figures);

using SortOfDay = std::function<statistics::DaySort(absl::CivilDay)>;
statistics::DailyHistory HistoryOf(const DailyFigures& figures, v1::MetricDefinition::Aggregation aggregation, int horizon,
                                   const SortOfDay& sort);

// The last day that counts for a target, of figures whose last day is given; none where it is over, or too far away.
std::optional<absl::CivilDay> LastDayOf(const v1::ForecastTarget& target, absl::CivilDay last_known);

// Whether a target will be met, whose last day is one of the forecast. Closed days of a sum without a figure add nothing.
v1::TargetForecast TargetOf(const v1::ForecastTarget& target, absl::CivilDay end, const DailyFigures& figures,
                            const statistics::Forecast& forecast);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_FORECAST_OUTLOOK_H_
