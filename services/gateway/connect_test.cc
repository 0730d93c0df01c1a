#include "services/gateway/connect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/rpc/error_details.pb.h"
#include "services/gateway/api_testing.h"
#include "services/gateway/compression.h"
#include "services/gateway/envelope.h"

namespace heitie::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

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
  EXPECT_EQ(Connect("GetProject", "{}", {{"Content-Type", "application/json"}, {"Connect-Protocol-Version", "2"}}).status, 400);
  EXPECT_EQ(Connect("GetProject", "\xff\xff", {{"Content-Type", "application/proto"}}).status, 400);
  EXPECT_EQ(Connect("GetProject", "[]").status, 400);
  EXPECT_EQ(Ask("POST", absl::StrCat("/", kMetrics, "/WatchActivityCounters"), "{}", {{"Content-Type", "application/json"}}).status, 415);
}

TEST_F(ApiTest, ConnectTimeout) {
  Connect("GetProject", R"({"name":"projects/a"})", {{"Content-Type", "application/json"}, {"Connect-Timeout-Ms", "2000"}});
  EXPECT_LE(LastCall().deadline, absl::Now() + absl::Seconds(2));
}

// ---- Unary, by its own specification

class ConnectTest : public ApiTest {
 protected:
  // GET, as a query.
  http::Response Get(const std::string& query, http::Headers headers = {}) {
    return Ask("GET", absl::StrCat("/", kPlanning, "/GetProject?", query), "", std::move(headers));
  }
  // A stream: its messages, and the end of it as the last.
  std::vector<std::string> Stream(const std::string& path, const std::string& body, http::Headers headers = {}, bool json = true,
                                  const std::string& token = "manager") {
    headers.Set("Content-Type", json ? "application/connect+json" : "application/connect+proto");
    const http::Response answer = Ask("POST", "/" + path, body, headers, token);
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.headers.Get("Content-Type"), headers.Get("Content-Type"));
    std::vector<std::string> messages;
    EnvelopeReader reader(8 << 20);
    reader.Put(answer.body);
    bool ended = false;
    for (auto envelope = reader.Take(); envelope.ok() && envelope->has_value(); envelope = reader.Take()) {
      EXPECT_FALSE(ended) << "nothing comes behind the end";
      ended = ((*envelope)->flags & Envelope::kConnectEnd) != 0;
      const bool compressed = ((*envelope)->flags & Envelope::kCompressed) != 0;
      EXPECT_TRUE(!compressed || answer.headers.Get("Connect-Content-Encoding") == "gzip");
      messages.push_back(compressed ? *Gunzip((*envelope)->message, 8 << 20) : (*envelope)->message);
    }
    EXPECT_TRUE(ended && reader.held() == 0) << answer.body;
    return messages;
  }
  static json ErrorOf(const std::vector<std::string>& stream) { return json::parse(stream.back()).value("error", json()); }
};

const std::string kConnectTalk = absl::StrCat(kTalk, "/Talk");
const std::string kConnectWatch = absl::StrCat(kMetrics, "/WatchActivityCounters");

std::string Text(const std::string& text) { return Enveloped(0, json{{"text", text}}.dump()); }

TEST_F(ConnectTest, GetsOfWhatChangesNothing) {
  EXPECT_EQ(json::parse(Get("connect=v1&encoding=json&message=%7B%22name%22%3A%22projects%2Fa%22%7D").body)["name"], "projects/a");
  EXPECT_EQ(json::parse(Get("encoding=json&base64=1&message=eyJuYW1lIjoicHJvamVjdHMvYSJ9").body)["name"], "projects/a")
      << "without connect";
  planning::v1::GetProjectRequest request;
  request.set_name("projects/a");
  std::string base64 = absl::WebSafeBase64Escape(request.SerializeAsString());
  const http::Response proto = Get(absl::StrCat("connect=v1&encoding=proto&base64=1&message=", base64));
  EXPECT_EQ(proto.headers.Get("Content-Type"), "application/proto");
  Project project;
  ASSERT_TRUE(project.ParseFromString(proto.body));
  EXPECT_EQ(project.name(), "projects/a");
  const std::string padded = absl::StrCat(R"({"name":"projects/a"})", std::string(500, ' '));
  base64 = absl::WebSafeBase64Escape(Gzip(padded));
  EXPECT_EQ(Get(absl::StrCat("connect=v1&encoding=json&base64=1&compression=gzip&message=", base64)).status, 200);
  EXPECT_EQ(Ask("HEAD", absl::StrCat("/", kPlanning, "/GetProject?encoding=json&message=%7B%22name%22%3A%22projects%2Fa%22%7D")).status,
            200);
}

