// Migrations in processes that are really killed, frozen and raced. The program starts itself again as the process that migrates.
#include "common/sql/migrate.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/test/fixture.h"

namespace heitie::sql {
namespace {

using ::heitie::test::IsOk;
using ::testing::HasSubstr;

constexpr char kChild[] = "DISABLED_ThisProcessMigrates";
// Exit codes of the process that migrates.
constexpr int kMigrated = 0, kUnavailable = 3, kWrong = 4;

const std::string kCommon = HEITIE_SOURCE_DIR "/common/sql/schema";
const std::string kRisk = HEITIE_SOURCE_DIR "/services/risk/schema";

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Options ServerOptions(const std::string& schema) {
  Options options;
  options.socket = Environment("HEITIE_TEST_DB_SOCKET");
  options.user = "root";
  options.schema = schema;
  return options;
}

MigrationTerms Terms(absl::Duration lease) {
  MigrationTerms terms;
  terms.lease = lease;
  terms.idle_seconds = 1;
  terms.patience = absl::Seconds(20);
  return terms;
}

absl::Status MigrateHere(const std::string& schema, const std::vector<std::string>& folders, const MigrationTerms& terms) {
  Pool pool(ServerOptions(schema));
  return Migrate(pool, folders, terms);
}

// What the process does that another test starts: migrates, and sends itself a signal where it is told to.
TEST(MigratingProcess, DISABLED_ThisProcessMigrates) {
  int lease = 0, where = 0, signal = 0;
  ASSERT_TRUE(absl::SimpleAtoi(Environment("MIGRATE_LEASE_MS"), &lease) && absl::SimpleAtoi(Environment("MIGRATE_WHERE"), &where) &&
              absl::SimpleAtoi(Environment("MIGRATE_SIGNAL"), &signal));
  MigrationTerms terms = Terms(absl::Milliseconds(lease));
  int passed = 0;
  terms.pass = [&] {
    if (++passed == where) kill(getpid(), signal);
  };
  std::vector<std::string> folders = {Environment("MIGRATE_FOLDER")};
  if (folders[0] == kRisk) folders.insert(folders.begin(), kCommon);
  const absl::Status status = MigrateHere(Environment("MIGRATE_SCHEMA"), folders, terms);
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::_Exit(status.ok() ? kMigrated : absl::IsUnavailable(status) ? kUnavailable : kWrong);
}

class MigrateTest : public ::testing::Test {
 protected:
  MigrateTest() {
    static int count = 0;
    base_ = schema_ = absl::StrCat("migrate_", getpid(), "_", count++);
    folder_ = std::filesystem::path(::testing::TempDir()) / schema_ / "schema";
    std::filesystem::create_directories(folder_);
  }
  ~MigrateTest() override {
    schemas_.push_back(schema_);
    for (const std::string& schema : schemas_) {
      Database(ServerOptions("mysql"))
          .Read(absl::Now() + absl::Seconds(20), [&](Session& s) { return s.Execute("DROP DATABASE IF EXISTS " + schema).status(); })
          .IgnoreError();
    }
  }

  // From now on another schema, which is empty.
  void UseSchema(const std::string& suffix) {
    schemas_.push_back(schema_);
    schema_ = absl::StrCat(base_, "_", suffix);
  }
  void Write(const std::string& file, const std::string& text) { std::ofstream(folder_ / file) << text; }

