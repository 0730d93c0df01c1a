#include "common/sql/database.h"

#include <filesystem>
#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/observe/metrics.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/test/fixture.h"

namespace heitie::sql {
namespace {

using ::heitie::test::IsOk;

class DatabaseTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_THAT(
        Read([](Session& s) {
          return s
              .Execute("CREATE TABLE t (id BIGINT PRIMARY KEY, n BIGINT, d DOUBLE, s LONGTEXT, b MEDIUMBLOB, t DATETIME(6)) ENGINE=InnoDB")
              .status();
        }),
        IsOk());
  }
  absl::Time Deadline() { return absl::Now() + absl::Seconds(20); }
  absl::Status Read(const std::function<absl::Status(Session&)>& work) { return db_.get().Read(Deadline(), work); }
  absl::Status Write(const std::function<absl::Status(Session&)>& work) { return db_.get().Write(Deadline(), work); }
  int64_t Number(const std::string& sql, const Values& values = {}) {
    int64_t n = -1;
    EXPECT_THAT(Read([&](Session& s) { return s.Query(sql, values, [&](const Row& row) { n = row.Int(0); }); }), IsOk());
    return n;
  }
  test::TestDatabase db_;
};

TEST_F(DatabaseTest, WhatIsSlowIsNoted) {
  ASSERT_THAT(Read([](Session& s) { return s.Query("SELECT SLEEP(?)", Bind(0.15), [](const Row&) {}); }), IsOk());
  const observe::Snapshot snapshot = observe::TakeSnapshot();
  ASSERT_FALSE(snapshot.slow.empty());
  EXPECT_EQ(snapshot.slow[0].what, "SELECT SLEEP(?)");
  EXPECT_GE(snapshot.slow[0].duration, absl::Milliseconds(150));
}

// A connection with an open transaction must not come back into the pool.
TEST_F(DatabaseTest, AWorkThatThrowsIsUndone) {
  const absl::Status status = Write([](Session& s) -> absl::Status {
    RETURN_IF_ERROR(s.Execute("INSERT INTO t (id) VALUES (1)").status());
    throw std::runtime_error("broken");
  });
  EXPECT_TRUE(absl::IsInternal(status)) << status;
  EXPECT_TRUE(absl::IsInternal(Read([](Session&) -> absl::Status { throw std::runtime_error("broken"); })));
  EXPECT_EQ(Number("SELECT COUNT(*) FROM t"), 0);
}

TEST_F(DatabaseTest, EveryValueComesBackAsItWasBound) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  const std::string text = "運營 🚀 ' \" \\ ; --";
  const absl::Time time = absl::FromUnixMicros(1767225600000001);
  ASSERT_THAT(Read([&](Session& s) {
                return s.Execute("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)", Bind(int64_t{1}, INT64_MIN, 0.1, text, bytes, time)).status();
              }),
              IsOk());
  ASSERT_THAT(Read([&](Session& s) {
                return s.Execute("INSERT INTO t (id, n) VALUES (?, ?)", Values{int64_t{2}, std::monostate()}).status();
              }),
              IsOk());
  ASSERT_THAT(Read([&](Session& s) {
                return s.Query("SELECT n, d, s, b, t FROM t WHERE id = ?", Bind(1), [&](const Row& row) {
                  EXPECT_EQ(row.Int(0), INT64_MIN);
                  EXPECT_EQ(row.Double(1), 0.1);
                  EXPECT_EQ(row.Text(2), text);
                  EXPECT_EQ(row.Text(3), bytes);
                  EXPECT_EQ(row.Time(4), time);
                });
              }),
              IsOk());
  ASSERT_THAT(Read([&](Session& s) {
                return s.Query("SELECT n, s FROM t WHERE id = 2", {}, [&](const Row& row) {
                  EXPECT_TRUE(row.IsNull(0));
                  EXPECT_EQ(row.Int(0), 0);
                  EXPECT_EQ(row.Text(1), "");
                });
              }),
              IsOk());
}

TEST_F(DatabaseTest, LongTextIsNotCut) {
  const std::string text(3 << 20, 'x');
  ASSERT_THAT(Read([&](Session& s) { return s.Execute("INSERT INTO t (id, s) VALUES (1, ?)", Bind(text)).status(); }), IsOk());
  ASSERT_THAT(Read([&](Session& s) { return s.Query("SELECT s FROM t", {}, [&](const Row& row) { EXPECT_EQ(row.Text(0), text); }); }),
              IsOk());
}

