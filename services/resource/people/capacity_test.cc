#include "services/resource/people/capacity.h"

#include "common/test/fixture.h"
#include "common/time/day.h"
#include "services/resource/people/load.h"
#include "services/resource/people/planning.h"

namespace heitie::resource {
namespace {

using personnel::v1::Certificate;
using personnel::v1::Employee;
using test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::StaffDemand;
using v1::StaffPlan;

// March 2026; the 2nd is a Monday.
absl::CivilDay March(int day) { return absl::CivilDay(2026, 3, day); }

Employee HostSince2020(const std::string& id, const std::string& more = "") {
  return Proto<Employee>(absl::StrCat("name: 'employees/", id,
                                      "' position: 'positions/host' department: 'operations' hire_date { year: 2020 month: 1 day: 1 } "
                                      "etag: '1' assignments { start_date { year: 2020 month: 1 day: 1 } position: 'positions/host' "
                                      "department: 'operations' } ",
                                      more));
}

// Monday to Friday, 09:00 to 12:00 and 13:00 to 18:00.
StaffFacts FactsWith(const std::vector<Employee>& people) {
  StaffFacts facts;
  facts.policy =
      Proto<v1::StaffPolicy>("name: 'staffPolicies/p' window_days: 28 day_off_minutes: 300 activity_minutes: 60 solve_seconds: 20");
  for (const Employee& employee : people) facts.people[employee.name()] = employee;
  time::CalendarRules rules;
  rules.zone = service::DefaultTimeZone();
  for (int weekday = 0; weekday < 5; ++weekday) {
    rules.week[weekday] = {{absl::Hours(9), absl::Hours(12)}, {absl::Hours(13), absl::Hours(18)}};
  }
  rules.holidays.push_back(March(6));
  facts.calendar = std::make_shared<time::NamedCalendar>(
      time::NamedCalendar{*time::BusinessCalendar::Make({{absl::InfinitePast(), rules}}), {"calendars/default/versions/1"}});
  facts.calendar_versions = {{"calendars/default/versions/1", "published"}};
  return facts;
}

StaffDemand DemandOf(const std::string& id, int first, int last, int count = 1, const std::string& more = "") {
  return Proto<StaffDemand>(absl::StrCat("name: 'staffDemands/", id, "' subject: 'activities/", id,
                                         "' position: 'positions/host' state: STATE_OPEN start_date { year: 2026 month: 3 day: ", first,
                                         " } end_date { year: 2026 month: 3 day: ", last, " } required_count: ", count, " ", more));
}

std::vector<std::string> Told(const std::vector<StaffPlan::Missing>& all) {
  std::vector<std::string> told;
  for (const StaffPlan::Missing& missing : all) {
    told.push_back(absl::StrCat(StaffPlan::Missing::Kind_Name(missing.kind()), " ", missing.course(), " from ", missing.first_date().day(),
                                ", ", missing.day_count(), " days, ", missing.minutes()));
  }
  return told;
}

TEST(CapacityTest, ADayIsWhatTheCalendarEmploymentAndAbsencesLeave) {
  const Employee li = HostSince2020("li", R"pb(absences {
                                                 start_date { year: 2026 month: 3 day: 3 }
                                                 end_date { year: 2026 month: 3 day: 4 }
                                               }
                                               leave_date { year: 2026 month: 3 day: 9 })pb");
  const StaffFacts facts = FactsWith({li});
  EXPECT_EQ(CapacityOn(facts, li, March(2)), 480);
  EXPECT_EQ(CapacityOn(facts, li, March(3)), 0) << "absent";
  EXPECT_EQ(CapacityOn(facts, li, March(4)), 0) << "absent until then";
  EXPECT_EQ(CapacityOn(facts, li, March(5)), 480);
  EXPECT_EQ(CapacityOn(facts, li, March(6)), 300) << "a holiday";
  EXPECT_EQ(CapacityOn(facts, li, March(9)), 480) << "the last day";
  EXPECT_EQ(CapacityOn(facts, li, March(10)), 0);
  EXPECT_EQ(CapacityOn(facts, li, absl::CivilDay(2019, 12, 31)), 0) << "not employed yet";
}

TEST(CapacityTest, DaysOffCountOnlyWhereTheyAreAskedFor) {
  const StaffFacts facts = FactsWith({});
  std::vector<std::string> told;
  for (const std::string more : {"", "minutes_a_day: 90 on_days_off: true"}) {
    for (const DemandDay& day : DaysOf(facts, DemandOf("fair", 5, 9, 1, more), March(1), March(31))) {
      told.push_back(absl::StrCat(day.day.day(), "/", day.minutes));
    }
  }
  EXPECT_THAT(told, ElementsAre("5/480", "9/480", "5/90", "6/90", "7/90", "8/90", "9/90"));
}

TEST(CapacityTest, SaysWhatSomebodyLacksOnWhichDays) {
  const Employee li = HostSince2020("li", R"pb(assignments {
                                                 start_date { year: 2026 month: 3 day: 5 }
                                                 position: "positions/lead"
                                                 department: "operations"
                                               }
                                               absences {
                                                 start_date { year: 2026 month: 3 day: 3 }
                                                 end_date { year: 2026 month: 3 day: 3 }
                                               })pb");
  StaffFacts facts = FactsWith({li});
  facts.positions["positions/host"] = Proto<personnel::v1::Position>("name: 'positions/host' required_courses: 'courses/safety'");
  facts.certificates["employees/li"] = {
      Proto<Certificate>("name: 'certificates/a' employee: 'employees/li' course: 'courses/hosting' state: STATE_ISSUED valid_from { year: "
                         "2020 month: 1 day: 1 } valid_until { year: 2026 month: 3 day: 3 }"),
      Proto<Certificate>("name: 'certificates/b' employee: 'employees/li' course: 'courses/safety' state: STATE_ISSUED valid_from { year: "
                         "2020 month: 1 day: 1 }")};
  const StaffDemand demand = DemandOf("fair", 2, 5, 1, "courses: 'courses/hosting'");
  const auto days = DaysOf(facts, demand, March(1), March(31));
  const std::map<absl::CivilDay, int> left = {{March(2), 400}, {March(3), 0}, {March(4), 480}, {March(5), 480}};
  EXPECT_THAT(Told(MissingOf(facts, demand, days, li, left)),
              ElementsAre("KIND_POSITION  from 5, 1 days, 0", "KIND_CERTIFICATE courses/hosting from 4, 2 days, 0",
                          "KIND_ABSENCE  from 3, 1 days, 0", "KIND_MINUTES  from 2, 1 days, 80"));
}

