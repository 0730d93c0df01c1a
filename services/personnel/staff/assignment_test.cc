#include "services/personnel/staff/assignment.h"

#include <algorithm>
#include <barrier>
#include <fstream>
#include <iterator>
#include <random>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/sql/migrate.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "heitie/options/v1/access.pb.h"
#include "heitie/personnel/v1/course.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/personnel/v1/qualification.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "heitie/type/v1/holding.pb.h"
#include "services/personnel/service.h"
#include "services/personnel/staff/employee.h"
#include "services/personnel/training/qualification.h"

namespace heitie::personnel {
namespace {

using absl::CivilDay;
using test::HasReason;
using test::HasViolation;
using test::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const CivilDay kFirstOfYear(2026, 1, 1);

v1::Assignment Post(CivilDay start, const std::string& position, const std::string& department = "operations",
                    const std::string& superior = "") {
  v1::Assignment assignment;
  *assignment.mutable_start_date() = time::ToDate(start);
  assignment.set_position(position);
  assignment.set_department(department);
  assignment.set_superior(superior);
  return assignment;
}

v1::Employee Person(const std::string& name, const std::vector<v1::Assignment>& assignments, std::optional<CivilDay> last = std::nullopt) {
  v1::Employee employee;
  employee.set_name(name);
  *employee.mutable_hire_date() = assignments.front().start_date();
  for (const v1::Assignment& assignment : assignments) *employee.add_assignments() = assignment;
  if (last) *employee.mutable_leave_date() = time::ToDate(*last);
  return employee;
}

std::string PositionOn(const v1::Employee& employee, CivilDay day) {
  const std::optional<v1::Assignment> assignment = AssignmentOn(employee, day);
  return assignment ? assignment->position() : "";
}

TEST(AssignmentOn, HoldsFromItsDayToTheNext) {
  const v1::Employee person = Person("employees/a", {Post(kFirstOfYear, "p1"), Post(kFirstOfYear + 10, "p2")}, kFirstOfYear + 20);
  EXPECT_EQ(PositionOn(person, kFirstOfYear - 1), "");
  EXPECT_EQ(PositionOn(person, kFirstOfYear), "p1");
  EXPECT_EQ(PositionOn(person, kFirstOfYear + 9), "p1");
  EXPECT_EQ(PositionOn(person, kFirstOfYear + 10), "p2");
  EXPECT_EQ(PositionOn(person, kFirstOfYear + 20), "p2");
  EXPECT_EQ(PositionOn(person, kFirstOfYear + 21), "");
}

TEST(AssignmentOn, TakesARowWithoutAssignmentsAtItsColumns) {
  v1::Employee person;
  person.set_position("p1");
  person.set_superior("employees/b");
  *person.mutable_hire_date() = time::ToDate(kFirstOfYear);
  EXPECT_EQ(PositionOn(person, kFirstOfYear + 500), "p1");
  EXPECT_EQ(PositionOn(person, kFirstOfYear - 1), "");
  ASSERT_THAT(TermsOf(person), SizeIs(1));
  CompleteAssignments(person);
  ASSERT_THAT(person.assignments(), SizeIs(1));
  EXPECT_EQ(person.assignments(0).superior(), "employees/b");
}

TEST(ShowDay, TellsTheDayAndTheNextChange) {
  v1::Employee person =
      Person("employees/a", {Post(kFirstOfYear, "p1", "operations", "employees/b"), Post(kFirstOfYear + 10, "p2", "sales", "employees/c")},
             kFirstOfYear + 20);
  ShowDay(person, kFirstOfYear - 5);
  EXPECT_EQ(person.position(), "p1");
  EXPECT_EQ(time::ToDay(person.change_date()), kFirstOfYear + 10);
  ShowDay(person, kFirstOfYear + 10);
  EXPECT_EQ(person.position(), "p2");
  EXPECT_EQ(person.department(), "sales");
  EXPECT_EQ(person.superior(), "employees/c");
  EXPECT_EQ(time::ToDay(person.change_date()), kFirstOfYear + 21) << "after the last day nobody leads her";
  ShowDay(person, kFirstOfYear + 21);
  EXPECT_EQ(person.position(), "p2");
  EXPECT_EQ(person.superior(), "");
  EXPECT_FALSE(person.has_change_date());
}

TEST(PutAssignment, ReplacesTheSameDayAndStaysWithinTheEmployment) {
  v1::Employee person = Person("employees/a", {Post(kFirstOfYear, "p1")}, kFirstOfYear + 20);
  ASSERT_THAT(PutAssignment(person, Post(kFirstOfYear + 20, "p3")), IsOk());
  ASSERT_THAT(PutAssignment(person, Post(kFirstOfYear + 10, "p2")), IsOk());
  ASSERT_THAT(PutAssignment(person, Post(kFirstOfYear, "p0")), IsOk());
  ASSERT_THAT(person.assignments(), SizeIs(3));
  EXPECT_EQ(person.assignments(0).position(), "p0");
  EXPECT_EQ(person.assignments(1).position(), "p2");
  EXPECT_EQ(person.assignments(2).position(), "p3");
  EXPECT_THAT(PutAssignment(person, Post(kFirstOfYear + 21, "p4")), HasReason("OUTSIDE_EMPLOYMENT"));
  EXPECT_THAT(PutAssignment(person, Post(kFirstOfYear - 1, "p4")), HasReason("OUTSIDE_EMPLOYMENT"));
  EXPECT_THAT(RemoveAssignment(person, kFirstOfYear), HasReason("FIRST_ASSIGNMENT"));
  EXPECT_THAT(RemoveAssignment(person, kFirstOfYear + 1), HasReason("NO_SUCH_ASSIGNMENT"));
  ASSERT_THAT(Terminate(person, kFirstOfYear + 15), IsOk());
  EXPECT_THAT(person.assignments(), SizeIs(2)) << "what would begin after the last day is dropped";
  *person.mutable_hire_date() = time::ToDate(kFirstOfYear + 10);
  EXPECT_THAT(MoveFirstAssignment(person), HasReason("ASSIGNMENT_IN_THE_WAY"));
  *person.mutable_hire_date() = time::ToDate(kFirstOfYear + 9);
  ASSERT_THAT(MoveFirstAssignment(person), IsOk());
  EXPECT_EQ(PositionOn(person, kFirstOfYear + 9), "p0");
  ASSERT_THAT(RemoveAssignment(person, kFirstOfYear + 10), IsOk());
  EXPECT_EQ(PositionOn(person, kFirstOfYear + 15), "p0");
}

TEST(SuperiorOn, FallsToTheManagerWhoHasHeldThePostLongest) {
  const People people = {
      {"employees/a", Person("employees/a", {Post(kFirstOfYear, "p", "operations", "employees/b")})},
      {"employees/b", Person("employees/b", {Post(kFirstOfYear, "p")}, kFirstOfYear + 9)},
      // In the post since the 5th, for a new superior is no new post.
      {"employees/m1", Person("employees/m1", {Post(kFirstOfYear, "p"), Post(kFirstOfYear + 4, "manager"),
                                               Post(kFirstOfYear + 12, "manager", "operations", "employees/m2")})},
      {"employees/m0", Person("employees/m0", {Post(kFirstOfYear + 11, "manager")})},
      {"employees/m2", Person("employees/m2", {Post(kFirstOfYear, "manager", "sales")})},
  };
  const auto superior = [&](const std::string& name, CivilDay day) {
    const std::optional<Superior> found = SuperiorOn(people.at(name), day, people, {"manager"});
    return found ? absl::StrCat(found->name, found->stand_in ? " stands in" : "") : "";
  };
  EXPECT_EQ(superior("employees/a", kFirstOfYear - 1), "");
  EXPECT_EQ(superior("employees/a", kFirstOfYear + 9), "employees/b");
  EXPECT_EQ(superior("employees/a", kFirstOfYear + 10), "employees/m1 stands in");
  EXPECT_EQ(superior("employees/a", kFirstOfYear + 30), "employees/m1 stands in") << "longer than m0, who comes first by name";
  EXPECT_EQ(superior("employees/m1", kFirstOfYear + 5), "") << "nobody stands in for her own superior";
  EXPECT_EQ(superior("employees/m1", kFirstOfYear + 11), "employees/m0 stands in");
  EXPECT_EQ(superior("employees/m1", kFirstOfYear + 12), "employees/m2");
  EXPECT_EQ(superior("employees/m2", kFirstOfYear + 12), "") << "the managers are another department's";
}

TEST(FindCircle, NamesTheDayAndThePath) {
  People people = {
      {"employees/c", Person("employees/c", {Post(kFirstOfYear, "p", "d", "employees/a")})},
      {"employees/a", Person("employees/a", {Post(kFirstOfYear, "p"), Post(kFirstOfYear + 30, "p", "d", "employees/b")})},
      {"employees/b", Person("employees/b", {Post(kFirstOfYear, "p", "d", "employees/c"), Post(kFirstOfYear + 30, "p")})},
      {"employees/d", Person("employees/d", {Post(kFirstOfYear, "p", "d", "employees/c")})},
  };
  EXPECT_FALSE(FindCircle(people).has_value()) << "it would close on the day on which it opens elsewhere";
  *people.at("employees/b").mutable_assignments(1)->mutable_start_date() = time::ToDate(kFirstOfYear + 31);
  const std::optional<Circle> circle = FindCircle(people);
  ASSERT_TRUE(circle.has_value());
  EXPECT_EQ(circle->day, kFirstOfYear + 30);
  EXPECT_THAT(circle->path, ElementsAre("employees/a", "employees/b", "employees/c", "employees/a"));
  people = {{"employees/a", Person("employees/a", {Post(kFirstOfYear, "p", "d", "employees/a")})}};
  ASSERT_TRUE(FindCircle(people).has_value());
  EXPECT_THAT(FindCircle(people)->path, ElementsAre("employees/a", "employees/a"));
}

// ---- Random histories, against what a look at each day finds.

constexpr int kDays = 24;

struct Day {
  bool employed = false;
  std::string position, department, superior;
};
using Diary = std::map<std::string, std::vector<Day>>;  // by name, from kFirstOfYear on

class Histories {
 public:
  explicit Histories(int seed) : random_(seed) {
    const int count = 2 + Below(5);
    for (int i = 0; i < count; ++i) names_.push_back(absl::StrCat("employees/", i));
    for (const std::string& name : names_) Make(name);
  }
  int Below(int bound) { return static_cast<int>(random_() % bound); }
  v1::Assignment Some(CivilDay start) {
    const int superior = Below(static_cast<int>(names_.size()) + 1);
    return Post(start, absl::StrCat("p", Below(3)), absl::StrCat("d", Below(2)),
                superior == static_cast<int>(names_.size()) ? "" : names_[superior]);
  }
  // The diary is written from the same draws, day by day, without the functions under test.
  void Make(const std::string& name) {
    const int hired = Below(8), left = Below(2) == 0 ? kDays : hired + Below(kDays - hired);
    std::vector<v1::Assignment> assignments = {Some(kFirstOfYear + hired)};
    for (int day = hired + 1; day <= std::min(left, kDays - 1); ++day) {
      if (Below(6) == 0) assignments.push_back(Some(kFirstOfYear + day));
    }
    people_[name] = Person(name, assignments, left == kDays ? std::nullopt : std::optional<CivilDay>(kFirstOfYear + left));
    std::vector<Day>& days = diary_[name] = std::vector<Day>(kDays);
    for (const v1::Assignment& assignment : assignments) {
      for (auto day = time::ToDay(assignment.start_date()) - kFirstOfYear; day < kDays && day <= left; ++day)
        days[day] = {true, assignment.position(), assignment.department(), assignment.superior()};
    }
  }

