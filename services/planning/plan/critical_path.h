// The critical path method over tasks that are numbers.
#ifndef HEITIE_SERVICES_PLANNING_PLAN_CRITICAL_PATH_H_
#define HEITIE_SERVICES_PLANNING_PLAN_CRITICAL_PATH_H_

#include <cstdint>
#include <optional>
#include <vector>

namespace heitie::planning {

enum class LinkType { kFinishToStart, kStartToStart, kFinishToFinish, kStartToFinish };

// From a predecessor to the task that has it: the linked end of the task comes at least `lag` after that of the predecessor.
struct Link {
  int predecessor;
  LinkType type;
  int64_t lag;
};

struct NetworkTask {
  int64_t duration;  // At least 0.
  std::vector<Link> links;
};
using Network = std::vector<NetworkTask>;

struct TaskTimes {
  int64_t early_start, early_finish, late_start, late_finish;
  int64_t total_float;
  // By how much it can be late alone, without moving the early times of another task or of the whole.
  int64_t free_float;
  bool critical() const { return total_float <= 0; }
};

struct NetworkTimes {
  std::vector<TaskTimes> tasks;
  int64_t finish = 0;  // The earliest finish of the whole.
};

// One shortest cycle of each group of tasks that depend on each other, in the order of the dependencies (each task is a predecessor of
// the next, the last of the first), beginning with its smallest number. Empty when the network is acyclic. O(tasks · links).
std::vector<std::vector<int>> FindCycles(const Network& network);

// Times of an acyclic network that begins at 0. Latest times are bounded, for every task and not only for those without successors, by
// the earliest finish of the whole or by `deadline`, whichever is earlier: a start-to-start successor may end long before its predecessor
// does. O(tasks + links).
NetworkTimes ComputeTimes(const Network& network, std::optional<int64_t> deadline = std::nullopt);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_PLAN_CRITICAL_PATH_H_
