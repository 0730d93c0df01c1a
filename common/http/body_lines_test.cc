// Bodies that the handler reads line by line, while they come.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "absl/strings/str_join.h"
#include "common/http/client_testing.h"

namespace heitie::http {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kChunked[] = "POST /lines HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";

void Hear(Client& client, const std::string& end) { EXPECT_THAT(client.HearUntil(end), EndsWith(end)); }

std::string Chunk(const std::string& bytes) { return absl::StrCat(absl::Hex(bytes.size()), "\r\n", bytes, "\r\n"); }

// Echoes each line as a piece of a stream; asks for the next when the piece was taken.
class LineEcho : public std::enable_shared_from_this<LineEcho> {
 public:
  LineEcho(std::shared_ptr<Responder> responder, std::atomic<int>* read, std::atomic<int>* gone)
      : responder_(std::move(responder)), read_(read), gone_(gone) {}
  ~LineEcho() { ++*gone_; }
  void Next() {
    responder_->ReadLine([self = shared_from_this()](absl::StatusOr<std::optional<std::string>> line) { self->Take(std::move(line)); });
  }

 private:
  void Take(absl::StatusOr<std::optional<std::string>> line) {
    if (!std::exchange(begun_, true)) responder_->StartStream({});
    if (!line.ok()) {
      responder_->Write(absl::StrCat("<", absl::StatusCodeToString(line.status().code()), ">"), nullptr);
      return responder_->End();
    }
    if (!line->has_value()) return responder_->End();
    ++*read_;
    responder_->Write(absl::StrCat("[", **line, "]"), [self = shared_from_this()] { self->Next(); });
  }
  const std::shared_ptr<Responder> responder_;
  std::atomic<int>* const read_;
  std::atomic<int>* const gone_;
  bool begun_ = false;
};

class BodyLinesTest : public ::testing::Test {
 protected:
  std::unique_ptr<Server> ServeLines(Options options = {}) {
    return Serve(
        [this](Request request, std::shared_ptr<Responder> responder) {
          if (request.path != "/lines") return responder->Send({.body = request.body});
          EXPECT_EQ(request.body, "");
          std::make_shared<LineEcho>(std::move(responder), &read_, &gone_)->Next();
        },
        std::move(options), [](const Request& head) { return Verdict{.lines = head.path == "/lines"}; });
  }
  bool AwaitGone(int count) const {
    for (int i = 0; i < 10'000 && gone_ < count; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return gone_ == count;
  }
  std::atomic<int> read_{0}, gone_{0};
};

TEST_F(BodyLinesTest, LinesAreAnsweredWhileTheBodyComes) {
  auto server = ServeLines();
  Client client(server->port());
  client.Say(absl::StrCat(kChunked, Chunk("one\ntw")));
  EXPECT_THAT(client.HearUntil("[one]"), AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("Connection: close\r\n")));
  client.Say(Chunk("o\r\n\n\n"));
  Hear(client, "[two]");
  client.Say(Chunk("three") + "0\r\n\r\n");
  Hear(client, "[three]");
  EXPECT_THAT(client.HearAll(), EndsWith("0\r\n\r\n")) << "and closed";
  EXPECT_TRUE(AwaitGone(1));
}

TEST_F(BodyLinesTest, ABodyOfAnnouncedLengthMayBeLongerThanOthers) {
  auto server = ServeLines({.max_body_bytes = 100});
  std::string body;
  for (int i = 0; i < 1000; ++i) absl::StrAppend(&body, i, "\n");
  Client client(server->port());
  client.Say(absl::StrCat("POST /lines HTTP/1.1\r\nHost: h\r\nContent-Length: ", body.size(), "\r\n\r\n"));
  std::thread says([&] { client.Say(body); });
  Hear(client, "[999]");
  says.join();
  EXPECT_EQ(read_, 1000);
  Client other(server->port());
  other.Say("POST /other HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n");
  EXPECT_THAT(other.HearUntil("}}"), StartsWith("HTTP/1.1 413 "));
  Client vast(server->port());
  vast.Say("POST /lines HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551615\r\n\r\na\n");
  Hear(vast, "[a]");
}

TEST_F(BodyLinesTest, AConnectionWhoseBodyHasComeGoesOn) {
  auto server = ServeLines();
  Client client(server->port());
  for (int i = 0; i < 3; ++i) {
    client.Say("POST /lines HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
    EXPECT_THAT(client.HearUntil("0\r\n\r\n"), Not(HasSubstr("Connection: close")));
    client.Say("POST /other HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi");
    EXPECT_THAT(client.HearAnswer(), EndsWith("hi"));
  }
}

TEST_F(BodyLinesTest, ALineIsBoundedAndTheRestIsNotTakenIn) {
  auto server = ServeLines({.max_body_bytes = 1000});
  Client client(server->port());
  client.Say(absl::StrCat(kChunked, Chunk("good\n"), Chunk(std::string(1002, 'x'))));
  Hear(client, "[good]");
  Hear(client, "<OUT_OF_RANGE>");
  Hear(client, "0\r\n\r\n");
  const std::string piece(1 << 16, 'x');
  size_t sent = 0;
  while (sent < (size_t{256} << 20) && client.Say(Chunk(piece))) sent += piece.size();
  EXPECT_LT(sent, size_t{64} << 20) << "what the sockets hold on top";
}

TEST_F(BodyLinesTest, AnErrorReachesAClientThatStillSends) {
  auto server = ServeLines({.max_body_bytes = 100'000});
  for (int i = 0; i < 10; ++i) {
    Client client(server->port());
    client.Say(absl::StrCat(kChunked, Chunk(std::string(100'001, 'x')), Chunk(std::string(50'000, 'x'))));
    EXPECT_THAT(client.HearUntil("0\r\n\r\n"), HasSubstr("<OUT_OF_RANGE>"));
  }
}

TEST_F(BodyLinesTest, ABodyThatIsNotFramedAsSaidEndsTheLines) {
  auto server = ServeLines();
  for (const char* bad : {"zz\r\n", "-1\r\n", "5\r\nab\ncdXX\r\n"}) {
    Client client(server->port());
    client.Say(absl::StrCat(kChunked, Chunk("good\n"), bad));
    Hear(client, "[good]");
    Hear(client, "<INVALID_ARGUMENT>");
  }
  Client endless(server->port());
  endless.Say(absl::StrCat(kChunked, Chunk("good\n"), "1;", std::string(100'000, 'x')));
  EXPECT_THAT(endless.HearAll(), HasSubstr("<INVALID_ARGUMENT>")) << "the line of a chunk is bounded too";
}

TEST_F(BodyLinesTest, WhoDoesNotReadIsNotRead) {
  auto server = ServeLines();
  Client client(server->port(), 4096);
  timeval patience = {1, 0};
  setsockopt(client.fd(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  const std::string line = std::string(50'000, 'x') + "\n";
  client.Say(kChunked);
  int sent = 0;
  while (sent < 10'000 && client.Say(Chunk(line))) ++sent;
  EXPECT_LT(sent, 2000) << "half a gigabyte is not taken in";
  EXPECT_LE(read_, sent);
}

TEST_F(BodyLinesTest, AClientMayBeSilentBetweenLinesButNotForEver) {
  auto server = ServeLines({.client_timeout = absl::Milliseconds(100), .idle_timeout = absl::Milliseconds(1000)});
  Client client(server->port());
  client.Say(absl::StrCat(kChunked, Chunk("one\n")));
  Hear(client, "[one]");
  std::this_thread::sleep_for(std::chrono::milliseconds(400));
  client.Say(Chunk("two\n"));
  Hear(client, "[two]");
  Hear(client, "<DEADLINE_EXCEEDED>");
  Client slow(server->port());
  slow.Say(absl::StrCat(kChunked, Chunk("one\nhal")));
  Hear(slow, "[one]");
  const auto begun = std::chrono::steady_clock::now();
  Hear(slow, "<DEADLINE_EXCEEDED>");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(900)) << "a line that has begun is not idleness";
}

TEST_F(BodyLinesTest, LongLinesShareTheRoom) {
  auto server = ServeLines({.max_body_bytes = 200'000, .max_buffered_bytes = 250'000, .max_buffered_of_caller = 250'000});
  Client first(server->port()), second(server->port());
  first.Say(absl::StrCat(kChunked, "30d40\r\n", std::string(150'000, 'x')));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  second.Say(absl::StrCat(kChunked, Chunk(std::string(150'000, 'y') + "\n")));
  EXPECT_THAT(second.HearUntil("]"), HasSubstr("[yyy"));
  EXPECT_THAT(first.HearUntil(">"), HasSubstr("<RESOURCE_EXHAUSTED>")) << "which has been arriving for longest";
}

TEST_F(BodyLinesTest, AClientThatGoesEndsItsExchange) {
  auto server = ServeLines();
  for (int i = 1; i <= 3; ++i) {
    Client client(server->port());
    client.Say(absl::StrCat(kChunked, Chunk("one\ntw")));
    Hear(client, "[one]");
    client.Close();
    EXPECT_TRUE(AwaitGone(i));
  }
  Client left(server->port());
  left.Say(absl::StrCat(kChunked, Chunk("one\n")));
  Hear(left, "[one]");
  server.reset();
  EXPECT_TRUE(AwaitGone(4));
}

TEST_F(BodyLinesTest, ClientsAreToldToContinue) {
  auto server = ServeLines();
  Client client(server->port());
  client.Say("POST /lines HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
  Hear(client, "HTTP/1.1 100 Continue\r\n\r\n");
  client.Say(Chunk("one\n") + "0\r\n\r\n");
  Hear(client, "[one]");
}

TEST_F(BodyLinesTest, HundredsAtOnceOnTwoThreads) {
  auto server = ServeLines();
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 200; ++i) {
    clients.push_back(std::make_unique<Client>(server->port()));
    clients.back()->Say(absl::StrCat(kChunked, Chunk(absl::StrCat(i, "\n"))));
  }
  for (int i = 0; i < 200; ++i) Hear(*clients[i], absl::StrCat("[", i, "]"));
  for (int i = 0; i < 200; ++i) clients[i]->Say(Chunk(absl::StrCat("again ", i, "\n")) + "0\r\n\r\n");
  for (int i = 0; i < 200; ++i) Hear(*clients[i], absl::StrCat("[again ", i, "]"));
  EXPECT_TRUE(AwaitGone(200));
}

}  // namespace
}  // namespace heitie::http
