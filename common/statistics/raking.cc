#include "common/statistics/raking.h"

#include <algorithm>
#include <cmath>

namespace heitie::statistics {
namespace {

constexpr int kMostRounds = 10'000;
// With more rounds than this in cells and margins, shares that cannot be met together would take minutes to be given up.
constexpr size_t kMostSteps = 200'000'000;
// Factors that run away, because nothing meets the targets, stay numbers.
constexpr double kLeastProduct = 1e-200, kMostProduct = 1e200;

// The cells of one option.
struct Part {
  double target = 0;  // in respondents
  std::vector<size_t> cells;
};

class RakingFit {
 public:
  RakingFit(const std::vector<RakingCell>& cells, const RakingBounds& bounds)
      : cells_(cells), bounds_(bounds), products_(cells.size(), 1) {}

  double Weight(size_t cell) const { return std::clamp(products_[cell], bounds_.least, bounds_.most); }

  double SumOf(const Part& part) const {
    double sum = 0;
    for (const size_t cell : part.cells) sum += static_cast<double>(cells_[cell].count) * Weight(cell);
    return sum;
  }

  // Sets the factor such that the part has its target, or comes as near as the bounds let it.
  void Meet(const Part& part) {
    const double factor = bounds_.least == 0 && std::isinf(bounds_.most) ? part.target / SumOf(part) : BoundedFactor(part);
    for (const size_t cell : part.cells) products_[cell] = std::clamp(products_[cell] * factor, kLeastProduct, kMostProduct);
  }

 private:
  double SumWith(const Part& part, double factor) const {
    double sum = 0;
    for (const size_t cell : part.cells) {
      sum += static_cast<double>(cells_[cell].count) * std::clamp(products_[cell] * factor, bounds_.least, bounds_.most);
    }
    return sum;
  }

  // The sum grows with the factor, linearly between the factors at which a weight comes to a bound.
  double BoundedFactor(const Part& part) const {
    std::vector<double> bends;
    for (const size_t cell : part.cells) {
      for (const double bound : {bounds_.least, bounds_.most}) {
        if (bound > 0 && !std::isinf(bound)) bends.push_back(bound / products_[cell]);
      }
    }
    std::sort(bends.begin(), bends.end());
    const auto above = std::partition_point(bends.begin(), bends.end(), [&](double bend) { return SumWith(part, bend) < part.target; });
    if (above == bends.end()) {
      // Beyond the last bend only weights without an upper bound grow, in proportion.
      const double last = bends.back(), sum = SumWith(part, last);
      return std::isinf(bounds_.most) ? last * part.target / sum : last;
    }
    const double right = *above, left = above == bends.begin() ? 0 : *(above - 1);
    const double low = SumWith(part, left), high = SumWith(part, right);
    return high > low ? left + (right - left) * std::clamp((part.target - low) / (high - low), 0.0, 1.0) : right;
  }

  const std::vector<RakingCell>& cells_;
  const RakingBounds bounds_;
  std::vector<double> products_;
};

}  // namespace

Raking Rake(const std::vector<RakingCell>& cells, const std::vector<std::vector<double>>& targets, const RakingBounds& bounds) {
  double n = 0;
  for (const RakingCell& cell : cells) n += static_cast<double>(cell.count);
  std::vector<std::vector<Part>> parts(targets.size());
  for (size_t margin = 0; margin < targets.size(); ++margin) {
    for (const double target : targets[margin]) parts[margin].push_back({target * n, {}});
    for (size_t cell = 0; cell < cells.size(); ++cell) parts[margin][cells[cell].options[margin]].cells.push_back(cell);
  }
  Raking raking;
  for (size_t margin = 0; margin < parts.size(); ++margin) {
    for (size_t option = 0; option < parts[margin].size(); ++option) {
      if (!parts[margin][option].cells.empty()) continue;
      raking.failure = RakingFailure{true, margin, option, 0};
      return raking;
    }
  }
  RakingFit fit(cells, bounds);
  const auto rounds = static_cast<size_t>(kMostRounds);
  const size_t most = std::clamp<size_t>(kMostSteps / (1 + cells.size() * targets.size()), 10, rounds);
  RakingFailure worst;
  for (size_t round = 0; round <= most; ++round) {
    double off = 0;
    for (size_t margin = 0; margin < parts.size(); ++margin) {
      for (size_t option = 0; option < parts[margin].size(); ++option) {
        const double reached = fit.SumOf(parts[margin][option]) / n, apart = std::abs(reached - targets[margin][option]);
        if (apart <= off) continue;
        off = apart;
        worst = {false, margin, option, reached};
      }
    }
    if (off <= kMarginTolerance) {
      for (size_t cell = 0; cell < cells.size(); ++cell) raking.weights.push_back(fit.Weight(cell));
      return raking;
    }
    for (const std::vector<Part>& margin : parts) {
      for (const Part& part : margin) fit.Meet(part);
    }
  }
  raking.failure = worst;
  return raking;
}

void WeightSums::Add(int64_t count, double weight) {
  n += count;
  sum += static_cast<double>(count) * weight;
  squares += static_cast<double>(count) * weight * weight;
}

double WeightSums::design_effect() const { return n == 0 || sum == 0 ? 1 : static_cast<double>(n) * squares / (sum * sum); }

}  // namespace heitie::statistics
