// Assessments: ratings by the matrix in force and what they make of a risk and its treatment (policy R2, R3). Pure functions.
#ifndef HEITIE_SERVICES_RISK_QUANTITY_ASSESSMENT_H_
#define HEITIE_SERVICES_RISK_QUANTITY_ASSESSMENT_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/status/status.h"
#include "heitie/risk/v1/assessment.pb.h"
#include "heitie/risk/v1/rating.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/risk_matrix.pb.h"
#include "services/risk/treatment/evidence.h"

namespace heitie::risk {

extern const status::Reason kResidualExceedsCurrent;
extern const status::Reason kCurrentExceedsInherent;
extern const status::Reason kResidualWithoutTreatment;  // {name} {level}
extern const status::Reason kResidualWithoutEvidence;   // {name}
extern const status::Reason kEvidenceFallen;            // {name}

// The state at `at`: a treated risk whose acceptance or instrument has expired is REOPENED, whether or not its expiry job has run (W6).
v1::Risk::State StateAt(const v1::Risk& risk, absl::Time at);

// Whether the risk has a treatment at `now` that still holds when the risk is at `level`: no higher than when it was decided, or
// permitted by R3 all the same.
bool TreatmentHolds(const v1::Risk& risk, v1::Level level, absl::Time now);

// The assessment that the request makes of the risk by `matrix`; without a name. `standing`: on what a residual rating below the current
// one may rest. RESIDUAL_EXCEEDS_CURRENT, CURRENT_EXCEEDS_INHERENT, RESIDUAL_WITHOUT_TREATMENT, RESIDUAL_WITHOUT_EVIDENCE, EVIDENCE_FALLEN.
absl::StatusOr<v1::Assessment> Assess(const v1::Risk& risk, const v1::AssessRiskRequest& request, const v1::RiskMatrix& matrix,
                                      absl::Time now, const std::vector<Evidence>& standing);

// Puts the ratings into the risk, and takes its treatment away when the assessment voids it. The state is the caller's business.
void Apply(const v1::Assessment& assessment, const std::vector<Evidence>& standing, v1::Risk& risk);

// Says on what the residual rating rests, and when the first of it ends by time.
void SetEvidence(const google::protobuf::RepeatedPtrField<std::string>& names, const std::vector<Evidence>& standing, v1::Risk& risk);

// The risk as it stands at `at`: without a residual rating whose evidence has ended by then, whether or not the job that says so has run.
v1::Risk WithoutLapsed(const v1::Risk& risk, absl::Time at);

// Takes the residual rating away with what it rests on; the level becomes that of the current rating.
void ClearResidual(v1::Risk& risk);

// Takes treatment, strategy, residual rating, checks, outcomes and expiry away; the level becomes that of the current rating.
void ClearTreatment(v1::Risk& risk);

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_QUANTITY_ASSESSMENT_H_
