// Connections to servers that refuse, vanish, say nothing, or do not keep to the protocol.
#include "common/client/http2/link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/client/channel.h"
#include "common/client/http2/server_testing.h"
#include "common/rpc/bounds.h"
#include "common/rpc/echo_testing.h"
#include "common/test/matchers.h"
#include "heitie/test/v1/echo.methods.h"

namespace heitie::client {
namespace {

using rpc::EchoResponse;
using test::HasReason;
using ::testing::HasSubstr;

class LinkTest : public ::testing::Test {
 protected:
  using Type = RawServer::Type;

  // A call that may not be repeated, since it is neither a read nor has a request id.
  std::future<absl::StatusOr<EchoResponse>> Ask(absl::Duration patience = rpc::kPatience) {
    return std::async(std::launch::async, [this, patience] {
      rpc::Call call;
      call.token = "manager";
      call.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
      call.deadline = absl::Now() + patience;
      return channel_->Call(call, test::v1::method::Echo, rpc::Text("hi"));
    });
  }
  static std::string Hello() {
    EchoResponse response;
    response.set_text("hello");
    return response.SerializeAsString();
  }
  static std::string Code(uint32_t code) { return RawServer::Number(code); }
  static std::string GoAway(int last) {
    return RawServer::Bytes(RawServer::kGoAway, 0, 0, RawServer::Number(static_cast<uint32_t>(last)) + Code(NGHTTP2_NO_ERROR));
  }
  static std::string Reset(int stream, uint32_t code) { return RawServer::Bytes(RawServer::kReset, 0, stream, Code(code)); }

  RawServer server_;
  // Without a look at the server's health, which these servers do not tell.
  const std::unique_ptr<Channel> channel_ =
      NewChannel({.name = "echo", .target = absl::StrCat("127.0.0.1:", server_.port()), .round_robin = false});
};

TEST_F(LinkTest, WhatWasRefusedUnseenIsAskedAgain) {
  auto answer = Ask();
  ASSERT_TRUE(server_.Accept());
  const int first = server_.Request();
  server_.Say(Reset(first, NGHTTP2_REFUSED_STREAM));
  const int second = server_.Request();
  EXPECT_GT(second, first);
  server_.Say(server_.Answer(second, Hello()));
  const auto response = answer.get();
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->text(), "hello");
}

TEST_F(LinkTest, WhatIsRefusedAgainAndAgainIsUnavailable) {
  auto answer = Ask();
  ASSERT_TRUE(server_.Accept());
  for (int i = 0; i < 3; ++i) server_.Say(Reset(server_.Request(), NGHTTP2_REFUSED_STREAM));
  EXPECT_THAT(answer.get().status(), HasReason("UNAVAILABLE"));
}

TEST_F(LinkTest, WhatAServerThatGoesHasNotSeenGoesToTheNext) {
  auto answer = Ask();
  ASSERT_TRUE(server_.Accept());
  ASSERT_GT(server_.Request(), 0);
  server_.Say(GoAway(0));
  ASSERT_TRUE(server_.Accept());
  server_.Say(server_.Answer(server_.Request(), Hello()));
  EXPECT_TRUE(answer.get().ok());
}

TEST_F(LinkTest, WhatAServerThatGoesHasSeenIsStillAnswered) {
  auto answer = Ask();
  ASSERT_TRUE(server_.Accept());
  const int stream = server_.Request();
  server_.Say(GoAway(stream));
  absl::SleepFor(absl::Milliseconds(50));
  server_.Say(server_.Answer(stream, Hello()));
  EXPECT_TRUE(answer.get().ok());
  EXPECT_EQ(server_.Await(RawServer::kData).type, -1) << "and then the connection ends";
}

// It may have been done.
TEST_F(LinkTest, WhatWasUnderWayOnAConnectionThatBreaksIsNotRepeated) {
  auto answer = Ask();
  ASSERT_TRUE(server_.Accept());
  ASSERT_GT(server_.Request(), 0);
  server_.Hang();
  EXPECT_THAT(answer.get().status(), HasReason("UNAVAILABLE"));
  ASSERT_TRUE(server_.Accept()) << "another connection is made";
  auto next = Ask();
  server_.Say(server_.Answer(server_.Request(), Hello()));
  EXPECT_TRUE(next.get().ok());
}

TEST_F(LinkTest, AServerThatSaysNothingIsToldWhenItIsTooLate) {
  auto answer = Ask(absl::Milliseconds(300));
  ASSERT_TRUE(server_.Accept());
  const int stream = server_.Request();
  EXPECT_THAT(answer.get().status(), HasReason("DEADLINE_EXCEEDED"));
  const RawServer::Frame reset = server_.Await(RawServer::kReset);
  EXPECT_EQ(reset.stream, stream);
  EXPECT_EQ(reset.payload, Code(NGHTTP2_CANCEL));
  server_.Say(server_.Answer(stream, Hello()));  // too late, and no harm
  auto next = Ask();
  server_.Say(server_.Answer(server_.Request(), Hello()));
  EXPECT_TRUE(next.get().ok());
}

TEST_F(LinkTest, AnAnswerBeforeTheEndOfItsRequestIsAnAnswer) {
  auto answer = Ask();
  ASSERT_TRUE(server_.Accept());
  const int stream = server_.Await(RawServer::kHeaders).stream;
  server_.Say(server_.Answer(stream, Hello()));
  EXPECT_TRUE(answer.get().ok());
}

TEST_F(LinkTest, AnAnswerMayComeInSmallPieces) {
  auto answer = Ask();
  ASSERT_TRUE(server_.Accept());
  const int stream = server_.Request();
  std::string bytes = server_.Head(stream);
  for (const char c : RawServer::Message(Hello())) bytes += RawServer::Bytes(RawServer::kData, 0, stream, std::string(1, c));
  bytes += server_.Headers(stream, {{"grpc-status", "0"}}, true);
  for (const char c : bytes) server_.Say(std::string(1, c));
  const auto response = answer.get();
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->text(), "hello");
}

