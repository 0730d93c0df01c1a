// The migrations of a schema, and the right to apply them. Database::Migrate is the door to it; this is what tests need besides.
//
// A process may be killed at any instant, and the next run finishes what it left. A statement about data is applied in one transaction with
// the note that says so. A statement that defines something commits by itself, so its beginning is noted before it is sent. If the next run
// finds a statement that has begun, it sends it again, and the server's answer that this is done already counts as success; another
// refusal says that it was never applied, and the file may be corrected like one that was refused at once. Each definition is atomic
// (MariaDB from 10.6, MySQL from 8.0), so none is half done. Keys and constraints need names: without one, a second try would add a second
// one (tests/migrations/lint).
//
// The right is a lease in the one row of `migration_lease`; GET_LOCK is no substitute, because it is local to a node of a cluster. The
// lease ends by the database's clock and is renewed with every note and between notes; a process that takes it raises the token. A holder
// of an older token cannot write another note, nor commit a transaction about data, which contains one. A definition cannot be refused by
// its token, but it is sent right after a note, and the server ends the session of a holder that says nothing for `idle_seconds`, which is
// less than the lease: a process that was frozen in between finds its session gone.
#ifndef HEITIE_COMMON_SQL_MIGRATE_H_
#define HEITIE_COMMON_SQL_MIGRATE_H_

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/sql/pool.h"

namespace heitie::sql {

struct MigrationTerms {
  absl::Duration lease = absl::Seconds(30);
  // At least 1. The lease is longer by more than the clocks of a cluster's nodes differ.
  int idle_seconds = 10;
  // How long a definition waits for those who use its table, who meanwhile wait behind it.
  int lock_seconds = 8;
  // How long to wait for another process that is migrating.
  absl::Duration patience = absl::Seconds(5);
  // Called before and after each statement of a migration, before and after the last note of a file; tests die or freeze here.
  std::function<void()> pass;
};

// As Database::Migrate.
absl::Status Migrate(Pool& pool, const std::vector<std::string>& folders, const MigrationTerms& terms = {});

// Whether the migrations of the folders are all there, for who may not apply them: UNAVAILABLE, with what is missing, until another process
// has; FAILED_PRECONDITION as Database::Migrate.
absl::Status CheckMigrated(Database& database, const std::vector<std::string>& folders, absl::Time deadline);

// The names of the tables that the migrations of the folders create.
absl::StatusOr<std::set<std::string>> TablesOf(const std::vector<std::string>& folders);

// The statements of a file: each ends with `;` at the end of a line. Lines that begin with `--` are comments.
std::vector<std::string> SplitStatements(const std::string& text);

}  // namespace heitie::sql

#endif  // HEITIE_COMMON_SQL_MIGRATE_H_
