// Servers and networks that fail, and what callers of Database notice of it.
#include <algorithm>
#include <set>
#include <thread>

#include "common/sql/own_server_testing.h"
#include "common/status/macros.h"

namespace heitie::sql {
namespace {

using ::heitie::test::HasReason;
using ::heitie::test::IsOk;

absl::Time Deadline() { return absl::Now() + absl::Seconds(20); }

absl::Status Nothing(Session&) { return absl::OkStatus(); }
absl::Status Select(Session& s) {
  return s.Query("SELECT 1", {}, [](const Row&) {});
}

class OutageTest : public ::testing::Test {
 protected:
  // So many connections lie idle in the pool of `database`.
  static void Warm(Database& database, int connections, const std::string& setting = "") {
    const std::function<absl::Status(int)> nested = [&](int left) {
      return database.Read(Deadline(), [&](Session& s) -> absl::Status {
        RETURN_IF_ERROR(Select(s));
        if (!setting.empty()) RETURN_IF_ERROR(s.Execute(setting).status());
        return left > 1 ? nested(left - 1) : absl::OkStatus();
      });
    };
    ASSERT_THAT(nested(connections), IsOk());
    ASSERT_EQ(database.stats().open, connections);
    ASSERT_EQ(database.stats().busy, 0);
  }
  Options options() {
    Options options = db_.get().options();
    options.pool_size = 8;
    return options;
  }
  int64_t Number(const std::string& sql, const Values& values = {}) {
    int64_t n = -1;
    EXPECT_THAT(admin_.get().Read(Deadline(), [&](Session& s) { return s.Query(sql, values, [&](const Row& row) { n = row.Int(0); }); }),
                IsOk());
    return n;
  }
  int64_t Connections() { return Number("SELECT COUNT(*) FROM information_schema.processlist WHERE db = ?", Bind(options().schema)); }
  void KillAll() {
    std::vector<int64_t> ids;
    EXPECT_THAT(admin_.get().Read(Deadline(),
                                  [&](Session& s) -> absl::Status {
                                    RETURN_IF_ERROR(s.Query("SELECT id FROM information_schema.processlist WHERE db = ?",
                                                            Bind(options().schema), [&](const Row& row) { ids.push_back(row.Int(0)); }));
                                    for (int64_t id : ids) RETURN_IF_ERROR(s.Execute("KILL " + std::to_string(id)).status());
                                    return absl::OkStatus();
                                  }),
                IsOk());
    ASSERT_FALSE(ids.empty());
    while (Connections() > 0) std::this_thread::yield();
  }

  // As many callers at once as there are dead connections, with each way to use one.
  static void EverybodyIsServed(Database& database) {
    std::vector<std::thread> callers;
    std::vector<absl::Status> statuses(6);
    for (size_t i = 0; i < statuses.size(); ++i) {
      callers.emplace_back([&, i] {
        const Database::Work work{Deadline(), Nothing};
        if (i % 3 == 0) statuses[i] = database.Read(Deadline(), Select);
        if (i % 3 == 1) statuses[i] = database.Write(Deadline(), Nothing);
        if (i % 3 == 2) statuses[i] = *database.WriteTogether({&work, &work}, i % 2 == 0)[0];
      });
    }
    for (std::thread& caller : callers) caller.join();
    for (const absl::Status& status : statuses) EXPECT_THAT(status, IsOk());
  }