// What a server says and how its call ends; the next call is answered in each case, on this connection or another.
TEST_F(LinkTest, WhatIsNotTheProtocolFailsOneCall) {
  struct Case {
    const char* what;
    absl::StatusCode code;
    std::function<std::string(int stream)> answer;
  };
  const auto data = [](int stream, const std::string& body) { return RawServer::Bytes(RawServer::kData, 0, stream, body); };
  const auto trailers = [this](int stream) { return server_.Headers(stream, {{"grpc-status", "0"}}, true); };
  const Case cases[] = {
      {"compressed", absl::StatusCode::kInternal,
       [&](int s) { return server_.Head(s) + data(s, RawServer::Message(Hello(), 1)) + trailers(s); }},
      {"too large", absl::StatusCode::kResourceExhausted,
       [&](int s) { return server_.Head(s) + data(s, std::string(1, '\0') + RawServer::Number(rpc::kMaxWireBytes + 1)); }},
      {"cut", absl::StatusCode::kInternal,
       [&](int s) { return server_.Head(s) + data(s, RawServer::Message(Hello()).substr(0, 6)) + trailers(s); }},
      {"none", absl::StatusCode::kInternal, [&](int s) { return server_.Head(s) + trailers(s); }},
      {"two", absl::StatusCode::kInternal,
       [&](int s) { return server_.Head(s) + data(s, RawServer::Message(Hello()) + RawServer::Message(Hello())) + trailers(s); }},
      {"without trailers", absl::StatusCode::kUnknown,
       [&](int s) { return server_.Head(s) + RawServer::Bytes(RawServer::kData, RawServer::kEndStream, s, RawServer::Message(Hello())); }},
      {"a page", absl::StatusCode::kUnavailable,
       [&](int s) {
         return server_.Headers(s, {{":status", "503"}}, true);
       }},
      {"a page of another kind", absl::StatusCode::kUnknown,
       [&](int s) {
         return server_.Headers(s, {{":status", "200"}, {"content-type", "text/html"}}, true);
       }},
      {"an unknown status", absl::StatusCode::kUnknown,
       [&](int s) {
         return server_.Headers(s, {{":status", "200"}, {"content-type", "application/grpc"}, {"grpc-status", "99"}}, true);
       }},
      {"reset", absl::StatusCode::kInternal, [&](int s) { return Reset(s, NGHTTP2_INTERNAL_ERROR); }},
      {"another stream's", absl::StatusCode::kUnavailable, [&](int s) { return server_.Head(s + 100); }},
      {"pushed", absl::StatusCode::kUnavailable,
       [&](int s) { return RawServer::Bytes(RawServer::kPush, RawServer::kEndHeaders, s, RawServer::Number(2) + "\x88"); }},
      {"no frame", absl::StatusCode::kUnavailable, [](int) { return std::string(64, '\xff'); }},
      {"headers that are none", absl::StatusCode::kUnavailable,
       [](int s) { return RawServer::Bytes(RawServer::kHeaders, RawServer::kEndHeaders, s, std::string(20, '\xff')); }},
  };
  ASSERT_NE(channel_, nullptr);
  auto answer = Ask();
  ASSERT_TRUE(server_.Accept());
  for (const Case& one : cases) {
    SCOPED_TRACE(one.what);
    const int stream = server_.Request();
    ASSERT_GT(stream, 0);
    server_.Say(one.answer(stream));
    const absl::Status status = answer.get().status();
    EXPECT_EQ(status.code(), one.code) << status;
    answer = Ask();
    if (absl::IsUnavailable(status) && std::string(one.what) != "a page") ASSERT_TRUE(server_.Accept());
  }
  server_.Say(server_.Answer(server_.Request(), Hello()));
  EXPECT_TRUE(answer.get().ok());
}

