// MySQL through Connector/C++, with its traps closed: statuses instead of exceptions, a bounded pool with a statement cache on each
// connection, transactions that are re-run after a deadlock, results read before the connection goes back.
//
//   RETURN_IF_ERROR(db.Write(deadline, [&](sql::Session& s) -> absl::Status {
//     ASSIGN_OR_RETURN(int64_t n, s.Execute("UPDATE stock SET on_hand = on_hand - ? WHERE item = ? AND on_hand >= ?", {q, item, q}));
//     ...
//   }));
//
// What the database reports, and what becomes of the connection then, is one table: errors.h.
#ifndef HEITIE_COMMON_SQL_DATABASE_H_
#define HEITIE_COMMON_SQL_DATABASE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace heitie::sql {

// A bound parameter. NULL is std::monostate. Bytes and text are both std::string. Times are UTC with microseconds.
using Value = std::variant<std::monostate, int64_t, double, std::string, absl::Time>;
// Makes a Value from the usual types (every integer type, bool, enum-free); needed because variant's conversion is ambiguous for int.
template <typename T>
Value V(const T& value) {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<int64_t>(value);
  } else {
    return Value(value);
  }
}
using Values = std::vector<Value>;
// Builds Values from a list of mixed arguments: Bind(name, 3, now).
template <typename... T>
Values Bind(const T&... values) {
  return Values{V(values)...};
}

// The current row of a result; valid inside the callback that received it. Columns count from 0.
class Row {
 public:
  virtual ~Row() = default;
  virtual bool IsNull(int column) const = 0;
  // 0 or "" of NULL.
  virtual int64_t Int(int column) const = 0;
  virtual double Double(int column) const = 0;
  virtual std::string Text(int column) const = 0;
  // UnixEpoch of NULL.
  virtual absl::Time Time(int column) const = 0;
};

// One connection in use by one thread, inside a transaction when it came from Database::Write.
class Session {
 public:
  virtual ~Session() = default;
  // Runs a statement and returns the rows it matched (not: changed). `sql` is a text with `?` for each parameter and is
  // cached as a prepared statement: never splice values into it.
  virtual absl::StatusOr<int64_t> Execute(const std::string& sql, const Values& parameters = {}) = 0;
  // Runs a query and calls `row` for each row.
  virtual absl::Status Query(const std::string& sql, const Values& parameters, const std::function<void(const Row&)>& row) = 0;
  // Inserts a row; `insert` is the statement up to its values: "INSERT INTO event (id, type)". Works that share a commit insert such rows
  // together, in statements of many rows: before the next statement of any of them that spells the table, or at their end when nobody reads
  // them before the commit. If one cannot be inserted then, all are undone and each learns its own status when it is run again.
  enum class ReadBy { kTransaction, kNobody };
  virtual absl::Status Append(const std::string& insert, Values row, ReadBy readers) = 0;
  // Runs a work that writes many rows: those that it appends are inserted together as well, some hundreds at a time, and all of them when
  // this returns OK. What could not be inserted is the status of this, or of a statement in between.
  virtual absl::Status Together(const std::function<absl::Status()>& work) { return work(); }
};

struct Options {
  // A UNIX socket, or empty for TCP.
  std::string socket;
  std::string host = "127.0.0.1";
  int port = 3306;
  std::string user;
  std::string password;
  // Asked instead by each new connection, from any thread, for passwords change while the process runs: the newest first; one that the
  // database refuses gives way to the next.
  std::function<std::vector<std::string>()> passwords;
  std::string schema;
  // Connections opened at most; opened when needed.
  int pool_size = 16;
  // A connection is replaced at the age `greatest_age`, give or take a fifth, to follow a balancer or a fail-back, and after it lay idle
  // for `greatest_idle`, before the server, a balancer or a firewall forgets it.
  absl::Duration greatest_age = absl::Minutes(30);
  absl::Duration greatest_idle = absl::Minutes(1);
  // CA file for TLS to the database, whose certificate must be of `host`; empty: no TLS (socket or loopback).
  std::string tls_ca;
};

// What became of the last change that reached the database.
enum class Writes { kTaken, kNoSpace, kReadOnly };

// Thread-safe.
class Database {
 public:
  // Does not connect; the first use does.
  explicit Database(Options options);
  ~Database();
  Database(const Database&) = delete;

  // Runs `work` on a connection in autocommit mode. Waits for a free connection until `deadline` (then DEADLINE_EXCEEDED). No statement
  // begins after the deadline, and the server ends one that runs for a minute. When a connection that lay idle turns out dead by its first
  // query, `work` is run again on another one.
  absl::Status Read(absl::Time deadline, const std::function<absl::Status(Session&)>& work);

  // Runs `work`, which only reads, on a connection whose statements all see the same moment. As Read otherwise. Keep it short: the server
  // keeps for it what others replace meanwhile.
  absl::Status Snapshot(absl::Time deadline, const std::function<absl::Status(Session&)>& work);

  // Runs `work` in one transaction (READ COMMITTED) and commits when it returns OK, else rolls back. Deadlocks and lock timeouts
  // re-run `work` with jitter until `deadline`, so it must be free of other side effects. A COMMIT whose answer was lost is
  // UNAVAILABLE: the outcome is unknown, and the idempotency record tells it to the retry.
  absl::Status Write(absl::Time deadline, const std::function<absl::Status(Session&)>& work);

  // Runs several works in one transaction. With savepoints a work that fails is undone alone and the others commit together. Without them,
  // which saves one round trip a work, it undoes all. Returns a status for each, as of Write, and none for a work that was undone undecided
  // (by the failure of another, a deadlock, or a connection lost before COMMIT).
  struct Work {
    absl::Time deadline;
    std::function<absl::Status(Session&)> run;
  };
  std::vector<std::optional<absl::Status>> WriteTogether(const std::vector<const Work*>& works, bool savepoints);

  // Creates the schema when missing and applies the migrations `folder`/NNNN_name.sql that it has not seen, in order. Finishes what a
  // killed process has left. While another process migrates, waits some seconds, then UNAVAILABLE (migrate.h). Forward only: a file that
  // changed after it was applied is FAILED_PRECONDITION. Applied migrations that are not in the folders belong to a newer version.
  absl::Status Migrate(const std::vector<std::string>& folders);

  const Options& options() const;
  struct Stats {
    int open = 0, busy = 0, waiting = 0;
    Writes writes = Writes::kTaken;
  };
  Stats stats() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace heitie::sql

#endif  // HEITIE_COMMON_SQL_DATABASE_H_
