#include "services/planning/meeting/agenda.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/test/fixture.h"
#include "heitie/planning/v1/action_item.pb.h"
#include "heitie/planning/v1/issue.pb.h"
#include "heitie/planning/v1/notice.pb.h"
#include "heitie/planning/v1/raci_entry.pb.h"
#include "heitie/planning/v1/working_group.pb.h"
#include "services/planning/meeting/minutes.h"
#include "services/planning/plan/planning_fixture.h"

namespace heitie::planning {
namespace {

using absl::CivilDay;
using test::HasReason;
using test::HasViolation;
using test::IsOk;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::AgendaEntry;
using v1::Decision;
using v1::Meeting;

// "1 TASK Write copy [OVERDUE POSTPONED] 3".
std::vector<std::string> Told(const std::vector<AgendaEntry>& entries) {
  std::vector<std::string> told;
  for (const AgendaEntry& entry : entries) {
    told.push_back(absl::StrCat(entry.place(), " ", AgendaEntry::Kind_Name(entry.kind()).substr(5), " ", entry.title(), " [",
                                absl::StrJoin(entry.reasons(), " "), "] ", entry.overdue_days()));
  }
  return told;
}

TEST(AgendaTest, EachResourceIsThereOnceWithAllReasonsAndInOrder) {
  std::vector<AgendaFact> facts{
      {AgendaEntry::KIND_TOPIC, "Sharing", "", "TEMPLATE"},
      {AgendaEntry::KIND_TASK, "Late a little", "tasks/a", "OVERDUE", "1", "", CivilDay(2026, 2, 8)},
      {AgendaEntry::KIND_TASK, "Late by much", "tasks/b", "OVERDUE", "1", "", CivilDay(2026, 1, 30)},
      {AgendaEntry::KIND_RISK, "Mild", "risks/m", "UNTREATED", "1", "", std::nullopt, 1},
      {AgendaEntry::KIND_RISK, "Grave", "risks/g", "UNTREATED", "1", "", std::nullopt, 3},
      {AgendaEntry::KIND_RISK, "Grave", "risks/g", "HIGH", "1", "", std::nullopt, 3},
      {AgendaEntry::KIND_ACTION_ITEM, "Ask", "actionItems/x", "OPEN", "1", "", CivilDay(2026, 2, 20)},
      {AgendaEntry::KIND_CARRIED_OVER, "Ask again", "actionItems/x", "DEFERRED"},
      {AgendaEntry::KIND_TOPIC, "Sharing", "", "TEMPLATE"},
  };
  const std::vector<std::string> expected{"1 CARRIED_OVER Ask again [DEFERRED OPEN] 0",
                                          "2 TASK Late by much [OVERDUE] 10",
                                          "3 TASK Late a little [OVERDUE] 1",
                                          "4 RISK Grave [HIGH UNTREATED] 0",
                                          "5 RISK Mild [UNTREATED] 0",
                                          "6 TOPIC Sharing [TEMPLATE] 0",
                                          "7 TOPIC Sharing [TEMPLATE] 0"};
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    EXPECT_EQ(Told(AgendaOf(facts, CivilDay(2026, 2, 9))), expected);
    std::shuffle(facts.begin(), facts.end(), random);
  }
}

TEST(AgendaTest, AQuorumIsOfMembersWhoAreThereOrRepresented) {
  const auto meeting = test::Proto<Meeting>(
      "attendances { employee: 'employees/li' presence: PRESENCE_PRESENT } attendances { employee: 'employees/wu' presence: PRESENCE_LATE "
      "} "
      "attendances { employee: 'employees/hsu' presence: PRESENCE_REPRESENTED } attendances { employee: 'employees/lu' presence: "
      "PRESENCE_EXCUSED } attendances { employee: 'employees/guest' presence: PRESENCE_PRESENT }");
  EXPECT_EQ(PresentOf(meeting, {"employees/hsu", "employees/li", "employees/lu", "employees/sun", "employees/wu"}), 3);
  EXPECT_EQ(PresentOf(meeting, {}), 0);
}

TEST(MinutesTest, MinutesAreADocumentInTheLanguageAskedFor) {
  MinutesParts parts;
  parts.minutes = test::Proto<v1::MeetingMinutes>(
      "title: 'Weekly *x*' time_zone: 'Asia/Taipei' text: 'All well' "
      "corrections { text: 'Not all' author: 'employees/li' add_time { seconds: 1767225600 } }");
  parts.meeting =
      test::Proto<Meeting>("start_time { seconds: 1767225600 } attendances { employee: 'employees/li' presence: PRESENCE_LATE }");
  parts.entries.push_back(
      test::Proto<AgendaEntry>("place: 1 title: 'Copy' outcome: OUTCOME_ACTION actions { title: 'Write' owner: 'employees/wang' due_date { "
                               "year: 2026 month: 1 day: 9 } }"));
  EXPECT_EQ(MinutesMarkdown(parts, status::Language::kEnglish),
            "# Minutes: Weekly \\*x\\*\n\nWhen: 2026-01-01 08:00 +08:00\n\n## Who was there\n\n| Person | Attendance |\n| --- | --- |\n"
            "| employees/li | late |\n\n## Agenda\n\n1. Copy — To do\n   - To do: Write (employees/wang, until 2026-01-09)\n\n"
            "## What was said\n\nAll well\n## Corrections\n\n- Not all (employees/li, 2026-01-01 08:00 +08:00)\n");
  EXPECT_THAT(MinutesMarkdown(parts, status::Language::kTraditionalChinese), HasSubstr("會議紀錄"));
}

// The clock stands at the 1st of January 2026, 08:00 in Taipei, a Thursday.
class AgendasTest : public PlanningTest {
 protected:
  AgendasTest() {
    EXPECT_THAT(Call<v1::MeetingSeries>("CreateMeetingSeries", Specialist(), test::Proto<v1::CreateMeetingSeriesRequest>(R"pb(
                                          meeting_series_id: "weekly"
                                          meeting_series {
                                            title: "Weekly"
                                            kind: KIND_TEAM_WEEKLY
                                            chair: "employees/zhao"
                                            secretary: "employees/wang"
                                            departments: "operations"
                                            standing: true
                                            quorum: 2
                                            topics { title: "Sharing" minutes: 90 }
                                            schedule {
                                              start_date { year: 2026 month: 1 day: 5 }
                                              start_clock: "09:30"
                                              time_zone: "Asia/Taipei"
                                              duration_minutes: 60
                                              rule: "FREQ=WEEKLY;BYDAY=MO"
                                              day_off_policy: DAY_OFF_POLICY_NEXT
                                            }
                                          })pb")),
                IsOk());
  }
  rpc::Call As(const std::string& who) const { return test::By("employees/" + who, {options::v1::ROLE_DEPARTMENT_MEMBER}, clock_.Now()); }
  static std::string Name(const std::string& id = "d20260105") { return "name: 'meetingSeries/weekly/meetings/" + id + "' "; }
  std::vector<AgendaEntry> Entries(const std::string& id = "d20260105") {
    const auto page = Do<v1::ListAgendaEntriesResponse, v1::ListAgendaEntriesRequest>(
        "ListAgendaEntries", As("zhao"), "order_by: 'place' parent: 'meetingSeries/weekly/meetings/" + id + "'");
    return {page.agenda_entries().begin(), page.agenda_entries().end()};
  }
  void Propose(const std::string& id, const std::string& title) {
    Do<AgendaEntry, v1::CreateAgendaEntryRequest>("CreateAgendaEntry", As("wang"),
                                                  absl::StrCat("parent: 'meetingSeries/weekly/meetings/d20260105' agenda_entry_id: '", id,
                                                               "' agenda_entry { title: '", title, "' }"));
  }
  absl::StatusOr<AgendaEntry> Conclude(const AgendaEntry& entry, const std::string& how, const std::string& who = "wang") {
    return Call<AgendaEntry>("ConcludeAgendaEntry", As(who),
                             test::Proto<v1::ConcludeAgendaEntryRequest>("name: '" + entry.name() + "' " + how));
  }
  // From the 1st to the 3rd, and whoever stands in is known to rules of rows.
  void IsAway(const std::string& person, const std::string& deputy) {
    EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                     [&](sql::Session& session) {
                                       return session
                                           .Execute(
                                               "REPLACE INTO mirrored_employees (name, etag, superior, department, absences) VALUES (?, "
                                               "'1', '', 'operations', ?)",
                                               sql::Bind("employees/" + person,
                                                         R"({"absences":[{"start_date":{"year":2026,"month":1,"day":1},"end_date":)"
                                                         R"({"year":2026,"month":1,"day":3},"deputy":"employees/)" +
                                                             deputy + "\"}]}"))
                                           .status();
                                     }),
                IsOk());
    absl::SleepFor(absl::Milliseconds(1100));
  }
  // Of the team, and so sees its meetings.
  rpc::Call Colleague(const std::string& who) const {
    rpc::Call call = As(who);
    call.principal.department = "operations";
    return call;
  }
};

