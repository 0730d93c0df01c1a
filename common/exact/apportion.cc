#include "common/exact/apportion.h"

#include <algorithm>
#include <numeric>

#include "absl/numeric/int128.h"

namespace heitie::exact {

std::vector<int64_t> Apportion(int64_t total, const std::vector<int64_t>& weights) {
  absl::int128 sum = 0;
  for (const int64_t weight : weights) sum += weight;
  std::vector<int64_t> shares(weights.size());
  if (sum == 0) return shares;
  std::vector<absl::int128> remainders(weights.size());
  int64_t left = total;
  for (size_t i = 0; i < weights.size(); ++i) {
    const absl::int128 product = absl::int128(total) * weights[i];
    shares[i] = static_cast<int64_t>(product / sum);
    remainders[i] = product % sum;
    left -= shares[i];
  }
  std::vector<size_t> order(weights.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return remainders[a] > remainders[b]; });
  for (int64_t i = 0; i < left; ++i) ++shares[order[static_cast<size_t>(i)]];
  return shares;
}

}  // namespace heitie::exact
