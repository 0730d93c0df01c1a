#include "services/gateway/read_mask.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/status/status.h"
#include "common/test/fixture.h"
#include "heitie/planning/v1/plan_service.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "services/gateway/json.h"
#include "services/gateway/list_export.h"

namespace heitie::gateway {
namespace {

using planning::v1::Project;
using test::HasReason;
using ::testing::HasSubstr;

const google::protobuf::MethodDescriptor& Method(const char* name) {
  return *Project::descriptor()->file()->pool()->FindMethodByName(std::string("heitie.planning.v1.PlanService.") + name);
}

Project Example() {
  Project project;
  project.set_name("projects/a");
  project.set_title("A");
  project.mutable_start_date()->set_year(2027);
  project.mutable_start_date()->set_month(3);
  for (const char* title : {"one", "two"}) {
    auto& objective = *project.add_objectives();
    objective.set_title(title);
    objective.set_metric("m");
  }
  return project;
}

std::string Masked(const std::string& paths) {
  std::string query = "readMask=" + paths;
  const auto mask = ReadMask::Take(Method("GetProject"), &query);
  EXPECT_TRUE(mask.ok()) << mask.status();
  EXPECT_EQ(query, "");
  return mask.ok() ? ToJson(Example(), *mask) : "";
}

TEST(ReadMaskTest, LeavesOutWhatIsNotWanted) {
  EXPECT_EQ(Masked("name,title"), R"({"name":"projects/a","title":"A"})");
  EXPECT_EQ(Masked("title,plan_period,endDate"), R"({"title":"A","planPeriod":""})") << "both spellings; what is not set is not there";
  EXPECT_EQ(Masked("objectives.title"), R"({"objectives":[{"title":"one"},{"title":"two"}]})");
  EXPECT_EQ(Masked("startDate.year%2Cname"), R"({"name":"projects/a","startDate":{"year":2027}})");
  EXPECT_EQ(Masked("startDate,startDate.year"), R"({"startDate":{"year":2027,"month":3,"day":0}})");
  EXPECT_EQ(Masked("startDate.year,startDate"), R"({"startDate":{"year":2027,"month":3,"day":0}})");
  EXPECT_EQ(Masked("name,*"), ToJson(Example()));
  EXPECT_EQ(Masked(""), ToJson(Example()));
}

TEST(ReadMaskTest, OtherParametersStay) {
  std::string query = "filter=title%3Dread&read_mask=name&readMask=title&pageSize=3";
  EXPECT_TRUE(ReadMask::Take(Method("ListProjects"), &query).ok());
  EXPECT_EQ(query, "filter=title%3Dread&pageSize=3");
}

TEST(ReadMaskTest, TellsEveryPathThatLeadsNowhere) {
  for (const char* paths :
       {"nonsense", "title.x", "createTime.seconds", "startDate.year,startDate.century", "name..x", "startDate,startDate.x"}) {
    std::string query = std::string("readMask=") + paths;
    EXPECT_THAT(ReadMask::Take(Method("GetProject"), &query).status(), HasReason("INVALID_FIELDS")) << paths;
  }
  std::string query = "readMask=left,name,right";
  const auto both = ReadMask::Take(Method("GetProject"), &query);
  EXPECT_THAT(std::string(both.status().message()), testing::AllOf(HasSubstr("left is none"), HasSubstr("right is none")));
}

// Of a list it is about what is listed; how the list goes on is never left out.
TEST(ReadMaskTest, OfAListItSpeaksOfWhatIsListed) {
  planning::v1::ListProjectsResponse answer;
  *answer.add_projects() = Example();
  answer.set_next_page_token("more");
  std::string query = "readMask=title";
  const auto mask = ReadMask::Take(Method("ListProjects"), &query);
  ASSERT_TRUE(mask.ok());
  EXPECT_EQ(ToJson(answer, *mask), R"({"projects":[{"title":"A"}],"nextPageToken":"more"})");
  const ReadMask& row = *mask->Of(*RowsOf(Method("ListProjects")));
  EXPECT_EQ(CsvHead(*Project::descriptor(), row), "title\r\n");
  EXPECT_EQ(CsvLine(Example(), row), "A\r\n");
}

}  // namespace
}  // namespace heitie::gateway
