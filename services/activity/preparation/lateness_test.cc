#include "services/activity/preparation/lateness.h"

#include <fstream>
#include <iterator>

#include "absl/strings/str_split.h"
#include "common/time/day.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/escalation.pb.h"
#include "heitie/activity/v1/preparation_policy.pb.h"
#include "services/activity/preparation/activity_fixture.h"

namespace heitie::activity {
namespace {

using ::heitie::test::HasReason;
using ::heitie::test::HasViolations;
using ::heitie::test::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::Escalation;
using v1::PreparationItem;

class LateStepTest : public ::testing::Test {
 protected:
  LateStepTest() {
    time::CalendarRules rules;
    rules.zone = time::ZoneOf("Asia/Taipei");
    for (int weekday = 0; weekday < 5; ++weekday) rules.week[weekday] = {{absl::Hours(9), absl::Hours(18)}};
    calendar_.emplace(*time::BusinessCalendar::Make({{absl::InfinitePast(), rules}}));
    policy_ = test::Proto<v1::PreparationPolicy>(R"pb(
      late_ladder {
        point { after_due { seconds: 1 } }
        owner: true
      }
      late_ladder {
        point { after_due { seconds: 14400 } }
        activity_owner: true
        employees: "employees/boss"
      }
      late_ladder {
        point { after_due { seconds: 28800 } }
        managers: true
        in_closed_hours: true
      })pb");
  }
  static absl::Time At(const std::string& text) {
    absl::Time time;
    std::string error;
    EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M:%S", text, time::ZoneOf("Asia/Taipei"), &time, &error)) << error;
    return time;
  }
  // Whom the step tells, how far it leads, and when to look again.
  std::string Turn(const std::string& due, const std::string& now, int told_seconds = 0) {
    v1::LadderPoint told;
    told.mutable_after_due()->set_seconds(told_seconds);
    const auto turn = TakeLateStep(policy_.late_ladder(), told_seconds == 0 ? nullptr : &told, *calendar_, At(due), At(now));
    EXPECT_TRUE(turn.ok()) << turn.status();
    std::string text;
    if (turn->step) {
      text = std::to_string(turn->step->point.after_due().seconds()) + ":";
      if (turn->step->owner) text += " owner";
      if (turn->step->activity_owner) text += " activity_owner";
      if (turn->step->managers) text += " managers";
      for (const std::string& employee : turn->step->employees) text += " " + employee;
      text += "; ";
    }
    return text +
           (turn->next == absl::InfiniteFuture() ? "never" : absl::FormatTime("%m-%d %H:%M:%S", turn->next, time::ZoneOf("Asia/Taipei")));
  }