  std::mt19937 random_;
  std::vector<std::string> names_;
  People people_;
  Diary diary_;
};

// The people above `name` on a day until somebody comes again or nobody is above.
bool IsBelowHerself(const Diary& diary, const std::string& name, int day) {
  std::string at = name;
  for (size_t step = 0; step <= diary.size(); ++step) {
    const Day& facts = diary.at(at)[day];
    if (!facts.employed || facts.superior.empty() || !diary.at(facts.superior)[day].employed) return false;
    at = facts.superior;
    if (at == name) return true;
  }
  return false;
}

std::string SuperiorByDiary(const Diary& diary, const std::string& name, int day) {
  const Day& facts = diary.at(name)[day];
  if (!facts.employed) return "";
  if (!facts.superior.empty() && diary.at(facts.superior)[day].employed) return facts.superior;
  std::string best;
  int longest = -1;
  for (const auto& [other, days] : diary) {
    const auto in_post = [&, &days = days](int d) {
      return days[d].employed && days[d].position == "p0" && days[d].department == facts.department;
    };
    if (other == name || !in_post(day)) continue;
    int since = day;
    while (since > 0 && in_post(since - 1)) --since;
    if (day - since > longest) best = other, longest = day - since;
  }
  return best;
}

TEST(AssignmentHistories, AgreeWithALookAtEachDay) {
  int circles = 0, stand_ins = 0;
  for (int seed = 0; seed < 3000; ++seed) {
    const Histories histories(seed);
    std::optional<int> first;
    for (int day = 0; day < kDays; ++day) {
      for (const auto& [name, person] : histories.people_) {
        const Day& facts = histories.diary_.at(name)[day];
        const std::optional<v1::Assignment> assignment = AssignmentOn(person, kFirstOfYear + day);
        ASSERT_EQ(assignment.has_value(), facts.employed) << seed;
        ASSERT_EQ(assignment ? assignment->position() + assignment->department() : "", facts.position + facts.department) << seed;
        v1::Employee shown = person;
        ShowDay(shown, kFirstOfYear + day);
        ASSERT_TRUE(!facts.employed || shown.superior() == facts.superior) << seed;
        const std::optional<Superior> superior = SuperiorOn(person, kFirstOfYear + day, histories.people_, {"p0"});
        ASSERT_EQ(superior ? superior->name : "", SuperiorByDiary(histories.diary_, name, day)) << seed << " " << name << " " << day;
        stand_ins += superior && superior->stand_in ? 1 : 0;
        if (!first && IsBelowHerself(histories.diary_, name, day)) first = day;
      }
    }
    const std::optional<Circle> circle = FindCircle(histories.people_);
    ASSERT_EQ(circle.has_value(), first.has_value()) << seed;
    if (!circle) continue;
    ++circles;
    ASSERT_EQ(circle->day, kFirstOfYear + *first) << seed;
    ASSERT_EQ(circle->path.front(), circle->path.back()) << seed;
    for (size_t i = 0; i + 1 < circle->path.size(); ++i)
      ASSERT_EQ(histories.diary_.at(circle->path[i])[*first].superior, circle->path[i + 1]) << seed;
  }
  EXPECT_GT(circles, 500);
  EXPECT_GT(stand_ins, 500);
}

TEST(AssignmentHistories, FindTheFirstDayWithoutItsNewSuperior) {
  int unled_days = 0;
  for (int seed = 0; seed < 3000; ++seed) {
    Histories histories(seed);
    const std::string name = "employees/0";
    const v1::Employee before = histories.people_.at(name);
    const std::vector<Day> days_before = histories.diary_.at(name);
    histories.Make(name);
    const std::vector<Day>& days = histories.diary_.at(name);
    std::optional<Unled> expected;
    for (int day = 0; day < kDays && !expected; ++day) {
      const std::string& superior = days[day].superior;
      const bool led = days_before[day].employed && days_before[day].superior == superior;
      if (days[day].employed && !superior.empty() && !led && !histories.diary_.at(superior)[day].employed)
        expected = Unled{superior, kFirstOfYear + day};
    }
    const std::optional<Unled> found = FirstUnled(before, histories.people_.at(name), histories.people_);
    // Beyond the last day of the diary only who has a leave date can be missing.
    if (found && !expected && found->day >= kFirstOfYear + kDays) continue;
    ASSERT_EQ(found.has_value(), expected.has_value()) << seed;
    if (!found) continue;
    ++unled_days;
    ASSERT_EQ(found->day, expected->day) << seed;
    ASSERT_EQ(found->superior, expected->superior) << seed;
  }
  EXPECT_GT(unled_days, 500);
}

TEST(DemandsOf, AskEachPositionsCoursesOnItsDays) {
  const auto courses_of = [](const std::string& position) {
    std::map<std::string, std::vector<std::string>> courses = {{"p0", {"a", "b"}}, {"p1", {"b", "c"}}, {"p2", {}}};
    return courses[position];
  };
  for (int seed = 0; seed < 1000; ++seed) {
    Histories histories(seed);
    const v1::Employee& person = histories.people_.begin()->second;
    const int from = histories.Below(kDays), to = from + histories.Below(kDays - from);
    std::set<std::pair<std::string, int>> expected, found;
    const std::vector<Day>& days = histories.diary_.begin()->second;
    for (int day = from; day <= to; ++day) {
      expected.emplace("c", day);  // of the requirement
      int nearest = day;
      while (nearest + 1 < kDays && !days[nearest].employed) ++nearest;
      while (nearest > 0 && !days[nearest].employed) --nearest;
      for (const std::string& course : courses_of(days[nearest].position)) expected.emplace(course, day);
    }
    for (const Demand& demand : DemandsOf(person, {"c"}, courses_of, {kFirstOfYear + from, kFirstOfYear + to})) {
      for (CivilDay day = demand.span.first; day <= demand.span.last; ++day)
        ASSERT_TRUE(found.emplace(demand.course, static_cast<int>(day - kFirstOfYear)).second) << seed << ": asked for twice";
    }
    ASSERT_EQ(found, expected) << seed;
  }
}

// ---- Through the contract

class TransferTest : public test::ServiceTest<Service> {
 protected:
  // 2026-01-15T12:00:00Z, the evening of that day in the business time zone.
  TransferTest() : ServiceTest("personnel") {
    clock_.Set(absl::FromUnixSeconds(1768478400));
    for (const char* id : {"host", "trainer"}) Create(id, "ROLE_OPERATIONS_SPECIALIST");
    Create("manager", "ROLE_OPERATIONS_MANAGER");
  }

