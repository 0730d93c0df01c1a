#ifndef HEITIE_COMMON_JOB_SCHEDULE_NEW_H_
#define HEITIE_COMMON_JOB_SCHEDULE_NEW_H_

#include "absl/status/status.h"
#include "common/job/runner.h"

namespace heitie::job {

// As Schedule, of a job that nobody can have planned before, for example of a resource that this transaction makes. Works that share a
// commit insert such jobs together at their end, so one that the same transaction cancels afterwards is run all the same: its handler finds
// that there is nothing to do.
absl::Status ScheduleNew(record::Transaction& tx, const Job& job);

}  // namespace heitie::job

#endif  // HEITIE_COMMON_JOB_SCHEDULE_NEW_H_
