// A schema of a version to come, for the tests of the present one (tests/skew). With HEITIE_TEST_FUTURE in the environment every
// TestDatabase has it.
#ifndef HEITIE_COMMON_TEST_FUTURE_H_
#define HEITIE_COMMON_TEST_FUTURE_H_

#include "absl/status/status.h"
#include "common/sql/database.h"

namespace heitie::test {

// Adds to every table, also those that the suite keeps for itself, columns of each kind that the next version may add, in front, between
// and behind, and an index; a table; and a migration that this version does not know.
absl::Status AddFuture(sql::Database& database);

}  // namespace heitie::test

#endif  // HEITIE_COMMON_TEST_FUTURE_H_
