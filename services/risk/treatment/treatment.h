// Treatments and what the policy permits at which level (policy R3). Pure functions.
#ifndef HEITIE_SERVICES_RISK_TREATMENT_TREATMENT_H_
#define HEITIE_SERVICES_RISK_TREATMENT_TREATMENT_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/status/status.h"
#include "common/time/day.h"
#include "heitie/risk/v1/rating.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/risk_matrix.pb.h"
#include "heitie/risk/v1/risk_policy.pb.h"
#include "heitie/risk/v1/transfer_instrument.pb.h"
#include "heitie/risk/v1/treatment.pb.h"

namespace heitie::risk {

extern const status::Reason kTreatmentMissing;
extern const status::Reason kJustificationMissing;
extern const status::Reason kAlreadyPast;  // {time}
extern const status::Reason kTimesReversed;
extern const status::Reason kEvaluatedTooEarly;      // {day}
extern const status::Reason kTreatmentNotPermitted;  // {strategy} {name} {level} {permitted}

// UNSPECIFIED when no plan is set.
v1::Strategy StrategyOf(const v1::Treatment& treatment);

// "AVOID", "HIGH": names without their prefix.
std::string StrategyText(v1::Strategy strategy);
std::string LevelText(v1::Level level);

// What a proposal says: without what a decision adds.
v1::Treatment AsProposed(const v1::Treatment& treatment);

// What is dropped by the avoidance that the risk's treatment is: what it names, or else what the risk is on.
google::protobuf::RepeatedPtrField<std::string> AvoidedBy(const v1::Risk& risk);

// The risk is on each of the subjects, or affects it. NOT_AFFECTED.
void CheckAffected(const std::string& field, const v1::Risk& risk, const google::protobuf::RepeatedPtrField<std::string>& subjects,
                   status::BadFields& bad);

// What a transfer has of the instrument that it names.
void CopyTerms(const v1::TransferInstrument& instrument, v1::Transfer& transfer);

// OK unless its effect is to be judged before it is due: EFFECT_TOO_EARLY of the field. Of a measure of a treatment, or one of its own.
// Pure.
template <typename Measure>
void CheckEvaluation(const std::string& field, const Measure& measure, status::BadFields& bad) {
  if (!measure.has_evaluation_date() || time::ToDay(measure.evaluation_date()) >= time::ToDay(measure.due_date())) return;
  bad.Add(field, kEvaluatedTooEarly, {{"day", time::DayText(time::ToDay(measure.due_date()))}});
}

// When the treatment ceases to hold: the end of an acceptance or of an instrument; nullopt for avoidance and reduction.
std::optional<absl::Time> ExpiryOf(const v1::Treatment& treatment);

// Every how many days an acceptance that is decided at `at` is checked when no indicator shows its risk: as it says, or as the policy says
// of one that lasts longer than that. Never when 0.
int32_t CadenceOf(const v1::RiskPolicy& policy, absl::Time at, const v1::Acceptance& acceptance);

// Says until when the risk's treatment holds, of one that was decided or checked at `at`: an acceptance whose plan has checks until the
// next of them has been late for longer than the policy's grace, and never longer than it was decided for.
void SetDeadlines(const v1::RiskPolicy& policy, absl::Time at, v1::Risk& risk);

// Whether R3 permits the treatment at `level`: HIGH avoid, or reduce or transfer when controllable; MEDIUM reduce or transfer; LOW accept
// or reduce.
bool Permitted(const v1::Treatment& treatment, v1::Level level);

// By what it is checked whether a treatment is complete.
struct TreatmentRules {
  const v1::RiskMatrix& matrix;
  const v1::RiskPolicy& policy;
  absl::Time now;
  absl::TimeZone zone;  // of due dates
};

// Whether the treatment is complete and lies ahead of now. TREATMENT_MISSING, JUSTIFICATION_MISSING, ALREADY_PAST, TIMES_REVERSED,
// ACCEPTANCE_TOO_LONG, RETAINED_WITHOUT_MEASURES.
absl::Status CheckTreatment(const v1::Treatment& treatment, const TreatmentRules& rules);

// TREATMENT_NOT_PERMITTED, naming what is permitted for the risk `name`.
absl::Status CheckPermitted(const std::string& name, const v1::Treatment& treatment, v1::Level level);

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_TREATMENT_TREATMENT_H_
