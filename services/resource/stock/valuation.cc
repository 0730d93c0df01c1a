#include "services/resource/stock/valuation.h"

#include <algorithm>

namespace heitie::resource {

int64_t ShareOf(int64_t value, int64_t part, int64_t whole) {
  const __int128 doubled = static_cast<__int128>(value) * part * 2;
  return static_cast<int64_t>((doubled + whole) / (static_cast<__int128>(whole) * 2));
}

std::vector<Layer> TakeFirst(std::vector<Layer>& layers, int64_t quantity) {
  std::vector<Layer> parts;
  auto layer = layers.begin();
  for (; quantity > 0 && layer != layers.end(); ++layer) {
    const int64_t part = std::min(quantity, layer->quantity);
    const int64_t value = ShareOf(layer->value, part, layer->quantity);
    parts.push_back({layer->number, part, value});
    layer->quantity -= part;
    layer->value -= value;
    quantity -= part;
    if (layer->quantity > 0) break;
  }
  layers.erase(layers.begin(), layer);
  return parts;
}

std::vector<Layer> TakeFrom(std::vector<Layer>& layers, const Layer& part) {
  const auto at = std::find_if(layers.begin(), layers.end(), [&](const Layer& layer) { return layer.number == part.number; });
  if (at == layers.end()) return TakeFirst(layers, part.quantity);
  const int64_t quantity = std::min(part.quantity, at->quantity);
  const int64_t value = quantity == at->quantity ? at->value : std::min(ShareOf(part.value, quantity, part.quantity), at->value);
  std::vector<Layer> parts = {{part.number, quantity, value}};
  at->quantity -= quantity;
  at->value -= value;
  if (at->quantity == 0) layers.erase(at);
  for (Layer& layer : TakeFirst(layers, part.quantity - quantity)) parts.push_back(layer);
  return parts;
}

void GiveBack(std::vector<Layer>& layers, const Layer& part) {
  const auto at =
      std::lower_bound(layers.begin(), layers.end(), part.number, [](const Layer& layer, int64_t number) { return layer.number < number; });
  if (at == layers.end() || at->number != part.number) {
    layers.insert(at, part);
    return;
  }
  at->quantity += part.quantity;
  at->value += part.value;
}

std::vector<Taken> ComeBack(std::vector<Taken>& taken, int64_t quantity, const std::optional<std::string>& lot) {
  std::vector<Taken> back;
  for (size_t i = taken.size(); i-- > 0 && quantity > 0;) {
    Taken& from = taken[i];
    if (lot && from.lot != *lot && !from.lot.empty()) continue;
    Taken part = from;
    part.part.quantity = std::min(quantity, from.part.quantity);
    part.part.value = ShareOf(from.part.value, part.part.quantity, from.part.quantity);
    from.part.quantity -= part.part.quantity;
    from.part.value -= part.part.value;
    quantity -= part.part.quantity;
    back.push_back(std::move(part));
  }
  taken.erase(std::remove_if(taken.begin(), taken.end(), [](const Taken& one) { return one.part.quantity == 0; }), taken.end());
  return back;
}

int64_t DifferenceToStock(int64_t difference, int64_t held, int64_t received) {
  const int64_t share = ShareOf(difference < 0 ? -difference : difference, std::min(held, received), received);
  return difference < 0 ? -share : share;
}

}  // namespace heitie::resource
