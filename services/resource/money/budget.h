// Budgets and their ledger (policy S5, W8): the rows that budget_ledger.h computes.
#ifndef HEITIE_SERVICES_RESOURCE_MONEY_BUDGET_H_
#define HEITIE_SERVICES_RESOURCE_MONEY_BUDGET_H_

#include <string>

#include "common/record/methods.h"
#include "heitie/resource/v1/budget.pb.h"

namespace heitie::resource {

extern const status::Reason kPeriodReversed;
extern const status::Reason kBudgetNotDraft;    // {budget}
extern const status::Reason kBudgetInUse;       // {budget} {pre_committed} {committed}
extern const status::Reason kCurrencyMismatch;  // {source} {from} {target} {to}
extern const status::Reason kSameBudget;

const record::StateMachine& BudgetMachine();

// Money is set aside, ordered and moved between budgets on days of their periods only. What was ordered in a period is paid or given back
// afterwards as well: that is its closing, which ends when the budget is closed. OUTSIDE_BUDGET_PERIOD.
absl::Status CheckInPeriod(const v1::Budget& budget, absl::CivilDay day);

// Thread-safe.
class Budgets {
 public:
  // `zone`: in which days begin.
  Budgets(record::Store& store, absl::TimeZone zone);
  void Bind(record::Methods& methods);

  // Locks an approved budget, for what was taken from it before. NOT_FOUND, BUDGET_NOT_APPROVED.
  absl::StatusOr<v1::Budget> LockApproved(record::Transaction& tx, const std::string& name) const;
  // Locks a budget that money can be taken from today. NOT_FOUND, BUDGET_NOT_APPROVED, OUTSIDE_BUDGET_PERIOD.
  absl::StatusOr<v1::Budget> LockInPeriod(record::Transaction& tx, const std::string& name) const;
  // Writes balances with their event, and the ledger entry that budget_ledger.h returned. `action` is the event's ("pre_commit", …).
  absl::Status Save(record::Transaction& tx, const v1::Budget& before, v1::Budget& after, const v1::BudgetEntry& entry,
                    const std::string& action) const;

 private:
  absl::Status Create(record::Transaction& tx, v1::Budget& budget);
  absl::Status Update(record::Transaction& tx, const v1::Budget& before, v1::Budget& after);
  absl::StatusOr<v1::Budget> Approve(record::Transaction& tx, const v1::ApproveBudgetRequest& request);
  absl::StatusOr<v1::Budget> Close(record::Transaction& tx, const v1::CloseBudgetRequest& request);
  absl::StatusOr<v1::TransferBudgetResponse> Transfer(record::Transaction& tx, const v1::TransferBudgetRequest& request);
  absl::Status Append(record::Transaction& tx, const v1::BudgetEntry& entry) const;
  absl::Status CheckToday(const record::Transaction& tx, const v1::Budget& budget) const;

  const absl::TimeZone zone_;
  record::Kind<v1::Budget> budgets_;
  record::Kind<v1::BudgetEntry> entries_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_MONEY_BUDGET_H_
