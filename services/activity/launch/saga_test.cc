#include "services/activity/launch/saga.h"

#include <gtest/gtest.h>

#include <set>

#include "common/test/fixture.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/launch.pb.h"
#include "heitie/activity/v1/launch_gate.pb.h"

namespace heitie::activity {
namespace {

using test::Proto;
using v1::Launch;
using v1::LaunchStep;

const absl::Time kBegin = absl::FromUnixSeconds(1767225600);

v1::Activity Needy() {
  return Proto<v1::Activity>(R"pb(name: "activities/a"
                                  budget: "budgets/b"
                                  budget_amount_minor: 5
                                  bill_of_materials { item: "items/i" quantity: 1 })pb");
}

Launch Begun(const v1::Activity& activity = Needy()) { return NewLaunch(activity, "01", "employees/chen", false, kBegin); }

std::vector<v1::PreconditionVerdict> Verdicts(v1::Precondition precondition, v1::Verdict verdict) {
  v1::PreconditionVerdict one;
  one.set_precondition(precondition);
  one.set_verdict(verdict);
  return {one};
}

// Takes steps until `kind` is next.
Launch At(LaunchStep::Kind kind) {
  Launch launch = Begun();
  while (NextStep(launch) != kind) NoteDone(launch, kBegin);
  return launch;
}

std::vector<LaunchStep::Kind> GiveAllBack(Launch& launch) {
  std::vector<LaunchStep::Kind> order;
  while (launch.state() == Launch::STATE_COMPENSATING) {
    order.push_back(*NextStep(launch));
    NoteGivenBack(launch, kBegin);
  }
  return order;
}

TEST(Saga, TakesEveryStepInOrderAndSucceeds) {
  Launch launch = Begun();
  std::vector<std::string> order;
  while (!IsOver(launch)) {
    order.push_back(StepName(*NextStep(launch)));
    if (NextStep(launch) == LaunchStep::KIND_TAKE_ALLOTMENT) {
      NoteTaken(launch, "reservations/r", "encumbrances/e", kBegin);
    } else {
      NoteDone(launch, kBegin);
    }
  }
  EXPECT_EQ(order, (std::vector<std::string>{"check_gate", "take_allotment", "recheck_gate", "confirm_allotment", "go_live"}));
  EXPECT_EQ(launch.state(), Launch::STATE_SUCCEEDED);
  EXPECT_EQ(TakenAllotment(launch), "allotments/launch-01");
  EXPECT_EQ(TakenReservation(launch), "reservations/r");
  EXPECT_EQ(TakenEncumbrance(launch), "encumbrances/e");
  EXPECT_EQ(time::ToTime(launch.expire_time()), kBegin + kLaunchValidity);
}

TEST(Saga, SkipsWhatTheActivityDoesNotNeed) {
  v1::Activity activity = Needy();
  activity.clear_bill_of_materials();
  activity.set_budget_amount_minor(0);
  Launch launch = Begun(activity);
  std::vector<std::string> order;
  while (!IsOver(launch)) {
    order.push_back(StepName(*NextStep(launch)));
    NoteDone(launch, kBegin);
  }
  EXPECT_EQ(order, (std::vector<std::string>{"check_gate", "recheck_gate", "go_live"}));
  EXPECT_EQ(launch.allotment(), "");
}

TEST(Saga, AWaivedPreconditionIsNotTaken) {
  Launch launch = Begun();
  NoteGate(launch, Needy(), Verdicts(v1::PRECONDITION_MATERIALS, v1::VERDICT_WAIVED), kBegin);
  EXPECT_EQ(NextStep(launch), LaunchStep::KIND_TAKE_ALLOTMENT);
  EXPECT_FALSE(WantedBy(launch, Needy()).materials);
  EXPECT_TRUE(WantedBy(launch, Needy()).money);
  Launch other = Begun();
  NoteGate(other, Needy(), Verdicts(v1::PRECONDITION_BUDGET, v1::VERDICT_WAIVED), kBegin);
  EXPECT_TRUE(WantedBy(other, Needy()).materials);
  EXPECT_FALSE(WantedBy(other, Needy()).money);
  v1::Activity money = Needy();
  money.clear_bill_of_materials();
  Launch nothing = Begun(money);
  NoteGate(nothing, money, Verdicts(v1::PRECONDITION_BUDGET, v1::VERDICT_WAIVED), kBegin);
  EXPECT_EQ(NextStep(nothing), LaunchStep::KIND_RECHECK_GATE) << "nothing is left to be taken";
  EXPECT_EQ(StateOf(nothing, LaunchStep::KIND_CONFIRM_ALLOTMENT), LaunchStep::STATE_SKIPPED);
}

TEST(Saga, AWaiverThatComesAfterTheReservationDoesNotUndoIt) {
  Launch launch = At(LaunchStep::KIND_RECHECK_GATE);
  NoteGate(launch, Needy(), Verdicts(v1::PRECONDITION_MATERIALS, v1::VERDICT_WAIVED), kBegin);
  EXPECT_EQ(StateOf(launch, LaunchStep::KIND_TAKE_ALLOTMENT), LaunchStep::STATE_DONE);
  EXPECT_EQ(TakenAllotment(launch), "allotments/launch-01");
}

// As the version before began it: with goods and money one by one.
Launch BegunOneByOne() {
  return Proto<Launch>(R"pb(
    name: "activities/a/launches/01"
    state: STATE_RUNNING
    reservation: "reservations/launch-01"
    encumbrance: "encumbrances/launch-01"
    steps { kind: KIND_CHECK_GATE state: STATE_PENDING }
    steps { kind: KIND_RESERVE_MATERIALS state: STATE_PENDING }
    steps { kind: KIND_PRE_COMMIT_MONEY state: STATE_PENDING }
    steps { kind: KIND_RECHECK_GATE state: STATE_PENDING }
    steps { kind: KIND_COMMIT_MONEY state: STATE_PENDING }
    steps { kind: KIND_CONFIRM_RESERVATION state: STATE_PENDING }
    steps { kind: KIND_GO_LIVE state: STATE_PENDING })pb");
}

TEST(Saga, WhatWasBegunOneByOneIsFinishedSo) {
  Launch launch = BegunOneByOne();
  NoteGate(launch, Needy(), Verdicts(v1::PRECONDITION_PLAN_APPROVED, v1::VERDICT_MET), kBegin);
  EXPECT_EQ(NextStep(launch), LaunchStep::KIND_RESERVE_MATERIALS);
  while (NextStep(launch) != LaunchStep::KIND_GO_LIVE) NoteDone(launch, kBegin);
  EXPECT_EQ(TakenReservation(launch), "reservations/launch-01");
  EXPECT_EQ(TakenEncumbrance(launch), "encumbrances/launch-01");
  EXPECT_EQ(TakenAllotment(launch), "");
  NoteRefused(launch, Verdicts(v1::PRECONDITION_BUDGET, v1::VERDICT_UNMET), kBegin);
  EXPECT_EQ(GiveAllBack(launch), (std::vector<LaunchStep::Kind>{LaunchStep::KIND_PRE_COMMIT_MONEY, LaunchStep::KIND_RESERVE_MATERIALS}));
  Launch waived = BegunOneByOne();
  NoteGate(waived, Needy(), Verdicts(v1::PRECONDITION_MATERIALS, v1::VERDICT_WAIVED), kBegin);
  EXPECT_EQ(NextStep(waived), LaunchStep::KIND_PRE_COMMIT_MONEY);
}

struct Refusal {
  LaunchStep::Kind kind;
  std::vector<LaunchStep::Kind> refused, uncertain;  // what is given back, in order, when the step is refused or remains without answer
};

TEST(Saga, GivesBackInReverseWhatWasTaken) {
  constexpr auto kTake = LaunchStep::KIND_TAKE_ALLOTMENT;
  const Refusal cases[] = {
      {LaunchStep::KIND_CHECK_GATE, {}, {}},
      {kTake, {}, {kTake}},
      {LaunchStep::KIND_RECHECK_GATE, {kTake}, {kTake}},
      {LaunchStep::KIND_CONFIRM_ALLOTMENT, {kTake}, {kTake}},
      {LaunchStep::KIND_GO_LIVE, {kTake}, {kTake}},
  };
  for (const Refusal& c : cases) {
    Launch refused = At(c.kind);
    NoteRefused(refused, Verdicts(v1::PRECONDITION_BUDGET, v1::VERDICT_UNMET), kBegin);
    EXPECT_EQ(GiveAllBack(refused), c.refused) << StepName(c.kind);
    EXPECT_EQ(refused.state(), Launch::STATE_FAILED);
    EXPECT_EQ(StateOf(refused, c.kind), LaunchStep::STATE_REFUSED);
    EXPECT_EQ(refused.verdicts_size(), 1);
    Launch uncertain = At(c.kind);
    NoteUncertain(uncertain, Verdicts(v1::PRECONDITION_BUDGET, v1::VERDICT_UNMET), kBegin);
    EXPECT_EQ(GiveAllBack(uncertain), c.uncertain) << StepName(c.kind);
    EXPECT_EQ(uncertain.state(), Launch::STATE_FAILED);
    for (const Launch& launch : {refused, uncertain}) {
      EXPECT_EQ(TakenReservation(launch), "");
      EXPECT_EQ(TakenEncumbrance(launch), "");
    }
  }
}

TEST(Saga, AnOverLaunchHasNoNextStep) {
  Launch launch = At(LaunchStep::KIND_GO_LIVE);
  NoteDone(launch, kBegin);
  EXPECT_FALSE(NextStep(launch).has_value());
  EXPECT_TRUE(IsOver(launch));
}

TEST(Saga, RequestIdsAreStableDistinctAndShort) {
  Launch launch = Begun();
  launch.set_name("activities/a/launches/01h455vb4pex5vsknk084sn02q");
  std::set<std::string> ids;
  for (const LaunchStep& step : launch.steps()) {
    for (const bool compensation : {false, true}) {
      const std::string id = RequestIdOf(launch, step.kind(), compensation);
      EXPECT_LE(id.size(), 64u);
      EXPECT_TRUE(ids.insert(id).second) << id;
      EXPECT_EQ(id, RequestIdOf(launch, step.kind(), compensation));
    }
  }
}

// The time that the gate could not be asked is not taken from what is taken after it.
TEST(Saga, WhatIsTakenHasItsFullTime) {
  Launch launch = Begun();
  EXPECT_EQ(time::ToTime(launch.expire_time()), kBegin + kLaunchValidity);
  const absl::Time asked = kBegin + kLaunchValidity - absl::Seconds(1);
  NoteGate(launch, Needy(), Verdicts(v1::PRECONDITION_BUDGET, v1::VERDICT_MET), asked);
  EXPECT_EQ(time::ToTime(launch.expire_time()), asked + kLaunchValidity);
  while (NextStep(launch) != LaunchStep::KIND_RECHECK_GATE) NoteDone(launch, asked);
  NoteGate(launch, Needy(), Verdicts(v1::PRECONDITION_BUDGET, v1::VERDICT_MET), asked + absl::Minutes(1));
  EXPECT_EQ(time::ToTime(launch.expire_time()), asked + kLaunchValidity) << "what it took expires then";
}

}  // namespace
}  // namespace heitie::activity
