#include "services/planning/need/merging.h"

namespace heitie::planning {

std::set<std::string> ChainInto(const MergedInto& merged, const std::string& need) {
  std::set<std::string> chain = {need};
  for (bool grown = true; grown;) {
    grown = false;
    for (const auto& [one, into] : merged) {
      if (chain.count(into) > 0) grown |= chain.insert(one).second;
    }
  }
  return chain;
}

std::optional<double> PriorityOf(const v1::Need& need) {
  if (need.effort_days() == 0) return std::nullopt;
  return static_cast<double>(need.reach()) * need.impact() * need.confidence_percent() / 100 / need.effort_days();
}

}  // namespace heitie::planning
