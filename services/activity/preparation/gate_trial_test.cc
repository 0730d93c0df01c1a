#include "services/activity/preparation/gate_trial.h"

#include "heitie/activity/v1/gate_trial.pb.h"
#include "services/activity/preparation/activity_fixture.h"

namespace heitie::activity {
namespace {

using ::heitie::test::IsOk;
using v1::Activity;
using v1::GateTrial;

TEST(TrialTimesTest, TheShortestThatHasComeAndTheNextOne) {
  const auto policy = test::Proto<v1::PreparationPolicy>("trial_leads { seconds: 86400 } trial_leads { seconds: 3600 }");
  const absl::Time launch = absl::FromUnixSeconds(1'000'000);
  const auto text = [&](absl::Duration before) {
    const TrialTimes times = TrialTimesOf(policy, launch, launch - before);
    return (times.due ? absl::FormatDuration(*times.due) : "none") + " then " +
           (times.next ? absl::FormatDuration(launch - *times.next) : "none");
  };
  EXPECT_EQ(text(absl::Hours(30)), "none then 24h");
  EXPECT_EQ(text(absl::Hours(24)), "24h then 1h");
  EXPECT_EQ(text(absl::Hours(5)), "24h then 1h");
  EXPECT_EQ(text(absl::Hours(1)), "1h then none");
  EXPECT_EQ(text(absl::ZeroDuration()), "none then none");
}

class GateTrialTest : public ActivityTest {
 protected:
  // A READY activity that begins in three days and is to be launched at its beginning.
  std::string Scheduled() {
    auto request = NewActivity("spring");
    *request.mutable_activity()->mutable_start_time() = time::ToTimestamp(Launch_());
    *request.mutable_activity()->mutable_end_time() = time::ToTimestamp(Launch_() + absl::Hours(24));
    const std::string name = Ready(request);
    Schedule(name, Launch_());
    return name;
  }
  absl::Time Launch_() const { return start_ + absl::Hours(72); }
  void Schedule(const std::string& name, absl::Time at) {
    v1::ScheduleLaunchRequest schedule;
    schedule.set_name(name);
    *schedule.mutable_launch_time() = time::ToTimestamp(at);
    ASSERT_THAT(Call<Activity>("ScheduleLaunch", Manager(), schedule), IsOk());
  }
  std::vector<GateTrial> Trials(const std::string& name) {
    v1::ListGateTrialsRequest request;
    request.set_parent(name);
    const auto trials = Call<v1::ListGateTrialsResponse>("ListGateTrials", Analyst(), request);
    EXPECT_THAT(trials, IsOk());
    return {trials->gate_trials().begin(), trials->gate_trials().end()};
  }
  void RunAt(absl::Time time) {
    clock_.Advance(time - clock_.Now());
    EXPECT_THAT(jobs_.RunDue(), IsOk());
  }

