#include "common/sql/migrate.h"

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/sql/database_impl.h"
#include "common/status/macros.h"

namespace heitie::sql {
namespace {

constexpr absl::Duration kReconnectTime = absl::Seconds(5);
// How often a process that waits looks whether it is its turn.
constexpr absl::Duration kLook = absl::Milliseconds(100);

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

enum class Verb { kData, kDefinition, kOther };

Verb VerbOf(const std::string& statement) {
  const std::vector<std::string> words = absl::StrSplit(statement, absl::MaxSplits(absl::ByAnyChar(" \t\n"), 1), absl::SkipEmpty());
  const std::string verb = words.empty() ? "" : absl::AsciiStrToUpper(words[0]);
  for (const char* data : {"INSERT", "UPDATE", "DELETE", "REPLACE"}) {
    if (verb == data) return Verb::kData;
  }
  for (const char* definition : {"CREATE", "ALTER", "DROP", "RENAME"}) {
    if (verb == definition) return Verb::kDefinition;
  }
  return Verb::kOther;
}

// Whether the server's answer to a definition that may have been applied before says that it was.
bool SaysDone(const absl::Status& status, const std::string& statement) {
  const std::optional<Error> error = ErrorOf(status);
  if (!error) return false;
  switch (error->code) {
    case 1050:  // the table exists
    case 1051:  // the table to be dropped does not
    case 1060:  // the column exists
    case 1061:  // the key exists
    case 1068:  // the primary key exists
    case 1091:  // the column or key to be dropped does not
    case 1826:  // the foreign key, in MariaDB any constraint, exists
    case 3821:  // MySQL: the constraint to be dropped does not
    case 3822:  // MySQL: the constraint exists
      return true;
    case 1054:  // the column,
    case 1146:  // the table to be renamed is not there any more
    case 1176:  // the key
      return absl::StrContains(absl::AsciiStrToUpper(statement), "RENAME") || absl::StrContains(absl::AsciiStrToUpper(statement), "CHANGE");
    default:
      return false;
  }
}

// Whether it tells of the server and not of the statement, so that the same statement may fare otherwise later.
bool Passes(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsResourceExhausted(status) || IsOf(status, ErrorKind::kConflict) ||
         IsOf(status, ErrorKind::kTooSlow);
}

// What waiting may help against, so that whoever starts tries again.
absl::Status Patient(const absl::Status& status) {
  if (!IsOf(status, ErrorKind::kConflict) && !IsOf(status, ErrorKind::kTooSlow)) return status;
  return absl::UnavailableError(absl::StrCat("migration: ", CauseOf(status)));
}

absl::Status InMigration(const std::string& id, const std::string& statement, const absl::Status& status) {
  if (Passes(status)) return status;
  return absl::Status(status.code(), absl::StrCat("migration ", id, ": ", CauseOf(status), " in: ", statement));
}

// The right to migrate.
class Lease {
 public:
  Lease(Pool& pool, absl::Duration length) : pool_(pool), length_(absl::ToInt64Microseconds(length)) {}

  absl::StatusOr<bool> Take(Session& session) {
    ASSIGN_OR_RETURN(const int64_t rows,
                     session.Execute("UPDATE migration_lease SET token = LAST_INSERT_ID(token + 1), lease_until = UTC_TIMESTAMP(6) + "
                                     "INTERVAL ? MICROSECOND WHERE id = 1 AND lease_until <= UTC_TIMESTAMP(6)",
                                     Bind(length_)));
    if (rows == 0) return false;
    RETURN_IF_ERROR(session.Query("SELECT LAST_INSERT_ID()", {}, [&](const Row& row) { token_ = row.Int(0); }));
    return true;
  }

  // Renews it and notes what `assignments` say, or fails because another process has taken it.
  absl::Status Note(Session& session, const std::string& assignments, Values values) const {
    values.insert(values.begin(), length_);
    values.emplace_back(token_);
    ASSIGN_OR_RETURN(const int64_t rows,
                     session.Execute(absl::StrCat("UPDATE migration_lease SET lease_until = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND",
                                                  assignments, " WHERE id = 1 AND token = ?"),
                                     values));
    return rows == 1 ? absl::OkStatus() : absl::UnavailableError("another process has taken over the migration");
  }

  absl::Status Release(Session& session) const {
    return session.Execute("UPDATE migration_lease SET lease_until = UTC_TIMESTAMP(6) WHERE id = 1 AND token = ?", Bind(token_)).status();
  }

