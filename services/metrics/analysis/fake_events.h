// Events for tests of questions: random ones, and the purchases of an online shop.
#ifndef HEITIE_SERVICES_METRICS_ANALYSIS_FAKE_EVENTS_H_
#define HEITIE_SERVICES_METRICS_ANALYSIS_FAKE_EVENTS_H_

#include <random>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "services/metrics/analysis/filter.h"
#include "services/metrics/analysis/period.h"
#include "services/metrics/analysis/selection.h"
#include "services/metrics/engine/point.h"

namespace heitie::metrics::analysis {

Calendar CalendarOf(const std::string& zone);
// Taipei.
Calendar BusinessCalendar();

// An event at a time of the calendar.
Point EventAt(const std::string& name, const std::string& user, absl::CivilSecond time, const Calendar& calendar);

// Events of names a, b and c over some days. Times are often equal and often at midnight; some have a channel, a city, a quantity, an
// amount and an activity. Values are multiples of ¼: their sums are exact.
std::vector<Point> RandomEvents(std::mt19937& random, int count, int users, Days days, const Calendar& calendar);

Selection Events(const std::string& name, const std::string& filter = "");
// Whether the selection has the event, judged by its own words.
bool Has(const Selection& selection, const Point& point);

// The file of 69,659 purchases as events `purchase` at the start of their business day, or none where it is not there.
const std::vector<Point>& Purchases();

}  // namespace heitie::metrics::analysis

#endif  // HEITIE_SERVICES_METRICS_ANALYSIS_FAKE_EVENTS_H_
