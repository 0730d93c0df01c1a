#include "common/http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <future>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/http/client_testing.h"
#include "common/work/loops.h"

namespace heitie::http {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(ServerTest, AnswersWithWhatTheHandlerSends) {
  auto server = Serve(Echo);
  Client client(server->port());
  client.Say("POST /a%20b?x=1&y HTTP/1.1\r\nHost: h\r\nX-NAME: n\r\nContent-Length: 4\r\n\r\nbody");
  const std::string answer = client.HearAnswer();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nPOST /a%20b [x=1&y] n body"));
}

TEST(ServerTest, KeepsTheConnectionAndAnswersPipelinedRequestsInOrder) {
  auto server = Serve(Echo);
  Client client(server->port());
  std::string requests;
  for (int i = 0; i < 100; ++i) absl::StrAppend(&requests, "GET /", i, " HTTP/1.1\r\nHost: h\r\n\r\n");
  client.Say(requests);
  for (int i = 0; i < 100; ++i) EXPECT_THAT(client.HearAnswer(), HasSubstr(absl::StrCat("\r\n\r\nGET /", i, " ")));
}

TEST(ServerTest, TakesTheAbsoluteFormAndChunkedBodiesInSmallPieces) {
  auto server = Serve(Echo);
  Client client(server->port());
  const std::string request =
      "PUT http://host:80/p?q HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;ext=1\r\ndefg\r\n0\r\n\r\n";
  for (char c : request) client.Say(std::string(1, c));
  EXPECT_THAT(client.HearAnswer(), EndsWith("PUT /p [q]  abcdefg"));
}

TEST(ServerTest, AnswersHeadWithoutBody) {
  auto server = Serve(Echo);
  Client client(server->port());
  client.Say("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\nGET /y HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const std::string heard = client.HearAll();
  EXPECT_THAT(heard, Not(HasSubstr("HEAD /x")));
  EXPECT_THAT(heard, HasSubstr("GET /y"));
}

TEST(ServerTest, SendsContinueBeforeAnAwaitedBody) {
  auto server = Serve(Echo);
  Client client(server->port());
  client.Say("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.HearUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Say("hi");
  EXPECT_THAT(client.HearAnswer(), EndsWith("hi"));
}

TEST(ServerTest, ClosesAfterAnHttp10Request) {
  auto server = Serve(Echo);
  Client client(server->port());
  client.Say("GET /old HTTP/1.0\r\n\r\n");
  EXPECT_THAT(client.HearAll(), EndsWith("GET /old []  "));
}

TEST(ServerTest, RefusesLargeHeaders) {
  auto server = Serve(Echo);
  Client client(server->port());
  client.Say(absl::StrCat("GET / HTTP/1.1\r\nHost: h\r\nX: ", std::string(20 << 10, 'x'), "\r\n\r\n"));
  EXPECT_THAT(client.HearUntil("}}"), StartsWith("HTTP/1.1 431 "));
}

TEST(ServerTest, RefusesLargeBodiesWhetherAnnouncedOrNot) {
  auto server = Serve(Echo, {.max_body_bytes = 1000});
  {
    Client client(server->port());
    client.Say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n");
    EXPECT_THAT(client.HearUntil("}}"), StartsWith("HTTP/1.1 413 "));
  }
  {
    Client client(server->port());
    client.Say(
        absl::StrCat("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n", std::string(0x800, 'x'), "\r\n0\r\n\r\n"));
    EXPECT_THAT(client.HearUntil("}}"), StartsWith("HTTP/1.1 413 "));
  }
}

TEST(ServerTest, TheRefusalOfABodyArrivesWhileTheClientStillSends) {
  auto server = Serve(Echo, {.max_body_bytes = 1000});
  Client client(server->port());
  client.Say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 8000000\r\n\r\n");
  client.Say(std::string(8000000, 'x'));
  EXPECT_THAT(client.HearUntil("}}"), StartsWith("HTTP/1.1 413 "));
}

TEST(ServerTest, RefusesWhatIsNotHttp) {
  auto server = Serve(Echo);
  for (const char* bytes :
       {"\x16\x03\x01\x02", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nX Y: a\r\n\r\n"}) {
    Client client(server->port());
    client.Say(bytes);
    EXPECT_THAT(client.HearUntil("}}"), StartsWith("HTTP/1.1 400 ")) << bytes;
  }
}

TEST(ServerTest, GivesUpOnSlowClients) {
  auto server = Serve(Echo, {.client_timeout = absl::Milliseconds(200)});
  Client client(server->port());
  client.Say("GET / HTTP/1.1\r\nHo");
  EXPECT_THAT(client.HearUntil("}}"), StartsWith("HTTP/1.1 408 "));
  Client body(server->port());
  body.Say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nx");
  EXPECT_THAT(body.HearUntil("}}"), StartsWith("HTTP/1.1 408 "));
}

TEST(ServerTest, ClosesIdleConnections) {
  auto server = Serve(Echo, {.idle_timeout = absl::Milliseconds(200)});
  Client client(server->port());
  client.Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.HearAll(), StartsWith("HTTP/1.1 200 "));
}

TEST(ServerTest, AHandlerMayTakeLongerThanTheTimeoutsOfClients) {
  auto server = Serve(
      [](Request, std::shared_ptr<Responder> responder) {
        std::thread([responder] {
          std::this_thread::sleep_for(std::chrono::milliseconds(300));
          responder->Send({.body = "late"});
        }).detach();
      },
      {.client_timeout = absl::Milliseconds(100), .idle_timeout = absl::Milliseconds(100)});
  Client client(server->port());
  client.Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.HearAnswer(), EndsWith("late"));
}

// One thread: another might not have noticed yet that an answer is out.
TEST(ServerTest, WhoHasWaitedLongestGivesWay) {
  auto server = Serve(Echo, {.threads = 1, .max_connections = 2});
  Client first(server->port()), second(server->port());
  first.Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  first.HearAnswer();
  second.Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  second.HearAnswer();
  first.Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  first.HearAnswer();
  Client third(server->port());
  third.Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(third.HearAnswer(), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(second.HearAll(), "");
  first.Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(first.HearAnswer(), StartsWith("HTTP/1.1 200 "));
}

TEST(ServerTest, HalfARequestGivesWayWithAnAnswer) {
  auto server = Serve(Echo, {.max_connections = 1});
  Client half(server->port());
  half.Say("GET / HTTP/1.1\r\n");
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  Client whole(server->port());
  whole.Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(whole.HearAnswer(), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(half.HearUntil("}}"), StartsWith("HTTP/1.1 503 "));
}

// Those that were asked to and still linger neither count nor are a reason to ask more than one for each that comes.
TEST(ServerTest, OneGivesWayForEachThatComes) {
  auto server = Serve(Echo, {.max_connections = 3});
  std::vector<std::unique_ptr<Client>> halves;
  for (int i = 0; i < 3; ++i) {
    halves.push_back(std::make_unique<Client>(server->port()));
    halves.back()->Say("GET / HTTP/1.1\r\n");
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  std::vector<std::unique_ptr<Client>> comers;
  for (int i = 0; i < 3; ++i) {
    comers.push_back(std::make_unique<Client>(server->port()));
    for (const auto& comer : comers) {
      comer->Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      EXPECT_THAT(comer->HearAnswer(), StartsWith("HTTP/1.1 200 ")) << i;
    }
    char byte;
    for (int j = i + 1; j < 3; ++j) EXPECT_EQ(recv(halves[j]->fd(), &byte, 1, MSG_DONTWAIT), -1) << i << " " << j;
    EXPECT_THAT(halves[i]->HearUntil("}}"), StartsWith("HTTP/1.1 503 "));
  }
}

// Those that have had their last answer and still linger keep nobody out.
TEST(ServerTest, HalfRequestsKeepNoProbeOut) {
  auto server = Serve(Echo, {.max_connections = 8});
  std::vector<std::unique_ptr<Client>> halves;
  for (int i = 0; i < 400; ++i) {
    halves.push_back(std::make_unique<Client>(server->port()));
    halves.back()->Say("GET / HTTP/1.1\r\n");
    if (i % 10 > 0) continue;
    Client probe(server->port());
    probe.Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    ASSERT_THAT(probe.HearAnswer(), StartsWith("HTTP/1.1 200 ")) << i;
  }
}

TEST(ServerTest, WhoHasManyConnectionsDrivesOutItsOwn) {
  auto server = Serve(Echo, {.max_connections = 8});
  Client other(server->port(), 0, 2);
  other.Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  other.HearAnswer();
  std::vector<std::unique_ptr<Client>> greedy;
  for (int i = 0; i < 20; ++i) {
    greedy.push_back(std::make_unique<Client>(server->port()));
    greedy.back()->Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(greedy.back()->HearAnswer(), StartsWith("HTTP/1.1 200 "));
  }
  other.Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(other.HearAnswer(), StartsWith("HTTP/1.1 200 "));
}

// The limit of open files, while it lives.
class FileLimit {
 public:
  explicit FileLimit(rlim_t files) {
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit lower = {files, before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &lower);
  }
  ~FileLimit() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_ = {};
};

TEST(ServerTest, ConnectionsStayBelowTheLimitOfOpenFiles) {
  FileLimit limit(400);
  auto server = Serve(Echo);
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 150; ++i) {
    clients.push_back(std::make_unique<Client>(server->port()));
    clients.back()->Say("GET / HTTP/1.1\r\n");
  }
  EXPECT_THAT(clients.front()->HearUntil("}}"), StartsWith("HTTP/1.1 503 "));
  clients.back()->Say("Host: h\r\n\r\n");
  EXPECT_THAT(clients.back()->HearAnswer(), StartsWith("HTTP/1.1 200 "));
}

#if !defined(__SANITIZE_ADDRESS__)  // whose check of objects takes descriptors itself
TEST(ServerTest, AcceptsWhenOthersHaveTakenAllFiles) {
  FileLimit limit(400);
  auto server = Serve(Echo);
  Client idle(server->port());
  idle.Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  idle.HearAnswer();
  std::vector<int> taken;
  for (int fd; (fd = dup(0)) >= 0;) taken.push_back(fd);
  close(taken.back());
  taken.pop_back();
  Client client(server->port());  // takes the last one
  client.Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.HearAnswer(), StartsWith("HTTP/1.1 200 "));
  for (int fd : taken) close(fd);
}
#endif

TEST(ServerTest, RefusesMoreThanItsConnectionsWhenAllAreAtWork) {
  std::vector<std::shared_ptr<Responder>> held;
  Flag both;
  std::mutex mutex;
  auto server = Serve(
      [&](Request, std::shared_ptr<Responder> responder) {
        std::lock_guard lock(mutex);
        held.push_back(std::move(responder));
        if (held.size() == 2) both.Set();
      },
      {.max_connections = 2});
  Client first(server->port()), second(server->port());
  first.Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  second.Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(both.Wait());
  Client third(server->port());
  const std::string refusal = third.HearUntil("}}");
  EXPECT_THAT(refusal, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(refusal, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_THAT(refusal, HasSubstr(R"({"error":{"code":503,"status":"UNAVAILABLE")"));
  for (const auto& responder : std::exchange(held, {})) responder->Send({.body = "done"});
  EXPECT_THAT(first.HearAnswer(), EndsWith("done"));
  EXPECT_THAT(second.HearAnswer(), EndsWith("done"));
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// In KiB.
int64_t Resident() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmRSS:", 0) == 0) return std::stoll(line.substr(6));
  }
  return 0;
}

TEST(ServerTest, ThousandsOfIdleConnectionsDoNotHurt) {
  rlimit files = {};
  getrlimit(RLIMIT_NOFILE, &files);
  // As many as the machine lets one process have both ends of.
  const int connections = static_cast<int>(std::min<rlim_t>(4000, (files.rlim_max - 100) / 2));
  ASSERT_GE(connections, 400);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  auto server = Serve(Echo);
  std::vector<std::unique_ptr<Client>> clients;
  const int64_t before = Resident();
  for (int i = 0; i < connections; ++i) {
    clients.push_back(std::make_unique<Client>(server->port()));
    clients.back()->Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    ASSERT_THAT(clients.back()->HearAnswer(), StartsWith("HTTP/1.1 200 "));
  }
  const int64_t each = (Resident() - before) * 1024 / connections;
  RecordProperty("bytes_each", static_cast<int>(each));
  if (kSanitized) return;
  EXPECT_LT(each, 12 << 10);  // both ends
}

TEST(ServerTest, AForgottenRequestIsAnsweredWith500) {
  auto server = Serve([](Request, std::shared_ptr<Responder>) {});
  Client client(server->port());
  client.Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.HearAnswer(), StartsWith("HTTP/1.1 500 "));
}

TEST(ServerTest, HeaderValuesCannotStartAnotherHeader) {
  auto server = Serve([](Request, std::shared_ptr<Responder> responder) {
    responder->Send({.status = 200, .headers = {{"X-A", "1\r\nX-Evil: 2"}}});
  });
  Client client(server->port());
  client.Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.HearAnswer(), Not(HasSubstr("\r\nX-Evil")));
}

TEST(ServerTest, StreamsPiecesAsTheyCome) {
  auto server = Serve([](Request, std::shared_ptr<Responder> responder) {
    responder->StartStream({.status = 200, .headers = {{"Content-Type", "text/event-stream"}}});
    responder->Write("one\n", [responder] { responder->Write("two\n", [responder] { responder->End(); }); });
  });
  Client client(server->port());
  client.Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.HearUntil("\r\n\r\n"), HasSubstr("Transfer-Encoding: chunked"));
  EXPECT_EQ(client.HearUntil("0\r\n\r\n"), "4\r\none\n\r\n4\r\ntwo\n\r\n0\r\n\r\n");
  client.Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.HearUntil("\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
}

TEST(ServerTest, ABrokenStreamDoesNotLookComplete) {
  auto server = Serve([](Request, std::shared_ptr<Responder> responder) {
    responder->StartStream({.status = 200});
    responder->Write("one\n", [responder] {});
  });
  Client client(server->port());
  client.Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.HearAll(), EndsWith("one\n\r\n"));
}

TEST(ServerTest, AStreamWaitsForAClientThatDoesNotRead) {
  std::atomic<int> written{0};
  Flag closed;
  std::function<void(std::shared_ptr<Responder>)> more = [&](std::shared_ptr<Responder> responder) {
    ++written;
    responder->Write(std::string(1 << 20, 'x'), [&, responder] { more(responder); });
  };
  auto server = Serve([&](Request, std::shared_ptr<Responder> responder) {
    responder->StartStream({.status = 200});
    responder->OnClose([&] { closed.Set(); });
    more(responder);
  });
  {
    Client client(server->port());
    client.Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    client.HearUntil("\r\n\r\n");
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    const int held = written;
    EXPECT_LT(held, 64);  // what fits into the sockets' buffers
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    EXPECT_EQ(written, held);
  }
  EXPECT_TRUE(closed.Wait());
}

TEST(ServerTest, TellsTheHandlerThatTheClientHasGone) {
  Flag closed;
  std::shared_ptr<Responder> kept;
  Flag handled;
  auto server = Serve([&](Request, std::shared_ptr<Responder> responder) {
    responder->OnClose([&] { closed.Set(); });
    kept = responder;
    handled.Set();
  });
  {
    Client client(server->port());
    client.Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    ASSERT_TRUE(handled.Wait());
    EXPECT_FALSE(closed.Wait(std::chrono::milliseconds(50)));
  }
  EXPECT_TRUE(closed.Wait());
  Flag late;
  kept->OnClose([&] { late.Set(); });
  EXPECT_TRUE(late.Wait());
  kept->Send({.body = "to nobody"});
}

TEST(ServerTest, DoesNotTellOfAClientThatGoesAfterItsAnswer) {
  Flag closed;
  auto server = Serve([&](Request, std::shared_ptr<Responder> responder) {
    responder->OnClose([&] { closed.Set(); });
    responder->Send({.body = "ok"});
  });
  {
    Client client(server->port());
    client.Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    client.HearAnswer();
  }
  EXPECT_FALSE(closed.Wait(std::chrono::milliseconds(100)));
}

// Where the process's other connections are, so that a handler passes a request on without changing threads.
TEST(ServerTest, LivesOnTheLoopsOfOthersAndGoesBeforeThem) {
  work::Loops loops(2, 1);
  const auto thread_of = [&](size_t index) {
    std::promise<std::thread::id> thread;
    boost::asio::post(loops[index].io(), [&] { thread.set_value(std::this_thread::get_id()); });
    return thread.get_future().get();
  };
  const std::set<std::thread::id> all = {thread_of(0), thread_of(1)};
  std::mutex mutex;
  std::set<std::thread::id> small, large;
  auto server = Serve(
      [&](Request request, std::shared_ptr<Responder> responder) {
        {
          std::lock_guard lock(mutex);
          (request.body.size() > work::kLong ? large : small).insert(std::this_thread::get_id());
        }
        Echo(std::move(request), std::move(responder));
      },
      {.loops = std::shared_ptr<work::Loops>(&loops, [](work::Loops*) {})});
  for (int i = 0; i < 4; ++i) {
    Client client(server->port());
    client.Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(client.HearAnswer(), StartsWith("HTTP/1.1 200"));
    const size_t size = work::kLong + 1;
    client.Say(absl::StrCat("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ", size, "\r\n\r\n", std::string(size, 'x')));
    EXPECT_THAT(client.HearAnswer(), EndsWith("xxx"));
  }
  EXPECT_EQ(small, all);
  for (const auto& thread : large) EXPECT_EQ(all.count(thread), 0u) << "what takes long is done beside the loops";
  server.reset();
  EXPECT_EQ(all.count(thread_of(0)), 1u) << "the loops go on";
}

TEST(ServerTest, ShutdownFinishesWhatIsInProgress) {
  Flag handled;
  std::shared_ptr<Responder> kept;
  auto server = Serve([&](Request, std::shared_ptr<Responder> responder) {
    kept = responder;
    handled.Set();
  });
  const int port = server->port();
  Client idle(port), busy(port);
  busy.Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(handled.Wait());
  std::thread stop([&] { server->Shutdown(absl::Now() + absl::Seconds(10)); });
  EXPECT_EQ(idle.HearAll(), "");
  EXPECT_FALSE(Client(port).connected());
  std::exchange(kept, nullptr)->Send({.body = "done"});
  const std::string answer = busy.HearAll();
  stop.join();
  EXPECT_THAT(answer, HasSubstr("Connection: close"));
  EXPECT_THAT(answer, EndsWith("done"));
}

TEST(ServerTest, ShutdownCutsOffWhatOutlivesTheDeadline) {
  Flag handled, closed;
  std::shared_ptr<Responder> kept;
  auto server = Serve([&](Request, std::shared_ptr<Responder> responder) {
    responder->OnClose([&] { closed.Set(); });
    kept = responder;
    handled.Set();
  });
  Client client(server->port());
  client.Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(handled.Wait());
  server->Shutdown(absl::Now() + absl::Milliseconds(100));
  EXPECT_TRUE(closed.Wait(std::chrono::milliseconds(0)));
  EXPECT_EQ(client.HearAll(), "");
  server.reset();
  kept->Send({.body = "to nobody"});
}

TEST(ServerTest, ALameServerAsksItsClientsToConnectAnew) {
  auto server = Serve(Echo);
  Client client(server->port());
  client.Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.HearAnswer(), Not(HasSubstr("Connection: close")));
  server->Lame();
  client.Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.HearAll(), HasSubstr("Connection: close"));
}

