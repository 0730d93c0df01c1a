#include "common/test/fixture.h"

#include <unistd.h>

#include <cstdlib>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/seal/master_keys.h"
#include "common/status/macros.h"
#include "common/test/future.h"

namespace heitie::test {
namespace {

void Must(const absl::Status& status) {
  if (status.ok()) return;
  ADD_FAILURE() << status.ToString();
  std::abort();
}

sql::Options OptionsOf(const std::string& schema) {
  const char* socket = std::getenv("HEITIE_TEST_DB_SOCKET");
  if (socket == nullptr) Must(absl::FailedPreconditionError("HEITIE_TEST_DB_SOCKET is not set: run the tests with tests/run"));
  sql::Options options;
  options.socket = socket;
  options.user = "root";
  options.schema = schema;
  options.pool_size = 8;
  return options;
}

// A migrated schema that is used by one TestDatabase after the other. Its own connection is at home in another schema: tests count theirs.
class Schema {
 public:
  explicit Schema(const std::string& name) : name_(name) {}

  const std::string& name() const { return name_; }

  void Migrate(const std::string& service) {
    std::vector<std::string> folders = {HEITIE_SOURCE_DIR "/common/sql/schema"};
    if (!service.empty()) folders.push_back(absl::StrCat(HEITIE_SOURCE_DIR, "/services/", service, "/schema"));
    sql::Database database(OptionsOf(name_));
    Must(database.Migrate(folders));
    if (std::getenv("HEITIE_TEST_FUTURE") != nullptr) {
      Must(AddFuture(database));
      Must(database.Migrate(folders));  // as a process that starts
    }
    Must(Run([&](sql::Session& session) -> absl::Status {
      ASSIGN_OR_RETURN(structure_, StructureOf(session));
      ASSIGN_OR_RETURN(tables_,
                       Texts(session,
                             "SELECT table_name FROM information_schema.tables WHERE table_schema = ? AND "
                             "table_type = 'BASE TABLE' AND table_name NOT IN ('migration', 'migration_lease') ORDER BY table_name",
                             sql::Bind(name_)));
      ASSIGN_OR_RETURN(numbered_, Texts(session,
                                        "SELECT table_name FROM information_schema.columns WHERE table_schema = ? AND extra LIKE "
                                        "'%auto_increment%'",
                                        sql::Bind(name_)));
      return Keep(session);
    }));
  }

  // As it was after Migrate; false when a test has changed more than rows.
  bool Clean() {
    bool clean = false;
    Must(Run([&](sql::Session& session) -> absl::Status {
      ASSIGN_OR_RETURN(const std::string structure, StructureOf(session));
      clean = structure == structure_;
      if (!clean) return absl::OkStatus();
      ASSIGN_OR_RETURN(const std::vector<std::string> filled, Filled(session));
      RETURN_IF_ERROR(session.Execute("SET foreign_key_checks = 0").status());
      for (const std::string& table : filled) RETURN_IF_ERROR(session.Execute("DELETE FROM " + Full(table)).status());
      for (const std::string& table : numbered_) RETURN_IF_ERROR(session.Execute("TRUNCATE TABLE " + Full(table)).status());
      for (const auto& [table, columns] : kept_) {
        RETURN_IF_ERROR(
            session
                .Execute(absl::StrCat("INSERT INTO ", Full(table), " (", columns, ") SELECT ", columns, " FROM ", KeptName(), ".", table))
                .status());
      }
      return session.Execute("SET foreign_key_checks = 1").status();
    }));
    return clean;
  }

  void Drop() {
    Run([&](sql::Session& session) -> absl::Status {
      RETURN_IF_ERROR(session.Execute("DROP DATABASE IF EXISTS " + KeptName()).status());
      return session.Execute("DROP DATABASE IF EXISTS " + name_).status();
    }).IgnoreError();
  }

 private:
  std::string KeptName() const { return name_ + "_kept"; }

  std::string Full(const std::string& table) const { return absl::StrCat(name_, ".", table); }

  static absl::Status Run(const std::function<absl::Status(sql::Session&)>& work) {
    static auto& database = *new sql::Database(OptionsOf("information_schema"));
    return database.Read(absl::Now() + absl::Seconds(30), work);
  }

  static absl::StatusOr<std::vector<std::string>> Texts(sql::Session& session, const std::string& query, const sql::Values& values) {
    std::vector<std::string> texts;
    RETURN_IF_ERROR(session.Query(query, values, [&](const sql::Row& row) { texts.push_back(row.Text(0)); }));
    return texts;
  }

  // Equal while columns, keys, checks and partitions are.
  absl::StatusOr<std::string> StructureOf(sql::Session& session) const {
    ASSIGN_OR_RETURN(
        const auto texts,
        Texts(session,
              "SELECT CONCAT((SELECT CONCAT(COUNT(*), ' ', COALESCE(SUM(CRC32(CONCAT_WS(' ', table_name, column_name, ordinal_position, "
              "column_type, is_nullable))), 0)) FROM information_schema.columns WHERE table_schema = ?), ' ', (SELECT COUNT(*) FROM "
              "information_schema.statistics WHERE table_schema = ?), ' ', (SELECT COUNT(*) FROM information_schema.check_constraints "
              "WHERE constraint_schema = ?), ' ', (SELECT COUNT(*) FROM information_schema.partitions WHERE table_schema = ?))",
              sql::Bind(name_, name_, name_, name_)));
    return texts.at(0);
  }

