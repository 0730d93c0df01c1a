// Bookkeeping of budgets (policy S5, W8) as plain functions: what an approval, a transfer or a stage of an encumbrance does to the
// balances. Amounts are minor units of the budget's currency. held + pre-committed + committed + actual <= approved + transferred after
// every entry, of a budget and of each one above it.
#ifndef HEITIE_SERVICES_RESOURCE_MONEY_BUDGET_LEDGER_H_
#define HEITIE_SERVICES_RESOURCE_MONEY_BUDGET_LEDGER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/status/status.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"

namespace heitie::resource {

extern const status::Reason kBudgetLimit;          // {budget} {limit} {currency}
extern const status::Reason kStageShort;           // {encumbrance} {stage} {open} {asked} {currency}
extern const status::Reason kBudgetBelowConsumed;  // {budget} {consumed} {asked} {currency}

// Balances stay below this, so that every sum is exact, also in the doubles of JSON clients (2^53).
inline constexpr int64_t kMaxBudgetMinor = 9'000'000'000'000'000;

// What is open on an encumbrance: neither spent nor released.
int64_t Open(const v1::Encumbrance& encumbrance);

// The name of entry `sequence` of a budget's ledger.
std::string BudgetEntryName(const std::string& budget, int64_t sequence);

// What is held, pre-committed, committed and spent.
int64_t Consumed(const v1::Budget& budget);

// The greatest of the budget's thresholds that what is taken has reached, in basis points of what may be spent; 0: none, or nothing may be
// spent.
int32_t AlertOf(const v1::Budget& budget);

// A budget and those above it, the nearest first, at all of which something is booked alike; of each one its entry.
using Levels = std::vector<v1::Budget>;
using Entries = std::vector<v1::BudgetEntry>;

// Each function books one movement: it changes the balances of every level (and the encumbrance's amounts, never its state) and returns the
// entries with everything but creator and time. On an error nothing has changed. All amounts are positive. What needs money that is
// available is BUDGET_SHORT of the lowest level that is short, with every short level as a violation.

// The draft's requested amount becomes the approved one. It is the budget's own: those above stay as they are.
absl::StatusOr<v1::BudgetEntry> Approve(v1::Budget& budget);
// Another amount is approved, of the budget alone as well. BUDGET_BELOW_CONSUMED, BUDGET_LIMIT.
absl::StatusOr<v1::BudgetEntry> Revise(v1::Budget& budget, int64_t amount, const std::string& revision, const std::string& reason);

struct TransferEntries {
  Entries source;
  Entries target;
};
// Both sides up to, and without, the first budget that is above both. BUDGET_SHORT of the source, BUDGET_LIMIT of the target. The entries
// of the two budgets add to zero (W8).
absl::StatusOr<TransferEntries> Transfer(Levels& source, Levels& target, int64_t amount, const std::string& transfer_id,
                                         const std::string& reason);

// What is frozen for a hold, and what is free again.
absl::StatusOr<Entries> Hold(Levels& levels, int64_t amount, const std::string& hold, const std::string& reason);
absl::StatusOr<Entries> EndHold(Levels& levels, int64_t amount, const std::string& hold, const std::string& reason);

// The pre-commitment of a new encumbrance's whole amount. BUDGET_SHORT.
absl::StatusOr<Entries> PreCommit(Levels& levels, v1::Encumbrance& encumbrance);
// Pre-commitment becomes commitment. STAGE_SHORT.
absl::StatusOr<Entries> Commit(Levels& levels, v1::Encumbrance& encumbrance, int64_t amount);
// More of what is available is ordered or, while nothing is, pre-committed. BUDGET_SHORT.
absl::StatusOr<Entries> Raise(Levels& levels, v1::Encumbrance& encumbrance, int64_t amount, bool ordered);
// Commitment becomes actual. STAGE_SHORT.
absl::StatusOr<Entries> RecordActual(Levels& levels, v1::Encumbrance& encumbrance, int64_t amount);
// What is available becomes actual. BUDGET_SHORT.
absl::StatusOr<Entries> Exceed(Levels& levels, v1::Encumbrance& encumbrance, int64_t amount);
// Actual becomes available; at most what the encumbrance has spent.
absl::StatusOr<Entries> Credit(Levels& levels, v1::Encumbrance& encumbrance, int64_t amount);
// So much of what is open, and no more, goes back to the budget: of the pre-commitment first.
absl::StatusOr<Entries> Lower(Levels& levels, v1::Encumbrance& encumbrance, int64_t amount);
// So much of the commitment, and nothing of the pre-commitment, goes back.
absl::StatusOr<Entries> LowerCommitment(Levels& levels, v1::Encumbrance& encumbrance, int64_t amount);
// What is open goes back to the budget but `keep` of the commitment, which holds as much; something is left to give back.
absl::StatusOr<Entries> Release(Levels& levels, v1::Encumbrance& encumbrance, int64_t keep = 0);

// The encumbrance, of which nothing is pre-committed, goes with its commitment and the money for it to the budget of the next period.
// BUDGET_LIMIT.
absl::StatusOr<TransferEntries> CarryCommitment(Levels& from, Levels& to, v1::Encumbrance& encumbrance, const std::string& transfer_id);
// Unspent money goes there. BUDGET_SHORT, BUDGET_LIMIT.
absl::StatusOr<TransferEntries> CarryRest(Levels& from, Levels& to, int64_t amount, const std::string& transfer_id);

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_MONEY_BUDGET_LEDGER_H_
