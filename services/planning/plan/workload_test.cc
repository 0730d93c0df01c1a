#include "services/planning/plan/workload.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace heitie::planning {
namespace {

// Earliest deadline first, hour by hour: optimal for one person who may interrupt work.
bool CanBeDone(std::vector<Work> work, int64_t hours_per_day) {
  int64_t last = 0;
  for (const Work& w : work) last = std::max(last, w.end);
  for (int64_t day = 0; day < last; ++day) {
    for (int64_t hour = 0; hour < hours_per_day; ++hour) {
      Work* next = nullptr;
      for (Work& w : work) {
        const bool due = w.hours > 0 && w.begin <= day && day < w.end;
        if (due && (next == nullptr || w.end < next->end)) next = &w;
      }
      if (next != nullptr) --next->hours;
    }
  }
  return std::all_of(work.begin(), work.end(), [](const Work& w) { return w.hours == 0; });
}

TEST(WorkloadTest, AgreesWithDoingTheWorkHourByHour) {
  std::mt19937 random(3);
  int overloaded = 0;
  for (int trial = 0; trial < 5000; ++trial) {
    std::vector<Work> work(random() % 6);
    for (Work& w : work) {
      w.begin = random() % 6;
      w.end = w.begin + random() % 5;  // Also spans without a workday.
      w.hours = random() % 12;
    }
    const int64_t hours_per_day = 1 + random() % 8;
    const auto overload = FindOverload(work, hours_per_day);
    ASSERT_EQ(!overload.has_value(), CanBeDone(work, hours_per_day)) << trial;
    if (!overload) continue;
    ++overloaded;
    int64_t inside = 0;
    for (const Work& w : work) inside += w.begin >= overload->begin && w.end <= overload->end ? w.hours : 0;
    EXPECT_EQ(overload->hours, inside);
    EXPECT_EQ(overload->available, (overload->end - overload->begin) * hours_per_day);
  }
  EXPECT_GT(overloaded, 500);
  EXPECT_LT(overloaded, 4500);
}

TEST(WorkloadTest, ExactlyFullIsNotTooMuch) {
  EXPECT_FALSE(FindOverload({{0, 5, 40}}, 8));
  EXPECT_TRUE(FindOverload({{0, 5, 41}}, 8));
}

TEST(WorkloadTest, OtherWorkTakesTimeAwayButIsNotReportedAlone) {
  const Work theirs{0, 2, 20, false};
  EXPECT_FALSE(FindOverload({theirs}, 8));
  EXPECT_FALSE(FindOverload({theirs, {2, 4, 8}}, 8)) << "the own work fits next to it, together 28 of 32 hours";
  const auto overload = FindOverload({theirs, {0, 2, 1}}, 8);
  ASSERT_TRUE(overload);
  EXPECT_EQ(overload->hours, 21);
}

}  // namespace
}  // namespace heitie::planning
