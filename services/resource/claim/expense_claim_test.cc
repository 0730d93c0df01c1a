#include "services/resource/claim/expense_claim.h"

#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/text/markdown.h"
#include "common/time/day.h"
#include "heitie/resource/v1/cost_center.pb.h"
#include "heitie/type/v1/handover.pb.h"
#include "heitie/type/v1/holding.pb.h"
#include "services/resource/resource_test.h"

namespace heitie::resource {
namespace {

using test::HasViolation;
using test::HasViolations;
using ::testing::ElementsAre;
using v1::Encumbrance;
using v1::ExpenseClaim;

// One receipt as a line tells it.
struct Paper {
  std::string vendor = "Taxi";
  std::string tax_id = "";
  std::string number = "";
  int day = 1;
  int64_t total = 1000;
  std::string file = "a";
};

class ExpenseClaimTest : public ResourceTest {
 protected:
  ExpenseClaimTest() { HaveBudget("q1", 1'000'000); }

  rpc::Call As(const std::string& id, rpc::Role role = options::v1::ROLE_DEPARTMENT_MEMBER) const {
    return test::By("employees/" + id, {role}, clock_.Now());
  }
  static std::string Receipt(const Paper& paper) {
    return absl::StrCat(" receipt { vendor: '", paper.vendor, "' tax_id: '", paper.tax_id, "' number: '", paper.number,
                        "' date { year: 2026 month: 1 day: ", paper.day, " } total_minor: ", paper.total, " file_sha256: '",
                        text::Sha256Hex(paper.file), "' }");
  }
  static std::string LineOf(int64_t amount, const std::string& more, const std::string& currency = "TWD",
                            const std::string& account = "taxi") {
    return absl::StrCat("lines { date { year: 2026 month: 1 day: 1 } expense_account: '", account, "' amount_minor: ", amount,
                        " currency_code: '", currency, "'", more, " } ");
  }
  static std::string LineOf(const Paper& paper) { return LineOf(paper.total, Receipt(paper)); }

