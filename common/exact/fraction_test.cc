#include "common/exact/fraction.h"

#include <gtest/gtest.h>

#include <random>

namespace heitie::exact {
namespace {

TEST(FractionTest, HalvesGoAwayFromZero) {
  EXPECT_EQ(Round(Fraction(5, 2)), 3);
  EXPECT_EQ(Round(Fraction(-5, 2)), -3);
  EXPECT_EQ(Round(Fraction(49, 20)), 2);
  EXPECT_EQ(Round(Fraction(-49, 20)), -2);
  EXPECT_EQ(Round(Fraction(-1, 3)), 0);
  EXPECT_EQ(Round(Fraction(7)), 7);
}

TEST(FractionTest, RoundsToTheNearest) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 20'000; ++round) {
    const int64_t top = static_cast<int64_t>(random() % 2'000'001) - 1'000'000, bottom = 1 + static_cast<int64_t>(random() % 1000);
    const int64_t rounded = Round(Fraction(top, bottom)), off = 2 * (top - rounded * bottom);
    ASSERT_LE(std::abs(off), bottom) << top << "/" << bottom;
    if (std::abs(off) == bottom) ASSERT_GT(std::abs(rounded * bottom), std::abs(top)) << top << "/" << bottom;
  }
}

}  // namespace
}  // namespace heitie::exact
