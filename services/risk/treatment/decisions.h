// How a treatment comes about: one person proposes it, a manager who is another decides it; an accepted risk is checked by its plan (policy
// R3).
#ifndef HEITIE_SERVICES_RISK_TREATMENT_DECISIONS_H_
#define HEITIE_SERVICES_RISK_TREATMENT_DECISIONS_H_

#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "heitie/risk/v1/risk.pb.h"
#include "services/risk/policy/risk_policy.h"
#include "services/risk/quantity/assessment_duty.h"
#include "services/risk/quantity/risk_matrix.h"
#include "services/risk/treatment/evidence.h"

namespace heitie::risk {

// Thread-safe.
class Decisions {
 public:
  Decisions(const record::Kind<v1::Risk>& risks, const RiskMatrices& matrices, const RiskPolicies& policies, const AssessmentDuties& duties,
            const EvidenceBook& book)
      : risks_(risks), matrices_(matrices), policies_(policies), duties_(duties), book_(book) {}
  void Bind(record::Methods& methods);

 private:
  // By what a treatment is judged.
  struct Grounds {
    v1::RiskMatrix matrix;
    v1::RiskPolicy policy;
    v1::Level level;
    // Of a transfer that names it.
    v1::TransferInstrument instrument;
  };

  absl::StatusOr<v1::Risk> Propose(record::Transaction& tx, const v1::ProposeTreatmentRequest& request);
  absl::StatusOr<v1::Risk> Treat(record::Transaction& tx, const v1::TreatRiskRequest& request);
  absl::StatusOr<v1::Risk> Check(record::Transaction& tx, const v1::CheckAcceptanceRequest& request);
  absl::StatusOr<v1::Risk> Report(record::Transaction& tx, const v1::ReportAvoidanceRequest& request);
  // What the treatment is judged by, if it is complete and permitted.
  absl::StatusOr<Grounds> Judge(record::Transaction& tx, const v1::Risk& risk, const v1::Treatment& treatment) const;
  // Makes things of their own of what the treatment consists of: measures, an instrument.
  absl::Status Carry(record::Transaction& tx, const v1::Risk& risk, const Grounds& grounds, v1::Treatment& treatment) const;
  // Sees that what watches an accepted risk runs: an indicator, or checks.
  absl::Status SetCadence(sql::Session& session, const v1::Risk& risk, const v1::RiskPolicy& policy, absl::Time now,
                          v1::Acceptance& acceptance) const;
  absl::Status CarryMeasure(record::Transaction& tx, const v1::Risk& risk, v1::Measure& measure) const;
  absl::Status CarryTransfer(record::Transaction& tx, const v1::Risk& risk, const Grounds& grounds, v1::Transfer& transfer) const;

  const record::Kind<v1::Risk>& risks_;
  const RiskMatrices& matrices_;
  const RiskPolicies& policies_;
  const AssessmentDuties& duties_;
  const EvidenceBook& book_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_TREATMENT_DECISIONS_H_