  static std::string On(const std::string& field, CivilDay day) {
    return absl::StrCat(field, " { year: ", day.year(), " month: ", day.month(), " day: ", day.day(), " } ");
  }
  void Create(const std::string& id, const std::string& role) {
    ASSERT_THAT(Call<v1::Position>("CreatePosition", Manager(),
                                   test::Proto<v1::CreatePositionRequest>(absl::StrCat(
                                       "position_id: '", id, "' position { title: 't' responsibilities: 'r' roles: ", role, " }"))),
                IsOk());
  }
  absl::StatusOr<v1::Employee> Hire(const std::string& id, const std::string& more = "", const std::string& position = "host",
                                    CivilDay day = kFirstOfYear) {
    return Call<v1::Employee>("CreateEmployee", Manager(),
                              test::Proto<v1::CreateEmployeeRequest>(absl::StrCat(
                                  "employee_id: '", id, "' employee { display_name: '李明' department: 'operations' position: 'positions/",
                                  position, "' ", more, " ", On("hire_date", day), " }")));
  }
  absl::StatusOr<v1::Employee> Transfer(const std::string& id, CivilDay day, const std::string& superior = "",
                                        const std::string& position = "trainer", const std::string& more = "") {
    return Call<v1::Employee>(
        "TransferEmployee", Manager(),
        test::Proto<v1::TransferEmployeeRequest>(
            absl::StrCat("name: 'employees/", id, "' department: 'operations' position: 'positions/", position, "' ",
                         superior.empty() ? "" : absl::StrCat("superior: 'employees/", superior, "' "), more, " ", On("start_date", day))));
  }
  absl::StatusOr<v1::Employee> Cancel(const std::string& id, CivilDay day) {
    return Call<v1::Employee>("CancelTransfer", Manager(),
                              test::Proto<v1::CancelTransferRequest>(absl::StrCat("name: 'employees/", id, "' ", On("start_date", day))));
  }
  absl::StatusOr<v1::Employee> Leave(const std::string& id, CivilDay day) {
    return Call<v1::Employee>(
        "TerminateEmployee", Manager(),
        test::Proto<v1::TerminateEmployeeRequest>(absl::StrCat("name: 'employees/", id, "' ", On("leave_date", day))));
  }
  absl::StatusOr<v1::Employee> Change(const std::string& id, const std::string& what, const std::string& path) {
    return Call<v1::Employee>("UpdateEmployee", Manager(),
                              test::Proto<v1::UpdateEmployeeRequest>(
                                  absl::StrCat("employee { name: 'employees/", id, "' ", what, " } update_mask { paths: '", path, "' }")));
  }
  v1::Employee Read(const std::string& id, const rpc::Call& caller) {
    const auto found =
        Call<v1::Employee>("GetEmployee", caller, test::Proto<v1::GetEmployeeRequest>(absl::StrCat("name: 'employees/", id, "'")));
    EXPECT_THAT(found, IsOk());
    return found.ok() ? *found : v1::Employee();
  }
  v1::Employee Read(const std::string& id) { return Read(id, Analyst()); }
  std::vector<std::string> Holders(const std::string& position) {
    std::vector<std::string> names;
    const auto list = Call<v1::ListEmployeesResponse>(
        "ListEmployees", Analyst(),
        test::Proto<v1::ListEmployeesRequest>(absl::StrCat("filter: 'position = \"positions/", position, "\"'")));
    EXPECT_THAT(list, IsOk());
    for (const v1::Employee& employee : list->employees()) names.push_back(employee.name());
    return names;
  }
  std::string SuperiorOf(const std::string& id, CivilDay day) {
    const auto found = Call<v1::ComputeSuperiorResponse>(
        "ComputeSuperior", Analyst(),
        test::Proto<v1::ComputeSuperiorRequest>(absl::StrCat("name: 'employees/", id, "' ", On("date", day))));
    EXPECT_THAT(found, IsOk());
    return absl::StrCat(found->superior(), found->stand_in() ? " stands in" : "");
  }
};

TEST_F(TransferTest, HoldsFromItsDayOn) {
  ASSERT_THAT(Hire("boss", "", "manager"), IsOk());
  const auto hired = Hire("li", "superior: 'employees/boss'");
  ASSERT_THAT(hired, IsOk());
  ASSERT_THAT(hired->assignments(), SizeIs(1));
  EXPECT_EQ(hired->assignments(0).recorder(), "employees/manager");
  const auto ahead = Transfer("li", CivilDay(2026, 1, 17), "", "trainer", "reason: 'a promotion'");
  ASSERT_THAT(ahead, IsOk());
  EXPECT_EQ(ahead->position(), "positions/host");
  EXPECT_EQ(time::ToDay(ahead->change_date()), CivilDay(2026, 1, 17));
  clock_.Set(absl::FromUnixSeconds(1768579200) - absl::Microseconds(1));  // 2026-01-17 begins at 16:00 UTC of the 16th.
  EXPECT_EQ(Read("li").position(), "positions/host");
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_THAT(Holders("host"), ElementsAre("employees/li"));
  clock_.Advance(absl::Microseconds(1));
  EXPECT_EQ(Read("li").position(), "positions/trainer");
  EXPECT_EQ(Read("li").superior(), "");
  clock_.Advance(absl::Minutes(1));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_THAT(Holders("host"), IsEmpty());
  EXPECT_THAT(Holders("trainer"), ElementsAre("employees/li"));
  EXPECT_EQ(Read("li").etag(), "3");
  clock_.Advance(absl::Minutes(1));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_EQ(Read("li").etag(), "3") << "nothing has changed since";
  // And the past.
  const auto past = Transfer("li", CivilDay(2026, 1, 5), "boss", "manager");
  ASSERT_THAT(past, IsOk());
  EXPECT_EQ(past->position(), "positions/trainer");
  EXPECT_THAT(past->assignments(), SizeIs(3));
  EXPECT_THAT(Cancel("li", CivilDay(2026, 1, 6)), HasReason("NO_SUCH_ASSIGNMENT"));
  EXPECT_THAT(Cancel("li", kFirstOfYear), HasReason("FIRST_ASSIGNMENT"));
  const auto cancelled = Cancel("li", CivilDay(2026, 1, 17));
  ASSERT_THAT(cancelled, IsOk());
  EXPECT_EQ(cancelled->position(), "positions/manager");
  EXPECT_EQ(cancelled->superior(), "employees/boss");
}

TEST_F(TransferTest, CorrectsTheAssignmentOfTodayByAnUpdate) {
  ASSERT_THAT(Hire("li"), IsOk());
  ASSERT_THAT(Hire("boss"), IsOk());
  ASSERT_THAT(Transfer("li", CivilDay(2026, 2, 1)), IsOk());
  const auto moved = Change("li", "position: 'positions/manager' superior: 'employees/boss'", "position");
  ASSERT_THAT(moved, IsOk());
  EXPECT_EQ(moved->assignments(0).position(), "positions/manager");
  EXPECT_EQ(moved->assignments(0).superior(), "") << "the mask names the position alone";
  EXPECT_EQ(moved->assignments(1).position(), "positions/trainer");
  const auto led = Change("li", "superior: 'employees/boss'", "superior");
  ASSERT_THAT(led, IsOk());
  EXPECT_EQ(led->superior(), "employees/boss");
  EXPECT_EQ(led->assignments(0).superior(), "employees/boss");
  EXPECT_THAT(Change("li", "superior: 'employees/none'", "superior"), HasViolation("employee.superior", "UNKNOWN_SUPERIOR"));
  EXPECT_THAT(Change("li", On("hire_date", CivilDay(2026, 2, 1)), "hire_date"), HasReason("ASSIGNMENT_IN_THE_WAY"));
  EXPECT_THAT(Change("li", On("hire_date", CivilDay(2025, 12, 31)), "hire_date"), HasReason("SUPERIOR_NOT_EMPLOYED"));
  const auto later = Change("li", On("hire_date", CivilDay(2026, 1, 10)), "hire_date");
  ASSERT_THAT(later, IsOk());
  EXPECT_EQ(time::ToDay(later->assignments(0).start_date()), CivilDay(2026, 1, 10));
}

TEST_F(TransferTest, RefusesWhatCannotBe) {
  ASSERT_THAT(Hire("li"), IsOk());
  ASSERT_THAT(Hire("bo"), IsOk());
  EXPECT_THAT(Transfer("li", CivilDay(2025, 12, 31)), HasReason("OUTSIDE_EMPLOYMENT"));
  EXPECT_THAT(Transfer("li", CivilDay(2026, 2, 1), "", "none"), HasViolation("position", "UNKNOWN_POSITION"));
  EXPECT_THAT(Transfer("li", CivilDay(2026, 2, 1), "none"), HasViolation("superior", "UNKNOWN_SUPERIOR"));
  const auto both = Transfer("li", CivilDay(2026, 2, 1), "none", "none");
  EXPECT_THAT(both, HasViolation("superior", "UNKNOWN_SUPERIOR"));
  EXPECT_THAT(both, HasViolation("position", "UNKNOWN_POSITION"));
  EXPECT_THAT(Hire("me", "superior: 'employees/me'"), HasViolation("employee.superior", "UNKNOWN_SUPERIOR"));
  EXPECT_THAT(Transfer("li", CivilDay(2026, 2, 1), "", "trainer", "etag: '9'"), HasReason("STALE_ETAG"));
  EXPECT_THAT(Transfer("li", CivilDay(2026, 2, 1), "li"), HasReason("CIRCLE_OF_SUPERIORS"));
  ASSERT_THAT(Leave("bo", CivilDay(2026, 3, 31)), IsOk());
  EXPECT_THAT(Transfer("li", CivilDay(2026, 2, 1), "bo"), HasReason("SUPERIOR_NOT_EMPLOYED"));
  ASSERT_THAT(Transfer("li", CivilDay(2026, 4, 1)), IsOk());
  ASSERT_THAT(Transfer("li", CivilDay(2026, 2, 1), "bo"), IsOk()) << "until the day on which bo leaves";
  const auto cancelled = Cancel("li", CivilDay(2026, 4, 1));
  EXPECT_THAT(cancelled, HasReason("SUPERIOR_NOT_EMPLOYED"));
  EXPECT_NE(cancelled.status().message().find("2026-04-01"), absl::string_view::npos) << cancelled.status();
  ASSERT_THAT(Leave("li", CivilDay(2026, 3, 15)), IsOk());
  EXPECT_THAT(Read("li").assignments(), SizeIs(2)) << "the one of April is dropped";
  EXPECT_THAT(Transfer("li", CivilDay(2026, 3, 16)), HasReason("OUTSIDE_EMPLOYMENT"));
}

TEST_F(TransferTest, LeadsNobodyInACircleOnAnyDay) {
  ASSERT_THAT(Hire("a"), IsOk());
  ASSERT_THAT(Hire("b", "superior: 'employees/a'"), IsOk());
  ASSERT_THAT(Hire("c", "superior: 'employees/b'"), IsOk());
  const auto circle = Transfer("a", CivilDay(2026, 5, 1), "c");
  ASSERT_THAT(circle, HasReason("CIRCLE_OF_SUPERIORS"));
  EXPECT_EQ(circle.status().message(),
            "On 2026-05-01 people would be their own superiors: employees/a → employees/c → employees/b → employees/a.");
  EXPECT_THAT(Change("a", "superior: 'employees/b'", "superior"), HasReason("CIRCLE_OF_SUPERIORS"));
  // While b is away for good, the circle is open; taking her back would close it.
  ASSERT_THAT(Leave("b", CivilDay(2026, 4, 30)), IsOk());
  ASSERT_THAT(Transfer("a", CivilDay(2026, 5, 1), "c"), IsOk());
  EXPECT_THAT(Call<v1::Employee>("ReinstateEmployee", Manager(), test::Proto<v1::ReinstateEmployeeRequest>("name: 'employees/b'")),
              HasReason("CIRCLE_OF_SUPERIORS"));
  EXPECT_THAT(Leave("b", CivilDay(2026, 5, 1)), HasReason("CIRCLE_OF_SUPERIORS"));
  ASSERT_THAT(Cancel("a", CivilDay(2026, 5, 1)), IsOk());
  EXPECT_THAT(Leave("b", CivilDay(2026, 5, 1)), IsOk());
}

TEST_F(TransferTest, ClosesNoCircleInARace) {
  constexpr int people = 4;
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < people; ++i) ASSERT_THAT(Hire(absl::StrCat("r", round, "-", i)), IsOk());
    std::barrier begin(people);
    std::vector<absl::Status> outcomes(people);
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < people; ++i) {
        threads.emplace_back([&, i] {
          begin.arrive_and_wait();
          const std::string me = absl::StrCat("r", round, "-", i), next = absl::StrCat("r", round, "-", (i + 1) % people);
          // Half of them together in one step, half of them in another method, which has another group of writes.
          outcomes[i] = i % 2 == 0 ? Transfer(me, CivilDay(2026, 2, 1), next).status()
                                   : Change(me, absl::StrCat("superior: 'employees/", next, "'"), "superior").status();
        });
      }
    }
    int made = 0;
    People now;
    for (int i = 0; i < people; ++i) {
      made += outcomes[i].ok() ? 1 : 0;
      EXPECT_TRUE(outcomes[i].ok() || status::ReasonOf(outcomes[i]) == "CIRCLE_OF_SUPERIORS") << outcomes[i];
      const v1::Employee person = Read(absl::StrCat("r", round, "-", i));
      now.emplace(person.name(), person);
    }
    EXPECT_EQ(made, people - 1) << "all but the one who would have closed it";
    EXPECT_FALSE(FindCircle(now).has_value());
  }
}

