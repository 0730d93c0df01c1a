// What clients may not do: requests that could be understood in two ways, too much of anything, too slowly.
#include "common/http/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/http/client_testing.h"

namespace heitie::http {
namespace {

using ::testing::AnyOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kSmuggled[] = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";

size_t CountOf(const std::string& text, const std::string& what) {
  size_t count = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

class Ambiguous : public ::testing::TestWithParam<std::string> {};

TEST_P(Ambiguous, RequestIsRefusedAndNothingAfterItIsServed) {
  auto server = Serve(Echo);
  Client client(server->port());
  client.Say(GetParam() + kSmuggled);
  shutdown(client.fd(), SHUT_WR);
  const std::string heard = client.HearAll();
  EXPECT_THAT(heard, AnyOf(StartsWith("HTTP/1.1 400 "), StartsWith("HTTP/1.1 501 "))) << GetParam();
  EXPECT_THAT(heard, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(heard, HasSubstr(R"({"error":{"code":)"));
  EXPECT_EQ(CountOf(heard, "\r\n\r\n"), 1u) << heard;
}

std::string Post(const std::string& headers, const std::string& body) {
  return absl::StrCat("POST / HTTP/1.1\r\nHost: h\r\n", headers, "\r\n", body);
}
std::string Chunks(const std::string& body) { return Post("Transfer-Encoding: chunked\r\n", body); }

INSTANTIATE_TEST_SUITE_P(
    Framing, Ambiguous,
    ::testing::Values(Post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
                      Post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n"),
                      Post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"), Post("Content-Length: 3\r\nContent-Length: 4\r\n", "abc"),
                      Post("Content-Length: 3, 3\r\n", "abc"), Post("Content-Length: +3\r\n", "abc"), Post("Content-Length: -3\r\n", "abc"),
                      Post("Content-Length: 0x3\r\n", "abc"), Post("Content-Length: 3 3\r\n", "abc"), Post("Content-Length:\r\n", ""),
                      Post("Content-Length: 99999999999999999999999\r\n", ""), Post("Content-Length : 3\r\n", "abc"),
                      Post("Transfer-Encoding: gzip\r\n", ""), Post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"),
                      Post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n"), Post("Transfer-Encoding: identity\r\n", ""),
                      Post("Transfer-Encoding: xchunked\r\n", ""), Post("Transfer-Encoding: \"chunked\"\r\n", ""),
                      Post("Transfer-Encoding:\x0b"
                           "chunked\r\n",
                           "0\r\n\r\n"),
                      Post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"),
                      Post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
                      Post("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
                      std::string("POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")));

INSTANTIATE_TEST_SUITE_P(Chunks, Ambiguous,
                         ::testing::Values(Chunks("zz\r\n"), Chunks("-1\r\n"), Chunks("0x5\r\nhello\r\n0\r\n\r\n"),
                                           Chunks(" 5\r\nhello\r\n0\r\n\r\n"), Chunks("5\nhello\r\n0\r\n\r\n"),
                                           Chunks("5\r\nhelloX\r\n0\r\n\r\n"), Chunks("5\r\nhello\n0\r\n\r\n"),
                                           Chunks("FFFFFFFFFFFFFFFFF\r\n"), Chunks("\r\nhello\r\n0\r\n\r\n")));

INSTANTIATE_TEST_SUITE_P(Lines, Ambiguous,
                         ::testing::Values(Post("X: a\r\n b\r\n", ""), Post("X: a\r\n\tb\r\n", ""),
                                           Post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"),
                                           std::string("GET / HTTP/1.1\nHost: h\n\n"),
                                           std::string("GET / HTTP/1.1\r\nHost: h\nX: a\r\n\r\n"), Post("X: a\rb\r\n", ""),
                                           Post(std::string("X: a\0b\r\n", 8), ""), Post(": a\r\n", ""), Post("X Y: a\r\n", ""),
                                           Post("X\r\n", ""), std::string("\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"),
                                           std::string(" GET / HTTP/1.1\r\nHost: h\r\n\r\n")));

INSTANTIATE_TEST_SUITE_P(
    RequestLines, Ambiguous,
    ::testing::Values(std::string("GET / HTTP/1.1\r\n\r\n"), std::string("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
                      std::string("GE(T / HTTP/1.1\r\nHost: h\r\n\r\n"), std::string("GET  / HTTP/1.1\r\nHost: h\r\n\r\n"),
                      std::string("GET / HTTP/1.1 \r\nHost: h\r\n\r\n"), std::string("GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n"),
                      std::string("GET /a b HTTP/1.1\r\nHost: h\r\n\r\n"), std::string("GET / HTTP/1.2\r\nHost: h\r\n\r\n"),
                      std::string("GET / HTTP/2.0\r\nHost: h\r\n\r\n"), std::string("GET /\r\n\r\n"),
                      std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")));

TEST(ConnectionTest, ATrailerIsNotAHeader) {
  auto server = Serve(Echo);
  Client client(server->port());
  client.Say(Chunks("2\r\nhi\r\n0\r\nX-Name: evil\r\nHost: other\r\n\r\n"));
  EXPECT_THAT(client.HearAnswer(), EndsWith("POST / []  hi"));
  client.Say("GET /next HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.HearAnswer(), EndsWith("GET /next []  "));
}

TEST(ConnectionTest, TheLimitOfHeadersHoldsForThoseThatComeInPieces) {
  auto server = Serve(Echo, {.max_headers = 1'000'000});
  Client client(server->port());
  client.Say("GET / HTTP/1.1\r\nHost: h\r\n");
  for (int i = 0; i < 2000; ++i) {
    client.Say(absl::StrCat("X-", i, ": 123456789\r\n"));
    if (i % 100 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_THAT(client.HearUntil("}}"), StartsWith("HTTP/1.1 431 "));
}

TEST(ConnectionTest, RefusesTooManyHeaders) {
  auto server = Serve(Echo);
  for (const int count : {100, 101}) {
    Client client(server->port());
    std::string request = "GET / HTTP/1.1\r\nHost: h\r\n";
    for (int i = 1; i < count; ++i) absl::StrAppend(&request, "X:\r\n");
    client.Say(request + "\r\n");
    EXPECT_THAT(client.HearUntil("\r\n"), StartsWith(count == 100 ? "HTTP/1.1 200 " : "HTTP/1.1 431 "));
  }
}

TEST(ConnectionTest, RefusesALongTarget) {
  auto server = Serve(Echo);
  Client client(server->port());
  client.Say(absl::StrCat("GET /", std::string(20 << 10, 'x'), " HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_THAT(client.HearUntil("}}"), StartsWith("HTTP/1.1 414 "));
}

TEST(ConnectionTest, RefusesEndlessChunkLinesAndTrailers) {
  auto server = Serve(Echo);
  for (const char* begin : {"5;a=", "0\r\nX: "}) {
    Client client(server->port());
    client.Say(Chunks(begin));
    for (int i = 0; i < 1000; ++i) client.Say(std::string(4096, 'x'));
    EXPECT_THAT(client.HearUntil("}}"), StartsWith("HTTP/1.1 431 ")) << begin;
  }
}

TEST(ConnectionTest, RefusesMoreThanAllRequestsMayHold) {
  auto server = Serve(Echo, {.max_buffered_bytes = 100'000});
  Client first(server->port()), second(server->port());
  const std::string head = Post("Content-Length: 90000\r\n", ""), part(60'000, 'x');
  first.Say(head + part);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  second.Say(head + part);
  EXPECT_THAT(second.HearUntil("}}"), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("Retry-After: 1\r\n")));
  first.Say(std::string(30'000, 'x'));
  EXPECT_THAT(first.HearAnswer(), StartsWith("HTTP/1.1 200 "));
  Client third(server->port());
  third.Say(head + part + std::string(30'000, 'x'));
  EXPECT_THAT(third.HearAnswer(), StartsWith("HTTP/1.1 200 "));
}

// Whoever sends a byte now and then has no longer than whoever sends nothing.
TEST(ConnectionTest, GivesUpOnClientsThatDrip) {
  auto server = Serve(Echo, {.client_timeout = absl::Milliseconds(300)});
  for (const std::string& begin : {std::string("GET / HTTP/1.1\r\nX: "), Post("Content-Length: 1000\r\n", "x"), Chunks("3E8\r\n")}) {
    Client client(server->port());
    client.Say(begin);
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 20; ++i) {
      client.Say("x");
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    EXPECT_THAT(client.HearUntil("}}"), StartsWith("HTTP/1.1 408 ")) << begin;
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  }
}

// Answers with 32 MiB, which is more than the sockets' buffers take, and notes when the client is cut off.
struct LargeAnswer {
  Flag cut;
  Handler handler() {
    return [this](Request, std::shared_ptr<Responder> responder) {
      responder->OnClose([this] { cut.Set(); });
      responder->Send({.body = std::string(32 << 20, 'x')});
    };
  }
};

TEST(ConnectionTest, CutsOffAClientThatDoesNotRead) {
  LargeAnswer answer;
  auto server = Serve(answer.handler(), {.client_timeout = absl::Milliseconds(200)});
  Client client(server->port());
  client.Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(answer.cut.Wait(std::chrono::seconds(5)));
}

TEST(ConnectionTest, CutsOffAClientThatReadsTooSlowly) {
  LargeAnswer answer;
  auto server = Serve(answer.handler(), {.client_timeout = absl::Milliseconds(500), .slowest_reader = 1 << 30});
  Client client(server->port());
  client.Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  std::atomic<bool> reading{true};
  // 25 MB a second at most, so that there is progress all the time.
  std::thread reader([&] {
    for (std::string buffer(256 << 10, ' '); reading && recv(client.fd(), buffer.data(), buffer.size(), 0) > 0;) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  });
  EXPECT_TRUE(answer.cut.Wait(std::chrono::seconds(3)));
  reading = false;
  reader.join();
}

TEST(ConnectionTest, CutsOffAStreamThatIsNotRead) {
  Flag cut;
  std::function<void(std::shared_ptr<Responder>)> more = [&](std::shared_ptr<Responder> responder) {
    responder->Write(std::string(64 << 10, 'x'), [&, responder] { more(responder); });
  };
  auto server = Serve(
      [&](Request, std::shared_ptr<Responder> responder) {
        responder->StartStream({.status = 200});
        responder->OnClose([&] { cut.Set(); });
        more(responder);
      },
      {.client_timeout = absl::Milliseconds(200)});
  Client client(server->port());
  client.Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(cut.Wait(std::chrono::seconds(5)));
}

TEST(ConnectionTest, AConnectionThatNeverAsksIsClosed) {
  auto server = Serve(Echo, {.idle_timeout = absl::Milliseconds(200)});
  Client client(server->port());
  EXPECT_EQ(client.HearAll(), "");
}

TEST(ConnectionTest, OtherMethodsAndTargetsReachTheHandler) {
  auto server = Serve(Echo);
  Client client(server->port());
  client.Say("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.HearAnswer(), EndsWith("OPTIONS * []  "));
  client.Say("PROPFIND /a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.HearAnswer(), EndsWith("PROPFIND /a []  "));
  client.Say("GET HTTP://evil/a?b HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.HearAnswer(), EndsWith("GET /a [b]  "));
}

}  // namespace
}  // namespace heitie::http