  const absl::Time start_ = clock_.Now();
};

TEST_F(GateTrialTest, WhoAnswersForWhatWouldRefuseIsTold) {
  const std::string name = Scheduled();
  RunAt(Launch_() - absl::Hours(25));
  EXPECT_THAT(Trials(name), testing::IsEmpty());
  world_.project.set_owner("employees/pm");
  world_.project.set_state(planning::v1::Project::STATE_DRAFT);
  world_.stock = 0;
  ASSERT_THAT(Call<v1::PreparationItem>("ReopenPreparationItem", Specialist(),
                                        Named<v1::ReopenPreparationItemRequest>(name + "/preparationItems/poster")),
              IsOk());
  RunAt(Launch_() - absl::Hours(24) + absl::Seconds(2));
  ASSERT_EQ(Trials(name).size(), 1u);
  const GateTrial first = Trials(name)[0];
  EXPECT_FALSE(first.open());
  EXPECT_EQ(first.lead().seconds(), 86400);
  EXPECT_EQ(first.refusals_size(), 3) << "the schedule is judged for the moment of the launch";
  ASSERT_EQ(first.notices_size(), 2);
  EXPECT_THAT(first.notices(0), test::EqualsProto(R"pb(
                employee: "employees/li"
                preconditions: [ PRECONDITION_PLAN_APPROVED, PRECONDITION_MATERIALS, PRECONDITION_PREPARATION_COMPLETE ]
                subjects: "activities/spring"
                subjects: "activities/spring/preparationItems/poster")pb"));
  EXPECT_THAT(first.notices(1),
              test::EqualsProto(R"pb(
                employee: "employees/pm" preconditions: PRECONDITION_PLAN_APPROVED subjects: "projects/p")pb"));
  RunAt(Launch_() - absl::Hours(23));
  EXPECT_EQ(Trials(name).size(), 1u) << "each once";
  // An hour before all is well.
  world_.project.set_state(planning::v1::Project::STATE_APPROVED);
  world_.stock = 100;
  ASSERT_THAT(Call<v1::PreparationItem>("CompletePreparationItem", Specialist(),
                                        Named<v1::CompletePreparationItemRequest>(name + "/preparationItems/poster")),
              IsOk());
  RunAt(Launch_() - absl::Hours(1) + absl::Seconds(2));
  ASSERT_EQ(Trials(name).size(), 2u);
  EXPECT_TRUE(Trials(name)[1].open());
  EXPECT_THAT(Trials(name)[1].notices(), testing::IsEmpty());
  EXPECT_THAT(Call<GateTrial>("GetGateTrial", Analyst(), Named<v1::GetGateTrialRequest>(Trials(name)[1].name())), IsOk());
}

TEST_F(GateTrialTest, AnotherTimeAnotherTrial) {
  const std::string name = Scheduled();
  Schedule(name, Launch_() + absl::Hours(2));
  RunAt(Launch_() - absl::Hours(24) + absl::Seconds(2));
  EXPECT_THAT(Trials(name), testing::IsEmpty());
  RunAt(Launch_() - absl::Hours(22) + absl::Seconds(2));
  EXPECT_EQ(Trials(name).size(), 1u);
  ASSERT_THAT(Call<Activity>("UnscheduleLaunch", Manager(), Named<v1::UnscheduleLaunchRequest>(name)), IsOk());
  RunAt(Launch_() + absl::Hours(1) + absl::Seconds(2));
  EXPECT_EQ(Trials(name).size(), 1u);
}

TEST_F(GateTrialTest, WhoSchedulesLateLearnsAtOnce) {
  const std::string name = Scheduled();
  ASSERT_THAT(Call<Activity>("UnscheduleLaunch", Manager(), Named<v1::UnscheduleLaunchRequest>(name)), IsOk());
  RunAt(Launch_() - absl::Hours(5));
  EXPECT_THAT(Trials(name), testing::IsEmpty());
  Schedule(name, Launch_());
  RunAt(Launch_() - absl::Hours(5) + absl::Seconds(1));
  ASSERT_EQ(Trials(name).size(), 1u);
  EXPECT_EQ(Trials(name)[0].lead().seconds(), 86400);
  RunAt(Launch_() - absl::Hours(1) + absl::Seconds(1));
  EXPECT_EQ(Trials(name).size(), 2u);
}

TEST_F(GateTrialTest, WaitsForAnswersButNotForLong) {
  const std::string name = Scheduled();
  bool away = true;
  world_.trouble = [&](const std::string& method, FakeWorld::Moment) {
    return away && method == "SummarizeRisks" ? absl::UnavailableError("away") : absl::OkStatus();
  };
  RunAt(Launch_() - absl::Hours(24) + absl::Seconds(1));
  EXPECT_THAT(Trials(name), testing::IsEmpty());
  RunAt(Launch_() - absl::Hours(24) + absl::Minutes(11));
  ASSERT_EQ(Trials(name).size(), 1u);
  EXPECT_EQ(Trials(name)[0].refusals(0).verdict(), v1::VERDICT_UNKNOWN);
  away = false;
  RunAt(Launch_() - absl::Hours(1) + absl::Seconds(1));
  EXPECT_TRUE(Trials(name)[1].open());
}

}  // namespace
}  // namespace heitie::activity
