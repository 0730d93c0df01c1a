// The records of how forecasts came out, which reports on activities and close-outs leave, and the studies that they correct (P3, W13).
#ifndef HEITIE_SERVICES_PLANNING_CLOSEOUT_FORECAST_RECORDS_H_
#define HEITIE_SERVICES_PLANNING_CLOSEOUT_FORECAST_RECORDS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/event/reactions.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "heitie/activity/v1/report.pb.h"
#include "heitie/planning/v1/forecast_record.pb.h"
#include "heitie/planning/v1/scheme.pb.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

const record::StateMachine& ForecastRecordMachine();

// The feasibility study of a scheme by the records that are there and the policy in force.
absl::StatusOr<v1::Feasibility> StudyOf(sql::Session& session, const Tables& tables, const v1::Scheme& scheme, absl::Time now);

// Thread-safe.
class ForecastRecords {
 public:
  // Follows the reports of activity.
  ForecastRecords(const service::Context& context, Tables& tables);
  ForecastRecords(const ForecastRecords&) = delete;
  void Bind(record::Methods& methods) { methods.Reads(tables_.forecast_records); }

  // Keeps what one source says, of a project that is there; what it said already stays. What an earlier one said of the same subject is
  // replaced by it, and it by a later one.
  absl::Status Keep(record::Transaction& tx, std::vector<v1::ForecastRecord> records) const;

 private:
  absl::Status OnReport(const rpc::Call& call, const event::Change<activity::v1::Report>& change);

  Tables& tables_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_CLOSEOUT_FORECAST_RECORDS_H_
