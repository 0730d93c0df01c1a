// Which numbers of two answers differ. Pure functions.
#ifndef HEITIE_SERVICES_METRICS_CLOSING_DIFFERENCE_H_
#define HEITIE_SERVICES_METRICS_CLOSING_DIFFERENCE_H_

#include <vector>

#include "heitie/metrics/v1/answer.pb.h"
#include "heitie/metrics/v1/month_closing.pb.h"

namespace heitie::metrics {

// Of answers to the same question: the numbers of body and compared body that differ, in the order of the contract's fields and of the
// lists, what only `before` has after what `after` has. Elements of lists belong together when they are of the same day, interval, group,
// cohort, title or quantile, others by their place. Durations are numbers of seconds.
std::vector<v1::FigureDifference> DifferencesOf(const v1::Answer& before, const v1::Answer& after);

// Whether a figure was exact before and is approximate now, because rows that it needs are gone: then the numbers differ for that alone.
bool IsLessExact(const std::vector<v1::FigureDifference>& differences);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_CLOSING_DIFFERENCE_H_