TEST_F(AgendasTest, AnAgendaIsGatheredKeptAndBroughtToAnEnd) {
  CreateQuarter();
  CreateApproved("spring");
  clock_.Advance(absl::Hours(24 * 10));  // The 11th: the task of the first week is overdue.
  const std::string second = "d20260112";
  const auto computed = Do<v1::ComputeAgendaResponse, v1::ComputeAgendaRequest>("ComputeAgenda", As("zhao"), Name(second));
  EXPECT_EQ(computed.planned_minutes(), 95) << "the task takes five, as the policy says, and the topic what it says";
  EXPECT_EQ(computed.excess_minutes(), 35);
  EXPECT_THAT(Told({computed.agenda_entries().begin(), computed.agenda_entries().end()}),
              ElementsAre("1 TASK Write the copy [OVERDUE] 3", "2 TOPIC Sharing [TEMPLATE] 0"));
}

TEST(AgendaTest, CostsAreMoreThanWhatTheWorkIsWorth) {
  EXPECT_EQ(OverspentPercent({.planned = 1000, .earned = 400, .spent = 400}), 0);
  EXPECT_EQ(OverspentPercent({.planned = 1000, .earned = 400, .spent = 509}), 10);
  EXPECT_EQ(OverspentPercent({.planned = 1000, .earned = 400, .spent = 510}), 11);
  EXPECT_EQ(OverspentPercent({.planned = 0, .earned = 0, .spent = 510}), 0) << "nothing was planned";
  EXPECT_EQ(OverspentPercent({.planned = 1, .earned = 0, .spent = 1'000'000'000'000'000'000}), 1'000'000);
}

TEST_F(AgendasTest, CostsThatRunAwayAreOnTheAgenda) {
  CreateQuarter();
  CreateProject("spring");
  CreateTask("projects/spring", "copy", "planned_cost_minor: 100000");
  CreateScheme("projects/spring", "v1");
  GiveEvidence("projects/spring");
  Submit("spring");
  Approve("spring");
  const auto book = [&](int64_t position, const std::string& subject, int64_t amount) {
    EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                     [&](sql::Session& session) {
                                       return session
                                           .Execute(
                                               "INSERT INTO booked_actuals (position, encumbrance, subject, book_date, currency_code, "
                                               "amount_minor) VALUES (?, 'encumbrances/e', ?, '2026-01-01', 'CNY', ?)",
                                               sql::Bind(position, subject, amount))
                                           .status();
                                     }),
                IsOk());
  };
  const auto agenda = [&] {
    const auto computed = Do<v1::ComputeAgendaResponse, v1::ComputeAgendaRequest>("ComputeAgenda", As("zhao"), Name());
    return Told({computed.agenda_entries().begin(), computed.agenda_entries().end()});
  };
  book(1, "projects/spring/tasks/copy", 6000);
  book(2, "projects/spring", 4000);
  EXPECT_THAT(agenda(), ElementsAre("1 TOPIC Sharing [TEMPLATE] 0")) << "a tenth of the plan is not more than a tenth";
  book(3, "projects/spring", 1000);
  EXPECT_THAT(agenda(), ElementsAre("1 VARIANCE Spring campaign [COST_OVER_VALUE] 0", "2 TOPIC Sharing [TEMPLATE] 0"));
}

// A task or a project as a plain look at the tables finds it.
struct PlainTask {
  std::string project, name, title, state, rule, started;
  absl::CivilDay end;
  int parts = 0, percent = 0;
  int64_t planned = 0;
};