// On several nodes of a cluster only a changed row shows a conflict (Kind::Guard).
TEST_F(TransferTest, ChangesTheRowsOfAllAbove) {
  ASSERT_THAT(Hire("top"), IsOk());
  ASSERT_THAT(Hire("middle", "superior: 'employees/top'"), IsOk());
  ASSERT_THAT(Hire("li"), IsOk());
  const int64_t before = GuardOf("employees", "employees/top");
  ASSERT_THAT(Transfer("li", CivilDay(2026, 2, 1), "middle"), IsOk());
  EXPECT_EQ(GuardOf("employees", "employees/middle"), 1);
  EXPECT_EQ(GuardOf("employees", "employees/top"), before + 1);
}

TEST_F(TransferTest, NamesWhoLeadsOnADay) {
  ASSERT_THAT(Hire("boss", "", "manager"), IsOk());
  ASSERT_THAT(Hire("ann", "", "host"), IsOk());
  ASSERT_THAT(Hire("li", "superior: 'employees/ann'"), IsOk());
  ASSERT_THAT(Transfer("ann", CivilDay(2026, 1, 10), "", "manager"), IsOk());
  EXPECT_EQ(SuperiorOf("li", CivilDay(2025, 12, 31)), "");
  EXPECT_EQ(SuperiorOf("li", CivilDay(2026, 6, 1)), "employees/ann");
  ASSERT_THAT(Leave("ann", CivilDay(2026, 5, 31)), IsOk());
  EXPECT_EQ(SuperiorOf("li", CivilDay(2026, 5, 31)), "employees/ann");
  EXPECT_EQ(SuperiorOf("li", CivilDay(2026, 6, 1)), "employees/boss stands in");
  EXPECT_EQ(SuperiorOf("boss", CivilDay(2026, 1, 9)), "");
  EXPECT_EQ(SuperiorOf("boss", CivilDay(2026, 1, 10)), "employees/ann stands in");
  const auto none =
      Call<v1::ComputeSuperiorResponse>("ComputeSuperior", Analyst(), test::Proto<v1::ComputeSuperiorRequest>("name: 'employees/none'"));
  EXPECT_THAT(none, HasReason("NOT_FOUND"));
}

