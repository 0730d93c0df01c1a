// Budgets below others: what one may be below, what is booked at each level, transfers, revisions, holds, alerts.
#include <algorithm>

#include "google/protobuf/empty.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "services/resource/budgeting/budgeting_testing.h"

namespace heitie::resource {
namespace {

using test::HasViolations;
using test::Violations;
using ::testing::ElementsAre;

class BudgetTreeTest : public BudgetingTest {
 protected:
  // How often an event of a budget has an action.
  int64_t Events(const std::string& budget, const std::string& action) {
    type::v1::ListEventsRequest request;
    request.set_subject(budget);
    request.set_page_size(1000);
    const auto page = Call<type::v1::ListEventsResponse>("ListEvents", Manager(), request);
    EXPECT_THAT(page, IsOk());
    return std::count_if(page->events().begin(), page->events().end(), [&](const auto& event) { return event.action() == action; });
  }
};

TEST_F(BudgetTreeTest, EveryLevelBearsWhatIsBookedBelow) {
  HaveTree();
  EXPECT_EQ(BudgetOf("budgets/top").child_count(), 2);
  EXPECT_THAT(BudgetOf("budgets/leaf").ancestors(), ElementsAre("budgets/middle", "budgets/top"));
  ASSERT_THAT(PreCommit("e1", "budgets/leaf", 300), IsOk());
  ASSERT_THAT(Commit("encumbrances/e1", 200), IsOk());
  ASSERT_THAT(RecordActual("encumbrances/e1", 150), IsOk());
  for (const char* id : {"leaf", "middle", "top"}) {
    const v1::Budget budget = BudgetOf(std::string("budgets/") + id);
    EXPECT_EQ(budget.pre_committed_minor(), 100);
    EXPECT_EQ(budget.committed_minor(), 50);
    EXPECT_EQ(budget.actual_minor(), 150);
  }
  EXPECT_EQ(Available("side"), 500);
  ASSERT_THAT(ReleaseEncumbrance("encumbrances/e1"), IsOk());
  EXPECT_EQ(Available("top"), 850);
  ExpectSound();
}

// Children may add up to more than the parent: leaf 400 and side 500 of 1000, with 600 between.
TEST_F(BudgetTreeTest, ARefusalNamesEachShortLevelAndWritesNothing) {
  HaveTree();
  ASSERT_THAT(PreCommit("e1", "budgets/side", 500), IsOk());
  ASSERT_THAT(PreCommit("e2", "budgets/middle", 250), IsOk());
  // leaf 400, middle 350, top 250 are left.
  const auto refused = PreCommit("e3", "budgets/leaf", 360);
  EXPECT_THAT(refused, HasReason("BUDGET_SHORT"));
  EXPECT_THAT(Violations(refused.status()), ElementsAre("budgets/middle BUDGET_SHORT", "budgets/top BUDGET_SHORT"));
  EXPECT_THAT(refused.status().message(), HasSubstr("budgets/middle: TWD 3.50 is available, TWD 3.60 is needed."));
  EXPECT_THAT(Violations(PreCommit("e3", "budgets/leaf", 251).status()), ElementsAre("budgets/top BUDGET_SHORT"));
  EXPECT_EQ(Available("leaf"), 400);
  EXPECT_THAT(EncumbranceOf("encumbrances/e3"), HasReason("NOT_FOUND"));
  EXPECT_THAT(PreCommit("e3", "budgets/leaf", 250), IsOk());
  ExpectSound();
}

// domain.md's case, at the bottom of a tree.
TEST_F(BudgetTreeTest, TheGoldenCaseHoldsAtEachLevel) {
  HaveBudgetOf("top", 1000, {});
  HaveBudgetOf("leaf", 1000, {.parent = "budgets/top"});
  const auto available = [&](int64_t expected) {
    EXPECT_EQ(Available("leaf"), expected);
    EXPECT_EQ(Available("top"), expected);
  };
  available(1000);
  ASSERT_THAT(PreCommit("request", "budgets/leaf", 300), IsOk());
  available(700);
  const auto ordered = Commit("encumbrances/request", 200);
  ASSERT_THAT(ordered, IsOk());
  EXPECT_EQ(ordered->pre_committed_minor(), 100);
  available(700);
  ASSERT_THAT(RecordActual("encumbrances/request", 200), IsOk());
  ASSERT_THAT(PreCommit("another", "budgets/leaf", 50), IsOk());
  available(650);
  ExpectSound();
}

TEST_F(BudgetTreeTest, ABudgetGoesBelowAnApprovedOneOfItsPeriodAndCurrency) {
  HaveBudgetOf("top", 1000, {});
  EXPECT_THAT(DraftOf("a", 1, {.parent = "budgets/none"}), HasViolations("budget.parent_budget UNKNOWN_BUDGET"));
  EXPECT_THAT(DraftOf("a", 1, {.parent = "budgets/top", .end = absl::CivilDay(2026, 3, 30)}),
              HasViolations("budget.parent_budget PARENT_DIFFERS"));
  EXPECT_THAT(
      DraftOf("a", 1, {.parent = "budgets/none", .account = "travel", .end = absl::CivilDay(2025, 3, 30)}),
      HasViolations("budget.end_date PERIOD_REVERSED", "budget.expense_account UNKNOWN_ACCOUNT", "budget.parent_budget UNKNOWN_BUDGET"));
  // Of two drafts the upper one comes first, so that there are no circles.
  ASSERT_THAT(DraftOf("upper", 1, {.parent = "budgets/top"}), IsOk());
  ASSERT_THAT(DraftOf("lower", 1, {.parent = "budgets/upper"}), IsOk());
  EXPECT_THAT(Approve("budgets/lower"), HasReason("BUDGET_NOT_APPROVED"));
  ASSERT_THAT(Approve("budgets/upper"), IsOk());
  EXPECT_THAT(Approve("budgets/lower"), IsOk());
  const auto moved =
      Call<v1::Budget>("UpdateBudget", Specialist(),
                       Proto<v1::UpdateBudgetRequest>(
                           "budget { name: 'budgets/lower' parent_budget: 'budgets/top' } update_mask { paths: 'parent_budget' }"));
  EXPECT_THAT(moved, HasReason("BUDGET_NOT_DRAFT"));
}

TEST_F(BudgetTreeTest, TreesHaveEightLevels) {
  HaveBudgetOf("b0", 100, {});
  for (int i = 1; i < 8; ++i) HaveBudgetOf("b" + std::to_string(i), 100, {.parent = "budgets/b" + std::to_string(i - 1)});
  ASSERT_THAT(DraftOf("b8", 100, {.parent = "budgets/b7"}), IsOk());
  EXPECT_THAT(Approve("budgets/b8"), HasReason("BUDGETS_TOO_DEEP"));
  ASSERT_THAT(PreCommit("e", "budgets/b7", 60), IsOk());
  EXPECT_EQ(Available("b0"), 40);
  ExpectSound();
}

TEST_F(BudgetTreeTest, WhoDraftedABudgetDoesNotApproveIt) {
  auto request = Proto<v1::CreateBudgetRequest>(R"pb(
    budget {
      display_name: "Own"
      cost_center: "operations"
      start_date { year: 2026 month: 1 day: 1 }
      end_date { year: 2026 month: 3 day: 31 }
      currency_code: "TWD"
      requested_minor: 5
    }
    budget_id: "own"
  )pb");
  ASSERT_THAT(Call<v1::Budget>("CreateBudget", Manager(), request), IsOk());
  EXPECT_THAT(Approve("budgets/own"), HasReason("OWN_BUDGET"));
}

TEST_F(BudgetTreeTest, ABudgetIsClosedAfterThoseBelowIt) {
  HaveTree();
  const auto close = [&](const std::string& name) { return Do<v1::Budget, v1::CloseBudgetRequest>("CloseBudget", name, Manager()); };
  EXPECT_THAT(close("budgets/middle"), HasReason("BUDGET_HAS_CHILDREN"));
  ASSERT_THAT(close("budgets/leaf"), IsOk());
  ASSERT_THAT(close("budgets/middle"), IsOk());
  EXPECT_EQ(BudgetOf("budgets/top").child_count(), 1);
  EXPECT_THAT(DraftOf("late", 1, {.parent = "budgets/middle"}), IsOk());
  EXPECT_THAT(Approve("budgets/late"), HasReason("BUDGET_NOT_APPROVED"));
  ExpectSound();
}

TEST_F(BudgetTreeTest, TransfersChangeCapsBelowTheLowestCommonAncestor) {
  HaveTree();
  ASSERT_THAT(PreCommit("e1", "budgets/middle", 250), IsOk());  // middle has 350, leaf 400
  const auto refused = Transfer("budgets/leaf", "budgets/side", 360);
  EXPECT_THAT(Violations(refused.status()), ElementsAre("budgets/middle BUDGET_SHORT"));
  ASSERT_THAT(Transfer("budgets/leaf", "budgets/side", 350), IsOk());
  EXPECT_EQ(BudgetOf("budgets/leaf").transferred_minor(), -350);
  EXPECT_EQ(BudgetOf("budgets/middle").transferred_minor(), -350);
  EXPECT_EQ(BudgetOf("budgets/side").transferred_minor(), 350);
  EXPECT_EQ(BudgetOf("budgets/top").transferred_minor(), 0);
  EXPECT_EQ(Available("middle"), 0);
  EXPECT_THAT(Transfer("budgets/side", "budgets/top", 1), HasReason("BUDGETS_IN_LINE"));
  EXPECT_THAT(Transfer("budgets/top", "budgets/leaf", 1), HasReason("BUDGETS_IN_LINE"));
  // Without a common one every level changes.
  HaveBudgetOf("other", 10, {});
  ASSERT_THAT(Transfer("budgets/side", "budgets/other", 5), IsOk());
  EXPECT_EQ(BudgetOf("budgets/top").transferred_minor(), -5);
  ExpectSound();
}

TEST_F(BudgetTreeTest, RevisionsAreProposedByOneAndApprovedByAnother) {
  HaveTree();
  ASSERT_THAT(PreCommit("e1", "budgets/leaf", 300), IsOk());
  EXPECT_THAT(Propose("budgets/leaf", "r0", 299), HasReason("BUDGET_BELOW_CONSUMED"));
  EXPECT_THAT(Propose("budgets/none", "r0", 299), HasReason("NOT_FOUND"));
  const auto proposed = Propose("budgets/leaf", "r1", 450);
  ASSERT_THAT(proposed, IsOk());
  EXPECT_EQ(proposed->previous_minor(), 400);
  EXPECT_EQ(Available("leaf"), 100);
  const auto approved = ApproveRevision(proposed->name());
  ASSERT_THAT(approved, IsOk());
  EXPECT_EQ(approved->version(), 2);
  EXPECT_EQ(approved->decider(), "employees/manager");
  EXPECT_EQ(BudgetOf("budgets/leaf").approved_minor(), 450);
  EXPECT_EQ(BudgetOf("budgets/leaf").revision(), 2);
  EXPECT_EQ(BudgetOf("budgets/middle").approved_minor(), 600);
  EXPECT_EQ(EntriesOf("budgets/leaf").back().document(), proposed->name());
  // What was possible when it was proposed need not be any more.
  ASSERT_THAT(Propose("budgets/leaf", "r2", 350), IsOk());
  ASSERT_THAT(PreCommit("e2", "budgets/leaf", 60), IsOk());
  EXPECT_THAT(ApproveRevision("budgets/leaf/budgetRevisions/r2"), HasReason("BUDGET_BELOW_CONSUMED"));
  ASSERT_THAT(ReleaseEncumbrance("encumbrances/e2"), IsOk());
  ASSERT_THAT(ApproveRevision("budgets/leaf/budgetRevisions/r2"), IsOk());
  EXPECT_EQ(Available("leaf"), 50);
  ExpectSound();
}

TEST_F(BudgetTreeTest, FourEyesHoldForRevisionsOfManagersToo) {
  HaveBudget("q1", 100);
  v1::CreateBudgetRevisionRequest request;
  request.set_parent("budgets/q1");
  request.set_budget_revision_id("own");
  request.mutable_budget_revision()->set_amount_minor(200);
  request.mutable_budget_revision()->set_reason("more");
  ASSERT_THAT(Call<v1::BudgetRevision>("CreateBudgetRevision", Manager(), request), IsOk());
  EXPECT_THAT(ApproveRevision("budgets/q1/budgetRevisions/own"), HasReason("OWN_REVISION"));
  v1::RejectBudgetRevisionRequest reject;
  reject.set_name("budgets/q1/budgetRevisions/own");
  reject.set_reason("no");
  EXPECT_THAT(Call<v1::BudgetRevision>("RejectBudgetRevision", Manager(), reject), HasReason("OWN_REVISION"));
  v1::WithdrawBudgetRevisionRequest withdraw;
  withdraw.set_name(reject.name());
  withdraw.set_reason("a mistake");
  EXPECT_THAT(Call<v1::BudgetRevision>("WithdrawBudgetRevision", Specialist(), withdraw), HasReason("NOT_OWN_REVISION"));
  const auto withdrawn = Call<v1::BudgetRevision>("WithdrawBudgetRevision", Manager(), withdraw);
  ASSERT_THAT(withdrawn, IsOk());
  EXPECT_EQ(withdrawn->state(), v1::BudgetRevision::STATE_WITHDRAWN);
  ASSERT_THAT(Propose("budgets/q1", "other", 200), IsOk());
  reject.set_name("budgets/q1/budgetRevisions/other");
  EXPECT_THAT(Call<v1::BudgetRevision>("RejectBudgetRevision", Manager(), reject), IsOk());
  EXPECT_THAT(ApproveRevision(reject.name()), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_EQ(BudgetOf("budgets/q1").approved_minor(), 100);
}

TEST_F(BudgetTreeTest, HoldsFreezeMoneyAtEachLevelUntilTheyEnd) {
  HaveTree();
  EXPECT_THAT(HoldSome("h0", "budgets/leaf", 401), HasReason("BUDGET_SHORT"));
  const auto held = HoldSome("h1", "budgets/leaf", 300);
  ASSERT_THAT(held, IsOk());
  EXPECT_EQ(held->currency_code(), "TWD");
  EXPECT_EQ(Available("leaf"), 100);
  EXPECT_EQ(Available("middle"), 300);
  EXPECT_EQ(BudgetOf("budgets/top").held_minor(), 300);
  EXPECT_THAT(PreCommit("e1", "budgets/leaf", 101), HasReason("BUDGET_SHORT"));
  EXPECT_THAT((Do<v1::Budget, v1::CloseBudgetRequest>("CloseBudget", "budgets/leaf", Manager())), HasReason("BUDGET_IN_USE"));
  ExpectSound();
  ASSERT_THAT(ReleaseHold("budgetHolds/h1"), IsOk());
  EXPECT_EQ(Available("leaf"), 400);
  EXPECT_THAT(ReleaseHold("budgetHolds/h1"), HasReason("ILLEGAL_TRANSITION"));
  ASSERT_THAT(HoldSome("h2", "budgets/side", 200), IsOk());
  clock_.Advance(absl::Hours(3));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_EQ(Available("side"), 500);
  EXPECT_EQ((Do<v1::BudgetHold, v1::GetBudgetHoldRequest>("GetBudgetHold", "budgetHolds/h2", Analyst()))->state(),
            v1::BudgetHold::STATE_EXPIRED);
  ExpectSound();
}

TEST_F(BudgetTreeTest, AHoldNamesABudgetAndATimeToCome) {
  v1::CreateBudgetHoldRequest request;
  request.mutable_budget_hold()->set_budget("budgets/none");
  request.mutable_budget_hold()->set_amount_minor(1);
  request.mutable_budget_hold()->set_reason("x");
  request.mutable_budget_hold()->set_holder("employees/keeper");
  request.mutable_budget_hold()->mutable_expire_time()->set_seconds(absl::ToUnixSeconds(clock_.Now()));
  EXPECT_THAT(Call<v1::BudgetHold>("CreateBudgetHold", Manager(), request),
              HasViolations("budget_hold.expire_time EXPIRY_NOT_IN_FUTURE", "budget_hold.budget UNKNOWN_BUDGET"));
  EXPECT_THAT(Call<v1::BudgetHold>("CreateBudgetHold", Specialist(), request), HasReason("PERMISSION_DENIED"));
}

TEST_F(BudgetTreeTest, EachThresholdIsAlertedOnceForEachCrossing) {
  HaveTree();
  const std::string top = "budgets/top";
  EXPECT_EQ(BudgetOf(top).alert_thresholds_bp_size(), 3);
  ASSERT_THAT(PreCommit("e1", "budgets/leaf", 350), IsOk());  // leaf 87.5 %, middle 58 %, top 35 %
  EXPECT_EQ(Events("budgets/leaf", "alert"), 1);
  EXPECT_EQ(Events("budgets/middle", "alert"), 0);
  ASSERT_THAT(PreCommit("e2", "budgets/leaf", 10), IsOk());  // leaf 90 %
  EXPECT_EQ(Events("budgets/leaf", "alert"), 1);
  ASSERT_THAT(PreCommit("e3", "budgets/side", 500), IsOk());  // side 100 % at once, top 86 %
  EXPECT_EQ(Events("budgets/side", "alert"), 1);
  EXPECT_EQ(BudgetOf("budgets/side").alert_bp(), 10000);
  EXPECT_EQ(Events(top, "alert"), 1);
  ASSERT_THAT(ReleaseEncumbrance("encumbrances/e3"), IsOk());
  EXPECT_EQ(BudgetOf(top).alert_bp(), 0);
  ASSERT_THAT(PreCommit("e4", "budgets/side", 440), IsOk());  // top 80 % again
  EXPECT_EQ(Events(top, "alert"), 2);
  // Ordering and paying change nothing of what is taken.
  ASSERT_THAT(Commit("encumbrances/e4", 440), IsOk());
  EXPECT_EQ(Events(top, "alert"), 2);
}

TEST_F(BudgetTreeTest, NewThresholdsCountForOpenBudgetsFromTheNextHourOn) {
  HaveBudget("q1", 1000);
  ASSERT_THAT(PreCommit("e1", "budgets/q1", 500), IsOk());
  HavePolicy("half", "alert_thresholds_bp: 5000");
  EXPECT_EQ(BudgetOf("budgets/q1").alert_bp(), 0);
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  const v1::Budget budget = BudgetOf("budgets/q1");
  EXPECT_EQ(budget.policy(), "moneyPolicies/half");
  EXPECT_EQ(budget.alert_bp(), 5000);
  EXPECT_EQ(Events("budgets/q1", "alert"), 1);
}

TEST_F(BudgetTreeTest, InvoicesAboveTheCommitmentStayWithinTheTerms) {
  HaveBudget("q1", 1000);
  HavePolicy("p", "excess_bp: 500 excess_minor: 8 specialist_raise_minor: 20");
  ASSERT_THAT(PreCommit("e1", "budgets/q1", 200), IsOk());
  ASSERT_THAT(Commit("encumbrances/e1", 200), IsOk());
  EXPECT_THAT(Pay("encumbrances/e1", 201, false), HasReason("STAGE_SHORT"));
  // max(5 % of 200, 8) = 10
  EXPECT_THAT(Pay("encumbrances/e1", 211), HasReason("INVOICE_EXCEEDS_COMMITMENT"));
  ASSERT_THAT(Pay("encumbrances/e1", 100), IsOk());
  EXPECT_THAT(Pay("encumbrances/e1", 111), HasReason("INVOICE_EXCEEDS_COMMITMENT"));
  EXPECT_EQ(Available("q1"), 800);
  EXPECT_THAT(Raise("encumbrances/e1", 21, Specialist()), HasReason("RAISE_LIMIT"));
  ASSERT_THAT(Raise("encumbrances/e1", 20, Specialist()), IsOk());
  EXPECT_THAT(Raise("encumbrances/e1", 1, Specialist()), HasReason("RAISE_LIMIT"));
  ASSERT_THAT(Raise("encumbrances/e1", 30, Manager()), IsOk());
  // 250 committed altogether: 150 of it is open, and 12 more may be.
  EXPECT_THAT(Pay("encumbrances/e1", 163), HasReason("INVOICE_EXCEEDS_COMMITMENT"));
  const auto paid = Pay("encumbrances/e1", 162);
  ASSERT_THAT(paid, IsOk());
  EXPECT_EQ(paid->state(), v1::Encumbrance::STATE_SETTLED);
  EXPECT_EQ(paid->excess_minor(), 12);
  EXPECT_EQ(paid->raised_minor(), 62);
  EXPECT_EQ(Available("q1"), 1000 - 262);
  EXPECT_THAT(CreditSome("encumbrances/e1", 263), HasReason("CREDIT_EXCEEDS_ACTUAL"));
  ASSERT_THAT(CreditSome("encumbrances/e1", 62), IsOk());
  EXPECT_EQ(Available("q1"), 800);
  EXPECT_EQ(BudgetOf("budgets/q1").actual_minor(), 200);
  ExpectSound();
}

TEST_F(BudgetTreeTest, ExcessIsTakenOfWhatIsAvailableAtEachLevel) {
  HaveTree();
  HavePolicy("p", "excess_minor: 100");
  ASSERT_THAT(PreCommit("e1", "budgets/leaf", 390), IsOk());
  ASSERT_THAT(Commit("encumbrances/e1", 390), IsOk());
  ASSERT_THAT(PreCommit("e2", "budgets/middle", 205), IsOk());  // middle has 5, leaf 10
  const auto refused = Pay("encumbrances/e1", 396);
  EXPECT_THAT(Violations(refused.status()), ElementsAre("budgets/middle BUDGET_SHORT"));
  EXPECT_EQ(EncumbranceOf("encumbrances/e1")->committed_minor(), 390);
  ASSERT_THAT(Pay("encumbrances/e1", 395), IsOk());
  EXPECT_EQ(Available("middle"), 0);
  ExpectSound();
}

TEST_F(BudgetTreeTest, WhatABudgetNamesByItsIdIsNotDeleted) {
  const auto center = [&](const std::string& id) {
    return Call<v1::CostCenter>("CreateCostCenter", Specialist(),
                                Proto<v1::CreateCostCenterRequest>("cost_center_id: '" + id + "' cost_center { display_name: 'x' }"));
  };
  const auto account = [&](const std::string& id) {
    return Call<v1::ExpenseAccount>(
        "CreateExpenseAccount", Specialist(),
        Proto<v1::CreateExpenseAccountRequest>("expense_account_id: '" + id + "' expense_account { display_name: 'x' }"));
  };
  const auto forget_center = [&](const std::string& name) {
    return Do<google::protobuf::Empty, v1::DeleteCostCenterRequest>("DeleteCostCenter", name, Specialist());
  };
  const auto forget_account = [&](const std::string& name) {
    return Do<google::protobuf::Empty, v1::DeleteExpenseAccountRequest>("DeleteExpenseAccount", name, Specialist());
  };
  for (const char* id : {"used", "mistake"}) {
    ASSERT_THAT(center(id), IsOk());
    ASSERT_THAT(account(id), IsOk());
  }
  HaveBudgetOf("trips", 100, {.account = "used", .cost_center = "used"});
  for (const absl::Status& refused : {forget_center("costCenters/used").status(), forget_account("expenseAccounts/used").status()}) {
    EXPECT_THAT(refused, HasReason("STILL_REFERRED"));
    EXPECT_THAT(std::string(refused.message()), ::testing::HasSubstr("budgets/trips"));
  }
  EXPECT_THAT(forget_center("costCenters/mistake"), IsOk());
  EXPECT_THAT(forget_account("expenseAccounts/mistake"), IsOk());
}

}  // namespace
}  // namespace heitie::resource