  // The process that migrates; at its `where`th place it gets the signal.
  pid_t Start(const std::string& folder, absl::Duration lease, int where, int signal) {
    std::map<std::string, std::string> environment = {{"HEITIE_TEST_DB_SOCKET", Environment("HEITIE_TEST_DB_SOCKET")},
                                                      {"MIGRATE_FOLDER", folder},
                                                      {"MIGRATE_SCHEMA", schema_},
                                                      {"MIGRATE_LEASE_MS", absl::StrCat(absl::ToInt64Milliseconds(lease))},
                                                      {"MIGRATE_WHERE", absl::StrCat(where)},
                                                      {"MIGRATE_SIGNAL", absl::StrCat(signal)}};
    std::vector<std::string> variables,
        words = {"/proc/self/exe", "--gtest_also_run_disabled_tests", absl::StrCat("--gtest_filter=MigratingProcess.", kChild)};
    for (const auto& [name, value] : environment) variables.push_back(absl::StrCat(name, "=", value));
    std::vector<char*> argv, envp;
    for (std::string& word : words) argv.push_back(word.data());
    for (std::string& variable : variables) envp.push_back(variable.data());
    argv.push_back(nullptr);
    envp.push_back(nullptr);
    const pid_t pid = fork();
    if (pid == 0) {
      dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
      execve(argv[0], argv.data(), envp.data());
      _exit(127);
    }
    return pid;
  }
  // Its exit code, or minus the signal that it died of.
  static int Await(pid_t pid) {
    int state = 0;
    EXPECT_EQ(waitpid(pid, &state, 0), pid);
    return WIFEXITED(state) ? WEXITSTATUS(state) : -WTERMSIG(state);
  }
  static void AwaitStop(pid_t pid) {
    int state = 0;
    ASSERT_EQ(waitpid(pid, &state, WUNTRACED), pid);
    ASSERT_TRUE(WIFSTOPPED(state)) << state;
  }

  absl::Status MigrateOwn(absl::Duration lease = absl::Seconds(10)) { return MigrateHere(schema_, {folder_}, Terms(lease)); }

  void Do(const std::string& sql) {
    const absl::Status status = Database(ServerOptions(schema_)).Read(absl::Now() + absl::Seconds(20), [&](Session& session) {
      return session.Execute(sql).status();
    });
    EXPECT_THAT(status, IsOk()) << sql;
  }
  std::vector<std::string> Rows(const std::string& sql) {
    std::vector<std::string> rows;
    const absl::Status status = Database(ServerOptions(schema_)).Read(absl::Now() + absl::Seconds(20), [&](Session& session) {
      return session.Query(sql, {}, [&](const Row& row) { rows.push_back(row.Text(0)); });
    });
    EXPECT_THAT(status, IsOk()) << sql;
    return rows;
  }
  // Every table as its definition and the number of its rows, and what was applied.
  std::string Picture() {
    std::vector<std::string> parts;
    for (const std::string& table : Rows("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY 1")) {
      if (table == "migration_lease") continue;
      const absl::Status status = Database(ServerOptions(schema_)).Read(absl::Now() + absl::Seconds(20), [&](Session& session) {
        return session.Query("SHOW CREATE TABLE " + table, {}, [&](const Row& row) { parts.push_back(row.Text(1)); });
      });
      EXPECT_THAT(status, IsOk());
      parts.push_back(Rows("SELECT COUNT(*) FROM " + table)[0]);
    }
    parts.push_back(absl::StrJoin(Rows("SELECT CONCAT(id, HEX(checksum)) FROM migration ORDER BY id"), "\n"));
    return absl::StrJoin(parts, "\n");
  }

  // A process for each of the places, which dies or freezes there, in a schema of its own.
  std::map<int, pid_t> StartAtEach(const std::vector<int>& places, const std::string& folder, absl::Duration lease, int signal) {
    std::map<int, pid_t> processes;
    for (const int place : places) {
      UseSchema(absl::StrCat(place));
      processes[place] = Start(folder, lease, place, signal);
      if (signal == SIGSTOP) {
        AwaitStop(processes[place]);
      } else {
        EXPECT_EQ(Await(processes[place]), -signal) << place;
      }
    }
    return processes;
  }
  // Processes that die one after the other, before (3) or behind (4) the first statement that none before them has begun, in turns, until
  // one comes through; how many died. What dies within a transaction comes no further, and the next one does.
  int KillUntilMigrated(const std::string& folder, int where) {
    int killed = 0;
    int code = -SIGKILL;
    while (code == -SIGKILL && killed < 1000) {
      code = Await(Start(folder, absl::Milliseconds(100), where, SIGKILL));
      killed += code == -SIGKILL;
      where = 7 - where;
    }
    EXPECT_EQ(code, kMigrated);
    return killed;
  }

