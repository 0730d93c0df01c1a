// --check: everything that a process would stumble over, before it has to run.
#ifndef HEITIE_COMMON_SERVICE_CHECK_H_
#define HEITIE_COMMON_SERVICE_CHECK_H_

#include <string>
#include <vector>

#include "common/config/service_config.h"

namespace heitie::service {

// What is wrong with the files that a configuration names, with its database and the tables in it (`has_store`) and with its targets, one
// line each; what was found before (`problems`) comes first. Takes some seconds for what does not answer. Changes nothing.
std::vector<std::string> ProblemsOf(const std::string& name, const config::ServiceConfig& config, bool has_store,
                                    std::vector<std::string> problems);

// Tells them on standard output and ends the process: 0 when there are none, 1 otherwise.
[[noreturn]] void Check(const std::string& name, const config::ServiceConfig& config, bool has_store, std::vector<std::string> problems);

}  // namespace heitie::service

#endif  // HEITIE_COMMON_SERVICE_CHECK_H_
