// What facts make of plans (policy S1): within seconds of a change plans are judged again, days that are too full are found, demands tell
// what they are short of, which personnel follows (W9).
#ifndef HEITIE_SERVICES_RESOURCE_PEOPLE_STAFF_WATCH_H_
#define HEITIE_SERVICES_RESOURCE_PEOPLE_STAFF_WATCH_H_

#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "services/resource/people/demand_sources.h"
#include "services/resource/people/tables.h"
#include "services/resource/people/training_money.h"

namespace heitie::resource {

// Thread-safe.
class StaffWatch {
 public:
  // Runs the recurring job "judge-staff".
  StaffWatch(StaffTables& tables, const DemandSources& sources, const TrainingMoney& money, job::Runner& jobs);
  void Bind(record::Methods& methods);

 private:
  absl::StatusOr<v1::ComputeStaffLoadResponse> ComputeLoad(const rpc::Call& call, const v1::ComputeStaffLoadRequest& request);
  absl::StatusOr<v1::ComputeStaffOutlookResponse> ComputeOutlook(const rpc::Call& call, const v1::ComputeStaffOutlookRequest& request);

  absl::Status Look(const rpc::Call& call);
  // What tells whether anything has changed that is judged here; a few small questions.
  absl::StatusOr<std::string> Mark(sql::Session& session, const rpc::Call& call) const;
  absl::Status JudgeDays(record::Transaction& tx) const;
  absl::Status JudgePlan(record::Transaction& tx, const std::string& name) const;
  absl::Status NoteDemands(record::Transaction& tx) const;

  StaffTables& tables_;
  const DemandSources& sources_;
  const TrainingMoney& money_;
  std::mutex mutex_;
  std::string mark_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_PEOPLE_STAFF_WATCH_H_
