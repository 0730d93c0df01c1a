#include "services/activity/launch/launch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/status/shared.h"
#include "common/time/instant.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/launch.pb.h"
#include "heitie/activity/v1/launch_gate.pb.h"
#include "heitie/activity/v1/preparation_item.pb.h"
#include "services/activity/preparation/activity_fixture.h"

namespace heitie::activity {
namespace {

using test::HasReason;
using test::HasViolations;
using test::IsOk;
using test::Violations;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using v1::Activity;

TEST(RefusedStep, KeepsWhatTheResourceServiceSaid) {
  const auto judge = [](v1::LaunchStep::Kind kind, const absl::Status& refusal) {
    const absl::Status received = status::FromProto(status::ToProto(refusal, status::Language::kEnglish));
    return RefusedStep(kind, test::Proto<Activity>(R"pb(budget: "budgets/b" budget_amount_minor: 500)pb"), received,
                       status::Language::kEnglish);
  };
  const auto materials =
      judge(v1::LaunchStep::KIND_RESERVE_MATERIALS, status::Error(status::kStockShort, {{"items", "items/gift (3/10)"}}));
  EXPECT_EQ(materials.precondition(), v1::PRECONDITION_MATERIALS);
  EXPECT_EQ(materials.reason(), "STOCK_SHORT");
  EXPECT_EQ(materials.sentence(), "Stock is short (available/needed): items/gift (3/10).");
  const auto money =
      judge(v1::LaunchStep::KIND_PRE_COMMIT_MONEY, status::Error(status::kBudgetShort, {{"available", 499}, {"currency", "TWD"}}));
  EXPECT_EQ(money.precondition(), v1::PRECONDITION_BUDGET);
  EXPECT_EQ(money.sentence(), "budgets/b: TWD 4.99 is available, TWD 5.00 is needed.");
  const auto late = judge(v1::LaunchStep::KIND_COMMIT_MONEY,
                          status::Error(status::kOutsideBudgetPeriod,
                                        {{"budget", "budgets/b"}, {"day", "2026-04-01"}, {"start", "2026-01-01"}, {"end", "2026-03-31"}}));
  EXPECT_EQ(late.reason(), "OUTSIDE_BUDGET_PERIOD");
  EXPECT_EQ(late.sentence(), "2026-04-01 is outside the period of budgets/b, which is 2026-01-01 to 2026-03-31.");
  const auto other = judge(v1::LaunchStep::KIND_COMMIT_MONEY, absl::FailedPreconditionError("it expired"));
  EXPECT_EQ(other.precondition(), v1::PRECONDITION_BUDGET);
  EXPECT_EQ(other.sentence(), "The resource service refused: it expired");
}

struct Death {};

class LaunchTest : public ActivityTest {
 protected:
  // Everything was given back, and the activity can be launched again.
  void ExpectNothingHeld(const std::string& name) {
    EXPECT_EQ(world_.HeldStock(), 0);
    EXPECT_EQ(world_.HeldMoney(), 0);
    EXPECT_EQ(world_.stock, 100);
    EXPECT_EQ(world_.budget.available_minor(), 100000);
    const Activity activity = Get(name);
    EXPECT_EQ(activity.state(), Activity::STATE_READY);
    EXPECT_EQ(activity.launch(), "");
    EXPECT_NE(activity.last_launch_error(), "");
  }

