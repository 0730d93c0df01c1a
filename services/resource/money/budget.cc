#include "services/resource/money/budget.h"

#include <array>
#include <tuple>

#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"
#include "heitie/resource/v1/budget.pb.h"
#include "services/resource/money/budget_ledger.h"

namespace heitie::resource {

const status::Reason kPeriodReversed{absl::StatusCode::kInvalidArgument, "PERIOD_REVERSED", "The period ends before it starts.",
                                     "期間的結束早於開始。"};
const status::Reason kBudgetNotDraft{absl::StatusCode::kFailedPrecondition, "BUDGET_NOT_DRAFT", "{budget} is not a draft any more.",
                                     "{budget} 已不是草稿。"};
const status::Reason kBudgetInUse{absl::StatusCode::kFailedPrecondition, "BUDGET_IN_USE",
                                  "{budget} still has {pre_committed:money} pre-committed and {committed:money} committed.",
                                  "{budget} 尚有預承付 {pre_committed:money}、承付 {committed:money}。"};
const status::Reason kCurrencyMismatch{absl::StatusCode::kFailedPrecondition, "CURRENCY_MISMATCH",
                                       "{source} is in {from}, {target} in {to}.", "{source} 的貨幣是 {from}，{target} 的是 {to}。"};
const status::Reason kSameBudget{absl::StatusCode::kInvalidArgument, "SAME_BUDGET", "A budget cannot transfer to itself.",
                                 "預算不能轉給自己。"};

namespace {

using v1::Budget;

absl::Status CheckPeriod(const Budget& budget) {
  const auto key = [](const google::type::Date& date) { return std::make_tuple(date.year(), date.month(), date.day()); };
  status::BadFields bad;
  if (key(budget.end_date()) < key(budget.start_date())) bad.Add("budget.end_date", kPeriodReversed);
  return bad.status();
}

absl::Status CheckApproved(const Budget& budget) {
  if (budget.state() == Budget::STATE_APPROVED) return absl::OkStatus();
  return status::Error(status::kBudgetNotApproved,
                       {{"budget", budget.name()}, {"state", Budget::State_Name(budget.state()).substr(sizeof("STATE_") - 1)}});
}

}  // namespace

const record::StateMachine& BudgetMachine() {
  static const auto& machine = *new record::StateMachine(
      Budget::State_descriptor(),
      {
          {Budget::STATE_DRAFT, "approve", Budget::STATE_APPROVED},
          {Budget::STATE_APPROVED, "transfer", Budget::STATE_APPROVED, "in both periods, at most what is available"},
          {Budget::STATE_APPROVED, "close", Budget::STATE_CLOSED, "nothing is pre-committed or committed"},
      });
  return machine;
}

absl::Status CheckInPeriod(const Budget& budget, absl::CivilDay day) {
  const absl::CivilDay start = time::ToDay(budget.start_date()), end = time::ToDay(budget.end_date());
  if (start <= day && day <= end) return absl::OkStatus();
  return status::Error(
      status::kOutsideBudgetPeriod,
      {{"budget", budget.name()}, {"day", time::DayText(day)}, {"start", time::DayText(start)}, {"end", time::DayText(end)}});
}

Budgets::Budgets(record::Store& store, absl::TimeZone zone) : zone_(zone), budgets_(store, &BudgetMachine()), entries_(store) {}

void Budgets::Bind(record::Methods& methods) {
  methods.Reads(budgets_);
  methods.Creates(budgets_, this, &Budgets::Create);
  methods.Updates(budgets_, this, &Budgets::Update);
  methods.Bind("ApproveBudget", this, &Budgets::Approve);
  methods.Bind("CloseBudget", this, &Budgets::Close);
  methods.Bind("TransferBudget", this, &Budgets::Transfer);
  methods.Reads(entries_);
}

absl::Status Budgets::Create(record::Transaction&, Budget& budget) {
  budget.set_state(Budget::STATE_DRAFT);
  return CheckPeriod(budget);
}

absl::Status Budgets::Update(record::Transaction&, const Budget& before, Budget& after) {
  if (before.state() != Budget::STATE_DRAFT) return status::Error(kBudgetNotDraft, {{"budget", before.name()}});
  return CheckPeriod(after);
}

absl::StatusOr<Budget> Budgets::LockApproved(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(Budget budget, budgets_.Lock(tx, name));
  RETURN_IF_ERROR(CheckApproved(budget));
  return budget;
}

absl::StatusOr<Budget> Budgets::LockInPeriod(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(Budget budget, LockApproved(tx, name));
  RETURN_IF_ERROR(CheckToday(tx, budget));
  return budget;
}

absl::Status Budgets::CheckToday(const record::Transaction& tx, const Budget& budget) const {
  return CheckInPeriod(budget, absl::ToCivilDay(tx.call.now, zone_));
}

absl::Status Budgets::Save(record::Transaction& tx, const Budget& before, Budget& after, const v1::BudgetEntry& entry,
                           const std::string& action) const {
  RETURN_IF_ERROR(budgets_.Update(tx, before, after, action));
  return Append(tx, entry);
}

absl::StatusOr<Budget> Budgets::Approve(record::Transaction& tx, const v1::ApproveBudgetRequest& request) {
  return budgets_.Change(tx, request, "approve", [&](Budget& after) -> absl::Status {
    after.set_approver(tx.call.principal.name);
    ASSIGN_OR_RETURN(const v1::BudgetEntry entry, resource::Approve(after));
    return Append(tx, entry);
  });
}

absl::StatusOr<Budget> Budgets::Close(record::Transaction& tx, const v1::CloseBudgetRequest& request) {
  return budgets_.Change(tx, request, "close", [&](const Budget& before, Budget&) -> absl::Status {
    if (before.pre_committed_minor() == 0 && before.committed_minor() == 0) return absl::OkStatus();
    return status::Error(kBudgetInUse, {{"budget", before.name()},
                                        {"pre_committed", before.pre_committed_minor()},
                                        {"committed", before.committed_minor()},
                                        {"currency", before.currency_code()}});
  });
}

absl::StatusOr<v1::TransferBudgetResponse> Budgets::Transfer(record::Transaction& tx, const v1::TransferBudgetRequest& request) {
  if (request.name() == request.target()) {
    status::BadFields bad;
    bad.Add("target", kSameBudget);
    return bad.status();
  }
  // Two transfers in opposite directions lock in the same order.
  record::Step<Budget> from, to;
  for (record::Step<Budget>* step : request.name() < request.target() ? std::array{&from, &to} : std::array{&to, &from}) {
    const record::Target target = step == &from ? record::Target(request.name(), request.etag()) : record::Target(request.target());
    ASSIGN_OR_RETURN(*step, budgets_.Begin(tx, target));
    step->verb = "transfer";
  }
  Budget &source = from.after, &target = to.after;
  RETURN_IF_ERROR(CheckApproved(source));
  RETURN_IF_ERROR(CheckApproved(target));
  RETURN_IF_ERROR(CheckToday(tx, source));
  RETURN_IF_ERROR(CheckToday(tx, target));
  if (source.currency_code() != target.currency_code()) {
    return status::Error(
        kCurrencyMismatch,
        {{"source", source.name()}, {"from", source.currency_code()}, {"target", target.name()}, {"to", target.currency_code()}});
  }
  v1::TransferBudgetResponse response;
  response.set_transfer_id(record::NewId(tx.call.now));
  ASSIGN_OR_RETURN(const TransferEntries entries,
                   resource::Transfer(source, target, request.amount_minor(), response.transfer_id(), request.reason()));
  RETURN_IF_ERROR(Save(tx, from.before, source, entries.source, "transfer"));
  RETURN_IF_ERROR(Save(tx, to.before, target, entries.target, "transfer"));
  ASSIGN_OR_RETURN(*response.mutable_source(), budgets_.Decorated(tx.sql, source));
  ASSIGN_OR_RETURN(*response.mutable_target(), budgets_.Decorated(tx.sql, target));
  return response;
}

// By hand: an entry is its own evidence and needs no event beside it.
absl::Status Budgets::Append(record::Transaction& tx, const v1::BudgetEntry& e) const {
  return tx.sql
      .Execute(
          "INSERT INTO budget_entries (name, budget, sequence, kind, approved_delta_minor, transferred_delta_minor, "
          "pre_committed_delta_minor, "
          "committed_delta_minor, actual_delta_minor, approved_minor, transferred_minor, pre_committed_minor, committed_minor, "
          "actual_minor, "
          "encumbrance, transfer_id, counterpart, reason, create_time, creator) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
          "?, ?, ?)",
          sql::Bind(e.name(), e.budget(), e.sequence(), v1::BudgetEntry::Kind_Name(e.kind()), e.approved_delta_minor(),
                    e.transferred_delta_minor(), e.pre_committed_delta_minor(), e.committed_delta_minor(), e.actual_delta_minor(),
                    e.approved_minor(), e.transferred_minor(), e.pre_committed_minor(), e.committed_minor(), e.actual_minor(),
                    e.encumbrance(), e.transfer_id(), e.counterpart(), e.reason(), tx.call.now, tx.call.principal.name))
      .status();
}

}  // namespace heitie::resource