TEST_F(DatabaseTest, AFailedTransactionLeavesNothing) {
  const absl::Status status = Write([](Session& s) {
    RETURN_IF_ERROR(s.Execute("INSERT INTO t (id) VALUES (1)").status());
    return s.Execute("INSERT INTO t (id) VALUES (1)").status();
  });
  EXPECT_TRUE(absl::IsAlreadyExists(status)) << status;
  EXPECT_EQ(Number("SELECT COUNT(*) FROM t"), 0);
}

TEST_F(DatabaseTest, ASnapshotSeesOneMomentAndChangesNothing) {
  const auto count = [](Session& s) {
    int64_t n = -1;
    EXPECT_THAT(s.Query("SELECT COUNT(*) FROM t", {}, [&](const Row& row) { n = row.Int(0); }), IsOk());
    return n;
  };
  EXPECT_THAT(db_.get().Snapshot(Deadline(),
                                 [&](Session& s) {
                                   EXPECT_THAT(Write([](Session& w) { return w.Execute("INSERT INTO t (id) VALUES (1)").status(); }),
                                               IsOk());
                                   EXPECT_EQ(count(s), 0) << "since the beginning, not since the first read";
                                   return absl::OkStatus();
                                 }),
              IsOk());
  EXPECT_FALSE(db_.get().Snapshot(Deadline(), [](Session& s) { return s.Execute("INSERT INTO t (id) VALUES (2)").status(); }).ok());
  // The connections are as they were: the next transaction writes and sees what is committed meanwhile.
  EXPECT_THAT(Write([&](Session& s) -> absl::Status {
                RETURN_IF_ERROR(s.Execute("INSERT INTO t (id) VALUES (3)").status());
                return absl::OkStatus();
              }),
              IsOk());
  EXPECT_EQ(Number("SELECT COUNT(*) FROM t"), 2);
}

TEST_F(DatabaseTest, RowsOfAWorkAreInsertedTogetherInTheirOrderAndAllOfThem) {
  const std::string insert = "INSERT INTO t (id, n)";
  Options options = db_.get().options();
  options.pool_size = 1;
  Database one(options);
  int64_t before = 0, after = 0;
  const auto told = [](Session& s, int64_t* count) {
    return s.Query("SHOW SESSION STATUS LIKE 'Com_insert'", {}, [count](const Row& row) { *count = row.Int(1); });
  };
  EXPECT_THAT(one.Write(Deadline(),
                        [&](Session& s) -> absl::Status {
                          RETURN_IF_ERROR(told(s, &before));
                          RETURN_IF_ERROR(s.Together([&]() -> absl::Status {
                            for (int i = 0; i < 600; ++i) RETURN_IF_ERROR(s.Append(insert, Bind(i, i), Session::ReadBy::kTransaction));
                            int64_t seen = 0;
                            RETURN_IF_ERROR(s.Query("SELECT COUNT(*) FROM t", {}, [&](const Row& row) { seen = row.Int(0); }));
                            EXPECT_EQ(seen, 600) << "a statement sees what was appended before it";
                            for (int i = 600; i < 700; ++i) RETURN_IF_ERROR(s.Append(insert, Bind(i, i), Session::ReadBy::kNobody));
                            return absl::OkStatus();
                          }));
                          return told(s, &after);
                        }),
              IsOk());
  EXPECT_EQ(Number("SELECT COUNT(*) FROM t"), 700);
  EXPECT_LT(after - before, 40);
}

TEST_F(DatabaseTest, ARowThatCannotBeInsertedWithOthersIsToldAndLeavesNothing) {
  const std::string insert = "INSERT INTO t (id, n)";
  const auto twice = [&](Session& s) -> absl::Status {
    for (int i = 0; i < 20; ++i) RETURN_IF_ERROR(s.Append(insert, Bind(i % 19, i), Session::ReadBy::kTransaction));
    return absl::OkStatus();
  };
  const absl::Status told = Write([&](Session& s) { return s.Together([&] { return twice(s); }); });
  EXPECT_TRUE(absl::IsAlreadyExists(told)) << told;
  // Whoever does not listen is not believed.
  const absl::Status ignored = Write([&](Session& s) {
    return s.Together([&]() -> absl::Status {
      RETURN_IF_ERROR(twice(s));
      s.Execute("UPDATE t SET n = 0").status().IgnoreError();
      return absl::OkStatus();
    });
  });
  EXPECT_FALSE(ignored.ok());
  const absl::Status thrown = Write([&](Session& s) {
    return s.Together([&]() -> absl::Status {
      RETURN_IF_ERROR(s.Append(insert, Bind(1, 1), Session::ReadBy::kTransaction));
      throw std::runtime_error("broken");
    });
  });
  EXPECT_TRUE(absl::IsInternal(thrown)) << thrown;
  EXPECT_EQ(Number("SELECT COUNT(*) FROM t"), 0);
  EXPECT_THAT(Write([&](Session& s) { return s.Append(insert, Bind(1, 1), Session::ReadBy::kTransaction); }), IsOk());
  EXPECT_EQ(Number("SELECT COUNT(*) FROM t"), 1) << "the connection gathers no more";
}

