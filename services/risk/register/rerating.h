// What another matrix makes of risks (policy R2): likelihood and impact stay, levels follow, and with them what is permitted. Pure
// functions.
#ifndef HEITIE_SERVICES_RISK_REGISTER_RERATING_H_
#define HEITIE_SERVICES_RISK_REGISTER_RERATING_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "heitie/risk/v1/assessment.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/risk_matrix.pb.h"

namespace heitie::risk {

// The risk as `matrix` rates it at `at`. A treatment that holds and is no longer permitted is taken away, and the risk is ASSESSED. The
// same risk when it is not rated, or rated by this version.
v1::Risk Rerated(const v1::Risk& risk, const v1::RiskMatrix& matrix, absl::Time at);

// Whether the levels fit together: residual no higher than current, current no higher than inherent. Where cells put them otherwise the
// higher level counts, and an assessment is due.
bool FitsTogether(const v1::Risk& risk);

// The entry of the history that says so.
v1::Assessment RerateEntry(const v1::Risk& before, const v1::Risk& after, const v1::RiskMatrix& matrix);

// The cells whose level differs, by likelihood and impact.
std::vector<v1::RiskMatrixPreview::CellChange> ChangesOf(const v1::RiskMatrix& before, const v1::RiskMatrix& after);

// What `draft` in place of `in_force` would change for open risks, with which nothing is done: but for the matrices' names, of which the
// digest of the preview is made as well. Where a project stops, its name stands for its activities.
v1::RiskMatrixPreview PreviewOf(const v1::RiskMatrix& in_force, const v1::RiskMatrix& draft, const std::vector<v1::Risk>& open,
                                absl::Time at);
// Equal for equal drafts, matrices in force and risks that change, each in its version.
std::string DigestOf(const v1::RiskMatrix& in_force, const v1::RiskMatrix& draft, const std::vector<v1::Risk>& open, absl::Time at);

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_REGISTER_RERATING_H_
