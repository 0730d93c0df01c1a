#include "common/sql/database.h"

#include <cppconn/connection.h>
#include <cppconn/driver.h>
#include <cppconn/exception.h>
#include <cppconn/prepared_statement.h>
#include <cppconn/resultset.h>
#include <cppconn/statement.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <random>
#include <sstream>
#include <thread>
#include <unordered_map>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "absl/time/clock.h"
#include "common/observe/metrics.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace heitie::sql {
namespace {

constexpr char kTimeFormat[] = "%Y-%m-%d %H:%M:%E6S";
// A statement that runs longer is ended by the server; no request's deadline is longer than a minute.
constexpr int kStatementSeconds = 60;
constexpr int kLockWaitSeconds = 5;
constexpr absl::Duration kConnectTime = absl::Seconds(5);
constexpr size_t kStatementsCached = 256;
// Statements that take longer are shown to operators.
constexpr absl::Duration kSlow = absl::Milliseconds(100);

// Connector/C++ reports whatever the server says as an exception: this is where it becomes a status.
absl::Status FromException(const ::sql::SQLException& e) {
  const std::string text = absl::StrCat("MySQL ", e.getErrorCode(), ": ", e.what());
  switch (e.getErrorCode()) {
    case 1062:
      return absl::AlreadyExistsError(text);
    case 1047:  // Galera: this node has no quorum.
    case 1205:
    case 1213:
      return absl::AbortedError(text);
    case 1451:
    case 1452:
    case 3819:
    case 4025:
      return absl::FailedPreconditionError(text);
    case 1264:
    case 1267:  // A text that the compared column's character set lacks.
    case 1366:
    case 1406:
    case 3854:  // 1267 of MySQL.
    case 3988:
      return absl::InvalidArgumentError(text);
    case 1969:
    case 3024:
      return absl::DeadlineExceededError(text);
    case 1040:
    case 1053:
    case 1927:
    case 2002:
    case 2003:
    case 2006:
    case 2013:
    case 2055:
      return status::RetryLater(status::kUnavailable, absl::Seconds(1), {{"what", "database"}, {"cause", text}});
    default:
      return absl::InternalError(text);
  }
}

// After these the server still knows the connection and its statements; after anything else it is thrown away.
bool ConnectionSurvives(int code) {
  if (code == 1243 || code == 1053 || code == 1927) return false;
  return (code >= 1000 && code < 2000) || (code >= 3000 && code < 5000);
}

// "2026-01-31 08:00:00" with up to six decimals, as both servers write it. absl::ParseTime costs twenty times as much.
absl::Time ParseTime(const std::string& text) {
  const auto number = [&](size_t begin, size_t size) {
    int value = 0;
    for (size_t i = begin; i < begin + size; ++i) value = value * 10 + (text[i] - '0');
    return value;
  };
  if (text.size() < 19) return absl::UnixEpoch();
  const absl::CivilSecond second(number(0, 4), number(5, 2), number(8, 2), number(11, 2), number(14, 2), number(17, 2));
  absl::Time time = absl::FromCivil(second, absl::UTCTimeZone());
  if (text.size() <= 20) return time;
  int micros = 0;
  for (size_t i = 20; i < 26; ++i) micros = micros * 10 + (i < text.size() ? text[i] - '0' : 0);
  return time + absl::Microseconds(micros);
}

class ConnectorRow final : public Row {
 public:
  explicit ConnectorRow(::sql::ResultSet& result) : result_(result) {}
  bool IsNull(int column) const override { return result_.isNull(column + 1); }
  int64_t Int(int column) const override { return IsNull(column) ? 0 : result_.getInt64(column + 1); }
  double Double(int column) const override { return IsNull(column) ? 0 : static_cast<double>(result_.getDouble(column + 1)); }
  std::string Text(int column) const override { return IsNull(column) ? std::string() : result_.getString(column + 1).asStdString(); }
  absl::Time Time(int column) const override { return IsNull(column) ? absl::UnixEpoch() : ParseTime(Text(column)); }

