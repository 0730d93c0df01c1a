// What likelihoods and impacts mean by a version of the matrix, and what contradicts that (policy R2). Pure functions.
#ifndef HEITIE_SERVICES_RISK_QUANTITY_SCALES_H_
#define HEITIE_SERVICES_RISK_QUANTITY_SCALES_H_

#include "absl/status/status.h"
#include "common/status/status.h"
#include "heitie/risk/v1/assessment.pb.h"
#include "heitie/risk/v1/rating.pb.h"
#include "heitie/risk/v1/risk_matrix.pb.h"

namespace heitie::risk {

// Whether each likelihood and each impact of a dimension is told once, and the ranges of greater ones lie above those of lesser ones.
// SCALE_TWICE, SCALE_REVERSED, SCALE_OVERLAPS, CURRENCY_MISSING.
absl::Status CheckScales(const v1::RiskMatrix& matrix);

// Whether each dimension is told once, and the impact of the current rating is the worst of them, where any is; a loss has a currency.
// DIMENSION_TWICE, IMPACT_DIFFERS, CURRENCY_MISSING.
void CheckStated(const v1::AssessRiskRequest& request, status::BadFields& bad);

// Takes what was stated into the assessment, with a warning for each figure that lies outside of the range for which the current rating
// stands; a bound belongs to both ranges that meet there. What no scale tells of contradicts nothing.
void SetStated(const v1::AssessRiskRequest& request, const v1::RiskMatrix& matrix, v1::Assessment& assessment);

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_QUANTITY_SCALES_H_
