#include "services/gateway/rest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/gateway/api_testing.h"
#include "services/gateway/compression.h"

namespace heitie::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kProject[] = "/v1/projects/a";
constexpr char kSubmit[] = "/v1/projects/a:submit";
constexpr char kUpdate[] = R"({"title":"T","etag":"3"})";

class RestTest : public ApiTest {};

std::string ReasonIn(const http::Response& response) { return Error(response)["details"][0]["reason"]; }

// ---- HEAD, OPTIONS, CORS

TEST_F(RestTest, HeadIsAnsweredLikeGet) {
  const http::Response get = Ask("GET", kProject), head = Ask("HEAD", kProject);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.Get("ETag"), get.headers.Get("ETag"));
  EXPECT_EQ(head.headers.Get("Content-Type"), "application/json");
  EXPECT_EQ(Ask("HEAD", "/v1/projects/missing").status, 404);
  EXPECT_EQ(Ask("HEAD", "/v1/nothing").status, 404);
  EXPECT_EQ(Ask("HEAD", kSubmit).status, 405);
  EXPECT_EQ(Ask("HEAD", "/openapi.json", "", {}, "").status, 200);
  const http::Response stream = Ask("HEAD", "/v1/activities/open/counters:watch");
  EXPECT_EQ(stream.headers.Get("Content-Type"), "application/x-ndjson");
  EXPECT_EQ(stream.body, "") << "a head takes no stream";
}

TEST_F(RestTest, OptionsTellWhatAPathAllows) {
  for (const auto& [path, allowed] :
       std::vector<std::pair<std::string, std::string>>{{kProject, "GET, HEAD, PATCH, OPTIONS"},
                                                        {kSubmit, "POST, OPTIONS"},
                                                        {"/healthz", "GET, HEAD, OPTIONS"},
                                                        {"/openapi.json", "GET, HEAD, OPTIONS"},
                                                        {absl::StrCat("/", kPlanning, "/GetProject"), "GET, HEAD, POST, OPTIONS"},
                                                        {absl::StrCat("/", kPlanning, "/CreateProject"), "POST, OPTIONS"},
                                                        {absl::StrCat("/", kTalk, "/Talk"), "POST, OPTIONS"}}) {
    const http::Response response = Ask("OPTIONS", path, "", {}, "");
    EXPECT_EQ(response.status, 204) << path;
    EXPECT_EQ(response.headers.Get("Allow"), allowed) << path;
    EXPECT_EQ(response.headers.Get("Access-Control-Allow-Origin"), "");
  }
  EXPECT_EQ(Ask("OPTIONS", "*", "", {}, "").status, 204);
  EXPECT_EQ(Ask("OPTIONS", "/v1/nothing", "", {}, "").status, 404);
}

TEST_F(RestTest, PagesOfAllowedOriginsMayReadAnswers) {
  const http::Response preflight =
      Ask("OPTIONS", kProject, "", {{"Origin", "https://portal.example"}, {"Access-Control-Request-Method", "PATCH"}}, "");
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.headers.Get("Access-Control-Allow-Origin"), "https://portal.example");
  EXPECT_EQ(preflight.headers.Get("Access-Control-Allow-Methods"), "GET, HEAD, PATCH, OPTIONS");
  // Refusals too, or the page could not tell why; and pages of the contract.
  for (const auto& [path, token] : std::vector<std::pair<std::string, std::string>>{
           {kProject, "manager"}, {kProject, ""}, {"/v1/nothing", ""}, {"/openapi.json", ""}}) {
    const http::Response response = Ask("GET", path, "", {{"Origin", "https://portal.example"}}, token);
    EXPECT_EQ(response.headers.Get("Access-Control-Allow-Origin"), "https://portal.example") << path;
    EXPECT_THAT(response.headers.Get("Access-Control-Expose-Headers"), HasSubstr("ETag"));
    EXPECT_THAT(response.headers.Get("Vary"), HasSubstr("Origin"));
  }
}

TEST_F(RestTest, OtherPagesGetThePlainAnswer) {
  for (const char* method : {"OPTIONS", "GET"}) {
    const http::Response response =
        Ask(method, kProject, "", {{"Origin", "https://evil.example"}, {"Access-Control-Request-Method", "GET"}});
    EXPECT_LT(response.status, 300);
    EXPECT_THAT(response.headers.Get("Vary"), HasSubstr("Origin")) << "or a cache would give it to others";
    for (const auto& [name, value] : response.headers.fields()) EXPECT_THAT(name, Not(StartsWith("Access-Control"))) << value;
  }
}

