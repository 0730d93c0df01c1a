// What people say of a month: their own review, and the ratings (policy H6).
#ifndef HEITIE_SERVICES_PERSONNEL_APPRAISAL_SHEET_H_
#define HEITIE_SERVICES_PERSONNEL_APPRAISAL_SHEET_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/status/status.h"
#include "services/personnel/appraisal/appraisal_rows.h"
#include "services/personnel/staff/employee.h"
#include "services/personnel/staff/step.h"

namespace heitie::personnel {

extern const status::Reason kNotYourSheet;             // {name}
extern const status::Reason kNotTheRater;              // {name} {rater}
extern const status::Reason kSelfReviewAwaited;        // {employee} {due}
extern const status::Reason kBadRater;                 // {rater}
extern const status::Reason kUnknownIndicator;         // {indicator}
extern const status::Reason kUnknownLevelOfIndicator;  // {indicator} {most}
extern const status::Reason kNotRatedYet;              // {indicator}
extern const status::Reason kUnknownPart;              // {part}

// Whether a level of an indicator of the scheme that is rated; each bad field. `seen` are the indicators before it.
void CheckLevelOf(const v1::AppraisalScheme& scheme, const std::string& indicator, int level, const std::string& path,
                  std::set<std::string>& seen, status::BadFields& bad);

// Thread-safe.
class AppraisalSheets {
 public:
  AppraisalSheets(AppraisalRows& rows, const Employees& employees, const Steps& steps)
      : rows_(rows), employees_(employees), steps_(steps) {}
  void Bind(record::Methods& methods);

 private:
  absl::StatusOr<v1::Appraisal> Review(record::Transaction& tx, const v1::SubmitSelfReviewRequest& request);
  absl::StatusOr<v1::AppraisalPart> Rate(record::Transaction& tx, const v1::RateAppraisalPartRequest& request);
  absl::StatusOr<v1::AppraisalPart> ReplaceRater(record::Transaction& tx, const v1::ReplaceRaterRequest& request);
  absl::StatusOr<v1::AppraisalPart> Excuse(record::Transaction& tx, const v1::ExcuseAppraisalPartRequest& request);

  AppraisalRows& rows_;
  const Employees& employees_;
  const Steps& steps_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_APPRAISAL_SHEET_H_
