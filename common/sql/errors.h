// What the server and the client library report by number: what a caller is told of it, and what becomes of the connection. One table, for
// MariaDB 10.11, MySQL 8.4 to 9.x, Galera, group replication and what stands in front of them.
//
// Callers get a stable reason and a sentence; what the database said stays inside (CauseOf) and is logged.
#ifndef HEITIE_COMMON_SQL_ERRORS_H_
#define HEITIE_COMMON_SQL_ERRORS_H_

#include <optional>
#include <string>

#include "absl/status/status.h"

namespace heitie::sql {

enum class ErrorKind {
  kDuplicate,   // ALREADY_EXISTS: a unique key
  kConflict,    // ABORTED: a deadlock, a lock that did not come, a lost certification; nothing was done, run the transaction again
  kReference,   // FAILED_PRECONDITION: a foreign key or a CHECK
  kValue,       // INVALID_ARGUMENT: a value that its column cannot hold
  kTooSlow,     // DEADLINE_EXCEEDED: the server ended the statement
  kLost,        // UNAVAILABLE: the connection is gone
  kNotReady,    // UNAVAILABLE: this server does not serve at present; another one may
  kReadOnly,    // UNAVAILABLE: it takes no writes, as after a failover
  kFull,        // RESOURCE_EXHAUSTED: it has no space for writes
  kLimit,       // RESOURCE_EXHAUSTED: connections, memory, a quota of the user
  kStatements,  // RESOURCE_EXHAUSTED: max_prepared_stmt_count
  kRefused,     // UNAVAILABLE: user, password, privilege or schema; waiting does not help
  kBug,         // INTERNAL: everything else
};

// What becomes of the connection.
enum class Then {
  kKeep,
  kClose,
  // The others that lie idle are closed as well: they lead to the same server, which is gone or not the right one any more.
  kCloseAll,
};

struct Error {
  int code;
  ErrorKind kind;
  Then then;
};

// `text` is what was said beside the number, which some numbers only say together with another one ("Got error 28 from storage engine").
Error Classify(int code, const std::string& text);

// UNAVAILABLE and RESOURCE_EXHAUSTED carry RetryInfo. Outages are logged, at most once a second.
absl::Status ToStatus(int code, const std::string& text);

// Of a status made by ToStatus; nothing of another one.
std::optional<Error> ErrorOf(const absl::Status& status);
bool IsOf(const absl::Status& status, ErrorKind kind);
// "1045: Access denied for user …" of a status made by ToStatus, else the status's message. For logs, never for callers.
std::string CauseOf(const absl::Status& status);

}  // namespace heitie::sql

#endif  // HEITIE_COMMON_SQL_ERRORS_H_
