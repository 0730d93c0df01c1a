#include "services/planning/control/earned_value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace heitie::planning {
namespace {

// From Monday 2 March: A 40,000 on working days 1–4, B 60,000 on 5–10, C 20,000 on 5–6. At the end of Monday the 9th, the 6th working day,
// A is done, B has 10 % and C half, and 63,000 are spent.
TEST(EarnedValueTest, TheGoldenCaseOfTheIssue) {
  const v1::EarnedValue value = EarnedValueOf({{40000, 0, 4, 100}, {60000, 4, 10, 10}, {20000, 4, 6, 50}}, 6, 63000);
  EXPECT_EQ(value.bac(), 120000);
  EXPECT_EQ(value.pv(), 80000);
  EXPECT_EQ(value.ev(), 56000);
  EXPECT_EQ(value.ac(), 63000);
  EXPECT_EQ(value.sv(), -24000);
  EXPECT_EQ(value.cv(), -7000);
  EXPECT_DOUBLE_EQ(value.spi(), 0.7);
  EXPECT_NEAR(value.cpi(), 0.8889, 5e-5);
  EXPECT_EQ(value.eac(), 135000);
  EXPECT_EQ(value.eac_as_planned(), 127000);
  EXPECT_EQ(value.eac_by_both(), 165857);
  EXPECT_EQ(value.etc(), 72000);
  EXPECT_EQ(value.vac(), -15000);
  EXPECT_NEAR(value.tcpi(), 1.1228, 5e-5);
  EXPECT_DOUBLE_EQ(value.es_days(), 4.8);
  EXPECT_DOUBLE_EQ(value.spi_t(), 0.8);
  EXPECT_EQ(value.planned_duration_days(), 10);
  EXPECT_DOUBLE_EQ(value.forecast_duration_days(), 12.5);
}

TEST(EarnedValueTest, WhatDividesByNothingIsNotSet) {
  const v1::EarnedValue before = EarnedValueOf({{100, 2, 4, 0}}, 0, 0);
  EXPECT_FALSE(before.has_spi());
  EXPECT_FALSE(before.has_cpi());
  EXPECT_FALSE(before.has_eac());
  EXPECT_FALSE(before.has_spi_t());
  EXPECT_EQ(before.eac_as_planned(), 100);
  EXPECT_EQ(before.tcpi(), 1);
  EXPECT_EQ(before.es_days(), 0);
  const v1::EarnedValue spent = EarnedValueOf({{100, 2, 4, 50}}, 3, 100);
  EXPECT_FALSE(spent.has_tcpi()) << "nothing is left of the budget";
  EXPECT_EQ(spent.eac(), 200);
  const v1::EarnedValue unknown = EarnedValueOf({{100, 2, 4, 50}}, 3, std::nullopt);
  EXPECT_FALSE(unknown.has_ac());
  EXPECT_FALSE(unknown.has_eac_as_planned());
  EXPECT_EQ(unknown.spi(), 1);
  EXPECT_FALSE(EarnedValueOf({}, 3, 5).has_es_days());
}

TEST(EarnedValueTest, RoundsOnceHalfAwayFromZero) {
  const v1::EarnedValue value = EarnedValueOf({{1, 0, 2, 50}, {1, 0, 2, 50}, {1, 0, 2, 50}}, 1, 0);
  EXPECT_EQ(value.ev(), 2) << "1.5";
  EXPECT_EQ(value.pv(), 2);
  EXPECT_EQ(value.cv(), 2);
  EXPECT_EQ(EarnedValueOf({{1, 0, 2, 50}}, 0, 1).cv(), -1) << "−0.5";
}

TEST(EarnedValueTest, AfterTheEndEarnedScheduleStillTellsThatItWasLate) {
  const v1::EarnedValue value = EarnedValueOf({{100, 0, 4, 100}}, 8, 100);
  EXPECT_EQ(value.spi(), 1);
  EXPECT_EQ(value.es_days(), 4);
  EXPECT_EQ(value.spi_t(), 0.5);
}

// By adding up day after day.
TEST(EarnedValueTest, AgainstPlainSums) {
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    std::vector<PlannedTask> tasks;
    for (int i = 1 + static_cast<int>(random() % 5); i > 0; --i) {
      const int64_t begin = random() % 6;
      tasks.push_back(
          {static_cast<int64_t>(random() % 50), begin, begin + static_cast<int64_t>(random() % 5), static_cast<int32_t>(random() % 101)});
    }
    const int64_t at = random() % 12;
    double bac = 0, ev = 0;
    std::vector<double> by_day(13, 0);
    for (const PlannedTask& task : tasks) {
      bac += static_cast<double>(task.cost);
      ev += static_cast<double>(task.cost) * task.earned_percent / 100;
      const int64_t end = task.end == task.begin ? task.begin + 1 : task.end;
      for (int64_t day = task.begin; day < end; ++day)
        by_day[day] += static_cast<double>(task.cost) / static_cast<double>(end - task.begin);
    }
    double pv = 0;
    for (int64_t day = 0; day < at; ++day) pv += by_day[day];
    const v1::EarnedValue value = EarnedValueOf(tasks, at, 10);
    EXPECT_NEAR(static_cast<double>(value.pv()), pv, 0.5001);
    EXPECT_NEAR(static_cast<double>(value.ev()), ev, 0.5001);
    if (bac == 0 || ev < 1e-9) continue;
    double sum = 0, time = 0;
    for (int day = 0; day < 13; ++day) {
      if (sum + by_day[day] >= ev - 1e-9) {
        time = day + (ev - sum) / by_day[day];
        break;
      }
      sum += by_day[day];
    }
    EXPECT_NEAR(value.es_days(), time, 1e-6) << "round " << round;
  }
}

}  // namespace
}  // namespace heitie::planning
