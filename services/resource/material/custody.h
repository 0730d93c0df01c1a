// Custody that passes from one person to another (policy S3, W14): what is to be counted, and the terms for it as a rule set.
#ifndef HEITIE_SERVICES_RESOURCE_MATERIAL_CUSTODY_H_
#define HEITIE_SERVICES_RESOURCE_MATERIAL_CUSTODY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "common/record/rule_set.h"
#include "common/status/status.h"
#include "heitie/resource/v1/custody_count.pb.h"
#include "heitie/resource/v1/custody_policy.pb.h"
#include "heitie/resource/v1/item.pb.h"
#include "services/resource/stock/stock.h"

namespace heitie::resource {

extern const status::Reason kNotTheCustodian;  // {item} {custodian}
extern const status::Reason kOwnCount;         // {name}

const record::StateMachine& CustodyCountMachine();

// Thread-safe.
class Custody {
 public:
  Custody(record::Store& store, const Stocks& stocks);
  void Bind(record::Methods& methods);
  // An item has another custodian: a count opens, or the one that is open passes on. Of an item of which nothing is on hand there is
  // nothing to count.
  absl::Status Passed(record::Transaction& tx, const v1::Item& before, const v1::Item& after) const;

 private:
  absl::StatusOr<v1::CustodyCount> Confirm(record::Transaction& tx, const v1::ConfirmCustodyCountRequest& request);
  absl::StatusOr<v1::CustodyCount> Accept(record::Transaction& tx, const v1::AcceptCustodyDifferenceRequest& request);
  // As the books are now; locked until the transaction ends.
  absl::StatusOr<v1::Stock> StockOf(record::Transaction& tx, const std::string& item) const;

  const Stocks& stocks_;
  record::Kind<v1::CustodyCount> counts_;
  record::RuleSet<v1::CustodyPolicy> policies_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_MATERIAL_CUSTODY_H_