TEST_F(ConnectTest, GetsThatAreNone) {
  for (const char* query :
       {"", "connect=v1&encoding=json", "connect=v2&encoding=json&message=%7B%7D", "connect=v1&message=%7B%7D",
        "connect=v1&encoding=xml&message=%7B%7D", "connect=v1&encoding=json&base64=yes&message=%7B%7D",
        "connect=v1&encoding=json&base64=1&message=%40", "connect=v1&encoding=json&message=%7", "encoding=json&message=1&message=2"}) {
    const http::Response response = Get(query);
    EXPECT_EQ(response.status, 400) << query;
    EXPECT_EQ(json::parse(response.body)["code"], "invalid_argument");
  }
  const http::Response unknown = Get("connect=v1&encoding=json&compression=br&message=%7B%7D");
  EXPECT_EQ(unknown.status, 501);
  EXPECT_EQ(json::parse(unknown.body)["code"], "unimplemented");
  const http::Response changes = Ask("GET", absl::StrCat("/", kPlanning, "/CreateProject?connect=v1&encoding=json&message=%7B%7D"));
  EXPECT_EQ(changes.status, 405);
  EXPECT_EQ(changes.headers.Get("Allow"), "POST, OPTIONS");
  EXPECT_EQ(Ask("GET", "/" + kConnectWatch).status, 405) << "a stream has no GET";
}

TEST_F(ConnectTest, CompressedBothWays) {
  const std::string body = absl::StrCat(R"({"name":"projects/long"})", std::string(500, ' '));
  const http::Response response =
      Connect("GetProject", Gzip(body), {{"Content-Type", "application/json"}, {"Content-Encoding", "gzip"}, {"Accept-Encoding", "gzip"}});
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.headers.Get("Content-Encoding"), "gzip");
  EXPECT_EQ(json::parse(*Gunzip(response.body, 1 << 20))["name"], "projects/long");
  const http::Response unknown = Connect("GetProject", "{}", {{"Content-Type", "application/json"}, {"Content-Encoding", "br"}});
  EXPECT_EQ(unknown.status, 501);
  EXPECT_EQ(json::parse(unknown.body)["code"], "unimplemented");
  EXPECT_THAT(json::parse(unknown.body)["message"].get<std::string>(), HasSubstr("gzip"));
  EXPECT_EQ(
      Connect("GetProject", Gzip(std::string(3 << 20, ' ')), {{"Content-Type", "application/json"}, {"Content-Encoding", "gzip"}}).status,
      429);
  EXPECT_EQ(Connect("GetProject", "{}", {{"Content-Type", "application/json; charset=big5"}}).status, 415);
}

TEST_F(ConnectTest, RefusalsSayWhatIsTaken) {
  EXPECT_THAT(Connect("GetProject", "{}", {{"Content-Type", "text/plain"}}).headers.Get("Accept-Post"),
              StartsWith("application/json, application/proto"));
  const http::Response stream = Ask("POST", "/" + kConnectWatch, "{}", {{"Content-Type", "application/json"}});
  EXPECT_EQ(stream.status, 415);
  EXPECT_THAT(stream.headers.Get("Accept-Post"), StartsWith("application/connect+json, application/connect+proto"));
  EXPECT_EQ(Connect("GetProject", "{}", {{"Content-Type", "application/connect+json"}}).status, 415);
}

// ---- Streams

TEST_F(ConnectTest, StreamsOfAnswers) {
  const auto stream = Stream(kConnectWatch, Enveloped(0, R"({"activity":"activities/a"})"), {{"traceparent", kTraceparent}});
  ASSERT_EQ(stream.size(), 4u);
  EXPECT_EQ(json::parse(stream[2])["counters"]["clicks"], "3");
  EXPECT_TRUE(ErrorOf(stream).is_null());
  EXPECT_EQ(json::parse(stream[3])["metadata"]["x-trace-id"][0], "0af7651916cd43dd8448eb211c80319c");
  metrics::v1::WatchActivityCountersRequest request;
  request.set_activity("activities/a");
  const auto binary = Stream(kConnectWatch, Enveloped(0, request.SerializeAsString()), {}, false);
  ASSERT_EQ(binary.size(), 4u);
  metrics::v1::WatchActivityCountersResponse response;
  ASSERT_TRUE(response.ParseFromString(binary[1]));
  EXPECT_EQ(response.counters().clicks(), 2);
}

