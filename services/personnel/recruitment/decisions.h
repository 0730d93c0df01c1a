// Second persons' decisions on what is proposed in recruitment (policy H2, W12): who may decide, and who is asked.
#ifndef HEITIE_SERVICES_PERSONNEL_RECRUITMENT_DECISIONS_H_
#define HEITIE_SERVICES_PERSONNEL_RECRUITMENT_DECISIONS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/service/main.h"
#include "services/personnel/recruitment/recruitment_policy.h"
#include "services/personnel/staff/approval.h"
#include "services/personnel/staff/step.h"

namespace heitie::personnel {

// Thread-safe.
class Decisions {
 public:
  Decisions(const service::Context& context, const RecruitmentPolicies& policies, const Steps& steps, const Approvals& approvals)
      : zone_(context.time_zone), policies_(policies), steps_(steps), approvals_(approvals) {}

  // Lets a proposal wait for whoever decides on what the proposer wrote.
  absl::Status Ask(record::Transaction& tx, const std::string& subject, const std::string& proposer) const;
  // Lets something else wait for somebody: `action` is a code as "restore_money".
  absl::Status Want(record::Transaction& tx, const std::string& subject, const std::string& action, const std::string& owner) const;
  // OWN_PROPOSAL, NOT_THE_APPROVER.
  absl::Status Check(record::Transaction& tx, const std::string& proposer) const { return approvals_.Check(tx, proposer, {}); }
  // Nobody waits for anything about it any more.
  absl::Status Over(record::Transaction& tx, const std::string& subject) const { return steps_.DoneAll(tx, subject); }

 private:
  const absl::TimeZone zone_;
  const RecruitmentPolicies& policies_;
  const Steps& steps_;
  const Approvals& approvals_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_RECRUITMENT_DECISIONS_H_
