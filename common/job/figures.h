// Jobs in Prometheus's terms.
#ifndef HEITIE_COMMON_JOB_FIGURES_H_
#define HEITIE_COMMON_JOB_FIGURES_H_

#include "common/job/runner.h"

namespace heitie::job {

// Registers the figures of the process's jobs: heitie_jobs_oldest_due_seconds and heitie_jobs_running by lane, heitie_jobs_failing and
// heitie_job_failures_total by kind. The runner must live until the process ends.
void RegisterFigures(const Runner& jobs);

}  // namespace heitie::job

#endif  // HEITIE_COMMON_JOB_FIGURES_H_
