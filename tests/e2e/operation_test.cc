// What operators do: they check, limit, and replace every process while clients work that never repeat a request. That is done as a cluster
// does it: the new replica is ready before the old one is told to end, and new connections go to whoever is ready. Nobody sees a failure.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <fstream>
#include <functional>
#include <future>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/rpc/bytes.h"
#include "common/test/matchers.h"
#include "tests/e2e/http_client.h"
#include "tests/e2e/patience.h"
#include "tests/e2e/suite.h"
#include "tests/e2e/world.h"
#include "tests/services.h"

namespace heitie::e2e {
namespace {

using ::testing::HasSubstr;

// As short as a test wants them; the order is that of a cluster: a connection's age with the time to notice it < the gateway's drain.
// Callers of the services watch their health, and their connections stay.
const Environment kServiceHabits = {{"HEITIE_DRAIN_DELAY", "1500ms"}, {"HEITIE_CONNECTION_AGE", "1h"}};
const Environment kGatewayHabits = {{"HEITIE_DRAIN_DELAY", "4s"}, {"HEITIE_CONNECTION_AGE", "2s"}};
constexpr int kOnceClients = 4;  // of each kind
constexpr int kBeforeEach = 50;  // requests before the next process is replaced
constexpr absl::Duration kRollPatience = absl::Seconds(30);

// Each call is made once, over a connection that knows nothing of health, as stock clients are.
class OnceClient final : public client::Client {
 public:
  explicit OnceClient(int port)
      : channel_(client::NewChannel({.name = "gateway", .target = absl::StrCat("127.0.0.1:", port), .round_robin = false})) {}

  void Start(const rpc::Call& call, const std::string& method, const google::protobuf::Message& request,
             google::protobuf::Message* response, Done done) override {
    channel_->Unary(call, method, rpc::Serialize(request), [response, done](const absl::Status& status, const grpc::ByteBuffer& answer) {
      const bool read = !status.ok() || rpc::Parse(answer, *response);
      done(read ? status : absl::InternalError("malformed answer"));
    });
  }

 private:
  const std::unique_ptr<client::Channel> channel_;
};

// What a cluster has before its pods: new connections go to those that are ready, in turns; what has begun stays where it is. Readiness is
// looked at every 50 ms, so that a process that drains still gets something new for a while.
class Balancer {
 public:
  struct Backend {
    int port, admin_port;
  };

  explicit Balancer(std::vector<Backend> backends) : backends_(std::move(backends)), ready_(new std::atomic<bool>[backends_.size()]()) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = Loopback(0);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, SOMAXCONN), 0);
    EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    Look();
    looks_ = std::jthread([this](const std::stop_token& stop) {
      for (; !stop.stop_requested(); absl::SleepFor(absl::Milliseconds(50))) Look();
    });
    accepts_ = std::jthread([this](const std::stop_token& stop) { Accept(stop); });
  }
  ~Balancer() {
    accepts_.request_stop();
    accepts_.join();
    pumps_.clear();
    close(listener_);
  }
  int port() const { return port_; }

 private:
  static sockaddr_in Loopback(int port) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }

  void Look() {
    for (size_t i = 0; i < backends_.size(); ++i) {
      const auto health = Exchange(backends_[i].admin_port, "GET", "/healthz", "", "", absl::Now() + absl::Seconds(1));
      ready_[i] = health.ok() && health->status == 200;
    }
  }

  void Accept(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd watched{listener_, POLLIN, 0};
      if (poll(&watched, 1, 20) <= 0) continue;
      const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      const int server = Connect();
      if (client >= 0 && server >= 0) {
        pumps_.emplace_back([client, server](const std::stop_token& end) { Pump(client, server, end); });
        continue;
      }
      if (client >= 0) close(client);
      if (server >= 0) close(server);
    }
  }

  int Connect() {
    for (size_t i = 0; i < backends_.size(); ++i) {
      const size_t next = turn_++ % backends_.size();
      if (!ready_[next]) continue;
      const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      const sockaddr_in address = Loopback(backends_[next].port);
      if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return fd;
      close(fd);
    }
    return -1;
  }

  // Passes bytes on in both directions until both sides have ended theirs.
  static void Pump(int client, int server, const std::stop_token& end) {
    std::array<pollfd, 2> sides{{{client, POLLIN, 0}, {server, POLLIN, 0}}};
    char buffer[16 << 10];
    int open = 2;
    while (open > 0 && !end.stop_requested()) {
      if (poll(sides.data(), sides.size(), 20) <= 0) continue;
      for (size_t from = 0; from < 2; ++from) {
        if (sides[from].fd < 0 || sides[from].revents == 0) continue;
        const int to = from == 0 ? server : client;
        const ssize_t count = recv(sides[from].fd, buffer, sizeof(buffer), 0);
        if (count > 0 && SendAll(to, buffer, static_cast<size_t>(count))) continue;
        shutdown(to, SHUT_WR);
        sides[from].fd = -1;
        --open;
      }
    }
    close(client);
    close(server);
  }

  static bool SendAll(int fd, const char* bytes, size_t size) {
    while (size > 0) {
      const ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes += sent;
      size -= static_cast<size_t>(sent);
    }
    return true;
  }

  const std::vector<Backend> backends_;
  const std::unique_ptr<std::atomic<bool>[]> ready_;
  int listener_ = -1, port_ = 0;
  size_t turn_ = 0;
  std::vector<std::jthread> pumps_;
  std::jthread looks_, accepts_;
};

