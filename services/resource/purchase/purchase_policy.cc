#include "services/resource/purchase/purchase_policy.h"

#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/status/macros.h"
#include "heitie/options/v1/access.pb.h"
#include "services/resource/currency/rates.h"
#include "services/resource/purchase/purchase_rules.h"

namespace heitie::resource {

using v1::PurchasePolicy;

namespace {

const status::Reason kLimitTwice{absl::StatusCode::kInvalidArgument, "LIMIT_TWICE", "{role} has a limit for this cost centre already.",
                                 "{role} 在此成本中心已有核准限額。"};
const status::Reason kUnknownRole{absl::StatusCode::kInvalidArgument, "UNKNOWN_ROLE", "There is no role {role} that decides.",
                                  "沒有可決定的角色 {role}。"};

absl::Status CheckPurchasePolicy(const PurchasePolicy& policy) {
  status::BadFields bad;
  Rates::CheckCurrency("purchase_policy.currency_code", policy.currency_code(), bad);
  std::set<std::pair<std::string, std::string>> seen;
  for (int i = 0; i < policy.limits_size(); ++i) {
    const PurchasePolicy::ApprovalLimit& limit = policy.limits(i);
    const std::string field = absl::StrCat("purchase_policy.limits[", i, "].role");
    // Only managers are asked (requisition_service.proto).
    if (limit.role() != "OPERATIONS_MANAGER") bad.Add(field, kUnknownRole, {{"role", limit.role()}});
    if (!seen.insert({limit.role(), limit.cost_center()}).second) bad.Add(field, kLimitTwice, {{"role", limit.role()}});
  }
  return bad.status();
}

}  // namespace

PurchasePolicies::PurchasePolicies(record::Store& store, const CostCenters& cost_centers)
    : cost_centers_(cost_centers), policies_(store, "purchasePolicies/default", CheckPurchasePolicy) {}

absl::StatusOr<int64_t> PurchasePolicies::LimitOf(record::Transaction& tx, const PurchasePolicy& policy,
                                                  const std::string& cost_center) const {
  std::set<std::string> roles;
  for (int role = options::v1::Role_MIN; role <= options::v1::Role_MAX; ++role) {
    if (role == options::v1::ROLE_UNSPECIFIED || !tx.call.principal.Has(static_cast<rpc::Role>(role))) continue;
    roles.insert(std::string(absl::StripPrefix(options::v1::Role_Name(static_cast<options::v1::Role>(role)), "ROLE_")));
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> way_up, cost_centers_.WayUp(tx.sql, cost_center));
  return LimitFor(policy, roles, way_up);
}

}  // namespace heitie::resource
