#include "services/resource/currency/rates.h"

#include <thread>

#include "absl/strings/str_cat.h"
#include "common/time/day.h"
#include "services/resource/resource_test.h"

namespace heitie::resource {
namespace {

using test::EqualsProto;
using test::HasViolations;
using test::Partially;
using v1::Conversion;
using v1::ExchangeRate;

class RatesTest : public ResourceTest {
 protected:
  absl::StatusOr<ExchangeRate> Enter(const std::string& from, const std::string& to, int day, const std::string& rate,
                                     const std::string& id = "") {
    return Call<ExchangeRate>("CreateExchangeRate", Specialist(),
                              Proto<v1::CreateExchangeRateRequest>(absl::StrCat(
                                  "exchange_rate_id: '", id, "' exchange_rate { currency_code: '", from, "' quote_currency_code: '", to,
                                  "' rate_date { year: 2026 month: 1 day: ", day, " } rate: '", rate, "' source: 'a bank' }")));
  }
  absl::StatusOr<v1::ConvertAmountResponse> ConvertOn(int64_t minor, const std::string& from, const std::string& to, int day) {
    return Call<v1::ConvertAmountResponse>(
        "ConvertAmount", Analyst(),
        Proto<v1::ConvertAmountRequest>(absl::StrCat("amount_minor: ", minor, " currency_code: '", from, "' quote_currency_code: '", to,
                                                     "' date { year: 2026 month: 1 day: ", day, " }")));
  }
};

TEST_F(RatesTest, ABookingUsesTheLatestRateUpToItsDate) {
  ASSERT_THAT(Enter("USD", "TWD", 5, "32.0", "five"), IsOk());
  ASSERT_THAT(Enter("USD", "TWD", 8, "32.415", "eight"), IsOk());
  EXPECT_THAT(ConvertOn(35, "USD", "TWD", 4), HasReason("RATE_MISSING"));
  EXPECT_EQ(ConvertOn(100, "USD", "TWD", 5)->converted_minor(), 3200);
  EXPECT_EQ(ConvertOn(100, "USD", "TWD", 7)->converted_minor(), 3200);
  const auto eighth = ConvertOn(35, "USD", "TWD", 18);  // ten days old
  ASSERT_THAT(eighth, IsOk());
  EXPECT_EQ(eighth->converted_minor(), 1135);
  EXPECT_THAT(eighth->conversion(), EqualsProto(R"pb(
                currency_code: "USD"
                quote_currency_code: "TWD"
                date { year: 2026 month: 1 day: 18 }
                path: PATH_DIRECT
                steps {
                  exchange_rate: "exchangeRates/eight"
                  currency_code: "USD"
                  quote_currency_code: "TWD"
                  rate: "32.415"
                  rate_date { year: 2026 month: 1 day: 8 }
                }
                policy: "currencyPolicies/default"
              )pb"));
  EXPECT_THAT(ConvertOn(35, "USD", "TWD", 19), HasReason("RATE_MISSING"));
}

TEST_F(RatesTest, TheSameCurrencyNeedsNoRate) {
  const auto same = ConvertOn(35, "TWD", "TWD", 1);
  ASSERT_THAT(same, IsOk());
  EXPECT_EQ(same->converted_minor(), 35);
  EXPECT_EQ(same->conversion().path(), Conversion::PATH_SAME_CURRENCY);
}

TEST_F(RatesTest, TheInverseIsExactAndTheLaterOfBothCounts) {
  ASSERT_THAT(Enter("TWD", "USD", 5, "0.03"), IsOk());
  const auto inverse = ConvertOn(3, "USD", "TWD", 6);  // 0.03 / 0.03
  ASSERT_THAT(inverse, IsOk());
  EXPECT_EQ(inverse->converted_minor(), 100);
  EXPECT_EQ(inverse->conversion().path(), Conversion::PATH_INVERSE);
  EXPECT_TRUE(inverse->conversion().steps(0).inverse());
  ASSERT_THAT(Enter("USD", "TWD", 4, "31"), IsOk());
  EXPECT_EQ(ConvertOn(3, "USD", "TWD", 6)->converted_minor(), 100);  // of a later day
  ASSERT_THAT(Enter("USD", "TWD", 5, "32"), IsOk());
  EXPECT_EQ(ConvertOn(3, "USD", "TWD", 6)->converted_minor(), 96);  // of the same day, and the pair's own
}

// Over the company's currency in one step, exactly and rounded once: 1 EUR = 35.1 TWD, 1 JPY = 0.2105 TWD, EUR 1.00 = JPY 166.745… = 167.
TEST_F(RatesTest, OtherPairsGoOverTheCompanysCurrency) {
  ASSERT_THAT(Enter("EUR", "TWD", 5, "35.1"), IsOk());
  EXPECT_THAT(ConvertOn(100, "EUR", "JPY", 5), HasReason("RATE_MISSING"));
  ASSERT_THAT(Enter("JPY", "TWD", 4, "0.2105"), IsOk());
  const auto cross = ConvertOn(100, "EUR", "JPY", 5);
  ASSERT_THAT(cross, IsOk());
  EXPECT_EQ(cross->converted_minor(), 167);
  EXPECT_EQ(cross->conversion().path(), Conversion::PATH_COMPANY_CURRENCY);
  ASSERT_EQ(cross->conversion().steps_size(), 2);
  EXPECT_FALSE(cross->conversion().steps(0).inverse());
  EXPECT_TRUE(cross->conversion().steps(1).inverse());
  // What was kept is enough to convert by it again, whatever rates there are by then.
  const auto again = QuoteOf(cross->conversion());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->rate, exact::Fraction(351, 10) / exact::Fraction(2105, 10000));
  EXPECT_EQ(*again->Convert(100), 167);
  ASSERT_THAT(Enter("EUR", "JPY", 1, "160"), IsOk());  // a rate of its own comes first
  EXPECT_EQ(ConvertOn(100, "EUR", "JPY", 5)->converted_minor(), 160);
}

TEST_F(RatesTest, WhatNoConversionMadeIsNoQuote) {
  EXPECT_EQ(QuoteOf(Proto<Conversion>("currency_code: 'USD' quote_currency_code: 'TWD'")).status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(QuoteOf(Proto<Conversion>("currency_code: 'USD' quote_currency_code: 'TWD' steps { currency_code: 'TWD' "
                                      "quote_currency_code: 'USD' rate: '2' }"))
                .status()
                .code(),
            absl::StatusCode::kInternal);
}

TEST_F(RatesTest, AWrongRateIsWithdrawnAndEnteredAnew) {
  ASSERT_THAT(Enter("USD", "TWD", 5, "3.2", "wrong"), IsOk());
  EXPECT_THAT(Enter("USD", "TWD", 5, "32"), HasReason("RATE_TAKEN"));
  const auto withdraw = Proto<v1::WithdrawExchangeRateRequest>("name: 'exchangeRates/wrong' reason: 'the point'");
  const auto withdrawn = Call<ExchangeRate>("WithdrawExchangeRate", Manager(), withdraw);
  ASSERT_THAT(withdrawn, IsOk());
  EXPECT_EQ(withdrawn->state_reason(), "the point");
  EXPECT_THAT(Call<ExchangeRate>("WithdrawExchangeRate", Manager(), withdraw), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(ConvertOn(100, "USD", "TWD", 5), HasReason("RATE_MISSING"));
  ASSERT_THAT(Enter("USD", "TWD", 5, "32"), IsOk());
  EXPECT_EQ(ConvertOn(100, "USD", "TWD", 5)->converted_minor(), 3200);
}

TEST_F(RatesTest, EveryBadFieldIsTold) {
  EXPECT_THAT(Enter("ABC", "ABC", 5, "0.000"),
              HasViolations("exchange_rate.currency_code UNKNOWN_CURRENCY", "exchange_rate.quote_currency_code UNKNOWN_CURRENCY",
                            "exchange_rate.quote_currency_code SAME_CURRENCY", "exchange_rate.rate RATE_NOT_POSITIVE"));
  EXPECT_THAT(Enter("USD", "TWD", 5, "1e3"), HasReason("INVALID_FIELDS"));
  EXPECT_THAT(ConvertOn(1, "XXX", "TWD", 5), HasViolations("currency_code UNKNOWN_CURRENCY"));
}

TEST_F(RatesTest, OfManyAtOnceOneIsTheRateOfTheDay) {
  constexpr int kThreads = 8;
  std::atomic<int> entered = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] { entered += Enter("USD", "TWD", 5, absl::StrCat(30 + i)).ok(); });
    }
  }
  EXPECT_EQ(entered, 1);
}

