#include "services/personnel/assessment/handler.h"

#include <algorithm>
#include <vector>

#include "common/status/macros.h"

namespace heitie::personnel {

const status::Reason kNotYourRequisition{absl::StatusCode::kPermissionDenied, "NOT_YOUR_REQUISITION",
                                         "This is decided by who answers for {requisition}, a superior of that person, or a manager.",
                                         "此事由 {requisition} 的負責人、其主管或經理決定。"};

absl::Status Handlers::Check(const rpc::Call& call, const RequisitionFacts& requisition) const {
  if (call.principal.Has(options::v1::ROLE_OPERATIONS_MANAGER) || requisition.owner == call.principal.name) return absl::OkStatus();
  const std::vector<std::string> below = below_(call.principal);
  if (std::binary_search(below.begin(), below.end(), requisition.owner)) return absl::OkStatus();
  return status::Error(kNotYourRequisition, {{"requisition", requisition.name}});
}

absl::Status Handlers::Check(record::Transaction& tx, const std::string& requisition) const {
  if (tx.call.principal.Has(options::v1::ROLE_OPERATIONS_MANAGER)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const RequisitionFacts facts, book_.Find(tx.sql, requisition));
  return Check(tx.call, facts);
}

}  // namespace heitie::personnel
