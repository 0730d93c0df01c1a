// A schema as a whole against what the code expects of it, for who wants to know before the process runs.
#ifndef HEITIE_COMMON_RECORD_SCHEMA_CHECK_H_
#define HEITIE_COMMON_RECORD_SCHEMA_CHECK_H_

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/sql/database.h"

namespace heitie::record {

// What is wrong with the tables of a service: those of `tables`, which its migrations create, that are not there, and columns that are not
// as the contracts of `package` ("heitie.risk.v1") and of the resources that are copied into it want them (list.h, ReadTable). One line for
// each table. The status is of what could not be read.
absl::StatusOr<std::vector<std::string>> SchemaProblems(sql::Session& session, const std::string& package,
                                                        const std::set<std::string>& tables);

}  // namespace heitie::record

#endif  // HEITIE_COMMON_RECORD_SCHEMA_CHECK_H_
