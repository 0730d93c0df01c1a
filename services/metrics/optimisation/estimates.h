// Statistics (common/statistics) as the contract tells them.
#ifndef HEITIE_SERVICES_METRICS_OPTIMISATION_ESTIMATES_H_
#define HEITIE_SERVICES_METRICS_OPTIMISATION_ESTIMATES_H_

#include <cstdint>
#include <optional>

#include "common/statistics/comparison.h"
#include "common/statistics/defined.h"
#include "common/statistics/without_control.h"
#include "common/status/reason.h"
#include "heitie/metrics/v1/estimate.pb.h"
#include "heitie/metrics/v1/without_control.pb.h"

namespace heitie::metrics {

v1::UndefinedCause CauseOf(statistics::Cause cause);
// Why it is undefined, in words.
const status::Phrase& CauseText(v1::UndefinedCause cause);

v1::EffectEstimate EstimateOf(const statistics::Estimate& estimate);
v1::RelativeLift LiftOf(const statistics::Lift& lift);
v1::AlwaysValidInterval AlwaysValidProto(const statistics::AlwaysValid& interval, double tuning);

// With the lift, and for `count` units of both arms with the always-valid interval, which randomisation justifies.
v1::ArmComparison ArmsOf(const statistics::Defined<statistics::Comparison>& comparison, double alpha, int64_t count, double tuning);
// Without either.
v1::ArmComparison GroupsOf(const statistics::Defined<statistics::Comparison>& comparison);
v1::ChangesComparison ChangesOf(const statistics::Defined<statistics::DifferenceInDifferences>& changes);
v1::InterruptionFit InterruptionOf(const statistics::Defined<statistics::InterruptedTimeSeries>& fit);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_OPTIMISATION_ESTIMATES_H_
