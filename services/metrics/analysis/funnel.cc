#include "services/metrics/analysis/funnel.h"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <set>
#include <utility>

#include "common/status/macros.h"
#include "services/metrics/analysis/figures.h"

namespace heitie::metrics::analysis {
namespace {

constexpr int64_t kLongAgo = std::numeric_limits<int64_t>::min();

// A way to a level: the times of its steps.
struct Way {
  std::array<int64_t, kMaxFunnelSteps> t;
};

// Whether `a` is the better of two ways to a level: begun later, then later at the last step, at the one before and so on backwards.
bool Better(const Way& a, const Way& b, int level) {
  if (a.t[0] != b.t[0]) return a.t[0] > b.t[0];
  for (int i = level - 1; i > 0; --i) {
    if (a.t[i] != b.t[i]) return a.t[i] > b.t[i];
  }
  return false;
}

// Whether consecutive steps can have different events: events are given by what they match, so many times each.
class Matching {
 public:
  void Clear() { counts_.clear(); }
  void Add(uint32_t matches, int64_t change = 1) {
    for (auto& [known, count] : counts_) {
      if (known != matches) continue;
      count += change;
      return;
    }
    counts_.emplace_back(matches, change);
  }
  // The greatest j so that steps i … j − 1 have different events.
  int Reach(int i, int steps) {
    slots_.clear();
    for (const auto& [matches, count] : counts_) {
      if (matches >> i == 0) continue;
      slots_.insert(slots_.end(), static_cast<size_t>(std::min<int64_t>(count, steps - i)), matches);
    }
    taken_.assign(slots_.size(), -1);
    int j = i;
    while (j < steps) {
      seen_.assign(slots_.size(), 0);
      if (!Place(j)) break;
      ++j;
    }
    return j;
  }

 private:
  // Kuhn's augmenting path.
  bool Place(int step) {
    for (size_t s = 0; s < slots_.size(); ++s) {
      if ((slots_[s] >> step & 1U) == 0 || seen_[s] != 0) continue;
      seen_[s] = 1;
      if (taken_[s] >= 0 && !Place(taken_[s])) continue;
      taken_[s] = step;
      return true;
    }
    return false;
  }

  std::vector<std::pair<uint32_t, int64_t>> counts_;
  std::vector<uint32_t> slots_;
  std::vector<int> taken_;
  std::vector<uint8_t> seen_;
};

// Follows one user after the other; its memory is used again.
class Walker {
 public:
  explicit Walker(const FunnelRules& rules) : rules_(rules), k_(rules.steps) {
    for (int level = 1; level < k_; ++level) {
      for (const FunnelExclusion& e : rules_.exclusions) {
        if (e.from >= 1 && e.from < level && e.to >= level && !(e.from == level - 1 && e.to == level)) wide_[level] = true;
      }
    }
  }

  const FunnelPath& Follow(const Moment* begin, const Moment* end) {
    Reset();
    bool judged = false;
    for (const Moment* at = begin; at != end && path_.level < k_;) {
      const Moment* next = at;
      while (next != end && next->time == at->time) ++next;
      if (!judged && at->time >= rules_.closed_until) {
        path_.open = StillOpen();
        judged = true;
      }
      switch (rules_.order) {
        case FunnelOrder::kOrdered:
          Ordered(at, next);
          break;
        case FunnelOrder::kNothingBetween:
          NothingBetween(at, next);
          break;
        case FunnelOrder::kAnyOrder:
          AnyOrder(begin, at, next);
          break;
      }
      at = next;
    }
    if (!judged) path_.open = StillOpen();
    if (path_.level == k_ || path_.level == 0) path_.open = false;
    if (path_.level > 0 && rules_.order != FunnelOrder::kAnyOrder) {
      const Way& way = first_[path_.level];
      path_.steps.assign(way.t.begin(), way.t.begin() + path_.level);
    }
    return path_;
  }

 private:
  // Ways to a level, of which none is worse in everything that matters. Where only the first and the last step matter, the last one grows
  // and the first one falls from front to back.
  struct Frontier {
    std::vector<Way> ways;
    size_t head = 0;
    bool empty() const { return head == ways.size(); }
    void Clear() {
      ways.clear();
      head = 0;
    }
  };

