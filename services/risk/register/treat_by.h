// Until when a MEDIUM risk that is not treated may stay so on what runs (policy R3, W1).
#ifndef HEITIE_SERVICES_RISK_REGISTER_TREAT_BY_H_
#define HEITIE_SERVICES_RISK_REGISTER_TREAT_BY_H_

#include "absl/status/status.h"
#include "common/record/store.h"
#include "heitie/risk/v1/risk.pb.h"
#include "services/risk/policy/risk_policy.h"

namespace heitie::risk {

// Whether the risk has a moment by which it is to be treated. Pure.
bool IsToBeTreated(const v1::Risk& risk);

// Sets the end of the working day by which the risk is to be treated, for one that has just come to need it; one that needed it before
// keeps its day, whatever it was assessed since. Takes it away where nothing is needed.
absl::Status KeepTreatBy(record::Transaction& tx, const RiskPolicies& policies, v1::Risk& risk);

// By when what comes to be treated now is treated, and the same of many risks by that.
absl::StatusOr<absl::Time> TreatByTime(record::Transaction& tx, const RiskPolicies& policies);
void KeepTreatBy(absl::Time treat_by, v1::Risk& risk);

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_REGISTER_TREAT_BY_H_
