#include "services/activity/preparation/activity.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "common/test/fixture.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/support_commitment.pb.h"
#include "heitie/options/v1/access.pb.h"
#include "services/activity/preparation/support_commitment.h"

namespace heitie::activity {
namespace {

using test::HasReason;
using test::IsOk;
using test::Proto;
using v1::Activity;

Activity Valid(Activity::State state = Activity::STATE_DRAFT) {
  Activity activity = Proto<Activity>(R"pb(
    name: "activities/a"
    title: "Spring sale"
    project: "projects/p"
    scheme: "projects/p/schemes/s"
    owner: "employees/li"
    start_time { seconds: 1767225600 }
    end_time { seconds: 1767312000 }
    time_zone: "Asia/Taipei"
    budget: "budgets/b"
    budget_amount_minor: 500
    bill_of_materials { item: "items/gift" quantity: 10 }
    staff { employee: "employees/li" role: "host" }
    targets { measure: MEASURE_CLICKS target: 100 })pb");
  activity.set_state(state);
  return activity;
}

TEST(CheckActivity, AcceptsAValidOne) { EXPECT_THAT(CheckActivity(Valid()), IsOk()); }

TEST(CheckActivity, NamesEveryBadField) {
  const std::map<std::string, std::function<void(Activity&)>> changes = {
      {"activity.end_time", [](Activity& a) { *a.mutable_end_time() = a.start_time(); }},
      {"activity.budget", [](Activity& a) { a.clear_budget(); }},
      {"activity.bill_of_materials[1].item", [](Activity& a) { *a.add_bill_of_materials() = Activity(a).bill_of_materials(0); }},
      {"activity.staff[1].employee", [](Activity& a) { *a.add_staff() = Activity(a).staff(0); }},
      {"activity.targets[1].measure", [](Activity& a) { *a.add_targets() = Activity(a).targets(0); }},
      {"activity.targets[0].metric", [](Activity& a) { a.mutable_targets(0)->set_measure(v1::Target::MEASURE_METRIC); }},
  };
  for (const auto& [field, change] : changes) {
    Activity activity = Valid();
    change(activity);
    const absl::Status status = CheckActivity(activity);
    EXPECT_THAT(status, HasReason("INVALID_FIELDS")) << field;
    EXPECT_NE(status.ToString().find(field), std::string::npos) << field << " is not named by " << status;
  }
}

TEST(CheckActivity, AMetricIsNamedOnlyByAMetricTarget) {
  Activity activity = Valid();
  activity.mutable_targets(0)->set_metric("metricDefinitions/revenue");
  EXPECT_THAT(CheckActivity(activity), HasReason("INVALID_FIELDS"));
  activity.mutable_targets(0)->set_measure(v1::Target::MEASURE_METRIC);
  EXPECT_THAT(CheckActivity(activity), IsOk());
}

const std::map<std::string, std::function<void(Activity&)>>& ScopeChanges() {
  static const auto* const kChanges = new std::map<std::string, std::function<void(Activity&)>>{
      {"scheme", [](Activity& a) { a.set_scheme("projects/p/schemes/t"); }},
      {"start", [](Activity& a) { a.mutable_start_time()->set_seconds(1767225601); }},
      {"end", [](Activity& a) { a.mutable_end_time()->set_seconds(1767312001); }},
      {"time zone", [](Activity& a) { a.set_time_zone("UTC"); }},
      {"budget", [](Activity& a) { a.set_budget("budgets/c"); }},
      {"amount", [](Activity& a) { a.set_budget_amount_minor(501); }},
      {"materials", [](Activity& a) { a.mutable_bill_of_materials(0)->set_quantity(11); }},
      {"staff", [](Activity& a) { a.mutable_staff(0)->set_employee("employees/wu"); }},
      {"training", [](Activity& a) { a.mutable_training_requirement()->add_courses("courses/safety"); }},
  };
  return *kChanges;
}

// W3.
TEST(ApplyUpdate, AChangeOfScopeVoidsReadiness) {
  for (const auto& [what, change] : ScopeChanges()) {
    Activity before = Valid(Activity::STATE_READY);
    before.mutable_scheduled_launch_time()->set_seconds(1767226000);
    before.set_launch_scheduler("employees/chen");
    Activity after = before;
    change(after);
    ASSERT_THAT(ApplyUpdate(before, after), IsOk()) << what;
    EXPECT_EQ(after.state(), Activity::STATE_PREPARING) << what;
    EXPECT_FALSE(after.has_scheduled_launch_time()) << what;
    EXPECT_EQ(after.launch_scheduler(), "") << what;
  }
}

TEST(ApplyUpdate, OtherChangesKeepReadiness) {
  const Activity before = Valid(Activity::STATE_READY);
  Activity after = before;
  after.set_title("Summer sale");
  after.set_owner("employees/wu");
  after.mutable_targets(0)->set_target(200);
  ASSERT_THAT(ApplyUpdate(before, after), IsOk());
  EXPECT_EQ(after.state(), Activity::STATE_READY);
}

TEST(ApplyUpdate, ScopeAndGoalsAreFrozenAfterTheLaunch) {
  for (const Activity::State state : {Activity::STATE_LIVE, Activity::STATE_PAUSED}) {
    const Activity before = Valid(state);
    for (const auto& [what, change] : ScopeChanges()) {
      Activity after = before;
      change(after);
      EXPECT_THAT(ApplyUpdate(before, after), HasReason("SCOPE_FROZEN")) << what;
    }
    Activity goal = before;
    goal.mutable_targets(0)->set_target(1);
    EXPECT_THAT(ApplyUpdate(before, goal), HasReason("SCOPE_FROZEN"));
    Activity title = before;
    title.set_title("Better title");
    EXPECT_THAT(ApplyUpdate(before, title), IsOk());
  }
}

TEST(ApplyUpdate, AClosedActivityDoesNotChange) {
  for (const Activity::State state :
       {Activity::STATE_ENDED, Activity::STATE_REVIEWED, Activity::STATE_ARCHIVED, Activity::STATE_CANCELLED}) {
    Activity after = Valid(state);
    EXPECT_THAT(ApplyUpdate(Valid(state), after), HasReason("ACTIVITY_CLOSED"));
  }
}

TEST(ApplyUpdate, AnActivityThatIsBeingLaunchedDoesNotChange) {
  Activity before = Valid(Activity::STATE_READY);
  before.set_launch("activities/a/launches/1");
  Activity after = before;
  EXPECT_THAT(ApplyUpdate(before, after), HasReason("LAUNCH_IN_PROGRESS"));
}

TEST(ActivityMachine, IsTheOneOfThePolicy) {
  using State = Activity::State;
  const std::map<std::pair<State, std::string>, State> legal = {
      {{Activity::STATE_DRAFT, "prepare"}, Activity::STATE_PREPARING},
      {{Activity::STATE_DRAFT, "cancel"}, Activity::STATE_CANCELLED},
      {{Activity::STATE_PREPARING, "mark_ready"}, Activity::STATE_READY},
      {{Activity::STATE_PREPARING, "cancel"}, Activity::STATE_CANCELLED},
      {{Activity::STATE_READY, "launch"}, Activity::STATE_LIVE},
      {{Activity::STATE_READY, "cancel"}, Activity::STATE_CANCELLED},
      {{Activity::STATE_READY, "revise"}, Activity::STATE_PREPARING},
      {{Activity::STATE_READY, "schedule_launch"}, Activity::STATE_READY},
      {{Activity::STATE_READY, "unschedule_launch"}, Activity::STATE_READY},
      {{Activity::STATE_LIVE, "pause"}, Activity::STATE_PAUSED},
      {{Activity::STATE_LIVE, "end"}, Activity::STATE_ENDED},
      {{Activity::STATE_LIVE, "cancel"}, Activity::STATE_CANCELLED},
      {{Activity::STATE_PAUSED, "resume"}, Activity::STATE_LIVE},
      {{Activity::STATE_PAUSED, "end"}, Activity::STATE_ENDED},
      {{Activity::STATE_PAUSED, "cancel"}, Activity::STATE_CANCELLED},
      {{Activity::STATE_ENDED, "create_report"}, Activity::STATE_REVIEWED},
      {{Activity::STATE_REVIEWED, "create_report"}, Activity::STATE_REVIEWED},
      {{Activity::STATE_REVIEWED, "archive"}, Activity::STATE_ARCHIVED},
  };
  const std::vector<std::string> verbs = {"prepare", "mark_ready", "revise", "schedule_launch", "unschedule_launch", "launch",
                                          "pause",   "resume",     "end",    "cancel",          "create_report",     "archive"};
  for (int state = Activity::STATE_DRAFT; state <= Activity::STATE_CANCELLED; ++state) {
    for (const std::string& verb : verbs) {
      const auto next = ActivityMachine().Next("activities/a", state, verb);
      const auto expected = legal.find({static_cast<State>(state), verb});
      if (expected == legal.end()) {
        EXPECT_THAT(next, HasReason("ILLEGAL_TRANSITION")) << state << " " << verb;
      } else {
        ASSERT_THAT(next, IsOk()) << state << " " << verb;
        EXPECT_EQ(*next, expected->second) << state << " " << verb;
      }
    }
  }
}

TEST(CheckAnswers, IsForTheDepartmentAndManagers) {
  v1::SupportCommitment commitment;
  commitment.set_department("technology");
  rpc::Principal member{"employees/wu", "technology"}, other{"employees/li", "design"}, manager{"employees/chen", "operations"};
  manager.Grant(options::v1::ROLE_OPERATIONS_MANAGER);
  EXPECT_THAT(CheckAnswers(member, commitment), IsOk());
  EXPECT_THAT(CheckAnswers(manager, commitment), IsOk());
  EXPECT_THAT(CheckAnswers(other, commitment), HasReason("OTHER_DEPARTMENT"));
}

}  // namespace
}  // namespace heitie::activity
