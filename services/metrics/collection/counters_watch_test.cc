#include <chrono>
#include <memory>
#include <vector>

#include "services/metrics/metrics_test.h"
#include "services/metrics/watch/fake_stream.h"
#include "services/metrics/watch/hub.h"

namespace heitie::metrics {
namespace {

using heitie::test::IsOk;

auto Clicks(int64_t clicks) {
  return [clicks](const std::vector<FakeStream::Received>& received) {
    return !received.empty() && received.back().message.counters().clicks() == clicks;
  };
}

TEST_F(MetricsTest, WatcherSeesEveryBatchOfItsActivity) {
  auto stream = std::make_shared<FakeStream>();
  service_->hub().Watch(stream, "activities/spring");
  ASSERT_TRUE(stream->WaitFor(Clicks(0)));
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 1, {MakeEvent("click", "u1", clock_.Now(), "activities/spring")})), IsOk());
  ASSERT_TRUE(stream->WaitFor(Clicks(1)));
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 2, {MakeEvent("click", "u1", clock_.Now(), "activities/other")})), IsOk());
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 3, {MakeEvent("click", "u2", clock_.Now(), "activities/spring")})), IsOk());
  ASSERT_TRUE(stream->WaitFor(Clicks(2)));
  EXPECT_EQ(stream->received().size(), 3u) << "nothing is sent for others";
  EXPECT_EQ(stream->received().back().message.counters().version(), 2);
  ASSERT_THAT(SetTracking(R"pb(activity_tracking { activity: "activities/spring" click_event: "tap" })pb"), IsOk());
  EXPECT_TRUE(stream->WaitFor(Clicks(0))) << "a new tracking is counted as well";
}

TEST_F(MetricsTest, WatcherSeesWhatAnotherReplicaTookIn) {
  Service other(service::Context{store_, clock_, jobs_, [this](const std::string& target) -> client::Client& { return clients_[target]; }});
  auto stream = std::make_shared<FakeStream>();
  other.hub().Watch(stream, "activities/spring");
  ASSERT_TRUE(stream->WaitFor(Clicks(0)));
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 1, {MakeEvent("click", "u1", clock_.Now(), "activities/spring")})), IsOk());
  EXPECT_TRUE(stream->WaitFor(Clicks(1), std::chrono::seconds(3)));
}

}  // namespace
}  // namespace heitie::metrics
