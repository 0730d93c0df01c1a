// Weights by which a sample has the margins that are known of those for whom it stands.
#ifndef HEITIE_COMMON_STATISTICS_RAKING_H_
#define HEITIE_COMMON_STATISTICS_RAKING_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace heitie::statistics {

// How near each margin comes to its target, as a part of the whole.
inline constexpr double kMarginTolerance = 1e-9;

// Respondents who are alike in all margins.
struct RakingCell {
  std::vector<size_t> options;  // of each margin one
  int64_t count = 0;            // above 0
};

struct RakingBounds {
  double least = 0, most = std::numeric_limits<double>::infinity();
};

// What cannot be met.
struct RakingFailure {
  bool nobody = false;  // no respondent chose it
  size_t margin = 0, option = 0;
  double reached = 0;  // the part that it has in the end
};

struct Raking {
  std::vector<double> weights;  // of each cell; their mean over respondents is 1
  std::optional<RakingFailure> failure;
};

// `targets`: of each margin the parts of its options, each above 0, which add up to 1.
//
// A weight is the product of a factor for each option, kept within the bounds. Factors are set one margin after the other such that it is
// met (Deming and Stephan 1940; with bounds that is the ascent along coordinates in the dual of the least Kullback-Leibler divergence:
// Deville and Särndal 1992, case 6), until all are met at once.
Raking Rake(const std::vector<RakingCell>& cells, const std::vector<std::vector<double>>& targets, const RakingBounds& bounds = {});

// What unequal weights cost: n·Σw²/(Σw)², at least 1 (Kish 1965).
struct WeightSums {
  int64_t n = 0;
  double sum = 0, squares = 0;
  void Add(int64_t count, double weight);
  // 1 without anybody.
  double design_effect() const;
  // So many equal weights tell as much.
  double effective() const { return static_cast<double>(n) / design_effect(); }
};

}  // namespace heitie::statistics

#endif  // HEITIE_COMMON_STATISTICS_RAKING_H_
