#include "services/planning/plan/objective.h"

#include <algorithm>

#include "google/protobuf/util/message_differencer.h"

namespace heitie::planning {

using google::protobuf::util::MessageDifferencer;

bool Attains(const v1::Objective& objective, double actual) {
  if (!objective.has_target()) return false;
  const bool less_is_better = objective.has_baseline() && objective.target() < objective.baseline();
  return less_is_better ? actual <= objective.target() : actual >= objective.target();
}

void PutResult(const v1::ObjectiveResult& result, v1::Project& project) {
  auto* results = project.mutable_objective_results();
  results->erase(
      std::remove_if(results->begin(), results->end(), [&](const auto& other) { return other.objective() == result.objective(); }),
      results->end());
  *results->Add() = result;
  std::sort(results->begin(), results->end(), [](const auto& a, const auto& b) { return a.objective() < b.objective(); });
}

void KeepResults(const v1::Project& before, v1::Project& after) {
  auto* results = after.mutable_objective_results();
  results->erase(std::remove_if(results->begin(), results->end(),
                                [&](const v1::ObjectiveResult& result) {
                                  const int i = result.objective();
                                  return i >= before.objectives_size() || i >= after.objectives_size() ||
                                         !MessageDifferencer::Equals(before.objectives(i), after.objectives(i));
                                }),
                 results->end());
}

}  // namespace heitie::planning
