// How risks moved between two moments, and what they may cost together (policy R2). Pure functions.
#ifndef HEITIE_SERVICES_RISK_VIEW_MOVEMENT_H_
#define HEITIE_SERVICES_RISK_VIEW_MOVEMENT_H_

#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "heitie/risk/v1/loss.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/risk_matrix.pb.h"
#include "heitie/risk/v1/risk_view.pb.h"

namespace heitie::risk {

// All risks as they stood at a moment, and the matrix that was in force then.
struct Picture {
  absl::Time time;
  v1::RiskMatrix matrix;
  std::vector<v1::Risk> risks;
};

// Of the risks that were open and passed the request's filter at either moment.
v1::RiskMovement MovementOf(const Picture& before, const Picture& after, const v1::ComputeRiskMovementRequest& request);

// Of open risks as they are judged now, and the latest estimate of each that has one; the `top` weightiest are told.
v1::RiskExposure ExposureOf(const std::vector<v1::Risk>& judged, const std::map<std::string, v1::LossEstimate>& estimates, size_t top);

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_VIEW_MOVEMENT_H_
