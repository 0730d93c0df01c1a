// What the holders of a position are appraised by: versions of schemes, each in force from a month on (policy H4).
#ifndef HEITIE_SERVICES_PERSONNEL_APPRAISAL_SCHEME_H_
#define HEITIE_SERVICES_PERSONNEL_APPRAISAL_SCHEME_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/exact/fraction.h"
#include "common/record/rule_set.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/appraisal_scheme.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "services/personnel/appraisal/score.h"

namespace heitie::personnel {

extern const status::Reason kWeightsNotWhole;     // {sum}
extern const status::Reason kKindMissing;         // {kind}
extern const status::Reason kDuplicateIndicator;  // {indicator}
extern const status::Reason kRatedOrMeasured;     // {indicator}
extern const status::Reason kTooFewLevels;        // {indicator}
extern const status::Reason kLevelsNotRising;     // {indicator} {level}
extern const status::Reason kCurveNotRising;      // {indicator} {figure}
extern const status::Reason kCurveFalling;        // {indicator} {figure}
extern const status::Reason kMeasureNeedsMetric;  // {indicator}
extern const status::Reason kMeasureMisfit;       // {indicator}

// A decimal number ("2339", "-0.5") or a fraction of two whole ones ("-1600/3"), exactly; nothing for other texts and a zero denominator.
std::optional<exact::Fraction> ParseNumber(const std::string& text);
// The shortest such text: whole, or a fraction in lowest terms.
std::string NumberText(const exact::Fraction& number);
// A double to the millionth, as a decimal number; empty of one that is not finite or has more than 15 digits before the point.
std::string DecimalText(double value);

// The curve of a scheme that has no defect.
std::vector<CurvePoint> CurveOf(const v1::AppraisalMeasure& measure);

// Whether what a version says fits together; every bad field of it.
absl::Status CheckScheme(const v1::AppraisalScheme& scheme);

// Thread-safe.
class AppraisalSchemes {
 public:
  AppraisalSchemes(record::Store& store, const record::Kind<v1::Position>& positions) : versions_(store, positions, CheckScheme) {}
  void Bind(record::Methods& methods) { versions_.Bind<v1::PublishAppraisalSchemeRequest>(methods); }
  const record::Kind<v1::AppraisalScheme>& kind() const { return versions_.kind(); }
  // The version in force for a position at an instant; nothing while none is published.
  absl::StatusOr<std::optional<v1::AppraisalScheme>> InForce(sql::Session& sql, absl::Time at, const std::string& position) const;

 private:
  record::RuleSet<v1::AppraisalScheme> versions_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_APPRAISAL_SCHEME_H_
