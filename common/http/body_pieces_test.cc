// Bodies that the handler reads piece by piece, and trailers, over HTTP/1.1 and HTTP/2.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "common/http/http2_testing.h"

namespace heitie::http {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Messages of four bytes: echoes each, keeps what is not whole.
class Quads : public std::enable_shared_from_this<Quads> {
 public:
  explicit Quads(std::shared_ptr<Responder> responder) : responder_(std::move(responder)) {}
  void Next() {
    responder_->ReadPiece(kept_.size(),
                          [self = shared_from_this()](absl::StatusOr<std::optional<std::string>> piece) { self->Take(piece); });
  }

 private:
  void Take(const absl::StatusOr<std::optional<std::string>>& piece) {
    if (!std::exchange(begun_, true)) responder_->StartStream({});
    if (!piece.ok()) return responder_->End({{"Why", absl::StatusCodeToString(piece.status().code())}});
    if (!piece->has_value()) return responder_->End({{"Left", absl::StrCat(kept_.size())}});
    EXPECT_NE(**piece, "");
    kept_ += **piece;
    const size_t whole = kept_.size() / 4 * 4;
    std::string answer;
    for (size_t at = 0; at < whole; at += 4) absl::StrAppend(&answer, "[", kept_.substr(at, 4), "]");
    kept_.erase(0, whole);
    responder_->Write(std::move(answer), [self = shared_from_this()] { self->Next(); });
  }

  const std::shared_ptr<Responder> responder_;
  std::string kept_;
  bool begun_ = false;
};

Verdict InPieces(const Request& head) {
  Verdict verdict;
  verdict.pieces = head.path == "/pieces";
  return verdict;
}

std::unique_ptr<Server> ServeQuads(Options options = {}) {
  return Serve(
      [](Request request, std::shared_ptr<Responder> responder) {
        EXPECT_EQ(request.body, "");
        std::make_shared<Quads>(std::move(responder))->Next();
      },
      options, InPieces);
}

constexpr char kHead[] = "POST /pieces HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";

TEST(BodyPiecesTest, ComeAsTheyAreSentAndTrailersFollow) {
  auto server = ServeQuads({.max_body_bytes = 8});
  Client client(server->port());
  client.Say(std::string(kHead) + "6\r\nabcdef\r\n");
  EXPECT_THAT(client.HearUntil("[abcd]"), AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("Transfer-Encoding: chunked\r\n")));
  client.Say("3\r\nghi\r\n");
  EXPECT_THAT(client.HearUntil("[efgh]"), EndsWith("[efgh]"));
  client.Say("8\r\njklmnopq\r\n0\r\nIgnored: x\r\n\r\n");
  EXPECT_THAT(client.HearUntil("\r\n\r\n"), AllOf(HasSubstr("[ijkl][mnop]"), EndsWith("0\r\nLeft: 1\r\n\r\n")));
}

TEST(BodyPiecesTest, OfAMessageHaveToKeepComing) {
  auto server = ServeQuads({.client_timeout = absl::Milliseconds(300)});
  Client client(server->port());
  client.Say(std::string(kHead) + "4\r\nabcd\r\n");
  client.HearUntil("[abcd]");
  std::this_thread::sleep_for(std::chrono::milliseconds(600));  // between messages it may take its time
  client.Say("5\r\nefghi\r\n");
  client.HearUntil("[efgh]");
  EXPECT_THAT(client.HearUntil("\r\n\r\n"), HasSubstr("Why: DEADLINE_EXCEEDED\r\n"));
}

TEST(BodyPiecesTest, OverHttp2ComeAsTheyAreSentAndTrailersFollow) {
  auto server = ServeQuads({.max_body_bytes = 8});
  Http2Client client(server->port());
  const int stream = client.Begin("/pieces");
  client.Data(stream, "abcdef", false);
  EXPECT_EQ(client.Body(stream, 6), "[abcd]");
  client.Data(stream, "ghi", false);
  EXPECT_EQ(client.Body(stream, 12), "[abcd][efgh]");
  client.Data(stream, "jklmnopq", true);
  const auto answer = client.End(stream);
  EXPECT_EQ(answer.body, "[abcd][efgh][ijkl][mnop]");
  EXPECT_EQ(answer.trailers.at("left"), "1");
  EXPECT_EQ(answer.reset, -1);
}

