#include "services/resource/budgeting/period_end.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "services/resource/money/budget_ledger.h"

namespace heitie::resource {

using v1::Budget;
using v1::Encumbrance;

namespace {

constexpr char kEndJob[] = "end-budget-periods";
constexpr int kBudgetsPerLook = 100;
constexpr int kPapersPerLook = 200;
// A run goes on in another one when its time is nearly over.
constexpr absl::Duration kPeriodEndMargin = absl::Seconds(10);

absl::StatusOr<std::vector<std::string>> NamesOf(sql::Session& session, const std::string& query, const sql::Values& values) {
  std::vector<std::string> names;
  RETURN_IF_ERROR(session.Query(query, values, [&](const sql::Row& row) { names.push_back(row.Text(0)); }));
  return names;
}

}  // namespace

int64_t RestToCarry(const v1::MoneyPolicy& policy, const Levels& levels) {
  int64_t carried = CarryOf(policy, levels.front().available_minor());
  for (const Budget& level : levels) carried = std::min(carried, level.available_minor());
  return carried;
}

PeriodEnds::PeriodEnds(record::Store& store, const Budgets& budgets, const Bookings& bookings, const BudgetHolds& holds,
                       const MoneyPolicies& policies, job::Runner& jobs)
    : store_(store), budgets_(budgets), bookings_(bookings), holds_(holds), policies_(policies) {
  jobs.Recur(kEndJob, absl::Hours(1), [this](const rpc::Call& call, const job::Job&) { return Run(call); });
}

job::Outcome PeriodEnds::Run(const rpc::Call& call) {
  absl::Status first_error;
  for (bool again = true; again;) {
    again = false;
    const absl::StatusOr<std::vector<Budget>> due = Due(call);
    if (!due.ok()) return job::Outcome::Failed(due.status());
    for (const Budget& budget : *due) {
      if (absl::Now() + kPeriodEndMargin > call.deadline) return job::Outcome::Again(call.now);
      // One that cannot be ended holds up no other.
      const absl::StatusOr<bool> closed = End(call, budget);
      if (!closed.ok()) first_error.Update(closed.status());
      again = again || (closed.ok() && *closed);  // The one above may be due now.
    }
  }
  return first_error.ok() ? job::Outcome::Done() : job::Outcome::Failed(first_error);
}

absl::StatusOr<std::vector<Budget>> PeriodEnds::Due(const rpc::Call& call) const {
  return store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<std::vector<Budget>> {
    ASSIGN_OR_RETURN(const v1::MoneyPolicy policy, policies_.InForce(session, call.now));
    const absl::CivilDay last = budgets_.Today(call) - policy.closing_days() - 1;
    const absl::CivilDay since = policy.has_closing_start_date() ? time::ToDay(policy.closing_start_date()) : absl::CivilDay(1970, 1, 1);
    std::vector<Budget> due;
    // Of those that wait for a successor there may be many, so it is looked beyond them.
    std::string after;
    for (;;) {
      ASSIGN_OR_RETURN(
          const std::vector<Budget> rows,
          budgets_.kind().Select(
              session,
              absl::StrCat("WHERE state = 'STATE_APPROVED' AND end_date <= ? AND end_date >= ? AND child_count = 0 AND name > ? "
                           "ORDER BY name LIMIT ",
                           kBudgetsPerLook),
              sql::Bind(time::DayText(last), time::DayText(since), after)));
      due.insert(due.end(), rows.begin(), rows.end());
      if (rows.size() < kBudgetsPerLook) return due;
      after = rows.back().name();
    }
  });
}

absl::StatusOr<std::string> PeriodEnds::SuccessorOf(sql::Session& session, const Budget& budget) const {
  const std::string next = time::DayText(time::ToDay(budget.end_date()) + 1);
  ASSIGN_OR_RETURN(
      const std::vector<std::string> names,
      NamesOf(session,
              "SELECT name FROM budgets WHERE cost_center = ? AND expense_account = ? AND currency_code = ? AND start_date = ? AND "
              "state = 'STATE_APPROVED' ORDER BY end_date, name LIMIT 1",
              sql::Bind(budget.cost_center(), budget.expense_account(), budget.currency_code(), next)));
  return names.empty() ? "" : names.front();
}

