// How projects go: chart, forecast, simulation, earned value and differences of plans, computed from what events tell (P2).
#ifndef HEITIE_SERVICES_PLANNING_CONTROL_PROJECT_CONTROL_H_
#define HEITIE_SERVICES_PLANNING_CONTROL_PROJECT_CONTROL_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "heitie/planning/v1/earned_value.pb.h"
#include "heitie/planning/v1/gantt.pb.h"
#include "heitie/planning/v1/plan_difference.pb.h"
#include "heitie/planning/v1/project_forecast.pb.h"
#include "services/planning/control/plan_history.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

extern const status::Reason kSimulationTooLarge;  // A field; {limit}
extern const status::Reason kNoBaseline;          // {name}
extern const status::Reason kNotComparable;       // A field.

// The forecast of a view that can be scheduled.
v1::ProjectForecast ForecastView(const ProjectView& view);

// Thread-safe.
class ProjectControl {
 public:
  explicit ProjectControl(Tables& tables) : tables_(tables) {}
  void Bind(record::Methods& methods);

 private:
  absl::StatusOr<v1::Gantt> GetGantt(const rpc::Call& call, const v1::GetGanttRequest& request);
  absl::StatusOr<v1::ProjectForecast> Forecast(const rpc::Call& call, const v1::ForecastProjectRequest& request);
  absl::StatusOr<v1::ProjectSimulation> Simulate(const rpc::Call& call, const v1::SimulateProjectRequest& request);
  absl::StatusOr<v1::EarnedValue> EarnedValue(const rpc::Call& call, const v1::ComputeEarnedValueRequest& request);
  absl::StatusOr<v1::PlanDifference> Compare(const rpc::Call& call, const v1::ComparePlansRequest& request);

  Tables& tables_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_CONTROL_PROJECT_CONTROL_H_
