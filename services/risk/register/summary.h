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
#include "services/risk/quantity/risk_matrix.h"

namespace heitie::risk {

// The summary of an open risk as it is judged at `at`. Whether an acceptance or an instrument holds follows from the time alone, so a
// late expiry job hides nothing (W6), and neither does a late job of lapses. Its fact writes moments in `time_zone`, as time::ZoneOf takes
// it.
v1::RiskSummary Summarize(const v1::Risk& risk, absl::Time at, const std::string& time_zone = "");

// Thread-safe.
class Summaries {
 public:
  Summaries(record::Store& store, const record::Kind<v1::Risk>& risks, const RiskMatrices& matrices)
      : store_(store), risks_(risks), matrices_(matrices) {}
  void Bind(record::Methods& methods);

 private:
  // The open risks that are on one of the subjects or affect it, by name.
  absl::StatusOr<std::vector<v1::Risk>> OpenOn(sql::Session& session,
                                               const google::protobuf::RepeatedPtrField<std::string>& subjects) const;
  absl::StatusOr<v1::SummarizeRisksResponse> SummarizeRisks(const rpc::Call& call, const v1::SummarizeRisksRequest& request);

  record::Store& store_;
  const record::Kind<v1::Risk>& risks_;
  const RiskMatrices& matrices_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_REGISTER_SUMMARY_H_
