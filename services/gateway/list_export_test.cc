#include "services/gateway/list_export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/test/fixture.h"
#include "heitie/planning/v1/plan_service.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/task.pb.h"

namespace heitie::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(ListExportTest, AcceptChoosesTheForm) {
  EXPECT_EQ(ListFormOf(""), ListForm::kJson);
  EXPECT_EQ(ListFormOf("*/*"), ListForm::kJson);
  EXPECT_EQ(ListFormOf("text/csv"), ListForm::kCsv);
  EXPECT_EQ(ListFormOf("Text/CSV; charset=utf-8"), ListForm::kCsv);
  EXPECT_EQ(ListFormOf("application/x-ndjson"), ListForm::kLines);
  EXPECT_EQ(ListFormOf("text/csv, */*;q=0.1"), ListForm::kCsv);
  EXPECT_EQ(ListFormOf("text/csv;q=0.5, application/json"), ListForm::kJson);
  EXPECT_EQ(ListFormOf("text/csv;q=0"), ListForm::kJson);
  EXPECT_EQ(ListFormOf("text/csv;q=x"), ListForm::kJson);
  EXPECT_EQ(ListFormOf("application/json, text/csv"), ListForm::kJson);
  EXPECT_EQ(ListFormOf("application/x-ndjson;q=0.9, text/csv;q=0.8"), ListForm::kLines);
  EXPECT_EQ(ListFormOf("text/html,application/xhtml+xml,*/*;q=0.8"), ListForm::kJson) << "a browser";
}

TEST(ListExportTest, CellsAreOfRfc4180) {
  EXPECT_EQ(CsvCell("plain", true), "plain");
  EXPECT_EQ(CsvCell("", true), "");
  EXPECT_EQ(CsvCell("a,b", true), "\"a,b\"");
  EXPECT_EQ(CsvCell("say \"hi\"", true), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(CsvCell("two\nlines", true), "\"two\nlines\"");
  EXPECT_EQ(CsvCell("end ", true), "\"end \"");
}

TEST(ListExportTest, FormulasAreDefused) {
  for (const char* formula : {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1+1"})
    EXPECT_THAT(CsvCell(formula, true), ::testing::AnyOf(StartsWith("'"), StartsWith("\"'"))) << formula;
  EXPECT_EQ(CsvCell("=HYPERLINK(\"http://x\",\"y\")", true), "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
  EXPECT_EQ(CsvCell("-5", false), "-5") << "a number";
}

TEST(ListExportTest, AResourceIsALine) {
  const auto task = test::Proto<planning::v1::Task>(R"pb(name: "projects/a/tasks/b" title: "=cmd|' /C calc'!A0" etag: "3")pb");
  const std::string head = CsvHead(*planning::v1::Task::descriptor()), line = CsvLine(task);
  EXPECT_THAT(head, StartsWith("name,"));
  EXPECT_THAT(head, HasSubstr(",etag"));
  EXPECT_THAT(head, ::testing::EndsWith("\r\n"));
  EXPECT_THAT(line, StartsWith("projects/a/tasks/b,"));
  EXPECT_THAT(line, HasSubstr("'=cmd|"));
  EXPECT_THAT(line, ::testing::EndsWith("\r\n"));
  EXPECT_EQ(std::count(head.begin(), head.end(), ','), planning::v1::Task::descriptor()->field_count() - 1);
}

TEST(ListExportTest, ListsAreWhatHasPagesOfOneKind) {
  const auto* service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName("heitie.planning.v1.PlanService");
  ASSERT_NE(service, nullptr);
  ASSERT_NE(RowsOf(*service->FindMethodByName("ListProjects")), nullptr);
  EXPECT_EQ(RowsOf(*service->FindMethodByName("ListProjects"))->name(), "projects");
  EXPECT_EQ(RowsOf(*service->FindMethodByName("GetProject")), nullptr);
}

}  // namespace
}  // namespace heitie::gateway
