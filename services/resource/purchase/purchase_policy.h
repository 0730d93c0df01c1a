// The terms of purchasing as a rule set (policy S4): who decides how much, and what may differ.
#ifndef HEITIE_SERVICES_RESOURCE_PURCHASE_PURCHASE_POLICY_H_
#define HEITIE_SERVICES_RESOURCE_PURCHASE_PURCHASE_POLICY_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/record/rule_set.h"
#include "heitie/resource/v1/purchase_policy.pb.h"
#include "services/resource/budgeting/cost_center.h"

namespace heitie::resource {

// Thread-safe.
class PurchasePolicies {
 public:
  PurchasePolicies(record::Store& store, const CostCenters& cost_centers);
  PurchasePolicies(const PurchasePolicies&) = delete;
  void Bind(record::Methods& methods) { policies_.Bind<v1::PublishPurchasePolicyRequest>(methods); }

  absl::StatusOr<v1::PurchasePolicy> InForce(record::Transaction& tx) const { return policies_.InForce(tx.sql, tx.call.now); }
  // How much the caller decides alone for a cost centre, in minor units of the policy's currency.
  absl::StatusOr<int64_t> LimitOf(record::Transaction& tx, const v1::PurchasePolicy& policy, const std::string& cost_center) const;

 private:
  const CostCenters& cost_centers_;
  record::RuleSet<v1::PurchasePolicy> policies_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_PURCHASE_PURCHASE_POLICY_H_
