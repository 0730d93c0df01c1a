#include "services/personnel/staffing/need.h"

#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "services/personnel/training/course.h"

namespace heitie::personnel {
namespace {

using activity::v1::Activity;
using test::Proto;
using v1::StaffingTrainee;

const absl::CivilDay kFirst(2026, 6, 1);

Activity ActivityFor(const std::string& more) {
  // 31 May, 16:00 UTC, is midnight in Taipei.
  return Proto<Activity>(
      "name: 'activities/fair' title: 'Fair' owner: 'employees/li' time_zone: 'Asia/Taipei' state: STATE_READY "
      "training_requirement { courses: 'courses/live' } staff { employee: 'employees/an' } staff { employee: 'employees/bo' } " +
      more);
}

TEST(NeedOfTest, CountsTheDaysOfTheGate) {
  Activity activity = ActivityFor("start_time { seconds: 1780243200 } end_time { seconds: 1780502400 }");
  const auto need = NeedOf(activity);
  ASSERT_TRUE(need);
  EXPECT_EQ(time::ToDay(need->start_date()), kFirst);
  EXPECT_EQ(time::ToDay(need->end_date()), kFirst + 2) << "the end at midnight begins no day";
  EXPECT_EQ(need->required_count(), 2);
  EXPECT_EQ(need->requester(), "employees/li");
  activity.set_state(Activity::STATE_DRAFT);
  EXPECT_FALSE(NeedOf(activity));
  activity.set_state(Activity::STATE_ENDED);
  EXPECT_FALSE(NeedOf(activity));
  activity.set_state(Activity::STATE_PAUSED);
  EXPECT_TRUE(NeedOf(activity));
  activity.clear_staff();
  EXPECT_FALSE(NeedOf(activity));
}

TEST(NeedOfTest, OfAShiftAndOfHoursThatLackPeople) {
  auto shift = Proto<activity::v1::Shift>(
      "name: 'activities/fair/shifts/a' role: 'host' state: STATE_PLANNED courses: 'courses/live' requester: 'employees/li' time_zone: "
      "'Asia/Taipei' people { employee: 'employees/an' } people { employee: 'employees/bo' } start_date { year: 2026 month: 6 day: 1 } "
      "end_date { year: 2026 month: 6 day: 2 }");
  const auto need = NeedOf(shift);
  ASSERT_TRUE(need);
  EXPECT_EQ(need->source(), v1::StaffingGap::SOURCE_SHIFT);
  EXPECT_EQ(need->required_count(), 2);
  EXPECT_EQ(need->requester(), "employees/li");
  EXPECT_EQ(need->staff(1), "employees/bo");
  const auto question = QuestionOf(*need, kFirst + 1);
  ASSERT_TRUE(question);
  EXPECT_EQ(time::ToDay(question->start_date()), kFirst + 1);
  EXPECT_EQ(question->requirement().courses(0), "courses/live");
  shift.set_state(activity::v1::Shift::STATE_OVER);
  EXPECT_FALSE(NeedOf(shift));
  shift.set_state(activity::v1::Shift::STATE_PLANNED);
  shift.clear_people();
  EXPECT_FALSE(NeedOf(shift));
  auto coverage = Proto<activity::v1::ShiftCoverage>(
      "name: 'activities/fair/shiftCoverages/hosts' role: 'host' min_count: 3 gap_count: 2 missing_count: 2 requester: 'employees/li' "
      "gap_start_date { year: 2026 month: 6 day: 1 } gap_end_date { year: 2026 month: 6 day: 4 }");
  const auto lacking = NeedOf(coverage);
  ASSERT_TRUE(lacking);
  EXPECT_EQ(lacking->source(), v1::StaffingGap::SOURCE_SHIFT_COVERAGE);
  EXPECT_EQ(lacking->required_count(), 2);
  EXPECT_EQ(time::ToDay(lacking->end_date()), kFirst + 3);
  EXPECT_TRUE(lacking->staff().empty()) << "nobody is named";
  coverage.set_gap_count(0);
  EXPECT_FALSE(NeedOf(coverage));
  Activity activity = ActivityFor("start_time { seconds: 1780243200 } end_time { seconds: 1780502400 }");
  activity.set_staffed_by_shifts(true);
  EXPECT_FALSE(NeedOf(activity)) << "its shifts stand in its place";
}

TEST(QuestionOfTest, AsksForTheDaysThatAreLeft) {
  const auto need = NeedOf(ActivityFor("start_time { seconds: 1780243200 } end_time { seconds: 1780502400 }"));
  EXPECT_EQ(time::ToDay(QuestionOf(*need, kFirst - 9)->start_date()), kFirst);
  EXPECT_EQ(time::ToDay(QuestionOf(*need, kFirst + 1)->start_date()), kFirst + 1);
  EXPECT_TRUE(QuestionOf(*need, kFirst + 2));
  EXPECT_FALSE(QuestionOf(*need, kFirst + 3));
}

TEST(NeedOfTest, OfADemandUntilItIsWithdrawn) {
  auto demand = Proto<resource::v1::StaffDemand>(
      "name: 'staffDemands/d' title: 'D' position: 'positions/host' courses: 'courses/a' required_count: 4 owner: 'employees/li' "
      "engaged: 'employees/an' assigned_elsewhere: 'employees/an' assigned_elsewhere: 'employees/bo' state: STATE_OPEN start_date { year: "
      "2026 month: 6 day: 1 } end_date { year: 2026 month: 6 day: 2 }");
  const auto need = NeedOf(demand);
  ASSERT_TRUE(need);
  EXPECT_EQ(need->required_count(), 4);
  EXPECT_THAT(need->engaged(), ::testing::ElementsAre("employees/an", "employees/bo")) << "plans in force have them elsewhere";
  EXPECT_TRUE(need->staff().empty());
  EXPECT_TRUE(QuestionOf(*need, kFirst)->requirement().position_courses()) << "what the position demands counts too";
  demand.set_state(resource::v1::StaffDemand::STATE_WITHDRAWN);
  EXPECT_FALSE(NeedOf(demand));
}

TEST(HorizonOfTest, IsTheEndOfAMonth) {
  EXPECT_EQ(HorizonOf(absl::CivilDay(2026, 1, 31), 0), absl::CivilDay(2026, 1, 31));
  EXPECT_EQ(HorizonOf(absl::CivilDay(2026, 1, 31), 1), absl::CivilDay(2026, 2, 28));
  EXPECT_EQ(HorizonOf(absl::CivilDay(2026, 11, 1), 3), absl::CivilDay(2027, 2, 28));
}

// Against each day of each person.
TEST(PoolOfTest, HoldsThePositionOnAllDaysThatAreLeft) {
  std::mt19937_64 random(3);
  const auto upto = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n + 1)); };
  int pooled = 0;
  for (int round = 0; round < 2000; ++round) {
    v1::StaffingGap need;
    need.set_position("positions/host");
    const absl::CivilDay start = kFirst + upto(10), end = start + upto(10), today = kFirst + upto(12);
    *need.mutable_start_date() = time::ToDate(start);
    *need.mutable_end_date() = time::ToDate(end);
    if (today > end) continue;
    People people;
    for (const char* name : {"employees/a", "employees/b"}) {
      v1::Employee& person = people[name];
      person.set_name(name);
      absl::CivilDay at = kFirst - 5 + upto(10);
      *person.mutable_hire_date() = time::ToDate(at);
      for (int i = 0, n = 1 + upto(3); i < n; ++i) {
        v1::Assignment& post = *person.add_assignments();
        *post.mutable_start_date() = time::ToDate(at);
        post.set_position(upto(2) == 0 ? "positions/lead" : "positions/host");
        at += 1 + upto(9);
      }
      if (upto(2) == 0) *person.mutable_leave_date() = time::ToDate(at + upto(9));
    }
    if (upto(3) == 0) need.add_engaged("employees/a");
    std::vector<std::string> expected;
    for (const auto& [name, person] : people) {
      bool all = need.engaged().empty() || name != "employees/a";
      for (absl::CivilDay day = std::max(start, today); day <= end; ++day) {
        const auto post = AssignmentOn(person, day);
        all = all && post && post->position() == "positions/host";
      }
      if (all) expected.push_back(name);
    }
    pooled += static_cast<int>(expected.size());
    ASSERT_EQ(PoolOf(need, people, today), expected) << round;
  }
  EXPECT_GT(pooled, 300);
}