absl::StatusOr<bool> PeriodEnds::End(const rpc::Call& call, const Budget& budget) {
  std::string successor, after;
  ASSIGN_OR_RETURN(successor, store_.Read(call, [&](sql::Session& session) { return SuccessorOf(session, budget); }));
  for (;;) {
    ASSIGN_OR_RETURN(const std::vector<std::string> names, store_.Read(call, [&](sql::Session& session) {
      return NamesOf(session,
                     absl::StrCat("SELECT name FROM encumbrances WHERE budget = ? AND name > ? AND state IN "
                                  "('STATE_PRE_COMMITTED', 'STATE_COMMITTED') ORDER BY name LIMIT ",
                                  kPapersPerLook),
                     sql::Bind(budget.name(), after));
    }));
    for (const std::string& name : names) {
      if (absl::Now() + kPeriodEndMargin > call.deadline) return false;
      RETURN_IF_ERROR(store_.Write(call, [&](record::Transaction& tx) { return EndEncumbrance(tx, name, budget.name(), successor); }));
    }
    if (names.size() < kPapersPerLook) break;
    after = names.back();
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> holds, store_.Read(call, [&](sql::Session& session) {
    return NamesOf(session, "SELECT name FROM budget_holds WHERE budget = ? AND state = 'STATE_ACTIVE' ORDER BY name",
                   sql::Bind(budget.name()));
  }));
  for (const std::string& name : holds) {
    RETURN_IF_ERROR(store_.Write(call, [&](record::Transaction& tx) { return holds_.Expire(tx, name); }));
  }
  const absl::Status closed = store_.Write(call, [&](record::Transaction& tx) { return Close(tx, budget.name(), successor); });
  // What is ordered waits for a successor.
  if (successor.empty() && status::ReasonOf(closed) == kBudgetInUse.id) return false;
  RETURN_IF_ERROR(closed);
  return true;
}

absl::Status PeriodEnds::TellPaper(record::Transaction& tx, const std::string& encumbrance, const std::string& budget) const {
  ASSIGN_OR_RETURN(const Encumbrance found, bookings_.encumbrances_.Find(tx.sql, encumbrance));
  if (found.paper().empty() || found.budget() != budget || found.pre_committed_minor() == 0) return absl::OkStatus();
  const auto tell = tell_.find(found.paper().substr(0, found.paper().find('/') + 1));
  return tell == tell_.end() ? absl::OkStatus() : tell->second(tx, found.paper(), budget);
}

absl::Status PeriodEnds::EndEncumbrance(record::Transaction& tx, const std::string& name, const std::string& budget,
                                        const std::string& successor) const {
  RETURN_IF_ERROR(TellPaper(tx, name, budget));
  const record::Kind<Encumbrance>& kind = bookings_.encumbrances_;
  ASSIGN_OR_RETURN(record::Step<Encumbrance> step, kind.Begin(tx, record::Target(name)));
  // Somebody was quicker.
  if (step.before.budget() != budget) return absl::OkStatus();
  if (step.before.state() == Encumbrance::STATE_PRE_COMMITTED) return bookings_.Expire(tx, name);
  if (step.before.state() != Encumbrance::STATE_COMMITTED) return absl::OkStatus();
  const int64_t committed = step.before.committed_minor();
  if (step.before.pre_committed_minor() > 0 || committed == 0) {
    RETURN_IF_ERROR(bookings_.Release(tx, name, committed).status());
    ASSIGN_OR_RETURN(step, kind.Begin(tx, record::Target(name)));
  }
  if (committed == 0 || successor.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(budgets_.LockAll(tx, {budget, successor}));
  ASSIGN_OR_RETURN(LockedBudget from, budgets_.LockApproved(tx, budget));
  ASSIGN_OR_RETURN(LockedBudget to, budgets_.LockApproved(tx, successor));
  ASSIGN_OR_RETURN(const TransferEntries entries, CarryCommitment(from.after, to.after, step.after, record::NewId(tx.call.now)));
  RETURN_IF_ERROR(budgets_.Save(tx, from, entries.source, "carry"));
  RETURN_IF_ERROR(budgets_.Save(tx, to, entries.target, "carry"));
  RETURN_IF_ERROR(kind.Advance(step.after, step.verb = "carry"));
  return kind.Finish(tx, step).status();
}

absl::Status PeriodEnds::Close(record::Transaction& tx, const std::string& budget, const std::string& successor) const {
  if (!successor.empty()) {
    RETURN_IF_ERROR(budgets_.LockAll(tx, {budget, successor}));
    ASSIGN_OR_RETURN(LockedBudget from, budgets_.LockApproved(tx, budget));
    ASSIGN_OR_RETURN(LockedBudget to, budgets_.LockApproved(tx, successor));
    ASSIGN_OR_RETURN(const v1::MoneyPolicy policy, policies_.InForce(tx));
    const int64_t rest = RestToCarry(policy, from.after);
    if (rest > 0) {
      ASSIGN_OR_RETURN(TransferEntries entries, CarryRest(from.after, to.after, rest, record::NewId(tx.call.now)));
      for (Entries* side : {&entries.source, &entries.target}) {
        for (v1::BudgetEntry& entry : *side) entry.set_document(policy.name());
      }
      RETURN_IF_ERROR(budgets_.Save(tx, from, entries.source, "carry"));
      RETURN_IF_ERROR(budgets_.Save(tx, to, entries.target, "carry"));
    }
  }
  ASSIGN_OR_RETURN(record::Step<Budget> step, budgets_.kind().Begin(tx, record::Target(budget), "close"));
  RETURN_IF_ERROR(budgets_.CloseLocked(tx, step.before, step.after));
  step.after.set_successor(successor);
  return budgets_.kind().Finish(tx, step).status();
}

}  // namespace heitie::resource