// ---- Conditions

TEST_F(RestTest, GetsAndChangesHaveTheEtag) {
  EXPECT_EQ(Ask("GET", kProject).headers.Get("ETag"), "\"3\"");
  EXPECT_EQ(Ask("GET", kProject).headers.Get("Cache-Control"), "private, no-cache");
  EXPECT_THAT(Ask("GET", kProject).headers.Get("Vary"), HasSubstr("Authorization"));
  const http::Response changed = Ask("PATCH", "/v1/projects/a?updateMask=title", kUpdate);
  EXPECT_EQ(changed.headers.Get("ETag"), "\"4\"") << changed.body;
  EXPECT_EQ(changed.headers.Get("Cache-Control"), "no-store");
  EXPECT_EQ(Ask("GET", "/v1/projects/untagged").headers.Get("ETag"), "");
}

TEST_F(RestTest, WhatTheClientHasIsNotSentAgain) {
  for (const char* has : {"\"3\"", "W/\"3\"", "\"1\", \"3\"", "*"}) {
    const http::Response response = Ask("GET", kProject, "", {{"If-None-Match", has}});
    EXPECT_EQ(response.status, 304) << has;
    EXPECT_EQ(response.body, "");
    EXPECT_EQ(response.headers.Get("ETag"), "\"3\"");
    EXPECT_EQ(Ask("HEAD", kProject, "", {{"If-None-Match", has}}).status, 304);
  }
  for (const char* other : {"\"4\"", "3", ""}) EXPECT_EQ(Ask("GET", kProject, "", {{"If-None-Match", other}}).status, 200) << other;
  EXPECT_EQ(Ask("GET", "/v1/projects/missing", "", {{"If-None-Match", "*"}}).status, 404);
  EXPECT_EQ(Ask("GET", kProject, "", {{"If-None-Match", "\"3\""}}, "").status, 401) << "a condition is no token";
}

TEST_F(RestTest, IfMatchIsTheEtagOfTheRequest) {
  EXPECT_EQ(Ask("PATCH", kProject, R"({"title":"T"})", {{"If-Match", "\"3\""}}).status, 200);
  EXPECT_EQ(Ask("PATCH", kProject, kUpdate, {{"If-Match", "\"3\""}}).status, 200) << "twice the same";
  EXPECT_EQ(Ask("POST", kSubmit, "{}", {{"If-Match", "\"3\""}}).status, 200);
  for (const char* has : {"*", "W/\"2\", \"3\"", "\"3\", \"3\""})
    EXPECT_EQ(Ask("POST", kSubmit, "{}", {{"If-Match", has}}).status, 200) << has;
  for (const char* tag : {"\"2\"", "W/\"3\"", "\"\"", "W/\"3\", W/\"2\""}) {
    const http::Response response = Ask("PATCH", kProject, R"({"title":"T"})", {{"If-Match", tag}});
    EXPECT_EQ(response.status, 412) << tag;
    EXPECT_EQ(Error(response)["status"], "ABORTED");
    EXPECT_EQ(Ask("POST", kSubmit, "{}", {{"If-Match", tag}}).status, 412) << tag;
  }
  const http::Response differs = Ask("POST", kSubmit, R"({"etag":"3"})", {{"If-Match", "\"2\""}});
  EXPECT_EQ(differs.status, 400);
  EXPECT_THAT(differs.body, HasSubstr(R"("field":"etag")"));
  for (const char* bad : {"3", "\"3\", \"4\"", ""}) {
    EXPECT_EQ(ReasonIn(Ask("POST", kSubmit, "{}", {{"If-Match", bad}})), "BAD_HEADER") << bad;
  }
  EXPECT_EQ(Ask("POST", kSubmit, R"({"etag":"2"})").status, 409) << "without the header it is as it was";
  EXPECT_EQ(Ask("POST", "/v1/projects", "{}", {{"If-Match", "\"3\""}}).status, 400) << "what is created has no etag yet";
}

