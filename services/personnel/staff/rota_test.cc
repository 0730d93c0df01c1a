#include "services/personnel/staff/rota.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "google/protobuf/empty.pb.h"
#include "heitie/personnel/v1/absence_kind.pb.h"
#include "heitie/personnel/v1/duty.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/position_template.pb.h"
#include "heitie/type/v1/holding.pb.h"
#include "services/personnel/service.h"

namespace heitie::personnel {
namespace {

using absl::CivilDay;
using test::HasReason;
using test::HasViolation;
using test::IsOk;
using test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

// The day of judgement.
const CivilDay kDay(2026, 3, 20);

v1::Rota RotaFrom(CivilDay start, v1::Rota::Turn turn, const std::vector<std::string>& holders,
                  const std::string& name = "duties/d/rotas/r") {
  v1::Rota rota;
  rota.set_name(name);
  rota.set_department("operations");
  *rota.mutable_start_date() = time::ToDate(start);
  rota.set_turn(turn);
  for (const std::string& holder : holders) rota.add_holders(holder);
  return rota;
}

TEST(TurnOn, PassesOnDayByDayAndWeekByWeek) {
  for (const auto& [turn, length] : {std::pair{v1::Rota::TURN_DAY, 1}, std::pair{v1::Rota::TURN_WEEK, 7}}) {
    const v1::Rota rota = RotaFrom(kDay, turn, {"a", "b", "c"});
    int place = 0, left = length;
    for (int day = 0; day < 100; ++day) {
      EXPECT_EQ(TurnOn(rota, kDay + day), place) << day;
      if (--left == 0) place = (place + 1) % 3, left = length;
    }
  }
}

TEST(RotaOn, IsTheLatestThatHasBegun) {
  const std::vector<v1::Rota> rotas = {RotaFrom(kDay + 5, v1::Rota::TURN_DAY, {}, "duties/d/rotas/b"),
                                       RotaFrom(kDay, v1::Rota::TURN_DAY, {}, "duties/d/rotas/a"),
                                       RotaFrom(kDay + 9, v1::Rota::TURN_DAY, {}, "duties/d/rotas/c")};
  EXPECT_EQ(RotaOn(rotas, kDay - 1), nullptr);
  EXPECT_EQ(RotaOn(rotas, kDay + 4)->name(), "duties/d/rotas/a");
  EXPECT_EQ(RotaOn(rotas, kDay + 5)->name(), "duties/d/rotas/b");
  EXPECT_EQ(RotaOn(rotas, kDay + 50)->name(), "duties/d/rotas/c");
  EXPECT_THAT(SupersededOn(rotas, kDay + 4), IsEmpty());
  EXPECT_THAT(SupersededOn(rotas, kDay + 9), UnorderedElementsAre("duties/d/rotas/a", "duties/d/rotas/b"));
  std::vector<v1::Rota> others = rotas;
  others[0].set_department("sales");
  others[2].set_name("duties/e/rotas/c");
  EXPECT_THAT(SupersededOn(others, kDay + 50), IsEmpty()) << "another department's and another duty's supersede nothing";
}

// ---- Resolve

// Somebody on kDay; since when is in days before it.
struct Somebody {
  std::string name;
  std::string position = "duty";
  int since = 10;
  std::string superior = "";
  bool absent = false;
  std::string deputy = "";
  bool left = false;
  std::string department = "operations";
};

DutyFacts FactsOf(const std::vector<Somebody>& people, std::vector<v1::Rota> rotas = {}) {
  DutyFacts facts;
  facts.department = "operations";
  facts.posts = {"duty", "both"};
  facts.managers = {"manager", "both"};
  facts.rotas = std::move(rotas);
  for (const Somebody& somebody : people) {
    v1::Employee employee;
    employee.set_name(somebody.name);
    *employee.mutable_hire_date() = time::ToDate(kDay - somebody.since);
    if (somebody.left) *employee.mutable_leave_date() = time::ToDate(kDay - 1);
    v1::Assignment& assignment = *employee.add_assignments();
    *assignment.mutable_start_date() = employee.hire_date();
    assignment.set_position(somebody.position);
    assignment.set_department(somebody.department);
    assignment.set_superior(somebody.superior);
    if (somebody.absent) {
      v1::Absence& absence = *employee.add_absences();
      *absence.mutable_start_date() = time::ToDate(kDay);
      *absence.mutable_end_date() = time::ToDate(kDay);
      absence.set_deputy(somebody.deputy);
    }
    facts.people.emplace(employee.name(), employee);
  }
  return facts;
}

// "a TURN ABSENT, b DEPUTY RESPONSIBLE".
std::string PathOf(const Resolution& resolution) {
  std::vector<std::string> steps;
  for (const v1::DutyStep& step : resolution.path) {
    steps.push_back(absl::StrCat(step.employee(), " ", v1::DutyStep::Ground_Name(step.ground()).substr(7), " ",
                                 v1::DutyStep::Outcome_Name(step.outcome()).substr(8)));
  }
  return absl::StrJoin(steps, ", ");
}

TEST(Resolve, TakesTheFirstAtWork) {
  const std::vector<v1::Rota> rota = {RotaFrom(kDay, v1::Rota::TURN_DAY, {"a", "b"})};
  struct Case {
    std::string what;
    std::vector<Somebody> people;
    std::vector<v1::Rota> rotas;
    std::string path;
  };
  const std::vector<Case> cases = {
      {"nobody", {}, {}, ""},
      {"whose turn it is", {{"a"}, {"b"}}, rota, "a TURN RESPONSIBLE"},
      {"the second day is the second's", {{"a"}, {"b"}}, {RotaFrom(kDay - 1, v1::Rota::TURN_DAY, {"a", "b"})}, "b TURN RESPONSIBLE"},
      {"before the rota begins, who has been there longest",
       {{"a"}, {"b", "duty", 20}},
       {RotaFrom(kDay + 1, v1::Rota::TURN_DAY, {"a", "b"})},
       "b HOLDER RESPONSIBLE"},
      {"who has left has no turn", {{"a", "duty", 10, "", false, "", true}, {"b"}}, rota, "a TURN NOT_EMPLOYED, b TURN RESPONSIBLE"},
      {"nor who is in another post", {{"a", "other"}, {"b"}}, rota, "a TURN NOT_HOLDER, b TURN RESPONSIBLE"},
      {"nor who is in another department",
       {{"a", "duty", 10, "", false, "", false, "sales"}, {"b"}},
       rota,
       "a TURN NOT_HOLDER, b TURN RESPONSIBLE"},
      {"the deputy, not the next in turn",
       {{"a", "duty", 10, "", true, "c"}, {"b"}, {"c", "other"}},
       rota,
       "a TURN ABSENT, c DEPUTY RESPONSIBLE"},
      {"the superior of a deputy who is away as well",
       {{"a", "duty", 10, "s", true, "c"}, {"b"}, {"c", "other", 10, "", true}, {"s", "other"}},
       rota,
       "a TURN ABSENT, c DEPUTY ABSENT, s SUPERIOR RESPONSIBLE"},
      {"the superior of the superior",
       {{"a", "duty", 10, "s", true}, {"s", "other", 10, "t", true}, {"t", "other"}},
       rota,
       "a TURN ABSENT, s SUPERIOR ABSENT, t SUPERIOR RESPONSIBLE"},
      {"the manager in place of a superior",
       {{"a", "duty", 10, "", true}, {"m", "manager", 5}, {"n", "manager", 6, "", true}},
       rota,
       "a TURN ABSENT, n MANAGER ABSENT, m MANAGER RESPONSIBLE"},
      {"a manager where nobody holds the duty", {{"m", "manager"}}, {}, "m MANAGER RESPONSIBLE"},
      {"those of the post where nobody in the rota is", {{"c"}}, rota, "a TURN NOT_EMPLOYED, b TURN NOT_EMPLOYED, c HOLDER RESPONSIBLE"},
      {"a rota of nobody is none", {{"c"}}, {RotaFrom(kDay, v1::Rota::TURN_DAY, {})}, "c HOLDER RESPONSIBLE"},
      {"another holder where there is no rota",
       {{"a", "duty", 20, "", true, "d"}, {"b"}, {"d", "other"}},
       {},
       "a HOLDER ABSENT, b HOLDER RESPONSIBLE"},
      {"the deputy of the first where all holders are away",
       {{"a", "duty", 20, "", true, "d"}, {"b", "duty", 10, "", true}, {"d", "other"}},
       {},
       "a HOLDER ABSENT, b HOLDER ABSENT, d DEPUTY RESPONSIBLE"},
      {"nobody, though many were asked",
       {{"a", "duty", 10, "s", true, "c"}, {"c", "other", 10, "", true}, {"s", "manager", 10, "", true}},
       rota,
       "a TURN ABSENT, c DEPUTY ABSENT, s SUPERIOR ABSENT"},
  };
  for (const Case& one : cases) {
    const Resolution resolution = Resolve(FactsOf(one.people, one.rotas), kDay);
    EXPECT_EQ(PathOf(resolution), one.path) << one.what;
    const bool found = absl::EndsWith(one.path, "RESPONSIBLE");
    EXPECT_EQ(resolution.responsible.has_value(), found) << one.what;
    EXPECT_EQ(resolution.responsible.value_or(""), found ? resolution.path.back().employee() : "") << one.what;
  }
}

// What the rule says, in its own words, for whoever is there on one day.
std::string ResponsibleByRule(const std::vector<Somebody>& people, const std::vector<std::string>& turns, int turn) {
  const auto who = [&](const std::string& name) {
    return std::find_if(people.begin(), people.end(), [&](const Somebody& s) { return s.name == name; });
  };
  const auto at_work = [&](const std::string& name) {
    const auto found = who(name);
    return found != people.end() && !found->left && !found->absent;
  };
  const auto in_post = [&](std::initializer_list<std::string> posts) {
    std::vector<std::pair<int, std::string>> held;
    for (const Somebody& s : people) {
      if (!s.left && s.department == "operations" && std::find(posts.begin(), posts.end(), s.position) != posts.end())
        held.emplace_back(-s.since, s.name);
    }
    std::sort(held.begin(), held.end());
    std::vector<std::string> names;
    for (const auto& [since, name] : held) names.push_back(name);
    return names;
  };
  const std::vector<std::string> holders = in_post({"duty", "both"}), managers = in_post({"manager", "both"});
  std::string holder;
  for (size_t i = 0; i < turns.size() && holder.empty(); ++i) {
    const std::string& name = turns[(turn + i) % turns.size()];
    if (std::find(holders.begin(), holders.end(), name) != holders.end()) holder = name;
  }
  if (holder.empty()) {
    for (const std::string& name : holders) {
      if (at_work(name)) return name;
    }
    if (!holders.empty()) holder = holders.front();
  }
  if (!holder.empty()) {
    if (at_work(holder)) return holder;
    if (at_work(who(holder)->deputy)) return who(holder)->deputy;
    std::string at = holder;
    for (size_t step = 0; step <= people.size(); ++step) {
      const auto superior = who(who(at)->superior);
      std::string above;
      if (superior != people.end() && !superior->left) {
        above = superior->name;
      } else {
        // The manager of the department of the one who has no superior.
        std::vector<std::pair<int, std::string>> others;
        for (const Somebody& s : people) {
          if (!s.left && s.name != at && s.department == who(at)->department && (s.position == "manager" || s.position == "both"))
            others.emplace_back(-s.since, s.name);
        }
        if (others.empty()) break;
        above = std::min_element(others.begin(), others.end())->second;
      }
      if (at_work(above)) return above;
      at = above;
    }
  }
  for (const std::string& name : managers) {
    if (at_work(name)) return name;
  }
  return "";
}

TEST(Resolve, AgreesWithTheRuleOnRandomStaff) {
  std::mt19937 random(11);
  const auto below = [&](int bound) { return static_cast<int>(random() % bound); };
  std::map<std::string, int> grounds;
  int nobody = 0;
  for (int round = 0; round < 20000; ++round) {
    const int count = 1 + below(7);
    const auto name = [&](int i) { return i < count ? std::string(1, static_cast<char>('a' + i)) : std::string(); };
    std::vector<Somebody> people;
    for (int i = 0; i < count; ++i) {
      const char* positions[] = {"duty", "manager", "both", "other"};
      Somebody somebody{name(i),       positions[below(4)],    2 + below(4),  name(below(count + 2)),
                        below(2) == 0, name(below(count + 2)), below(8) == 0, below(5) == 0 ? "sales" : "operations"};
      if (somebody.superior == somebody.name) somebody.superior = "";
      people.push_back(somebody);
    }
    std::vector<v1::Rota> rotas;
    std::vector<std::string> turns;
    int turn = 0;
    if (below(2) == 0) {
      for (int i = below(4); i > 0; --i) turns.push_back(name(below(count)));
      const int ago = below(20);
      turn = turns.empty() ? 0 : ago % static_cast<int>(turns.size());
      rotas.push_back(RotaFrom(kDay - ago, v1::Rota::TURN_DAY, turns));
    }
    const Resolution resolution = Resolve(FactsOf(people, rotas), kDay);
    ASSERT_EQ(resolution.responsible.value_or(""), ResponsibleByRule(people, turns, turn)) << round << " " << PathOf(resolution);
    // Nobody on the path but the last is at work and entitled.
    for (size_t i = 0; i < resolution.path.size(); ++i) {
      const bool responsible = resolution.path[i].outcome() == v1::DutyStep::OUTCOME_RESPONSIBLE;
      ASSERT_EQ(responsible, resolution.responsible && i + 1 == resolution.path.size()) << round << " " << PathOf(resolution);
    }
    if (resolution.responsible) {
      ++grounds[v1::DutyStep::Ground_Name(resolution.path.back().ground())];
    } else {
      ++nobody;
    }
  }
  for (const char* ground : {"GROUND_TURN", "GROUND_HOLDER", "GROUND_DEPUTY", "GROUND_SUPERIOR", "GROUND_MANAGER"})
    EXPECT_GT(grounds[ground], 200) << ground;
  EXPECT_GT(nobody, 200);
}

// ---- Through the contract

class RotaTest : public test::ServiceTest<Service> {
 protected:
  // 2026-01-15T12:00:00Z, the evening of that day in the business time zone.
  RotaTest() : ServiceTest("personnel") {
    clock_.Set(absl::FromUnixSeconds(1768478400));
    EXPECT_THAT(Adopt("data-analyst", "analyst"), IsOk());
    EXPECT_THAT(Adopt("operations-manager", "manager"), IsOk());
  }

