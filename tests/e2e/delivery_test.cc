// A producer delivers by stream while the metrics service is killed or restarted: it opens another stream, sends again what was not
// acknowledged, and everything is counted once (M1).
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/rpc/bytes.h"
#include "google/protobuf/util/json_util.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "heitie/metrics/v1/ingestion_stream.pb.h"
#include "heitie/metrics/v1/producer.pb.h"
#include "nlohmann/json.hpp"
#include "tests/e2e/http_client.h"
#include "tests/e2e/suite.h"
#include "tests/e2e/world.h"

namespace heitie::e2e {
namespace {

using metrics::v1::StreamBatchesRequest;
using metrics::v1::StreamBatchesResponse;

constexpr char kMethod[] = "heitie.metrics.v1.IngestionStreamService/StreamBatches";
constexpr int kEvents = 3;  // of a batch
constexpr int kAhead = 4;   // batches that are sent before their acknowledgement comes
constexpr absl::Duration kStreamPatience = absl::Seconds(30);
constexpr absl::Duration kPace = absl::Milliseconds(5);  // a batch, so that there is something to interrupt

enum class DeliveryWay { kGrpc, kLines };

class Producer {
 public:
  Producer(DeliveryWay way, const std::string& id) : way_(way), name_("producers/" + id), activity_("activities/" + id) {
    token_ = Suite::Get().Token("--role PRODUCER --name " + name_);
    thread_ = std::thread([this] { Run(); });
  }
  ~Producer() { Finish(); }
  // Sends nothing new, and waits until everything is acknowledged.
  void Finish() {
    finishing_ = true;
    if (thread_.joinable()) thread_.join();
  }
  int acknowledged() const { return acknowledged_; }
  int streams() const { return streams_; }
  const std::string& name() const { return name_; }
  const std::string& activity() const { return activity_; }

 private:
  // Whether a batch is to be sent, and is not yet on this stream.
  bool HasMore() const { return !finishing_ || sent_ < due_; }

  void Run() {
    while (!finishing_ || acknowledged_ < due_) {
      ++streams_;
      sent_ = acknowledged_.load();
      way_ == DeliveryWay::kGrpc ? DeliverByGrpc() : DeliverInLines();
      absl::SleepFor(absl::Milliseconds(50));
    }
  }

  StreamBatchesRequest Next() {
    absl::SleepFor(kPace);
    StreamBatchesRequest request;
    auto& batch = *request.mutable_events();
    batch.set_producer(name_);
    batch.set_sequence(++sent_);
    due_ = std::max<int>(due_, sent_);
    for (int i = 0; i < kEvents; ++i) {
      auto& event = *batch.add_events();
      event.set_event_name("impression");
      event.set_user(absl::StrCat("u", i));
      event.set_activity(activity_);
      event.mutable_occur_time()->set_seconds(1767225600);
    }
    return request;
  }

  // False when the stream is of no use any more.
  bool Take(const StreamBatchesResponse& answer) {
    EXPECT_EQ(answer.producer(), name_);
    EXPECT_EQ(answer.sequence(), acknowledged_ + 1) << "in order";
    if (!answer.has_events()) return false;
    ++acknowledged_;
    return true;
  }

  void DeliverInLines() {
    HttpConnection connection(Suite::Get().http_port());
    const std::string headers = absl::StrCat("Authorization: Bearer ", token_, "\r\nContent-Type: application/x-ndjson\r\n");
    if (!connection.Begin("POST", "/v1/batches:stream", headers, absl::Now() + kStreamPatience)) return;
    bool answered = false, ended = false;
    std::string text;
    while (true) {
      while (HasMore() && sent_ - acknowledged_ < kAhead) {
        std::string json;
        ASSERT_TRUE(google::protobuf::util::MessageToJsonString(Next(), &json).ok());
        if (!connection.SendPiece(json + "\n")) return;
      }
      if (!HasMore() && !std::exchange(ended, true) && !connection.SendPiece("")) return;
      if (!std::exchange(answered, true)) {
        const auto head = connection.Await();
        if (!head.ok() || head->status != 200) return;
      }
      const auto piece = connection.NextPiece();
      if (!piece.ok() || !piece->has_value()) return;
      text += **piece;
      for (size_t end; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1)) {
        if (end == 0) continue;  // a sign of life
        const auto line = nlohmann::json::parse(text.substr(0, end));
        if (!line.contains("result")) return;
        StreamBatchesResponse answer;
        ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(line["result"].dump(), &answer).ok());
        if (!Take(answer)) return;
      }
    }
  }

