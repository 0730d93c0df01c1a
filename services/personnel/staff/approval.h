// Four eyes: who may decide about what somebody proposed (policy H1, W12).
#ifndef HEITIE_SERVICES_PERSONNEL_STAFF_APPROVAL_H_
#define HEITIE_SERVICES_PERSONNEL_STAFF_APPROVAL_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/record/store.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "services/personnel/staff/employee.h"

namespace heitie::personnel {

extern const status::Reason kOwnProposal;     // {name}
extern const status::Reason kNotTheApprover;  // {proposer}

// Thread-safe.
class Approvals {
 public:
  Approvals(const service::Context& context, const Employees& employees) : zone_(context.time_zone), employees_(employees) {}

  // Whether the caller may decide about what `proposer` proposed of the people `about`: an operations manager, or whoever leads the
  // proposer today, whatever role that is, or the deputy for that superior's absence. OWN_PROPOSAL for the proposer and the people whom it
  // concerns, NOT_THE_APPROVER for everybody else.
  absl::Status Check(record::Transaction& tx, const std::string& proposer, const std::vector<std::string>& about = {}) const;

  // Whom the decision waits for: the first above the proposer on that day who is not concerned, else a manager of the proposer's
  // department; empty when there is nobody.
  absl::StatusOr<std::string> Approver(sql::Session& session, const std::string& proposer, absl::CivilDay day,
                                       const std::vector<std::string>& about = {}) const;

 private:
  const absl::TimeZone zone_;
  const Employees& employees_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_STAFF_APPROVAL_H_