 private:
  ::sql::ResultSet& result_;
};

void BindValue(::sql::PreparedStatement& statement, unsigned index, const Value& value) {
  if (std::holds_alternative<std::monostate>(value)) {
    statement.setNull(index, 0);
  } else if (const auto* i = std::get_if<int64_t>(&value)) {
    statement.setInt64(index, *i);
  } else if (const auto* d = std::get_if<double>(&value)) {
    statement.setDouble(index, *d);
  } else if (const auto* s = std::get_if<std::string>(&value)) {
    statement.setString(index, *s);
  } else {
    statement.setDateTime(index, absl::FormatTime(kTimeFormat, std::get<absl::Time>(value), absl::UTCTimeZone()));
  }
}

// Notes a statement that takes long, with what its rows are made into.
class Stopwatch {
 public:
  explicit Stopwatch(const std::string& sql) : sql_(sql), start_(absl::Now()) {}
  ~Stopwatch() {
    const absl::Duration taken = absl::Now() - start_;
    if (taken >= kSlow) observe::NoteSlow(sql_, taken);
  }
  Stopwatch(const Stopwatch&) = delete;

 private:
  const std::string& sql_;
  const absl::Time start_;
};

// Rows to be inserted by one statement: a power of two of them, so that few statements are ever prepared, and not too many bytes.
size_t RowsTogether(const std::vector<Values>& rows, size_t begin) {
  constexpr size_t kRows = 32, kBytes = 1 << 20;
  size_t fit = 0;
  for (size_t bytes = 0; fit < kRows && begin + fit < rows.size(); ++fit) {
    for (const Value& value : rows[begin + fit]) {
      if (const auto* text = std::get_if<std::string>(&value)) bytes += text->size();
    }
    if (fit > 0 && bytes > kBytes) break;
  }
  size_t together = 1;
  while (together * 2 <= fit) together *= 2;
  return together;
}

// One connection with its prepared statements.
class ConnectorSession final : public Session {
 public:
  explicit ConnectorSession(std::unique_ptr<::sql::Connection> connection) : connection_(std::move(connection)) {}

  absl::StatusOr<int64_t> Execute(const std::string& sql, const Values& parameters) override {
    int64_t affected = 0;
    RETURN_IF_ERROR(InsertGathered(ReadBy::kTransaction));
    const Stopwatch stopwatch(sql);
    RETURN_IF_ERROR(Guard([&] { affected = Prepared(sql, parameters).executeUpdate(); }));
    return affected;
  }

  absl::Status Query(const std::string& sql, const Values& parameters, const std::function<void(const Row&)>& row) override {
    RETURN_IF_ERROR(InsertGathered(ReadBy::kTransaction));
    const Stopwatch stopwatch(sql);
    return Guard([&] {
      std::unique_ptr<::sql::ResultSet> result(Prepared(sql, parameters).executeQuery());
      const ConnectorRow current(*result);
      while (result->next()) row(current);
    });
  }

  absl::Status Append(const std::string& insert, Values row, ReadBy readers) override {
    if (!gathering_) return Insert(insert, {std::move(row)}, 0, 1);
    auto same = std::find_if(gathered_.begin(), gathered_.end(), [&](const Gathered& g) { return g.insert == insert; });
    if (same == gathered_.end()) same = gathered_.insert(same, {insert, readers, {}});
    same->rows.push_back(std::move(row));
    return absl::OkStatus();
  }

  // Runs `work`; what it throws must neither leave its transaction open in the pool nor end those that share it.
  absl::Status Run(const std::function<absl::Status(Session&)>& work) {
    try {
      return work(*this);
    } catch (const std::exception& e) {
      return absl::InternalError(absl::StrCat("exception: ", e.what()));
    } catch (...) {
      return absl::InternalError("exception of unknown type");
    }
  }

  // From now on rows that are appended are gathered.
  void Gather() { gathering_ = true; }
  // Ends the gathering; false when some of it could not be inserted.
  bool EndGathering() {
    InsertGathered(ReadBy::kTransaction).IgnoreError();
    InsertGathered(ReadBy::kNobody).IgnoreError();
    const bool all = gathering_;
    Forget();
    return all;
  }
  // Whether something that was gathered could not be inserted.
  bool GatheringFailed() const { return !gathering_ && !gathered_.empty(); }
  // Ends the gathering without what was gathered.
  void Forget() {
    gathering_ = false;
    gathered_.clear();
  }