TEST(CapacityTest, RatesGoByPositionAndDepartment) {
  const Employee li = HostSince2020("li");
  StaffFacts facts = FactsWith({li});
  EXPECT_EQ(CostOf(facts, li, March(2), 480), 0);
  facts.policy = Proto<v1::StaffPolicy>("rates { position: 'positions/host' hour_cost_minor: 25001 }");
  EXPECT_EQ(CostOf(facts, li, March(2), 90), 37501) << "37501.5 is rounded down";
  facts.policy.mutable_rates()->Add(
      Proto<v1::StaffPolicy::Rate>("position: 'positions/host' department: 'operations' hour_cost_minor: 60000"));
  EXPECT_EQ(CostOf(facts, li, March(2), 90), 90000);
}

activity::v1::Activity FairWith(const std::string& employee) {
  auto fair = Proto<activity::v1::Activity>(absl::StrCat(
      "name: 'activities/fair' state: STATE_READY time_zone: 'Asia/Taipei' etag: '3' staff { employee: '", employee, "' role: 'host' }"));
  const absl::TimeZone zone = service::DefaultTimeZone();
  fair.mutable_start_time()->set_seconds(absl::ToUnixSeconds(absl::FromCivil(absl::CivilSecond(2026, 3, 5, 20, 0, 0), zone)));
  fair.mutable_end_time()->set_seconds(absl::ToUnixSeconds(absl::FromCivil(March(10), zone)));
  return fair;
}

