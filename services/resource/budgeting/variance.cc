#include "services/resource/budgeting/variance.h"

#include <algorithm>
#include <limits>

#include "absl/numeric/int128.h"
#include "common/exact/apportion.h"

namespace heitie::resource {

namespace {

// Half away from zero; nothing beyond 64 bits. `by` is positive.
std::optional<int64_t> RoundedQuotient(absl::int128 value, absl::int128 by) {
  const absl::int128 rounded = (value < 0 ? 2 * value - by : 2 * value + by) / (2 * by);
  if (rounded > std::numeric_limits<int64_t>::max() || rounded < std::numeric_limits<int64_t>::min()) return std::nullopt;
  return static_cast<int64_t>(rounded);
}

}  // namespace

std::vector<int64_t> PlanByMonth(int64_t limit, absl::CivilDay start, absl::CivilDay end, absl::CivilMonth first, absl::CivilMonth last) {
  const absl::CivilMonth begin(start);
  std::vector<int64_t> days;
  for (absl::CivilMonth month = begin; absl::CivilDay(month) <= end; ++month) {
    const absl::CivilDay from = std::max(start, absl::CivilDay(month)), to = std::min(end + 1, absl::CivilDay(month + 1));
    days.push_back(to - from);
  }
  // Below nothing where credit notes for an earlier period were passed on.
  const std::vector<int64_t> shares = exact::Apportion(limit < 0 ? -limit : limit, days);
  std::vector<int64_t> plan;
  for (absl::CivilMonth month = first; month <= last; ++month) {
    const int64_t at = month - begin;
    const bool inside = at >= 0 && at < static_cast<int64_t>(shares.size());
    plan.push_back(inside ? (limit < 0 ? -1 : 1) * shares[static_cast<size_t>(at)] : 0);
  }
  return plan;
}

std::optional<int64_t> VarianceBp(int64_t planned, int64_t actual) {
  if (planned == 0) return std::nullopt;
  const absl::int128 variance = (absl::int128(planned) - actual) * 10'000;
  return planned > 0 ? RoundedQuotient(variance, planned) : RoundedQuotient(-variance, -absl::int128(planned));
}

std::optional<int64_t> RunRate(int64_t actual, int64_t elapsed, int64_t all) {
  if (elapsed <= 0) return std::nullopt;
  return RoundedQuotient(absl::int128(actual) * all, elapsed);
}

}  // namespace heitie::resource
