#include "services/personnel/appraisal/scheme.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "common/test/fixture.h"

namespace heitie::personnel {
namespace {

using exact::Fraction;
using test::HasViolation;
using test::IsOk;
using v1::AppraisalScheme;

// Results measured, attitude and teamwork rated.
constexpr char kGoodScheme[] = R"pb(
  indicators {
    id: "buyers"
    title: "b"
    kind: KIND_RESULTS
    weight: 5000
    measure {
      source: SOURCE_METRIC
      metric: "metricDefinitions/buyers"
      curve { figure: "1500" points: 0 }
      curve { figure: "2000" points: 6000 }
      curve { figure: "2500.5" points: 6000 }
    }
  }
  indicators {
    id: "care"
    title: "c"
    kind: KIND_ATTITUDE
    weight: 3000
    levels { anchor: "l" points: 0 }
    levels { anchor: "h" points: 10000 }
  }
  indicators {
    id: "help"
    title: "h"
    kind: KIND_TEAMWORK
    weight: 2000
    levels { anchor: "l" points: 1 }
    levels { anchor: "h" points: 2 }
  })pb";

AppraisalScheme GoodScheme() { return test::Proto<AppraisalScheme>(kGoodScheme); }

TEST(AppraisalSchemeTest, GoodOnesPass) { EXPECT_THAT(CheckScheme(GoodScheme()), IsOk()); }

TEST(AppraisalSchemeTest, TellsEveryBadFieldAtOnce) {
  AppraisalScheme scheme = GoodScheme();
  auto& buyers = *scheme.mutable_indicators(0);
  buyers.set_weight(4999);
  buyers.mutable_measure()->clear_metric();
  buyers.mutable_measure()->mutable_curve(1)->set_figure("1500.000");
  scheme.mutable_indicators(1)->set_id("help");
  scheme.mutable_indicators(1)->mutable_levels(1)->set_points(0);
  scheme.mutable_indicators(2)->mutable_levels()->RemoveLast();
  scheme.mutable_indicators(2)->set_kind(v1::AppraisalIndicator::KIND_ATTITUDE);
  const absl::Status status = CheckScheme(scheme);
  EXPECT_THAT(status, HasViolation("appraisal_scheme.indicators", "WEIGHTS_NOT_WHOLE"));
  EXPECT_THAT(status, HasViolation("appraisal_scheme.indicators", "KIND_MISSING"));
  EXPECT_THAT(status, HasViolation("appraisal_scheme.indicators[0].measure.metric", "MEASURE_NEEDS_METRIC"));
  EXPECT_THAT(status, HasViolation("appraisal_scheme.indicators[0].measure.curve[1].figure", "CURVE_NOT_RISING"));
  EXPECT_THAT(status, HasViolation("appraisal_scheme.indicators[1].levels[1].points", "LEVELS_NOT_RISING"));
  EXPECT_THAT(status, HasViolation("appraisal_scheme.indicators[2].id", "DUPLICATE_INDICATOR"));
  EXPECT_THAT(status, HasViolation("appraisal_scheme.indicators[2].levels", "TOO_FEW_LEVELS"));
}

TEST(AppraisalSchemeTest, AnIndicatorIsRatedOrMeasured) {
  AppraisalScheme scheme = GoodScheme();
  *scheme.mutable_indicators(1)->mutable_measure() = scheme.indicators(0).measure();
  EXPECT_THAT(CheckScheme(scheme), HasViolation("appraisal_scheme.indicators[1].measure", "RATED_OR_MEASURED"));
  scheme.mutable_indicators(1)->clear_measure();
  scheme.mutable_indicators(1)->clear_levels();
  EXPECT_THAT(CheckScheme(scheme), HasViolation("appraisal_scheme.indicators[1].measure", "RATED_OR_MEASURED"));
}

TEST(AppraisalSchemeTest, WhatBelongsToMetricsIsForMetricsOnly) {
  AppraisalScheme scheme = GoodScheme();
  auto& measure = *scheme.mutable_indicators(0)->mutable_measure();
  measure.set_source(v1::AppraisalMeasure::SOURCE_CERTIFICATES);
  measure.set_target_metric("new_users");
  measure.set_dimension_value("x");
  const absl::Status status = CheckScheme(scheme);
  EXPECT_THAT(status, HasViolation("appraisal_scheme.indicators[0].measure.metric", "MEASURE_MISFIT"));
  EXPECT_THAT(status, HasViolation("appraisal_scheme.indicators[0].measure.target_metric", "MEASURE_MISFIT"));
  EXPECT_THAT(status, HasViolation("appraisal_scheme.indicators[0].measure.dimension_value", "MEASURE_MISFIT"));
}

TEST(AppraisalSchemeTest, ACurveThatFallsIsRefused) {
  AppraisalScheme scheme = GoodScheme();
  scheme.mutable_indicators(0)->mutable_measure()->mutable_curve(2)->set_points(5999);
  EXPECT_THAT(CheckScheme(scheme), HasViolation("appraisal_scheme.indicators[0].measure.curve[2].points", "CURVE_FALLING"));
}

TEST(AppraisalNumberTest, ReadsDecimalsAndFractionsExactly) {
  EXPECT_EQ(ParseNumber("2339"), Fraction(2339));
  EXPECT_EQ(ParseNumber("-0.85"), Fraction(-17, 20));
  EXPECT_EQ(ParseNumber("007"), Fraction(7));
  EXPECT_EQ(ParseNumber("0.008"), Fraction(1, 125));
  EXPECT_EQ(ParseNumber("-1600/3"), Fraction(-1600, 3));
  for (const char* bad : {"", "-", ".5", "1.", "1/0", "1e3", "0x10", "1/2/3", " 1", "1,000"})
    EXPECT_EQ(ParseNumber(bad), std::nullopt) << bad;
}

TEST(AppraisalNumberTest, WritesWhatItReads) {
  for (int top = -40; top <= 40; ++top) {
    for (int bottom = 1; bottom <= 30; ++bottom) {
      const Fraction number(top, bottom);
      EXPECT_EQ(ParseNumber(NumberText(number)), number);
    }
  }
}

TEST(AppraisalNumberTest, DoublesAreTakenToTheMillionth) {
  EXPECT_EQ(DecimalText(2339), "2339");
  EXPECT_EQ(DecimalText(0.1 + 0.2), "0.3");
  EXPECT_EQ(DecimalText(-1e-9), "0");
  EXPECT_EQ(DecimalText(12.3456789), "12.345679");
  EXPECT_EQ(DecimalText(1e16), "");
  EXPECT_EQ(DecimalText(std::numeric_limits<double>::quiet_NaN()), "");
}

}  // namespace
}  // namespace heitie::personnel
