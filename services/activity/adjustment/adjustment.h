// Adjustments: what is changed in a running activity because of its figures, and what came of it (policy A3, W4, W12).
#ifndef HEITIE_SERVICES_ACTIVITY_ADJUSTMENT_ADJUSTMENT_H_
#define HEITIE_SERVICES_ACTIVITY_ADJUSTMENT_ADJUSTMENT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/activity/v1/adjustment.pb.h"
#include "heitie/metrics/v1/verdict.pb.h"
#include "services/activity/preparation/activity.h"
#include "services/activity/review/review_policy.h"

namespace heitie::activity {

extern const status::Reason kIncidentOfOther;    // {incident}
extern const status::Reason kAdjustmentFrozen;   // {name} {state}
extern const status::Reason kOwnAdjustment;      // {name}
extern const status::Reason kNotMeasurable;      // {name} {why}
extern const status::Reason kChangedOnOtherDay;  // {name} {planned} {today}
extern const status::Reason kEvaluationNotDue;   // {name} {day}
extern const status::Reason kDataIncomplete;     // {name} {until} {needed} {producers}

const record::StateMachine& AdjustmentMachine();

// What is applied is evaluated by itself from its evaluation date on, as soon as its data are complete. What is open after that date comes
// back, by an event `remind`, until it is decided. Thread-safe.
class Adjustments {
 public:
  Adjustments(const service::Context& context, Activities& activities, const ReviewPolicies& policies);
  void Bind(record::Methods& methods);
  const record::Kind<v1::Adjustment>& kind() const { return adjustments_; }

 private:
  absl::Status Create(record::Transaction& tx, v1::Adjustment& adjustment);
  absl::StatusOr<const char*> Update(record::Transaction& tx, const v1::Adjustment& before, v1::Adjustment& after);
  absl::StatusOr<v1::Adjustment> Approve(const rpc::Call& call, const v1::ApproveAdjustmentRequest& request);
  absl::StatusOr<v1::Adjustment> Apply(record::Transaction& tx, const v1::ApplyAdjustmentRequest& request);
  absl::StatusOr<v1::Adjustment> Evaluate(const rpc::Call& call, const v1::EvaluateAdjustmentRequest& request);
  absl::StatusOr<v1::Adjustment> Adopt(record::Transaction& tx, const v1::DecideAdjustmentRequest& request);
  absl::StatusOr<v1::Adjustment> Revert(record::Transaction& tx, const v1::DecideAdjustmentRequest& request);
  absl::StatusOr<v1::Adjustment> Drop(record::Transaction& tx, const v1::DecideAdjustmentRequest& request);

  absl::Status CheckRunning(record::Transaction& tx, const std::string& activity) const;
  absl::Status CheckIncident(sql::Session& session, const v1::Adjustment& adjustment) const;
  // Marks it and those that are in its way, or in whose way it is.
  absl::Status MarkConfounded(record::Transaction& tx, v1::Adjustment& adjustment) const;
  // What metrics says of the effect now. NOT_MEASURABLE, FIGURES_MISSING.
  absl::StatusOr<metrics::v1::Verdict> Ask(const rpc::Call& call, const v1::Adjustment& adjustment) const;
  // When the data that the plan needs end.
  absl::Time NeededUntil(const v1::Adjustment& adjustment) const;
  absl::Status CheckDue(const v1::Adjustment& adjustment, absl::Time now) const;
  // The job of an applied adjustment.
  job::Outcome EvaluateDue(const rpc::Call& call, const std::string& name);

  service::Context context_;
  Activities& activities_;
  const ReviewPolicies& policies_;
  record::Kind<v1::Adjustment> adjustments_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_ADJUSTMENT_ADJUSTMENT_H_
