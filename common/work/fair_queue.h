// The order in which waiting tasks get their turn, and who gives way when there is no more room. Higher priorities go first; inside a
// priority callers take turns, so that one caller's flood does not delay another's trickle. Of sixteen turns one is the lowest priority's
// and one the middle one's, so that neither waits for ever. Knows neither threads nor requests; not thread-safe.
//
// A queue of the lowest priority that is longer than kModerate and has not been empty for kStanding is more than can be done: to keep the
// order would make everybody wait for its whole length. Then the latest of a caller goes first, and what has waited longer than kPatience
// lapses ("adaptive LIFO" and "controlled delay": B. Maurer, Fail at Scale, ACM Queue 13(8), 2015; K. Nichols, V. Jacobson, Controlling
// Queue Delay, 2012). A burst that passes sooner is served in its order and whole.
//
// All operations cost O(log callers), except Yield: O(callers).
#ifndef HEITIE_COMMON_WORK_FAIR_QUEUE_H_
#define HEITIE_COMMON_WORK_FAIR_QUEUE_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/work/priority.h"

namespace heitie::work {

// What waits for its turn and then has it, or gives way. Neither may throw.
class Task {
 public:
  virtual ~Task() = default;
  virtual void Run() = 0;
  virtual void Refuse() = 0;
};

class FairQueue {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr size_t kModerate = 16;
  static constexpr std::chrono::milliseconds kStanding{100}, kPatience{20};

  void Push(std::shared_ptr<Task> task, const std::string& caller, Priority priority, Time now);
  // The next task, of the lowest priority only when `lowest_too`; null when there is none.
  struct Turn {
    std::shared_ptr<Task> task;
    bool lowest = false;
    std::vector<std::shared_ptr<Task>> lapsed;  // taken out as well, to be refused
  };
  Turn Pop(Time now, bool lowest_too = true);
  // Takes out the task that gives way to a new one of `caller`: the latest of the caller that has most waiting, at the lowest priority
  // below `priority` at which anything waits. If nothing lower waits, at `priority` itself, provided that this caller then still has no
  // fewer tasks than `caller` with the new one. Null: nobody gives way.
  std::shared_ptr<Task> Yield(const std::string& caller, Priority priority);
  size_t size() const { return size_; }
  // Of the lowest priority.
  size_t lowest() const { return lowest_; }

 private:
  static constexpr int kPriorities = 3;
  static constexpr int kTurns = 16;

  struct Waiting {
    std::shared_ptr<Task> task;
    Time since;
  };
  struct Lane {
    std::string caller;
    std::deque<Waiting> tasks;  // the latest last
  };
  struct Level {
    std::list<Lane> lanes;  // of callers with waiting tasks; the first has its turn
    std::map<std::string, std::list<Lane>::iterator> by_caller;
  };

  static size_t IndexOf(Priority priority);
  Turn PopFrom(Level& level);
  Turn PopLatest(Level& level, Time now);
  static std::list<Lane>::iterator Longest(Level& level);
  std::shared_ptr<Task> TakeLatest(Level& level, std::list<Lane>::iterator lane);
  // One less in the lane, which goes when it is empty.
  void Shrink(Level& level, std::list<Lane>::iterator lane);

  std::array<Level, kPriorities> levels_;  // lowest first
  size_t size_ = 0, lowest_ = 0;
  Time lowest_since_;  // the lowest priority's queue has not been empty
  int turn_ = 0;
};

}  // namespace heitie::work

#endif  // HEITIE_COMMON_WORK_FAIR_QUEUE_H_
