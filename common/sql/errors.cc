#include "common/sql/errors.h"

#include <algorithm>
#include <array>
#include <atomic>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/observe/log.h"
#include "common/status/status.h"

namespace heitie::sql {
namespace {

using status::Reason;

// A payload without the prefix of the types of google.rpc stays in the process (status.h).
constexpr char kCause[] = "heitie/database-error";

const status::Reason kDuplicate{absl::StatusCode::kAlreadyExists, "DUPLICATE", "There is one like it already.", "已有相同的資料。"};
const status::Reason kContended{absl::StatusCode::kAborted, "CONTENDED", "Others were changing the same; nothing was done. Try again.",
                                "其他人正在變更相同的資料，未做任何變更，請再試一次。"};
const status::Reason kBroken{absl::StatusCode::kFailedPrecondition, "REFERENCE_BROKEN",
                             "What this refers to does not exist, or what it removes is still referred to.",
                             "所引用的資料不存在，或要移除的資料仍被引用。"};
const status::Reason kNotStorable{absl::StatusCode::kInvalidArgument, "NOT_STORABLE", "A value is too long or out of range.",
                                  "有值過長或超出範圍。"};
const status::Reason kReadOnly{absl::StatusCode::kUnavailable, "READ_ONLY", "The database takes no changes at present.",
                               "資料庫目前不接受變更。"};
const status::Reason kExhausted{absl::StatusCode::kResourceExhausted, "DATABASE_EXHAUSTED", "The database is at its limit at present.",
                                "資料庫目前已達上限。"};

const status::Phrase kDatabase{"database", "資料庫"};

// By number. What is not here is a bug of ours; see Classify.
constexpr Error kErrors[] = {
    {1020, ErrorKind::kConflict, Then::kKeep},                                             // the row changed under a snapshot
    {1021, ErrorKind::kFull, Then::kKeep},                                                 // disk full
    {1022, ErrorKind::kDuplicate, Then::kKeep},    {1023, ErrorKind::kFull, Then::kKeep},  // error on close
    {1026, ErrorKind::kFull, Then::kKeep},                                                 // error on write
    {1028, ErrorKind::kNotReady, Then::kKeep},                                             // a sort was aborted
    {1030, ErrorKind::kNotReady, Then::kKeep},                                             // the storage engine failed; see HandlerError
    {1036, ErrorKind::kReadOnly, Then::kCloseAll},                                         // the table is read-only
    {1037, ErrorKind::kLimit, Then::kKeep},                                                // out of memory
    {1038, ErrorKind::kLimit, Then::kKeep},                                                // out of sort memory
    {1040, ErrorKind::kLimit, Then::kClose},                                               // too many connections
    {1041, ErrorKind::kLimit, Then::kKeep},                                                // out of resources
    {1042, ErrorKind::kNotReady, Then::kClose},                                            // our host's name cannot be resolved
    {1043, ErrorKind::kLost, Then::kClose},                                                // bad handshake
    {1044, ErrorKind::kRefused, Then::kKeep},                                              // no access to the schema
    {1045, ErrorKind::kRefused, Then::kClose},                                             // wrong user or password
    {1047, ErrorKind::kNotReady, Then::kCloseAll},                                         // Galera: this node has no quorum
    {1049, ErrorKind::kRefused, Then::kKeep},                                              // there is no such schema
    {1053, ErrorKind::kLost, Then::kCloseAll},                                             // shutdown
    {1062, ErrorKind::kDuplicate, Then::kKeep},    {1077, ErrorKind::kLost, Then::kCloseAll},  // shutdown
    {1079, ErrorKind::kLost, Then::kCloseAll},                                                 // shutdown
    {1080, ErrorKind::kLost, Then::kCloseAll},                                                 // shutdown, forced
    {1114, ErrorKind::kFull, Then::kKeep},                                                     // the table is full
    {1129, ErrorKind::kNotReady, Then::kClose},  // our host is blocked after errors of connections
    {1130, ErrorKind::kRefused, Then::kClose},   // our host may not connect
    {1135, ErrorKind::kLimit, Then::kClose},     // no thread for the connection
    {1142, ErrorKind::kRefused, Then::kKeep},    // no privilege on the table
    {1143, ErrorKind::kRefused, Then::kKeep},    // no privilege on the column
    {1152, ErrorKind::kLost, Then::kCloseAll},   // aborted connection
    {1153, ErrorKind::kValue, Then::kClose},     // larger than max_allowed_packet
    {1154, ErrorKind::kLost, Then::kClose},      // 1154 to 1161: the network
    {1155, ErrorKind::kLost, Then::kClose},        {1156, ErrorKind::kLost, Then::kClose},
    {1157, ErrorKind::kLost, Then::kClose},        {1158, ErrorKind::kLost, Then::kCloseAll},
    {1159, ErrorKind::kLost, Then::kCloseAll},     {1160, ErrorKind::kLost, Then::kCloseAll},
    {1161, ErrorKind::kLost, Then::kCloseAll},     {1169, ErrorKind::kDuplicate, Then::kKeep},
    {1180, ErrorKind::kNotReady, Then::kCloseAll},  // COMMIT failed, its outcome is unknown; see HandlerError
    {1181, ErrorKind::kNotReady, Then::kClose},     // ROLLBACK failed
    {1184, ErrorKind::kLost, Then::kCloseAll},      // aborted connection
    {1197, ErrorKind::kFull, Then::kKeep},          // max_binlog_cache_size
    {1203, ErrorKind::kLimit, Then::kClose},        // max_user_connections
    {1205, ErrorKind::kConflict, Then::kKeep},      // a lock did not come
    {1206, ErrorKind::kLimit, Then::kKeep},         // too many locks
    {1213, ErrorKind::kConflict, Then::kKeep},      // deadlock; Galera: lost the certification
    {1216, ErrorKind::kReference, Then::kKeep},    {1217, ErrorKind::kReference, Then::kKeep},
    {1223, ErrorKind::kReadOnly, Then::kKeep},  // FLUSH TABLES WITH READ LOCK
    {1226, ErrorKind::kLimit, Then::kKeep},     // a quota of the user
    {1227, ErrorKind::kRefused, Then::kKeep},   // no privilege
    {1243, ErrorKind::kLost, Then::kClose},     // the statement is not known: another session answers
    {1251, ErrorKind::kRefused, Then::kClose},  // the server's way of authentication is not ours
    {1264, ErrorKind::kValue, Then::kKeep},     // out of range
    {1265, ErrorKind::kValue, Then::kKeep},     // truncated
    {1267, ErrorKind::kValue, Then::kKeep},     // a text that the compared column's character set lacks
    {1270, ErrorKind::kValue, Then::kKeep},        {1271, ErrorKind::kValue, Then::kKeep},
    {1290, ErrorKind::kReadOnly, Then::kCloseAll},  // --read-only: no primary any more
    {1292, ErrorKind::kValue, Then::kKeep},         // no date, no number
    {1297, ErrorKind::kNotReady, Then::kKeep},      // a temporary error of the storage engine
    {1300, ErrorKind::kValue, Then::kKeep},         // no text of the character set
    {1301, ErrorKind::kValue, Then::kKeep},         // larger than max_allowed_packet
    {1317, ErrorKind::kNotReady, Then::kKeep},      // KILL QUERY
    {1366, ErrorKind::kValue, Then::kKeep},         // no text of the character set
    {1406, ErrorKind::kValue, Then::kKeep},         // too long
    {1411, ErrorKind::kValue, Then::kKeep},         // no date
    {1412, ErrorKind::kConflict, Then::kKeep},      // the table was altered meanwhile
    {1451, ErrorKind::kReference, Then::kKeep},    {1452, ErrorKind::kReference, Then::kKeep},
    {1461, ErrorKind::kStatements, Then::kKeep},  // max_prepared_stmt_count
    {1524, ErrorKind::kRefused, Then::kClose},    // a plugin for authentication is missing
    {1557, ErrorKind::kDuplicate, Then::kKeep},    {1586, ErrorKind::kDuplicate, Then::kKeep},
    {1614, ErrorKind::kConflict, Then::kKeep},   // deadlock of a distributed transaction
    {1615, ErrorKind::kConflict, Then::kClose},  // the statement must be prepared anew
    {1637, ErrorKind::kLimit, Then::kKeep},      // too many transactions
    {1690, ErrorKind::kValue, Then::kKeep},      // out of range
    {1698, ErrorKind::kRefused, Then::kClose},   // wrong user, or no password given
    {1705, ErrorKind::kFull, Then::kKeep},       // max_binlog_stmt_cache_size
    {1761, ErrorKind::kDuplicate, Then::kKeep},    {1762, ErrorKind::kDuplicate, Then::kKeep},
    {1792, ErrorKind::kReadOnly, Then::kCloseAll},                                             // the transaction is read-only
    {1820, ErrorKind::kRefused, Then::kClose},                                                 // the password must be changed
    {1836, ErrorKind::kReadOnly, Then::kCloseAll},                                             // the server is read-only
    {1859, ErrorKind::kDuplicate, Then::kKeep},    {1862, ErrorKind::kRefused, Then::kClose},  // the password has expired
    {1874, ErrorKind::kReadOnly, Then::kCloseAll},                                             // InnoDB is read-only
    {1878, ErrorKind::kFull, Then::kKeep},                                                     // temporary file
    {1881, ErrorKind::kReadOnly, Then::kCloseAll},                                             // innodb_force_recovery
    {1927, ErrorKind::kLost, Then::kClose},                                                    // KILL
    {1969, ErrorKind::kTooSlow, Then::kKeep},                                                  // max_statement_time
    {2007, ErrorKind::kRefused, Then::kClose},                                                 // another protocol
    {2008, ErrorKind::kLimit, Then::kClose},                                                   // out of memory, here
    {2014, ErrorKind::kBug, Then::kClose},                                                     // commands out of sync
    {2020, ErrorKind::kValue, Then::kClose},                                                   // larger than max_allowed_packet
    {2049, ErrorKind::kRefused, Then::kClose},                                                 // 2049 to 2061: ways of authentication
    {2054, ErrorKind::kRefused, Then::kClose},     {2058, ErrorKind::kRefused, Then::kClose},
    {2059, ErrorKind::kRefused, Then::kClose},     {2061, ErrorKind::kRefused, Then::kClose},
    {3024, ErrorKind::kTooSlow, Then::kKeep},       // max_execution_time
    {3032, ErrorKind::kNotReady, Then::kCloseAll},  // offline mode
    {3068, ErrorKind::kValue, Then::kClose},        // larger than max_allowed_packet
    {3100, ErrorKind::kNotReady, Then::kCloseAll},  // group replication: a hook failed, the transaction is undone
    {3101, ErrorKind::kConflict, Then::kKeep},      // group replication: lost the certification
    {3118, ErrorKind::kRefused, Then::kClose},      // the account is locked
    {3159, ErrorKind::kRefused, Then::kClose},      // TLS is required
    {3168, ErrorKind::kNotReady, Then::kCloseAll},  // the server is not available
    {3169, ErrorKind::kLost, Then::kClose},         // KILL
    {3572, ErrorKind::kConflict, Then::kKeep},      // NOWAIT
    {3675, ErrorKind::kFull, Then::kKeep},          // disk full
    {3819, ErrorKind::kReference, Then::kKeep},     // CHECK, MySQL
    {3854, ErrorKind::kValue, Then::kKeep},         // 1267 of MySQL
    {3955, ErrorKind::kRefused, Then::kClose},      // locked after wrong passwords
    {3988, ErrorKind::kValue, Then::kKeep},         // 1267 of MySQL
    {4025, ErrorKind::kReference, Then::kKeep},     // CHECK, MariaDB
    {4031, ErrorKind::kLost, Then::kCloseAll},      // wait_timeout, MySQL
    {4151, ErrorKind::kRefused, Then::kClose},      // the account is locked, MariaDB
    {8002, ErrorKind::kConflict, Then::kKeep},      // 8002 to 8028, 9007: TiDB, conflicts
    {8022, ErrorKind::kConflict, Then::kKeep},     {8028, ErrorKind::kConflict, Then::kKeep},
    {9007, ErrorKind::kConflict, Then::kKeep},
};

constexpr bool Ascend() {
  for (size_t i = 1; i < std::size(kErrors); ++i) {
    if (kErrors[i - 1].code >= kErrors[i].code) return false;
  }
  return true;
}
static_assert(Ascend(), "Classify searches by halves");

bool Within(int code, int low, int high) { return low <= code && code <= high; }

Error FromTable(int code) {
  const auto* found = std::lower_bound(std::begin(kErrors), std::end(kErrors), code, [](const Error& e, int c) { return e.code < c; });
  if (found != std::end(kErrors) && found->code == code) return *found;
  // Misuse of statements by us.
  if (Within(code, 2030, 2036) || Within(code, 2050, 2053)) return {code, ErrorKind::kBug, Then::kClose};
  // The client library: sockets, names of hosts, TLS (2026), answers cut short.
  if (Within(code, 2000, 2999) || Within(code, 5000, 5999)) return {code, ErrorKind::kLost, Then::kCloseAll};
  // Proxies and clusters that cannot reach the servers behind them.
  if (Within(code, 9000, 9999)) return {code, ErrorKind::kNotReady, Then::kCloseAll};
  // The server answered, so that the connection is in order. The connector's own exceptions have no number.
  return {code, ErrorKind::kBug, Within(code, 1000, 4999) ? Then::kKeep : Then::kClose};
}

// The number of the storage engine or the operating system in "Got error 149 during COMMIT", "(errno: 28 "No space left on device")".
int HandlerError(const std::string& text) {
  const size_t at = text.find("rr");  // "error", "errno"
  const size_t digit = at == std::string::npos ? at : text.find_first_of("0123456789", at);
  return digit == std::string::npos ? 0 : std::atoi(text.c_str() + digit);
}

const Reason* ReasonOf(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kDuplicate:
      return &kDuplicate;
    case ErrorKind::kConflict:
      return &kContended;
    case ErrorKind::kReference:
      return &kBroken;
    case ErrorKind::kValue:
      return &kNotStorable;
    case ErrorKind::kTooSlow:
      return &status::kDeadline;
    case ErrorKind::kLost:
    case ErrorKind::kNotReady:
    case ErrorKind::kRefused:
      return &status::kUnavailable;
    case ErrorKind::kReadOnly:
      return &kReadOnly;
    case ErrorKind::kFull:
    case ErrorKind::kLimit:
    case ErrorKind::kStatements:
      return &kExhausted;
    case ErrorKind::kBug:
      break;
  }
  return nullptr;
}

// What passes quickly, and what somebody has to see to.
absl::Duration DelayOf(ErrorKind kind) {
  const bool slow = kind == ErrorKind::kFull || kind == ErrorKind::kRefused;
  return slow ? absl::Seconds(5) : absl::Seconds(1);
}

void LogOutage(const std::string& cause) {
  static std::atomic<int64_t> next{0};
  const int64_t now = absl::ToUnixMillis(absl::Now());
  int64_t due = next.load(std::memory_order_relaxed);
  if (now < due || !next.compare_exchange_strong(due, now + 1000)) return;
  observe::Log(observe::Severity::kError, "database error", {{"error", cause}});
}

}  // namespace

