// Many clients and the last unit: of stock, of money, of what a launch needs (W2, W7, W8), of seats and places of people (H2, H3). Exactly
// one gets it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <barrier>
#include <functional>
#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "common/status/status.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/personnel/v1/headcount_plan.pb.h"
#include "heitie/personnel/v1/session.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/stock.pb.h"
#include "tests/e2e/hiring.h"
#include "tests/e2e/suite.h"
#include "tests/e2e/world.h"

namespace heitie::e2e {
namespace {

using ::testing::AnyOf;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr int kClients = 64;

// How often each reason came out of `count` calls at once, by both ways in; "" is success.
std::map<std::string, int> AllAtOnce(int count, const std::function<absl::Status(const Team& team, int client)>& call) {
  const Team grpc(Suite::Get().grpc()), http(Suite::Get().http());
  std::vector<absl::Status> outcomes(count);
  std::barrier start(count);
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      outcomes[i] = call(i % 2 == 0 ? grpc : http, i);
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::map<std::string, int> reasons;
  for (const absl::Status& outcome : outcomes) {
    const std::string reason = status::ReasonOf(outcome);
    ++reasons[outcome.ok() ? "" : reason.empty() ? outcome.ToString() : reason];
  }
  return reasons;
}

TEST(Contention, OneOfSixtyFourGetsTheLastUnitOfStock) {
  const Team team(Suite::Get().grpc());
  Conditions conditions;
  conditions.stock = 1;
  const World world(team, "last-unit", conditions);
  const auto reasons = AllAtOnce(kClients, [&](const Team& caller, int client) {
    return caller.specialist.Try(
        "resource.CreateReservation",
        absl::Substitute("reservation { subject: 'activities/a$0' lines { item: '$1' quantity: 1 } expire_time $2 }", client, world.item(),
                         Instant(absl::Now() + absl::Hours(1))));
  });
  EXPECT_THAT(reasons, UnorderedElementsAre(Pair("", 1), Pair("STOCK_SHORT", kClients - 1)));
  const auto stock = team.analyst.Do<resource::v1::Stock>("resource.GetStock", absl::Substitute("name: '$0/stock'", world.item()));
  EXPECT_EQ(stock.reserved(), 1);
  EXPECT_EQ(stock.available(), 0);
  ExpectSoundLedgers(team);
}

TEST(Contention, OneOfSixtyFourGetsTheLastOfTheBudget) {
  const Team team(Suite::Get().grpc());
  Conditions conditions;
  conditions.budget = 1000;
  const World world(team, "last-money", conditions);
  const auto reasons = AllAtOnce(kClients, [&](const Team& caller, int client) {
    return caller.specialist.Try("resource.CreateEncumbrance",
                                 absl::Substitute("encumbrance { budget: '$0' subject: 'activities/a$1' amount_minor: 501 expire_time $2 }",
                                                  world.budget(), client, Instant(absl::Now() + absl::Hours(1))));
  });
  EXPECT_THAT(reasons, UnorderedElementsAre(Pair("", 1), Pair("BUDGET_SHORT", kClients - 1)));
  const auto budget = team.analyst.Do<resource::v1::Budget>("resource.GetBudget", absl::Substitute("name: '$0'", world.budget()));
  EXPECT_EQ(budget.pre_committed_minor(), 501);
  EXPECT_EQ(budget.available_minor(), 499);
  ExpectSoundLedgers(team);
}

TEST(Contention, OneOfManyLaunchesGetsWhatIsThereForOne) {
  constexpr int kLaunches = 8;
  const Team team(Suite::Get().grpc());
  Conditions conditions;
  conditions.stock = 2 * kNeeded - 1;
  const World world(team, "last-launch", conditions);
  std::vector<std::string> names;
  for (int i = 0; i < kLaunches; ++i) names.push_back(world.Ready(absl::StrCat("last-launch-", i)));
  const auto reasons = AllAtOnce(kLaunches, [&](const Team& caller, int client) {
    return caller.manager.Try("activity.LaunchActivity", absl::Substitute("name: '$0' request_id: 'last-$1'", names[client], client));
  });
  EXPECT_THAT(reasons, UnorderedElementsAre(Pair("", 1), Pair("LAUNCH_GATE_CLOSED", kLaunches - 1)));
  int live = 0;
  for (const std::string& name : names) {
    const auto activity = team.analyst.Do<activity::v1::Activity>("activity.GetActivity", absl::Substitute("name: '$0'", name));
    const bool is_live = activity.state() == activity::v1::Activity::STATE_LIVE;
    live += is_live;
    const Holdings held = HoldingsOf(team, name);
    EXPECT_EQ(held.stock, is_live ? kNeeded : 0) << name;
    EXPECT_EQ(held.money, is_live ? kCost : 0) << name;
  }
  EXPECT_EQ(live, 1);
  ExpectSoundLedgers(team);
}

// At each prefix of the ledgers what is reserved is on hand (W7), and no more is taken than was approved (W8).
void ExpectEveryPrefixHolds(const Team& team, const World& world) {
  const auto goods = team.analyst.Do<resource::v1::ListStockEntriesResponse>(
      "resource.ListStockEntries", absl::Substitute("parent: '$0' page_size: 1000 order_by: 'sequence'", world.item()));
  int64_t on_hand = 0, reserved = 0;
  for (const resource::v1::StockEntry& entry : goods.stock_entries()) {
    on_hand += entry.on_hand_delta();
    reserved += entry.reserved_delta();
    EXPECT_TRUE(0 <= reserved && reserved <= on_hand) << entry.ShortDebugString();
  }
  EXPECT_GT(reserved, 0);
  const auto money = team.analyst.Do<resource::v1::ListBudgetEntriesResponse>(
      "resource.ListBudgetEntries", absl::Substitute("parent: '$0' page_size: 1000 order_by: 'sequence'", world.budget()));
  int64_t available = 0;
  for (const resource::v1::BudgetEntry& entry : money.budget_entries()) {
    available += entry.approved_delta_minor() + entry.transferred_delta_minor() - entry.pre_committed_delta_minor() -
                 entry.committed_delta_minor() - entry.actual_delta_minor();
    EXPECT_GE(available, 0) << entry.ShortDebugString();
  }
}

// Two are planned for, three want to be launched, and there is enough for three.
TEST(Contention, LaunchesDrawOnThePlanWhileItIsVoidedAndApproved) {
  constexpr int kLaunches = 3;
  const Team team(Suite::Get().grpc());
  Conditions conditions;
  conditions.stock = kLaunches * kNeeded;
  conditions.budget = kLaunches * kCost;
  conditions.project_approved = false;
  const World world(team, "drawn", conditions);
  const std::string plan = absl::Substitute("name: '$0' ", world.project());
  const auto revise = [&](const Team& caller) {
    caller.manager.Do("planning.ReviseProject", plan + "reason: 'Another way'");
    caller.specialist.Do("planning.SubmitProject", plan);
  };
  team.specialist.Do(
      "planning.UpdateScheme",
      absl::Substitute("scheme { name: '$0' demand { items { item: '$1' quantity: $2 supply: SUPPLY_STOCK } money { code: 'all' "
                       "budget: '$3' amount_minor: $4 } } } update_mask { paths: 'demand' }",
                       world.scheme(), world.item(), 2 * kNeeded, world.budget(), 2 * kCost));
  team.specialist.Do("planning.SubmitProject", plan);
  team.manager.Do("planning.ApproveProject", plan);
  std::vector<std::string> names;
  for (int i = 0; i < kLaunches; ++i) names.push_back(world.Ready(absl::StrCat("drawn-", i)));
  const auto reserved = [&] {
    return team.analyst.Do<resource::v1::Stock>("resource.GetStock", absl::Substitute("name: '$0/stock'", world.item())).reserved();
  };
  const auto promised = [&] {
    const auto budget = team.analyst.Do<resource::v1::Budget>("resource.GetBudget", absl::Substitute("name: '$0'", world.budget()));
    return budget.pre_committed_minor() + budget.committed_minor();
  };
  EXPECT_EQ(reserved(), 2 * kNeeded);
  team.manager.Do("activity.LaunchActivity", absl::Substitute("name: '$0'", names[0]));
  EXPECT_EQ(HoldingsOf(team, names[0]).stock, kNeeded);
  EXPECT_EQ(reserved(), 2 * kNeeded) << "it counts once";
  EXPECT_EQ(promised(), 2 * kCost);

  const auto reasons = AllAtOnce(kLaunches, [&](const Team& caller, int client) {
    if (client > 0) return caller.manager.Try("activity.LaunchActivity", absl::Substitute("name: '$0'", names[client]));
    absl::Status approved;
    for (int i = 0; i < 3; ++i) {
      revise(caller);
      // What the plan held before is given back within a moment; where all have been launched there is never enough for it again.
      Eventually(
          [&] {
            approved = caller.manager.Try("planning.ApproveProject", plan);
            return status::ReasonOf(approved) != "DEMAND_SHORT";
          },
          absl::Seconds(3));
      if (!approved.ok()) break;
    }
    return approved;
  });
  for (const auto& [reason, count] : reasons) {
    EXPECT_THAT(reason, AnyOf("", "LAUNCH_GATE_CLOSED", "DEMAND_SHORT")) << count;
  }
  ExpectEveryPrefixHolds(team, world);
  int64_t live = 0;
  for (const std::string& name : names) {
    const Holdings held = HoldingsOf(team, name);
    EXPECT_TRUE(held.stock == 0 || held.stock == kNeeded) << name;
    EXPECT_EQ(held.money, held.stock / kNeeded * kCost) << name;
    live += held.stock / kNeeded;
  }
  EXPECT_GE(live, 1);
  // What nobody has drawn goes back, and nothing else.
  const auto now = team.analyst.Do<planning::v1::Project>("planning.GetProject", plan);
  if (now.state() == planning::v1::Project::STATE_APPROVED) revise(team);
  EXPECT_TRUE(Eventually([&] { return reserved() == live * kNeeded && promised() == live * kCost; })) << reserved() << ", " << promised();
  ExpectEveryPrefixHolds(team, world);
  ExpectSoundLedgers(team);
}

TEST(Contention, OneOfSixtyFourGetsTheLastSeatOfARequisition) {
  const Team team(Suite::Get().grpc());
  const Hiring hiring(team, Once(), "last-seat", 2, 1000);
  const auto requisition = hiring.Request(2, 100);
  ASSERT_TRUE(requisition.ok()) << requisition.status();
  ASSERT_TRUE(hiring.Approve(requisition->name()).ok());
  std::vector<std::string> offers(kClients);
  const auto made = AllAtOnce(kClients, [&](const Team&, int client) {
    const auto application = hiring.Apply(requisition->name(), absl::StrCat("last-seat-", client));
    if (!application.ok()) return application.status();
    const auto offer = hiring.Offer(*application, Date(Today() + 1));
    if (offer.ok()) offers[client] = offer->name();
    return offer.status();
  });
  ASSERT_THAT(made, UnorderedElementsAre(Pair("", kClients)));
  ASSERT_TRUE(hiring.Extend(offers[0]).ok());
  ASSERT_TRUE(hiring.Accept(offers[0]).ok());
  const auto reasons = AllAtOnce(kClients - 1, [&](const Team& caller, int client) {
    return caller.specialist.Try("personnel.ExtendOffer", absl::Substitute("name: '$0'", offers[client + 1]));
  });
  EXPECT_THAT(reasons, UnorderedElementsAre(Pair("", 1), Pair("SEATS_TAKEN", kClients - 2)));
  const auto after =
      team.specialist.Do<personnel::v1::Requisition>("personnel.GetRequisition", absl::Substitute("name: '$0'", requisition->name()));
  EXPECT_EQ(after.extended_seats(), 1);
  EXPECT_EQ(after.accepted_seats(), 1);
  ExpectSoundLedgers(team);
}

TEST(Contention, OneOfSixtyFourGetsTheLastPlaceOfTheHeadcountPlan) {
  const Team team(Suite::Get().grpc());
  const Hiring hiring(team, Once(), "last-place", 1, 1000000);
  std::vector<std::string> wanted;
  for (int i = 0; i < kClients; ++i) wanted.push_back(hiring.Request(1, 100)->name());
  const auto reasons = AllAtOnce(kClients, [&](const Team& caller, int client) {
    return caller.manager.Try("personnel.ApproveRequisition",
                              absl::Substitute("name: '$0' request_id: 'place-$1'", wanted[client], client));
  });
  EXPECT_THAT(reasons, UnorderedElementsAre(Pair("", 1), Pair("HEADCOUNT_SHORT", kClients - 1)));
  const auto headcount = team.manager.Do<personnel::v1::ComputeHeadcountResponse>(
      "personnel.ComputeHeadcount", absl::Substitute("name: '$0' department: 'operations'", hiring.position()));
  EXPECT_EQ(headcount.in_progress(), 1);
  const auto budget = team.analyst.Do<resource::v1::Budget>("resource.GetBudget", absl::Substitute("name: '$0'", hiring.budget()));
  EXPECT_EQ(budget.pre_committed_minor(), 100) << "whoever found no place has set no money aside";
  ExpectSoundLedgers(team);
}

TEST(Contention, OneOfSixtyFourGetsTheLastSeatOfASession) {
  const Team team(Suite::Get().grpc());
  team.manager.Do("personnel.CreateCourse", "course_id: 'last-chair' course { title: 'Voice' description: 'Loud' validity_months: 12 }");
  team.manager.Do("personnel.CreatePosition", "position_id: 'last-chair' position { title: 'Host' responsibilities: 'Hosts.' }");
  team.specialist.Do(
      "personnel.CreateSession",
      absl::Substitute("parent: 'courses/last-chair' session_id: 'one' session { date $0 trainer: 'Ho' capacity: 1 }", Date(Today() + 1)));
  for (int i = 0; i < kClients; ++i) {
    team.manager.Do("personnel.CreateEmployee",
                    absl::Substitute("employee_id: 'chair-$0' employee { display_name: 'x' position: 'positions/last-chair' department: "
                                     "'operations' hire_date $1 }",
                                     i, Date(Today() - 9)));
  }
  const auto reasons = AllAtOnce(kClients, [&](const Team& caller, int client) {
    return caller.specialist.Try("personnel.EnrollEmployee",
                                 absl::Substitute("name: 'courses/last-chair/sessions/one' employee: 'employees/chair-$0'", client));
  });
  EXPECT_THAT(reasons, UnorderedElementsAre(Pair("", 1), Pair("SESSION_FULL", kClients - 1)));
  const auto session = team.analyst.Do<personnel::v1::Session>("personnel.GetSession", "name: 'courses/last-chair/sessions/one'");
  EXPECT_EQ(session.enrolled_count(), 1);
}

}  // namespace
}  // namespace heitie::e2e