  void Reset() {
    path_.level = 0;
    path_.open = false;
    path_.times.clear();
    path_.steps.clear();
    for (Frontier& frontier : frontiers_) frontier.Clear();
    last_excluded_.fill(kLongAgo);
    going_on_.fill(false);
    window_.Clear();
    left_ = 0;
    last_start_ = kLongAgo;
  }

  uint32_t StepsOf(const Moment& moment) const {
    uint32_t steps = moment.matches & ((1U << k_) - 1);
    if (moment.time < rules_.start || moment.time >= rules_.end) steps &= ~1U;
    return steps;
  }

  // How far the events of one instant lead from each level.
  void ComputeReach(const Moment* begin, const Moment* end) {
    if (rules_.strict || end - begin == 1) {
      uint32_t any = 0;
      for (const Moment* m = begin; m != end; ++m) any |= StepsOf(*m);
      for (int i = 0; i < k_; ++i) reach_[i] = (any >> i & 1U) != 0 ? i + 1 : i;
      return;
    }
    group_.Clear();
    for (const Moment* m = begin; m != end; ++m) group_.Add(StepsOf(*m));
    for (int i = 0; i < k_; ++i) reach_[i] = group_.Reach(i, k_);
  }

  bool WithinStepWindow(int level, int64_t last, int64_t now) const {
    return rules_.step_windows.empty() || now - last <= rules_.step_windows[static_cast<size_t>(level) - 1];
  }

  // Whether something that may not lie between steps keeps a way of this level from the step `to`.
  bool Excluded(const Way& way, int level, int to) const {
    for (size_t e = 0; e < rules_.exclusions.size(); ++e) {
      const FunnelExclusion& x = rules_.exclusions[e];
      if (x.to == to && x.from < level && last_excluded_[e] > way.t[x.from]) return true;
    }
    return false;
  }

  void Ordered(const Moment* begin, const Moment* end) {
    const int64_t now = begin->time;
    ComputeReach(begin, end);
    // Downwards, so that no step of this instant is led on by the same events once more.
    for (int level = k_ - 1; level >= 1; --level) {
      if (reach_[level] == level || frontiers_[level].empty()) continue;
      if (wide_[level]) {
        LeadWide(level, now);
      } else if (const Way* way = BestOf(level, now); way != nullptr) {
        const Way best = *way;
        Lead(best, level, now);
      }
    }
    Way start;
    for (int j = 1; j <= reach_[0]; ++j) {
      start.t[j - 1] = now;
      Arrive(start, j, now);
    }
    for (const Moment* m = begin; m != end; ++m) {
      for (size_t e = 0; e < rules_.exclusions.size(); ++e) {
        if ((m->matches >> (k_ + static_cast<int>(e)) & 1U) != 0) last_excluded_[e] = now;
      }
    }
  }

  // The best way that can still be led on; what never can be any more is dropped.
  const Way* BestOf(int level, int64_t now) {
    Frontier& frontier = frontiers_[level];
    while (!frontier.empty()) {
      const Way& front = frontier.ways[frontier.head];
      if (WithinStepWindow(level, front.t[level - 1], now) && !ExcludedByLast(front, level)) break;
      ++frontier.head;
    }
    if (frontier.empty()) return nullptr;
    const Way& front = frontier.ways[frontier.head];
    // All others have begun earlier.
    if (now - front.t[0] > rules_.window || Excluded(front, level, level)) {
      frontier.Clear();
      return nullptr;
    }
    return &front;
  }

  bool ExcludedByLast(const Way& way, int level) const {
    for (size_t e = 0; e < rules_.exclusions.size(); ++e) {
      const FunnelExclusion& x = rules_.exclusions[e];
      if (x.to == level && x.from == level - 1 && last_excluded_[e] > way.t[level - 1]) return true;
    }
    return false;
  }

  void LeadWide(int level, int64_t now) {
    std::vector<Way>& ways = frontiers_[level].ways;
    ways.erase(std::remove_if(ways.begin(), ways.end(),
                              [&](const Way& way) {
                                return now - way.t[0] > rules_.window || !WithinStepWindow(level, way.t[level - 1], now) ||
                                       Excluded(way, level, level);
                              }),
               ways.end());
    for (const Way& way : ways) Lead(way, level, now);
  }