Error Classify(int code, const std::string& text) {
  Error error = FromTable(code);
  if (code != 1030 && code != 1180 && code != 1026) return error;
  switch (HandlerError(text)) {
    case 28:   // ENOSPC
    case 122:  // EDQUOT
      if (code != 1180) error.kind = ErrorKind::kFull;
      break;
    case 146:  // HA_ERR_LOCK_WAIT_TIMEOUT
    case 149:  // HA_ERR_LOCK_DEADLOCK; group replication: lost the certification
      return {code, ErrorKind::kConflict, Then::kKeep};
    default:
      break;
  }
  return error;
}

absl::Status ToStatus(int code, const std::string& text) {
  const ErrorKind kind = Classify(code, text).kind;
  const std::string cause = absl::StrCat(code, ": ", text);
  const Reason* reason = ReasonOf(kind);
  absl::Status status;
  if (reason == nullptr) {
    status = absl::InternalError(absl::StrCat("MySQL ", cause));
  } else if (reason->code == absl::StatusCode::kUnavailable || reason->code == absl::StatusCode::kResourceExhausted) {
    LogOutage(cause);
    status = status::RetryLater(*reason, DelayOf(kind), {{"what", kDatabase}});
  } else if (kind == ErrorKind::kConflict) {
    status = status::RetryLater(*reason, DelayOf(kind));
  } else {
    status = status::Error(*reason);
  }
  status.SetPayload(kCause, absl::Cord(cause));
  return status;
}

std::optional<Error> ErrorOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kCause);
  if (!payload) return std::nullopt;
  const std::string cause(*payload);
  const size_t colon = cause.find(": ");
  return Classify(std::atoi(cause.c_str()), cause.substr(colon + 2));
}

bool IsOf(const absl::Status& status, ErrorKind kind) {
  const std::optional<Error> error = ErrorOf(status);
  return error && error->kind == kind;
}

std::string CauseOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kCause);
  return payload ? std::string(*payload) : absl::StrCat(status.message());
}

}  // namespace heitie::sql