  std::string base_, schema_;
  std::vector<std::string> schemas_;  // used before
  std::filesystem::path folder_;
};

// A real migration.
TEST_F(MigrateTest, WhatWasKilledAnywhereIsFinishedByTheNext) {
  ASSERT_THAT(MigrateHere(schema_, {kCommon, kRisk}, Terms(absl::Seconds(10))), IsOk());
  const std::string whole = Picture();
  for (const int where : {3, 4}) {
    UseSchema(absl::StrCat("killed", where));
    EXPECT_GT(KillUntilMigrated(kRisk, where), 10) << "the schema has more statements than this";
    EXPECT_EQ(Picture(), whole) << where;
  }
}

// Statements that a second time would show: rows that count themselves, keys that are dropped again.
constexpr char kFirst[] = R"(-- Adds.
CREATE TABLE a (id INT NOT NULL PRIMARY KEY, n INT NOT NULL);
INSERT INTO a VALUES (1, 1);
UPDATE a SET n = n + 1;
ALTER TABLE a ADD COLUMN extra INT NOT NULL DEFAULT 0, ADD KEY a_n (n);
CREATE TABLE gone (id INT NOT NULL PRIMARY KEY);
UPDATE a SET n = n * 10;
)";
constexpr char kSecond[] = R"(-- Takes away.
ALTER TABLE a RENAME COLUMN extra TO other;
ALTER TABLE a DROP KEY a_n;
DROP TABLE gone;
INSERT INTO a VALUES (2, 2, 0);
)";

TEST_F(MigrateTest, WhatTakesAwayIsFinishedAsWell) {
  Write("0001_a.sql", kFirst);
  Write("0002_b.sql", kSecond);
  ASSERT_THAT(MigrateOwn(), IsOk());
  const std::string whole = Picture();
  EXPECT_EQ(Rows("SELECT n FROM a ORDER BY id"), (std::vector<std::string>{"20", "2"}));
  for (const int where : {3, 4}) {
    UseSchema(absl::StrCat("killed", where));
    EXPECT_GT(KillUntilMigrated(folder_, where), 5);
    EXPECT_EQ(Picture(), whole) << where;
    EXPECT_EQ(Rows("SELECT n FROM a ORDER BY id"), (std::vector<std::string>{"20", "2"})) << where;
  }
  // And the first process, wherever it dies.
  for (const auto& [place, process] : StartAtEach({1, 2, 5, 6, 13, 14, 15}, folder_, absl::Seconds(1), SIGKILL)) {
    UseSchema(absl::StrCat(place));
    ASSERT_THAT(MigrateOwn(), IsOk()) << place;
    EXPECT_EQ(Picture(), whole) << "killed at place " << place;
  }
}

// The server ends the session of who is frozen before the lease is over; thus what had been tables when it froze does not come back.
TEST_F(MigrateTest, WhoIsFrozenPastItsLeaseCannotGoOn) {
  Write("0001_a.sql", kFirst);
  Write("0002_b.sql", kSecond);
  ASSERT_THAT(MigrateOwn(), IsOk());
  const std::string whole = Picture();
  // Before and after definitions, within transactions, before `gone` is made and before it is dropped.
  for (const auto& [place, frozen] : StartAtEach({1, 2, 3, 5, 9, 10, 11, 14, 17, 19}, folder_, absl::Seconds(3), SIGSTOP)) {
    UseSchema(absl::StrCat(place));
    ASSERT_THAT(MigrateOwn(), IsOk()) << place;
    ASSERT_EQ(Picture(), whole) << "frozen at place " << place;
    kill(frozen, SIGCONT);
    EXPECT_EQ(Await(frozen), kUnavailable) << place;
    ASSERT_EQ(Picture(), whole) << "continued at place " << place;
    ASSERT_EQ(Rows("SELECT n FROM a ORDER BY id"), (std::vector<std::string>{"20", "2"})) << place;
    EXPECT_THAT(MigrateOwn(), IsOk()) << place;
  }
}