TEST(ServerTest, ManyClientsAtOnce) {
  auto server = Serve(Echo);
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&, t] {
      Client client(server->port());
      for (int i = 0; i < 200; ++i) {
        client.Say(absl::StrCat("GET /", t, "-", i, " HTTP/1.1\r\nHost: h\r\n\r\n"));
        if (absl::StrContains(client.HearAnswer(), absl::StrCat("GET /", t, "-", i, " "))) ++good;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 16 * 200);
}

TEST(ListenTest, ATakenPortIsAClearError) {
  auto server = Serve(Echo);
  auto second = Server::Listen({.address = absl::StrCat("127.0.0.1:", server->port())}, Echo);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("is taken"));
}

TEST(ListenTest, PlaintextIsForLoopbackOnly) {
  auto server = Server::Listen({.address = "0.0.0.0:0"}, Echo);
  EXPECT_EQ(server.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(server.status().message()), HasSubstr("certificate"));
}

TEST(ListenTest, AnAddressNeedsAPort) {
  for (const char* address : {"", "8080", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000"}) {
    EXPECT_EQ(Server::Listen({.address = address}, Echo).status().code(), absl::StatusCode::kInvalidArgument) << address;
  }
}

// A self-signed certificate of this name in two files.
class CertificateFiles {
 public:
  CertificateFiles() : cert(absl::StrCat(::testing::TempDir(), "/http_cert_", getpid(), ".pem")), key(absl::StrCat(cert, ".key")) {}
  ~CertificateFiles() {
    std::remove(cert.c_str());
    std::remove(key.c_str());
  }
  void Write(const std::string& name) const {
    EVP_PKEY* pkey = EVP_EC_gen("P-256");
    X509* x509 = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), 0);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    X509_set_pubkey(x509, pkey);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1,
                               -1, 0);
    X509_set_issuer_name(x509, X509_get_subject_name(x509));
    X509_sign(x509, pkey, EVP_sha256());
    FILE* file = std::fopen(cert.c_str(), "w");
    PEM_write_X509(file, x509);
    std::fclose(file);
    file = std::fopen(key.c_str(), "w");
    PEM_write_PrivateKey(file, pkey, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
    X509_free(x509);
    EVP_PKEY_free(pkey);
  }
  const std::string cert, key;
};

