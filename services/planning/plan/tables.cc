#include "services/planning/plan/tables.h"

#include "services/planning/plan/approval.h"
#include "services/planning/plan/project.h"
#include "services/planning/plan/task.h"
#include "services/planning/scheme/scheme.h"

namespace heitie::planning {

Tables::Tables(const service::Context& context)
    : store(context.store),
      zone(context.time_zone),
      periods(store),
      projects(store, &ProjectMachine()),
      tasks(store, &TaskMachine()),
      schemes(store, &SchemeMachine()),
      baselines(store),
      approvals(store, &ProjectApprovalMachine()),
      calendar_versions(context, "personnel"),
      calendars(calendar_versions.table(), [this](sql::Session& session, const std::string& tail, const sql::Values& values) {
        return calendar_versions.SelectKnown(session, tail, values);
      }) {}

}  // namespace heitie::planning
