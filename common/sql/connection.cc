#include "common/sql/connection.h"

#include <cppconn/driver.h>
#include <cppconn/exception.h>
#include <cppconn/resultset.h>
#include <cppconn/statement.h>

#include <algorithm>
#include <random>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/observe/metrics.h"
#include "common/sql/figures.h"
#include "common/sql/placeholders.h"
#include "common/sql/rows.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace heitie::sql {
namespace {

// A statement that runs longer is ended by the server; no request's deadline is longer than a minute.
constexpr int kStatementSeconds = 60;
constexpr int kLockWaitSeconds = 5;
constexpr absl::Duration kConnectTime = absl::Seconds(5);
// Statements that take longer are shown to operators.
constexpr absl::Duration kSlow = absl::Milliseconds(100);
constexpr int kTooManyStatements = 1461;
// Rows of one table that are kept before they are inserted.
constexpr size_t kMostGathered = 256;

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

// Made before the first connection, for it initialises the client library.
::sql::Driver* Driver() {
  static ::sql::Driver* const kDriver = get_driver_instance();
  return kDriver;
}

// Not all connections end at the same time.
Connection::Clock::time_point Expiry(absl::Duration greatest_age) {
  thread_local std::minstd_rand random(std::random_device{}());
  return Connection::Clock::now() + absl::ToChronoMicroseconds(greatest_age * std::uniform_real_distribution<>(0.8, 1.2)(random));
}

::sql::ConnectOptionsMap OptionsMap(const Options& options, const std::string& password, absl::Time deadline, bool with_schema) {
  ::sql::ConnectOptionsMap map;
  map["hostName"] = ::sql::SQLString(options.socket.empty() ? absl::StrCat("tcp://", options.host, ":", options.port)
                                                            : absl::StrCat("unix://", options.socket));
  map["userName"] = ::sql::SQLString(options.user);
  map["password"] = ::sql::SQLString(password);
  if (with_schema) map["schema"] = ::sql::SQLString(options.schema);
  map["CLIENT_FOUND_ROWS"] = true;
  const absl::Duration time = std::clamp(deadline - absl::Now(), absl::Seconds(1), kConnectTime);
  map["OPT_CONNECT_TIMEOUT"] = static_cast<int>(absl::ToInt64Seconds(absl::Ceil(time, absl::Seconds(1))));
  map["OPT_READ_TIMEOUT"] = kStatementSeconds + 5;
  if (options.tls_ca.empty()) return map;
  map["sslCA"] = ::sql::SQLString(options.tls_ca);
  map["sslEnforce"] = true;
  // The certificate is of the host that was asked for, not only of the CA.
  map["sslVerify"] = true;
  return map;
}

// Of "INSERT INTO event (id, …"; what is spelled otherwise is "", which every text contains.
std::string TableOf(const std::string& insert) {
  static constexpr absl::string_view kInto = "INSERT INTO ";
  if (!absl::StartsWith(insert, kInto)) return "";
  const size_t end = insert.find_first_of(" (", kInto.size());
  const std::string table = insert.substr(kInto.size(), end == std::string::npos ? end : end - kInto.size());
  return table.find('`') == std::string::npos ? table : "";
}

absl::Status SetUp(Connection& connection) {
  ASSIGN_OR_RETURN(const Variables variables,
                   connection.DirectRows("SHOW VARIABLES WHERE variable_name IN ('max_statement_time', 'max_execution_time', 'wsrep_on')"));
  RETURN_IF_ERROR(connection.Direct(absl::StrCat("SET NAMES utf8mb4, time_zone = '+00:00', innodb_lock_wait_timeout = ", kLockWaitSeconds,
                                                 ", sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO'",
                                                 SettingsOf(variables))));
  return connection.Direct("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
}

absl::StatusOr<std::unique_ptr<Connection>> OpenWith(const Options& options, const std::string& password, Common& common,
                                                     absl::Time deadline, bool with_schema) {
  try {
    ::sql::ConnectOptionsMap map = OptionsMap(options, password, deadline, with_schema);
    auto connection =
        std::make_unique<Connection>(std::unique_ptr<::sql::Connection>(Driver()->connect(map)), common, options.greatest_age);
    RETURN_IF_ERROR(SetUp(*connection));
    return connection;
  } catch (const ::sql::SQLException& e) {
    return ToStatus(e.getErrorCode(), e.what());
  }
}

}  // namespace

std::string SettingsOf(const Variables& variables) {
  std::string settings;
  for (const auto& [name, value] : variables) {
    if (name == "max_statement_time") absl::StrAppend(&settings, ", max_statement_time = ", kStatementSeconds);
    if (name == "max_execution_time") absl::StrAppend(&settings, ", max_execution_time = ", kStatementSeconds * 1000);
    if (name == "wsrep_on" && value == "ON") absl::StrAppend(&settings, ", wsrep_sync_wait = 1");
  }
  return settings;
}

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const Options& options, Common& common, absl::Time deadline,
                                                             bool with_schema) {
  const std::vector<std::string> passwords = options.passwords ? options.passwords() : std::vector{options.password};
  absl::StatusOr<std::unique_ptr<Connection>> opened = absl::InternalError("no password");
  for (const std::string& password : passwords) {
    opened = OpenWith(options, password, common, deadline, with_schema);
    if (!IsOf(opened.status(), ErrorKind::kRefused)) return opened;
    ++Figures::Get().refusals;
  }
  return opened;
}

