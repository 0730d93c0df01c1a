#include "common/client/channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include "common/observe/metrics.h"
#include "common/observe/spans_testing.h"
#include "common/rpc/bytes.h"
#include "common/rpc/echo_testing.h"
#include "common/rpc/trace.h"
#include "common/test/matchers.h"
#include "common/work/loops.h"
#include "heitie/test/v1/echo.methods.h"

namespace heitie::client {
namespace {

using rpc::Asked;
using rpc::By;
using rpc::Count;
using rpc::Door;
using rpc::EchoRequest;
using rpc::EchoResponse;
using rpc::GrpcListener;
using rpc::kEcho;
using rpc::kEchoService;
using rpc::kPatience;
using rpc::Listened;
using rpc::Stream;
using rpc::Text;
using rpc::TickResponse;
using test::HasReason;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

rpc::Call ManagerCall() {
  rpc::Call call;
  call.token = "manager";
  call.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
  call.deadline = absl::Now() + kPatience;
  return call;
}

class ChannelTest : public ::testing::Test {
 protected:
  void Listen() {
    door_ = std::make_unique<Door>(parts_.Options());
    door_->Serve(handlers_.service);
    auto listener = GrpcListener::Listen(*door_, {.address = "127.0.0.1:0"});
    ASSERT_TRUE(listener.ok()) << listener.status();
    listener_ = std::move(*listener);
    channel_ = NewChannel({.name = "echo", .target = absl::StrCat("dns:///127.0.0.1:", listener_->port())});
  }
  absl::StatusOr<EchoResponse> Echo(const rpc::Call& call, const EchoRequest& request) {
    return channel_->Call(call, test::v1::method::Echo, request);
  }
  // The first `count` requests find the service unavailable.
  void FailFirst(int count, const absl::Status& status) {
    handlers_.echo = [this, count, status](const rpc::Call&, const EchoRequest& request) -> absl::StatusOr<EchoResponse> {
      if (++attempts_ <= count) return status;
      EchoResponse response;
      response.set_text(request.text());
      return response;
    };
  }
  static EchoRequest WithId(const std::string& text) {
    EchoRequest request = Text(text);
    request.set_request_id("r1");
    return request;
  }

