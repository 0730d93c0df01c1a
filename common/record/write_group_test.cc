#include "common/record/write_group.h"

#include <atomic>
#include <future>
#include <mutex>
#include <set>
#include <thread>

#include "absl/time/clock.h"
#include "common/status/macros.h"
#include "common/test/fixture.h"

namespace heitie::record {
namespace {

using sql::Bind;
using sql::Row;
using sql::Session;

using ::heitie::test::HasReason;
using ::heitie::test::IsOk;

const status::Reason kRefused{absl::StatusCode::kFailedPrecondition, "REFUSED", "no", ""};

absl::Time Soon() { return absl::Now() + absl::Seconds(20); }

// Keeps a worker.
struct Gate final : work::Task {
  explicit Gate(std::shared_future<void> o) : open(std::move(o)) {}
  void Run() override { open.wait(); }
  void Refuse() override {}
  std::shared_future<void> open;
};

class WriteGroupTest : public ::testing::Test {
 protected:
  WriteGroupTest() {
    Direct("CREATE TABLE entry (id INT PRIMARY KEY, value INT NOT NULL) ENGINE=InnoDB");
    Direct("CREATE TABLE total (id INT PRIMARY KEY, value INT NOT NULL CHECK (value >= 0)) ENGINE=InnoDB");
    Direct("INSERT INTO total VALUES (1, 0), (2, 0)");
  }

  void Direct(const std::string& sql) {
    ASSERT_THAT(db().Read(Soon(), [&](Session& session) { return session.Execute(sql).status(); }), IsOk());
  }
  int64_t Number(const std::string& sql) {
    int64_t number = -1;
    EXPECT_THAT(db().Read(Soon(), [&](Session& session) { return session.Query(sql, {}, [&](const Row& row) { number = row.Int(0); }); }),
                IsOk());
    return number;
  }

  static absl::Status Insert(Session& session, int id) { return session.Execute("INSERT INTO entry VALUES (?, 1)", Bind(id)).status(); }
  static absl::Status Add(Session& session, int id) {
    return session.Execute("UPDATE total SET value = value + 1 WHERE id = ?", Bind(id)).status();
  }

  // `count` threads that begin together.
  static void Race(int count, const std::function<void(int)>& run) {
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) threads.emplace_back(run, i);
    for (auto& thread : threads) thread.join();
  }

  static absl::Status Write(WriteGroup& group, absl::Time deadline, std::function<absl::Status(Session&)> work) {
    std::promise<absl::Status> answer;
    group.Add({"anybody", {deadline, std::move(work)}, [&](const absl::Status& status) { answer.set_value(status); }});
    return answer.get_future().get();
  }
  absl::Status Write(absl::Time deadline, std::function<absl::Status(Session&)> work) { return Write(group_, deadline, std::move(work)); }

  // Keeps the leaders of the group in their works while `add` adds writes behind them, then lets go.
  void Gather(const std::function<void()>& add) { Gather(group_, add); }
  void Gather(WriteGroup& group, const std::function<void()>& add) {
    std::atomic<bool> go{false};
    std::atomic<int> busy{0};
    std::vector<std::thread> leaders;
    for (int i = 0; i < WriteGroup::kLeaders; ++i) {
      leaders.emplace_back([&] {
        EXPECT_THAT(Write(group, Soon(),
                          [&](Session&) {
                            ++busy;
                            while (!go) absl::SleepFor(absl::Milliseconds(1));
                            return absl::OkStatus();
                          }),
                    IsOk());
      });
      while (busy <= i) absl::SleepFor(absl::Milliseconds(1));
    }
    std::thread adding(add);
    absl::SleepFor(absl::Milliseconds(200));
    go = true;
    adding.join();
    for (auto& leader : leaders) leader.join();
  }

  sql::Database& db() { return database_.get(); }

