// A change that is one statement, without a transaction around it: one way to the database instead of three.
#ifndef HEITIE_COMMON_SQL_ALONE_H_
#define HEITIE_COMMON_SQL_ALONE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/sql/database.h"

namespace heitie::sql {

// Returns the number of rows. The statement may be executed twice, where a connection is lost, and must do no harm then. Conflicts with
// others are re-run until the deadline, as in a transaction.
absl::StatusOr<int64_t> ExecuteAlone(Database& database, absl::Time deadline, const std::string& statement, const Values& values);

}  // namespace heitie::sql

#endif  // HEITIE_COMMON_SQL_ALONE_H_