  test::TestDatabase db_, admin_;
};

// A server that stands still: the kernel takes its connections, nobody answers.
TEST_F(OutageTest, EverybodyIsToldByTheDeadlineOfAServerThatHangs) {
  constexpr int kCallers = 8;
  const std::string path = absl::StrCat(::testing::TempDir(), "/hung_", getpid());
  const int fd = ListenAt(path);
  Options options;
  options.socket = path;
  options.pool_size = kCallers;
  Database database(options);
  const absl::Time start = absl::Now();
  std::vector<std::thread> callers;
  std::vector<absl::Status> statuses(kCallers);
  for (absl::Status& status : statuses) {
    callers.emplace_back([&] { status = database.Read(start + absl::Seconds(1), Nothing); });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_LT(absl::Now() - start, absl::Seconds(4));
  for (const absl::Status& status : statuses) EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  close(fd);
  unlink(path.c_str());
}

TEST_F(OutageTest, AnUnreachableServerIsUnavailable) {
  Options options;
  options.port = 1;
  EXPECT_THAT(Database(options).Read(Deadline(), Nothing), HasReason("UNAVAILABLE"));
}

TEST_F(OutageTest, IdleConnectionsThatWereKilledAreNotNoticed) {
  Database database(options());
  Warm(database, 6);
  KillAll();
  EverybodyIsServed(database);
}

TEST_F(OutageTest, IdleConnectionsThatTheServerClosedAreNotNoticed) {
  Database database(options());
  Warm(database, 6, "SET SESSION wait_timeout = 1");
  while (Connections() > 0) absl::SleepFor(absl::Milliseconds(20));
  EverybodyIsServed(database);
}

TEST_F(OutageTest, IdleConnectionsThatAProxyCutAreNotNoticed) {
  Proxy proxy(options().socket);
  Options through = options();
  through.socket = proxy.path();
  Database database(through);
  Warm(database, 6);
  proxy.Cut();
  EverybodyIsServed(database);
}

// A statement that changes something may have been done although its answer was lost: only the caller knows whether it may be sent again.
TEST_F(OutageTest, AChangeWhoseAnswerIsLostIsNotDoneTwice) {
  Database database(options());
  const auto insert = [](Session& s) { return s.Execute("INSERT INTO twice VALUES (1)").status(); };
  ASSERT_THAT(database.Read(Deadline(), [](Session& s) { return s.Execute("CREATE TABLE twice (n INT)").status(); }), IsOk());
  ASSERT_THAT(database.Read(Deadline(), insert), IsOk());
  KillAll();
  EXPECT_THAT(database.Read(Deadline(), insert), HasReason("UNAVAILABLE"));
  EXPECT_THAT(database.Read(Deadline(), insert), IsOk());
}

TEST_F(OutageTest, AConnectionKilledBeforeCommitIsAnErrorAndThePoolRecovers) {
  Database& database = db_.get();
  ASSERT_THAT(database.Read(Deadline(), [](Session& s) { return s.Execute("CREATE TABLE t (id BIGINT PRIMARY KEY)").status(); }), IsOk());
  const absl::Status status = database.Write(Deadline(), [&](Session& s) {
    RETURN_IF_ERROR(s.Execute("INSERT INTO t (id) VALUES (1)").status());
    KillAll();
    return absl::OkStatus();
  });
  EXPECT_THAT(status, HasReason("UNAVAILABLE"));
  EXPECT_EQ(database.stats().busy, 0);
  EXPECT_THAT(database.Read(Deadline(), Select), IsOk());
  EXPECT_EQ(Number("SELECT COUNT(*) FROM " + options().schema + ".t"), 0);
}

TEST_F(OutageTest, ConnectionsThatAreOldOrLayIdleForLongAreReplaced) {
  for (absl::Duration Options::*bound : {&Options::greatest_age, &Options::greatest_idle}) {
    for (const bool reached : {false, true}) {
      Options few = options();
      few.*bound = reached ? absl::ZeroDuration() : absl::Hours(1);
      Database database(few);
      std::set<int64_t> ids;
      for (int i = 0; i < 4; ++i) {
        EXPECT_THAT(database.Read(
                        Deadline(),
                        [&](Session& s) { return s.Query("SELECT CONNECTION_ID()", {}, [&](const Row& row) { ids.insert(row.Int(0)); }); }),
                    IsOk());
      }
      EXPECT_EQ(ids.size(), reached ? 4 : 1);
      EXPECT_EQ(database.stats().open, 1);
    }
  }
}

TEST(OwnServerTest, WhatTheServerRefusesToWriteIsToldAndRemembered) {
  OwnServer server;
  server.Do("CREATE DATABASE own");
  server.Do("CREATE TABLE own.t (n BIGINT PRIMARY KEY)");
  server.Do("CREATE USER writer@localhost");
  server.Do("GRANT ALL ON own.* TO writer@localhost");
  Database database(server.options("writer"));
  const auto insert = [&](int n) {
    return database.Write(Deadline(), [&](Session& s) { return s.Execute("INSERT INTO t VALUES (?)", Bind(n)).status(); });
  };
  EXPECT_THAT(insert(1), IsOk());
  EXPECT_EQ(database.stats().writes, Writes::kTaken);
  server.Do("SET GLOBAL read_only = 1");
  EXPECT_THAT(insert(2), HasReason("READ_ONLY"));
  EXPECT_EQ(database.stats().writes, Writes::kReadOnly);
  // The connections led to a primary that is none any more.
  EXPECT_EQ(database.stats().open, 0);
  EXPECT_THAT(database.Read(Deadline(), Select), IsOk());
  EXPECT_EQ(database.stats().writes, Writes::kReadOnly);
  server.Do("SET GLOBAL read_only = 0");
  EXPECT_THAT(insert(2), IsOk());
  EXPECT_EQ(database.stats().writes, Writes::kTaken);
}

TEST(OwnServerTest, AFullDiskIsToldAndRemembered) {
  OwnServer server("--innodb-file-per-table=0 --innodb-data-file-path=ibdata1:12M:autoextend:max:20M");
  server.Do("CREATE DATABASE own");
  server.Do("CREATE TABLE own.t (n BIGINT PRIMARY KEY, b MEDIUMBLOB)");
  Database database(server.options());
  absl::Status status;
  int64_t written = 0;
  for (int n = 0; n < 1000 && status.ok(); ++n) {
    status = database.Write(Deadline(), [&](Session& s) {
      return s.Execute("INSERT INTO t VALUES (?, ?)", Bind(n, std::string(500'000, static_cast<char>(n)))).status();
    });
    written += status.ok();
  }
  EXPECT_THAT(status, HasReason("DATABASE_EXHAUSTED"));
  EXPECT_TRUE(absl::IsResourceExhausted(status));
  EXPECT_EQ(database.stats().writes, Writes::kNoSpace);
  EXPECT_THAT(database.Read(Deadline(), Select), IsOk());
  int64_t count = 0;
  EXPECT_THAT(
      database.Read(Deadline(), [&](Session& s) { return s.Query("SELECT COUNT(*) FROM t", {}, [&](const Row& r) { count = r.Int(0); }); }),
      IsOk());
  EXPECT_EQ(count, written);
  server.Restart("--innodb-file-per-table=0 --innodb-data-file-path=ibdata1:12M:autoextend:max:60M");
  EXPECT_THAT(database.Write(Deadline(), [](Session& s) { return s.Execute("INSERT INTO t VALUES (-1, '')").status(); }), IsOk());
  EXPECT_EQ(database.stats().writes, Writes::kTaken);
}

TEST(OwnServerTest, MoreStatementsThanTheServerKnowsAreClosedAndPreparedAgain) {
  OwnServer server;
  server.Do("CREATE DATABASE own");
  server.Do("SET GLOBAL max_prepared_stmt_count = 60");
  Options options = server.options();
  options.pool_size = 4;
  Database database(options);
  std::vector<std::thread> callers;
  std::vector<absl::Status> statuses(4);
  for (absl::Status& status : statuses) {
    callers.emplace_back([&] {
      for (int i = 0; i < 300 && status.ok(); ++i) {
        status = database.Read(Deadline(), [&](Session& s) { return s.Query(absl::StrCat("SELECT ", i % 100), {}, [](const Row&) {}); });
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  for (const absl::Status& status : statuses) EXPECT_THAT(status, IsOk());
}

TEST_F(OutageTest, AConnectionKeepsTheStatementsThatItUsesMost) {
  Options one = options();
  one.pool_size = 1;
  Database database(one);
  int64_t prepared = 0, closed = 0;
  ASSERT_THAT(database.Read(Deadline(),
                            [&](Session& s) -> absl::Status {
                              for (int i = 0; i < 1000; ++i) {
                                RETURN_IF_ERROR(s.Query("SELECT 'often'", {}, [](const Row&) {}));
                                RETURN_IF_ERROR(s.Query(absl::StrCat("SELECT ", i), {}, [](const Row&) {}));
                              }
                              return s.Query(
                                  "SHOW SESSION STATUS WHERE variable_name IN ('Com_stmt_prepare', 'Com_stmt_close')", {},
                                  [&](const Row& row) { (row.Text(0) == "Com_stmt_close" ? closed : prepared) = std::stoll(row.Text(1)); });
                            }),
              IsOk());
  EXPECT_LE(prepared, 1002);
  EXPECT_GE(prepared - closed, 100);
  EXPECT_LE(prepared - closed, 128);
}

}  // namespace
}  // namespace heitie::sql
