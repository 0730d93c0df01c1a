#include "services/activity/watch/staff_watch.h"

#include "heitie/activity/v1/activity.pb.h"
#include "heitie/type/v1/holding.pb.h"
#include "services/activity/preparation/activity_fixture.h"

namespace heitie::activity {
namespace {

using ::heitie::test::HasReason;
using ::heitie::test::IsOk;
using v1::Activity;

class StaffWatchTest : public ActivityTest {
 protected:
  absl::StatusOr<type::v1::Holding> HandOver(const std::string& activity, const std::string& field = "staff[0].employee") {
    auto request = test::Proto<type::v1::HandOverRequest>("employee: 'employees/li' successor: 'employees/bo' reason: 'Li leaves'");
    request.set_resource(activity);
    request.set_field(field);
    return Call<type::v1::Holding>("HandOver", Manager(), request);
  }
};

TEST_F(StaffWatchTest, WhoTakesOverIsJudgedAtOnce) {
  const std::string name = Ready();
  v1::ScheduleLaunchRequest schedule;
  schedule.set_name(name);
  *schedule.mutable_launch_time() = time::ToTimestamp(clock_.Now() + absl::Hours(5));
  ASSERT_THAT(Call<Activity>("ScheduleLaunch", Manager(), schedule), IsOk());
  const Activity before = Get(name);
  world_.unqualified = {"employees/bo"};
  ASSERT_THAT(HandOver(name), IsOk());
  RunJobs();
  const Activity after = Get(name);
  EXPECT_EQ(after.staff(0).employee(), "employees/bo");
  EXPECT_EQ(after.staff_judgement().verdict(), v1::VERDICT_UNMET);
  EXPECT_EQ(after.staff_judgement().reason(), "STAFF_NOT_QUALIFIED");
  EXPECT_THAT(after.staff_judgement().sentence(), testing::HasSubstr("employees/bo"));
  // It takes nothing back, pauses nothing and moves nothing.
  EXPECT_EQ(after.state(), Activity::STATE_READY);
  EXPECT_EQ(time::ToTime(after.scheduled_launch_time()), time::ToTime(before.scheduled_launch_time()));
  EXPECT_EQ(time::ToTime(after.start_time()), time::ToTime(before.start_time()));
  RunJobs(absl::Hours(1));
  EXPECT_EQ(Get(name).etag(), after.etag()) << "the same again is no change";
  world_.unqualified.clear();
  RunJobs(absl::Hours(1));
  EXPECT_EQ(Get(name).staff_judgement().verdict(), v1::VERDICT_MET);
  const std::string etag = Get(name).etag();
  world_.unqualified = {"employees/bo"};
  RunJobs(absl::Hours(1));
  EXPECT_EQ(Get(name).etag(), etag) << "once it is met the gate of the launch judges";
}

TEST_F(StaffWatchTest, ALiveActivityGoesOn) {
  const std::string name = Live();
  world_.unqualified = {"employees/bo"};
  ASSERT_THAT(HandOver(name), IsOk());
  RunJobs();
  EXPECT_EQ(Get(name).staff_judgement().verdict(), v1::VERDICT_UNMET);
  EXPECT_EQ(Get(name).state(), Activity::STATE_LIVE);
  v1::PauseActivityRequest pause;
  pause.set_name(name);
  pause.set_reason("nobody may do it");
  ASSERT_THAT(Call<Activity>("PauseActivity", Manager(), pause), IsOk());
  EXPECT_THAT(Call<Activity>("ResumeActivity", Manager(), Named<v1::ResumeActivityRequest>(name)), HasReason("LAUNCH_GATE_CLOSED"));
  world_.unqualified.clear();
  ASSERT_THAT(Call<Activity>("ResumeActivity", Manager(), Named<v1::ResumeActivityRequest>(name)), IsOk());
  EXPECT_FALSE(Get(name).has_staff_judgement()) << "the whole gate was judged";
  RunJobs(absl::Hours(2));
  EXPECT_FALSE(Get(name).has_staff_judgement());
}

TEST_F(StaffWatchTest, WhatNobodyKnowsTellsNothing) {
  const std::string name = Ready();
  world_.unqualified = {"employees/bo"};
  bool away = true;
  world_.trouble = [&](const std::string& method, FakeWorld::Moment) {
    return away && method == "CheckQualification" ? absl::UnavailableError("away") : absl::OkStatus();
  };
  ASSERT_THAT(HandOver(name), IsOk());
  RunJobs();
  EXPECT_FALSE(Get(name).has_staff_judgement());
  away = false;
  RunJobs(absl::Seconds(15));
  EXPECT_EQ(Get(name).staff_judgement().verdict(), v1::VERDICT_UNMET);
}

TEST_F(StaffWatchTest, AnotherOwnerOrScopeIsNoMatterOfIt) {
  const std::string name = Ready();
  ASSERT_THAT(HandOver(name, "owner"), IsOk());
  RunJobs();
  EXPECT_FALSE(Get(name).has_staff_judgement());
  world_.unqualified = {"employees/bo"};
  ASSERT_THAT(HandOver(name), IsOk());
  RunJobs();
  EXPECT_TRUE(Get(name).has_staff_judgement());
  v1::UpdateActivityRequest update;
  update.mutable_activity()->set_name(name);
  update.mutable_activity()->set_budget_amount_minor(400);
  update.mutable_update_mask()->add_paths("budget_amount_minor");
  ASSERT_THAT(Call<Activity>("UpdateActivity", Specialist(), update), IsOk());
  EXPECT_FALSE(Get(name).has_staff_judgement());
  RunJobs(absl::Hours(2));
  EXPECT_FALSE(Get(name).has_staff_judgement());
}

}  // namespace
}  // namespace heitie::activity
