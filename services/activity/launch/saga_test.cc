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
    NoteDone(launch, kBegin);
  }
  EXPECT_EQ(order, (std::vector<std::string>{"check_gate", "reserve_materials", "pre_commit_money", "recheck_gate", "commit_money",
                                             "confirm_reservation", "go_live"}));
  EXPECT_EQ(launch.state(), Launch::STATE_SUCCEEDED);
  EXPECT_EQ(TakenReservation(launch), "reservations/launch-01");
  EXPECT_EQ(TakenEncumbrance(launch), "encumbrances/launch-01");
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
  EXPECT_EQ(launch.reservation(), "");
  EXPECT_EQ(launch.encumbrance(), "");
}

TEST(Saga, AWaivedPreconditionIsNotTaken) {
  Launch launch = Begun();
  NoteGate(launch, Verdicts(v1::PRECONDITION_MATERIALS, v1::VERDICT_WAIVED), kBegin);
  EXPECT_EQ(NextStep(launch), LaunchStep::KIND_PRE_COMMIT_MONEY);
  EXPECT_EQ(StateOf(launch, LaunchStep::KIND_CONFIRM_RESERVATION), LaunchStep::STATE_SKIPPED);
  Launch other = Begun();
  NoteGate(other, Verdicts(v1::PRECONDITION_BUDGET, v1::VERDICT_WAIVED), kBegin);
  EXPECT_EQ(StateOf(other, LaunchStep::KIND_PRE_COMMIT_MONEY), LaunchStep::STATE_SKIPPED);
  EXPECT_EQ(StateOf(other, LaunchStep::KIND_COMMIT_MONEY), LaunchStep::STATE_SKIPPED);
  EXPECT_EQ(StateOf(other, LaunchStep::KIND_RESERVE_MATERIALS), LaunchStep::STATE_PENDING);
}

TEST(Saga, AWaiverThatComesAfterTheReservationDoesNotUndoIt) {
  Launch launch = At(LaunchStep::KIND_RECHECK_GATE);
  NoteGate(launch, Verdicts(v1::PRECONDITION_MATERIALS, v1::VERDICT_WAIVED), kBegin);
  EXPECT_EQ(StateOf(launch, LaunchStep::KIND_RESERVE_MATERIALS), LaunchStep::STATE_DONE);
  EXPECT_EQ(TakenReservation(launch), "reservations/launch-01");
}

struct Refusal {
  LaunchStep::Kind kind;
  std::vector<LaunchStep::Kind> refused, uncertain;  // what is given back, in order, when the step is refused or remains without answer
};

TEST(Saga, GivesBackInReverseWhatWasTaken) {
  constexpr auto kReserve = LaunchStep::KIND_RESERVE_MATERIALS;
  constexpr auto kMoney = LaunchStep::KIND_PRE_COMMIT_MONEY;
  const Refusal cases[] = {
      {LaunchStep::KIND_CHECK_GATE, {}, {}},
      {kReserve, {}, {kReserve}},
      {kMoney, {kReserve}, {kMoney, kReserve}},
      {LaunchStep::KIND_RECHECK_GATE, {kMoney, kReserve}, {kMoney, kReserve}},
      {LaunchStep::KIND_COMMIT_MONEY, {kMoney, kReserve}, {kMoney, kReserve}},
      {LaunchStep::KIND_CONFIRM_RESERVATION, {kMoney, kReserve}, {kMoney, kReserve}},
      {LaunchStep::KIND_GO_LIVE, {kMoney, kReserve}, {kMoney, kReserve}},
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
  NoteGate(launch, Verdicts(v1::PRECONDITION_BUDGET, v1::VERDICT_MET), asked);
  EXPECT_EQ(time::ToTime(launch.expire_time()), asked + kLaunchValidity);
  while (NextStep(launch) != LaunchStep::KIND_RECHECK_GATE) NoteDone(launch, asked);
  NoteGate(launch, Verdicts(v1::PRECONDITION_BUDGET, v1::VERDICT_MET), asked + absl::Minutes(1));
  EXPECT_EQ(time::ToTime(launch.expire_time()), asked + kLaunchValidity) << "what it took expires then";
}

}  // namespace
}  // namespace heitie::activity