  rpc::DoorParts parts_;
  rpc::EchoHandlers handlers_;
  std::atomic<int> attempts_{0};
  std::unique_ptr<Door> door_;
  std::unique_ptr<GrpcListener> listener_;
  std::unique_ptr<Channel> channel_;
};

absl::Status Down() { return status::Error(status::kUnavailable, {{"what", "the database"}}); }

TEST_F(ChannelTest, CarriesTheCallAndTheAnswer) {
  rpc::Call seen;
  handlers_.echo = [&](const rpc::Call& call, const EchoRequest& request) {
    seen = call;
    EchoResponse response;
    response.set_text(request.text());
    return absl::StatusOr<EchoResponse>(response);
  };
  Listen();
  rpc::Call call = ManagerCall();
  call.language = status::Language::kSimplifiedChinese;
  const auto response = Echo(call, Text("hi"));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->text(), "hi");
  EXPECT_EQ(seen.token, "manager");
  EXPECT_EQ(seen.trace_id, call.trace_id);
  EXPECT_EQ(seen.language, status::Language::kSimplifiedChinese);
  EXPECT_LT(absl::AbsDuration(seen.deadline - call.deadline), absl::Seconds(1)) << "grpc-timeout is coarse";
}

TEST_F(ChannelTest, ACallThatBeginsOnALoopEndsOnIt) {
  Listen();
  const auto loops = std::make_shared<work::Loops>(2, 1);
  const auto channel = NewChannel({.name = "echo", .target = absl::StrCat("127.0.0.1:", listener_->port()), .loops = loops});
  for (size_t i = 0; i < loops->size(); ++i) {
    std::promise<std::thread::id> began, ended;
    const EchoRequest request = Text("hi");
    EchoResponse response;
    boost::asio::post((*loops)[i].io(), [&] {
      began.set_value(std::this_thread::get_id());
      channel->Start(ManagerCall(), kEcho, request, &response, [&](const absl::Status& status) {
        EXPECT_TRUE(status.ok()) << status;
        ended.set_value(std::this_thread::get_id());
      });
    });
    EXPECT_EQ(began.get_future().get(), ended.get_future().get());
  }
  EXPECT_TRUE(channel->Call(ManagerCall(), test::v1::method::Echo, Text("hi")).ok()) << "from elsewhere as well";
}

TEST_F(ChannelTest, StatusesKeepTheirDetails) {
  Listen();
  rpc::Call call = ManagerCall();
  call.token = "analyst";
  EXPECT_THAT(Echo(call, Text("hi")).status(), HasReason("PERMISSION_DENIED"));
  call.token = "";
  EXPECT_THAT(Echo(call, Text("hi")).status(), HasReason("UNAUTHENTICATED"));
  EXPECT_THAT(Echo(ManagerCall(), Text("")).status(), HasReason("INVALID_FIELDS"));
}

TEST_F(ChannelTest, WhatMayBeRepeatedIsRetried) {
  FailFirst(2, Down());
  Listen();
  const auto response = Echo(ManagerCall(), WithId("hi"));
  EXPECT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(attempts_, 3);
}

TEST_F(ChannelTest, ThreeAttemptsAreAll) {
  FailFirst(1000, Down());
  Listen();
  EXPECT_EQ(Echo(ManagerCall(), WithId("hi")).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(attempts_, 3);
}

TEST_F(ChannelTest, WhatMayNotBeRepeatedIsTriedOnce) {
  FailFirst(1, Down());
  Listen();
  EXPECT_EQ(Echo(ManagerCall(), Text("hi")).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(attempts_, 1);
}

TEST_F(ChannelTest, OtherErrorsAreNotRetried) {
  FailFirst(1, status::NotFound("projects/p1"));
  Listen();
  EXPECT_THAT(Echo(ManagerCall(), WithId("hi")).status(), HasReason("NOT_FOUND"));
  EXPECT_EQ(attempts_, 1);
}

TEST_F(ChannelTest, ATargetThatIsDownIsNotBuriedInRetries) {
  FailFirst(1'000'000, Down());
  Listen();
  for (int i = 0; i < 100; ++i) Echo(ManagerCall(), WithId("hi")).IgnoreError();
  EXPECT_LE(attempts_, 100 + 10 + 10);
  EXPECT_GE(attempts_, 100 + 10);
}

TEST_F(ChannelTest, NobodyThereIsUnavailableAndNamed) {
  channel_ = NewChannel({.name = "planning", .target = "127.0.0.1:1"});
  const absl::Status status = Echo(ManagerCall(), WithId("hi")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(status, HasReason("UNAVAILABLE"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("planning"));
  EXPECT_TRUE(status.GetPayload("type.googleapis.com/google.rpc.RetryInfo").has_value());
}

TEST_F(ChannelTest, TheDeadlineHolds) {
  handlers_.echo = [](const rpc::Call&, const EchoRequest&) {
    absl::SleepFor(absl::Milliseconds(500));
    return absl::StatusOr<EchoResponse>(EchoResponse());
  };
  Listen();
  rpc::Call call = ManagerCall();
  call.deadline = absl::Now() + absl::Milliseconds(200);
  EXPECT_THAT(Echo(call, WithId("hi")).status(), HasReason("DEADLINE_EXCEEDED"));
  EXPECT_LT(absl::Now(), call.deadline + absl::Milliseconds(150)) << "it does not wait for the handler";
  call.deadline = absl::Now() - absl::Seconds(1);
  EXPECT_THAT(Echo(call, WithId("hi")).status(), HasReason("DEADLINE_EXCEEDED"));
}

// Such as a follower's request, which waits for an event: it makes no process end later.
TEST_F(ChannelTest, WhatNobodyWaitsForAnyMoreIsGivenUp) {
  std::atomic<bool> begun = false, leave = false, left = false;
  handlers_.echo = [&](const rpc::Call&, const EchoRequest&) {
    begun = true;
    while (!leave) absl::SleepFor(absl::Milliseconds(1));
    left = true;
    return absl::StatusOr<EchoResponse>(EchoResponse());
  };
  Listen();
  EchoResponse response;
  absl::Status told;
  channel_->Start(ManagerCall(), std::string(test::v1::method::Echo.path), Text("hi"), &response,
                  [&](const absl::Status& status) { told = status; });
  while (!begun) absl::SleepFor(absl::Milliseconds(1));
  channel_.reset();
  EXPECT_EQ(told.code(), absl::StatusCode::kCancelled);
  EXPECT_FALSE(leave) << "the target has not answered";
  leave = true;
  while (!left) absl::SleepFor(absl::Milliseconds(1));
}

TEST_F(ChannelTest, ComesBackWhenTheTargetDoes) {
  Listen();
  EXPECT_TRUE(Echo(ManagerCall(), Text("hi")).ok());
  const std::string address = absl::StrCat("127.0.0.1:", listener_->port());
  listener_.reset();
  EXPECT_FALSE(Echo(ManagerCall(), Text("hi")).ok());
  auto again = GrpcListener::Listen(*door_, {.address = address});
  ASSERT_TRUE(again.ok()) << again.status();
  listener_ = std::move(*again);
  const absl::Time deadline = absl::Now() + kPatience;
  while (!Echo(ManagerCall(), Text("hi")).ok() && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(50));
  EXPECT_LT(absl::Now(), deadline);
}

TEST_F(ChannelTest, WhatOneLoopFindsTheOthersLookForAtOnce) {
  Listen();
  const std::string address = absl::StrCat("127.0.0.1:", listener_->port());
  const auto loops = std::make_shared<work::Loops>(4, 1);
  const auto channel = NewChannel({.name = "echo", .target = address, .loops = loops});
  const auto ask = [&] { return channel->Call(ManagerCall(), test::v1::method::Echo, Text("hi")).status(); };
  while (!ask().ok()) absl::SleepFor(absl::Milliseconds(1));
  listener_.reset();
  // Long enough for each loop to wait for seconds between its attempts.
  absl::SleepFor(absl::Seconds(5));
  auto again = GrpcListener::Listen(*door_, {.address = address});
  ASSERT_TRUE(again.ok()) << again.status();
  listener_ = std::move(*again);
  while (!ask().ok()) absl::SleepFor(absl::Milliseconds(1));
  absl::SleepFor(absl::Milliseconds(100));
  for (size_t i = 0; i < 2 * loops->size(); ++i) EXPECT_TRUE(ask().ok()) << i;
}

// --- A door that forwards to another ---------------------------------------------------------------------------------

// Two replicas of a service behind one target, as a headless service of a cluster names them.
class ReplicasTest : public ::testing::Test {
 protected:
  struct Replica {
    explicit Replica(rpc::DoorParts& parts, absl::Duration age) : door(parts.Options()) {
      handlers.echo = [this](const rpc::Call&, const EchoRequest&) -> absl::StatusOr<EchoResponse> {
        ++answered;
        EchoResponse response;
        response.set_text("hi");
        return response;
      };
      door.Serve(handlers.service);
      auto listening = GrpcListener::Listen(door, {.address = "127.0.0.1:0", .max_connection_age = age});
      EXPECT_TRUE(listening.ok()) << listening.status();
      listener = *std::move(listening);
    }
    std::atomic<int> answered{0};
    rpc::EchoHandlers handlers;
    Door door;
    std::unique_ptr<GrpcListener> listener;
  };

  void Begin(absl::Duration age = absl::Minutes(5)) {
    for (auto& replica : replicas_) replica = std::make_unique<Replica>(parts_, age);
    channel_ = NewChannel(
        {.name = "echo",
         .target = absl::StrCat("ipv4:127.0.0.1:", replicas_[0]->listener->port(), ",127.0.0.1:", replicas_[1]->listener->port())});
    while (!AskOnce().ok() || replicas_[0]->answered == 0 || replicas_[1]->answered == 0) absl::SleepFor(absl::Milliseconds(1));
  }
  // By a client that never repeats.
  absl::Status AskOnce() { return channel_->Call(ManagerCall(), test::v1::method::Echo, Text("hi")).status(); }

  rpc::DoorParts parts_;
  std::array<std::unique_ptr<Replica>, 2> replicas_;
  std::unique_ptr<Channel> channel_;
};

TEST_F(ReplicasTest, WhoDrainsGetsNothingNewBeforeItRefuses) {
  Begin();
  replicas_[0]->listener->Lame();
  const absl::Time end = absl::Now() + kPatience;
  for (int before = -1; replicas_[0]->answered != before && absl::Now() < end;) {
    before = replicas_[0]->answered;
    for (int i = 0; i < 20; ++i) EXPECT_THAT(AskOnce(), test::IsOk());
  }
  const int before = replicas_[0]->answered;
  for (int i = 0; i < 100; ++i) EXPECT_THAT(AskOnce(), test::IsOk());
  EXPECT_EQ(replicas_[0]->answered, before);
  replicas_[0]->door.Drain(absl::Now() + absl::Seconds(1));
  replicas_[0]->listener->Shutdown(absl::Now() + absl::Seconds(1));
  for (int i = 0; i < 100; ++i) EXPECT_THAT(AskOnce(), test::IsOk());
}

// Connections that end because they are old fail nothing, however often.
TEST_F(ReplicasTest, OldConnectionsEndPolitely) {
  Begin(absl::Milliseconds(100));
  int asked = 0;
  for (const absl::Time end = absl::Now() + absl::Seconds(2); absl::Now() < end; ++asked) ASSERT_THAT(AskOnce(), test::IsOk()) << asked;
  EXPECT_GT(asked, 0);
}

// What a server that goes has not begun is asked of the other, also where a call may not be repeated.
TEST_F(ReplicasTest, NothingFailsUnderLoadWhileConnectionsEnd) {
  Begin(absl::Milliseconds(100));
  std::atomic<int> asked = 0, failed = 0;
  std::vector<std::thread> callers;
  const absl::Time end = absl::Now() + absl::Seconds(1);
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      for (; absl::Now() < end; ++asked) failed += AskOnce().ok() ? 0 : 1;
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_GT(asked, 0);
  EXPECT_EQ(failed, 0);
}

TEST_F(ReplicasTest, CallsAreCountedByTargetAndCode) {
  Begin();
  const std::string series = "heitie_client_requests_total{target=\"echo\",code=\"OK\"} ";
  const auto counted = [&] {
    const std::string page = observe::Scrape();
    const size_t at = page.find(series);
    return at == std::string::npos ? -1 : std::atoi(page.c_str() + at + series.size());
  };
  const int before = counted();
  ASSERT_THAT(AskOnce(), test::IsOk());
  EXPECT_EQ(counted(), before + 1);
}

class ForwardingTest : public ChannelTest {
 protected:
  Door& front() {
    if (front_ == nullptr) {
      Listen();
      front_ = std::make_unique<Door>(parts_.Options());
      front_->Forward(kEchoService, *channel_);
    }
    return *front_;
  }
  std::unique_ptr<Door> front_;
};

TEST_F(ForwardingTest, UnaryRequestsPassThrough) {
  Asked asked(front(), By("manager"), kEcho, Text("through two doors"));
  EXPECT_TRUE(asked.status().ok()) << asked.status();
  EXPECT_EQ(asked.text(), "through two doors");
}

TEST_F(ForwardingTest, ErrorsOfTheTargetKeepTheirDetails) {
  EXPECT_THAT(Asked(front(), By("manager"), kEcho, Text("")).status(), HasReason("INVALID_FIELDS")) << "validated by the target";
  listener_.reset();
  const absl::Status status = Asked(front(), By("manager"), kEcho, Text("hi")).status();
  EXPECT_THAT(status, HasReason("UNAVAILABLE"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("echo"));
}

TEST_F(ForwardingTest, StreamsPassThrough) {
  Listened listened(front(), By("manager"), Count(60));
  EXPECT_TRUE(listened.status().ok()) << listened.status();
  EXPECT_EQ(listened.numbers().size(), 60u);
  EXPECT_EQ(Listened(front(), By("manager"), Count(-1)).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ForwardingTest, TheReaderAtTheEndSetsThePace) {
  Listened listened(front(), By("manager"), Count(3), Listened::Reader::kManual);
  ASSERT_TRUE(listened.Await(1));
  absl::SleepFor(absl::Milliseconds(50));
  EXPECT_THAT(listened.numbers(), ElementsAre(1));
  listened.Take();
  ASSERT_TRUE(listened.Await(2));
  listened.Take();
  ASSERT_TRUE(listened.Await(3));
  EXPECT_FALSE(listened.IsDone());
  listened.Take();
  EXPECT_TRUE(listened.status().ok());
  EXPECT_THAT(listened.numbers(), ElementsAre(1, 2, 3));
}

// Who is at work on a message when the last one has been read may still use what the end takes away.
TEST_F(ForwardingTest, TheEndIsToldWhenTheConsumerHasReturned) {
  Listen();
  std::atomic<bool> at_work{false}, met{false};
  std::promise<void> ended;
  const rpc::Call call = ManagerCall();
  channel_->ServerStream(
      call, rpc::kTick, rpc::Serialize(Count(1)),
      [&](grpc::ByteBuffer, std::function<void()> next) {
        at_work = true;
        next();  // after which the end arrives
        absl::SleepFor(absl::Milliseconds(100));
        at_work = false;
      },
      [&](const absl::Status&) {
        met = at_work.load();
        ended.set_value();
      });
  ended.get_future().wait();
  channel_.reset();  // waits for whoever still uses what is here
  EXPECT_FALSE(met);
}

TEST_F(ForwardingTest, ARequestsSpansHangTogether) {
  const std::string recorded = "4bf92f3577b34da6a3ce929d0e0e4701", other = "4bf92f3577b34da6a3ce929d0e0e4702";
  observe::ExportedSpans& spans = observe::ExportedSpans::Get();
  rpc::Arrival arrival = By("manager");
  arrival.traceparent = absl::StrCat("00-", other, "-00f067aa0ba902b7-00");
  EXPECT_THAT(Asked(front(), arrival, kEcho, Text("hi")).status(), test::IsOk());
  arrival.traceparent = absl::StrCat("00-", recorded, "-00f067aa0ba902b7-01");
  EXPECT_THAT(Asked(front(), arrival, kEcho, Text("hi")).status(), test::IsOk());
  std::map<std::string, observe::Span> by_parent;
  for (const observe::Span& span : spans.OfTrace(recorded, 3)) by_parent[span.parent_id] = span;
  ASSERT_EQ(by_parent.size(), 3u);
  const observe::Span& front_door = by_parent.at("00f067aa0ba902b7");
  const observe::Span& call = by_parent.at(front_door.span_id);
  const observe::Span& back_door = by_parent.at(call.span_id);
  EXPECT_EQ(back_door.span_id, rpc::SpanIdOf(recorded, kEcho, "employees/manager", absl::FromUnixSeconds(1767225600)))
      << "as whoever reads the request's events finds it";
  EXPECT_EQ(front_door.kind, observe::Span::Kind::kServer);
  EXPECT_EQ(call.kind, observe::Span::Kind::kClient);
  EXPECT_EQ(back_door.kind, observe::Span::Kind::kServer);
  for (const observe::Span* span : {&front_door, &call, &back_door}) {
    EXPECT_EQ(span->name, kEcho);
    EXPECT_LE(span->begin, span->end);
    for (const auto& [key, value] : span->attributes) EXPECT_THAT(value, ::testing::Not(HasSubstr("manager"))) << key;
  }
  EXPECT_TRUE(spans.OfTrace(other, 0).empty()) << "its caller did not want it recorded";
}

TEST_F(ForwardingTest, CancellingReachesTheHandler) {
  std::promise<void> started, ended;
  std::shared_ptr<Stream> kept;
  handlers_.tick = [&](std::shared_ptr<Stream> stream) {
    stream->OnEnd([&] { ended.set_value(); });
    kept = std::move(stream);
    TickResponse message;
    kept->Send(message);
    started.set_value();
  };
  Listened listened(front(), By("manager"), Count(1), Listened::Reader::kManual);
  started.get_future().wait();
  ASSERT_TRUE(listened.Await(1)) << "the message is in the reader's hand: no operation is under way";
  listened.Cancel();
  EXPECT_EQ(ended.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
  EXPECT_EQ(listened.status().code(), absl::StatusCode::kCancelled);
}

TEST_F(ForwardingTest, AStreamEndsWhenItsTargetGoes) {
  std::promise<void> started;
  std::shared_ptr<Stream> kept;
  handlers_.tick = [&](std::shared_ptr<Stream> stream) {
    kept = std::move(stream);
    started.set_value();
  };
  Listened listened(front(), By("manager"), Count(1));
  started.get_future().wait();
  listener_->Shutdown(absl::Now());
  EXPECT_FALSE(listened.status().ok());
  kept.reset();
}

}  // namespace
}  // namespace heitie::client
