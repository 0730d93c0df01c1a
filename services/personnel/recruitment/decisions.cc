#include "services/personnel/recruitment/decisions.h"

#include "common/status/macros.h"

namespace heitie::personnel {
namespace {

constexpr absl::Duration kTermOfDecision = absl::Hours(72);

}  // namespace

absl::Status Decisions::Ask(record::Transaction& tx, const std::string& subject, const std::string& proposer) const {
  ASSIGN_OR_RETURN(const std::string approver, approvals_.Approver(tx.sql, proposer, absl::ToCivilDay(tx.call.now, zone_), {}));
  return Want(tx, subject, "approve", approver);
}

absl::Status Decisions::Want(record::Transaction& tx, const std::string& subject, const std::string& action,
                             const std::string& owner) const {
  return steps_.Open(tx, {.subject = subject, .action = action, .owner = owner, .due = tx.call.now + kTermOfDecision});
}

}  // namespace heitie::personnel
