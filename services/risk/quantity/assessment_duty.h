// That risks are to be assessed anew by a day (policy R2, W12).
#ifndef HEITIE_SERVICES_RISK_QUANTITY_ASSESSMENT_DUTY_H_
#define HEITIE_SERVICES_RISK_QUANTITY_ASSESSMENT_DUTY_H_

#include <string>

#include "absl/status/status.h"
#include "common/people/directory.h"
#include "common/record/methods.h"
#include "common/record/state_machine.h"
#include "heitie/risk/v1/assessment_duty.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "services/risk/policy/risk_policy.h"
#include "services/risk/register/restriction.h"

namespace heitie::risk {

const record::StateMachine& AssessmentDutyMachine();

// Thread-safe.
class AssessmentDuties {
 public:
  AssessmentDuties(record::Store& store, const people::Directory& people, const RiskPolicies& policies, const Restriction& restriction);
  void Bind(record::Methods& methods);
  const record::Kind<v1::AssessmentDuty>& kind() const { return duties_; }

  // Asks for an assessment of an open risk within the policy's days for the cause. Where one is asked for already, the earlier of the days
  // counts, with its cause.
  absl::Status Ask(record::Transaction& tx, const v1::Risk& risk, v1::AssessmentDuty::Cause cause, const std::string& source) const;
  // The risk was assessed, or closed when `assessment` is empty.
  absl::Status Done(record::Transaction& tx, const std::string& risk, const std::string& assessment) const;
  // Somebody else answers for the risk.
  absl::Status Pass(record::Transaction& tx, const v1::Risk& risk) const;

 private:
  absl::StatusOr<std::vector<v1::AssessmentDuty>> OpenOf(sql::Session& session, const std::string& risk) const;
  // Something that is due earlier takes the place of what is asked for.
  absl::Status Hasten(record::Transaction& tx, const v1::AssessmentDuty& open, v1::AssessmentDuty::Cause cause, const std::string& source,
                      absl::CivilDay due, const v1::RiskPolicy& policy) const;

  const people::Directory& people_;
  const RiskPolicies& policies_;
  record::Kind<v1::AssessmentDuty> duties_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_QUANTITY_ASSESSMENT_DUTY_H_
