#include "services/resource/budgeting/variance.h"

#include <algorithm>
#include <limits>

#include "absl/numeric/int128.h"
#include "common/exact/apportion.h"

namespace heitie::resource {

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
  absl::int128 twice = (absl::int128(planned) - actual) * 20'000, by = absl::int128(planned) * 2;
  if (by < 0) twice = -twice, by = -by;
  const absl::int128 half = by / 2;
  const absl::int128 rounded = (twice < 0 ? twice - half : twice + half) / by;
  if (rounded > std::numeric_limits<int64_t>::max() || rounded < std::numeric_limits<int64_t>::min()) return std::nullopt;
  return static_cast<int64_t>(rounded);
}

}  // namespace heitie::resource