  // To every level that the events of this instant lead to.
  void Lead(Way way, int level, int64_t now) {
    for (int j = level + 1; j <= reach_[level]; ++j) {
      if (j > level + 1 && Excluded(way, level, j - 1)) return;
      way.t[j - 1] = now;
      Arrive(way, j, now);
    }
  }

  void Arrive(const Way& way, int level, int64_t now) {
    Note(way, level, now);
    if (level == k_) return;
    if (wide_[level]) return KeepWide(way, level);
    Frontier& frontier = frontiers_[level];
    if (!frontier.empty() && frontier.ways.back().t[level - 1] == now && !Better(way, frontier.ways.back(), level)) return;
    while (!frontier.empty() && frontier.ways.back().t[0] <= way.t[0]) frontier.ways.pop_back();
    if (frontier.empty()) frontier.Clear();
    frontier.ways.push_back(way);
  }

  // Keeps the way unless another is at least as good in all steps on which something still depends.
  void KeepWide(const Way& way, int level) {
    std::vector<int> matter = {0, level - 1};
    for (const FunnelExclusion& e : rules_.exclusions) {
      if (e.from < level && e.to >= level) matter.push_back(e.from);
    }
    const auto covers = [&](const Way& a, const Way& b) {
      return std::all_of(matter.begin(), matter.end(), [&](int i) { return a.t[i] >= b.t[i]; });
    };
    std::vector<Way>& ways = frontiers_[level].ways;
    for (const Way& other : ways) {
      if (covers(other, way) && !(covers(way, other) && Better(way, other, level))) return;
    }
    ways.erase(std::remove_if(ways.begin(), ways.end(), [&](const Way& other) { return covers(way, other); }), ways.end());
    ways.push_back(way);
  }

  // The first time that a level is reached.
  void Note(const Way& way, int level, int64_t now) {
    while (path_.level < level) {
      ++path_.level;
      path_.times.push_back(0);
      first_[path_.level] = way;
      noted_at_[path_.level] = now;
    }
    if (noted_at_[level] != now) return;
    if (Better(way, first_[level], level)) first_[level] = way;
    path_.times[static_cast<size_t>(level) - 1] = now - first_[level].t[0];
  }

  void NothingBetween(const Moment* begin, const Moment* end) {
    const int64_t now = begin->time;
    const int64_t count = end - begin;
    ComputeReach(begin, end);
    std::array<Way, kMaxFunnelSteps + 1> next;
    std::array<bool, kMaxFunnelSteps + 1> goes_on{};
    const auto arrive = [&](const Way& way, int level, bool all) {
      Note(way, level, now);
      if (!all || (goes_on[level] && !Better(way, next[level], level))) return;
      goes_on[level] = true;
      next[level] = way;
    };
    Way way;
    // What else happens at the instant of the first step may have come before it.
    for (int j = 1; j <= reach_[0]; ++j) {
      way.t[j - 1] = now;
      arrive(way, j, true);
    }
    for (int level = 1; level < k_; ++level) {
      if (!going_on_[level]) continue;
      way = between_[level];
      if (now - way.t[0] > rules_.window || !WithinStepWindow(level, way.t[level - 1], now)) continue;
      for (int j = level + 1; j <= reach_[level]; ++j) {
        way.t[j - 1] = now;
        arrive(way, j, j - level == count);
      }
    }
    between_ = next;
    going_on_ = goes_on;
  }

  void AnyOrder(const Moment* all, const Moment* begin, const Moment* end) {
    const int64_t now = begin->time;
    for (const Moment* m = begin; m != end; ++m) {
      const uint32_t steps = StepsOf(*m);
      window_.Add(steps);
      if ((steps & 1U) != 0 && now < rules_.closed_until) last_start_ = now;
    }
    for (; all[left_].time < now - rules_.window; ++left_) window_.Add(StepsOf(all[left_]), -1);
    const int reached = window_.Reach(0, k_);
    for (int level = path_.level + 1; level <= reached; ++level) {
      path_.level = level;
      path_.times.push_back(now - LatestBegin(all + left_, end, level));
    }
  }