TEST_F(DatabaseTest, UpdateCountsMatchedRows) {
  ASSERT_THAT(Write([](Session& s) { return s.Execute("INSERT INTO t (id, n) VALUES (1, 5)").status(); }), IsOk());
  ASSERT_THAT(Write([](Session& s) -> absl::Status {
                ASSIGN_OR_RETURN(const int64_t n, s.Execute("UPDATE t SET n = 5 WHERE id = 1"));
                EXPECT_EQ(n, 1);
                return absl::OkStatus();
              }),
              IsOk());
}

TEST_F(DatabaseTest, DeadlocksAreRunAgainUntilBothSucceed) {
  ASSERT_THAT(Write([](Session& s) { return s.Execute("INSERT INTO t (id, n) VALUES (1, 0), (2, 0)").status(); }), IsOk());
  std::vector<std::thread> threads;
  for (int k = 0; k < 4; ++k) {
    threads.emplace_back([&, k] {
      for (int i = 0; i < 25; ++i) {
        EXPECT_THAT(Write([&](Session& s) {
                      // Two orders of locking: deadlocks happen.
                      RETURN_IF_ERROR(s.Execute("UPDATE t SET n = n + 1 WHERE id = ?", Bind(k % 2 == 0 ? 1 : 2)).status());
                      return s.Execute("UPDATE t SET n = n + 1 WHERE id = ?", Bind(k % 2 == 0 ? 2 : 1)).status();
                    }),
                    IsOk());
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(Number("SELECT SUM(n) FROM t"), 200);
}

TEST_F(DatabaseTest, ADeadlineDoesNotStayWithTheConnection) {
  Options options = db_.get().options();
  options.pool_size = 1;
  Database database(options);
  EXPECT_THAT(database.Read(absl::Now() + absl::Milliseconds(200), [](Session& s) { return s.Execute("DELETE FROM t").status(); }), IsOk());
  absl::SleepFor(absl::Milliseconds(250));
  const Database::Work work{Deadline(), [](Session& s) { return s.Execute("DELETE FROM t").status(); }};
  for (const std::optional<absl::Status>& status : database.WriteTogether({&work, &work}, false)) {
    ASSERT_TRUE(status.has_value());
    EXPECT_THAT(*status, IsOk());
  }
}

TEST_F(DatabaseTest, WaitsForAConnectionOnlyUntilTheDeadline) {
  Options options = db_.get().options();
  options.pool_size = 1;
  Database small(options);
  ASSERT_THAT(small.Read(Deadline(),
                         [&](Session&) {
                           const absl::Status status =
                               small.Read(absl::Now() + absl::Milliseconds(50), [](Session&) { return absl::OkStatus(); });
                           EXPECT_EQ(status::ReasonOf(status), "DEADLINE_EXCEEDED");
                           return absl::OkStatus();
                         }),
              IsOk());
}

TEST_F(DatabaseTest, MigrationsRunOnceAndMayNotChange) {
  const auto folder = std::filesystem::path(::testing::TempDir()) / db_.get().options().schema / "schema";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "0001_a.sql") << "-- a comment; with a semicolon\nCREATE TABLE m (id INT);\nINSERT INTO m\nVALUES (1);\n";
  EXPECT_THAT(db_.get().Migrate({folder}), IsOk());
  EXPECT_THAT(db_.get().Migrate({folder}), IsOk());
  EXPECT_EQ(Number("SELECT COUNT(*) FROM m"), 1);
  std::ofstream(folder / "0001_a.sql") << "CREATE TABLE other (id INT);\n";
  EXPECT_TRUE(absl::IsFailedPrecondition(db_.get().Migrate({folder})));
}

// Names of locks have 64 letters at most, and so have schemas.
TEST_F(DatabaseTest, ASchemaOfTheLongestNameIsMigrated) {
  Options options = db_.get().options();
  options.schema += std::string(64 - options.schema.size(), 'x');
  Database database(options);
  EXPECT_THAT(database.Migrate({HEITIE_SOURCE_DIR "/common/sql/schema"}), IsOk());
  EXPECT_THAT(database.Read(Deadline(), [&](Session& s) { return s.Execute("DROP DATABASE " + options.schema).status(); }), IsOk());
}

}  // namespace
}  // namespace heitie::sql
