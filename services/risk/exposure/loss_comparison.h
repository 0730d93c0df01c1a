// What has happened of risks against what was estimated (policy R2).
#ifndef HEITIE_SERVICES_RISK_EXPOSURE_LOSS_COMPARISON_H_
#define HEITIE_SERVICES_RISK_EXPOSURE_LOSS_COMPARISON_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "heitie/risk/v1/loss.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/risk_occurrence.pb.h"
#include "services/risk/exposure/loss_estimate.h"

namespace heitie::risk {

// The probability that of `trials` independent years, each with probability `p`, at least `successes` are hit; 0 ≤ p ≤ 1. Pure.
double BinomialTail(int trials, int successes, double p);

// The beginnings of the years that end now, the earliest first. Pure.
std::vector<absl::Time> YearsBefore(absl::Time now, int years, absl::TimeZone zone);

// The occurrences of a risk, year by year, against its estimate. Those before the first year do not count. Pure.
v1::LossComparison CompareWith(const v1::LossEstimate& estimate, const std::string& risk,
                               const std::vector<v1::RiskOccurrence>& occurrences, absl::Time now, int years, absl::TimeZone zone);

// Thread-safe.
class LossComparisons {
 public:
  LossComparisons(record::Store& store, const record::Kind<v1::Risk>& risks, const LossEstimates& estimates, absl::TimeZone zone)
      : store_(store), risks_(risks), estimates_(estimates), zone_(zone) {}
  void Bind(record::Methods& methods);
  // Whether a risk's estimate has become improbable with an occurrence that is not written yet. False where nobody has estimated it.
  absl::StatusOr<bool> Questions(sql::Session& session, const std::string& risk, const v1::RiskOccurrence& news, absl::Time now) const;

 private:
  absl::StatusOr<v1::LossComparison> Compare(const rpc::Call& call, const v1::CompareLossesRequest& request);
  absl::StatusOr<std::vector<v1::RiskOccurrence>> Since(sql::Session& session, const std::string& risk, absl::Time first) const;

  record::Store& store_;
  const record::Kind<v1::Risk>& risks_;
  const LossEstimates& estimates_;
  const absl::TimeZone zone_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_EXPOSURE_LOSS_COMPARISON_H_
