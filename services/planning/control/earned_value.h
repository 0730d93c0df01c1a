// Earned value and earned schedule 掙值 (P2). Pure and exact: fractions until they are shown.
#ifndef HEITIE_SERVICES_PLANNING_CONTROL_EARNED_VALUE_H_
#define HEITIE_SERVICES_PLANNING_CONTROL_EARNED_VALUE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "common/exact/fraction.h"
#include "heitie/planning/v1/earned_value.pb.h"

namespace heitie::planning {

// A task of the baseline: what it costs, its working days [begin, end) from the baseline's first day, and how much of it is earned. One
// without a working day is planned for the day at which it lies.
struct PlannedTask {
  int64_t cost = 0;
  int64_t begin = 0, end = 0;
  int32_t earned_percent = 0;
};

// What is planned until a time in working days, each task's cost spread evenly over its days.
exact::Fraction PlannedUntil(const std::vector<PlannedTask>& tasks, const exact::Fraction& time);
// The earliest such time at which so much is planned; the end of the last day that costs anything where more is.
exact::Fraction TimeOf(const std::vector<PlannedTask>& tasks, const exact::Fraction& value);

// Every figure but those that name things. `at` is how many working days are over.
v1::EarnedValue EarnedValueOf(const std::vector<PlannedTask>& tasks, int64_t at, std::optional<int64_t> spent);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_CONTROL_EARNED_VALUE_H_
