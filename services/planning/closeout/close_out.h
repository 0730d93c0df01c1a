// What came of a completed project, written once (P3, W13): by a job, within seconds of the completion, because metrics is asked for it.
#ifndef HEITIE_SERVICES_PLANNING_CLOSEOUT_CLOSE_OUT_H_
#define HEITIE_SERVICES_PLANNING_CLOSEOUT_CLOSE_OUT_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/time/business_calendar.h"
#include "heitie/planning/v1/close_out.pb.h"
#include "services/planning/closeout/forecast_records.h"
#include "services/planning/control/plan_history.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

// The document: from the record alone, so that the same record has the same bytes.
std::string WriteCloseOut(const v1::CloseOut& close_out, const v1::Project& project);

// Days of work, by the tasks without parts; those of the project where none has dates.
v1::DateSpan DatesOf(const v1::Baseline& baseline);

// P10 and P90 of the working days of DatesOf, by the three points of its tasks, in whose course they are; nothing where no task has three
// points or the tasks cannot be scheduled.
std::optional<std::pair<double, double>> DurationRangeOf(const v1::Baseline& baseline, const time::BusinessCalendar& calendar);

// What a close-out teaches: cost, benefit and duration by the first baseline and the targets of its objectives, with the ranges of the
// first baseline.
std::vector<v1::ForecastRecord> RecordsOf(const v1::CloseOut& close_out, const v1::Baseline& first, const time::BusinessCalendar& calendar,
                                          absl::Time now);

// Thread-safe.
class CloseOuts {
 public:
  CloseOuts(const service::Context& context, Tables& tables, const ForecastRecords& forecast_records);
  CloseOuts(const CloseOuts&) = delete;
  void Bind(record::Methods& methods) { methods.Reads(tables_.close_outs); }

  // Has the close-out of a project written that was completed.
  static absl::Status FollowProject(record::Transaction& tx, const v1::Project* before, const v1::Project* after, const Tables& tables);

 private:
  absl::Status Write(const rpc::Call& call, const job::Job& job) const;
  // UNAVAILABLE while what is to come is not there; with `patient` false it is left out, and says why.
  absl::StatusOr<v1::CloseOut> Compose(const rpc::Call& call, const v1::CloseOut& begun, const v1::Baseline& first, const ProjectView& view,
                                       bool patient) const;
  absl::Status AddMoney(const rpc::Call& call, const v1::Baseline& first, const ProjectView& view, bool patient, v1::CloseOut& out) const;
  absl::Status AddObjectives(const rpc::Call& call, const v1::Baseline& first, const ProjectView& view, bool patient,
                             v1::CloseOut& out) const;

  service::Context context_;
  Tables& tables_;
  const ForecastRecords& forecast_records_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_CLOSEOUT_CLOSE_OUT_H_
