// What clients may not do: requests that could be understood in two ways, too much of anything, too slowly.
#include "common/http/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <atomic>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/http/client_testing.h"

namespace heitie::http {
namespace {

using ::testing::AllOf;
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
                                           Post("X\r\n", ""), std::string("\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"),
                                           std::string(" GET / HTTP/1.1\r\nHost: h\r\n\r\n")));

INSTANTIATE_TEST_SUITE_P(
    RequestLines, Ambiguous,
    ::testing::Values(std::string("GET / HTTP/1.1\r\n\r\n"), std::string("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
                      std::string("GE(T / HTTP/1.1\r\nHost: h\r\n\r\n"), std::string("GET  / HTTP/1.1\r\nHost: h\r\n\r\n"),
                      std::string("GET / HTTP/1.1 \r\nHost: h\r\n\r\n"), std::string("GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n"),
                      std::string("GET /a b HTTP/1.1\r\nHost: h\r\n\r\n"), std::string("GET / HTTP/1.2\r\nHost: h\r\n\r\n"),
                      std::string("GET / HTTP/2.0\r\nHost: h\r\n\r\n"), std::string("GET /\r\n\r\n")));

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

// Says a part of a body and waits until the server has taken it, which it shows by asking for it.
void SayPart(Client& client, const std::string& fields, size_t length, size_t part) {
  client.Say(Post(absl::StrCat("Expect: 100-continue\r\n", fields, "Content-Length: ", length, "\r\n"), ""));
  EXPECT_THAT(client.HearUntil("\r\n\r\n"), StartsWith("HTTP/1.1 100 "));
  client.Say(std::string(part, 'x'));
}

// Whose room a body takes is what the header X-Name says.
Verdict JudgeByName(const Request& head) { return {.caller = head.headers.Get("x-name")}; }

constexpr char kSlower[] = "too much is arriving";

TEST(OriginOfTest, IsAnAddressOrANetwork) {
  const auto origin = [](const char* address) { return OriginOf(boost::asio::ip::make_address(address)).to_string(); };
  EXPECT_EQ(origin("10.1.2.3"), "10.1.2.3");
  EXPECT_EQ(origin("::ffff:10.1.2.3"), "10.1.2.3");
  EXPECT_EQ(origin("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
}

TEST(ConnectionTest, WhoIsSlowGivesWayToWhoComes) {
  auto server = Serve(Echo, {.max_buffered_bytes = 300'000, .max_buffered_of_caller = 200'000}, JudgeByName);
  std::vector<std::unique_ptr<Client>> slow;
  for (int i = 0; i < 3; ++i) {
    slow.push_back(std::make_unique<Client>(server->port()));
    SayPart(*slow.back(), absl::StrCat("X-Name: ", i, "\r\n"), 90'001, 90'000);
  }
  Client quick(server->port());
  SayPart(quick, "X-Name: quick\r\n", 90'001, 90'000);
  EXPECT_THAT(slow[0]->HearUntil("}}"), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("Retry-After: 1\r\n"), HasSubstr(kSlower)));
  for (Client* client : {&quick, slow[1].get(), slow[2].get()}) {
    client->Say("x");
    EXPECT_THAT(client->HearAnswer(), StartsWith("HTTP/1.1 200 "));
  }
}

TEST(ConnectionTest, ACallerHasAShareOfTheRoom) {
  auto server = Serve(Echo, {.max_buffered_bytes = 1'000'000, .max_buffered_of_caller = 200'000}, JudgeByName);
  Client other(server->port()), first(server->port()), second(server->port()), third(server->port());
  SayPart(other, "X-Name: other\r\n", 90'001, 90'000);
  SayPart(first, "X-Name: greedy\r\n", 90'001, 90'000);
  SayPart(second, "X-Name: greedy\r\n", 90'001, 90'000);
  SayPart(third, "X-Name: greedy\r\n", 90'001, 90'000);
  EXPECT_THAT(first.HearUntil("}}"), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr(kSlower)));
  for (Client* client : {&other, &second, &third}) {
    client->Say("x");
    EXPECT_THAT(client->HearAnswer(), StartsWith("HTTP/1.1 200 "));
  }
}

// What has arrived is not taken back: whose share it fills has to wait for the answers.
TEST(ConnectionTest, WhatIsHandledKeepsItsRoom) {
  std::vector<std::shared_ptr<Responder>> held;
  Flag both;
  auto server = Serve(
      [&](Request, std::shared_ptr<Responder> responder) {
        held.push_back(std::move(responder));
        if (held.size() == 2) both.Set();
      },
      {.threads = 1, .max_buffered_of_caller = 200'000}, JudgeByName);
  Client first(server->port()), second(server->port()), third(server->port());
  SayPart(first, "X-Name: greedy\r\n", 90'000, 90'000);
  SayPart(second, "X-Name: greedy\r\n", 90'000, 90'000);
  ASSERT_TRUE(both.Wait());
  SayPart(third, "X-Name: greedy\r\n", 90'001, 90'000);
  EXPECT_THAT(third.HearUntil("}}"), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr(kSlower)));
  for (const auto& responder : std::exchange(held, {})) responder->Send({.body = "done"});
  EXPECT_THAT(first.HearAnswer(), EndsWith("done"));
  EXPECT_THAT(second.HearAnswer(), EndsWith("done"));
}

// As long as it comes fast enough, a body may take longer than the time for something to come.
TEST(ConnectionTest, ABodyMayTakeItsTime) {
  auto server = Serve(Echo, {.client_timeout = absl::Milliseconds(300), .slowest_sender = 10'000});
  Client client(server->port());
  client.Say(Post("Content-Length: 20000\r\n", ""));
  for (int i = 0; i < 20; ++i) {
    client.Say(std::string(1000, 'x'));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_THAT(client.HearAnswer(), StartsWith("HTTP/1.1 200 "));
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

constexpr char kGetRoot[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

std::string Get(const std::string& path) { return absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: h\r\n\r\n"); }

TEST(ConnectionTest, TheLastChunkMayComeInPieces) {
  auto server = Serve(Echo);
  const std::vector<std::vector<std::string>> bodies = {{"0\r\n", "\r", "\n"},
                                                        {"0", "\r", "\n", "\r", "\n"},
                                                        {"0;a=b\r\n", "\r", "\n"},
                                                        {"0\r\n", "X: y\r\n", "\r", "\n"},
                                                        {"2\r\nhi\r\n", "0\r\n", "\r", "\n"},
                                                        {"2\r\nhi", "\r", "\n0", "\r\n\r", "\n"}};
  for (const auto& pieces : bodies) {
    Client client(server->port());
    client.Say(Chunks(""));
    for (const std::string& piece : pieces) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));  // so that the server reads each alone
      client.Say(piece);
    }
    EXPECT_THAT(client.HearAnswer(), EndsWith(pieces[0][0] == '0' ? "POST / []  " : "POST / []  hi"));
    client.Say(Get("/next"));
    EXPECT_THAT(client.HearAnswer(), EndsWith("GET /next []  "));
  }
}

TEST(ConnectionTest, WhatFollowsPipelinedRequestsIsNotTakenForThem) {
  auto server = Serve(Echo);
  Client client(server->port());
  for (int i = 0; i < 100; i += 3) {
    client.Say(Get(absl::StrCat("/", i)) + Get(absl::StrCat("/", i + 1)));
    EXPECT_THAT(client.HearAnswer(), EndsWith(absl::StrCat("GET /", i, " []  ")));
    EXPECT_THAT(client.HearAnswer(), EndsWith(absl::StrCat("GET /", i + 1, " []  ")));
    client.Say(Get(absl::StrCat("/", i + 2)));
    EXPECT_THAT(client.HearAnswer(), EndsWith(absl::StrCat("GET /", i + 2, " []  ")));
  }
}

TEST(ConnectionTest, TakesInLittleOfWhatIsPipelined) {
  constexpr int kAnswered = 3000;
  std::atomic<int> count{0};
  std::shared_ptr<Responder> kept;
  auto server = Serve([&](Request, std::shared_ptr<Responder> responder) {
    if (++count > kAnswered) {
      kept = std::move(responder);
    } else {
      responder->Send({.status = 204});
    }
  });
  Client client(server->port());
  std::string requests, answers(1 << 16, ' ');
  for (int i = 0; i < 1000; ++i) requests += kGetRoot;
  size_t sent = 0;
  auto progress = std::chrono::steady_clock::now();
  const auto stuck = [&] { return count > kAnswered && std::chrono::steady_clock::now() - progress > std::chrono::milliseconds(500); };
  while (sent < (64u << 20) && !stuck()) {
    const size_t at = sent % requests.size();
    const ssize_t n = send(client.fd(), requests.data() + at, requests.size() - at, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0) {
      sent += n;
      progress = std::chrono::steady_clock::now();
    } else if (recv(client.fd(), answers.data(), answers.size(), MSG_DONTWAIT) <= 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  EXPECT_EQ(count, kAnswered + 1);
  EXPECT_LT(sent, 24u << 20);  // what was answered, and what the sockets' buffers hold; 16 KiB for each request would be 48 MiB
}

// With pieces that are not read, whichever of them is the one that does not fit any more.
TEST(ConnectionTest, CutsOffAClientThatDoesNotReadWhatItAskedForBeforeItsBody) {
  constexpr int kClients = 4;
  std::atomic<int> cut{0};
  auto server = Serve(
      [&](Request, std::shared_ptr<Responder> responder) {
        responder->OnClose([&] { ++cut; });
        responder->Send({.status = 204});
      },
      {.client_timeout = absl::Milliseconds(300)});
  const std::string request = Post("Expect: 100-continue\r\nContent-Length: 1\r\n", "x");
  std::string requests;
  for (int i = 0; i < 100; ++i) requests += request;
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.push_back(std::make_unique<Client>(server->port(), 1));
    timeval timeout = {0, 100'000};
    setsockopt(clients.back()->fd(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
    // Another length each time.
    clients.back()->Say(std::string(kSmuggled).insert(5, std::string(i, 'x')));
    while (clients.back()->Say(requests)) {
    }
  }
  for (int i = 0; i < 1000 && cut < kClients; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(cut, kClients);
}

TEST(ConnectionTest, WhoTakesAnswersIsServedWhileOthersTakeNone) {
  auto server = Serve(
      [](Request request, std::shared_ptr<Responder> responder) {
        responder->Send({.body = std::string(request.path == "/large" ? 32 << 20 : 1, 'x')});
      },
      {.max_unsent_bytes = 1 << 20});
  Client slow(server->port());
  slow.Say(Get("/large"));
  slow.HearUntil("\r\n\r\n");
  Client other(server->port());
  other.Say(kGetRoot);
  EXPECT_THAT(other.HearUntil("\r\n"), StartsWith("HTTP/1.1 200 "));
  Client large(server->port());
  large.Say(Get("/large"));
  EXPECT_THAT(large.HearUntil("}}"), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("Retry-After: 1\r\n")));
  slow.Close();
  for (int i = 0; i < 100; ++i) {
    Client later(server->port());
    later.Say(Get("/large"));
    if (later.HearUntil("\r\n").find(" 200 ") != std::string::npos) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  FAIL() << "what the client that has gone did not take still counts";
}

TEST(ConnectionTest, AnOldClientIsNotKeptAndNotToldToContinue) {
  auto server = Serve(Echo);
  const auto start = std::chrono::steady_clock::now();
  Client client(server->port());
  client.Say("POST /old HTTP/1.0\r\nConnection: keep-alive\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  client.Say("hi");
  const std::string heard = client.HearAll();
  EXPECT_THAT(heard, AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("Connection: close\r\n"), EndsWith("POST /old []  hi")));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(ConnectionTest, EveryConnectionHeaderCounts) {
  auto server = Serve(Echo);
  Client client(server->port());
  client.Say("GET / HTTP/1.1\r\nHost: h\r\nConnection: te\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.HearAnswer(), HasSubstr("Connection: close\r\n"));
}

TEST(ConnectionTest, AnAuthorityEndsWhereThePathOrTheQueryBegins) {
  auto server = Serve(Echo);
  Client client(server->port());
  const std::pair<const char*, const char*> cases[] = {
      {"http://h?x/v1/projects", "GET / [x/v1/projects]  "}, {"http://h", "GET / []  "}, {"http://h/a?b/c?d", "GET /a [b/c?d]  "}};
  for (const auto& [target, answer] : cases) {
    client.Say(Get(target));
    EXPECT_THAT(client.HearAnswer(), EndsWith(answer)) << target;
  }
}

TEST(ConnectionTest, RefusesTargetsThatAreNoPaths) {
  auto server = Serve(Echo);
  for (const char* target : {"v1/projects", "?x", "h:80", "**", "ftp://h/a", "http:///a", "https://?x"}) {
    Client client(server->port());
    client.Say(Get(target));
    EXPECT_THAT(client.HearUntil("}}"), StartsWith("HTTP/1.1 400 ")) << target;
  }
}

TEST(ConnectionTest, NoticesThatAClientHasGoneAlthoughItSaidMore) {
  for (const std::string& more : {std::string("x"), Get("/next")}) {
    Flag closed;
    auto server = Serve([&](Request, std::shared_ptr<Responder> responder) {
      responder->StartStream({.status = 200});
      responder->OnClose([&closed, responder] { closed.Set(); });
    });
    {
      Client client(server->port());
      client.Say(kGetRoot + more.substr(0, more.size() / 2));
      client.HearUntil("\r\n\r\n");
      client.Say(more.substr(more.size() / 2));
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    EXPECT_TRUE(closed.Wait(std::chrono::seconds(3))) << more;
  }
}

// The server's end of that connection, which is in this process too.
int PeerOf(const Client& client) {
  sockaddr_in own = {}, peer = {};
  socklen_t size = sizeof(own);
  getsockname(client.fd(), reinterpret_cast<sockaddr*>(&own), &size);
  for (int fd = 0; fd < 1024; ++fd) {
    size = sizeof(peer);
    if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0 && peer.sin_port == own.sin_port) return fd;
  }
  return -1;
}

TEST(ConnectionTest, TheSystemLooksAfterClientsThatVanish) {
  auto server = Serve(Echo);
  Client client(server->port());
  client.Say(kGetRoot);
  client.HearAnswer();
  int on = 0, idle = 0;
  socklen_t size = sizeof(int);
  ASSERT_EQ(getsockopt(PeerOf(client), SOL_SOCKET, SO_KEEPALIVE, &on, &size), 0);
  getsockopt(PeerOf(client), IPPROTO_TCP, TCP_KEEPIDLE, &idle, &size);
  EXPECT_EQ(on, 1);
  EXPECT_EQ(idle, 60);
}

TEST(ConnectionTest, AResponderMayBeUsedFromOnCloseAfterTheServerStopped) {
  Flag handled;
  std::shared_ptr<Responder> kept;
  auto server = Serve([&](Request, std::shared_ptr<Responder> responder) {
    kept = std::move(responder);
    handled.Set();
  });
  Client client(server->port());
  client.Say(kGetRoot);
  ASSERT_TRUE(handled.Wait());
  server.reset();
  auto returned = std::make_shared<Flag>();
  std::thread([kept = std::move(kept), returned] {
    kept->OnClose([&kept] { kept->End(); });
    returned->Set();
  }).detach();
  EXPECT_TRUE(returned->Wait(std::chrono::seconds(3)));
}

}  // namespace
}  // namespace heitie::http