// The server's common name and its answer to one request.
std::pair<std::string, std::string> AskOverTls(int port) {
  Client client(port);
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL* ssl = SSL_new(context);
  SSL_set_fd(ssl, client.fd());
  std::pair<std::string, std::string> result;
  if (SSL_connect(ssl) == 1) {
    X509* peer = SSL_get1_peer_certificate(ssl);
    char name[64] = "";
    X509_NAME_get_text_by_NID(X509_get_subject_name(peer), NID_commonName, name, sizeof(name));
    X509_free(peer);
    result.first = name;
    const std::string request = "GET /tls HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    SSL_write(ssl, request.data(), request.size());
    char buffer[4096];
    for (int n; (n = SSL_read(ssl, buffer, sizeof(buffer))) > 0;) result.second.append(buffer, n);
    EXPECT_EQ(SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN, SSL_RECEIVED_SHUTDOWN);
    SSL_shutdown(ssl);
  }
  SSL_free(ssl);
  SSL_CTX_free(context);
  return result;
}

TEST(TlsTest, ServesOverTlsAndTakesRenewedCertificates) {
  CertificateFiles files;
  files.Write("first");
  auto server = Serve(Echo, {.address = "0.0.0.0:0", .cert_file = files.cert, .key_file = files.key});
  auto [name, answer] = AskOverTls(server->port());
  EXPECT_EQ(name, "first");
  EXPECT_THAT(answer, HasSubstr("GET /tls"));
  files.Write("second");
  EXPECT_EQ(AskOverTls(server->port()).first, "second");
}

