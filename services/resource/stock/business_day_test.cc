#include "services/resource/stock/business_day.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace heitie::resource {
namespace {

absl::CivilDay Day(int day) { return absl::CivilDay(2026, 5, day); }

TEST(BusinessDayTest, NamesTheFirstDayThatWouldLack) {
  // 10 at the end of the 3rd, 2 from the 5th on, 12 now.
  const std::map<absl::CivilDay, int64_t> later = {{Day(5), -8}, {Day(8), 10}};
  EXPECT_FALSE(FirstShortfall(Day(3), 12, later, 2));
  const auto short_of = FirstShortfall(Day(3), 12, later, 5);
  ASSERT_TRUE(short_of);
  EXPECT_EQ(short_of->day, Day(5));
  EXPECT_EQ(short_of->missing, 3);
  EXPECT_FALSE(FirstShortfall(Day(8), 12, {}, 12));
  EXPECT_EQ(FirstShortfall(Day(8), 12, {}, 13)->day, Day(8));
}

TEST(BusinessDayTest, AgreesWithAddingUpDayByDay) {
  std::mt19937 random(7);
  int refused = 0;
  for (int round = 0; round < 5000; ++round) {
    std::vector<int64_t> deltas(10);
    int64_t there = static_cast<int64_t>(random() % 10);
    const int64_t before = there;
    for (int64_t& delta : deltas) {
      if (random() % 2 == 0) delta = static_cast<int64_t>(random() % 11) - 5;
      delta = std::max(delta, -there);
      there += delta;
    }
    const int from = static_cast<int>(random() % 10);
    const int64_t taken = 1 + static_cast<int64_t>(random() % 8);
    std::map<absl::CivilDay, int64_t> later;
    for (int day = from + 1; day < 10; ++day) {
      if (deltas[day] != 0) later[Day(day + 1)] = deltas[day];
    }
    std::optional<int> first;
    int64_t sum = before;
    for (int day = 0; day < 10; ++day) {
      sum += deltas[day];
      if (day >= from && !first && sum < taken) first = day;
    }
    const auto found = FirstShortfall(Day(from + 1), there, later, taken);
    ASSERT_EQ(found.has_value(), first.has_value());
    if (first) {
      ASSERT_EQ(found->day, Day(*first + 1));
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace heitie::resource
