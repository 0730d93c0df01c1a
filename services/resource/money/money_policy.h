// The terms of money as a rule set (policy S5): thresholds of alerts, what may be spent beyond a commitment, the end of a period.
#ifndef HEITIE_SERVICES_RESOURCE_MONEY_MONEY_POLICY_H_
#define HEITIE_SERVICES_RESOURCE_MONEY_MONEY_POLICY_H_

#include <cstdint>

#include "common/record/methods.h"
#include "common/record/rule_set.h"
#include "common/status/status.h"
#include "heitie/resource/v1/money_policy.pb.h"

namespace heitie::resource {

extern const status::Reason kCarryMismatch;

// What may be spent beyond a commitment of `committed` altogether: the greater of the share, rounded down, and the amount.
int64_t ExcessLimit(const v1::MoneyPolicy& policy, int64_t committed);
// What of `unspent` goes to the next period.
int64_t CarryOf(const v1::MoneyPolicy& policy, int64_t unspent);

// Thread-safe.
class MoneyPolicies {
 public:
  explicit MoneyPolicies(record::Store& store);
  void Bind(record::Methods& methods);
  absl::StatusOr<v1::MoneyPolicy> InForce(sql::Session& session, absl::Time at) const { return policies_.InForce(session, at); }
  absl::StatusOr<v1::MoneyPolicy> InForce(record::Transaction& tx) const { return InForce(tx.sql, tx.call.now); }

 private:
  record::RuleSet<v1::MoneyPolicy> policies_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_MONEY_MONEY_POLICY_H_
