#include "common/statistics/counter_random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace heitie::statistics {
namespace {

TEST(CounterRandomTest, KnownAnswers) {
  // Random123's kat_vectors: philox4x32 10 with counter and key of zeros gives 6627e8d5 e169c58d bc57ac4c 9b00dbd8.
  CounterRandom zeros(0, 0);
  EXPECT_EQ(zeros.Next(), 0xe169c58d6627e8d5u);
  EXPECT_EQ(zeros.Next(), 0x9b00dbd8bc57ac4cu);
}

TEST(CounterRandomTest, EachNumberIsAFunctionOfItsPlace) {
  CounterRandom stream(42, 7);
  std::vector<uint64_t> numbers;
  for (int i = 0; i < 100; ++i) numbers.push_back(stream.Next());
  for (const size_t n : {99, 0, 1, 50, 51, 98}) {
    stream.Seek(n);
    EXPECT_EQ(stream.Next(), numbers[n]) << n;
    if (n < 99) {
      EXPECT_EQ(stream.Next(), numbers[n + 1]) << n;
    }
  }
  EXPECT_NE(CounterRandom(42, 8).Next(), numbers[0]);
  EXPECT_NE(CounterRandom(43, 7).Next(), numbers[0]);
  EXPECT_NE(CounterRandom(42 + (uint64_t{1} << 32), 7).Next(), numbers[0]);
  EXPECT_NE(CounterRandom(42, 7 + (uint64_t{1} << 32)).Next(), numbers[0]);
}

TEST(CounterRandomTest, UnitIntervalIsOpenAndEven) {
  EXPECT_GT(UnitInterval(0), 0);
  EXPECT_LT(UnitInterval(std::numeric_limits<uint64_t>::max()), 1);
  CounterRandom stream(1, 1);
  constexpr int kDraws = 200'000, kParts = 20;
  std::vector<int> counts(kParts);
  for (int i = 0; i < kDraws; ++i) ++counts[static_cast<size_t>(stream.NextUnit() * kParts)];
  double chi = 0;
  for (const int count : counts) chi += std::pow(count - kDraws / kParts, 2) / (kDraws / kParts);
  // The 0.999 quantile of χ² with 19 degrees of freedom.
  EXPECT_LT(chi, 43.82);
}

}  // namespace
}  // namespace heitie::statistics
