#include "services/resource/budgeting/cost_center.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/record/unused.h"
#include "common/status/macros.h"
#include "services/resource/catalogue/tree.h"

namespace heitie::resource {

using v1::CostCenter;
using v1::ExpenseAccount;

const status::Reason kUnknownCostCenter{absl::StatusCode::kInvalidArgument, "UNKNOWN_COST_CENTER", "There is no cost centre {name}.",
                                        "沒有成本中心 {name}。"};
const status::Reason kCostCenterCycle{absl::StatusCode::kInvalidArgument, "COST_CENTER_CYCLE",
                                      "The cost centre would be a part of itself: {path}.", "成本中心將成為自己的一部分：{path}。"};
const status::Reason kUnknownAccount{absl::StatusCode::kInvalidArgument, "UNKNOWN_ACCOUNT", "There is no expense account {name}.",
                                     "沒有會計科目 {name}。"};
const status::Reason kAccountCycle{absl::StatusCode::kInvalidArgument, "ACCOUNT_CYCLE", "The account would be a part of itself: {path}.",
                                   "會計科目將成為自己的一部分：{path}。"};

namespace {

constexpr char kCenters[] = "costCenters/";
constexpr char kAccounts[] = "expenseAccounts/";

std::string IdIn(const std::string& collection, const std::string& named) {
  return absl::StartsWith(named, collection) ? named.substr(collection.size()) : named;
}

// The tree has no circles, so the way ends.
template <typename T, typename Above>
absl::StatusOr<std::vector<std::string>> IdsUpward(sql::Session& session, const record::Kind<T>& kind, const std::string& collection,
                                                   const std::string& named, Above above) {
  std::vector<std::string> ids = {IdIn(collection, named)};
  for (std::string name = collection + ids.front(); !name.empty();) {
    const absl::StatusOr<T> found = kind.Find(session, name);
    if (absl::IsNotFound(found.status())) break;
    RETURN_IF_ERROR(found.status());
    name = above(*found);
    if (!name.empty()) ids.push_back(IdIn(collection, name));
  }
  return ids;
}

const std::string& AboveCenter(const CostCenter& center) { return center.parent_cost_center(); }
const std::string& AboveAccount(const ExpenseAccount& account) { return account.parent_account(); }

}  // namespace

absl::StatusOr<std::vector<std::string>> CostCenters::WayUp(sql::Session& session, const std::string& named) const {
  return IdsUpward(session, centers_, kCenters, named, AboveCenter);
}

absl::StatusOr<std::vector<std::string>> CostCenters::AccountWayUp(sql::Session& session, const std::string& named) const {
  if (named.empty()) return std::vector<std::string>{""};
  ASSIGN_OR_RETURN(std::vector<std::string> ids, IdsUpward(session, accounts_, kAccounts, named, AboveAccount));
  ids.push_back("");
  return ids;
}

absl::StatusOr<bool> CostCenters::HasAccount(sql::Session& session, const std::string& id) const {
  const absl::Status found = accounts_.Find(session, kAccounts + id).status();
  if (absl::IsNotFound(found)) return false;
  RETURN_IF_ERROR(found);
  return true;
}

absl::Status CostCenters::CreateCenter(record::Transaction& tx, CostCenter& center) {
  return CheckWayUp(tx, centers_, center, AboveCenter, "cost_center.parent_cost_center", kUnknownCostCenter, kCostCenterCycle);
}

absl::Status CostCenters::UpdateCenter(record::Transaction& tx, const CostCenter& before, CostCenter& after) {
  return before.parent_cost_center() == after.parent_cost_center() ? absl::OkStatus() : CreateCenter(tx, after);
}

absl::Status CostCenters::CreateAccount(record::Transaction& tx, ExpenseAccount& account) {
  return CheckWayUp(tx, accounts_, account, AboveAccount, "expense_account.parent_account", kUnknownAccount, kAccountCycle);
}

absl::Status CostCenters::UpdateAccount(record::Transaction& tx, const ExpenseAccount& before, ExpenseAccount& after) {
  return before.parent_account() == after.parent_account() ? absl::OkStatus() : CreateAccount(tx, after);
}

void CostCenters::Bind(record::Methods& methods) {
  methods.Reads(centers_);
  methods.Creates(centers_, this, &CostCenters::CreateCenter);
  methods.Updates(centers_, this, &CostCenters::UpdateCenter);
  record::DeletesUnused(methods, centers_);
  methods.Reads(accounts_);
  methods.Creates(accounts_, this, &CostCenters::CreateAccount);
  methods.Updates(accounts_, this, &CostCenters::UpdateAccount);
  record::DeletesUnused(methods, accounts_);
}

}  // namespace heitie::resource
