#include "services/resource/money/budget.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/record/kept.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "google/protobuf/util/message_differencer.h"
#include "heitie/resource/v1/budget.pb.h"
#include "services/resource/money/budget_ledger.h"

namespace heitie::resource {

const status::Reason kPeriodReversed{absl::StatusCode::kInvalidArgument, "PERIOD_REVERSED", "The period ends before it starts.",
                                     "期間的結束早於開始。"};
const status::Reason kBudgetNotDraft{absl::StatusCode::kFailedPrecondition, "BUDGET_NOT_DRAFT", "{budget} is not a draft any more.",
                                     "{budget} 已不是草稿。"};
const status::Reason kBudgetInUse{
    absl::StatusCode::kFailedPrecondition, "BUDGET_IN_USE",
    "{budget} still has {held:money} held, {pre_committed:money} pre-committed and {committed:money} committed.",
    "{budget} 尚有凍結 {held:money}、預承付 {pre_committed:money}、承付 {committed:money}。"};
const status::Reason kBudgetHasChildren{absl::StatusCode::kFailedPrecondition, "BUDGET_HAS_CHILDREN",
                                        "{count:count} budgets below {budget} are not closed.",
                                        "{budget} 之下尚有 {count:count} 筆預算未結。"};
const status::Reason kCurrencyMismatch{absl::StatusCode::kFailedPrecondition, "CURRENCY_MISMATCH",
                                       "{source} is in {from}, {target} in {to}.", "{source} 的貨幣是 {from}，{target} 的是 {to}。"};
const status::Reason kSameBudget{absl::StatusCode::kInvalidArgument, "SAME_BUDGET", "A budget cannot transfer to itself.",
                                 "預算不能轉給自己。"};

const status::Reason kUnknownBudget{absl::StatusCode::kInvalidArgument, "UNKNOWN_BUDGET", "{budget} does not exist.", "{budget} 不存在。"};
const status::Reason kBudgetsInLine{
    absl::StatusCode::kFailedPrecondition, "BUDGETS_IN_LINE",
    "One of {source} and {target} is above the other, so that nothing would move; revise the lower one instead.",
    "{source} 與 {target} 為上下層，移轉不會改變任何額度；請改為調整下層預算。"};
const status::Reason kParentDiffers{absl::StatusCode::kInvalidArgument, "PARENT_DIFFERS",
                                    "{budget} and {parent} are not of the same period and currency.",
                                    "{budget} 與 {parent} 的期間或貨幣不同。"};
const status::Reason kBudgetsTooDeep{absl::StatusCode::kFailedPrecondition, "BUDGETS_TOO_DEEP",
                                     "{budget} would be below too many others: {most:count} levels at most.",
                                     "{budget} 之上的層級過多，最多 {most:count} 層。"};
const status::Reason kOwnBudget{absl::StatusCode::kPermissionDenied, "OWN_BUDGET", "{name} drafted the budget and cannot approve it.",
                                "{name} 是預算的起草人，不能自行核准。"};

namespace {

using v1::Budget;

constexpr size_t kMostWaysUp = 100'000;
constexpr size_t kMostLockedTogether = 16;
// What bookings change.
constexpr const char* kBalances[] = {"approved_minor",  "transferred_minor", "held_minor",      "pre_committed_minor",
                                     "committed_minor", "actual_minor",      "available_minor", "entry_count"};

absl::Status CheckApproved(const Budget& budget) {
  if (budget.state() == Budget::STATE_APPROVED) return absl::OkStatus();
  return status::Error(status::kBudgetNotApproved,
                       {{"budget", budget.name()}, {"state", Budget::State_Name(budget.state()).substr(sizeof("STATE_") - 1)}});
}

bool IsBudgetInUse(const Budget& budget) {
  return budget.held_minor() != 0 || budget.pre_committed_minor() != 0 || budget.committed_minor() != 0;
}

bool SamePeriodAndCurrency(const Budget& a, const Budget& b) {
  return time::ToDay(a.start_date()) == time::ToDay(b.start_date()) && time::ToDay(a.end_date()) == time::ToDay(b.end_date()) &&
         a.currency_code() == b.currency_code();
}

}  // namespace

const record::StateMachine& BudgetMachine() {
  static const auto& machine = *new record::StateMachine(
      Budget::State_descriptor(),
      {
          {Budget::STATE_DRAFT, "approve", Budget::STATE_APPROVED},
          {Budget::STATE_APPROVED, "transfer", Budget::STATE_APPROVED,
           "in both periods, at most what is available at each level that gives"},
          {Budget::STATE_APPROVED, "revise", Budget::STATE_APPROVED, "at least what is taken", record::kConsequence},
          {Budget::STATE_APPROVED, "close", Budget::STATE_CLOSED,
           "nothing is held, pre-committed or committed, and no budget below is open"},
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

void TrimShared(Levels& source, Levels& target) {
  while (!source.empty() && !target.empty() && source.back().name() == target.back().name()) {
    source.pop_back();
    target.pop_back();
  }
}

Budgets::Budgets(record::Store& store, absl::TimeZone zone, const MoneyPolicies& policies, const CostCenters& cost_centers)
    : zone_(zone), policies_(policies), cost_centers_(cost_centers), budgets_(store, &BudgetMachine()), entries_(store) {
  budgets_.SetDecorator([this](sql::Session& session, Budget& budget) { return PutPayable(session, budget); });
  budgets_.SetAllows([](const Budget& budget, const std::string& verb) {
    return verb != "close" || (budget.child_count() == 0 && !IsBudgetInUse(budget));
  });
}

absl::Status Budgets::PutPayable(sql::Session& session, Budget& budget) const {
  budget.set_payable_minor(budget.available_minor());
  budget.set_tightest_budget(budget.name());
  if (budget.ancestors().empty()) return absl::OkStatus();
  sql::Values names;
  for (const std::string& above : budget.ancestors()) names.push_back(sql::V(above));
  std::map<std::string, int64_t> available;
  RETURN_IF_ERROR(
      session.Query(absl::StrCat("SELECT name, available_minor FROM budgets WHERE name IN (", sql::Placeholders(names.size()), ")"), names,
                    [&](const sql::Row& row) { available[row.Text(0)] = row.Int(1); }));
  for (const std::string& above : budget.ancestors()) {
    const auto found = available.find(above);
    if (found == available.end() || found->second >= budget.payable_minor()) continue;
    budget.set_payable_minor(found->second);
    budget.set_tightest_budget(above);
  }
  return absl::OkStatus();
}

void Budgets::Bind(record::Methods& methods) {
  methods.Reads(budgets_);
  methods.Creates(budgets_, this, &Budgets::Create);
  methods.Updates(budgets_, this, &Budgets::Change);
  methods.Bind("ApproveBudget", this, &Budgets::Approve);
  methods.Bind("CloseBudget", this, &Budgets::Close);
  methods.Bind("TransferBudget", this, &Budgets::Transfer);
  methods.Reads(entries_);
}

absl::Status Budgets::CheckDraft(record::Transaction& tx, const Budget& budget) const {
  status::BadFields bad;
  if (time::ToDay(budget.end_date()) < time::ToDay(budget.start_date())) bad.Add("budget.end_date", kPeriodReversed);
  if (!budget.expense_account().empty()) {
    ASSIGN_OR_RETURN(const bool known, cost_centers_.HasAccount(tx.sql, budget.expense_account()));
    if (!known) bad.Add("budget.expense_account", kUnknownAccount, {{"name", budget.expense_account()}});
  }
  if (!budget.parent_budget().empty()) {
    const absl::StatusOr<Budget> parent = budgets_.Find(tx.sql, budget.parent_budget());
    if (absl::IsNotFound(parent.status())) {
      bad.Add("budget.parent_budget", kUnknownBudget, {{"budget", budget.parent_budget()}});
    } else {
      RETURN_IF_ERROR(parent.status());
      if (!SamePeriodAndCurrency(budget, *parent)) {
        bad.Add("budget.parent_budget", kParentDiffers, {{"budget", budget.name()}, {"parent", parent->name()}});
      }
    }
  }
  return bad.status();
}

absl::Status Budgets::Create(record::Transaction& tx, Budget& budget) {
  budget.set_state(Budget::STATE_DRAFT);
  return CheckDraft(tx, budget);
}

absl::Status Budgets::Change(record::Transaction& tx, const Budget& before, Budget& after) {
  if (before.state() != Budget::STATE_DRAFT) return status::Error(kBudgetNotDraft, {{"budget", before.name()}});
  return CheckDraft(tx, after);
}

std::optional<std::vector<std::string>> Budgets::KnownWayUp(const std::string& name) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = ways_up_.find(name);
  if (found == ways_up_.end()) return std::nullopt;
  return found->second;
}

void Budgets::Learn(const Budget& budget) const {
  if (budget.state() != Budget::STATE_APPROVED) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (ways_up_.size() >= kMostWaysUp) ways_up_.clear();
  ways_up_[budget.name()].assign(budget.ancestors().begin(), budget.ancestors().end());
}

absl::StatusOr<Levels> Budgets::LockInOrder(record::Transaction& tx, const std::vector<std::string>& names) const {
  if (Levels kept = record::KeptOf<Budget>(tx, names); !kept.empty()) return kept;
  sql::Values values;
  std::string order;
  for (size_t i = 0; i < names.size(); ++i) {
    absl::StrAppend(&order, i == 0 ? "SELECT CAST(? AS BINARY) AS level_name, 0 AS level_order" : " UNION ALL SELECT CAST(? AS BINARY), ",
                    i == 0 ? "" : absl::StrCat(i));
    values.push_back(sql::V(names[i]));
  }
  // The names come first, in their order, and each row is looked up and locked by its key.
  ASSIGN_OR_RETURN(
      Levels levels,
      budgets_.Select(tx.sql, absl::StrCat("RIGHT JOIN (", order, ") AS levels ON name = level_name ORDER BY level_order FOR UPDATE"),
                      values));
  const bool all =
      levels.size() == names.size() && std::equal(levels.begin(), levels.end(), names.begin(),
                                                  [](const Budget& level, const std::string& name) { return level.name() == name; });
  if (!all) return Levels();
  record::KeepAll(tx, levels);
  return levels;
}

absl::StatusOr<LockedBudget> Budgets::LockApproved(record::Transaction& tx, const std::string& name) const {
  Levels levels;
  const std::optional<std::vector<std::string>> above = KnownWayUp(name);
  if (above && !above->empty()) {
    std::vector<std::string> names = {name};
    names.insert(names.end(), above->begin(), above->end());
    ASSIGN_OR_RETURN(levels, LockInOrder(tx, names));
    if (!levels.empty() && std::equal(above->begin(), above->end(), levels.front().ancestors().begin(), levels.front().ancestors().end())) {
      for (const Budget& level : levels) RETURN_IF_ERROR(CheckApproved(level));
      return LockedBudget(std::move(levels));
    }
    levels.clear();
  }
  ASSIGN_OR_RETURN(Budget budget, budgets_.Lock(tx, name));
  levels.push_back(std::move(budget));
  for (int i = 0; i < levels.front().ancestors_size(); ++i) {
    ASSIGN_OR_RETURN(Budget above, budgets_.Lock(tx, levels.front().ancestors(i)));
    levels.push_back(std::move(above));
  }
  for (const Budget& level : levels) RETURN_IF_ERROR(CheckApproved(level));
  Learn(levels.front());
  return LockedBudget(std::move(levels));
}

absl::StatusOr<LockedBudget> Budgets::LockAlone(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(Budget budget, budgets_.Lock(tx, name));
  RETURN_IF_ERROR(CheckApproved(budget));
  return LockedBudget({std::move(budget)});
}

absl::StatusOr<LockedBudget> Budgets::LockInPeriod(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(LockedBudget budget, LockApproved(tx, name));
  RETURN_IF_ERROR(CheckInPeriod(budget.budget(), Today(tx.call)));
  return budget;
}

absl::Status Budgets::LockAll(record::Transaction& tx, const std::vector<std::string>& names) const {
  // Which budgets are above one never changes once it is approved.
  std::set<std::pair<int, std::string>> all;  // by how many are above, with the sign turned
  for (const std::string& name : names) {
    std::optional<std::vector<std::string>> way = KnownWayUp(name);
    if (!way) {
      const absl::StatusOr<Budget> found = budgets_.Find(tx.sql, name);
      if (absl::IsNotFound(found.status())) continue;
      RETURN_IF_ERROR(found.status());
      Learn(*found);
      way.emplace(found->ancestors().begin(), found->ancestors().end());
    }
    const int above = static_cast<int>(way->size());
    all.insert({-above, name});
    for (int i = 0; i < above; ++i) all.insert({i + 1 - above, (*way)[static_cast<size_t>(i)]});
  }
  std::vector<std::string> ordered;
  for (const auto& [depth, name] : all) ordered.push_back(name);
  if (ordered.size() > 1 && ordered.size() <= kMostLockedTogether) {
    ASSIGN_OR_RETURN(const Levels locked, LockInOrder(tx, ordered));
    if (!locked.empty()) return absl::OkStatus();
  }
  for (const std::string& name : ordered) RETURN_IF_ERROR(budgets_.Lock(tx, name).status());
  return absl::OkStatus();
}

absl::Status Budgets::Update(record::Transaction& tx, const Budget& before, Budget& after, const std::string& action) const {
  // What was done is one event, and what that led to another, which nobody has to look for among all bookings.
  const int32_t alert = AlertOf(after);
  const bool reached = alert > before.alert_bp();
  if (!reached) after.set_alert_bp(alert);
  RETURN_IF_ERROR(budgets_.Update(tx, before, after, action));
  if (!reached) return absl::OkStatus();
  const Budget booked = after;
  after.set_alert_bp(alert);
  return budgets_.Update(tx, booked, after, "alert");
}

absl::StatusOr<bool> Budgets::SaveTogether(record::Transaction& tx, LockedBudget& budget, const std::string& action) const {
  // What is kept is written together with what bookings after this one change.
  if (budget.after.size() < 2 || record::FindKept(tx, *Budget::descriptor(), budget.budget().name()) != nullptr) return false;
  const google::protobuf::Descriptor& fields = *Budget::descriptor();
  const google::protobuf::Reflection& reflect = *Budget::default_instance().GetReflection();
  sql::Values values;
  std::string sets;
  const auto change = [&](const char* name, size_t level) {
    const google::protobuf::FieldDescriptor* field = fields.FindFieldByName(name);
    return reflect.GetInt64(budget.after[level], field) - reflect.GetInt64(budget.before[level], field);
  };
  for (const char* name : kBalances) {
    const int64_t delta = change(name, 0);
    for (size_t i = 1; i < budget.after.size(); ++i) {
      if (change(name, i) != delta) return false;
    }
    if (delta == 0) continue;
    absl::StrAppend(&sets, name, " = ", name, " + ?, ");
    values.push_back(sql::V(delta));
  }
  for (size_t i = 0; i < budget.after.size(); ++i) {
    Budget same = budget.before[i];
    for (const char* name : kBalances) {
      const google::protobuf::FieldDescriptor* field = fields.FindFieldByName(name);
      reflect.SetInt64(&same, field, reflect.GetInt64(budget.after[i], field));
    }
    if (!same.parent_budget().empty()) same.set_lifted_entry_count(same.entry_count());
    if (!google::protobuf::util::MessageDifferencer::Equals(same, budget.after[i])) return false;
    if (AlertOf(budget.after[i]) != budget.before[i].alert_bp()) return false;
  }
  values.push_back(sql::V(tx.call.now));
  for (const Budget& level : budget.after) values.push_back(sql::V(level.name()));
  // The assignments are made from left to right: the lifted count is what the count has become.
  ASSIGN_OR_RETURN(
      const int64_t rows,
      tx.sql.Execute(absl::StrCat("UPDATE budgets SET ", sets,
                                  "lifted_entry_count = CASE WHEN parent_budget = '' THEN lifted_entry_count ELSE entry_count END, "
                                  "etag = CAST(CAST(etag AS UNSIGNED) + 1 AS CHAR), update_time = ? WHERE name IN (",
                                  sql::Placeholders(budget.after.size()), ")"),
                     values));
  if (rows != static_cast<int64_t>(budget.after.size())) return absl::InternalError("a budget that is locked is not there");
  for (size_t i = 0; i < budget.after.size(); ++i) {
    int64_t revision = 0;
    if (!absl::SimpleAtoi(budget.before[i].etag(), &revision)) return absl::DataLossError("etag is no number");
    ++revision;
    budget.after[i].set_etag(absl::StrCat(revision));
    *budget.after[i].mutable_update_time() = time::ToTimestamp(tx.call.now);
    RETURN_IF_ERROR(tx.Record(action, budget.after[i].name(), "resource.heitie/Budget", revision, &budget.before[i], &budget.after[i]));
  }
  return true;
}

absl::Status Budgets::Save(record::Transaction& tx, LockedBudget& budget, const Entries& entries, const std::string& action) const {
  ASSIGN_OR_RETURN(const bool saved, SaveTogether(tx, budget, action));
  if (saved) return Append(tx, entries);
  for (size_t i = 0; i < budget.after.size(); ++i) RETURN_IF_ERROR(Update(tx, budget.before[i], budget.after[i], action));
  return Append(tx, entries);
}

bool Budgets::TakeThresholds(const v1::MoneyPolicy& policy, Budget& budget) const {
  if (budget.policy() == policy.name()) return false;
  budget.set_policy(policy.name());
  *budget.mutable_alert_thresholds_bp() = policy.alert_thresholds_bp();
  std::sort(budget.mutable_alert_thresholds_bp()->begin(), budget.mutable_alert_thresholds_bp()->end());
  return true;
}

absl::Status Budgets::Adopt(record::Transaction& tx, Budget& budget) const {
  if (budget.parent_budget().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Budget before, budgets_.Lock(tx, budget.parent_budget()));
  RETURN_IF_ERROR(CheckApproved(before));
  if (!SamePeriodAndCurrency(budget, before)) {
    status::BadFields bad;
    bad.Add("name", kParentDiffers, {{"budget", budget.name()}, {"parent", before.name()}});
    return bad.status();
  }
  if (before.ancestors_size() + 2 > kMostBudgetLevels) {
    return status::Error(kBudgetsTooDeep, {{"budget", budget.name()}, {"most", kMostBudgetLevels}});
  }
  budget.clear_ancestors();
  budget.add_ancestors(before.name());
  budget.mutable_ancestors()->MergeFrom(before.ancestors());
  Budget after = before;
  after.set_child_count(before.child_count() + 1);
  return budgets_.Update(tx, before, after, "adopt");
}

absl::StatusOr<Budget> Budgets::Approve(record::Transaction& tx, const v1::ApproveBudgetRequest& request) {
  return budgets_.Change(tx, request, "approve", [&](Budget& after) -> absl::Status {
    if (after.creator() == tx.call.principal.name) return status::Error(kOwnBudget, {{"name", after.creator()}});
    RETURN_IF_ERROR(Adopt(tx, after));
    ASSIGN_OR_RETURN(const v1::MoneyPolicy policy, policies_.InForce(tx));
    TakeThresholds(policy, after);
    after.set_approver(tx.call.principal.name);
    after.set_revision(1);
    ASSIGN_OR_RETURN(const v1::BudgetEntry entry, resource::Approve(after));
    return Append(tx, {entry});
  });
}

absl::Status Budgets::CloseLocked(record::Transaction& tx, const Budget& before, Budget& after) const {
  if (before.child_count() > 0) {
    return status::Error(kBudgetHasChildren, {{"budget", before.name()}, {"count", before.child_count()}});
  }
  if (IsBudgetInUse(before)) {
    return status::Error(kBudgetInUse, {{"budget", before.name()},
                                        {"held", before.held_minor()},
                                        {"pre_committed", before.pre_committed_minor()},
                                        {"committed", before.committed_minor()},
                                        {"currency", before.currency_code()}});
  }
  if (after.parent_budget().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Budget parent, budgets_.Lock(tx, after.parent_budget()));
  Budget without = parent;
  without.set_child_count(parent.child_count() - 1);
  return budgets_.Update(tx, parent, without, "let_go");
}

absl::StatusOr<Budget> Budgets::Close(record::Transaction& tx, const v1::CloseBudgetRequest& request) {
  return budgets_.Change(tx, request, "close",
                         [&](const Budget& before, Budget& after) -> absl::Status { return CloseLocked(tx, before, after); });
}

absl::StatusOr<v1::TransferBudgetResponse> Budgets::Transfer(record::Transaction& tx, const v1::TransferBudgetRequest& request) {
  if (request.name() == request.target()) {
    status::BadFields bad;
    bad.Add("target", kSameBudget);
    return bad.status();
  }
  // Two transfers in opposite directions lock in the same order.
  RETURN_IF_ERROR(LockAll(tx, {request.name(), request.target()}));
  RETURN_IF_ERROR(budgets_.Begin(tx, request).status());  // The etag.
  ASSIGN_OR_RETURN(LockedBudget source, LockInPeriod(tx, request.name()));
  ASSIGN_OR_RETURN(LockedBudget target, LockInPeriod(tx, request.target()));
  const std::string from = source.budget().currency_code(), to = target.budget().currency_code();
  if (from != to) {
    return status::Error(kCurrencyMismatch, {{"source", request.name()}, {"from", from}, {"target", request.target()}, {"to", to}});
  }
  for (Levels LockedBudget::*side : {&LockedBudget::before, &LockedBudget::after}) TrimShared(source.*side, target.*side);
  if (source.after.empty() || target.after.empty()) {
    return status::Error(kBudgetsInLine, {{"source", request.name()}, {"target", request.target()}});
  }
  v1::TransferBudgetResponse response;
  response.set_transfer_id(record::NewId(tx.call.now));
  ASSIGN_OR_RETURN(const TransferEntries entries,
                   resource::Transfer(source.after, target.after, request.amount_minor(), response.transfer_id(), request.reason()));
  RETURN_IF_ERROR(Save(tx, source, entries.source, "transfer"));
  RETURN_IF_ERROR(Save(tx, target, entries.target, "transfer"));
  ASSIGN_OR_RETURN(*response.mutable_source(), budgets_.Decorated(tx.sql, source.budget()));
  ASSIGN_OR_RETURN(*response.mutable_target(), budgets_.Decorated(tx.sql, target.budget()));
  return response;
}

// By hand: an entry is its own evidence and needs no event beside it. Nobody reads it in the transaction, so those of bookings that share a
// commit are inserted together.
absl::Status Budgets::Append(record::Transaction& tx, const Entries& entries) const {
  for (const v1::BudgetEntry& e : entries) {
    RETURN_IF_ERROR(tx.sql.Append(
        "INSERT INTO budget_entries (name, budget, sequence, kind, approved_delta_minor, transferred_delta_minor, "
        "pre_committed_delta_minor, "
        "committed_delta_minor, actual_delta_minor, approved_minor, transferred_minor, pre_committed_minor, committed_minor, actual_minor, "
        "encumbrance, transfer_id, counterpart, reason, create_time, creator, origin, held_delta_minor, document)",
        sql::Bind(e.name(), e.budget(), e.sequence(), v1::BudgetEntry::Kind_Name(e.kind()), e.approved_delta_minor(),
                  e.transferred_delta_minor(), e.pre_committed_delta_minor(), e.committed_delta_minor(), e.actual_delta_minor(),
                  e.approved_minor(), e.transferred_minor(), e.pre_committed_minor(), e.committed_minor(), e.actual_minor(),
                  e.encumbrance(), e.transfer_id(), e.counterpart(), e.reason(), tx.call.now, tx.call.principal.name, e.origin(),
                  e.held_delta_minor(), e.document()),
        sql::Session::ReadBy::kNobody));
  }
  return absl::OkStatus();
}

}  // namespace heitie::resource
