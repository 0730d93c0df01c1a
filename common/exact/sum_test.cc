#include "common/exact/sum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

namespace heitie::exact {
namespace {

using boost::multiprecision::cpp_int;

// The sum as a whole number of 2⁻¹⁰⁷⁴.
cpp_int Whole(const std::vector<double>& values) {
  cpp_int sum = 0;
  for (const double value : values) {
    int exponent;
    const double fraction = std::frexp(value, &exponent);
    const cpp_int mantissa = static_cast<int64_t>(std::ldexp(fraction, 53));
    const int shift = exponent - 53 + 1074;
    if (shift >= 0) {
      sum += mantissa << shift;
    } else {
      sum += mantissa / (cpp_int(1) << -shift);
    }
  }
  return sum;
}

// A whole number of 2⁻¹⁰⁷⁴ rounded half to even, bit by bit.
double Rounded(cpp_int whole) {
  const bool negative = whole < 0;
  if (negative) whole = -whole;
  if (whole == 0) return 0;
  const int length = static_cast<int>(msb(whole)) + 1;
  int cut = std::max(0, length - 53);
  cpp_int kept = whole >> cut;
  const cpp_int rest = whole - (kept << cut);
  if (cut > 0) {
    const cpp_int half = cpp_int(1) << (cut - 1);
    if (rest > half || (rest == half && (kept & 1) == 1)) ++kept;
  }
  const double value = std::ldexp(static_cast<double>(kept.convert_to<uint64_t>()), cut - 1074);
  return negative ? -value : value;
}

double SumOf(const std::vector<double>& values) {
  Sum sum;
  for (const double value : values) sum.Add(value);
  return sum.value();
}

TEST(SumTest, IsExactWherePlainAdditionIsNot) {
  EXPECT_EQ(SumOf({0.1, 0.2, 0.3}), 0.6);
  EXPECT_EQ(SumOf({1e15, 1e-15, -1e15}), 1e-15);
  EXPECT_EQ(SumOf({}), 0);
  EXPECT_EQ(SumOf({-0.0}), 0);
  EXPECT_EQ(SumOf({std::numeric_limits<double>::denorm_min(), std::numeric_limits<double>::denorm_min()}),
            2 * std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(SumOf({std::numeric_limits<double>::max(), std::numeric_limits<double>::max()}), std::numeric_limits<double>::infinity());
  EXPECT_EQ(SumOf({std::numeric_limits<double>::max(), -std::numeric_limits<double>::max(), -2.5}), -2.5);
  // Halfway between two doubles, to the even one; a bit more, to the upper one.
  EXPECT_EQ(SumOf({9007199254740992.0, 1.0}), 9007199254740992.0);
  EXPECT_EQ(SumOf({9007199254740992.0, 1.0, 1e-300}), 9007199254740994.0);
  EXPECT_EQ(SumOf({9007199254740994.0, 1.0}), 9007199254740996.0);
}

TEST(SumTest, EqualsWholeNumbersInAnyOrder) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::vector<double> values(1 + random() % 30);
    const int spread = 1 + static_cast<int>(random() % 1000);
    for (double& value : values) {
      // Any finite double of a range of exponents, denormals among them.
      const uint64_t bits = (random() & 0x800FFFFFFFFFFFFFull) | ((random() % (spread * 2 + 1)) % 2046) << 52;
      std::memcpy(&value, &bits, sizeof value);
    }
    const double expected = Rounded(Whole(values));
    EXPECT_EQ(SumOf(values), expected);
    const Sum once = [&] {
      Sum sum;
      for (const double value : values) sum.Add(value);
      return sum;
    }();
    std::shuffle(values.begin(), values.end(), random);
    Sum left, right;
    for (size_t i = 0; i < values.size(); ++i) (i % 2 == 0 ? left : right).Add(values[i]);
    left.Add(right);
    EXPECT_EQ(left.value(), expected);
    EXPECT_EQ(left.Save(), once.Save());
    const auto loaded = Sum::Load(left.Save());
    ASSERT_TRUE(loaded.has_value());
    EXPECT_EQ(loaded->value(), expected);
    // What is taken away leaves no trace.
    left.Subtract(right);
    for (size_t i = 0; i < values.size(); i += 2) left.Subtract(values[i]);
    EXPECT_TRUE(left.IsZero());
    EXPECT_EQ(left.Save(), "");
  }
}

TEST(SumTest, DamagedBytesAreRefused) {
  Sum sum;
  sum.Add(96.601);
  const std::string bytes = sum.Save();
  EXPECT_TRUE(Sum::Load(bytes).has_value());
  for (size_t length = 1; length < bytes.size(); ++length) {
    const auto part = Sum::Load(bytes.substr(0, length));
    EXPECT_TRUE(!part.has_value() || part->Save() == bytes.substr(0, length));
  }
  EXPECT_FALSE(Sum::Load("*" + bytes.substr(1)).has_value());
  EXPECT_FALSE(Sum::Load(bytes + std::string(4, '\0')).has_value());
}

}  // namespace
}  // namespace heitie::exact