// Clients that look and make, service after service, each request once.
class OnceLoad {
 public:
  OnceLoad(const std::string& id, const std::vector<client::Client*>& clients) {
    for (size_t c = 0; c < clients.size(); ++c) {
      threads_.emplace_back(
          [this, id, c, client = clients[c]](const std::stop_token& stop) { Run(stop, *client, absl::StrCat(id, "-", c)); });
    }
  }
  int done() const { return done_; }
  int failed() const { return failed_; }

 private:
  void Run(const std::stop_token& stop, client::Client& client, const std::string& id) {
    const Person person(client, Suite::Get().Token("--role MANAGER --role ANALYST"));
    const std::array<std::pair<const char*, std::string>, 8> requests = {{
        {"planning.ListPlanPeriods", ""},
        {"activity.ListActivities", ""},
        {"metrics.ListEvents", ""},
        {"personnel.ListCourses", ""},
        {"personnel.CreateCourse", absl::StrCat("course { title: '", id, "' validity_months: 24 }")},
        {"risk.ListRisks", ""},
        {"risk.CreateRisk", absl::StrCat("risk { category: CATEGORY_TECHNOLOGY subject: 'activities/", id, "' title: '", id,
                                         "' cause: 'Load' owner: 'employees/roll' }")},
        {"resource.ListItems", ""},
    }};
    for (size_t i = 0; !stop.stop_requested(); ++i) {
      const auto& [method, request] = requests[i % requests.size()];
      const absl::Status status = person.Try(method, request);
      ++done_;
      if (status.ok()) continue;
      ++failed_;
      ADD_FAILURE() << absl::Now() << " " << id << " " << method << ": " << status;
    }
  }

  std::atomic<int> done_{0}, failed_{0};
  std::vector<std::jthread> threads_;  // last: they use what is above
};

// At the same time.
void ForAll(const std::vector<std::string>& names, const std::function<void(const std::string&)>& work) {
  std::vector<std::future<void>> all;
  for (const std::string& name : names) all.push_back(std::async(std::launch::async, work, name));
  for (std::future<void>& one : all) one.get();
}

// The first command of every runbook, in the place of a process that runs.
TEST(Operation, ACheckTellsWhatIsWrong) {
  Suite& suite = Suite::Get();
  ForAll(Services(), [&](const std::string& service) {
    EXPECT_EQ(suite.Check(service, ""), absl::StrCat("heitie-", service, ": nothing is wrong\n"));
  });
  const std::string wrong = suite.Check("planning", "--jwks=/nowhere --workers=none --targets=personnel=127.0.0.1:1");
  for (const char* line : {"heitie-planning: --workers: \"none\"", "heitie-planning: the keys of the tokens, /nowhere",
                           "heitie-planning: the target personnel (127.0.0.1:1)"}) {
    EXPECT_THAT(wrong, HasSubstr(line));
  }
}

