// Exact numbers: what is computed from integers stays a fraction until it is shown or stored, and is rounded once.
#ifndef HEITIE_COMMON_EXACT_FRACTION_H_
#define HEITIE_COMMON_EXACT_FRACTION_H_

#include <boost/multiprecision/cpp_int.hpp>
#include <cstdint>

namespace heitie::exact {

// Of any size. Dividing by zero throws std::overflow_error: whoever divides judges the denominator first, for what has none is undefined.
using Fraction = boost::multiprecision::cpp_rational;

// The nearest integer; halves go away from zero, 2.5 to 3 and -2.5 to -3. It must lie within the range of the result.
int64_t Round(const Fraction& fraction);

}  // namespace heitie::exact

#endif  // HEITIE_COMMON_EXACT_FRACTION_H_