TEST(CapacityTest, PartsInActivitiesTakeTimeOnWorkingDaysUnlessDemandsSayIt) {
  StaffFacts facts = FactsWith({HostSince2020("li")});
  facts.activities = {FairWith("employees/li")};
  const auto loads = ActivityLoads(facts, March(1), March(31));
  ASSERT_THAT(loads, SizeIs(2)) << "Thursday and Monday; Friday is a holiday, and midnight begins no day";
  EXPECT_EQ(loads.begin()->first.second, March(5));
  EXPECT_EQ(loads.rbegin()->first.second, March(9));
  EXPECT_EQ(loads.begin()->second.front().minutes(), 60);
  facts.demanded = {"activities/fair"};
  EXPECT_THAT(ActivityLoads(facts, March(1), March(31)), IsEmpty());
}

activity::v1::Shift ShiftOf(const std::string& id, absl::CivilMinute start, absl::CivilMinute end, const std::string& employee) {
  auto shift = Proto<activity::v1::Shift>(absl::StrCat("name: 'activities/fair/shifts/", id,
                                                       "' state: STATE_PLANNED time_zone: 'Asia/Taipei' etag: '1' people { employee: '",
                                                       employee, "' }"));
  const absl::TimeZone zone = service::DefaultTimeZone();
  shift.mutable_start_time()->set_seconds(absl::ToUnixSeconds(absl::FromCivil(start, zone)));
  shift.mutable_end_time()->set_seconds(absl::ToUnixSeconds(absl::FromCivil(end, zone)));
  return shift;
}

TEST(CapacityTest, ShiftsTakeTheirMinutesOnEachDayInPlaceOfParts) {
  StaffFacts facts = FactsWith({HostSince2020("li"), HostSince2020("an")});
  facts.activities = {FairWith("employees/an")};
  facts.shifts = {ShiftOf("a", absl::CivilMinute(2026, 3, 5, 22, 0), absl::CivilMinute(2026, 3, 6, 1, 30), "employees/li")};
  const auto loads = ActivityLoads(facts, March(1), March(31));
  ASSERT_THAT(loads, SizeIs(2)) << "what the shifts say, and nothing of who is only named as staff";
  EXPECT_EQ(loads.at({"employees/li", March(5)}).front().minutes(), 120);
  EXPECT_EQ(loads.at({"employees/li", March(6)}).front().minutes(), 90) << "also on a holiday";
  EXPECT_EQ(loads.at({"employees/li", March(5)}).front().subject(), "activities/fair");
  facts.placed = {{"employees/li", March(5), "activities/fair"}};
  EXPECT_THAT(ActivityLoads(facts, March(1), March(31)), SizeIs(1)) << "a plan in force says that day";
  facts.activities[0].set_state(activity::v1::Activity::STATE_CANCELLED);
  EXPECT_THAT(ActivityLoads(facts, March(1), March(31)), IsEmpty());
}

TEST(CapacityTest, ShiftsOfWhatAPlanIsForDoNotStandInItsWay) {
  StaffFacts facts = FactsWith({HostSince2020("li")});
  facts.activities = {FairWith("employees/li")};
  facts.shifts = {ShiftOf("a", absl::CivilMinute(2026, 3, 5, 9, 0), absl::CivilMinute(2026, 3, 5, 17, 0), "employees/li")};
  auto demand = Proto<StaffDemand>("name: 'staffDemands/d' subject: 'activities/fair' position: 'positions/host' required_count: 1");
  *demand.mutable_start_date() = *demand.mutable_end_date() = time::ToDate(March(5));
  PlanInput input;
  input.facts = facts;
  input.today = input.first = March(1);
  input.last = March(31);
  input.demands = {demand};
  EXPECT_EQ(LeftBeside(input).at({"employees/li", March(5)}), 480);
  demand.set_subject("activities/other");
  input.demands = {demand};
  EXPECT_EQ(LeftBeside(input).at({"employees/li", March(5)}), 0);
}