// Megabytes go through the windows, which open as the handler takes what came.
TEST(BodyPiecesTest, OverHttp2AreWithoutLimitInTotal) {
  auto server = ServeQuads({.max_body_bytes = 8});
  Http2Client client(server->port());
  const int stream = client.Begin("/pieces");
  std::string sent, heard;
  for (int i = 0; i < 50; ++i) {
    client.Data(stream, std::string(10'000, static_cast<char>('a' + i % 26)), i == 49);
    const size_t due = (i + 1) * 15'000;  // with the brackets
    ASSERT_GE(client.Body(stream, due).size(), due);
    client.Grow(stream, 15'000);
    client.Grow(0, 15'000);
  }
  EXPECT_EQ(client.End(stream).trailers.at("left"), "0");
}

TEST(BodyPiecesTest, OverHttp2HaveToBeginAndToKeepComing) {
  auto server = ServeQuads({.client_timeout = absl::Milliseconds(300)});
  Http2Client client(server->port());
  const int silent = client.Begin("/pieces");
  EXPECT_EQ(client.End(silent).trailers.at("why"), "DEADLINE_EXCEEDED");
  const int slow = client.Begin("/pieces");
  client.Data(slow, "abcd", false);
  EXPECT_EQ(client.Body(slow, 6), "[abcd]");
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  client.Data(slow, "efghi", false);
  const auto answer = client.End(slow);
  EXPECT_EQ(answer.body, "[abcd][efgh]");
  EXPECT_EQ(answer.trailers.at("why"), "DEADLINE_EXCEEDED");
  EXPECT_EQ(answer.reset, -1);
}

// What handlers keep of messages that are not whole counts as buffered.
TEST(BodyPiecesTest, WhatIsKeptTakesRoom) {
  for (const bool http2 : {false, true}) {
    auto server = Serve(
        [](Request, std::shared_ptr<Responder> responder) {
          responder->ReadPiece(0, [responder](const auto&) {
            responder->ReadPiece(150'000, [responder](const absl::StatusOr<std::optional<std::string>>& piece) {
              responder->Send({.body = piece.ok() ? "whole" : absl::StatusCodeToString(piece.status().code())});
            });
          });
        },
        {.max_buffered_bytes = 200'000}, InPieces);
    const auto begin = [&](auto& client) { client.Say(std::string(kHead) + "1\r\na\r\n"); };
    if (http2) {
      Http2Client client(server->port());
      const int first = client.Begin("/pieces");
      client.Data(first, "a", false);
      const int second = client.Begin("/pieces");
      client.Data(second, "a", false);
      EXPECT_EQ(client.End(first).body, "RESOURCE_EXHAUSTED");
      client.Data(second, "a", true);
      EXPECT_EQ(client.End(second).body, "whole");
    } else {
      Client first(server->port());
      begin(first);
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      Client second(server->port());
      begin(second);
      EXPECT_THAT(first.HearUntil("EXHAUSTED"), EndsWith("RESOURCE_EXHAUSTED"));
      second.Say("1\r\na\r\n");
      EXPECT_THAT(second.HearUntil("whole"), EndsWith("whole"));
    }
  }
}

TEST(RefusalTest, IsGoogleRpcStatusWithAReason) {
  auto server = Serve(Echo, {.max_body_bytes = 10});
  Client client(server->port());
  client.Say("POST / HTTP/1.1\r\nHost: h\r\nAccept-Language: zh-TW\r\nContent-Length: 11\r\n\r\n");
  EXPECT_THAT(client.HearUntil("]}}"), AllOf(StartsWith("HTTP/1.1 413 "), HasSubstr(R"({"error":{"code":413,"status":"INVALID_ARGUMENT")"),
                                             HasSubstr(R"("reason":"BODY_TOO_LARGE")"), HasSubstr("內容超過 10 個位元組")));
}

TEST(RefusalTest, IsExplainedByWhoeverListens) {
  std::vector<std::string> told;
  auto server = Server::Listen({.address = "127.0.0.1:0", .max_header_bytes = 200, .max_body_bytes = 10}, Echo, nullptr,
                               [&](const Request& head, const absl::Status& why, int code) -> Response {
                                 told.push_back(absl::StrCat(head.method, " ", head.path, " ", code));
                                 EXPECT_FALSE(why.ok());
                                 return {.status = code, .headers = {{"X-Trace-Id", "t"}}, .body = "explained"};
                               });
  Client client((*server)->port());
  client.Say("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n");
  EXPECT_THAT(client.HearUntil("explained"), AllOf(StartsWith("HTTP/1.1 413 "), HasSubstr("X-Trace-Id: t\r\n")));
  Client long_head((*server)->port());
  long_head.Say("GET /a HTTP/1.1\r\nHost: h\r\nX: " + std::string(300, 'x') + "\r\n\r\n");
  EXPECT_THAT(long_head.HearUntil("explained"), StartsWith("HTTP/1.1 431 "));
  Http2Client http2((*server)->port());
  EXPECT_EQ(http2.End(http2.Post("/b", std::string(11, 'x'))).head.at(":status"), "413");
  EXPECT_EQ(http2.End(http2.Get("/c", {{"x", std::string(300, 'x')}})).body, "explained");
  EXPECT_THAT(told, ::testing::ElementsAre("POST /a 413", "GET /a 431", "POST /b 413", "GET /c 431"));
}

TEST(EmptyLineTest, BeforeARequestIsNothing) {
  auto server = Serve(Echo);
  Client client(server->port());
  for (int i = 0; i < 3; ++i) {
    client.Say("\r\nPOST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi");
    EXPECT_THAT(client.HearAnswer(), AllOf(StartsWith("HTTP/1.1 200 "), EndsWith("hi")));
  }
  client.Say("\r");
  client.Say("\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.HearAnswer(), HasSubstr("GET /b"));
}

}  // namespace
}  // namespace heitie::http
