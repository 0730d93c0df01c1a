#include "services/resource/money/encumbrance.h"

#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "services/resource/resource_test.h"

namespace heitie::resource {
namespace {

using ::testing::ElementsAre;
using v1::Encumbrance;

class EncumbranceTest : public ResourceTest {};

// The golden case: 1000; request 300 → 700; order 200 from it → 700 (100 of the request stays); invoice 200 and another request 50 → 650.
TEST_F(EncumbranceTest, EachStageConsumesTheOneBefore) {
  HaveBudget("q1", 1000);
  const auto requested = PreCommit("e1", "budgets/q1", 300);
  ASSERT_THAT(requested, IsOk());
  EXPECT_EQ(requested->state(), Encumbrance::STATE_PRE_COMMITTED);
  EXPECT_THAT(requested->allowed_verbs(), ElementsAre("commit", "raise", "release"));
  EXPECT_EQ(BudgetOf("budgets/q1").available_minor(), 700);

  const auto ordered = Commit("encumbrances/e1", 200);
  ASSERT_THAT(ordered, IsOk());
  EXPECT_EQ(ordered->state(), Encumbrance::STATE_COMMITTED);
  EXPECT_EQ(ordered->pre_committed_minor(), 100);
  EXPECT_EQ(ordered->committed_minor(), 200);
  EXPECT_FALSE(ordered->has_expire_time());
  EXPECT_EQ(BudgetOf("budgets/q1").available_minor(), 700);

  const auto paid = RecordActual("encumbrances/e1", 200);
  ASSERT_THAT(paid, IsOk());
  EXPECT_EQ(paid->state(), Encumbrance::STATE_COMMITTED);
  ASSERT_THAT(PreCommit("e2", "budgets/q1", 50), IsOk());
  const v1::Budget budget = BudgetOf("budgets/q1");
  EXPECT_EQ(budget.available_minor(), 650);
  EXPECT_EQ(budget.pre_committed_minor(), 150);
  EXPECT_EQ(budget.committed_minor(), 0);
  EXPECT_EQ(budget.actual_minor(), 200);
  ExpectSound();
}

TEST_F(EncumbranceTest, SettlesWithTheLastActual) {
  HaveBudget("q1", 1000);
  ASSERT_THAT(PreCommit("e1", "budgets/q1", 300), IsOk());
  ASSERT_THAT(Commit("encumbrances/e1", 300), IsOk());
  ASSERT_THAT(RecordActual("encumbrances/e1", 100), IsOk());
  const auto settled = RecordActual("encumbrances/e1", 200);
  ASSERT_THAT(settled, IsOk());
  EXPECT_EQ(settled->state(), Encumbrance::STATE_SETTLED);
  EXPECT_THAT(settled->allowed_verbs(), ElementsAre("credit"));
  EXPECT_THAT(RecordActual("encumbrances/e1", 1), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(Commit("encumbrances/e1", 1), HasReason("ILLEGAL_TRANSITION"));
}

TEST_F(EncumbranceTest, NothingIsSpentTwice) {
  HaveBudget("q1", 1000);
  ASSERT_THAT(PreCommit("e1", "budgets/q1", 900), IsOk());
  const auto refused = PreCommit("e2", "budgets/q1", 101);
  EXPECT_THAT(refused, HasReason("BUDGET_SHORT"));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("budgets/q1: TWD 1.00 is available, TWD 1.01 is needed."));
  EXPECT_EQ(EncumbranceOf("encumbrances/e2").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(BudgetOf("budgets/q1").available_minor(), 100);
}

TEST_F(EncumbranceTest, AStageTakesNoMoreThanTheOneBeforeHolds) {
  HaveBudget("q1", 1000);
  ASSERT_THAT(PreCommit("e1", "budgets/q1", 300), IsOk());
  EXPECT_THAT(RecordActual("encumbrances/e1", 1), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(Commit("encumbrances/e1", 301), HasReason("STAGE_SHORT"));
  ASSERT_THAT(Commit("encumbrances/e1", 200), IsOk());
  EXPECT_THAT(RecordActual("encumbrances/e1", 201), HasReason("STAGE_SHORT"));
  EXPECT_EQ(Commit("encumbrances/e1", 0).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(EncumbranceTest, ReleaseFreesWhatIsNotActual) {
  HaveBudget("q1", 1000);
  ASSERT_THAT(PreCommit("e1", "budgets/q1", 300), IsOk());
  ASSERT_THAT(Commit("encumbrances/e1", 200), IsOk());
  ASSERT_THAT(RecordActual("encumbrances/e1", 120), IsOk());
  const auto released = ReleaseEncumbrance("encumbrances/e1");
  ASSERT_THAT(released, IsOk());
  EXPECT_EQ(released->state(), Encumbrance::STATE_SETTLED);
  EXPECT_EQ(released->released_minor(), 180);
  EXPECT_EQ(BudgetOf("budgets/q1").available_minor(), 880);
  ExpectSound();
}

TEST_F(EncumbranceTest, ReleaseKeepsWhatIsToStayCommitted) {
  HaveBudget("q1", 1000);
  ASSERT_THAT(PreCommit("e1", "budgets/q1", 500), IsOk());
  ASSERT_THAT(Commit("encumbrances/e1", 400), IsOk());
  ASSERT_THAT(RecordActual("encumbrances/e1", 50), IsOk());
  v1::ReleaseEncumbranceRequest request;
  request.set_name("encumbrances/e1");
  request.set_keep_committed_minor(200);
  const auto released = Call<Encumbrance>("ReleaseEncumbrance", Specialist(), request);
  ASSERT_THAT(released, IsOk());
  EXPECT_EQ(released->state(), Encumbrance::STATE_COMMITTED);
  EXPECT_EQ(released->pre_committed_minor(), 0);
  EXPECT_EQ(released->committed_minor(), 200);
  EXPECT_EQ(released->released_minor(), 250);
  EXPECT_EQ(BudgetOf("budgets/q1").available_minor(), 750);
  const auto again = Call<Encumbrance>("ReleaseEncumbrance", Specialist(), request);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->etag(), released->etag());
  request.set_keep_committed_minor(900);  // More than there is keeps what is there.
  EXPECT_EQ(Call<Encumbrance>("ReleaseEncumbrance", Specialist(), request)->committed_minor(), 200);
  request.set_keep_committed_minor(0);
  EXPECT_EQ(Call<Encumbrance>("ReleaseEncumbrance", Specialist(), request)->state(), Encumbrance::STATE_SETTLED);
  ExpectSound();
}

TEST_F(EncumbranceTest, ReleaseOfWhatHoldsNothingIsNoError) {
  HaveBudget("q1", 1000);
  ASSERT_THAT(PreCommit("e1", "budgets/q1", 300), IsOk());
  const auto released = ReleaseEncumbrance("encumbrances/e1");
  ASSERT_THAT(released, IsOk());
  EXPECT_EQ(released->state(), Encumbrance::STATE_RELEASED);
  const auto again = ReleaseEncumbrance("encumbrances/e1");
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->etag(), released->etag());
  EXPECT_EQ(BudgetOf("budgets/q1").available_minor(), 1000);
}

TEST_F(EncumbranceTest, ExpiresUnlessCommitted) {
  HaveBudget("q1", 1000);
  ASSERT_THAT(PreCommit("e1", "budgets/q1", 300), IsOk());
  ASSERT_THAT(PreCommit("e2", "budgets/q1", 200), IsOk());
  ASSERT_THAT(Commit("encumbrances/e2", 50), IsOk());
  clock_.Advance(absl::Hours(1));
  EXPECT_THAT(Commit("encumbrances/e1", 1), HasReason("ENCUMBRANCE_EXPIRED"));
  EXPECT_EQ(RunJobs(), 1);
  EXPECT_EQ(EncumbranceOf("encumbrances/e1")->state(), Encumbrance::STATE_EXPIRED);
  EXPECT_EQ(EncumbranceOf("encumbrances/e1")->released_minor(), 300);
  EXPECT_EQ(EncumbranceOf("encumbrances/e2")->state(), Encumbrance::STATE_COMMITTED);
  EXPECT_EQ(BudgetOf("budgets/q1").available_minor(), 800);
  EXPECT_THAT(Commit("encumbrances/e2", 150), IsOk());
  ExpectSound();
}

TEST_F(EncumbranceTest, RefusesAnUnknownBudgetAndAPastExpiry) {
  auto request = Wanted("e1", "budgets/none", 1);
  request.mutable_encumbrance()->mutable_expire_time()->set_seconds(absl::ToUnixSeconds(clock_.Now()));
  const auto refused = Call<Encumbrance>("CreateEncumbrance", Specialist(), request);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("encumbrance.expire_time"));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("encumbrance.budget: budgets/none does not exist"));
}

TEST_F(EncumbranceTest, DoingItTwiceChangesNothing) {
  HaveBudget("q1", 1000);
  auto request = Wanted("e1", "budgets/q1", 300);
  request.set_request_id("once");
  ASSERT_THAT(Call<Encumbrance>("CreateEncumbrance", ServiceCaller(), request), IsOk());
  ASSERT_THAT(Call<Encumbrance>("CreateEncumbrance", ServiceCaller(), request), IsOk());
  v1::CommitEncumbranceRequest commit;
  commit.set_name("encumbrances/e1");
  commit.set_amount_minor(100);
  commit.set_request_id("once-more");
  ASSERT_THAT(Call<Encumbrance>("CommitEncumbrance", ServiceCaller(), commit), IsOk());
  ASSERT_THAT(Call<Encumbrance>("CommitEncumbrance", ServiceCaller(), commit), IsOk());
  EXPECT_EQ(BudgetOf("budgets/q1").committed_minor(), 100);
  EXPECT_EQ(BudgetOf("budgets/q1").pre_committed_minor(), 200);
}

TEST_F(EncumbranceTest, AStaleEtagChangesNothing) {
  HaveBudget("q1", 1000);
  const auto requested = PreCommit("e1", "budgets/q1", 300);
  ASSERT_THAT(requested, IsOk());
  ASSERT_THAT(Commit("encumbrances/e1", 100), IsOk());
  v1::RecordActualRequest request;
  request.set_name("encumbrances/e1");
  request.set_amount_minor(100);
  request.set_etag(requested->etag());
  EXPECT_THAT(Call<Encumbrance>("RecordActual", Specialist(), request), HasReason("STALE_ETAG"));
  EXPECT_EQ(BudgetOf("budgets/q1").actual_minor(), 0);
}

TEST_F(EncumbranceTest, IsListedBySubjectAndBudget) {
  HaveBudget("q1", 1000);
  ASSERT_THAT(PreCommit("e1", "budgets/q1", 300), IsOk());
  const auto page = Call<v1::ListEncumbrancesResponse>(
      "ListEncumbrances", Analyst(),
      Proto<v1::ListEncumbrancesRequest>("filter: 'subject = \"activities/fair\" AND budget = \"budgets/q1\"'"));
  ASSERT_THAT(page, IsOk());
  ASSERT_EQ(page->encumbrances_size(), 1);
  EXPECT_EQ(page->encumbrances(0).currency_code(), "TWD");
  EXPECT_THAT(page->encumbrances(0).allowed_verbs(), ElementsAre("commit", "raise", "release"));
}

TEST_F(EncumbranceTest, MissingOnesAreNotFound) {
  EXPECT_EQ(Commit("encumbrances/none", 1).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(RecordActual("encumbrances/none", 1).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReleaseEncumbrance("encumbrances/none").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(EncumbranceTest, AnalystsReadOnly) {
  HaveBudget("q1", 1000);
  EXPECT_EQ(Call<Encumbrance>("CreateEncumbrance", Analyst(), Wanted("e1", "budgets/q1", 1)).status().code(),
            absl::StatusCode::kPermissionDenied);
}

TEST_F(EncumbranceTest, MoneyIsTakenInTheBudgetsPeriodOnly) {
  HaveBudget("q1", 1000);
  auto past = Proto<v1::CreateBudgetRequest>(R"pb(
    budget {
      display_name: "Operations 2020"
      cost_center: "operations"
      start_date { year: 2020 month: 1 day: 1 }
      end_date { year: 2020 month: 12 day: 31 }
      currency_code: "TWD"
      requested_minor: 1000
    }
    budget_id: "past"
  )pb");
  ASSERT_THAT(Call<v1::Budget>("CreateBudget", Specialist(), past), IsOk());
  ASSERT_THAT(Approve("budgets/past"), IsOk());
  EXPECT_THAT(PreCommit("e", "budgets/past", 1), HasReason("OUTSIDE_BUDGET_PERIOD"));
  EXPECT_EQ(BudgetOf("budgets/past").available_minor(), 1000);
  auto future = past;
  future.set_budget_id("future");
  future.mutable_budget()->mutable_start_date()->set_year(2027);
  future.mutable_budget()->mutable_end_date()->set_year(2027);
  ASSERT_THAT(Call<v1::Budget>("CreateBudget", Specialist(), future), IsOk());
  ASSERT_THAT(Approve("budgets/future"), IsOk());
  EXPECT_THAT(PreCommit("e", "budgets/future", 1), HasReason("OUTSIDE_BUDGET_PERIOD"));
  ExpectSound();
}

// What counts is the day of the booking in the business time zone: 31 March ends in Taipei at 16:00 UTC.
TEST_F(EncumbranceTest, AfterThePeriodWhatWasOrderedIsPaidAndTheRestGivenBack) {
  HaveBudget("q1", 1000);
  clock_.Advance(absl::FromUnixSeconds(1774972799) - clock_.Now());  // 2026-03-31T15:59:59Z
  ASSERT_THAT(PreCommit("e1", "budgets/q1", 400), IsOk());
  ASSERT_THAT(Commit("encumbrances/e1", 300), IsOk());
  ASSERT_THAT(PreCommit("e2", "budgets/q1", 100), IsOk());
  ASSERT_THAT(PreCommit("e3", "budgets/q1", 50), IsOk());
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(PreCommit("e4", "budgets/q1", 1), HasReason("OUTSIDE_BUDGET_PERIOD"));
  EXPECT_THAT(Commit("encumbrances/e1", 1), HasReason("OUTSIDE_BUDGET_PERIOD"));
  EXPECT_THAT(Commit("encumbrances/e2", 1), HasReason("OUTSIDE_BUDGET_PERIOD"));
  EXPECT_THAT(RecordActual("encumbrances/e1", 200), IsOk());
  EXPECT_THAT(ReleaseEncumbrance("encumbrances/e1"), IsOk());
  EXPECT_THAT(ReleaseEncumbrance("encumbrances/e2"), IsOk());
  clock_.Advance(absl::Hours(2));
  ASSERT_EQ(RunJobs(), 1);
  EXPECT_EQ(EncumbranceOf("encumbrances/e3")->state(), v1::Encumbrance::STATE_EXPIRED);
  EXPECT_EQ(BudgetOf("budgets/q1").actual_minor(), 200);
  EXPECT_EQ(BudgetOf("budgets/q1").available_minor(), 800);
  EXPECT_THAT((Do<v1::Budget, v1::CloseBudgetRequest>("CloseBudget", "budgets/q1", Manager())), IsOk());
  EXPECT_THAT(RecordActual("encumbrances/e1", 1), HasReason("ILLEGAL_TRANSITION"));
  ExpectSound();
}

}  // namespace
}  // namespace heitie::resource
