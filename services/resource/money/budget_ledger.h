// Bookkeeping of budgets (policy S5, W8) as plain functions: what an approval, a transfer or a stage of an encumbrance does to the
// balances. Amounts are minor units of the budget's currency. pre-committed + committed + actual <= approved + transferred after every
// entry.
#ifndef HEITIE_SERVICES_RESOURCE_MONEY_BUDGET_LEDGER_H_
#define HEITIE_SERVICES_RESOURCE_MONEY_BUDGET_LEDGER_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "common/status/status.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"

namespace heitie::resource {

extern const status::Reason kBudgetLimit;  // {budget} {limit}
extern const status::Reason kStageShort;   // {encumbrance} {stage} {open} {asked} {currency}

// Balances stay below this, so that every sum is exact, also in the doubles of JSON clients (2^53).
inline constexpr int64_t kMaxBudgetMinor = 9'000'000'000'000'000;

// What is open on an encumbrance: neither spent nor released.
int64_t Open(const v1::Encumbrance& encumbrance);

// The name of entry `sequence` of a budget's ledger.
std::string BudgetEntryName(const std::string& budget, int64_t sequence);

// Each function books one movement: it changes the balances (and the encumbrance's amounts, never its state) and returns the ledger entry
// with everything but creator and time. On an error nothing has changed. All amounts are positive.

// The draft's requested amount becomes the approved one.
absl::StatusOr<v1::BudgetEntry> Approve(v1::Budget& budget);

struct TransferEntries {
  v1::BudgetEntry source;
  v1::BudgetEntry target;
};
// BUDGET_SHORT of the source, BUDGET_LIMIT of the target. The two entries add to zero (W8).
absl::StatusOr<TransferEntries> Transfer(v1::Budget& source, v1::Budget& target, int64_t amount, const std::string& transfer_id,
                                         const std::string& reason);

// The pre-commitment of a new encumbrance's whole amount. BUDGET_SHORT.
absl::StatusOr<v1::BudgetEntry> PreCommit(v1::Budget& budget, v1::Encumbrance& encumbrance);
// Pre-commitment becomes commitment. STAGE_SHORT.
absl::StatusOr<v1::BudgetEntry> Commit(v1::Budget& budget, v1::Encumbrance& encumbrance, int64_t amount);
// Commitment becomes actual. STAGE_SHORT.
absl::StatusOr<v1::BudgetEntry> RecordActual(v1::Budget& budget, v1::Encumbrance& encumbrance, int64_t amount);
// What is open goes back to the budget but `keep` of the commitment, which holds as much; something is left to give back.
absl::StatusOr<v1::BudgetEntry> Release(v1::Budget& budget, v1::Encumbrance& encumbrance, int64_t keep = 0);

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_MONEY_BUDGET_LEDGER_H_
