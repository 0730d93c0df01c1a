// What budgets have left for training 培訓資源 (policy S2). Plans of people take no money, and what is spent on other accounts is never
// taken from a budget for this one, so that it stays free.
#ifndef HEITIE_SERVICES_RESOURCE_PEOPLE_TRAINING_MONEY_H_
#define HEITIE_SERVICES_RESOURCE_PEOPLE_TRAINING_MONEY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "common/sql/database.h"
#include "heitie/resource/v1/staff_load.pb.h"
#include "services/resource/budgeting/cost_center.h"
#include "services/resource/money/budget.h"

namespace heitie::resource {

// Thread-safe.
class TrainingMoney {
 public:
  TrainingMoney(const Budgets& budgets, const CostCenters& cost_centers) : budgets_(budgets), cost_centers_(cost_centers) {}
  // Adds the approved budgets for the account and those below it whose period overlaps the days, by name. An account "" adds none.
  absl::Status Put(sql::Session& session, const std::string& account, absl::CivilDay first, absl::CivilDay last,
                   v1::ComputeStaffOutlookResponse& response) const;

 private:
  const Budgets& budgets_;
  const CostCenters& cost_centers_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_PEOPLE_TRAINING_MONEY_H_
