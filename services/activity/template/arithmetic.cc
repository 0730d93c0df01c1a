#include "services/activity/template/arithmetic.h"

#include <algorithm>

#include "common/status/macros.h"
#include "common/time/day.h"

namespace heitie::activity {
namespace {

constexpr int64_t kMostQuantity = 1'000'000'000;
constexpr int64_t kWholeBp = 10'000;

}  // namespace

std::optional<int64_t> QuantityOf(const v1::TemplateMaterial& material, int64_t participants) {
  // Below 2.2e20 within the contract's bounds, which 64 bits do not hold.
  using Wide = __int128;
  const Wide denominator = material.denominator() == 0 ? 1 : material.denominator();
  const Wide dividend =
      (material.fixed() * denominator + static_cast<Wide>(participants) * material.numerator()) * (kWholeBp + material.reserve_bp());
  const Wide divisor = denominator * kWholeBp;
  const Wide quantity = (dividend + divisor - 1) / divisor;
  if (quantity > kMostQuantity) return std::nullopt;
  return static_cast<int64_t>(quantity);
}

std::optional<double> MedianOf(std::vector<double> figures) {
  if (figures.empty()) return std::nullopt;
  std::sort(figures.begin(), figures.end());
  const size_t middle = figures.size() / 2;
  if (figures.size() % 2 == 1) return figures[middle];
  // Halved first: the sum of two large ones may be none.
  return figures[middle - 1] / 2 + figures[middle] / 2;
}

absl::CivilDay StartDayOf(absl::Time start, const std::string& time_zone) { return time::ToDay(time::DateOf(start, time_zone)); }

absl::StatusOr<absl::Time> DueTimeOf(const time::BusinessCalendar& calendar, absl::CivilDay start, int working_days) {
  ASSIGN_OR_RETURN(const absl::CivilDay day, calendar.WorkingDayFrom(start, -working_days));
  return calendar.ClosingOf(day);
}

}  // namespace heitie::activity