  // The latest time from which on the events still suffice for the level.
  int64_t LatestBegin(const Moment* begin, const Moment* end, int level) {
    group_.Clear();
    for (const Moment* m = end; m != begin;) {
      const int64_t time = (m - 1)->time;
      for (; m != begin && (m - 1)->time == time; --m) group_.Add(StepsOf(*(m - 1)));
      if (group_.Reach(0, level) == level) return time;
    }
    return begin->time;
  }

  bool StillOpen() const {
    const int64_t closed = rules_.closed_until;
    if (rules_.order == FunnelOrder::kAnyOrder) return last_start_ != kLongAgo && last_start_ >= closed - rules_.window;
    const auto open = [&](const Way& way, int level) {
      if (way.t[0] < closed - rules_.window || !WithinStepWindow(level, way.t[level - 1], closed)) return false;
      for (int to = level; to < k_; ++to) {
        if (Excluded(way, level, to)) return false;
      }
      return true;
    };
    for (int level = 1; level < k_; ++level) {
      if (rules_.order == FunnelOrder::kNothingBetween) {
        if (going_on_[level] && open(between_[level], level)) return true;
        continue;
      }
      const Frontier& frontier = frontiers_[level];
      for (size_t i = frontier.head; i < frontier.ways.size(); ++i) {
        if (open(frontier.ways[i], level)) return true;
      }
    }
    return false;
  }

