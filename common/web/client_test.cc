#include "common/web/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/web/server_testing.h"

namespace heitie::web {
namespace {

using Method = Request::Method;

// Names that lead where a test says, each time it is asked.
class Names {
 public:
  void Set(const std::string& host, std::vector<std::vector<std::string>> turns) {
    for (const auto& turn : turns) {
      std::vector<Address> addresses;
      for (const std::string& text : turn) addresses.push_back(*Address::Parse(text));
      turns_[host].push_back(addresses);
    }
  }
  Resolver resolver() {
    return [this](const std::string& host, absl::Duration) -> std::vector<Address> {
      ++asked_;
      auto& turns = turns_[host];
      if (turns.empty()) return {};
      std::vector<Address> addresses = turns.front();
      if (turns.size() > 1) turns.erase(turns.begin());
      return addresses;
    };
  }
  int asked() const { return asked_; }

 private:
  std::map<std::string, std::vector<std::vector<Address>>> turns_;
  int asked_ = 0;
};

const char* NameOf(Failure failure) {
  constexpr const char* kNames[] = {"none", "dns", "connect", "timeout", "tls", "expired", "too large", "redirect", "blocked", "stopped"};
  return kNames[static_cast<int>(failure)];
}

class WebClientTest : public testing::Test {
 protected:
  // What the local server may be asked by the name shop.example.
  AllowList Inside(int port, bool https = false, const std::string& host = "shop.example") {
    Allowed entry{host, !https, https, {port}, {*Range::Parse("127.0.0.0/8")}};
    return AllowList({entry});
  }
  // Host names are allowed by scheme and port, but nothing inside is open.
  AllowList Outside(int port, const std::string& host = "shop.example") { return AllowList({{host, true, true, {port, 80}, {}}}); }

  Answer Ask(const std::string& url, const AllowList& allowed, Request request = {}) {
    request.url = url;
    if (request.timeout == absl::Seconds(10)) request.timeout = absl::Seconds(5);
    return Client(names_.resolver()).Ask(request, allowed);
  }
  std::string Url(const TestServer& server, const std::string& target = "/") {
    return absl::StrCat("http://shop.example:", server.port(), target);
  }
  void SetUp() override { names_.Set("shop.example", {{"127.0.0.1"}}); }