TEST_F(AgendasTest, WhatIsGatheredIsWhatAPlainLookFinds) {
  std::mt19937 random(7);
  const auto among = [&](const std::vector<std::string>& all) { return all[random() % all.size()]; };
  const auto sql = [&](const std::string& statement, const sql::Values& values) {
    EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                     [&](sql::Session& session) { return session.Execute(statement, values).status(); }),
                IsOk());
  };
  CreateQuarter();
  const absl::CivilDay day(2026, 1, 5);
  std::map<std::string, bool> approved;
  std::map<std::string, int64_t> spent;
  std::vector<PlainTask> tasks;
  int64_t position = 0;
  const auto book = [&](const std::string& project, const std::string& subject, const std::string& currency) {
    const int64_t amount = static_cast<int64_t>(random() % 900);
    sql("INSERT INTO booked_actuals (position, encumbrance, subject, book_date, currency_code, amount_minor) VALUES (?, 'encumbrances/e', "
        "?, "
        "'2026-01-01', ?, ?)",
        sql::Bind(++position, subject, currency, amount));
    if (currency == "CNY") spent[project] += amount;
  };
  for (int p = 0; p < 6; ++p) {
    // One is called so that its name begins as another's does.
    const std::string id = p == 5 ? "p1-tasks" : absl::StrCat("p", p), project = "projects/" + id;
    CreateProject(id, absl::StrCat("title: 'Of ", id, "'"));
    approved[project] = p != 4;
    sql("INSERT INTO mirrored_activities (name, project, etag) VALUES (?, ?, '1')", sql::Bind("activities/of-" + id, project));
    for (int t = 0; t < 12; ++t) {
      PlainTask task;
      task.project = project;
      task.name = absl::StrCat(project, "/tasks/t", t);
      task.title = absl::StrCat("Task ", random() % 5);
      CreateTask(project, absl::StrCat("t", t), "title: '" + task.title + "'");
      task.state = among({"STATE_OPEN", "STATE_IN_PROGRESS", "STATE_DONE", "STATE_CANCELLED"});
      task.rule = among({"MEASUREMENT_RULE_UNSPECIFIED", "MEASUREMENT_RULE_ZERO_HUNDRED", "MEASUREMENT_RULE_FIFTY_FIFTY"});
      task.started = among({"", "2026-01-02"});
      task.end = day + static_cast<int>(random() % 9) - 5;
      task.parts = random() % 4 == 0 ? 2 : 0;
      task.percent = static_cast<int>(random() % 5) * 25;
      task.planned = static_cast<int64_t>(random() % 333);
      sql("UPDATE tasks SET state = ?, measurement_rule = ?, actual_start_date = ?, start_date = '2025-12-01', end_date = ?, part_count = "
          "?, "
          "progress_percent = ?, planned_cost_minor = ? WHERE name = ?",
          {task.state, task.rule, task.started.empty() ? sql::Value() : sql::Value(task.started), time::DayText(task.end),
           sql::V(task.parts), sql::V(task.percent), task.planned, task.name});
      tasks.push_back(task);
      if (random() % 3 == 0) book(project, task.name, among({"CNY", "CNY", "USD"}));
    }
    // At last, for a change of a plan voids its approval.
    if (approved[project])
      sql("UPDATE projects SET state = 'STATE_APPROVED', approved_baseline = CONCAT(name, '/baselines/1') WHERE name = ?",
          sql::Bind(project));
    book(project, project, "CNY");
    book(project, "activities/of-" + id, among({"CNY", "USD"}));
  }
  book("projects/elsewhere", "activities/elsewhere", "CNY");
  // Per resource: the kind, the reasons, and how serious it is.
  struct Expected {
    std::string kind;
    std::set<std::string> reasons;
    int64_t overdue = 0, severity = 0;
  };
  const auto expected = [&](const std::string& only) {
    std::map<std::string, Expected> all;
    std::map<std::string, CostPosition> costs;
    for (const PlainTask& task : tasks) {
      if (!approved[task.project] || (!only.empty() && task.project != only)) continue;
      if ((task.state == "STATE_OPEN" || task.state == "STATE_IN_PROGRESS") && task.parts == 0 && task.end < day) {
        all[task.name] = {"TASK", {"OVERDUE"}, day - task.end, 0};
      }
      if (task.parts > 0 || task.state == "STATE_CANCELLED") continue;
      int64_t earned = task.percent;
      if (task.rule == "MEASUREMENT_RULE_ZERO_HUNDRED") earned = task.percent == 100 ? 100 : 0;
      if (task.rule == "MEASUREMENT_RULE_FIFTY_FIFTY") earned = task.percent == 100 ? 100 : task.started.empty() ? 0 : 50;
      costs[task.project].planned += task.planned;
      costs[task.project].earned += task.planned * earned / 100;
    }
    for (auto& [project, cost] : costs) {
      cost.spent = spent[project];
      const int percent = OverspentPercent(cost);
      if (percent > 10) all[project] = {"VARIANCE", {"COST_OVER_VALUE"}, 0, percent};
    }
    return all;
  };
  const auto rendered = [](const std::map<std::string, Expected>& all) {
    std::vector<std::string> lines;
    for (const auto& [name, one] : all) {
      lines.push_back(absl::StrCat(name, " ", one.kind, " ", absl::StrJoin(one.reasons, " "), " ", one.overdue, " ", one.severity));
    }
    return lines;
  };
  Do<v1::MeetingSeries, v1::CreateMeetingSeriesRequest>(
      "CreateMeetingSeries", Specialist(),
      "meeting_series_id: 'p1' meeting_series { title: 'Of one' kind: KIND_PROJECT_COORDINATION chair: 'employees/zhao' project: "
      "'projects/p1' schedule { start_date { year: 2026 month: 1 day: 5 } start_clock: '09:30' time_zone: 'Asia/Taipei' duration_minutes: "
      "60 rule: 'FREQ=WEEKLY;BYDAY=MO' day_off_policy: DAY_OFF_POLICY_NEXT } }");
  size_t overspent = 0;
  for (const std::string& series : {std::string("weekly"), std::string("p1")}) {
    const auto computed = Do<v1::ComputeAgendaResponse, v1::ComputeAgendaRequest>(
        "ComputeAgenda", As("zhao"), "name: 'meetingSeries/" + series + "/meetings/d20260105'");
    std::map<std::string, Expected> found;
    for (const AgendaEntry& entry : computed.agenda_entries()) {
      if (entry.subject().empty()) continue;
      EXPECT_EQ(found.count(entry.subject()), 0u) << entry.subject() << " is there twice";
      overspent += entry.kind() == AgendaEntry::KIND_VARIANCE ? 1 : 0;
      found[entry.subject()] = {AgendaEntry::Kind_Name(entry.kind()).substr(5),
                                {entry.reasons().begin(), entry.reasons().end()},
                                entry.overdue_days(),
                                entry.severity()};
    }
    EXPECT_EQ(rendered(found), rendered(expected(series == "weekly" ? "" : "projects/p1"))) << series;
    EXPECT_GT(found.size(), 3u) << series;
  }
  EXPECT_GT(overspent, 1u);
}

