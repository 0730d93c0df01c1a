#include "services/personnel/career/standard_rule.h"

#include <algorithm>

namespace heitie::personnel {

std::vector<ScoredMonth> BelowStandard(const std::vector<ScoredMonth>& months, int64_t points, int in_a_row) {
  const size_t wanted = static_cast<size_t>(in_a_row);
  if (in_a_row == 0 || months.size() < wanted) return {};
  std::vector<ScoredMonth> latest(months.end() - in_a_row, months.end());
  const bool below = std::all_of(latest.begin(), latest.end(), [&](const ScoredMonth& month) { return month.points < points; });
  return below ? latest : std::vector<ScoredMonth>();
}

}  // namespace heitie::personnel
