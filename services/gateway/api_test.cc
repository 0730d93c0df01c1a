#include "services/gateway/api.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/test/fixture.h"
#include "google/protobuf/empty.pb.h"
#include "google/rpc/error_details.pb.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "heitie/options/v1/access.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "heitie/test/v1/talk.pb.h"
#include "nlohmann/json.hpp"

namespace heitie::gateway {
namespace {

using nlohmann::json;
using planning::v1::Project;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kPlanning[] = "heitie.planning.v1.PlanService";
constexpr char kTalk[] = "heitie.test.v1.TalkService";
constexpr char kMetrics[] = "heitie.metrics.v1.AnalysisService";
constexpr char kTraceparent[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

class FakeAuthenticator final : public rpc::Authenticator {
 public:
  bool throws = false;
  absl::StatusOr<rpc::Principal> Verify(const std::string& token) override {
    if (throws) throw std::runtime_error("secret");
    rpc::Principal principal;
    principal.name = "employees/" + token;
    if (token == "manager") {
      principal.Grant(options::v1::ROLE_OPERATIONS_MANAGER);
    } else if (token == "analyst") {
      principal.Grant(options::v1::ROLE_DATA_ANALYST);
    } else {
      return absl::UnauthenticatedError("unknown token");
    }
    return principal;
  }
};

// Answers with the text of each message.
class Talking final : public rpc::Dialogue<test::v1::TalkRequest, test::v1::TalkResponse> {
 public:
  absl::StatusOr<test::v1::TalkResponse> Answer(const rpc::Call&, const test::v1::TalkRequest& request) override {
    if (request.text() == "fatal") return status::NotFound("books/b1");
    test::v1::TalkResponse response;
    response.set_text(request.text());
    return response;
  }
  absl::StatusOr<test::v1::TalkResponse> Explain(const rpc::Call& call, const test::v1::TalkRequest& request,
                                                 const absl::Status& why) override {
    if (request.text() == "fatal") return why;
    test::v1::TalkResponse response;
    *response.mutable_status() = status::ToProto(why, call.language);
    return response;
  }
};

class Counting final : public rpc::Collector<test::v1::CountRequest, test::v1::CountResponse> {
 public:
  absl::Status Collect(const rpc::Call&, const test::v1::CountRequest&) override {
    response_.set_count(response_.count() + 1);
    return absl::OkStatus();
  }
  absl::StatusOr<test::v1::CountResponse> Finish(const rpc::Call&) override { return response_; }

 private:
  test::v1::CountResponse response_;
};

// What a handler's client would see.
class FakeResponder final : public http::Responder {
 public:
  // Of a body that is read in lines.
  explicit FakeResponder(const std::string& body = "") : lines_(absl::StrSplit(body, '\n', absl::SkipEmpty())) {}
  void ReadLine(std::function<void(absl::StatusOr<std::optional<std::string>>)> take) override {
    std::unique_lock lock(mutex_);
    std::optional<std::string> line;
    if (!lines_.empty()) {
      line = lines_.front();
      lines_.erase(lines_.begin());
    }
    lock.unlock();
    take(std::move(line));
  }
  void Send(http::Response response) override {
    std::lock_guard lock(mutex_);
    answer_ = std::move(response);
    complete_ = true;
    changed_.notify_all();
  }
  void StartStream(http::Response head) override {
    std::lock_guard lock(mutex_);
    answer_ = std::move(head);
  }
  void Write(std::string piece, std::function<void()> next) override {
    {
      std::lock_guard lock(mutex_);
      answer_.body += piece;
      changed_.notify_all();
    }
    if (next) next();
  }
  void ReadPiece(size_t, std::function<void(absl::StatusOr<std::optional<std::string>>)> take) override { take(std::nullopt); }
  void End(http::Headers) override {
    std::lock_guard lock(mutex_);
    complete_ = true;
    changed_.notify_all();
  }
  void OnClose(std::function<void()> callback) override {
    std::lock_guard lock(mutex_);
    on_close_ = std::move(callback);
  }

  const http::Response& Wait() {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(10), [this] { return complete_; }));
    return answer_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
  http::Response answer_;
  bool complete_ = false;
  std::function<void()> on_close_;
};

class ApiTest : public ::testing::Test {
 protected:
  ApiTest() : planning_(kPlanning), metrics_(kMetrics), talk_(kTalk), door_(DoorOptions()) {
    talk_.BindConversation("Talk",
                           [](const rpc::Call&) -> absl::StatusOr<std::unique_ptr<Talking>> { return std::make_unique<Talking>(); });
    talk_.BindConversation("Count",
                           [](const rpc::Call&) -> absl::StatusOr<std::unique_ptr<Counting>> { return std::make_unique<Counting>(); });
    door_.Serve(talk_);
    planning_.Bind("GetProject",
                   [this](const rpc::Call& call, const planning::v1::GetProjectRequest& request) { return GetProject(call, request); });
    planning_.Bind("CreateProject", [](const rpc::Call&, const planning::v1::CreateProjectRequest& request) -> absl::StatusOr<Project> {
      return request.project();
    });
    planning_.Bind("DeleteTask", [](const rpc::Call&, const planning::v1::DeleteTaskRequest&) -> absl::StatusOr<google::protobuf::Empty> {
      return google::protobuf::Empty();
    });
    metrics_.BindStream("WatchActivityCounters", [this](std::shared_ptr<rpc::Stream> stream) { Watch(std::move(stream)); });
    door_.Serve(planning_);
    door_.Serve(metrics_);
    std::vector<Binding> bindings = *BindingsOf(*google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(kPlanning));
    for (const char* service : {kMetrics, kTalk}) {
      const auto more = *BindingsOf(*google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(service));
      bindings.insert(bindings.end(), more.begin(), more.end());
    }
    Pages pages;
    pages.Add("/openapi.json", "application/json", R"({"openapi":"3.1.0"})");
    api_ = std::make_unique<Api>(door_, *RouteTable::Make(std::move(bindings)), std::move(pages));
  }

