// Progress reports 進度回報 of tasks: append-only, by the task's owner of whatever role (P2).
#ifndef HEITIE_SERVICES_PLANNING_CONTROL_PROGRESS_REPORT_H_
#define HEITIE_SERVICES_PLANNING_CONTROL_PROGRESS_REPORT_H_

#include <cstdint>

#include "absl/status/status.h"
#include "common/record/methods.h"
#include "heitie/planning/v1/progress_report.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "services/planning/notice/recipients.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

extern const status::Reason kNotYourTask;       // {name}
extern const status::Reason kReportedTooEarly;  // A field; {date}

// What somebody does to a task is a report of today: it is filed, and the task is as it says. The project is held.
absl::Status ReportToday(record::Transaction& tx, const Tables& tables, int32_t percent, v1::Task& task);

// Thread-safe.
class ProgressReports {
 public:
  ProgressReports(Tables& tables, const Recipients& recipients) : tables_(tables), recipients_(recipients) {}
  // The types of projects as well.
  void Bind(record::Methods& methods);

 private:
  absl::Status Create(record::Transaction& tx, v1::ProgressReport& report);

  Tables& tables_;
  const Recipients& recipients_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_CONTROL_PROGRESS_REPORT_H_
