// The Connect unary protocol (connectrpc.com/docs/protocol) at the gateway, as clients know it that are not ours.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/message_differencer.h"
#include "google/rpc/error_details.pb.h"
#include "heitie/planning/v1/plan_period.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "nlohmann/json.hpp"
#include "tests/e2e/http_client.h"
#include "tests/e2e/suite.h"
#include "tests/e2e/world.h"

namespace heitie::e2e {
namespace {

using ::google::protobuf::util::MessageDifferencer;
using planning::v1::Project;

constexpr char kJson[] = "application/json";
constexpr char kProto[] = "application/proto";
constexpr absl::Duration kQuick = absl::Seconds(5);

std::string PathOf(const std::string& method) { return absl::StrCat("/heitie.planning.v1.PlanService/", method); }

std::string Bearer(const std::string& role) { return absl::StrCat("Authorization: Bearer ", Suite::Get().Token("--role " + role), "\r\n"); }

// `headers` are whole lines.
HttpAnswer Ask(const std::string& verb, const std::string& path, const std::string& headers, const std::string& body) {
  auto answer = Exchange(Suite::Get().http_port(), verb, path, headers, body, absl::Now() + absl::Seconds(20));
  if (!answer.ok()) throw std::runtime_error(absl::StrCat(path, ": ", answer.status().ToString()));
  return *std::move(answer);
}

HttpAnswer Post(const std::string& method, const std::string& type, const std::string& body,
                const std::string& headers = Bearer("MANAGER")) {
  return Ask("POST", PathOf(method), absl::StrCat("Content-Type: ", type, "\r\nConnect-Protocol-Version: 1\r\n", headers), body);
}

// An error in Connect's form.
struct Failure {
  int http = 0;
  std::string code, message;
  google::rpc::ErrorInfo info;
  google::rpc::BadRequest bad_request;
};

// Base64 without padding, as the protocol has it.
std::string BytesOf(const std::string& base64) {
  std::string bytes;
  if (base64.find('=') != std::string::npos || !absl::Base64Unescape(base64, &bytes)) ADD_FAILURE() << "not unpadded base64: " << base64;
  return bytes;
}

Failure FailureOf(const HttpAnswer& answer) {
  EXPECT_EQ(answer.headers.at("content-type"), kJson);
  const nlohmann::json json = nlohmann::json::parse(answer.body);
  Failure failure;
  failure.http = answer.status;
  failure.code = json.at("code");
  failure.message = json.at("message");
  for (const auto& detail : json.at("details")) {
    const std::string type = detail.at("type"), bytes = BytesOf(detail.at("value"));
    const bool read = (type != "google.rpc.ErrorInfo" || failure.info.ParseFromString(bytes)) &&
                      (type != "google.rpc.BadRequest" || failure.bad_request.ParseFromString(bytes));
    EXPECT_TRUE(read) << "not a " << type;
  }
  return failure;
}

class Connect : public ::testing::Test {
 protected:
  const Team team_{Suite::Get().grpc()};
};

TEST_F(Connect, GetsTheSameInBothCodecs) {
  const World world(team_, "connect");
  const auto expected = team_.analyst.Do<Project>("planning.GetProject", absl::Substitute("name: '$0'", world.project()));
  planning::v1::GetProjectRequest request;
  request.set_name(world.project());

  const HttpAnswer json = Post("GetProject", kJson, absl::Substitute("{\"name\": \"$0\"}", world.project()));
  ASSERT_EQ(json.status, 200) << json.body;
  EXPECT_EQ(json.headers.at("content-type"), kJson);
  Project read;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(json.body, &read).ok()) << json.body;
  EXPECT_TRUE(MessageDifferencer::Equals(read, expected)) << read.DebugString();

  const HttpAnswer proto = Post("GetProject", kProto, request.SerializeAsString());
  ASSERT_EQ(proto.status, 200) << proto.body;
  EXPECT_EQ(proto.headers.at("content-type"), kProto);
  ASSERT_TRUE(read.ParseFromString(proto.body));
  EXPECT_TRUE(MessageDifferencer::Equals(read, expected)) << read.DebugString();
}

TEST_F(Connect, RepeatedRequestIdIsOneRequestInWhateverCodec) {
  planning::v1::CreatePlanPeriodRequest request;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "plan_period { title: 'May' cadence: CADENCE_MONTHLY start_date { year: 2026 month: 5 day: 1 } end_date { year: 2026 month: 5 "
      "day: 31 } } request_id: 'connect-1'",
      &request));
  std::string json;
  ASSERT_TRUE(google::protobuf::util::MessageToJsonString(request, &json).ok());
  const HttpAnswer first = Post("CreatePlanPeriod", kJson, json), again = Post("CreatePlanPeriod", kProto, request.SerializeAsString());
  ASSERT_EQ(first.status, 200) << first.body;
  ASSERT_EQ(again.status, 200) << again.body;
  planning::v1::PlanPeriod made, found;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(first.body, &made).ok());
  ASSERT_TRUE(found.ParseFromString(again.body));
  EXPECT_FALSE(made.name().empty());
  EXPECT_TRUE(MessageDifferencer::Equals(made, found)) << made.DebugString() << found.DebugString();
}

