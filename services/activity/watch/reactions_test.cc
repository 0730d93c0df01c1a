#include "services/activity/watch/reactions.h"

#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/launch.pb.h"
#include "heitie/activity/v1/waiver.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "services/activity/preparation/activity_fixture.h"

namespace heitie::activity {
namespace {

using ::heitie::test::IsOk;
using risk::v1::RiskSummary;
using v1::Activity;

Activity Of(Activity::State state) {
  Activity activity;
  activity.set_name("activities/spring");
  activity.set_project("projects/p");
  activity.set_state(state);
  return activity;
}

RiskSummary Open(const std::string& subject, RiskSummary::Blocking blocking) {
  RiskSummary risk;
  risk.set_risk("risks/r");
  risk.set_subject(subject);
  risk.set_blocking_reason(blocking);
  risk.set_blocking(blocking != RiskSummary::BLOCKING_UNSPECIFIED);
  risk.mutable_fact()->set_statement("it may rain");
  return risk;
}

risk::v1::SummarizeRisksResponse Risks(const RiskSummary& risk) {
  risk::v1::SummarizeRisksResponse risks;
  *risks.add_risks() = risk;
  return risks;
}

// Every state and every way to block, with and without a waiver, against the rule in words: closed activities are left alone; avoidance
// cancels; what breaks W1 or W6 pauses what is live and not waived.
TEST(ReactTest, FollowsTheRule) {
  const std::set<Activity::State> closed = {Activity::STATE_ENDED, Activity::STATE_REVIEWED, Activity::STATE_ARCHIVED,
                                            Activity::STATE_CANCELLED};
  const std::set<RiskSummary::Blocking> breaking = {RiskSummary::BLOCKING_HIGH_UNTREATED, RiskSummary::BLOCKING_HIGH_NOT_REDUCED,
                                                    RiskSummary::BLOCKING_ACCEPTANCE_EXPIRED, RiskSummary::BLOCKING_TRANSFER_EXPIRED,
                                                    RiskSummary::BLOCKING_TREATMENT_OVERDUE};
  for (int s = 1; s < Activity::State_ARRAYSIZE; ++s) {
    for (int b = 0; b < RiskSummary::Blocking_ARRAYSIZE; ++b) {
      for (const bool waived : {false, true}) {
        for (const char* subject : {"activities/spring", "projects/p"}) {
          const auto state = static_cast<Activity::State>(s);
          const auto blocking = static_cast<RiskSummary::Blocking>(b);
          const Reaction reaction = React(Of(state), Risks(Open(subject, blocking)), waived);
          Reaction::Kind expected = Reaction::Kind::kNone;
          if (closed.count(state) > 0) {
          } else if (blocking == RiskSummary::BLOCKING_TO_BE_AVOIDED) {
            expected = Reaction::Kind::kCancel;
          } else if (breaking.count(blocking) > 0 && state == Activity::STATE_LIVE && !waived) {
            expected = Reaction::Kind::kPause;
          }
          EXPECT_EQ(reaction.kind, expected) << Activity::State_Name(state) << ' ' << RiskSummary::Blocking_Name(blocking) << ' ' << waived;
          EXPECT_EQ(reaction.reason, expected == Reaction::Kind::kNone ? "" : "risks/r: it may rain");
        }
      }
    }
  }
}

TEST(ReactTest, TellsOfARestrictedRiskWithoutItsName) {
  RiskSummary risk = Open("activities/spring", RiskSummary::BLOCKING_HIGH_UNTREATED);
  risk.set_restricted(true);
  EXPECT_EQ(React(Of(Activity::STATE_LIVE), Risks(risk), false).reason, "it may rain");
}

// What a regulation that is in force demands pauses what is LIVE, unless it is waived; what comes into force later does not.
TEST(ReactTest, PausesForAnOpenObligationFromTheDayOnWhichItIsInForce) {
  for (const bool in_force : {false, true}) {
    for (const bool waived : {false, true}) {
      for (const Activity::State state : {Activity::STATE_READY, Activity::STATE_LIVE, Activity::STATE_PAUSED, Activity::STATE_ENDED}) {
        risk::v1::SummarizeRisksResponse risks;
        risk::v1::OpenObligation& open = *risks.add_obligations();
        open.set_blocking(in_force);
        open.mutable_fact()->set_statement("\"Show the odds\" is not confirmed");
        const Reaction reaction = React(Of(state), risks, waived);
        const bool pauses = in_force && !waived && state == Activity::STATE_LIVE;
        EXPECT_EQ(reaction.kind, pauses ? Reaction::Kind::kPause : Reaction::Kind::kNone);
        EXPECT_EQ(reaction.reason, pauses ? "REGULATION_OBLIGATION_OPEN: \"Show the odds\" is not confirmed" : "");
      }
    }
  }
}

class RiskWatchTest : public ActivityTest {
 protected:
  // The risk becomes what `risk` says, and the event of it is seen.
  void Happens(const RiskSummary& risk) {
    world_.risks.clear_risks();
    *world_.risks.add_risks() = risk;
    type::v1::Event event;
    event.set_position(static_cast<int64_t>(world_.risk_events.size()) + 1);
    event.set_subject(risk.risk());
    event.set_subject_type("risk.heitie/Risk");
    event.set_after_json("{\"subject\": \"" + risk.subject() + "\"}");
    world_.risk_events.push_back(event);
    RunJobs(absl::Seconds(1));
  }

