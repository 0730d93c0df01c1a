// Treatments and what the policy permits at which level (policy R3). Pure functions.
#ifndef HEITIE_SERVICES_RISK_TREATMENT_TREATMENT_H_
#define HEITIE_SERVICES_RISK_TREATMENT_TREATMENT_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/status/status.h"
#include "heitie/risk/v1/rating.pb.h"
#include "heitie/risk/v1/treatment.pb.h"

namespace heitie::risk {

extern const status::Reason kTreatmentMissing;
extern const status::Reason kJustificationMissing;
extern const status::Reason kAlreadyPast;  // {time}
extern const status::Reason kTimesReversed;
extern const status::Reason kTreatmentNotPermitted;  // {strategy} {name} {level} {permitted}

// UNSPECIFIED when no plan is set.
v1::Strategy StrategyOf(const v1::Treatment& treatment);

// "AVOID", "HIGH": names without their prefix.
std::string StrategyText(v1::Strategy strategy);
std::string LevelText(v1::Level level);

// When the treatment ceases to hold: the end of an acceptance or of an instrument; nullopt for avoidance and reduction.
std::optional<absl::Time> ExpiryOf(const v1::Treatment& treatment);

// Whether R3 permits the treatment at `level`: HIGH avoid, or reduce or transfer when controllable; MEDIUM reduce or transfer; LOW accept
// or reduce.
bool Permitted(const v1::Treatment& treatment, v1::Level level);

// Whether the treatment is complete and lies ahead of `now`; due dates are days of `zone`. TREATMENT_MISSING, JUSTIFICATION_MISSING,
// ALREADY_PAST, TIMES_REVERSED.
absl::Status CheckTreatment(const v1::Treatment& treatment, absl::Time now, absl::TimeZone zone);

// TREATMENT_NOT_PERMITTED, naming what is permitted for the risk `name`.
absl::Status CheckPermitted(const std::string& name, const v1::Treatment& treatment, v1::Level level);

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_TREATMENT_TREATMENT_H_