// What the client and the server agree on of what the client offers, and the answer to a request of HTTP/2.
std::pair<std::string, std::string> AgreeOverTls(int port, const std::string& offer) {
  Client client(port);
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL* ssl = SSL_new(context);
  SSL_set_fd(ssl, client.fd());
  SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(offer.data()), offer.size());
  std::pair<std::string, std::string> result;
  if (SSL_connect(ssl) == 1) {
    const unsigned char* protocol = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(ssl, &protocol, &length);
    result.first.assign(reinterpret_cast<const char*>(protocol), length);
    // The preface, empty settings, and GET / of "h" in headers of the static table (RFC 7541).
    const std::string request = std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") + std::string("\0\0\0\4\0\0\0\0\0", 9) +
                                std::string("\0\0\6\1\5\0\0\0\1", 9) + "\x82\x86\x84\x41\x01h";
    SSL_write(ssl, request.data(), request.size());
    char buffer[4096];
    while (result.second.find("GET /") == std::string::npos) {
      const int n = SSL_read(ssl, buffer, sizeof(buffer));
      if (n <= 0) break;
      result.second.append(buffer, n);
    }
  }
  SSL_free(ssl);
  SSL_CTX_free(context);
  return result;
}

TEST(TlsTest, ClientsThatOfferHttp2GetIt) {
  CertificateFiles files;
  files.Write("first");
  auto server = Serve(Echo, {.address = "0.0.0.0:0", .cert_file = files.cert, .key_file = files.key});
  const auto [both, answer] = AgreeOverTls(server->port(), "\x08http/1.1\x02h2");
  EXPECT_EQ(both, "h2");
  EXPECT_THAT(answer, HasSubstr("GET / "));
  EXPECT_EQ(AgreeOverTls(server->port(), "\x08http/1.1").first, "http/1.1");
  // Who has not offered it does not get it by its preface.
  EXPECT_THAT(AgreeOverTls(server->port(), "\x08http/1.1").second, StartsWith("HTTP/1.1 400 "));
  auto only_http1 = Serve(Echo, {.address = "0.0.0.0:0", .cert_file = files.cert, .key_file = files.key, .http2 = false});
  EXPECT_EQ(AgreeOverTls(only_http1->port(), "\x08http/1.1\x02h2").first, "http/1.1");
}

