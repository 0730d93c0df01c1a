// The forecast played many times with durations drawn at random (P2). Pure arithmetic; the same bits on every number of threads, because
// the numbers of a task are a stream of their own and those of a play have their place in it (common/statistics/counter_random.h).
#ifndef HEITIE_SERVICES_PLANNING_CONTROL_SIMULATION_H_
#define HEITIE_SERVICES_PLANNING_CONTROL_SIMULATION_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "services/planning/control/forecast.h"
#include "services/planning/control/three_point.h"

namespace heitie::planning {

struct DrawnTask {
  // `duration` is what is left where nothing is drawn.
  StatusTask status;
  // What is drawn, and the share of it that is left.
  std::optional<ThreePoint> points;
  double share = 1;
  // Of a milestone: its planned day.
  int64_t planned_day = 0;
};

struct Simulation {
  double mean = 0;
  std::vector<double> finishes;  // ascending
  struct Task {
    double mean = 0;
    double criticality = 0;
    std::optional<double> rank_correlation;
    double on_time = 0;  // of a milestone: on its planned day or before
  };
  std::vector<Task> tasks;

  // With this probability the finish is not later: linear at position p·(n−1).
  double Quantile(double p) const;
  double ProbabilityBy(double day) const;
};

// At least one play; `threads` ≥ 1 besides none. Memory: a number for each task and play. Tasks without cycle.
Simulation Simulate(const std::vector<DrawnTask>& tasks, int64_t next, Spread spread, int64_t seed, int iterations, int threads);

// Spearman's rank correlation, equal values sharing the mean of their ranks; nothing where one does not vary.
std::optional<double> RankCorrelation(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_CONTROL_SIMULATION_H_
