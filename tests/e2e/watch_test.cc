// The live counters of an activity as a stream (A2), over gRPC and over HTTP as lines of JSON and as Server-Sent Events.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <condition_variable>
#include <deque>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/strings/substitute.h"
#include "common/rpc/bytes.h"
#include "common/status/macros.h"
#include "common/test/fixture.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/message_differencer.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "nlohmann/json.hpp"
#include "tests/e2e/http_client.h"
#include "tests/e2e/suite.h"
#include "tests/e2e/world.h"

namespace heitie::e2e {
namespace {

using metrics::v1::ActivityCounters;
using metrics::v1::WatchActivityCountersRequest;
using metrics::v1::WatchActivityCountersResponse;
using test::HasReason;

constexpr char kWatchMethod[] = "heitie.metrics.v1.AnalysisService/WatchActivityCounters";
constexpr absl::Duration kMessagePatience = absl::Seconds(20);  // for the next message
constexpr absl::Duration kSoonEnough = absl::Seconds(5);

enum class Form { kGrpc, kLines, kEvents };

// One open stream; destroyed, it is a client that leaves.
class Watcher {
 public:
  virtual ~Watcher() = default;
  // The next state of the counters, or how the stream ended.
  virtual absl::StatusOr<ActivityCounters> Next() = 0;
};

class GrpcWatcher final : public Watcher {
 public:
  GrpcWatcher(const std::string& activity, const std::string& token, absl::Duration timeout) : heard_(std::make_shared<Heard>()) {
    rpc::Call call;
    call.trace_id = std::string(32, 'e');
    call.deadline = absl::Now() + timeout;
    call.token = token;
    WatchActivityCountersRequest request;
    request.set_activity(activity);
    cancel_ = Suite::Get().grpc().ServerStream(
        call, kWatchMethod, rpc::Serialize(request),
        [heard = heard_](grpc::ByteBuffer bytes, std::function<void()> next) {
          WatchActivityCountersResponse response;
          rpc::Parse(bytes, response) ? heard->Add(response.counters()) : heard->Add(absl::DataLossError("not a response"));
          next();
        },
        [heard = heard_](const absl::Status& status) { heard->Add(status.ok() ? absl::UnknownError("ended without reason") : status); });
  }
  ~GrpcWatcher() override { cancel_(); }

  absl::StatusOr<ActivityCounters> Next() override { return heard_->Take(); }

 private:
  class Heard {
   public:
    void Add(absl::StatusOr<ActivityCounters> message) {
      const std::lock_guard<std::mutex> lock(mutex_);
      messages_.push_back(std::move(message));
      more_.notify_all();
    }
    absl::StatusOr<ActivityCounters> Take() {
      std::unique_lock<std::mutex> lock(mutex_);
      if (!more_.wait_for(lock, absl::ToChronoMilliseconds(kMessagePatience), [this] { return !messages_.empty(); })) {
        return absl::UnknownError("nothing comes");
      }
      absl::StatusOr<ActivityCounters> message = std::move(messages_.front());
      messages_.pop_front();
      return message;
    }

   private:
    std::mutex mutex_;
    std::condition_variable more_;
    std::deque<absl::StatusOr<ActivityCounters>> messages_;
  };

  const std::shared_ptr<Heard> heard_;
  std::function<void()> cancel_;
};

class HttpWatcher final : public Watcher {
 public:
  HttpWatcher(Form form, const std::string& activity, const std::string& token, absl::Duration timeout)
      : events_(form == Form::kEvents), connection_(Suite::Get().http_port()) {
    std::string headers = absl::StrCat("X-Request-Timeout: ", absl::ToInt64Seconds(timeout), "\r\n");
    if (events_) absl::StrAppend(&headers, "Accept: text/event-stream\r\n");
    if (!token.empty()) absl::StrAppend(&headers, "Authorization: Bearer ", token, "\r\n");
    head_ = connection_.Open("GET", absl::Substitute("/v1/$0/counters:watch", activity), headers, "", absl::Now() + kMessagePatience);
  }

