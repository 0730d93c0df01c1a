#include "services/personnel/outcome/bonus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"

namespace heitie::personnel {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

std::map<std::string, int64_t> Shared(int64_t pool, std::vector<int64_t> weights) {
  std::vector<PoolShare> people;
  for (size_t i = 0; i < weights.size(); ++i) people.push_back({std::string(1, static_cast<char>('a' + i)), weights[i]});
  return SharePool(pool, people);
}

TEST(Bonus, IsBaseTimesCoefficientTimesScoredMonths) {
  EXPECT_EQ(BonusOf(6'000'000, 15'000, 12), 9'000'000);
  EXPECT_EQ(BonusOf(6'000'000, 15'000, 7), 5'250'000);
  EXPECT_EQ(BonusOf(6'000'000, 0, 12), 0);
  EXPECT_EQ(BonusOf(6'000'000, 15'000, 0), 0);
}

TEST(Bonus, IsRoundedOnceHalfAwayFromZero) {
  EXPECT_EQ(BonusOf(6, 10'000, 1), 1) << "a half";
  EXPECT_EQ(BonusOf(5, 10'000, 1), 0);
  // The middle of a band of 30,000 to 50,001 is 40,000.5; rounding it first would give 60,002 and 60,001 instead.
  EXPECT_EQ(BonusOf(exact::Fraction(80'001) / 2, 15'000, 12), 60'001);
  EXPECT_EQ(BonusOf(40'001, 15'000, 12), 60'002);
}

// Against integers of 128 bits: 2·(2n + d) / 2d rounds n / d half up, and nothing is negative.
TEST(Bonus, AgreesWithWideIntegers) {
  std::mt19937_64 random(7);
  const auto upto = [&](uint64_t n) { return static_cast<int64_t>(random() % (n + 1)); };
  for (int i = 0; i < 20'000; ++i) {
    const int64_t twice_base = upto(2'000'000'000'000), coefficient = upto(100'000), months = upto(12);
    const __int128 numerator = static_cast<__int128>(twice_base) * coefficient * months;
    const __int128 denominator = static_cast<__int128>(2) * 10'000 * 12;
    const int64_t expected = static_cast<int64_t>((2 * numerator + denominator) / (2 * denominator));
    ASSERT_EQ(BonusOf(exact::Fraction(twice_base) / 2, coefficient, months), expected) << twice_base << " " << coefficient << " " << months;
  }
}

// The golden figures of the department.
TEST(Pool, IsDividedToTheLastMinorUnit) {
  EXPECT_THAT(Shared(1'000'000, {15, 10, 9}), ElementsAre(Pair("a", 441'176), Pair("b", 294'118), Pair("c", 264'706)));
}

TEST(Pool, GoesToTheFirstByNameWhereRemaindersAreEqual) {
  EXPECT_THAT(Shared(100, {1, 1, 1}), ElementsAre(Pair("a", 34), Pair("b", 33), Pair("c", 33)));
  EXPECT_THAT(SharePool(2, {{"c", 1}, {"b", 1}, {"a", 1}}), ElementsAre(Pair("a", 1), Pair("b", 1), Pair("c", 0)));
}

TEST(Pool, WithoutAnyWeightIsNotDivided) {
  EXPECT_THAT(Shared(100, {0, 0}), ElementsAre(Pair("a", 0), Pair("b", 0)));
  EXPECT_TRUE(SharePool(100, {}).empty());
  EXPECT_EQ(WorthOf(100, 0, 5), std::nullopt);
}

// Brute force: of all ways to round quotas up or down that add to the pool, nobody with a smaller remainder is rounded up before one with a
// greater, and the order of the input changes nothing.
TEST(Pool, SharesAddUpAndDoNotDependOnTheOrder) {
  std::mt19937 random(11);
  const auto upto = [&](int n) { return static_cast<int64_t>(random() % static_cast<uint32_t>(n + 1)); };
  for (int round = 0; round < 3'000; ++round) {
    std::vector<PoolShare> people(static_cast<size_t>(1 + upto(9)));
    __int128 sum = 0;
    for (size_t i = 0; i < people.size(); ++i) {
      people[i] = {absl::StrCat("employees/", i), upto(3) * 5'000 * upto(12)};
      sum += people[i].weight;
    }
    const int64_t pool = upto(1'000'000);
    const auto shares = SharePool(pool, people);
    int64_t total = 0;
    for (const auto& [name, share] : shares) total += share;
    ASSERT_EQ(total, sum == 0 ? 0 : pool);
    for (const PoolShare& a : people) {
      const __int128 quota = sum == 0 ? 0 : static_cast<__int128>(pool) * a.weight / sum;
      const int64_t above = shares.at(a.name) - static_cast<int64_t>(quota);
      ASSERT_TRUE(above == 0 || above == 1);
      for (const PoolShare& b : people) {
        if (sum == 0 || above == 0) continue;
        const __int128 of_a = static_cast<__int128>(pool) * a.weight % sum, of_b = static_cast<__int128>(pool) * b.weight % sum;
        const bool raised = shares.at(b.name) > static_cast<int64_t>(static_cast<__int128>(pool) * b.weight / sum);
        if (of_b > of_a || (of_b == of_a && b.name < a.name)) {
          ASSERT_TRUE(raised) << a.name << " before " << b.name;
        }
      }
    }
    std::shuffle(people.begin(), people.end(), random);
    ASSERT_EQ(SharePool(pool, people), shares);
  }
}

TEST(Pool, IsWorthTheSameRateAfterwards) {
  EXPECT_EQ(WorthOf(1'000'000, 34, 15), 441'176);
  EXPECT_EQ(WorthOf(1'000'000, 34, 9), 264'706);
  EXPECT_EQ(WorthOf(1'000'000, 34, 0), 0);
}

}  // namespace
}  // namespace heitie::personnel
