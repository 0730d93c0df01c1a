// Requests that are refused when their head has come, and what is thrown.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "common/http/client_testing.h"

namespace heitie::http {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kGet[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

Verdict RefuseForbidden(const Request& head) {
  if (head.path != "/forbidden") return {.finding = std::make_shared<std::string>("found " + head.path)};
  return {.refusal = Refusal(403, "PERMISSION_DENIED", "Not for you.")};
}

void TellFinding(Request request, std::shared_ptr<Responder> responder) {
  responder->Send({.body = *std::static_pointer_cast<std::string>(request.finding) + " " + request.body});
}

TEST(JudgeTest, RefusesBeforeTheBodyComes) {
  auto server = Serve(TellFinding, {}, RefuseForbidden);
  for (const std::string& framing : {std::string("Content-Length: 4000000"), std::string("Transfer-Encoding: chunked")}) {
    for (const std::string& expect : {std::string(), std::string("Expect: 100-continue\r\n")}) {
      Client client(server->port());
      client.Say("POST /forbidden HTTP/1.1\r\nHost: h\r\n" + expect + framing + "\r\n\r\n");
      EXPECT_THAT(client.HearUntil("}}"), AllOf(StartsWith("HTTP/1.1 403 "), HasSubstr("Connection: close\r\n"))) << framing << expect;
    }
  }
}

// Neither is what it sends kept, nor is the answer lost by a reset.
TEST(JudgeTest, TheRefusalReachesAClientThatSendsItsBodyAllTheSame) {
  auto server = Serve(TellFinding, {}, RefuseForbidden);
  for (int i = 0; i < 20; ++i) {
    Client client(server->port());
    client.Say("POST /forbidden HTTP/1.1\r\nHost: h\r\nContent-Length: 4000000\r\n\r\n" + std::string(4'000'000, 'x'));
    EXPECT_THAT(client.HearUntil("}}"), AllOf(StartsWith("HTTP/1.1 403 "), EndsWith("}}")));
  }
}

TEST(JudgeTest, DoesNotReadForEverFromWhomItRefused) {
  auto server = Serve(TellFinding, {.max_body_bytes = 100'000}, RefuseForbidden);
  Client client(server->port());
  client.Say("POST /forbidden HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string piece(1 << 16, 'x');
  size_t sent = 0;
  while (sent < (size_t{256} << 20) && client.Say(piece)) sent += piece.size();
  EXPECT_LT(sent, size_t{64} << 20);  // what the sockets hold on top
}

TEST(JudgeTest, TheConnectionGoesOnWhenNothingIsToCome) {
  auto server = Serve(TellFinding, {}, RefuseForbidden);
  Client client(server->port());
  for (const std::string& request : {std::string("GET /forbidden HTTP/1.1\r\nHost: h\r\n\r\n"),
                                     std::string("POST /forbidden HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nGET /")}) {
    client.Say(request);
    EXPECT_THAT(client.HearAnswer(), AllOf(StartsWith("HTTP/1.1 403 "), Not(HasSubstr("Connection: close"))));
  }
  client.Say("HEAD /forbidden HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.HearUntil("\r\n\r\n"), StartsWith("HTTP/1.1 403 "));
  client.Say("POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi");
  EXPECT_THAT(client.HearAnswer(), EndsWith("found /b hi"));
}

TEST(JudgeTest, KnowsWhomTheRequestIsFor) {
  auto server = Serve(Echo, {}, [](const Request& head) { return Verdict{.refusal = Response{.body = "[" + head.host + "]"}}; });
  Client client(server->port());
  client.Say("GET / HTTP/1.1\r\nHost: a:1\r\n\r\n");
  EXPECT_THAT(client.HearAnswer(), EndsWith("[a:1]"));
  client.Say("GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(client.HearAnswer(), EndsWith("[b]"));
}

TEST(ThrowTest, WhatAJudgeOrAHandlerThrowsIsAnsweredAndTheServerLives) {
  std::atomic<bool> judge_throws{true};
  auto server = Serve([](Request, std::shared_ptr<Responder>) { throw std::runtime_error("secret"); }, {},
                      [&](const Request&) -> Verdict {
                        if (judge_throws) throw 7;
                        return {};
                      });
  Client client(server->port());
  client.Say(kGet);
  EXPECT_THAT(client.HearAnswer(), AllOf(StartsWith("HTTP/1.1 500 "), Not(HasSubstr("secret"))));
  judge_throws = false;
  client.Say(kGet);
  EXPECT_THAT(client.HearAnswer(), AllOf(StartsWith("HTTP/1.1 500 "), Not(HasSubstr("secret"))));
  client.Say(kGet);
  EXPECT_THAT(client.HearAnswer(), StartsWith("HTTP/1.1 500 "));
}

// Every thread of the server goes through it more than once.
TEST(ThrowTest, WhatACallbackThrowsLosesOneConnection) {
  auto server = Serve([](Request request, std::shared_ptr<Responder> responder) {
    if (request.path == "/") return responder->Send({.body = "ok"});
    responder->StartStream({});
    responder->Write("piece", [] { throw std::runtime_error("next"); });
    responder->OnClose([responder] { throw std::runtime_error("closed"); });
  });
  for (int i = 0; i < 20; ++i) {
    Client thrown(server->port());
    thrown.Say("GET /throw HTTP/1.1\r\nHost: h\r\n\r\n");
    thrown.HearUntil("piece");
    thrown.Close();
    Client client(server->port());
    client.Say(kGet);
    EXPECT_THAT(client.HearAnswer(), EndsWith("ok"));
  }
}

}  // namespace
}  // namespace heitie::http