  void DeliverByGrpc() {
    rpc::Call call;
    call.trace_id = std::string(32, 'd');
    call.deadline = absl::Now() + kStreamPatience;
    call.token = token_;
    std::mutex mutex;
    std::condition_variable done;
    bool over = false, useless = false;
    const auto cancel = Suite::Get().grpc().Converse(
        call, kMethod,
        [this](const std::function<void(rpc::Incoming)>& take) {
          take(HasMore() ? std::make_optional(rpc::Serialize(Next())) : std::optional<grpc::ByteBuffer>());
        },
        [&](const grpc::ByteBuffer& bytes, const std::function<void()>& next) {
          StreamBatchesResponse answer;
          EXPECT_TRUE(rpc::Parse(bytes, answer));
          if (Take(answer)) return next();
          const std::lock_guard<std::mutex> lock(mutex);
          useless = true;
          done.notify_all();
        },
        [&](const absl::Status&) {
          const std::lock_guard<std::mutex> lock(mutex);
          over = true;
          done.notify_all();
        });
    std::unique_lock<std::mutex> lock(mutex);
    done.wait(lock, [&] { return over || useless; });
    lock.unlock();
    cancel();
    lock.lock();
    done.wait(lock, [&] { return over; });
  }

  const DeliveryWay way_;
  const std::string name_, activity_;
  std::string token_;
  std::atomic<bool> finishing_{false};
  // The greatest sequences that were acknowledged, that were ever sent, and that were sent on this stream.
  std::atomic<int> acknowledged_{0}, due_{0}, sent_{0};
  std::atomic<int> streams_{0};
  std::thread thread_;
};

class DeliveryTest : public ::testing::TestWithParam<DeliveryWay> {
 protected:
  static std::string Id(const std::string& what) { return absl::StrCat(what, GetParam() == DeliveryWay::kGrpc ? "-grpc" : "-lines"); }
  // What was acknowledged was counted, and nothing twice.
  static void ExpectCountedOnce(const Producer& producer) {
    const Person analyst(Suite::Get().grpc(), Suite::Get().Token("--role ANALYST"));
    const auto counted = analyst.Do<metrics::v1::Producer>("metrics.GetProducer", absl::StrCat("name: '", producer.name(), "'"));
    EXPECT_EQ(counted.batch_count(), producer.acknowledged());
    EXPECT_EQ(counted.last_sequence(), producer.acknowledged());
    EXPECT_EQ(counted.missing_count(), 0);
    const auto impressions = [&] {
      return analyst.Do<metrics::v1::ActivityCounters>("metrics.GetActivityCounters", absl::StrCat("activity: '", producer.activity(), "'"))
          .impressions();
    };
    const int64_t expected = int64_t{kEvents} * producer.acknowledged();
    Eventually([&] { return impressions() == expected; }, absl::Seconds(5));
    EXPECT_EQ(impressions(), expected);
  }
};

TEST_P(DeliveryTest, ResumesWhenTheServiceIsKilled) {
  Producer producer(GetParam(), Id("killed"));
  for (int round = 0; round < 3; ++round) {
    const int before = producer.acknowledged();
    ASSERT_TRUE(Eventually([&] { return producer.acknowledged() >= before + 20; }));
    Suite::Get().Stop("metrics", SIGKILL);
    Suite::Get().Start("metrics");
  }
  producer.Finish();
  EXPECT_GE(producer.streams(), 4);
  ExpectCountedOnce(producer);
}

TEST_P(DeliveryTest, LosesNothingWhenTheServiceGoesInGoodOrder) {
  Producer producer(GetParam(), Id("drained"));
  for (int round = 0; round < 2; ++round) {
    const int before = producer.acknowledged();
    ASSERT_TRUE(Eventually([&] { return producer.acknowledged() >= before + 20; }));
    EXPECT_EQ(Suite::Get().Stop("metrics", SIGTERM), 0);
    Suite::Get().Start("metrics");
  }
  producer.Finish();
  ExpectCountedOnce(producer);
}

TEST_P(DeliveryTest, SurvivesARestartOfTheGateway) {
  Producer producer(GetParam(), Id("gateway"));
  ASSERT_TRUE(Eventually([&] { return producer.acknowledged() >= 20; }));
  EXPECT_EQ(Suite::Get().Stop("gateway", SIGTERM), 0);
  Suite::Get().Start("gateway");
  const int before = producer.acknowledged();
  EXPECT_TRUE(Eventually([&] { return producer.acknowledged() >= before + 20; }));
  producer.Finish();
  ExpectCountedOnce(producer);
}

INSTANTIATE_TEST_SUITE_P(, DeliveryTest, ::testing::Values(DeliveryWay::kGrpc, DeliveryWay::kLines),
                         [](const auto& way) { return std::string(way.param == DeliveryWay::kGrpc ? "Grpc" : "Lines"); });

}  // namespace
}  // namespace heitie::e2e
