// What strangers send over HTTP stops, stalls and swells nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdlib>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/e2e/http_client.h"
#include "tests/e2e/suite.h"
#include "tests/services.h"

namespace heitie::e2e {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string kJsonHeader = "Content-Type: application/json\r\n";

std::string Manager() { return absl::StrCat("Authorization: Bearer ", Suite::Get().Token("--role MANAGER"), "\r\n"); }

HttpAnswer Knock(int port, const std::string& verb, const std::string& path, const std::string& headers = "",
                 const std::string& body = "") {
  auto answer = Exchange(port, verb, path, headers, body, absl::Now() + absl::Seconds(20));
  if (!answer.ok()) throw std::runtime_error(absl::StrCat(path, ": ", answer.status().ToString()));
  return *std::move(answer);
}
HttpAnswer Knock(const std::string& verb, const std::string& path, const std::string& headers = "", const std::string& body = "") {
  return Knock(Suite::Get().http_port(), verb, path, headers, body);
}

// Times that are none in UTC: in a body by route, in a query, in a body by Connect.
TEST(HostileHttp, TimesThatNobodyCanTellEndNoProcess) {
  const std::string query = "/v1/risks:summarize?subjects=activities/x&time=0001-01-01T00:00:00%2B08:00";
  const std::string connect = "/heitie.resource.v1.MoneyService/CreateEncumbrance";
  const std::string encumbrance = R"({"encumbrance":{"expireTime":"9999-12-31T23:59:59-00:01"}})";
  const std::string category = R"({"create_time":"9999-12-31T23:59:59-01:00"})";
  const pid_t gateway = Suite::Get().pid("gateway");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Knock("POST", "/v1/itemCategories", "", category).status, 401);
    EXPECT_EQ(Knock("GET", query).status, 401);
    EXPECT_EQ(Knock("POST", connect, kJsonHeader, encumbrance).status, 401);
  }
  HttpAnswer answer = Knock("POST", "/v1/itemCategories", Manager(), category);
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr(R"("field":"item_category.create_time")"));
  answer = Knock("GET", query, Manager());
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr(R"("field":"time")"));
  answer = Knock("POST", connect, kJsonHeader + Manager(), encumbrance);
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, StartsWith(R"({"code":"invalid_argument")"));
  // In a filter, of the service.
  answer = Knock("GET", "/v1/itemCategories?filter=create_time%20%3E%20%229999-12-31T23:59:59-01:00%22", Manager());
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr(R"("field":"filter")"));
  EXPECT_EQ(kill(gateway, 0), 0) << "it has ended";
  EXPECT_EQ(Knock("GET", "/healthz").status, 200);
}

// Parsed, the body would be 260 MB. Strangers' are not even read into memory, an entitled person's only to the bound.
TEST(HostileHttp, BodiesAreBounded) {
  std::string objects = R"({"objectives":[{})";
  while (objects.size() < (4u << 20) - 100) objects += ",{}";
  objects += "]}";
  std::vector<std::jthread> strangers;
  strangers.reserve(16);
  for (int i = 0; i < 16; ++i) {
    strangers.emplace_back([&] { EXPECT_EQ(Knock("POST", "/v1/projects", "", objects).status, 401); });
  }
  strangers.clear();
  const HttpAnswer answer = Knock("POST", "/v1/projects", Manager(), objects);
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("JSON_TOO_LARGE"));
}

class FileLimit {
 public:
  FileLimit(pid_t process, rlim_t files) : process_(process) {
    prlimit(process_, RLIMIT_NOFILE, nullptr, &before_);
    const rlimit lower = {files, before_.rlim_max};
    prlimit(process_, RLIMIT_NOFILE, &lower, nullptr);
  }
  ~FileLimit() { prlimit(process_, RLIMIT_NOFILE, &before_, nullptr); }

 private:
  const pid_t process_;
  rlimit before_ = {};
};

// At both of the gateway's HTTP ports: while the connections are there, and after they have gone.
TEST(HostileHttp, MoreConnectionsThanFilesKeepNobodyOut) {
  const int admin_port = Suite::Get().admin_port("gateway");
  FileLimit limit(Suite::Get().pid("gateway"), 256);
  for (int port : {Suite::Get().http_port(), admin_port}) {
    std::vector<std::unique_ptr<HttpConnection>> idle;
    for (int i = 0; i < 400; ++i) idle.push_back(std::make_unique<HttpConnection>(port));
    EXPECT_EQ(Knock(port, "GET", "/healthz").status, 200);
    EXPECT_EQ(Knock(admin_port, "GET", "/healthz").status, 200);
    idle.clear();
    EXPECT_EQ(Knock(port, "GET", "/healthz").status, 200);
    EXPECT_EQ(Knock(admin_port, "GET", "/healthz").status, 200);
  }
}

TEST(HostileHttp, AKeyOfAnotherCertificateStartsNothing) {
  const Suite& suite = Suite::Get();
  const std::string log = suite.Path("misfit.log");
  std::string command =
      absl::StrCat("timeout 20 ", HEITIE_BINARY_DIR, "/services/gateway/heitie-gateway --admin_listen=127.0.0.1:0",
                   " --grpc_listen=127.0.0.1:0 --http_listen=127.0.0.1:0 --jwks=", suite.Path("trust/jwks.json"),
                   " --public_cert=", suite.Path("trust/planning.pem"), " --public_key=", suite.Path("secrets/risk.key"), " --targets=");
  for (const std::string& service : Stores()) {
    absl::StrAppend(&command, service, "=127.0.0.1:1,");
  }
  command.pop_back();
  const int status = std::system(absl::StrCat(command, " 2> ", log).c_str());
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != 124) << status;
  EXPECT_EQ(std::system(absl::StrCat("grep -q ", suite.Path("secrets/risk.key"), " ", log).c_str()), 0) << "the log names no key";
}

}  // namespace
}  // namespace heitie::e2e
