#include "services/planning/plan/attainment.h"

#include "absl/strings/str_cat.h"
#include "common/exact/sum.h"

namespace heitie::planning {

v1::TargetAttainment CoverageOf(const v1::PeriodTarget& target, const std::vector<v1::Project>& projects) {
  v1::TargetAttainment result;
  result.set_metric(target.metric());
  result.set_unit(target.unit());
  result.set_baseline(target.baseline());
  result.set_target(target.target());
  exact::Sum change;
  for (const v1::Project& project : projects) {
    bool counts = false;
    for (int i = 0; i < project.objectives_size(); ++i) {
      const v1::Objective& objective = project.objectives(i);
      if (objective.metric() != target.metric()) continue;
      if (objective.unit() != target.unit()) {
        result.add_other_units(absl::StrCat(project.name(), "#objectives[", i, "]"));
        continue;
      }
      if (!objective.has_baseline() || !objective.has_target()) continue;
      change.Add(objective.target());
      change.Subtract(objective.baseline());
      counts = true;
    }
    if (counts) result.add_projects(project.name());
  }
  const double wanted = target.target() - target.baseline();
  if (wanted != 0) result.set_covered(change.value() / wanted);
  return result;
}

std::optional<double> ActualOf(const v1::PeriodTarget& target, const metrics::v1::QueryMetricResponse& figures) {
  std::optional<double> last;
  exact::Sum sum;
  for (const metrics::v1::DailyFigures& day : figures.days()) {
    if (!day.figures().has_value()) continue;
    last = day.figures().value();
    sum.Add(*last);
  }
  if (!last) return std::nullopt;
  return target.aggregation() == v1::PeriodTarget::AGGREGATION_LEVEL ? *last : sum.value();
}

std::optional<double> AttainedShare(const v1::PeriodTarget& target, double actual) {
  const double wanted = target.target() - target.baseline();
  if (wanted == 0) return std::nullopt;
  return (actual - target.baseline()) / wanted;
}

}  // namespace heitie::planning