  // Renews it from another connection while a statement takes long, until it is destroyed.
  class Renewal {
   public:
    explicit Renewal(const Lease& lease) : thread_([this, &lease](std::stop_token stop) { Run(lease, stop); }) {}

   private:
    void Run(const Lease& lease, std::stop_token stop) {
      std::unique_ptr<Connection> session;
      std::unique_lock<std::mutex> lock(mutex_);
      while (!ended_.wait_for(lock, stop, std::chrono::microseconds(lease.length_ / 3), [&] { return stop.stop_requested(); })) {
        if (session == nullptr || !session->usable()) {
          auto opened = lease.pool_.Connect(absl::Now() + kReconnectTime, true);
          if (!opened.ok()) continue;
          session = *std::move(opened);
        }
        lease.Note(*session, "", {}).IgnoreError();  // Who has lost it learns that from the next note.
      }
    }

    std::mutex mutex_;
    std::condition_variable_any ended_;
    std::jthread thread_;  // last: it uses what is above
  };

 private:
  Pool& pool_;
  const int64_t length_;  // microseconds
  int64_t token_ = 0;
};

// How far the migration has come that is not finished; `id` is empty when there is none.
struct Progress {
  std::string id;
  size_t done = 0;     // statements
  bool begun = false;  // the next one may have been applied
};

// Applies what is missing, by its holder.
class Migrator {
 public:
  Migrator(Connection& session, const Lease& lease, const MigrationTerms& terms) : session_(session), lease_(lease), terms_(terms) {}

  absl::Status Run(const std::vector<Migration>& migrations) {
    RETURN_IF_ERROR(SetUp());
    ASSIGN_OR_RETURN(const Progress progress, Look());
    if (!progress.id.empty()) {
      const auto unfinished = std::find_if(migrations.begin(), migrations.end(), [&](const Migration& m) { return m.id == progress.id; });
      if (unfinished == migrations.end()) {
        return absl::FailedPreconditionError(
            absl::StrCat("migration ", progress.id, " was begun by another version, which must finish it before this one migrates"));
      }
      RETURN_IF_ERROR(Apply(*unfinished, progress));
    }
    for (const Migration& migration : migrations) RETURN_IF_ERROR(Apply(migration, Progress()));
    return absl::OkStatus();
  }

  // Whether there is nothing to do. FAILED_PRECONDITION when a file was changed after it was applied.
  static absl::StatusOr<bool> IsApplied(Session& session, const Migration& migration) {
    std::string applied;
    RETURN_IF_ERROR(session.Query("SELECT LOWER(HEX(checksum)) = SHA2(?, 256) FROM migration WHERE id = ?",
                                  Bind(migration.text, migration.id), [&](const Row& row) { applied = row.Text(0); }));
    if (applied == "0") return absl::FailedPreconditionError(absl::StrCat("migration ", migration.id, " changed after it was applied"));
    return applied == "1";
  }

 private:
  // A key of a large table takes its time, and nobody waits for a table for longer than the lease.
  absl::Status SetUp() {
    ASSIGN_OR_RETURN(const Variables bounded, session_.DirectRows("SHOW VARIABLES LIKE 'max_statement_time'"));
    return session_.Direct(absl::StrCat("SET SESSION wait_timeout = ", terms_.idle_seconds, ", lock_wait_timeout = ", terms_.lock_seconds,
                                        bounded.empty() ? "" : ", max_statement_time = 0"));
  }

  absl::StatusOr<Progress> Look() {
    Progress progress;
    RETURN_IF_ERROR(session_.Query("SELECT migration, done, begun FROM migration_lease WHERE id = 1", {}, [&](const Row& row) {
      progress = {row.Text(0), static_cast<size_t>(row.Int(1)), row.Int(2) != 0};
    }));
    return progress;
  }

  absl::Status Apply(const Migration& migration, const Progress& progress) {
    ASSIGN_OR_RETURN(const bool applied, IsApplied(session_, migration));
    if (applied) return absl::OkStatus();
    const std::vector<std::string> statements = SplitStatements(migration.text);
    for (const std::string& statement : statements) {
      if (VerbOf(statement) == Verb::kOther)
        return absl::FailedPreconditionError(absl::StrCat("migration ", migration.id, ": neither data nor a definition: ", statement));
    }
    RETURN_IF_ERROR(CheckSame(migration, statements, progress));
    for (size_t i = progress.done; i < statements.size(); ++i) {
      const absl::Status status = VerbOf(statements[i]) == Verb::kData
                                      ? ApplyData(migration.id, statements, i)
                                      : ApplyDefinition(migration.id, statements, i, progress.begun && i == progress.done);
      RETURN_IF_ERROR(InMigration(migration.id, statements[i], status));
    }
    return Together([&]() -> absl::Status {
      Pass();
      RETURN_IF_ERROR(lease_.Note(session_, ", migration = '', done = 0, begun = FALSE, digest = ''", {}));
      return session_
          .Execute("INSERT INTO migration (id, checksum, apply_time) VALUES (?, UNHEX(SHA2(?, 256)), UTC_TIMESTAMP(6))",
                   Bind(migration.id, migration.text))
          .status();
    });
  }

