// What has happened of what risks tell, and what it cost (policy R1, R2).
#ifndef HEITIE_SERVICES_RISK_CONTROL_OCCURRENCES_H_
#define HEITIE_SERVICES_RISK_CONTROL_OCCURRENCES_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/risk_occurrence.pb.h"
#include "services/risk/exposure/loss_comparison.h"
#include "services/risk/quantity/assessment_duty.h"
#include "services/risk/register/restriction.h"
#include "services/risk/signal/signals.h"

namespace heitie::risk {

extern const status::Reason kStillToCome;  // {time}

// Whether the occurrence lies behind `now`, each risk has one share, and the shares add up to the loss. STILL_TO_COME, RISK_TWICE,
// SHARES_DIFFER. Pure.
absl::Status CheckOccurrence(const v1::RiskOccurrence& occurrence, absl::Time now);

// Gives what was told of risks that were merged to those in which they live on, of which one has one share. Pure.
void CountWhereTheyLiveOn(const std::map<std::string, v1::Risk>& lives_on, v1::RiskOccurrence& occurrence);

// Thread-safe.
class Occurrences {
 public:
  Occurrences(record::Store& store, const record::Kind<v1::Risk>& risks, const AssessmentDuties& duties, const LossComparisons& comparisons,
              const Signals& signals, const Restriction& restriction);
  void Bind(record::Methods& methods);

 private:
  absl::Status Create(record::Transaction& tx, v1::RiskOccurrence& occurrence);
  absl::StatusOr<v1::RiskOccurrence> Withdraw(record::Transaction& tx, const v1::WithdrawRiskOccurrenceRequest& request);
  // What was closed opens by nobody's doing but a person's, to whom it is proposed.
  absl::Status ProposeAnew(record::Transaction& tx, const v1::Risk& closed, const v1::RiskOccurrence& occurrence) const;

  const record::Kind<v1::Risk>& risks_;
  const AssessmentDuties& duties_;
  const LossComparisons& comparisons_;
  const Signals& signals_;
  record::Kind<v1::RiskOccurrence> occurrences_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_CONTROL_OCCURRENCES_H_
