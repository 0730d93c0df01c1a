// One connection of the connector with its prepared statements: exceptions become statuses (errors.h), and what became of the connection is
// remembered for the pool.
#ifndef HEITIE_COMMON_SQL_CONNECTION_H_
#define HEITIE_COMMON_SQL_CONNECTION_H_

#include <cppconn/connection.h>
#include <cppconn/prepared_statement.h>

#include <atomic>
#include <chrono>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/sql/database.h"
#include "common/sql/errors.h"
#include "common/sql/kept_rows.h"

namespace heitie::sql {

// What the connections of a pool share; outlives them.
struct Common {
  // Asked to close what else holds prepared statements, when the server knows too many.
  std::function<void()> free_statements;
  std::atomic<Writes> writes{Writes::kTaken};
};

// Names and values of a server's variables.
using Variables = std::vector<std::pair<std::string, std::string>>;

// What a session sets where the server has these variables, as the end of a SET statement: MariaDB bounds every statement, MySQL only
// SELECT; a node of a Galera cluster waits, before it reads, for what other nodes have committed (else one does not find there what was
// written on another, and is refused for it).
std::string SettingsOf(const Variables& variables);

class Connection final : public Session {
 public:
  using Clock = std::chrono::steady_clock;

  // Prepared statements of a connection at most; the least recently used is closed for a new one. With six services of 18 connections that
  // is 13,824, and MySQL's max_prepared_stmt_count is 16,382 when nobody sets it. Where it does not suffice, the server's refusal (1461)
  // makes this connection close some of its own and try again.
  static constexpr size_t kStatements = 128;

  // A database that does not answer is given up by the deadline, or somewhat later: the connector knows whole seconds.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const Options& options, Common& common, absl::Time deadline, bool with_schema);
  Connection(std::unique_ptr<::sql::Connection> connection, Common& common, absl::Duration greatest_age);

  absl::StatusOr<int64_t> Execute(const std::string& sql, const Values& parameters) override;
  absl::Status Query(const std::string& sql, const Values& parameters, const std::function<void(const Row&)>& row) override;
  absl::Status Append(const std::string& insert, Values row, ReadBy readers) override;
  absl::Status Together(const std::function<absl::Status()>& work) override;

  // A statement text without parameters, not prepared: transaction control, migrations, settings.
  absl::Status Direct(const std::string& sql);
  // The rows of such a statement, as texts of their first two columns.
  absl::StatusOr<Variables> DirectRows(const std::string& sql);

  // Runs `work`; what it throws must neither leave its transaction open in the pool nor end those that share it.
  absl::Status Run(const std::function<absl::Status(Session&)>& work);

  // From now on rows that are appended are gathered.
  void Gather() { gathering_ = true; }
  // And rows that are locked are kept (kept_rows.h).
  void GatherAndKeep() { gathering_ = keeping_ = true; }
  // Ends the gathering; false when some of it could not be written.
  bool EndGathering();
  // Whether something that was gathered could not be written.
  bool GatheringFailed() const { return !gathering_ && (!gathered_.empty() || kept_.pending()); }
  // Ends the gathering without what was gathered.
  void Forget();
  // While a kept row is written nothing is kept.
  KeptRows* kept() { return gathering_ && keeping_ ? &kept_ : nullptr; }
  // Rises with whatever a work changes while rows are gathered, as soon as it is asked for.
  uint64_t changes() const { return changes_; }

  // Begins a use of the connection; no statement of it begins after the deadline.
  void Lend(absl::Time deadline, bool reused);
  void set_deadline(absl::Time deadline) { deadline_ = deadline; }
  // What becomes of it.
  Then then() const { return then_; }
  bool usable() const { return then_ == Then::kKeep; }
  // Whether it turned out dead, or not to be served, before anything was done on it in this use: another may do.
  bool WasStale() const { return reused_ && !usable() && !began_; }

  void Rest() { idle_since_ = Clock::now(); }
  // Whether it is too old to be used again, or lay idle for too long.
  bool Expired(Clock::time_point now, absl::Duration greatest_idle) const {
    return now >= expires_ || now >= idle_since_ + absl::ToChronoMicroseconds(greatest_idle);
  }

 private:
  struct Statement {
    std::string sql;
    std::unique_ptr<::sql::PreparedStatement> prepared;
  };
  struct Gathered {
    std::string insert, table;
    ReadBy readers;
    std::vector<Values> rows;
  };

  template <typename F>
  absl::Status Guard(F work);
  // Remembers whether the database takes writes.
  absl::Status NoteWrite(const absl::Status& status, int64_t affected);
  ::sql::PreparedStatement& Prepared(const std::string& sql, const Values& parameters);
  std::unique_ptr<::sql::PreparedStatement> Prepare(const std::string& sql);
  void CloseStatements(size_t left);
  // What a query could see; all of it before another statement, whose keys and checks may lead anywhere.
  absl::Status WriteGathered(const std::string* query = nullptr);
  absl::Status WriteKept();
  absl::Status InsertGathered(ReadBy readers, const std::string* query = nullptr);
  absl::Status InsertRows(Gathered& gathered);
  absl::Status Insert(const std::string& insert, const std::vector<Values>& rows, size_t begin, size_t end);

  Common& common_;
  std::unique_ptr<::sql::Connection> connection_;  // Outlives its statements.
  std::list<Statement> statements_;                // The most recently used first.
  std::unordered_map<std::string, std::list<Statement>::iterator> by_sql_;
  bool gathering_ = false, keeping_ = false;
  std::vector<Gathered> gathered_;  // in the order of their first row
  KeptRows kept_;
  uint64_t changes_ = 0;
  absl::Time deadline_ = absl::InfiniteFuture();
  Then then_ = Then::kKeep;
  bool reused_ = false;
  bool began_ = false;
  const Clock::time_point expires_;
  Clock::time_point idle_since_ = Clock::now();
};

}  // namespace heitie::sql

#endif  // HEITIE_COMMON_SQL_CONNECTION_H_