TEST(CapacityTest, WhoIsEngagedHasNoMinutes) {
  const StaffFacts facts = FactsWith({HostSince2020("li")});
  auto demand = Proto<StaffDemand>("name: 'staffDemands/d' position: 'positions/host' required_count: 1 engaged: 'employees/li'");
  const auto missing = MissingOf(facts, demand, {{March(4), 480}}, facts.people.at("employees/li"), {{March(4), 480}});
  ASSERT_THAT(missing, SizeIs(1));
  EXPECT_EQ(missing[0].kind(), StaffPlan::Missing::KIND_MINUTES);
  EXPECT_EQ(missing[0].minutes(), 480);
}

TEST(CapacityTest, TrainingIsKeptFreeAtTheEndOfTheWeek) {
  StaffFacts facts = FactsWith({});
  facts.policy.set_training_minutes_a_week(600);
  const std::map<absl::CivilDay, int> left = {{March(9), 480}, {March(10), 480}, {March(11), 200}, {March(12), 480}, {March(13), 100}};
  EXPECT_THAT(TrainingMinutes(facts, left, March(9), March(15)),
              ElementsAre(std::pair(March(11), 20), std::pair(March(12), 480), std::pair(March(13), 100)));
  EXPECT_THAT(TrainingMinutes(facts, left, March(13), March(15)), ElementsAre(std::pair(March(13), 100)));
}

PlanInput InputOf(const StaffFacts& facts, const std::vector<StaffDemand>& demands, int first = 1, int last = 31) {
  PlanInput input;
  input.facts = facts;
  input.today = March(1);
  input.first = March(first);
  input.last = March(last);
  input.demands = demands;
  for (const StaffDemand& demand : demands) input.facts.demanded.insert(demand.subject());
  return input;
}

StaffPlan Computed(const PlanInput& input) {
  StaffPlan plan;
  plan.set_name("staffPlans/p");
  ComputePlan(input, ProblemOf(input), std::chrono::steady_clock::now() + std::chrono::seconds(20), plan);
  return plan;
}

std::vector<std::string> Told(const StaffPlan& plan) {
  std::vector<std::string> told;
  for (const StaffPlan::Assignment& assignment : plan.assignments()) {
    std::string& line = told.emplace_back(absl::StrCat(assignment.demand(), " ", assignment.employee()));
    for (const auto& date : assignment.dates()) absl::StrAppend(&line, " ", date.day());
  }
  return told;
}

TEST(PlanningTest, OnePersonForAllDaysOrOthersEachDay) {
  const StaffFacts facts = FactsWith({HostSince2020("a",
                                                    "absences { start_date { year: 2026 month: 3 day: 3 } end_date { year: 2026 month: "
                                                    "3 day: 3 } }"),
                                      HostSince2020("b",
                                                    "absences { start_date { year: 2026 month: 3 day: 4 } end_date { year: 2026 month: "
                                                    "3 day: 4 } }")});
  const StaffPlan same = Computed(InputOf(facts, {DemandOf("fair", 2, 4)}));
  EXPECT_THAT(same.assignments(), IsEmpty());
  ASSERT_THAT(same.unmet(), SizeIs(1));
  EXPECT_EQ(same.unmet(0).needed_person_days(), 3);
  ASSERT_THAT(same.unmet(0).near(), SizeIs(2));
  EXPECT_EQ(same.unmet(0).near(0).employee(), "employees/a");
  EXPECT_EQ(same.unmet(0).near(0).missing(0).kind(), StaffPlan::Missing::KIND_ABSENCE);
  ASSERT_THAT(same.conflicts(), SizeIs(1));
  EXPECT_THAT(same.conflicts(0).demands(), ElementsAre("staffDemands/fair"));
  EXPECT_TRUE(same.conflicts(0).smallest());

  const StaffPlan any = Computed(InputOf(facts, {DemandOf("fair", 2, 4, 1, "continuity: CONTINUITY_ANY_PERSON")}));
  EXPECT_THAT(Told(any), ElementsAre("staffDemands/fair employees/a 2 4", "staffDemands/fair employees/b 3"));
  EXPECT_EQ(any.method(), StaffPlan::METHOD_MIN_COST_FLOW);
  EXPECT_TRUE(any.proven_optimal());
  EXPECT_THAT(any.unmet(), IsEmpty());
}

