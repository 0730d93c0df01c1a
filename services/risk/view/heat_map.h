// Risks by likelihood and impact at a moment (policy R2). Pure functions.
#ifndef HEITIE_SERVICES_RISK_VIEW_HEAT_MAP_H_
#define HEITIE_SERVICES_RISK_VIEW_HEAT_MAP_H_

#include <vector>

#include "absl/time/time.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/risk_matrix.pb.h"
#include "heitie/risk/v1/risk_view.pb.h"

namespace heitie::risk {

// Whether it is open and passes the filter; of a subject what is on it and what affects it.
bool Passes(const v1::Risk& risk, const v1::ComputeHeatMapRequest& filter);

// A risk as it is judged at `at` by the matrix that is in force then: without what has lapsed or expired by then, whether or not a job has
// said so.
v1::Risk JudgedAt(const v1::Risk& risk, const v1::RiskMatrix& matrix, absl::Time at);

// The map of those of `risks` that are open and pass the request's filter; each is as it stood at `at`.
v1::HeatMap Draw(const std::vector<v1::Risk>& risks, const v1::ComputeHeatMapRequest& filter, const v1::RiskMatrix& matrix, absl::Time at);

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_VIEW_HEAT_MAP_H_