TEST(TlsTest, IdleConnectionsHoldNoBuffers) {
  constexpr int kConnections = 300;
  CertificateFiles files;
  files.Write("first");
  auto server = Serve(Echo, {.address = "127.0.0.1:0", .cert_file = files.cert, .key_file = files.key});
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  std::vector<std::unique_ptr<Client>> clients;
  std::vector<SSL*> connections;
  const int64_t before = Resident();
  for (int i = 0; i < kConnections; ++i) {
    clients.push_back(std::make_unique<Client>(server->port()));
    connections.push_back(SSL_new(context));
    SSL_set_fd(connections.back(), clients.back()->fd());
    ASSERT_EQ(SSL_connect(connections.back()), 1);
    const std::string request = "GET /tls HTTP/1.1\r\nHost: h\r\n\r\n";
    SSL_write(connections.back(), request.data(), static_cast<int>(request.size()));
    char answer[1024];
    ASSERT_GT(SSL_read(connections.back(), answer, sizeof(answer)), 0);
  }
  const int64_t each = (Resident() - before) * 1024 / kConnections;
  for (SSL* connection : connections) SSL_free(connection);
  SSL_CTX_free(context);
  RecordProperty("bytes_each", static_cast<int>(each));
  if (kSanitized) return;
  EXPECT_LT(each, 60 << 10);  // both ends
}

