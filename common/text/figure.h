// Figures as people read them. Machines get the plain integers of the contracts.
#ifndef HEITIE_COMMON_TEXT_FIGURE_H_
#define HEITIE_COMMON_TEXT_FIGURE_H_

#include <cstdint>
#include <string>

namespace heitie::text {

// "1,234,567".
std::string Count(int64_t count);

// "1,234.5": ten significant digits, or all those before the point. From 10¹⁵ and below 10⁻⁴ with an exponent: "1e+20".
std::string Number(double number);

// The digits of the currency's minor unit by ISO 4217 (table A.1): 2 of TWD, 0 of JPY, 3 of KWD; 2 of what is not listed, 0 of none.
// Unicode's CLDR, which ICU has, tells what is customary instead: 0 of AFN and IQD, for example.
int MinorDigits(const std::string& currency_code);

// An amount in minor units of an ISO 4217 currency: "TWD 1,234.50", "JPY 1,234", "KWD 1.234"; "1,234" when no currency is known.
std::string Money(int64_t minor, const std::string& currency_code);

}  // namespace heitie::text

#endif  // HEITIE_COMMON_TEXT_FIGURE_H_
