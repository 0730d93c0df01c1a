// Plan periods 計劃期間: years, quarters and months that projects are planned in (P2).
#ifndef HEITIE_SERVICES_PLANNING_PLAN_PLAN_PERIOD_H_
#define HEITIE_SERVICES_PLANNING_PLAN_PLAN_PERIOD_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "heitie/planning/v1/plan_period.pb.h"
#include "services/planning/plan/defect.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

extern const status::Reason kPeriodMisfit;  // {name} {count}
extern const status::Reason kPeriodInUse;   // {name} {by}

// The defects of the cascade that the period stands in: of the period itself and of all that it is a part of.
absl::StatusOr<Defects> CheckCascade(sql::Session& session, const Tables& tables, const v1::PlanPeriod& period);

class PlanPeriods {
 public:
  explicit PlanPeriods(Tables& tables) : tables_(tables) {}
  void Bind(record::Methods& methods);

 private:
  absl::Status Create(record::Transaction& tx, v1::PlanPeriod& period);
  absl::Status Update(record::Transaction& tx, const v1::PlanPeriod& before, v1::PlanPeriod& after);
  absl::Status CheckUnused(record::Transaction& tx, const v1::PlanPeriod& period);
  absl::StatusOr<v1::CheckPlanPeriodResponse> Check(const rpc::Call& call, const v1::CheckPlanPeriodRequest& request);

  Tables& tables_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_PLAN_PLAN_PERIOD_H_