TEST_F(AgendasTest, OfAVarianceTheTaskIsNamedAndOfARiskWhatItLacks) {
  std::string shortened;
  for (int i = 0; i < 99; ++i) shortened += "水";
  shortened += "…";
  const auto sql = [&](const std::string& statement) {
    EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                     [&](sql::Session& session) { return session.Execute(statement, {}).status(); }),
                IsOk());
  };
  CreateQuarter();
  CreateApproved("spring");
  CreateProject("draft");
  sql("UPDATE tasks SET milestone = 1 WHERE name = 'projects/spring/tasks/copy'");
  const std::string late =
      "INSERT INTO schedule_variances (name, task, state, slip_days, threshold_days, planning_policy, position, etag, create_time, "
      "update_time, cause) VALUES ";
  sql(late +
      "('projects/spring/scheduleVariances/a', 'projects/spring/tasks/copy', 'STATE_OPEN', 4, 1, '', 1, '1', NOW(), NOW(), "
      "'CAUSE_SLIPPAGE'), ('projects/spring/scheduleVariances/b', '', 'STATE_OPEN', 6, 1, '', 1, '1', NOW(), NOW(), "
      "'CAUSE_DEADLINE'), ('projects/spring/scheduleVariances/c', '', 'STATE_CLOSED', 9, 1, '', 1, '1', NOW(), NOW(), "
      "'CAUSE_DEADLINE'), ('projects/draft/scheduleVariances/d', '', 'STATE_OPEN', 9, 1, '', 1, '1', NOW(), NOW(), "
      "'CAUSE_DEADLINE')");
  sql("INSERT INTO evidence_flags (name, citation, cause, research_item, state, resolution, plan_duty, etag, create_time, update_time) "
      "VALUES ('projects/spring/evidenceFlags/f', 'projects/spring/citations/basis', '', '', 'STATE_OPEN', '', '', '1', NOW(), NOW()), "
      "('projects/draft/evidenceFlags/g', 'projects/draft/citations/basis', '', '', 'STATE_OPEN', '', '', '1', NOW(), NOW())");
  sql("INSERT INTO mirrored_risks (name, title, subject, owner, state, level, etag, restriction) VALUES "
      "('risks/a', 'Both', 'projects/spring', 'employees/li', 'STATE_ASSESSED', 'LEVEL_HIGH', '1', ''), "
      "('risks/b', 'Seen to', '', 'employees/li', 'STATE_TREATED', 'LEVEL_HIGH', '1', ''), "
      "('risks/c', 'Harmless', '', 'employees/li', 'STATE_TREATED', 'LEVEL_LOW', '1', ''), "
      "('risks/d', 'Open', '', 'employees/li', 'STATE_REOPENED', 'LEVEL_LOW', '1', ''), "
      "('risks/e', 'Of few', '', 'employees/li', 'STATE_ASSESSED', 'LEVEL_HIGH', '1', 'RESTRICTION_X')");
  // The meeting is on 2026-01-05.
  sql("INSERT INTO mirrored_risk_measures (name, risk, description, owner, due_date, state, restriction, etag) VALUES "
      "('riskMeasures/a', 'risks/a', 'Two pumps', 'employees/li', '2026-01-02', 'STATE_OPEN', '', '1'), "
      "('riskMeasures/b', 'risks/b', REPEAT('水', 400), 'employees/li', '2026-01-04', 'STATE_REOPENED', '', '1'), "
      "('riskMeasures/c', 'risks/a', 'In time', 'employees/li', '2026-01-05', 'STATE_IN_PROGRESS', '', '1'), "
      "('riskMeasures/d', 'risks/a', 'Done', 'employees/li', '2026-01-02', 'STATE_DONE', '', '1'), "
      "('riskMeasures/e', 'risks/e', 'Of few', 'employees/li', '2026-01-02', 'STATE_OPEN', 'restricted', '1')");
  const auto computed = Do<v1::ComputeAgendaResponse, v1::ComputeAgendaRequest>("ComputeAgenda", As("zhao"), Name());
  EXPECT_THAT(Told({computed.agenda_entries().begin(), computed.agenda_entries().end()}),
              ElementsAre("1 MILESTONE Write the copy [LATE_BY_FORECAST] 0", "2 RISK Both [HIGH UNTREATED] 0", "3 RISK Seen to [HIGH] 0",
                          "4 RISK Open [UNTREATED] 0", "5 RISK_MEASURE Two pumps [OVERDUE] 3",
                          absl::StrCat("6 RISK_MEASURE ", shortened, " [OVERDUE] 1"), "7 VARIANCE Spring campaign [AFTER_ITS_LAST_DAY] 0",
                          "8 EVIDENCE Spring campaign [FLAGGED] 0", "9 TOPIC Sharing [TEMPLATE] 0"))
      << "characters are whole";
  Do<v1::MeetingSeries, v1::CreateMeetingSeriesRequest>(
      "CreateMeetingSeries", Specialist(),
      "meeting_series_id: 'spring' meeting_series { title: 'Of one' kind: KIND_PROJECT_COORDINATION chair: 'employees/zhao' project: "
      "'projects/spring' schedule { start_date { year: 2026 month: 1 day: 5 } start_clock: '09:30' time_zone: 'Asia/Taipei' "
      "duration_minutes: 60 rule: 'FREQ=WEEKLY;BYDAY=MO' day_off_policy: DAY_OFF_POLICY_NEXT } }");
  const auto of_project = Do<v1::ComputeAgendaResponse, v1::ComputeAgendaRequest>("ComputeAgenda", As("zhao"),
                                                                                  "name: 'meetingSeries/spring/meetings/d20260105'");
  std::vector<std::string> risks;
  for (const AgendaEntry& entry : of_project.agenda_entries()) {
    if (absl::StartsWith(entry.subject(), "risk")) risks.push_back(entry.subject());
  }
  EXPECT_THAT(risks, ElementsAre("risks/a", "riskMeasures/a"));
  // What is of its tasks and its activities is of the project.
  sql("INSERT INTO mirrored_activities (name, project, etag) VALUES ('activities/tea', 'projects/spring', '1'), ('activities/cake', "
      "'projects/draft', '1')");
  sql("INSERT INTO mirrored_risks (name, title, subject, owner, state, level, etag, restriction) VALUES "
      "('risks/f', 'F', 'projects/spring/tasks/copy', 'employees/li', 'STATE_TREATED', 'LEVEL_HIGH', '1', ''), "
      "('risks/g', 'G', 'activities/tea', 'employees/li', 'STATE_IDENTIFIED', 'LEVEL_UNSPECIFIED', '1', ''), "
      "('risks/h', 'H', 'activities/cake', 'employees/li', 'STATE_IDENTIFIED', 'LEVEL_UNSPECIFIED', '1', ''), "
      "('risks/i', 'I', 'projects/spring-2', 'employees/li', 'STATE_IDENTIFIED', 'LEVEL_UNSPECIFIED', '1', '')");
  sql("INSERT INTO mirrored_risk_measures (name, risk, description, owner, due_date, state, restriction, etag) VALUES "
      "('riskMeasures/g', 'risks/g', 'Tents', 'employees/li', '2026-01-02', 'STATE_OPEN', '', '1'), "
      "('riskMeasures/h', 'risks/h', 'Tents', 'employees/li', '2026-01-02', 'STATE_OPEN', '', '1')");
  sql("INSERT INTO mirrored_incidents (name, title, owner, state, severity, etag) VALUES "
      "('activities/tea/incidents/a', 'Wet', 'employees/li', 'STATE_OPEN', 'SEVERITY_UNSPECIFIED', '1'), "
      "('activities/tea/incidents/b', 'Dry', 'employees/li', 'STATE_RESOLVED', 'SEVERITY_UNSPECIFIED', '1'), "
      "('activities/cake/incidents/a', 'Wet', 'employees/li', 'STATE_OPEN', 'SEVERITY_UNSPECIFIED', '1')");
  const auto wider = Do<v1::ComputeAgendaResponse, v1::ComputeAgendaRequest>("ComputeAgenda", As("zhao"),
                                                                             "name: 'meetingSeries/spring/meetings/d20260105'");
  std::vector<std::string> subjects;
  for (const AgendaEntry& entry : wider.agenda_entries()) {
    if (absl::StartsWith(entry.subject(), "risk") || absl::StartsWith(entry.subject(), "activities")) subjects.push_back(entry.subject());
  }
  EXPECT_THAT(subjects, ElementsAre("risks/a", "risks/f", "risks/g", "riskMeasures/g", "riskMeasures/a", "activities/tea/incidents/a"));
}

