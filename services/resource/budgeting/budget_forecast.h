// Where a budget will be at the end of its period (policy S5).
#ifndef HEITIE_SERVICES_RESOURCE_BUDGETING_BUDGET_FORECAST_H_
#define HEITIE_SERVICES_RESOURCE_BUDGETING_BUDGET_FORECAST_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/record/methods.h"
#include "heitie/resource/v1/budget_report.pb.h"
#include "services/resource/money/budget.h"
#include "services/resource/people/tables.h"

namespace heitie::resource {

// What of a planned amount nothing holds yet: beside what the activity has, it draws on what is left of its project's, which is less then.
int64_t NotYetHeld(int64_t amount, int64_t of_activity, int64_t& of_project);

// Asks nobody: activities and calendars are known by their events. Thread-safe.
class BudgetForecasts {
 public:
  BudgetForecasts(record::Store& store, const Budgets& budgets, const StaffTables& facts)
      : store_(store), budgets_(budgets), facts_(facts) {}
  void Bind(record::Methods& methods);

 private:
  absl::StatusOr<v1::ForecastBudgetResponse> Forecast(const rpc::Call& call, const v1::ForecastBudgetRequest& request);
  // What activities hold or have spent in these budgets, and what their projects hold there, by subject.
  absl::StatusOr<std::map<std::string, int64_t>> HeldBy(sql::Session& session, const std::vector<std::string>& budgets,
                                                        const std::vector<activity::v1::Activity>& activities) const;
  // What is planned and nothing is set aside for.
  absl::Status PutPlanned(sql::Session& session, const std::string& budget, v1::ForecastBudgetResponse& response) const;

  record::Store& store_;
  const Budgets& budgets_;
  const StaffTables& facts_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_BUDGETING_BUDGET_FORECAST_H_
