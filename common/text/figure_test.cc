#include "common/text/figure.h"

#include <gtest/gtest.h>

#include <limits>

namespace heitie::text {
namespace {

TEST(Count, GroupsThousands) {
  EXPECT_EQ(Count(0), "0");
  EXPECT_EQ(Count(999), "999");
  EXPECT_EQ(Count(1000), "1,000");
  EXPECT_EQ(Count(1234567), "1,234,567");
  EXPECT_EQ(Count(-999), "-999");
  EXPECT_EQ(Count(-123456), "-123,456");
  EXPECT_EQ(Count(std::numeric_limits<int64_t>::min()), "-9,223,372,036,854,775,808");
}

TEST(Number, HasTenDigitsAndNoIdleZeros) {
  EXPECT_EQ(Number(0), "0");
  EXPECT_EQ(Number(4000000), "4,000,000");
  EXPECT_EQ(Number(1234.5), "1,234.5");
  EXPECT_EQ(Number(-1234.5), "-1,234.5");
  EXPECT_EQ(Number(0.1 + 0.2), "0.3");
  EXPECT_EQ(Number(2.0 / 3), "0.6666666667");
  EXPECT_EQ(Number(1000.0 / 3), "333.3333333");
  EXPECT_EQ(Number(123456789012345), "123,456,789,012,345");
  EXPECT_EQ(Number(-12345678901.4), "-12,345,678,901");
  EXPECT_EQ(Number(1e20), "1e+20");
  EXPECT_EQ(Number(0.00001), "1e-05");
  EXPECT_EQ(Number(std::numeric_limits<double>::infinity()), "inf");
}

TEST(Money, FollowsIso4217) {
  EXPECT_EQ(Money(123450, "TWD"), "TWD 1,234.50");
  EXPECT_EQ(Money(4000000, "CNY"), "CNY 40,000.00");
  EXPECT_EQ(Money(0, "CNY"), "CNY 0.00");
  EXPECT_EQ(Money(5, "USD"), "USD 0.05");
  EXPECT_EQ(Money(-5, "USD"), "USD -0.05");
  EXPECT_EQ(Money(-100000, "USD"), "USD -1,000.00");
  EXPECT_EQ(Money(1234, "JPY"), "JPY 1,234");
  EXPECT_EQ(Money(1234, "KWD"), "KWD 1.234");
  EXPECT_EQ(Money(1234, "CLF"), "CLF 0.1234");
  EXPECT_EQ(Money(1234, ""), "1,234");
  EXPECT_EQ(Money(std::numeric_limits<int64_t>::min(), "USD"), "USD -92,233,720,368,547,758.08");
}

}  // namespace
}  // namespace heitie::text