// A lease that ended and that nobody took may go on; one that was taken may not, however it came about.
TEST_F(MigrateTest, ATokenThatWasRaisedStopsItsFormerHolder) {
  Write("0001_a.sql", kFirst);
  MigrationTerms terms = Terms(absl::Milliseconds(1));
  terms.pass = [] { absl::SleepFor(absl::Milliseconds(5)); };
  EXPECT_THAT(MigrateHere(schema_, {folder_}, terms), IsOk()) << "nobody took it";
  UseSchema("taken");
  int passed = 0;
  terms = Terms(absl::Seconds(10));
  terms.pass = [&] {
    if (++passed == 4) {
      Do("UPDATE migration_lease SET token = token + 1, lease_until = UTC_TIMESTAMP(6) WHERE id = 1");
    }
  };
  const absl::Status lost = MigrateHere(schema_, {folder_}, terms);
  EXPECT_TRUE(absl::IsUnavailable(lost) && absl::StrContains(lost.message(), "taken over")) << lost;
  EXPECT_EQ(Rows("SELECT n FROM a"), (std::vector<std::string>{"1"})) << "the statements before that are done, the next is not";
  EXPECT_THAT(MigrateOwn(), IsOk());
  EXPECT_EQ(Rows("SELECT n FROM a"), (std::vector<std::string>{"20"}));
}

TEST_F(MigrateTest, TheLeaseIsTheDatabasesClock) {
  Write("0001_a.sql", "CREATE TABLE a (id INT);\n");
  ASSERT_THAT(MigrateOwn(), IsOk());
  Write("0002_b.sql", "CREATE TABLE b (id INT);\n");
  Do("UPDATE migration_lease SET lease_until = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR");
  MigrationTerms hasty = Terms(absl::Seconds(10));
  hasty.patience = absl::Milliseconds(300);
  const absl::Status held = MigrateHere(schema_, {folder_}, hasty);
  EXPECT_TRUE(absl::IsUnavailable(held) && absl::StrContains(held.message(), "another process is migrating")) << held;
  Do("UPDATE migration_lease SET lease_until = UTC_TIMESTAMP(6) + INTERVAL 500000 MICROSECOND");
  EXPECT_THAT(MigrateOwn(), IsOk());
  EXPECT_EQ(Rows("SELECT COUNT(*) FROM b"), (std::vector<std::string>{"0"}));
}

TEST_F(MigrateTest, ManyMigrateAtOnceAndEachStatementIsDoneOnce) {
  Write("0001_a.sql", kFirst);
  Write("0002_b.sql", kSecond);
  std::vector<std::thread> migrators;
  for (int i = 0; i < 8; ++i) {
    migrators.emplace_back([&] { EXPECT_THAT(MigrateOwn(), IsOk()); });
  }
  for (std::thread& migrator : migrators) migrator.join();
  EXPECT_EQ(Rows("SELECT n FROM a ORDER BY id"), (std::vector<std::string>{"20", "2"}));
  EXPECT_EQ(Rows("SELECT token FROM migration_lease"), (std::vector<std::string>{"1"})) << "the others had nothing to do";
}

// Processes that race, die and are started again, until one comes through.
TEST_F(MigrateTest, AStormOfRacingAndDyingProcessesEndsWithTheSameSchema) {
  Write("0001_a.sql", kFirst);
  Write("0002_b.sql", kSecond);
  ASSERT_THAT(MigrateOwn(), IsOk());
  const std::string whole = Picture();
  std::mt19937 random(20260101);
  for (int storm = 0; storm < 3; ++storm) {
    UseSchema(absl::StrCat("storm", storm));
    bool migrated = false;
    for (int round = 0; !migrated && round < 60; ++round) {
      std::vector<pid_t> racers;
      for (int i = 0; i < 3; ++i) racers.push_back(Start(folder_, absl::Milliseconds(150), 1 + static_cast<int>(random() % 6), SIGKILL));
      for (const pid_t racer : racers) migrated |= Await(racer) == kMigrated;
    }
    ASSERT_TRUE(migrated);
    ASSERT_EQ(Picture(), whole);
    ASSERT_EQ(Rows("SELECT n FROM a ORDER BY id"), (std::vector<std::string>{"20", "2"}));
  }
}

