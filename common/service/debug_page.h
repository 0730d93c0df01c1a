// What a process is doing, for whoever is on call: HTML that renews itself.
#ifndef HEITIE_COMMON_SERVICE_DEBUG_PAGE_H_
#define HEITIE_COMMON_SERVICE_DEBUG_PAGE_H_

#include <string>

#include "absl/time/time.h"
#include "common/job/runner.h"
#include "common/observe/metrics.h"

namespace heitie::service {

// What the jobs are doing, a part of the page.
std::string JobsSection(const job::Report& report);

// `service` is the process's name, `started` its start, `now` the moment of the snapshot, `section` HTML of the process's own.
std::string DebugPage(const std::string& service, absl::Time started, absl::Time now, const observe::Snapshot& snapshot,
                      const std::string& section = "");

}  // namespace heitie::service

#endif  // HEITIE_COMMON_SERVICE_DEBUG_PAGE_H_
