// From effects to a verdict, in words (policy M3). Pure functions.
#ifndef HEITIE_SERVICES_METRICS_OPTIMISATION_VERDICT_H_
#define HEITIE_SERVICES_METRICS_OPTIMISATION_VERDICT_H_

#include <optional>
#include <vector>

#include "absl/time/civil_time.h"
#include "common/statistics/without_control.h"
#include "heitie/metrics/v1/evaluation_policy.pb.h"
#include "heitie/metrics/v1/verdict.pb.h"
#include "services/metrics/optimisation/aim.h"
#include "services/metrics/optimisation/experiment.h"

namespace heitie::metrics {

// The figure of each user that a metric is compared by, in the order of ComparedIn.
std::vector<UserMetric> UserMetricsOf(const Aim& aim);

// The sample ratio comes first: one that cannot be by chance withholds everything else. Then the effects; before each arm has its planned
// size, by the always-valid interval. `numbers` hold the error of the aim's plan.
v1::Verdict JudgeExperiment(const Aim& aim, const ExperimentArms& arms, const v1::EvaluationPolicy& numbers);

// Of each compared metric the units that have figures; `lacking` how many were left out because they have none, `periods_over` whether all
// periods of the plan were.
struct UnitFigures {
  std::vector<std::vector<statistics::Unit>> units;
  int lacking = 0;
  bool periods_over = true;
};
v1::Verdict JudgeUnits(const Aim& aim, const UnitFigures& figures, const v1::EvaluationPolicy& numbers);

// Of each compared metric its days.
struct DailySeries {
  std::vector<std::vector<statistics::DayFigure>> days;
  bool periods_over = true;
};
v1::Verdict JudgeInterruption(const Aim& aim, const DailySeries& series, const v1::EvaluationPolicy& numbers);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_OPTIMISATION_VERDICT_H_