  rpc::Door::Options DoorOptions() {
    rpc::Door::Options options;
    options.authenticator = &authenticator_;
    options.clock = &clock_;
    return options;
  }

  absl::StatusOr<Project> GetProject(const rpc::Call& call, const planning::v1::GetProjectRequest& request) {
    {
      std::lock_guard lock(mutex_);
      call_ = call;
    }
    if (request.name() == "projects/missing") return status::NotFound(request.name());
    if (request.name() == "projects/busy") return status::RetryLater(status::kOverloaded, absl::Milliseconds(1500));
    if (request.name() == "projects/broken") return absl::InternalError("SELECT secret FROM table");
    Project project;
    project.set_name(request.name());
    project.set_title("黑鐵");
    return project;
  }

  void Watch(std::shared_ptr<rpc::Stream> stream) {
    const std::string activity = static_cast<const metrics::v1::WatchActivityCountersRequest&>(stream->request()).activity();
    if (activity == "activities/forbidden") return stream->Close(status::NotFound(activity));
    metrics::v1::WatchActivityCountersResponse response;
    for (int i = 1; i <= 3; ++i) {
      response.mutable_counters()->set_clicks(i);
      stream->Send(response);
    }
    if (activity == "activities/open") {
      {
        std::lock_guard lock(mutex_);
        open_ = stream;
      }
      // Called here and now when the client is gone already.
      stream->OnEnd([this] {
        std::lock_guard lock(mutex_);
        ended_ = true;
        changed_.notify_all();
      });
      return;
    }
    stream->Close(activity == "activities/failing" ? status::Error(status::kUnavailable, {{"what", "metrics"}}) : absl::OkStatus());
  }

