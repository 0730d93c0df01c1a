#include "services/planning/control/progress_report.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/record/unused.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/planning/control/progress.h"
#include "services/planning/plan/project.h"
#include "services/planning/plan/task.h"
#include "services/planning/plan/task_tree.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::ProgressReport;
using v1::Task;

const status::Reason kNotYourTask{StatusCode::kPermissionDenied, "NOT_YOUR_TASK", "{name} is reported by its owner.",
                                  "{name} 由其負責人回報進度。"};
const status::Reason kReportedTooEarly{StatusCode::kInvalidArgument, "REPORTED_TOO_EARLY", "{date} is still to come.", "{date} 尚未到來。"};

absl::Status ReportToday(record::Transaction& tx, const Tables& tables, int32_t percent, Task& task) {
  const absl::CivilDay today = absl::ToCivilDay(tx.call.now, tables.zone);
  ASSIGN_OR_RETURN(std::vector<ProgressReport> reports, tables.progress_reports.Children(tx.sql, task.name()));
  ProgressReport report;
  report.set_name(absl::StrCat(task.name(), "/progressReports/", record::NewId(tx.call.now)));
  *report.mutable_report_date() = time::ToDate(today);
  report.set_percent(percent);
  RETURN_IF_ERROR(tables.progress_reports.Insert(tx, report));
  reports.push_back(std::move(report));
  PutProgress(ProgressAt(std::move(reports), today), task);
  return absl::OkStatus();
}

absl::Status ProgressReports::Create(record::Transaction& tx, ProgressReport& report) {
  const std::string name = record::ParentOf(report.name());
  ASSIGN_OR_RETURN(const v1::Project project, GuardOpenProject(tx, tables_, record::ParentOf(name)));
  ASSIGN_OR_RETURN(const Task before, tables_.tasks.Lock(tx, name));
  if (before.owner() != tx.call.principal.name) {
    ASSIGN_OR_RETURN(const std::string deputy, recipients_.DeputyOf(tx.sql, before.owner(), tx.call.now));
    if (deputy != tx.call.principal.name) return status::Error(kNotYourTask, {{"name", name}});
  }
  status::BadFields bad;
  const absl::CivilDay today = absl::ToCivilDay(tx.call.now, tables_.zone), date = time::ToDay(report.report_date());
  if (date > today) bad.Add("progress_report.report_date", kReportedTooEarly, {{"date", time::DayText(date)}});
  RETURN_IF_ERROR(bad.status());
  if (HasParts(before)) return status::Error(kTaskHasParts, {{"name", name}});
  // A report does not take up again what is done; that is decided.
  const bool takes_up = before.state() == Task::STATE_DONE && report.percent() < 100 &&
                        (!before.has_actual_finish_date() || date >= time::ToDay(before.actual_finish_date()));
  if (before.state() == Task::STATE_CANCELLED || takes_up) {
    return status::Error(kTaskClosed, {{"name", name}, {"state", Task::State_Name(before.state())}});
  }
  if (before.state() == Task::STATE_OPEN && project.state() != v1::Project::STATE_APPROVED) {
    return status::Error(kProjectNotApproved, {{"project", project.name()}});
  }
  ASSIGN_OR_RETURN(std::vector<ProgressReport> reports, tables_.progress_reports.Children(tx.sql, name));
  reports.push_back(report);
  *reports.back().mutable_create_time() = time::ToTimestamp(tx.call.now);
  Task after = before;
  PutProgress(ProgressAt(std::move(reports), today), after);
  return tables_.tasks.Update(tx, before, after, "report_progress");
}

void ProgressReports::Bind(record::Methods& methods) {
  methods.Reads(tables_.project_types);
  methods.Creates(tables_.project_types);
  methods.Updates(tables_.project_types);
  record::DeletesUnused(methods, tables_.project_types);
  methods.Reads(tables_.progress_reports);
  methods.Creates(tables_.progress_reports, this, &ProgressReports::Create);
}

}  // namespace heitie::planning
