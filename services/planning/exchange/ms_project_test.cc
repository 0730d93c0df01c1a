#include "services/planning/exchange/ms_project.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/time/day.h"
#include "services/planning/exchange/xml_tree.h"
#include "services/planning/plan/calendar_for_test.h"

namespace heitie::planning {
namespace {

using status::Language;
using test::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::Dependency;
using v1::ExchangeFinding;
using v1::Task;

v1::Project OfFile() {
  return test::Proto<v1::Project>(R"pb(
    name: "projects/p"
    title: "Spring & summer"
    currency_code: "TWD"
    start_date { year: 2026 month: 3 day: 2 }
    end_date { year: 2026 month: 3 day: 31 })pb");
}

ReadTasks ReadXml(const std::string& content) {
  auto read = ReadMsProject(content, OfFile(), CalendarForTest(), Language::kEnglish);
  EXPECT_THAT(read, IsOk());
  return read.ok() ? *std::move(read) : ReadTasks();
}

std::vector<std::string> Told(const ReadTasks& read) {
  std::vector<std::string> told;
  for (const ExchangeFinding& finding : read.findings) {
    told.push_back(absl::StrCat(finding.subject(), " ", finding.reason(), " ", finding.statement()));
  }
  return told;
}

std::string FileXml(const std::string& tasks, const std::string& more = "") {
  return absl::StrCat("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Project xmlns=\"http://schemas.microsoft.com/project\">",
                      "<MinutesPerDay>480</MinutesPerDay>", more, "<Tasks><Task><UID>0</UID><OutlineLevel>0</OutlineLevel></Task>", tasks,
                      "</Tasks></Project>");
}
std::string TaskXml(int uid, const std::string& more) {
  return absl::StrCat("<Task><UID>", uid, "</UID><Name>Task ", uid, "</Name><OutlineLevel>1</OutlineLevel>",
                      "<Start>2026-03-02T08:00:00</Start><Finish>2026-03-05T17:00:00</Finish>", more, "</Task>\n");
}
std::string LinkXml(int type, int lag, int format) {
  return absl::StrCat("<PredecessorLink><PredecessorUID>1</PredecessorUID><Type>", type, "</Type><CrossProject>0</CrossProject><LinkLag>",
                      lag, "</LinkLag><LagFormat>", format, "</LagFormat></PredecessorLink>");
}
Dependency LinkOf(const std::string& link, size_t findings) {
  const ReadTasks read = ReadXml(FileXml(TaskXml(1, "") + TaskXml(2, link)));
  EXPECT_THAT(read.findings, SizeIs(findings)) << ::testing::PrintToString(Told(read));
  EXPECT_FALSE(read.Blocks());
  return read.tasks.size() == 2 && read.tasks[1].dependencies_size() == 1 ? read.tasks[1].dependencies(0) : Dependency();
}

TEST(MsProjectTest, LinksAreOfFourTypesWithLagsOfThreeKinds) {
  EXPECT_EQ(LinkOf(LinkXml(0, 0, 7), 0).type(), Dependency::TYPE_FINISH_TO_FINISH);
  EXPECT_EQ(LinkOf(LinkXml(1, 0, 7), 0).type(), Dependency::TYPE_FINISH_TO_START);
  EXPECT_EQ(LinkOf(LinkXml(2, 0, 7), 0).type(), Dependency::TYPE_START_TO_FINISH);
  EXPECT_EQ(LinkOf(LinkXml(3, 0, 7), 0).type(), Dependency::TYPE_START_TO_START);
  // Tenths of minutes: two days of eight hours are 9,600.
  EXPECT_EQ(LinkOf(LinkXml(1, 9600, 7), 0).lag_days(), 2);
  EXPECT_EQ(LinkOf(LinkXml(1, -4800, 5), 0).lag_days(), -1) << "in hours";
  EXPECT_EQ(LinkOf(LinkXml(1, 9600, 39), 0).lag_days(), 2) << "an estimate";
  EXPECT_EQ(LinkOf(LinkXml(1, 2400, 7), 1).lag_days(), 1) << "half a day is told, and rounded";
  // Elapsed: four days by the clock from Friday the 6th on, of which the weekend is none to work.
  EXPECT_EQ(LinkOf(LinkXml(1, 4 * 14400, 8), 1).lag_days(), 2);
  // Half of the predecessor's four days.
  EXPECT_EQ(LinkOf(LinkXml(1, 50, 19), 1).lag_days(), 2);
}

TEST(MsProjectTest, WhatTheModelDoesNotHoldIsToldElementByElement) {
  const ReadTasks read = ReadXml(FileXml(
      TaskXml(1,
              "<Priority>700</Priority><ConstraintType>4</ConstraintType><Deadline>2026-03-09T17:00:00</Deadline><Work>PT4H30M0S</Work>"
              "<PercentComplete>40</PercentComplete><Cost>12345</Cost><ExtendedAttribute><FieldID>188743740</FieldID><Value>blue</Value>"
              "</ExtendedAttribute><Hyperlink></Hyperlink>") +
          "<Task><UID>7</UID><IsNull>1</IsNull></Task>",
      ""));
  EXPECT_FALSE(read.Blocks());
  EXPECT_THAT(Told(read), ::testing::UnorderedElementsAre("task-1 EXCHANGE_ELEMENT_LEFT Priority (700) is not taken.",
                                                          "task-1 EXCHANGE_ELEMENT_LEFT ConstraintType (4) is not taken.",
                                                          "task-1 EXCHANGE_ELEMENT_LEFT Deadline (2026-03-09T17:00:00) is not taken.",
                                                          "task-1 EXCHANGE_ELEMENT_LEFT PercentComplete (40) is not taken.",
                                                          "task-1 EXCHANGE_ELEMENT_LEFT ExtendedAttribute 188743740 (blue) is not taken.",
                                                          "task-1 EXCHANGE_ROUNDED Work (PT4H30M0S) is taken as 5 h."));
  ASSERT_THAT(read.tasks, SizeIs(1));
  EXPECT_EQ(read.tasks[0].planned_cost_minor(), 12345);
  EXPECT_EQ(read.tasks[0].estimate_hours(), 5);
  EXPECT_EQ(read.tasks[0].end_date().day(), 5);
}

TEST(MsProjectTest, PeopleAreEmployeesByTheirNames) {
  const std::string tail =
      "<Resources><Resource><UID>4</UID><Name>employees/li</Name></Resource><Resource><UID>5</UID><Name>Crane</Name></Resource></Resources>"
      "<Assignments><Assignment><TaskUID>1</TaskUID><ResourceUID>5</ResourceUID></Assignment><Assignment><TaskUID>1</TaskUID>"
      "<ResourceUID>4</ResourceUID></Assignment></Assignments>";
  const ReadTasks read = ReadXml(FileXml(TaskXml(1, ""), tail));
  EXPECT_THAT(Told(read), ElementsAre("task-1 EXCHANGE_ELEMENT_LEFT Assignment (Crane) is not taken."));
  EXPECT_EQ(read.tasks[0].owner(), "employees/li");
}

TEST(MsProjectTest, ABadFileIsRefusedOrBlocks) {
  const auto refused = [](const std::string& content) {
    return ReadMsProject(content, OfFile(), CalendarForTest(), Language::kEnglish).status();
  };
  EXPECT_THAT(refused("id,title\r\n"), test::HasViolations("content EXCHANGE_NO_XML"));
  EXPECT_THAT(refused("<Project><Tasks></Project>"), test::HasViolations("content EXCHANGE_NO_XML"));
  EXPECT_THAT(refused("<html/>"), test::HasViolations("content EXCHANGE_NO_PROJECT"));
  EXPECT_THAT(refused("<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><Project>&b;</Project>"),
              test::HasViolations("content EXCHANGE_NO_XML"));
  std::string deep = "<Project>";
  for (int i = 0; i < 40; ++i) deep += "<a>";
  EXPECT_THAT(refused(deep), test::HasViolations("content EXCHANGE_XML_TOO_LARGE"));
  EXPECT_TRUE(ReadXml(FileXml(TaskXml(1, "") + TaskXml(1, ""))).Blocks()) << "one number twice";
  EXPECT_TRUE(ReadXml(FileXml(TaskXml(1, LinkXml(1, 0, 7)))).Blocks()) << "of itself";
  EXPECT_TRUE(ReadXml(FileXml(TaskXml(2, LinkXml(7, 0, 7)))).Blocks());
  EXPECT_TRUE(ReadXml(FileXml(TaskXml(1, "<Work>some</Work>"))).Blocks());
  EXPECT_TRUE(ReadXml(FileXml(absl::StrReplaceAll(TaskXml(1, ""), {{"2026-03-05", "2026-02-05"}}))).Blocks());
}

// Another reader: Python's ElementTree, with the numbers of link types and the order of a task's elements as Microsoft's schema has them.
constexpr char kMsReader[] = R"py(
import sys, xml.etree.ElementTree as tree
ns = '{http://schemas.microsoft.com/project}'
root = tree.parse(sys.argv[1]).getroot()
text = lambda element, name: element.findtext(ns + name) or ''
people = {text(r, 'UID'): text(r, 'Name') for r in root.iter(ns + 'Resource')}
owners = {text(a, 'TaskUID'): people[text(a, 'ResourceUID')] for a in root.iter(ns + 'Assignment')}
fields = {text(f, 'FieldID'): text(f, 'Alias') for f in root.find(ns + 'ExtendedAttributes')}
order = ('UID ID Name OutlineNumber OutlineLevel Start Finish Duration DurationFormat Work Milestone Summary PercentComplete Cost Notes '
         'PredecessorLink ExtendedAttribute').split()
tasks = [t for t in root.iter(ns + 'Task') if text(t, 'UID') != '0']
name = lambda t: next(text(f, 'Value') for f in t.iter(ns + 'ExtendedAttribute') if fields[text(f, 'FieldID')] == 'heitie id')
ids = {text(t, 'UID'): name(t) for t in tasks}
day = float(text(root, 'MinutesPerDay')) * 10
for t in tasks:
    places = [order.index(e.tag[len(ns):]) for e in t]
    links = ['%s%s%+g' % (ids[text(l, 'PredecessorUID')], ('FF', 'FS', 'SF', 'SS')[int(text(l, 'Type'))], float(text(l, 'LinkLag')) / day)
             for l in t.iter(ns + 'PredecessorLink')]
    print('|'.join([name(t), text(t, 'Name'), text(t, 'OutlineLevel'), text(t, 'Start')[:10], text(t, 'Finish')[:10], text(t, 'Duration'),
                    text(t, 'Milestone'), owners.get(text(t, 'UID'), ''), ' '.join(links), 'in order' if places == sorted(places) else 'not']))
)py";

TEST(MsProjectTest, AnotherReaderSeesTheSamePlan) {
  const auto task = [](const std::string& id, const std::string& more) {
    return test::Proto<Task>(absl::StrCat("name: 'projects/p/tasks/", id, "' title: 'T & ", id, "' state: STATE_OPEN ", more));
  };
  const auto days = [](int start, int end) {
    return absl::StrCat(" start_date { year: 2026 month: 3 day: ", start, " } end_date { year: 2026 month: 3 day: ", end, " } ");
  };
  const auto link = [](const std::string& predecessor, const std::string& type, int lag) {
    return absl::StrCat(" dependencies { predecessor: 'projects/p/tasks/", predecessor, "' type: TYPE_", type, " lag_days: ", lag, " }");
  };
  const std::vector<Task> tasks = {
      task("whole", "part_count: 1"),
      task("a", days(2, 6) + "parent_task: 'projects/p/tasks/whole' owner: 'employees/li' estimate_hours: 12 planned_cost_minor: 100 "
                             "description: 'Why'"),
      task("b", days(6, 10) + link("a", "FINISH_TO_START", -1) + "owner: 'employees/wu'"),
      task("c", days(9, 10) + link("a", "START_TO_START", 5) + link("b", "FINISH_TO_FINISH", 0)),
      task("m", days(11, 11) + "milestone: true" + link("c", "START_TO_FINISH", 2)),
  };
  const std::string path = ::testing::TempDir() + "/ms_project_test.xml", script = ::testing::TempDir() + "/ms_project_test.py";
  std::ofstream(path) << WriteMsProject(OfFile(), tasks, CalendarForTest(), Language::kEnglish).content;
  std::ofstream(script) << kMsReader;
  const std::unique_ptr<FILE, decltype(&pclose)> reader(popen(("/usr/bin/python3 " + script + " " + path + " 2>&1").c_str(), "r"), &pclose);
  std::string output;
  static char part[4096];
  while (const size_t size = fread(part, 1, sizeof(part), reader.get())) output.append(part, size);
  const std::vector<std::string> told = absl::StrSplit(output, '\n', absl::SkipEmpty());
  EXPECT_THAT(told, ::testing::UnorderedElementsAre(::testing::StartsWith("whole|T & whole|1|"),
                                                    "a|T & a|2|2026-03-02|2026-03-06|PT40H0M0S|0|employees/li||in order",
                                                    "b|T & b|1|2026-03-06|2026-03-10|PT24H0M0S|0|employees/wu|aFS-1|in order",
                                                    "c|T & c|1|2026-03-09|2026-03-10|PT16H0M0S|0||aSS+5 bFF+0|in order",
                                                    "m|T & m|1|2026-03-11|2026-03-11|PT0H0M0S|1||cSF+2|in order"));
}

TEST(MsProjectTest, OutAndInIsTheSame) {
  std::mt19937 random(5);
  const std::vector<std::string> texts = {"Plan", "a < b && c > d", "two\nlines", "市場調研", "\"quoted\"", "]]>"};
  const time::BusinessCalendar calendar = CalendarForTest();
  for (int round = 0; round < 200; ++round) {
    std::vector<Task> tasks;
    const int count = 1 + static_cast<int>(random() % 9), parts_from = 1 + static_cast<int>(random() % count);
    for (int i = 0; i < count; ++i) {
      Task& task = tasks.emplace_back();
      task.set_name(absl::StrCat("projects/p/tasks/t", i));
      task.set_title(texts[random() % texts.size()]);
      task.set_state(Task::STATE_OPEN);
      if (random() % 2 == 0) task.set_description(texts[random() % texts.size()]);
      if (random() % 2 == 0) task.set_owner(random() % 2 == 0 ? "employees/li" : "employees/wu");
      if (random() % 3 == 0) task.set_measurement_rule(Task::MEASUREMENT_RULE_ZERO_HUNDRED);
      if (random() % 4 == 0) {
        v1::TaskRole& role = *task.add_roles();
        role.set_employee("employees/chen");
        role.set_kind(static_cast<v1::TaskRole::Kind>(1 + random() % 3));
      }
      if (i >= parts_from) task.set_parent_task("projects/p/tasks/t0");
      if (i == 0 && parts_from < count) {
        task.set_part_count(count - parts_from);
        continue;
      }
      const int day = 2 + static_cast<int>(random() % 20);
      task.set_milestone(random() % 5 == 0);
      *task.mutable_start_date() = time::ToDate(absl::CivilDay(2026, 3, day));
      *task.mutable_end_date() = time::ToDate(absl::CivilDay(2026, 3, day + (task.milestone() ? 0 : static_cast<int>(random() % 5))));
      if (random() % 2 == 0) task.set_estimate_hours(static_cast<int32_t>(random() % 50));
      task.set_planned_cost_minor(static_cast<int64_t>(random() % 3) * 1234567);
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
    const TaskTable table = WriteMsProject(OfFile(), tasks, calendar, Language::kEnglish);
    ReadTasks read = ReadXml(table.content);
    EXPECT_THAT(Told(read), IsEmpty()) << table.content;
    std::sort(read.tasks.begin(), read.tasks.end(), [](const Task& a, const Task& b) { return a.name() < b.name(); });
    ASSERT_EQ(read.tasks.size(), tasks.size()) << table.content;
    for (size_t i = 0; i < tasks.size(); ++i) EXPECT_THAT(read.tasks[i], test::EqualsProto(tasks[i])) << table.content;
  }
}

}  // namespace
}  // namespace heitie::planning
