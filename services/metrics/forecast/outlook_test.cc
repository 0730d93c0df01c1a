#include "services/metrics/forecast/outlook.h"

#include <gmock/gmock.h>

#include "common/test/fixture.h"
#include "common/time/day.h"

namespace heitie::metrics {
namespace {

using heitie::test::HasViolation;
using heitie::test::IsOk;
using heitie::test::Proto;
using v1::ForecastTarget;
using v1::MetricDefinition;

const absl::CivilDay kMonday(2026, 1, 5);

DailyFigures SteadyFigures(int days) {
  DailyFigures figures{kMonday, {}};
  for (int day = 0; day < days; ++day) figures.values.push_back(100 + 10 * (day % 7) + (day * 5 % 11) * 0.3);
  return figures;
}

statistics::DaySort NoHolidays(absl::CivilDay) { return statistics::DaySort::kUsual; }

absl::Status TargetStatus(const std::string& text) {
  status::BadFields bad;
  CheckTarget(Proto<ForecastTarget>(text), "target", bad);
  return bad.status();
}

TEST(TargetTest, HasOneEndAndASumABeginBeforeIt) {
  EXPECT_THAT(TargetStatus("wanted: WANTED_AT_LEAST horizon_days: 3"), IsOk());
  EXPECT_THAT(TargetStatus("wanted: WANTED_AT_LEAST end_date { year: 2026 month: 2 day: 1 }"), IsOk());
  EXPECT_THAT(TargetStatus("wanted: WANTED_AT_LEAST"), HasViolation("target.end_date", "BAD_FORECAST_TARGET"));
  EXPECT_THAT(TargetStatus("horizon_days: 3 end_date { year: 2026 month: 2 day: 1 }"),
              HasViolation("target.end_date", "BAD_FORECAST_TARGET"));
  EXPECT_THAT(TargetStatus("horizon_days: 3 start_date { year: 2026 month: 2 day: 1 }"),
              HasViolation("target.start_date", "BAD_FORECAST_TARGET"));
  EXPECT_THAT(TargetStatus("start_date { year: 2026 month: 2 day: 2 } end_date { year: 2026 month: 2 day: 1 }"),
              HasViolation("target.start_date", "BAD_FORECAST_TARGET"));
}

TEST(TargetTest, ItsLastDayIsAheadAndNotTooFar) {
  const ForecastTarget days = Proto<ForecastTarget>("horizon_days: 3"),
                       date = Proto<ForecastTarget>("end_date { year: 2026 month: 2 day: 1 }");
  EXPECT_EQ(LastDayOf(days, kMonday), kMonday + 3);
  EXPECT_EQ(LastDayOf(date, absl::CivilDay(2026, 1, 31)), absl::CivilDay(2026, 2, 1));
  EXPECT_EQ(LastDayOf(date, absl::CivilDay(2026, 2, 1)), std::nullopt);
  EXPECT_EQ(LastDayOf(date, absl::CivilDay(2026, 2, 1) - 90), absl::CivilDay(2026, 2, 1));
  EXPECT_EQ(LastDayOf(date, absl::CivilDay(2026, 2, 1) - 91), std::nullopt);
}

TEST(OutlookTest, WhatCameBeforeTheFirstFigureIsNoHistory) {
  const DailyFigures begun = Begun({kMonday, {0.0, std::nullopt, 0.0, 3.0, 0.0}});
  EXPECT_EQ(begun.first, kMonday + 3);
  EXPECT_THAT(begun.values, ::testing::ElementsAre(3.0, 0.0));
  EXPECT_TRUE(Begun({kMonday, {0.0, std::nullopt}}).values.empty());
}

TEST(OutlookTest, ASumCountsWhatIsClosedAndForecastsTheRest) {
  const DailyFigures figures = SteadyFigures(70);  // ten weeks
  const auto history = HistoryOf(figures, MetricDefinition::AGGREGATION_SUM, 14, NoHolidays);
  EXPECT_FALSE(history.counts);
  const auto forecast = statistics::Forecast::Of(history);
  ASSERT_TRUE(forecast);
  ForecastTarget target = Proto<ForecastTarget>("wanted: WANTED_AT_LEAST amount: 0");
  *target.mutable_start_date() = time::ToDate(figures.last() - 6);
  *target.mutable_end_date() = time::ToDate(figures.last() + 7);
  const v1::TargetForecast week = TargetOf(target, figures.last() + 7, figures, *forecast);
  double so_far = 0;
  for (int day = 63; day < 70; ++day) so_far += *figures.values[static_cast<size_t>(day)];
  EXPECT_NEAR(week.so_far(), so_far, 1e-9);
  EXPECT_NEAR(week.value(), 2 * so_far, 0.02 * so_far) << "another week like it";
  EXPECT_LT(week.interval_95().low(), week.interval_80().low());
  EXPECT_LT(week.interval_80().high(), week.interval_95().high());
  target.set_amount(week.value());
  EXPECT_NEAR(TargetOf(target, figures.last() + 7, figures, *forecast).chance(), 0.5, 0.02);
  target.set_amount(week.interval_95().high());
  const double little = TargetOf(target, figures.last() + 7, figures, *forecast).chance();
  EXPECT_NEAR(little, 0.025, 0.002);
  target.set_wanted(ForecastTarget::WANTED_AT_MOST);
  EXPECT_NEAR(TargetOf(target, figures.last() + 7, figures, *forecast).chance(), 1 - little, 1e-12);
  // A sum that begins later has no closed days.
  *target.mutable_start_date() = time::ToDate(figures.last() + 3);
  EXPECT_EQ(TargetOf(target, figures.last() + 7, figures, *forecast).so_far(), 0);
}

TEST(OutlookTest, AFigureOfADayIsThatOfTheForecast) {
  const DailyFigures figures = SteadyFigures(70);
  const auto forecast = statistics::Forecast::Of(HistoryOf(figures, MetricDefinition::AGGREGATION_AVERAGE, 5, NoHolidays));
  ASSERT_TRUE(forecast);
  const v1::TargetForecast day =
      TargetOf(Proto<ForecastTarget>("wanted: WANTED_AT_LEAST amount: 100 horizon_days: 5"), figures.last() + 5, figures, *forecast);
  EXPECT_EQ(day.value(), forecast->Value(5));
  EXPECT_EQ(day.chance(), forecast->DayChance(5, 100));
  EXPECT_TRUE(AddsUp(MetricDefinition::AGGREGATION_COUNT));
  EXPECT_FALSE(AddsUp(MetricDefinition::AGGREGATION_DISTINCT_USERS));
}

}  // namespace
}  // namespace heitie::metrics