TEST_F(ConnectTest, ErrorsOfStreamsAreAtTheirEnd) {
  EXPECT_EQ(ErrorOf(Stream(kConnectWatch, Enveloped(0, R"({"activity":"activities/failing"})")))["code"], "unavailable");
  const json forbidden = ErrorOf(Stream(kConnectWatch, Enveloped(0, R"({"activity":"activities/forbidden"})")));
  EXPECT_EQ(forbidden["code"], "not_found");
  EXPECT_EQ(forbidden["details"][0]["type"], "google.rpc.ErrorInfo");
  EXPECT_EQ(ErrorOf(Stream(kConnectWatch, Enveloped(0, "{}"), {}, true, ""))["code"], "unauthenticated");
  EXPECT_EQ(ErrorOf(Stream(kConnectTalk, Text("a"), {}, true, "analyst"))["code"], "permission_denied");
  EXPECT_EQ(ErrorOf(Stream(kConnectWatch, ""))["code"], "unimplemented") << "there is no message";
  EXPECT_EQ(ErrorOf(Stream(kConnectWatch, Enveloped(0, "{}") + Enveloped(0, "{}")))["code"], "unimplemented") << "there are two";
  EXPECT_EQ(ErrorOf(Stream(kConnectTalk, Text("a").substr(0, 7)))["code"], "invalid_argument") << "cut off";
  EXPECT_EQ(ErrorOf(Stream(kConnectTalk, Enveloped(0, "[]")))["code"], "invalid_argument");
  EXPECT_EQ(ErrorOf(Stream(kConnectTalk, Enveloped(Envelope::kConnectEnd, "{}")))["code"], "invalid_argument") << "only servers end so";
  EXPECT_EQ(ErrorOf(Stream(kConnectTalk, Text("a"), {{"Connect-Timeout-Ms", "0"}}))["code"], "deadline_exceeded");
  EXPECT_EQ(ErrorOf(Stream(kConnectTalk, Text("a"), {{"Connect-Timeout-Ms", "x"}}))["code"], "invalid_argument");
}

TEST_F(ConnectTest, StreamsOfRequests) {
  const auto stream = Stream(kConnectTalk, Text("one") + Text("") + Text("黑鐵"));
  ASSERT_EQ(stream.size(), 4u);
  EXPECT_EQ(json::parse(stream[0])["text"], "one");
  EXPECT_EQ(json::parse(stream[1])["status"]["code"], 3);
  EXPECT_EQ(json::parse(stream[2])["text"], "黑鐵");
  const auto count = Stream(absl::StrCat(kTalk, "/Count"), Text("a") + Text("b"));
  ASSERT_EQ(count.size(), 2u);
  EXPECT_EQ(json::parse(count[0])["count"], "2");
}

TEST_F(ConnectTest, CompressedEnvelopes) {
  const std::string padded = absl::StrCat(R"({"text":"a"})", std::string(500, ' '));
  const auto stream =
      Stream(kConnectTalk, Enveloped(Envelope::kCompressed, Gzip(padded)) + Text("b"), {{"Connect-Content-Encoding", "gzip"}});
  ASSERT_EQ(stream.size(), 3u);
  EXPECT_EQ(json::parse(stream[1])["text"], "b");
  const json unknown = ErrorOf(Stream(kConnectTalk, Text("a"), {{"Connect-Content-Encoding", "br"}}));
  EXPECT_EQ(unknown["code"], "unimplemented");
  EXPECT_THAT(unknown["message"].get<std::string>(), HasSubstr("gzip"));
  EXPECT_EQ(ErrorOf(Stream(kConnectTalk, Enveloped(Envelope::kCompressed, "x")))["code"], "invalid_argument")
      << "by nothing that was named";
  const std::string bomb = Enveloped(Envelope::kCompressed, Gzip(std::string(3 << 20, ' ')));
  EXPECT_EQ(ErrorOf(Stream(kConnectTalk, bomb, {{"Connect-Content-Encoding", "gzip"}}))["code"], "resource_exhausted");
}

TEST_F(ConnectTest, LongMessagesOfStreamsAreCompressedForWhoTakesThat) {
  const std::string reflect = "grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
  const auto stream = Stream(reflect, Enveloped(0, absl::StrCat(R"({"fileContainingSymbol":")", kPlanning, R"("})")),
                             {{"Connect-Accept-Encoding", "gzip"}});
  ASSERT_EQ(stream.size(), 2u);
  EXPECT_GT(stream[0].size(), 1000u);
  EXPECT_TRUE(json::parse(stream[0]).contains("fileDescriptorResponse"));
}

}  // namespace
}  // namespace heitie::gateway
