// Who spends, and on what: the trees of cost centres and expense accounts (policy S5).
#ifndef HEITIE_SERVICES_RESOURCE_BUDGETING_COST_CENTER_H_
#define HEITIE_SERVICES_RESOURCE_BUDGETING_COST_CENTER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/resource/v1/cost_center.pb.h"

namespace heitie::resource {

extern const status::Reason kUnknownCostCenter;  // {name}
extern const status::Reason kCostCenterCycle;    // {path}
extern const status::Reason kUnknownAccount;     // {name}
extern const status::Reason kAccountCycle;       // {path}

// Thread-safe.
class CostCenters {
 public:
  explicit CostCenters(record::Store& store) : centers_(store), accounts_(store) {}
  void Bind(record::Methods& methods);

  // The ids of a cost centre and of those above it, the nearest first; of one that is not in the tree its own. `named` is an id or a name.
  absl::StatusOr<std::vector<std::string>> WayUp(sql::Session& session, const std::string& named) const;
  // The same of an account; at the end the empty id of no account in particular.
  absl::StatusOr<std::vector<std::string>> AccountWayUp(sql::Session& session, const std::string& named) const;
  // Whether there is an account of this id.
  absl::StatusOr<bool> HasAccount(sql::Session& session, const std::string& id) const;

 private:
  absl::Status CreateCenter(record::Transaction& tx, v1::CostCenter& center);
  absl::Status UpdateCenter(record::Transaction& tx, const v1::CostCenter& before, v1::CostCenter& after);
  absl::Status CreateAccount(record::Transaction& tx, v1::ExpenseAccount& account);
  absl::Status UpdateAccount(record::Transaction& tx, const v1::ExpenseAccount& before, v1::ExpenseAccount& after);

  record::Kind<v1::CostCenter> centers_;
  record::Kind<v1::ExpenseAccount> accounts_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_BUDGETING_COST_CENTER_H_
