#include "services/activity/review/forecast.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/test/fixture.h"

namespace heitie::activity {
namespace {

using test::Proto;
using ::testing::SizeIs;
using v1::ForecastResult;

ForecastResult ErrorOf(const std::string& text) {
  ForecastResult result = Proto<ForecastResult>(text);
  SetError(result);
  return result;
}

TEST(SetError, IsTheShareOfTheForecast) {
  const ForecastResult more = ErrorOf("forecast: 4000 actual: 5200");
  EXPECT_DOUBLE_EQ(more.error(), 0.3);
  EXPECT_DOUBLE_EQ(more.ratio(), 1.3);
  const ForecastResult less = ErrorOf("forecast: 4000 actual: 3000");
  EXPECT_DOUBLE_EQ(less.error(), -0.25);
  EXPECT_DOUBLE_EQ(less.ratio(), 0.75);
  EXPECT_DOUBLE_EQ(ErrorOf("forecast: 4000 actual: 0").error(), -1);
}

TEST(SetError, IsUndefinedOfNothing) {
  for (const char* text :
       {"forecast: 0 actual: 5", "forecast: 0 actual: 0", "actual: 5 error: 1 ratio: 1", "forecast: 5 error: 1 ratio: 1"}) {
    EXPECT_FALSE(ErrorOf(text).has_error()) << text;
    EXPECT_FALSE(ErrorOf(text).has_ratio()) << text;
  }
}

v1::ReportSnapshot ForecastSnapshot() {
  return Proto<v1::ReportSnapshot>(R"pb(
    activity { name: "activities/a" etag: "7" budget: "budgets/b" }
    results {
      target { measure: MEASURE_PARTICIPANTS target: 4000 }
      actual: 5200
    }
    results { target { measure: MEASURE_CONVERSION_RATE target: 0.1 } }
    results {
      target { measure: MEASURE_METRIC metric: "metricDefinitions/revenue" target: 100 }
      actual: 80
    }
    results {
      target { measure: MEASURE_METRIC metric: "metricDefinitions/wait" target: 5 }
      actual: 4
    }
    metrics { metric: "metricDefinitions/revenue" currency_code: "TWD" value: 80 }
    metrics { metric: "metricDefinitions/wait" value: 4 }
    costs { currency_code: "TWD" planned_minor: 500 actual_minor: 600 })pb");
}

planning::v1::Scheme SchemeOf(int64_t benefit) {
  planning::v1::Scheme scheme = Proto<planning::v1::Scheme>(R"pb(name: "projects/p/schemes/s" etag: "3")pb");
  scheme.mutable_feasibility()->set_total_benefit_minor(benefit);
  return scheme;
}

TEST(ForecastsOf, TellsTargetsCostAndBenefit) {
  const v1::ReportSnapshot snapshot = ForecastSnapshot();
  const planning::v1::Scheme scheme = SchemeOf(64);
  const auto all = ForecastsOf(snapshot, &scheme, "TWD", BenefitMetricOf(v1::Report(), snapshot, "TWD"));
  ASSERT_THAT(all, SizeIs(6));
  EXPECT_DOUBLE_EQ(all[0].error(), 0.3);
  EXPECT_EQ(all[0].source(), "activities/a");
  EXPECT_EQ(all[0].source_version(), "7");
  EXPECT_FALSE(all[1].has_actual());
  EXPECT_FALSE(all[1].has_error());
  EXPECT_DOUBLE_EQ(all[2].error(), -0.2);
  EXPECT_EQ(all[2].currency_code(), "TWD");
  EXPECT_EQ(all[4].kind(), ForecastResult::KIND_COST);
  EXPECT_DOUBLE_EQ(all[4].error(), 0.2);
  EXPECT_EQ(all[5].kind(), ForecastResult::KIND_BENEFIT);
  EXPECT_EQ(all[5].metric(), "metricDefinitions/revenue");
  EXPECT_EQ(all[5].source(), "projects/p/schemes/s");
  EXPECT_DOUBLE_EQ(all[5].error(), 0.25);
}

TEST(ForecastsOf, ABenefitInAnotherCurrencyIsNone) {
  const v1::ReportSnapshot snapshot = ForecastSnapshot();
  const planning::v1::Scheme scheme = SchemeOf(64);
  EXPECT_EQ(BenefitMetricOf(v1::Report(), snapshot, "USD"), "");
  const auto all = ForecastsOf(snapshot, &scheme, "USD", "metricDefinitions/revenue");
  ASSERT_THAT(all, SizeIs(6));
  EXPECT_FALSE(all[5].has_actual());
  EXPECT_FALSE(all[5].has_error());
}

TEST(ForecastsOf, WithoutMoneyThereIsNeitherCostNorBenefit) {
  v1::ReportSnapshot snapshot = ForecastSnapshot();
  snapshot.mutable_activity()->clear_budget();
  EXPECT_THAT(ForecastsOf(snapshot, nullptr, "", ""), SizeIs(4));
}

TEST(BenefitMetricOf, IsNotGuessedAmongSeveral) {
  v1::ReportSnapshot snapshot = ForecastSnapshot();
  EXPECT_EQ(BenefitMetricOf(v1::Report(), snapshot, "TWD"), "metricDefinitions/revenue");
  snapshot.mutable_metrics(1)->set_currency_code("TWD");
  EXPECT_EQ(BenefitMetricOf(v1::Report(), snapshot, "TWD"), "");
  EXPECT_EQ(BenefitMetricOf(Proto<v1::Report>(R"pb(benefit_metric: "metricDefinitions/wait")pb"), snapshot, "TWD"),
            "metricDefinitions/wait");
}

TEST(LiveDays, CountsTheDaysOfTheActivitysZone) {
  // 2026-01-01 23:30 to 2026-01-02 00:30 in Taipei; 2026-01-01 15:30 to 16:30 in UTC.
  v1::Activity activity = Proto<v1::Activity>(R"pb(launch_time { seconds: 1767281400 }
                                                   close_time { seconds: 1767285000 })pb");
  activity.set_time_zone("Asia/Taipei");
  EXPECT_EQ(LiveDays(activity), 2);
  activity.set_time_zone("UTC");
  EXPECT_EQ(LiveDays(activity), 1);
  activity.clear_close_time();
  EXPECT_EQ(LiveDays(activity), 0);
}

}  // namespace
}  // namespace heitie::activity