  absl::StatusOr<std::vector<std::string>> Filled(sql::Session& session) const {
    std::vector<std::string> filled;
    const std::string query = absl::StrCat("SELECT ", absl::StrJoin(tables_, ", ", [&](std::string* out, const auto& t) {
                                             absl::StrAppend(out, "EXISTS (SELECT 1 FROM ", Full(t), ")");
                                           }));
    RETURN_IF_ERROR(session.Query(query, {}, [&](const sql::Row& row) {
      for (size_t i = 0; i < tables_.size(); ++i) {
        if (row.Int(static_cast<int>(i)) != 0) filled.push_back(tables_[i]);
      }
    }));
    return filled;
  }

  // Copies the rows of the migrations.
  absl::Status Keep(sql::Session& session) {
    ASSIGN_OR_RETURN(const std::vector<std::string> filled, Filled(session));
    RETURN_IF_ERROR(session.Execute("CREATE DATABASE " + KeptName()).status());
    // Of all tables at once, which is one look through the schema.
    std::map<std::string, std::string> columns;
    RETURN_IF_ERROR(
        session.Query("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = ? AND "
                      "COALESCE(generation_expression, '') = '' "
                      "ORDER BY table_name, ordinal_position",
                      sql::Bind(name_), [&](const sql::Row& row) {
                        std::string& list = columns[row.Text(0)];
                        absl::StrAppend(&list, list.empty() ? "`" : ", `", row.Text(1), "`");
                      }));
    for (const std::string& table : filled) {
      kept_[table] = columns[table];
      RETURN_IF_ERROR(
          session.Execute(absl::StrCat("CREATE TABLE ", KeptName(), ".", table, " AS SELECT ", kept_[table], " FROM ", Full(table)))
              .status());
    }
    return absl::OkStatus();
  }

  const std::string name_;
  std::string structure_;
  std::vector<std::string> tables_, numbered_;
  std::map<std::string, std::string> kept_;  // tables with rows after Migrate, and their columns
};

// The schemas of this process. Thread-safe.
class Schemas {
 public:
  static Schemas& Get() {
    static auto& schemas = *new Schemas;
    return schemas;
  }

  std::string Take(const std::string& service) {
    const std::lock_guard lock(mutex_);
    auto& free = free_[service];
    while (!free.empty()) {
      std::unique_ptr<Schema> schema = std::move(free.back());
      free.pop_back();
      if (schema->Clean()) return Lend(std::move(schema));
      schema->Drop();
    }
    auto schema = std::make_unique<Schema>(absl::StrCat("test_", getpid(), "_", count_++));
    schema->Migrate(service);
    return Lend(std::move(schema));
  }

  void Return(const std::string& service, const std::string& name) {
    const std::lock_guard lock(mutex_);
    free_[service].push_back(std::move(lent_.extract(name).mapped()));
  }

  void Drop() {
    const std::lock_guard lock(mutex_);
    for (auto& [service, schemas] : free_) {
      for (auto& schema : schemas) schema->Drop();
      schemas.clear();
    }
  }

 private:
  std::string Lend(std::unique_ptr<Schema> schema) {
    const std::string name = schema->name();
    lent_[name] = std::move(schema);
    return name;
  }

  std::mutex mutex_;
  int count_ = 0;
  std::map<std::string, std::vector<std::unique_ptr<Schema>>> free_;  // by service
  std::map<std::string, std::unique_ptr<Schema>> lent_;
};

class EndOfProgram : public ::testing::Environment {
 public:
  void TearDown() override { Schemas::Get().Drop(); }
};
const auto* const kEnd = ::testing::AddGlobalTestEnvironment(new EndOfProgram);

}  // namespace

TestDatabase::TestDatabase(const std::string& service)
    : service_(service), database_(std::make_unique<sql::Database>(OptionsOf(Schemas::Get().Take(service)))) {}

TestDatabase::~TestDatabase() {
  const std::string name = database_->options().schema;
  database_.reset();
  Schemas::Get().Return(service_, name);
}

absl::Status DumpOf(sql::Database& database, std::string* dump) {
  return database.Read(absl::Now() + absl::Seconds(60), [&](sql::Session& session) -> absl::Status {
    dump->clear();
    std::vector<std::pair<std::string, std::string>> columns;
    RETURN_IF_ERROR(
        session.Query("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND "
                      "table_name NOT IN ('migration', 'migration_lease') ORDER BY table_name, ordinal_position",
                      {}, [&](const sql::Row& row) { columns.emplace_back(row.Text(0), row.Text(1)); }));
    for (const auto& [table, column] : columns) {
      RETURN_IF_ERROR(session.Query(absl::StrCat("SELECT CAST(`", column, "` AS BINARY) FROM `", table, "`"), {},
                                    [&](const sql::Row& row) { absl::StrAppend(dump, table, ".", column, ": ", row.Text(0), "\n"); }));
    }
    return absl::OkStatus();
  });
}

std::shared_ptr<seal::MasterKeys> Keys() {
  return std::make_shared<seal::MasterKeys>(std::vector<seal::MasterKeys::Key>{{"test", std::string(32, 'k')}});
}

rpc::Call By(const std::string& principal, std::initializer_list<rpc::Role> roles, absl::Time now) {
  rpc::Call call;
  call.principal.name = principal;
  for (rpc::Role role : roles) call.principal.Grant(role);
  call.trace_id = "0123456789abcdef0123456789abcdef";
  call.deadline = absl::Now() + absl::Seconds(30);
  call.now = now;
  return call;
}

}  // namespace heitie::test
