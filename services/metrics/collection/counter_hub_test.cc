#include "services/metrics/collection/counter_hub.h"

#include <gmock/gmock.h>

#include <atomic>
#include <memory>

#include "heitie/metrics/v1/counters.pb.h"
#include "services/metrics/collection/fake_stream.h"

namespace heitie::metrics {
namespace {

using namespace std::chrono_literals;

// Counters whose version is all there is, and which can fail.
struct FakeSource {
  std::atomic<int64_t> version{0};
  std::atomic<int> reads{0};
  std::atomic<bool> broken{false};

  CounterHub::Source source() {
    return {[this](const std::string& activity) -> absl::StatusOr<v1::ActivityCounters> {
              ++reads;
              if (broken) return absl::UnavailableError("away");
              v1::ActivityCounters counters;
              counters.set_activity(activity);
              counters.set_version(version);
              return counters;
            },
            [this](const std::vector<std::string>& activities) -> absl::StatusOr<std::map<std::string, int64_t>> {
              if (broken) return absl::UnavailableError("away");
              std::map<std::string, int64_t> versions;
              for (const std::string& activity : activities) versions[activity] = version;
              return versions;
            }};
  }
};

auto HasVersion(int64_t version) {
  return [version](const std::vector<FakeStream::Received>& received) {
    return !received.empty() && received.back().counters.version() == version;
  };
}

constexpr CounterHub::Pace kRarePoll{.send = 200ms, .poll = 1h};

TEST(CounterHubTest, SendsAtOnceAndAfterChanges) {
  FakeSource source;
  CounterHub hub(source.source(), kRarePoll);
  auto stream = std::make_shared<FakeStream>();
  hub.Watch(stream, "activities/x");
  ASSERT_TRUE(stream->WaitFor(HasVersion(0)));
  EXPECT_EQ(stream->received().back().counters.activity(), "activities/x");
  source.version = 1;
  hub.Changed({"activities/other", "activities/x"});
  ASSERT_TRUE(stream->WaitFor(HasVersion(1)));
  EXPECT_EQ(stream->received().size(), 2u);
}

TEST(CounterHubTest, LateWatcherDoesNotWait) {
  FakeSource source;
  CounterHub hub(source.source(), {.send = 1h, .poll = 1h});
  auto first = std::make_shared<FakeStream>(), second = std::make_shared<FakeStream>();
  hub.Watch(first, "activities/x");
  ASSERT_TRUE(first->WaitFor(HasVersion(0)));
  source.version = 1;
  hub.Watch(second, "activities/x");
  ASSERT_TRUE(second->WaitFor(HasVersion(1)));
  EXPECT_EQ(first->received().size(), 1u) << "the first keeps its pace";
}

TEST(CounterHubTest, CoalescesWhatFollowsTooFast) {
  FakeSource source;
  CounterHub hub(source.source(), kRarePoll);
  auto stream = std::make_shared<FakeStream>();
  hub.Watch(stream, "activities/x");
  for (int i = 1; i <= 1000; ++i) {
    source.version = i;
    hub.Changed({"activities/x"});
    std::this_thread::sleep_for(1ms);
  }
  ASSERT_TRUE(stream->WaitFor(HasVersion(1000)));
  const std::vector<FakeStream::Received> received = stream->received();
  for (size_t i = 1; i < received.size(); ++i) {
    EXPECT_GT(received[i].counters.version(), received[i - 1].counters.version());
    EXPECT_GE(received[i].time - received[i - 1].time, 150ms) << i;  // 200 ms less the jitter of the clock's reading
  }
  EXPECT_GE(received.size(), 3u);
}

TEST(CounterHubTest, PollSeesWhatOtherReplicasTookIn) {
  FakeSource source;
  CounterHub hub(source.source(), {.send = 10ms, .poll = 50ms});
  auto stream = std::make_shared<FakeStream>();
  hub.Watch(stream, "activities/x");
  ASSERT_TRUE(stream->WaitFor(HasVersion(0)));
  source.version = 5;
  ASSERT_TRUE(stream->WaitFor(HasVersion(5)));
  EXPECT_EQ(stream->received().size(), 2u);
}

TEST(CounterHubTest, NothingIsReadWhenNothingChanges) {
  FakeSource source;
  CounterHub hub(source.source(), {.send = 1ms, .poll = 10ms});
  auto stream = std::make_shared<FakeStream>();
  hub.Watch(stream, "activities/x");
  ASSERT_TRUE(stream->WaitFor(HasVersion(0)));
  std::this_thread::sleep_for(100ms);
  const int reads = source.reads;
  std::this_thread::sleep_for(200ms);
  EXPECT_EQ(source.reads, reads);
  EXPECT_EQ(stream->received().size(), 1u);
}

TEST(CounterHubTest, FailureIsRetried) {
  FakeSource source;
  source.broken = true;
  CounterHub hub(source.source(), {.send = 10ms, .poll = 50ms});
  auto stream = std::make_shared<FakeStream>();
  hub.Watch(stream, "activities/x");
  EXPECT_FALSE(stream->WaitFor(HasVersion(0), 200ms));
  EXPECT_LE(source.reads, 10) << "the pause after a failure is kept";
  source.broken = false;
  EXPECT_TRUE(stream->WaitFor(HasVersion(0)));
}

TEST(CounterHubTest, ForgetsThoseWhoLeft) {
  FakeSource source;
  CounterHub hub(source.source(), kRarePoll);
  auto gone = std::make_shared<FakeStream>(), stays = std::make_shared<FakeStream>();
  std::weak_ptr<FakeStream> watched = gone;
  hub.Watch(gone, "activities/x");
  hub.Watch(stays, "activities/y");
  ASSERT_TRUE(gone->WaitFor(HasVersion(0)));
  ASSERT_TRUE(stays->WaitFor(HasVersion(0)));
  gone->Leave();
  gone.reset();
  source.version = 1;
  hub.Changed({"activities/x", "activities/y"});
  ASSERT_TRUE(stays->WaitFor(HasVersion(1)));
  for (int i = 0; i < 1000 && !watched.expired(); ++i) std::this_thread::sleep_for(10ms);
  EXPECT_TRUE(watched.expired());
}

TEST(CounterHubTest, EndsStreamsAtShutdown) {
  FakeSource source;
  auto stream = std::make_shared<FakeStream>();
  {
    CounterHub hub(source.source(), kRarePoll);
    hub.Watch(stream, "activities/x");
    ASSERT_TRUE(stream->WaitFor(HasVersion(0)));
  }
  EXPECT_TRUE(absl::IsUnavailable(stream->end()));
}

}  // namespace
}  // namespace heitie::metrics
