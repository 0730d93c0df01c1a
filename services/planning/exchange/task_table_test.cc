#include "services/planning/exchange/task_table.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "services/planning/plan/planning_fixture.h"

namespace heitie::planning {
namespace {

using status::Language;
using test::HasReason;
using test::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::Dependency;
using v1::ExchangeFinding;
using v1::Task;

std::vector<std::string> Reasons(const std::vector<ExchangeFinding>& findings) {
  std::vector<std::string> told;
  for (const ExchangeFinding& finding : findings) {
    told.push_back(absl::StrCat(finding.line(), ":", finding.column(), " ", finding.subject(), " ", finding.reason()));
  }
  return told;
}

ReadTasks Read(const std::string& content) {
  auto read = ReadTaskTable(content, "projects/p", Language::kEnglish);
  EXPECT_THAT(read, IsOk());
  return read.ok() ? *std::move(read) : ReadTasks();
}

TEST(TaskTableTest, ReadsWhatAFileSays) {
  const ReadTasks read = Read(
      "id,title,parent,owner,start_date,end_date,estimate_hours,planned_cost_minor,milestone,optimistic_days,likely_days,pessimistic_days,"
      "measurement_rule,links,roles\r\n"
      "build,\"Build, it\",stand,employees/li,2026-03-02,2026-03-05,32,40000,,1.5,2,4,zero_hundred,,employees/wu INFORMED\r\n"
      "stand,The stand\r\n"
      "open,Opening,,,2026-03-09,2026-03-09,,,yes,,,,,build; paint SS+2,\r\n"
      "paint,'=SUM(A1),,,2026-03-02,2026-03-02,8,,,,,,,build FF-1\r\n");
  EXPECT_THAT(Reasons(read.findings), IsEmpty());
  ASSERT_THAT(read.tasks, SizeIs(4));
  EXPECT_THAT(read.tasks[0], test::EqualsProto(test::Proto<Task>(
                                 "name: 'projects/p/tasks/paint' title: '=SUM(A1)' state: STATE_OPEN start_date { year: 2026 month: 3 day: "
                                 "2 } end_date { year: 2026 month: 3 day: 2 } estimate_hours: 8 dependencies { predecessor: "
                                 "'projects/p/tasks/build' type: TYPE_FINISH_TO_FINISH lag_days: -1 }")));
  EXPECT_EQ(read.tasks[1].name(), "projects/p/tasks/open");
  EXPECT_TRUE(read.tasks[1].milestone());
  EXPECT_EQ(read.tasks[1].dependencies(1).lag_days(), 2);
  EXPECT_EQ(read.tasks[2].name(), "projects/p/tasks/stand");
  EXPECT_EQ(read.tasks[3].title(), "Build, it");
  EXPECT_EQ(read.tasks[3].parent_task(), "projects/p/tasks/stand");
  EXPECT_EQ(read.tasks[3].measurement_rule(), Task::MEASUREMENT_RULE_ZERO_HUNDRED);
  EXPECT_EQ(read.tasks[3].duration_estimate().optimistic_days(), 1.5);
  EXPECT_EQ(read.tasks[3].roles(0).kind(), v1::TaskRole::KIND_INFORMED);
}

TEST(TaskTableTest, EverythingThatIsWrongIsSaidAtItsPlace) {
  const ReadTasks cells = Read(
      "id,title,owner,start_date,estimate_hours,milestone,links,roles\r\n"
      "Build,Build,li,2026-02-30,many,no,a LS,employees/li\r\n"
      "b,\r\n"
      "c,C,,,,,,\r\n"
      "c,C,,,,,,\r\n");
  EXPECT_TRUE(cells.Blocks());
  EXPECT_THAT(Reasons(cells.findings), ::testing::ElementsAre("2:1  CELL_UNREADABLE", "2:13  CELL_UNREADABLE", "2:16  BAD_DATE",
                                                              "2:27  CELL_UNREADABLE", "2:32  CELL_UNREADABLE", "2:35  CELL_UNREADABLE",
                                                              "2:40  CELL_UNREADABLE", "3:1  CELL_EMPTY", "5:1 c EXCHANGE_ID_TWICE"));
  const ReadTasks rules = Read(
      "id,title,parent,start_date,end_date,links\r\n"
      "a,A,,2026-03-05,2026-03-02,nobody\r\n"
      "b,B,,2026-03-02,2026-03-02,c\r\n"
      "c,C,,2026-03-02,2026-03-02,b\r\n"
      "d,D,lost,,,\r\n");
  EXPECT_TRUE(rules.Blocks());
  EXPECT_THAT(Reasons(rules.findings), ::testing::IsSupersetOf({"2:1 a DATES_REVERSED", "2:1 a UNKNOWN_PREDECESSOR",
                                                                "3:1 b DEPENDENCY_CYCLE", "5:1 d UNKNOWN_PARENT"}));
  EXPECT_THAT(ReadTaskTable("id,colour\r\na,red\r\n", "projects/p", Language::kEnglish), HasReason("INVALID_FIELDS"));
}

TEST(TaskTableTest, FiguresOfATaskWithPartsAreNotTakenAndSaidSo) {
  const ReadTasks read = Read("id,title,parent,estimate_hours\r\nall,All,,9\r\none,One,all,4\r\n");
  EXPECT_FALSE(read.Blocks());
  EXPECT_THAT(Reasons(read.findings), ::testing::ElementsAre("2:10 all EXCHANGE_OF_PARTS"));
  EXPECT_FALSE(read.tasks[0].has_estimate_hours());
  EXPECT_EQ(read.tasks[0].part_count(), 1);
}

TEST(TaskTableTest, WhatTheFileDoesNotHoldIsSaid) {
  Task task;
  task.set_name("projects/p/tasks/a");
  task.set_title(" A");
  task.set_state(Task::STATE_IN_PROGRESS);
  task.set_progress_percent(30);
  const TaskTable table = WriteTaskTable({task}, Language::kTraditionalChinese);
  EXPECT_THAT(Reasons(table.findings), ::testing::ElementsAre("0:0 a EXCHANGE_BLANKS_GO", "0:0 a EXCHANGE_PROGRESS_STAYS"));
  EXPECT_THAT(table.findings[1].statement(), HasSubstr("進度"));
}

TEST(TaskTableTest, OutAndInIsTheSame) {
  std::mt19937 random(11);
  const std::vector<std::string> texts = {"Plan", "=1+1", "'=1+1", "''-x", "a,b", "\"quoted\"", "two\nlines", "市場調研", "+", "'", "@x"};
  for (int round = 0; round < 300; ++round) {
    std::vector<Task> tasks;
    const int count = 1 + static_cast<int>(random() % 9);
    const int parts_from = 1 + static_cast<int>(random() % count);
    for (int i = 0; i < count; ++i) {
      Task& task = tasks.emplace_back();
      task.set_name(absl::StrCat("projects/p/tasks/t", i));
      task.set_title(texts[random() % texts.size()]);
      task.set_state(Task::STATE_OPEN);
      if (random() % 2 == 0) task.set_description(texts[random() % texts.size()]);
      if (random() % 2 == 0) task.set_owner("employees/li");
      if (random() % 3 == 0) task.set_measurement_rule(Task::MEASUREMENT_RULE_FIFTY_FIFTY);
      if (random() % 4 == 0) {
        v1::TaskRole& role = *task.add_roles();
        role.set_employee("employees/wu");
        role.set_kind(static_cast<v1::TaskRole::Kind>(1 + random() % 3));
      }
      // The first one has the last ones as its parts.
      if (i >= parts_from) task.set_parent_task("projects/p/tasks/t0");
      if (i == 0 && parts_from < count) {
        task.set_part_count(count - parts_from);
        continue;
      }
      const int day = 2 + static_cast<int>(random() % 20);
      *task.mutable_start_date() = time::ToDate(absl::CivilDay(2026, 3, day));
      *task.mutable_end_date() = time::ToDate(absl::CivilDay(2026, 3, day + static_cast<int>(random() % 5)));
      if (random() % 2 == 0) task.set_estimate_hours(static_cast<int32_t>(random() % 50));
      task.set_planned_cost_minor(static_cast<int64_t>(random() % 3) * 1234567890123);
      if (random() % 3 == 0) {
        task.mutable_duration_estimate()->set_optimistic_days(0.1);
        task.mutable_duration_estimate()->set_likely_days(1.0 / 3);
        task.mutable_duration_estimate()->set_pessimistic_days(7);
      }
      for (int j = 1; j < i; ++j) {
        if (random() % 3 != 0) continue;
        Dependency& link = *task.add_dependencies();
        link.set_predecessor(absl::StrCat("projects/p/tasks/t", j));
        link.set_type(static_cast<Dependency::Type>(1 + random() % 4));
        link.set_lag_days(static_cast<int>(random() % 11) - 5);
      }
    }
    const TaskTable table = WriteTaskTable(tasks, Language::kEnglish);
    EXPECT_THAT(table.findings, IsEmpty());
    ReadTasks read = Read(table.content);
    EXPECT_THAT(Reasons(read.findings), IsEmpty()) << table.content;
    std::sort(read.tasks.begin(), read.tasks.end(), [](const Task& a, const Task& b) { return a.name() < b.name(); });
    ASSERT_EQ(read.tasks.size(), tasks.size()) << table.content;
    for (size_t i = 0; i < tasks.size(); ++i) EXPECT_THAT(read.tasks[i], test::EqualsProto(tasks[i])) << table.content;
  }
}

class ExchangeTest : public PlanningTest {
 protected:
  ExchangeTest() { CreateQuarter(); }
  absl::StatusOr<v1::ImportProjectResponse> Import(const std::string& id, const std::string& content, bool validate_only = false) {
    auto request = test::Proto<v1::ImportProjectRequest>(R"pb(project {
                                                                title: "Again"
                                                                plan_period: "planPeriods/q1"
                                                                owner: "employees/li"
                                                                start_date { year: 2026 month: 1 day: 5 }
                                                                end_date { year: 2026 month: 2 day: 27 }
                                                                currency_code: "CNY"
                                                              })pb");
    request.set_project_id(id);
    request.set_content(content);
    request.set_validate_only(validate_only);
    return Call<v1::ImportProjectResponse>("ImportProject", Specialist(), request);
  }
  v1::ExportProjectResponse Export(const std::string& id) {
    return Do<v1::ExportProjectResponse, v1::ExportProjectRequest>("ExportProject", Analyst(), "name: 'projects/" + id + "'");
  }
};

TEST_F(ExchangeTest, AProjectGoesOutAndComesInAsTheSame) {
  CreateProject("p");
  CreateTask("projects/p", "all", "title: 'All of it'");
  CreateTask("projects/p", "one", "parent_task: 'projects/p/tasks/all' planned_cost_minor: 5");
  CreateTask("projects/p", "two", "parent_task: 'projects/p/tasks/all' dependencies { predecessor: 'projects/p/tasks/one' lag_days: 1 }");
  const v1::ExportProjectResponse out = Export("p");
  EXPECT_THAT(out.findings(), IsEmpty());
  const auto tried = Import("again", out.content(), true);
  ASSERT_THAT(tried, IsOk());
  EXPECT_THAT(tried->tasks(), SizeIs(3));
  EXPECT_THAT((Refused<v1::Project, v1::GetProjectRequest>("GetProject", Analyst(), "name: 'projects/again'")), HasReason("NOT_FOUND"))
      << "a dry run makes nothing";
  const auto made = Import("again", out.content());
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(made->project().state(), v1::Project::STATE_DRAFT);
  EXPECT_EQ(Export("again").content(), out.content());
  const auto all = Do<Task, v1::GetTaskRequest>("GetTask", Analyst(), "name: 'projects/again/tasks/all'");
  EXPECT_EQ(all.part_count(), 2);
  EXPECT_EQ(all.estimate_hours(), 80) << "of its parts";
  EXPECT_THAT(Import("again", out.content()), HasReason("ALREADY_EXISTS"));
  const auto xml = Do<v1::ExportProjectResponse, v1::ExportProjectRequest>("ExportProject", Analyst(),
                                                                           "name: 'projects/p' format: EXCHANGE_FORMAT_MS_PROJECT");
  auto request = test::Proto<v1::ImportProjectRequest>("project_id: 'third' format: EXCHANGE_FORMAT_MS_PROJECT");
  *request.mutable_project() = made->project();
  request.set_content(xml.content());
  const auto third = Call<v1::ImportProjectResponse>("ImportProject", Specialist(), request);
  ASSERT_THAT(third, IsOk());
  EXPECT_THAT(third->findings(), IsEmpty());
  EXPECT_EQ(Export("third").content(), out.content());
}

TEST_F(ExchangeTest, AFileMayBeInTheCharsetsOfSpreadsheets) {
  CreateProject("p");
  CreateTask("projects/p", "one", "title: '目標'");
  auto again = test::Proto<v1::ImportProjectRequest>("project_id: 'again'");
  *again.mutable_project() = Get("p");
  for (const char* charset : {"gb18030", "big5"}) {
    const std::string media_type = absl::StrCat("text/csv; charset=", charset);
    const auto out = Do<v1::ExportProjectResponse, v1::ExportProjectRequest>(
        "ExportProject", Analyst(), absl::StrCat("name: 'projects/p' media_type: '", media_type, "'"));
    EXPECT_EQ(out.media_type(), media_type);
    EXPECT_NE(out.data(), out.content());
    again.set_project_id(absl::StrCat("again-", charset));
    again.set_data(out.data());
    again.set_media_type(media_type);
    const auto in = Call<v1::ImportProjectResponse>("ImportProject", Specialist(), again);
    ASSERT_THAT(in, IsOk());
    EXPECT_EQ(Export(again.project_id()).content(), out.content());
  }
  again.set_project_id("third");
  again.set_data("id,title\r\na,\xA5\xD8\xFF\r\n");
  const auto refused = Call<v1::ImportProjectResponse>("ImportProject", Specialist(), again);
  ASSERT_THAT(refused, IsOk());
  EXPECT_THAT(Reasons({refused->findings().begin(), refused->findings().end()}), ElementsAre("2:4  EXCHANGE_NOT_CHARSET"));
  EXPECT_FALSE(refused->has_project());
  again.set_content("id,title\r\n");
  again.set_media_type("text/csv; charset=latin1");
  EXPECT_THAT(Call<v1::ImportProjectResponse>("ImportProject", Specialist(), again),
              test::HasViolations("media_type EXCHANGE_MEDIA_UNKNOWN", "content EXCHANGE_ONE_FILE"));
}

TEST_F(ExchangeTest, WhatACharsetLacksIsNamedAndNothingGoesOut) {
  CreateProject("p");
  CreateTask("projects/p", "one", "title: '目标'");
  EXPECT_THAT((Refused<v1::ExportProjectResponse, v1::ExportProjectRequest>("ExportProject", Analyst(),
                                                                            "name: 'projects/p' media_type: 'text/csv;charset=big5'")),
              test::HasViolation("media_type", "EXCHANGE_NOT_IN_CHARSET"));
  EXPECT_THAT((Refused<v1::ExportProjectResponse, v1::ExportProjectRequest>(
                  "ExportProject", Analyst(), "name: 'projects/p' media_type: 'application/xml; charset=big5'")),
              test::HasViolation("media_type", "EXCHANGE_MEDIA_UNKNOWN"));
}

TEST_F(ExchangeTest, ABadFileChangesNothing) {
  const auto answered = Import("bad", "id,title,start_date\r\na,A,2026-01-05\r\nb,B,yesterday\r\n");
  ASSERT_THAT(answered, IsOk());
  EXPECT_FALSE(answered->has_project());
  ASSERT_THAT(answered->findings(), SizeIs(1));
  EXPECT_EQ(answered->findings(0).line(), 3);
  EXPECT_THAT((Refused<v1::Project, v1::GetProjectRequest>("GetProject", Analyst(), "name: 'projects/bad'")), HasReason("NOT_FOUND"));
}

}  // namespace
}  // namespace heitie::planning