  absl::StatusOr<ActivityCounters> Next() override {
    RETURN_IF_ERROR(head_.status());
    if (head_->status != 200) return StatusOfError(nlohmann::json::parse(head_->body)["error"].dump());
    if (head_->headers["content-type"] != (events_ ? "text/event-stream" : "application/x-ndjson")) {
      return absl::UnknownError("a stream of " + head_->headers["content-type"]);
    }
    ASSIGN_OR_RETURN(const std::string message, NextMessage());
    return events_ ? OfEvent(message) : OfLine(message);
  }

 private:
  // What is a message, and no sign of life or advice when to come again.
  absl::StatusOr<std::string> NextMessage() {
    while (true) {
      ASSIGN_OR_RETURN(const std::string message, NextPart());
      if (!message.empty() && message[0] != ':' && message.rfind("retry: ", 0) != 0) return message;
    }
  }

  // Up to the delimiter of the form, however it came in pieces.
  absl::StatusOr<std::string> NextPart() {
    const std::string delimiter = events_ ? "\n\n" : "\n";
    size_t end;
    while ((end = text_.find(delimiter)) == std::string::npos) {
      ASSIGN_OR_RETURN(const std::optional<std::string> piece, connection_.NextPiece());
      if (!piece.has_value()) return absl::UnknownError("ended without reason: " + text_);
      text_ += *piece;
    }
    const std::string message = text_.substr(0, end);
    text_.erase(0, end + delimiter.size());
    return message;
  }

  absl::StatusOr<ActivityCounters> OfLine(const std::string& line) {
    const nlohmann::json json = nlohmann::json::parse(line);
    return json.contains("error") ? OfFailure(json["error"].dump()) : OfMessage(json["result"].dump());
  }

  absl::StatusOr<ActivityCounters> OfEvent(const std::string& event) {
    const std::string failure = "event: error\ndata: ", data = "data: ";
    if (event.rfind(failure, 0) == 0) return OfFailure(event.substr(failure.size()));
    if (event.rfind(data, 0) == 0) return OfMessage(event.substr(data.size()));
    return absl::UnknownError("not an event: " + event);
  }

  static absl::StatusOr<ActivityCounters> OfMessage(const std::string& json) {
    WatchActivityCountersResponse response;
    if (!google::protobuf::util::JsonStringToMessage(json, &response).ok()) return absl::UnknownError("not a message: " + json);
    return response.counters();
  }

  // The last message, after which the body ends as a whole one does.
  absl::Status OfFailure(const std::string& json) {
    ASSIGN_OR_RETURN(const std::optional<std::string> more, connection_.NextPiece());
    return more.has_value() ? absl::UnknownError("more after the end: " + *more) : StatusOfError(json);
  }

  const bool events_;
  HttpConnection connection_;
  absl::StatusOr<HttpAnswer> head_;
  std::string text_;
};

class Watch : public ::testing::TestWithParam<Form> {
 protected:
  // An activity whose name nobody has used: the names are not looked up.
  static std::string NewActivity() {
    static int count = 0;
    return absl::StrCat("activities/watched-", ++count);
  }
  static std::string AnalystToken() { return Suite::Get().Token("--role ANALYST"); }

  static std::unique_ptr<Watcher> Open(const std::string& activity, const std::string& token = AnalystToken(),
                                       absl::Duration timeout = absl::Minutes(5)) {
    if (GetParam() == Form::kGrpc) return std::make_unique<GrpcWatcher>(activity, token, timeout);
    return std::make_unique<HttpWatcher>(GetParam(), activity, token, timeout);
  }

  // One event of each name, each by a user of its own.
  void Ingest(const std::string& activity, int sequence, const std::vector<std::string>& names) const {
    std::string events;
    for (const std::string& name : names) {
      absl::StrAppend(&events, absl::Substitute("events { event_name: '$0' user: 'u$1' activity: '$2' occur_time $3 } ", name, user_++,
                                                activity, Instant(absl::Now())));
    }
    const std::string producer = absl::StrCat("producers/", activity.substr(activity.find('/') + 1));
    team_.analyst.Do("metrics.IngestEvents", absl::Substitute("producer: '$0' sequence: $1 $2", producer, sequence, events));
  }

