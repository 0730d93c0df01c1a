#include "services/resource/money/budget.h"

#include "common/time/day.h"
#include "heitie/resource/v1/budget.pb.h"
#include "services/resource/resource_test.h"

namespace heitie::resource {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::Budget;

class BudgetTest : public ResourceTest {
 protected:
  absl::StatusOr<Budget> Close(const std::string& name) { return Do<Budget, v1::CloseBudgetRequest>("CloseBudget", name, Manager()); }
  absl::StatusOr<Budget> Update(const std::string& text) {
    return Call<Budget>("UpdateBudget", Specialist(), Proto<v1::UpdateBudgetRequest>(text));
  }
};

TEST_F(BudgetTest, ADraftHoldsNoMoney) {
  const auto draft = Draft("q1", 1000);
  ASSERT_THAT(draft, IsOk());
  EXPECT_EQ(draft->state(), Budget::STATE_DRAFT);
  EXPECT_EQ(draft->available_minor(), 0);
  EXPECT_THAT(draft->allowed_verbs(), ElementsAre("approve"));
  EXPECT_THAT(PreCommit("e1", "budgets/q1", 1), HasReason("BUDGET_NOT_APPROVED"));
}

TEST_F(BudgetTest, TheManagerApprovesWhatTheDraftAsksFor) {
  ASSERT_THAT(Draft("q1", 1000), IsOk());
  ASSERT_THAT(Update("budget { name: 'budgets/q1' requested_minor: 1200 } update_mask { paths: 'requested_minor' }"), IsOk());
  const auto denied = Do<Budget, v1::ApproveBudgetRequest>("ApproveBudget", "budgets/q1", Specialist());
  EXPECT_EQ(denied.status().code(), absl::StatusCode::kPermissionDenied);
  const auto approved = Approve("budgets/q1");
  ASSERT_THAT(approved, IsOk());
  EXPECT_EQ(approved->state(), Budget::STATE_APPROVED);
  EXPECT_EQ(approved->approved_minor(), 1200);
  EXPECT_EQ(approved->available_minor(), 1200);
  EXPECT_EQ(approved->approver(), "employees/manager");
  EXPECT_THAT(Approve("budgets/q1"), HasReason("ILLEGAL_TRANSITION"));
}

TEST_F(BudgetTest, AnApprovedBudgetIsNotRewritten) {
  HaveBudget("q1", 1000);
  EXPECT_THAT(Update("budget { name: 'budgets/q1' requested_minor: 9999 } update_mask { paths: 'requested_minor' }"),
              HasReason("BUDGET_NOT_DRAFT"));
  EXPECT_EQ(BudgetOf("budgets/q1").approved_minor(), 1000);
}

TEST_F(BudgetTest, ThePeriodDoesNotEndBeforeItStarts) {
  ASSERT_THAT(Draft("q1", 1000), IsOk());
  const auto refused = Update("budget { name: 'budgets/q1' end_date { year: 2025 month: 12 day: 31 } } update_mask { paths: 'end_date' }");
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("budget.end_date"));
  EXPECT_THAT(Update("budget { name: 'budgets/q1' end_date { year: 2026 month: 1 day: 1 } } update_mask { paths: 'end_date' }"), IsOk());
}

