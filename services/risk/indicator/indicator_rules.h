// How key risk indicators are judged: periods, thresholds with release values, periods to enter and to leave (policy R1). Pure functions.
#ifndef HEITIE_SERVICES_RISK_INDICATOR_INDICATOR_RULES_H_
#define HEITIE_SERVICES_RISK_INDICATOR_INDICATOR_RULES_H_

#include <string>

#include "absl/time/civil_time.h"
#include "common/status/status.h"
#include "heitie/risk/v1/risk_indicator.pb.h"

namespace heitie::risk {

extern const status::Reason kThresholdsNotOrdered;

// THRESHOLDS_NOT_ORDERED for each value that is on the wrong side of another.
void CheckDefinition(const std::string& field, const v1::IndicatorDefinition& definition, status::BadFields& bad);

// The first day of the period that a day belongs to, and of the one after it.
absl::CivilDay PeriodOf(v1::IndicatorDefinition::Period period, absl::CivilDay day);
absl::CivilDay PeriodAfter(v1::IndicatorDefinition::Period period, absl::CivilDay first);

// What an indicator is known to say, and what has been seen for some periods without a change.
struct LightState {
  v1::Light light = v1::LIGHT_GREEN;
  int pending_periods = 0;
  v1::Light pending = v1::LIGHT_UNSPECIFIED;

  bool operator==(const LightState&) const = default;
};

// What a figure says where the indicator says `light`: beyond a threshold, or not yet beyond its release value on the safe side.
v1::Light TargetOf(const v1::IndicatorDefinition& definition, v1::Light light, double value);

// After one more period with this figure. A light changes once the figure has been beyond it, or back from it, for so many periods in a
// row: to the least that all of them say when it gets worse, to the worst of them when it gets better.
LightState Judge(const v1::IndicatorDefinition& definition, const LightState& before, double value);

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_INDICATOR_INDICATOR_RULES_H_