TEST_F(AgendasTest, ATeamTalksAboutTheProjectsInWhichItTakesPart) {
  CreateQuarter();
  const auto sql = [&](const std::string& statement, const sql::Values& values) {
    EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                     [&](sql::Session& session) { return session.Execute(statement, values).status(); }),
                IsOk());
  };
  for (const auto& [person, department] : std::map<std::string, std::string>{
           {"ours", "operations"}, {"moved", "operations"}, {"theirs", "technology"}, {"other", "technology"}, {"nowhere", ""}}) {
    sql("INSERT INTO mirrored_employees (name, etag, superior, department) VALUES (?, '1', '', ?)",
        sql::Bind("employees/" + person, department));
  }
  // By name, by whom it is owned, and who does its task.
  const auto project = [&](const std::string& id, const std::string& owner, const std::string& doer) {
    CreateProject(id, "owner: 'employees/" + owner + "'");
    CreateTask("projects/" + id, "t", "title: 'Of " + id + "' owner: 'employees/" + doer + "'");
  };
  project("by-owner", "ours", "theirs");
  project("by-task", "theirs", "ours");
  project("by-cancelled", "theirs", "theirs");
  CreateTask("projects/by-cancelled", "u", "owner: 'employees/ours'");
  project("by-raci", "theirs", "theirs");
  project("by-department", "theirs", "theirs");
  project("by-group", "theirs", "theirs");
  project("by-late-group", "theirs", "theirs");
  project("by-moved-member", "theirs", "theirs");
  project("by-typed-member", "theirs", "theirs");
  project("of-others", "theirs", "theirs");
  project("of-nobody-known", "stranger", "theirs");
  project("of-no-department", "nowhere", "theirs");
  const auto raci = [&](const std::string& id, const std::string& more) {
    Do<v1::RaciEntry, v1::CreateRaciEntryRequest>(
        "CreateRaciEntry", Specialist(),
        absl::StrCat("parent: 'projects/", id, "' raci_entry { task: 'projects/", id,
                     "/tasks/t' accountable: 'employees/theirs' responsible: 'employees/theirs' ", more, " }"));
  };
  raci("by-raci", "consulted: 'employees/ours'");
  raci("by-department", "responsible_departments: 'operations'");
  raci("of-others", "informed_departments: 'finance'");
  const auto group = [&](const std::string& id, const std::string& member) {
    Do<v1::WorkingGroup, v1::CreateWorkingGroupRequest>(
        "CreateWorkingGroup", Specialist(),
        absl::StrCat("parent: 'projects/", id, "' working_group { title: 'G' lead: 'employees/theirs' members { ", member, " } }"));
  };
  group("by-group", "employee: 'employees/stranger' department: 'operations'");
  group("by-late-group", "employee: 'employees/ours' department: 'operations' end_date { year: 2026 month: 1 day: 4 }");
  group("by-moved-member", "employee: 'employees/moved' department: 'technology'");
  group("by-typed-member", "employee: 'employees/other' department: 'operations'");
  sql("UPDATE tasks SET start_date = '2025-12-01', end_date = '2025-12-31', state = CASE WHEN name LIKE '%/u' THEN 'STATE_CANCELLED' ELSE "
      "'STATE_OPEN' END",
      {});
  sql("UPDATE projects SET state = 'STATE_APPROVED', approved_baseline = CONCAT(name, '/baselines/1')", {});
  for (const char* id : {"by-owner", "of-others"}) {
    const std::string name = absl::StrCat("projects/", id), activity = absl::StrCat("activities/of-", id);
    Do<v1::Issue, v1::CreateIssueRequest>(
        "CreateIssue", Specialist(),
        absl::StrCat("parent: '", name, "' issue_id: 'i' issue { title: 'Of ", id, "' severity: SEVERITY_LOW owner: 'employees/theirs' }"));
    sql("INSERT INTO mirrored_activities (name, project, etag) VALUES (?, ?, '1')", sql::Bind(activity, name));
    for (const std::string& subject : {name, activity, absl::StrCat(name, "/tasks/t")}) {
      sql("INSERT INTO mirrored_risks (name, title, subject, owner, state, level, etag, restriction) VALUES (?, ?, ?, '', "
          "'STATE_IDENTIFIED', '', '1', '')",
          sql::Bind(absl::StrCat("risks/r", subject.size()), "Of " + subject, subject));
    }
    sql("INSERT INTO mirrored_incidents (name, title, owner, state, severity, etag) VALUES (?, 'Wet', '', 'STATE_OPEN', "
        "'SEVERITY_UNSPECIFIED', '1')",
        sql::Bind(activity + "/incidents/a"));
    sql("INSERT INTO mirrored_review_actions (name, title, activity, owner, state, due_time, etag) VALUES (?, 'Ask', ?, '', 'STATE_OPEN', "
        "'2026-02-02 00:00:00', '1')",
        sql::Bind(absl::StrCat("reviewActions/", id), activity));
  }
  sql("INSERT INTO mirrored_risks (name, title, subject, owner, state, level, etag, restriction) VALUES ('risks/wide', 'Of none', "
      "'items/mug', '', 'STATE_IDENTIFIED', '', '1', '')",
      {});
  const auto subjects = [&](const std::string& meeting, AgendaEntry::Kind kind) {
    const auto computed = Do<v1::ComputeAgendaResponse, v1::ComputeAgendaRequest>("ComputeAgenda", As("zhao"), "name: '" + meeting + "'");
    std::set<std::string> names;
    for (const AgendaEntry& entry : computed.agenda_entries()) {
      if (entry.kind() == kind) names.insert(kind == AgendaEntry::KIND_TASK ? entry.title().substr(3) : entry.subject());
    }
    return names;
  };
  const std::string weekly = "meetingSeries/weekly/meetings/d20260105";
  EXPECT_THAT(subjects(weekly, AgendaEntry::KIND_TASK), ElementsAre("by-department", "by-group", "by-moved-member", "by-owner", "by-raci",
                                                                    "by-task", "of-no-department", "of-nobody-known"));
  EXPECT_THAT(subjects(weekly, AgendaEntry::KIND_ISSUE), ElementsAre("projects/by-owner/issues/i"));
  EXPECT_THAT(subjects(weekly, AgendaEntry::KIND_RISK), ElementsAre("risks/r17", "risks/r22", "risks/r25", "risks/wide"));
  EXPECT_THAT(subjects(weekly, AgendaEntry::KIND_INCIDENT), ElementsAre("activities/of-by-owner/incidents/a"));
  EXPECT_THAT(subjects(weekly, AgendaEntry::KIND_ACTION_ITEM), ElementsAre("reviewActions/by-owner"));
  Do<v1::MeetingSeries, v1::CreateMeetingSeriesRequest>(
      "CreateMeetingSeries", Specialist(),
      "meeting_series_id: 'all' meeting_series { title: 'All' kind: KIND_TEAM_WEEKLY chair: 'employees/zhao' schedule { start_date { year: "
      "2026 month: 1 day: 5 } start_clock: '09:30' time_zone: 'Asia/Taipei' duration_minutes: 60 rule: 'FREQ=WEEKLY;BYDAY=MO' "
      "day_off_policy: DAY_OFF_POLICY_NEXT } }");
  EXPECT_THAT(subjects("meetingSeries/all/meetings/d20260105", AgendaEntry::KIND_TASK), SizeIs(12)) << "of no department, about everything";
}

TEST_F(AgendasTest, WhatWasDeferredComesBackWhereTheSeriesDoesNotMeetAgain) {
  const auto begin = [&](const std::string& id, const std::string& department, const std::string& more) {
    Do<v1::MeetingSeries, v1::CreateMeetingSeriesRequest>(
        "CreateMeetingSeries", Specialist(),
        absl::StrCat(
            "meeting_series_id: '", id, "' meeting_series { title: 'Brief' kind: KIND_TEAM_WEEKLY chair: 'employees/zhao' departments: '",
            department, "' ", more,
            " schedule { start_date { year: 2026 month: 1 day: 5 } start_clock: '11:00' time_zone: 'Asia/Taipei' duration_minutes: "
            "60 rule: 'FREQ=WEEKLY;BYDAY=MO;COUNT=3' day_off_policy: DAY_OFF_POLICY_NEXT } }"));
  };
  const auto propose = [&](const std::string& meeting, const std::string& title) {
    Do<AgendaEntry, v1::CreateAgendaEntryRequest>("CreateAgendaEntry", As("zhao"),
                                                  "parent: '" + meeting + "' agenda_entry { title: '" + title + "' }");
  };
  const auto hold = [&](const std::string& meeting) {
    Do<Meeting, v1::PublishAgendaRequest>("PublishAgenda", As("zhao"), "name: '" + meeting + "'");
    Do<Meeting, v1::HoldMeetingRequest>("HoldMeeting", As("zhao"), "name: '" + meeting + "'");
    const auto page = Do<v1::ListAgendaEntriesResponse, v1::ListAgendaEntriesRequest>("ListAgendaEntries", As("zhao"),
                                                                                      "order_by: 'place' parent: '" + meeting + "'");
    return std::vector<AgendaEntry>(page.agenda_entries().begin(), page.agenda_entries().end());
  };
  const auto close = [&](const std::string& meeting) {
    Do<Meeting, v1::CloseMeetingRequest>("CloseMeeting", As("zhao"), "name: '" + meeting + "'");
  };
  const auto carried = [&](const std::string& meeting) {
    const auto computed = Do<v1::ComputeAgendaResponse, v1::ComputeAgendaRequest>("ComputeAgenda", As("zhao"), "name: '" + meeting + "'");
    std::vector<std::string> titles;
    for (const AgendaEntry& entry : computed.agenda_entries()) {
      if (entry.kind() == AgendaEntry::KIND_CARRIED_OVER)
        titles.push_back(absl::StrCat(entry.title(), " ", absl::StrJoin(entry.reasons(), " ")));
    }
    return titles;
  };
  const auto defer = [&](const AgendaEntry& entry, int day) {
    return Conclude(entry, absl::StrCat("outcome: OUTCOME_DEFERRED text: 'No time' defer_date { year: 2026 month: 1 day: ", day, " }"),
                    "zhao");
  };
  const std::string brief = "meetingSeries/brief/meetings/d202601", weekly = "meetingSeries/weekly/meetings/d202601";
  begin("brief", "operations", "");
  propose(brief + "05", "A stand");
  const auto first = hold(brief + "05");
  ASSERT_THAT(first, SizeIs(1));
  ASSERT_THAT(defer(first[0], 12), IsOk());
  close(brief + "05");
  propose(brief + "19", "A flag");
  EXPECT_THAT(carried(brief + "12"), ElementsAre("A stand DEFERRED"));
  EXPECT_THAT(carried(weekly + "12"), IsEmpty()) << "it comes back in its own series";
  Do<v1::MeetingSeries, v1::EndMeetingSeriesRequest>("EndMeetingSeries", Manager(), "name: 'meetingSeries/brief' reason: 'Enough'");
  EXPECT_EQ((Do<AgendaEntry, v1::GetAgendaEntryRequest>("GetAgendaEntry", As("zhao"), "name: '" + first[0].name() + "'")).carried_to(),
            "meetingSeries/weekly");
  EXPECT_THAT(carried(weekly + "05"), ElementsAre("A flag NOT_HELD")) << "the other one is for the 12th";
  for (const AgendaEntry& entry : hold(weekly + "05")) EXPECT_THAT(Conclude(entry, "outcome: OUTCOME_NOTED text: 'Yes'", "zhao"), IsOk());
  close(weekly + "05");
  EXPECT_THAT(carried(weekly + "12"), ElementsAre("A stand DEFERRED"));
  for (const AgendaEntry& entry : hold(weekly + "12")) EXPECT_THAT(Conclude(entry, "outcome: OUTCOME_NOTED text: 'Yes'", "zhao"), IsOk());
  close(weekly + "12");
  EXPECT_THAT(carried(weekly + "19"), IsEmpty()) << "it has come back, once";
  // Where no meeting takes it on, the series cannot end, and what runs out waits for one.
  const std::string tech = "meetingSeries/tech/meetings/d202601";
  begin("tech", "technology", "");
  propose(tech + "05", "A till");
  const auto till = hold(tech + "05");
  ASSERT_THAT(till, SizeIs(1));
  ASSERT_THAT(defer(till[0], 30), IsOk());
  close(tech + "05");
  EXPECT_THAT((Refused<v1::MeetingSeries, v1::EndMeetingSeriesRequest>("EndMeetingSeries", Manager(),
                                                                       "name: 'meetingSeries/tech' reason: 'Enough'")),
              HasReason("NO_STANDING_MEETING"));
  propose(tech + "19", "A printer");
  EXPECT_THAT(hold(tech + "12"), IsEmpty());
  close(tech + "12");
  const auto last = hold(tech + "19");
  ASSERT_THAT(last, SizeIs(1));
  EXPECT_THAT(defer(last[0], 30), HasReason("NO_STANDING_MEETING")) << "it would be on no agenda";
  EXPECT_THAT(Conclude(last[0], "outcome: OUTCOME_NOTED text: 'Yes'", "zhao"), IsOk());
  close(tech + "19");
  clock_.Advance(absl::Seconds(11));
  EXPECT_THAT(jobs_.RunDue(), IsOk());
  begin("standing", "technology", "standing: true");
  clock_.Advance(absl::Seconds(11));
  EXPECT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_EQ((Do<AgendaEntry, v1::GetAgendaEntryRequest>("GetAgendaEntry", As("zhao"), "name: '" + till[0].name() + "'")).carried_to(),
            "meetingSeries/standing")
      << "as soon as somebody takes it on";
}