  // Streams that a process has seen end because their client left.
  static double Left(const std::string& service) {
    return Suite::Get().Figure(service, absl::Substitute("heitie_requests_total{method=\"$0\",code=\"CANCELLED\"}", kWatchMethod));
  }

  const Team team_{Suite::Get().grpc()};
  mutable int user_ = 0;
};

TEST_P(Watch, SendsEachChangeUntilTheClientLeaves) {
  const std::string activity = NewActivity();
  const double left_metrics = Left("metrics"), left_gateway = Left("gateway");
  std::unique_ptr<Watcher> watcher = Open(activity);
  const auto first = watcher->Next();
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->activity(), activity);
  EXPECT_EQ(first->impressions() + first->version(), 0);

  Ingest(activity, 1, {"impression", "impression", "click"});
  const auto second = watcher->Next();
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->impressions(), 2);
  EXPECT_EQ(second->clicks(), 1);
  EXPECT_EQ(second->viewers(), 2);
  EXPECT_DOUBLE_EQ(second->click_through_rate(), 0.5);
  EXPECT_GT(second->version(), first->version());

  // What another activity has to tell does not come here.
  Ingest(NewActivity(), 1, {"impression"});
  Ingest(activity, 2, {"participate", "participate", "convert"});
  auto third = watcher->Next();
  ASSERT_TRUE(third.ok()) << third.status();
  auto now = team_.analyst.Do<ActivityCounters>("metrics.GetActivityCounters", absl::Substitute("activity: '$0'", activity));
  EXPECT_EQ(now.participants(), 2);
  EXPECT_EQ(now.conversions(), 1);
  for (ActivityCounters* counters : {&*third, &now}) counters->clear_compute_time();
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*third, now)) << third->DebugString() << now.DebugString();

  EXPECT_EQ(Left("metrics"), left_metrics);
  watcher.reset();
  EXPECT_TRUE(Eventually([&] { return Left("metrics") == left_metrics + 1; })) << "the stream goes on without its client";
  EXPECT_TRUE(Eventually([&] { return Left("gateway") == left_gateway + 1; }));
}

TEST_P(Watch, NeedsAToken) {
  const auto refused = Open(NewActivity(), "")->Next();
  EXPECT_TRUE(absl::IsUnauthenticated(refused.status())) << refused.status();
  EXPECT_THAT(refused, HasReason("UNAUTHENTICATED"));
}

TEST_P(Watch, EndsAtItsDeadline) {
  const absl::Time begun = absl::Now();
  const auto watcher = Open(NewActivity(), AnalystToken(), absl::Seconds(1));
  ASSERT_TRUE(watcher->Next().ok());
  const auto end = watcher->Next();
  EXPECT_TRUE(absl::IsDeadlineExceeded(end.status())) << end.status();
  EXPECT_GE(absl::Now() - begun, absl::Milliseconds(900)) << "a channel's deadline is a little earlier than its caller's";
}

// A process that ends does not wait for those who watch, and tells them to come again.
TEST_P(Watch, IsToldWhenAProcessRestarts) {
  for (const char* service : {"metrics", "gateway"}) {
    SCOPED_TRACE(service);
    const std::string activity = NewActivity();
    const auto watcher = Open(activity);
    ASSERT_TRUE(watcher->Next().ok());
    const absl::Time asked = absl::Now();
    EXPECT_EQ(Suite::Get().Stop(service, SIGTERM), 0);
    EXPECT_LT(absl::Now() - asked, kSoonEnough);
    const auto end = watcher->Next();
    EXPECT_TRUE(absl::IsUnavailable(end.status())) << end.status();
    EXPECT_THAT(end, HasReason("UNAVAILABLE"));
    Suite::Get().Start(service);

    Ingest(activity, 1, {"impression"});
    const auto again = Open(activity)->Next();
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->impressions(), 1);
  }
}

INSTANTIATE_TEST_SUITE_P(Over, Watch, ::testing::Values(Form::kGrpc, Form::kLines, Form::kEvents), [](const auto& info) {
  return info.param == Form::kGrpc ? "Grpc" : info.param == Form::kLines ? "JsonLines" : "ServerSentEvents";
});

}  // namespace
}  // namespace heitie::e2e