// Why somebody was moved or away is hers to know, and theirs who lead her.
TEST_F(TransferTest, TellsReasonsToHerAndWhoLeadsHer) {
  ASSERT_THAT(Hire("ann"), IsOk());
  ASSERT_THAT(Hire("li", "superior: 'employees/ann'"), IsOk());
  ASSERT_THAT(Transfer("li", CivilDay(2026, 2, 1), "", "trainer", "reason: 'a quarrel'"), IsOk());
  ASSERT_THAT(Call<v1::Employee>("RecordAbsence", Manager(),
                                 test::Proto<v1::RecordAbsenceRequest>(
                                     absl::StrCat("name: 'employees/li' absence { reason: 'an operation' ",
                                                  On("start_date", CivilDay(2026, 1, 20)), On("end_date", CivilDay(2026, 1, 21)), " }"))),
              IsOk());
  const auto told = [&](const rpc::Call& caller) {
    const v1::Employee employee = Read("li", caller);
    EXPECT_THAT(employee.assignments(), SizeIs(2));
    return employee.assignments(1).reason() + employee.absences(0).reason();
  };
  const auto by = [&](const std::string& name, rpc::Role role) { return test::By(name, {role}, clock_.Now()); };
  EXPECT_EQ(told(Manager()), "a quarrelan operation");
  EXPECT_EQ(told(by("employees/li", options::v1::ROLE_OPERATIONS_SPECIALIST)), "a quarrelan operation");
  EXPECT_EQ(told(by("employees/ann", options::v1::ROLE_OPERATIONS_SPECIALIST)), "a quarrelan operation");
  EXPECT_EQ(told(Specialist()), "");
  EXPECT_EQ(told(Analyst()), "");
  EXPECT_EQ(told(by("employees/engineer", options::v1::ROLE_PLATFORM_ENGINEER)), "");
  clock_.Advance(absl::Hours(24 * 20));
  EXPECT_EQ(told(by("employees/ann", options::v1::ROLE_OPERATIONS_SPECIALIST)), "") << "ann leads her no longer";
}

