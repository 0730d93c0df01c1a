#include "services/resource/claim/claim_rules.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "common/time/day.h"

namespace heitie::resource {
namespace {

using test::HasReason;
using test::HasViolations;
using test::Proto;
using v1::ExpenseClaim;
using Line = ExpenseClaim::Line;

TEST(ComparableTextTest, CaseWidthAndBlanksDoNotMatter) {
  EXPECT_EQ(ComparableText("ＡＢＣ  Taxi　Ltd."), ComparableText("abctaxi ltd."));
  EXPECT_EQ(ComparableText("統一超商 股份\t有限公司"), "統一超商股份有限公司");
  EXPECT_EQ(ComparableText("ｶﾌｪ"), ComparableText("カフェ"));
  EXPECT_EQ(ComparableText("Straße"), ComparableText("STRASSE"));
  EXPECT_EQ(ComparableText("AB\u200b-12"), "ab-12");  // a blank that is not seen
  EXPECT_EQ(ComparableText(" \t　"), "");
  EXPECT_NE(ComparableText("AB-12"), ComparableText("AB-21"));
  std::string longest;
  for (int i = 0; i < 200; ++i) absl::StrAppend(&longest, "\ufdfa");  // each becomes eighteen letters
  EXPECT_LE(ComparableText(longest).size(), 1000u);
}

ReceiptKey Key(const std::string& file, const std::string& vendor, const std::string& tax_id, const std::string& number, int day = 5,
               int64_t total = 1000, const std::string& currency = "TWD") {
  return {file, vendor, tax_id, number, absl::CivilDay(2026, 1, day), currency, total};
}

TEST(SameReceiptTest, TheSameFileOrTheSameVendorAndNumber) {
  EXPECT_TRUE(IsSameReceipt(Key("f", "a", "", ""), Key("f", "b", "1", "7")));
  EXPECT_TRUE(IsSameReceipt(Key("f", "a", "1", "7"), Key("g", "b", "1", "7")));   // by tax id
  EXPECT_FALSE(IsSameReceipt(Key("f", "a", "1", "7"), Key("g", "a", "2", "7")));  // another one of the same name
  EXPECT_TRUE(IsSameReceipt(Key("f", "a", "", "7"), Key("g", "a", "2", "7")));    // one tells no tax id
  EXPECT_TRUE(IsSameReceipt(Key("f", "a", "", "7"), Key("g", "a", "", "7")));
  EXPECT_FALSE(IsSameReceipt(Key("f", "a", "", ""), Key("g", "a", "", "")));  // none has a number
  EXPECT_FALSE(IsSameReceipt(Key("f", "a", "1", "7"), Key("g", "a", "1", "8")));
}

TEST(LikelySameTest, VendorDayCurrencyAndTotalWithinOneUnit) {
  const ReceiptKey one = Key("f", "a", "", "");
  EXPECT_TRUE(IsLikelySame(one, Key("g", "a", "", "", 5, 1001)));
  EXPECT_TRUE(IsLikelySame(one, Key("g", "a", "9", "", 5, 999)));
  EXPECT_FALSE(IsLikelySame(one, Key("g", "a", "", "", 5, 1002)));
  EXPECT_FALSE(IsLikelySame(one, Key("g", "a", "", "", 6)));
  EXPECT_FALSE(IsLikelySame(one, Key("g", "a", "", "", 5, 1000, "USD")));
  EXPECT_FALSE(IsLikelySame(one, Key("g", "b", "", "")));  // Equal amounts alone are none.
}

// Whatever two receipts say, the order in which they are compared does not matter.
TEST(SameReceiptTest, IsSymmetric) {
  std::mt19937_64 random(7);
  const auto one_of = [&](std::initializer_list<const char*> texts) {
    return std::string(*(texts.begin() + std::uniform_int_distribution<long>(0, static_cast<long>(texts.size()) - 1)(random)));
  };
  const auto any = [&] { return Key(one_of({"f", "g"}), one_of({"a", "b"}), one_of({"", "1", "2"}), one_of({"", "7", "8"})); };
  for (int i = 0; i < 2000; ++i) {
    const ReceiptKey a = any(), b = any();
    EXPECT_EQ(IsSameReceipt(a, b), IsSameReceipt(b, a));
    EXPECT_EQ(IsLikelySame(a, b), IsLikelySame(b, a));
    EXPECT_TRUE(IsSameReceipt(a, a));
  }
}

constexpr char kReceipt[] = "vendor: 'Taxi' number: '7' date { year: 2026 month: 1 day: 5 } total_minor: 1000 file_sha256: 'aa'";

TEST(ReceiptsOfTest, LinesShareAReceiptThatSaysTheSame) {
  const auto claim = Proto<ExpenseClaim>(absl::StrCat("lines { amount_minor: 400 currency_code: 'TWD' receipt { ", kReceipt,
                                                      " } } lines { amount_minor: 1 currency_code: 'TWD' } lines { amount_minor: 600 "
                                                      "currency_code: 'TWD' receipt { ",
                                                      kReceipt, " } }"));
  const auto receipts = ReceiptsOf(claim);
  ASSERT_EQ(receipts.size(), 1u);
  EXPECT_EQ(receipts[0].lines, (std::vector<int>{0, 2}));
  status::BadFields bad;
  CheckClaim("expense_claim", claim, bad);
  EXPECT_TRUE(bad.empty());
}

TEST(CheckClaimTest, TellsAllThatIsWrong) {
  auto claim = Proto<ExpenseClaim>(absl::StrCat("lines { amount_minor: 1001 currency_code: 'TWD' receipt { ", kReceipt, " } }",
                                                "lines { amount_minor: 5 currency_code: 'USD' receipt { ", kReceipt, " } }",
                                                "lines { amount_minor: 5 currency_code: 'USD' receipt { ", kReceipt, " } }"));
  claim.mutable_lines(2)->mutable_receipt()->set_vendor("　");
  claim.mutable_lines(2)->mutable_receipt()->set_file_sha256("bb");
  status::BadFields bad;
  CheckClaim("expense_claim", claim, bad);
  EXPECT_THAT(bad.status(),
              HasViolations("expense_claim.lines[0].receipt.total_minor RECEIPT_EXCEEDED", "expense_claim.lines[1].receipt RECEIPTS_DIFFER",
                            "expense_claim.lines[2].receipt.vendor VENDOR_BLANK"));
}

v1::ExpensePolicy Terms() {
  return Proto<v1::ExpensePolicy>(R"pb(
    currency_code: "TWD"
    accounts { claim_days: 30 receipt_from_minor: 0 }
    accounts { expense_account: "meals" claim_days: 10 day_limit_minor: 50000 }
    accounts { expense_account: "expenseAccounts/taxi" claim_days: 10 receipt_from_minor: 20000 }
  )pb");
}

TEST(TermsTest, AnAccountHasItsOwnOrTheGeneralOnes) {
  const v1::ExpensePolicy terms = Terms();
  EXPECT_EQ(TermsFor(terms, "meals").day_limit_minor(), 50000);
  EXPECT_EQ(TermsFor(terms, "taxi").receipt_from_minor(), 20000);
  EXPECT_EQ(TermsFor(terms, "expenseAccounts/meals").day_limit_minor(), 50000);
  EXPECT_EQ(TermsFor(terms, "travel").claim_days(), 30);
}

TEST(TermsTest, EachAccountIsNamedOnceAndTheGeneralOnesAreThere) {
  status::BadFields fine, bad;
  CheckTerms(Terms(), fine);
  EXPECT_TRUE(fine.empty());
  CheckTerms(Proto<v1::ExpensePolicy>("accounts { expense_account: 'taxi' } accounts { expense_account: 'expenseAccounts/taxi' }"), bad);
  EXPECT_THAT(bad.status(),
              HasViolations("expense_policy.accounts[1].expense_account ACCOUNT_TWICE", "expense_policy.accounts NO_GENERAL_TERMS"));
}

class JudgeLineTest : public ::testing::Test {
 protected:
  absl::Status Judge(const std::string& line, int64_t amount, int today) {
    const auto claimed = Proto<Line>(line);
    status::Unmet unmet;
    JudgeLine("lines[0]", claimed, TermsFor(Terms(), claimed.expense_account()), amount, "TWD", absl::CivilDay(2026, 1, today), unmet);
    static const status::Reason kAny{absl::StatusCode::kFailedPrecondition, "JUDGE_LINE_TEST", "Any.", "任何。"};
    return unmet.status(kAny);
  }
};

TEST_F(JudgeLineTest, ReceiptsAreDemandedByAccountAndAmount) {
  const std::string day = "date { year: 2026 month: 1 day: 5 }";
  EXPECT_THAT(Judge("expense_account: 'taxi' " + day, 19999, 6), test::IsOk());
  EXPECT_THAT(Judge("expense_account: 'taxi' " + day, 20000, 6), HasViolations("lines[0] RECEIPT_DEMANDED"));
  EXPECT_THAT(Judge("expense_account: 'meals' " + day, 1'000'000, 6), test::IsOk());
  EXPECT_THAT(Judge("expense_account: 'travel' " + day, 0, 6), HasViolations("lines[0] RECEIPT_DEMANDED"));
  EXPECT_THAT(Judge(absl::StrCat("expense_account: 'travel' receipt { ", kReceipt, " } ", day), 0, 6), test::IsOk());
}

TEST_F(JudgeLineTest, TheReceiptsDayCounts) {
  const std::string line = absl::StrCat("expense_account: 'taxi' date { year: 2026 month: 1 day: 2 } receipt { ", kReceipt, " }");
  EXPECT_THAT(Judge(line, 0, 15), test::IsOk());
  EXPECT_THAT(Judge(line, 0, 16), HasViolations("lines[0] CLAIMED_TOO_LATE"));
  EXPECT_THAT(Judge(line, 0, 5), test::IsOk());
  EXPECT_THAT(Judge(line, 0, 4), HasViolations("lines[0] DAY_TO_COME"));
  EXPECT_THAT(Judge(line, 0, 1), HasViolations("lines[0] DAY_TO_COME", "lines[0] DAY_TO_COME"));
}

TEST_F(JudgeLineTest, TheAmountMattersWhereALimitOrDutyDependsOnIt) {
  const v1::ExpensePolicy terms = Terms();
  EXPECT_TRUE(DependsOnAmount(Line(), TermsFor(terms, "taxi")));
  EXPECT_TRUE(DependsOnAmount(Line(), TermsFor(terms, "meals")));
  EXPECT_FALSE(DependsOnAmount(Line(), TermsFor(terms, "travel")));
  EXPECT_FALSE(DependsOnAmount(Proto<Line>(absl::StrCat("receipt { ", kReceipt, " }")), TermsFor(terms, "taxi")));
}

}  // namespace
}  // namespace heitie::resource
