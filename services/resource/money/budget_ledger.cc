#include "services/resource/money/budget_ledger.h"

#include <algorithm>

#include "absl/numeric/int128.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/die.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"

namespace heitie::resource {

using v1::Budget;
using v1::BudgetEntry;
using v1::Encumbrance;

const status::Reason kBudgetLimit{absl::StatusCode::kFailedPrecondition, "BUDGET_LIMIT", "{budget}: the budget would exceed {limit:money}.",
                                  "{budget}：預算將超過 {limit:money}。"};

const status::Reason kStageShort{absl::StatusCode::kFailedPrecondition, "STAGE_SHORT",
                                 "{encumbrance}: the {stage} is {open:money}, {asked:money} was asked for.",
                                 "{encumbrance}：{stage}尚餘 {open:money}，請求 {asked:money}。"};

const status::Reason kBudgetBelowConsumed{absl::StatusCode::kFailedPrecondition, "BUDGET_BELOW_CONSUMED",
                                          "{budget}: {consumed:money} of what is approved is taken, so {asked:money} is too little.",
                                          "{budget}：核定額中已動用 {consumed:money}，不得調降為 {asked:money}。"};

namespace {

struct BudgetDeltas {
  int64_t approved = 0;
  int64_t transferred = 0;
  int64_t held = 0;
  int64_t pre_committed = 0;
  int64_t committed = 0;
  int64_t actual = 0;

