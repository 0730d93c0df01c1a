#include "common/service/process.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/observe/metrics.h"
#include "common/service/check.h"
#include "common/service/debug_page.h"
#include "common/service/own_port.h"
#include "common/service/process_figures.h"

namespace heitie::service {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// The whole answer to one request without a body.
std::string Ask(int port, const std::string& method, const std::string& path, const std::string& host = "localhost") {
  const int connection = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  const std::string request = method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
  EXPECT_EQ(send(connection, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  std::string answer;
  char buffer[4096];
  for (ssize_t n; (n = recv(connection, buffer, sizeof(buffer), 0)) > 0;) answer.append(buffer, n);
  close(connection);
  return answer;
}

config::ServiceConfig AnyPort() {
  config::ServiceConfig config;
  config.admin_listen = "127.0.0.1:0";
  return config;
}

class AdminTest : public ::testing::Test {
 protected:
  AdminTest() {
    BlockSignals();
    auto admin = Admin::Listen(AnyPort(), "test");
    EXPECT_TRUE(admin.ok()) << admin.status();
    admin_ = *std::move(admin);
  }
  std::string Get(const std::string& path) { return Ask(admin_->port(), "GET", path); }

  std::unique_ptr<Admin> admin_;
};

TEST_F(AdminTest, HealthFollowsServing) {
  EXPECT_THAT(Get("/healthz"), StartsWith("HTTP/1.1 503"));
  admin_->SetServing(true);
  const std::string healthy = Get("/healthz");
  EXPECT_THAT(healthy, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(healthy, HasSubstr("\r\n\r\nSERVING\n"));
  admin_->SetServing(false);
  EXPECT_THAT(Get("/healthz"), HasSubstr("\r\n\r\nNOT_SERVING\n"));
}

// A listener that nobody accepts from: the kernel takes connections all the same.
TEST_F(AdminTest, HealthLooksAtTheProcesssPorts) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listener, 16), 0);
  ASSERT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const int port = ntohs(address.sin_port);
  EXPECT_FALSE(Responds("127.0.0.1:0", port, absl::Milliseconds(50)));
  admin_->Watch("0.0.0.0:0", port);
  admin_->SetServing(true);
  EXPECT_THAT(Get("/healthz"), HasSubstr(absl::StrCat("\r\n\r\nNOT_SERVING: port ", port, " does not respond\n")));
  std::thread accepts([&] {
    for (int connection; (connection = accept(listener, nullptr, nullptr)) >= 0;) close(connection);
  });
  while (Get("/healthz").find("\r\n\r\nSERVING\n") == std::string::npos) std::this_thread::yield();
  EXPECT_TRUE(Responds("127.0.0.1:0", port, absl::Seconds(10)));
  shutdown(listener, SHUT_RDWR);
  accepts.join();
  close(listener);
}

TEST_F(AdminTest, ItsOwnPortsRespond) {
  EXPECT_TRUE(Responds("127.0.0.1:0", admin_->port(), absl::Seconds(10)));
  EXPECT_TRUE(Responds("localhost:0", admin_->port(), absl::Seconds(10)));
  EXPECT_FALSE(Responds("127.0.0.1:0", 1, absl::Seconds(10)));
}

TEST_F(AdminTest, IsForNobodyElsesName) {
  EXPECT_THAT(Ask(admin_->port(), "GET", "/metrics", "evil.example:7200"), StartsWith("HTTP/1.1 421"));
  EXPECT_THAT(Ask(admin_->port(), "GET", "http://evil.example/metrics"), StartsWith("HTTP/1.1 421"));
  EXPECT_THAT(Ask(admin_->port(), "GET", "/metrics", "127.0.0.1:7200"), StartsWith("HTTP/1.1 200"));
}

TEST(IsOwnHostTest, TakesWhatNobodyCanRegister) {
  for (const char* host :
       {"", "localhost", "localhost:7200", "127.0.0.1", "10.1.2.3:7200", "[::1]:7200", "[fe80::1]", "risk:7200", "risk", "risk.heitie.svc",
        "risk.heitie.svc:7200", "risk.heitie.svc.cluster.local.", "RISK.HEITIE.SVC.CLUSTER.LOCAL", "ops.example", "OPS.example:7200"}) {
    EXPECT_TRUE(IsOwnHost(host, "ops.example:7200")) << host;
  }
  for (const char* host : {"evil.example", "evil.example:7200", "127.0.0.1.evil.example", "localhost.evil.example:7200", "evil.svc.example",
                           "evilcluster.local", "[::1].evil.example.", "ops.example.evil"}) {
    EXPECT_FALSE(IsOwnHost(host, "ops.example:7200")) << host;
  }
}

TEST_F(AdminTest, ReadsNoBodies) {
  EXPECT_THAT(Ask(admin_->port(), "GET", "/metrics", "localhost\r\nContent-Length: 1000"), StartsWith("HTTP/1.1 413"));
}

// A process that cannot write still reads: a probe that restarted it or took it away would end that as well.
TEST_F(AdminTest, ARemarkIsSaidBesideTheHealth) {
  std::string remark = "the database takes no changes";
  admin_->SetRemark([&] { return remark; });
  EXPECT_THAT(Get("/healthz"), HasSubstr("\r\n\r\nNOT_SERVING\n"));
  admin_->SetServing(true);
  EXPECT_THAT(Get("/healthz"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(Get("/healthz"), HasSubstr("\r\n\r\nSERVING\nthe database takes no changes\n"));
  remark.clear();
  EXPECT_THAT(Get("/healthz"), EndsWith("\r\n\r\nSERVING\n"));
}

TEST_F(AdminTest, TellsMetrics) {
  observe::CountRequest("t.Svc/Admin", absl::StatusCode::kOk, absl::Milliseconds(1));
  const std::string metrics = Get("/metrics");
  EXPECT_THAT(metrics, HasSubstr("Content-Type: text/plain; version=0.0.4"));
  EXPECT_THAT(metrics, HasSubstr("heitie_requests_total{method=\"t.Svc/Admin\",code=\"OK\"} 1\n"));
}

TEST_F(AdminTest, ShowsWhatItIsDoing) {
  observe::CountRequest("t.Svc/Debug", absl::StatusCode::kOk, absl::Milliseconds(3));
  observe::Counter("t_debug_total", "Things <counted>.") += 7;
  observe::NoteSlow("SELECT 1 < ?", absl::Milliseconds(1234));
  const std::string page = Get("/debug");
  EXPECT_THAT(page, HasSubstr("Content-Type: text/html; charset=utf-8"));
  EXPECT_THAT(page, HasSubstr("<h1>heitie-test</h1>"));
  EXPECT_THAT(page, HasSubstr("<td>t.Svc/Debug<td class=n>1<td class=n>0<td class=n>5 ms<td class=n>5 ms</tr>"));
  EXPECT_THAT(page, HasSubstr("<td>t_debug_total<td class=n>7<td>Things &lt;counted&gt;.</tr>"));
  EXPECT_THAT(page, HasSubstr("1234 ms<td><code>SELECT 1 &lt; ?</code>"));
}

TEST_F(AdminTest, ShowsItsJobs) {
  job::Report report;
  report.lanes = {{job::Lane::kDeadlines, 2, 6, absl::Seconds(75)}};
  report.running = {{"activities/a/launch", "launch", absl::Seconds(74)}};
  report.failing = {{"follow", "follow", 7, absl::FromUnixSeconds(1767225600), "INTERNAL: <broken>"}};
  admin_->SetSection([&] { return JobsSection(report); });
  admin_->SetServing(true);
  EXPECT_THAT(Get("/debug"), HasSubstr("<tr><td>deadlines<td class=n>2<td class=n>6<td class=n>75.0 s</tr>"));
  EXPECT_THAT(Get("/debug"), HasSubstr("<tr><td>activities/a/launch<td>launch<td class=n>74.0 s</tr>"));
  EXPECT_THAT(Get("/debug"), HasSubstr("<tr><td>follow<td>follow<td class=n>7<td>00:00:00<td><code>INTERNAL: &lt;broken&gt;</code></tr>"));
  EXPECT_THAT(Get("/debug"), ::testing::Not(HasSubstr("does not know")));
  report.oldest_unknown = absl::Seconds(5);
  EXPECT_THAT(Get("/debug"), HasSubstr("a kind that this version does not know is due since 5.0 s"));
}

// What Prometheus's own clients tell, and what is running.
TEST_F(AdminTest, TellsOfTheProcess) {
  ShowProcess();
  const std::string metrics = Get("/metrics");
  for (const char* series : {"process_cpu_seconds_total ", "process_resident_memory_bytes ", "process_threads ", "process_open_fds ",
                             "process_max_fds ", "process_start_time_seconds ", "heitie_processors "}) {
    const size_t at = metrics.find(std::string("\n") + series);
    ASSERT_NE(at, std::string::npos) << series;
    EXPECT_GT(std::atof(metrics.c_str() + at + std::strlen(series) + 1), 0) << series;
  }
  EXPECT_THAT(metrics, HasSubstr("\nheitie_build_info{version=\""));
}

TEST_F(AdminTest, TellsWhetherItIsReady) {
  EXPECT_THAT(Get("/metrics"), HasSubstr("\nheitie_started 0\n"));
  admin_->SetServing(true);
  EXPECT_THAT(Get("/metrics"), HasSubstr("\nheitie_ready 1\n"));
  admin_->SetServing(false);
  EXPECT_THAT(Get("/metrics"),
              ::testing::AllOf(HasSubstr("\nheitie_started 1\n"), HasSubstr("\nheitie_ready 0\n"), HasSubstr("\nheitie_draining 1\n")));
}

TEST(AdminListen, ServesProbesOnAPortOfTheirOwn) {
  config::ServiceConfig config = AnyPort();
  EXPECT_EQ((*Admin::Listen(config, "test"))->health_port(), 0) << "none unless it is wanted";
  config.health_listen = "0.0.0.0:0";
  const auto admin = Admin::Listen(config, "test");
  ASSERT_TRUE(admin.ok()) << admin.status();
  const auto channel = grpc::CreateChannel(absl::StrCat("127.0.0.1:", (*admin)->health_port()), grpc::InsecureChannelCredentials());
  EXPECT_TRUE(channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(20)));
}

TEST_F(AdminTest, RefusesTheRest) {
  EXPECT_THAT(Get("/"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(Ask(admin_->port(), "POST", "/metrics"), StartsWith("HTTP/1.1 405"));
}

TEST(AdminListen, NeedsACertificateBeyondLoopback) {
  config::ServiceConfig config;
  config.admin_listen = "0.0.0.0:0";
  EXPECT_EQ(Admin::Listen(config, "test").status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(AdminTest, EndsInOrderAfterASignal) {
  std::vector<std::string> steps;
  std::jthread sender([&] {
    while (Get("/healthz").find("\nSERVING") == std::string::npos) std::this_thread::yield();
    kill(getpid(), SIGTERM);
  });
  const absl::Time before = absl::Now();
  ServeUntilSignal(
      *admin_, absl::Milliseconds(50),
      [&] {
        EXPECT_THAT(Get("/healthz"), StartsWith("HTTP/1.1 503"));
        steps.push_back("lame");
      },
      [&](absl::Time deadline) {
        EXPECT_GT(deadline, absl::Now());
        EXPECT_GE(absl::Now() - before, absl::Milliseconds(50));
        steps.push_back("stop");
      });
  EXPECT_THAT(steps, ::testing::ElementsAre("lame", "stop"));
}

TEST_F(AdminTest, ASecondSignalCutsTheDelayShort) {
  std::jthread sender([&] {
    while (Get("/healthz").find("\nSERVING") == std::string::npos) std::this_thread::yield();
    kill(getpid(), SIGTERM);
  });
  const absl::Time before = absl::Now();
  ServeUntilSignal(
      *admin_, absl::Minutes(5), [] { kill(getpid(), SIGINT); }, [](absl::Time) {});
  EXPECT_LT(absl::Now() - before, absl::Minutes(1));
}

TEST(WaitForSignal, TimesOut) {
  BlockSignals();
  EXPECT_FALSE(WaitForSignal(absl::Milliseconds(10)));
}

bool IsOutage(const absl::Status& status) { return absl::IsUnavailable(status); }

TEST(AwaitTest, GoesOnUntilItSucceeds) {
  int attempts = 0;
  Await(
      "it", [&] { return ++attempts < 4 ? absl::UnavailableError("not yet") : absl::OkStatus(); }, IsOutage);
  EXPECT_EQ(attempts, 4);
}

TEST(AwaitDeathTest, EndsAtASignalAndWhereWaitingDoesNotHelp) {
  const auto signalled = [] {
    BlockSignals();
    kill(getpid(), SIGTERM);
    return absl::UnavailableError("not yet");
  };
  EXPECT_EXIT(Await("it", signalled, IsOutage), ::testing::ExitedWithCode(0), "\"waiting for it\",\"why\":\"not yet\"");
  const auto refused = [] { return absl::PermissionDeniedError("wrong password"); };
  EXPECT_EXIT(Await("it", refused, IsOutage), ::testing::ExitedWithCode(1), "\"it cannot be used\",\"why\":\"wrong password\"");
}

TEST(StartDeathTest, RefusesBadFlagsInOneLine) {
  const char* bad[] = {"program", "--db_port=x"};
  EXPECT_EXIT(StartStore("risk", 2, bad), ::testing::ExitedWithCode(2),
              "^heitie-risk: --db_port: \"x\" is not a whole number from 1 to 65535\n$");
  const char* incomplete[] = {"program"};
  EXPECT_EXIT(StartStore("risk", 1, incomplete), ::testing::ExitedWithCode(2), "^heitie-risk: --jwks must be set");
  // A process without a database has no flags for one.
  EXPECT_EXIT(Start("risk", 2, bad), ::testing::ExitedWithCode(2), "there is no flag --db_port");
  const char* help[] = {"program", "--help"};
  EXPECT_EXIT(StartStore("risk", 2, help), ::testing::ExitedWithCode(0), "");
}

TEST(StartDeathTest, TellsTheVersion) {
  const char* arguments[] = {"program", "--version"};
  EXPECT_EXIT(StartStore("risk", 2, arguments), ::testing::ExitedWithCode(0), "");
}

// Whoever checks learns of everything at once.
TEST(ProblemsTest, NamesEverythingThatIsWrong) {
  config::ServiceConfig config;
  config.jwks = "/nowhere/jwks.json";
  config.personal_key_file = "/nowhere/keys";
  config.db_socket = "/nowhere/db.sock";
  config.migrations = "/nowhere";
  config.targets = {{"planning", "127.0.0.1:1"}};
  const std::vector<std::string> problems = ProblemsOf("risk", config, /*has_store=*/true, {"--queue: \"x\" is no number"});
  EXPECT_THAT(problems,
              ::testing::ElementsAre(StartsWith("--queue"), HasSubstr("/nowhere/jwks.json"), HasSubstr("/nowhere/keys"),
                                     HasSubstr("--migrations"), StartsWith("the database: "), StartsWith("--targets must name personnel"),
                                     StartsWith("the target planning (127.0.0.1:1): ")));
}

TEST(StartDeathTest, AProcessThatChecksTellsAllAndEnds) {
  const char* bad[] = {"program", "--check", "--db_port=x", "--workers=0", "--listen=nowhere", "--db_socket=/nowhere/db.sock"};
  EXPECT_EXIT(StartStore("risk", 6, bad), ::testing::ExitedWithCode(1), "");
}

TEST(StartDeathTest, RefusesCertificatesThatCannotBeUsed) {
  const char* missing[] = {"program", "--jwks=k", "--tls_ca=/nowhere/ca.pem", "--tls_cert=/nowhere/a.pem", "--tls_key=/nowhere/a.key"};
  EXPECT_EXIT(Start("risk", 5, missing), ::testing::ExitedWithCode(2), "^heitie-risk: cannot read the CA certificate /nowhere/ca.pem");
}

TEST(StartDeathTest, TakesAndChecksFlagsOfTheProcess) {
  const char* arguments[] = {"program", "--jwks=k", "--http_listen=x"};
  std::string http_listen;
  auto add = [&](config::Flags& flags) { flags.Add("http_listen", &http_listen, "HTTP."); };
  EXPECT_EQ(Start("gateway", 3, arguments, add).jwks, "k");
  EXPECT_EQ(http_listen, "x");
  auto refuse = [] { return absl::InvalidArgumentError("--http_listen: no"); };
  EXPECT_EXIT(Start("gateway", 3, arguments, add, refuse), ::testing::ExitedWithCode(2), "^heitie-gateway: --http_listen: no\n$");
}

TEST(FailDeathTest, SaysWhyAndEnds) {
  EXPECT_EXIT(Fail("cannot listen", absl::FailedPreconditionError("port taken")), ::testing::ExitedWithCode(1),
              "\"cannot listen\",\"why\":\"port taken\",\"code\":\"FAILED_PRECONDITION\"");
}

}  // namespace
}  // namespace heitie::service