  http::Response Ask(const std::string& method, const std::string& target, const std::string& body = "", http::Headers headers = {},
                     const std::string& token = "manager") {
    http::Request request;
    request.method = method;
    request.path = target.substr(0, target.find('?'));
    if (target.find('?') != std::string::npos) request.query = target.substr(target.find('?') + 1);
    if (!token.empty() && !headers.Has("Authorization")) headers.Set("Authorization", "Bearer " + token);
    request.headers = headers;
    http::Verdict verdict = api_->Judge(request);
    if (verdict.refusal.has_value()) return *std::move(verdict.refusal);
    request.finding = verdict.finding;
    if (!verdict.lines) request.body = body;
    auto responder = std::make_shared<FakeResponder>(body);
    api_->Handle(std::move(request), responder);
    return responder->Wait();
  }
  http::Response Connect(const std::string& method, const std::string& body, http::Headers headers = {{"Content-Type", "application/json"}},
                         const std::string& token = "manager") {
    return Ask("POST", absl::StrCat("/", kPlanning, "/", method), body, std::move(headers), token);
  }
  // The same behind sockets.
  std::unique_ptr<http::Server> Listen() {
    auto server = api_->Listen({.address = "127.0.0.1:0"});
    EXPECT_TRUE(server.ok()) << server.status();
    return *std::move(server);
  }
  static int Connected(int port) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    return fd;
  }
  static void Say(int fd, const std::string& bytes) {
    ASSERT_EQ(send(fd, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  }
  static std::string HearAnswer(int fd) {
    std::string heard;
    char buffer[4096];
    for (ssize_t n; heard.find("}") == std::string::npos && (n = recv(fd, buffer, sizeof(buffer), 0)) > 0;) heard.append(buffer, n);
    close(fd);
    return heard;
  }
  rpc::Call LastCall() {
    std::lock_guard lock(mutex_);
    return call_;
  }

  time::SystemClock clock_;
  FakeAuthenticator authenticator_;
  rpc::Service planning_, metrics_, talk_;
  std::mutex mutex_;
  std::condition_variable changed_;
  rpc::Call call_;
  std::shared_ptr<rpc::Stream> open_;
  bool ended_ = false;
  rpc::Door door_;
  std::unique_ptr<Api> api_;
};

json Error(const http::Response& response) { return json::parse(response.body)["error"]; }

TEST_F(ApiTest, AnswersAMethodAsJson) {
  const http::Response response = Ask("GET", "/v1/projects/spring");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.Get("Content-Type"), "application/json");
  EXPECT_EQ(response.headers.Get("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(response.headers.Get("Access-Control-Allow-Origin"), "");
  const json project = json::parse(response.body);
  EXPECT_EQ(project["name"], "projects/spring");
  EXPECT_EQ(project["title"], "黑鐵");
  EXPECT_EQ(project["state"], "STATE_UNSPECIFIED");
}

TEST_F(ApiTest, TakesABody) {
  const http::Response response = Ask("POST", "/v1/projects?projectId=x",
                                      R"({"title":"T","planPeriod":"planPeriods/a","owner":"employees/a","currencyCode":"TWD",)"
                                      R"("startDate":{"year":2026,"month":1,"day":1},"endDate":{"year":2026,"month":2,"day":1}})");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(json::parse(response.body)["currencyCode"], "TWD");
}

TEST_F(ApiTest, EmptyAnswersAreEmptyObjects) { EXPECT_EQ(Ask("DELETE", "/v1/projects/a/tasks/b").body, "{}"); }

TEST_F(ApiTest, HandsOnTraceLanguageTokenAndDeadline) {
  const http::Response response =
      Ask("GET", "/v1/projects/spring", "", {{"traceparent", kTraceparent}, {"Accept-Language", "zh-TW"}, {"X-Request-Timeout", "5"}});
  EXPECT_EQ(response.headers.Get("X-Trace-Id"), "0af7651916cd43dd8448eb211c80319c");
  const rpc::Call call = LastCall();
  EXPECT_EQ(call.trace_id, "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(call.language, status::Language::kTraditionalChinese);
  EXPECT_EQ(call.token, "manager");
  EXPECT_EQ(call.principal.name, "employees/manager");
  EXPECT_LE(call.deadline, absl::Now() + absl::Seconds(5));
}

TEST_F(ApiTest, EveryAnswerHasATraceId) {
  for (const char* path : {"/v1/projects/a", "/nowhere", "/healthz", "/v1/projects/missing"}) {
    EXPECT_EQ(Ask("GET", path).headers.Get("X-Trace-Id").size(), 32u) << path;
  }
}

TEST_F(ApiTest, ErrorsAreGoogleRpcStatus) {
  const http::Response response = Ask("GET", "/v1/projects/missing", "", {{"Accept-Language", "en;q=0.5"}, {"accept-language", "zh-CN"}});
  EXPECT_EQ(response.status, 404);
  const json error = Error(response);
  EXPECT_EQ(error["code"], 404);
  EXPECT_EQ(error["status"], "NOT_FOUND");
  EXPECT_EQ(error["message"], "projects/missing does not exist.");
  bool info = false, localized = false;
  for (const json& detail : error["details"]) {
    if (detail["@type"] == "type.googleapis.com/google.rpc.ErrorInfo") info = detail["reason"] == "NOT_FOUND";
    if (detail["@type"] == "type.googleapis.com/google.rpc.LocalizedMessage") localized = detail["message"] == "projects/missing 不存在。";
  }
  EXPECT_TRUE(info) << error;
  EXPECT_TRUE(localized) << error;
}

TEST_F(ApiTest, RetryInfoBecomesRetryAfter) {
  const http::Response response = Ask("GET", "/v1/projects/busy");
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(response.headers.Get("Retry-After"), "2");
}

TEST_F(ApiTest, InternalErrorsDoNotLeak) {
  const http::Response response = Ask("GET", "/v1/projects/broken");
  EXPECT_EQ(response.status, 500);
  EXPECT_THAT(response.body, Not(HasSubstr("SELECT")));
}

TEST_F(ApiTest, NothingWithoutAToken) {
  const std::string connect = absl::StrCat("/", kPlanning, "/GetProject");
  for (const auto& [method, path] : std::vector<std::pair<std::string, std::string>>{{"GET", "/v1/projects/a"},
                                                                                     {"POST", "/v1/projects"},
                                                                                     {"GET", "/v1/activities/a/counters:watch"},
                                                                                     {"POST", connect}}) {
    for (const char* token : {"", "stranger"}) {
      const http::Response response = Ask(method, path, "not json", {{"Content-Type", "application/json"}}, token);
      EXPECT_EQ(response.status, 401) << method << " " << path;
      EXPECT_THAT(response.headers.Get("WWW-Authenticate"), StartsWith("Bearer"));
    }
  }
  EXPECT_EQ(Ask("GET", "/v1/projects/a", "", {{"Authorization", "Basic bWFuYWdlcjo="}}).status, 401);
}

TEST_F(ApiTest, RolesAreCheckedBeforeTheBodyIsJudged) {
  EXPECT_EQ(Ask("POST", "/v1/projects", "{}", {}, "analyst").status, 403);
  EXPECT_EQ(Ask("POST", "/v1/projects", "not json", {}, "analyst").status, 403);
  EXPECT_EQ(Connect("CreateProject", "not json", {{"Content-Type", "application/json"}}, "analyst").status, 403);
}

// The answer comes, and the connection ends, although nothing of the body does: at every door.
TEST_F(ApiTest, ARequestIsJudgedWhenItsHeadHasCome) {
  const auto server = Listen();
  const std::string connect = absl::StrCat("/", kPlanning, "/CreateProject");
  for (const std::string& path : {std::string("/v1/projects"), connect}) {
    for (const auto& [token, code] :
         std::vector<std::pair<std::string, std::string>>{{"", "401"}, {"stranger", "401"}, {"analyst", "403"}}) {
      const int fd = Connected(server->port());
      Say(fd, absl::StrCat("POST ", path, " HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nAuthorization: Bearer ", token,
                           "\r\nExpect: 100-continue\r\nContent-Length: 4000000\r\n\r\n"));
      EXPECT_THAT(HearAnswer(fd), StartsWith(absl::StrCat("HTTP/1.1 ", code, " "))) << path << token;
    }
  }
  for (const auto& [request, code] : std::vector<std::pair<std::string, std::string>>{
           {"POST /openapi.json", "405"}, {"POST /v1/nothing", "404"}, {"PUT /v1/projects/a", "405"}}) {
    const int fd = Connected(server->port());
    Say(fd, absl::StrCat(request, " HTTP/1.1\r\nHost: h\r\nContent-Length: 4000000\r\n\r\n{"));
    EXPECT_THAT(HearAnswer(fd), StartsWith(absl::StrCat("HTTP/1.1 ", code, " "))) << request;
  }
}

// Times that protobuf's own functions do not survive, in a body, in a query, in either spelling.
TEST_F(ApiTest, TimesThatNobodyCanTellNameTheirFields) {
  for (const char* time : {"9999-12-31T23:59:59-01:00", "9999-12-31T23:59:59-00:01", "0001-01-01T00:00:00+08:00"}) {
    const std::string body = absl::StrCat(R"({"title":"x","create_time":")", time, R"("})");
    EXPECT_EQ(Ask("POST", "/v1/projects", body, {}, "").status, 401);
    http::Response response = Ask("POST", "/v1/projects", body);
    EXPECT_EQ(response.status, 400) << time;
    EXPECT_THAT(response.body, HasSubstr(R"("field":"project.create_time")"));
    response = Connect("CreateProject", absl::StrCat(R"({"project":{"createTime":")", time, R"("}})"));
    EXPECT_EQ(response.status, 400) << time;
  }
}

TEST_F(ApiTest, OneTokenOfBoundedLength) {
  http::Response response = Ask("GET", "/v1/projects/a", "", {{"Authorization", "Bearer " + std::string(4097, 'x')}});
  EXPECT_EQ(response.status, 401);
  EXPECT_THAT(response.body, HasSubstr("longer than 4096 bytes"));
  response = Ask("GET", "/v1/projects/a", "", {{"Authorization", "Bearer manager"}, {"authorization", "Bearer analyst"}});
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.body, HasSubstr("BAD_HEADER"));
}

TEST_F(ApiTest, WhatThrowsIsAnswered) {
  authenticator_.throws = true;
  const http::Response response = Ask("GET", "/v1/projects/a");
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(Error(response)["details"][0]["reason"], "INTERNAL");
  EXPECT_THAT(response.body, HasSubstr(response.headers.Get("X-Trace-Id")));
  EXPECT_THAT(response.body, Not(HasSubstr("secret")));
}

TEST_F(ApiTest, BadRequestsNameTheirFields) {
  http::Response response = Ask("POST", "/v1/projects", R"({"colour":1})");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(Error(response)["status"], "INVALID_ARGUMENT");
  EXPECT_THAT(response.body, HasSubstr(R"("field":"project.colour")"));
  response = Ask("GET", "/v1/projects?colour=1&pageSize=x");
  EXPECT_THAT(response.body, HasSubstr(R"("field":"colour")"));
  EXPECT_THAT(response.body, HasSubstr(R"("field":"page_size")"));
  // What the contract's rules forbid is the door's to find.
  response = Ask("POST", "/v1/projects", "{}");
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.body, HasSubstr(R"("field":"project.title")"));
}

TEST_F(ApiTest, UnknownPathsAndMethods) {
  EXPECT_EQ(Ask("GET", "/v1/nothing").status, 404);
  EXPECT_EQ(Error(Ask("GET", "/v1/nothing"))["status"], "NOT_FOUND");
  const http::Response response = Ask("PUT", "/v1/projects/a");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.headers.Get("Allow"), "GET, PATCH");
  EXPECT_EQ(Error(response)["code"], 405);
  EXPECT_EQ(Ask("POST", "/openapi.json").status, 405);
  EXPECT_EQ(Ask("POST", "/heitie.planning.v1.Nothing/GetProject").status, 404);
}

TEST_F(ApiTest, MalformedHeaders) {
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{{"X-Request-Timeout", "soon"},
                                                                                    {"X-Request-Timeout", "-1s"},
                                                                                    {"grpc-timeout", "5"},
                                                                                    {"grpc-timeout", "123456789S"},
                                                                                    {"Connect-Timeout-Ms", "1.5"}}) {
    const http::Response response = Ask("GET", "/v1/projects/a", "", {{name, value}});
    EXPECT_EQ(response.status, 400) << name << value;
    EXPECT_THAT(response.body, HasSubstr("BAD_HEADER"));
  }
  EXPECT_EQ(Ask("POST", "/v1/projects", "{}", {{"Content-Encoding", "gzip"}}).status, 415);
}

TEST_F(ApiTest, ADeadlineInThePastIsExceeded) { EXPECT_EQ(Ask("GET", "/v1/projects/a", "", {{"X-Request-Timeout", "0"}}).status, 504); }

TEST_F(ApiTest, HealthIsOpenAndFollowsTheProcess) {
  EXPECT_EQ(Ask("GET", "/healthz", "", {}, "").status, 503);
  api_->SetServing(true);
  EXPECT_EQ(Ask("GET", "/healthz", "", {}, "").body, R"({"status":"SERVING"})");
}

TEST_F(ApiTest, PagesAreForEverybody) {
  for (const char* token : {"analyst", "", "nobody"}) {
    const http::Response page = Ask("GET", "/openapi.json", "", {}, token);
    EXPECT_EQ(page.body, R"({"openapi":"3.1.0"})") << token;
    EXPECT_NE(page.headers.Get("X-Trace-Id"), "");
    EXPECT_EQ(Ask("GET", "/openapi.json", "", {{"If-None-Match", page.headers.Get("ETag")}}, token).status, 304);
  }
}

// ---- Connect ----

TEST_F(ApiTest, ConnectSpeaksJsonAndProto) {
  http::Response response = Connect("GetProject", R"({"name":"projects/a"})",
                                    {{"Content-Type", "application/json; charset=utf-8"}, {"Connect-Protocol-Version", "1"}});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(json::parse(response.body)["name"], "projects/a");
  planning::v1::GetProjectRequest request;
  request.set_name("projects/b");
  response = Connect("GetProject", request.SerializeAsString(), {{"Content-Type", "application/proto"}});
  EXPECT_EQ(response.headers.Get("Content-Type"), "application/proto");
  Project project;
  ASSERT_TRUE(project.ParseFromString(response.body));
  EXPECT_EQ(project.name(), "projects/b");
}

TEST_F(ApiTest, ConnectErrorsHaveItsShape) {
  const http::Response response = Connect("GetProject", R"({"name":"projects/missing"})");
  EXPECT_EQ(response.status, 404);
  const json error = json::parse(response.body);
  EXPECT_EQ(error["code"], "not_found");
  EXPECT_EQ(error["message"], "projects/missing does not exist.");
  bool found = false;
  for (const json& detail : error["details"]) {
    google::rpc::ErrorInfo info;
    std::string bytes;
    ASSERT_TRUE(absl::Base64Unescape(detail["value"].get<std::string>(), &bytes));
    if (detail["type"] == "google.rpc.ErrorInfo") found = info.ParseFromString(bytes) && info.reason() == "NOT_FOUND";
  }
  EXPECT_TRUE(found) << response.body;
}

TEST_F(ApiTest, ConnectRefusesWhatItDoesNotSpeak) {
  EXPECT_EQ(Connect("GetProject", "{}", {{"Content-Type", "text/plain"}}).status, 415);
  EXPECT_EQ(Connect("GetProject", "{}", {}).status, 415);
  EXPECT_EQ(Connect("GetProject", "{}", {{"Content-Type", "application/json"}, {"Content-Encoding", "gzip"}}).status, 415);
  EXPECT_EQ(Connect("GetProject", "{}", {{"Content-Type", "application/json"}, {"Connect-Protocol-Version", "2"}}).status, 400);
  EXPECT_EQ(Connect("GetProject", "\xff\xff", {{"Content-Type", "application/proto"}}).status, 400);
  EXPECT_EQ(Connect("GetProject", "[]").status, 400);
  EXPECT_EQ(Ask("GET", absl::StrCat("/", kPlanning, "/GetProject")).status, 405);
  EXPECT_EQ(Ask("POST", absl::StrCat("/", kMetrics, "/WatchActivityCounters"), "{}", {{"Content-Type", "application/json"}}).status, 415);
}

TEST_F(ApiTest, ConnectTimeout) {
  Connect("GetProject", R"({"name":"projects/a"})", {{"Content-Type", "application/json"}, {"Connect-Timeout-Ms", "2000"}});
  EXPECT_LE(LastCall().deadline, absl::Now() + absl::Seconds(2));
}

// ---- Streams ----

TEST_F(ApiTest, StreamsAreLinesOfJson) {
  const http::Response response = Ask("GET", "/v1/activities/a/counters:watch");
  EXPECT_EQ(response.headers.Get("Content-Type"), "application/x-ndjson");
  std::vector<std::string> lines = absl::StrSplit(response.body, '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(json::parse(lines[2])["result"]["counters"]["clicks"], "3");
}

TEST_F(ApiTest, StreamsAreEventsWhenAsked) {
  const http::Response response = Ask("GET", "/v1/activities/failing/counters:watch", "", {{"Accept", "text/event-stream"}});
  EXPECT_EQ(response.headers.Get("Content-Type"), "text/event-stream");
  EXPECT_THAT(response.body, StartsWith("data: {\"counters\":"));
  EXPECT_THAT(response.body, HasSubstr("\n\nevent: error\ndata: {\"code\":503,\"status\":\"UNAVAILABLE\""));
}

TEST_F(ApiTest, AStreamThatFailsLateEndsWithTheError) {
  const http::Response response = Ask("GET", "/v1/activities/failing/counters:watch");
  EXPECT_EQ(response.status, 200);
  std::vector<std::string> lines = absl::StrSplit(response.body, '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(json::parse(lines[3])["error"]["status"], "UNAVAILABLE");
}

TEST_F(ApiTest, AStreamThatFailsAtOnceIsAnError) { EXPECT_EQ(Ask("GET", "/v1/activities/forbidden/counters:watch").status, 404); }

// Over a socket: what is sent arrives before the stream ends, and a client that goes away ends the handler's stream.
TEST_F(ApiTest, AStreamOverASocketIsUnbufferedAndCancelled) {
  const auto server = Listen();
  const int fd = Connected(server->port());
  Say(fd, "GET /v1/activities/open/counters:watch HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer manager\r\n\r\n");
  std::string heard;
  char buffer[4096];
  while (heard.find("\"clicks\":\"3\"") == std::string::npos) {
    const ssize_t n = recv(fd, buffer, sizeof(buffer), 0);
    ASSERT_GT(n, 0) << heard;
    heard.append(buffer, n);
  }
  close(fd);
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(10), [this] { return ended_; }));
  open_.reset();
}

// ---- Streams of requests ----

constexpr char kNdjson[] = "application/x-ndjson";

TEST_F(ApiTest, MessagesAndAnswersAreLinesOfJson) {
  const http::Response response = Ask("POST", "/v1/testing:talk", "{\"text\":\"a\"}\n{}\n{\"text\":\"黑鐵\"}\n",
                                      {{"Content-Type", kNdjson}, {"Accept-Language", "zh-TW"}});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.Get("Content-Type"), kNdjson);
  std::vector<std::string> lines = absl::StrSplit(response.body, '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), 3u) << response.body;
  EXPECT_EQ(lines[0], R"({"result":{"text":"a"}})");
  EXPECT_EQ(json::parse(lines[1])["result"]["status"]["code"], 3) << "a bad message is answered, and the stream goes on";
  EXPECT_EQ(lines[2], R"({"result":{"text":"黑鐵"}})");
}

TEST_F(ApiTest, ManyMessagesHaveOneAnswer) {
  const http::Response response = Ask("POST", "/v1/testing:count", "{\"text\":\"a\"}\n{\"text\":\"b\"}\n", {{"Content-Type", kNdjson}});
  EXPECT_EQ(response.headers.Get("Content-Type"), "application/json");
  EXPECT_EQ(response.body, R"({"count":"2"})");
  EXPECT_EQ(Ask("POST", "/v1/testing:count", "{\"text\":\"a\"}\n{}\n", {{"Content-Type", kNdjson}}).status, 400);
}

TEST_F(ApiTest, ALineThatIsNoMessageEndsTheStream) {
  for (const char* bad : {"{\"text\":", "[]", "{\"unknown\":1}", "{\"text\":1}", "{\"text\":\"a\"}{}"}) {
    const http::Response response =
        Ask("POST", "/v1/testing:talk", absl::StrCat("{\"text\":\"a\"}\n", bad, "\n{\"text\":\"b\"}\n"), {{"Content-Type", kNdjson}});
    std::vector<std::string> lines = absl::StrSplit(response.body, '\n', absl::SkipEmpty());
    ASSERT_EQ(lines.size(), 2u) << response.body;
    EXPECT_EQ(json::parse(lines[1])["error"]["status"], "INVALID_ARGUMENT") << bad;
    EXPECT_EQ(Ask("POST", "/v1/testing:talk", bad, {{"Content-Type", kNdjson}}).status, 400) << "before there is any answer";
  }
}

TEST_F(ApiTest, AStreamOfRequestsThatFailsEndsWithTheError) {
  const http::Response late = Ask("POST", "/v1/testing:talk", "{\"text\":\"a\"}\n{\"text\":\"fatal\"}\n", {{"Content-Type", kNdjson}});
  EXPECT_EQ(late.status, 200);
  EXPECT_THAT(late.body, HasSubstr("\n{\"error\":{\"code\":404,\"status\":\"NOT_FOUND\""));
  EXPECT_EQ(Ask("POST", "/v1/testing:talk", "{\"text\":\"fatal\"}\n", {{"Content-Type", kNdjson}}).status, 404);
  EXPECT_EQ(Ask("POST", "/v1/testing:talk", "", {{"Content-Type", kNdjson}}).body, "") << "nothing said, nothing answered";
}

TEST_F(ApiTest, StreamsOfRequestsAreNeitherJsonNorConnect) {
  EXPECT_EQ(Ask("POST", "/v1/testing:talk", "{}", {{"Content-Type", "application/json"}}).status, 415);
  for (const char* type : {"application/json", "application/proto", "application/connect+json", "application/grpc-web", kNdjson}) {
    EXPECT_EQ(Ask("POST", absl::StrCat("/", kTalk, "/Talk"), "{}", {{"Content-Type", type}}).status, 415) << type;
  }
  EXPECT_EQ(Ask("POST", "/v1/testing:talk", "{}", {{"Content-Type", kNdjson}}, "analyst").status, 403);
}

// Over a socket: an answer comes before the next message is said, a line may come in pieces, and the end of the body ends the stream.
TEST_F(ApiTest, AConversationOverASocket) {
  const auto server = Listen();
  const int fd = Connected(server->port());
  std::string heard;
  const auto hear = [&](const std::string& what) {
    char buffer[4096];
    for (ssize_t n; heard.find(what) == std::string::npos && (n = recv(fd, buffer, sizeof(buffer), 0)) > 0;) heard.append(buffer, n);
    EXPECT_THAT(heard, HasSubstr(what));
  };
  const auto chunk = [&](const std::string& bytes) { Say(fd, absl::StrCat(absl::Hex(bytes.size()), "\r\n", bytes, "\r\n")); };
  Say(fd, absl::StrCat("POST /v1/testing:talk HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer manager\r\nContent-Type: ", kNdjson,
                       "\r\nTransfer-Encoding: chunked\r\n\r\n"));
  chunk("{\"text\":\"one\"}\n{\"te");
  hear("{\"result\":{\"text\":\"one\"}}\n");
  chunk("xt\":\"two\"}\n\n");
  hear("{\"result\":{\"text\":\"two\"}}\n");
  Say(fd, "0\r\n\r\n");
  hear("\r\n0\r\n\r\n");
  close(fd);
}

// While the body is still coming.
TEST_F(ApiTest, AnErrorOverASocketReachesWhoStillSends) {
  const auto server = Listen();
  const int fd = Connected(server->port());
  Say(fd, absl::StrCat("POST /v1/testing:talk HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer manager\r\nContent-Type: ", kNdjson,
                       "\r\nContent-Length: 100000000\r\n\r\n{\"text\":\"one\"}\nno JSON\n", std::string(100'000, 'x')));
  std::string heard;
  char buffer[4096];
  for (ssize_t n; heard.find("0\r\n\r\n") == std::string::npos && (n = recv(fd, buffer, sizeof(buffer), 0)) > 0;) heard.append(buffer, n);
  EXPECT_THAT(heard, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(heard, HasSubstr("{\"result\":{\"text\":\"one\"}}\n"));
  EXPECT_THAT(heard, HasSubstr("\"reason\":\"MALFORMED_JSON\""));
  close(fd);
}

TEST_F(ApiTest, ADrainAnswersWhatWasSaidAndSendsTheClientElsewhere) {
  const auto server = Listen();
  const int fd = Connected(server->port());
  Say(fd, absl::StrCat("POST /v1/testing:talk HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer manager\r\nContent-Type: ", kNdjson,
                       "\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{\"text\": \"one\"}\n\r\n"));
  std::string heard;
  char buffer[4096];
  for (ssize_t n; heard.find("one") == std::string::npos && (n = recv(fd, buffer, sizeof(buffer), 0)) > 0;) heard.append(buffer, n);
  door_.Drain(absl::Now() + absl::Seconds(10));
  for (ssize_t n; (n = recv(fd, buffer, sizeof(buffer), 0)) > 0;) heard.append(buffer, n);
  EXPECT_THAT(heard, HasSubstr("{\"error\":{\"code\":503,\"status\":\"UNAVAILABLE\""));
  close(fd);
}

TEST(DeadlineOfTest, UnderstandsAllThreeHeadersAndTakesTheEarliest) {
  const absl::Time now = absl::FromUnixSeconds(1000);
  EXPECT_EQ(*DeadlineOf({}, now), absl::InfiniteFuture());
  EXPECT_EQ(*DeadlineOf({{"X-Request-Timeout", "2.5"}}, now), now + absl::Milliseconds(2500));
  EXPECT_EQ(*DeadlineOf({{"X-Request-Timeout", "500ms"}}, now), now + absl::Milliseconds(500));
  EXPECT_EQ(*DeadlineOf({{"grpc-timeout", "250m"}}, now), now + absl::Milliseconds(250));
  EXPECT_EQ(*DeadlineOf({{"grpc-timeout", "1H"}, {"connect-timeout-ms", "70"}}, now), now + absl::Milliseconds(70));
}

}  // namespace
}  // namespace heitie::gateway
