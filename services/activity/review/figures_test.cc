#include "services/activity/review/figures.h"

#include <gtest/gtest.h>

#include "common/test/fixture.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/report.pb.h"

namespace heitie::activity {
namespace {

using test::Proto;
using v1::Target;

v1::ReportSnapshot Snapshot() {
  return Proto<v1::ReportSnapshot>(R"pb(
    counters { participants: 80 impressions: 1000 clicks: 50 conversions: 10 click_through_rate: 0.05 }
    costs { planned_minor: 500 actual_minor: 400 }
    metrics { metric: "metricDefinitions/delay" }
    metrics { metric: "metricDefinitions/revenue" value: 12.5 })pb");
}

v1::TargetResult Result(const std::string& target) { return Compare(Proto<Target>(target), Snapshot()); }

TEST(Compare, FindsTheFigureOfEachMeasure) {
  EXPECT_EQ(Result("measure: MEASURE_PARTICIPANTS target: 100").actual(), 80);
  EXPECT_EQ(Result("measure: MEASURE_IMPRESSIONS target: 100").actual(), 1000);
  EXPECT_EQ(Result("measure: MEASURE_CLICKS target: 100").actual(), 50);
  EXPECT_EQ(Result("measure: MEASURE_CONVERSIONS target: 100").actual(), 10);
  EXPECT_EQ(Result("measure: MEASURE_CLICK_THROUGH_RATE target: 0.04").actual(), 0.05);
  EXPECT_EQ(Result("measure: MEASURE_COST target: 500").actual(), 400);
  EXPECT_EQ(Result(R"(measure: MEASURE_METRIC target: 10 metric: "metricDefinitions/revenue")").actual(), 12.5);
}

TEST(Compare, AtLeastIsReachedFromTheTargetUp) {
  EXPECT_TRUE(Result("measure: MEASURE_CLICKS target: 50").attained());
  EXPECT_FALSE(Result("measure: MEASURE_CLICKS target: 51").attained());
  EXPECT_DOUBLE_EQ(Result("measure: MEASURE_CLICKS target: 100").attainment(), 0.5);
}

TEST(Compare, CostIsACeilingUnlessToldOtherwise) {
  EXPECT_TRUE(Result("measure: MEASURE_COST target: 400").attained());
  EXPECT_FALSE(Result("measure: MEASURE_COST target: 399").attained());
  EXPECT_TRUE(Result("measure: MEASURE_COST target: 399 direction: DIRECTION_AT_LEAST").attained());
  EXPECT_FALSE(Result("measure: MEASURE_CLICKS target: 49 direction: DIRECTION_AT_MOST").attained());
}

TEST(Compare, AnUndefinedFigureIsNotZeroAndReachesNothing) {
  for (const char* target :
       {"measure: MEASURE_CONVERSION_RATE target: 0.1", "measure: MEASURE_CONVERSION_RATE target: 0.1 direction: DIRECTION_AT_MOST",
        R"(measure: MEASURE_METRIC target: 1 metric: "metricDefinitions/delay")",
        R"(measure: MEASURE_METRIC target: 1 metric: "metricDefinitions/unknown")"}) {
    const v1::TargetResult result = Result(target);
    EXPECT_FALSE(result.has_actual()) << target;
    EXPECT_FALSE(result.has_attainment()) << target;
    EXPECT_FALSE(result.attained()) << target;
  }
}

}  // namespace
}  // namespace heitie::activity
