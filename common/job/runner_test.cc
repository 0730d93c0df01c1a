#include "common/job/runner.h"

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"

namespace heitie::job {
namespace {

using ::heitie::test::IsOk;

class RunnerTest : public ::testing::Test {
 protected:
  absl::Status Plan(const std::string& name, absl::Time at) {
    const rpc::Call call = test::By("employees/x", {}, clock_.Now());
    return store_.database().Write(call.deadline, [&](sql::Session& session) {
      record::Transaction tx{call, session};
      return Schedule(tx, {name, "count", name, at});
    });
  }
  void Count(Runner& runner) {
    runner.Handle("count", [this](const rpc::Call&, const Job& job) {
      std::lock_guard<std::mutex> lock(mutex_);
      ++runs_[job.payload];
      ran_.notify_all();
      return Outcome::Done();
    });
  }

  void AwaitRuns(const std::string& job, int count) {
    std::unique_lock<std::mutex> lock(mutex_);
    EXPECT_TRUE(ran_.wait_for(lock, std::chrono::seconds(30), [&] { return runs_[job] >= count; })) << job;
  }
  // Of the row of a job; "" of NULL and of none.
  std::string Field(const std::string& column, const std::string& job) {
    std::string text;
    EXPECT_THAT(store_.database().Read(absl::Now() + absl::Seconds(20),
                                       [&](sql::Session& session) {
                                         return session.Query("SELECT " + column + " FROM job WHERE name = ?", sql::Bind(job),
                                                              [&](const sql::Row& row) { text = row.Text(0); });
                                       }),
                IsOk());
    return text;
  }
  std::string LeaseUntil(const std::string& job) { return Field("lease_until", job); }
  absl::Time RunTime(const std::string& job) {
    absl::Time time;
    EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M:%E*S", Field("run_time", job), &time, nullptr));
    return time;
  }
  // As a worker holds it that is not of this program.
  void SetLease(const std::string& job, const std::string& until) {
    EXPECT_THAT(store_.database().Write(absl::Now() + absl::Seconds(20),
                                        [&](sql::Session& session) {
                                          return session
                                              .Execute("UPDATE job SET lease_token = 'other', lease_until = " + until + " WHERE name = ?",
                                                       sql::Bind(job))
                                              .status();
                                        }),
                IsOk());
  }