TEST_F(MigrateTest, AMistakeMayBeCorrectedWhatWasAppliedMayNotChange) {
  Write("0001_a.sql", "CREATE TABLE a (id INT NOT NULL PRIMARY KEY);\nALTER TABLE a ADD COLUMN b WRONG;\n");
  const absl::Status wrong = MigrateOwn();
  EXPECT_THAT(std::string(wrong.message()), HasSubstr("0001_a.sql")) << wrong;
  Write("0001_a.sql", "CREATE TABLE other (id INT NOT NULL PRIMARY KEY);\nALTER TABLE a ADD COLUMN b INT NOT NULL;\n");
  const absl::Status changed = MigrateOwn();
  EXPECT_TRUE(absl::IsFailedPrecondition(changed) && absl::StrContains(changed.message(), "after it was begun")) << changed;
  Write("0001_a.sql", "CREATE TABLE a (id INT NOT NULL PRIMARY KEY);\nALTER TABLE a ADD COLUMN b INT NOT NULL;\n");
  EXPECT_THAT(MigrateOwn(), IsOk());
  EXPECT_EQ(Rows("SELECT COUNT(b) FROM a"), (std::vector<std::string>{"0"}));
  // A table that somebody has made by hand is not taken for the migration's.
  Write("0002_b.sql", "CREATE TABLE a (id INT NOT NULL PRIMARY KEY);\n");
  EXPECT_FALSE(MigrateOwn().ok());
  EXPECT_FALSE(MigrateOwn().ok());
  Write("0002_b.sql", "CREATE TABLE b (id INT);\nFLUSH TABLES;\n");
  EXPECT_THAT(std::string(MigrateOwn().message()), HasSubstr("neither data nor a definition"));
}

// What was killed may have been applied, until the server refuses it.
TEST_F(MigrateTest, AMistakeThatWasKilledMayBeCorrectedAsWell) {
  const std::string rows = "CREATE TABLE a (id INT NOT NULL PRIMARY KEY, n INT NOT NULL);\nINSERT INTO a VALUES (1, 1), (2, 1);\n";
  Write("0001_a.sql", rows + "ALTER TABLE a ADD UNIQUE KEY a_n (n);\n");
  ASSERT_EQ(Await(Start(folder_, absl::Milliseconds(200), 5, SIGKILL)), -SIGKILL);
  ASSERT_EQ(Rows("SELECT begun FROM migration_lease"), (std::vector<std::string>{"1"}));
  const absl::Status refused = MigrateOwn();
  EXPECT_THAT(std::string(refused.message()), HasSubstr("1062")) << refused;
  Write("0001_a.sql", rows + "ALTER TABLE a ADD KEY a_n (n);\n");
  EXPECT_THAT(MigrateOwn(), IsOk());
  EXPECT_EQ(Rows("SELECT COUNT(*) FROM a"), (std::vector<std::string>{"2"}));
}

// A server that could not try says nothing of whether it was applied before.
TEST_F(MigrateTest, WhatWasAppliedAndKilledIsFinishedByWhoeverComesThrough) {
  Write("0001_a.sql", "CREATE TABLE a (id INT NOT NULL PRIMARY KEY);\nALTER TABLE a ADD COLUMN b INT NOT NULL;\n");
  ASSERT_EQ(Await(Start(folder_, absl::Milliseconds(200), 4, SIGKILL)), -SIGKILL);
  ASSERT_EQ(Rows("SELECT begun FROM migration_lease"), (std::vector<std::string>{"1"}));
  ASSERT_EQ(Rows("SELECT COUNT(b) FROM a"), (std::vector<std::string>{"0"})) << "it was applied";
  MigrationTerms terms = Terms(absl::Seconds(10));
  terms.lock_seconds = 1;
  Pool pool(ServerOptions(schema_));
  auto other = pool.Connect(absl::Now() + absl::Seconds(20), true);
  ASSERT_THAT(other, IsOk());
  int passed = 0;
  terms.pass = [&] {
    if (++passed == 1) {
      EXPECT_THAT((*other)->Direct("LOCK TABLES a WRITE"), IsOk());
    }
  };
  const absl::Status busy = MigrateHere(schema_, {folder_}, terms);
  EXPECT_TRUE(absl::IsUnavailable(busy)) << busy;
  ASSERT_THAT((*other)->Direct("UNLOCK TABLES"), IsOk());
  EXPECT_THAT(MigrateHere(schema_, {folder_}, terms), IsOk());
}