TEST_F(RestTest, IfMatchOfAGet) {
  EXPECT_EQ(Ask("GET", kProject, "", {{"If-Match", "\"3\""}}).status, 200);
  EXPECT_EQ(ReasonIn(Ask("GET", kProject, "", {{"If-Match", "\"2\""}})), "CONDITION_FAILED");
}

TEST_F(RestTest, AnIdempotencyKeyIsTheRequestId) {
  for (const char* key : {"k-1", "\"k-1\""}) {
    EXPECT_EQ(json::parse(Ask("POST", kSubmit, "{}", {{"Idempotency-Key", key}}).body)["description"], "k-1");
    EXPECT_EQ(json::parse(Ask("PATCH", kProject, kUpdate, {{"Idempotency-Key", key}}).body)["description"], "k-1");
    EXPECT_EQ(Ask("POST", kSubmit, R"({"requestId":"k-1"})", {{"Idempotency-Key", key}}).status, 200);
  }
  const http::Response differs = Ask("POST", kSubmit, R"({"requestId":"k-2"})", {{"Idempotency-Key", "k-1"}});
  EXPECT_EQ(differs.status, 400);
  EXPECT_THAT(differs.body, HasSubstr("HEADER_DIFFERS"));
  EXPECT_THAT(differs.body, HasSubstr(R"("field":"request_id")"));
  for (const char* bad : {"", "\"\"", "a\"b"}) EXPECT_EQ(Ask("POST", kSubmit, "{}", {{"Idempotency-Key", bad}}).status, 400) << bad;
  EXPECT_EQ(Ask("GET", kProject, "", {{"Idempotency-Key", "k-1"}}).status, 200) << "a read is idempotent anyway";
}

// ---- Forms of bodies

TEST_F(RestTest, LongAnswersAreCompressedForWhoTakesThat) {
  const http::Response response = Ask("GET", "/v1/projects/long", "", {{"Accept-Encoding", "br, gzip;q=0.5"}});
  EXPECT_EQ(response.headers.Get("Content-Encoding"), "gzip");
  EXPECT_THAT(response.headers.Get("Vary"), HasSubstr("Accept-Encoding"));
  EXPECT_EQ(json::parse(*Gunzip(response.body, 1 << 20))["description"], std::string(5000, 'x'));
  for (const char* takes : {"", "br", "gzip;q=0", "identity"}) {
    EXPECT_EQ(Ask("GET", "/v1/projects/long", "", {{"Accept-Encoding", takes}}).headers.Get("Content-Encoding"), "") << takes;
  }
  EXPECT_EQ(Ask("GET", kProject, "", {{"Accept-Encoding", "gzip"}}).headers.Get("Content-Encoding"), "") << "it is short";
}

TEST_F(RestTest, CompressedRequestsAreInflatedWithinBounds) {
  const std::string body = absl::StrCat(R"({"title":")", std::string(60, 'T'), R"("})");
  const std::string padded = absl::StrCat(body, std::string(2000, ' '));
  for (const char* coding : {"gzip", "x-gzip", "GZIP"}) {
    const http::Response good = Ask("PATCH", kProject, Gzip(padded), {{"Content-Encoding", coding}, {"Content-Type", "application/json"}});
    EXPECT_EQ(good.status, 200) << good.body;
  }
  const http::Response bomb = Ask("PATCH", kProject, Gzip(std::string(3 << 20, ' ')), {{"Content-Encoding", "gzip"}});
  EXPECT_EQ(bomb.status, 413);
  EXPECT_EQ(ReasonIn(bomb), "INFLATED_TOO_LARGE");
  EXPECT_EQ(ReasonIn(Ask("PATCH", kProject, "{}", {{"Content-Encoding", "gzip"}})), "BAD_GZIP");
  const http::Response unknown = Ask("PATCH", kProject, "{}", {{"Content-Encoding", "br"}});
  EXPECT_EQ(unknown.status, 415);
  EXPECT_EQ(unknown.headers.Get("Accept-Encoding"), "gzip");
  EXPECT_EQ(Error(unknown)["code"], 415);
  EXPECT_EQ(Ask("PATCH", kProject, "{}", {{"Content-Encoding", "br"}}, "").status, 401) << "who is nobody learns nothing else";
}