  std::optional<time::BusinessCalendar> calendar_;
  v1::PreparationPolicy policy_;
};

TEST_F(LateStepTest, StepsComeInWorkingTime) {
  // Due on Monday at the end of the day.
  EXPECT_EQ(Turn("2026-03-02 18:00:00", "2026-03-02 18:00:00"), "03-03 09:00:01");
  EXPECT_EQ(Turn("2026-03-02 18:00:00", "2026-03-03 09:00:01"), "1: owner; 03-03 13:00:00");
  EXPECT_EQ(Turn("2026-03-02 18:00:00", "2026-03-03 09:00:02", 1), "03-03 13:00:00") << "each step once";
  EXPECT_EQ(Turn("2026-03-02 18:00:00", "2026-03-03 13:00:00", 1), "14400: activity_owner employees/boss; 03-03 17:00:00");
  EXPECT_EQ(Turn("2026-03-02 18:00:00", "2026-03-03 17:00:00", 14400), "28800: managers; never");
  EXPECT_EQ(Turn("2026-03-02 18:00:00", "2026-03-04 17:00:00", 28800), "never");
}

TEST_F(LateStepTest, AfterAnOutageOnlyTheHighestIsToldToAll) {
  EXPECT_EQ(Turn("2026-03-02 10:00:00", "2026-03-02 15:00:00"), "14400: owner activity_owner employees/boss; 03-02 18:00:00");
  EXPECT_EQ(Turn("2026-03-02 10:00:00", "2026-03-04 10:00:00", 1), "28800: activity_owner managers employees/boss; never");
}

TEST_F(LateStepTest, NothingInClosedHoursUnlessItSaysSo) {
  // On Saturday all three were reached, and only the last one may be told.
  EXPECT_EQ(Turn("2026-03-06 09:00:00", "2026-03-07 10:00:00"), "28800: managers; 03-09 09:00:00");
  policy_.mutable_late_ladder(2)->set_in_closed_hours(false);
  EXPECT_EQ(Turn("2026-03-06 09:00:00", "2026-03-07 10:00:00"), "03-09 09:00:00");
}

class LatenessTest : public ActivityTest {
 protected:
  std::vector<std::string> Told() {
    v1::ListEscalationsRequest request;
    request.set_page_size(100);
    const auto all = Call<v1::ListEscalationsResponse>("ListEscalations", Manager(), request);
    EXPECT_THAT(all, IsOk());
    std::vector<std::string> texts;
    for (const Escalation& escalation : all->escalations()) {
      EXPECT_EQ(escalation.cause(), Escalation::CAUSE_LATE_PREPARATION);
      EXPECT_EQ(escalation.activity(), "activities/spring");
      EXPECT_EQ(escalation.policy().rfind("preparationPolicies/", 0), 0u) << escalation.policy();
      texts.push_back(record::IdOf(escalation.subject()) + " " + std::to_string(escalation.point().after_due().seconds()) + " " +
                      (escalation.recipient().empty() ? "managers" : escalation.recipient()));
    }
    std::sort(texts.begin(), texts.end());
    return texts;
  }
  std::string HaveActivity() {
    EXPECT_THAT(Call<v1::Activity>("CreateActivity", Specialist(), NewActivity("spring")), IsOk());
    return "activities/spring";
  }
  void HaveItem(const std::string& id, absl::Time due, const std::string& owner = "employees/wu") {
    v1::CreatePreparationItemRequest request;
    request.set_parent("activities/spring");
    request.set_preparation_item_id(id);
    request.mutable_preparation_item()->set_title("The " + id);
    request.mutable_preparation_item()->set_kind(PreparationItem::KIND_COPY);
    request.mutable_preparation_item()->set_owner(owner);
    *request.mutable_preparation_item()->mutable_due_time() = time::ToTimestamp(due);
    ASSERT_THAT(Call<PreparationItem>("CreatePreparationItem", Specialist(), request), IsOk());
  }
};

// The clock begins on Thursday at 08:00 in Taipei; the shipped calendar works from 9 to 12 and from 13 to 18.
TEST_F(LatenessTest, WhatIsLateClimbsTheLadderOnce) {
  HaveActivity();
  const absl::Time midnight = clock_.Now() - absl::Hours(8);
  HaveItem("poster", midnight + absl::Hours(10));
  HaveItem("copy", midnight + absl::Hours(16));
  v1::CreateSupportCommitmentRequest support;
  support.set_parent("activities/spring");
  support.set_support_commitment_id("hotline");
  support.mutable_support_commitment()->set_department("service");
  support.mutable_support_commitment()->set_description("a hotline");
  *support.mutable_support_commitment()->mutable_due_time() = time::ToTimestamp(midnight + absl::Hours(10));
  ASSERT_THAT(Call<v1::SupportCommitment>("CreateSupportCommitment", Specialist(), support), IsOk());
  RunJobs(absl::Hours(2));  // 10:00
  EXPECT_THAT(Told(), IsEmpty());
  RunJobs(absl::Seconds(2));
  EXPECT_THAT(Told(), ElementsAre("hotline 1 employees/specialist", "poster 1 employees/wu"));
  RunJobs(absl::Seconds(2));
  EXPECT_THAT(Told(), ElementsAre("hotline 1 employees/specialist", "poster 1 employees/wu"));
  // It is done before the next step.
  ASSERT_THAT(Call<PreparationItem>("CompletePreparationItem", Specialist(),
                                    Named<v1::CompletePreparationItemRequest>("activities/spring/preparationItems/poster")),
              IsOk());
  RunJobs(absl::Hours(5));  // 15:00, lunch left out
  EXPECT_THAT(Told(), ElementsAre("hotline 1 employees/specialist", "hotline 14400 employees/li", "hotline 14400 employees/specialist",
                                  "poster 1 employees/wu"));
  // Whole days without anybody looking: on Monday only the highest step is told, to all.
  RunJobs(absl::Hours(24 * 4));
  EXPECT_THAT(Told(),
              ElementsAre("copy 28800 employees/li", "copy 28800 employees/wu", "copy 28800 managers", "hotline 1 employees/specialist",
                          "hotline 14400 employees/li", "hotline 14400 employees/specialist", "hotline 28800 employees/li",
                          "hotline 28800 employees/specialist", "hotline 28800 managers", "poster 1 employees/wu"));
  const size_t all = Told().size();
  RunJobs(absl::Hours(24 * 7));
  EXPECT_EQ(Told().size(), all);
}

// Of the time before there was a ladder: nothing looks at it until the migration has planned that.
TEST_F(LatenessTest, WhatIsOlderThanTheLadderClimbsItToo) {
  HaveActivity();
  HaveItem("poster", clock_.Now() + absl::Hours(2));
  const auto run = [this](const std::string& statement) {
    EXPECT_THAT(database_.get().Write(absl::Now() + absl::Seconds(20),
                                      [&](sql::Session& session) { return session.Execute(statement, {}).status(); }),
                IsOk());
  };
  run("DELETE FROM job WHERE kind = 'late-item'");
  RunJobs(absl::Hours(3));
  EXPECT_THAT(Told(), IsEmpty());
  std::ifstream file(HEITIE_SOURCE_DIR "/services/activity/schema/0013_escalation.sql");
  const std::string migration{std::istreambuf_iterator<char>(file), {}};
  const std::vector<std::string> statements = absl::StrSplit(migration, ";\n");
  int planned = 0;
  for (const std::string& statement : statements) {
    if (statement.find("INSERT IGNORE INTO job") == std::string::npos) continue;
    run(statement);
    ++planned;
  }
  EXPECT_EQ(planned, 2);
  RunJobs(absl::Seconds(1));
  EXPECT_THAT(Told(), ElementsAre("poster 1 employees/wu"));
}

TEST_F(LatenessTest, WhatIsPostponedOrGivenUpIsNotLate) {
  HaveActivity();
  HaveItem("poster", clock_.Now() + absl::Hours(2));
  HaveItem("copy", clock_.Now() + absl::Hours(2));
  v1::UpdatePreparationItemRequest update;
  update.mutable_preparation_item()->set_name("activities/spring/preparationItems/poster");
  *update.mutable_preparation_item()->mutable_due_time() = time::ToTimestamp(clock_.Now() + absl::Hours(6));
  update.mutable_update_mask()->add_paths("due_time");
  ASSERT_THAT(Call<PreparationItem>("UpdatePreparationItem", Specialist(), update), IsOk());
  ASSERT_THAT(Call<google::protobuf::Empty>("DeletePreparationItem", Specialist(),
                                            Named<v1::DeletePreparationItemRequest>("activities/spring/preparationItems/copy")),
              IsOk());
  RunJobs(absl::Hours(3));
  EXPECT_THAT(Told(), IsEmpty());
  RunJobs(absl::Hours(3) + absl::Seconds(5));
  EXPECT_THAT(Told(), ElementsAre("poster 1 employees/wu"));
}

TEST_F(LatenessTest, TheTermsAreData) {
  auto draft = test::Proto<v1::CreatePreparationPolicyRequest>(R"pb(
    preparation_policy_id: "second"
    preparation_policy {
      reason: "quicker"
      calendar: "calendars/default"
      late_ladder {
        point { target_bp: 500 }
        owner: true
      }
      late_ladder { point { after_due { seconds: 60 } } }
      trial_leads { seconds: 3600 }
      trial_leads { seconds: 7200 }
      trial_leads { seconds: 1 }
    })pb");
  EXPECT_THAT(
      Call<v1::PreparationPolicy>("CreatePreparationPolicy", Manager(), draft),
      HasViolations("preparation_policy.late_ladder[1] NO_RECIPIENT", "preparation_policy.late_ladder[0].point.target_bp LATE_STEP_UNFIT",
                    "preparation_policy.trial_leads[1] TRIAL_LEADS_NOT_DESCENDING",
                    "preparation_policy.trial_leads[2] TRIAL_LEADS_NOT_DESCENDING"));
  auto& policy = *draft.mutable_preparation_policy();
  policy.mutable_late_ladder()->DeleteSubrange(0, 1);
  policy.mutable_late_ladder(0)->set_managers(true);
  policy.clear_trial_leads();
  policy.set_calendar("calendars/mars");
  ASSERT_THAT(Call<v1::PreparationPolicy>("CreatePreparationPolicy", Manager(), draft), IsOk());
  EXPECT_THAT(Call<v1::PreparationPolicy>("PublishPreparationPolicy", Manager(),
                                          Named<v1::PublishPreparationPolicyRequest>("preparationPolicies/second")),
              HasReason("CALENDAR_UNKNOWN"));
  v1::UpdatePreparationPolicyRequest known;
  known.mutable_preparation_policy()->set_name("preparationPolicies/second");
  known.mutable_preparation_policy()->set_calendar("calendars/default");
  known.mutable_update_mask()->add_paths("calendar");
  ASSERT_THAT(Call<v1::PreparationPolicy>("UpdatePreparationPolicy", Manager(), known), IsOk());
  ASSERT_THAT(Call<v1::PreparationPolicy>("PublishPreparationPolicy", Manager(),
                                          Named<v1::PublishPreparationPolicyRequest>("preparationPolicies/second")),
              IsOk());
  HaveActivity();
  HaveItem("poster", clock_.Now() + absl::Hours(2));
  RunJobs(absl::Hours(2) + absl::Seconds(30));
  RunJobs(absl::Seconds(40));
  EXPECT_THAT(Told(), ElementsAre("poster 60 managers"));
}

class AcceptanceTest : public LatenessTest {
 protected:
  absl::StatusOr<PreparationItem> Do(const std::string& verb, const rpc::Call& call) {
    const std::string name = "activities/spring/preparationItems/poster";
    if (verb == "accept") return Call<PreparationItem>("AcceptPreparationItem", call, Named<v1::AcceptPreparationItemRequest>(name));
    if (verb == "reopen") return Call<PreparationItem>("ReopenPreparationItem", call, Named<v1::ReopenPreparationItemRequest>(name));
    auto reject = Named<v1::RejectPreparationItemRequest>(name);
    reject.set_reason("the date is wrong");
    return Call<PreparationItem>("RejectPreparationItem", call, reject);
  }
  absl::StatusOr<PreparationItem> Complete(const rpc::Call& call, bool with = true) {
    auto request = Named<v1::CompletePreparationItemRequest>("activities/spring/preparationItems/poster");
    if (with) {
      request.mutable_deliverable()->set_title("poster.pdf");
      request.mutable_deliverable()->set_sha256(std::string(64, 'a'));
    }
    return Call<PreparationItem>("CompletePreparationItem", call, request);
  }
  absl::StatusOr<PreparationItem> Set(const rpc::Call& call, const std::string& text, const std::string& path) {
    v1::UpdatePreparationItemRequest update;
    *update.mutable_preparation_item() = test::Proto<PreparationItem>(text);
    update.mutable_preparation_item()->set_name("activities/spring/preparationItems/poster");
    update.mutable_update_mask()->add_paths(path);
    return Call<PreparationItem>("UpdatePreparationItem", call, update);
  }
};

TEST_F(AcceptanceTest, WhoCompletesDoesNotAccept) {
  const std::string name = HaveActivity();
  HaveItem("poster", clock_.Now() + absl::Hours(24));
  ASSERT_THAT(Set(Specialist(), "needs_acceptance: true", "needs_acceptance"), IsOk());
  ASSERT_THAT(Set(Specialist(), "needs_deliverable: true", "needs_deliverable"), IsOk());
  EXPECT_THAT(Set(Specialist(), "", "needs_acceptance"), HasReason("ACCEPTANCE_STAYS"));
  EXPECT_THAT(Do("accept", Manager()), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(Complete(Specialist(), false), HasReason("DELIVERABLE_MISSING"));
  const auto submitted = Complete(Specialist());
  ASSERT_THAT(submitted, IsOk());
  EXPECT_EQ(submitted->state(), PreparationItem::STATE_SUBMITTED);
  EXPECT_EQ(submitted->deliverable().sha256(), std::string(64, 'a'));
  EXPECT_THAT(Complete(Specialist()), HasReason("ILLEGAL_TRANSITION"));
  // It is not prepared yet.
  ASSERT_THAT(Call<v1::Activity>("PrepareActivity", Specialist(), Named<v1::PrepareActivityRequest>(name)), IsOk());
  EXPECT_THAT(Call<v1::Activity>("MarkActivityReady", Specialist(), Named<v1::MarkActivityReadyRequest>(name)), HasReason("NOT_PREPARED"));
  EXPECT_THAT(Do("accept", Specialist()), HasReason("SAME_PERSON"));
  EXPECT_THAT(Do("reject", Specialist()), HasReason("SAME_PERSON"));
  ASSERT_THAT(Set(Manager(), "inspector: 'employees/bo'", "inspector"), IsOk());
  const rpc::Call other = test::By("employees/an", {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now());
  EXPECT_THAT(Do("accept", other), HasReason("NOT_THE_INSPECTOR"));
  const auto rejected = Do("reject", Manager());
  ASSERT_THAT(rejected, IsOk());
  EXPECT_EQ(rejected->state(), PreparationItem::STATE_OPEN);
  EXPECT_EQ(rejected->reject_reason(), "the date is wrong");
  EXPECT_FALSE(rejected->has_deliverable());
  ASSERT_THAT(Complete(Specialist()), IsOk());
  const auto accepted = Do("accept", test::By("employees/bo", {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now()));
  ASSERT_THAT(accepted, IsOk());
  EXPECT_EQ(accepted->state(), PreparationItem::STATE_DONE);
  EXPECT_EQ(accepted->acceptor(), "employees/bo");
  EXPECT_EQ(accepted->completer(), "employees/specialist");
  EXPECT_THAT(accepted->reject_reason(), IsEmpty());
  EXPECT_THAT(Call<v1::Activity>("MarkActivityReady", Specialist(), Named<v1::MarkActivityReadyRequest>(name)), IsOk());
  const auto reopened = Do("reopen", Specialist());
  ASSERT_THAT(reopened, IsOk());
  EXPECT_THAT(reopened->acceptor(), IsEmpty());
}

}  // namespace
}  // namespace heitie::activity
