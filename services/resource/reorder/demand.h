// What of an item was used and how it comes (policy S4), as plain functions: demand by period, its shape, and what is to come.
//
// Sporadic demand is smoothed by sizes and intervals apart, for a mean over all periods says neither when nor how much (Croston 1972). The
// quotient of the two is too high by half of the intervals' smoothing, which Syntetos and Boylan (2005) take away. Neither falls while
// nothing is used, so what has ended is kept in stock for ever; Teunter, Syntetos and Babai (2011) smooth the chance of a demand in every
// period instead.
#ifndef HEITIE_SERVICES_RESOURCE_REORDER_DEMAND_H_
#define HEITIE_SERVICES_RESOURCE_REORDER_DEMAND_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/time/civil_time.h"
#include "heitie/resource/v1/reorder_figures.pb.h"

namespace heitie::resource {

// What went out and came back on a day.
struct DailyUse {
  absl::CivilDay day;
  int64_t issued = 0;
  int64_t returned = 0;
};

// Demand of consecutive periods.
struct DemandSeries {
  int period_days = 1;
  absl::CivilDay start;  // of the first period
  std::vector<int64_t> periods;
};

// The whole periods from `first` until the day before `today`; weeks begin on Mondays. Uses on other days do not count. What came back
// beyond what went out in its period was not used by then: it lowers the latest demand before, and what no period is left for came back
// from before the first one. `period_days` is 1 or 7.
DemandSeries SeriesOf(const std::vector<DailyUse>& uses, absl::CivilDay first, absl::CivilDay today, int period_days);

// How demand comes.
struct DemandShape {
  int64_t demand_count = 0;      // periods with demand
  double mean_interval = 0;      // ADI: periods up to the last demand by periods with demand
  double squared_variation = 0;  // CV² of the sizes, with the variance of all of them
  int64_t periods_since = 0;     // without demand since the last one
};
// Nothing where there was none.
std::optional<DemandShape> ShapeOf(const std::vector<int64_t>& periods);

struct Smoothings {
  double size = 0.1;      // α
  double interval = 0.1;  // β, of intervals and of the chance
};

// Demand that is to come in each period, and how far forecasts of one period were off.
struct DemandForecast {
  v1::ForecastMethod method = v1::FORECAST_METHOD_UNSPECIFIED;
  double demand = 0;
  // The smoothed size of a demand.
  double size = 0;
  // The smoothed interval, of SBA; the smoothed chance, of TSB.
  double interval = 0, chance = 0;
  // Root mean square of the errors of one period; nothing while there is none.
  std::optional<double> deviation;
  int64_t error_count = 0;
};

// Each begins with size and interval of the first demand, and forecasts from the period after it on. Nothing without any demand.
std::optional<DemandForecast> CrostonOf(const std::vector<int64_t>& periods, Smoothings smoothings);
std::optional<DemandForecast> SbaOf(const std::vector<int64_t>& periods, Smoothings smoothings);
std::optional<DemandForecast> TsbOf(const std::vector<int64_t>& periods, Smoothings smoothings);
// The mean of all periods and their deviation from it.
std::optional<DemandForecast> MeanOf(const std::vector<int64_t>& periods);

// When which method is taken.
struct ForecastTerms {
  Smoothings smoothings;
  // Below this mean interval demand is regular.
  double regular_interval = 1.32;
  // After more than so many mean intervals without demand it may have ended.
  double stale_intervals = 3;
};
// By the mean where demand is regular; otherwise by SBA, and by TSB once it may have ended. Nothing without any demand.
std::optional<DemandForecast> ForecastOf(const std::vector<int64_t>& periods, const ForecastTerms& terms);

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_REORDER_DEMAND_H_