// Its caller would have a part twice.
TEST_F(LinkTest, WhatIsRefusedAfterItsAnswerHasBegunIsNotAskedAgain) {
  auto answer = Ask();
  ASSERT_TRUE(server_.Accept());
  const int stream = server_.Request();
  server_.Say(server_.Head(stream) + Reset(stream, NGHTTP2_REFUSED_STREAM));
  EXPECT_THAT(answer.get().status(), HasReason("UNAVAILABLE"));
}

TEST_F(LinkTest, AStatusKeepsItsWords) {
  auto answer = Ask();
  ASSERT_TRUE(server_.Accept());
  const int stream = server_.Request();
  server_.Say(server_.Headers(
      stream, {{":status", "200"}, {"content-type", "application/grpc"}, {"grpc-status", "5"}, {"grpc-message", "a%20b%zz%E4%BD%A0"}},
      true));
  const absl::Status status = answer.get().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "a b%zz你");
}

TEST_F(LinkTest, MoreRequestsThanTheServerTakesWait) {
  std::vector<std::future<absl::StatusOr<EchoResponse>>> answers;
  answers.push_back(Ask());
  ASSERT_TRUE(server_.Accept(RawServer::Number(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 2) + RawServer::Number(1)));
  for (int i = 0; i < 4; ++i) answers.push_back(Ask());
  for (size_t i = 0; i < answers.size(); ++i) {
    const int stream = server_.Request();
    ASSERT_GT(stream, 0) << i;
    server_.Say(server_.Answer(stream, Hello()));
  }
  for (auto& answer : answers) EXPECT_TRUE(answer.get().ok());
}

// ---- A connection by itself

class WatchedOwner final : public Link::Owner {
 public:
  void OnServing(const LinkPtr&, bool serving) override { serving_.set_value(serving); }
  void OnLeaving(const LinkPtr&) override {}
  void OnClosed(const LinkPtr&, const std::string& why) override { closed_.set_value(why); }
  void Again(CallPtr call) override { call->Finish(grpc::Status::CANCELLED); }

  std::promise<bool> serving_;
  std::promise<std::string> closed_;
};

// A machine that is gone says nothing: nobody else would notice while there are no calls.
TEST(LinkAloneTest, AServerThatDoesNotAnswerPingsIsGone) {
  RawServer server;
  work::Loops loops(1, 2);
  const auto owner = std::make_shared<WatchedOwner>();
  Link::Options options;
  options.address = {boost::asio::ip::address_v4::loopback(), static_cast<uint16_t>(server.port())};
  options.watch_health = false;
  options.ping_interval = options.ping_timeout = absl::Seconds(1);
  const LinkPtr link = Link::New(loops[0], options, owner);
  link->Connect();
  ASSERT_TRUE(server.Accept());
  EXPECT_TRUE(owner->serving_.get_future().get());
  const RawServer::Frame ping = server.Await(RawServer::kPing);
  server.Say(RawServer::Bytes(RawServer::kPing, RawServer::kAck, 0, ping.payload));
  EXPECT_EQ(server.Await(RawServer::kPing).type, RawServer::kPing) << "who answers stays";
  EXPECT_THAT(owner->closed_.get_future().get(), HasSubstr("pings"));
}

// Its health says that it does not serve yet, then that it does, then no more.
TEST(LinkAloneTest, WhoTellsItsHealthIsBelieved) {
  RawServer server;
  const auto channel = NewChannel({.name = "echo", .target = absl::StrCat("127.0.0.1:", server.port())});
  ASSERT_TRUE(server.Accept());
  const int health = server.Request();
  const auto ask = [&] {
    rpc::Call call;
    call.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
    call.deadline = absl::Now() + absl::Seconds(5);
    return channel->Call(call, test::v1::method::Echo, rpc::Text("hi"));
  };
  const auto say = [&](char state) {
    server.Say(RawServer::Bytes(RawServer::kData, 0, health, RawServer::Message(std::string("\x08") + state)));
    absl::SleepFor(absl::Milliseconds(100));
  };
  server.Say(server.Head(health));
  say(2);
  EXPECT_THAT(ask().status(), HasReason("UNAVAILABLE"));
  say(1);
  auto answer = std::async(std::launch::async, ask);
  server.Say(server.Answer(server.Request(), ""));
  EXPECT_TRUE(answer.get().ok());
  say(2);
  EXPECT_THAT(ask().status(), HasReason("UNAVAILABLE"));
}

}  // namespace
}  // namespace heitie::client
