// Effects where nobody was randomised.
#ifndef HEITIE_COMMON_STATISTICS_WITHOUT_CONTROL_H_
#define HEITIE_COMMON_STATISTICS_WITHOUT_CONTROL_H_

#include <cstdint>
#include <vector>

#include "common/statistics/comparison.h"
#include "common/statistics/defined.h"

namespace heitie::statistics {

// What one unit, such as a channel or a city, came to in the periods before and after the change.
struct Unit {
  bool treated = false;
  std::vector<double> before, after;
};

// Difference-in-differences on the units' changes: mean of a unit's periods after − mean of those before, of treated against other units by
// Welch. One change for each unit, so that what periods of a unit have in common does not pretend to be more data (Bertrand, Duflo,
// Mullainathan 2004).
struct DifferenceInDifferences {
  Comparison changes;
  // The same of what should show nothing. Pre-trend: the units' slopes over the periods before. Placebo: as if the change had come in the
  // middle of the periods before (of an odd number the middle one is on its later side).
  Defined<Comparison> pre_trend, placebo;
};
Defined<DifferenceInDifferences> CompareChanges(const std::vector<Unit>& units, double alpha);
// The same of changes as such.
Defined<Comparison> CompareChanges(const std::vector<double>& treated, const std::vector<double>& others, double alpha);

// A figure of a day, counted from any day that is a Monday.
struct DayFigure {
  int64_t day = 0;
  double value = 0;
};

struct InterruptedTimeSeries {
  // The jump on the first day of the change against the course of before.
  Estimate level;
  // By how much the slope, in units a day, differs since.
  Estimate slope;
  // The mean difference, over the days since that have figures, from the course of before.
  Estimate average;
  int lag = 0;
  int terms = 0;
};
// Regression of the figures on a constant, the day, a jump and a change of slope from day `change` on and, if wanted, the days of the week.
// Errors of Newey and West (1987) with the weights of Bartlett up to lag ⌊4(n/100)^(2/9)⌋ days and the factor n/(n − k), and Student's t
// with n − k degrees of freedom. Days ascend and each comes once; days that are missing are left out, and lags count days. Too few: fewer
// than two days on either side, or no more days than terms. No variance: the model fits exactly. n days cost O(n).
Defined<InterruptedTimeSeries> FitInterruption(const std::vector<DayFigure>& figures, int64_t change, bool weekdays, double alpha);

}  // namespace heitie::statistics

#endif  // HEITIE_COMMON_STATISTICS_WITHOUT_CONTROL_H_
