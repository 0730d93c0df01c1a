// Dated rates between currencies, and what an amount is in another one on a business date (policy S5).
//
//   ASSIGN_OR_RETURN(const Converted price, rates.Convert(tx, "USD", 35, budget.currency_code(), day));
//   order.set_booked_minor(price.minor);
//   *order.mutable_conversion() = price.conversion;      // pair, rates, their days and the way, kept with what is booked
//
// A total is the sum of its rounded lines: each line is converted, and the results are added. Several lines of one pair and day ask once:
//
//   ASSIGN_OR_RETURN(const Quote quote, rates.Find(tx, "USD", "TWD", day));
//   for (…) { ASSIGN_OR_RETURN(const int64_t minor, quote.Convert(line.amount_minor())); … }
//
// A later stage that is to be compared with an earlier one at the earlier rate reads it out of what the earlier one kept: QuoteOf, and
// SplitDifference (conversion.h) tells what the price and what the rate made of it.
#ifndef HEITIE_SERVICES_RESOURCE_CURRENCY_RATES_H_
#define HEITIE_SERVICES_RESOURCE_CURRENCY_RATES_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/exact/fraction.h"
#include "common/record/methods.h"
#include "common/record/rule_set.h"
#include "heitie/resource/v1/currency_policy.pb.h"
#include "heitie/resource/v1/exchange_rate.pb.h"
#include "services/resource/currency/conversion.h"

namespace heitie::resource {

extern const status::Reason kRateMissing;      // {from} {to} {day} {age}
extern const status::Reason kUnknownCurrency;  // {currency}: a field

const record::StateMachine& ExchangeRateMachine();

// By what amounts of a pair are converted on a day. A value.
struct Quote {
  // How many units of the one currency one unit of the other costs; 1 of the same currency.
  exact::Fraction rate = 1;
  // Where it is from.
  v1::Conversion conversion;

  // In minor units of `conversion.quote_currency_code`, rounded half up. AMOUNT_LIMIT.
  absl::StatusOr<int64_t> Convert(int64_t minor) const {
    return ConvertMinor(minor, conversion.currency_code(), rate, conversion.quote_currency_code());
  }
};

// The quote by which something was converted before, out of what was kept of it; no table is read. INTERNAL of what no conversion made.
absl::StatusOr<Quote> QuoteOf(const v1::Conversion& conversion);

struct Converted {
  // In minor units of the currency that was asked for.
  int64_t minor = 0;
  v1::Conversion conversion;
};

// Thread-safe.
class Rates {
 public:
  // `zone`: in which business days begin.
  Rates(record::Store& store, absl::TimeZone zone);
  Rates(const Rates&) = delete;
  void Bind(record::Methods& methods);

  // By what amounts of `from` are converted into `to` on a business date: by the rate of the pair or of the opposite one, whichever is of a
  // later day, of the same day the pair's; where there is neither, by two such rates over the company's currency. No rate is older than the
  // terms allow that are in force when the date begins. RATE_MISSING, never 1. The same currency needs no rate. Costs a read of the terms
  // and one or three of rates, each a row of an index.
  absl::StatusOr<Quote> Find(sql::Session& session, const std::string& from, const std::string& to, absl::CivilDay day) const;
  absl::StatusOr<Quote> Find(record::Transaction& tx, const std::string& from, const std::string& to, absl::CivilDay day) const {
    return Find(tx.sql, from, to, day);
  }

  // What an amount is in another currency on a business date, rounded half up once. RATE_MISSING, AMOUNT_LIMIT.
  absl::StatusOr<Converted> Convert(sql::Session& session, const std::string& currency, int64_t minor, const std::string& to_currency,
                                    absl::CivilDay day) const;
  absl::StatusOr<Converted> Convert(record::Transaction& tx, const std::string& currency, int64_t minor, const std::string& to_currency,
                                    absl::CivilDay day) const {
    return Convert(tx.sql, currency, minor, to_currency, day);
  }

  // The digits of the currency's minor unit by ISO 4217: 2 of TWD, 0 of JPY, 3 of KWD.
  static int MinorDigits(const std::string& currency);
  // Adds UNKNOWN_CURRENCY where ISO 4217 does not list the code.
  static void CheckCurrency(const std::string& field, const std::string& currency, status::BadFields& bad);

  // The terms of a business date: in force when it begins.
  absl::StatusOr<v1::CurrencyPolicy> TermsOf(sql::Session& session, absl::CivilDay day) const;

 private:
  absl::Status Create(record::Transaction& tx, v1::ExchangeRate& rate);
  absl::StatusOr<v1::ExchangeRate> Withdraw(record::Transaction& tx, const v1::WithdrawExchangeRateRequest& request);
  absl::StatusOr<v1::ConvertAmountResponse> ConvertAmount(const rpc::Call& call, const v1::ConvertAmountRequest& request);
  // One step of a way: the latest rate of the pair or of the opposite one. None: nothing.
  absl::StatusOr<std::optional<v1::Conversion::Step>> StepBetween(sql::Session& session, const std::string& from, const std::string& to,
                                                                  absl::CivilDay first, absl::CivilDay last) const;

  record::Store& store_;
  const absl::TimeZone zone_;
  record::Kind<v1::ExchangeRate> rates_;
  record::RuleSet<v1::CurrencyPolicy> policies_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_CURRENCY_RATES_H_
