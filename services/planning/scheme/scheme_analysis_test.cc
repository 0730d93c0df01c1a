#include "services/planning/scheme/scheme_analysis.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <sstream>
#include <vector>

#include "absl/strings/substitute.h"
#include "common/statistics/python_testing.h"
#include "common/test/fixture.h"

namespace heitie::planning {
namespace {

using test::Proto;
using test::Violations;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::Optional;
using v1::Scheme;

// 100,000 now, PERT (60,000; 130,000; 180,000) after 12 months, 8 %.
Scheme OfTheIssue() {
  return Proto<Scheme>(R"pb(
    name: "projects/p/schemes/s"
    discount_rate_bp: 800
    cash_flows { cost_minor: 100000 }
    cash_flows {
      id: "sales"
      month: 12
      benefit_minor: 130000
      benefit_range { low_minor: 60000 high_minor: 180000 }
    })pb");
}

TEST(AnalyzeSchemeTest, TheGoldenCaseOfTheIssue) {
  const v1::SchemeAnalysis analysis = AnalyzeScheme(OfTheIssue(), 1, 200000, 800, 800);
  EXPECT_EQ(analysis.npv_mean_minor(), 17284);
  EXPECT_EQ(analysis.npv_likely_minor(), 20370);
  ASSERT_EQ(analysis.quantiles_size(), 5);
  EXPECT_NEAR(static_cast<double>(analysis.quantiles(1).npv_minor()), -11206, 250);
  EXPECT_NEAR(static_cast<double>(analysis.quantiles(3).npv_minor()), 44677, 250);
  EXPECT_NEAR(analysis.probability_negative(), 0.2214, 0.004);
  ASSERT_EQ(analysis.lines_size(), 1);
  EXPECT_EQ(analysis.lines(0).line(), "sales");
  EXPECT_EQ(analysis.lines(0).npv_worst_minor(), -44444);
  EXPECT_EQ(analysis.lines(0).npv_best_minor(), 66667);
  EXPECT_NEAR(analysis.break_even_benefit_factor(), 108.0 / 130, 1e-12);
  EXPECT_NEAR(analysis.mirr(), 0.3, 1e-12);
  EXPECT_THAT(AnalyzeScheme(OfTheIssue(), 1, 1000, 800, 800), test::EqualsProto(AnalyzeScheme(OfTheIssue(), 1, 1000, 800, 800)));
}

TEST(AnalyzeSchemeTest, LinesOfOneGroupMoveTogether) {
  const std::string line = "month: 0 benefit_minor: 50 benefit_range { low_minor: 0 high_minor: 100 }";
  const auto spread = [](const v1::SchemeAnalysis& analysis) {
    return analysis.quantiles(4).npv_minor() - analysis.quantiles(0).npv_minor();
  };
  const auto alone = AnalyzeScheme(Proto<Scheme>("cash_flows { " + line + " } cash_flows { " + line + " }"), 3, 20000, 0, 0);
  const auto together =
      AnalyzeScheme(Proto<Scheme>("cash_flows { group: 'a' " + line + " } cash_flows { group: 'a' " + line + " }"), 3, 20000, 0, 0);
  EXPECT_GT(spread(together), spread(alone) * 13 / 10) << "√2 as wide";
  // What is spent and earned together cancels out.
  const auto hedged = AnalyzeScheme(Proto<Scheme>("cash_flows { group: 'a' " + line +
                                                  " } cash_flows { group: 'a' cost_minor: 50 cost_range { "
                                                  "low_minor: 0 high_minor: 100 } }"),
                                    3, 1000, 0, 0);
  EXPECT_EQ(spread(hedged), 0);
}

TEST(AnalyzeSchemeTest, WhatCannotBeHadIsNotSet) {
  const auto costs = AnalyzeScheme(Proto<Scheme>("cash_flows { cost_minor: 5 }"), 1, 10, 0, 0);
  EXPECT_FALSE(costs.has_break_even_benefit_factor());
  EXPECT_FALSE(costs.has_mirr());
  EXPECT_EQ(costs.probability_negative(), 1);
  EXPECT_FALSE(AnalyzeScheme(Scheme(), 1, 10, 0, 0).has_probability_negative());
}

// (−100; 60 after 12 months; 70 after 24), financed at 10 %, invested at 12 %: (60 · 1.12 + 70)/100 = 1.372.
TEST(ModifiedRateOfReturnTest, ByTheDefinition) {
  EXPECT_THAT(ModifiedRateOfReturn(Proto<Scheme>("cash_flows { cost_minor: 100 } cash_flows { month: 12 benefit_minor: 60 } "
                                                 "cash_flows { month: 24 benefit_minor: 70 }"),
                                   1000, 1200),
              Optional(DoubleNear(std::sqrt(1.372) - 1, 1e-12)));
}

TEST(CheckLinesTest, IdsOnceAndRangesAroundTheLikely) {
  status::BadFields bad;
  CheckLines(
      Proto<Scheme>("cash_flows { id: 'a' cost_minor: 5 cost_range { low_minor: 6 high_minor: 7 } } "
                    "cash_flows { id: 'a' benefit_minor: 5 benefit_range { low_minor: 5 high_minor: 5 } } cash_flows {} cash_flows {}"),
      bad);
  EXPECT_THAT(Violations(bad.status()),
              ElementsAre("scheme.cash_flows[0].cost_range RANGE_NOT_AROUND", "scheme.cash_flows[1].id CASH_FLOW_TWICE"));
}

// Schemes of one group, whose benefits are high and low at once, so that a hundredth of the whole is the sum of theirs: mean, quantiles and
// probability as scipy has them.
TEST(AnalyzeSchemeTest, AsScipyHasItOnRandomSchemes) {
  constexpr int kSchemes = 12, kIterations = 20000;
  std::mt19937 random(11);
  std::ostringstream program;
  std::vector<Scheme> schemes;
  program << "import numpy\nfrom scipy.stats import beta\nfor rate, cost, lines in [";
  for (int i = 0; i < kSchemes; ++i) {
    Scheme& scheme = schemes.emplace_back();
    scheme.set_discount_rate_bp(static_cast<int32_t>(random() % 2000));
    const auto cost = static_cast<int64_t>(100000 + random() % 100000);
    scheme.add_cash_flows()->set_cost_minor(cost);
    program << "(" << scheme.discount_rate_bp() << "," << cost << ",[";
    for (unsigned line = 0; line < 1 + random() % 4; ++line) {
      const int month = static_cast<int>(random() % 37);
      const auto low = static_cast<int64_t>(random() % 30000), span = static_cast<int64_t>(1000 + random() % 90000);
      const int64_t likely = low + static_cast<int64_t>(random() % static_cast<uint64_t>(span));
      *scheme.add_cash_flows() = Proto<v1::CashFlow>(absl::Substitute(
          "group: 'market' month: $0 benefit_minor: $1 benefit_range { low_minor: $2 high_minor: $3 }", month, likely, low, low + span));
      program << "(" << month << "," << low << "," << likely << "," << low + span << "),";
    }
    program << "]),";
  }
  program
      << "]:\n  def npv(p):\n    total = -cost + numpy.zeros_like(p)\n    for month, a, m, b in lines:\n"
         "      s = 1 + 4 * (m - a) / (b - a)\n"
         "      total = total + (1 + rate / 1e4) ** (-month / 12) * (a + (b - a) * beta.ppf(p, s, 6 - s))\n    return total\n"
         "  mean = -cost + sum((1 + rate / 1e4) ** (-month / 12) * (a + (b - a) * beta.mean(1 + 4 * (m - a) / (b - a), 5 - 4 * (m - a) / "
         "(b - a))) for month, a, m, b in lines)\n"
         "  grid = (numpy.arange(20000) + 0.5) / 20000\n  values = npv(grid)\n"
         "  print(float(mean), float(values.std()), float((values < 0).mean()), *[float(v) for v in npv(numpy.array([.05, .1, .5, .9, "
         ".95]))])";
  std::istringstream said(statistics::Python(program.str()));
  ASSERT_FALSE(said.str().empty()) << "there is no python3-scipy";
  for (size_t i = 0; i < schemes.size(); ++i) {
    SCOPED_TRACE(schemes[i].ShortDebugString());
    const v1::SchemeAnalysis analysis = AnalyzeScheme(schemes[i], static_cast<int64_t>(i), kIterations, 0, 0);
    double mean = 0, deviation = 0, negative = 0;
    ASSERT_TRUE(said >> mean >> deviation >> negative);
    EXPECT_NEAR(static_cast<double>(analysis.npv_mean_minor()), mean, 0.6);
    // Five standard errors of a share, and of quantiles where they are least certain.
    EXPECT_NEAR(analysis.probability_negative(), negative, 5 * std::sqrt(0.25 / kIterations));
    ASSERT_EQ(analysis.quantiles_size(), 5);
    for (const v1::NpvQuantile& quantile : analysis.quantiles()) {
      double expected = 0;
      ASSERT_TRUE(said >> expected);
      EXPECT_NEAR(static_cast<double>(quantile.npv_minor()), expected, 0.06 * deviation + 1) << quantile.percent();
    }
  }
}

// The tenth and the ninetieth hundredth of the golden benefit, undone of their discount.
TEST(SchemeAnalysisTest, SumsLieBetweenTheirTenthAndNinetiethHundredth) {
  auto scheme = test::Proto<v1::Scheme>(
      "cash_flows { cost_minor: 100000 } cash_flows { month: 12 benefit_minor: 130000 benefit_range { "
      "low_minor: 60000 high_minor: 180000 } }");
  AmountRanges ranges = RangesOf(scheme);
  EXPECT_FALSE(ranges.cost.has_value()) << "it is certain";
  ASSERT_TRUE(ranges.benefit.has_value());
  EXPECT_NEAR(ranges.benefit->first, (100000 - 11206) * 1.08, 1500);
  EXPECT_NEAR(ranges.benefit->second, (100000 + 44677) * 1.08, 1500);
  // Two lines of one group are high and low at once; two alone make up for each other.
  *scheme.add_cash_flows() = scheme.cash_flows(1);
  const auto alone = RangesOf(scheme).benefit;
  scheme.mutable_cash_flows(1)->set_group("market");
  scheme.mutable_cash_flows(2)->set_group("market");
  const auto together = RangesOf(scheme).benefit;
  ASSERT_TRUE(alone && together);
  EXPECT_NEAR(together->first, 2 * ranges.benefit->first, 3000);
  EXPECT_LT(together->first, alone->first);
  EXPECT_GT(together->second, alone->second);
}

}  // namespace
}  // namespace heitie::planning
