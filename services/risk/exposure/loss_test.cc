#include "services/risk/exposure/loss.h"

#include <cmath>
#include <limits>
#include <random>

#include "common/statistics/distributions.h"
#include "common/test/fixture.h"

namespace heitie::risk {
namespace {

using test::HasViolations;
using test::IsOk;
using test::Proto;

YearlyLoss Golden(int64_t probability_ppm, LossCover cover = {}) { return {probability_ppm, ShapeOf(100'000, 1'000'000), cover}; }

TEST(LossTest, GoldenValuesOfOneRisk) {
  const YearlyLoss tenth = Golden(100'000);
  EXPECT_NEAR(MeanYearlyLoss(tenth), 40'400.13, 0.005);
  EXPECT_NEAR(ValueAtRisk(tenth, 950'000), 316'227.77, 0.005);
  EXPECT_NEAR(ExpectedShortfall(tenth, 950'000), 612'479.21, 0.005);
  EXPECT_NEAR(ValueAtRisk(tenth, 990'000), 775'468.24, 0.005);
  EXPECT_NEAR(ExpectedShortfall(tenth, 990'000), 1'132'871.65, 0.005);
  EXPECT_NEAR(ExceedanceOf(tenth, 500'000), 0.0256378, 5e-8);
  EXPECT_EQ(ValueAtRisk(tenth, 900'000), 0);
  EXPECT_GT(ValueAtRisk(tenth, 900'001), 0);
  const YearlyLoss rare = Golden(5'000);
  EXPECT_EQ(ValueAtRisk(rare, 990'000), 0);
  EXPECT_NEAR(ExpectedShortfall(rare, 990'000), 202'000.64, 0.005);
}

TEST(LossTest, GoldenValuesOfATransfer) {
  const YearlyLoss insured = Golden(100'000, {200'000, 600'000});
  EXPECT_NEAR(MeanRecovered(insured), 186'427.87, 0.005);
  EXPECT_NEAR(MeanYearlyLoss(insured), 21'757.34, 0.005);
  EXPECT_NEAR(ValueAtRisk(insured, 990'000), 200'000, 1e-6);
  EXPECT_NEAR(ValueAtRisk(insured, 995'000), 400'000, 1);
  EXPECT_EQ(insured.cover.Recovered(150'000), 0);
  EXPECT_EQ(insured.cover.Recovered(500'000), 300'000);
  EXPECT_EQ(insured.cover.Recovered(5'000'000), 600'000);
}

TEST(LossTest, ShapeHasItsInterval) {
  const LossShape shape = ShapeOf(100'000, 1'000'000);
  EXPECT_NEAR(ExceedanceOf({1'000'000, shape, {}}, 100'000), 0.95, 1e-12);
  EXPECT_NEAR(ExceedanceOf({1'000'000, shape, {}}, 1'000'000), 0.05, 1e-12);
  EXPECT_NEAR(std::log(10.0) / shape.sigma, 3.29, 0.001);
}

// The mean over probabilities, by the midpoint rule on the quantiles of the loss: nothing of the closed forms.
double Integrated(const YearlyLoss& loss, double from_probability) {
  constexpr int kSteps = 100'000;
  const double p = static_cast<double>(loss.probability_ppm) / 1e6;
  // Years are ordered by their loss; those below 1 − p cost nothing.
  const double from = std::max(from_probability, 1 - p), width = (1 - from) / kSteps;
  double sum = 0;
  for (int i = 0; i < kSteps; ++i) {
    const double year = from + (i + 0.5) * width;
    const double x = std::exp(loss.shape.mu + loss.shape.sigma * statistics::NormalQuantile((year - (1 - p)) / p));
    sum += (x - loss.cover.Recovered(x)) * width;
  }
  return sum;
}

TEST(LossTest, ClosedFormsEqualNumericalIntegration) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 10; ++round) {
    YearlyLoss loss;
    loss.probability_ppm = 1 + static_cast<int64_t>(random() % 1'000'000);
    const double lower = 1'000 + static_cast<double>(random() % 100'000);
    loss.shape = ShapeOf(lower, lower * (1.5 + static_cast<double>(random() % 20)));
    if (round % 2 == 1) loss.cover = {static_cast<double>(random() % 200'000), 1 + static_cast<double>(random() % 500'000)};
    // The outermost part of the midpoint rule leaves out some of the tail.
    EXPECT_NEAR(Integrated(loss, 0) / MeanYearlyLoss(loss), 1, 1e-3);
    for (const int64_t level : {500'000, 900'000, 990'000}) {
      const double beyond = 1 - static_cast<double>(level) / 1e6;
      EXPECT_NEAR(Integrated(loss, 1 - beyond) / beyond / ExpectedShortfall(loss, level), 1, 2e-3) << round << " " << level;
      // By its definition: no more than 1 − level of the years are worse, and less than a hair below it they are.
      const double at_risk = ValueAtRisk(loss, level);
      EXPECT_LE(ExceedanceOf(loss, at_risk + 1e-6 * at_risk), beyond + 1e-9);
      if (at_risk > 0) {
        EXPECT_GE(ExceedanceOf(loss, at_risk - 1e-6 * at_risk), beyond - 1e-9);
      }
    }
  }
}

TEST(LossTest, LimitedMeanGrowsToTheMean) {
  const LossShape shape = ShapeOf(100'000, 1'000'000);
  EXPECT_EQ(LimitedMeanLoss(shape, 0), 0);
  double before = 0;
  for (const double limit : {1e4, 1e5, 1e6, 1e7, 1e9}) {
    EXPECT_GT(LimitedMeanLoss(shape, limit), before);
    before = LimitedMeanLoss(shape, limit);
  }
  EXPECT_NEAR(before, MeanLoss(shape), 1e-3);
}

TEST(LossTest, EstimatesAreOrderedAndTold) {
  const auto check = [](const char* figures) {
    status::BadFields bad;
    CheckLossFigures("f", Proto<v1::LossFigures>(figures), bad);
    return bad.status();
  };
  EXPECT_THAT(check("probability_ppm: 1 lower_minor: 5 upper_minor: 6"), IsOk());
  EXPECT_THAT(check("probability_ppm: 1 lower_minor: 5 upper_minor: 5"), HasViolations("f.upper_minor LOSS_BOUNDS_REVERSED"));
  EXPECT_THAT(check("probability_ppm: 1 lower_minor: 1 upper_minor: 1000000000000"), HasViolations("f.upper_minor LOSS_TOO_GREAT"));
  EXPECT_FALSE(HasHeavyTail(Proto<v1::LossFigures>("lower_minor: 100000 upper_minor: 1000000")));
  // σ above 2·1.645: the mean is above the 95 % quantile.
  EXPECT_TRUE(HasHeavyTail(Proto<v1::LossFigures>("lower_minor: 1 upper_minor: 60000")));
  EXPECT_EQ(ToMinor(1e300), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(ToMinor(2.5), 3);
}

}  // namespace
}  // namespace heitie::risk
