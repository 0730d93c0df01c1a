#include "services/planning/control/levelling.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

namespace heitie::planning {
namespace {

struct Successor {
  int task;
  Link link;
};

PlacedTask Moved(const PlacedTask& place, int64_t shift) { return {{place.span.begin + shift, place.span.end + shift}, place.milestone}; }

std::vector<std::vector<Successor>> SuccessorsOf(const LevelPlan& plan) {
  std::vector<std::vector<Successor>> successors(plan.tasks.size());
  for (size_t i = 0; i < plan.tasks.size(); ++i) {
    for (const Link& link : plan.tasks[i].links) successors[link.predecessor].push_back({static_cast<int>(i), link});
  }
  return successors;
}

int64_t LastEnd(const LevelPlan& plan, const std::vector<int64_t>& shifts) {
  int64_t last = 0;
  for (size_t i = 0; i < plan.tasks.size(); ++i) last = std::max(last, plan.tasks[i].place.span.end + shifts[i]);
  return last;
}

// By how many days the predecessor may move before its successor has to, which is not below 0 however the plan stands.
int64_t SlackOf(const LevelPlan& plan, const Successor& successor, int predecessor) {
  return std::max<int64_t>(0, -Shortfall(successor.link, plan.tasks[predecessor].place, plan.tasks[successor.task].place));
}

// Predecessors first, of several those with the smallest float, then by name: what can wait is placed around what cannot.
std::vector<int> OrderOf(const LevelPlan& plan) {
  const std::vector<std::vector<Successor>> successors = SuccessorsOf(plan);
  const std::vector<int64_t> floats = FloatsOf(plan);
  std::vector<size_t> waits_for(plan.tasks.size());
  std::vector<int> ready, order;
  for (size_t i = 0; i < plan.tasks.size(); ++i) {
    waits_for[i] = plan.tasks[i].links.size();
    if (waits_for[i] == 0) ready.push_back(static_cast<int>(i));
  }
  while (!ready.empty()) {
    const auto next =
        std::min_element(ready.begin(), ready.end(), [&](int a, int b) { return std::tie(floats[a], a) < std::tie(floats[b], b); });
    const int task = *next;
    ready.erase(next);
    order.push_back(task);
    for (const Successor& successor : successors[task]) {
      if (--waits_for[successor.task] == 0) ready.push_back(successor.task);
    }
  }
  return order;
}

// One search for shifts with which the work of some people fits.
class LevelSearch {
 public:
  LevelSearch(const LevelPlan& plan, const std::vector<int>& order, std::vector<bool> fits, int64_t effort)
      : plan_(plan),
        order_(order),
        successors_(SuccessorsOf(plan)),
        fits_(std::move(fits)),
        effort_(effort),
        planned_end_(LastEnd(plan, std::vector<int64_t>(plan.tasks.size()))),
        shifts_(plan.tasks.size()) {
    for (size_t person = 0; person < plan.others.size(); ++person) work_.push_back(plan.others[person]);
    for (const LevelTask& task : plan.tasks) {
      if (!task.movable && task.person >= 0) work_[task.person].push_back({task.place.span.begin, task.place.span.end, task.hours});
    }
  }

  // Nothing where there are none, or none were found.
  std::optional<std::vector<int64_t>> Run() {
    for (size_t person = 0; person < work_.size(); ++person) {
      if (fits_[person] && FindOverload(work_[person], plan_.hours_per_day)) return std::nullopt;
    }
    Place(0, 0, 0);
    return best_;
  }
  bool exhausted() const { return effort_ < 0; }

 private:
  void Place(size_t at, int64_t finish, int64_t total) {
    if (at == order_.size()) return Keep(finish, total);
    const int task = order_[at];
    const LevelTask& one = plan_.tasks[task];
    if (!one.movable) return Place(at + 1, finish, total);
    const auto [least, most] = RangeOf(task);
    for (int64_t shift = least; shift <= most && !exhausted(); ++shift) {
      const int64_t late = std::max(finish, one.place.span.end + shift - planned_end_);
      if (best_ && std::make_pair(late, total + shift) > best_value_) break;
      --effort_;
      shifts_[task] = shift;
      if (one.person < 0 || !fits_[one.person]) {
        Place(at + 1, late, total + shift);
        continue;
      }
      std::vector<Work>& work = work_[one.person];
      work.push_back({one.place.span.begin + shift, one.place.span.end + shift, one.hours});
      effort_ -= static_cast<int64_t>(work.size() * work.size());
      if (!FindOverload(work, plan_.hours_per_day)) Place(at + 1, late, total + shift);
      work.pop_back();
    }
    shifts_[task] = 0;
  }