Connection::Connection(std::unique_ptr<::sql::Connection> connection, Common& common, absl::Duration greatest_age)
    : common_(common), connection_(std::move(connection)), expires_(Expiry(greatest_age)) {}

template <typename F>
absl::Status Connection::Guard(F work) {
  if (absl::Now() >= deadline_) return status::Error(status::kDeadline);
  try {
    work();
    return absl::OkStatus();
  } catch (const ::sql::SQLException& e) {
    const Error error = Classify(e.getErrorCode(), e.what());
    then_ = std::max(then_, error.then);
    return ToStatus(e.getErrorCode(), e.what());
  } catch (const std::exception& e) {
    then_ = std::max(then_, Then::kClose);
    return absl::InternalError(e.what());
  }
}

absl::Status Connection::NoteWrite(const absl::Status& status, int64_t affected) {
  if (affected > 0 && common_.writes != Writes::kTaken) common_.writes = Writes::kTaken;
  if (status.ok()) return status;
  if (IsOf(status, ErrorKind::kFull)) common_.writes = Writes::kNoSpace;
  if (IsOf(status, ErrorKind::kReadOnly)) common_.writes = Writes::kReadOnly;
  return status;
}

absl::StatusOr<int64_t> Connection::Execute(const std::string& sql, const Values& parameters) {
  int64_t affected = 0;
  // It forgets what is kept, so all of that is written. Rows that were appended to tables that it does not spell wait on: so those of works
  // that change something between their inserts are still inserted together.
  RETURN_IF_ERROR(WriteKept());
  RETURN_IF_ERROR(InsertGathered(ReadBy::kTransaction, &sql));
  if (gathering_) {
    ++changes_;
    kept_.Clear();
  }
  const Stopwatch stopwatch(sql);
  const absl::Status done = Guard([&] {
    ::sql::PreparedStatement& statement = Prepared(sql, parameters);
    began_ = true;
    affected = statement.executeUpdate();
  });
  RETURN_IF_ERROR(NoteWrite(done, affected));
  return affected;
}

absl::Status Connection::Query(const std::string& sql, const Values& parameters, const std::function<void(const Row&)>& row) {
  RETURN_IF_ERROR(WriteGathered(&sql));
  const Stopwatch stopwatch(sql);
  return Guard([&] {
    std::unique_ptr<::sql::ResultSet> result(Prepared(sql, parameters).executeQuery());
    began_ = true;
    const ConnectorRow current(*result);
    while (result->next()) row(current);
  });
}

absl::Status Connection::Append(const std::string& insert, Values row, ReadBy readers) {
  if (!gathering_) return Insert(insert, {std::move(row)}, 0, 1);
  ++changes_;
  auto same = std::find_if(gathered_.begin(), gathered_.end(), [&](const Gathered& g) { return g.insert == insert; });
  if (same == gathered_.end()) same = gathered_.insert(same, {insert, TableOf(insert), readers, {}});
  same->rows.push_back(std::move(row));
  return same->rows.size() < kMostGathered ? absl::OkStatus() : InsertRows(*same);
}

absl::Status Connection::Together(const std::function<absl::Status()>& work) {
  if (gathering_) return work();  // together with those that share the commit
  const std::unique_ptr<Connection, void (*)(Connection*)> end(this, [](Connection* connection) { connection->Forget(); });
  Gather();
  absl::Status status = work();
  if (status.ok()) status = InsertGathered(ReadBy::kTransaction);
  if (status.ok()) status = InsertGathered(ReadBy::kNobody);
  if (status.ok() && !gathering_) status = absl::InternalError("rows could not be inserted, and nobody heard of it");
  return status;
}

absl::Status Connection::Direct(const std::string& sql) {
  const Stopwatch stopwatch(sql);
  return NoteWrite(Guard([&] {
                     std::unique_ptr<::sql::Statement> statement(connection_->createStatement());
                     statement->execute(sql);
                     began_ = true;
                   }),
                   0);
}

