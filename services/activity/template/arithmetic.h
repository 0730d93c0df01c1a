// What a template computes: quantities, medians, due times. Pure functions.
#ifndef HEITIE_SERVICES_ACTIVITY_TEMPLATE_ARITHMETIC_H_
#define HEITIE_SERVICES_ACTIVITY_TEMPLATE_ARITHMETIC_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/time/business_calendar.h"
#include "heitie/activity/v1/activity_template.pb.h"

namespace heitie::activity {

// ⌈(fixed + n · numerator / denominator) · (10,000 + reserve_bp) / 10,000⌉ for n expected participants, exact for all that the contract
// takes. Nothing when it is more than a bill of materials holds.
std::optional<int64_t> QuantityOf(const v1::TemplateMaterial& material, int64_t participants);

// The middle figure, or the mean of the two in the middle; nothing of none.
std::optional<double> MedianOf(std::vector<double> figures);

// The local day on which something starts.
absl::CivilDay StartDayOf(absl::Time start, const std::string& time_zone);

// When the last window of the n-th working day before the day closes, n from 1 on. OUT_OF_RANGE when the calendar has not so many.
absl::StatusOr<absl::Time> DueTimeOf(const time::BusinessCalendar& calendar, absl::CivilDay start, int working_days);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_TEMPLATE_ARITHMETIC_H_