  // Its name.
  std::string Waive(const std::string& activity, absl::Duration duration = absl::Hours(1)) {
    auto request = test::Proto<v1::CreateWaiverRequest>(R"pb(waiver { precondition: PRECONDITION_RISKS_SETTLED reason: "covered" })pb");
    request.set_parent(activity);
    *request.mutable_waiver()->mutable_expire_time() = time::ToTimestamp(clock_.Now() + duration);
    const auto waiver = Call<v1::Waiver>("CreateWaiver", Manager(), request);
    EXPECT_THAT(waiver, IsOk());
    return waiver.value_or(v1::Waiver()).name();
  }

  // A LIVE activity under an open HIGH risk that is waived for an hour.
  std::string LiveByWaiver() {
    const std::string live = Live();
    waiver_ = Waive(live);
    Happens(Open(live, RiskSummary::BLOCKING_HIGH_UNTREATED));
    EXPECT_EQ(Get(live).state(), Activity::STATE_LIVE);
    return live;
  }

  // An obligation of a regulation comes to be in force for it, and the event of its case is seen.
  void Binds(const std::string& activity) {
    world_.risks.clear_risks();
    risk::v1::OpenObligation& open = *world_.risks.add_obligations();
    open.set_subject(activity);
    open.set_blocking(true);
    open.mutable_fact()->set_statement("not confirmed");
    type::v1::Event event;
    event.set_position(static_cast<int64_t>(world_.risk_events.size()) + 1);
    event.set_subject("obligationCases/c");
    event.set_subject_type("risk.heitie/ObligationCase");
    event.set_action("breach");
    event.set_after_json("{\"subject\": \"" + activity + "\"}");
    world_.risk_events.push_back(event);
    RunJobs(absl::Seconds(1));
  }

  int Pauses(const std::string& activity) {
    type::v1::ListEventsRequest request;
    request.set_subject(activity);
    const auto response = Call<type::v1::ListEventsResponse>("ListEvents", Analyst(), request);
    EXPECT_THAT(response, IsOk());
    return static_cast<int>(std::count_if(response->events().begin(), response->events().end(),
                                          [](const type::v1::Event& event) { return event.action() == "pause"; }));
  }

  std::string waiver_;

