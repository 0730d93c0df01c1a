// HTTP/2: requests, answers, limits, and the end of connections.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "common/http/http2_testing.h"

namespace heitie::http {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string StatusOf(const Http2Client::Answer& answer) {
  const auto found = answer.head.find(":status");
  return found == answer.head.end() ? "" : found->second;
}

void Pause(int milliseconds) { std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds)); }

TEST(Http2Test, AnswersOnTheSamePortAsHttp1) {
  auto server = Serve([](Request request, std::shared_ptr<Responder> responder) {
    EXPECT_TRUE(request.loopback);
    responder->Send({.headers = {{"X-Host", request.host}, {"Connection", "close"}},
                     .body = absl::StrCat(request.version, " ", request.method, " ", request.path, "?", request.query, " ", request.body)});
  });
  Http2Client client(server->port());
  const auto get = client.End(client.Get("/a?b=c"));
  EXPECT_EQ(StatusOf(get), "200");
  EXPECT_EQ(get.body, "20 GET /a?b=c ");
  EXPECT_EQ(get.head.at("x-host"), "h");
  EXPECT_EQ(get.head.at("content-length"), "14");
  EXPECT_EQ(get.head.count("connection"), 0u);
  EXPECT_EQ(client.End(client.Post("/b", "body")).body, "20 POST /b? body");
  Client old(server->port());
  old.Say("GET /c HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(old.HearAnswer(), EndsWith("11 GET /c? "));
}

TEST(Http2Test, ThePrefaceMayComeInPieces) {
  auto server = Serve(Echo);
  Http2Client client(server->port(), false);
  const std::string preface = NGHTTP2_CLIENT_MAGIC + Http2Client::Frame(Http2Client::kSettings, 0, 0, "");
  for (const char c : preface) {
    client.Say(std::string(1, c));
    Pause(1);
  }
  EXPECT_EQ(StatusOf(client.End(client.Get("/"))), "200");
}

TEST(Http2Test, OnlyWhereItIsWanted) {
  auto server = Serve(Echo, {.http2 = false});
  Client client(server->port());
  client.Say(NGHTTP2_CLIENT_MAGIC);
  EXPECT_THAT(client.HearUntil("}}"), StartsWith("HTTP/1.1 400 "));
}

TEST(Http2Test, AnAnswerWithoutABodyIsOneFrame) {
  auto server = Serve([](Request, std::shared_ptr<Responder> responder) { responder->Send({.headers = {{"Grpc-Status", "0"}}}); });
  Http2Client client(server->port());
  const auto answer = client.End(client.Post("/", "x"));
  EXPECT_EQ(answer.head.at("grpc-status"), "0");
  EXPECT_EQ(client.frames()[Http2Client::kData], 0);
  EXPECT_EQ(answer.head.count("content-length"), 0u);
}

TEST(Http2Test, HeadIsToldTheLengthOnly) {
  auto server = Serve([](Request request, std::shared_ptr<Responder> responder) {
    if (request.path == "/whole") return responder->Send({.body = "12345"});
    responder->StartStream({});
    responder->Write("piece", [responder] { responder->End(); });
  });
  Http2Client client(server->port());
  client.Say(client.Head("HEAD", "/whole", {}, true));
  const auto whole = client.End(client.last());
  EXPECT_EQ(whole.head.at("content-length"), "5");
  EXPECT_EQ(whole.body, "");
  client.Say(client.Head("HEAD", "/stream", {}, true));
  const auto stream = client.End(client.last());
  EXPECT_EQ(StatusOf(stream), "200");
  EXPECT_EQ(stream.body, "");
}

TEST(Http2Test, StreamsTakeTurns) {
  std::shared_ptr<Responder> held;
  Flag holds;
  auto server = Serve([&](Request request, std::shared_ptr<Responder> responder) {
    if (request.path != "/held") return responder->Send({.body = "quick"});
    held = std::move(responder);
    holds.Set();
  });
  Http2Client client(server->port());
  const int slow = client.Get("/held");
  ASSERT_TRUE(holds.Wait());
  EXPECT_EQ(client.End(client.Get("/quick")).body, "quick");
  EXPECT_FALSE(client.answer(slow).ended);
  std::exchange(held, nullptr)->Send({.body = "at last"});
  EXPECT_EQ(client.End(slow).body, "at last");
}

// Flow control reaches the handler: it is asked for more when the client has made room.
TEST(Http2Test, TheHandlerWaitsForTheClientsWindow) {
  std::atomic<int> written{0};
  auto server = Serve([&](Request, std::shared_ptr<Responder> responder) {
    responder->StartStream({});
    auto next = std::make_shared<std::function<void()>>();
    *next = [&written, responder, next = std::weak_ptr(next)] {
      auto self = next.lock();
      if (self == nullptr) return;
      if (++written > 30) return responder->End();
      responder->Write(std::string(10'000, 'x'), [self] { (*self)(); });
    };
    (*next)();
  });
  Http2Client client(server->port());
  const int stream = client.Get("/");
  EXPECT_EQ(client.Body(stream, 65'535).size(), 65'535u);
  Pause(100);
  EXPECT_EQ(written, 7);
  client.Grow(0, 1'000'000);
  client.Grow(stream, 1'000'000);
  EXPECT_EQ(client.End(stream).body.size(), 300'000u);
}

TEST(Http2Test, WhoGoesIsToldToTheHandler) {
  Flag holds, gone, late;
  std::shared_ptr<Responder> held;
  auto server = Serve([&](Request, std::shared_ptr<Responder> responder) {
    responder->OnClose([&] { gone.Set(); });
    held = std::move(responder);
    holds.Set();
  });
  Http2Client client(server->port());
  const int stream = client.Get("/");
  ASSERT_TRUE(holds.Wait());
  client.Say(Http2Client::Frame(Http2Client::kReset, 0, stream, Http2Client::Number(NGHTTP2_CANCEL)));
  EXPECT_TRUE(gone.Wait());
  held->OnClose([&] { late.Set(); });
  EXPECT_TRUE(late.Wait());
  held->Send({.body = "nobody hears this"});
  held = nullptr;
}

TEST(Http2Test, AHandlerThatLetsGoAnswers500) {
  auto server = Serve([](Request request, const std::shared_ptr<Responder>& responder) {
    if (request.path == "/begun") responder->StartStream({});
    if (request.path == "/throw") throw std::runtime_error("as a handler may");
  });
  Http2Client client(server->port());
  EXPECT_EQ(StatusOf(client.End(client.Get("/"))), "500");
  EXPECT_EQ(StatusOf(client.End(client.Get("/throw"))), "500");
  EXPECT_EQ(client.End(client.Get("/begun")).reset, NGHTTP2_INTERNAL_ERROR);
}

// Nothing of the body is read: the client is told so with the answer, which it gets whole.
TEST(Http2Test, TheJudgeRefusesBeforeTheBodyComes) {
  auto server = Serve(Echo, {}, [](const Request& head) {
    Verdict verdict;
    if (head.path == "/forbidden") verdict.refusal = Refusal(403, "PERMISSION_DENIED", "Not for you.");
    if (head.path == "/throw") throw std::runtime_error("as a judge may");
    return verdict;
  });
  Http2Client client(server->port());
  const int stream = client.Begin("/forbidden");
  EXPECT_EQ(StatusOf(client.End(stream)), "403");
  ASSERT_TRUE(client.ReadFrame() && client.answer(stream).reset == NGHTTP2_NO_ERROR);
  EXPECT_EQ(StatusOf(client.End(client.Post("/forbidden", std::string(60'000, 'x')))), "403");
  EXPECT_EQ(StatusOf(client.End(client.Get("/throw"))), "500");
  EXPECT_EQ(StatusOf(client.End(client.Post("/b", "x"))), "200");
}

TEST(Http2Test, LargeBodiesArriveAndTooLargeOnesDoNot) {
  auto server =
      Serve([](Request request, std::shared_ptr<Responder> responder) { responder->Send({.body = absl::StrCat(request.body.size())}); },
            {.max_body_bytes = 1'000'000});
  Http2Client client(server->port());
  const int stream = client.Begin("/");
  for (int i = 0; i < 100; ++i) client.Data(stream, std::string(10'000, 'x'), i == 99);  // beyond the windows: they open in time
  EXPECT_EQ(client.End(stream).body, "1000000");
  EXPECT_EQ(StatusOf(client.End(client.Begin("/", {{"content-length", "1000001"}}))), "413");
  const int unannounced = client.Begin("/");
  for (int i = 0; i < 11; ++i) client.Data(unannounced, std::string(100'000, 'x'), false);
  const auto answer = client.End(unannounced);
  EXPECT_EQ(StatusOf(answer), "413");
  EXPECT_THAT(answer.body, HasSubstr("BODY_TOO_LARGE"));
}

TEST(Http2Test, HeadsHaveLimits) {
  auto server = Serve(Echo, {.max_header_bytes = 4000, .max_headers = 20});
  Http2Client client(server->port());
  EXPECT_EQ(StatusOf(client.End(client.Get("/", {{"x", std::string(4000, 'x')}}))), "431");
  EXPECT_EQ(StatusOf(client.End(client.Get("/" + std::string(4000, 'x')))), "414");
  Http2Client::Fields many;
  for (int i = 0; i < 21; ++i) many.emplace_back(absl::StrCat("x", i), "y");
  EXPECT_EQ(StatusOf(client.End(client.Get("/", many))), "431");
  EXPECT_EQ(StatusOf(client.End(client.Get("/", {{"host", "other"}}))), "400");
  EXPECT_EQ(client.End(client.Get("/a b")).reset, NGHTTP2_PROTOCOL_ERROR);
  EXPECT_EQ(StatusOf(client.End(client.Get("/", {{"host", "h"}}))), "200");
}

TEST(Http2Test, WaitsForNobodyForEver) {
  auto server = Serve(Echo, {.client_timeout = absl::Milliseconds(300), .idle_timeout = absl::Milliseconds(600)});
  Http2Client client(server->port());
  EXPECT_EQ(StatusOf(client.End(client.Begin("/"))), "408");
  Http2Client half(server->port());
  half.AnswerPings(false);  // nor settings: it would be taken for the rest
  const std::string head = half.Head("GET", "/", {}, true);
  half.Say(head.substr(0, head.size() - 1));
  EXPECT_THAT(half.GoAways(), ElementsAre());  // nothing can be said before the rest of it has come
  Http2Client idle(server->port());
  EXPECT_THAT(idle.GoAways(), ElementsAre(NGHTTP2_NO_ERROR));
}

TEST(Http2Test, WhoDoesNotTakeTheAnswerIsCutOff) {
  Flag gone;
  auto server = Serve(
      [&](Request request, std::shared_ptr<Responder> responder) {
        if (request.path == "/quick") return responder->Send({.body = "quick"});
        responder->StartStream({});
        responder->OnClose([&] { gone.Set(); });
        responder->Write(std::string(100'000, 'x'), [responder] {});
      },
      {.client_timeout = absl::Milliseconds(300), .slowest_reader = 1e9});
  Http2Client client(server->port());
  const int stream = client.Get("/");
  EXPECT_TRUE(gone.Wait());
  EXPECT_EQ(client.End(stream).reset, NGHTTP2_CANCEL);
  client.Grow(0, 100'000);
  EXPECT_EQ(client.End(client.Get("/quick")).body, "quick");
}

// The client is told twice: what it sends in between is answered.
TEST(Http2Test, NoRequestIsLostWhenTheServerGoes) {
  auto server = Serve(Echo);
  Http2Client client(server->port());
  EXPECT_EQ(StatusOf(client.End(client.Get("/"))), "200");
  client.AnswerPings(false);
  std::thread going([&] { server->Shutdown(absl::Now() + absl::Seconds(10)); });
  while (client.frames()[Http2Client::kGoAway] == 0) ASSERT_TRUE(client.ReadFrame());
  EXPECT_EQ(client.last_stream(), (1u << 31) - 1);
  const int late = client.Get("/late");
  EXPECT_EQ(StatusOf(client.End(late)), "200");
  client.AnswerPings(true);
  EXPECT_THAT(client.GoAways(), ElementsAre(NGHTTP2_NO_ERROR, NGHTTP2_NO_ERROR));
  EXPECT_EQ(client.last_stream(), static_cast<uint32_t>(late));
  going.join();
}

TEST(Http2Test, LameAsksToGoAndFinishesWhatIsInProgress) {
  std::shared_ptr<Responder> held;
  Flag holds;
  auto server = Serve([&](Request, std::shared_ptr<Responder> responder) {
    held = std::move(responder);
    holds.Set();
  });
  Http2Client client(server->port());
  const int stream = client.Get("/");
  ASSERT_TRUE(holds.Wait());
  server->Lame();
  while (client.frames()[Http2Client::kGoAway] < 2) ASSERT_TRUE(client.ReadFrame());
  std::exchange(held, nullptr)->Send({.body = "done"});
  EXPECT_EQ(client.End(stream).body, "done");
  client.GoAways();  // and then it closes
}

TEST(Http2Test, AConnectionHasAnAge) {
  auto server = Serve(Echo, {.max_connection_age = absl::Milliseconds(300)});
  Http2Client client(server->port());
  EXPECT_EQ(StatusOf(client.End(client.Get("/"))), "200");
  EXPECT_THAT(client.GoAways(), ElementsAre(NGHTTP2_NO_ERROR, NGHTTP2_NO_ERROR));
}

TEST(Http2Test, IdleConnectionsGiveWay) {
  auto server = Serve(Echo, {.max_connections = 4});
  std::vector<std::unique_ptr<Http2Client>> clients;
  for (int i = 0; i < 12; ++i) {
    clients.push_back(std::make_unique<Http2Client>(server->port()));
    EXPECT_EQ(StatusOf(clients.back()->End(clients.back()->Get("/"))), "200") << i;
  }
  EXPECT_THAT(clients.front()->GoAways(), Contains(NGHTTP2_NO_ERROR));
}

TEST(Http2Test, PingsOfKeepAliveAreAnswered) {
  auto server = Serve(Echo);
  Http2Client client(server->port());
  for (int i = 0; i < 100; ++i) client.Say(Http2Client::Frame(Http2Client::kPing, 0, 0, "12345678"));
  while (client.frames()[Http2Client::kPing] < 100) ASSERT_TRUE(client.ReadFrame());
  EXPECT_EQ(StatusOf(client.End(client.Get("/"))), "200");
}

TEST(Http2Test, OneHundredContinueIsSaid) {
  auto server = Serve(Echo);
  Http2Client client(server->port());
  const int stream = client.Begin("/", {{"expect", "100-continue"}});
  while (StatusOf(client.answer(stream)) != "100") ASSERT_TRUE(client.ReadFrame());
  client.Data(stream, "x", true);
  EXPECT_EQ(StatusOf(client.End(stream)), "200");
}

TEST(Http2Test, WhatACallbackThrowsLosesOneConnection) {
  auto server = Serve([](Request request, std::shared_ptr<Responder> responder) {
    if (request.path == "/") return responder->Send({.body = "ok"});
    responder->StartStream({});
    responder->Write("piece", [responder] { throw std::runtime_error("next"); });
  });
  Http2Client thrown(server->port());
  thrown.Get("/throw");
  thrown.GoAways();
  Http2Client client(server->port());
  EXPECT_EQ(client.End(client.Get("/")).body, "ok");
}

// Bodies over HTTP/2 take room like others: who is slow gives way.
TEST(Http2Test, WhoIsSlowGivesWayToWhoComes) {
  auto server = Serve(Echo, {.max_buffered_bytes = 150'000});
  Http2Client slow(server->port()), quick(server->port());
  const int first = slow.Begin("/");
  slow.Data(first, std::string(60'000, 'x'), false);
  Pause(100);
  const int second = quick.Begin("/");
  quick.Data(second, std::string(60'000, 'x'), false);
  while (quick.frames()[Http2Client::kWindow] < 1) ASSERT_TRUE(quick.ReadFrame());
  quick.Data(second, std::string(60'000, 'x'), false);
  EXPECT_EQ(StatusOf(slow.End(first)), "503");
  quick.Grow(0, 200'000);
  quick.Grow(second, 200'000);
  quick.Data(second, "", true);
  EXPECT_EQ(StatusOf(quick.End(second)), "200");
}

}  // namespace
}  // namespace heitie::http