v1::StaffingShortfall Lacking(const std::vector<std::string>& courses) {
  v1::StaffingShortfall shortfall;
  shortfall.set_employee("employees/an");
  for (const std::string& course : courses) {
    v1::Disqualification& against = *shortfall.add_disqualifications();
    against.set_reason(v1::Disqualification::REASON_MISSING_CERTIFICATE);
    against.set_course(course);
  }
  return shortfall;
}

TEST(TraineeOfTest, TrainingDoesNotBringBackWhoIsAway) {
  v1::StaffingShortfall away = Lacking({"courses/a"});
  away.add_disqualifications()->set_reason(v1::Disqualification::REASON_NOT_ACTIVE);
  TrainingFacts facts;
  facts.courses["courses/a"].set_name("courses/a");
  facts.sessions["courses/a"] = {{"courses/a/sessions/s", kFirst - 3}};
  EXPECT_EQ(TraineeOf(away, facts, {kFirst, kFirst}).obstacle(), StaffingTrainee::OBSTACLE_NOT_AT_WORK);
  EXPECT_EQ(TraineeOf(Lacking({"courses/a"}), facts, {kFirst, kFirst}).courses_size(), 1);
}

// Against each choice of sessions: two courses, of which the first may presuppose a third, with certificates of some days.
TEST(TraineeOfTest, FindsAWayWhereThereIsOne) {
  std::mt19937_64 random(5);
  int found = 0;
  for (int round = 0; round < 3000; ++round) {
    TrainingFacts facts;
    for (const char* name : {"courses/a", "courses/b", "courses/c"}) {
      v1::Course& course = facts.courses[name];
      course.set_name(name);
      course.set_validity_days(static_cast<int>(random() % 3) * 8);
      for (size_t i = 0, n = random() % 3; i < n; ++i) {
        facts.sessions[name].push_back({absl::StrCat(name, "/sessions/", i), kFirst - 10 + static_cast<int>(random() % 13)});
      }
    }
    const bool presupposes = random() % 2 == 0;
    if (presupposes) facts.courses["courses/a"].add_prerequisites("courses/c");
    const Span span{kFirst, kFirst + static_cast<int>(random() % 6)};
    const std::vector<std::string> lacking =
        random() % 2 == 0 ? std::vector<std::string>{"courses/a"} : std::vector<std::string>{"courses/a", "courses/b"};
    const auto serves = [&](const std::string& course, const FreeSession& session) {
      const auto until = ValidUntil(facts.courses[course], session.day);
      return session.day < span.first && (!until || *until >= span.last);
    };
    const auto possible = [&](const std::string& course) {
      return std::any_of(facts.sessions[course].begin(), facts.sessions[course].end(), [&](const FreeSession& session) {
        if (!serves(course, session)) return false;
        if (course != "courses/a" || !presupposes) return true;
        return std::any_of(facts.sessions["courses/c"].begin(), facts.sessions["courses/c"].end(),
                           [&](const FreeSession& before) { return before.day < session.day; });
      });
    };
    const StaffingTrainee trainee = TraineeOf(Lacking(lacking), facts, span);
    const bool all = std::all_of(lacking.begin(), lacking.end(), possible);
    found += all;
    ASSERT_EQ(trainee.obstacle(), all ? StaffingTrainee::OBSTACLE_UNSPECIFIED : StaffingTrainee::OBSTACLE_NO_SESSION) << round;
    ASSERT_EQ(trainee.courses().empty(), !all);
    std::vector<std::string> missing;
    for (const std::string& course : lacking) {
      if (!possible(course)) missing.push_back(course);
    }
    ASSERT_THAT(trainee.missing_courses(), testing::ElementsAreArray(missing));
    for (const v1::ProposedCourse& planned : trainee.courses()) {
      ASSERT_LT(time::ToDay(planned.date()), span.first);
    }
  }
  EXPECT_GT(found, 300);
}

TEST(ConcludeProposalTest, NobodyIsHiredWhoCanBeTrained) {
  v1::ProposeStaffingResponse response;
  for (int i = 0; i < 4; ++i) response.add_trainees();
  response.mutable_trainees(0)->set_obstacle(StaffingTrainee::OBSTACLE_NO_SESSION);
  ConcludeProposal(5, response);
  EXPECT_EQ(response.trainable_count(), 3);
  EXPECT_EQ(response.hire_count(), 2);
  ConcludeProposal(2, response);
  EXPECT_EQ(response.trainable_count(), 2) << "as many as are missing";
  EXPECT_EQ(response.hire_count(), 0);
}

}  // namespace
}  // namespace heitie::personnel
