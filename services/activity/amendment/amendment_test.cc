#include "services/activity/amendment/amendment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "services/activity/preparation/activity_fixture.h"

namespace heitie::activity {
namespace {

using resource::v1::Allotment;
using test::HasReason;
using test::HasViolations;
using test::IsOk;
using test::Proto;
using test::Violations;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using v1::Activity;
using v1::Amendment;

TEST(AmendmentRules, BothHoldTheGreaterOfEachUntilTheLaterDay) {
  const auto before = Proto<Allotment>(R"pb(
    materials {
      item: "items/a"
      quantity: 5
      need_date { year: 2026 month: 1 day: 9 }
    }
    materials {
      item: "items/b"
      quantity: 5
      need_date { year: 2026 month: 1 day: 9 }
    }
    money { code: "activity" budget: "budgets/b" amount_minor: 5 })pb");
  const auto after = Proto<Allotment>(R"pb(
    materials {
      item: "items/a"
      quantity: 7
      need_date { year: 2026 month: 1 day: 8 }
    }
    materials {
      item: "items/c"
      quantity: 1
      need_date { year: 2026 month: 1 day: 8 }
    }
    money { code: "activity" budget: "budgets/b" amount_minor: 3 })pb");
  const Allotment both = Both(before, after);
  EXPECT_THAT(both, test::EqualsProto(R"pb(
                materials {
                  item: "items/a"
                  quantity: 7
                  need_date { year: 2026 month: 1 day: 9 }
                }
                materials {
                  item: "items/c"
                  quantity: 1
                  need_date { year: 2026 month: 1 day: 8 }
                }
                materials {
                  item: "items/b"
                  quantity: 5
                  need_date { year: 2026 month: 1 day: 9 }
                }
                money { code: "activity" budget: "budgets/b" amount_minor: 5 })pb"));
  EXPECT_TRUE(GivesBack(both, after));
  EXPECT_FALSE(GivesBack(Both(Allotment(), after), after));
}

struct DeathOfSaga {};

class AmendmentTest : public ActivityTest {
 protected:
  v1::ActivityScope ScopeNow(const std::string& activity) { return CurrentScope(Get(activity)); }
  absl::StatusOr<Amendment> Propose(const std::string& activity, const v1::ActivityScope& scope, const std::string& id = "more") {
    v1::CreateAmendmentRequest request;
    request.set_parent(activity);
    request.set_amendment_id(id);
    request.mutable_amendment()->set_reason("More come than we thought");
    *request.mutable_amendment()->mutable_scope() = scope;
    return Call<Amendment>("CreateAmendment", Specialist(), request);
  }
  // 15 gifts and 800 in place of 10 and 500.
  v1::ActivityScope More(const std::string& activity) {
    v1::ActivityScope scope = ScopeNow(activity);
    scope.mutable_bill_of_materials(0)->set_quantity(15);
    scope.set_budget_amount_minor(800);
    return scope;
  }
  absl::StatusOr<Amendment> Approve(const std::string& activity, const std::string& id = "more", const std::string& request_id = "") {
    return Call<Amendment>("ApproveAmendment", Manager(), Named<v1::ApproveAmendmentRequest>(activity + "/amendments/" + id, request_id));
  }
  Amendment AmendmentOf(const std::string& activity, const std::string& id = "more") {
    v1::GetAmendmentRequest request;
    request.set_name(absl::StrCat(activity, "/amendments/", id));
    const auto found = Call<Amendment>("GetAmendment", Analyst(), request);
    EXPECT_THAT(found, IsOk());
    return *found;
  }
  void ExpectScope(const std::string& activity, int64_t gifts, int64_t money) {
    const Activity now = Get(activity);
    EXPECT_EQ(now.bill_of_materials(0).quantity(), gifts);
    EXPECT_EQ(now.budget_amount_minor(), money);
    EXPECT_EQ(now.amendment(), "");
    EXPECT_EQ(world_.HeldStock(), gifts);
    EXPECT_EQ(world_.HeldMoney(), money);
    EXPECT_EQ(world_.stock, 100 - gifts);
    EXPECT_EQ(world_.budget.available_minor(), 100000 - money);
  }
};

TEST_F(AmendmentTest, TakesTheDifferenceAndTheNewScopeHolds) {
  const std::string name = Live();
  ASSERT_THAT(Propose(name, More(name)), IsOk());
  ExpectScope(name, 10, 500);
  world_.calls.clear();
  const auto applied = Approve(name);
  ASSERT_THAT(applied, IsOk());
  EXPECT_EQ(applied->state(), Amendment::STATE_APPLIED);
  EXPECT_EQ(applied->approver(), "employees/manager");
  ExpectScope(name, 15, 800);
  EXPECT_EQ(Get(name).state(), Activity::STATE_LIVE);
  EXPECT_THAT(world_.calls, ElementsAre("UpdateAllotment")) << "there is nothing to give back";
  EXPECT_EQ(world_.encumbrances.at(Get(name).encumbrance()).committed_minor(), 800);
  // Twice changes nothing.
  EXPECT_THAT(Approve(name), HasReason("ILLEGAL_TRANSITION"));
  RunJobs();
  ExpectScope(name, 15, 800);
  // And everything goes back at the end.
  ASSERT_THAT(Call<Activity>("EndActivity", Manager(), Named<v1::EndActivityRequest>(name)), IsOk());
  EXPECT_EQ(world_.stock, 100);
  EXPECT_EQ(world_.budget.available_minor(), 100000);
}

TEST_F(AmendmentTest, WhatIsNeededLessIsFree) {
  const std::string name = Live();
  v1::ActivityScope scope = ScopeNow(name);
  scope.mutable_bill_of_materials(0)->set_quantity(4);
  scope.set_budget_amount_minor(700);
  ASSERT_THAT(Propose(name, scope), IsOk());
  ASSERT_THAT(Approve(name), IsOk());
  ExpectScope(name, 4, 700);
}

TEST_F(AmendmentTest, NothingLessThanWhatIsUsed) {
  const std::string name = Live();
  world_.reservations.at(Get(name).reservation()).mutable_lines(0)->set_issued_quantity(6);
  auto& taken = world_.encumbrances.at(Get(name).encumbrance());
  taken.set_committed_minor(100);
  taken.set_actual_minor(400);
  v1::ActivityScope scope = ScopeNow(name);
  scope.mutable_bill_of_materials(0)->set_quantity(5);
  scope.set_budget_amount_minor(399);
  ASSERT_THAT(Propose(name, scope), IsOk());
  EXPECT_THAT(Violations(Approve(name).status()),
              UnorderedElementsAre("PRECONDITION_MATERIALS AMENDED_BELOW_USE", "PRECONDITION_BUDGET AMENDED_BELOW_USE"));
  EXPECT_EQ(Get(name).bill_of_materials(0).quantity(), 10);
}

TEST_F(AmendmentTest, WhatNeedsNothingAnyMoreHoldsNothing) {
  const std::string name = Live();
  v1::ActivityScope scope = ScopeNow(name);
  scope.clear_bill_of_materials();
  scope.set_budget_amount_minor(0);
  ASSERT_THAT(Propose(name, scope), IsOk());
  ASSERT_THAT(Approve(name), IsOk());
  EXPECT_EQ(world_.HeldStock(), 0);
  EXPECT_EQ(world_.HeldMoney(), 0);
}

TEST_F(AmendmentTest, AnotherPersonApproves) {
  const std::string name = Live();
  v1::CreateAmendmentRequest request;
  request.set_parent(name);
  request.set_amendment_id("more");
  request.mutable_amendment()->set_reason("More");
  *request.mutable_amendment()->mutable_scope() = More(name);
  ASSERT_THAT(Call<Amendment>("CreateAmendment", Manager(), request), IsOk());
  EXPECT_THAT(Approve(name), HasReason("OWN_AMENDMENT"));
  ExpectScope(name, 10, 500);
}

TEST_F(AmendmentTest, EveryShortageIsNamedAndTheOldScopeHolds) {
  const std::string name = Live();
  ASSERT_THAT(Propose(name, More(name)), IsOk());
  world_.stock = 4;
  world_.budget.set_available_minor(299);
  const auto refused = Approve(name, "more", "r");
  EXPECT_THAT(refused, HasReason("AMENDMENT_REFUSED"));
  EXPECT_THAT(Violations(refused.status()),
              UnorderedElementsAre("PRECONDITION_MATERIALS FACTS_REFUSED", "PRECONDITION_BUDGET FACTS_REFUSED"));
  EXPECT_EQ(AmendmentOf(name).state(), Amendment::STATE_PROPOSED);
  world_.stock = 90;
  world_.budget.set_available_minor(99500);
  ExpectScope(name, 10, 500);
  EXPECT_THAT(Approve(name, "more", "r"), HasReason("AMENDMENT_REFUSED")) << "the same request learns the outcome";
  EXPECT_THAT(Approve(name), IsOk());
  ExpectScope(name, 15, 800);
}

TEST_F(AmendmentTest, TheGateIsJudgedForTheAmendedActivity) {
  const std::string name = Live();
  v1::ActivityScope scope = ScopeNow(name);
  auto& wu = *scope.add_staff();
  wu.set_employee("employees/wu");
  wu.set_role("cashier");
  world_.unqualified = {"employees/wu"};
  ASSERT_THAT(Propose(name, scope), IsOk());
  EXPECT_THAT(Approve(name), HasViolations("PRECONDITION_STAFF_QUALIFIED STAFF_NOT_QUALIFIED"));
  EXPECT_EQ(Get(name).staff_size(), 1);
  world_.unqualified.clear();
  ASSERT_THAT(Approve(name), IsOk());
  EXPECT_EQ(Get(name).staff_size(), 2);
}

TEST_F(AmendmentTest, WhatIsProposedMakesSense) {
  const std::string name = Live();
  EXPECT_THAT(Propose(name, ScopeNow(name)), HasReason("NOTHING_AMENDED"));
  v1::ActivityScope bad = ScopeNow(name);
  *bad.mutable_end_time() = bad.start_time();
  bad.set_budget("budgets/other");
  *bad.add_bill_of_materials() = bad.bill_of_materials(0);
  EXPECT_THAT(Propose(name, bad),
              HasViolations("amendment.scope.end_time START_NOT_BEFORE_END", "amendment.scope.end_time END_PASSED",
                            "amendment.scope.budget BUDGET_FIXED", "amendment.scope.bill_of_materials[1].item VALUE_TWICE"));
  const std::string ready = Ready("ready");
  EXPECT_THAT(Propose(ready, More(ready)), HasReason("NOT_RUNNING"));
}

TEST_F(AmendmentTest, OneThatWasOvertakenIsProposedAnew) {
  const std::string name = Live();
  ASSERT_THAT(Propose(name, More(name), "one"), IsOk());
  ASSERT_THAT(Propose(name, More(name), "two"), IsOk());
  ASSERT_THAT(Approve(name, "one"), IsOk());
  EXPECT_THAT(Approve(name, "two"), HasReason("SCOPE_CHANGED"));
  auto withdraw = Named<v1::WithdrawAmendmentRequest>(name + "/amendments/two");
  withdraw.set_reason("Overtaken");
  EXPECT_THAT(Call<Amendment>("WithdrawAmendment", Specialist(), withdraw), IsOk());
  ExpectScope(name, 15, 800);
}

// W2: the process dies at every call of another service, before or after it has acted.
TEST_F(AmendmentTest, SurvivesDeathAtEveryStep) {
  const std::string name = Live();
  int n = 0;
  for (const char* step : {"GetProject", "UpdateAllotment"}) {
    for (const auto moment : {FakeWorld::Moment::kBefore, FakeWorld::Moment::kAfter}) {
      // More goods and less money, and the other way round.
      const int64_t gifts = n % 2 == 0 ? 15 : 10, money = n % 2 == 0 ? 300 : 500;
      const std::string id = absl::StrCat("d", n++);
      v1::ActivityScope scope = ScopeNow(name);
      scope.mutable_bill_of_materials(0)->set_quantity(gifts);
      scope.set_budget_amount_minor(money);
      ASSERT_THAT(Propose(name, scope, id), IsOk());
      int deaths = 0;
      world_.trouble = [&](const std::string& method, FakeWorld::Moment at) -> absl::Status {
        // At the first and, in another process, at the second call.
        if (method == step && at == moment && ++deaths <= 2) throw DeathOfSaga();
        return absl::OkStatus();
      };
      EXPECT_THROW(Approve(name, id, id).IgnoreError(), DeathOfSaga) << step;
      EXPECT_THAT(Approve(name, id), HasReason("ILLEGAL_TRANSITION"));
      EXPECT_THROW(Approve(name, id, id).IgnoreError(), DeathOfSaga) << step;
      world_.trouble = nullptr;
      RunJobs();
      ExpectScope(name, gifts, money);
      EXPECT_EQ(AmendmentOf(name, id).state(), Amendment::STATE_APPLIED);
      EXPECT_THAT(Approve(name, id, id), IsOk()) << "the same request learns the outcome";
    }
  }
}

TEST_F(AmendmentTest, AnActivityThatEndsMeanwhileKeepsNothing) {
  const std::string name = Live();
  ASSERT_THAT(Propose(name, More(name)), IsOk());
  world_.trouble = [&](const std::string& method, FakeWorld::Moment at) {
    if (method == "UpdateAllotment" && at == FakeWorld::Moment::kAfter && Get(name).state() == Activity::STATE_LIVE) {
      EXPECT_THAT(Call<Activity>("EndActivity", Manager(), Named<v1::EndActivityRequest>(name)), IsOk());
    }
    return absl::OkStatus();
  };
  EXPECT_THAT(Approve(name), HasReason("AMENDMENT_REFUSED"));
  EXPECT_EQ(AmendmentOf(name).state(), Amendment::STATE_PROPOSED);
  EXPECT_EQ(world_.HeldStock(), 0);
  EXPECT_EQ(world_.HeldMoney(), 0);
  EXPECT_EQ(Get(name).amendment(), "");
  EXPECT_THAT(Approve(name), HasReason("NOT_RUNNING"));
}

TEST_F(AmendmentTest, ALongOutageIsGivenUp) {
  const std::string name = Live();
  ASSERT_THAT(Propose(name, More(name)), IsOk());
  world_.trouble = [](const std::string& method, FakeWorld::Moment at) {
    return method == "UpdateAllotment" && at == FakeWorld::Moment::kAfter ? absl::UnavailableError("lost") : absl::OkStatus();
  };
  EXPECT_THAT(Approve(name), HasReason("AMENDMENT_CONTINUES"));
  EXPECT_NE(Get(name).amendment(), "");
  RunJobs(kLaunchValidity);
  EXPECT_EQ(AmendmentOf(name).state(), Amendment::STATE_GIVING_BACK) << "giving back is repeated until it succeeds";
  world_.trouble = nullptr;
  RunJobs(absl::Minutes(2));
  EXPECT_EQ(AmendmentOf(name).state(), Amendment::STATE_PROPOSED);
  EXPECT_EQ(AmendmentOf(name).verdicts(0).reason(), "AMENDMENT_GIVEN_UP");
  ExpectScope(name, 10, 500);
}

TEST_F(AmendmentTest, OfManyAtOnceOneIsCarriedOut) {
  const std::string name = Live();
  for (int i = 0; i < 6; ++i) ASSERT_THAT(Propose(name, More(name), absl::StrCat("a", i)), IsOk());
  std::atomic<int> applied{0};
  std::vector<std::thread> approvers;
  for (int i = 0; i < 6; ++i) {
    approvers.emplace_back([&, i] {
      const auto outcome = Approve(name, absl::StrCat("a", i));
      if (outcome.ok()) {
        ++applied;
      } else {
        EXPECT_THAT(status::ReasonOf(outcome.status()), ::testing::AnyOf("AMENDMENT_IN_PROGRESS", "SCOPE_CHANGED"));
      }
    });
  }
  for (std::thread& approver : approvers) approver.join();
  EXPECT_EQ(applied, 1);
  ExpectScope(name, 15, 800);
}

}  // namespace
}  // namespace heitie::activity