TEST_F(BudgetTest, AskedAmountsArePositive) {
  EXPECT_EQ(Draft("q1", 0).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Draft("q1", -5).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(BudgetTest, TransfersAddToZeroAndLeaveTheirTrace) {
  HaveBudget("q1", 1000);
  HaveBudget("q2", 500);
  const auto moved = Transfer("budgets/q1", "budgets/q2", 300);
  ASSERT_THAT(moved, IsOk());
  EXPECT_EQ(moved->source().available_minor(), 700);
  EXPECT_EQ(moved->target().available_minor(), 800);
  EXPECT_EQ(moved->source().transferred_minor() + moved->target().transferred_minor(), 0);
  // Back, against the order of the names.
  ASSERT_THAT(Transfer("budgets/q2", "budgets/q1", 800), IsOk());
  EXPECT_EQ(BudgetOf("budgets/q1").available_minor(), 1500);

  const auto page =
      Call<v1::ListBudgetEntriesResponse>("ListBudgetEntries", Analyst(), Proto<v1::ListBudgetEntriesRequest>("parent: 'budgets/q1'"));
  ASSERT_THAT(page, IsOk());
  ASSERT_EQ(page->budget_entries_size(), 3);
  const v1::BudgetEntry& out = page->budget_entries(1);
  EXPECT_EQ(out.kind(), v1::BudgetEntry::KIND_TRANSFER);
  EXPECT_EQ(out.transferred_delta_minor(), -300);
  EXPECT_EQ(out.counterpart(), "budgets/q2");
  EXPECT_EQ(out.transfer_id(), moved->transfer_id());
  EXPECT_EQ(out.reason(), "the fair moved");
  EXPECT_EQ(out.creator(), "employees/manager");
  v1::GetBudgetEntryRequest get;
  get.set_name(out.name());
  const auto read = Call<v1::BudgetEntry>("GetBudgetEntry", Analyst(), get);
  ASSERT_THAT(read, IsOk());
  EXPECT_THAT(*read, test::EqualsProto(out));
  ExpectSound();
}

TEST_F(BudgetTest, ATransferTakesNoMoreThanIsAvailable) {
  HaveBudget("q1", 1000);
  HaveBudget("q2", 500);
  ASSERT_THAT(PreCommit("e1", "budgets/q1", 900), IsOk());
  EXPECT_THAT(Transfer("budgets/q1", "budgets/q2", 101), HasReason("BUDGET_SHORT"));
  EXPECT_EQ(BudgetOf("budgets/q2").available_minor(), 500);
  EXPECT_THAT(Transfer("budgets/q1", "budgets/q2", 100), IsOk());
}

TEST_F(BudgetTest, RefusesTransfersThatMakeNoSense) {
  HaveBudget("q1", 1000);
  HaveBudget("usd", 500, "USD");
  ASSERT_THAT(Draft("draft", 500), IsOk());
  EXPECT_THAT(Transfer("budgets/q1", "budgets/usd", 1), HasReason("CURRENCY_MISMATCH"));
  EXPECT_THAT(Transfer("budgets/q1", "budgets/draft", 1), HasReason("BUDGET_NOT_APPROVED"));
  EXPECT_THAT(Transfer("budgets/draft", "budgets/q1", 1), HasReason("BUDGET_NOT_APPROVED"));
  EXPECT_EQ(Transfer("budgets/q1", "budgets/q1", 1).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Transfer("budgets/q1", "budgets/none", 1).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Transfer("budgets/q1", "budgets/usd", 0).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(BudgetOf("budgets/q1").available_minor(), 1000);
}

TEST_F(BudgetTest, ClosesWhenNothingIsOpen) {
  HaveBudget("q1", 1000);
  ASSERT_THAT(PreCommit("e1", "budgets/q1", 100), IsOk());
  EXPECT_THAT(Close("budgets/q1"), HasReason("BUDGET_IN_USE"));
  ASSERT_THAT(ReleaseEncumbrance("encumbrances/e1"), IsOk());
  const auto closed = Close("budgets/q1");
  ASSERT_THAT(closed, IsOk());
  EXPECT_EQ(closed->state(), Budget::STATE_CLOSED);
  EXPECT_THAT(closed->allowed_verbs(), IsEmpty());
  EXPECT_THAT(PreCommit("e2", "budgets/q1", 1), HasReason("BUDGET_NOT_APPROVED"));
  EXPECT_THAT(Close("budgets/q1"), HasReason("ILLEGAL_TRANSITION"));
}

TEST_F(BudgetTest, AStaleEtagChangesNothing) {
  const auto draft = Draft("q1", 1000);
  ASSERT_THAT(draft, IsOk());
  ASSERT_THAT(Update("budget { name: 'budgets/q1' display_name: 'Renamed' } update_mask { paths: 'display_name' }"), IsOk());
  v1::ApproveBudgetRequest request;
  request.set_name("budgets/q1");
  request.set_etag(draft->etag());
  EXPECT_THAT(Call<Budget>("ApproveBudget", Manager(), request), HasReason("STALE_ETAG"));
  EXPECT_EQ(BudgetOf("budgets/q1").state(), Budget::STATE_DRAFT);
}

TEST_F(BudgetTest, AreListedByCostCenter) {
  HaveBudget("q1", 1000);
  ASSERT_THAT(Draft("q2", 1000), IsOk());
  const auto page = Call<v1::ListBudgetsResponse>(
      "ListBudgets", Analyst(), Proto<v1::ListBudgetsRequest>("filter: 'cost_center = \"operations\" AND state = STATE_APPROVED'"));
  ASSERT_THAT(page, IsOk());
  ASSERT_EQ(page->budgets_size(), 1);
  EXPECT_EQ(page->budgets(0).name(), "budgets/q1");
}

// The database itself refuses overspending, whatever the code does.
TEST_F(BudgetTest, TheDatabaseRefusesOverspending) {
  HaveBudget("q1", 1000);
  const absl::Status refused = database_.get().Write(absl::Now() + absl::Seconds(5), [](sql::Session& session) {
    return session.Execute("UPDATE budgets SET committed_minor = 1001, available_minor = -1 WHERE name = 'budgets/q1'").status();
  });
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
}

v1::Budget Of2026(const char* start, const char* end) {
  v1::Budget budget;
  budget.set_name("budgets/b");
  absl::CivilDay day;
  EXPECT_TRUE(absl::ParseCivilTime(start, &day));
  *budget.mutable_start_date() = time::ToDate(day);
  EXPECT_TRUE(absl::ParseCivilTime(end, &day));
  *budget.mutable_end_date() = time::ToDate(day);
  return budget;
}

TEST(CheckInPeriodTest, FirstAndLastDayBelongToThePeriod) {
  const v1::Budget quarter = Of2026("2026-01-01", "2026-03-31");
  EXPECT_THAT(CheckInPeriod(quarter, absl::CivilDay(2025, 12, 31)), HasReason("OUTSIDE_BUDGET_PERIOD"));
  EXPECT_THAT(CheckInPeriod(quarter, absl::CivilDay(2026, 1, 1)), IsOk());
  EXPECT_THAT(CheckInPeriod(quarter, absl::CivilDay(2026, 3, 31)), IsOk());
  EXPECT_THAT(CheckInPeriod(quarter, absl::CivilDay(2026, 4, 1)), HasReason("OUTSIDE_BUDGET_PERIOD"));
  const v1::Budget day = Of2026("2026-02-28", "2026-02-28");
  EXPECT_THAT(CheckInPeriod(day, absl::CivilDay(2026, 2, 28)), IsOk());
  EXPECT_EQ(CheckInPeriod(day, absl::CivilDay(2026, 3, 1)).message(),
            "2026-03-01 is outside the period of budgets/b, which is 2026-02-28 to 2026-02-28.");
}

TEST_F(BudgetTest, MoneyMovesInBothPeriodsOnly) {
  HaveBudget("q1", 1000);
  HaveBudget("other", 1000);
  // The fixture's budgets end on 31 March, which is over in Taipei at 16:00 UTC.
  clock_.Advance(absl::FromUnixSeconds(1774972799) - clock_.Now());  // 2026-03-31T15:59:59Z
  EXPECT_THAT(Transfer("budgets/q1", "budgets/other", 10), IsOk());
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(Transfer("budgets/q1", "budgets/other", 10), HasReason("OUTSIDE_BUDGET_PERIOD"));
  auto next = Proto<v1::CreateBudgetRequest>(R"pb(
    budget {
      display_name: "Operations Q2"
      cost_center: "operations"
      start_date { year: 2026 month: 4 day: 1 }
      end_date { year: 2026 month: 6 day: 30 }
      currency_code: "TWD"
      requested_minor: 1000
    }
    budget_id: "q2"
  )pb");
  ASSERT_THAT(Call<v1::Budget>("CreateBudget", Specialist(), next), IsOk());
  ASSERT_THAT(Approve("budgets/q2"), IsOk());
  EXPECT_THAT(Transfer("budgets/q1", "budgets/q2", 10), HasReason("OUTSIDE_BUDGET_PERIOD"));
  EXPECT_THAT(Transfer("budgets/q2", "budgets/q1", 10), HasReason("OUTSIDE_BUDGET_PERIOD"));
  EXPECT_EQ(BudgetOf("budgets/q1").available_minor(), 990);
  EXPECT_THAT((Do<v1::Budget, v1::CloseBudgetRequest>("CloseBudget", "budgets/q1", Manager())), IsOk());
  ExpectSound();
}

}  // namespace
}  // namespace heitie::resource