TEST(Operation, OneCallersExcessDoesNotTouchAnother) {
  Suite& suite = Suite::Get();
  const std::string file = suite.Path("rate-limits");
  std::ofstream(file) << "role DATA_ANALYST 0.1 5\n";
  ASSERT_EQ(suite.Stop("gateway", SIGTERM), 0);
  suite.Start("gateway", {{"HEITIE_RATE_LIMITS", file}});
  const Team team(suite.grpc());
  absl::Status refused;
  for (int i = 0; i < 6 && refused.ok(); ++i) refused = team.analyst.Try("risk.ListRisks", "");
  EXPECT_THAT(refused, test::HasReason("TOO_MANY_REQUESTS"));
  const auto http =
      Exchange(suite.http_port(), "GET", "/v1/risks", absl::StrCat("Authorization: Bearer ", suite.Token("--role ANALYST"), "\r\n"), "",
               absl::Now() + kRollPatience);
  ASSERT_TRUE(http.ok()) << http.status();
  EXPECT_EQ(http->status, 429) << "the same bucket at every door";
  EXPECT_GT(std::atoi(http->headers.at("retry-after").c_str()), 0);
  for (int i = 0; i < 20; ++i) team.manager.Do("risk.ListRisks", "");
  EXPECT_GT(suite.Figure("gateway", "heitie_rate_limited_total"), 0);
  std::ofstream(file) << "role DATA_ANALYST 1000 1000\n";
  EXPECT_TRUE(Eventually([&] { return team.analyst.Try("risk.ListRisks", "").ok(); })) << "the file is read again";
  ASSERT_EQ(suite.Stop("gateway", SIGTERM), 0);
  suite.Start("gateway");
}

// What Suite::End looks for in logs, metrics, traces and on pages it would find, and there is something in which it looks.
TEST(Operation, WhatNobodyMayTellWouldBeFound) {
  Suite& suite = Suite::Get();
  const std::string token = suite.Token("--role MANAGER");
  EXPECT_THAT(suite.SecretIn("first line\nBearer " + token + "\nlast line"), HasSubstr("Bearer"));
  EXPECT_THAT(suite.SecretIn("wrote to somebody@example.com"), HasSubstr("somebody"));
  EXPECT_EQ(suite.SecretIn("employees/somebody was refused"), "");
  const Team team(suite.grpc());
  EXPECT_TRUE(Eventually([&] {
    team.manager.Do("risk.ListRisks", "");
    const std::string traces = suite.collector().taken();
    return traces.find("heitie-gateway") != std::string::npos && traces.find("heitie-risk") != std::string::npos &&
           traces.find("heitie.risk.v1.") != std::string::npos;
  }));
}

TEST(Operation, RollingFailsNoRequestOfClientsThatNeverRepeat) {
  Suite& suite = Suite::Get();
  const std::vector<std::string> services = Services();
  for (const std::string& service : services) EXPECT_EQ(suite.AddReplica(service), service + "-2");
  const auto habits = [&](const std::string& service) {
    Environment all = service == "gateway" ? kGatewayHabits : kServiceHabits;
    all["HEITIE_TARGETS"] = suite.Targets();
    return all;
  };
  std::map<std::string, Environment> firsts, seconds;
  for (const std::string& service : services) {
    firsts[service] = seconds[service + "-2"] = habits(service);
  }
  suite.StartAll(seconds);
  for (const std::string& service : services) EXPECT_EQ(suite.Stop(service, SIGTERM), 0);
  suite.StartAll(firsts);

  const auto backends = [&](auto port) {
    return std::vector<Balancer::Backend>{{port("gateway"), suite.admin_port("gateway")},
                                          {port("gateway-2"), suite.admin_port("gateway-2")}};
  };
  const Balancer grpc(backends([&](const std::string& name) { return suite.port(name); }));
  const Balancer http(backends([&](const std::string& name) { return suite.http_port(name); }));
  std::vector<std::unique_ptr<client::Client>> clients;
  for (int i = 0; i < kOnceClients; ++i) {
    clients.push_back(std::make_unique<OnceClient>(grpc.port()));
    clients.push_back(std::make_unique<HttpClient>(http.port(), /*keep=*/true));
  }
  std::vector<client::Client*> pointers;
  for (const auto& client : clients) pointers.push_back(client.get());
  OnceLoad load("roll", pointers);
  for (const std::string& service : services) {
    const int before = load.done();
    EXPECT_TRUE(Eventually([&] { return load.done() >= before + kBeforeEach; }, kRollPatience)) << "before " << service;
    EXPECT_EQ(suite.Stop(service, SIGTERM), 0) << service;
    suite.Start(service, habits(service));
  }
  EXPECT_EQ(load.failed(), 0) << "of " << load.done();
  EXPECT_GT(load.done(), kBeforeEach * static_cast<int>(services.size()));
}

}  // namespace
}  // namespace heitie::e2e