  // As somebody else took it, for the project itself.
  void HoldForProject() {
    auto& reservation = world_.reservations["reservations/own"];
    reservation.set_name("reservations/own");
    reservation.set_subject("projects/p");
    reservation.set_state(resource::v1::Reservation::STATE_CONFIRMED);
    auto* line = reservation.add_lines();
    line->set_quantity(5);
    line->set_issued_quantity(2);
    auto& taken = world_.encumbrances["encumbrances/own"];
    taken.set_name("encumbrances/own");
    taken.set_subject("projects/p");
    taken.set_state(resource::v1::Encumbrance::STATE_COMMITTED);
    taken.set_committed_minor(70);
    taken.set_actual_minor(30);
  }
};

TEST_F(RiskWatchTest, AnObligationThatIsBreachedPausesWhatIsLive) {
  const std::string live = Live();
  Binds(live);
  EXPECT_EQ(Get(live).state(), Activity::STATE_PAUSED);
  EXPECT_EQ(Get(live).state_reason(), "REGULATION_OBLIGATION_OPEN: not confirmed");
}

TEST_F(RiskWatchTest, AnExpiredAcceptancePausesWhatIsLive) {
  const std::string live = Live();
  const std::string ready = Ready("autumn");
  Happens(Open("projects/p", RiskSummary::BLOCKING_ACCEPTANCE_EXPIRED));
  const Activity paused = Get(live);
  EXPECT_EQ(paused.state(), Activity::STATE_PAUSED);
  EXPECT_EQ(paused.state_reason(), "risks/r: it may rain");
  EXPECT_GT(world_.HeldMoney(), 0) << "a pause gives nothing back";
  EXPECT_EQ(Get(ready).state(), Activity::STATE_READY);
}

TEST_F(RiskWatchTest, AWaiverKeepsItLiveUntilItExpires) {
  const std::string live = LiveByWaiver();
  RunJobs(absl::Minutes(59));
  EXPECT_EQ(Get(live).state(), Activity::STATE_LIVE);
  RunJobs(absl::Minutes(1));
  EXPECT_EQ(Get(live).state(), Activity::STATE_PAUSED);
  EXPECT_EQ(Get(live).state_reason(), "risks/r: it may rain");
  EXPECT_EQ(Pauses(live), 1);
}

TEST_F(RiskWatchTest, AWaiverKeepsItLiveUntilItIsRevoked) {
  const std::string live = LiveByWaiver();
  ASSERT_THAT(Call<v1::Waiver>("RevokeWaiver", Manager(), Named<v1::RevokeWaiverRequest>(waiver_)), IsOk());
  RunJobs(absl::Seconds(1));
  EXPECT_EQ(Get(live).state(), Activity::STATE_PAUSED);
  RunJobs(absl::Hours(1));
  EXPECT_EQ(Pauses(live), 1);
}

TEST_F(RiskWatchTest, AnotherWaiverKeepsItLive) {
  const std::string live = LiveByWaiver();
  Waive(live, absl::Hours(2));
  RunJobs(absl::Hours(1));
  EXPECT_EQ(Get(live).state(), Activity::STATE_LIVE);
  RunJobs(absl::Hours(1));
  EXPECT_EQ(Get(live).state(), Activity::STATE_PAUSED);
}

TEST_F(RiskWatchTest, AnExpiryIsJudgedUntilItIsDone) {
  const std::string live = LiveByWaiver();
  int failures = 0;
  world_.trouble = [&](const std::string& method, FakeWorld::Moment) -> absl::Status {
    return method == "SummarizeRisks" && ++failures <= 3 ? absl::UnavailableError("away") : absl::OkStatus();
  };
  RunJobs(absl::Hours(1));
  EXPECT_EQ(Get(live).state(), Activity::STATE_LIVE) << "nobody knows the risks yet";
  for (int i = 0; i < 5; ++i) RunJobs(absl::Minutes(1));
  EXPECT_GT(failures, 3);
  EXPECT_EQ(Get(live).state(), Activity::STATE_PAUSED);
  EXPECT_EQ(Pauses(live), 1);
}

// An expiry while the activity is paused, resumed with another waiver: it pauses nothing that is waived, and it comes once.
TEST_F(RiskWatchTest, AnExpiryAfterThePauseChangesNothing) {
  const std::string live = LiveByWaiver();
  ASSERT_THAT(Call<Activity>("PauseActivity", Manager(), test::Proto<v1::PauseActivityRequest>("name: '" + live + "' reason: 'rain'")),
              IsOk());
  RunJobs(absl::Hours(1));
  EXPECT_EQ(Get(live).state_reason(), "rain");
  Waive(live);
  ASSERT_THAT(Call<Activity>("ResumeActivity", Manager(), Named<v1::ResumeActivityRequest>(live)), IsOk());
  RunJobs(absl::Minutes(30));
  EXPECT_EQ(Get(live).state(), Activity::STATE_LIVE);
}

// The gate that a resume goes through answers before the risk comes up, and the event of it finds the activity paused.
TEST_F(RiskWatchTest, ARiskThatComesUpDuringAResumeIsJudgedAfterIt) {
  const std::string name = Live();
  ASSERT_THAT(Call<Activity>("PauseActivity", Manager(), test::Proto<v1::PauseActivityRequest>("name: '" + name + "' reason: 'rain'")),
              IsOk());
  bool tried = false;
  world_.trouble = [&](const std::string& method, FakeWorld::Moment moment) -> absl::Status {
    if (method == "SummarizeRisks" && moment == FakeWorld::Moment::kAfter && !tried) {
      tried = true;
      Happens(Open(name, RiskSummary::BLOCKING_HIGH_UNTREATED));
      EXPECT_EQ(Get(name).state(), Activity::STATE_PAUSED);
    }
    return absl::OkStatus();
  };
  ASSERT_THAT(Call<Activity>("ResumeActivity", Manager(), Named<v1::ResumeActivityRequest>(name)), IsOk());
  ASSERT_TRUE(tried);
  EXPECT_EQ(Get(name).state(), Activity::STATE_LIVE);
  RunJobs(absl::Seconds(1));
  EXPECT_EQ(Get(name).state(), Activity::STATE_PAUSED);
  EXPECT_EQ(Pauses(name), 2);
}

TEST_F(RiskWatchTest, AvoidanceOfAnActivityCancelsItAlone) {
  const std::string live = Live();
  const std::string other = Live("autumn");
  Happens(Open(live, RiskSummary::BLOCKING_TO_BE_AVOIDED));
  EXPECT_EQ(Get(live).state(), Activity::STATE_CANCELLED);
  EXPECT_EQ(Get(other).state(), Activity::STATE_LIVE);
  EXPECT_EQ(world_.HeldStock(), 10);
  EXPECT_EQ(world_.HeldMoney(), 500);
  EXPECT_EQ(world_.project.state(), planning::v1::Project::STATE_APPROVED);
}

TEST_F(RiskWatchTest, AvoidanceOfTheProjectCancelsEverythingAndActualsStay) {
  const std::string live = Live();
  const std::string ready = Ready("autumn");
  HoldForProject();
  Happens(Open("projects/p", RiskSummary::BLOCKING_TO_BE_AVOIDED));
  EXPECT_EQ(world_.project.state(), planning::v1::Project::STATE_CANCELLED);
  EXPECT_EQ(world_.project.state_reason(), "risks/r: it may rain");
  EXPECT_EQ(Get(live).state(), Activity::STATE_CANCELLED);
  EXPECT_EQ(Get(ready).state(), Activity::STATE_CANCELLED);
  EXPECT_EQ(world_.HeldStock(), 0);
  EXPECT_EQ(world_.HeldMoney(), 0);
  EXPECT_EQ(world_.reservations["reservations/own"].lines(0).issued_quantity(), 2);
  EXPECT_EQ(world_.encumbrances["encumbrances/own"].actual_minor(), 30);
}

// Its last activity may be judged, and cancelled, before the project is dropped: until then nobody knows what becomes of it.
TEST_F(RiskWatchTest, AProjectIsReportedWhenItIsDroppedAndNotWithItsLastActivity) {
  const std::string live = Live();
  world_.project.set_state(planning::v1::Project::STATE_DRAFT);
  RiskSummary risk = Open("projects/p", RiskSummary::BLOCKING_TO_BE_AVOIDED);
  risk.add_avoided_subjects("projects/p");
  *world_.risks.add_risks() = risk;
  type::v1::Event event;
  event.set_position(1);
  event.set_subject("risks/r");
  event.set_subject_type("risk.heitie/Risk");
  event.set_after_json("{\"subject\": \"" + live + "\"}");
  world_.risk_events.push_back(event);
  RunJobs(absl::Seconds(1));
  EXPECT_EQ(Get(live).state(), Activity::STATE_CANCELLED);
  EXPECT_EQ(world_.project.state(), planning::v1::Project::STATE_DRAFT);
  EXPECT_TRUE(world_.avoidance_reports.empty()) << world_.avoidance_reports[0].DebugString();

  event.set_position(2);
  event.set_after_json(R"({"name": "risks/r", "subject": "projects/p", "avoidanceOutcomes": [{"subject": "projects/p", )"
                       R"("state": "STATE_PENDING"}]})");
  world_.risk_events.push_back(event);
  RunJobs(absl::Seconds(1));
  EXPECT_EQ(world_.project.state(), planning::v1::Project::STATE_CANCELLED);
  ASSERT_EQ(world_.avoidance_reports.size(), 1u);
  EXPECT_THAT(world_.avoidance_reports[0],
              test::Partially(R"pb(name: "risks/r" subject: "projects/p" dropped: true reason: "STATE_CANCELLED")pb"));
}

// Whatever call fails, before or after it had its effect, the repetition ends in the same.
TEST_F(RiskWatchTest, IsRepeatedUntilEverythingIsDone) {
  const std::string live = Live();
  HoldForProject();
  std::set<std::pair<std::string, FakeWorld::Moment>> failed;
  world_.trouble = [&](const std::string& method, FakeWorld::Moment moment) -> absl::Status {
    if (!failed.emplace(method, moment).second) return absl::OkStatus();
    return absl::UnavailableError("away");
  };
  Happens(Open("projects/p", RiskSummary::BLOCKING_TO_BE_AVOIDED));
  for (int i = 0; i < 30; ++i) RunJobs(absl::Minutes(1));
  EXPECT_GE(failed.size(), 14u) << "every call of the way failed twice";
  EXPECT_EQ(world_.project.state(), planning::v1::Project::STATE_CANCELLED);
  EXPECT_EQ(Get(live).state(), Activity::STATE_CANCELLED);
  EXPECT_TRUE(Get(live).has_settle_time());
  EXPECT_EQ(world_.HeldStock(), 0);
  EXPECT_EQ(world_.HeldMoney(), 0);
}

// A launch that has judged the risks before this one came up goes live, and is paused then.
TEST_F(RiskWatchTest, ALaunchInProgressIsJudgedWhenItIsOver) {
  const std::string name = Ready();
  bool tried = false;
  world_.trouble = [&](const std::string& method, FakeWorld::Moment moment) -> absl::Status {
    // The last call of a launch, after its gate was judged again.
    if (method == "ConfirmAllotment" && moment == FakeWorld::Moment::kAfter && !tried) {
      tried = true;
      Happens(Open(name, RiskSummary::BLOCKING_HIGH_UNTREATED));
      EXPECT_NE(Get(name).launch(), "");
    }
    return absl::OkStatus();
  };
  ASSERT_THAT(Launch(name), IsOk());
  ASSERT_TRUE(tried);
  RunJobs(absl::Minutes(1));
  EXPECT_EQ(Get(name).state(), Activity::STATE_PAUSED);
}

// A launch that waits for a service holds up nothing but its own judgement.
TEST_F(RiskWatchTest, ALaunchThatWaitsHoldsUpNobodyElse) {
  const std::string live = Live();
  const std::string launching = Ready("autumn");
  world_.trouble = [](const std::string& method, FakeWorld::Moment) {
    return method == "GetProject" ? absl::UnavailableError("away") : absl::OkStatus();
  };
  EXPECT_THAT(Launch(launching), test::HasReason("LAUNCH_CONTINUES"));
  Happens(Open(launching, RiskSummary::BLOCKING_HIGH_UNTREATED));
  Happens(Open(live, RiskSummary::BLOCKING_HIGH_UNTREATED));
  EXPECT_EQ(Get(live).state(), Activity::STATE_PAUSED);
  EXPECT_NE(Get(launching).launch(), "");
}

}  // namespace
}  // namespace heitie::activity
