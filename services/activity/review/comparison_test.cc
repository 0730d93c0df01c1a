#include "services/activity/review/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/test/fixture.h"

namespace heitie::activity {
namespace {

using test::Proto;
using v1::ComparedFigure;
using v1::Report;

Report ReportOf(const std::string& activity, int64_t converters, int64_t participants) {
  Report report = Proto<Report>(R"pb(
    snapshot {
      live_days: 4
      costs { currency_code: "TWD" actual_minor: 1000 }
      counters {
        conversions: 50
        clickers: 7
        clicks: 9
        converters_outside_denominator: 5
        conversion_denominator: CONVERSION_DENOMINATOR_PARTICIPANTS
      }
      metrics { metric: "metricDefinitions/m" metric_etag: "1" unit: "users" value: 3 }
    })pb");
  report.set_name(activity + "/reports/r");
  report.mutable_snapshot()->mutable_activity()->set_name(activity);
  report.mutable_snapshot()->mutable_counters()->set_converters(converters + 5);
  report.mutable_snapshot()->mutable_counters()->set_participants(participants);
  return report;
}

const ComparedFigure& FigureOf(const v1::CompareActivitiesResponse& response, ComparedFigure::Kind kind) {
  for (const ComparedFigure& figure : response.figures()) {
    if (figure.kind() == kind) return figure;
  }
  ADD_FAILURE() << ComparedFigure::Kind_Name(kind);
  return ComparedFigure::default_instance();
}

TEST(CompareReports, TestsTwoRatesByPooledZ) {
  const auto compared = CompareReports({ReportOf("activities/a", 120, 2400), ReportOf("activities/b", 165, 2500)}, 0.05);
  ASSERT_EQ(compared.rates_size(), 1);
  const v1::RateComparison& rates = compared.rates(0);
  EXPECT_EQ(rates.base(), "activities/a");
  EXPECT_EQ(rates.activity(), "activities/b");
  EXPECT_EQ(rates.base_converters(), 120);
  EXPECT_EQ(rates.users(), 2500);
  EXPECT_NEAR(rates.statistic(), 2.392, 0.0005);
  EXPECT_NEAR(rates.p_value(), 0.0168, 0.00005);
  EXPECT_NEAR(rates.difference(), 0.016, 1e-12);
  EXPECT_GT(rates.low(), 0);
  EXPECT_TRUE(rates.observational());
}

TEST(CompareReports, RatesOfOtherDenominatorsAreNotComparable) {
  Report other = ReportOf("activities/b", 165, 2500);
  other.mutable_snapshot()->mutable_counters()->set_conversion_denominator(v1::TrackingDefinition::CONVERSION_DENOMINATOR_CLICKERS);
  const auto compared = CompareReports({ReportOf("activities/a", 120, 2400), other}, 0.05);
  EXPECT_EQ(compared.rates(0).standing(), ComparedFigure::STANDING_NOT_COMPARABLE);
  EXPECT_EQ(compared.rates(0).users(), 7);
  EXPECT_FALSE(compared.rates(0).has_p_value());
  const ComparedFigure& rate = FigureOf(compared, ComparedFigure::KIND_CONVERSION_RATE);
  EXPECT_EQ(rate.standing(), ComparedFigure::STANDING_NOT_COMPARABLE);
  EXPECT_EQ(rate.obstacle(), ComparedFigure::OBSTACLE_DENOMINATORS);
  EXPECT_EQ(FigureOf(compared, ComparedFigure::KIND_PARTICIPANTS).standing(), ComparedFigure::STANDING_COMPARABLE);
}

TEST(CompareReports, CostsAreToldPerConversionAndDay) {
  Report none = ReportOf("activities/b", 0, 0);
  none.mutable_snapshot()->mutable_counters()->clear_conversions();
  const auto compared = CompareReports({ReportOf("activities/a", 120, 2400), none}, 0.05);
  const ComparedFigure& cost = FigureOf(compared, ComparedFigure::KIND_COST_PER_CONVERSION);
  EXPECT_EQ(cost.unit(), "TWD");
  EXPECT_EQ(cost.values(0).value(), 20);
  EXPECT_FALSE(cost.values(1).has_value()) << "nothing was converted";
  EXPECT_EQ(FigureOf(compared, ComparedFigure::KIND_COST_PER_LIVE_DAY).values(1).value(), 250);
  EXPECT_EQ(FigureOf(compared, ComparedFigure::KIND_CONVERSIONS_PER_LIVE_DAY).values(0).value(), 12.5);
  EXPECT_FALSE(compared.rates(0).has_statistic()) << "a rate over nobody";
}

TEST(CompareReports, OtherCurrenciesAndDefinitionsAreNotComparable) {
  Report other = ReportOf("activities/b", 165, 2500);
  other.mutable_snapshot()->mutable_costs()->set_currency_code("USD");
  other.mutable_snapshot()->mutable_metrics(0)->set_metric_etag("2");
  const auto compared = CompareReports({ReportOf("activities/a", 120, 2400), other, ReportOf("activities/c", 1, 10)}, 0.05);
  EXPECT_EQ(FigureOf(compared, ComparedFigure::KIND_COST).obstacle(), ComparedFigure::OBSTACLE_CURRENCIES);
  EXPECT_EQ(FigureOf(compared, ComparedFigure::KIND_COST).unit(), "");
  const ComparedFigure& metric = FigureOf(compared, ComparedFigure::KIND_METRIC);
  EXPECT_EQ(metric.metric(), "metricDefinitions/m");
  EXPECT_EQ(metric.obstacle(), ComparedFigure::OBSTACLE_DEFINITIONS);
  EXPECT_EQ(metric.values(2).value(), 3);
  EXPECT_EQ(compared.rates_size(), 2);
}

}  // namespace
}  // namespace heitie::activity