// The terms of a business date are those in force when it begins, whatever comes later.
TEST_F(RatesTest, TheTermsAreThoseOfTheDate) {
  ASSERT_THAT(Enter("USD", "TWD", 5, "32"), IsOk());
  ASSERT_THAT(
      Call<v1::CurrencyPolicy>("CreateCurrencyPolicy", Manager(),
                               Proto<v1::CreateCurrencyPolicyRequest>("currency_policy_id: 'strict' currency_policy { reason: 'Only "
                                                                      "of the day' company_currency_code: 'TWD' }")),
      IsOk());
  clock_.Advance(absl::Hours(24 * 6));  // 7 January, 08:00 in Taipei
  ASSERT_THAT((Do<v1::CurrencyPolicy, v1::PublishCurrencyPolicyRequest>("PublishCurrencyPolicy", "currencyPolicies/strict", Manager())),
              IsOk());
  EXPECT_EQ(ConvertOn(100, "USD", "TWD", 7)->converted_minor(), 3200);
  EXPECT_THAT(ConvertOn(100, "USD", "TWD", 8), HasReason("RATE_MISSING"));
  EXPECT_EQ(ConvertOn(100, "USD", "TWD", 6)->conversion().policy(), "currencyPolicies/default");
  EXPECT_THAT(
      Call<v1::CurrencyPolicy>("CreateCurrencyPolicy", Manager(),
                               Proto<v1::CreateCurrencyPolicyRequest>("currency_policy { reason: 'x' company_currency_code: 'XYZ' }")),
      HasViolations("currency_policy.company_currency_code UNKNOWN_CURRENCY"));
}

}  // namespace
}  // namespace heitie::resource