TEST_F(AgendasTest, EveryEntryEndsBeforeTheMeetingDoes) {
  Propose("p1", "A stand");
  Do<Meeting, v1::PublishAgendaRequest>("PublishAgenda", As("zhao"), Name());
  Propose("p2", "Came late");
  Do<v1::ActionItem, v1::CreateActionItemRequest>("CreateActionItem", Specialist(),
                                                  "action_item_id: 'x' action_item { title: 'Ask' owner: 'employees/li' department: "
                                                  "'operations' due_date { year: 2026 month: 1 day: 7 } }");
  clock_.Advance(absl::Seconds(1));
  const auto held = Do<Meeting, v1::HoldMeetingRequest>("HoldMeeting", As("zhao"), Name());
  EXPECT_THAT(held.attendances(), IsEmpty());
  const std::vector<AgendaEntry> entries = Entries();
  EXPECT_THAT(Told(entries), ElementsAre("1 PROPOSAL A stand [PROPOSED] 0", "2 TOPIC Sharing [TEMPLATE] 0",
                                         "3 PROPOSAL Came late [PROPOSED] 0", "4 ACTION_ITEM Ask [OPEN] 0"));
  EXPECT_FALSE(entries[1].late());
  EXPECT_TRUE(entries[2].late());
  EXPECT_TRUE(entries[3].late());
  EXPECT_THAT((Refused<AgendaEntry, v1::CreateAgendaEntryRequest>(
                  "CreateAgendaEntry", As("wang"), "parent: 'meetingSeries/weekly/meetings/d20260105' agenda_entry { title: 'Too late' }")),
              HasReason("MEETING_BEGUN"));
  EXPECT_THAT((Refused<Meeting, v1::CloseMeetingRequest>("CloseMeeting", As("zhao"), Name())), HasReason("ENTRIES_OPEN"));
  const std::string decision =
      "outcome: OUTCOME_DECIDED decision { text: 'We go' reason: 'It pays' owner: 'employees/li' due_date { year: 2026 month: 1 day: 30 } "
      "} "
      "actions { title: 'Book it' owner: 'employees/wang' due_date { year: 2026 month: 1 day: 9 } }";
  EXPECT_THAT(Conclude(entries[0], decision), HasReason("NO_QUORUM"));
  Do<Meeting, v1::RecordAttendanceRequest>("RecordAttendance", As("wang"),
                                           Name() +
                                               "attendances { employee: 'employees/zhao' presence: PRESENCE_PRESENT } "
                                               "attendances { employee: 'employees/wang' presence: PRESENCE_LATE }");
  const auto decided = Conclude(entries[0], decision);
  ASSERT_THAT(decided, IsOk());
  EXPECT_THAT(decided->action_items(), SizeIs(1));
  const auto kept = Do<Decision, v1::GetDecisionRequest>("GetDecision", As("li"), "name: '" + decided->decision() + "'");
  EXPECT_THAT(kept.draft().deciders(), ElementsAre("employees/wang", "employees/zhao"));
  EXPECT_THAT(Conclude(entries[1], "outcome: OUTCOME_DEFERRED text: 'No time' defer_date { year: 2026 month: 1 day: 5 }"),
              HasViolation("defer_date", "OUTCOME_MISMATCHED"));
  EXPECT_THAT(Conclude(entries[1], "outcome: OUTCOME_DEFERRED text: 'No time' defer_date { year: 9999 month: 1 day: 1 }"),
              HasViolation("defer_date", "DAY_TOO_FAR"));
  EXPECT_THAT(Conclude(entries[1],
                       "outcome: OUTCOME_ACTION actions { title: 'Wait' owner: 'employees/li' due_date { year: 9999 month: 1 day: 1 } }"),
              HasViolation("actions[0].due_date", "DAY_TOO_FAR"));
  EXPECT_THAT(Conclude(entries[1], "outcome: OUTCOME_DROPPED"), HasViolation("text", "OUTCOME_UNEXPLAINED"));
  EXPECT_THAT(Conclude(entries[1], "outcome: OUTCOME_NOTED text: 'Thanks'"), IsOk());
  EXPECT_THAT(Conclude(entries[2], "outcome: OUTCOME_DEFERRED text: 'No time' defer_date { year: 2026 month: 1 day: 12 }"), IsOk());
  EXPECT_THAT(Conclude(entries[3], "outcome: OUTCOME_NOTED text: 'It goes on'"), IsOk());
  const auto closed = Do<Meeting, v1::CloseMeetingRequest>("CloseMeeting", As("zhao"), Name());
  EXPECT_THAT(closed.attendances(), SizeIs(2));
  const auto next = Do<v1::ComputeAgendaResponse, v1::ComputeAgendaRequest>("ComputeAgenda", As("zhao"), Name("d20260112"));
  EXPECT_THAT(Told({next.agenda_entries().begin(), next.agenda_entries().end()}),
              ElementsAre("1 CARRIED_OVER Came late [DEFERRED] 0", "2 ACTION_ITEM Ask [CARRIED_ON OVERDUE] 5",
                          "3 ACTION_ITEM Book it [OVERDUE] 3", "4 TOPIC Sharing [TEMPLATE] 0"));
}

