#include "services/gateway/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/rpc/error_details.pb.h"
#include "services/gateway/api_testing.h"

namespace heitie::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

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

TEST_F(ApiTest, NothingOfARequestIsLeft) {
  Ask("GET", "/v1/projects/spring");
  EXPECT_TRUE(NothingIsLeft());
  Connect("GetProject", R"({"name":"projects/a"})");
  EXPECT_TRUE(NothingIsLeft());
  Ask("GET", "/v1/activities/a/counters:watch", "", {{"Accept", "text/event-stream"}});
  EXPECT_TRUE(NothingIsLeft());
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
  for (const auto& [method, path] : std::vector<std::pair<std::string, std::string>>{
           {"GET", "/v1/projects/a"}, {"POST", "/v1/projects"}, {"GET", "/v1/activities/a/counters:watch"}, {"POST", connect}}) {
    for (const char* token : {"", "stranger"}) {
      const http::Response response = Ask(method, path, "not json", {{"Content-Type", "application/json"}}, token);
      EXPECT_EQ(response.status, 401) << method << " " << path;
      EXPECT_EQ(response.headers.Get("WWW-Authenticate"),
                *token == '\0' ? R"(Bearer realm="heitie")" : R"(Bearer realm="heitie", error="invalid_token")");
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
  EXPECT_EQ(response.headers.Get("Allow"), "GET, HEAD, PATCH, OPTIONS");
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
}

TEST_F(ApiTest, ADeadlineInThePastIsExceeded) { EXPECT_EQ(Ask("GET", "/v1/projects/a", "", {{"X-Request-Timeout", "0"}}).status, 504); }

TEST_F(ApiTest, HealthIsOpenAndFollowsTheProcess) {
  for (const char* path : {"/healthz", "/readyz"}) {
    api_->SetServing(false);
    EXPECT_EQ(Ask("GET", path, "", {}, "").status, 503);
    EXPECT_EQ(Ask("GET", "/livez", "", {}, "").status, 200) << "it lives";
    api_->SetServing(true);
    EXPECT_EQ(Ask("GET", path, "", {}, "").body, R"({"status":"SERVING"})");
    EXPECT_EQ(Ask("HEAD", path, "", {}, "").status, 200);
    EXPECT_EQ(Ask("POST", path, "", {}, "").status, 405);
  }
}

TEST_F(ApiTest, PagesAreForEverybody) {
  for (const char* token : {"analyst", "", "nobody"}) {
    const http::Response page = Ask("GET", "/openapi.json", "", {}, token);
    EXPECT_EQ(page.body, R"({"openapi":"3.1.0"})") << token;
    EXPECT_NE(page.headers.Get("X-Trace-Id"), "");
    EXPECT_EQ(Ask("GET", "/openapi.json", "", {{"If-None-Match", page.headers.Get("ETag")}}, token).status, 304);
  }
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
  EXPECT_THAT(response.body, StartsWith("retry: 3000\n\ndata: {\"counters\":"));
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

TEST_F(ApiTest, StreamsOfRequestsAreNotJson) {
  EXPECT_EQ(Ask("POST", "/v1/testing:talk", "{}", {{"Content-Type", "application/json"}}).status, 415);
  for (const char* type : {"application/json", "application/proto", kNdjson}) {
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

}  // namespace
}  // namespace heitie::gateway