TEST_F(RestTest, MediaTypesAndCharsets) {
  for (const char* type : {"", "application/json", "application/json; charset=utf-8", "Application/JSON;charset=\"UTF-8\""}) {
    http::Headers headers;
    if (*type != '\0') headers.Set("Content-Type", type);
    EXPECT_EQ(Ask("PATCH", kProject, kUpdate, headers).status, 200) << type;
  }
  for (const char* type :
       {"text/plain", "application/x-www-form-urlencoded", "application/xml", "application/json; charset=big5", "application/x-ndjson"}) {
    const http::Response response = Ask("PATCH", kProject, kUpdate, {{"Content-Type", type}});
    EXPECT_EQ(response.status, 415) << type;
    EXPECT_EQ(ReasonIn(response), "UNSUPPORTED_MEDIA");
  }
  EXPECT_EQ(Ask("GET", kProject, "", {{"Content-Type", "text/plain"}}).status, 200) << "there is no body whose form it could be";
  for (const char* type : {"application/x-ndjson; charset=big5", "application/json"}) {
    EXPECT_EQ(Ask("POST", "/v1/testing:talk", "{\"text\":\"a\"}\n", {{"Content-Type", type}}).status, 415) << type;
  }
  EXPECT_EQ(Ask("POST", "/v1/testing:talk", "", {{"Content-Type", "application/x-ndjson"}, {"Content-Encoding", "gzip"}}).status, 415);
}

// ---- Read masks

TEST_F(RestTest, OnlyTheFieldsOfTheMaskAreAnswered) {
  const http::Response whole = Ask("GET", kProject), named = Ask("GET", absl::StrCat(kProject, "?readMask=name"));
  EXPECT_EQ(named.body, R"({"name":"projects/a"})");
  EXPECT_EQ(named.headers.Get("ETag"), whole.headers.Get("ETag")) << "the version is the resource's";
  const http::Response bad = Ask("GET", absl::StrCat(kProject, "?readMask=nonsense"));
  EXPECT_EQ(bad.status, 400);
  EXPECT_EQ(Error(bad)["details"][0]["fieldViolations"][0]["field"], "read_mask");
  const http::Response stream = Ask("GET", "/v1/activities/a/counters:watch?readMask=counters.activity");
  EXPECT_THAT(stream.body, StartsWith(R"({"result":{"counters":{"activity":""}}}
)")) << stream.body;
}

// ---- Streams

TEST_F(RestTest, SilentStreamsOfEventsSendComments) {
  MakeApi(absl::Milliseconds(50));
  auto responder = std::make_shared<FakeResponder>();
  ASSERT_FALSE(Begin(responder, "GET", "/v1/activities/open/counters:watch", "", {{"Accept", "text/event-stream"}}, "manager"));
  ASSERT_TRUE(responder->WaitFor("}}\n\n:\n\n:\n\n")) << responder->written();
  EXPECT_THAT(responder->written(), StartsWith("retry: 3000\n\n"));
  responder->Close();
  open_.reset();
}

TEST_F(RestTest, SilentStreamsOfLinesSendEmptyOnes) {
  MakeApi(absl::Milliseconds(50));
  auto responder = std::make_shared<FakeResponder>();
  ASSERT_FALSE(Begin(responder, "GET", "/v1/activities/open/counters:watch", "", {}, "manager"));
  ASSERT_TRUE(responder->WaitFor("}}\n\n\n")) << responder->written();
  responder->Close();
  open_.reset();
}

TEST_F(RestTest, EventsHaveTheIdByWhichTheyGoOn) {
  const http::Response begun = Ask("GET", "/v1/alerts:watch", "", {{"Accept", "text/event-stream"}});
  EXPECT_THAT(begun.body, HasSubstr("\n\nid: from-the-beginning\ndata: {")) << begun.body;
  const http::Response again =
      Ask("GET", "/v1/alerts:watch?lastDigest=old", "", {{"Accept", "text/event-stream"}, {"Last-Event-ID", "seven"}});
  EXPECT_THAT(again.body, HasSubstr("\n\nid: from-seven\ndata: {")) << again.body;
  EXPECT_THAT(Ask("GET", "/v1/activities/a/counters:watch", "", {{"Accept", "text/event-stream"}, {"Last-Event-ID", "x"}}).body,
              Not(HasSubstr("id: ")))
      << "this one cannot go on";
}

}  // namespace
}  // namespace heitie::gateway