  // Its predecessors are placed; what comes after it and cannot move, and the last day, bound it.
  std::pair<int64_t, int64_t> RangeOf(int task) {
    const LevelTask& one = plan_.tasks[task];
    int64_t least = 0, most = std::max<int64_t>(0, plan_.end - one.place.span.end);
    for (const Link& link : one.links) {
      const LevelTask& before = plan_.tasks[link.predecessor];
      least = std::max(least, shifts_[link.predecessor] - std::max<int64_t>(0, -Shortfall(link, before.place, one.place)));
    }
    for (const Successor& successor : successors_[task]) {
      if (!plan_.tasks[successor.task].movable) most = std::min(most, SlackOf(plan_, successor, task));
    }
    return {least, most};
  }

  void Keep(int64_t finish, int64_t total) {
    const auto value = std::make_pair(finish, total);
    if (best_ && std::tie(best_value_, *best_) <= std::tie(value, shifts_)) return;
    best_value_ = value;
    best_ = shifts_;
  }

  const LevelPlan& plan_;
  const std::vector<int>& order_;
  const std::vector<std::vector<Successor>> successors_;
  const std::vector<bool> fits_;  // whose work is to fit
  int64_t effort_;
  const int64_t planned_end_;
  std::vector<int64_t> shifts_;
  std::vector<std::vector<Work>> work_;  // by person, of what is placed
  std::pair<int64_t, int64_t> best_value_;
  std::optional<std::vector<int64_t>> best_;
};

}  // namespace

std::vector<int64_t> TakeAbsences(const std::vector<int64_t>& days, int64_t hours_per_day, std::vector<Work>& others) {
  const auto lack = [&](std::vector<Work> work) -> int64_t {
    for (Work& one : work) one.own = true;
    const std::optional<Overload> worst = FindOverload(std::move(work), hours_per_day);
    return worst ? worst->hours - worst->available : 0;
  };
  const int64_t before = lack(others);
  std::vector<int64_t> taken;
  for (const int64_t day : days) {
    others.push_back({day, day + 1, hours_per_day, /*own=*/false});
    if (lack(others) > before) {
      others.pop_back();
    } else {
      taken.push_back(day);
    }
  }
  return taken;
}

std::vector<int64_t> FloatsOf(const LevelPlan& plan) {
  const std::vector<std::vector<Successor>> successors = SuccessorsOf(plan);
  const int64_t last = LastEnd(plan, std::vector<int64_t>(plan.tasks.size()));
  std::vector<std::optional<int64_t>> floats(plan.tasks.size());
  // Successors before what they follow, without recursion: a chain may be as long as the plan.
  std::vector<int> open;
  for (size_t i = 0; i < plan.tasks.size(); ++i) open.push_back(static_cast<int>(i));
  while (!open.empty()) {
    const int task = open.back();
    if (floats[task]) {
      open.pop_back();
      continue;
    }
    bool known = true;
    int64_t most = plan.tasks[task].movable ? last - plan.tasks[task].place.span.end : 0;
    for (const Successor& successor : successors[task]) {
      if (!floats[successor.task]) {
        open.push_back(successor.task);
        known = false;
      } else {
        most = std::min(most, *floats[successor.task] + SlackOf(plan, successor, task));
      }
    }
    if (!known) continue;
    floats[task] = most;
    open.pop_back();
  }
  std::vector<int64_t> result;
  for (const auto& one : floats) result.push_back(*one);
  return result;
}

std::vector<Work> WorkOf(const LevelPlan& plan, const std::vector<int64_t>& shifts, int person) {
  std::vector<Work> work = plan.others[person];
  for (size_t i = 0; i < plan.tasks.size(); ++i) {
    const PlacedTask moved = Moved(plan.tasks[i].place, shifts[i]);
    if (plan.tasks[i].person == person) work.push_back({moved.span.begin, moved.span.end, plan.tasks[i].hours});
  }
  return work;
}

Levelled Level(const LevelPlan& plan, int64_t effort) {
  Levelled result;
  result.shifts.resize(plan.tasks.size());
  const std::vector<int> order = OrderOf(plan);
  std::vector<bool> fits(plan.others.size());
  std::vector<int> overloaded;
  for (size_t person = 0; person < fits.size(); ++person) {
    fits[person] = !FindOverload(WorkOf(plan, result.shifts, static_cast<int>(person)), plan.hours_per_day);
    if (!fits[person]) overloaded.push_back(static_cast<int>(person));
  }
  const auto search = [&](const std::vector<bool>& wanted) {
    LevelSearch one(plan, order, wanted, effort);
    const std::optional<std::vector<int64_t>> found = one.Run();
    if (found) result.shifts = *found;
    if (one.exhausted()) result.exhaustive = false;
    return found.has_value();
  };
  // All at once, which is how it mostly ends.
  if (overloaded.size() > 1 && search(std::vector<bool>(fits.size(), true))) overloaded.clear();
  for (const int person : overloaded) {
    std::vector<bool> wanted = fits;
    wanted[person] = true;
    if (search(wanted)) {
      fits = std::move(wanted);
    } else {
      result.unlevelled.push_back(person);
    }
  }
  result.finish_delay = LastEnd(plan, result.shifts) - LastEnd(plan, std::vector<int64_t>(plan.tasks.size()));
  return result;
}

}  // namespace heitie::planning