TEST(PlanningTest, WhatOtherDemandsHoldIsNotPlannedAgainAndWhatIsInForceStays) {
  const StaffFacts facts = FactsWith({HostSince2020("a"), HostSince2020("b")});
  PlanInput input = InputOf(facts, {DemandOf("fair", 2, 2)});
  input.in_force = {{"employees/a", March(2), "staffDemands/other", "activities/other", "staffPlans/old", 240}};
  EXPECT_THAT(Told(Computed(input)), ElementsAre("staffDemands/fair employees/b 2"));
  input.in_force = {{"employees/b", March(2), "staffDemands/fair", "activities/fair", "staffPlans/old", 480}};
  const StaffPlan kept = Computed(input);
  EXPECT_THAT(Told(kept), ElementsAre("staffDemands/fair employees/b 2"));
  EXPECT_EQ(kept.objective().changed_person_days(), 0);
}

TEST(PlanningTest, TheMoreUrgentDemandIsMetAndBothAreNamedAsAConflict) {
  const StaffFacts facts = FactsWith({HostSince2020("a")});
  const StaffPlan plan =
      Computed(InputOf(facts, {DemandOf("x", 2, 3, 1, "priority: 1"), DemandOf("y", 3, 4, 1, "priority: 5"), DemandOf("z", 9, 9)}));
  EXPECT_THAT(Told(plan), ElementsAre("staffDemands/y employees/a 3 4", "staffDemands/z employees/a 9"));
  ASSERT_THAT(plan.conflicts(), SizeIs(1));
  EXPECT_THAT(plan.conflicts(0).demands(), ElementsAre("staffDemands/x", "staffDemands/y"));
  EXPECT_TRUE(plan.conflicts(0).smallest());
  ASSERT_THAT(plan.objective().met(), SizeIs(3));
  EXPECT_EQ(plan.objective().met(0).priority(), 5);
  EXPECT_EQ(plan.objective().met(0).met_person_days(), 2);
  EXPECT_EQ(plan.objective().met(1).met_person_days(), 0);
}

TEST(PlanningTest, APlanNamesWhatItRestsOnAndWhatHasChanged) {
  StaffFacts facts = FactsWith({HostSince2020("a"), HostSince2020("b")});
  facts.people["employees/b"].set_position("positions/lead");
  facts.people["employees/b"].mutable_assignments(0)->set_position("positions/lead");
  PlanInput input = InputOf(facts, {DemandOf("fair", 2, 4)});
  const StaffPlan plan = Computed(input);
  std::vector<std::string> names;
  for (const StaffPlan::Fact& fact : plan.facts()) names.push_back(fact.name());
  EXPECT_THAT(names, ElementsAre("calendars/default/versions/1", "employees/a", "staffDemands/fair"));
  EXPECT_THAT(ChangedFacts(plan, FactsOf(input)), IsEmpty());
  input.facts.people["employees/a"].set_etag("2");
  input.facts.people["employees/c"] = HostSince2020("c");
  input.demands[0].set_required_count(2);
  const auto changed = ChangedFacts(plan, FactsOf(input));
  ASSERT_THAT(changed, SizeIs(3));
  EXPECT_EQ(changed[0].name(), "employees/a");
  EXPECT_EQ(changed[1].name(), "employees/c");
  EXPECT_EQ(changed[2].name(), "staffDemands/fair");
}

