// Quality checks: what is looked at by a recurrence, and the results of it (policy M1).
#ifndef HEITIE_SERVICES_METRICS_QUALITY_QUALITY_CHECK_H_
#define HEITIE_SERVICES_METRICS_QUALITY_QUALITY_CHECK_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/record/state_machine.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/quality_check.pb.h"
#include "heitie/metrics/v1/quality_result.pb.h"

namespace heitie::metrics {

class QualityFindings;
struct QualityTables;

extern const status::Reason kQualityCheckRetired;  // {name}

const record::StateMachine& QualityCheckMachine();

// The id of the result of a run, so that results lie in the order of their times. `what` tells runs of one time apart.
std::string ResultId(absl::Time time, const std::string& what);

// Thread-safe. Each ACTIVE check has a job for its next run; a run that is repeated, or that two replicas make, leaves one result.
class QualityChecks {
 public:
  QualityChecks(const service::Context& context, QualityTables& tables, QualityFindings& findings);
  void Bind(record::Methods& methods);

  // What is found now, without a name.
  absl::StatusOr<v1::QualityResult> Judge(const rpc::Call& call, const v1::QualityCheck& check) const;
  // Keeps what was found of the check, as it was then, and follows from it what is to be done; the result that is kept under the id.
  absl::StatusOr<v1::QualityResult> Keep(record::Transaction& tx, const v1::QualityCheck& check, const std::string& id,
                                         v1::QualityResult result) const;

 private:
  absl::Status Create(record::Transaction& tx, v1::QualityCheck& check);
  absl::Status Update(record::Transaction& tx, const v1::QualityCheck& before, v1::QualityCheck& after);
  absl::StatusOr<v1::QualityCheck> Activate(record::Transaction& tx, const v1::ActivateQualityCheckRequest& request);
  absl::StatusOr<v1::QualityCheck> Pause(record::Transaction& tx, const v1::PauseQualityCheckRequest& request);
  absl::StatusOr<v1::QualityCheck> Retire(record::Transaction& tx, const v1::RetireQualityCheckRequest& request);
  absl::StatusOr<v1::QualityResult> Run(const rpc::Call& call, const v1::RunQualityCheckRequest& request);
  absl::StatusOr<v1::QualityResult> Try(const rpc::Call& call, const v1::TryQualityCheckRequest& request);
  absl::StatusOr<v1::VerifyFiguresResponse> Verify(const rpc::Call& call, const v1::VerifyFiguresRequest& request);
  job::Outcome RunDue(const rpc::Call& call, const job::Job& job);

  QualityTables& tables_;
  QualityFindings& findings_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_QUALITY_QUALITY_CHECK_H_