  Names names_;
};

TEST_F(WebClientTest, AsksAndAnswers) {
  TestServer server([](const std::string&, Peer& peer) { peer.Send(Ok("hello")); });
  const Answer answer = Ask(Url(server, "/a?b"), Inside(server.port()));
  EXPECT_STREQ(NameOf(answer.failure), "none");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "hello");
  EXPECT_GT(answer.latency, absl::ZeroDuration());
  EXPECT_FALSE(answer.certificate.has_value());
  const std::string request = server.requests()[0];
  EXPECT_TRUE(absl::StartsWith(request, "GET /a?b HTTP/1.1\r\n")) << request;
  EXPECT_THAT(request, testing::HasSubstr(absl::StrCat("Host: shop.example:", server.port(), "\r\n")));
  EXPECT_THAT(request, testing::Not(testing::HasSubstr("Cookie")));
}

TEST_F(WebClientTest, MethodsAndBodies) {
  TestServer server([](const std::string& request, Peer& peer) {
    // The length of what HEAD does not send.
    peer.Send(absl::StartsWith(request, "HEAD") ? "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\nConnection: close\r\n\r\n" : Ok("x"));
  });
  EXPECT_STREQ(NameOf(Ask(Url(server), Inside(server.port()), {Method::kHead}).failure), "none");
  const Request post{Method::kPost, "", "a\"b", "application/json"};
  EXPECT_STREQ(NameOf(Ask(Url(server), Inside(server.port()), post).failure), "none");
  EXPECT_TRUE(absl::StartsWith(server.requests()[0], "HEAD / "));
  EXPECT_TRUE(absl::StartsWith(server.requests()[1], "POST / "));
  EXPECT_THAT(server.requests()[1], testing::HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(server.requests()[1], testing::HasSubstr("Content-Length: 3\r\n"));
}

TEST_F(WebClientTest, HeadersOfAPostAndHowLongToWait) {
  TestServer server([&](const std::string&, Peer& peer) {
    peer.Send("HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  });
  Request request{Method::kPost, "", "{}"};
  request.headers = {"webhook-id: msg_1", "webhook-timestamp: 1"};
  const Answer answer = Ask(Url(server), Inside(server.port()), request);
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.retry_after, "7");
  EXPECT_THAT(server.requests()[0], ::testing::HasSubstr("\r\nwebhook-id: msg_1\r\nwebhook-timestamp: 1\r\n"));
}

TEST_F(WebClientTest, WhatTheListDoesNotNameIsNotAsked) {
  TestServer server([](const std::string&, Peer& peer) { peer.Send(Ok("secret")); });
  const std::string port = absl::StrCat(server.port());
  for (const std::string& url :
       {"http://other.example:" + port + "/", "https://shop.example:" + port + "/", std::string("http://shop.example/"),
        "http://127.0.0.1:" + port + "/", "http://user@shop.example:" + port + "/", std::string("file:///etc/passwd"),
        "http://0x7f000001:" + port + "/", "http://2130706433:" + port + "/", "http://127.1:" + port + "/",
        "http://[::ffff:127.0.0.1]:" + port + "/"}) {
    EXPECT_STREQ(NameOf(Ask(url, Inside(server.port())).failure), "blocked") << url;
  }
  EXPECT_STREQ(NameOf(Ask(Url(server), AllowList()).failure), "blocked");
  EXPECT_EQ(names_.asked(), 0) << "not even the name";
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(WebClientTest, ANameThatLeadsInsideIsNotAsked) {
  TestServer server([](const std::string&, Peer& peer) { peer.Send(Ok("secret")); });
  const std::vector<std::vector<std::string>> inside = {
      {"127.0.0.1"},       {"10.0.0.1"},      {"169.254.169.254"}, {"::1"},     {"::ffff:127.0.0.1"}, {"::127.0.0.1"},
      {"64:ff9b::7f00:1"}, {"2002:7f00:1::"}, {"fd00:ec2::254"},   {"fe80::1"}, {"0.0.0.0"},          {"8.8.8.8", "127.0.0.1"}};
  for (size_t i = 0; i < inside.size(); ++i) {
    const std::string host = absl::StrCat("h", i, ".example");
    names_.Set(host, {inside[i]});
    EXPECT_STREQ(NameOf(Ask(absl::StrCat("http://", host, ":", server.port(), "/"), Outside(server.port(), host)).failure), "blocked")
        << inside[i][0];
  }
  // Literal addresses are names, too.
  for (const char* host : {"127.0.0.1", "::1", "::ffff:127.0.0.1"}) {
    const std::string written = absl::StrContains(host, ":") ? absl::StrCat("[", host, "]") : host;
    EXPECT_STREQ(NameOf(Ask(absl::StrCat("http://", written, ":", server.port(), "/"), Outside(server.port(), host)).failure), "blocked");
  }
  EXPECT_EQ(server.connections(), 0);
}

// The name leads to somewhere else each time it is asked: what was checked is what is connected to.
TEST_F(WebClientTest, Rebinding) {
  TestServer server(
      [](const std::string& request, Peer& peer) { peer.Send(absl::StrContains(request, "GET / ") ? LeadTo("/again") : Ok("secret")); });
  names_.Set("rebind.example", {{"127.0.0.2"}, {"127.0.0.1"}});
  // The first answer is open, the second is not; nobody listens on the first.
  Allowed entry{"rebind.example", true, false, {server.port()}, {*Range::Parse("127.0.0.2")}};
  const std::string url = absl::StrCat("http://rebind.example:", server.port(), "/");
  EXPECT_STREQ(NameOf(Ask(url, AllowList({entry})).failure), "connect");
  EXPECT_EQ(names_.asked(), 1) << "the library asks nobody itself";
  EXPECT_STREQ(NameOf(Ask(url, AllowList({entry})).failure), "blocked");
  EXPECT_EQ(server.connections(), 0);

  // Between a request and what it is led to.
  names_.Set("turn.example", {{"127.0.0.1"}, {"10.0.0.1"}});
  Allowed turn{"turn.example", true, false, {server.port()}, {*Range::Parse("127.0.0.1")}};
  Request request;
  request.max_redirects = 3;
  EXPECT_STREQ(NameOf(Ask(absl::StrCat("http://turn.example:", server.port(), "/"), AllowList({turn}), request).failure), "blocked");
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(WebClientTest, RedirectsAreCheckedLikeTheFirst) {
  std::string location;
  TestServer inside([](const std::string&, Peer& peer) { peer.Send(Ok("secret")); });
  TestServer server(
      [&](const std::string& request, Peer& peer) { peer.Send(absl::StrContains(request, "GET / ") ? LeadTo(location) : Ok("there")); });
  Request request;
  request.max_redirects = 3;
  const std::string port = absl::StrCat(inside.port());
  names_.Set("metadata.example", {{"169.254.169.254"}});
  for (const std::string& to : {"http://127.0.0.1:" + port + "/", "http://localhost:" + port + "/", "http://[::1]:" + port + "/",
                                "http://[::ffff:127.0.0.1]:" + port + "/", "//127.0.0.1:" + port + "/", "http://shop.example:" + port + "/",
                                std::string("https://shop.example/"), std::string("http://metadata.example/latest")}) {
    location = to;
    EXPECT_STREQ(NameOf(Ask(Url(server), Inside(server.port()), request).failure), "blocked") << to;
  }
  for (const std::string& to :
       {"http://0x7f000001:" + port + "/", "http://2130706433:" + port + "/", "http://0177.0.0.1:" + port + "/",
        "http://127.1:" + port + "/", "http://shop.example@127.0.0.1:" + port + "/", std::string("file:///etc/passwd"),
        std::string("gopher://127.0.0.1/"), "http:\\\\127.0.0.1:" + port + "/", std::string("javascript:1")}) {
    location = to;
    EXPECT_STREQ(NameOf(Ask(Url(server), Inside(server.port()), request).failure), "redirect") << to;
  }
  EXPECT_EQ(inside.connections(), 0);
  location = "/there";
  const Answer answer = Ask(Url(server), Inside(server.port()), request);
  EXPECT_STREQ(NameOf(answer.failure), "none");
  EXPECT_EQ(answer.body, "there");
  EXPECT_EQ(answer.redirects, 1);
}

TEST_F(WebClientTest, IsLedOnSoOftenAndNoMore) {
  TestServer server([](const std::string&, Peer& peer) { peer.Send(LeadTo("/x")); });
  Request request;
  request.max_redirects = 4;
  const Answer answer = Ask(Url(server), Inside(server.port()), request);
  EXPECT_STREQ(NameOf(answer.failure), "redirect");
  EXPECT_EQ(answer.redirects, 4);
  EXPECT_EQ(server.connections(), 5) << "each on a connection of its own";
  EXPECT_STREQ(NameOf(Ask(Url(server), Inside(server.port())).failure), "redirect");
  request.final_statuses = {302};
  const Answer final_answer = Ask(Url(server), Inside(server.port()), request);
  EXPECT_STREQ(NameOf(final_answer.failure), "none");
  EXPECT_EQ(final_answer.status, 302);
  TestServer nowhere([](const std::string&, Peer& peer) { peer.Send("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"); });
  request.final_statuses.clear();
  EXPECT_STREQ(NameOf(Ask(Url(nowhere), Inside(nowhere.port()), request).failure), "redirect");
}

TEST_F(WebClientTest, APostIsLedOnWithItsBodyOnlyWhereItIsAsked) {
  for (const auto& [status, method] : std::map<std::string, std::string>{
           {"301 Moved", "GET"}, {"302 Found", "GET"}, {"303 See", "GET"}, {"307 Temporary", "POST"}, {"308 Permanent", "POST"}}) {
    TestServer server([&, status = status](const std::string& request, Peer& peer) {
      peer.Send(absl::StrContains(request, " / ") ? LeadTo("/x", status) : Ok(""));
    });
    Request request{Method::kPost, "", "a=b"};
    request.max_redirects = 1;
    EXPECT_STREQ(NameOf(Ask(Url(server), Inside(server.port()), request).failure), "none") << status;
    EXPECT_TRUE(absl::StartsWith(server.requests()[1], method + " /x")) << server.requests()[1];
  }
}

TEST_F(WebClientTest, ContentHasABound) {
  TestServer full([](const std::string&, Peer& peer) { peer.Send(Ok(std::string(kMostBytes, 'x'))); });
  const Answer answer = Ask(Url(full), Inside(full.port()));
  EXPECT_STREQ(NameOf(answer.failure), "none");
  EXPECT_EQ(static_cast<int64_t>(answer.body.size()), kMostBytes);
  TestServer more([](const std::string&, Peer& peer) { peer.Send(Ok(std::string(kMostBytes + 1, 'x'))); });
  const Answer refused = Ask(Url(more), Inside(more.port()));
  EXPECT_STREQ(NameOf(refused.failure), "too large");
  EXPECT_EQ(refused.body, "");
  // Endless, without a length, in chunks, in headers, in announcements, and compressed (which is not undone).
  const auto forever = [](const std::string& head, const std::string& piece) {
    return [=](const std::string&, Peer& peer) {
      bool there = peer.Send(head);
      while (there) there = peer.Send(piece);
    };
  };
  for (const auto& [head, piece] : std::vector<std::pair<std::string, std::string>>{
           {"HTTP/1.1 200 OK\r\n\r\n", std::string(5000, 'x')},
           {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1000\r\n" + std::string(4096, 'x') + "\r\n"},
           {"HTTP/1.1 200 OK\r\n", "X-A: " + std::string(1000, 'x') + "\r\n"},
           {"", "HTTP/1.1 103 Early\r\nX: 1\r\n\r\n"},
           {"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n", std::string(5000, 'x')}}) {
    TestServer endless(forever(head, piece));
    EXPECT_STREQ(NameOf(Ask(Url(endless), Inside(endless.port())).failure), "too large") << head;
  }
  TestServer header(forever("HTTP/1.1 200 OK\r\nX-A: ", std::string(1000, 'x')));
  EXPECT_NE(Ask(Url(header), Inside(header.port())).failure, Failure::kNone) << "a header without an end";
}

TEST_F(WebClientTest, SlowBytesEndWithTheTime) {
  TestServer server([](const std::string&, Peer& peer) {
    bool there = peer.Send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    for (int i = 0; there && i < 200; ++i) {
      absl::SleepFor(absl::Milliseconds(50));
      there = peer.Send("x");
    }
  });
  Request request;
  request.timeout = absl::Milliseconds(600);
  const Answer answer = Ask(Url(server), Inside(server.port()), request);
  EXPECT_STREQ(NameOf(answer.failure), "timeout");
  EXPECT_GE(answer.latency, absl::Milliseconds(550));
  EXPECT_LT(answer.latency, absl::Seconds(3));

  // Each redirect takes half of the time; all together have it once.
  TestServer slow([](const std::string&, Peer& peer) {
    absl::SleepFor(absl::Milliseconds(350));
    peer.Send(LeadTo("/x"));
  });
  request.max_redirects = 10;
  const Answer led = Ask(Url(slow), Inside(slow.port()), request);
  EXPECT_STREQ(NameOf(led.failure), "timeout");
  EXPECT_LT(led.latency, absl::Seconds(3));

  // Says nothing.
  TestServer silent([](const std::string&, Peer& peer) { peer.Receive(); });
  EXPECT_STREQ(NameOf(Ask(Url(silent), Inside(silent.port()), request).failure), "timeout");
}

TEST_F(WebClientTest, WhoIsAwayAndWhoBreaksOff) {
  EXPECT_STREQ(NameOf(Ask("http://nowhere.example/", Outside(80, "nowhere.example")).failure), "dns");
  int port;
  {
    TestServer gone([](const std::string&, Peer&) {});
    port = gone.port();
  }
  EXPECT_STREQ(NameOf(Ask(absl::StrCat("http://shop.example:", port, "/"), Inside(port)).failure), "connect");
  for (const std::string& answer : {std::string(), std::string("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"),
                                    std::string("220 ftp ready\r\n\r\n"), std::string("HTTP/0.9 hello")}) {
    TestServer server([&](const std::string&, Peer& peer) { peer.Send(answer); });
    EXPECT_STREQ(NameOf(Ask(Url(server), Inside(server.port())).failure), "connect") << answer;
  }
}

TEST_F(WebClientTest, ProxiesOfTheEnvironmentAreNotAsked) {
  TestServer proxy([](const std::string&, Peer& peer) { peer.Send(Ok("proxy")); });
  TestServer server([](const std::string&, Peer& peer) { peer.Send(Ok("server")); });
  const std::string address = absl::StrCat("http://127.0.0.1:", proxy.port());
  for (const char* name : {"http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"}) setenv(name, address.c_str(), 1);
  const Answer answer = Ask(Url(server), Inside(server.port()));
  for (const char* name : {"http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"}) unsetenv(name);
  EXPECT_EQ(answer.body, "server");
  EXPECT_EQ(proxy.connections(), 0);
}

TEST_F(WebClientTest, StopsWhatIsUnderWay) {
  std::atomic<bool> asked = false;
  TestServer server([&](const std::string&, Peer& peer) {
    asked = true;
    peer.Receive();
  });
  Client client(names_.resolver());
  Request request;
  request.url = Url(server);
  request.timeout = absl::Seconds(30);
  const absl::Time begin = absl::Now();
  std::thread stopper([&] {
    while (!asked) absl::SleepFor(absl::Milliseconds(5));
    client.Stop();
  });
  EXPECT_STREQ(NameOf(client.Ask(request, Inside(server.port())).failure), "stopped");
  stopper.join();
  EXPECT_LT(absl::Now() - begin, absl::Seconds(10));
  EXPECT_STREQ(NameOf(client.Ask(request, Inside(server.port())).failure), "stopped");
}

class WebTlsTest : public WebClientTest {
 protected:
  static void SetUpTestSuite() {
    certificates_ = new TestCertificates();
    certificates_->Make("good", "shop.example", "20250101000000Z", "20991231000000Z");
    certificates_->Make("soon", "soon.example", "20250101000000Z", "20900203040506Z");
    certificates_->Make("old", "shop.example", "20240102030405Z", "20250102030405Z");
    certificates_->Make("future", "shop.example", "20950101000000Z", "20991231000000Z");
    certificates_->Make("other", "other.example", "20250101000000Z", "20991231000000Z");
    certificates_->Run(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout self.key -out self.pem -days 10 -subj "
        "/CN=shop.example "
        "-addext subjectAltName=DNS:shop.example");
  }
  static void TearDownTestSuite() { delete certificates_; }

  Answer AskTls(const TestServer& server, Request request = {}, const AllowList* allowed = nullptr) {
    request.url = absl::StrCat("https://shop.example:", server.port(), "/");
    request.timeout = absl::Seconds(5);
    return Client(names_.resolver(), certificates_->authority()).Ask(request, allowed ? *allowed : Inside(server.port(), true));
  }

  static TestCertificates* certificates_;
};
TestCertificates* WebTlsTest::certificates_ = nullptr;

TEST_F(WebTlsTest, TellsACertificateFromAServerThatIsAway) {
  const auto answer = [](const std::string&, Peer& peer) { peer.Send(Ok("hello")); };
  const auto at = [](const char* text) {
    absl::Time time;
    EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, nullptr));
    return time;
  };
  {
    TestServer server(answer, certificates_->folder(), "good");
    const Answer good = AskTls(server);
    EXPECT_STREQ(NameOf(good.failure), "none");
    EXPECT_EQ(good.body, "hello");
    ASSERT_TRUE(good.certificate.has_value());
    EXPECT_EQ(good.certificate->end, at("2099-12-31T00:00:00Z"));
    EXPECT_EQ(good.certificate->sha256.size(), 64u);
  }
  {
    TestServer server(answer, certificates_->folder(), "old");
    const Answer old = AskTls(server);
    EXPECT_STREQ(NameOf(old.failure), "expired");
    ASSERT_TRUE(old.certificate.has_value());
    EXPECT_EQ(old.certificate->start, at("2024-01-02T03:04:05Z"));
    EXPECT_EQ(old.certificate->end, at("2025-01-02T03:04:05Z"));
    EXPECT_TRUE(server.requests().empty());
  }
  for (const char* name : {"future", "other", "self"}) {
    TestServer server(answer, certificates_->folder(), name);
    EXPECT_STREQ(NameOf(AskTls(server).failure), "tls") << name;
    EXPECT_TRUE(server.requests().empty()) << name;
  }
  {
    // An expired one of nobody whom one trusts.
    TestServer server(answer, certificates_->folder(), "old");
    Request request;
    request.url = absl::StrCat("https://shop.example:", server.port(), "/");
    EXPECT_STREQ(NameOf(Client(names_.resolver()).Ask(request, Inside(server.port(), true)).failure), "tls");
  }
}

TEST_F(WebTlsTest, TheFirstToExpireOnTheWayCounts) {
  names_.Set("soon.example", {{"127.0.0.1"}});
  TestServer last([](const std::string&, Peer& peer) { peer.Send(Ok("hello")); }, certificates_->folder(), "good");
  std::string location;
  TestServer soon([&](const std::string&, Peer& peer) { peer.Send(LeadTo(location)); }, certificates_->folder(), "soon");
  TestServer first([&](const std::string&, Peer& peer) { peer.Send(LeadTo(absl::StrCat("https://soon.example:", soon.port(), "/"))); },
                   certificates_->folder(), "good");
  location = absl::StrCat("https://shop.example:", last.port(), "/x");
  const std::vector<Range> inside = {*Range::Parse("127.0.0.1")};
  const AllowList allowed(
      {{"shop.example", false, true, {first.port(), last.port()}, inside}, {"soon.example", false, true, {soon.port()}, inside}});
  Request request;
  request.max_redirects = 2;
  const Answer answer = AskTls(first, request, &allowed);
  EXPECT_STREQ(NameOf(answer.failure), "none");
  EXPECT_EQ(answer.redirects, 2);
  ASSERT_TRUE(answer.certificate.has_value());
  EXPECT_EQ(absl::FormatTime(answer.certificate->end, absl::UTCTimeZone()), "2090-02-03T04:05:06+00:00");
}

TEST(SystemResolverTest, KnowsThisMachineAndNoOdderName) {
  const Resolver resolver = SystemResolver();
  const std::vector<Address> local = resolver("localhost", absl::Seconds(5));
  ASSERT_FALSE(local.empty());
  for (const Address& address : local) EXPECT_EQ(ReachOf(address), Reach::kLoopback);
  EXPECT_TRUE(resolver("nobody.invalid", absl::Milliseconds(500)).empty());
}

}  // namespace
}  // namespace heitie::web
