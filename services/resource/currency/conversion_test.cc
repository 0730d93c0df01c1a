#include "services/resource/currency/conversion.h"

#include <gtest/gtest.h>
#include <unicode/ucurr.h>
#include <unicode/uenum.h>

#include <map>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/test/fixture.h"
#include "common/text/figure.h"
#include "services/resource/money/budget_ledger.h"

namespace heitie::resource {
namespace {

using exact::Fraction;
using test::HasReason;

// 3 × USD 0.35 at 32.415: a total is the sum of its rounded lines, 34.05, not the rounded sum 34.04.
TEST(ConversionTest, ATotalIsTheSumOfItsRoundedLines) {
  const Fraction rate = *ParseDecimal("32.415");
  const auto line = ConvertMinor(35, "USD", rate, "TWD");
  ASSERT_TRUE(line.ok());
  EXPECT_EQ(*line, 1135);
  EXPECT_EQ(3 * *line, 3405);
  EXPECT_EQ(*ConvertMinor(105, "USD", rate, "TWD"), 3404);
}

TEST(ConversionTest, MinorUnitsHaveTheDigitsOfTheirCurrencies) {
  EXPECT_EQ(*ConvertMinor(100, "USD", *ParseDecimal("150.5"), "JPY"), 151);      // 150.5 yen
  EXPECT_EQ(*ConvertMinor(151, "JPY", *ParseDecimal("0.0066445"), "USD"), 100);  // 1.00332 dollars
  EXPECT_EQ(*ConvertMinor(1000, "KWD", *ParseDecimal("3.25"), "USD"), 325);      // 1.000 dinar
  EXPECT_EQ(*ConvertMinor(-35, "USD", *ParseDecimal("32.415"), "TWD"), -1135);
  EXPECT_EQ(*ConvertMinor(1, "IDR", *ParseDecimal("0.002"), "TWD"), 0);
}

TEST(ConversionTest, DecimalsAreExact) {
  EXPECT_EQ(*ParseDecimal("32.415"), Fraction(32415, 1000));
  EXPECT_EQ(*ParseDecimal("0.1"), Fraction(1, 10));
  EXPECT_EQ(*ParseDecimal("010"), Fraction(10));  // Not octal.
  EXPECT_EQ(*ParseDecimal("999999999999.999999999999") + *ParseDecimal("0.000000000001"), Fraction(1'000'000'000'000));
  for (const char* none : {"", ".", "1.", ".5", "1,5", "1e3", "-1", "+1", " 1", "1.2.3", "0x10", "12345678901234567890123456"}) {
    EXPECT_FALSE(ParseDecimal(none)) << none;
  }
}

// Whatever the amount and the rate: no more than half a minor unit off, halves away from zero, and what is exact in the other currency
// comes back exactly by the inverse.
TEST(ConversionTest, RoundsOnceHalfUp) {
  std::mt19937_64 random(20261129);
  const auto within = [&](int64_t from, int64_t to) { return std::uniform_int_distribution<int64_t>(from, to)(random); };
  for (int round = 0; round < 2000; ++round) {
    const std::string from = std::array{"USD", "JPY", "KWD"}[static_cast<size_t>(round % 3)];
    const int64_t minor = within(-1'000'000'000, 1'000'000'000);
    const std::string text = absl::StrFormat("%d.%06d", within(0, 200), within(1, 999'999));
    const Fraction rate = *ParseDecimal(text);
    Fraction exactly = rate * minor * 100;
    for (int digit = 0; digit < text::MinorDigits(from); ++digit) exactly /= 10;
    const auto rounded = ConvertMinor(minor, from, rate, "TWD");
    ASSERT_TRUE(rounded.ok());
    const Fraction off = Fraction(*rounded) - exactly;
    EXPECT_LE(abs(off), Fraction(1, 2)) << minor << " " << from << " at " << text;
    if (abs(off) == Fraction(1, 2)) {
      EXPECT_GT(abs(Fraction(*rounded)), abs(exactly));
    }
    const auto there = ConvertMinor(minor, "USD", rate, "TWD");
    if (denominator(Fraction(rate * minor)) == 1) {
      EXPECT_EQ(*ConvertMinor(*there, "TWD", 1 / rate, "USD"), minor);
    }
  }
}

TEST(ConversionTest, MoreThanBalancesHoldIsRefused) {
  EXPECT_EQ(*ConvertMinor(kMaxBudgetMinor - 1, "TWD", 1, "USD"), kMaxBudgetMinor - 1);
  EXPECT_THAT(ConvertMinor(kMaxBudgetMinor, "TWD", 1, "USD"), HasReason("AMOUNT_LIMIT"));
  EXPECT_THAT(ConvertMinor(-kMaxBudgetMinor, "TWD", 1, "USD"), HasReason("AMOUNT_LIMIT"));
  EXPECT_THAT(ConvertMinor(1'000'000'000'000, "USD", *ParseDecimal("999999999999"), "TWD"), HasReason("AMOUNT_LIMIT"));
}

TEST(ConversionTest, PriceAndExchangeAddUpToWhatItIsDearer) {
  // Ordered at USD 100.00 and 32.0, invoiced USD 101.00 at 32.5.
  const int64_t ordered = *ConvertMinor(10000, "USD", 32, "TWD"), restated = *ConvertMinor(10100, "USD", 32, "TWD");
  const int64_t invoiced = *ConvertMinor(10100, "USD", *ParseDecimal("32.5"), "TWD");
  const Difference difference = SplitDifference(ordered, restated, invoiced);
  EXPECT_EQ(difference.price, 3200);
  EXPECT_EQ(difference.exchange, 5050);
  EXPECT_EQ(difference.price + difference.exchange, invoiced - ordered);
}

// Money in use of Unicode's data. Where its digits are not those of ISO 4217, they are what is customary, which ISO does not follow: of
// each of these ISO has a minor unit that nobody pays with.
TEST(ConversionTest, CurrenciesAndTheirDigitsAreThoseOfTheLibraryButWhatIsCustomary) {
  const std::map<std::string, int> customary = {{"AFN", 0}, {"ALL", 0}, {"IQD", 0}, {"IRR", 0}, {"KPW", 0}, {"LAK", 0}, {"LBP", 0},
                                                {"MGA", 0}, {"MMK", 0}, {"RSD", 0}, {"SLL", 0}, {"SOS", 0}, {"SYP", 0}, {"YER", 0}};
  int known = 0;
  for (char a = 'A'; a <= 'Z'; ++a) {
    for (char b = 'A'; b <= 'Z'; ++b) {
      for (char c = 'A'; c <= 'Z'; ++c) {
        const std::string code = {a, b, c};
        if (!IsCurrency(code)) continue;
        ++known;
        const char16_t wide[] = {static_cast<char16_t>(a), static_cast<char16_t>(b), static_cast<char16_t>(c), 0};
        UErrorCode error = U_ZERO_ERROR;
        const int digits = ucurr_getDefaultFractionDigits(wide, &error);
        const auto other = customary.find(code);
        EXPECT_EQ(other == customary.end() ? text::MinorDigits(code) : other->second, digits) << code;
        if (other != customary.end()) {
          EXPECT_GT(text::MinorDigits(code), digits) << code;
        }
      }
    }
  }
  EXPECT_GT(known, 140);
  for (const char* code : {"TWD", "USD", "EUR", "JPY", "CNY", "HKD", "KWD"}) EXPECT_TRUE(IsCurrency(code)) << code;
  for (const char* code : {"XXX", "XTS", "XAU", "DEM", "ABC", "usd", "", "USDT"}) EXPECT_FALSE(IsCurrency(code)) << code;
}

}  // namespace
}  // namespace heitie::resource
