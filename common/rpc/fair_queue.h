// The order in which waiting tasks get their turn, and who gives way when there is no more room. Higher priorities go first; inside a
// priority callers take turns, so that one caller's flood does not delay another's trickle. Every 16th turn is the lowest priority's, so
// that it never waits for ever. Knows neither threads nor requests; not thread-safe.
//
// All operations cost O(log callers), except Yield: O(callers).
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "heitie/options/v1/priority.pb.h"

namespace heitie::rpc {

using Priority = options::v1::Priority;

// What waits for its turn and then has it, or gives way. Neither may throw.
class Task {
 public:
  virtual ~Task() = default;
  virtual void Run() = 0;
  virtual void Refuse() = 0;
};

class FairQueue {
 public:
  void Push(std::shared_ptr<Task> task, const std::string& caller, Priority priority);
  // The next task, of the lowest priority only when `lowest_too`; null when there is none.
  struct Turn {
    std::shared_ptr<Task> task;
    bool lowest = false;
  };
  Turn Pop(bool lowest_too = true);
  // Takes out the task that gives way to a new one: the latest of the caller that has most waiting, at a lower priority than the new one's
  // or, when nothing lower waits, at its own, if that caller then still has no less than the new one's. Null: nobody gives way.
  std::shared_ptr<Task> Yield(const std::string& caller, Priority priority);
  size_t size() const { return size_; }
  // Of the lowest priority.
  size_t lowest() const { return lowest_; }

 private:
  static constexpr int kPriorities = 3;
  static constexpr int kLowestEvery = 16;

  struct Lane {
    std::string caller;
    std::deque<std::shared_ptr<Task>> tasks;
  };
  struct Level {
    std::list<Lane> lanes;  // of callers with waiting tasks; the first has its turn
    std::map<std::string, std::list<Lane>::iterator> by_caller;
  };

  static size_t IndexOf(Priority priority);
  Turn PopFrom(Level& level);
  static std::list<Lane>::iterator Longest(Level& level);
  std::shared_ptr<Task> TakeLatest(Level& level, std::list<Lane>::iterator lane);
  // One less in the lane, which goes when it is empty.
  void Shrink(Level& level, std::list<Lane>::iterator lane);

  std::array<Level, kPriorities> levels_;  // lowest first
  size_t size_ = 0, lowest_ = 0;
  int turn_ = 0;
};

}  // namespace heitie::rpc
