#include "services/gateway/file_body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "heitie/planning/v1/project_exchange.pb.h"
#include "services/gateway/api_testing.h"
#include "services/gateway/compression.h"

namespace heitie::gateway {
namespace {

using ::testing::HasSubstr;

TEST(FileBodyTest, AcceptChoosesTheFile) {
  EXPECT_EQ(FileTypeOf(""), "");
  EXPECT_EQ(FileTypeOf("*/*"), "");
  EXPECT_EQ(FileTypeOf("application/json, text/csv"), "");
  EXPECT_EQ(FileTypeOf("text/csv;q=0.5, application/json"), "");
  EXPECT_EQ(FileTypeOf("text/csv;q=0"), "");
  EXPECT_EQ(FileTypeOf("text/html"), "") << "an answer that nobody knows to make";
  EXPECT_EQ(FileTypeOf("Text/CSV; charset=GB18030"), "text/csv; charset=gb18030");
  EXPECT_EQ(FileTypeOf("text/csv, */*"), "text/csv");
  EXPECT_EQ(FileTypeOf("application/xml;q=0.9, text/csv;q=0.8"), "application/xml");
}

class FileTest : public ApiTest {
 protected:
  FileTest() {
    control_.Bind(
        "ExportProject",
        [](const rpc::Call&, const planning::v1::ExportProjectRequest& request) -> absl::StatusOr<planning::v1::ExportProjectResponse> {
          planning::v1::ExportProjectResponse response;
          response.set_media_type(request.media_type().empty() ? "text/csv; charset=utf-8" : request.media_type());
          response.set_content("id,title\r\n");
          if (absl::StrContains(request.media_type(), "big5")) response.set_data("\xA5\xD8");
          response.add_findings();
          return response;
        });
    control_.Bind(
        "ImportProject",
        [this](const rpc::Call&, const planning::v1::ImportProjectRequest& request) -> absl::StatusOr<planning::v1::ImportProjectResponse> {
          std::lock_guard lock(mutex_);
          taken_ = request;
          return planning::v1::ImportProjectResponse();
        });
    door_.Serve(control_);
    const auto more = *BindingsOf(*planning::v1::ExportProjectRequest::descriptor()->file()->pool()->FindServiceByName(kControl));
    bindings_.insert(bindings_.end(), more.begin(), more.end());
    MakeApi(absl::Seconds(15));
  }

  static constexpr char kControl[] = "heitie.planning.v1.ControlService";
  rpc::Service control_{kControl};
  planning::v1::ImportProjectRequest taken_;
};

TEST_F(FileTest, AFileIsAnsweredAsItselfToWhoWantsIt) {
  const http::Response json = Ask("GET", "/v1/projects/a:export");
  EXPECT_EQ(json.headers.Get("Content-Type"), "application/json");
  EXPECT_EQ(json::parse(json.body)["content"], "id,title\r\n");
  const http::Response csv = Ask("GET", "/v1/projects/a:export", "", {{"Accept", "text/csv"}});
  EXPECT_EQ(csv.status, 200) << csv.body;
  EXPECT_EQ(csv.headers.Get("Content-Type"), "text/csv");
  EXPECT_EQ(csv.headers.Get("X-Findings"), "1");
  EXPECT_THAT(csv.headers.Get("Vary"), HasSubstr("Accept,"));
  EXPECT_EQ(csv.body, "id,title\r\n");
  const http::Response big5 = Ask("GET", "/v1/projects/a:export", "", {{"Accept", "text/csv; charset=big5"}});
  EXPECT_EQ(big5.headers.Get("Content-Type"), "text/csv; charset=big5");
  EXPECT_EQ(big5.body, "\xA5\xD8");
  const http::Response differs = Ask("GET", "/v1/projects/a:export?mediaType=application/xml", "", {{"Accept", "text/csv"}});
  EXPECT_EQ(differs.status, 400);
  EXPECT_THAT(differs.body, HasSubstr("HEADER_DIFFERS"));
  EXPECT_EQ(Ask("GET", "/v1/projects/a", "", {{"Accept", "text/csv"}}).headers.Get("Content-Type"), "application/json") << "no file";
}

TEST_F(FileTest, ABodyIsTakenAsAFile) {
  const std::string target =
      "/v1/projects:import?projectId=a&project.title=Spring&project.planPeriod=planPeriods/q1&project.owner=employees/li&"
      "project.startDate=2026-01-05&project.endDate=2026-01-30&project.currencyCode=TWD&validateOnly=true";
  const http::Response taken = Ask("POST", target, "a,\xA5\xD8\r\n", {{"Content-Type", "text/csv; charset=Big5"}});
  ASSERT_EQ(taken.status, 200) << taken.body;
  EXPECT_EQ(taken_.data(), "a,\xA5\xD8\r\n");
  EXPECT_EQ(taken_.media_type(), "text/csv; charset=big5");
  EXPECT_EQ(taken_.project_id(), "a");
  EXPECT_EQ(taken_.project().title(), "Spring");
  EXPECT_EQ(taken_.project().start_date().day(), 5);
  EXPECT_TRUE(taken_.validate_only());
  const std::string longer(2000, 'a');
  ASSERT_EQ(Ask("POST", target, Gzip(longer), {{"Content-Type", "text/csv"}, {"Content-Encoding", "gzip"}}).status, 200);
  EXPECT_EQ(taken_.data(), longer);
  EXPECT_EQ(Ask("POST", "/v1/projects:import?projectId=a&data=eA", "x", {{"Content-Type", "text/csv"}}).status, 400) << "twice";
  EXPECT_EQ(Ask("POST", "/v1/projects:import?projectId=a", "{}").status, 400) << "JSON is the whole request";
  EXPECT_EQ(Ask("POST", "/v1/projects/a:submit", "id", {{"Content-Type", "text/csv"}}).status, 415) << "it takes no file";
}

}  // namespace
}  // namespace heitie::gateway
