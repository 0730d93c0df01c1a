#include "services/resource/money/budget.h"

#include <array>
#include <tuple>

#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"
#include "heitie/resource/v1/budget.pb.h"
#include "services/resource/money/budget_ledger.h"

namespace heitie::resource {
namespace {

using v1::Budget;

constexpr auto kTransitions = std::to_array<record::Transition>({
    {Budget::STATE_DRAFT, "approve", Budget::STATE_APPROVED},
    {Budget::STATE_APPROVED, "transfer", Budget::STATE_APPROVED, "in both periods, at most what is available"},
    {Budget::STATE_APPROVED, "close", Budget::STATE_CLOSED, "nothing is pre-committed or committed"},
});

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

absl::Status SetState(Budget& budget, const std::string& verb) {
  ASSIGN_OR_RETURN(const int state, BudgetStates().Next(budget.name(), budget.state(), verb));
  budget.set_state(static_cast<Budget::State>(state));
  return absl::OkStatus();
}

absl::Status PrepareDraft(record::Transaction&, const v1::CreateBudgetRequest&, Budget& budget) {
  budget.set_state(Budget::STATE_DRAFT);
  return CheckPeriod(budget);
}

absl::Status CheckDraft(record::Transaction&, const Budget& before, Budget& after) {
  if (before.state() != Budget::STATE_DRAFT) return status::Error(kBudgetNotDraft, {{"budget", before.name()}});
  return CheckPeriod(after);
}

}  // namespace

const record::StateMachine& BudgetStates() {
  static const auto* const kStates = new record::StateMachine(Budget::State_descriptor(), kTransitions);
  return *kStates;
}

absl::Status CheckInPeriod(const Budget& budget, absl::CivilDay day) {
  const absl::CivilDay start = time::ToDay(budget.start_date()), end = time::ToDay(budget.end_date());
  if (start <= day && day <= end) return absl::OkStatus();
  return status::Error(
      status::kOutsideBudgetPeriod,
      {{"budget", budget.name()}, {"day", time::DayText(day)}, {"start", time::DayText(start)}, {"end", time::DayText(end)}});
}

Budgets::Budgets(record::Store& store, absl::TimeZone zone) : store_(store), zone_(zone), budgets_(store), entries_(store) {
  budgets_.SetDecorator([](sql::Session&, Budget& budget) {
    record::SetAllowedVerbs(BudgetStates(), budget);
    return absl::OkStatus();
  });
}

void Budgets::Bind(rpc::Service& service) {
  service.Bind("GetBudget", budgets_.Getter());
  service.Bind("ListBudgets", budgets_.Lister());
  service.Bind("CreateBudget", budgets_.Creator<v1::CreateBudgetRequest>(PrepareDraft));
  service.Bind("UpdateBudget", budgets_.Updater(CheckDraft));
  service.Bind("ApproveBudget", store_.Mutation(this, &Budgets::Approve));
  service.Bind("CloseBudget", store_.Mutation(this, &Budgets::Close));
  service.Bind("TransferBudget", store_.Mutation(this, &Budgets::Transfer));
  service.Bind("GetBudgetEntry", entries_.Getter());
  service.Bind("ListBudgetEntries", entries_.Lister());
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
  ASSIGN_OR_RETURN(const Budget before, Lock(tx, request.name(), request.etag()));
  Budget after = before;
  RETURN_IF_ERROR(SetState(after, "approve"));
  after.set_approver(tx.call.principal.name);
  ASSIGN_OR_RETURN(const v1::BudgetEntry entry, resource::Approve(after));
  RETURN_IF_ERROR(Save(tx, before, after, entry, "approve"));
  return budgets_.Decorated(tx.sql, after);
}

absl::StatusOr<Budget> Budgets::Close(record::Transaction& tx, const v1::CloseBudgetRequest& request) {
  ASSIGN_OR_RETURN(const Budget before, Lock(tx, request.name(), request.etag()));
  Budget after = before;
  RETURN_IF_ERROR(SetState(after, "close"));
  if (before.pre_committed_minor() > 0 || before.committed_minor() > 0) {
    return status::Error(kBudgetInUse, {{"budget", before.name()},
                                        {"pre_committed", before.pre_committed_minor()},
                                        {"committed", before.committed_minor()},
                                        {"currency", before.currency_code()}});
  }
  RETURN_IF_ERROR(budgets_.Update(tx, before, after, "close"));
  return budgets_.Decorated(tx.sql, after);
}

absl::StatusOr<v1::TransferBudgetResponse> Budgets::Transfer(record::Transaction& tx, const v1::TransferBudgetRequest& request) {
  if (request.name() == request.target()) {
    status::BadFields bad;
    bad.Add("target", kSameBudget);
    return bad.status();
  }
  // Two transfers in opposite directions lock in the same order.
  Budget source, target;
  for (Budget* budget : request.name() < request.target() ? std::array{&source, &target} : std::array{&target, &source}) {
    ASSIGN_OR_RETURN(*budget, budgets_.Lock(tx, budget == &source ? request.name() : request.target()));
  }
  RETURN_IF_ERROR(record::CheckEtag(source.name(), source.etag(), request.etag()));
  RETURN_IF_ERROR(CheckApproved(source));
  RETURN_IF_ERROR(CheckApproved(target));
  RETURN_IF_ERROR(CheckToday(tx, source));
  RETURN_IF_ERROR(CheckToday(tx, target));
  if (source.currency_code() != target.currency_code()) {
    return status::Error(
        kCurrencyMismatch,
        {{"source", source.name()}, {"from", source.currency_code()}, {"target", target.name()}, {"to", target.currency_code()}});
  }
  const Budget source_before = source, target_before = target;
  v1::TransferBudgetResponse response;
  response.set_transfer_id(record::NewId(tx.call.now));
  ASSIGN_OR_RETURN(const TransferEntries entries,
                   resource::Transfer(source, target, request.amount_minor(), response.transfer_id(), request.reason()));
  RETURN_IF_ERROR(Save(tx, source_before, source, entries.source, "transfer"));
  RETURN_IF_ERROR(Save(tx, target_before, target, entries.target, "transfer"));
  ASSIGN_OR_RETURN(*response.mutable_source(), budgets_.Decorated(tx.sql, source));
  ASSIGN_OR_RETURN(*response.mutable_target(), budgets_.Decorated(tx.sql, target));
  return response;
}

absl::StatusOr<Budget> Budgets::Lock(record::Transaction& tx, const std::string& name, const std::string& etag) const {
  ASSIGN_OR_RETURN(Budget budget, budgets_.Lock(tx, name));
  RETURN_IF_ERROR(record::CheckEtag(budget.name(), budget.etag(), etag));
  return budget;
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
