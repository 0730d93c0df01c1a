#include "services/activity/clock/attainment.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "services/activity/clock/clockwork.h"

namespace heitie::activity {
namespace {

struct AttainmentSum {
  int64_t met = 0, breached = 0, excused = 0;
  std::vector<absl::Duration> consumed;

  void Add(const DecidedClock& clock) {
    ++(clock.met ? met : breached);
    if (!clock.met && clock.excused) ++excused;
    if (clock.consumed) consumed.push_back(*clock.consumed);
  }
};

v1::AttainmentLine LineOf(const AttainmentSum& sum, const std::vector<int32_t>& percentiles) {
  v1::AttainmentLine line;
  line.set_met_count(sum.met);
  line.set_breached_count(sum.breached);
  line.set_excused_count(sum.excused);
  const double met = static_cast<double>(sum.met);
  if (sum.met + sum.breached > 0) line.set_attainment(met / static_cast<double>(sum.met + sum.breached));
  const int64_t left = sum.met + sum.breached - sum.excused;
  if (left > 0) line.set_attainment_without_excused(met / static_cast<double>(left));
  for (const int32_t percentile : percentiles) {
    if (sum.consumed.empty()) break;
    v1::AttainmentPercentile& added = *line.add_percentiles();
    added.set_percentile(percentile);
    *added.mutable_consumed() = ToDuration(NearestRank(sum.consumed, percentile));
  }
  return line;
}

}  // namespace

absl::Duration NearestRank(std::vector<absl::Duration> values, int percentile) {
  const size_t rank = (values.size() * static_cast<size_t>(percentile) + 99) / 100;
  std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(rank - 1), values.end());
  return values[rank - 1];
}

v1::ComputeServiceAttainmentResponse AttainmentOf(const std::vector<DecidedClock>& decided, std::vector<int32_t> percentiles) {
  if (percentiles.empty()) percentiles = {50, 90, 95};
  std::map<std::tuple<v1::ServiceKind, v1::ServicePriority, v1::ServiceClock::Target>, AttainmentSum> sums;
  std::map<v1::ServiceClock::Target, AttainmentSum> totals;
  for (const DecidedClock& clock : decided) {
    sums[{clock.kind, clock.priority, clock.target}].Add(clock);
    totals[clock.target].Add(clock);
  }
  v1::ComputeServiceAttainmentResponse response;
  for (const auto& [key, sum] : sums) {
    v1::AttainmentLine& line = *response.add_lines();
    line = LineOf(sum, percentiles);
    line.set_kind(std::get<0>(key));
    line.set_priority(std::get<1>(key));
    line.set_target(std::get<2>(key));
  }
  for (const auto& [target, sum] : totals) {
    v1::AttainmentLine& line = *response.add_totals();
    line = LineOf(sum, percentiles);
    line.set_target(target);
  }
  return response;
}

}  // namespace heitie::activity