  // A statement text without parameters, not prepared: transaction control and migrations.
  absl::Status Direct(const std::string& sql) {
    const Stopwatch stopwatch(sql);
    return Guard([&] {
      std::unique_ptr<::sql::Statement> statement(connection_->createStatement());
      statement->execute(sql);
    });
  }

  bool usable() const { return usable_; }
  void set_deadline(absl::Time deadline) { deadline_ = deadline; }

 private:
  template <typename F>
  absl::Status Guard(F work) {
    if (absl::Now() >= deadline_) return status::Error(status::kDeadline);
    try {
      work();
      return absl::OkStatus();
    } catch (const ::sql::SQLException& e) {
      if (!ConnectionSurvives(e.getErrorCode())) usable_ = false;
      return FromException(e);
    } catch (const std::exception& e) {
      usable_ = false;
      return absl::InternalError(e.what());
    }
  }

  ::sql::PreparedStatement& Prepared(const std::string& sql, const Values& parameters) {
    auto it = statements_.find(sql);
    if (it == statements_.end()) {
      if (statements_.size() >= kStatementsCached) statements_.clear();
      it = statements_.emplace(sql, std::unique_ptr<::sql::PreparedStatement>(connection_->prepareStatement(sql))).first;
    }
    for (size_t i = 0; i < parameters.size(); ++i) BindValue(*it->second, static_cast<unsigned>(i + 1), parameters[i]);
    return *it->second;
  }

  absl::Status InsertGathered(ReadBy readers) {
    if (!gathering_ || gathered_.empty()) return absl::OkStatus();
    for (Gathered& gathered : gathered_) {
      if (gathered.readers != readers || gathered.rows.empty()) continue;
      gathering_ = false;  // The statements below are not preceded by this again, and after one that fails it stays so.
      for (size_t begin = 0; begin < gathered.rows.size();) {
        const size_t together = RowsTogether(gathered.rows, begin);
        RETURN_IF_ERROR(Insert(gathered.insert, gathered.rows, begin, begin + together));
        begin += together;
      }
      gathering_ = true;
      gathered.rows.clear();
    }
    return absl::OkStatus();
  }

  absl::Status Insert(const std::string& insert, const std::vector<Values>& rows, size_t begin, size_t end) {
    const std::string marks = absl::StrCat("(?", Repeated(",?", rows[begin].size() - 1), ")");
    Values values;
    values.reserve((end - begin) * rows[begin].size());
    for (size_t i = begin; i < end; ++i) values.insert(values.end(), rows[i].begin(), rows[i].end());
    return Execute(absl::StrCat(insert, " VALUES ", marks, Repeated("," + marks, end - begin - 1)), values).status();
  }
  static std::string Repeated(const std::string& text, size_t times) {
    std::string all;
    while (times-- > 0) all += text;
    return all;
  }

  struct Gathered {
    std::string insert;
    ReadBy readers;
    std::vector<Values> rows;
  };

  bool gathering_ = false;
  std::vector<Gathered> gathered_;                 // in the order of their first row
  std::unique_ptr<::sql::Connection> connection_;  // Outlives its statements.
  std::unordered_map<std::string, std::unique_ptr<::sql::PreparedStatement>> statements_;
  absl::Time deadline_ = absl::InfiniteFuture();
  bool usable_ = true;
};

// Made before the first connection, for it initialises the client library.
::sql::Driver* Driver() {
  static ::sql::Driver* const kDriver = get_driver_instance();
  return kDriver;
}

absl::Duration Jitter(int attempt) {
  thread_local std::minstd_rand random(std::random_device{}());
  const int ceiling = std::min(1 << std::min(attempt, 6), 64) * 2;  // 2 … 128 ms
  return absl::Milliseconds(std::uniform_int_distribution<int>(1, ceiling)(random));
}

}  // namespace

struct Database::Impl {
  explicit Impl(Options o) : options(std::move(o)) {}

