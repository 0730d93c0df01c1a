// What money is in another currency (policy S5), as plain functions: exact until it is rounded once, half up, to a minor unit.
#ifndef HEITIE_SERVICES_RESOURCE_CURRENCY_CONVERSION_H_
#define HEITIE_SERVICES_RESOURCE_CURRENCY_CONVERSION_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/exact/fraction.h"
#include "common/status/status.h"

namespace heitie::resource {

extern const status::Reason kAmountLimit;  // {amount} {from} {to}: more than is computed with exactly

// What a decimal number such as "32.415" says, exactly; nothing for other texts. Of up to 25 characters.
std::optional<exact::Fraction> ParseDecimal(const std::string& text);

// Whether ISO 4217 lists the code today.
bool IsCurrency(const std::string& code);

// `minor` units of `from` in minor units of `to`, where one unit of `from` costs `rate` units of `to`. Halves go away from zero.
// AMOUNT_LIMIT beyond what balances may hold.
absl::StatusOr<int64_t> ConvertMinor(int64_t minor, const std::string& from, const exact::Fraction& rate, const std::string& to);

// What an amount in another currency came to be dearer between two stages, such as order and invoice, in minor units of the budget's
// currency: `price` by another amount, told at the earlier rate, and `exchange` by another rate. They add up to later − earlier.
struct Difference {
  int64_t price = 0;
  int64_t exchange = 0;
};
// `earlier`: the earlier amount at the earlier rate, as it was booked; `restated`: the later amount at the earlier rate; `later`: the later
// amount at the later rate.
Difference SplitDifference(int64_t earlier, int64_t restated, int64_t later);

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_CURRENCY_CONVERSION_H_
