#include "services/risk/register/treat_by.h"

#include "common/status/macros.h"
#include "common/time/instant.h"

namespace heitie::risk {

bool IsToBeTreated(const v1::Risk& risk) { return risk.state() == v1::Risk::STATE_ASSESSED && risk.level() == v1::LEVEL_MEDIUM; }

absl::StatusOr<absl::Time> TreatByTime(record::Transaction& tx, const RiskPolicies& policies) {
  ASSIGN_OR_RETURN(const v1::RiskPolicy policy, policies.InForce(tx.sql, tx.call.now));
  ASSIGN_OR_RETURN(const absl::CivilDay day, policies.DueDay(tx.sql, policy, policy.treatment_days(), tx.call.now));
  return absl::FromCivil(day + 1, policies.zone());
}

void KeepTreatBy(absl::Time treat_by, v1::Risk& risk) {
  if (!IsToBeTreated(risk)) {
    risk.clear_treat_by_time();
    risk.clear_treatment_overdue();
  } else if (!risk.has_treat_by_time()) {
    *risk.mutable_treat_by_time() = time::ToTimestamp(treat_by);
  }
}

absl::Status KeepTreatBy(record::Transaction& tx, const RiskPolicies& policies, v1::Risk& risk) {
  absl::Time treat_by;
  if (IsToBeTreated(risk) && !risk.has_treat_by_time()) {
    ASSIGN_OR_RETURN(treat_by, TreatByTime(tx, policies));
  }
  KeepTreatBy(treat_by, risk);
  return absl::OkStatus();
}

}  // namespace heitie::risk
