// Plans as Microsoft Project's XML (http://schemas.microsoft.com/project, P2). Pure functions: what is written and read again is the same,
// but for what is said. What is read is bounded; it has no document type and so no entities of its own.
#ifndef HEITIE_SERVICES_PLANNING_EXCHANGE_MS_PROJECT_H_
#define HEITIE_SERVICES_PLANNING_EXCHANGE_MS_PROJECT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/status/status.h"
#include "common/time/business_calendar.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "services/planning/exchange/task_table.h"

namespace heitie::planning {

// Of tasks that are not cancelled, in the order of their tree.
TaskTable WriteMsProject(const v1::Project& project, const std::vector<v1::Task>& tasks, const time::BusinessCalendar& calendar,
                         status::Language language);

// INVALID_FIELDS (`content`) with EXCHANGE_NO_XML, EXCHANGE_XML_TOO_LARGE, EXCHANGE_NO_PROJECT.
absl::StatusOr<ReadTasks> ReadMsProject(const std::string& content, const v1::Project& project, const time::BusinessCalendar& calendar,
                                        status::Language language);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_EXCHANGE_MS_PROJECT_H_
