#include "services/planning/plan/tables.h"

#include "services/planning/plan/project.h"
#include "services/planning/plan/task.h"
#include "services/planning/scheme/scheme.h"

namespace heitie::planning {

Tables::Tables(record::Store& s)
    : store(s),
      periods(s),
      projects(s, &ProjectMachine()),
      tasks(s, &TaskMachine()),
      schemes(s, &SchemeMachine()),
      baselines(s),
      calendars(s) {}

}  // namespace heitie::planning