TEST(PlanningTest, NotesOfDemands) {
  const StaffFacts facts = FactsWith({HostSince2020("a"), HostSince2020("b"), HostSince2020("c")});
  StaffDemand demand = DemandOf("fair", 2, 5, 2);
  SetShortage(facts, {{March(2), 2}, {March(3), 1}, {March(5), 2}}, March(1), demand);
  EXPECT_EQ(demand.shortage().missing_count(), 2);
  ASSERT_THAT(demand.shortage().days(), SizeIs(2));
  EXPECT_EQ(demand.shortage().days(0).date().day(), 3);
  EXPECT_EQ(demand.shortage().days(1).missing_count(), 2);
  SetShortage(facts, {{March(2), 2}, {March(3), 2}, {March(4), 2}, {March(5), 2}}, March(1), demand);
  EXPECT_FALSE(demand.has_shortage());
  const std::map<EmployeeDay, int> others = {{{"employees/a", March(3)}, 60}, {{"employees/b", March(3)}, 60}};
  EXPECT_THAT(AssignedElsewhere(facts, demand, others, {{{"employees/b", March(2)}, 480}}, March(1)), ElementsAre("employees/a"));
  demand.set_continuity(StaffDemand::CONTINUITY_ANY_PERSON);
  EXPECT_THAT(AssignedElsewhere(facts, demand, others, {}, March(1)), IsEmpty()) << "other days are free";
}

TEST(LoadTest, WeeksOfPeopleAndTeams) {
  const StaffFacts facts = FactsWith({HostSince2020("a"), HostSince2020("b")});
  const std::vector<PersonDay> days = {{"employees/a", March(9), "staffDemands/x", "activities/x", "staffPlans/p", 480},
                                       {"employees/a", March(9), "staffDemands/y", "activities/y", "staffPlans/p", 60},
                                       {"employees/b", March(4), "staffDemands/x", "activities/x", "staffPlans/p", 240}};
  const auto map = LoadMap(facts, days, March(4), March(15), "");
  ASSERT_THAT(map.people(), SizeIs(2));
  ASSERT_THAT(map.people(0).weeks(), SizeIs(2));
  EXPECT_EQ(map.people(0).weeks(0).start_date().day(), 4);
  EXPECT_EQ(map.people(0).weeks(0).capacity_minutes(), 960) << "Wednesday and Thursday; Friday is a holiday";
  EXPECT_EQ(map.people(0).weeks(1).overload_days(), 1);
  EXPECT_EQ(map.people(0).weeks(1).load_bp(), 540 * 10000 / 2400);
  ASSERT_THAT(map.teams(), SizeIs(1));
  EXPECT_EQ(map.teams(0).name(), "operations");
  EXPECT_EQ(map.teams(0).weeks(0).assigned_minutes(), 240);
  EXPECT_EQ(map.teams(0).weeks(1).capacity_minutes(), 4800);
  EXPECT_THAT(LoadMap(facts, days, March(4), March(15), "sales").people(), IsEmpty());
}

TEST(LoadTest, PostsThatAreShortAndDaysThatAreFree) {
  const StaffFacts facts = FactsWith({HostSince2020("a")});
  const std::vector<PersonDay> days = {{"employees/a", March(2), "staffDemands/x", "activities/x", "staffPlans/p", 480}};
  const auto outlook = OutlookOf(facts, {DemandOf("x", 2, 3, 3), DemandOf("y", 3, 3, 1, "minutes_a_day: 60")}, days, March(2), March(8));
  ASSERT_THAT(outlook.weeks(), SizeIs(1));
  EXPECT_EQ(outlook.weeks(0).position(), "positions/host");
  EXPECT_EQ(outlook.weeks(0).demand_minutes(), 6 * 480 + 60);
  EXPECT_EQ(outlook.weeks(0).capacity_minutes(), 4 * 480);
  EXPECT_EQ(outlook.weeks(0).short_count(), 3) << "on Tuesday 25 hours are wanted of one person's 8";
  EXPECT_EQ(outlook.quarters(0).start_date().month(), 3);
  ASSERT_THAT(outlook.people(), SizeIs(1));
  EXPECT_EQ(outlook.people(0).free_days(), 3);
  EXPECT_EQ(outlook.people(0).first_free_date().day(), 3);
}

}  // namespace
}  // namespace heitie::resource
