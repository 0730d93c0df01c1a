// What is open on a subject, and what of it stands against going live (W1, W6).
#ifndef HEITIE_SERVICES_RISK_REGISTER_SUMMARY_H_
#define HEITIE_SERVICES_RISK_REGISTER_SUMMARY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "common/record/store.h"
#include "common/rpc/service.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/summary.pb.h"
#include "services/risk/exposure/loss_estimate.h"
#include "services/risk/quantity/risk_matrix.h"
#include "services/risk/regulation/obligations.h"

namespace heitie::risk {

// The summary of an open risk as it is judged at `at`. Whether an acceptance or an instrument holds follows from the time alone, so a
// late expiry job hides nothing (W6), and neither does a late job of lapses. Its fact writes moments in `time_zone`, as time::ZoneOf takes
// it.
v1::RiskSummary Summarize(const v1::Risk& risk, absl::Time at, const std::string& time_zone = "");

// What others than its readers are told of a restricted risk: that it is there and what it stands against. `by_name`: and which one it is,
// as a service needs that acts on it and tells nobody. Pure.
void Veil(bool by_name, v1::RiskSummary& summary);

// Thread-safe.
class Summaries {
 public:
  Summaries(record::Store& store, const record::Kind<v1::Risk>& risks, const RiskMatrices& matrices, const Obligations& obligations,
            const LossEstimates& estimates)
      : store_(store), risks_(risks), matrices_(matrices), obligations_(obligations), estimates_(estimates) {}
  void Bind(record::Methods& methods);
  // The open risks that are on one of the subjects or affect it, by name.
  absl::StatusOr<std::vector<v1::Risk>> OpenOn(sql::Session& session,
                                               const google::protobuf::RepeatedPtrField<std::string>& subjects) const;

 private:
  // What those of the risks that the caller sees may cost.
  absl::StatusOr<v1::RiskExposure> ExposureOn(const rpc::Call& call, sql::Session& session, const std::vector<v1::Risk>& risks,
                                              const v1::RiskMatrix& matrix, absl::Time at) const;
  absl::StatusOr<v1::SummarizeRisksResponse> SummarizeRisks(const rpc::Call& call, const v1::SummarizeRisksRequest& request);

  record::Store& store_;
  const record::Kind<v1::Risk>& risks_;
  const RiskMatrices& matrices_;
  const Obligations& obligations_;
  const LossEstimates& estimates_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_REGISTER_SUMMARY_H_