TEST_F(AgendasTest, MinutesAreApprovedByTheChairAndThenOnlyCorrected) {
  const std::string minutes = "name: 'meetingSeries/weekly/meetings/d20260105/meetingMinutes/minutes' ";
  Do<Meeting, v1::PublishAgendaRequest>("PublishAgenda", As("zhao"), Name());
  Do<Meeting, v1::HoldMeetingRequest>("HoldMeeting", As("zhao"), Name());
  Do<v1::MeetingMinutes, v1::UpdateMeetingMinutesRequest>("UpdateMeetingMinutes", As("wang"),
                                                          "meeting_minutes { " + minutes + "text: 'All well' }");
  EXPECT_THAT((Refused<v1::MeetingMinutes, v1::ApproveMeetingMinutesRequest>("ApproveMeetingMinutes", As("zhao"), minutes)),
              HasReason("MEETING_NOT_CLOSED"));
  for (const AgendaEntry& entry : Entries()) EXPECT_THAT(Conclude(entry, "outcome: OUTCOME_NOTED text: 'Thanks'"), IsOk());
  const auto to_approve = [&] {
    std::vector<std::string> texts;
    const auto page = Do<v1::ListNoticesResponse, v1::ListNoticesRequest>("ListNotices", As("zhao"), "");
    for (const v1::Notice& notice : page.notices()) {
      if (notice.wording() == "minutes-to-approve") texts.push_back(notice.text());
    }
    return texts;
  };
  EXPECT_THAT(to_approve(), IsEmpty());
  Do<Meeting, v1::CloseMeetingRequest>("CloseMeeting", As("zhao"), Name());
  EXPECT_THAT(to_approve(), ElementsAre(AllOf(HasSubstr("2026-01-01 08:00"), HasSubstr("2026-01-05")))) << "since when, and until when";
  EXPECT_THAT((Refused<v1::MeetingMinutes, v1::ApproveMeetingMinutesRequest>("ApproveMeetingMinutes", As("wang"), minutes)),
              HasReason("NOT_YOUR_MEETING"));
  Do<v1::MeetingMinutes, v1::ApproveMeetingMinutesRequest>("ApproveMeetingMinutes", As("zhao"), minutes);
  EXPECT_THAT((Refused<v1::MeetingMinutes, v1::UpdateMeetingMinutesRequest>("UpdateMeetingMinutes", As("wang"),
                                                                            "meeting_minutes { " + minutes + "text: 'Not well' }")),
              HasReason("MINUTES_APPROVED"));
  Do<v1::MeetingMinutes, v1::CorrectMeetingMinutesRequest>("CorrectMeetingMinutes", As("wang"), minutes + "text: 'Nearly'");
  const auto document = Do<v1::RenderMeetingMinutesResponse, v1::RenderMeetingMinutesRequest>("RenderMeetingMinutes", As("zhao"), minutes);
  EXPECT_THAT(document.markdown(), HasSubstr("Nearly"));
  EXPECT_THAT(document.sha256(), SizeIs(64));
}

TEST_F(AgendasTest, WhoeverStandsInForAnAbsentChairRunsTheMeeting) {
  const std::string minutes = "name: 'meetingSeries/weekly/meetings/d20260105/meetingMinutes/minutes' ";
  Propose("p1", "A stand");
  EXPECT_THAT((Refused<Meeting, v1::PublishAgendaRequest>("PublishAgenda", As("wu"), Name())), HasReason("NOT_FOUND"));
  EXPECT_THAT((Refused<Meeting, v1::PublishAgendaRequest>("PublishAgenda", Colleague("wu"), Name())), HasReason("NOT_YOUR_MEETING"))
      << "chair and secretary are there";
  IsAway("zhao", "wu");
  EXPECT_THAT((Refused<Meeting, v1::PublishAgendaRequest>("PublishAgenda", Colleague("chen"), Name())), HasReason("NOT_YOUR_MEETING"));
  EXPECT_EQ((Do<Meeting, v1::PublishAgendaRequest>("PublishAgenda", As("wu"), Name())).deputy(), "employees/wu");
  const auto held = Do<Meeting, v1::HoldMeetingRequest>("HoldMeeting", As("wu"), Name());
  ASSERT_THAT(held.attendances(), SizeIs(1));
  EXPECT_EQ(held.attendances(0).presence(), v1::Attendance::PRESENCE_EXCUSED);
  Do<Meeting, v1::RecordAttendanceRequest>("RecordAttendance", As("wu"),
                                           Name() +
                                               "attendances { employee: 'employees/zhao' presence: PRESENCE_REPRESENTED representative: "
                                               "'employees/wu' } attendances { employee: 'employees/wang' presence: PRESENCE_PRESENT }");
  const auto page = Do<v1::ListAgendaEntriesResponse, v1::ListAgendaEntriesRequest>(
      "ListAgendaEntries", As("wu"), "order_by: 'place' parent: 'meetingSeries/weekly/meetings/d20260105'");
  ASSERT_THAT(page.agenda_entries(), SizeIs(2));
  const auto decided = Conclude(page.agenda_entries(0),
                                "outcome: OUTCOME_DECIDED decision { text: 'We go' reason: 'It pays' owner: 'employees/li' due_date { "
                                "year: 2026 month: 1 day: 30 } } actions { title: 'Book it' owner: 'employees/li' due_date { year: 2026 "
                                "month: 1 day: 9 } }",
                                "wu");
  ASSERT_THAT(decided, IsOk());
  EXPECT_EQ(decided->deputy(), "employees/wu");
  ASSERT_THAT(decided->action_items(), SizeIs(1));
  EXPECT_EQ((Do<v1::ActionItem, v1::CancelActionItemRequest>("CancelActionItem", As("wu"),
                                                             "name: '" + decided->action_items(0) + "' reason: 'No need'"))
                .deputy(),
            "employees/wu");
  EXPECT_THAT(Conclude(page.agenda_entries(1), "outcome: OUTCOME_NOTED text: 'Thanks'", "wu"), IsOk());
  EXPECT_EQ((Do<Meeting, v1::CloseMeetingRequest>("CloseMeeting", As("wu"), Name())).state(), Meeting::STATE_CLOSED);
  Do<v1::MeetingMinutes, v1::UpdateMeetingMinutesRequest>("UpdateMeetingMinutes", As("wu"),
                                                          "meeting_minutes { " + minutes + "text: 'All well' }");
  const auto approved = Do<v1::MeetingMinutes, v1::ApproveMeetingMinutesRequest>("ApproveMeetingMinutes", As("wu"), minutes);
  EXPECT_EQ(approved.approver(), "employees/wu");
  EXPECT_EQ(approved.deputy(), "employees/wu");
  EXPECT_EQ((Do<v1::MeetingSeries, v1::UpdateMeetingSeriesRequest>(
                 "UpdateMeetingSeries", As("wu"),
                 "meeting_series { name: 'meetingSeries/weekly' place: 'Room 3' } update_mask { paths: "
                 "'place' }"))
                .deputy(),
            "employees/wu");
  clock_.Advance(absl::Hours(24 * 3));
  EXPECT_THAT(
      (Refused<v1::MeetingMinutes, v1::CorrectMeetingMinutesRequest>("CorrectMeetingMinutes", Colleague("wu"), minutes + "text: 'Nearly'")),
      HasReason("NOT_YOUR_MEETING"))
      << "the chair is back";
}

