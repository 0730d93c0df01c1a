// Where work is going: a network of tasks of which some are done and some under way, from a status day on (P2). Pure arithmetic over
// working days, which count from the project's first day. Days may be broken, for durations that are drawn at random.
//
// A milestone takes no time and may be reached at any moment of its day: what ends until the end of the day comes before it, and what
// begins on the day comes after it, as a submission judges planned dates.
#ifndef HEITIE_SERVICES_PLANNING_CONTROL_FORECAST_H_
#define HEITIE_SERVICES_PLANNING_CONTROL_FORECAST_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "services/planning/plan/critical_path.h"

namespace heitie::planning {

// A task as it stands at the end of the status day. Spans are [begin, end).
struct StatusTask {
  enum Stage { kOpen, kUnderWay, kDone };
  Stage stage = kOpen;
  bool milestone = false;
  int64_t planned_begin = 0;  // of open work
  int64_t actual_begin = 0;   // of what was begun
  int64_t actual_end = 0;     // of what is done
  // Before this day nothing of what is left is done, for it waits for something else.
  int64_t held_until = 0;
  // What is left: of open work all of it. A milestone's does not count.
  double duration = 0;
  std::vector<Link> links;
};

// The forward and the backward pass over an acyclic network, made once for many durations. O(tasks + links) each.
class StatusNetwork {
 public:
  // `next` is the first working day after the status day. Links to tasks of one's own only.
  StatusNetwork(const std::vector<StatusTask>& tasks, int64_t next);

  // By task; `begin` of what is under way is where its rest begins.
  struct Times {
    std::vector<double> begin, end;
    std::vector<double> slack;  // of unfinished tasks
    double finish = 0;          // 0 without tasks
  };
  // `durations` by task; those of tasks that are done have no part.
  void Forward(const std::vector<double>& durations, Times& times) const;
  void Backward(const std::vector<double>& durations, Times& times) const;

  const std::vector<int>& unfinished() const { return order_; }

 private:
  struct Edge {
    int from;              // -1: from a day that is known
    double day;            // that day, or 0
    double lag;            // with the day of a milestone that is to be reached until its end
    bool after_duration;   // the predecessor's duration comes before it
    bool before_duration;  // the task's own duration comes before it
  };

  std::vector<StatusTask> tasks_;
  int64_t next_;
  std::vector<int> order_;  // unfinished tasks, each after its predecessors
  std::vector<std::vector<Edge>> edges_;
};

// The forecast of whole days.
struct StatusForecast {
  struct Task {
    int64_t begin, end;  // of all of it
    int64_t slack;       // of unfinished work
  };
  std::vector<Task> tasks;
  int64_t finish = 0;
};
StatusForecast ForecastStatus(const std::vector<StatusTask>& tasks, int64_t next);

// What was begun before a link allowed: task and predecessor.
std::vector<std::pair<int, int>> OutOfSequence(const std::vector<StatusTask>& tasks, int64_t next);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_CONTROL_FORECAST_H_
