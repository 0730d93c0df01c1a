#include "services/activity/watch/fact_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/record/json.h"
#include "services/activity/preparation/activity_fixture.h"
#include "services/activity/watch/lapse.h"

namespace heitie::activity {
namespace {

using test::IsOk;
using test::Proto;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::Activity;
using v1::Incident;

GateFacts WithStaff(const std::string& answer) {
  GateFacts facts;
  facts.moment = absl::FromUnixSeconds(1767225600);  // 2026-01-01 08:00 in Taipei
  facts.activity = Proto<Activity>(R"pb(name: "activities/a"
                                        state: STATE_LIVE
                                        time_zone: "Asia/Taipei"
                                        staff { employee: "employees/li" role: "host" })pb");
  facts.qualification = Proto<personnel::v1::CheckQualificationResponse>(answer);
  return facts;
}

// 00:00 of a day of January 2026 in Taipei.
absl::Time MidnightOf(int day) { return absl::FromUnixSeconds(1767225600) + absl::Hours(24) * (day - 1) - absl::Hours(8); }

TEST(Lapse, APersonIsMissingFromTheFirstDayThatIsNotCovered) {
  EXPECT_EQ(UncoveredFrom(WithStaff("employees { employee: 'employees/li' qualified: true }")), absl::InfiniteFuture());
  EXPECT_EQ(UncoveredFrom(WithStaff(R"pb(employees {
                                           employee: "employees/li"
                                           disqualifications {
                                             reason: REASON_NOT_ACTIVE
                                             date { year: 2026 month: 1 day: 3 }
                                           }
                                         })pb")),
            MidnightOf(3));
  EXPECT_EQ(UncoveredFrom(WithStaff(R"pb(employees {
                                           employee: "employees/li"
                                           disqualifications {
                                             reason: REASON_CERTIFICATE_EXPIRES
                                             date { year: 2026 month: 1 day: 3 }
                                           }
                                           disqualifications {
                                             reason: REASON_NOT_ACTIVE
                                             date { year: 2026 month: 1 day: 9 }
                                           }
                                         })pb")),
            MidnightOf(4))
      << "the last day that it covers is the third";
  const GateFacts missing = WithStaff(R"pb(employees {
                                             employee: "employees/li"
                                             disqualifications { reason: REASON_MISSING_CERTIFICATE }
                                           })pb");
  EXPECT_EQ(UncoveredFrom(missing), missing.moment);
  EXPECT_EQ(UncoveredFrom(WithStaff("")), missing.moment) << "of whom the answer does not tell";
}

TEST(Lapse, WaivedAndUnknownPauseNothing) {
  const GateFacts facts = WithStaff("employees { employee: 'employees/li' qualified: true }");
  const auto verdict = [](v1::Precondition precondition, v1::Verdict said) {
    v1::PreconditionVerdict verdict;
    verdict.set_precondition(precondition);
    verdict.set_verdict(said);
    return verdict;
  };
  const std::vector<Standing> standings =
      StandingOf(facts, {verdict(v1::PRECONDITION_PLAN_APPROVED, v1::VERDICT_UNMET), verdict(v1::PRECONDITION_SCHEDULE, v1::VERDICT_UNMET),
                         verdict(v1::PRECONDITION_BUDGET, v1::VERDICT_WAIVED), verdict(v1::PRECONDITION_MATERIALS, v1::VERDICT_UNKNOWN)});
  ASSERT_THAT(standings, SizeIs(3)) << "the schedule is not watched";
  EXPECT_EQ(standings[0].kind, Standing::Kind::kLapsed);
  EXPECT_EQ(standings[0].pause_time, facts.moment);
  EXPECT_EQ(standings[1].kind, Standing::Kind::kHolds);
  EXPECT_EQ(standings[2].kind, Standing::Kind::kUnknown);
}

class FactWatchTest : public ActivityTest {
 protected:
  void Happens(std::vector<type::v1::Event>& events, const std::string& type, const google::protobuf::Message& after,
               const std::string& subject, const std::string& action) {
    type::v1::Event event;
    event.set_position(static_cast<int64_t>(events.size()) + 1);
    event.set_subject_type(type);
    event.set_subject(subject);
    event.set_action(action);
    event.set_after_json(record::ToJson(after));
    events.push_back(event);
    RunJobs(absl::Seconds(1));
    RunJobs(absl::Seconds(1));
  }
  void PlanChanges(planning::v1::Project::State state) {
    world_.project.set_state(state);
    Happens(world_.plan_events, "planning.heitie/Project", world_.project, "projects/p", "update");
  }
  std::vector<Incident> IncidentsOf(const std::string& activity) {
    v1::ListIncidentsRequest request;
    request.set_parent(activity);
    const auto response = Call<v1::ListIncidentsResponse>("ListIncidents", Analyst(), request);
    EXPECT_THAT(response, IsOk());
    return {response->incidents().begin(), response->incidents().end()};
  }
  void Waive(const std::string& activity, v1::Precondition precondition) {
    v1::CreateWaiverRequest request;
    request.set_parent(activity);
    request.mutable_waiver()->set_precondition(precondition);
    request.mutable_waiver()->set_reason("known");
    *request.mutable_waiver()->mutable_expire_time() = time::ToTimestamp(clock_.Now() + absl::Hours(1));
    ASSERT_THAT(Call<v1::Waiver>("CreateWaiver", Manager(), request), IsOk());
  }
};

TEST_F(FactWatchTest, APlanThatIsNoLongerApprovedPausesWithAnIncident) {
  const std::string name = Live();
  PlanChanges(planning::v1::Project::STATE_DRAFT);
  EXPECT_EQ(Get(name).state(), Activity::STATE_PAUSED);
  const auto incidents = IncidentsOf(name);
  ASSERT_THAT(incidents, SizeIs(1));
  EXPECT_EQ(incidents[0].cause(), Incident::CAUSE_WATCH);
  EXPECT_THAT(incidents[0].title(), HasSubstr("PLAN_APPROVED"));
  EXPECT_TRUE(incidents[0].has_pause_time());
  // The same once more is no second incident, and what holds again clears it.
  PlanChanges(planning::v1::Project::STATE_SUBMITTED);
  EXPECT_THAT(IncidentsOf(name), SizeIs(1));
  PlanChanges(planning::v1::Project::STATE_APPROVED);
  EXPECT_TRUE(IncidentsOf(name)[0].has_clear_time());
  EXPECT_EQ(Get(name).state(), Activity::STATE_PAUSED) << "a person resumes it";
}

TEST_F(FactWatchTest, WhatItHoldsIsGone) {
  const std::string name = Live();
  auto& reservation = world_.reservations.at(Get(name).reservation());
  reservation.mutable_lines(0)->set_released_quantity(1);
  Happens(world_.holding_events, "resource.heitie/Reservation", reservation, reservation.name(), "release");
  EXPECT_EQ(Get(name).state(), Activity::STATE_PAUSED);
  EXPECT_THAT(IncidentsOf(name)[0].title(), HasSubstr("MATERIALS"));
}

TEST_F(FactWatchTest, MoneyThatIsGonePausesUnlessItIsWaived) {
  const std::string name = Live();
  Waive(name, v1::PRECONDITION_BUDGET);
  auto& taken = world_.encumbrances.at(Get(name).encumbrance());
  taken.set_committed_minor(0);
  Happens(world_.holding_events, "resource.heitie/Encumbrance", taken, taken.name(), "release");
  EXPECT_EQ(Get(name).state(), Activity::STATE_LIVE);
  EXPECT_THAT(IncidentsOf(name), IsEmpty());
  RunJobs(absl::Hours(1));
  RunJobs(absl::Seconds(3));
  EXPECT_EQ(Get(name).state(), Activity::STATE_PAUSED) << "the waiver has ended";
}

TEST_F(FactWatchTest, WhatNobodyKnowsPausesNothing) {
  const std::string name = Live();
  world_.trouble = [](const std::string& method, FakeWorld::Moment) {
    return method == "GetProject" ? absl::UnavailableError("down") : absl::OkStatus();
  };
  PlanChanges(planning::v1::Project::STATE_DRAFT);
  EXPECT_EQ(Get(name).state(), Activity::STATE_LIVE);
  world_.trouble = nullptr;
  RunJobs(absl::Seconds(15));
  EXPECT_EQ(Get(name).state(), Activity::STATE_PAUSED) << "it is asked again until somebody knows";
}

TEST_F(FactWatchTest, AReadyActivityWhosePlanIsVoidGoesBack) {
  const std::string name = Ready();
  v1::ScheduleLaunchRequest schedule;
  schedule.set_name(name);
  *schedule.mutable_launch_time() = time::ToTimestamp(clock_.Now() + absl::Hours(1));
  ASSERT_THAT(Call<Activity>("ScheduleLaunch", Manager(), schedule), IsOk());
  PlanChanges(planning::v1::Project::STATE_DRAFT);
  const Activity revised = Get(name);
  EXPECT_EQ(revised.state(), Activity::STATE_PREPARING);
  EXPECT_FALSE(revised.has_scheduled_launch_time());
  EXPECT_THAT(revised.state_reason(), HasSubstr("projects/p is not approved"));
  EXPECT_THAT(IncidentsOf(name), IsEmpty());
}

// Without a date in the answer she is missing now.
TEST_F(FactWatchTest, APersonWhoIsMissingNowPauses) {
  const std::string name = Live();
  world_.unqualified = {"employees/li"};
  Happens(world_.people_events, "personnel.heitie/Employee", world_.employees.at("employees/li"), "employees/li", "leave");
  EXPECT_EQ(Get(name).state(), Activity::STATE_PAUSED);
  ASSERT_THAT(IncidentsOf(name), SizeIs(1)) << "one incident with two signals";
  EXPECT_EQ(IncidentsOf(name)[0].signals_size(), 2);
}

}  // namespace
}  // namespace heitie::activity
