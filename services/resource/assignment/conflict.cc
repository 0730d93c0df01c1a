#include "services/resource/assignment/conflict.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "services/resource/assignment/solver.h"

namespace heitie::resource::assignment {
namespace {

constexpr size_t kSmallestUpTo = 8;
constexpr int kSteps = 1'000'000;

using Set = std::vector<int>;  // in order

Set Union(const Set& a, const Set& b) {
  Set out;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}
Set Without(const Set& a, const Set& b) {
  Set out;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

// The demands that a choice meets in full.
Set MetBy(const Problem& problem, const Seats& seats) {
  std::vector<int64_t> met(problem.demands.size());
  for (const Seat& seat : seats) ++met[seat.demand];
  Set out;
  for (size_t d = 0; d < met.size(); ++d) {
    if (met[d] == NeededOf(problem.demands[d])) out.push_back(static_cast<int>(d));
  }
  return out;
}

// Answers whether demands can be met together; nothing once the time is over.
class MeetingOracle {
 public:
  MeetingOracle(const Problem& problem, Deadline deadline) : problem_(problem), deadline_(deadline) { problem_.in_force.clear(); }

  std::optional<bool> CanMeet(const Set& demands) {
    const std::optional<Set> met = MetTogether(demands, {});
    if (!met.has_value()) return std::nullopt;
    return met->size() == demands.size();
  }
  // Of `first` and, as far as that is possible besides, `others`: those that are met, where `first` goes first.
  std::optional<Set> MetTogether(const Set& first, const Set& others) {
    const Set all = Union(first, others);
    Problem part = Restrict(problem_, all);
    for (size_t i = 0; i < all.size(); ++i) part.demands[i].priority = std::binary_search(first.begin(), first.end(), all[i]) ? 1 : 0;
    const Solution solved = SolveNormalized(part, deadline_, Levels::kMet);
    if (!solved.proven) return std::nullopt;
    Set met;
    for (int index : MetBy(part, solved.seats)) met.push_back(all[index]);
    return met;
  }

 private:
  Problem problem_;
  const Deadline deadline_;
};

// QuickXplain: an irreducible part of `rest` that cannot be met together with `held`, given that both together cannot.
std::optional<Set> Explain(MeetingOracle& oracle, const Set& held, bool added, const Set& rest) {
  if (added) {
    const std::optional<bool> possible = oracle.CanMeet(held);
    if (!possible.has_value()) return std::nullopt;
    if (!*possible) return Set();
  }
  if (rest.size() == 1) return rest;
  const Set left(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(rest.size() / 2));
  const Set right(rest.begin() + static_cast<std::ptrdiff_t>(rest.size() / 2), rest.end());
  const std::optional<Set> of_right = Explain(oracle, Union(held, left), true, right);
  if (!of_right.has_value()) return std::nullopt;
  const std::optional<Set> of_left = Explain(oracle, Union(held, *of_right), !of_right->empty(), left);
  if (!of_left.has_value()) return std::nullopt;
  return Union(*of_left, *of_right);
}

// Whether `size` demands can hit all sets, as far as that is found within so many steps.
bool Hit(const std::vector<Set>& sets, size_t size, Set& chosen, int& steps) {
  if (--steps < 0) return false;
  for (const Set& set : sets) {
    const bool hit = std::any_of(set.begin(), set.end(), [&](int d) { return std::find(chosen.begin(), chosen.end(), d) != chosen.end(); });
    if (hit) continue;
    if (chosen.size() == size) return false;
    for (int demand : set) {
      chosen.push_back(demand);
      if (Hit(sets, size, chosen, steps)) return true;
      chosen.pop_back();
    }
    return false;
  }
  return true;
}

// A smallest set of `all` that cannot be met, given an irreducible one; nothing when that is not known, as it is not where the smallest has
// more than 8.
std::optional<Set> Smallest(MeetingOracle& oracle, const Set& all, const Set& irreducible) {
  std::vector<Set> complements;
  size_t size = 1;
  while (size < irreducible.size() && size <= kSmallestUpTo) {
    Set hitting;
    int steps = kSteps;
    if (!Hit(complements, size, hitting, steps)) {
      if (steps < 0) return std::nullopt;
      ++size;
      continue;
    }
    std::sort(hitting.begin(), hitting.end());
    const std::optional<bool> possible = oracle.CanMeet(hitting);
    if (!possible.has_value()) return std::nullopt;
    if (!*possible) return hitting;
    const std::optional<Set> met = oracle.MetTogether(hitting, all);
    if (!met.has_value()) return std::nullopt;
    complements.push_back(Without(all, *met));
  }
  if (size < irreducible.size()) return std::nullopt;
  return irreducible;
}

}  // namespace

std::vector<Conflict> FindConflicts(const Problem& problem, const Solution& solution, size_t most, Deadline deadline) {
  std::vector<Conflict> conflicts;
  const Set met = MetBy(problem, solution.seats);
  for (const Set& part : PartsOf(problem)) {
    const Set unmet = Without(part, met);
    if (unmet.empty()) continue;
    const Problem own = Restrict(problem, part);
    MeetingOracle oracle(own, deadline);
    Set all;
    for (size_t i = 0; i < part.size(); ++i) all.push_back(static_cast<int>(i));
    const auto add = [&](const Set& demands, bool smallest) {
      Conflict& conflict = conflicts.emplace_back();
      for (int d : demands) conflict.demands.push_back(part[d]);
      conflict.smallest = smallest;
    };
    // What cannot be met even alone is a smallest set by itself.
    for (int d : Set(all)) {
      if (conflicts.size() >= most) return conflicts;
      if (std::binary_search(met.begin(), met.end(), part[d])) continue;
      const std::optional<bool> possible = oracle.CanMeet({d});
      if (!possible.has_value()) return conflicts;
      if (*possible) continue;
      add({d}, true);
      all = Without(all, {d});
    }
    while (!all.empty()) {
      if (conflicts.size() >= most) return conflicts;
      const std::optional<bool> possible = oracle.CanMeet(all);
      if (!possible.has_value()) return conflicts;
      if (*possible) break;
      const std::optional<Set> irreducible = Explain(oracle, {}, false, all);
      if (!irreducible.has_value()) return conflicts;
      const std::optional<Set> smallest = Smallest(oracle, all, *irreducible);
      const Set& found = smallest.has_value() ? *smallest : *irreducible;
      add(found, smallest.has_value());
      int out = found.front();
      for (int d : found) {
        if (own.demands[d].priority <= own.demands[out].priority) out = d;
      }
      all = Without(all, {out});
    }
  }
  return conflicts;
}

}  // namespace heitie::resource::assignment