  // What was applied, or may have been, is what the file says.
  absl::Status CheckSame(const Migration& migration, const std::vector<std::string>& statements, const Progress& progress) {
    const size_t noted = progress.done + (progress.begun ? 1 : 0);
    if (noted == 0) return absl::OkStatus();
    bool same = false;
    if (noted <= statements.size()) {
      RETURN_IF_ERROR(session_.Query("SELECT digest = SHA2(?, 256) FROM migration_lease WHERE id = 1", Bind(First(statements, noted)),
                                     [&](const Row& row) { same = row.Int(0) == 1; }));
    }
    return same ? absl::OkStatus() : absl::FailedPreconditionError(absl::StrCat("migration ", migration.id, " changed after it was begun"));
  }

  static std::string First(const std::vector<std::string>& statements, size_t count) {
    std::string text;
    for (size_t i = 0; i < count; ++i) absl::StrAppend(&text, statements[i], "\n");
    return text;
  }

  absl::Status Note(const std::string& id, const std::vector<std::string>& statements, size_t done, bool begun) {
    return lease_.Note(session_, ", migration = ?, done = ?, begun = ?, digest = SHA2(?, 256)",
                       Bind(id, done, begun, First(statements, done + (begun ? 1 : 0))));
  }

  absl::Status Together(const std::function<absl::Status()>& work) {
    RETURN_IF_ERROR(session_.Direct("BEGIN"));
    absl::Status status = work();
    if (status.ok()) status = session_.Direct("COMMIT");
    if (status.ok()) {
      Pass();
    } else if (session_.usable()) {
      session_.Direct("ROLLBACK").IgnoreError();
    }
    return status;
  }

  absl::Status ApplyData(const std::string& id, const std::vector<std::string>& statements, size_t i) {
    return Together([&]() -> absl::Status {
      RETURN_IF_ERROR(Note(id, statements, i + 1, false));
      Pass();
      return session_.Direct(statements[i]);
    });
  }

  // `again`: it may have been applied before.
  absl::Status ApplyDefinition(const std::string& id, const std::vector<std::string>& statements, size_t i, bool again) {
    RETURN_IF_ERROR(Note(id, statements, i, true));
    Pass();
    const absl::Status status = session_.Direct(statements[i]);
    Pass();
    if (status.ok() || (again && SaysDone(status, statements[i]))) return absl::OkStatus();
    // The server has refused it, so that it was not applied, and the file may be corrected. What it could not try now may have been
    // applied before.
    if (session_.usable() && (!again || !Passes(status))) Note(id, statements, i, false).IgnoreError();
    return status;
  }

  void Pass() const {
    if (terms_.pass) terms_.pass();
  }

