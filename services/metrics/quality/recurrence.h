// When checks run and inspections open: times that recur by clock and working days. Pure.
#ifndef HEITIE_SERVICES_METRICS_QUALITY_RECURRENCE_H_
#define HEITIE_SERVICES_METRICS_QUALITY_RECURRENCE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/status/status.h"
#include "common/time/business_calendar.h"
#include "heitie/metrics/v1/recurrence.pb.h"

namespace heitie::metrics {

extern const status::Reason kBadRecurrence;  // {why}

// Each field that its pattern needs is set, and no other. `path` is that of the recurrence.
void CheckRecurrence(const v1::Recurrence& recurrence, const std::string& path, status::BadFields& bad);

// The first time after `after`; `zone` is that of the calendar. OUT_OF_RANGE when there is none in the next two years, as on a calendar on
// which nobody works.
absl::StatusOr<absl::Time> NextOccurrence(const v1::Recurrence& recurrence, const time::BusinessCalendar& calendar, absl::TimeZone zone,
                                          absl::Time after);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_QUALITY_RECURRENCE_H_
