#include "common/exact/fraction.h"

namespace heitie::exact {

int64_t Round(const Fraction& fraction) {
  using boost::multiprecision::cpp_int;
  const cpp_int top = numerator(fraction), bottom = denominator(fraction);
  const cpp_int magnitude = (2 * abs(top) + bottom) / (2 * bottom);
  return static_cast<int64_t>(top < 0 ? cpp_int(-magnitude) : magnitude);
}

}  // namespace heitie::exact
