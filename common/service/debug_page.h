// What a process is doing, for whoever is on call: HTML that renews itself.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "common/observe/metrics.h"

namespace heitie::service {

// `service` is the process's name, `started` its start, `now` the moment of the snapshot.
std::string DebugPage(const std::string& service, absl::Time started, absl::Time now, const observe::Snapshot& snapshot);

}  // namespace heitie::service
