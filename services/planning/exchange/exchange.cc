#include "services/planning/exchange/exchange.h"

#include <utility>
#include <vector>

#include "common/status/macros.h"
#include "services/planning/exchange/ms_project.h"
#include "services/planning/exchange/task_table.h"
#include "services/planning/plan/project.h"

namespace heitie::planning {

absl::StatusOr<v1::ExportProjectResponse> Exchange::Export(const rpc::Call& call, const v1::ExportProjectRequest& request) {
  return tables_.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::ExportProjectResponse> {
    ASSIGN_OR_RETURN(const v1::Project project, tables_.projects.Find(session, request.name()));
    ASSIGN_OR_RETURN(std::vector<v1::Task> tasks, tables_.tasks.Children(session, request.name()));
    std::erase_if(tasks, [](const v1::Task& task) { return task.state() == v1::Task::STATE_CANCELLED; });
    const bool xml = request.format() == v1::EXCHANGE_FORMAT_MS_PROJECT;
    v1::ExportProjectResponse response;
    response.set_media_type(xml ? "application/xml; charset=utf-8" : "text/csv; charset=utf-8");
    TaskTable table;
    if (xml) {
      ASSIGN_OR_RETURN(const v1::PlanPeriod period, tables_.periods.Find(session, project.plan_period()));
      ASSIGN_OR_RETURN(const auto calendar, tables_.calendars.Named(session, period.calendar()));
      table = WriteMsProject(project, tasks, calendar->arithmetic, call.language);
    } else {
      table = WriteTaskTable(tasks, call.language);
    }
    response.set_content(std::move(table.content));
    response.mutable_findings()->Assign(table.findings.begin(), table.findings.end());
    return response;
  });
}

absl::StatusOr<v1::ImportProjectResponse> Exchange::Import(record::Transaction& tx, const v1::ImportProjectRequest& request) {
  v1::Project project = request.project();
  project.set_name("projects/" + request.project_id());
  RETURN_IF_ERROR(BeginProject(tx, tables_, project));
  ReadTasks read;
  if (request.format() == v1::EXCHANGE_FORMAT_MS_PROJECT) {
    ASSIGN_OR_RETURN(const v1::PlanPeriod period, tables_.periods.Find(tx.sql, project.plan_period()));
    ASSIGN_OR_RETURN(const auto calendar, tables_.calendars.Named(tx.sql, period.calendar()));
    ASSIGN_OR_RETURN(read, ReadMsProject(request.content(), project, calendar->arithmetic, tx.call.language));
  } else {
    ASSIGN_OR_RETURN(read, ReadTaskTable(request.content(), project.name(), tx.call.language));
  }
  v1::ImportProjectResponse response;
  response.mutable_findings()->Assign(read.findings.begin(), read.findings.end());
  if (read.Blocks()) return response;
  RETURN_IF_ERROR(tables_.projects.Insert(tx, project));
  for (v1::Task& task : read.tasks) {
    // How many parts it has comes about as they are made.
    task.clear_part_count();
    RETURN_IF_ERROR(tables_.tasks.Insert(tx, task));
    response.add_tasks(task.name());
  }
  ASSIGN_OR_RETURN(*response.mutable_project(), tables_.projects.Find(tx.sql, project.name()));
  return response;
}

void Exchange::Bind(record::Methods& methods) {
  methods.Bind("ExportProject", this, &Exchange::Export);
  methods.Bind("ImportProject", this, &Exchange::Import);
}

}  // namespace heitie::planning
