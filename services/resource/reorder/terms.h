// By which terms stock is kept safe at least cost (policy S4): the policy's versions, and what differs for an item and a supplier.
#ifndef HEITIE_SERVICES_RESOURCE_REORDER_TERMS_H_
#define HEITIE_SERVICES_RESOURCE_REORDER_TERMS_H_

#include <functional>
#include <string>
#include <vector>

#include "common/record/methods.h"
#include "common/record/rule_set.h"
#include "common/status/status.h"
#include "heitie/resource/v1/reorder_policy.pb.h"
#include "heitie/resource/v1/reorder_term.pb.h"
#include "services/resource/catalogue/supplier.h"
#include "services/resource/material/item.h"

namespace heitie::resource {

extern const status::Reason kOrderCostCurrency;  // a field
extern const status::Reason kTermExists;         // {item} {supplier} {other}

// Thread-safe.
class ReorderTerms {
 public:
  ReorderTerms(record::Store& store, const Items& items, const Suppliers& suppliers);
  void Bind(record::Methods& methods);
  const record::Kind<v1::ReorderTerm>& kind() const { return terms_; }
  const record::RuleSet<v1::ReorderPolicy>& policies() const { return policies_; }
  // Of an item, by the names of their suppliers.
  absl::StatusOr<std::vector<v1::ReorderTerm>> Of(sql::Session& session, const std::string& item) const;
  // What is done before terms go. Set before the first request.
  void SetLeave(std::function<absl::Status(record::Transaction&, const v1::ReorderTerm&)> leave) { leave_ = std::move(leave); }

 private:
  absl::Status Create(record::Transaction& tx, v1::ReorderTerm& term);
  absl::Status Update(record::Transaction& tx, const v1::ReorderTerm& before, v1::ReorderTerm& after);
  absl::Status Delete(record::Transaction& tx, const v1::ReorderTerm& term);

  const Items& items_;
  const Suppliers& suppliers_;
  record::RuleSet<v1::ReorderPolicy> policies_;
  record::Kind<v1::ReorderTerm> terms_;
  std::function<absl::Status(record::Transaction&, const v1::ReorderTerm&)> leave_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_REORDER_TERMS_H_
