#include "services/gateway/transcode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/rpc/services.h"
#include "common/test/fixture.h"
#include "google/protobuf/util/message_differencer.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "heitie/risk/v1/summary.pb.h"

namespace heitie::gateway {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::util::MessageDifferencer;
using test::HasReason;
using test::IsOk;
using test::Proto;
using ::testing::HasSubstr;
using ::testing::Not;

class TranscodeTest : public ::testing::Test {
 protected:
  TranscodeTest() : table_(MakeTable()) {}

  static RouteTable MakeTable() {
    std::vector<Binding> all;
    for (const auto* service : rpc::ServicesOf()) {
      auto bindings = *BindingsOf(*service);
      all.insert(all.end(), bindings.begin(), bindings.end());
    }
    return *RouteTable::Make(std::move(all));
  }

  template <typename T>
  absl::StatusOr<T> Get(const std::string& method, const std::string& path, const std::string& query, const std::string& body = "") {
    const RouteTable::Match match = table_.Find(method, path);
    if (match.binding == nullptr) return absl::NotFoundError(path);
    EXPECT_EQ(match.binding->method->input_type(), T::descriptor());
    T request;
    const absl::Status status = Transcode(match, query, body, &request);
    if (!status.ok()) return status;
    return request;
  }

  RouteTable table_;
};

// What is no value of its type, and what breaks a rule, in one answer; nothing is told twice.
TEST_F(TranscodeTest, AllThatIsWrongIsToldAtOnce) {
  const auto request = Get<planning::v1::CreateProjectRequest>("POST", "/v1/projects", "requestId=" + std::string(65, 'x'),
                                                               R"({"title":5,"owner":"nobody"})");
  const std::vector<std::string> said = test::Violations(request.status());
  const auto times = [&](const char* start) {
    return std::count_if(said.begin(), said.end(), [&](const std::string& each) { return each.rfind(start, 0) == 0; });
  };
  EXPECT_EQ(times("project.title "), 1) << "a number is no text, which is not missing either";
  EXPECT_EQ(times("project.owner "), 1);
  EXPECT_EQ(times("project.plan_period "), 1);
  EXPECT_EQ(times("request_id "), 1);
  const google::rpc::Status zh = status::ToProto(request.status(), status::Language::kTraditionalChinese);
  google::rpc::BadRequest bad;
  for (const auto& detail : zh.details()) detail.UnpackTo(&bad);
  for (const auto& violation : bad.field_violations()) EXPECT_THAT(violation.description(), Not(HasSubstr("must"))) << "in one language";
}

TEST_F(TranscodeTest, PathAndQueryFillTheRequest) {
  const auto request = Get<planning::v1::ListTasksRequest>(
      "GET", "/v1/projects/spring/tasks", "page_size=5&pageToken=a%2Bb&filter=title+%3D+%22%E9%BB%91%E9%90%B5%22&orderBy=end_date+desc");
  ASSERT_THAT(request, IsOk());
  EXPECT_TRUE(MessageDifferencer::Equals(*request, Proto<planning::v1::ListTasksRequest>(R"pb(parent: "projects/spring"
                                                                                              page_size: 5
                                                                                              page_token: "a+b"
                                                                                              filter: 'title = "黑鐵"'
                                                                                              order_by: "end_date desc")pb")))
      << request->DebugString();
}

TEST_F(TranscodeTest, RepeatedParametersAndTimes) {
  const auto request = Get<risk::v1::SummarizeRisksRequest>("GET", "/v1/risks:summarize",
                                                            "subjects=projects/a&time=2026-01-31T09:30:00Z&subjects=activities/b");
  ASSERT_THAT(request, IsOk());
  EXPECT_THAT(request->subjects(), ::testing::ElementsAre("projects/a", "activities/b"));
  EXPECT_EQ(request->time().seconds(), 1769851800);
}

TEST_F(TranscodeTest, ABodyFieldWithTheRestInTheQuery) {
  const auto request = Get<planning::v1::UpdateProjectRequest>("PATCH", "/v1/projects/spring", "updateMask=title,planPeriod&request_id=r1",
                                                               R"({"name":"projects/other","title":"Spring"})");
  ASSERT_THAT(request, IsOk());
  // The path wins over the body.
  EXPECT_TRUE(MessageDifferencer::Equals(*request, Proto<planning::v1::UpdateProjectRequest>(R"pb(
    project { name: "projects/spring" title: "Spring" }
    update_mask { paths: "title" paths: "plan_period" }
    request_id: "r1")pb")))
      << request->DebugString();
}

TEST_F(TranscodeTest, AStarIsAMask) {
  const auto request = Get<planning::v1::UpdateProjectRequest>("PATCH", "/v1/projects/spring", "update_mask=*", R"({"title":"Spring"})");
  ASSERT_THAT(request, IsOk());
  EXPECT_THAT(request->update_mask().paths(), ::testing::ElementsAre("*"));
}

// No method of the contracts has a message with fields of its own in its query; OpenAPI lists such fields all the same.
TEST_F(TranscodeTest, NestedParametersAndDates) {
  Binding binding;
  binding.method = DescriptorPool::generated_pool()->FindMethodByName("heitie.planning.v1.PlanService.CreateProject");
  RouteTable::Match match;
  match.binding = &binding;
  planning::v1::CreateProjectRequest request;
  ASSERT_THAT(Transcode(match, "project.title=T&project.startDate=2026-01-31&project.capacity_hours_per_day=8", "", &request), IsOk());
  EXPECT_TRUE(MessageDifferencer::Equals(request, Proto<planning::v1::CreateProjectRequest>(R"pb(
                                           project {
                                             title: "T"
                                             start_date { year: 2026 month: 1 day: 31 }
                                             capacity_hours_per_day: 8
                                           })pb")))
      << request.DebugString();
  const absl::Status status =
      Transcode(match, "project.startDate=2026-02-30&project=x&project.objectives.title=x&project.title.x=1", "", &request);
  for (const char* part :
       {"project.start_date: The value must be a date", "project: ", "project.objectives.title: ", "project.title.x: "}) {
    EXPECT_THAT(std::string(status.message()), HasSubstr(part));
  }
}

TEST_F(TranscodeTest, WhatTheBodyGivesIsNoParameter) {
  EXPECT_THAT(Get<planning::v1::CreateProjectRequest>("POST", "/v1/projects", "project.title=x", "{}"), HasReason("INVALID_FIELDS"));
}

TEST_F(TranscodeTest, AWholeBodyTakesNoParameters) {
  const auto request = Get<planning::v1::SubmitProjectRequest>("POST", "/v1/projects/spring:submit", "", R"({"etag":"3","requestId":"r"})");
  ASSERT_THAT(request, IsOk());
  EXPECT_EQ(request->name(), "projects/spring");
  EXPECT_EQ(request->etag(), "3");
  EXPECT_THAT(Get<planning::v1::SubmitProjectRequest>("POST", "/v1/projects/spring:submit", "etag=3", "{}"), HasReason("INVALID_FIELDS"));
  EXPECT_THAT(Get<planning::v1::SubmitProjectRequest>("POST", "/v1/projects/spring:submit", ""), IsOk());
}

TEST_F(TranscodeTest, EveryBadParameterIsNamedAtOnce) {
  const auto request = Get<planning::v1::ListTasksRequest>(
      "GET", "/v1/projects/a/tasks",
      "page_size=many&colour=red&filter=a&filter=b&parent=projects/b&page_token=%ff&order_by=%zz&page_size.x=1");
  EXPECT_THAT(request, HasReason("INVALID_FIELDS"));
  const std::string message(request.status().message());
  for (const char* part : {"page_size: The value must be an integer", "colour: There is no query parameter colour",
                           "filter: filter is given twice", "parent: There is no query parameter parent",
                           "page_token: The value is not percent-encoded UTF-8", "order_by: ", "page_size.x: "}) {
    EXPECT_THAT(message, HasSubstr(part));
  }
}

TEST_F(TranscodeTest, BadParametersAndBadBodiesTogether) {
  const auto request = Get<planning::v1::UpdateProjectRequest>("PATCH", "/v1/projects/a", "colour=red", R"({"title":5,"shape":1})");
  const std::string message(request.status().message());
  for (const char* part : {"colour: ", "project.title: ", "project.shape: "}) EXPECT_THAT(message, HasSubstr(part));
}

TEST_F(TranscodeTest, PathsThatAreNotUtf8) {
  EXPECT_THAT(Get<planning::v1::GetProjectRequest>("GET", "/v1/projects/%ff", ""), HasReason("INVALID_FIELDS"));
}

TEST_F(TranscodeTest, ABodyThatIsNoJson) {
  EXPECT_THAT(Get<planning::v1::CreateProjectRequest>("POST", "/v1/projects", "", "title=x"), HasReason("MALFORMED_JSON"));
  EXPECT_THAT(Get<planning::v1::CreateProjectRequest>("POST", "/v1/projects", "", "[]"), HasReason("INVALID_FIELDS"));
}

}  // namespace
}  // namespace heitie::gateway
