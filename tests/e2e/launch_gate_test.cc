// The launch gate refuses for each of its preconditions, alone and with its reason (A1, A2, W1).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "common/test/fixture.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/launch_gate.pb.h"
#include "tests/e2e/suite.h"
#include "tests/e2e/world.h"

namespace heitie::e2e {
namespace {

using activity::v1::Activity;
using activity::v1::EvaluateLaunchGateResponse;
using test::HasReason;
using test::HasViolations;
using ::testing::ElementsAre;
using ::testing::EndsWith;

struct Case {
  const char* name;
  const char* precondition;
  const char* reason;
  Conditions conditions = {};
  // Makes the activity; READY when null.
  std::function<std::string(const World&, const std::string& id)> make = nullptr;
};

std::string Named(const std::string& name) { return absl::StrCat("name: '", name, "'"); }

EvaluateLaunchGateResponse Gate(const Team& team, const std::string& activity) {
  return team.analyst.Do<EvaluateLaunchGateResponse>("activity.EvaluateLaunchGate", Named(activity));
}

// What closes the gate, as "PRECONDITION: REASON".
std::vector<std::string> Closing(const EvaluateLaunchGateResponse& gate) {
  std::vector<std::string> closing;
  for (const auto& verdict : gate.verdicts()) {
    if (verdict.verdict() == activity::v1::VERDICT_MET || verdict.verdict() == activity::v1::VERDICT_WAIVED) continue;
    closing.push_back(absl::StrCat(activity::v1::Precondition_Name(verdict.precondition()), ": ", verdict.reason()));
  }
  return closing;
}

void ExpectNothingHeld(const Team& team, const std::string& activity) {
  const Holdings held = HoldingsOf(team, activity);
  EXPECT_EQ(held.reservations + held.encumbrances, 0);
}

std::vector<Case> Cases() {
  std::vector<Case> cases = {
      {"PlanNotApproved", "PRECONDITION_PLAN_APPROVED", "PLAN_NOT_APPROVED"},
      {"TooEarly", "PRECONDITION_SCHEDULE", "SCHEDULE_NOT_BEGUN"},
      {"TooLate", "PRECONDITION_SCHEDULE", "SCHEDULE_OVER"},
      {"BudgetNotApproved", "PRECONDITION_BUDGET", "BUDGET_NOT_APPROVED"},
      {"BudgetShort", "PRECONDITION_BUDGET", "BUDGET_SHORT"},
      {"StockShort", "PRECONDITION_MATERIALS", "STOCK_SHORT"},
      {"StaffNotQualified", "PRECONDITION_STAFF_QUALIFIED", "STAFF_NOT_QUALIFIED"},
      {"HighRiskOpen", "PRECONDITION_RISKS_SETTLED", "RISKS_OPEN"},
  };
  cases[0].conditions.project_approved = false;
  cases[1].conditions.start = absl::Hours(1);
  cases[2].conditions.start = -absl::Hours(2);
  cases[2].conditions.end = -absl::Hours(1);
  cases[3].conditions.budget_approved = false;
  cases[4].conditions.budget = kCost - 1;
  cases[5].conditions.stock = kNeeded - 1;
  cases[6].conditions.certified = false;
  cases[7].make = [](const World& world, const std::string& id) {
    const std::string name = world.Ready(id);
    world.OpenHighRisk(name);
    return name;
  };
  return cases;
}

std::string IdOf(const Case& c) {
  std::string id = "gate";
  for (const char* letter = c.name; *letter != 0; ++letter) {
    if (absl::ascii_isupper(*letter)) id.push_back('-');
    id.push_back(absl::ascii_tolower(*letter));
  }
  return id;
}

TEST(LaunchGate, RefusesForEachPreconditionAlone) {
  const Team team(Suite::Get().grpc());
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.name);
    const World world(team, IdOf(c), c.conditions);
    const std::string name = c.make ? c.make(world, IdOf(c)) : world.Ready(IdOf(c));
    const auto gate = Gate(team, name);
    EXPECT_FALSE(gate.open());
    EXPECT_THAT(Closing(gate), ElementsAre(absl::StrCat(c.precondition, ": ", c.reason)));
    for (const auto& verdict : gate.verdicts()) {
      EXPECT_FALSE(verdict.facts().empty()) << verdict.DebugString();
    }

