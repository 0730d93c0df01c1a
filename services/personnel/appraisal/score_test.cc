#include "services/personnel/appraisal/score.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace heitie::personnel {
namespace {

using exact::Fraction;
using ::testing::ElementsAre;

const std::vector<CurvePoint> kBuyers = {{1500, 0}, {2000, 6000}, {2500, 8500}, {3000, 10'000}};

std::vector<IndicatorPoints> June(int64_t buyers) {
  return {{5000, Origin::kMeasured, PointsAt(kBuyers, buyers)},
          {2000, Origin::kRated, Fraction(9000)},
          {2000, Origin::kRated, Fraction(7500)},
          {1000, Origin::kRated, Fraction(10'000)}};
}

TEST(ScoreTest, BuyersOfJune) {
  EXPECT_EQ(PointsAt(kBuyers, 2339), Fraction(7695));
  EXPECT_EQ(*Mean(June(2339)), Fraction(81'475, 10));
  EXPECT_EQ(exact::Round(*Mean(June(2339))), 8148);
  EXPECT_EQ(exact::Round(*Mean(June(2339 + 31))), 8225) << "as the notice says when buyers arrive later";
}

TEST(ScoreTest, BeyondTheCurveAreItsEnds) {
  EXPECT_EQ(PointsAt(kBuyers, 0), 0);
  EXPECT_EQ(PointsAt(kBuyers, 1500), 0);
  EXPECT_EQ(PointsAt(kBuyers, 3000), 10'000);
  EXPECT_EQ(PointsAt(kBuyers, 1'000'000), 10'000);
  EXPECT_EQ(PointsAt({{5, 700}}, 4), 700) << "a curve of one point is the same for all figures";
}

// On each side of each point, and not falling.
TEST(ScoreTest, CurvesMeetTheirPointsAndRise) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 500; ++round) {
    std::vector<CurvePoint> curve;
    int64_t figure = -1000, points = 0;
    for (size_t i = 0, n = 1 + random() % 6; i < n; ++i) {
      figure += 1 + static_cast<int64_t>(random() % 500);
      points = std::min<int64_t>(kMostPoints, points + static_cast<int64_t>(random() % 4000));
      curve.push_back({Fraction(figure, 7), points});
    }
    ASSERT_EQ(CheckCurve(curve).defect, CurveDefect::kNone);
    for (const CurvePoint& point : curve) ASSERT_EQ(PointsAt(curve, point.figure), point.points);
    Fraction before = 0;
    for (int x = -200; x < 600; x += 3) {
      const Fraction at = PointsAt(curve, Fraction(x, 2));
      ASSERT_GE(at, before);
      before = at;
    }
  }
}

TEST(ScoreTest, DefectsOfCurves) {
  EXPECT_EQ(CheckCurve({}).defect, CurveDefect::kEmpty);
  EXPECT_EQ(CheckCurve({{1, 0}, {1, 5}}).defect, CurveDefect::kFiguresNotRising);
  const CurveVerdict falling = CheckCurve({{1, 0}, {2, 6}, {3, 5}});
  EXPECT_EQ(falling.defect, CurveDefect::kPointsFalling);
  EXPECT_EQ(falling.at, 2u);
  EXPECT_EQ(CheckCurve({{1, -1}}).defect, CurveDefect::kPointsOutOfRange);
  EXPECT_EQ(CheckCurve({{1, 10'001}}).defect, CurveDefect::kPointsOutOfRange);
}

TEST(ScoreTest, WhatHasNoFigureLeavesItsWeightToTheOthers) {
  std::vector<IndicatorPoints> june = June(2339);
  june[0].points.reset();
  EXPECT_EQ(*Mean(june), Fraction(8600));
  EXPECT_EQ(Mean(june, Origin::kMeasured), std::nullopt);
  EXPECT_EQ(*Mean(June(2339), Origin::kMeasured), 7695);
  EXPECT_EQ(*Mean(June(2339), Origin::kRated), 8600);
  EXPECT_EQ(Mean({}), std::nullopt);
}

TEST(ScoreTest, AMonthInTwoPositions) {
  const MonthScore month = ScoreMonth({{9, Fraction(8250)}, {13, Fraction(9120)}}, 22, {});
  EXPECT_EQ(month.why, MonthScore::Why::kScored);
  EXPECT_EQ(month.points, 8764);
  EXPECT_THAT(month.parts, ElementsAre(0, 1));
}

TEST(ScoreTest, ShortPartsAreLeftOutAndIfAllAreTheLongestCounts) {
  EXPECT_THAT(ScoreMonth({{4, Fraction(100)}, {18, Fraction(9120)}}, 22, {}).parts, ElementsAre(1));
  EXPECT_EQ(ScoreMonth({{4, Fraction(100)}, {18, Fraction(9120)}}, 22, {}).points, 9120);
  EXPECT_THAT(ScoreMonth({{3, Fraction(1)}, {4, Fraction(2)}, {4, Fraction(3)}}, 22, {}).parts, ElementsAre(2));
  EXPECT_EQ(ScoreMonth({{4, std::nullopt}, {18, Fraction(9120)}}, 22, {}).points, 9120) << "what is left out needs no score";
  EXPECT_EQ(ScoreMonth({{5, std::nullopt}, {17, Fraction(9120)}}, 22, {}).why, MonthScore::Why::kNotRated);
}

TEST(ScoreTest, HalfOfTheMonthSuffices) {
  EXPECT_EQ(ScoreMonth({{11, Fraction(8000)}}, 22, {}).why, MonthScore::Why::kScored);
  EXPECT_EQ(ScoreMonth({{10, Fraction(8000)}}, 22, {}).why, MonthScore::Why::kOnLeave);
  EXPECT_EQ(ScoreMonth({{10, Fraction(8000)}}, 21, {}).why, MonthScore::Why::kOnLeave);
  EXPECT_EQ(ScoreMonth({{11, Fraction(8000)}}, 21, {}).why, MonthScore::Why::kScored);
  EXPECT_EQ(ScoreMonth({}, 22, {}).why, MonthScore::Why::kOnLeave);
  EXPECT_EQ(ScoreMonth({{0, std::nullopt}}, 0, {}).why, MonthScore::Why::kOnLeave) << "a month without working days";
}

TEST(ScoreTest, AYearIsRoundedOnce) {
  EXPECT_EQ(ScoreYear({8773, 8866, 8841, 8807, 8763, 8934, 8796}, 9260, {}), 8999) << "9000 if the months were rounded first";
  EXPECT_EQ(ScoreYear({8773, 8866, 8841, 8807, 8763}, 9260, {}), std::nullopt) << "five are too few";
  EXPECT_EQ(ScoreYear({}, 9260, {.least_months = 0}), std::nullopt);
}

// Against integers over the common denominator.
TEST(ScoreTest, YearsAndMonthsAgreeWithWholeNumbers) {
  std::mt19937_64 random(5);
  const auto nearest = [](int64_t top, int64_t bottom) { return (2 * top + bottom) / (2 * bottom); };
  for (int round = 0; round < 20'000; ++round) {
    std::vector<int64_t> months(6 + random() % 7);
    int64_t sum = 0;
    for (int64_t& month : months) sum += month = static_cast<int64_t>(random() % 10'001);
    const int64_t own = static_cast<int64_t>(random() % 10'001), weight = static_cast<int64_t>(random() % 10'001);
    const int64_t n = static_cast<int64_t>(months.size());
    ASSERT_EQ(ScoreYear(months, own, {.weight_of_months = weight, .weight_of_year = kAllWeight - weight}),
              nearest(weight * sum + n * (kAllWeight - weight) * own, n * kAllWeight));
    std::vector<Part> parts;
    int64_t top = 0, days = 0;
    for (size_t i = 0, k = 1 + random() % 3; i < k; ++i) {
      const int64_t score = static_cast<int64_t>(random() % 10'001), present = 5 + static_cast<int64_t>(random() % 10);
      parts.push_back({static_cast<int>(present), Fraction(score)});
      top += score * present;
      days += present;
    }
    ASSERT_EQ(ScoreMonth(parts, static_cast<int>(days), {}).points, nearest(top, days));
  }
}

}  // namespace
}  // namespace heitie::personnel