  void ExpectLive(const std::string& name) {
    const Activity activity = Get(name);
    EXPECT_EQ(activity.state(), Activity::STATE_LIVE);
    EXPECT_EQ(activity.launch(), "");
    ASSERT_EQ(world_.reservations.size(), 1u);
    ASSERT_EQ(world_.encumbrances.size(), 1u);
    EXPECT_EQ(world_.reservations.at(activity.reservation()).state(), resource::v1::Reservation::STATE_CONFIRMED);
    EXPECT_EQ(world_.encumbrances.at(activity.encumbrance()).committed_minor(), 500);
    EXPECT_EQ(world_.stock, 90);
    EXPECT_EQ(world_.budget.available_minor(), 99500);
  }
};

TEST_F(LaunchTest, TakesEverythingAndGoesLive) {
  const std::string name = Ready();
  const auto live = Launch(name);
  ASSERT_THAT(live, IsOk());
  EXPECT_EQ(live->state(), Activity::STATE_LIVE);
  EXPECT_THAT(live->allowed_verbs(), ElementsAre("pause", "end", "cancel"));
  EXPECT_EQ(time::ToTime(live->launch_time()), clock_.Now());
  EXPECT_EQ(live->last_launch_error(), "");
  ExpectLive(name);
  EXPECT_THAT(world_.calls, ElementsAre("CreateAllotment", "ConfirmAllotment"));
  const auto launches = LaunchesOf(name);
  ASSERT_EQ(launches.size(), 1u);
  EXPECT_EQ(launches[0].state(), v1::Launch::STATE_SUCCEEDED);
  EXPECT_EQ(launches[0].launcher(), "employees/manager");
  EXPECT_EQ(launches[0].verdicts_size(), 10);
  RunJobs();
  EXPECT_EQ(world_.calls.size(), 2u) << "nothing is left for the job to do";
}

TEST_F(LaunchTest, TellsMetricsWhatToCount) {
  Live();
  RunJobs();
  ASSERT_EQ(world_.trackings.size(), 1u);
  EXPECT_EQ(world_.trackings[0].activity(), "activities/spring");
  EXPECT_EQ(world_.trackings[0].click_event(), "tap");
  EXPECT_EQ(world_.trackings[0].conversion_denominator(), metrics::v1::ActivityTracking::CONVERSION_DENOMINATOR_CLICKERS);
}

TEST_F(LaunchTest, MetricsAreToldAgainUntilTheyAnswer) {
  world_.trouble = [](const std::string& method, FakeWorld::Moment) {
    return method == "SetActivityTracking" ? absl::UnavailableError("down") : absl::OkStatus();
  };
  Live();
  RunJobs();
  EXPECT_THAT(world_.trackings, IsEmpty());
  world_.trouble = nullptr;
  RunJobs(absl::Minutes(2));
  EXPECT_EQ(world_.trackings.size(), 1u);
}

TEST_F(LaunchTest, IsForManagers) {
  const std::string name = Ready();
  const auto refused = Call<Activity>("LaunchActivity", Specialist(), Named<v1::LaunchActivityRequest>(name));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(LaunchTest, OnlyWhatIsReadyIsLaunched) {
  ASSERT_THAT(Call<Activity>("CreateActivity", Specialist(), NewActivity("draft")), IsOk());
  EXPECT_THAT(Launch("activities/draft"), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(Launch(Live()), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_EQ(Launch("activities/nothing").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(LaunchTest, AStaleEtagLaunchesNothing) {
  const std::string name = Ready();
  auto request = Named<v1::LaunchActivityRequest>(name);
  request.set_etag("1");
  EXPECT_THAT(Call<Activity>("LaunchActivity", Manager(), request), HasReason("STALE_ETAG"));
  EXPECT_THAT(LaunchesOf(name), IsEmpty());
}

// W1: each refusal of the gate by itself, then all together.
TEST_F(LaunchTest, TheGateRefusesWithEachReason) {
  const std::string name = Ready();
  struct Case {
    std::function<void()> breaks, mends;
    const char* precondition;
    const char* reason;
  };
  const std::vector<Case> cases = {
      {[&] { world_.project.set_state(planning::v1::Project::STATE_DRAFT); },
       [&] { world_.project.set_state(planning::v1::Project::STATE_APPROVED); }, "PRECONDITION_PLAN_APPROVED", "PLAN_NOT_APPROVED"},
      {[&] { world_.budget.set_available_minor(499); }, [&] { world_.budget.set_available_minor(100000); }, "PRECONDITION_BUDGET",
       "BUDGET_SHORT"},
      {[&] { world_.stock = 9; }, [&] { world_.stock = 100; }, "PRECONDITION_MATERIALS", "STOCK_SHORT"},
      {[&] { world_.unqualified = {"employees/li"}; }, [&] { world_.unqualified.clear(); }, "PRECONDITION_STAFF_QUALIFIED",
       "STAFF_NOT_QUALIFIED"},
      {[&] { world_.risks.add_risks()->set_blocking(true); }, [&] { world_.risks.clear_risks(); }, "PRECONDITION_RISKS_SETTLED",
       "RISKS_OPEN"},
  };
  for (const Case& c : cases) {
    c.breaks();
    const auto refused = Launch(name);
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(refused, HasReason("LAUNCH_GATE_CLOSED"));
    EXPECT_THAT(refused, HasViolations(absl::StrCat(c.precondition, " ", c.reason)));
    EXPECT_EQ(Get(name).state(), Activity::STATE_READY);
    c.mends();
  }
  EXPECT_THAT(world_.calls, IsEmpty()) << "a closed gate takes nothing";
  for (size_t i = 0; i < 5; ++i) cases[i].breaks();
  EXPECT_EQ(Violations(Launch(name).status()).size(), 5u);
  for (const Case& c : cases) c.mends();
  EXPECT_THAT(Launch(name), IsOk()) << "what failed can be tried again";
  ExpectLive(name);
}

// A question of the gate that fails because of the one who is asked, whatever he says.
TEST_F(LaunchTest, AnOutageIsNoVerdict) {
  int n = 0;
  for (const auto& [method, service] : std::map<std::string, std::string>{{"GetProject", "planning"},
                                                                          {"GetBudget", "resource"},
                                                                          {"ListEncumbrances", "resource"},
                                                                          {"CheckStock", "resource"},
                                                                          {"CheckQualification", "personnel"},
                                                                          {"SummarizeRisks", "risk"}}) {
    for (const absl::Status& outage :
         {absl::UnavailableError("down"), absl::DeadlineExceededError("slow"), absl::ResourceExhaustedError("busy"),
          absl::AbortedError("lost"), absl::CancelledError("going"), absl::InternalError("broken"), absl::UnknownError("?"),
          absl::UnauthenticatedError("new key"), absl::UnimplementedError("old version")}) {
      SCOPED_TRACE(absl::StrCat(method, ": ", outage.message()));
      const std::string name = Ready(absl::StrCat("o", n++));
      world_.calls.clear();
      world_.trouble = [method = method, outage = outage](const std::string& called, FakeWorld::Moment) {
        return called == method ? outage : absl::OkStatus();
      };
      const auto refused = Launch(name, name);
      EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnavailable);
      EXPECT_THAT(refused, HasReason("LAUNCH_CONTINUES"));
      EXPECT_TRUE(HasRetryInfo(refused.status()));
      EXPECT_THAT(std::string(refused.status().message()), HasSubstr(service + " cannot be asked"));
      EXPECT_THAT(world_.calls, IsEmpty()) << "nothing is taken before the gate is known to be open";
      world_.trouble = nullptr;
      if (n % 2 == 0) {
        RunJobs();
        EXPECT_EQ(Get(name).state(), Activity::STATE_LIVE) << "it goes on by itself";
      }
      EXPECT_THAT(Launch(name, name), IsOk()) << "the request_id stands for the same launch";
      EXPECT_EQ(LaunchesOf(name).size(), 1u);
      world_.stock = 100;
    }
  }
}

TEST_F(LaunchTest, WhatIsNotMetRefusesWhateverElseIsNotKnown) {
  const std::string name = Ready();
  world_.stock = 9;
  world_.trouble = [](const std::string& method, FakeWorld::Moment) {
    return method == "SummarizeRisks" ? absl::UnavailableError("down") : absl::OkStatus();
  };
  EXPECT_THAT(Violations(Launch(name).status()),
              UnorderedElementsAre("PRECONDITION_MATERIALS STOCK_SHORT", "PRECONDITION_RISKS_SETTLED FACTS_UNKNOWN"));
}

// Longer than a launch may take, before or after it has taken something: everything is given back, and the same request launches anew.
TEST_F(LaunchTest, ALongOutageBurnsNoRequestId) {
  int n = 0;
  for (const char* step : {"GetProject", "CreateAllotment", "GetReservation", "ConfirmAllotment"}) {
    SCOPED_TRACE(step);
    const std::string name = Ready(absl::StrCat("l", n++));
    world_.trouble = [step](const std::string& method, FakeWorld::Moment moment) {
      return method == step && moment == FakeWorld::Moment::kBefore ? absl::UnavailableError("down") : absl::OkStatus();
    };
    EXPECT_THAT(Launch(name, name), HasReason("LAUNCH_CONTINUES"));
    RunJobs(kLaunchValidity);
    ExpectNothingHeld(name);
    const auto given_up = Launch(name, name);
    EXPECT_EQ(given_up.status().code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(given_up, HasReason("LAUNCH_GIVEN_UP"));
    EXPECT_TRUE(HasRetryInfo(given_up.status()));
    EXPECT_EQ(LaunchesOf(name).size(), 1u);
    EXPECT_THAT(Launch(name, name), HasReason("LAUNCH_CONTINUES")) << "another launch";
    world_.trouble = nullptr;
    EXPECT_THAT(Launch(name, name), IsOk());
    EXPECT_THAT(Launch(name, name), IsOk());
    EXPECT_EQ(LaunchesOf(name).size(), 2u);
    world_.reservations.clear();
    world_.encumbrances.clear();
    world_.allotments.clear();
    world_.stock = 100;
    world_.budget.set_available_minor(100000);
  }
}

// The answer to a confirmation comes from a service for which what was taken has expired.
TEST_F(LaunchTest, WhatExpiredMeanwhileIsNoVerdict) {
  const std::string name = Ready();
  world_.trouble = [this](const std::string& method, FakeWorld::Moment moment) {
    if (method != "ConfirmAllotment" || moment != FakeWorld::Moment::kBefore) return absl::OkStatus();
    clock_.Advance(kLaunchValidity);
    return absl::FailedPreconditionError("expired");
  };
  EXPECT_THAT(Launch(name, "r"), HasReason("LAUNCH_GIVEN_UP"));
  ExpectNothingHeld(name);
  world_.trouble = nullptr;
  EXPECT_THAT(Launch(name, "r"), IsOk());
}

TEST_F(LaunchTest, PreparationAndScheduleAreFactsOfTheMoment) {
  const std::string name = Ready();
  ASSERT_THAT(Call<v1::PreparationItem>("ReopenPreparationItem", Specialist(),
                                        Named<v1::ReopenPreparationItemRequest>(name + "/preparationItems/poster")),
              IsOk());
  clock_.Advance(absl::Hours(24));
  EXPECT_THAT(Violations(Launch(name).status()),
              UnorderedElementsAre("PRECONDITION_PREPARATION_COMPLETE PREPARATION_OPEN", "PRECONDITION_SCHEDULE SCHEDULE_OVER"));
  EXPECT_THAT(Get(name).last_launch_error(), HasSubstr("Poster"));
}

TEST_F(LaunchTest, EvaluatingTheGateChangesNothingAndTellsTheFacts) {
  const std::string name = Ready();
  v1::EvaluateLaunchGateRequest request;
  request.set_name(name);
  const auto gate = Call<v1::EvaluateLaunchGateResponse>("EvaluateLaunchGate", Analyst(), request);
  ASSERT_THAT(gate, IsOk());
  EXPECT_TRUE(gate->open());
  EXPECT_EQ(gate->verdicts_size(), 10);
  EXPECT_EQ(gate->verdicts(0).facts(0).version(), "3");
  EXPECT_THAT(world_.calls, IsEmpty());
  EXPECT_EQ(gate->etag(), Get(name).etag());
  // Another moment: after the end.
  *request.mutable_launch_time() = time::ToTimestamp(clock_.Now() + absl::Hours(25));
  EXPECT_FALSE(Call<v1::EvaluateLaunchGateResponse>("EvaluateLaunchGate", Analyst(), request)->open());
}

TEST_F(LaunchTest, QualificationIsAskedForTheDaysOfTheActivity) {
  Live();
  const auto& question = world_.qualification_question;
  EXPECT_THAT(question.employees(), ElementsAre("employees/li"));
  EXPECT_THAT(question.requirement().courses(), ElementsAre("courses/safety"));
  // From 2026-01-01 08:00 to 2026-01-02 08:00 in Taipei.
  EXPECT_EQ(question.start_date().day(), 1);
  EXPECT_EQ(question.end_date().day(), 2);
  EXPECT_EQ(question.end_date().month(), 1);
  EXPECT_EQ(question.end_date().year(), 2026);
}

// W1: the facts are checked again once nobody else can take stock or money.
TEST_F(LaunchTest, ARiskThatOpensMeanwhileStopsTheLaunch) {
  const std::string name = Ready();
  world_.trouble = [this](const std::string& method, FakeWorld::Moment moment) {
    if (method == "CreateAllotment" && moment == FakeWorld::Moment::kAfter) world_.risks.add_risks()->set_blocking(true);
    return absl::OkStatus();
  };
  EXPECT_THAT(Launch(name), HasViolations("PRECONDITION_RISKS_SETTLED RISKS_OPEN"));
  ExpectNothingHeld(name);
  EXPECT_THAT(world_.calls, ElementsAre("CreateAllotment", "ReleaseAllotment"));
}

// Stock and money that others take between the gate and the reservation.
TEST_F(LaunchTest, LosingTheRaceForTheLastUnitIsARefusalOfThatPrecondition) {
  const std::string name = Ready();
  world_.trouble = [this](const std::string& method, FakeWorld::Moment moment) {
    if (method == "CreateAllotment" && moment == FakeWorld::Moment::kBefore) world_.stock = 9;
    return absl::OkStatus();
  };
  EXPECT_THAT(Launch(name), HasViolations("PRECONDITION_MATERIALS STOCK_SHORT"));
  EXPECT_THAT(world_.calls, ElementsAre("CreateAllotment")) << "there is nothing to give back";
  world_.stock = 100;
  world_.trouble = [this](const std::string& method, FakeWorld::Moment moment) {
    if (method == "CreateAllotment" && moment == FakeWorld::Moment::kBefore) world_.budget.set_available_minor(499);
    return absl::OkStatus();
  };
  const auto refused = Launch(name);
  EXPECT_THAT(refused, HasViolations("PRECONDITION_BUDGET BUDGET_SHORT"));
  EXPECT_THAT(Get(name).last_launch_error(), HasSubstr("TWD 4.99 is available, TWD 5.00 is needed"));
  EXPECT_EQ(world_.HeldStock(), 0);
  EXPECT_EQ(world_.stock, 100);
}

// Every shortage at once: what others took of stock and budget meanwhile.
TEST_F(LaunchTest, EveryShortageIsNamedAtOnce) {
  const std::string name = Ready();
  world_.trouble = [this](const std::string& method, FakeWorld::Moment moment) {
    if (method != "CreateAllotment" || moment != FakeWorld::Moment::kBefore) return absl::OkStatus();
    world_.stock = 9;
    world_.budget.set_available_minor(499);
    return absl::OkStatus();
  };
  EXPECT_THAT(Violations(Launch(name).status()),
              UnorderedElementsAre("PRECONDITION_MATERIALS STOCK_SHORT", "PRECONDITION_BUDGET BUDGET_SHORT"));
}

TEST_F(LaunchTest, SaysWhomItIsForWhatItDrawsOnAndTheLastDayOfUse) {
  const std::string name = Ready();
  ASSERT_THAT(Launch(name), IsOk());
  const auto& allotment = world_.allotments.at(Get(name).allotment());
  EXPECT_EQ(allotment.subject(), name);
  EXPECT_EQ(allotment.draw_on(), "projects/p");
  // Until 2026-01-02 00:00 UTC, which is 08:00 in Taipei.
  EXPECT_EQ(allotment.materials(0).need_date().day(), 2);
  EXPECT_EQ(allotment.money(0).budget(), "budgets/b");
  EXPECT_EQ(allotment.state(), resource::v1::Allotment::STATE_CONFIRMED);
}

// What the project holds counts for the gate: it is passed on.
TEST_F(LaunchTest, TheGateCountsWhatTheProjectHolds) {
  const std::string name = Ready();
  world_.budget.set_available_minor(100);
  auto& held = world_.encumbrances["encumbrances/plan"];
  held.set_name("encumbrances/plan");
  held.set_subject("projects/p");
  held.set_budget("budgets/b");
  held.set_committed_minor(400);
  v1::EvaluateLaunchGateRequest request;
  request.set_name(name);
  EXPECT_TRUE(Call<v1::EvaluateLaunchGateResponse>("EvaluateLaunchGate", Analyst(), request)->open());
  held.set_committed_minor(399);
  EXPECT_FALSE(Call<v1::EvaluateLaunchGateResponse>("EvaluateLaunchGate", Analyst(), request)->open());
}

// A launch that a process of the version before has begun, with goods and money one by one.
TEST_F(LaunchTest, WhatWasBegunOneByOneIsFinishedSo) {
  const std::string name = Ready();
  world_.trouble = [](const std::string& method, FakeWorld::Moment) -> absl::Status {
    if (method == "GetProject") throw Death();
    return absl::OkStatus();
  };
  EXPECT_THROW(Launch(name).IgnoreError(), Death);
  world_.trouble = nullptr;
  const std::string launch = Get(name).launch();
  const std::string steps =
      R"({"steps":[{"kind":"KIND_CHECK_GATE","state":"STATE_PENDING"},{"kind":"KIND_RESERVE_MATERIALS","state":"STATE_PENDING"},)"
      R"({"kind":"KIND_PRE_COMMIT_MONEY","state":"STATE_PENDING"},{"kind":"KIND_RECHECK_GATE","state":"STATE_PENDING"},)"
      R"({"kind":"KIND_COMMIT_MONEY","state":"STATE_PENDING"},{"kind":"KIND_CONFIRM_RESERVATION","state":"STATE_PENDING"},)"
      R"({"kind":"KIND_GO_LIVE","state":"STATE_PENDING"}]})";
  ASSERT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                   [&](sql::Session& session) {
                                     return session
                                         .Execute(
                                             "UPDATE launches SET steps = ?, allotment = '', reservation = 'reservations/old', "
                                             "encumbrance = 'encumbrances/old' WHERE name = ?",
                                             sql::Bind(steps, launch))
                                         .status();
                                   }),
              IsOk());
  RunJobs();
  ExpectLive(name);
  EXPECT_EQ(Get(name).allotment(), "");
  EXPECT_EQ(Get(name).reservation(), "reservations/old");
  auto end = Named<v1::EndActivityRequest>(name);
  ASSERT_THAT(Call<Activity>("EndActivity", Manager(), end), IsOk());
  EXPECT_EQ(world_.stock, 100);
  EXPECT_EQ(world_.budget.available_minor(), 100000);
}

// Refusal and compensation at each step that takes or confirms (W2).
TEST_F(LaunchTest, ARefusalAtAnyStepGivesEverythingBack) {
  int n = 0;
  for (const char* step : {"CreateAllotment", "ConfirmAllotment"}) {
    const std::string name = Ready(absl::StrCat("a", n++));
    world_.trouble = [step](const std::string& method, FakeWorld::Moment moment) {
      return method == step && moment == FakeWorld::Moment::kBefore ? absl::FailedPreconditionError("expired") : absl::OkStatus();
    };
    const auto refused = Launch(name);
    EXPECT_THAT(refused, HasReason("LAUNCH_GATE_CLOSED")) << step;
    EXPECT_EQ(Violations(refused.status()).size(), 1u) << step;
    ExpectNothingHeld(name);
    EXPECT_EQ(LaunchesOf(name)[0].state(), v1::Launch::STATE_FAILED);
  }
}

// The service that is asked does not answer, before or after it has acted: the launch is not refused, it goes on by itself.
TEST_F(LaunchTest, AnAnswerThatIsLostIsAskedForAgain) {
  int n = 0;
  for (const char* step : {"CreateAllotment", "ConfirmAllotment"}) {
    for (const auto moment : {FakeWorld::Moment::kBefore, FakeWorld::Moment::kAfter}) {
      const std::string name = Ready(absl::StrCat("a", n++));
      world_.trouble = [&](const std::string& method, FakeWorld::Moment at) {
        return method == step && at == moment ? absl::UnavailableError("lost") : absl::OkStatus();
      };
      const auto unknown = Launch(name, name);
      EXPECT_EQ(unknown.status().code(), absl::StatusCode::kUnavailable) << step;
      EXPECT_THAT(unknown, HasReason("LAUNCH_CONTINUES"));
      EXPECT_THAT(Launch(name), HasReason("LAUNCH_IN_PROGRESS"));
      world_.trouble = nullptr;
      RunJobs();
      ExpectLive(name);
      EXPECT_EQ(LaunchesOf(name).size(), 1u);
      EXPECT_THAT(Launch(name, name), IsOk()) << "the same request learns the outcome";
      world_.reservations.clear();
      world_.encumbrances.clear();
      world_.allotments.clear();
      world_.stock = 100;
      world_.budget.set_available_minor(100000);
    }
  }
}

// W2: the process dies at every point at which another service is called, before or after it has acted. The job of the next process
// finishes the launch with nothing taken twice and nothing half-done.
TEST_F(LaunchTest, SurvivesDeathAtEveryStep) {
  int n = 0;
  for (const char* step : {"GetProject", "CreateAllotment", "GetReservation", "ConfirmAllotment"}) {
    for (const auto moment : {FakeWorld::Moment::kBefore, FakeWorld::Moment::kAfter}) {
      const std::string name = Ready(absl::StrCat("d", n++));
      world_.trouble = [&](const std::string& method, FakeWorld::Moment at) -> absl::Status {
        if (method == step && at == moment) throw Death();
        return absl::OkStatus();
      };
      EXPECT_THROW(Launch(name).IgnoreError(), Death) << step;
      EXPECT_NE(Get(name).launch(), "") << "the launch is still in progress";
      world_.trouble = nullptr;
      RunJobs();
      ExpectLive(name);
      EXPECT_EQ(LaunchesOf(name).size(), 1u);
      world_.reservations.clear();
      world_.encumbrances.clear();
      world_.allotments.clear();
      world_.stock = 100;
      world_.budget.set_available_minor(100000);
    }
  }
}

// The job takes over while the caller's request is still at work, because a process that is slow looks like one that is dead.
TEST_F(LaunchTest, TwoThatDriveTheSameLaunchAreAsGoodAsOne) {
  int n = 0;
  for (const char* step : {"CreateAllotment", "ConfirmAllotment"}) {
    for (const auto moment : {FakeWorld::Moment::kBefore, FakeWorld::Moment::kAfter}) {
      const std::string name = Ready(absl::StrCat("t", n++));
      bool overtaken = false;
      world_.trouble = [&](const std::string& method, FakeWorld::Moment at) {
        if (method != step || at != moment || overtaken) return absl::OkStatus();
        overtaken = true;
        RunJobs();
        return absl::OkStatus();
      };
      const auto live = Launch(name);
      world_.trouble = nullptr;
      ASSERT_THAT(live, IsOk()) << step;
      RunJobs();
      ExpectLive(name);
      EXPECT_EQ(LaunchesOf(name).size(), 1u);
      world_.reservations.clear();
      world_.encumbrances.clear();
      world_.allotments.clear();
      world_.stock = 100;
      world_.budget.set_available_minor(100000);
    }
  }
}

TEST_F(LaunchTest, OfManyLaunchersOneLaunches) {
  const std::string name = Ready();
  std::atomic<int> launched{0};
  std::vector<std::thread> launchers;
  for (int i = 0; i < 8; ++i) {
    launchers.emplace_back([&] {
      const auto outcome = Launch(name);
      if (outcome.ok()) {
        ++launched;
      } else {
        EXPECT_THAT(status::ReasonOf(outcome.status()), ::testing::AnyOf("LAUNCH_IN_PROGRESS", "ILLEGAL_TRANSITION"));
      }
    });
  }
  for (std::thread& launcher : launchers) launcher.join();
  EXPECT_EQ(launched, 1);
  ExpectLive(name);
  EXPECT_EQ(LaunchesOf(name).size(), 1u);
}

TEST_F(LaunchTest, SurvivesDeathWhileGivingBack) {
  int n = 0;
  for (const char* step : {"ReleaseAllotment"}) {
    for (const auto moment : {FakeWorld::Moment::kBefore, FakeWorld::Moment::kAfter}) {
      const std::string name = Ready(absl::StrCat("c", n++));
      world_.trouble = [&](const std::string& method, FakeWorld::Moment at) -> absl::Status {
        if (method == "ConfirmAllotment" && at == FakeWorld::Moment::kBefore) return absl::FailedPreconditionError("expired");
        if (method == step && at == moment) throw Death();
        return absl::OkStatus();
      };
      EXPECT_THROW(Launch(name).IgnoreError(), Death) << step;
      world_.trouble = nullptr;
      RunJobs();
      ExpectNothingHeld(name);
    }
  }
}

TEST_F(LaunchTest, GivingBackIsRepeatedUntilItSucceeds) {
  const std::string name = Ready();
  world_.trouble = [&](const std::string& method, FakeWorld::Moment) {
    if (method == "ConfirmAllotment") return absl::FailedPreconditionError("expired");
    return method == "ReleaseAllotment" ? absl::UnavailableError("down") : absl::OkStatus();
  };
  EXPECT_THAT(Launch(name, "r"), HasReason("LAUNCH_CONTINUES"));
  RunJobs(absl::Minutes(10));
  EXPECT_EQ(LaunchesOf(name)[0].state(), v1::Launch::STATE_COMPENSATING) << "giving back never times out";
  world_.trouble = nullptr;
  RunJobs(absl::Minutes(2));
  ExpectNothingHeld(name);
  EXPECT_THAT(Launch(name, "r"), HasReason("LAUNCH_GATE_CLOSED")) << "the same request learns the outcome";
}

// What it reserved may have expired, and the gate was checked long ago.
TEST_F(LaunchTest, ALaunchThatIsResumedTooLateIsGivenUp) {
  const std::string name = Ready();
  world_.trouble = [](const std::string& method, FakeWorld::Moment moment) -> absl::Status {
    if (method == "ConfirmAllotment" && moment == FakeWorld::Moment::kAfter) throw Death();
    return absl::OkStatus();
  };
  EXPECT_THROW(Launch(name).IgnoreError(), Death);
  world_.trouble = nullptr;
  RunJobs(kLaunchValidity);
  ExpectNothingHeld(name);
  EXPECT_THAT(Get(name).last_launch_error(), HasSubstr("confirm_allotment"));
  EXPECT_EQ(LaunchesOf(name)[0].verdicts(0).reason(), "LAUNCH_TIMED_OUT");
}

TEST_F(LaunchTest, ARepeatedRequestLaunchesOnce) {
  const std::string name = Ready();
  ASSERT_THAT(Launch(name, "once"), IsOk());
  const auto again = Launch(name, "once");
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->state(), Activity::STATE_LIVE);
  EXPECT_EQ(LaunchesOf(name).size(), 1u);
  EXPECT_EQ(world_.calls.size(), 2u);
  const std::string other = Ready("other");
  EXPECT_THAT(Launch(other, "once"), HasReason("REQUEST_ID_REUSED"));
}

TEST_F(LaunchTest, ARepeatedRequestRepeatsItsRefusal) {
  const std::string name = Ready();
  world_.stock = 9;
  EXPECT_THAT(Launch(name, "once"), HasReason("LAUNCH_GATE_CLOSED"));
  world_.stock = 100;
  const auto again = Launch(name, "once");
  EXPECT_THAT(again, HasViolations("PRECONDITION_MATERIALS STOCK_SHORT"));
  EXPECT_EQ(LaunchesOf(name).size(), 1u);
}

TEST_F(LaunchTest, WhileItIsLaunchedAnActivityDoesNotChange) {
  const std::string name = Ready();
  world_.trouble = [](const std::string& method, FakeWorld::Moment) {
    return method == "ConfirmAllotment" ? absl::UnavailableError("down") : absl::OkStatus();
  };
  EXPECT_THAT(Launch(name), HasReason("LAUNCH_CONTINUES"));
  v1::UpdateActivityRequest update;
  update.mutable_activity()->set_name(name);
  update.mutable_activity()->set_title("Other");
  EXPECT_THAT(Call<Activity>("UpdateActivity", Manager(), update), HasReason("LAUNCH_IN_PROGRESS"));
  auto cancel = Named<v1::CancelActivityRequest>(name);
  cancel.set_reason("no");
  EXPECT_THAT(Call<Activity>("CancelActivity", Manager(), cancel), HasReason("LAUNCH_IN_PROGRESS"));
}

// --- Scheduled launches

class ScheduleTest : public LaunchTest {
 protected:
  absl::StatusOr<Activity> Schedule(const std::string& name, absl::Time time) {
    auto request = Named<v1::ScheduleLaunchRequest>(name);
    *request.mutable_launch_time() = time::ToTimestamp(time);
    return Call<Activity>("ScheduleLaunch", Manager(), request);
  }
};

TEST_F(ScheduleTest, LaunchesAtItsTimeAndNotBefore) {
  const std::string name = Ready();
  const auto scheduled = Schedule(name, clock_.Now() + absl::Hours(1));
  ASSERT_THAT(scheduled, IsOk());
  EXPECT_EQ(scheduled->launch_scheduler(), "employees/manager");
  RunJobs(absl::Minutes(59));
  EXPECT_EQ(Get(name).state(), Activity::STATE_READY);
  RunJobs(absl::Minutes(1));
  ExpectLive(name);
  EXPECT_FALSE(Get(name).has_scheduled_launch_time());
  const auto launches = LaunchesOf(name);
  ASSERT_EQ(launches.size(), 1u);
  EXPECT_TRUE(launches[0].scheduled());
  EXPECT_EQ(launches[0].launcher(), "employees/manager");
  RunJobs(absl::Hours(1));
  EXPECT_EQ(LaunchesOf(name).size(), 1u);
}

TEST_F(ScheduleTest, AFailureIsRecordedOnTheActivity) {
  const std::string name = Ready();
  ASSERT_THAT(Schedule(name, clock_.Now() + absl::Hours(1)), IsOk());
  world_.stock = 3;
  RunJobs(absl::Hours(1));
  const Activity activity = Get(name);
  EXPECT_EQ(activity.state(), Activity::STATE_READY);
  EXPECT_EQ(activity.last_launch_error(),
            "activities/spring may not be live: MATERIALS. Stock is short (available/needed): items/gift (3/10).");
  EXPECT_FALSE(activity.has_scheduled_launch_time()) << "a person decides about the next attempt";
}

TEST_F(ScheduleTest, WaitsUntilTheGateCanBeAsked) {
  const std::string name = Ready();
  ASSERT_THAT(Schedule(name, clock_.Now() + absl::Hours(1)), IsOk());
  world_.trouble = [](const std::string& method, FakeWorld::Moment) {
    return method == "GetProject" ? absl::UnavailableError("down") : absl::OkStatus();
  };
  RunJobs(absl::Hours(1));
  for (int i = 0; i < 20; ++i) RunJobs(absl::Minutes(1));
  EXPECT_EQ(Get(name).launch(), "") << "it can still be changed";
  EXPECT_TRUE(Get(name).has_scheduled_launch_time());
  EXPECT_THAT(LaunchesOf(name), IsEmpty());
  world_.trouble = nullptr;
  RunJobs(absl::Minutes(1));
  ExpectLive(name);
}

TEST_F(ScheduleTest, ALongOutageAfterItBeganIsNoVerdict) {
  const std::string name = Ready();
  ASSERT_THAT(Schedule(name, clock_.Now() + absl::Hours(1)), IsOk());
  world_.trouble = [](const std::string& method, FakeWorld::Moment) {
    return method == "CreateAllotment" ? absl::UnavailableError("down") : absl::OkStatus();
  };
  RunJobs(absl::Hours(1));
  RunJobs(kLaunchValidity);
  ExpectNothingHeld(name);
  EXPECT_EQ(Get(name).launch_scheduler(), "employees/manager");
  world_.trouble = nullptr;
  RunJobs(absl::Minutes(1));
  ExpectLive(name);
  EXPECT_EQ(LaunchesOf(name).size(), 2u);
  EXPECT_EQ(LaunchesOf(name)[1].launcher(), "employees/manager");
}

TEST_F(ScheduleTest, CanBeMovedAndDropped) {
  const std::string name = Ready();
  ASSERT_THAT(Schedule(name, clock_.Now() + absl::Hours(1)), IsOk());
  ASSERT_THAT(Schedule(name, clock_.Now() + absl::Hours(3)), IsOk());
  RunJobs(absl::Hours(2));
  EXPECT_EQ(Get(name).state(), Activity::STATE_READY);
  EXPECT_THAT(Get(name).allowed_verbs(), ElementsAre("scheduleLaunch", "unscheduleLaunch", "launch", "cancel"));
  ASSERT_THAT(Call<Activity>("UnscheduleLaunch", Manager(), Named<v1::UnscheduleLaunchRequest>(name)), IsOk());
  EXPECT_THAT(Get(name).allowed_verbs(), ElementsAre("scheduleLaunch", "launch", "cancel"));
  EXPECT_THAT(Call<Activity>("UnscheduleLaunch", Manager(), Named<v1::UnscheduleLaunchRequest>(name)), HasReason("NOT_SCHEDULED"));
  RunJobs(absl::Hours(2));
  EXPECT_EQ(Get(name).state(), Activity::STATE_READY);
}

TEST_F(ScheduleTest, IsInsideTheSchedule) {
  const std::string name = Ready();
  EXPECT_THAT(Schedule(name, clock_.Now()), HasViolations("launch_time LAUNCH_TIME_OUTSIDE_SCHEDULE"));
  EXPECT_THAT(Schedule(name, clock_.Now() + absl::Hours(24)), HasViolations("launch_time LAUNCH_TIME_OUTSIDE_SCHEDULE"));
}

TEST_F(ScheduleTest, AChangeOfScopeDropsIt) {
  const std::string name = Ready();
  ASSERT_THAT(Schedule(name, clock_.Now() + absl::Hours(1)), IsOk());
  v1::UpdateActivityRequest update;
  update.mutable_activity()->set_name(name);
  update.mutable_activity()->set_budget_amount_minor(600);
  const auto changed = Call<Activity>("UpdateActivity", Specialist(), update);
  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(changed->state(), Activity::STATE_PREPARING);
  RunJobs(absl::Hours(2));
  EXPECT_EQ(Get(name).state(), Activity::STATE_PREPARING);
  EXPECT_THAT(LaunchesOf(name), IsEmpty());
}

TEST_F(ScheduleTest, ALaunchByHandTakesItsPlace) {
  const std::string name = Ready();
  ASSERT_THAT(Schedule(name, clock_.Now() + absl::Hours(1)), IsOk());
  ASSERT_THAT(Launch(name), IsOk());
  RunJobs(absl::Hours(2));
  EXPECT_EQ(LaunchesOf(name).size(), 1u);
}

}  // namespace
}  // namespace heitie::activity