  time::FakeClock clock_{absl::FromUnixSeconds(1767225600)};
  test::TestDatabase database_;
  record::Store store_{database_.get()};
  std::mutex mutex_;
  std::condition_variable ran_;
  std::map<std::string, int> runs_;
};

TEST_F(RunnerTest, RunsWhatIsDueOnceAndInTime) {
  Runner runner(store_, clock_, "services/test");
  Count(runner);
  ASSERT_THAT(Plan("a", clock_.Now()), IsOk());
  ASSERT_THAT(Plan("b", clock_.Now() + absl::Minutes(1)), IsOk());
  EXPECT_EQ(*runner.RunDue(), 1);
  EXPECT_EQ(*runner.RunDue(), 0);
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(*runner.RunDue(), 1);
  EXPECT_EQ(runs_, (std::map<std::string, int>{{"a", 1}, {"b", 1}}));
}

TEST_F(RunnerTest, ManyReplicasRunEachJobOnce) {
  for (int i = 0; i < 60; ++i) ASSERT_THAT(Plan(absl::StrCat("j", i), clock_.Now()), IsOk());
  std::vector<std::unique_ptr<Runner>> replicas;
  std::vector<std::thread> threads;
  for (int r = 0; r < 6; ++r) {
    replicas.push_back(std::make_unique<Runner>(store_, clock_, "services/test"));
    Count(*replicas.back());
    threads.emplace_back([&runner = *replicas.back()] { EXPECT_THAT(runner.RunDue(), IsOk()); });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(runs_.size(), 60u);
  for (const auto& [name, runs] : runs_) EXPECT_EQ(runs, 1) << name;
}

// Whatever it throws: the thread is that of all jobs.
TEST_F(RunnerTest, AJobThatThrowsIsAFailedOne) {
  Runner runner(store_, clock_, "services/test");
  runner.Handle("count", [](const rpc::Call&, const Job& job) -> Outcome {
    if (job.name == "number") throw 1;
    throw std::runtime_error("broken");
  });
  for (const char* name : {"number", "error"}) ASSERT_THAT(Plan(name, clock_.Now()), IsOk());
  EXPECT_EQ(*runner.RunDue(), 2);
}

TEST_F(RunnerTest, AFailedJobIsRepeatedAfterABackOff) {
  Runner runner(store_, clock_, "services/test");
  int attempts = 0;
  runner.Handle("count", [&](const rpc::Call&, const Job& job) {
    EXPECT_EQ(job.attempt, attempts);
    return ++attempts < 3 ? Outcome::Failed(absl::UnavailableError("later")) : Outcome::Done();
  });
  ASSERT_THAT(Plan("a", clock_.Now()), IsOk());
  EXPECT_EQ(*runner.RunDue(), 1);
  EXPECT_EQ(*runner.RunDue(), 0);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(*runner.RunDue(), 1);
  clock_.Advance(absl::Seconds(2));
  EXPECT_EQ(*runner.RunDue(), 1);
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(*runner.RunDue(), 0);
  EXPECT_EQ(attempts, 3);
}

// The first worker "dies" inside the job: it never settles. Another takes over when the lease has run out, not before.
TEST_F(RunnerTest, ADeadWorkersLeaseExpires) {
  // So long that nothing is renewed meanwhile.
  constexpr absl::Duration kLease = absl::Hours(1);
  ASSERT_THAT(Plan("a", clock_.Now()), IsOk());
  Runner second(store_, clock_, "services/test", kLease);
  Count(second);
  Runner first(store_, clock_, "services/test", kLease);
  first.Handle("count", [&](const rpc::Call&, const Job&) {
    EXPECT_EQ(*second.RunDue(), 0);
    clock_.Advance(kLease + absl::Seconds(1));
    EXPECT_EQ(*second.RunDue(), 1);
    return Outcome::Failed(absl::AbortedError("too late: the lease is gone"));
  });
  EXPECT_EQ(*first.RunDue(), 1);
  EXPECT_EQ(runs_["a"], 1);
  clock_.Advance(absl::Hours(24));
  EXPECT_EQ(*second.RunDue(), 0) << "the first worker's outcome must not revive a finished job";
}

// By the database's clock, with a lease of 1 s: the handler lasts until it was renewed four times, and nobody else gets the job.
TEST_F(RunnerTest, ALeaseLastsAsLongAsItsWorker) {
  const time::SystemClock running;
  constexpr absl::Duration kLease = absl::Seconds(1);
  ASSERT_THAT(Plan("a", clock_.Now()), IsOk());
  Runner second(store_, running, "services/test", kLease);
  Count(second);
  Runner first(store_, running, "services/test", kLease);
  first.Handle("count", [&](const rpc::Call&, const Job&) {
    std::set<std::string> leases;
    while (leases.size() < 5) {
      leases.insert(LeaseUntil("a"));
      EXPECT_EQ(*second.RunDue(), 0);
    }
    return Outcome::Done();
  });
  EXPECT_EQ(*first.RunDue(), 1);
  EXPECT_EQ(runs_.count("a"), 0u);
  EXPECT_EQ(LeaseUntil("a"), "") << "done";
}

// A worker that vanishes without a word: the other one, which polls, has the job within the lease.
TEST_F(RunnerTest, AnotherTakesOverWhatAVanishedWorkerHeld) {
  const time::SystemClock running;
  ASSERT_THAT(Plan("a", clock_.Now()), IsOk());
  SetLease("a", "DATE_ADD(UTC_TIMESTAMP(6), INTERVAL 1 SECOND)");
  Runner second(store_, running, "services/test");
  Count(second);
  EXPECT_EQ(*second.RunDue(), 0) << "it may live";
  second.Start(absl::Milliseconds(20));
  AwaitRuns("a", 1);
  second.Stop();
}

// A lease that ends farther away than any lasts is of a clock that was wrong.
TEST_F(RunnerTest, ALeaseOfAWrongClockHoldsNothing) {
  const time::SystemClock running;
  ASSERT_THAT(Plan("a", clock_.Now()), IsOk());
  SetLease("a", "DATE_ADD(UTC_TIMESTAMP(6), INTERVAL 1 HOUR)");
  Runner runner(store_, running, "services/test");
  Count(runner);
  EXPECT_EQ(*runner.RunDue(), 1);
}

// Due times are the database's: a process that is an hour ahead or behind neither begins early nor late, and its handlers are told the
// database's time.
TEST_F(RunnerTest, AProcessWithAWrongClockRunsByTheDatabases) {
  class WrongClock final : public time::Clock {
   public:
    explicit WrongClock(absl::Duration off) : off_(off) {}
    absl::Time Now() const override { return absl::Now() + off_; }

   private:
    const absl::Duration off_;
  };
  for (const absl::Duration off : {absl::Hours(1), -absl::Hours(1)}) {
    const WrongClock wrong(off);
    Runner runner(store_, wrong, "services/test");
    absl::Time told;
    runner.Handle("count", [&](const rpc::Call& call, const Job& job) {
      EXPECT_GE(call.now, job.run_time);
      told = call.now;
      ++runs_[job.payload];
      return Outcome::Failed(absl::UnavailableError("later"));
    });
    ASSERT_THAT(Plan("due", absl::Now() - absl::Minutes(1)), IsOk());
    ASSERT_THAT(Plan("not due", absl::Now() + absl::Minutes(30)), IsOk());
    EXPECT_EQ(*runner.RunDue(), 1);
    EXPECT_EQ(runs_.count("not due"), 0u);
    EXPECT_LT(absl::AbsDuration(told - absl::Now()), absl::Minutes(5));
    EXPECT_LT(absl::AbsDuration(RunTime("due") - absl::Now()), absl::Minutes(5)) << "the back-off";
  }
  EXPECT_EQ(runs_["due"], 2);
}

// What a clock that was wrong has put off for an hour runs again at once, in a process that has just begun and in one that has been
// running.
TEST_F(RunnerTest, ARecurringJobIsAtMostOneIntervalAhead) {
  Runner runner(store_, clock_, "services/test");
  int runs = 0;
  runner.Recur("tick", absl::Seconds(10), [&](const rpc::Call& call, const Job&) {
    return ++runs == 1 ? Outcome::Again(call.now + absl::Hours(1)) : Outcome::Done();
  });
  EXPECT_EQ(*runner.RunDue(), 1);
  EXPECT_EQ(*runner.RunDue(), 1) << "not an hour later";
  EXPECT_EQ(*runner.RunDue(), 0);
  clock_.Advance(absl::Seconds(10));
  EXPECT_EQ(*runner.RunDue(), 1);
  clock_.Advance(-absl::Hours(1));
  EXPECT_EQ(*runner.RunDue(), 1);
  clock_.Advance(-absl::Hours(1));
  Runner next(store_, clock_, "services/test");
  next.Recur("tick", absl::Seconds(10), [&](const rpc::Call&, const Job&) { return Outcome::Done(); });
  EXPECT_EQ(*next.RunDue(), 1);
}

// A back-off may be longer than the interval, and is respected.
TEST_F(RunnerTest, ARecurringJobThatFailsBacksOff) {
  Runner runner(store_, clock_, "services/test");
  runner.Recur("tick", absl::Milliseconds(100),
               [&](const rpc::Call&, const Job&) { return Outcome::Failed(absl::UnavailableError("later")); });
  EXPECT_EQ(*runner.RunDue(), 1);
  clock_.Advance(absl::Milliseconds(900));
  EXPECT_EQ(*runner.RunDue(), 0);
  clock_.Advance(absl::Milliseconds(100));
  EXPECT_EQ(*runner.RunDue(), 1);
}

// The record of a failure is for people: no details, which are binary.
TEST_F(RunnerTest, TheLastErrorIsASentence) {
  Runner runner(store_, clock_, "services/test");
  runner.Handle("count", [](const rpc::Call&, const Job&) {
    return Outcome::Failed(status::RetryLater(status::kUnavailable, absl::Seconds(1), {{"what", "metrics"}}));
  });
  ASSERT_THAT(Plan("a", clock_.Now()), IsOk());
  EXPECT_EQ(*runner.RunDue(), 1);
  EXPECT_EQ(Field("last_error", "a"), "UNAVAILABLE: metrics cannot be reached at present.");
}

TEST_F(RunnerTest, ARecurringJobStaysAndAScheduledOneMoves) {
  Runner runner(store_, clock_, "services/test");
  int runs = 0;
  const auto tick = [&](const rpc::Call& call, const Job& job) -> Outcome {
    EXPECT_TRUE(call.principal.Has(options::v1::ROLE_SERVICE));
    EXPECT_EQ(job.payload, std::string(runs, '+'));
    ++runs;
    if (runs == 2) return {absl::UnavailableError("not now"), absl::InfiniteFuture(), job.payload + '+'};
    return {absl::OkStatus(), clock_.Now() + absl::Hours(1), job.payload + '+'};
  };
  runner.Recur("tick", absl::Hours(1), tick);
  Count(runner);
  EXPECT_EQ(*runner.RunDue(), 1);
  EXPECT_EQ(*runner.RunDue(), 0);
  Runner replica(store_, clock_, "services/test");
  replica.Recur("tick", absl::Hours(1), tick);
  EXPECT_EQ(*replica.RunDue(), 0) << "one job for all replicas";
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(*replica.RunDue(), 1);
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(*runner.RunDue(), 1) << "repeated after a failure";
  EXPECT_EQ(runs, 3);
  ASSERT_THAT(Plan("a", clock_.Now()), IsOk());
  ASSERT_THAT(Plan("a", clock_.Now() + absl::Minutes(5)), IsOk());
  EXPECT_EQ(*runner.RunDue(), 0);
  clock_.Advance(absl::Minutes(5));
  EXPECT_EQ(*runner.RunDue(), 1);
}

}  // namespace
}  // namespace heitie::job
