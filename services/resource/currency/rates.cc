#include "services/resource/currency/rates.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/text/figure.h"
#include "common/time/day.h"

namespace heitie::resource {

using v1::Conversion;
using v1::ExchangeRate;

const status::Reason kRateMissing{absl::StatusCode::kFailedPrecondition, "RATE_MISSING",
                                  "There is no rate from {from} to {to} of {day} or of the {age:count} days before.",
                                  "查無 {day} 或之前 {age:count} 天內 {from} 兌 {to} 的匯率。"};
const status::Reason kUnknownCurrency{absl::StatusCode::kInvalidArgument, "UNKNOWN_CURRENCY", "{currency} is no currency of ISO 4217.",
                                      "{currency} 不是 ISO 4217 的貨幣。"};

namespace {

const status::Reason kSameCurrency{absl::StatusCode::kInvalidArgument, "SAME_CURRENCY", "A currency has no rate to itself.",
                                   "貨幣對自身沒有匯率。"};
const status::Reason kRateNotPositive{absl::StatusCode::kInvalidArgument, "RATE_NOT_POSITIVE", "A rate is above 0.", "匯率須大於 0。"};
const status::Reason kRateTaken{absl::StatusCode::kAlreadyExists, "RATE_TAKEN", "{other} is the rate from {from} to {to} of {day} already.",
                                "{other} 已是 {day} {from} 兌 {to} 的匯率。"};
const status::Reason kConversionUnreadable{absl::StatusCode::kInternal, "CONVERSION_UNREADABLE", "What was kept of a conversion is none.",
                                           "所保存的換算資料無法解讀。"};

// Of one unit of `from`, in `to`; nothing where the step does not lead there.
std::optional<exact::Fraction> RateOf(const Conversion::Step& step, const std::string& from, const std::string& to) {
  const std::optional<exact::Fraction> rate = ParseDecimal(step.rate());
  if (!rate || *rate <= 0) return std::nullopt;
  const std::string& first = step.inverse() ? step.quote_currency_code() : step.currency_code();
  const std::string& last = step.inverse() ? step.currency_code() : step.quote_currency_code();
  if (first != from || last != to) return std::nullopt;
  return step.inverse() ? 1 / *rate : *rate;
}

absl::Status CheckCurrencyTerms(const v1::CurrencyPolicy& policy) {
  status::BadFields bad;
  Rates::CheckCurrency("currency_policy.company_currency_code", policy.company_currency_code(), bad);
  return bad.status();
}

}  // namespace

const record::StateMachine& ExchangeRateMachine() {
  static const auto& machine = *new record::StateMachine(ExchangeRate::State_descriptor(),
                                                         {{ExchangeRate::STATE_IN_FORCE, "withdraw", ExchangeRate::STATE_WITHDRAWN}});
  return machine;
}

absl::StatusOr<Quote> QuoteOf(const Conversion& conversion) {
  Quote quote{.rate = 1, .conversion = conversion};
  std::string at = conversion.currency_code();
  for (const Conversion::Step& step : conversion.steps()) {
    const std::string& next = step.inverse() ? step.currency_code() : step.quote_currency_code();
    const std::optional<exact::Fraction> rate = RateOf(step, at, next);
    if (!rate) return status::Error(kConversionUnreadable);
    quote.rate *= *rate;
    at = next;
  }
  if (at != conversion.quote_currency_code()) return status::Error(kConversionUnreadable);
  return quote;
}

Rates::Rates(record::Store& store, absl::TimeZone zone)
    : store_(store), zone_(zone), rates_(store, &ExchangeRateMachine()), policies_(store, "currencyPolicies/default", CheckCurrencyTerms) {}

void Rates::Bind(record::Methods& methods) {
  methods.Reads(rates_);
  methods.Creates(rates_, this, &Rates::Create);
  methods.Bind("WithdrawExchangeRate", this, &Rates::Withdraw);
  methods.Bind("ConvertAmount", this, &Rates::ConvertAmount);
  policies_.Bind<v1::PublishCurrencyPolicyRequest>(methods);
}

int Rates::MinorDigits(const std::string& currency) { return text::MinorDigits(currency); }

void Rates::CheckCurrency(const std::string& field, const std::string& currency, status::BadFields& bad) {
  if (!IsCurrency(currency)) bad.Add(field, kUnknownCurrency, {{"currency", currency}});
}

absl::StatusOr<v1::CurrencyPolicy> Rates::TermsOf(sql::Session& session, absl::CivilDay day) const {
  return policies_.InForce(session, absl::FromCivil(day, zone_));
}

absl::Status Rates::Create(record::Transaction& tx, ExchangeRate& rate) {
  status::BadFields bad;
  CheckCurrency("exchange_rate.currency_code", rate.currency_code(), bad);
  CheckCurrency("exchange_rate.quote_currency_code", rate.quote_currency_code(), bad);
  if (rate.currency_code() == rate.quote_currency_code()) bad.Add("exchange_rate.quote_currency_code", kSameCurrency);
  const std::optional<exact::Fraction> value = ParseDecimal(rate.rate());
  if (!value || *value <= 0) bad.Add("exchange_rate.rate", kRateNotPositive);
  RETURN_IF_ERROR(bad.status());
  const std::string day = time::DayText(time::ToDay(rate.rate_date()));
  // The unique key keeps two apart that come at the same time.
  ASSIGN_OR_RETURN(const std::vector<ExchangeRate> taken,
                   rates_.Select(tx.sql, "WHERE currency_code = ? AND quote_currency_code = ? AND in_force_on = ?",
                                 sql::Bind(rate.currency_code(), rate.quote_currency_code(), day)));
  if (!taken.empty()) {
    return status::Error(
        kRateTaken, {{"other", taken.front().name()}, {"from", rate.currency_code()}, {"to", rate.quote_currency_code()}, {"day", day}});
  }
  rate.set_state(ExchangeRate::STATE_IN_FORCE);
  return absl::OkStatus();
}

absl::StatusOr<ExchangeRate> Rates::Withdraw(record::Transaction& tx, const v1::WithdrawExchangeRateRequest& request) {
  return rates_.Change(tx, request, "withdraw", [&](ExchangeRate& after) { after.set_state_reason(request.reason()); });
}

absl::StatusOr<v1::ConvertAmountResponse> Rates::ConvertAmount(const rpc::Call& call, const v1::ConvertAmountRequest& request) {
  status::BadFields bad;
  CheckCurrency("currency_code", request.currency_code(), bad);
  CheckCurrency("quote_currency_code", request.quote_currency_code(), bad);
  RETURN_IF_ERROR(bad.status());
  const absl::CivilDay day = request.has_date() ? time::ToDay(request.date()) : absl::ToCivilDay(call.now, zone_);
  ASSIGN_OR_RETURN(Converted converted, store_.Read(call, [&](sql::Session& session) {
    return Convert(session, request.currency_code(), request.amount_minor(), request.quote_currency_code(), day);
  }));
  v1::ConvertAmountResponse response;
  response.set_converted_minor(converted.minor);
  *response.mutable_conversion() = std::move(converted.conversion);
  return response;
}

absl::StatusOr<std::optional<Conversion::Step>> Rates::StepBetween(sql::Session& session, const std::string& from, const std::string& to,
                                                                   absl::CivilDay first, absl::CivilDay last) const {
  std::optional<Conversion::Step> latest;
  // The pair's own one first: the opposite one takes its place only where it is of a later day.
  for (const bool inverse : {false, true}) {
    const std::string& priced = inverse ? to : from;
    const std::string& quote = inverse ? from : to;
    ASSIGN_OR_RETURN(const std::vector<ExchangeRate> found,
                     rates_.Select(session,
                                   "WHERE currency_code = ? AND quote_currency_code = ? AND in_force_on >= ? AND in_force_on <= ? "
                                   "ORDER BY in_force_on DESC LIMIT 1",
                                   sql::Bind(priced, quote, time::DayText(first), time::DayText(last))));
    if (found.empty()) continue;
    const ExchangeRate& rate = found.front();
    if (latest && time::ToDay(rate.rate_date()) <= time::ToDay(latest->rate_date())) continue;
    Conversion::Step& step = latest.emplace();
    step.set_exchange_rate(rate.name());
    step.set_currency_code(priced);
    step.set_quote_currency_code(quote);
    step.set_rate(rate.rate());
    *step.mutable_rate_date() = rate.rate_date();
    step.set_inverse(inverse);
  }
  return latest;
}

absl::StatusOr<Quote> Rates::Find(sql::Session& session, const std::string& from, const std::string& to, absl::CivilDay day) const {
  Conversion conversion;
  conversion.set_currency_code(from);
  conversion.set_quote_currency_code(to);
  *conversion.mutable_date() = time::ToDate(day);
  if (from == to) {
    conversion.set_path(Conversion::PATH_SAME_CURRENCY);
    return QuoteOf(conversion);
  }
  ASSIGN_OR_RETURN(const v1::CurrencyPolicy terms, TermsOf(session, day));
  conversion.set_policy(terms.name());
  const absl::CivilDay first = day - terms.maximum_age_days();
  ASSIGN_OR_RETURN(const std::optional<Conversion::Step> only, StepBetween(session, from, to, first, day));
  if (only) {
    conversion.set_path(only->inverse() ? Conversion::PATH_INVERSE : Conversion::PATH_DIRECT);
    *conversion.add_steps() = *only;
    return QuoteOf(conversion);
  }
  const std::string& company = terms.company_currency_code();
  if (from != company && to != company) {
    ASSIGN_OR_RETURN(const std::optional<Conversion::Step> in, StepBetween(session, from, company, first, day));
    ASSIGN_OR_RETURN(const std::optional<Conversion::Step> out, StepBetween(session, company, to, first, day));
    if (in && out) {
      conversion.set_path(Conversion::PATH_COMPANY_CURRENCY);
      *conversion.add_steps() = *in;
      *conversion.add_steps() = *out;
      return QuoteOf(conversion);
    }
  }
  return status::Error(kRateMissing, {{"from", from}, {"to", to}, {"day", time::DayText(day)}, {"age", terms.maximum_age_days()}});
}

absl::StatusOr<Converted> Rates::Convert(sql::Session& session, const std::string& currency, int64_t minor, const std::string& to_currency,
                                         absl::CivilDay day) const {
  ASSIGN_OR_RETURN(Quote quote, Find(session, currency, to_currency, day));
  ASSIGN_OR_RETURN(const int64_t converted, quote.Convert(minor));
  return Converted{.minor = converted, .conversion = std::move(quote.conversion)};
}

}  // namespace heitie::resource