  static std::string On(const std::string& field, CivilDay day) {
    return absl::StrCat(field, " { year: ", day.year(), " month: ", day.month(), " day: ", day.day(), " } ");
  }
  absl::StatusOr<v1::Position> Adopt(const std::string& of, const std::string& id) {
    return Call<v1::Position>(
        "AdoptPositionTemplate", Manager(),
        Proto<v1::AdoptPositionTemplateRequest>(absl::StrCat("name: 'positionTemplates/", of, "' position_id: '", id, "'")));
  }
  void Hire(const std::string& id, const std::string& position = "analyst", const std::string& more = "") {
    ASSERT_THAT(
        Call<v1::Employee>("CreateEmployee", Manager(),
                           Proto<v1::CreateEmployeeRequest>(absl::StrCat(
                               "employee_id: '", id, "' employee { display_name: '李明' department: 'operations' position: 'positions/",
                               position, "' ", more, On("hire_date", CivilDay(2025, 6, 1)), " }"))),
        IsOk());
  }
  absl::StatusOr<v1::Employee> Away(const std::string& id, const std::string& what, CivilDay first, CivilDay last) {
    return Call<v1::Employee>("RecordAbsence", Manager(),
                              Proto<v1::RecordAbsenceRequest>(absl::StrCat("name: 'employees/", id, "' absence { ", what, " ",
                                                                           On("start_date", first), On("end_date", last), " }")));
  }
  absl::StatusOr<v1::Rota> MakeRota(const std::string& id, CivilDay start, const std::string& holders) {
    return Call<v1::Rota>("CreateRota", Manager(),
                          Proto<v1::CreateRotaRequest>(absl::StrCat("parent: 'duties/abnormal-data' rota_id: '", id,
                                                                    "' rota { department: 'operations' turn: TURN_DAY holders: [", holders,
                                                                    "] ", On("start_date", start), " }")));
  }
  absl::StatusOr<v1::ResolveDutyResponse> Ask(const std::string& more = "", const std::string& department = "operations") {
    return Call<v1::ResolveDutyResponse>(
        "ResolveDuty", Analyst(),
        Proto<v1::ResolveDutyRequest>(absl::StrCat("name: 'duties/abnormal-data' department: '", department, "' ", more)));
  }
  std::string Responsible() {
    const auto answer = Ask();
    EXPECT_THAT(answer, IsOk());
    return answer.ok() ? answer->responsible() : "";
  }
};

TEST_F(RotaTest, ShipsThePolicysPosts) {
  const auto list = Call<v1::ListPositionTemplatesResponse>("ListPositionTemplates", Analyst(), v1::ListPositionTemplatesRequest());
  ASSERT_THAT(list, IsOk());
  ASSERT_THAT(list->position_templates(), SizeIs(3));
  for (const v1::PositionTemplate& of : list->position_templates()) {
    EXPECT_EQ(of.duties_size(), of.responsibilities_size());
    EXPECT_THAT(of.roles(), SizeIs(1));
    for (const std::string& duty : of.duties())
      EXPECT_THAT(Call<v1::Duty>("GetDuty", Analyst(), Proto<v1::GetDutyRequest>(absl::StrCat("name: '", duty, "'"))), IsOk());
  }
  EXPECT_THAT(Adopt("data-analyst", "analyst"), HasReason("ALREADY_EXISTS"));
  EXPECT_THAT(Adopt("none", "other"), HasReason("NOT_FOUND"));
  const auto named_by_service = Adopt("data-analyst", "");
  ASSERT_THAT(named_by_service, IsOk());
  EXPECT_EQ(named_by_service->title(), "數據分析員");
  EXPECT_THAT(named_by_service->duties(), ElementsAre("duties/data-collection", "duties/decision-support", "duties/abnormal-data"));
  EXPECT_EQ(named_by_service->etag(), "1");
  const auto unknown = Proto<v1::UpdatePositionRequest>(
      "position { name: 'positions/analyst' duties: 'duties/abnormal-data' duties: 'duties/none' } update_mask { paths: 'duties' }");
  EXPECT_THAT(Call<v1::Position>("UpdatePosition", Manager(), unknown), HasViolation("position.duties[1]", "UNKNOWN_DUTY"));
}

TEST_F(RotaTest, TellsKindsOfAbsenceToFewAndChecksDeputies) {
  Hire("li");
  Hire("wang");
  const CivilDay first(2026, 1, 20), last(2026, 1, 22);
  EXPECT_THAT(Away("li", "kind: 'absenceKinds/none' deputy: 'employees/none'", first, last),
              HasViolation("absence.kind", "UNKNOWN_ABSENCE_KIND"));
  EXPECT_THAT(Away("li", "kind: 'absenceKinds/none' deputy: 'employees/none'", first, last),
              HasViolation("absence.deputy", "UNKNOWN_DEPUTY"));
  EXPECT_THAT(Away("li", "deputy: 'employees/li'", first, last), HasViolation("absence.deputy", "DEPUTY_HERSELF"));
  ASSERT_THAT(Away("wang", "", CivilDay(2026, 1, 22), CivilDay(2026, 1, 23)), IsOk());
  const auto refused = Away("li", "deputy: 'employees/wang'", first, last);
  ASSERT_THAT(refused, HasReason("DEPUTY_NOT_AT_WORK"));
  EXPECT_EQ(refused.status().message(), "employees/wang cannot stand in: not at work on 2026-01-22.");
  const auto recorded = Away("li", "kind: 'absenceKinds/sick' deputy: 'employees/wang'", first, CivilDay(2026, 1, 21));
  ASSERT_THAT(recorded, IsOk());
  EXPECT_THAT(recorded->deputies(), ElementsAre("employees/wang"));
  const auto seen = [&](const rpc::Call& caller) {
    const auto employee = Call<v1::Employee>("GetEmployee", caller, Proto<v1::GetEmployeeRequest>("name: 'employees/li'"));
    EXPECT_THAT(employee, IsOk());
    return absl::StrCat(employee->absences(0).kind(), " ", employee->absences(0).deputy());
  };
  EXPECT_EQ(seen(Manager()), "absenceKinds/sick employees/wang");
  EXPECT_EQ(seen(Analyst()), " employees/wang") << "who stands in is everybody's to know, that somebody is ill is not";
  // The responsibility ends with the absence.
  const auto held = [&] {
    const auto list = Call<type::v1::ListHoldingsResponse>(
        "ListHoldings", Manager(), Proto<type::v1::ListHoldingsRequest>("employee: 'employees/wang' open_only: true"));
    EXPECT_THAT(list, IsOk());
    return list->holdings_size();
  };
  EXPECT_EQ(held(), 1);
  clock_.Advance(absl::Hours(24 * 6));
  EXPECT_EQ(held(), 1);
  clock_.Advance(absl::Hours(24));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_EQ(held(), 0);
}

TEST_F(RotaTest, FindsTheOwnerOfAWarning) {
  EXPECT_THAT(Ask(), HasReason("NO_ONE_RESPONSIBLE"));
  Hire("boss", "manager");
  EXPECT_EQ(Responsible(), "employees/boss");
  EXPECT_THAT(Ask("", "sales"), HasReason("NO_ONE_RESPONSIBLE"));
  Hire("li");
  Hire("wang", "analyst", "superior: 'employees/boss' ");
  EXPECT_EQ(Responsible(), "employees/li");
  ASSERT_THAT(MakeRota("first", CivilDay(2026, 1, 15), "'employees/wang', 'employees/li'"), IsOk());
  EXPECT_EQ(Responsible(), "employees/wang");
  ASSERT_THAT(Away("wang", "deputy: 'employees/li'", CivilDay(2026, 1, 17), CivilDay(2026, 1, 19)), IsOk());
  clock_.Advance(absl::Hours(24));
  EXPECT_EQ(Responsible(), "employees/li") << "her turn";
  clock_.Advance(absl::Hours(24));
  const auto deputy = Ask();
  ASSERT_THAT(deputy, IsOk());
  EXPECT_EQ(deputy->responsible(), "employees/li");
  ASSERT_THAT(deputy->path(), SizeIs(2));
  EXPECT_EQ(deputy->path(0).employee(), "employees/wang");
  EXPECT_EQ(deputy->path(0).outcome(), v1::DutyStep::OUTCOME_ABSENT);
  EXPECT_EQ(deputy->path(1).ground(), v1::DutyStep::GROUND_DEPUTY);
  EXPECT_EQ(deputy->rota(), "duties/abnormal-data/rotas/first");
  EXPECT_EQ(time::ToDay(deputy->date()), CivilDay(2026, 1, 17));
  ASSERT_THAT(Away("li", "", CivilDay(2026, 1, 17), CivilDay(2026, 1, 17)), IsOk());
  EXPECT_EQ(Responsible(), "employees/boss") << "wang's superior";
  // Days begin at midnight of the business time zone: 16:00 UTC.
  const auto next = Ask("time { seconds: 1768665600 }");
  ASSERT_THAT(next, IsOk());
  EXPECT_EQ(time::ToDay(next->date()), CivilDay(2026, 1, 18));
  EXPECT_EQ(next->responsible(), "employees/li");
  EXPECT_EQ(time::ToDay(Ask("time { seconds: 1768665599 }")->date()), CivilDay(2026, 1, 17));
  EXPECT_THAT(Call<v1::ResolveDutyResponse>("ResolveDuty", Analyst(),
                                            Proto<v1::ResolveDutyRequest>("name: 'duties/none' department: 'operations'")),
              HasReason("NOT_FOUND"));
}

TEST_F(RotaTest, KeepsRotasAsTheyWere) {
  Hire("li");
  Hire("wang");
  EXPECT_THAT(MakeRota("past", CivilDay(2026, 1, 14), "'employees/none'"), HasViolation("rota.start_date", "ROTA_IN_THE_PAST"));
  EXPECT_THAT(MakeRota("past", CivilDay(2026, 1, 14), "'employees/none'"), HasViolation("rota.holders[0]", "UNKNOWN_HOLDER"));
  ASSERT_THAT(Call<v1::Employee>(
                  "TerminateEmployee", Manager(),
                  Proto<v1::TerminateEmployeeRequest>(absl::StrCat("name: 'employees/wang' ", On("leave_date", CivilDay(2026, 1, 18))))),
              IsOk());
  EXPECT_THAT(MakeRota("late", CivilDay(2026, 1, 19), "'employees/li', 'employees/wang'"),
              HasViolation("rota.holders[1]", "OUTSIDE_EMPLOYMENT"));
  ASSERT_THAT(MakeRota("now", CivilDay(2026, 1, 15), "'employees/wang'"), IsOk());
  EXPECT_THAT(MakeRota("again", CivilDay(2026, 1, 15), "'employees/li'"), HasReason("ROTA_START_TAKEN"));
  ASSERT_THAT(MakeRota("next", CivilDay(2026, 1, 17), "'employees/li'"), IsOk());
  const auto remove = [&](const std::string& id) {
    return Call<google::protobuf::Empty>("DeleteRota", Manager(),
                                         Proto<v1::DeleteRotaRequest>(absl::StrCat("name: 'duties/abnormal-data/rotas/", id, "'")));
  };
  EXPECT_THAT(remove("now"), HasReason("ROTA_BEGUN"));
  const auto held = [&](const std::string& id) {
    const auto list = Call<type::v1::ListHoldingsResponse>(
        "ListHoldings", Manager(), Proto<type::v1::ListHoldingsRequest>(absl::StrCat("employee: 'employees/", id, "' open_only: true")));
    EXPECT_THAT(list, IsOk());
    return list->holdings_size();
  };
  EXPECT_EQ(held("wang"), 1);
  EXPECT_EQ(held("li"), 1);
  clock_.Advance(absl::Hours(48));
  EXPECT_EQ(Responsible(), "employees/li");
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_EQ(held("wang"), 0) << "her rota is superseded";
  EXPECT_EQ(held("li"), 1);
  EXPECT_EQ(Ask("time { seconds: 1768478400 }")->rota(), "duties/abnormal-data/rotas/now") << "what was decided can be told for ever";
}

}  // namespace
}  // namespace heitie::personnel
