#include "services/personnel/staff/approval.h"

#include <algorithm>
#include <optional>
#include <set>

#include "common/status/macros.h"

namespace heitie::personnel {

const status::Reason kOwnProposal{absl::StatusCode::kPermissionDenied, "OWN_PROPOSAL",
                                  "{name} cannot decide about this, having proposed it or being concerned by it.",
                                  "{name} 是提出者或當事人，不能決定此事。"};
const status::Reason kNotTheApprover{absl::StatusCode::kPermissionDenied, "NOT_THE_APPROVER",
                                     "An operations manager or the superior of {proposer} decides about this.",
                                     "此事由運營經理或 {proposer} 的上級決定。"};

absl::Status Approvals::Check(record::Transaction& tx, const std::string& proposer, const std::vector<std::string>& about) const {
  const std::string& caller = tx.call.principal.name;
  if (caller == proposer || std::find(about.begin(), about.end(), caller) != about.end()) {
    return status::Error(kOwnProposal, {{"name", caller}});
  }
  if (tx.call.principal.Has(options::v1::ROLE_OPERATIONS_MANAGER)) return absl::OkStatus();
  const absl::CivilDay today = absl::ToCivilDay(tx.call.now, zone_);
  ASSIGN_OR_RETURN(const std::optional<Superior> superior, employees_.LeaderOf(tx.sql, proposer, today));
  if (superior) {
    if (superior->name == caller) return absl::OkStatus();
    ASSIGN_OR_RETURN(const v1::Employee leader, employees_.kind().Find(tx.sql, superior->name));
    if (DeputyOn(leader, today) == caller) return absl::OkStatus();
  }
  return status::Error(kNotTheApprover, {{"proposer", proposer}});
}

absl::StatusOr<std::string> Approvals::Approver(sql::Session& session, const std::string& proposer, absl::CivilDay day,
                                                const std::vector<std::string>& about) const {
  std::set<std::string> passed(about.begin(), about.end());
  passed.insert(proposer);
  std::string at = proposer;
  std::set<std::string> seen;
  while (seen.insert(at).second) {
    ASSIGN_OR_RETURN(const std::optional<Superior> superior, employees_.LeaderOf(session, at, day));
    if (!superior) break;
    if (passed.count(superior->name) == 0) return superior->name;
    at = superior->name;
  }
  const absl::StatusOr<v1::Employee> employee = employees_.kind().Find(session, proposer);
  if (absl::IsNotFound(employee.status())) return "";
  RETURN_IF_ERROR(employee.status());
  const std::optional<v1::Assignment> assignment = AssignmentOn(*employee, day);
  if (!assignment) return "";
  return employees_.ManagerOf(session, assignment->department(), day, passed);
}

}  // namespace heitie::personnel
