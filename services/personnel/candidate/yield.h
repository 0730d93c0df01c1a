// What came of applications, by channel, position and span (policy H2). Pure functions.
#ifndef HEITIE_SERVICES_PERSONNEL_CANDIDATE_YIELD_H_
#define HEITIE_SERVICES_PERSONNEL_CANDIDATE_YIELD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "heitie/personnel/v1/application.pb.h"
#include "heitie/personnel/v1/recruitment_yield.pb.h"
#include "services/personnel/assessment/requisition_book.h"

namespace heitie::personnel {

// Groups of fewer people are not told to who sees aggregates only.
inline constexpr int kLeastPeople = 5;

struct YieldFacts {
  std::string name, candidate, channel, position;
  absl::CivilDay applied;
  // The furthest stage that was not retracted.
  v1::Stage furthest = v1::STAGE_APPLIED;
  bool live = false;
  // When the person began.
  std::optional<absl::CivilDay> hired;
  // When the requisition was approved.
  std::optional<absl::CivilDay> approved;
};

// The median of days in hundredths of a day: of an even number of them the mean of the two in the middle. Nothing of none.
std::optional<int64_t> MedianHundredths(std::vector<int64_t> days);

// `costs` are of the span; of `requisitions` those are listed that take applications. n applications cost O(n log n).
v1::ComputeYieldResponse ComputeYield(const std::vector<YieldFacts>& applications, const std::vector<OpeningCost>& costs,
                                      const std::vector<RequisitionFacts>& requisitions, absl::CivilDay today);

// Leaves out what tells of fewer than kLeastPeople people: rows, medians, names; and the whole, where the people who are in no row that is
// left are fewer, because the whole less the rows would tell of them.
void KeepAggregates(v1::ComputeYieldResponse& yield, const std::vector<YieldFacts>& applications);

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_CANDIDATE_YIELD_H_
