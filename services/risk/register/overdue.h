// What is overdue comes back every day until it is done, and is for the manager after the days of the policy (W12): each is an event of its
// resource, `overdue` or `escalate`.
#ifndef HEITIE_SERVICES_RISK_REGISTER_OVERDUE_H_
#define HEITIE_SERVICES_RISK_REGISTER_OVERDUE_H_

#include <string>

#include "absl/status/status.h"
#include "common/job/runner.h"
#include "common/record/kind.h"
#include "heitie/risk/v1/assessment_duty.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "services/risk/policy/risk_policy.h"
#include "services/risk/treatment/evidence.h"

namespace heitie::risk {

// The verb by which it is told that something has been overdue for so many days, of which `told` were told before: nullptr when that is
// known. A day that was moved is `in_time` again. Pure.
const char* OverdueVerb(int32_t told, int32_t days, int32_t escalation_days);

// Thread-safe.
class OverdueWatch {
 public:
  // Handles the job that tells it.
  OverdueWatch(record::Store& store, job::Runner& jobs, const record::Kind<v1::Risk>& risks, const record::Kind<v1::AssessmentDuty>& duties,
               const EvidenceBook& book, const RiskPolicies& policies);

 private:
  absl::Status TellAll(const rpc::Call& call) const;
  // Of one kind: `statement` selects names of what is or was overdue, `days` says for how long a row has been, and `told` is the field for
  // it.
  template <typename T, typename Days>
  absl::Status Tell(const rpc::Call& call, const record::Kind<T>& kind, const std::string& statement, const sql::Values& values,
                    const v1::RiskPolicy& policy, int32_t (T::*told)() const, void (T::*set)(int32_t), const Days& days) const;

  record::Store& store_;
  const record::Kind<v1::Risk>& risks_;
  const record::Kind<v1::AssessmentDuty>& duties_;
  const EvidenceBook& book_;
  const RiskPolicies& policies_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_REGISTER_OVERDUE_H_
