#include "services/metrics/optimisation/statistics_calls.h"

#include <gmock/gmock.h>

#include "common/test/fixture.h"
#include "common/time/day.h"
#include "heitie/metrics/v1/evaluation_policy.pb.h"
#include "services/metrics/service.h"

namespace heitie::metrics {
namespace {

using heitie::test::HasReason;
using heitie::test::HasViolation;
using heitie::test::IsOk;
using heitie::test::Proto;

class StatisticsCallsTest : public heitie::test::ServiceTest<Service> {
 protected:
  StatisticsCallsTest() : ServiceTest("metrics") {}
  template <typename Resp, typename Req>
  absl::StatusOr<Resp> Ask(const std::string& method, const std::string& text) {
    return Call<Resp>(method, Specialist(), Proto<Req>(text));
  }
  absl::StatusOr<v1::ArmComparison> Proportions(const std::string& text) {
    return Ask<v1::ArmComparison, v1::CompareProportionsRequest>("CompareProportions", text);
  }
};

TEST_F(StatisticsCallsTest, GoldenProportions) {
  const auto got = Proportions("control { successes: 8940 trials: 44700 } treatment { successes: 8643 trials: 45489 }");
  ASSERT_THAT(got, IsOk());
  EXPECT_NEAR(got->estimate().statistic(), -3.78935, 5e-6);
  EXPECT_NEAR(got->estimate().p_value(), 0.00015104, 5e-9);
  EXPECT_FALSE(got->estimate().has_degrees_of_freedom());
  EXPECT_NEAR(got->estimate().interval().low(), -0.015170, 5e-7);
  EXPECT_NEAR(got->estimate().interval().high(), -0.004826, 5e-7);
  EXPECT_NEAR(got->always_valid().half_width(), 0.008767, 5e-7);
  EXPECT_EQ(got->always_valid().tuning(), 5000);
  EXPECT_NEAR(got->lift().lift(), -0.04999, 1e-6);
}

TEST_F(StatisticsCallsTest, GoldenMeansFromObservationsOrTheirSummary) {
  const auto got =
      Ask<v1::ArmComparison, v1::CompareMeansRequest>("CompareMeans",
                                                      "control { observations: [12, 15, 9, 20, 14, 18, 11, 16, 13, 17] }"
                                                      "treatment { observations: [22, 14, 19, 25, 30, 17, 21, 13, 28, 24, 16, 20] }");
  ASSERT_THAT(got, IsOk());
  EXPECT_NEAR(got->estimate().statistic(), 3.33146, 5e-6);
  EXPECT_NEAR(got->estimate().degrees_of_freedom(), 18.7870, 5e-5);
  EXPECT_NEAR(got->estimate().p_value(), 0.003549, 5e-7);
  const auto summary = Ask<v1::ArmComparison, v1::CompareMeansRequest>(
      "CompareMeans",
      "control { count: 10 mean: 14.5 variance: 11.388888888888889 } treatment { count: 12 mean: 20.75 variance: 28.568181818181817 }");
  ASSERT_THAT(summary, IsOk());
  EXPECT_NEAR(summary->estimate().statistic(), got->estimate().statistic(), 1e-9);
}

TEST_F(StatisticsCallsTest, GoldenSampling) {
  const auto ratio = Ask<v1::SampleRatioCheck, v1::CheckSampleRatioRequest>("CheckSampleRatio",
                                                                            "arms { count: 5170 share: 1 } arms { count: 4830 share: 1 }");
  ASSERT_THAT(ratio, IsOk());
  EXPECT_NEAR(ratio->chi_square(), 11.56, 1e-9);
  EXPECT_NEAR(ratio->p_value(), 0.000674, 5e-7);
  EXPECT_TRUE(ratio->mismatch());
  const auto holm = Ask<v1::AdjustPValuesResponse, v1::AdjustPValuesRequest>("AdjustPValues", "p_values: [0.012, 0.03, 0.04, 0.2]");
  ASSERT_THAT(holm, IsOk());
  EXPECT_THAT(holm->adjusted_p_values(), ::testing::Pointwise(::testing::DoubleNear(1e-12), {0.048, 0.09, 0.09, 0.2}));
  const auto size = Ask<v1::SampleSizePlan, v1::PlanSampleSizeRequest>("PlanSampleSize", "proportions { control: 0.20 treatment: 0.19 }");
  ASSERT_THAT(size, IsOk());
  EXPECT_EQ(size->control_count(), 24638);
  EXPECT_EQ(size->treatment_count(), 24638);
}

TEST_F(StatisticsCallsTest, GoldenChanges) {
  std::string units;
  for (const int change : {18, 14, 21, 13, 18}) units += absl::StrCat("units { treated: true before: 100 after: ", 100 + change, " } ");
  for (const int change : {4, 7, 2, 9, 3, 5}) units += absl::StrCat("units { before: 50 after: ", 50 + change, " } ");
  const auto got = Ask<v1::ChangesComparison, v1::CompareChangesRequest>("CompareChanges", units);
  ASSERT_THAT(got, IsOk());
  EXPECT_NEAR(got->comparison().estimate().effect(), 11.8, 1e-9);
  EXPECT_NEAR(got->comparison().estimate().p_value(), 0.000224, 5e-7);
  EXPECT_FALSE(got->comparison().has_lift());
  EXPECT_EQ(got->pre_trend_undefined_cause(), v1::UNDEFINED_CAUSE_TOO_FEW) << "one period before shows no trend";
}

TEST_F(StatisticsCallsTest, PairsAndSeries) {
  const std::string arms =
      "control { count: 100 x_mean: 4 y_mean: 2 x_variance: 1 y_variance: 2 covariance: 1 }"
      "treatment { count: 100 x_mean: 4 y_mean: 2.5 x_variance: 1 y_variance: 2 covariance: 1 }";
  const auto ratio = Ask<v1::ArmComparison, v1::CompareRatiosRequest>("CompareRatios", arms);
  ASSERT_THAT(ratio, IsOk());
  EXPECT_NEAR(ratio->estimate().effect(), 0.125, 1e-12);
  const auto adjusted = Ask<v1::AdjustedComparison, v1::CompareAdjustedMeansRequest>("CompareAdjustedMeans", arms);
  ASSERT_THAT(adjusted, IsOk());
  EXPECT_NEAR(adjusted->theta(), 1, 1e-12);
  EXPECT_NEAR(adjusted->variance_reduction(), 0.5, 1e-12);
  EXPECT_NEAR(adjusted->comparison().estimate().standard_error(), std::sqrt(2 * 1.0 / 100), 1e-12);
  const auto lift = Ask<v1::ComputeRelativeLiftResponse, v1::ComputeRelativeLiftRequest>(
      "ComputeRelativeLift", "control { value: 2 standard_error: 0.1 } treatment { value: 3 standard_error: 0.1 }");
  ASSERT_THAT(lift, IsOk());
  EXPECT_NEAR(lift->lift().lift(), 0.5, 1e-12);
  const auto valid = Ask<v1::ComputeAlwaysValidIntervalResponse, v1::ComputeAlwaysValidIntervalRequest>(
      "ComputeAlwaysValidInterval", "effect: 1 standard_error: 0.1 count: 1000 tuning: 100");
  ASSERT_THAT(valid, IsOk());
  EXPECT_EQ(valid->always_valid().tuning(), 100);
  EXPECT_LT(valid->always_valid().p_value(), 1e-6);

  v1::FitInterruptionRequest series;
  *series.mutable_change_date() = time::ToDate(absl::CivilDay(2026, 2, 1));
  for (int i = 0; i < 60; ++i) {
    v1::FigureOfDay& figure = *series.add_figures();
    *figure.mutable_date() = time::ToDate(absl::CivilDay(2026, 1, 1) + i);
    figure.set_value(10 + (i >= 31 ? 5 : 0) + 0.01 * (i * i % 7));
  }
  const auto fit = Call<v1::InterruptionFit>("FitInterruption", Specialist(), series);
  ASSERT_THAT(fit, IsOk());
  EXPECT_NEAR(fit->level().effect(), 5, 0.1);
  EXPECT_EQ(fit->lag(), 3);
  EXPECT_EQ(fit->terms(), 4);
}

TEST_F(StatisticsCallsTest, UndefinedIsNoErrorAndNoNumber) {
  const auto none = Proportions("control { successes: 0 trials: 9 } treatment { successes: 0 trials: 9 }");
  ASSERT_THAT(none, IsOk());
  EXPECT_EQ(none->undefined_cause(), v1::UNDEFINED_CAUSE_NO_VARIANCE);
  EXPECT_FALSE(none->has_estimate());
  EXPECT_FALSE(none->has_always_valid());
  const auto empty = Proportions("control { } treatment { successes: 1 trials: 9 }");
  ASSERT_THAT(empty, IsOk());
  EXPECT_EQ(empty->undefined_cause(), v1::UNDEFINED_CAUSE_NO_DATA);
  const auto base = Proportions("control { trials: 9 } treatment { successes: 1 trials: 9 }");
  ASSERT_THAT(base, IsOk());
  EXPECT_TRUE(base->has_estimate());
  EXPECT_EQ(base->lift_undefined_cause(), v1::UNDEFINED_CAUSE_ZERO_DENOMINATOR);
}

TEST_F(StatisticsCallsTest, EveryBadFieldAtOnce) {
  auto refused = Proportions("control { successes: 3 trials: 2 } treatment { successes: 5 trials: 4 }").status();
  EXPECT_THAT(refused, HasViolation("control.successes", "SUCCESSES_BEYOND_TRIALS"));
  EXPECT_THAT(refused, HasViolation("treatment.successes", "SUCCESSES_BEYOND_TRIALS"));
  EXPECT_THAT(Proportions("control { } treatment { } alpha: 0.9"), HasReason("INVALID_FIELDS"));
  refused = Ask<v1::ArmComparison, v1::CompareMeansRequest>("CompareMeans", "control { observations: 1 count: 3 } treatment { count: 2 }")
                .status();
  EXPECT_THAT(refused, HasViolation("control.observations", "ARM_TOLD_TWICE"));
  refused = Ask<v1::ArmComparison, v1::CompareRatiosRequest>(
                "CompareRatios", "control { count: 2 covariance: 3 x_variance: 1 y_variance: 1 } treatment { count: 2 covariance: -1 }")
                .status();
  EXPECT_THAT(refused, HasViolation("control.covariance", "IMPOSSIBLE_COVARIANCE"));
  EXPECT_THAT(refused, HasViolation("treatment.covariance", "IMPOSSIBLE_COVARIANCE"));
  refused = Ask<v1::SampleSizePlan, v1::PlanSampleSizeRequest>("PlanSampleSize", "").status();
  EXPECT_THAT(refused, HasViolation("proportions", "NOTHING_TO_COMPARE"));
  refused = Ask<v1::ChangesComparison, v1::CompareChangesRequest>(
                "CompareChanges", "units { before: 1 after: 2 } units { before: 1 before: 2 after: 2 } units { before: 1 after: [2, 3] }")
                .status();
  EXPECT_THAT(refused, HasViolation("units[1]", "UNEVEN_PERIODS"));
  EXPECT_THAT(refused, HasViolation("units[2]", "UNEVEN_PERIODS"));
  refused = Ask<v1::InterruptionFit, v1::FitInterruptionRequest>(
                "FitInterruption",
                "change_date { year: 2026 month: 1 day: 2 } figures { date { year: 2026 month: 1 day: 2 } }"
                "figures { date { year: 2026 month: 1 day: 2 } } figures { date { year: 2026 month: 1 day: 1 } }")
                .status();
  EXPECT_THAT(refused, HasViolation("figures[1].date", "DAYS_NOT_ASCENDING"));
  EXPECT_THAT(refused, HasViolation("figures[2].date", "DAYS_NOT_ASCENDING"));
}

TEST_F(StatisticsCallsTest, NumbersAreThoseOfThePolicyInForce) {
  const auto policy = Call<v1::EvaluationPolicy>(
      "CreateEvaluationPolicy", Analyst(),
      Proto<v1::CreateEvaluationPolicyRequest>("evaluation_policy_id: 'strict' evaluation_policy { reason: 'Fewer false alarms' alpha: 0.01"
                                               " power: 0.9 tuning: 20000 sample_ratio_bound: 0.0001 parallel_bound: 0.1"
                                               " reminder_hours: 48 }"));
  ASSERT_THAT(policy, IsOk());
  v1::PublishEvaluationPolicyRequest publish;
  publish.set_name(policy->name());
  ASSERT_THAT(Call<v1::EvaluationPolicy>("PublishEvaluationPolicy", Manager(), publish), IsOk());
  const auto got = Proportions("control { successes: 8940 trials: 44700 } treatment { successes: 8643 trials: 45489 }");
  ASSERT_THAT(got, IsOk());
  EXPECT_EQ(got->always_valid().tuning(), 20000);
  EXPECT_NEAR(got->estimate().interval().high() - got->estimate().interval().low(), 2 * 2.5758293 * got->estimate().standard_error(), 1e-8);
  const auto size = Ask<v1::SampleSizePlan, v1::PlanSampleSizeRequest>(
      "PlanSampleSize", "proportions { control: 0.20 treatment: 0.19 } alpha: 0.05 power: 0.8");
  ASSERT_THAT(size, IsOk());
  EXPECT_EQ(size->control_count(), 24638) << "what the request says counts";
}

}  // namespace
}  // namespace heitie::metrics