  Connection& session_;
  const Lease& lease_;
  const MigrationTerms& terms_;
};

absl::Status MakeTables(Connection& session) {
  RETURN_IF_ERROR(
      session.Direct("CREATE TABLE IF NOT EXISTS migration (id VARBINARY(190) NOT NULL PRIMARY KEY, checksum BINARY(32) NOT NULL, "
                     "apply_time DATETIME(6) NOT NULL) ENGINE=InnoDB"));
  RETURN_IF_ERROR(
      session.Direct("CREATE TABLE IF NOT EXISTS migration_lease (id TINYINT NOT NULL PRIMARY KEY, token BIGINT NOT NULL, lease_until "
                     "DATETIME(6) NOT NULL, migration VARBINARY(190) NOT NULL, done INT NOT NULL, begun BOOLEAN NOT NULL, digest "
                     "VARBINARY(64) NOT NULL) ENGINE=InnoDB"));
  bool made = false;
  RETURN_IF_ERROR(session.Query("SELECT 1 FROM migration_lease WHERE id = 1", {}, [&](const Row&) { made = true; }));
  if (made) return absl::OkStatus();
  return session.Direct(
      "INSERT IGNORE INTO migration_lease (id, token, lease_until, migration, done, begun, digest) VALUES (1, 0, '2000-01-01', '', 0, "
      "FALSE, "
      "'')");
}

absl::Status MigrateBy(Pool& pool, Connection& session, const std::vector<Migration>& migrations, const MigrationTerms& terms) {
  RETURN_IF_ERROR(MakeTables(session));
  Lease lease(pool, terms.lease);
  const absl::Time end = absl::Now() + terms.patience;
  while (true) {
    bool all = true;
    for (size_t i = 0; all && i < migrations.size(); ++i) {
      ASSIGN_OR_RETURN(all, Migrator::IsApplied(session, migrations[i]));
    }
    if (all) return absl::OkStatus();
    ASSIGN_OR_RETURN(const bool taken, lease.Take(session));
    if (taken) break;
    if (absl::Now() >= end) return absl::UnavailableError("another process is migrating");
    absl::SleepFor(kLook);
  }
  const Lease::Renewal renewal(lease);
  const absl::Status status = Migrator(session, lease, terms).Run(migrations);
  if (session.usable()) lease.Release(session).IgnoreError();
  return status;
}

}  // namespace

std::vector<std::string> SplitStatements(const std::string& text) {
  std::vector<std::string> statements(1);
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("--", 0) == 0 || absl::StripAsciiWhitespace(line).empty()) continue;
    absl::StrAppend(&statements.back(), line, "\n");
    if (!line.empty() && line.back() == ';') statements.emplace_back();
  }
  if (statements.back().empty()) statements.pop_back();
  return statements;
}

absl::Status Migrate(Pool& pool, const std::vector<std::string>& folders, const MigrationTerms& terms) {
  ASSIGN_OR_RETURN(const std::vector<Migration> migrations, LoadMigrations(folders));
  const std::string& schema = pool.options().schema;
  const bool plain =
      !schema.empty() && schema.size() <= 64 && schema.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
  if (!plain) return absl::InvalidArgumentError(absl::StrCat("not a schema name (a-z, 0-9, _): ", schema));
  ASSIGN_OR_RETURN(auto session, pool.Connect(absl::Now() + kReconnectTime, false));
  RETURN_IF_ERROR(
      session->Direct(absl::StrCat("CREATE DATABASE IF NOT EXISTS ", schema, " DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")));
  RETURN_IF_ERROR(session->Direct(absl::StrCat("USE ", schema)));
  return Patient(MigrateBy(pool, *session, migrations, terms));
}

absl::Status CheckMigrated(Database& database, const std::vector<std::string>& folders, absl::Time deadline) {
  ASSIGN_OR_RETURN(const std::vector<Migration> migrations, LoadMigrations(folders));
  std::vector<std::string> missing;
  const absl::Status looked = database.Read(deadline, [&](Session& session) -> absl::Status {
    missing.clear();
    for (const Migration& migration : migrations) {
      ASSIGN_OR_RETURN(const bool applied, Migrator::IsApplied(session, migration));
      if (!applied) missing.push_back(migration.id);
    }
    return absl::OkStatus();
  });
  const std::optional<Error> error = ErrorOf(looked);
  // No schema, or none yet to which this user has a right; no table of migrations.
  if (error && (error->code == 1044 || error->code == 1049 || error->code == 1146)) {
    return absl::UnavailableError(absl::StrCat("nothing is migrated yet: ", CauseOf(looked)));
  }
  RETURN_IF_ERROR(looked);
  if (missing.empty()) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(missing.size(), " migrations are not applied yet, the first is ", missing.front()));
}

absl::StatusOr<std::set<std::string>> TablesOf(const std::vector<std::string>& folders) {
  ASSIGN_OR_RETURN(const std::vector<Migration> migrations, LoadMigrations(folders));
  std::set<std::string> tables;
  for (const Migration& migration : migrations) {
    for (const std::string& statement : SplitStatements(migration.text)) {
      absl::string_view rest = statement;
      const bool drops = absl::ConsumePrefix(&rest, "DROP TABLE ");
      if (!drops && !absl::ConsumePrefix(&rest, "CREATE TABLE ")) continue;
      if (!absl::ConsumePrefix(&rest, "IF NOT EXISTS ")) absl::ConsumePrefix(&rest, "IF EXISTS ");
      const std::string name(rest.substr(0, rest.find_first_of(" (\n")));
      drops ? static_cast<void>(tables.erase(name)) : static_cast<void>(tables.insert(name));
    }
  }
  return tables;
}

absl::Status Database::Migrate(const std::vector<std::string>& folders) { return sql::Migrate(impl_->pool, folders); }

}  // namespace heitie::sql