  // A database that does not answer is given up by the deadline, or somewhat later: the connector knows whole seconds.
  absl::StatusOr<std::unique_ptr<ConnectorSession>> Connect(absl::Time deadline, bool with_schema) {
    try {
      ::sql::ConnectOptionsMap map;
      map["hostName"] = ::sql::SQLString(options.socket.empty() ? absl::StrCat("tcp://", options.host, ":", options.port)
                                                                : absl::StrCat("unix://", options.socket));
      map["userName"] = ::sql::SQLString(options.user);
      map["password"] = ::sql::SQLString(options.password);
      if (with_schema) map["schema"] = ::sql::SQLString(options.schema);
      map["CLIENT_FOUND_ROWS"] = true;
      const absl::Duration time = std::clamp(deadline - absl::Now(), absl::Seconds(1), kConnectTime);
      map["OPT_CONNECT_TIMEOUT"] = static_cast<int>(absl::ToInt64Seconds(absl::Ceil(time, absl::Seconds(1))));
      map["OPT_READ_TIMEOUT"] = kStatementSeconds + 5;
      if (!options.tls_ca.empty()) map["sslCA"] = ::sql::SQLString(options.tls_ca);
      auto session = std::make_unique<ConnectorSession>(std::unique_ptr<::sql::Connection>(Driver()->connect(map)));
      RETURN_IF_ERROR(session->Direct(absl::StrCat("SET NAMES utf8mb4, time_zone = '+00:00', innodb_lock_wait_timeout = ", kLockWaitSeconds,
                                                   ", sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO'")));
      RETURN_IF_ERROR(session->Direct("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"));
      // MariaDB bounds every statement, MySQL only SELECT; the other server does not know the name.
      if (!session->Direct(absl::StrCat("SET SESSION max_statement_time = ", kStatementSeconds)).ok()) {
        session->Direct(absl::StrCat("SET SESSION max_execution_time = ", kStatementSeconds * 1000)).IgnoreError();
      }
      return session;
    } catch (const ::sql::SQLException& e) {
      return FromException(e);
    }
  }

  absl::StatusOr<std::unique_ptr<ConnectorSession>> Take(absl::Time deadline) {
    std::unique_lock<std::mutex> lock(mutex);
    ++waiting;
    const auto until = absl::ToChronoTime(std::min(deadline, absl::Now() + absl::Minutes(5)));
    const bool free = released.wait_until(lock, until, [&] { return !idle.empty() || open < options.pool_size; });
    --waiting;
    if (!free) return status::Error(status::kDeadline);
    ++busy;
    if (!idle.empty()) {
      std::unique_ptr<ConnectorSession> session = std::move(idle.back());
      idle.pop_back();
      return session;
    }
    ++open;
    lock.unlock();
    absl::StatusOr<std::unique_ptr<ConnectorSession>> session = Connect(deadline, true);
    if (!session.ok()) {
      lock.lock();
      --open;
      --busy;
      released.notify_one();
    }
    return session;
  }

  void Return(std::unique_ptr<ConnectorSession> session) {
    session->set_deadline(absl::InfiniteFuture());
    std::vector<std::unique_ptr<ConnectorSession>> dead;  // closed outside of the lock
    {
      std::lock_guard<std::mutex> lock(mutex);
      --busy;
      if (session->usable()) {
        idle.push_back(std::move(session));
      } else {
        --open;
        // The server went away under one connection: the others that lie idle are most likely dead as well.
        dead.swap(idle);
        open -= static_cast<int>(dead.size());
      }
      released.notify_one();
    }
  }

  const Options options;
  mutable std::mutex mutex;
  std::condition_variable released;
  std::vector<std::unique_ptr<ConnectorSession>> idle;
  int open = 0, busy = 0, waiting = 0;

  // Holds a connection for a scope.
  class Lease {
   public:
    Lease(Impl& impl, std::unique_ptr<ConnectorSession> session) : impl_(impl), session_(std::move(session)) {}
    ~Lease() { impl_.Return(std::move(session_)); }
    ConnectorSession& operator*() { return *session_; }
    ConnectorSession* operator->() { return session_.get(); }

   private:
    Impl& impl_;
    std::unique_ptr<ConnectorSession> session_;
  };

  // One attempt; `retry` tells whether another may succeed.
  absl::Status TryWrite(absl::Time deadline, const std::function<absl::Status(Session&)>& work, bool* retry) {
    *retry = false;
    ASSIGN_OR_RETURN(auto session, Take(deadline));
    Lease lease(*this, std::move(session));
    lease->set_deadline(deadline);
    RETURN_IF_ERROR(lease->Direct("START TRANSACTION"));
    absl::Status status = lease->Run(work);
    lease->set_deadline(absl::InfiniteFuture());
    if (!status.ok()) {
      // Only the database's own aborts are re-run, not a handler's answer of the same code.
      *retry = absl::IsAborted(status) && status::ReasonOf(status).empty() && lease->usable();
      if (lease->usable()) lease->Direct("ROLLBACK").IgnoreError();
      return status;
    }
    status = lease->Direct("COMMIT");
    *retry = absl::IsAborted(status);  // Galera certifies at COMMIT: 1213 means not committed.
    return status;
  }
};