TEST_F(Connect, ErrorsAreConnects) {
  struct Case {
    const char* method;
    std::string body;
    std::string headers;
    int http;
    const char* code;
    const char* reason;
  };
  const World world(team_, "connect-errors");
  const std::string project = absl::Substitute("{\"name\": \"$0\"}", world.project());
  const Case cases[] = {
      {"GetProject", R"({"name": "projects/none"})", Bearer("ANALYST"), 404, "not_found", "NOT_FOUND"},
      {"GetProject", project, "", 401, "unauthenticated", "UNAUTHENTICATED"},
      {"ApproveProject", project, Bearer("SPECIALIST"), 403, "permission_denied", "PERMISSION_DENIED"},
      {"ApproveProject", project, Bearer("MANAGER"), 400, "failed_precondition", "ILLEGAL_TRANSITION"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.code);
    const Failure failure = FailureOf(Post(c.method, kJson, c.body, c.headers));
    EXPECT_EQ(failure.http, c.http);
    EXPECT_EQ(failure.code, c.code);
    EXPECT_EQ(failure.info.reason(), c.reason);
    EXPECT_FALSE(failure.message.empty());
  }
  EXPECT_THAT(FailureOf(Post("GetProject", kJson, R"({"name": "projects/none"})")).message, ::testing::HasSubstr("projects/none"));
}

// Errors are JSON whatever the request was, and name every bad field.
TEST_F(Connect, BadFieldsAreNamedInBothCodecs) {
  planning::v1::CreatePlanPeriodRequest request;
  request.mutable_plan_period()->set_cadence(planning::v1::PlanPeriod::CADENCE_MONTHLY);
  std::string json;
  ASSERT_TRUE(google::protobuf::util::MessageToJsonString(request, &json).ok());
  for (const HttpAnswer& answer : {Post("CreatePlanPeriod", kJson, json), Post("CreatePlanPeriod", kProto, request.SerializeAsString())}) {
    const Failure failure = FailureOf(answer);
    EXPECT_EQ(failure.http, 400);
    EXPECT_EQ(failure.code, "invalid_argument");
    std::vector<std::string> fields;
    for (const auto& violation : failure.bad_request.field_violations()) fields.push_back(violation.field());
    EXPECT_THAT(fields, ::testing::IsSupersetOf({"plan_period.title", "plan_period.start_date", "plan_period.end_date"}));
  }
}

TEST_F(Connect, TimeoutIsKept) {
  absl::Time asked;
  Failure failure;
  {
    const Suite::Frozen planning("planning");
    asked = absl::Now();
    failure = FailureOf(Post("ListProjects", kJson, "{}", Bearer("MANAGER") + "Connect-Timeout-Ms: 400\r\n"));
  }
  const absl::Duration waited = absl::Now() - asked;
  EXPECT_EQ(failure.http, 504);
  EXPECT_EQ(failure.code, "deadline_exceeded");
  EXPECT_EQ(failure.info.reason(), "DEADLINE_EXCEEDED");
  EXPECT_GE(waited, absl::Milliseconds(400));
  EXPECT_LT(waited, kQuick) << "as if there were no timeout";
  EXPECT_EQ(Post("ListProjects", kJson, "{}", Bearer("MANAGER") + "Connect-Timeout-Ms: 20000\r\n").status, 200);
}

// By GET, as caches like it, and what it is not to be called by.
TEST_F(Connect, GetsWhatChangesNothing) {
  const HttpAnswer get = Ask("GET", PathOf("ListProjects") + "?connect=v1&encoding=json&message=%7B%7D", Bearer("MANAGER"), "");
  EXPECT_EQ(get.status, 200) << get.body;
  EXPECT_EQ(get.headers.at("content-type"), kJson);
  const HttpAnswer changes = Ask("GET", PathOf("ApproveProject") + "?connect=v1&encoding=json&message=%7B%7D", Bearer("MANAGER"), "");
  EXPECT_EQ(changes.status, 405);
  EXPECT_EQ(changes.headers.at("allow"), "POST, OPTIONS");
}

TEST_F(Connect, RefusesWhatItDoesNotSpeak) {
  const HttpAnswer stream = Ask("POST", "/heitie.metrics.v1.AnalysisService/WatchActivityCounters",
                                absl::StrCat("Content-Type: ", kJson, "\r\n", Bearer("MANAGER")), R"({"activity": "activities/a"})");
  EXPECT_EQ(stream.status, 415);
  EXPECT_THAT(stream.headers.at("accept-post"), ::testing::StartsWith("application/connect+json, application/connect+proto"));
  EXPECT_EQ(Post("GetProject", "text/plain", "{}").status, 415);
  EXPECT_EQ(Post("NoSuchMethod", kJson, "{}").status, 404);
}

}  // namespace
}  // namespace heitie::e2e
