#include "common/job/runner.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <barrier>
#include <condition_variable>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <stdexcept>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/job/allotment.h"
#include "common/job/figures.h"
#include "common/observe/metrics.h"
#include "common/test/fixture.h"
#include "common/time/business_calendar.h"

namespace heitie::job {
namespace {

using ::heitie::test::IsOk;

class RunnerTest : public ::testing::Test {
 protected:
  absl::Status Plan(const std::string& name, absl::Time at, const std::string& kind = "count") {
    const rpc::Call call = test::By("employees/x", {}, clock_.Now());
    return store_.database().Write(call.deadline, [&](sql::Session& session) {
      record::Transaction tx{call, session};
      return Schedule(tx, {name, kind, name, at});
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

TEST_F(RunnerTest, AHastenedJobRunsBeforeItsInterval) {
  std::function<void()> hasten;
  {
    Runner runner(store_, clock_, "services/test");
    std::atomic<int> runs = 0;
    runner.Recur("tick", absl::Hours(1), [&](const rpc::Call&, const Job&) {
      ++runs;
      return Outcome::Done();
    });
    hasten = runner.Hastener("tick");
    EXPECT_EQ(*runner.RunDue(), 1);
    EXPECT_EQ(*runner.RunDue(), 0);
    hasten();
    EXPECT_EQ(*runner.RunDue(), 1);
    EXPECT_EQ(*runner.RunDue(), 0) << "once";
    // Wakes the thread, which would not look for an hour.
    runner.Start(absl::Hours(1));
    hasten();
    for (int i = 0; i < 3000 && runs < 3; ++i) absl::SleepFor(absl::Milliseconds(10));
    EXPECT_EQ(runs, 3);
    runner.Stop();
    Runner other(store_, clock_, "services/test");
    other.Recur("tick", absl::Hours(1), [&](const rpc::Call&, const Job&) { return Outcome::Failed(absl::UnavailableError("later")); });
    other.Hastener("tick")();
    EXPECT_EQ(*other.RunDue(), 1);
    other.Hastener("tick")();
    EXPECT_EQ(*other.RunDue(), 0) << "what backs off is not hastened";
  }
  hasten();
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

TEST_F(RunnerTest, AJobThatIsScheduledAnewWhileItRunsRunsAgain) {
  Runner runner(store_, clock_, "services/test");
  int runs = 0;
  const auto run = [&](const rpc::Call&, const Job& job) -> Outcome {
    if (++runs == 1) return Outcome::Failed(absl::UnavailableError("not now"));
    if (runs == 2) {
      EXPECT_THAT(Plan("a", clock_.Now() + absl::Minutes(5), "other"), IsOk());
    }
    EXPECT_EQ(job.kind, runs == 2 ? "count" : "other");
    EXPECT_EQ(job.attempt, runs == 2 ? 1 : 0);
    return Outcome::Done();
  };
  runner.Handle("count", run);
  runner.Handle("other", run);
  ASSERT_THAT(Plan("a", clock_.Now()), IsOk());
  EXPECT_EQ(*runner.RunDue(), 1);
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(*runner.RunDue(), 1);
  for (const char* column : {"lease_token", "lease_until", "last_error", "anchor_time"}) EXPECT_EQ(Field(column, "a"), "") << column;
  EXPECT_EQ(Field("attempt", "a"), "0");
  clock_.Advance(absl::Minutes(5));
  EXPECT_EQ(*runner.RunDue(), 1);
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(Field("name", "a"), "") << "done";
}

TEST_F(RunnerTest, ManyMayPlanTheSameJobAtOnce) {
  constexpr int kRounds = 50, kPlanners = 4;
  std::barrier round(kPlanners);
  std::vector<std::thread> planners;
  for (int i = 0; i < kPlanners; ++i) {
    planners.emplace_back([&, i] {
      for (int n = 0; n < kRounds; ++n) {
        round.arrive_and_wait();
        EXPECT_THAT(Plan(absl::StrCat("j", n), clock_.Now() + absl::Minutes(i)), IsOk());
      }
    });
  }
  for (std::thread& planner : planners) planner.join();
  Runner runner(store_, clock_, "services/test");
  Count(runner);
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(*runner.RunDue(), kRounds);
}

// ---- Lanes

// What hangs until it is let go.
class Hanging {
 public:
  ~Hanging() { LetGo(); }
  Handler handler() {
    return [this](const rpc::Call&, const Job&) {
      ++begun_;
      const int now = ++running_;
      for (int most = most_; now > most && !most_.compare_exchange_weak(most, now);) {
      }
      end_.WaitForNotification();
      --running_;
      return Outcome::Done();
    };
  }
  void LetGo() {
    if (!end_.HasBeenNotified()) end_.Notify();
  }
  bool AwaitBegun(int count) const {
    for (const absl::Time end = absl::Now() + absl::Seconds(30); begun_ < count && absl::Now() < end;)
      absl::SleepFor(absl::Milliseconds(1));
    return begun_ >= count;
  }
  int begun() const { return begun_; }
  int most() const { return most_; }

 private:
  absl::Notification end_;
  std::atomic<int> begun_{0}, running_{0}, most_{0};
};

// However many of them hang: three lanes have no thread left, and the fourth is in time.
TEST_F(RunnerTest, WhatHangsInOneLaneDelaysNoneOfAnother) {
  const time::SystemClock running;
  Runner runner(store_, running, "services/test");
  Hanging hanging;
  const std::pair<const char*, Lane> kinds[] = {{"follow", Lane::kFollowers}, {"deliver", Lane::kDeliveries}, {"report", Lane::kLongWork}};
  int threads = 0;
  for (const auto& [kind, lane] : kinds) {
    runner.Handle(kind, hanging.handler(), lane);
    runner.SetThreads(lane, 2);
    threads += 2;
    for (int i = 0; i < 5; ++i) ASSERT_THAT(Plan(absl::StrCat(kind, i), absl::Now() - absl::Minutes(1), kind), IsOk());
  }
  Count(runner);
  runner.Start();
  ASSERT_TRUE(hanging.AwaitBegun(threads));
  absl::Duration longest;
  for (int i = 0; i < 20; ++i) {
    const std::string name = absl::StrCat("launch", i);
    const absl::Time due = absl::Now() + absl::Milliseconds(50);
    ASSERT_THAT(Plan(name, due), IsOk());
    AwaitRuns(name, 1);
    longest = std::max(longest, absl::Now() - due);
  }
  RecordProperty("longest_delay_ms", static_cast<int>(absl::ToInt64Milliseconds(longest)));
  EXPECT_LT(longest, absl::Seconds(5)) << "what hangs does so for ever";
  EXPECT_EQ(hanging.begun(), threads) << "and the lanes that hang take no more";
  hanging.LetGo();
  runner.Stop();
}

// Two of three kinds of a lane hang as often as they may.
TEST_F(RunnerTest, KindsThatHangLeaveTheOthersOfTheirLaneAThread) {
  const time::SystemClock running;
  Runner runner(store_, running, "services/test");
  Hanging hanging;
  runner.SetThreads(Lane::kDeadlines, 4);
  for (const char* kind : {"a", "b"}) {
    runner.Handle(kind, hanging.handler());
    for (int i = 0; i < 6; ++i) ASSERT_THAT(Plan(absl::StrCat(kind, i), absl::Now() - absl::Minutes(1), kind), IsOk());
  }
  Count(runner);
  runner.Start(absl::Milliseconds(10));
  ASSERT_TRUE(hanging.AwaitBegun(3)) << "all but the one that is kept";
  for (int i = 0; i < 10; ++i) {
    const std::string name = absl::StrCat("c", i);
    ASSERT_THAT(Plan(name, absl::Now()), IsOk());
    AwaitRuns(name, 1);
  }
  EXPECT_EQ(hanging.most(), 3);
  hanging.LetGo();
  runner.Stop();
}

// A lane with fewer threads than kinds has one for each of them.
TEST_F(RunnerTest, EachKindHasAThread) {
  const time::SystemClock running;
  Runner runner(store_, running, "services/test");
  Hanging hanging;
  runner.SetThreads(Lane::kDeadlines, 1);
  for (const char* kind : {"a", "b", "c"}) {
    runner.Handle(kind, hanging.handler());
    ASSERT_THAT(Plan(kind, absl::Now(), kind), IsOk());
  }
  runner.Start(absl::Milliseconds(10));
  EXPECT_TRUE(hanging.AwaitBegun(3));
  hanging.LetGo();
  runner.Stop();
}

// Whatever comes in whatever order: who has nothing running gets a thread, and no more run than there are threads.
TEST(AllotmentTest, AKindOfWhichNothingRunsAlwaysGetsAThread) {
  std::mt19937 random(7);
  for (int round = 0; round < 500; ++round) {
    const int kinds = 1 + random() % 6, threads = kinds + random() % 6;
    std::map<std::string, int> running;
    for (int k = 0; k < kinds; ++k) running[std::string(1, 'a' + k)] = 0;
    for (int step = 0; step < 60; ++step) {
      Allotment allotment(threads, running);
      for (int i = random() % 4; i > 0; --i) {
        const std::string kind(1, 'a' + random() % kinds);
        const int most = allotment.MostOf(kind);
        const bool taken = allotment.Take(kind);
        ASSERT_EQ(taken, most > 0);
        ASSERT_TRUE(taken || running[kind] > 0);
        running[kind] += taken;
      }
      int all = 0;
      for (const auto& [kind, count] : running) all += count;
      ASSERT_LE(all, threads);
      ASSERT_EQ(allotment.free(), threads - all);
      int& some = running[std::string(1, 'a' + random() % kinds)];
      if (some > 0) --some;
    }
    // A kind alone may have all threads but those kept for the others.
    for (auto& [kind, count] : running) count = 0;
    ASSERT_EQ(Allotment(threads, running).MostOf("a"), threads - kinds + 1);
  }
}

// A replica whose threads hang holds no more than it runs.
TEST_F(RunnerTest, WhatIsLeasedIsBegun) {
  const time::SystemClock running;
  Runner stuck(store_, running, "services/test"), other(store_, running, "services/test");
  Hanging hanging;
  stuck.SetThreads(Lane::kDeadlines, 3);
  stuck.Handle("count", hanging.handler());
  Count(other);
  for (int i = 0; i < 10; ++i) ASSERT_THAT(Plan(absl::StrCat("j", i), absl::Now() - absl::Minutes(1)), IsOk());
  stuck.Start(absl::Milliseconds(10));
  ASSERT_TRUE(hanging.AwaitBegun(3));
  EXPECT_EQ(*other.RunDue(), 7);
  hanging.LetGo();
  stuck.Stop();
}

TEST_F(RunnerTest, ReplicasWithManyThreadsRunEachJobOnce) {
  constexpr int kJobs = 400;
  const time::SystemClock running;
  for (int i = 0; i < kJobs; ++i) ASSERT_THAT(Plan(absl::StrCat("j", i), absl::Now() - absl::Minutes(1)), IsOk());
  std::vector<std::unique_ptr<Runner>> replicas;
  for (int r = 0; r < 4; ++r) {
    replicas.push_back(std::make_unique<Runner>(store_, running, "services/test"));
    Count(*replicas.back());
  }
  for (const auto& replica : replicas) replica->Start(absl::Milliseconds(5));
  for (int i = 0; i < kJobs; ++i) AwaitRuns(absl::StrCat("j", i), 1);
  replicas.clear();
  for (const auto& [name, runs] : runs_) EXPECT_EQ(runs, 1) << name;
}

// Another process leases several jobs at once and is killed inside them.
TEST_F(RunnerTest, AKilledProcessLosesAllItsLeases) {
  const time::SystemClock running;
  constexpr absl::Duration kLease = absl::Seconds(2);
  for (int i = 0; i < 4; ++i) ASSERT_THAT(Plan(absl::StrCat("j", i), absl::Now() - absl::Minutes(1)), IsOk());
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    sql::Database database(database_.get().options());
    record::Store store(database);
    Runner runner(store, running, "services/test", kLease);
    Hanging hanging;
    runner.Handle("count", hanging.handler());
    runner.Start();
    while (true) pause();
  }
  Runner survivor(store_, running, "services/test", kLease);
  Count(survivor);
  for (int i = 0; i < 4; ++i) {
    const std::string name = absl::StrCat("j", i);
    const absl::Time end = absl::Now() + absl::Seconds(30);
    while (LeaseUntil(name).empty() && absl::Now() < end) absl::SleepFor(absl::Milliseconds(5));
    EXPECT_NE(LeaseUntil(name), "");
  }
  EXPECT_EQ(*survivor.RunDue(), 0) << "it lives";
  ASSERT_EQ(kill(child, SIGKILL), 0);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  survivor.Start(absl::Milliseconds(20));
  for (int i = 0; i < 4; ++i) AwaitRuns(absl::StrCat("j", i), 1);
  survivor.Stop();
  for (const auto& [name, runs] : runs_) EXPECT_EQ(runs, 1) << name;
}

// A handler that holds the row of its own job in a transaction, for longer than a lease lasts, keeps nobody else's lease from being
// renewed.
TEST_F(RunnerTest, ALockedRowKeepsNoLeaseFromBeingRenewed) {
  const time::SystemClock running;
  constexpr absl::Duration kLease = absl::Seconds(1);
  Runner runner(store_, running, "services/test", kLease), other(store_, running, "services/test", kLease);
  runner.Handle("lock", [&](const rpc::Call& call, const Job& job) {
    return Outcome::Failed(store_.database().Write(call.deadline, [&](sql::Session& session) {
      record::Transaction tx{call, session};
      const absl::Status cancelled = Cancel(tx, job.name);
      absl::SleepFor(3 * kLease);
      return cancelled;
    }));
  });
  std::atomic<bool> ended{false};
  runner.Handle("wait", [&](const rpc::Call&, const Job&) {
    absl::SleepFor(3 * kLease);
    ended = true;
    return Outcome::Done();
  });
  for (const char* kind : {"lock", "wait"}) {
    other.Handle(kind, [&](const rpc::Call&, const Job& job) {
      const std::lock_guard<std::mutex> lock(mutex_);
      ++runs_[job.name];
      return Outcome::Done();
    });
    ASSERT_THAT(Plan(absl::StrCat("a ", kind), absl::Now(), kind), IsOk());
  }
  runner.Start(absl::Milliseconds(10));
  while (LeaseUntil("a wait").empty()) absl::SleepFor(absl::Milliseconds(1));
  while (!ended) EXPECT_THAT(other.RunDue(), IsOk());
  runner.Stop();
  EXPECT_EQ(runs_.size(), 0u) << runs_.begin()->first;
}

// A job of a newer version's kind is left as it is.
TEST_F(RunnerTest, JobsOfUnknownKindsAreLeftToWhoKnowsThem) {
  const time::SystemClock running;
  Runner runner(store_, running, "services/test");
  Count(runner);
  ASSERT_THAT(Plan("new", absl::Now() - absl::Minutes(1), "newer"), IsOk());
  ASSERT_THAT(Plan("old", absl::Now() - absl::Minutes(1)), IsOk());
  runner.Start(absl::Milliseconds(5));
  AwaitRuns("old", 1);
  ASSERT_THAT(Plan("later", absl::Now()), IsOk());
  AwaitRuns("later", 1);
  EXPECT_GE(runner.report().oldest_unknown, absl::Minutes(1));
  runner.Stop();
  EXPECT_EQ(Field("attempt", "new"), "0");
  EXPECT_EQ(LeaseUntil("new"), "");
  Runner newer(store_, running, "services/test");
  newer.Handle("newer", [](const rpc::Call&, const Job&) { return Outcome::Done(); });
  EXPECT_EQ(*newer.RunDue(), 1);
}

TEST_F(RunnerTest, StopWaitsForWhatRunsAndLeavesTheRestToOthers) {
  const time::SystemClock running;
  Runner runner(store_, running, "services/test");
  runner.SetThreads(Lane::kDeadlines, 2);
  std::atomic<int> begun{0}, ended{0};
  runner.Handle("slow", [&](const rpc::Call&, const Job&) {
    ++begun;
    absl::SleepFor(absl::Milliseconds(300));
    ++ended;
    return Outcome::Done();
  });
  for (int i = 0; i < 6; ++i) ASSERT_THAT(Plan(absl::StrCat("j", i), absl::Now() - absl::Minutes(1), "slow"), IsOk());
  runner.Start(absl::Milliseconds(5));
  while (begun < 2) absl::SleepFor(absl::Milliseconds(1));
  runner.Stop();
  const int done = begun;
  EXPECT_EQ(ended, done);
  Runner other(store_, running, "services/test");
  other.Handle("slow", [](const rpc::Call&, const Job&) { return Outcome::Done(); });
  EXPECT_EQ(*other.RunDue(), 6 - done) << "no lease is left behind";
}

// ---- What operators see

TEST_F(RunnerTest, TheReportShowsWhatHangsAndWhatFails) {
  const time::SystemClock running;
  Runner runner(store_, running, "services/test");
  Hanging hanging;
  runner.Handle("hang", hanging.handler(), Lane::kDeliveries);
  runner.Handle("fail", [](const rpc::Call&, const Job&) {
    return Outcome::Failed(status::RetryLater(status::kUnavailable, absl::Seconds(1), {{"what", "metrics"}}));
  });
  ASSERT_THAT(Plan("h", absl::Now() - absl::Minutes(2), "hang"), IsOk());
  ASSERT_THAT(Plan("f", absl::Now(), "fail"), IsOk());
  runner.Start(absl::Milliseconds(20));
  const absl::Time end = absl::Now() + absl::Seconds(30);
  while ((runner.report().failing.empty() || runner.report().kinds["fail"].failures < 2) && absl::Now() < end) {
    absl::SleepFor(absl::Milliseconds(20));
  }
  Report report = runner.report();
  ASSERT_EQ(report.failing.size(), 1u);
  EXPECT_EQ(report.failing[0].job, "f");
  EXPECT_EQ(report.failing[0].kind, "fail");
  EXPECT_GE(report.failing[0].attempts, 1);
  EXPECT_EQ(report.failing[0].error, "UNAVAILABLE: metrics cannot be reached at present.");
  EXPECT_EQ(report.kinds["fail"].failing, 1);
  EXPECT_EQ(report.kinds["hang"].failing, 0);
  EXPECT_EQ(report.kinds["hang"].failures, 0u);
  ASSERT_EQ(report.lanes.size(), 2u) << "those with handlers";
  EXPECT_EQ(report.lanes[0].lane, Lane::kDeadlines);
  EXPECT_EQ(report.lanes[1].lane, Lane::kDeliveries);
  EXPECT_EQ(report.lanes[1].running, 1);
  EXPECT_EQ(report.lanes[1].threads, 4);
  EXPECT_GE(report.lanes[1].oldest_due, absl::Minutes(2));
  EXPECT_EQ(report.oldest_unknown, absl::ZeroDuration());
  ASSERT_GE(report.running.size(), 1u);
  EXPECT_EQ(report.running[0].job, "h");
  EXPECT_GT(report.running[0].duration, absl::ZeroDuration());
  RegisterFigures(runner);
  const std::string scrape = observe::Scrape();
  for (const char* line : {"heitie_jobs_oldest_due_seconds{lane=\"unknown\"} 0\n", "heitie_jobs_oldest_due_seconds{lane=\"deliveries\"} 1",
                           "heitie_jobs_running{lane=\"deliveries\"} 1\n", "heitie_jobs_failing{kind=\"fail\"} 1\n",
                           "heitie_jobs_failing{kind=\"hang\"} 0\n", "heitie_job_failures_total{kind=\"fail\"} "}) {
    EXPECT_THAT(scrape, ::testing::HasSubstr(line));
  }
  hanging.LetGo();
  runner.Stop();
}

// ---- Timetables

// By a calendar of Asia/Taipei, from 9 to 12 and from 13 to 18 on Mondays to Fridays. The clock begins on Thursday, 2026-01-01, 08:00.
class TimetableRunnerTest : public RunnerTest {
 protected:
  static time::CalendarRules Rules() {
    time::CalendarRules rules;
    absl::LoadTimeZone("Asia/Taipei", &rules.zone);
    for (int weekday = 0; weekday < 5; ++weekday) {
      rules.week[weekday] = {{absl::Hours(9), absl::Hours(12)}, {absl::Hours(13), absl::Hours(18)}};
    }
    return rules;
  }
  void Set(const time::CalendarRules& rules) {
    const auto calendar = time::BusinessCalendar::Make({{absl::InfinitePast(), rules}});
    ASSERT_THAT(calendar, IsOk());
    calendar_ = std::make_shared<const time::BusinessCalendar>(*calendar);
  }
  CalendarSource source() {
    return [this]() -> absl::StatusOr<std::shared_ptr<const time::BusinessCalendar>> {
      if (calendar_ == nullptr) return status::RetryLater(status::kUnavailable, absl::Seconds(1), {{"what", "the calendar"}});
      return calendar_;
    };
  }
  void Recur(Runner& runner, Timetable timetable) {
    runner.Recur("daily", timetable, source(), [this](const rpc::Call& call, const Job&) {
      ran_at_.push_back(Local(call.now));
      return outcome_;
    });
  }
  static std::string Local(absl::Time time) { return absl::FormatTime("%m-%d %H:%M", time, Rules().zone); }
  void AdvanceTo(const std::string& local) {
    absl::Time time;
    std::string error;
    ASSERT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M", "2026-" + local, Rules().zone, &time, &error)) << error;
    clock_.Set(time);
  }
  std::string Due() { return Local(RunTime("daily")); }

  std::shared_ptr<const time::BusinessCalendar> calendar_;
  Outcome outcome_ = Outcome::Done();
  std::vector<std::string> ran_at_;
};

TEST_F(TimetableRunnerTest, RunsOnceEachWorkingDay) {
  Set(Rules());
  Runner runner(store_, clock_, "services/test"), replica(store_, clock_, "services/test");
  for (Runner* each : {&runner, &replica}) Recur(*each, Timetable::Opening(absl::Minutes(30)));
  EXPECT_EQ(*runner.RunDue(), 0) << "not before its first time";
  EXPECT_EQ(Due(), "01-01 09:30");
  AdvanceTo("01-01 09:30");
  EXPECT_EQ(*runner.RunDue(), 1);
  EXPECT_EQ(*replica.RunDue(), 0);
  EXPECT_EQ(Due(), "01-02 09:30");
  AdvanceTo("01-02 17:00");
  EXPECT_EQ(*replica.RunDue(), 1);
  EXPECT_EQ(Due(), "01-05 09:30") << "not on Saturday";
}

TEST_F(TimetableRunnerTest, MissedRunsAreMadeUpForByOne) {
  Set(Rules());
  Runner runner(store_, clock_, "services/test");
  Recur(runner, Timetable::WorkingTime(absl::Hours(2)));
  EXPECT_EQ(*runner.RunDue(), 0);
  EXPECT_EQ(Due(), "01-01 11:00");
  AdvanceTo("01-05 10:10");
  EXPECT_EQ(*runner.RunDue(), 1);
  EXPECT_EQ(Due(), "01-05 11:00") << "the rhythm of two hours from the first opening stays";
}

// It shows as a failing job, and its handler does not run.
TEST_F(TimetableRunnerTest, WaitsForItsCalendar) {
  Runner runner(store_, clock_, "services/test");
  Recur(runner, Timetable::WallTime(absl::Hours(8) + absl::Minutes(30)));
  EXPECT_EQ(*runner.RunDue(), 1);
  EXPECT_EQ(Field("attempt", "daily"), "1");
  EXPECT_EQ(Field("last_error", "daily"), "UNAVAILABLE: the calendar cannot be reached at present.");
  clock_.Advance(absl::Milliseconds(900));
  EXPECT_EQ(*runner.RunDue(), 0) << "a back-off";
  Set(Rules());
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(*runner.RunDue(), 1);
  EXPECT_EQ(Field("attempt", "daily"), "0");
  EXPECT_EQ(Due(), "01-01 08:30");
  EXPECT_TRUE(ran_at_.empty());
  AdvanceTo("01-01 08:31");
  calendar_ = nullptr;
  EXPECT_EQ(*runner.RunDue(), 1);
  EXPECT_TRUE(ran_at_.empty()) << "it may be a holiday by now";
  Set(Rules());
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(*runner.RunDue(), 1);
  EXPECT_EQ(ran_at_, std::vector<std::string>{"01-01 08:32"});
  EXPECT_EQ(Due(), "01-02 08:30");
}

TEST_F(TimetableRunnerTest, FollowsItsCalendar) {
  Set(Rules());
  Runner runner(store_, clock_, "services/test");
  Recur(runner, Timetable::Opening());
  AdvanceTo("01-02 20:00");
  EXPECT_EQ(*runner.RunDue(), 0);
  EXPECT_EQ(Due(), "01-05 09:00");
  // Saturday becomes a make-up workday.
  time::CalendarRules rules = Rules();
  rules.special_days = {{absl::CivilDay(2026, 1, 3), rules.week[0]}};
  Set(rules);
  EXPECT_EQ(*runner.RunDue(), 0);
  EXPECT_EQ(Due(), "01-03 09:00");
  // A typhoon after all, announced when the run is already due but not begun.
  rules.closures = {{RunTime("daily") - absl::Hours(12), RunTime("daily") + absl::Hours(48)}};
  AdvanceTo("01-03 09:00");
  Set(rules);
  EXPECT_EQ(*runner.RunDue(), 1);
  EXPECT_TRUE(ran_at_.empty());
  EXPECT_EQ(Due(), "01-05 09:00");
}

TEST_F(TimetableRunnerTest, AFailedRunIsRepeatedAndOneInPortionsGoesOn) {
  Set(Rules());
  Runner runner(store_, clock_, "services/test");
  Recur(runner, Timetable::Opening());
  ASSERT_EQ(*runner.RunDue(), 0);
  AdvanceTo("01-01 09:00");
  outcome_ = Outcome::Failed(absl::UnavailableError("later"));
  EXPECT_EQ(*runner.RunDue(), 1);
  clock_.Advance(absl::Minutes(1));
  outcome_ = Outcome::Again(clock_.Now() + absl::Minutes(10));
  EXPECT_EQ(*runner.RunDue(), 1);
  EXPECT_EQ(Due(), "01-01 09:11");
  EXPECT_EQ(*runner.RunDue(), 0);
  EXPECT_EQ(Due(), "01-01 09:11") << "left where the handler has put it";
  clock_.Advance(absl::Minutes(10));
  outcome_ = Outcome::Done();
  EXPECT_EQ(*runner.RunDue(), 1);
  EXPECT_EQ(ran_at_, (std::vector<std::string>{"01-01 09:00", "01-01 09:01", "01-01 09:11"}));
  EXPECT_EQ(Due(), "01-02 09:00");
}

// What a clock that was wrong has put off for a year, or counted from next year, is due when the timetable says.
TEST_F(TimetableRunnerTest, AWrongClockPutsOffNothing) {
  Set(Rules());
  Runner runner(store_, clock_, "services/test");
  Recur(runner, Timetable::Opening());
  AdvanceTo("12-31 08:00");
  EXPECT_EQ(*runner.RunDue(), 0);
  EXPECT_EQ(Due(), "12-31 09:00");
  AdvanceTo("01-01 08:00");
  EXPECT_EQ(*runner.RunDue(), 0);
  EXPECT_EQ(Due(), "01-01 09:00");
}

}  // namespace
}  // namespace heitie::job