namespace {

// One attempt of several works; see Database::WriteTogether.
class Together {
 public:
  Together(ConnectorSession& session, const std::vector<const Database::Work*>& works, bool savepoints)
      : session_(session), works_(works), savepoints_(savepoints), statuses_(works.size()) {}

  std::vector<std::optional<absl::Status>> Run() {
    if (!session_.Direct("START TRANSACTION").ok()) return Undecided();
    if (!savepoints_) session_.Gather();
    for (size_t i = 0; i < works_.size(); ++i) {
      if (!RunOne(i)) return Undecided();
    }
    session_.set_deadline(absl::InfiniteFuture());
    if (!savepoints_ && !session_.EndGathering()) return Undecided();
    const absl::Status committed = session_.Direct("COMMIT");
    if (absl::IsAborted(committed)) return Undecided();  // Galera certifies at COMMIT.
    if (!committed.ok()) {
      // A refusal rests on what may not have been committed: it is no answer.
      for (auto& status : statuses_) status = status->ok() ? std::optional(committed) : std::nullopt;
    }
    return std::move(statuses_);
  }

 private:
  // False when the transaction cannot go on.
  bool RunOne(size_t i) {
    session_.set_deadline(absl::InfiniteFuture());
    if (savepoints_ && !session_.Direct("SAVEPOINT work").ok()) return false;
    session_.set_deadline(works_[i]->deadline);
    absl::Status status = session_.Run(works_[i]->run);
    session_.set_deadline(absl::InfiniteFuture());
    if (session_.GatheringFailed()) return false;
    // After a deadlock the server has undone everything; a lock that does not come would hold up everybody behind.
    if (!session_.usable() || (absl::IsAborted(status) && status::ReasonOf(status).empty())) return false;
    if (!status.ok() && (!savepoints_ || !session_.Direct("ROLLBACK TO SAVEPOINT work").ok())) return false;
    statuses_[i] = std::move(status);
    return true;
  }

  std::vector<std::optional<absl::Status>> Undecided() {
    session_.Forget();
    session_.set_deadline(absl::InfiniteFuture());
    if (session_.usable()) session_.Direct("ROLLBACK").IgnoreError();
    return std::vector<std::optional<absl::Status>>(works_.size());
  }

  ConnectorSession& session_;
  const std::vector<const Database::Work*>& works_;
  const bool savepoints_;
  std::vector<std::optional<absl::Status>> statuses_;
};

}  // namespace

Database::Database(Options options) : impl_(std::make_unique<Impl>(std::move(options))) { Driver(); }
Database::~Database() = default;

const Options& Database::options() const { return impl_->options; }

Database::Stats Database::stats() const {
  std::lock_guard<std::mutex> lock(impl_->mutex);
  return {impl_->open, impl_->busy, impl_->waiting};
}

absl::Status Database::Read(absl::Time deadline, const std::function<absl::Status(Session&)>& work) {
  ASSIGN_OR_RETURN(auto session, impl_->Take(deadline));
  Impl::Lease lease(*impl_, std::move(session));
  lease->set_deadline(deadline);
  return lease->Run(work);
}

absl::Status Database::Write(absl::Time deadline, const std::function<absl::Status(Session&)>& work) {
  for (int attempt = 0;; ++attempt) {
    bool retry = false;
    const absl::Status status = impl_->TryWrite(deadline, work, &retry);
    if (status.ok() || !retry) return status;
    const absl::Duration pause = Jitter(attempt);
    if (absl::Now() + pause >= deadline) return status;
    absl::SleepFor(pause);
  }
}

std::vector<std::optional<absl::Status>> Database::WriteTogether(const std::vector<const Work*>& works, bool savepoints) {
  absl::Time deadline = absl::InfinitePast();
  for (const Work* work : works) deadline = std::max(deadline, work->deadline);
  absl::StatusOr<std::unique_ptr<ConnectorSession>> session = impl_->Take(deadline);
  if (!session.ok()) return std::vector<std::optional<absl::Status>>(works.size(), session.status());
  Impl::Lease lease(*impl_, *std::move(session));
  return Together(*lease, works, savepoints).Run();
}

