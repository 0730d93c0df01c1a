// What stock is worth (policy S4), as plain functions: moving average and FIFO in whole minor units. A share is rounded half up and the
// last unit takes all that is left, so nothing drifts and the layers always add up to what is on hand.
#ifndef HEITIE_SERVICES_RESOURCE_STOCK_VALUATION_H_
#define HEITIE_SERVICES_RESOURCE_STOCK_VALUATION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace heitie::resource {

// The part of `value` that falls to `part` of `whole` units, rounded half up; all of it for all units, so that nothing drifts.
// 0 <= part <= whole, whole > 0, value >= 0.
int64_t ShareOf(int64_t value, int64_t part, int64_t whole);

// What is left of what came in at once.
struct Layer {
  int64_t number = 0;  // Of the entry that made it: layers go in the order of their numbers.
  int64_t quantity = 0;
  int64_t value = 0;
};

// Takes a quantity from the layers, the first ones first; what is empty then goes. The answer are the parts taken, in that order.
// `quantity` is at most what the layers hold; they are in the order of their numbers. Linear in the layers that it touches.
std::vector<Layer> TakeFirst(std::vector<Layer>& layers, int64_t quantity);
// Takes back what came in as `part`: from its layer, as far as that has so much, at the part's value, as far as the layer has that; the
// rest by TakeFirst.
std::vector<Layer> TakeFrom(std::vector<Layer>& layers, const Layer& part);
// Gives a part back to its layer, which is made again where it was used up.
void GiveBack(std::vector<Layer>& layers, const Layer& part);

// A part of an issue that is still out.
struct Taken {
  std::string lot;
  Layer part;  // number 0: of no layer
};
// The parts of `quantity` that come back, last taken first, each at the value that it took (a share of it, where a part of the part comes
// back); they are removed from `taken`. With a lot only what was taken of it, or of none. Fewer than `quantity` when that is all.
std::vector<Taken> ComeBack(std::vector<Taken>& taken, int64_t quantity, const std::optional<std::string>& lot = std::nullopt);

// The part of a price difference that a later invoice brings to what is still there: min(held, received) / received of it. The rest is
// variance. For FIFO `held` is what is left in the layer, else what is on hand. received > 0.
int64_t DifferenceToStock(int64_t difference, int64_t held, int64_t received);

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_STOCK_VALUATION_H_
