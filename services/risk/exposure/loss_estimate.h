// What risks may cost as people estimate it, in revisions, and one risk in closed form (policy R2).
#ifndef HEITIE_SERVICES_RISK_EXPOSURE_LOSS_ESTIMATE_H_
#define HEITIE_SERVICES_RISK_EXPOSURE_LOSS_ESTIMATE_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/risk/v1/loss.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "services/risk/register/restriction.h"

namespace heitie::risk {

extern const status::Reason kNoLossEstimate;  // {name}

// Thread-safe.
class LossEstimates {
 public:
  LossEstimates(record::Store& store, const record::Kind<v1::Risk>& risks, const Restriction& restriction);
  void Bind(record::Methods& methods);
  // The latest revision of a risk's estimate; nothing when nobody has estimated it.
  absl::StatusOr<std::optional<v1::LossEstimate>> LatestOf(sql::Session& session, const std::string& risk) const;
  // The latest revision of each of the risks that has one, by the risk.
  absl::StatusOr<std::map<std::string, v1::LossEstimate>> Latest(sql::Session& session, const std::vector<v1::Risk>& risks) const;
  const record::Kind<v1::LossEstimate>& kind() const { return estimates_; }

 private:
  absl::Status Create(record::Transaction& tx, v1::LossEstimate& estimate);
  // Each of the measures is one against the risk. MEASURE_ESTIMATED_TWICE, MEASURE_OF_OTHER_RISK.
  absl::Status CheckMeasures(sql::Session& session, const std::string& risk, const v1::LossEstimate& estimate,
                             status::BadFields& bad) const;
  absl::StatusOr<v1::QuantifyLossResponse> Quantify(const rpc::Call& call, const v1::QuantifyLossRequest& request);

  record::Store& store_;
  const record::Kind<v1::Risk>& risks_;
  record::Kind<v1::LossEstimate> estimates_;
};

// What a measure that saves so much brings, in units of `worth` of the estimate's currency. Pure.
v1::MeasureReturn ReturnOf(const std::string& risk, const v1::MeasureLoss& measure, double worth, double saving, double saving_error);

// The answer for one estimate. Pure.
v1::QuantifyLossResponse QuantifyOf(const v1::LossEstimate& estimate, const v1::QuantifyLossRequest& request);

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_EXPOSURE_LOSS_ESTIMATE_H_
