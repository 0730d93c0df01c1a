#include "services/personnel/recruitment/decisions.h"

#include "common/status/macros.h"

namespace heitie::personnel {

absl::Status Decisions::Ask(record::Transaction& tx, const std::string& subject, const std::string& proposer) const {
  ASSIGN_OR_RETURN(const std::string approver, approvals_.Approver(tx.sql, proposer, absl::ToCivilDay(tx.call.now, zone_), {}));
  return Want(tx, subject, "approve", approver);
}

absl::Status Decisions::Want(record::Transaction& tx, const std::string& subject, const std::string& action,
                             const std::string& owner) const {
  ASSIGN_OR_RETURN(const v1::RecruitmentPolicy policy, policies_.InForce(tx.sql, tx.call.now));
  return steps_.Open(tx, {.subject = subject, .action = action, .owner = owner, .due = tx.call.now + absl::Hours(policy.decision_hours())});
}

}  // namespace heitie::personnel
