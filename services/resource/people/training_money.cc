#include "services/resource/people/training_money.h"

#include <algorithm>
#include <map>
#include <vector>

#include "common/status/macros.h"
#include "common/time/day.h"

namespace heitie::resource {

absl::Status TrainingMoney::Put(sql::Session& session, const std::string& account, absl::CivilDay first, absl::CivilDay last,
                                v1::ComputeStaffOutlookResponse& response) const {
  if (account.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(std::vector<v1::Budget> budgets,
                   budgets_.kind().Select(session,
                                          "WHERE state = 'STATE_APPROVED' AND start_date <= ? AND end_date >= ? AND expense_account <> '' "
                                          "ORDER BY name",
                                          sql::Bind(time::DayText(last), time::DayText(first))));
  std::map<std::string, bool> for_training;  // by account
  for (v1::Budget& budget : budgets) {
    const auto [found, added] = for_training.try_emplace(budget.expense_account(), false);
    if (added) {
      ASSIGN_OR_RETURN(const std::vector<std::string> upward, cost_centers_.AccountWayUp(session, budget.expense_account()));
      found->second = std::find(upward.begin(), upward.end(), account) != upward.end();
    }
    if (!found->second) continue;
    RETURN_IF_ERROR(budgets_.PutPayable(session, budget));
    auto& money = *response.add_training_money();
    money.set_budget(budget.name());
    money.set_cost_center(budget.cost_center());
    money.set_payable_minor(budget.payable_minor());
    money.set_currency_code(budget.currency_code());
    *money.mutable_start_date() = budget.start_date();
    *money.mutable_end_date() = budget.end_date();
  }
  return absl::OkStatus();
}

}  // namespace heitie::resource
