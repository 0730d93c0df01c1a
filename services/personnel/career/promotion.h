// Promotions: proposed by whoever leads the person, decided by somebody else, carried out as an assignment (policy S2).
#ifndef HEITIE_SERVICES_PERSONNEL_CAREER_PROMOTION_H_
#define HEITIE_SERVICES_PERSONNEL_CAREER_PROMOTION_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/promotion.pb.h"
#include "services/personnel/career/career_path.h"
#include "services/personnel/career/career_policy.h"
#include "services/personnel/career/eligibility.h"
#include "services/personnel/career/leader.h"
#include "services/personnel/recruitment/headcount_plan.h"
#include "services/personnel/staff/approval.h"
#include "services/personnel/staff/employee.h"
#include "services/personnel/staff/step.h"

namespace heitie::personnel {

extern const status::Reason kUnknownCareerPath;  // {path}
extern const status::Reason kNotEligible;        // {employee} {path} {date} {conditions}
extern const status::Reason kPromotionUnderWay;  // {employee} {promotion}

const record::StateMachine& PromotionMachine();

// Thread-safe.
class Promotions {
 public:
  Promotions(const service::Context& context, const CareerPaths& paths, const CareerPolicies& policies, const Eligibilities& eligibilities,
             const Leaders& leaders, const Employees& employees, const HeadcountPlans& headcounts, const Approvals& approvals,
             const Steps& steps);
  void Bind(record::Methods& methods);

 private:
  absl::Status Create(record::Transaction& tx, v1::Promotion& promotion);
  absl::StatusOr<v1::Promotion> Approve(record::Transaction& tx, const v1::ApprovePromotionRequest& request);
  absl::StatusOr<v1::Promotion> Reject(record::Transaction& tx, const v1::RejectPromotionRequest& request);
  absl::StatusOr<v1::Promotion> CarryOut(record::Transaction& tx, const v1::CarryOutPromotionRequest& request);
  absl::StatusOr<v1::Promotion> Withdraw(record::Transaction& tx, const v1::WithdrawPromotionRequest& request);

  // Judges the person by the conditions in force, and keeps the judgement in the promotion. NOT_ELIGIBLE, NO_VERSION_IN_FORCE.
  absl::Status Judge(record::Transaction& tx, const v1::CareerPath& path, const v1::Employee& employee, v1::Promotion& promotion) const;
  // Whether a place is left for a promotion that does not count yet; from here on nobody else takes it. HEADCOUNT_SHORT.
  absl::Status TakePlace(record::Transaction& tx, const v1::Promotion& promotion) const;
  absl::Status KeepSteps(record::Transaction& tx, const v1::Promotion* before, const v1::Promotion* after) const;

  record::Kind<v1::Promotion> promotions_;
  const CareerPaths& paths_;
  const CareerPolicies& policies_;
  const Eligibilities& eligibilities_;
  const Leaders& leaders_;
  const Employees& employees_;
  const HeadcountPlans& headcounts_;
  const Approvals& approvals_;
  const Steps& steps_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_CAREER_PROMOTION_H_
