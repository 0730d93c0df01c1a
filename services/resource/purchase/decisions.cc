#include "services/resource/purchase/decisions.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"

namespace heitie::resource {

absl::Status PurchaseDecisions::Ask(record::Transaction& tx, const std::string& requisition, const std::string& reason) const {
  ASSIGN_OR_RETURN(const std::vector<std::string> orders, orders_.ExpectedFor(tx.sql, requisition));
  for (const std::string& order : orders) RETURN_IF_ERROR(orders_.Ask(tx, order, reason));
  return requisitions_.Ask(tx, requisition, reason);
}

absl::Status PurchaseDecisions::AskOfSubject(const rpc::Call& call, const std::string& subject) const {
  // Also those that are closed: what was ordered of them goes on.
  std::vector<std::string> requisitions;
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& session) {
    return session.Query("SELECT name FROM purchase_requisitions WHERE subject = ? AND state <> 'STATE_REJECTED' ORDER BY name",
                         sql::Bind(subject), [&](const sql::Row& row) { requisitions.push_back(row.Text(0)); });
  }));
  for (const std::string& requisition : requisitions) {
    RETURN_IF_ERROR(store_.Write(call, [&](record::Transaction& tx) { return Ask(tx, requisition, absl::StrCat(subject, " is over.")); }));
  }
  return absl::OkStatus();
}

}  // namespace heitie::resource
