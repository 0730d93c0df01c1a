// Sharing out what cannot be divided: seats, minor units of money.
#ifndef HEITIE_COMMON_EXACT_APPORTION_H_
#define HEITIE_COMMON_EXACT_APPORTION_H_

#include <cstdint>
#include <vector>

namespace heitie::exact {

// Shares `total` in proportion to `weights` by the method of largest remainders (Hamilton): each gets the whole part of its quota, and what
// is left goes, one each, to the largest remainders, among equal ones to the earlier. The shares add up to `total`, and each is its quota
// rounded up or down. `total` and the weights are not negative; where no weight is positive nothing can be shared and all shares are 0. n
// weights cost O(n log n).
std::vector<int64_t> Apportion(int64_t total, const std::vector<int64_t>& weights);

}  // namespace heitie::exact

#endif  // HEITIE_COMMON_EXACT_APPORTION_H_
