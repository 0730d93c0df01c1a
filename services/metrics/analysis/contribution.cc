#include "services/metrics/analysis/contribution.h"

#include <algorithm>
#include <cmath>

namespace heitie::metrics::analysis {
namespace {

template <typename Part, typename Size>
void SortParts(std::vector<Part>& parts, Size size) {
  std::sort(parts.begin(), parts.end(), [&](const Part& a, const Part& b) {
    const double left = std::abs(size(a)), right = std::abs(size(b));
    return left != right ? left > right : a.key < b.key;
  });
}

std::vector<AdditivePart> PartsOf(const std::vector<AdditiveGroup>& groups, double whole) {
  std::vector<AdditivePart> parts;
  for (const AdditiveGroup& group : groups) {
    AdditivePart part{group.key, group.after - group.before, std::nullopt};
    if (whole != 0) part.share = part.change / whole;
    parts.push_back(std::move(part));
  }
  SortParts(parts, [](const AdditivePart& part) { return part.change; });
  return parts;
}

}  // namespace

std::vector<AdditivePart> ContributionsOf(const std::vector<AdditiveGroup>& groups) {
  double whole = 0;
  for (const AdditiveGroup& group : groups) whole += group.after - group.before;
  return PartsOf(groups, whole);
}

RateContribution ContributionsOf(const std::vector<RateGroup>& groups) {
  RateGroup all;
  for (const RateGroup& group : groups) {
    all.numerator_before += group.numerator_before;
    all.denominator_before += group.denominator_before;
    all.numerator_after += group.numerator_after;
    all.denominator_after += group.denominator_after;
  }
  RateContribution contribution;
  if (all.denominator_before != 0) contribution.before = all.numerator_before / all.denominator_before;
  if (all.denominator_after != 0) contribution.after = all.numerator_after / all.denominator_after;
  if (!contribution.before.has_value() || !contribution.after.has_value()) return contribution;
  const double middle = (*contribution.before + *contribution.after) / 2;
  for (const RateGroup& group : groups) {
    if (group.denominator_before == 0 && group.denominator_after == 0) continue;
    const double w0 = group.denominator_before / all.denominator_before, w1 = group.denominator_after / all.denominator_after;
    double r0 = group.denominator_before == 0 ? 0 : group.numerator_before / group.denominator_before;
    double r1 = group.denominator_after == 0 ? 0 : group.numerator_after / group.denominator_after;
    if (group.denominator_before == 0) r0 = r1;
    if (group.denominator_after == 0) r1 = r0;
    contribution.parts.push_back({group.key, (w0 + w1) / 2 * (r1 - r0), (w1 - w0) * ((r0 + r1) / 2 - middle)});
  }
  SortParts(contribution.parts, [](const RatePart& part) { return part.rate_effect + part.mix_effect; });
  return contribution;
}

UserContribution ContributionsOfUsers(const std::vector<AdditiveGroup>& groups, double before, double after) {
  UserContribution contribution;
  contribution.parts = PartsOf(groups, after - before);
  contribution.overlap = after - before;
  for (const AdditivePart& part : contribution.parts) contribution.overlap -= part.change;
  return contribution;
}

std::optional<double> ChangeInDeviations(const std::vector<double>& past, double now) {
  if (past.size() < kLeastPast) return std::nullopt;
  double sum = 0, squares = 0;
  const auto changes = static_cast<double>(past.size() - 1);
  for (size_t i = 1; i < past.size(); ++i) sum += past[i] - past[i - 1];
  for (size_t i = 1; i < past.size(); ++i) squares += std::pow(past[i] - past[i - 1] - sum / changes, 2);
  if (squares <= 0) return std::nullopt;
  return (now - past.back()) / std::sqrt(squares / (changes - 1));
}

}  // namespace heitie::metrics::analysis