// A version runs on its own schema and on the next one's, finished or half done; but it migrates nothing while another's is half done.
TEST_F(MigrateTest, AnOlderVersionStartsOnANewerSchema) {
  Write("0001_a.sql", "CREATE TABLE a (id INT);\n");
  Write("0002_b.sql", "CREATE TABLE b (id INT);\nCREATE TABLE c (id INT);\n");
  ASSERT_EQ(Await(Start(folder_, absl::Milliseconds(200), 7, SIGKILL)), -SIGKILL);
  ASSERT_EQ(Rows("SELECT migration FROM migration_lease")[0].substr(schema_.size()), "/0002_b.sql");
  std::filesystem::rename(folder_ / "0002_b.sql", folder_ / "0002_b.later");
  EXPECT_THAT(MigrateOwn(), IsOk()) << "there is nothing to do";
  Write("0003_d.sql", "CREATE TABLE d (id INT);\n");
  const absl::Status half = MigrateOwn();
  EXPECT_TRUE(absl::IsFailedPrecondition(half) && absl::StrContains(half.message(), "0002_b.sql was begun by another version")) << half;
  std::filesystem::rename(folder_ / "0002_b.later", folder_ / "0002_b.sql");
  EXPECT_THAT(MigrateOwn(), IsOk());
  std::filesystem::remove(folder_ / "0003_d.sql");
  EXPECT_THAT(MigrateOwn(), IsOk()) << "an older version on the whole of a newer schema";
}

// A table in use is not waited for behind everybody's back.
TEST_F(MigrateTest, ATableInUseIsTriedAgainLater) {
  Write("0001_a.sql", "CREATE TABLE a (id INT NOT NULL PRIMARY KEY) ENGINE=InnoDB;\n");
  ASSERT_THAT(MigrateOwn(), IsOk());
  Write("0002_b.sql", "ALTER TABLE a DROP PRIMARY KEY, ADD COLUMN b INT NOT NULL, ADD PRIMARY KEY (id);\n");
  MigrationTerms terms = Terms(absl::Seconds(10));
  terms.lock_seconds = 1;
  Database other(ServerOptions(schema_));
  EXPECT_THAT(other.Write(absl::Now() + absl::Seconds(30),
                          [&](Session& session) {
                            EXPECT_THAT(session.Execute("INSERT INTO a VALUES (1)").status(), IsOk());
                            const absl::Status busy = MigrateHere(schema_, {folder_}, terms);
                            EXPECT_TRUE(absl::IsUnavailable(busy)) << busy;
                            return absl::OkStatus();
                          }),
              IsOk());
  EXPECT_THAT(MigrateHere(schema_, {folder_}, terms), IsOk());
}

// A process that may not migrate waits for one that does.
TEST(CheckMigratedTest, TellsWhatIsMissingUntilSomebodyHasMigrated) {
  const std::string schema = absl::StrCat("check_migrated_", getpid());
  Database database(ServerOptions(schema));
  const auto check = [&](const std::vector<std::string>& folders) {
    return CheckMigrated(database, folders, absl::Now() + absl::Seconds(20));
  };
  EXPECT_EQ(check({kCommon, kRisk}).code(), absl::StatusCode::kUnavailable) << "there is no schema";
  ASSERT_THAT(MigrateHere(schema, {kCommon}, Terms(absl::Seconds(30))), IsOk());
  EXPECT_THAT(check({kCommon}), IsOk());
  const absl::Status status = check({kCommon, kRisk});
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("migrations are not applied yet, the first is risk/0001"));
  ASSERT_THAT(MigrateHere(schema, {kCommon, kRisk}, Terms(absl::Seconds(30))), IsOk());
  EXPECT_THAT(check({kCommon, kRisk}), IsOk());
  EXPECT_THAT(check({kCommon}), IsOk()) << "an older version on a newer schema";
  EXPECT_THAT(database.Read(absl::Now() + absl::Seconds(20),
                            [&](Session& session) { return session.Execute(absl::StrCat("DROP DATABASE ", schema)).status(); }),
              IsOk());
}

}  // namespace
}  // namespace heitie::sql
