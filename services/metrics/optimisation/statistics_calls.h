// The statistics as calls on figures that the caller has (policy M3).
#ifndef HEITIE_SERVICES_METRICS_OPTIMISATION_STATISTICS_CALLS_H_
#define HEITIE_SERVICES_METRICS_OPTIMISATION_STATISTICS_CALLS_H_

#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/comparison.pb.h"
#include "heitie/metrics/v1/sampling.pb.h"
#include "heitie/metrics/v1/without_control.pb.h"
#include "services/metrics/optimisation/evaluation_policy.h"

namespace heitie::metrics {

extern const status::Reason kSuccessesBeyondTrials;  // {successes} {trials}
extern const status::Reason kArmToldTwice;
extern const status::Reason kImpossibleCovariance;
extern const status::Reason kNothingToCompare;
extern const status::Reason kUnevenPeriods;  // {before} {after}
extern const status::Reason kDaysNotAscending;

// A day as interrupted series count it: from Monday, 5 January 1970.
int64_t DayNumber(absl::CivilDay day);

// Thread-safe.
class StatisticsCalls {
 public:
  StatisticsCalls(record::Store& store, const EvaluationPolicies& policies) : store_(store), policies_(policies) {}
  void Bind(record::Methods& methods);

 private:
  absl::StatusOr<v1::ArmComparison> CompareProportions(const rpc::Call& call, const v1::CompareProportionsRequest& request);
  absl::StatusOr<v1::ArmComparison> CompareMeans(const rpc::Call& call, const v1::CompareMeansRequest& request);
  absl::StatusOr<v1::ArmComparison> CompareRatios(const rpc::Call& call, const v1::CompareRatiosRequest& request);
  absl::StatusOr<v1::AdjustedComparison> CompareAdjustedMeans(const rpc::Call& call, const v1::CompareAdjustedMeansRequest& request);
  absl::StatusOr<v1::ComputeRelativeLiftResponse> ComputeRelativeLift(const rpc::Call& call, const v1::ComputeRelativeLiftRequest& request);
  absl::StatusOr<v1::ComputeAlwaysValidIntervalResponse> ComputeAlwaysValidInterval(const rpc::Call& call,
                                                                                    const v1::ComputeAlwaysValidIntervalRequest& request);
  absl::StatusOr<v1::AdjustPValuesResponse> AdjustPValues(const rpc::Call& call, const v1::AdjustPValuesRequest& request);
  absl::StatusOr<v1::SampleRatioCheck> CheckSampleRatio(const rpc::Call& call, const v1::CheckSampleRatioRequest& request);
  absl::StatusOr<v1::SampleSizePlan> PlanSampleSize(const rpc::Call& call, const v1::PlanSampleSizeRequest& request);
  absl::StatusOr<v1::ChangesComparison> CompareChanges(const rpc::Call& call, const v1::CompareChangesRequest& request);
  absl::StatusOr<v1::InterruptionFit> FitInterruption(const rpc::Call& call, const v1::FitInterruptionRequest& request);

  // The numbers in force now, with what the request says in their place.
  template <typename Req>
  absl::StatusOr<v1::EvaluationPolicy> NumbersFor(const rpc::Call& call, const Req& request);

  record::Store& store_;
  const EvaluationPolicies& policies_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_OPTIMISATION_STATISTICS_CALLS_H_
