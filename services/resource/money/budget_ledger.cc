#include "services/resource/money/budget_ledger.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"

namespace heitie::resource {

const status::Reason kBudgetLimit{absl::StatusCode::kFailedPrecondition, "BUDGET_LIMIT", "{budget}: the budget would exceed {limit:money}.",
                                  "{budget}：預算將超過 {limit:money}。"};

const status::Reason kStageShort{absl::StatusCode::kFailedPrecondition, "STAGE_SHORT",
                                 "{encumbrance}: the {stage} is {open:money}, {asked:money} was asked for.",
                                 "{encumbrance}：{stage}尚餘 {open:money}，請求 {asked:money}。"};

namespace {

struct BudgetDeltas {
  int64_t approved = 0;
  int64_t transferred = 0;
  int64_t pre_committed = 0;
  int64_t committed = 0;
  int64_t actual = 0;

  int64_t available() const { return approved + transferred - pre_committed - committed - actual; }
};

// Whether the budget can bear the deltas; W8 is `available >= 0` afterwards.
absl::Status Check(const v1::Budget& budget, const BudgetDeltas& deltas) {
  if (budget.available_minor() + deltas.available() < 0) {
    return status::Error(status::kBudgetShort, {{"budget", budget.name()},
                                                {"available", budget.available_minor()},
                                                {"asked", -deltas.available()},
                                                {"currency", budget.currency_code()}});
  }
  if (budget.approved_minor() + budget.transferred_minor() + deltas.approved + deltas.transferred > kMaxBudgetMinor) {
    return status::Error(kBudgetLimit, {{"budget", budget.name()}, {"limit", kMaxBudgetMinor}, {"currency", budget.currency_code()}});
  }
  if (budget.pre_committed_minor() + deltas.pre_committed < 0 || budget.committed_minor() + deltas.committed < 0) {
    return absl::InternalError(absl::StrCat(budget.name(), ": a stage would be negative"));
  }
  return absl::OkStatus();
}

// The one place where balances change.
absl::StatusOr<v1::BudgetEntry> Book(v1::Budget& budget, v1::BudgetEntry::Kind kind, const BudgetDeltas& deltas) {
  RETURN_IF_ERROR(Check(budget, deltas));
  budget.set_approved_minor(budget.approved_minor() + deltas.approved);
  budget.set_transferred_minor(budget.transferred_minor() + deltas.transferred);
  budget.set_pre_committed_minor(budget.pre_committed_minor() + deltas.pre_committed);
  budget.set_committed_minor(budget.committed_minor() + deltas.committed);
  budget.set_actual_minor(budget.actual_minor() + deltas.actual);
  budget.set_available_minor(budget.available_minor() + deltas.available());
  budget.set_entry_count(budget.entry_count() + 1);

  v1::BudgetEntry entry;
  entry.set_name(BudgetEntryName(budget.name(), budget.entry_count()));
  entry.set_budget(budget.name());
  entry.set_sequence(budget.entry_count());
  entry.set_kind(kind);
  entry.set_approved_delta_minor(deltas.approved);
  entry.set_transferred_delta_minor(deltas.transferred);
  entry.set_pre_committed_delta_minor(deltas.pre_committed);
  entry.set_committed_delta_minor(deltas.committed);
  entry.set_actual_delta_minor(deltas.actual);
  entry.set_approved_minor(budget.approved_minor());
  entry.set_transferred_minor(budget.transferred_minor());
  entry.set_pre_committed_minor(budget.pre_committed_minor());
  entry.set_committed_minor(budget.committed_minor());
  entry.set_actual_minor(budget.actual_minor());
  return entry;
}

// An entry on the account of an encumbrance.
absl::StatusOr<v1::BudgetEntry> BookFor(const v1::Encumbrance& encumbrance, v1::Budget& budget, v1::BudgetEntry::Kind kind,
                                        const BudgetDeltas& deltas) {
  ASSIGN_OR_RETURN(v1::BudgetEntry entry, Book(budget, kind, deltas));
  entry.set_encumbrance(encumbrance.name());
  return entry;
}

const status::Phrase kPreCommitment{"pre-commitment", "預承付"};
const status::Phrase kCommitment{"commitment", "承付"};

absl::Status StageShort(const status::Phrase& stage, const v1::Encumbrance& encumbrance, int64_t open, int64_t asked) {
  return status::Error(
      kStageShort,
      {{"encumbrance", encumbrance.name()}, {"stage", stage}, {"open", open}, {"asked", asked}, {"currency", encumbrance.currency_code()}});
}

}  // namespace

int64_t Open(const v1::Encumbrance& encumbrance) { return encumbrance.pre_committed_minor() + encumbrance.committed_minor(); }

std::string BudgetEntryName(const std::string& budget, int64_t sequence) {
  return absl::StrFormat("%s/budgetEntries/%012d", budget, sequence);
}

absl::StatusOr<v1::BudgetEntry> Approve(v1::Budget& budget) {
  return Book(budget, v1::BudgetEntry::KIND_APPROVAL, {.approved = budget.requested_minor()});
}

absl::StatusOr<TransferEntries> Transfer(v1::Budget& source, v1::Budget& target, int64_t amount, const std::string& transfer_id,
                                         const std::string& reason) {
  RETURN_IF_ERROR(Check(target, {.transferred = amount}));
  TransferEntries entries;
  ASSIGN_OR_RETURN(entries.source, Book(source, v1::BudgetEntry::KIND_TRANSFER, {.transferred = -amount}));
  ASSIGN_OR_RETURN(entries.target, Book(target, v1::BudgetEntry::KIND_TRANSFER, {.transferred = amount}));
  entries.source.set_counterpart(target.name());
  entries.target.set_counterpart(source.name());
  for (v1::BudgetEntry* entry : {&entries.source, &entries.target}) {
    entry->set_transfer_id(transfer_id);
    entry->set_reason(reason);
  }
  return entries;
}

absl::StatusOr<v1::BudgetEntry> PreCommit(v1::Budget& budget, v1::Encumbrance& encumbrance) {
  const int64_t amount = encumbrance.amount_minor();
  ASSIGN_OR_RETURN(v1::BudgetEntry entry, BookFor(encumbrance, budget, v1::BudgetEntry::KIND_PRE_COMMITMENT, {.pre_committed = amount}));
  encumbrance.set_currency_code(budget.currency_code());
  encumbrance.set_pre_committed_minor(amount);
  return entry;
}

absl::StatusOr<v1::BudgetEntry> Commit(v1::Budget& budget, v1::Encumbrance& encumbrance, int64_t amount) {
  if (amount > encumbrance.pre_committed_minor()) {
    return StageShort(kPreCommitment, encumbrance, encumbrance.pre_committed_minor(), amount);
  }
  ASSIGN_OR_RETURN(v1::BudgetEntry entry,
                   BookFor(encumbrance, budget, v1::BudgetEntry::KIND_COMMITMENT, {.pre_committed = -amount, .committed = amount}));
  encumbrance.set_pre_committed_minor(encumbrance.pre_committed_minor() - amount);
  encumbrance.set_committed_minor(encumbrance.committed_minor() + amount);
  return entry;
}

absl::StatusOr<v1::BudgetEntry> RecordActual(v1::Budget& budget, v1::Encumbrance& encumbrance, int64_t amount) {
  if (amount > encumbrance.committed_minor()) {
    return StageShort(kCommitment, encumbrance, encumbrance.committed_minor(), amount);
  }
  ASSIGN_OR_RETURN(v1::BudgetEntry entry,
                   BookFor(encumbrance, budget, v1::BudgetEntry::KIND_ACTUAL, {.committed = -amount, .actual = amount}));
  encumbrance.set_committed_minor(encumbrance.committed_minor() - amount);
  encumbrance.set_actual_minor(encumbrance.actual_minor() + amount);
  return entry;
}

absl::StatusOr<v1::BudgetEntry> Release(v1::Budget& budget, v1::Encumbrance& encumbrance, int64_t keep) {
  const BudgetDeltas deltas = {.pre_committed = -encumbrance.pre_committed_minor(), .committed = keep - encumbrance.committed_minor()};
  ASSIGN_OR_RETURN(v1::BudgetEntry entry, BookFor(encumbrance, budget, v1::BudgetEntry::KIND_RELEASE, deltas));
  encumbrance.set_released_minor(encumbrance.released_minor() + Open(encumbrance) - keep);
  encumbrance.set_pre_committed_minor(0);
  encumbrance.set_committed_minor(keep);
  return entry;
}

}  // namespace heitie::resource
