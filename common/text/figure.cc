#include "common/text/figure.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace heitie::text {
namespace {

// Currencies whose minor unit is not a hundredth (ISO 4217, table A.1).
constexpr std::array kWithoutMinorUnit = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG",
                                          "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"};
constexpr std::array kOfThousandths = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
constexpr std::array kOfTenThousandths = {"CLF", "UYW"};

template <typename Codes>
bool Has(const Codes& codes, const std::string& code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

// "-1234567.8" → "-1,234,567.8".
std::string Grouped(std::string number) {
  const size_t first = number.front() == '-' ? 1 : 0;
  const size_t end = std::min(number.find('.'), number.size());
  for (size_t i = end; i > first + 3;) number.insert(i -= 3, 1, ',');
  return number;
}

}  // namespace

int MinorDigits(const std::string& currency_code) {
  if (currency_code.empty() || Has(kWithoutMinorUnit, currency_code)) return 0;
  if (Has(kOfThousandths, currency_code)) return 3;
  return Has(kOfTenThousandths, currency_code) ? 4 : 2;
}

std::string Count(int64_t count) { return Grouped(absl::StrCat(count)); }

std::string Number(double number) {
  const double size = std::abs(number);
  const bool is_long = size >= 1e10 && size < 1e15;  // more digits than %g writes without an exponent, and still exact
  const std::string text = is_long ? absl::StrFormat("%.0f", number) : absl::StrFormat("%.10g", number);
  return text.find_first_of("en") == std::string::npos ? Grouped(text) : text;  // neither an exponent nor inf nor nan
}

std::string Money(int64_t minor, const std::string& currency_code) {
  std::string amount = absl::StrCat(minor);
  if (const size_t digits = static_cast<size_t>(MinorDigits(currency_code)); digits > 0) {
    const size_t sign = minor < 0 ? 1 : 0;
    if (amount.size() < sign + digits + 1) amount.insert(sign, sign + digits + 1 - amount.size(), '0');
    amount.insert(amount.size() - digits, 1, '.');
  }
  return currency_code.empty() ? Grouped(amount) : absl::StrCat(currency_code, " ", Grouped(amount));
}

}  // namespace heitie::text