    const absl::Status refused = team.manager.Try("activity.LaunchActivity", Named(name));
    EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
    EXPECT_THAT(refused, HasReason("LAUNCH_GATE_CLOSED"));
    EXPECT_THAT(refused, HasViolations(EndsWith(absl::StrCat(" ", c.reason))));
    ExpectNothingHeld(team, name);

    world.Waive(name, c.precondition, absl::Now() + absl::Hours(1));
    EXPECT_TRUE(Gate(team, name).open()) << "waived";
  }
}

// READY by a waiver that has opened the gate; when the waiver expires. A machine on which two seconds are too short gets more.
absl::Time MarkReadyByWaiver(const Team& team, const World& world, const std::string& name, const std::string& precondition) {
  for (absl::Duration lasting = absl::Seconds(2);; lasting *= 2) {
    const absl::Time expiry = absl::Now() + lasting;
    world.Waive(name, precondition, expiry);
    const bool open = Gate(team, name).open();
    const absl::Status ready = team.specialist.Try("activity.MarkActivityReady", Named(name));
    if (open && ready.ok()) return expiry;
    if (absl::Now() < expiry) throw std::runtime_error(absl::StrCat("waived, but gate open: ", open, ", ready: ", ready.ToString()));
  }
}

// An unprepared activity is not even READY, except by a waiver; when that has expired, the launch is refused for what was waived.
TEST(LaunchGate, RefusesOpenPreparationAndExpiredWaivers) {
  const Team team(Suite::Get().grpc());
  const World world(team, "unprepared");
  const auto refuses = [&](const std::string& id, const std::string& precondition, const std::string& reason,
                           const std::function<void(const std::string&)>& do_the_rest) {
    SCOPED_TRACE(id);
    const std::string name = world.Preparing(id);
    do_the_rest(name);
    EXPECT_THAT(Closing(Gate(team, name)), ElementsAre(absl::StrCat(precondition, ": ", reason)));
    const absl::Status unprepared = team.specialist.Try("activity.MarkActivityReady", Named(name));
    EXPECT_THAT(unprepared, HasReason("NOT_PREPARED"));
    EXPECT_THAT(unprepared, HasViolations(EndsWith(absl::StrCat(" ", reason))));

    absl::SleepFor(MarkReadyByWaiver(team, world, name, precondition) - absl::Now());
    const absl::Status refused = team.manager.Try("activity.LaunchActivity", Named(name));
    EXPECT_THAT(refused, HasReason("LAUNCH_GATE_CLOSED"));
    EXPECT_THAT(refused, HasViolations(EndsWith(absl::StrCat(" ", reason))));
    ExpectNothingHeld(team, name);
  };
  refuses("poster-open", "PRECONDITION_PREPARATION_COMPLETE", "PREPARATION_OPEN", [&](const std::string& a) { world.AcceptSupport(a); });
  refuses("support-open", "PRECONDITION_SUPPORT_ACCEPTED", "SUPPORT_NOT_ACCEPTED",
          [&](const std::string& a) { world.CompletePreparation(a); });
}

TEST(LaunchGate, WaivedPreconditionsLetTheLaunchPassUntilTheyAreRevoked) {
  const Team team(Suite::Get().http());
  const World world(team, "waived");
  const std::string launched = world.Ready("waived-a"), refused = world.Ready("waived-b");
  for (const std::string& name : {launched, refused}) {
    world.OpenHighRisk(name);
    EXPECT_THAT(team.manager.Try("activity.LaunchActivity", Named(name)), HasReason("LAUNCH_GATE_CLOSED"));
  }
  world.Waive(launched, "PRECONDITION_RISKS_SETTLED", absl::Now() + absl::Hours(1));
  EXPECT_EQ(team.manager.Do<Activity>("activity.LaunchActivity", Named(launched)).state(), Activity::STATE_LIVE);
  const std::string waiver = world.Waive(refused, "PRECONDITION_RISKS_SETTLED", absl::Now() + absl::Hours(1));
  team.manager.Do("activity.RevokeWaiver", Named(waiver));
  EXPECT_THAT(team.manager.Try("activity.LaunchActivity", Named(refused)), HasViolations(EndsWith(" RISKS_OPEN")));
  EXPECT_TRUE(absl::IsInvalidArgument(
      team.manager.Try("activity.CreateWaiver", absl::Substitute("parent: '$0' waiver { precondition: PRECONDITION_BUDGET reason: 'Late' "
                                                                 "expire_time $1 }",
                                                                 refused, Instant(absl::Now() - absl::Seconds(1))))));
}

}  // namespace
}  // namespace heitie::e2e