absl::StatusOr<Variables> Connection::DirectRows(const std::string& sql) {
  Variables rows;
  RETURN_IF_ERROR(Guard([&] {
    std::unique_ptr<::sql::Statement> statement(connection_->createStatement());
    std::unique_ptr<::sql::ResultSet> result(statement->executeQuery(sql));
    while (result->next()) rows.emplace_back(result->getString(1).asStdString(), result->getString(2).asStdString());
  }));
  return rows;
}

absl::Status Connection::Run(const std::function<absl::Status(Session&)>& work) {
  try {
    return work(*this);
  } catch (const std::exception& e) {
    return absl::InternalError(absl::StrCat("exception: ", e.what()));
  } catch (...) {
    return absl::InternalError("exception of unknown type");
  }
}

bool Connection::EndGathering() {
  WriteGathered().IgnoreError();
  InsertGathered(ReadBy::kNobody).IgnoreError();
  const bool all = gathering_;
  Forget();
  return all;
}

void Connection::Forget() {
  gathering_ = keeping_ = false;
  gathered_.clear();
  kept_.Clear();
}

void Connection::Lend(absl::Time deadline, bool reused) {
  deadline_ = deadline;
  reused_ = reused;
  began_ = false;
}

::sql::PreparedStatement& Connection::Prepared(const std::string& sql, const Values& parameters) {
  const auto known = by_sql_.find(sql);
  if (known != by_sql_.end()) {
    statements_.splice(statements_.begin(), statements_, known->second);
  } else {
    CloseStatements(kStatements - 1);
    statements_.push_front({sql, Prepare(sql)});
    by_sql_[sql] = statements_.begin();
  }
  ::sql::PreparedStatement& statement = *statements_.front().prepared;
  BindValues(statement, parameters);
  return statement;
}

// The server counts the statements of all its clients together. What closing makes room for may be taken by another, so that this goes on
// until there is nothing left to close.
std::unique_ptr<::sql::PreparedStatement> Connection::Prepare(const std::string& sql) {
  for (int alone = 0;;) {
    try {
      return std::unique_ptr<::sql::PreparedStatement>(connection_->prepareStatement(sql));
    } catch (const ::sql::SQLException& e) {
      if (e.getErrorCode() != kTooManyStatements || alone == 5) throw;
    }
    if (!statements_.empty()) {
      CloseStatements(statements_.size() / 2);
    } else {
      common_.free_statements();
      // The server closes what a connection leaves behind a moment later.
      std::this_thread::sleep_for(std::chrono::milliseconds(1 << alone++));
    }
  }
}

void Connection::CloseStatements(size_t left) {
  while (statements_.size() > left) {
    by_sql_.erase(statements_.back().sql);
    statements_.pop_back();
  }
}

absl::Status Connection::WriteGathered(const std::string* query) {
  if (query == nullptr || kept_.PendingFor(*query)) RETURN_IF_ERROR(WriteKept());
  return InsertGathered(ReadBy::kTransaction, query);
}

absl::Status Connection::WriteKept() {
  if (!gathering_ || !kept_.pending()) return absl::OkStatus();
  gathering_ = false;  // As below.
  RETURN_IF_ERROR(kept_.WriteAll(*this));
  gathering_ = true;
  return absl::OkStatus();
}

absl::Status Connection::InsertGathered(ReadBy readers, const std::string* query) {
  if (!gathering_ || gathered_.empty()) return absl::OkStatus();
  for (Gathered& gathered : gathered_) {
    const bool seen = query == nullptr || query->find(gathered.table) != std::string::npos;
    if (gathered.readers == readers && seen) RETURN_IF_ERROR(InsertRows(gathered));
  }
  return absl::OkStatus();
}

absl::Status Connection::InsertRows(Gathered& gathered) {
  gathering_ = false;  // The statements below are not preceded by InsertGathered, and after one that fails it stays so.
  for (size_t begin = 0; begin < gathered.rows.size();) {
    const size_t together = RowsTogether(gathered.rows, begin);
    RETURN_IF_ERROR(Insert(gathered.insert, gathered.rows, begin, begin + together));
    begin += together;
  }
  gathering_ = true;
  gathered.rows.clear();
  return absl::OkStatus();
}

absl::Status Connection::Insert(const std::string& insert, const std::vector<Values>& rows, size_t begin, size_t end) {
  Values values;
  values.reserve((end - begin) * rows[begin].size());
  for (size_t i = begin; i < end; ++i) values.insert(values.end(), rows[i].begin(), rows[i].end());
  const std::string row = absl::StrCat("(", Placeholders(rows[begin].size()), ")");
  return Execute(absl::StrCat(insert, " VALUES ", Placeholders(end - begin, row)), values).status();
}

}  // namespace heitie::sql