TEST_F(AgendasTest, WhoeverStandsInForTheSecretaryDoesWhatTheSecretaryDoes) {
  const std::string minutes = "name: 'meetingSeries/weekly/meetings/d20260105/meetingMinutes/minutes' ";
  IsAway("wang", "wu");
  Do<Meeting, v1::PublishAgendaRequest>("PublishAgenda", As("zhao"), Name());
  Do<Meeting, v1::HoldMeetingRequest>("HoldMeeting", As("zhao"), Name());
  for (const AgendaEntry& entry : Entries()) {
    const auto concluded = Conclude(entry, "outcome: OUTCOME_NOTED text: 'Thanks'", "wu");
    ASSERT_THAT(concluded, IsOk());
    EXPECT_EQ(concluded->deputy(), "employees/wu");
  }
  EXPECT_EQ((Do<Meeting, v1::CloseMeetingRequest>("CloseMeeting", As("zhao"), Name())).deputy(), "") << "nobody acted for the chair";
  Do<v1::MeetingMinutes, v1::UpdateMeetingMinutesRequest>("UpdateMeetingMinutes", As("wu"),
                                                          "meeting_minutes { " + minutes + "text: 'All well' }");
  EXPECT_THAT((Refused<v1::MeetingMinutes, v1::ApproveMeetingMinutesRequest>("ApproveMeetingMinutes", As("wu"), minutes)),
              HasReason("NOT_YOUR_MEETING"));
}

TEST_F(AgendasTest, DecisionsOutsideOfMeetingsNameWhoAgreed) {
  const std::string draft =
      "decision_id: 'd' decision { department: 'operations' draft { text: 'Less paper' reason: 'Cost' owner: 'employees/li' "
      "due_date { year: 2026 month: 1 day: 9 } ";
  EXPECT_THAT((Refused<Decision, v1::CreateDecisionRequest>("CreateDecision", Specialist(), draft + "} }")),
              HasViolation("decision.draft.deciders", "DECIDERS_MISSING"));
  EXPECT_THAT((Refused<Decision, v1::CreateDecisionRequest>(
                  "CreateDecision", Specialist(),
                  "decision { department: 'operations' draft { text: 'No paper' reason: 'Cost' owner: 'employees/li' deciders: "
                  "'employees/zhao' due_date { year: 9999 month: 1 day: 1 } } }")),
              HasViolation("decision.draft.due_date", "DAY_TOO_FAR"));
  Do<Decision, v1::CreateDecisionRequest>("CreateDecision", Specialist(), draft + "deciders: 'employees/zhao' } }");
  EXPECT_THAT((Refused<Decision, v1::SupersedeDecisionRequest>("SupersedeDecision", Specialist(),
                                                               "name: 'decisions/d' superseded_by: 'decisions/d'")),
              HasReason("DECISION_CLOSED"));
  EXPECT_THAT((Refused<Decision, v1::CarryOutDecisionRequest>("CarryOutDecision", Specialist(), "name: 'decisions/d' proof: 'Bills'")),
              HasReason("NOT_YOUR_DECISION"));
  const auto done = Do<Decision, v1::CarryOutDecisionRequest>("CarryOutDecision", As("li"), "name: 'decisions/d' proof: 'Bills'");
  EXPECT_EQ(done.state(), Decision::STATE_CARRIED_OUT);
}

TEST_F(AgendasTest, ATaskArisesInTheActInWhichItIsSaid) {
  CreateQuarter();
  CreateProject("spring");
  Propose("copy", "Who writes it?");
  Do<Meeting, v1::PublishAgendaRequest>("PublishAgenda", As("zhao"), Name());
  Do<Meeting, v1::HoldMeetingRequest>("HoldMeeting", As("zhao"), Name());
  const AgendaEntry entry = Entries()[0];
  const std::string action =
      "outcome: OUTCOME_ACTION actions { title: 'Write' owner: 'employees/li' due_date { year: 2026 month: 1 day: 9 } estimate_hours: 4 ";
  EXPECT_THAT(Conclude(entry, action + "}"), HasViolation("actions[0].estimate_hours", "OUTCOME_MISMATCHED"));
  EXPECT_THAT(Conclude(entry, action + "project: 'projects/spring' }"), HasReason("NOT_YOUR_PROJECT"));
  const auto done = Do<AgendaEntry, v1::ConcludeAgendaEntryRequest>(
      "ConcludeAgendaEntry", Specialist(), "name: '" + entry.name() + "' " + action + "project: 'projects/spring' }");
  ASSERT_THAT(done.action_items(), SizeIs(1));
  const auto item = Do<v1::ActionItem, v1::GetActionItemRequest>("GetActionItem", Analyst(), "name: '" + done.action_items(0) + "'");
  const auto task = Do<v1::Task, v1::GetTaskRequest>("GetTask", Analyst(), "name: '" + item.task() + "'");
  EXPECT_EQ(task.owner(), "employees/li");
  EXPECT_EQ(task.estimate_hours(), 4);
  Do<v1::Project, v1::CancelProjectRequest>("CancelProject", Manager(), "name: 'projects/spring' reason: 'Enough'");
  const auto left = Do<v1::ActionItem, v1::GetActionItemRequest>("GetActionItem", Analyst(), "name: '" + item.name() + "'");
  EXPECT_EQ(left.task(), "") << "its project is over, and what was agreed is not";
  Do<v1::ActionItem, v1::FinishActionItemRequest>("FinishActionItem", As("li"), "name: '" + item.name() + "'");
}

TEST_F(AgendasTest, ActionsOfReviewsAreOnTheAgendaOfTheirProjectToo) {
  const auto arrive = [&](const std::string& statement) {
    EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                     [&](sql::Session& session) { return session.Execute(statement, {}).status(); }),
                IsOk());
  };
  CreateQuarter();
  CreateProject("spring");
  arrive("INSERT INTO mirrored_activities (name, project, etag) VALUES ('activities/tea', 'projects/spring', '1')");
  arrive(
      "INSERT INTO mirrored_review_actions (name, title, activity, owner, state, due_time, etag) VALUES ('reviewActions/late', 'Ask "
      "earlier', 'activities/tea', 'employees/li', 'STATE_OPEN', '2026-01-02 00:00:00', '7'), ('reviewActions/other', 'Print less', "
      "'activities/other', 'employees/wu', 'STATE_OPEN', '2026-02-02 00:00:00', '1'), ('reviewActions/done', 'Done', 'activities/tea', "
      "'employees/li', 'STATE_DONE', '2026-01-02 00:00:00', '1')");
  auto request = test::Proto<v1::CreateMeetingSeriesRequest>(R"pb(meeting_series_id: "of-spring"
                                                                  meeting_series {
                                                                    title: "Coordination"
                                                                    kind: KIND_PROJECT_COORDINATION
                                                                    project: "projects/spring"
                                                                    chair: "employees/zhao"
                                                                    schedule {
                                                                      start_date { year: 2026 month: 1 day: 5 }
                                                                      start_clock: "09:30"
                                                                      time_zone: "Asia/Taipei"
                                                                      duration_minutes: 60
                                                                      rule: "FREQ=WEEKLY;BYDAY=MO"
                                                                      day_off_policy: DAY_OFF_POLICY_NEXT
                                                                    }
                                                                  })pb");
  EXPECT_THAT(Call<v1::MeetingSeries>("CreateMeetingSeries", Specialist(), request), IsOk());
  const auto agenda = [&](const std::string& series) {
    const auto computed = Do<v1::ComputeAgendaResponse, v1::ComputeAgendaRequest>(
        "ComputeAgenda", As("zhao"), "name: 'meetingSeries/" + series + "/meetings/d20260105'");
    return Told({computed.agenda_entries().begin(), computed.agenda_entries().end()});
  };
  EXPECT_THAT(agenda("weekly"),
              ElementsAre("1 ACTION_ITEM Ask earlier [OVERDUE] 3", "2 ACTION_ITEM Print less [OPEN] 0", "3 TOPIC Sharing [TEMPLATE] 0"));
  EXPECT_THAT(agenda("of-spring"), ElementsAre("1 ACTION_ITEM Ask earlier [OVERDUE] 3"));
}

}  // namespace
}  // namespace heitie::planning
