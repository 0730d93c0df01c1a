#include "services/planning/closeout/forecast_class.h"

#include <algorithm>
#include <random>

#include "common/test/fixture.h"
#include "services/planning/plan/feasibility.h"

namespace heitie::planning {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::ForecastClass;
using v1::ForecastRecord;

std::vector<ForecastRecord> Records(const std::string& prefix, const std::vector<double>& ratios) {
  std::vector<ForecastRecord> records;
  for (const double ratio : ratios) {
    ForecastRecord& record = records.emplace_back();
    record.set_name(absl::StrCat("forecastRecords/", prefix, records.size()));
    record.set_forecast(100);
    record.set_actual(100 * ratio);
    SetRatio(record);
  }
  return records;
}

// 100,000 now for 130,000 in a year at 8 %.
v1::Scheme Golden() {
  return test::Proto<v1::Scheme>("cash_flows { cost_minor: 100000 } cash_flows { month: 12 benefit_minor: 130000 } discount_rate_bp: 800");
}

TEST(ForecastClassTest, TheGoldenCaseOfTheNextStudy) {
  const v1::Scheme scheme = Golden();
  v1::Feasibility study = Assess(scheme.cash_flows(), scheme.discount_rate_bp());
  EXPECT_EQ(study.npv_minor(), 20370);
  EXPECT_EQ(study.verdict(), v1::Feasibility::VERDICT_FEASIBLE);
  const ForecastClass cost =
      ClassOf(ForecastRecord::KIND_COST, "projectTypes/fair", Records("c", {1.25, 0.90, 1.60, 1.00, 1.10}), {}, 5, 80);
  const ForecastClass benefit =
      ClassOf(ForecastRecord::KIND_BENEFIT, "projectTypes/fair", Records("b", {0.90, 0.50, 1.10, 0.80, 1.00}), {}, 5, 20);
  EXPECT_EQ(cost.scope(), ForecastClass::SCOPE_TYPE);
  EXPECT_EQ(cost.type_count(), 5);
  EXPECT_THAT(cost.records(), SizeIs(5));
  EXPECT_DOUBLE_EQ(cost.median(), 1.10);
  EXPECT_DOUBLE_EQ(cost.stressed(), 1.32);
  EXPECT_DOUBLE_EQ(benefit.median(), 0.90);
  EXPECT_DOUBLE_EQ(benefit.stressed(), 0.74);
  Correct(scheme.cash_flows(), scheme.discount_rate_bp(), cost, benefit, study);
  EXPECT_EQ(study.corrected().npv_minor(), -1667);
  EXPECT_EQ(study.corrected().total_cost_minor(), 110000);
  EXPECT_EQ(study.corrected().total_benefit_minor(), 117000);
  EXPECT_EQ(study.stressed().npv_minor(), -42926);
  EXPECT_EQ(study.npv_minor(), 20370) << "the estimate stays beside it";
  EXPECT_EQ(study.verdict(), v1::Feasibility::VERDICT_INFEASIBLE) << "of the corrected figures";
}

TEST(ForecastClassTest, FewerThanNeededAreOfAllTypesOrCorrectNothing) {
  const std::vector<ForecastRecord> four = Records("t", {2, 2, 2, 2}), six = Records("a", {1, 1, 1, 3, 3, 3});
  const ForecastClass all = ClassOf(ForecastRecord::KIND_COST, "projectTypes/fair", four, six, 5, 80);
  EXPECT_EQ(all.scope(), ForecastClass::SCOPE_ALL_TYPES);
  EXPECT_EQ(all.type_count(), 4);
  EXPECT_EQ(all.all_count(), 6);
  EXPECT_DOUBLE_EQ(all.median(), 2);
  EXPECT_THAT(all.records(), SizeIs(6));
  const ForecastClass none = ClassOf(ForecastRecord::KIND_COST, "projectTypes/fair", four, four, 5, 80);
  EXPECT_EQ(none.scope(), ForecastClass::SCOPE_UNSPECIFIED);
  EXPECT_FALSE(none.has_median());
  EXPECT_THAT(none.records(), IsEmpty());
  EXPECT_EQ(none.needed_count(), 5);
  const v1::Scheme scheme = Golden();
  v1::Feasibility study = Assess(scheme.cash_flows(), scheme.discount_rate_bp());
  Correct(scheme.cash_flows(), scheme.discount_rate_bp(), none, none, study);
  EXPECT_FALSE(study.has_corrected());
  EXPECT_EQ(study.verdict(), v1::Feasibility::VERDICT_FEASIBLE);
  // One of the two alone corrects what it knows.
  Correct(scheme.cash_flows(), scheme.discount_rate_bp(), all, none, study);
  EXPECT_EQ(study.corrected().npv_minor(), 120370 - 200000);
  EXPECT_EQ(study.corrected().benefit_factor(), 1);
}

TEST(ForecastClassTest, ItSaysHowManyCameOutInsideTheirRange) {
  std::vector<ForecastRecord> records = Records("r", {0.9, 1, 1.1, 1.2, 5});
  for (int i = 0; i < 4; ++i) {
    records[i].set_low(95);
    records[i].set_high(115);
  }
  const ForecastClass told = ClassOf(ForecastRecord::KIND_COST, "", {}, records, 5, 80);
  EXPECT_EQ(told.ranged_count(), 4);
  EXPECT_EQ(told.inside_count(), 2);
}

TEST(ForecastClassTest, AForecastOfZeroIsListedAndNotUsed) {
  ForecastRecord record;
  record.set_forecast(0);
  record.set_actual(7);
  SetRatio(record);
  EXPECT_FALSE(record.has_ratio());
  record.set_forecast(14);
  SetRatio(record);
  EXPECT_EQ(record.ratio(), 0.5);
  record.clear_actual();
  SetRatio(record);
  EXPECT_FALSE(record.has_ratio());
}

// The definition: n − 1 steps between the sorted values, of which a part is gone.
TEST(ForecastClassTest, PlacesAreLinearBetweenSortedValues) {
  std::mt19937 random(7);
  for (int round = 0; round < 500; ++round) {
    std::vector<double> values(1 + random() % 12);
    for (double& value : values) value = static_cast<double>(random() % 1000) / 8;
    const int percent = static_cast<int>(random() % 101);
    std::vector<double> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    const double place = percent / 100.0 * static_cast<double>(sorted.size() - 1);
    double expected = sorted.back();
    for (size_t i = 0; i + 1 < sorted.size(); ++i) {
      const double from = static_cast<double>(i);
      if (from <= place && place <= from + 1) expected = sorted[i] * (from + 1 - place) + sorted[i + 1] * (place - from);
    }
    EXPECT_NEAR(AtPercent(values, percent), expected, 1e-9);
  }
}

TEST(ForecastClassTest, AReportLeavesARecordForEachForecast) {
  const auto report = test::Proto<activity::v1::Report>(R"pb(
    name: "activities/fair/reports/1"
    create_time { seconds: 1767225600 }
    snapshot {
      activity { name: "activities/fair" project: "projects/spring" }
      forecasts { kind: KIND_TARGET measure: MEASURE_PARTICIPANTS forecast: 100 actual: 80 }
      forecasts { kind: KIND_TARGET measure: MEASURE_METRIC metric: "metricDefinitions/sales" forecast: 0 actual: 80 }
      forecasts { kind: KIND_COST forecast: 1000 actual: 1100 currency_code: "TWD" }
      forecasts { kind: KIND_BENEFIT forecast: 5000 currency_code: "TWD" }
    })pb");
  const std::vector<ForecastRecord> records = RecordsOf(report);
  ASSERT_EQ(records.size(), 4u);
  EXPECT_EQ(records[0].measure(), "PARTICIPANTS");
  EXPECT_EQ(records[0].ratio(), 0.8);
  EXPECT_EQ(records[1].measure(), "metricDefinitions/sales");
  EXPECT_FALSE(records[1].has_ratio());
  EXPECT_EQ(records[2].kind(), ForecastRecord::KIND_COST);
  EXPECT_EQ(records[2].ratio(), 1.1);
  EXPECT_EQ(records[2].subject(), "activities/fair");
  EXPECT_EQ(records[2].source(), "activities/fair/reports/1");
  EXPECT_FALSE(records[3].has_actual());
  EXPECT_NE(records[2].name(), records[3].name());
}

}  // namespace
}  // namespace heitie::planning
