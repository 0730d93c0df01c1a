// Who is told that something of the plan chapters waits for their act.
#ifndef HEITIE_SERVICES_PLANNING_NOTICE_WAITING_H_
#define HEITIE_SERVICES_PLANNING_NOTICE_WAITING_H_

#include "absl/status/status.h"
#include "heitie/planning/v1/project.pb.h"
#include "services/planning/notice/recipients.h"
#include "services/planning/notice/tell.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

// A project that is submitted waits for a manager, one that is rejected or void for its owner, and one that is approved for the owners of
// its tasks.
absl::Status TellOfProject(record::Transaction& tx, const Tables& tables, const Notices& notices, const Recipients& recipients,
                           const v1::Project* before, const v1::Project* after);

// A task of an approved project that gets another owner, or is begun or taken up again, waits for its owner; nothing is told of one that is
// over.
absl::Status TellOfTask(record::Transaction& tx, const Tables& tables, const Notices& notices, const v1::Task* before,
                        const v1::Task* after);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_NOTICE_WAITING_H_