  test::TestDatabase database_;
  work::Workers writers_{8, 256};
  WriteGroup group_{db(), writers_};
};

TEST_F(WriteGroupTest, ALoneWriteIsATransactionOfItsOwn) {
  EXPECT_THAT(Write(Soon(), [&](Session& session) { return Insert(session, 1); }), IsOk());
  EXPECT_THAT(Write(Soon(),
                    [&](Session& session) -> absl::Status {
                      RETURN_IF_ERROR(Insert(session, 2));
                      return status::Error(kRefused);
                    }),
              HasReason("REFUSED"));
  EXPECT_EQ(Number("SELECT COUNT(*) FROM entry"), 1);
}

TEST_F(WriteGroupTest, WritesThatWaitShareACommit) {
  std::set<int64_t> transactions;
  std::mutex mutex;
  Gather([&] {
    Race(20, [&](int i) {
      EXPECT_THAT(Write(Soon(),
                        [&](Session& session) -> absl::Status {
                          RETURN_IF_ERROR(Insert(session, i));
                          return session.Query(
                              "SELECT trx_id FROM information_schema.innodb_trx WHERE trx_mysql_thread_id = "
                              "CONNECTION_ID()",
                              {}, [&](const Row& row) {
                                std::lock_guard<std::mutex> lock(mutex);
                                transactions.insert(row.Int(0));
                              });
                        }),
                  IsOk());
    });
  });
  EXPECT_EQ(Number("SELECT COUNT(*) FROM entry"), 20);
  EXPECT_LE(transactions.size(), 3u) << "one, or a few when some threads came late";
}

// First without savepoints, where a failure undoes all and is found out, then with them.
TEST_F(WriteGroupTest, WhatFailsFailsAlone) {
  for (int round = 0; round < 2; ++round) {
    Gather([&] {
      Race(20, [&](int i) {
        const absl::Status status = Write(Soon(), [&](Session& session) -> absl::Status {
          RETURN_IF_ERROR(Insert(session, round * 100 + i));
          return i % 3 == 0 ? status::Error(kRefused) : absl::OkStatus();
        });
        if (i % 3 == 0) {
          EXPECT_THAT(status, HasReason("REFUSED"));
        } else {
          EXPECT_THAT(status, IsOk());
        }
      });
    });
    EXPECT_EQ(Number("SELECT COUNT(*) FROM entry WHERE id % 100 % 3 = 0"), 0);
    EXPECT_EQ(Number("SELECT COUNT(*) FROM entry"), (round + 1) * 13);
  }
}

TEST_F(WriteGroupTest, AWorkThatThrowsFailsAlone) {
  Gather([&] {
    Race(10, [&](int i) {
      const absl::Status status = Write(Soon(), [&](Session& session) -> absl::Status {
        RETURN_IF_ERROR(Insert(session, i));
        if (i == 4) throw std::runtime_error("broken");
        return absl::OkStatus();
      });
      EXPECT_EQ(status.code(), i == 4 ? absl::StatusCode::kInternal : absl::StatusCode::kOk) << status;
    });
  });
  EXPECT_EQ(Number("SELECT COUNT(*) FROM entry"), 9);
}

TEST_F(WriteGroupTest, ADuplicateFailsAloneAndTheFirstStays) {
  std::atomic<int> inserted{0}, refused{0};
  Gather([&] {
    Race(20, [&](int i) {
      const absl::Status status = Write(Soon(), [&](Session& session) { return Insert(session, i / 2); });
      ++(status.ok() ? inserted : refused);
      EXPECT_TRUE(status.ok() || absl::IsAlreadyExists(status)) << status;
    });
  });
  EXPECT_EQ(inserted, 10);
  EXPECT_EQ(refused, 10);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM entry"), 10);
}

absl::Status Append(Session& session, int id, Session::ReadBy readers) {
  return session.Append("INSERT INTO entry (id, value)", Bind(id, 1), readers);
}
absl::StatusOr<int64_t> Count(Session& session) {
  int64_t count = 0;
  const absl::Status status = session.Query("SELECT COUNT(*) FROM entry", {}, [&](const Row& row) { count = row.Int(0); });
  if (!status.ok()) return status;
  return count;
}

// The time is that of the statement: all its rows have the same.
TEST_F(WriteGroupTest, AppendedRowsAreInsertedTogether) {
  Direct("CREATE TABLE note (id INT PRIMARY KEY, at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)) ENGINE=InnoDB");
  Gather([&] {
    Race(20, [&](int i) {
      EXPECT_THAT(
          Write(Soon(), [&](Session& session) { return session.Append("INSERT INTO note (id)", Bind(i), Session::ReadBy::kNobody); }),
          IsOk());
    });
  });
  EXPECT_EQ(Number("SELECT COUNT(*) FROM note"), 20);
  EXPECT_LE(Number("SELECT COUNT(DISTINCT at) FROM note"), 6) << "16 + 4, or a few more when some threads came late";
}

TEST_F(WriteGroupTest, AChangeOfAnotherTableDoesNotPartAppendedRows) {
  Direct("CREATE TABLE note (id INT PRIMARY KEY, at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)) ENGINE=InnoDB");
  Direct("CREATE TABLE tally (id INT PRIMARY KEY, n INT NOT NULL) ENGINE=InnoDB");
  Direct("INSERT INTO tally VALUES (1, 0)");
  Gather([&] {
    Race(20, [&](int i) {
      EXPECT_THAT(Write(Soon(),
                        [&](Session& session) -> absl::Status {
                          RETURN_IF_ERROR(session.Append("INSERT INTO note (id)", Bind(i), Session::ReadBy::kTransaction));
                          return session.Execute("UPDATE tally SET n = n + 1 WHERE id = 1").status();
                        }),
                  IsOk());
    });
  });
  EXPECT_EQ(Number("SELECT COUNT(*) FROM note"), 20);
  EXPECT_EQ(Number("SELECT n FROM tally"), 20);
  EXPECT_LE(Number("SELECT COUNT(DISTINCT at) FROM note"), 6) << "16 + 4, or a few more when some threads came late";
  // One that names the table sees them.
  Gather([&] {
    Race(20, [&](int i) {
      EXPECT_THAT(Write(Soon(),
                        [&](Session& session) -> absl::Status {
                          RETURN_IF_ERROR(session.Append("INSERT INTO note (id)", Bind(100 + i), Session::ReadBy::kTransaction));
                          ASSIGN_OR_RETURN(const int64_t own, session.Execute("UPDATE note SET at = at WHERE id = ?", Bind(100 + i)));
                          return own == 1 ? absl::OkStatus() : absl::DataLossError("not seen");
                        }),
                  IsOk());
    });
  });
}

TEST_F(WriteGroupTest, AStatementSeesWhatWasAppendedBeforeIt) {
  std::atomic<int> seen{0};
  std::atomic<int64_t> most{0};
  Gather([&] {
    Race(20, [&](int i) {
      EXPECT_THAT(Write(Soon(),
                        [&](Session& session) -> absl::Status {
                          RETURN_IF_ERROR(Append(session, i, Session::ReadBy::kTransaction));
                          if (i % 5 != 0) return absl::OkStatus();
                          int64_t own = 0;
                          RETURN_IF_ERROR(
                              session.Query("SELECT COUNT(*) FROM entry WHERE id = ?", Bind(i), [&](const Row& row) { own = row.Int(0); }));
                          seen += own == 1;
                          ASSIGN_OR_RETURN(const int64_t count, Count(session));
                          most = std::max<int64_t>(most, count);
                          return absl::OkStatus();
                        }),
                  IsOk());
    });
  });
  EXPECT_EQ(seen, 4);
  EXPECT_GT(most, 1) << "and what others in the transaction appended";
  EXPECT_EQ(Number("SELECT COUNT(*) FROM entry"), 20);
}

// Found out when the rows of all are inserted, at their end or before somebody's next statement.
TEST_F(WriteGroupTest, AnAppendedDuplicateFailsAloneAndTheFirstStays) {
  for (const auto readers : {Session::ReadBy::kNobody, Session::ReadBy::kTransaction}) {
    Direct("DELETE FROM entry");
    std::atomic<int> inserted{0}, refused{0};
    WriteGroup fresh(db(), writers_);
    Gather(fresh, [&] {
      Race(20, [&](int i) {
        const absl::Status status = Write(fresh, Soon(), [&](Session& session) -> absl::Status {
          RETURN_IF_ERROR(Append(session, i / 2, readers));
          return i % 3 == 0 ? Count(session).status() : absl::OkStatus();
        });
        ++(status.ok() ? inserted : refused);
        EXPECT_TRUE(status.ok() || absl::IsAlreadyExists(status)) << status;
      });
    });
    EXPECT_EQ(inserted, 10);
    EXPECT_EQ(refused, 10);
    EXPECT_EQ(Number("SELECT COUNT(*) FROM entry"), 10);
  }
}

// Leaders that end at the same time, again and again: none may hand its turn to one who has it already.
TEST_F(WriteGroupTest, TurnsAreNeverLost) {
  constexpr int kThreads = 8, kWrites = 300;
  Race(kThreads, [&](int) {
    for (int i = 0; i < kWrites; ++i) {
      EXPECT_EQ(Write(Soon(), [i](Session&) { return i % 7 == 0 ? status::Error(kRefused) : absl::OkStatus(); }).code(),
                i % 7 == 0 ? absl::StatusCode::kFailedPrecondition : absl::StatusCode::kOk);
    }
  });
}

// The rows in both orders: within a group, between the leaders, and against writes of others.
TEST_F(WriteGroupTest, DeadlocksLoseNothing) {
  constexpr int kThreads = 16, kWrites = 20;
  WriteGroup other(db(), writers_);
  Race(kThreads, [&](int thread) {
    WriteGroup& group = thread % 4 == 0 ? other : group_;
    for (int i = 0; i < kWrites; ++i) {
      const int first = (thread + i) % 2 + 1;
      EXPECT_THAT(Write(group, Soon(),
                        [&](Session& session) -> absl::Status {
                          RETURN_IF_ERROR(Add(session, first));
                          return Add(session, 3 - first);
                        }),
                  IsOk());
    }
  });
  EXPECT_EQ(Number("SELECT value FROM total WHERE id = 1"), kThreads * kWrites);
  EXPECT_EQ(Number("SELECT value FROM total WHERE id = 2"), kThreads * kWrites);
}

// The connection dies in the middle of the common transaction: nothing was committed, and all are done again, each on its own.
TEST_F(WriteGroupTest, ALostConnectionLosesNothingAndRepeatsNothing) {
  std::atomic<bool> killed{false};
  Gather([&] {
    Race(20, [&](int i) {
      const absl::Status status = Write(Soon(), [&](Session& session) -> absl::Status {
        RETURN_IF_ERROR(Insert(session, i));
        if (i == 7 && !killed.exchange(true)) {
          int64_t id = 0;
          RETURN_IF_ERROR(session.Query("SELECT CONNECTION_ID()", {}, [&](const Row& row) { id = row.Int(0); }));
          session.Execute("KILL " + std::to_string(id)).IgnoreError();
        }
        return Add(session, 1);
      });
      EXPECT_TRUE(status.ok() || absl::IsUnavailable(status)) << status;
    });
  });
  EXPECT_TRUE(killed);
  EXPECT_EQ(Number("SELECT value FROM total WHERE id = 1"), Number("SELECT COUNT(*) FROM entry"));
  EXPECT_GE(Number("SELECT COUNT(*) FROM entry"), 19) << "at most the one whose connection it was, when it was alone";
}

TEST_F(WriteGroupTest, WhatHasNoRoomIsRefusedAtOnceAndAFloodGivesWay) {
  std::atomic<int> done{0}, refused{0};
  const auto add = [&](const std::string& caller, int id) {
    const auto finished = [&](const absl::Status& status) { ++(absl::IsResourceExhausted(status) ? refused : done); };
    group_.Add({caller, {Soon(), [id](Session& session) { return Insert(session, id); }}, finished});
  };
  constexpr int kRoom = WriteGroup::kWaiting, kTooMany = 10;
  Gather([&] {
    for (int i = 0; i < kRoom + kTooMany; ++i) add("flood", i);
    EXPECT_EQ(refused, kTooMany);
    add("trickle", 1'000'000);
    EXPECT_EQ(refused, kTooMany + 1);
  });
  while (done < kRoom) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_EQ(Number("SELECT COUNT(*) FROM entry"), kRoom);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM entry WHERE id = 1000000"), 1);
}

TEST_F(WriteGroupTest, AFloodedGroupLeavesWritersToOthers) {
  work::Workers writers(WriteGroup::kLeaders, 16);
  WriteGroup flooded(db(), writers), other(db(), writers);
  std::atomic<bool> stop{false};
  std::atomic<int> in_flight{0};
  std::function<void()> add = [&] {
    ++in_flight;
    flooded.Add({"flood", {Soon(), [](Session&) { return absl::OkStatus(); }}, [&](const absl::Status&) {
                   if (!stop) add();
                   --in_flight;
                 }});
  };
  for (int i = 0; i < 16; ++i) add();
  std::promise<absl::Status> answer;
  other.Add(
      {"anybody", {Soon(), [](Session& session) { return Insert(session, 1); }}, [&](const absl::Status& s) { answer.set_value(s); }});
  std::future<absl::Status> answered = answer.get_future();
  EXPECT_EQ(answered.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  stop = true;
  EXPECT_THAT(answered.get(), IsOk());
  while (in_flight > 0) absl::SleepFor(absl::Milliseconds(1));
}

TEST_F(WriteGroupTest, WhatNobodyWaitsForIsNotBegun) {
  std::promise<absl::Status> answer;
  std::atomic<bool> cancelled{false};
  Gather([&] {
    group_.Add({"anybody",
                {Soon(), [](Session& session) { return Insert(session, 1); }},
                [&](const absl::Status& status) { answer.set_value(status); },
                [&] { return cancelled.load(); }});
    cancelled = true;
  });
  EXPECT_TRUE(absl::IsCancelled(answer.get_future().get()));
  EXPECT_EQ(Number("SELECT COUNT(*) FROM entry"), 0);
}

TEST_F(WriteGroupTest, HigherPrioritiesGoFirstWhenTheWritersAreBusy) {
  std::mutex mutex;
  std::vector<std::string> order;
  std::atomic<int> done{0};
  std::promise<void> gate;
  work::Workers writers(1, 16);
  WriteGroup low(db(), writers), high(db(), writers, options::v1::PRIORITY_HIGH);
  ASSERT_TRUE(writers.Submit(std::make_shared<Gate>(gate.get_future().share())));
  const auto add = [&](WriteGroup& group, const std::string& name) {
    group.Add({"anybody", {Soon(), [](Session&) { return absl::OkStatus(); }}, [&, name](const absl::Status&) {
                 std::lock_guard<std::mutex> lock(mutex);
                 order.push_back(name);
                 ++done;
               }});
  };
  add(low, "normal");
  add(high, "high");
  gate.set_value();
  while (done < 2) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_EQ(order, (std::vector<std::string>{"high", "normal"}));
}

TEST_F(WriteGroupTest, ADeadlineHoldsForItsOwnWriteOnly) {
  Gather([&] {
    Race(10, [&](int i) {
      const absl::Time deadline = i == 3 ? absl::Now() + absl::Milliseconds(50) : Soon();
      const absl::Status status = Write(deadline, [&](Session& session) { return Insert(session, i); });
      if (i == 3) {
        EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << status;
      } else {
        EXPECT_THAT(status, IsOk());
      }
    });
  });
  EXPECT_EQ(Number("SELECT COUNT(*) FROM entry"), 9);
}

}  // namespace
}  // namespace heitie::record
