// Cycles of months: opened, measured, reminded of, calibrated, closed, verified (policy H5, W10).
#ifndef HEITIE_SERVICES_PERSONNEL_APPRAISAL_CYCLE_H_
#define HEITIE_SERVICES_PERSONNEL_APPRAISAL_CYCLE_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/absence_kind.pb.h"
#include "heitie/personnel/v1/appraisal_objection.pb.h"
#include "services/personnel/appraisal/appraisal_rows.h"
#include "services/personnel/appraisal/figure.h"
#include "services/personnel/appraisal/policy.h"
#include "services/personnel/appraisal/scheme.h"
#include "services/personnel/staff/approval.h"
#include "services/personnel/staff/assignment.h"
#include "services/personnel/staff/employee.h"
#include "services/personnel/staff/step.h"

namespace heitie::personnel {

extern const status::Reason kMonthNotOver;          // {month}
extern const status::Reason kNobodyToAppraise;      // {department} {month}
extern const status::Reason kNotReadyToCalibrate;   // {name}
extern const status::Reason kRatingPending;         // {part} {rater}
extern const status::Reason kFigureNotRead;         // {part} {indicator}
extern const status::Reason kFigureMissing;         // {part} {indicator}
extern const status::Reason kFigureProvisional;     // {part} {indicator}
extern const status::Reason kCalibrationUndecided;  // {name} {raters}
extern const status::Reason kAdjustmentTooGreat;    // {most}
extern const status::Reason kMonthsOpen;            // {name} {months}

// Thread-safe.
class AppraisalCycles {
 public:
  AppraisalCycles(const service::Context& context, AppraisalRows& rows, const AppraisalSchemes& schemes, const AppraisalPolicies& policies,
                  const record::Kind<v1::AbsenceKind>& absence_kinds, const record::Kind<v1::Position>& positions,
                  const Employees& employees, const Steps& steps, const Approvals& approvals, const FigureSources& sources);
  void Bind(record::Methods& methods);

 private:
  using Period = v1::AppraisalCycle::Period;
  // What opening goes by.
  struct Opening {
    MonthDays days;
    v1::AppraisalPolicy policy;
    std::set<std::string> presence;                // kinds of absence
    std::set<std::string> managers;                // positions
    std::map<std::string, std::string> scheme_of;  // by position; empty where there is none
    std::map<std::string, bool> waits_for_rater;   // by scheme: whether something of it is rated
    People people;                                 // who was employed
    std::optional<People> holders;                 // of those positions, if somebody had no superior
  };
  absl::StatusOr<Opening> ReadOpening(sql::Session& sql, absl::CivilDay first, Period period) const;
  absl::StatusOr<std::vector<v1::AppraisalSpan>> FrozenSpans(sql::Session& sql, const v1::Employee& employee, Opening& opening) const;
  absl::StatusOr<std::vector<v1::Employee>> EmployedIn(sql::Session& sql, const MonthDays& days) const;
  // As Employees::LeaderOf, by what opening has read.
  absl::StatusOr<std::string> LeaderIn(sql::Session& sql, const v1::Employee& employee, absl::CivilDay day, Opening& opening) const;
  absl::StatusOr<v1::AppraisalCycle> OpenMonth(record::Transaction& tx, absl::CivilDay first, Period period,
                                               const std::string& department) const;
  absl::Status OpenSheet(record::Transaction& tx, const v1::AppraisalCycle& cycle, const v1::Employee& employee, Opening& opening,
                         std::vector<v1::AppraisalSpan> spans, std::vector<WantedStep>* steps) const;
  absl::Status CalibrateRows(record::Transaction& tx, const CycleFacts& facts) const;
  // Leaves sheets and parts as they are stored.
  absl::Status CloseRows(record::Transaction& tx, CycleFacts& facts) const;
  // The months of a year, into its sheets. MONTHS_OPEN while one of them is not closed.
  absl::Status TakeMonths(record::Transaction& tx, CycleFacts& facts) const;

  absl::StatusOr<v1::AppraisalCycle> Open(record::Transaction& tx, const v1::OpenAppraisalCycleRequest& request);
  absl::StatusOr<v1::AppraisalCycle> Measure(record::Transaction& tx, const v1::MeasureAppraisalCycleRequest& request);
  absl::StatusOr<v1::AppraisalCycle> Waive(record::Transaction& tx, const v1::WaiveProvisionalFiguresRequest& request);
  absl::StatusOr<v1::AppraisalCycle> Calibrate(record::Transaction& tx, const v1::CalibrateAppraisalCycleRequest& request);
  absl::StatusOr<v1::AppraisalCycle> Close(record::Transaction& tx, const v1::CloseAppraisalCycleRequest& request);
  absl::StatusOr<v1::AppraisalCalibration> Decide(record::Transaction& tx, const v1::DecideAppraisalCalibrationRequest& request);
  absl::StatusOr<v1::VerifyAppraisalCycleResponse> Verify(const rpc::Call& call, const v1::VerifyAppraisalCycleRequest& request);
  absl::StatusOr<v1::SummarizeAppraisalsResponse> Summarize(const rpc::Call& call, const v1::SummarizeAppraisalsRequest& request);

  // Reads the figures of an open cycle, again and again.
  job::Outcome ReadFigures(const rpc::Call& call, const job::Job& job) const;
  // On working days: opens the cycles of the month before, replaces raters, reminds, and takes on what is ready.
  job::Outcome Advance(const rpc::Call& call);
  absl::Status OpenDue(const rpc::Call& call, absl::CivilDay first, Period period) const;
  absl::Status AdvanceCycle(const rpc::Call& call, const std::string& cycle, bool working_day);
  absl::Status ReplaceRater(record::Transaction& tx, const v1::AppraisalCycle& cycle, const std::string& part) const;
  absl::StatusOr<std::string> NextRater(sql::Session& sql, const v1::AppraisalCycle& cycle, const v1::AppraisalPart& part,
                                        absl::CivilDay today) const;
  absl::Status Remind(record::Transaction& tx, const v1::AppraisalCycle& cycle) const;

  const service::Context context_;
  record::Store& store_;
  AppraisalRows& rows_;
  const AppraisalSchemes& schemes_;
  const AppraisalPolicies& policies_;
  const record::Kind<v1::AbsenceKind>& absence_kinds_;
  const record::Kind<v1::Position>& positions_;
  const Employees& employees_;
  const Steps& steps_;
  const Approvals& approvals_;
  const FigureSources& sources_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_APPRAISAL_CYCLE_H_