namespace {

struct Migration {
  std::string id;  // "<folder's parent>/<file>", for example "resource/0001_stock.sql"
  std::string text;
};

absl::StatusOr<std::vector<Migration>> LoadMigrations(const std::vector<std::string>& folders) {
  std::vector<Migration> migrations;
  for (const std::string& folder : folders) {
    std::error_code error;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
      if (entry.path().extension() == ".sql") files.push_back(entry.path());
    }
    if (error) return absl::NotFoundError(absl::StrCat("migrations: ", folder, ": ", error.message()));
    std::sort(files.begin(), files.end());
    const std::string owner = std::filesystem::path(folder).parent_path().filename().string();
    for (const auto& file : files) {
      std::ifstream in(file);
      std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
      migrations.push_back({absl::StrCat(owner, "/", file.filename().string()), std::move(text)});
    }
  }
  return migrations;
}

// Statements end with `;` at the end of a line; lines that begin with `--` are comments.
std::vector<std::string> SplitStatements(const std::string& text) {
  std::vector<std::string> statements(1);
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("--", 0) == 0) continue;
    absl::StrAppend(&statements.back(), line, "\n");
    if (!line.empty() && line.back() == ';') statements.emplace_back();
  }
  if (statements.back().find_first_not_of(" \n\t") == std::string::npos) statements.pop_back();
  return statements;
}

absl::Status Apply(ConnectorSession& session, const Migration& migration) {
  std::string applied;
  RETURN_IF_ERROR(session.Query("SELECT LOWER(HEX(checksum)) = SHA2(?, 256) FROM migration WHERE id = ?",
                                Bind(migration.text, migration.id), [&](const Row& row) { applied = row.Text(0); }));
  if (applied == "1") return absl::OkStatus();
  if (!applied.empty()) return absl::FailedPreconditionError(absl::StrCat("migration ", migration.id, " changed after it was applied"));
  for (const std::string& statement : SplitStatements(migration.text)) {
    absl::Status status = session.Direct(statement);
    if (!status.ok())
      return absl::Status(status.code(), absl::StrCat("migration ", migration.id, ": ", std::string(status.message()), " in: ", statement));
  }
  return session
      .Execute("INSERT INTO migration (id, checksum, apply_time) VALUES (?, UNHEX(SHA2(?, 256)), UTC_TIMESTAMP(6))",
               Bind(migration.id, migration.text))
      .status();
}

}  // namespace

absl::Status Database::Migrate(const std::vector<std::string>& folders) {
  ASSIGN_OR_RETURN(const std::vector<Migration> migrations, LoadMigrations(folders));
  const std::string& schema = impl_->options.schema;
  const bool plain =
      !schema.empty() && schema.size() <= 64 && schema.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
  if (!plain) return absl::InvalidArgumentError(absl::StrCat("not a schema name (a-z, 0-9, _): ", schema));

  ASSIGN_OR_RETURN(auto session, impl_->Connect(absl::Now() + kConnectTime, false));
  RETURN_IF_ERROR(
      session->Direct(absl::StrCat("CREATE DATABASE IF NOT EXISTS ", schema, " DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")));
  RETURN_IF_ERROR(session->Direct(absl::StrCat("USE ", schema)));
  // A session lock, so that replicas that start together migrate one after the other; it goes with the connection.
  bool locked = false;
  RETURN_IF_ERROR(session->Query("SELECT GET_LOCK(?, 60)", Bind("migrate_" + schema), [&](const Row& row) { locked = row.Int(0) == 1; }));
  if (!locked) return absl::UnavailableError("another process has been migrating for a minute");
  RETURN_IF_ERROR(
      session->Direct("CREATE TABLE IF NOT EXISTS migration (id VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY, "
                      "checksum BINARY(32) NOT NULL, apply_time DATETIME(6) NOT NULL) ENGINE=InnoDB"));
  for (const Migration& migration : migrations) RETURN_IF_ERROR(Apply(*session, migration));
  return absl::OkStatus();
}

}  // namespace heitie::sql
