#include "common/job/runner.h"

#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/testing/fixture.h"

namespace heitie::job {
namespace {

using ::heitie::testing::IsOk;

class RunnerTest : public ::testing::Test {
 protected:
  absl::Status Plan(const std::string& name, absl::Time at) {
    const rpc::Call call = testing::By("employees/x", {}, clock_.Now());
    return store_.database().Write(call.deadline, [&](sql::Session& session) {
      resource::Transaction tx{call, session};
      return Schedule(tx, {name, "count", name, at});
    });
  }
  void Count(Runner& runner) {
    runner.Handle("count", [this](const rpc::Call&, const Job& job) {
      std::lock_guard<std::mutex> lock(mutex_);
      ++runs_[job.payload];
      return Outcome::Done();
    });
  }

  time::FakeClock clock_{absl::FromUnixSeconds(1767225600)};
  testing::TestDatabase database_;
  resource::Store store_{database_.get()};
  std::mutex mutex_;
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
  ASSERT_THAT(Plan("a", clock_.Now()), IsOk());
  Runner second(store_, clock_, "services/test", absl::Seconds(30));
  Count(second);
  Runner first(store_, clock_, "services/test", absl::Seconds(30));
  first.Handle("count", [&](const rpc::Call&, const Job&) {
    EXPECT_EQ(*second.RunDue(), 0);
    clock_.Advance(absl::Seconds(31));
    EXPECT_EQ(*second.RunDue(), 1);
    return Outcome::Failed(absl::AbortedError("too late: the lease is gone"));
  });
  EXPECT_EQ(*first.RunDue(), 1);
  EXPECT_EQ(runs_["a"], 1);
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(*second.RunDue(), 0) << "the first worker's outcome must not revive a finished job";
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
  runner.Recur("tick", tick);
  Count(runner);
  EXPECT_EQ(*runner.RunDue(), 1);
  EXPECT_EQ(*runner.RunDue(), 0);
  Runner replica(store_, clock_, "services/test");
  replica.Recur("tick", tick);
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
