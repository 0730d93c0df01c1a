// Findings: what is not right about the data, who answers for it and until when (policy M1, W12).
#ifndef HEITIE_SERVICES_METRICS_QUALITY_FINDING_H_
#define HEITIE_SERVICES_METRICS_QUALITY_FINDING_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/record/state_machine.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/inspection.pb.h"
#include "heitie/metrics/v1/quality_check.pb.h"
#include "heitie/metrics/v1/quality_finding.pb.h"
#include "heitie/metrics/v1/quality_result.pb.h"

namespace heitie::metrics {

struct QualityTables;

extern const status::Reason kNotYourFinding;  // {name}

const record::StateMachine& QualityFindingMachine();

// Who has not closed a finding, or signed an inspection, after its day is told so each day by an event `remind`. Thread-safe.
class QualityFindings {
 public:
  QualityFindings(const service::Context& context, QualityTables& tables);
  void Bind(record::Methods& methods);

  // What a result means for the episode of its check, whose row the transaction has guarded.
  absl::Status Follow(record::Transaction& tx, const v1::QualityCheck& check, const v1::QualityResult& result);
  // The finding of the check's episode that goes on; empty without one.
  absl::StatusOr<std::string> EpisodeOf(sql::Session& session, const std::string& check) const;
  // What an inspection says that is wrong. The finding's name.
  absl::StatusOr<std::string> Open(record::Transaction& tx, const v1::Inspection& inspection, const v1::InspectionEntry& entry);

 private:
  absl::Status Update(record::Transaction& tx, const v1::QualityFinding& before, v1::QualityFinding& after);
  absl::StatusOr<v1::QualityFinding> Close(record::Transaction& tx, const v1::CloseQualityFindingRequest& request);
  absl::Status Begin(record::Transaction& tx, const v1::QualityCheck& check, const v1::QualityResult& result);
  job::Outcome Remind(const rpc::Call& call);

  QualityTables& tables_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_QUALITY_FINDING_H_
