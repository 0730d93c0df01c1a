#include "services/resource/currency/conversion.h"

#include <unicode/ucurr.h>
#include <unicode/uenum.h>

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/status/die.h"
#include "common/text/figure.h"
#include "services/resource/money/budget_ledger.h"

namespace heitie::resource {

using boost::multiprecision::cpp_int;

const status::Reason kAmountLimit{absl::StatusCode::kFailedPrecondition, "AMOUNT_LIMIT",
                                  "{amount} minor units of {from} are more in {to} than is computed with exactly.",
                                  "{from} {amount}（最小貨幣單位）折成 {to} 後超出可精確計算的範圍。"};

namespace {

constexpr size_t kLongestDecimal = 25;

exact::Fraction PowerOfTen(int digits) {
  const cpp_int power = boost::multiprecision::pow(cpp_int(10), static_cast<unsigned>(std::abs(digits)));
  return digits >= 0 ? exact::Fraction(power) : exact::Fraction(cpp_int(1), power);
}

// Money in use; neither metals nor what is only for tests, and nothing that another currency has replaced.
const std::set<std::string>& ListedCurrencies() {
  static const auto& listed = *[] {
    auto* codes = new std::set<std::string>;
    UErrorCode error = U_ZERO_ERROR;
    UEnumeration* all = ucurr_openISOCurrencies(UCURR_COMMON | UCURR_NON_DEPRECATED, &error);
    while (const char* code = uenum_next(all, nullptr, &error)) codes->insert(code);
    uenum_close(all);
    if (U_FAILURE(error) || codes->empty()) status::Die("currencies", u_errorName(error));
    return codes;
  }();
  return listed;
}

}  // namespace

std::optional<exact::Fraction> ParseDecimal(const std::string& text) {
  const size_t point = std::min(text.find('.'), text.size());
  const std::string whole = text.substr(0, point), part = point < text.size() ? text.substr(point + 1) : "";
  const auto digits = [](const std::string& part_of) { return std::all_of(part_of.begin(), part_of.end(), absl::ascii_isdigit); };
  if (text.size() > kLongestDecimal || whole.empty() || !digits(whole) || !digits(part) || (point < text.size() && part.empty())) {
    return std::nullopt;
  }
  cpp_int number = 0;  // By hand: a text that begins with 0 is octal to cpp_int.
  for (const char digit : absl::StrCat(whole, part)) number = number * 10 + (digit - '0');
  return exact::Fraction(number) * PowerOfTen(-static_cast<int>(part.size()));
}

bool IsCurrency(const std::string& code) { return ListedCurrencies().count(code) > 0; }

absl::StatusOr<int64_t> ConvertMinor(int64_t minor, const std::string& from, const exact::Fraction& rate, const std::string& to) {
  const exact::Fraction exactly = exact::Fraction(minor) * rate * PowerOfTen(text::MinorDigits(to) - text::MinorDigits(from));
  if (abs(exactly) >= kMaxBudgetMinor) return status::Error(kAmountLimit, {{"amount", minor}, {"from", from}, {"to", to}});
  return exact::Round(exactly);
}

Difference SplitDifference(int64_t earlier, int64_t restated, int64_t later) {
  return {.price = restated - earlier, .exchange = later - restated};
}

}  // namespace heitie::resource
