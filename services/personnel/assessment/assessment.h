// What filed scorecards come to (policy H2). Pure functions; means are exact fractions and are rounded once.
#ifndef HEITIE_SERVICES_PERSONNEL_ASSESSMENT_ASSESSMENT_H_
#define HEITIE_SERVICES_PERSONNEL_ASSESSMENT_ASSESSMENT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/application.pb.h"
#include "heitie/personnel/v1/scorecard.pb.h"
#include "heitie/personnel/v1/scorecard_template.pb.h"

namespace heitie::personnel {

extern const status::Reason kCriteriaNotWhole;    // {sum}
extern const status::Reason kDuplicateCriterion;  // {criterion}
extern const status::Reason kUnequalLevels;       // {criterion} {count} {first}
extern const status::Reason kUnknownFloor;        // {criterion} {floor} {count}
extern const status::Reason kUnknownCriterion;    // {criterion}
extern const status::Reason kNoSuchLevel;         // {criterion} {level} {count}
extern const status::Reason kNotDecidable;        // {application}: a summary of the next two
extern const status::Reason kCriterionNotRated;   // {criterion}
extern const status::Reason kBelowFloor;          // {criterion} {floor}

// Whether the criteria of a version fit together; every bad field of it.
absl::Status CheckTemplate(const v1::ScorecardTemplate& scorecard_template);

// Whether ratings are of the template's criteria and levels, each once, as violations of `ratings`.
absl::Status CheckRatings(const v1::ScorecardTemplate& scorecard_template, const google::protobuf::RepeatedPtrField<v1::Rating>& ratings);

// Of all cards of an application, of which those in FILED count, one for each interviewer.
v1::ComputeAssessmentResponse Assess(const v1::ScorecardTemplate& scorecard_template, const std::vector<v1::Scorecard>& cards,
                                     const google::protobuf::RepeatedPtrField<v1::CriterionWaiver>& waivers);

// OK where an offer may be made. Otherwise NOT_DECIDABLE, with what is missing.
absl::Status CheckDecidable(const v1::ScorecardTemplate& scorecard_template, const v1::ComputeAssessmentResponse& assessment,
                            const std::string& application);

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_ASSESSMENT_ASSESSMENT_H_