  absl::StatusOr<ExpenseClaim> Draft(const std::string& claimant, const std::string& id, const std::string& lines) {
    return Call<ExpenseClaim>(
        "CreateExpenseClaim", As(claimant),
        Proto<v1::CreateExpenseClaimRequest>(
            absl::StrCat("expense_claim_id: '", id, "' expense_claim { purpose: 'A visit' cost_center: 'operations' ", lines, " }")));
  }
  absl::StatusOr<ExpenseClaim> Submit(const std::string& claimant, const std::string& id) {
    return Do<ExpenseClaim, v1::SubmitExpenseClaimRequest>("SubmitExpenseClaim", "expenseClaims/" + id, As(claimant));
  }
  // Drafts and submits.
  absl::StatusOr<ExpenseClaim> Claim(const std::string& claimant, const std::string& id, const std::string& lines) {
    const auto draft = Draft(claimant, id, lines);
    return draft.ok() ? Submit(claimant, id) : draft;
  }
  absl::StatusOr<ExpenseClaim> ApproveClaim(const std::string& id, const std::vector<std::string>& confirmed = {}) {
    v1::ApproveExpenseClaimRequest request;
    request.set_name("expenseClaims/" + id);
    for (const std::string& name : confirmed) request.add_confirmed_duplicates(name);
    return Call<ExpenseClaim>("ApproveExpenseClaim", Manager(), request);
  }
  template <typename Request>
  absl::StatusOr<ExpenseClaim> Decide(const std::string& method, const std::string& id, const rpc::Call& call) {
    Request request;
    request.set_name("expenseClaims/" + id);
    request.set_reason("it was so");
    return Call<ExpenseClaim>(method, call, request);
  }
  absl::StatusOr<ExpenseClaim> ReturnClaim(const std::string& id) {
    return Decide<v1::ReturnExpenseClaimRequest>("ReturnExpenseClaim", id, Manager());
  }
  absl::StatusOr<ExpenseClaim> RejectClaim(const std::string& id) {
    return Decide<v1::RejectExpenseClaimRequest>("RejectExpenseClaim", id, Manager());
  }
  absl::StatusOr<ExpenseClaim> WithdrawClaim(const std::string& claimant, const std::string& id) {
    return Decide<v1::WithdrawExpenseClaimRequest>("WithdrawExpenseClaim", id, As(claimant));
  }
  absl::StatusOr<ExpenseClaim> Pay(const std::string& id) {
    return Call<ExpenseClaim>("PayExpenseClaim", Manager(),
                              Proto<v1::PayExpenseClaimRequest>(absl::StrCat("name: 'expenseClaims/", id, "' payment_reference: 'T-1'")));
  }
  absl::StatusOr<ExpenseClaim> ClaimOf(const std::string& id, const rpc::Call& call) {
    return Do<ExpenseClaim, v1::GetExpenseClaimRequest>("GetExpenseClaim", "expenseClaims/" + id, call);
  }
  void HaveRate(const std::string& from, const std::string& to, const std::string& rate) {
    ASSERT_THAT(Call<v1::ExchangeRate>("CreateExchangeRate", Specialist(),
                                       Proto<v1::CreateExchangeRateRequest>(absl::StrCat(
                                           "exchange_rate { currency_code: '", from, "' quote_currency_code: '", to,
                                           "' rate_date { year: 2026 month: 1 day: 1 } rate: '", rate, "' source: 'a bank' }"))),
                IsOk());
  }
  // Publishes terms that are in force from the next midnight on, and goes on to 09:00 of that day.
  void HaveTerms(const std::string& id, const std::string& accounts) {
    ASSERT_THAT(
        Call<v1::ExpensePolicy>("CreateExpensePolicy", Manager(),
                                Proto<v1::CreateExpensePolicyRequest>(absl::StrCat(
                                    "expense_policy_id: '", id, "' expense_policy { reason: 'x' currency_code: 'TWD' ", accounts, " }"))),
        IsOk());
    ASSERT_THAT((Do<v1::ExpensePolicy, v1::PublishExpensePolicyRequest>("PublishExpensePolicy", "expensePolicies/" + id, Manager())),
                IsOk());
    clock_.Advance(absl::Hours(25));
  }
  std::vector<v1::FindLikelyDuplicatesResponse::Pair> Alike(const std::string& id) {
    const auto found =
        Do<v1::FindLikelyDuplicatesResponse, v1::FindLikelyDuplicatesRequest>("FindLikelyDuplicates", "expenseClaims/" + id, Analyst());
    EXPECT_THAT(found, IsOk());
    return found.ok() ? std::vector<v1::FindLikelyDuplicatesResponse::Pair>(found->pairs().begin(), found->pairs().end())
                      : std::vector<v1::FindLikelyDuplicatesResponse::Pair>();
  }
};

TEST_F(ExpenseClaimTest, ItsMoneyMovesWithIt) {
  const auto submitted = Claim("li", "c", LineOf({.total = 700, .file = "a"}) + LineOf({.vendor = "Inn", .total = 300, .file = "b"}));
  ASSERT_THAT(submitted, IsOk());
  EXPECT_EQ(submitted->claimant(), "employees/li");
  EXPECT_EQ(submitted->state(), ExpenseClaim::STATE_SUBMITTED);
  EXPECT_THAT(submitted->allowed_verbs(), ElementsAre("approve", "return", "reject", "withdraw"));
  EXPECT_EQ(submitted->lines(0).budget(), "budgets/q1");
  EXPECT_EQ(submitted->lines(0).policy(), "expensePolicies/default");
  ASSERT_EQ(submitted->bookings_size(), 1);
  const std::string encumbrance = submitted->bookings(0).encumbrance();
  EXPECT_EQ(EncumbranceOf(encumbrance)->pre_committed_minor(), 1000);
  EXPECT_EQ(EncumbranceOf(encumbrance)->paper(), "expenseClaims/c");
  EXPECT_EQ(BudgetOf("budgets/q1").pre_committed_minor(), 1000);

  const auto approved = ApproveClaim("c");
  ASSERT_THAT(approved, IsOk());
  EXPECT_EQ(approved->approver(), "employees/manager");
  EXPECT_EQ(BudgetOf("budgets/q1").committed_minor(), 1000);
  EXPECT_EQ(BudgetOf("budgets/q1").pre_committed_minor(), 0);

  const auto paid = Pay("c");
  ASSERT_THAT(paid, IsOk());
  EXPECT_EQ(paid->payer(), "employees/manager");
  EXPECT_EQ(paid->payment_reference(), "T-1");
  EXPECT_EQ(BudgetOf("budgets/q1").actual_minor(), 1000);
  EXPECT_EQ(BudgetOf("budgets/q1").available_minor(), 999'000);
  EXPECT_EQ(EncumbranceOf(encumbrance)->state(), Encumbrance::STATE_SETTLED);
  EXPECT_THAT(ReturnClaim("c"), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(WithdrawClaim("li", "c"), HasReason("ILLEGAL_TRANSITION"));
  ExpectSound();
}

// 3 × USD 0.35 at 32.415 = 34.05: half up per line, and the total is the sum of the rounded lines.
TEST_F(ExpenseClaimTest, ATotalIsTheSumOfItsRoundedLines) {
  HaveRate("USD", "TWD", "32.415");
  std::string lines;
  for (const char* file : {"a", "b", "c"}) lines += LineOf(35, Receipt({.vendor = file, .total = 35, .file = file}), "USD");
  const auto submitted = Claim("li", "c", lines);
  ASSERT_THAT(submitted, IsOk());
  EXPECT_EQ(submitted->bookings(0).amount_minor(), 3405);
  EXPECT_EQ(submitted->bookings(0).currency_code(), "TWD");
  for (const auto& line : submitted->lines()) {
    EXPECT_EQ(line.booked_minor(), 1135);
    EXPECT_EQ(line.conversion().path(), v1::Conversion::PATH_DIRECT);
    EXPECT_EQ(line.conversion().steps(0).rate(), "32.415");
    EXPECT_EQ(time::ToDay(line.conversion().date()), absl::CivilDay(2026, 1, 1));
  }
  EXPECT_EQ(BudgetOf("budgets/q1").pre_committed_minor(), 3405);
  ASSERT_THAT(ApproveClaim("c"), IsOk());
  ASSERT_THAT(Pay("c"), IsOk());
  EXPECT_EQ(BudgetOf("budgets/q1").actual_minor(), 3405);
  ExpectSound();
}

TEST_F(ExpenseClaimTest, WithoutARateNothingIsBooked) {
  EXPECT_THAT(Claim("li", "c", LineOf(35, Receipt({.total = 35}), "USD")), HasReason("RATE_MISSING"));
  EXPECT_EQ(ClaimOf("c", As("li"))->state(), ExpenseClaim::STATE_DRAFT);
  EXPECT_EQ(BudgetOf("budgets/q1").pre_committed_minor(), 0);
  HaveRate("USD", "TWD", "32");
  EXPECT_THAT(Submit("li", "c"), IsOk());
}

TEST_F(ExpenseClaimTest, NoBudgetOrTooLittleRefuses) {
  ASSERT_THAT(Draft("li", "c", LineOf(Paper{})), IsOk());
  auto update = Proto<v1::UpdateExpenseClaimRequest>(
      "expense_claim { name: 'expenseClaims/c' cost_center: 'nobody' } update_mask { paths: 'cost_center' }");
  ASSERT_THAT(Call<ExpenseClaim>("UpdateExpenseClaim", As("li"), update), IsOk());
  EXPECT_THAT(Submit("li", "c"), HasReason("NO_BUDGET"));
  EXPECT_THAT(Claim("li", "d", LineOf({.total = 1'000'001, .file = "b"})), HasReason("BUDGET_SHORT"));
  // What was refused has taken no receipt.
  EXPECT_THAT(Claim("chen", "e", LineOf(Paper{})), IsOk());
}

TEST_F(ExpenseClaimTest, BudgetsOfSeveralCurrenciesTakeTheirShares) {
  HaveRate("USD", "TWD", "32");
  ASSERT_THAT(Call<v1::ExpenseAccount>(
                  "CreateExpenseAccount", Specialist(),
                  Proto<v1::CreateExpenseAccountRequest>("expense_account_id: 'abroad' expense_account { display_name: 'Abroad' }")),
              IsOk());
  ASSERT_THAT(Call<v1::Budget>("CreateBudget", Specialist(), Proto<v1::CreateBudgetRequest>(R"pb(
                                 budget_id: "dollars"
                                 budget {
                                   display_name: "Abroad"
                                   cost_center: "operations"
                                   expense_account: "abroad"
                                   currency_code: "USD"
                                   requested_minor: 100000
                                   start_date { year: 2026 month: 1 day: 1 }
                                   end_date { year: 2026 month: 3 day: 31 }
                                 })pb")),
              IsOk());
  ASSERT_THAT(Approve("budgets/dollars"), IsOk());
  const auto submitted = Claim("li", "c",
                               LineOf(3200, Receipt({.total = 3200, .file = "a"}), "TWD", "abroad") +
                                   LineOf(5000, Receipt({.vendor = "Inn", .total = 5000, .file = "b"}), "USD", "abroad") +
                                   LineOf(200, Receipt({.vendor = "Cab", .total = 200, .file = "c"}), "USD", "taxi"));
  ASSERT_THAT(submitted, IsOk());
  ASSERT_EQ(submitted->bookings_size(), 2);
  EXPECT_EQ(submitted->bookings(0).budget(), "budgets/dollars");
  EXPECT_EQ(submitted->bookings(0).amount_minor(), 5100);
  EXPECT_EQ(submitted->bookings(1).amount_minor(), 6400);
  EXPECT_EQ(submitted->lines(0).conversion().path(), v1::Conversion::PATH_INVERSE);
  ASSERT_THAT(ApproveClaim("c"), IsOk());
  EXPECT_EQ(BudgetOf("budgets/dollars").committed_minor(), 5100);
  ASSERT_THAT(ReturnClaim("c"), IsOk());
  EXPECT_EQ(BudgetOf("budgets/dollars").available_minor(), 100'000);
  EXPECT_EQ(BudgetOf("budgets/q1").available_minor(), 1'000'000);
  ExpectSound();
}

TEST_F(ExpenseClaimTest, NobodyDecidesAboutAnOwnClaim) {
  const rpc::Call manager = As("manager", options::v1::ROLE_OPERATIONS_MANAGER);
  ASSERT_THAT(
      Call<ExpenseClaim>("CreateExpenseClaim", manager,
                         Proto<v1::CreateExpenseClaimRequest>(absl::StrCat(
                             "expense_claim_id: 'c' expense_claim { purpose: 'x' cost_center: 'operations' ", LineOf(Paper{}), " }"))),
      IsOk());
  ASSERT_THAT((Do<ExpenseClaim, v1::SubmitExpenseClaimRequest>("SubmitExpenseClaim", "expenseClaims/c", manager)), IsOk());
  EXPECT_THAT(ApproveClaim("c"), HasReason("OWN_CLAIM"));
  EXPECT_THAT(ReturnClaim("c"), HasReason("OWN_CLAIM"));
  EXPECT_THAT(RejectClaim("c"), HasReason("OWN_CLAIM"));
  const rpc::Call other = As("other", options::v1::ROLE_OPERATIONS_MANAGER);
  ASSERT_THAT((Do<ExpenseClaim, v1::ApproveExpenseClaimRequest>("ApproveExpenseClaim", "expenseClaims/c", other)), IsOk());
  EXPECT_THAT(Pay("c"), HasReason("OWN_CLAIM"));
  EXPECT_THAT((Do<ExpenseClaim, v1::ApproveExpenseClaimRequest>("ApproveExpenseClaim", "expenseClaims/c", As("li"))),
              HasReason("PERMISSION_DENIED"));
  EXPECT_THAT(Call<ExpenseClaim>("CreateExpenseClaim", test::By("producers/shop", {options::v1::ROLE_DEPARTMENT_MEMBER}, clock_.Now()),
                                 Proto<v1::CreateExpenseClaimRequest>(
                                     absl::StrCat("expense_claim { purpose: 'x' cost_center: 'operations' ", LineOf(Paper{}), " }"))),
              HasReason("NOT_AN_EMPLOYEE"));
}

TEST_F(ExpenseClaimTest, ClaimantsSeeTheirOwn) {
  ASSERT_THAT(Draft("li", "c", LineOf(Paper{})), IsOk());
  EXPECT_THAT(ClaimOf("c", As("li")), IsOk());
  EXPECT_EQ(ClaimOf("c", As("chen")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ClaimOf("c", Specialist()).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Submit("chen", "c").status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(ClaimOf("c", Manager()), IsOk());
  EXPECT_THAT(ClaimOf("c", Analyst()), IsOk());
  EXPECT_THAT(ClaimOf("c", As("engineer", options::v1::ROLE_PLATFORM_ENGINEER)), IsOk());
  const auto listed = Call<v1::ListExpenseClaimsResponse>("ListExpenseClaims", As("chen"), v1::ListExpenseClaimsRequest());
  ASSERT_THAT(listed, IsOk());
  EXPECT_EQ(listed->expense_claims_size(), 0);
  // A manager sees it and does not write it.
  EXPECT_THAT((Do<ExpenseClaim, v1::SubmitExpenseClaimRequest>("SubmitExpenseClaim", "expenseClaims/c", Manager())),
              HasReason("NOT_THE_CLAIM_HOLDER"));
  EXPECT_THAT(Decide<v1::WithdrawExpenseClaimRequest>("WithdrawExpenseClaim", "c", Manager()), HasReason("NOT_THE_CLAIM_HOLDER"));
}

TEST_F(ExpenseClaimTest, AReceiptIsClaimedOnceByWhomever) {
  ASSERT_THAT(Claim("li", "first", LineOf({.vendor = "ABC Taxi", .tax_id = "12345675", .number = "AB-77", .file = "a"})), IsOk());
  // Each of these is the same: the file; tax id and number; the name alone, and number.
  const std::vector<Paper> same = {
      {.vendor = "Other", .file = "a"},
      {.vendor = "Renamed", .tax_id = "１２３４５６７５", .number = "ab-77", .day = 1, .total = 5, .file = "b"},
      {.vendor = "ａｂｃ　ＴＡＸＩ", .number = "AB-77 ", .file = "c"}};
  for (size_t i = 0; i < same.size(); ++i) {
    const std::string id = absl::StrCat("same", i);
    const auto refused = Claim("chen", id, LineOf({.vendor = "Fine", .file = absl::StrCat("f", i)}) + LineOf(same[i]));
    EXPECT_THAT(refused, HasReason("DUPLICATE_RECEIPT")) << i;
    EXPECT_THAT(refused, HasViolations("lines[1] RECEIPT_CLAIMED")) << i;
    EXPECT_THAT(std::string(refused.status().message()), ::testing::Not(HasSubstr("first")));  // Whose it is is not told.
  }
  // Each of these is another one: another number; another vendor of the same name; no number.
  EXPECT_THAT(Claim("chen", "x", LineOf({.vendor = "ABC Taxi", .tax_id = "12345675", .number = "AB-78", .file = "x"})), IsOk());
  EXPECT_THAT(Claim("chen", "y", LineOf({.vendor = "ABC Taxi", .tax_id = "99999999", .number = "AB-77", .file = "y"})), IsOk());
  EXPECT_THAT(Claim("chen", "z", LineOf({.vendor = "ABC Taxi", .file = "z"})), IsOk());
}

TEST_F(ExpenseClaimTest, ARejectedOrWithdrawnClaimGivesItsReceiptsBack) {
  const std::string paper = LineOf({.number = "7"});
  ASSERT_THAT(Claim("li", "a", paper), IsOk());
  ASSERT_THAT(ReturnClaim("a"), IsOk());
  EXPECT_THAT(Claim("chen", "b", paper), HasReason("DUPLICATE_RECEIPT"));  // still its own
  EXPECT_EQ(BudgetOf("budgets/q1").available_minor(), 1'000'000);
  ASSERT_THAT(Submit("li", "a"), IsOk());
  ASSERT_THAT(RejectClaim("a"), IsOk());
  ASSERT_THAT(Submit("chen", "b"), IsOk());
  ASSERT_THAT(ApproveClaim("b"), IsOk());
  ASSERT_THAT(WithdrawClaim("chen", "b"), IsOk());
  EXPECT_EQ(BudgetOf("budgets/q1").available_minor(), 1'000'000);
  EXPECT_THAT(Claim("li", "c", paper), IsOk());
  EXPECT_THAT(Submit("li", "a"), HasReason("ILLEGAL_TRANSITION"));
  ExpectSound();
}

TEST_F(ExpenseClaimTest, AReturnedClaimIsPutRight) {
  ASSERT_THAT(Claim("li", "c", LineOf({.total = 700, .file = "a"})), IsOk());
  auto update = Proto<v1::UpdateExpenseClaimRequest>(absl::StrCat("expense_claim { name: 'expenseClaims/c' ",
                                                                  LineOf({.vendor = "Inn", .total = 300, .file = "b"}),
                                                                  " } update_mask { paths: 'lines' }"));
  EXPECT_THAT(Call<ExpenseClaim>("UpdateExpenseClaim", As("li"), update), HasReason("CLAIM_IN_HAND"));
  const auto returned = ReturnClaim("c");
  ASSERT_THAT(returned, IsOk());
  EXPECT_EQ(returned->state_reason(), "it was so");
  EXPECT_THAT(Call<ExpenseClaim>("UpdateExpenseClaim", Manager(), update), HasReason("NOT_THE_CLAIM_HOLDER"));
  const auto updated = Call<ExpenseClaim>("UpdateExpenseClaim", As("li"), update);
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->bookings_size(), 0);
  const auto again = Submit("li", "c");
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->bookings(0).amount_minor(), 300);
  EXPECT_EQ(again->state_reason(), "");
  EXPECT_EQ(BudgetOf("budgets/q1").pre_committed_minor(), 300);
  EXPECT_THAT(Claim("chen", "d", LineOf({.total = 700, .file = "a"})), IsOk());  // It has none of it any more.
  ExpectSound();
}

TEST_F(ExpenseClaimTest, LikelyDuplicatesAreConfirmedByName) {
  ASSERT_THAT(Claim("li", "a", LineOf({.vendor = "Taxi", .total = 1000, .file = "a"})), IsOk());
  ASSERT_THAT(Claim("chen", "b",
                    LineOf({.vendor = "Noodles", .total = 1000, .file = "b"}) +
                        LineOf({.vendor = "ＴＡＸＩ", .number = "3", .total = 1001, .file = "c"})),
              IsOk());
  const auto alike = Alike("b");
  ASSERT_EQ(alike.size(), 1u);
  EXPECT_EQ(alike[0].line(), 2);
  EXPECT_EQ(alike[0].expense_claim(), "expenseClaims/a");
  EXPECT_EQ(alike[0].other_line(), 1);
  EXPECT_EQ(alike[0].claimant(), "employees/li");
  EXPECT_EQ(alike[0].vendor(), "Taxi");
  EXPECT_EQ(alike[0].total_minor(), 1000);

  const auto refused = ApproveClaim("b");
  EXPECT_THAT(refused, HasReason("LIKELY_DUPLICATE"));
  EXPECT_THAT(refused, HasViolations("expenseClaims/a RECEIPTS_ALIKE"));
  EXPECT_THAT(ApproveClaim("b", {"expenseClaims/z"}), HasViolations("confirmed_duplicates[0] NO_LIKELY_DUPLICATE"));
  const auto approved = ApproveClaim("b", {"expenseClaims/a"});
  ASSERT_THAT(approved, IsOk());
  EXPECT_THAT(approved->confirmed_duplicates(), ElementsAre("expenseClaims/a"));
  // The other one as well, by its own approver, and not once this one is gone.
  EXPECT_THAT(ApproveClaim("a"), HasReason("LIKELY_DUPLICATE"));
  ASSERT_THAT(WithdrawClaim("chen", "b"), IsOk());
  EXPECT_THAT(ApproveClaim("a"), IsOk());
}

TEST_F(ExpenseClaimTest, TwoThatAreAlikeInOneClaimAreConfirmedByItsOwnName) {
  ASSERT_THAT(Claim("li", "a", LineOf({.file = "a"}) + LineOf({.file = "b"})), IsOk());
  const auto alike = Alike("a");
  ASSERT_EQ(alike.size(), 1u);
  EXPECT_EQ(alike[0].line(), 2);
  EXPECT_EQ(alike[0].other_line(), 1);
  EXPECT_THAT(ApproveClaim("a"), HasViolations("expenseClaims/a RECEIPTS_ALIKE"));
  EXPECT_THAT(ApproveClaim("a", {"expenseClaims/a"}), IsOk());
}

TEST_F(ExpenseClaimTest, LinesMayShareAReceiptUpToItsTotal) {
  const std::string paper = Receipt({.number = "7", .total = 1000});
  EXPECT_THAT(Claim("li", "a", LineOf(600, paper, "TWD", "meals") + LineOf(400, paper, "TWD", "inns")), IsOk());
  EXPECT_THAT(Draft("li", "b", LineOf(600, paper) + LineOf(401, paper)),
              HasViolations("expense_claim.lines[0].receipt.total_minor RECEIPT_EXCEEDED"));
  EXPECT_THAT(Draft("li", "b", LineOf(600, paper, "ABC")), HasViolations("expense_claim.lines[0].currency_code UNKNOWN_CURRENCY"));
}

TEST_F(ExpenseClaimTest, TheTermsOfTheReceiptsDayCount) {
  HaveTerms("strict", R"pb(accounts { claim_days: 30 receipt_from_minor: 0 }
                           accounts { expense_account: "taxi" claim_days: 2 day_limit_minor: 900 receipt_from_minor: 500 })pb");
  const auto of_day = [](int day, int64_t total, const std::string& file) {
    return LineOf(total, Receipt({.vendor = file, .day = day, .total = total, .file = file}));
  };
  // A receipt of the day before the strict terms began.
  const auto old = Claim("li", "old", of_day(1, 5000, "a"));
  ASSERT_THAT(old, IsOk());
  EXPECT_EQ(old->lines(0).policy(), "expensePolicies/default");
  EXPECT_THAT(Claim("li", "new", of_day(2, 5000, "b")), HasViolations("expenseClaims/new DAY_LIMIT_EXCEEDED"));
  const auto within = Claim("li", "within", of_day(2, 900, "c"));
  ASSERT_THAT(within, IsOk());
  EXPECT_EQ(within->lines(0).policy(), "expensePolicies/strict");
  // One person's claims of a day count together; another person's do not.
  EXPECT_THAT(Claim("li", "more", of_day(2, 1, "d")), HasReason("CLAIM_AGAINST_POLICY"));
  EXPECT_THAT(Claim("chen", "hers", of_day(2, 900, "e")), IsOk());
  ASSERT_THAT(WithdrawClaim("li", "within"), IsOk());
  EXPECT_THAT(Submit("li", "more"), IsOk());
  // All that is wrong is told at once.
  EXPECT_THAT(Claim("li", "late", of_day(3, 10, "f") + LineOf(10, "", "TWD", "inns")),
              HasViolations("lines[0] DAY_TO_COME", "lines[1] RECEIPT_DEMANDED"));
  clock_.Advance(absl::Hours(24 * 3));
  EXPECT_THAT(Claim("chen", "late2", of_day(2, 1, "g")),
              HasViolations("lines[0] CLAIMED_TOO_LATE", "expenseClaims/late2 DAY_LIMIT_EXCEEDED"));
}

TEST_F(ExpenseClaimTest, TermsAreAsTheyShouldBe) {
  EXPECT_THAT(Call<v1::ExpensePolicy>("CreateExpensePolicy", Manager(), Proto<v1::CreateExpensePolicyRequest>(R"pb(
                                        expense_policy {
                                          reason: "x"
                                          currency_code: "XYZ"
                                          accounts { expense_account: "taxi" claim_days: 1 }
                                          accounts { expense_account: "taxi" claim_days: 1 }
                                        })pb")),
              HasViolations("expense_policy.currency_code UNKNOWN_CURRENCY", "expense_policy.accounts[1].expense_account ACCOUNT_TWICE",
                            "expense_policy.accounts NO_GENERAL_TERMS"));
}

// What a leaver has open is named, and somebody else sees it through; the money stays the claimant's (W14).
TEST_F(ExpenseClaimTest, TheClaimOfALeaverIsSeenThroughByAnother) {
  ASSERT_THAT(Claim("li", "open", LineOf(Paper{})), IsOk());
  ASSERT_THAT(Claim("li", "gone", LineOf({.vendor = "Inn", .file = "b"})), IsOk());
  ASSERT_THAT(RejectClaim("gone"), IsOk());
  const auto held = Call<type::v1::ListHoldingsResponse>("ListHoldings", Manager(),
                                                         Proto<type::v1::ListHoldingsRequest>("employee: 'employees/li' open_only: true"));
  ASSERT_THAT(held, IsOk());
  ASSERT_EQ(held->holdings_size(), 1);
  EXPECT_EQ(held->holdings(0).resource(), "expenseClaims/open");
  EXPECT_EQ(held->holdings(0).field(), "holder");

  const rpc::Call lead = As("lead", options::v1::ROLE_OPERATIONS_MANAGER);
  ASSERT_THAT(
      Call<type::v1::Holding>("HandOver", Manager(),
                              Proto<type::v1::HandOverRequest>("resource: 'expenseClaims/open' field: 'holder' employee: 'employees/li' "
                                                               "successor: 'employees/lead' reason: 'she left'")),
      IsOk());
  const auto claim = ClaimOf("open", lead);
  ASSERT_THAT(claim, IsOk());
  EXPECT_EQ(claim->claimant(), "employees/li");
  EXPECT_EQ(claim->holder(), "employees/lead");
  EXPECT_EQ(claim->state(), ExpenseClaim::STATE_SUBMITTED);
  EXPECT_THAT((Do<ExpenseClaim, v1::ApproveExpenseClaimRequest>("ApproveExpenseClaim", "expenseClaims/open", lead)),
              HasReason("OWN_CLAIM"));
  EXPECT_THAT(WithdrawClaim("li", "open"), HasReason("NOT_THE_CLAIM_HOLDER"));
  ASSERT_THAT(ApproveClaim("open"), IsOk());
  EXPECT_THAT((Do<ExpenseClaim, v1::WithdrawExpenseClaimRequest>("WithdrawExpenseClaim", "expenseClaims/open", lead)), IsOk());
}

// A claim that is decided about once the period of its budget is over is sent back and submitted to the next one.
TEST_F(ExpenseClaimTest, AfterItsPeriodAClaimGoesToTheNextBudget) {
  ASSERT_THAT(Claim("li", "c", LineOf(Paper{})), IsOk());
  clock_.Set(absl::FromCivil(absl::CivilHour(2026, 4, 1, 9), service::DefaultTimeZone()));
  EXPECT_THAT(ApproveClaim("c"), HasReason("OUTSIDE_BUDGET_PERIOD"));
  ASSERT_THAT(ReturnClaim("c"), IsOk());
  EXPECT_THAT(Submit("li", "c"), HasReason("NO_BUDGET"));
  ASSERT_THAT(Call<v1::Budget>("CreateBudget", Specialist(), Proto<v1::CreateBudgetRequest>(R"pb(
                                 budget_id: "q2"
                                 budget {
                                   display_name: "Operations Q2"
                                   cost_center: "operations"
                                   currency_code: "TWD"
                                   requested_minor: 5000
                                   start_date { year: 2026 month: 4 day: 1 }
                                   end_date { year: 2026 month: 6 day: 30 }
                                 })pb")),
              IsOk());
  ASSERT_THAT(Approve("budgets/q2"), IsOk());
  const auto again = Submit("li", "c");
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->bookings(0).budget(), "budgets/q2");
  EXPECT_EQ(BudgetOf("budgets/q1").available_minor(), 1'000'000);
  ASSERT_THAT(ApproveClaim("c"), IsOk());
  ASSERT_THAT(Pay("c"), IsOk());
  EXPECT_EQ(BudgetOf("budgets/q2").actual_minor(), 1000);
  ExpectSound();
}

// When the period is ended, a claim that waits comes back by itself.
TEST_F(ExpenseClaimTest, AClaimWhoseMoneyLapsesComesBack) {
  ASSERT_THAT(Claim("li", "c", LineOf(Paper{})), IsOk());
  clock_.Set(absl::FromCivil(absl::CivilHour(2026, 4, 12, 9), service::DefaultTimeZone()));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  const auto back = ClaimOf("c", Manager());
  ASSERT_THAT(back, IsOk());
  EXPECT_EQ(back->state(), ExpenseClaim::STATE_RETURNED);
  EXPECT_THAT(back->state_reason(), testing::HasSubstr("budgets/q1"));
  EXPECT_EQ(BudgetOf("budgets/q1").state(), v1::Budget::STATE_CLOSED);
  ExpectSound();
}

// Many people claim the same few receipts at the same time, some by the file, some by tax id and number, some by name and number: each
// receipt is paid once.
TEST_F(ExpenseClaimTest, OfManyAtOnceOneHasTheReceipt) {
  constexpr int kThreads = 8, kReceipts = 6;
  for (int i = 0; i < kThreads; ++i) {
    for (int r = 0; r < kReceipts; ++r) {
      const std::string number = absl::StrCat("N", r);
      Paper paper{.vendor = "ABC", .tax_id = i % 2 == 0 ? "123" : "", .number = number, .file = absl::StrCat("f", r, "x", i)};
      if (i % 4 == 3) paper = {.vendor = "Other", .file = absl::StrCat("f", r, "x0")};  // the file of the first thread
      // In the opposite order of half of the threads, another receipt besides.
      const std::string own = LineOf({.vendor = "Own", .number = absl::StrCat(i, "-", r), .file = absl::StrCat("e", r, "a", i)});
      ASSERT_THAT(Draft(absl::StrCat("p", i), absl::StrCat("c-", r, "-", i), i % 2 == 0 ? own + LineOf(paper) : LineOf(paper) + own),
                  IsOk());
    }
  }
  std::array<std::atomic<int>, kReceipts> taken{};
  std::atomic<int> other = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        for (int r = 0; r < kReceipts; ++r) {
          const auto submitted = Submit(absl::StrCat("p", i), absl::StrCat("c-", r, "-", i));
          if (submitted.ok()) {
            ++taken[static_cast<size_t>(r)];
          } else if (status::ReasonOf(submitted.status()) != "DUPLICATE_RECEIPT") {
            ++other;
          }
        }
      });
    }
  }
  EXPECT_EQ(other, 0);
  for (int r = 0; r < kReceipts; ++r) {
    // Those by number exclude each other. Those by the file of the first thread exclude it and each other.
    EXPECT_GE(taken[static_cast<size_t>(r)], 1) << r;
    EXPECT_LE(taken[static_cast<size_t>(r)], 2) << r;
  }
  int64_t held = 0;
  const absl::Status read = database_.get().Read(absl::Now() + absl::Seconds(20), [&](sql::Session& session) {
    return session.Query(
        "SELECT COUNT(*) FROM claimed_receipts a JOIN claimed_receipts b ON (a.claim < b.claim) WHERE a.file_sha256 = b.file_sha256 OR "
        "(a.number = b.number AND ((a.tax_id = b.tax_id) OR ((a.tax_id IS NULL OR b.tax_id IS NULL) AND a.vendor = b.vendor)))",
        {}, [&](const sql::Row& row) { held = row.Int(0); });
  });
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(held, 0);
  int submitted = 0;
  for (const auto& count : taken) submitted += count;
  EXPECT_EQ(BudgetOf("budgets/q1").pre_committed_minor(), 2000 * submitted);
  ExpectSound();
}

// One person submits several claims of a day at the same time: the limit of the day holds.
TEST_F(ExpenseClaimTest, TheLimitOfADayHoldsForClaimsAtOnce) {
  HaveTerms("strict", "accounts { claim_days: 30 day_limit_minor: 2500 }");
  constexpr int kThreads = 6;
  for (int i = 0; i < kThreads; ++i) {
    ASSERT_THAT(Draft("li", absl::StrCat("c", i), LineOf({.vendor = absl::StrCat("V", i), .day = 2, .file = absl::StrCat("a", i)})),
                IsOk());
  }
  std::atomic<int> submitted = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) threads.emplace_back([&, i] { submitted += Submit("li", absl::StrCat("c", i)).ok(); });
  }
  EXPECT_EQ(submitted, 2);
}

}  // namespace
}  // namespace heitie::resource
