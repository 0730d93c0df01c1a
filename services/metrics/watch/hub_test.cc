#include "services/metrics/watch/hub.h"

#include <dirent.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <memory>
#include <random>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "services/metrics/watch/fake_stream.h"
#include "services/metrics/watch/limits.h"

namespace heitie::metrics {
namespace {

using namespace std::chrono_literals;

// Counters whose version is all there is, and which can fail.
struct FakeTopics {
  std::atomic<int64_t> version{0};
  std::atomic<int> reads{0}, looks{0};
  std::atomic<bool> broken{false}, gone{false};
  std::atomic<int64_t> last{-1};
  std::atomic<int> slow_ms{0};
  absl::Duration refresh = absl::InfiniteDuration();

  Hub::Source source() {
    return {[this](const std::string& topic) { return Read(topic); },
            [this](const std::vector<std::string>& keys) -> absl::StatusOr<std::map<std::string, std::string>> {
              ++looks;
              if (broken) return absl::UnavailableError("away");
              std::map<std::string, std::string> versions;
              for (const std::string& key : keys) versions[key] = absl::StrCat(version.load());
              return versions;
            }};
  }
  absl::StatusOr<WatchedState> Read(const std::string& topic) {
    ++reads;
    if (broken) return absl::UnavailableError("away");
    if (gone) return absl::NotFoundError("gone");
    const int64_t now = version;
    if (slow_ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(slow_ms));
    auto response = std::make_shared<v1::WatchActivityCountersResponse>();
    response->mutable_counters()->set_activity(topic);
    response->mutable_counters()->set_version(now);
    return WatchedState{absl::StrCat(now), {response}, {{topic, absl::StrCat(now)}}, refresh, last == now};
  }
};

auto HasVersion(int64_t version) {
  return [version](const std::vector<FakeStream::Received>& received) {
    return !received.empty() && received.back().message.counters().version() == version;
  };
}

constexpr Hub::Pace kRarePoll{.send = 200ms, .rest = 1ms, .poll = 1h, .look = 1ms};

TEST(HubTest, SendsAtOnceAndAfterChanges) {
  FakeTopics topics;
  Hub hub(topics.source(), kRarePoll);
  auto stream = std::make_shared<FakeStream>();
  hub.Watch(stream, "activities/x");
  ASSERT_TRUE(stream->WaitFor(HasVersion(0)));
  EXPECT_EQ(stream->received().back().message.counters().activity(), "activities/x");
  topics.version = 1;
  hub.Changed({"activities/other", "activities/x"});
  ASSERT_TRUE(stream->WaitFor(HasVersion(1)));
  EXPECT_EQ(stream->received().size(), 2u);
}

TEST(HubTest, LateWatcherGetsThePresentStateAtOnce) {
  FakeTopics topics;
  Hub hub(topics.source(), {.send = 1h, .rest = 1ms, .poll = 1h, .look = 1ms});
  auto first = std::make_shared<FakeStream>(), second = std::make_shared<FakeStream>(), third = std::make_shared<FakeStream>();
  hub.Watch(first, "activities/x");
  ASSERT_TRUE(first->WaitFor(HasVersion(0)));
  topics.version = 1;
  hub.Watch(second, "activities/x");
  ASSERT_TRUE(second->WaitFor(HasVersion(1)));
  EXPECT_EQ(first->received().size(), 1u) << "the first keeps its pace";
  const int reads = topics.reads;
  hub.Watch(third, "activities/x");
  ASSERT_TRUE(third->WaitFor(HasVersion(1)));
  EXPECT_EQ(topics.reads, reads) << "a look at the version suffices";
}

TEST(HubTest, CoalescesWhatFollowsTooFastAndSendsTheLast) {
  FakeTopics topics;
  Hub hub(topics.source(), kRarePoll);
  auto stream = std::make_shared<FakeStream>();
  hub.Watch(stream, "activities/x");
  ASSERT_TRUE(stream->WaitFor(HasVersion(0)));
  for (int i = 1; i <= 1000; ++i) {
    topics.version = i;
    hub.Changed({"activities/x"});
    std::this_thread::sleep_for(1ms);
  }
  ASSERT_TRUE(stream->WaitFor(HasVersion(1000)));
  const std::vector<FakeStream::Received> received = stream->received();
  for (size_t i = 1; i < received.size(); ++i) {
    EXPECT_GT(received[i].message.counters().version(), received[i - 1].message.counters().version());
    EXPECT_GE(received[i].time - received[i - 1].time, 150ms) << i;  // 200 ms less the jitter of the clock's reading
  }
  EXPECT_GE(received.size(), 3u);
}

TEST(HubTest, PollSeesWhatOtherReplicasTookIn) {
  FakeTopics topics;
  Hub hub(topics.source(), {.send = 10ms, .rest = 1ms, .poll = 50ms});
  auto stream = std::make_shared<FakeStream>();
  hub.Watch(stream, "activities/x");
  ASSERT_TRUE(stream->WaitFor(HasVersion(0)));
  topics.version = 5;
  ASSERT_TRUE(stream->WaitFor(HasVersion(5)));
  EXPECT_EQ(stream->received().size(), 2u);
}

TEST(HubTest, TheBellMakesItLookSoon) {
  FakeTopics topics;
  std::function<void()> bell;
  {
    Hub hub(topics.source(), kRarePoll);
    bell = hub.Bell();
    auto stream = std::make_shared<FakeStream>();
    bell();
    hub.Watch(stream, "activities/x");
    ASSERT_TRUE(stream->WaitFor(HasVersion(0)));
    topics.version = 5;
    bell();
    ASSERT_TRUE(stream->WaitFor(HasVersion(5)));
  }
  bell();  // of a hub that is gone
}

TEST(HubTest, NothingIsReadWhenNothingChanges) {
  FakeTopics topics;
  Hub hub(topics.source(), {.send = 1ms, .rest = 1ms, .poll = 10ms});
  auto stream = std::make_shared<FakeStream>();
  hub.Watch(stream, "activities/x");
  ASSERT_TRUE(stream->WaitFor(HasVersion(0)));
  std::this_thread::sleep_for(100ms);
  const int reads = topics.reads;
  std::this_thread::sleep_for(200ms);
  EXPECT_EQ(topics.reads, reads);
  EXPECT_EQ(stream->received().size(), 1u);
}

TEST(HubTest, WhatChangesWithTheTimeIsReadAgainAndSentWhenItIsAnother) {
  FakeTopics topics;
  topics.refresh = absl::Milliseconds(20);
  Hub hub(topics.source(), kRarePoll);
  auto stream = std::make_shared<FakeStream>();
  hub.Watch(stream, "activities/x");
  ASSERT_TRUE(stream->WaitFor(HasVersion(0)));
  for (int i = 0; i < 1000 && topics.reads < 5; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_GE(topics.reads, 5);
  EXPECT_EQ(stream->received().size(), 1u);
  topics.version = 1;
  EXPECT_TRUE(stream->WaitFor(HasVersion(1)));
}

TEST(HubTest, WhoHasTheStateIsNotToldAgain) {
  FakeTopics topics;
  topics.version = 7;
  Hub hub(topics.source(), kRarePoll);
  auto knows = std::make_shared<FakeStream>(), is_behind = std::make_shared<FakeStream>();
  hub.Watch(knows, "activities/x", "7");
  hub.Watch(is_behind, "activities/x", "6");
  ASSERT_TRUE(is_behind->WaitFor(HasVersion(7)));
  std::this_thread::sleep_for(100ms);
  EXPECT_TRUE(knows->received().empty());
  topics.version = 8;
  hub.Changed({"activities/x"});
  EXPECT_TRUE(knows->WaitFor(HasVersion(8)));
}

TEST(HubTest, AnOutageIsTriedAgain) {
  FakeTopics topics;
  topics.broken = true;
  Hub hub(topics.source(), {.send = 10ms, .rest = 1ms, .poll = 50ms});
  auto stream = std::make_shared<FakeStream>();
  hub.Watch(stream, "activities/x");
  EXPECT_FALSE(stream->WaitFor(HasVersion(0), 200ms));
  EXPECT_LE(topics.reads, 10) << "the pause after a failure is kept";
  topics.broken = false;
  EXPECT_TRUE(stream->WaitFor(HasVersion(0)));
}

TEST(HubTest, AVerdictEndsTheStreamsOfItsTopic) {
  FakeTopics topics;
  Hub hub(topics.source(), kRarePoll);
  auto first = std::make_shared<FakeStream>(), second = std::make_shared<FakeStream>();
  hub.Watch(first, "activities/x");
  hub.Watch(second, "activities/x");
  ASSERT_TRUE(first->WaitFor(HasVersion(0)));
  ASSERT_TRUE(second->WaitFor(HasVersion(0)));
  topics.gone = true;
  topics.version = 1;
  hub.Changed({"activities/x"});
  ASSERT_TRUE(first->WaitForEnd());
  ASSERT_TRUE(second->WaitForEnd());
  EXPECT_TRUE(absl::IsNotFound(first->end()));
  topics.gone = false;
  auto again = std::make_shared<FakeStream>();
  hub.Watch(again, "activities/x");
  EXPECT_TRUE(again->WaitFor(HasVersion(1)));
}

TEST(HubTest, TheLastStateEndsTheStream) {
  FakeTopics topics;
  topics.last = 3;
  Hub hub(topics.source(), kRarePoll);
  auto stream = std::make_shared<FakeStream>(), knows = std::make_shared<FakeStream>();
  hub.Watch(stream, "activities/x");
  ASSERT_TRUE(stream->WaitFor(HasVersion(0)));
  topics.version = 3;
  hub.Changed({"activities/x"});
  ASSERT_TRUE(stream->WaitForEnd());
  EXPECT_TRUE(stream->end().ok());
  EXPECT_TRUE(HasVersion(3)(stream->received()));
  hub.Watch(knows, "activities/x", "3");
  ASSERT_TRUE(knows->WaitForEnd());
  EXPECT_TRUE(knows->end().ok());
  EXPECT_TRUE(knows->received().empty());
}

TEST(HubTest, WhoMayNotHaveAStateLosesTheStream) {
  FakeTopics topics;
  Hub::Source source = topics.source();
  source.read = [&](const std::string& topic) -> absl::StatusOr<WatchedState> {
    absl::StatusOr<WatchedState> state = topics.Read(topic);
    if (state.ok() && topics.version > 0) {
      state->admits = [](const rpc::Call& call) {
        return call.principal.name == "employees/a" ? absl::OkStatus() : absl::NotFoundError("not shared any more");
      };
    }
    return state;
  };
  Hub hub(source, kRarePoll);
  rpc::Call call;
  call.principal.name = "employees/a";
  const auto stays = std::make_shared<FakeStream>(call, v1::WatchActivityCountersRequest()), goes = std::make_shared<FakeStream>();
  hub.Watch(stays, "activities/x");
  hub.Watch(goes, "activities/x");
  ASSERT_TRUE(stays->WaitFor(HasVersion(0)));
  ASSERT_TRUE(goes->WaitFor(HasVersion(0)));
  topics.version = 1;
  hub.Changed({"activities/x"});
  ASSERT_TRUE(stays->WaitFor(HasVersion(1)));
  ASSERT_TRUE(goes->WaitForEnd());
  EXPECT_TRUE(absl::IsNotFound(goes->end()));
  EXPECT_TRUE(HasVersion(0)(goes->received()));
}

TEST(HubTest, ForgetsThoseWhoLeft) {
  FakeTopics topics;
  Hub hub(topics.source(), kRarePoll);
  auto gone = std::make_shared<FakeStream>(), stays = std::make_shared<FakeStream>();
  std::weak_ptr<FakeStream> watched = gone;
  hub.Watch(gone, "activities/x");
  hub.Watch(stays, "activities/y");
  ASSERT_TRUE(gone->WaitFor(HasVersion(0)));
  ASSERT_TRUE(stays->WaitFor(HasVersion(0)));
  gone->Leave();
  gone.reset();
  topics.version = 1;
  hub.Changed({"activities/x", "activities/y"});
  ASSERT_TRUE(stays->WaitFor(HasVersion(1)));
  for (int i = 0; i < 1000 && !watched.expired(); ++i) std::this_thread::sleep_for(10ms);
  EXPECT_TRUE(watched.expired());
}

// Takes nothing, and is told of its end by whoever releases it last, as the door's streams are.
class ForsakenStream final : public rpc::Stream {
 public:
  ~ForsakenStream() override {
    for (const auto& callback : on_end_) callback();
  }
  const rpc::Call& call() const override { return call_; }
  const google::protobuf::Message& request() const override { return v1::WatchActivityCountersRequest::default_instance(); }
  bool Send(const google::protobuf::Message&) override { return false; }
  bool SendLatest(const google::protobuf::Message&) override { return false; }
  void Close(const absl::Status&) override {}
  void OnEnd(std::function<void()> callback) override { on_end_.push_back(std::move(callback)); }

 private:
  const rpc::Call call_;
  std::vector<std::function<void()>> on_end_;
};

TEST(HubTest, TheHubMayBeTheLastToHoldAStream) {
  FakeTopics topics;
  Hub hub(topics.source(), kRarePoll);
  std::weak_ptr<rpc::Stream> held;
  for (int i = 0; i < 20; ++i) {
    auto forsaken = std::make_shared<ForsakenStream>();
    held = forsaken;
    hub.Watch(std::move(forsaken), "activities/x");
  }
  const auto stream = std::make_shared<FakeStream>();
  hub.Watch(stream, "activities/x");
  ASSERT_TRUE(stream->WaitFor(HasVersion(0)));
  for (int i = 0; i < 1000 && !held.expired(); ++i) {
    hub.Changed({"activities/x"});
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_TRUE(held.expired());
  // Streams of a topic that comes to an end are released as well.
  auto last = std::make_shared<ForsakenStream>();
  held = last;
  hub.Watch(std::move(last), "activities/y");
  topics.gone = true;
  hub.Changed({"activities/x", "activities/y"});
  ASSERT_TRUE(stream->WaitForEnd());
  for (int i = 0; i < 1000 && !held.expired(); ++i) {
    hub.Changed({"activities/y"});
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_TRUE(held.expired());
}

TEST(HubTest, EndsStreamsAtShutdown) {
  FakeTopics topics;
  auto stream = std::make_shared<FakeStream>();
  {
    Hub hub(topics.source(), kRarePoll);
    hub.Watch(stream, "activities/x");
    ASSERT_TRUE(stream->WaitFor(HasVersion(0)));
  }
  EXPECT_TRUE(absl::IsUnavailable(stream->end()));
}

// --- Many ---------------------------------------------------------------------------------------------------------------

// Keeps its last message only, so that what is measured is the hub's.
class ThinStream final : public rpc::Stream {
 public:
  const rpc::Call& call() const override {
    static const auto& call = *new rpc::Call();
    return call;
  }
  const google::protobuf::Message& request() const override { return v1::WatchActivityCountersRequest::default_instance(); }
  bool Send(const google::protobuf::Message&) override { return false; }
  bool SendLatest(const google::protobuf::Message& message) override {
    const auto now = std::chrono::steady_clock::now();
    if (count > 0) shortest = std::min(shortest, now - time);
    time = now;
    ++count;
    version = static_cast<const v1::WatchActivityCountersResponse&>(message).counters().version();
    return true;
  }
  void Close(const absl::Status&) override {}
  void OnEnd(std::function<void()>) override {}

  std::atomic<int64_t> version{-1};
  // Of the sender's thread.
  std::chrono::steady_clock::time_point time;
  std::chrono::steady_clock::duration shortest = std::chrono::steady_clock::duration::max();
  int count = 0;
};

int ThreadsOfProcess() {
  int threads = 0;
  DIR* tasks = opendir("/proc/self/task");
  while (const dirent* entry = readdir(tasks)) threads += entry->d_name[0] != '.';
  closedir(tasks);
  return threads;
}

int64_t ResidentBytes() {
  int64_t pages = 0, resident = 0;
  FILE* file = std::fopen("/proc/self/statm", "r");
  EXPECT_EQ(std::fscanf(file, "%ld %ld", &pages, &resident), 2);
  std::fclose(file);
  return resident * 4096;
}

constexpr int kCrowd = 10'000;

// Ten thousand who watch 50 topics that change a hundred times a second in all: each gets the last state, nobody more than five a second.
TEST(HubTest, TenThousandWatchersNeedNoThreadsAndGetTheLastState) {
  FakeTopics topics;
  Hub hub(topics.source(), {.look = 1ms, .readers = 2});
  const int threads = ThreadsOfProcess();
  std::vector<std::shared_ptr<ThinStream>> crowd;
  for (int i = 0; i < kCrowd; ++i) crowd.push_back(std::make_shared<ThinStream>());
  const int64_t before = ResidentBytes();
  for (int i = 0; i < kCrowd; ++i) hub.Watch(crowd[i], absl::StrCat("activities/", i % 50));
  const auto all_have = [&](int64_t version) {
    return std::all_of(crowd.begin(), crowd.end(), [&](const auto& stream) { return stream->version == version; });
  };
  const auto wait_for = [&](int64_t version) {
    for (int i = 0; i < 3000 && !all_have(version); ++i) std::this_thread::sleep_for(10ms);
    return all_have(version);
  };
  ASSERT_TRUE(wait_for(0));
  const int64_t each = (ResidentBytes() - before) / kCrowd;
  RecordProperty("bytes_a_watcher", static_cast<int>(each));
  EXPECT_LE(each, 1024);
  EXPECT_EQ(ThreadsOfProcess(), threads);
  for (int64_t i = 1; i <= 100; ++i) {
    topics.version = i;
    hub.Changed({absl::StrCat("activities/", i % 50)});
    std::this_thread::sleep_for(10ms);
  }
  // The last change reaches everybody, though most were told of none: the versions say so.
  EXPECT_TRUE(wait_for(100));
  EXPECT_EQ(ThreadsOfProcess(), threads);
  for (const auto& stream : crowd) {
    ASSERT_TRUE(stream->count < 2 || stream->shortest >= 150ms) << stream->shortest.count();
  }
  EXPECT_LE(topics.reads, 50 * 20) << "a state is read for all who watch it";
}

// Those who come, leave and change things at the same time; whoever stays has the last state.
TEST(HubTest, ComingLeavingAndChangingRace) {
  FakeTopics topics;
  std::vector<std::shared_ptr<FakeStream>> stay;
  Hub hub(topics.source(), {.send = 5ms, .rest = 1ms, .poll = 20ms, .look = 1ms, .readers = 2});
  std::mutex mutex;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937 random(t);
      for (int i = 0; i < 200; ++i) {
        auto stream = std::make_shared<FakeStream>();
        const std::string topic = absl::StrCat("activities/", random() % 3);
        hub.Watch(stream, topic);
        const bool leaves = random() % 2 == 0;
        if (random() % 4 == 0) std::this_thread::sleep_for(1ms);
        if (leaves) {
          stream->Leave();
        } else {
          std::lock_guard<std::mutex> lock(mutex);
          stay.push_back(stream);
        }
        ++topics.version;
        if (random() % 2 == 0) hub.Changed({topic});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& stream : stay) {
    ASSERT_TRUE(stream->WaitFor(HasVersion(800)));
    const std::vector<FakeStream::Received> received = stream->received();
    for (size_t i = 1; i < received.size(); ++i) {
      EXPECT_GT(received[i].message.counters().version(), received[i - 1].message.counters().version());
    }
  }
}

TEST(WatchCountTest, CountsUntilStreamsEnd) {
  WatchCount count({.total = 3, .of_one = 2});
  const auto open = [&](const std::string& who) {
    rpc::Call call;
    call.principal.name = who;
    return std::make_shared<FakeStream>(call, v1::WatchActivityCountersRequest());
  };
  const auto a = open("employees/a"), b = open("employees/a"), c = open("employees/a"), d = open("employees/b"), e = open("employees/c");
  EXPECT_TRUE(count.Enter(*a));
  EXPECT_TRUE(count.Enter(*b));
  EXPECT_FALSE(count.Enter(*c));
  EXPECT_EQ(status::ReasonOf(c->end()), "TOO_MANY_WATCHES");
  EXPECT_TRUE(count.Enter(*d));
  EXPECT_FALSE(count.Enter(*e));
  EXPECT_TRUE(absl::IsResourceExhausted(e->end()));
  a->Leave();
  EXPECT_EQ(count.total(), 2);
  const auto f = open("employees/a");
  EXPECT_TRUE(count.Enter(*f));
  for (const auto& stream : {b, d, f}) stream->Leave();
  EXPECT_EQ(count.total(), 0);
}

}  // namespace
}  // namespace heitie::metrics