  const FunnelRules& rules_;
  const int k_;
  std::array<bool, kMaxFunnelSteps + 1> wide_{};
  FunnelPath path_;
  std::array<Frontier, kMaxFunnelSteps + 1> frontiers_;
  std::array<Way, kMaxFunnelSteps + 1> first_;
  std::array<int64_t, kMaxFunnelSteps + 1> noted_at_{};
  std::array<int, kMaxFunnelSteps + 1> reach_{};
  std::array<int64_t, kMaxFunnelExclusions> last_excluded_{};
  // Nothing between: ways whose last step is the last event so far.
  std::array<Way, kMaxFunnelSteps + 1> between_;
  std::array<bool, kMaxFunnelSteps + 1> going_on_{};
  // Any order: the events of the last `window`.
  Matching window_;
  size_t left_ = 0;
  int64_t last_start_ = kLongAgo;
  Matching group_;
};

void Count(const FunnelPath& path, FunnelFigures& figures) {
  for (size_t i = 0; i < static_cast<size_t>(path.level); ++i) {
    ++figures.reached[i];
    if (i > 0) figures.times[i].push_back(path.times[i]);
  }
  if (path.open) ++figures.open[static_cast<size_t>(path.level) - 1];
}

FunnelFigures NoFigures(int steps) {
  FunnelFigures figures;
  figures.reached.resize(static_cast<size_t>(steps));
  figures.open.resize(static_cast<size_t>(steps));
  figures.times.resize(static_cast<size_t>(steps));
  return figures;
}

void SortTimes(FunnelFigures& figures) {
  for (auto& times : figures.times) std::sort(times.begin(), times.end());
}

Window FunnelScan(const FunnelQuestion& question) {
  const absl::Duration after = absl::Microseconds(question.rules.window + 1);
  const absl::Duration before = question.rules.order == FunnelOrder::kAnyOrder ? after : absl::ZeroDuration();
  return {question.window.start - before, question.window.end + after};
}

std::string GroupOf(const FunnelQuestion& question, const Histories& histories, const FunnelPath& path, const Moment* begin,
                    const Moment* end) {
  const auto step = static_cast<size_t>(question.breakdown_step);
  if (path.steps.size() <= step) return "";
  const std::string* smallest = nullptr;
  static const std::string none;
  const auto* at = std::lower_bound(begin, end, path.steps[step], [](const Moment& m, int64_t time) { return m.time < time; });
  for (; at != end && at->time == path.steps[step]; ++at) {
    if ((at->matches >> step & 1U) == 0) continue;
    const std::string& value = at->tag == 0 ? none : histories.tags[at->tag - 1];
    if (smallest == nullptr || value < *smallest) smallest = &value;
  }
  return smallest == nullptr ? none : *smallest;
}

// Calls for each entrant.
absl::Status FollowAll(Snapshot& snapshot, const FunnelQuestion& question, const Calendar& calendar, absl::Time closed_until,
                       const std::function<absl::Status(const Histories&, const FunnelPath&, const Moment*, const Moment*)>& each) {
  FunnelRules rules = question.rules;
  rules.start = MicrosOf(question.window.start);
  rules.end = MicrosOf(question.window.end);
  rules.closed_until = MicrosOf(closed_until);
  HistoryQuery query;
  query.selections = question.steps;
  query.selections.insert(query.selections.end(), question.exclusions.begin(), question.exclusions.end());
  query.window = FunnelScan(question);
  query.among = question.among;
  query.tag = question.breakdown;
  query.everything = rules.order == FunnelOrder::kNothingBetween;
  Walker walker(rules);
  const Days days = DaysOf(query.window, calendar);
  return ForEachSlice(snapshot, query.selections, days, SliceRows(snapshot), [&](Users users) -> absl::Status {
    query.users = users;
    ASSIGN_OR_RETURN(const Histories histories, ReadHistories(snapshot, query, calendar));
    absl::Status status;
    ForEachUser(histories.moments, [&](const Moment* begin, const Moment* end) {
      const FunnelPath& path = walker.Follow(begin, end);
      if (path.level > 0 && status.ok()) status = each(histories, path, begin, end);
    });
    return status;
  });
}

}  // namespace

FunnelPath FollowFunnel(const FunnelRules& rules, const Moment* begin, const Moment* end) { return Walker(rules).Follow(begin, end); }

int64_t FunnelFigures::lost() const {
  int64_t left = reached.front() - reached.back();
  for (const int64_t count : open) left -= count;
  return left;
}

std::optional<double> FunnelFigures::RateOf(size_t step) const {
  if (reached.front() == 0) return std::nullopt;
  return static_cast<double>(reached[step]) / static_cast<double>(reached.front());
}

std::optional<double> FunnelFigures::StepRateOf(size_t step) const {
  const int64_t before = step == 0 ? reached.front() : reached[step - 1];
  if (before == 0) return std::nullopt;
  return static_cast<double>(reached[step]) / static_cast<double>(before);
}

absl::StatusOr<FunnelAnswer> AnswerFunnel(Snapshot& snapshot, const FunnelQuestion& question, const Calendar& calendar,
                                          absl::Time closed_until) {
  const int steps = static_cast<int>(question.steps.size());
  FunnelAnswer answer;
  answer.all = NoFigures(steps);
  int64_t times = 0;
  const auto take = [&](const Histories& histories, const FunnelPath& path, const Moment* begin, const Moment* end) -> absl::Status {
    times += (path.level - 1) * (question.breakdown.empty() ? 1 : 2);
    if (times > MostSamples(snapshot)) return status::Error(kSampleTooGreat, {{"limit", MostSamples(snapshot)}});
    Count(path, answer.all);
    if (question.breakdown.empty()) return absl::OkStatus();
    const std::string group = GroupOf(question, histories, path, begin, end);
    Count(path, answer.groups.try_emplace(group, NoFigures(steps)).first->second);
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(FollowAll(snapshot, question, calendar, closed_until, take));
  SortTimes(answer.all);
  for (auto& [value, figures] : answer.groups) SortTimes(figures);
  return answer;
}

absl::StatusOr<Roaring> UsersOfFunnel(Snapshot& snapshot, const FunnelQuestion& question, const Calendar& calendar, absl::Time closed_until,
                                      size_t step, bool stopped_there) {
  Roaring users;
  const int level = static_cast<int>(step) + 1;
  RETURN_IF_ERROR(FollowAll(snapshot, question, calendar, closed_until,
                            [&](const Histories&, const FunnelPath& path, const Moment* begin, const Moment*) {
                              if (stopped_there ? path.level == level : path.level >= level) users.add(begin->user);
                              return absl::OkStatus();
                            }));
  return users;
}

}  // namespace heitie::metrics::analysis