TEST_F(TransferTest, CountsLeadingAsAResponsibility) {
  ASSERT_THAT(Hire("ann"), IsOk());
  ASSERT_THAT(Hire("li", "superior: 'employees/ann'"), IsOk());
  const auto held = [&] {
    const auto list = Call<type::v1::ListHoldingsResponse>(
        "ListHoldings", Manager(), test::Proto<type::v1::ListHoldingsRequest>("employee: 'employees/ann' open_only: true"));
    EXPECT_THAT(list, IsOk());
    // Without what waits for her because li leaves.
    return std::count_if(list->holdings().begin(), list->holdings().end(), [](const auto& h) { return h.resource() == "employees/li"; });
  };
  EXPECT_EQ(held(), 1);
  ASSERT_THAT(Leave("li", CivilDay(2026, 1, 16)), IsOk());
  EXPECT_EQ(held(), 1);
  clock_.Advance(absl::Hours(48));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_EQ(held(), 0) << "nobody leads who has left";
}

TEST_F(TransferTest, JudgesQualificationByThePositionOfEachDay) {
  ASSERT_THAT(Call<v1::Course>("CreateCourse", Manager(), test::Proto<v1::CreateCourseRequest>("course_id: 'live' course { title: 't' }")),
              IsOk());
  ASSERT_THAT(Call<v1::Position>("UpdatePosition", Manager(),
                                 test::Proto<v1::UpdatePositionRequest>("position { name: 'positions/trainer' required_courses: "
                                                                        "'courses/live' } update_mask { paths: 'required_courses' }")),
              IsOk());
  ASSERT_THAT(Hire("li"), IsOk());
  ASSERT_THAT(Transfer("li", CivilDay(2026, 2, 10)), IsOk());
  ASSERT_THAT(Transfer("li", CivilDay(2026, 2, 20), "", "host"), IsOk());
  const auto qualified = [&](CivilDay first, CivilDay last) {
    const auto check = Call<v1::CheckQualificationResponse>(
        "CheckQualification", ServiceCaller(),
        test::Proto<v1::CheckQualificationRequest>(absl::StrCat("employees: 'employees/li' requirement { position_courses: true } ",
                                                                On("start_date", first), On("end_date", last))));
    EXPECT_THAT(check, IsOk());
    return check->qualified();
  };
  EXPECT_TRUE(qualified(CivilDay(2026, 1, 15), CivilDay(2026, 2, 9))) << "as a host nothing is demanded";
  EXPECT_FALSE(qualified(CivilDay(2026, 2, 9), CivilDay(2026, 2, 10)));
  EXPECT_FALSE(qualified(CivilDay(2026, 2, 19), CivilDay(2026, 3, 10)));
  EXPECT_TRUE(qualified(CivilDay(2026, 2, 20), CivilDay(2026, 3, 10)));
}