  int64_t limit() const { return approved + transferred; }
  int64_t available() const { return limit() - held - pre_committed - committed - actual; }
};

absl::Status CheckLimits(const Levels& levels, const BudgetDeltas& deltas) {
  for (const Budget& budget : levels) {
    const int64_t limit = budget.approved_minor() + budget.transferred_minor() + deltas.limit();
    if (limit > kMaxBudgetMinor || budget.available_minor() + deltas.available() > kMaxBudgetMinor) {
      return status::Error(kBudgetLimit, {{"budget", budget.name()}, {"limit", kMaxBudgetMinor}, {"currency", budget.currency_code()}});
    }
  }
  return absl::OkStatus();
}

// Whether every level can bear the deltas; W8 is `available >= 0` afterwards.
absl::Status CheckLevels(const Levels& levels, const BudgetDeltas& deltas) {
  status::Unmet unmet;
  status::Args lowest;
  for (const Budget& budget : levels) {
    if (deltas.available() >= 0 || budget.available_minor() + deltas.available() >= 0) continue;
    const status::Args args = {{"budget", budget.name()},
                               {"available", budget.available_minor()},
                               {"asked", -deltas.available()},
                               {"currency", budget.currency_code()}};
    if (unmet.empty()) lowest = args;
    unmet.Add(budget.name(), status::kBudgetShort, args);
  }
  RETURN_IF_ERROR(unmet.status(status::kBudgetShort, lowest));
  RETURN_IF_ERROR(CheckLimits(levels, deltas));
  for (const Budget& budget : levels) {
    if (budget.held_minor() + deltas.held < 0 || budget.pre_committed_minor() + deltas.pre_committed < 0 ||
        budget.committed_minor() + deltas.committed < 0) {
      return absl::InternalError(absl::StrCat(budget.name(), ": a stage would be negative"));
    }
  }
  return absl::OkStatus();
}

// The one place where balances change.
BudgetEntry Move(Budget& budget, BudgetEntry::Kind kind, const BudgetDeltas& deltas) {
  budget.set_approved_minor(budget.approved_minor() + deltas.approved);
  budget.set_transferred_minor(budget.transferred_minor() + deltas.transferred);
  budget.set_held_minor(budget.held_minor() + deltas.held);
  budget.set_pre_committed_minor(budget.pre_committed_minor() + deltas.pre_committed);
  budget.set_committed_minor(budget.committed_minor() + deltas.committed);
  budget.set_actual_minor(budget.actual_minor() + deltas.actual);
  budget.set_available_minor(budget.available_minor() + deltas.available());
  budget.set_entry_count(budget.entry_count() + 1);
  if (!budget.parent_budget().empty()) budget.set_lifted_entry_count(budget.entry_count());

  BudgetEntry entry;
  entry.set_name(BudgetEntryName(budget.name(), budget.entry_count()));
  entry.set_budget(budget.name());
  entry.set_sequence(budget.entry_count());
  entry.set_kind(kind);
  entry.set_approved_delta_minor(deltas.approved);
  entry.set_transferred_delta_minor(deltas.transferred);
  entry.set_held_delta_minor(deltas.held);
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

// What was checked.
Entries MoveAll(Levels& levels, BudgetEntry::Kind kind, const BudgetDeltas& deltas) {
  Entries entries;
  entries.reserve(levels.size());
  for (Budget& budget : levels) {
    entries.push_back(Move(budget, kind, deltas));
    if (entries.size() > 1) entries.back().set_origin(levels.front().name());
  }
  return entries;
}

absl::StatusOr<Entries> Book(Levels& levels, BudgetEntry::Kind kind, const BudgetDeltas& deltas) {
  RETURN_IF_ERROR(CheckLevels(levels, deltas));
  return MoveAll(levels, kind, deltas);
}

// Entries on the account of an encumbrance.
absl::StatusOr<Entries> BookFor(const Encumbrance& encumbrance, Levels& levels, BudgetEntry::Kind kind, const BudgetDeltas& deltas) {
  ASSIGN_OR_RETURN(Entries entries, Book(levels, kind, deltas));
  for (BudgetEntry& entry : entries) {
    entry.set_encumbrance(encumbrance.name());
    entry.set_document(encumbrance.paper());
  }
  return entries;
}

absl::StatusOr<Entries> BookHold(Levels& levels, BudgetEntry::Kind kind, int64_t delta, const std::string& hold,
                                 const std::string& reason) {
  ASSIGN_OR_RETURN(Entries entries, Book(levels, kind, {.held = delta}));
  for (BudgetEntry& entry : entries) {
    entry.set_document(hold);
    entry.set_reason(reason);
  }
  return entries;
}

// What the one side loses the other gets.
absl::StatusOr<TransferEntries> Shift(Levels& source, Levels& target, BudgetEntry::Kind kind, const BudgetDeltas& gain,
                                      const std::string& transfer_id) {
  const BudgetDeltas loss = {.transferred = -gain.transferred, .committed = -gain.committed};
  RETURN_IF_ERROR(CheckLevels(source, loss));
  RETURN_IF_ERROR(CheckLevels(target, gain));
  TransferEntries entries = {MoveAll(source, kind, loss), MoveAll(target, kind, gain)};
  for (BudgetEntry& entry : entries.source) entry.set_counterpart(target.front().name());
  for (BudgetEntry& entry : entries.target) entry.set_counterpart(source.front().name());
  for (Entries* side : {&entries.source, &entries.target}) {
    for (BudgetEntry& entry : *side) entry.set_transfer_id(transfer_id);
  }
  return entries;
}

const status::Phrase kPreCommitment{"pre-commitment", "預承付"};
const status::Phrase kCommitment{"commitment", "承付"};

absl::Status StageShort(const status::Phrase& stage, const Encumbrance& encumbrance, int64_t open, int64_t asked) {
  return status::Error(
      kStageShort,
      {{"encumbrance", encumbrance.name()}, {"stage", stage}, {"open", open}, {"asked", asked}, {"currency", encumbrance.currency_code()}});
}

}  // namespace

int64_t Open(const Encumbrance& encumbrance) { return encumbrance.pre_committed_minor() + encumbrance.committed_minor(); }

std::string BudgetEntryName(const std::string& budget, int64_t sequence) {
  return absl::StrFormat("%s/budgetEntries/%012d", budget, sequence);
}

int64_t Consumed(const Budget& budget) {
  return budget.held_minor() + budget.pre_committed_minor() + budget.committed_minor() + budget.actual_minor();
}

int32_t AlertOf(const Budget& budget) {
  const absl::int128 limit = budget.approved_minor() + budget.transferred_minor();
  if (limit <= 0) return 0;
  int32_t reached = 0;
  for (const int32_t threshold : budget.alert_thresholds_bp()) {
    if (threshold > reached && absl::int128(Consumed(budget)) * 10'000 >= limit * threshold) reached = threshold;
  }
  return reached;
}

absl::StatusOr<BudgetEntry> Approve(Budget& budget) {
  Levels alone = {budget};
  ASSIGN_OR_RETURN(const Entries entries, Book(alone, BudgetEntry::KIND_APPROVAL, {.approved = budget.requested_minor()}));
  budget = alone.front();
  return entries.front();
}

absl::StatusOr<BudgetEntry> Revise(Budget& budget, int64_t amount, const std::string& revision, const std::string& reason) {
  if (amount + budget.transferred_minor() < Consumed(budget)) {
    return status::Error(kBudgetBelowConsumed, {{"budget", budget.name()},
                                                {"consumed", Consumed(budget) - budget.transferred_minor()},
                                                {"asked", amount},
                                                {"currency", budget.currency_code()}});
  }
  Levels alone = {budget};
  ASSIGN_OR_RETURN(Entries entries, Book(alone, BudgetEntry::KIND_REVISION, {.approved = amount - budget.approved_minor()}));
  budget = alone.front();
  budget.set_revision(budget.revision() + 1);
  entries.front().set_document(revision);
  entries.front().set_reason(reason);
  return entries.front();
}

absl::StatusOr<TransferEntries> Transfer(Levels& source, Levels& target, int64_t amount, const std::string& transfer_id,
                                         const std::string& reason) {
  ASSIGN_OR_RETURN(TransferEntries entries, Shift(source, target, BudgetEntry::KIND_TRANSFER, {.transferred = amount}, transfer_id));
  for (Entries* side : {&entries.source, &entries.target}) {
    for (BudgetEntry& entry : *side) entry.set_reason(reason);
  }
  return entries;
}

absl::StatusOr<Entries> Hold(Levels& levels, int64_t amount, const std::string& hold, const std::string& reason) {
  return BookHold(levels, BudgetEntry::KIND_HOLD, amount, hold, reason);
}

absl::StatusOr<Entries> EndHold(Levels& levels, int64_t amount, const std::string& hold, const std::string& reason) {
  return BookHold(levels, BudgetEntry::KIND_HOLD_END, -amount, hold, reason);
}

absl::StatusOr<Entries> PreCommit(Levels& levels, Encumbrance& encumbrance) {
  const int64_t amount = encumbrance.amount_minor();
  ASSIGN_OR_RETURN(Entries entries, BookFor(encumbrance, levels, BudgetEntry::KIND_PRE_COMMITMENT, {.pre_committed = amount}));
  encumbrance.set_currency_code(levels.front().currency_code());
  encumbrance.set_pre_committed_minor(amount);
  return entries;
}

absl::StatusOr<Entries> Commit(Levels& levels, Encumbrance& encumbrance, int64_t amount) {
  if (amount > encumbrance.pre_committed_minor()) {
    return StageShort(kPreCommitment, encumbrance, encumbrance.pre_committed_minor(), amount);
  }
  ASSIGN_OR_RETURN(Entries entries,
                   BookFor(encumbrance, levels, BudgetEntry::KIND_COMMITMENT, {.pre_committed = -amount, .committed = amount}));
  encumbrance.set_pre_committed_minor(encumbrance.pre_committed_minor() - amount);
  encumbrance.set_committed_minor(encumbrance.committed_minor() + amount);
  return entries;
}

absl::StatusOr<Entries> Raise(Levels& levels, Encumbrance& encumbrance, int64_t amount, bool ordered) {
  const BudgetDeltas deltas = ordered ? BudgetDeltas{.committed = amount} : BudgetDeltas{.pre_committed = amount};
  ASSIGN_OR_RETURN(Entries entries,
                   BookFor(encumbrance, levels, ordered ? BudgetEntry::KIND_COMMITMENT : BudgetEntry::KIND_PRE_COMMITMENT, deltas));
  encumbrance.set_pre_committed_minor(encumbrance.pre_committed_minor() + deltas.pre_committed);
  encumbrance.set_committed_minor(encumbrance.committed_minor() + deltas.committed);
  encumbrance.set_amount_minor(encumbrance.amount_minor() + amount);
  encumbrance.set_raised_minor(encumbrance.raised_minor() + amount);
  return entries;
}

absl::StatusOr<Entries> RecordActual(Levels& levels, Encumbrance& encumbrance, int64_t amount) {
  if (amount > encumbrance.committed_minor()) {
    return StageShort(kCommitment, encumbrance, encumbrance.committed_minor(), amount);
  }
  ASSIGN_OR_RETURN(Entries entries, BookFor(encumbrance, levels, BudgetEntry::KIND_ACTUAL, {.committed = -amount, .actual = amount}));
  encumbrance.set_committed_minor(encumbrance.committed_minor() - amount);
  encumbrance.set_actual_minor(encumbrance.actual_minor() + amount);
  return entries;
}

absl::StatusOr<Entries> Exceed(Levels& levels, Encumbrance& encumbrance, int64_t amount) {
  ASSIGN_OR_RETURN(Entries entries, BookFor(encumbrance, levels, BudgetEntry::KIND_EXCESS, {.actual = amount}));
  encumbrance.set_amount_minor(encumbrance.amount_minor() + amount);
  encumbrance.set_raised_minor(encumbrance.raised_minor() + amount);
  encumbrance.set_excess_minor(encumbrance.excess_minor() + amount);
  encumbrance.set_actual_minor(encumbrance.actual_minor() + amount);
  return entries;
}

absl::StatusOr<Entries> Credit(Levels& levels, Encumbrance& encumbrance, int64_t amount) {
  ASSIGN_OR_RETURN(Entries entries, BookFor(encumbrance, levels, BudgetEntry::KIND_CREDIT, {.actual = -amount}));
  encumbrance.set_actual_minor(encumbrance.actual_minor() - amount);
  encumbrance.set_released_minor(encumbrance.released_minor() + amount);
  return entries;
}

absl::StatusOr<Entries> Lower(Levels& levels, Encumbrance& encumbrance, int64_t amount) {
  if (amount > Open(encumbrance)) status::Die("budget ledger", absl::StrCat(encumbrance.name(), " has less to give back than ", amount));
  const int64_t pre_committed = std::min(amount, encumbrance.pre_committed_minor()), committed = amount - pre_committed;
  const BudgetDeltas deltas = {.pre_committed = -pre_committed, .committed = -committed};
  ASSIGN_OR_RETURN(Entries entries, BookFor(encumbrance, levels, BudgetEntry::KIND_RELEASE, deltas));
  encumbrance.set_released_minor(encumbrance.released_minor() + amount);
  encumbrance.set_pre_committed_minor(encumbrance.pre_committed_minor() - pre_committed);
  encumbrance.set_committed_minor(encumbrance.committed_minor() - committed);
  return entries;
}

absl::StatusOr<Entries> LowerCommitment(Levels& levels, Encumbrance& encumbrance, int64_t amount) {
  if (amount > encumbrance.committed_minor()) return StageShort(kCommitment, encumbrance, encumbrance.committed_minor(), amount);
  ASSIGN_OR_RETURN(Entries entries, BookFor(encumbrance, levels, BudgetEntry::KIND_RELEASE, {.committed = -amount}));
  encumbrance.set_released_minor(encumbrance.released_minor() + amount);
  encumbrance.set_committed_minor(encumbrance.committed_minor() - amount);
  return entries;
}

absl::StatusOr<Entries> Release(Levels& levels, Encumbrance& encumbrance, int64_t keep) {
  const BudgetDeltas deltas = {.pre_committed = -encumbrance.pre_committed_minor(), .committed = keep - encumbrance.committed_minor()};
  ASSIGN_OR_RETURN(Entries entries, BookFor(encumbrance, levels, BudgetEntry::KIND_RELEASE, deltas));
  encumbrance.set_released_minor(encumbrance.released_minor() + Open(encumbrance) - keep);
  encumbrance.set_pre_committed_minor(0);
  encumbrance.set_committed_minor(keep);
  return entries;
}

absl::StatusOr<TransferEntries> CarryCommitment(Levels& from, Levels& to, Encumbrance& encumbrance, const std::string& transfer_id) {
  const int64_t amount = encumbrance.committed_minor();
  ASSIGN_OR_RETURN(TransferEntries entries,
                   Shift(from, to, BudgetEntry::KIND_CARRY, {.transferred = amount, .committed = amount}, transfer_id));
  for (Entries* side : {&entries.source, &entries.target}) {
    for (BudgetEntry& entry : *side) {
      entry.set_encumbrance(encumbrance.name());
      entry.set_document(encumbrance.paper());
    }
  }
  encumbrance.add_earlier_budgets(encumbrance.budget());
  encumbrance.set_budget(to.front().name());
  return entries;
}

absl::StatusOr<TransferEntries> CarryRest(Levels& from, Levels& to, int64_t amount, const std::string& transfer_id) {
  return Shift(from, to, BudgetEntry::KIND_CARRY, {.transferred = amount}, transfer_id);
}

}  // namespace heitie::resource