TEST(TlsTest, APlaintextClientGetsNothing) {
  CertificateFiles files;
  files.Write("first");
  auto server = Serve(Echo, {.address = "127.0.0.1:0", .cert_file = files.cert, .key_file = files.key});
  Client client(server->port());
  client.Say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.HearAll(), Not(HasSubstr("HTTP/1.1 200")));
}

TEST(TlsTest, AMissingCertificateIsAClearError) {
  auto server = Server::Listen({.address = "127.0.0.1:0", .cert_file = "/nonexistent.pem", .key_file = "/nonexistent.key"}, Echo);
  EXPECT_EQ(server.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(server.status().message()), HasSubstr("/nonexistent.pem"));
}

TEST(HeadersTest, NamesAreComparedWithoutCase) {
  Headers headers = {{"Content-Type", "a"}, {"X", "1"}, {"x", "2"}};
  EXPECT_EQ(headers.Get("content-type"), "a");
  EXPECT_EQ(headers.Get("X"), "1");
  EXPECT_EQ(headers.Get("none"), "");
  headers.Set("X", "3");
  EXPECT_EQ(headers.fields().size(), 2u);
  EXPECT_EQ(headers.Get("x"), "3");
}

TEST(PercentDecodeTest, DecodesAndRefuses) {
  std::string out;
  EXPECT_TRUE(PercentDecode("a%20b%E4%bd%A0+c", false, &out));
  EXPECT_EQ(out, "a b你+c");
  EXPECT_TRUE(PercentDecode("a+b", true, &out));
  EXPECT_EQ(out, "a b");
  for (const char* bad : {"%", "%2", "%zz", "a%f"}) EXPECT_FALSE(PercentDecode(bad, false, &out)) << bad;
}

}  // namespace
}  // namespace heitie::http