// A row as the version before wrote it.
TEST_F(TransferTest, TakesRowsFromBeforeAssignmentsHadDates) {
  ASSERT_THAT(Hire("li"), IsOk());
  ASSERT_THAT(database_.get().Read(
                  absl::Now() + absl::Seconds(20),
                  [&](sql::Session& session) {
                    return session.Execute("UPDATE employees SET assignments = NULL WHERE name = ?", sql::Bind("employees/li")).status();
                  }),
              IsOk());
  EXPECT_EQ(Read("li").assignments(0).position(), "positions/host");
  const auto moved = Transfer("li", CivilDay(2026, 2, 1));
  ASSERT_THAT(moved, IsOk());
  EXPECT_THAT(moved->assignments(), SizeIs(2));
  EXPECT_EQ(moved->assignments(0).position(), "positions/host");
}

TEST_F(TransferTest, MigratesRowsThatAreThere) {
  ASSERT_THAT(Hire("li"), IsOk());
  const std::string department = "R&D \"Süd\" \\ <1> 營運";
  std::ifstream file(absl::StrCat(HEITIE_SOURCE_DIR, "/services/personnel/schema/0003_staff.sql"));
  const std::string migration((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::vector<std::string> fillings;
  for (const std::string& statement : sql::SplitStatements(migration)) {
    if (absl::StartsWith(statement, "UPDATE employees")) fillings.push_back(statement);
  }
  ASSERT_THAT(fillings, SizeIs(1));
  ASSERT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                   [&](sql::Session& session) {
                                     const absl::Status emptied =
                                         session
                                             .Execute("UPDATE employees SET assignments = NULL, department = ? WHERE name = ?",
                                                      sql::Bind(department, "employees/li"))
                                             .status();
                                     return emptied.ok() ? session.Execute(fillings[0], {}).status() : emptied;
                                   }),
              IsOk());
  // Its own columns differ from now on, so the answer is what the migration wrote.
  ASSERT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                   [&](sql::Session& session) {
                                     return session
                                         .Execute("UPDATE employees SET department = 'x', position = 'positions/x' WHERE name = ?",
                                                  sql::Bind("employees/li"))
                                         .status();
                                   }),
              IsOk());
  const v1::Employee li = Read("li");
  ASSERT_THAT(li.assignments(), SizeIs(1));
  EXPECT_EQ(time::ToDay(li.assignments(0).start_date()), kFirstOfYear);
  EXPECT_EQ(li.assignments(0).position(), "positions/host");
  EXPECT_EQ(li.assignments(0).department(), department);
}

}  // namespace
}  // namespace heitie::personnel
