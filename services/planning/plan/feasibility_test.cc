#include "services/planning/plan/feasibility.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <sstream>

#include "common/statistics/python_testing.h"
#include "google/protobuf/text_format.h"
#include "heitie/planning/v1/scheme.pb.h"

namespace heitie::planning {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::Feasibility;

struct Flow {
  int month;
  int64_t cost, benefit;
};

Feasibility AssessFlows(const std::vector<Flow>& flows, int rate_bp = 0) {
  v1::Scheme scheme;
  for (const Flow& flow : flows) {
    auto* added = scheme.add_cash_flows();
    added->set_month(flow.month);
    added->set_cost_minor(flow.cost);
    added->set_benefit_minor(flow.benefit);
  }
  return Assess(scheme.cash_flows(), rate_bp);
}

TEST(FeasibilityTest, TextbookInvestment) {
  // 10,000 now; 3,000, 4,200 and 6,800 after one, two and three years; 10 % a year.
  const Feasibility f = AssessFlows({{0, 1000000, 0}, {12, 0, 300000}, {24, 0, 420000}, {36, 0, 680000}}, 1000);
  EXPECT_EQ(f.npv_minor(), 130729);  // 272,727.27 + 347,107.44 + 510,894.06 - 1,000,000.00 cents.
  EXPECT_EQ(f.total_cost_minor(), 1000000);
  EXPECT_EQ(f.total_benefit_minor(), 1400000);
  EXPECT_EQ(f.payback_months(), 36);
  EXPECT_EQ(f.discounted_payback_months(), 36);
  EXPECT_NEAR(f.benefit_cost_ratio(), 1130728.77 / 1000000, 1e-6);
  EXPECT_THAT(f.irr(), ElementsAre(DoubleNear(0.1634, 0.0001)));
  EXPECT_EQ(f.irr_outcome(), Feasibility::IRR_OUTCOME_UNIQUE);
  EXPECT_EQ(f.verdict(), Feasibility::VERDICT_FEASIBLE);
}

TEST(FeasibilityTest, WithoutFlowsNothingIsSaid) {
  const Feasibility f = AssessFlows({});
  EXPECT_EQ(f.verdict(), Feasibility::VERDICT_UNSPECIFIED);
  EXPECT_EQ(f.irr_outcome(), Feasibility::IRR_OUTCOME_UNSPECIFIED);
  EXPECT_FALSE(f.has_payback_months() || f.has_discounted_payback_months() || f.has_benefit_cost_ratio());
}

TEST(FeasibilityTest, WhatNeverPaysBackHasNoPayback) {
  const Feasibility f = AssessFlows({{0, 1000, 0}, {6, 0, 999}}, 500);
  EXPECT_FALSE(f.has_payback_months());
  EXPECT_FALSE(f.has_discounted_payback_months());
  EXPECT_EQ(f.verdict(), Feasibility::VERDICT_INFEASIBLE);
}

TEST(FeasibilityTest, PaybackIsWhenTheSumStaysAboveZero) {
  const Feasibility f = AssessFlows({{0, 100, 0}, {1, 0, 150}, {2, 80, 0}, {5, 0, 50}});
  EXPECT_EQ(f.payback_months(), 5) << "the sum is positive in month 1, but not in month 2";
}

TEST(FeasibilityTest, DiscountingDelaysPayback) {
  const Feasibility f = AssessFlows({{0, 1000, 0}, {12, 0, 1000}, {24, 0, 200}}, 1000);
  EXPECT_EQ(f.payback_months(), 12);
  EXPECT_EQ(f.discounted_payback_months(), 24);
}

TEST(FeasibilityTest, BreakingEvenExactlyIsFeasible) {
  const Feasibility f = AssessFlows({{0, 1000000, 0}, {12, 0, 1080000}}, 800);
  EXPECT_EQ(f.npv_minor(), 0);
  EXPECT_EQ(f.discounted_payback_months(), 12);
  EXPECT_EQ(f.verdict(), Feasibility::VERDICT_FEASIBLE);
  EXPECT_THAT(f.irr(), ElementsAre(DoubleNear(0.08, 1e-9)));
}

TEST(FeasibilityTest, WithoutCostsThereIsNoRatioAndNoRate) {
  const Feasibility f = AssessFlows({{3, 0, 500}}, 800);
  EXPECT_FALSE(f.has_benefit_cost_ratio());
  EXPECT_THAT(f.irr(), IsEmpty());
  EXPECT_EQ(f.irr_outcome(), Feasibility::IRR_OUTCOME_NONE);
  EXPECT_EQ(f.payback_months(), 0) << "nothing was ever owed";
}

TEST(FeasibilityTest, SeveralRatesAreAllNamed) {
  // The classic: -1000, +2300, -1320 pays at every rate between 10 % and 20 %.
  const Feasibility f = AssessFlows({{0, 1000, 0}, {12, 0, 2300}, {24, 1320, 0}}, 1500);
  EXPECT_THAT(f.irr(), ElementsAre(DoubleNear(0.1, 1e-9), DoubleNear(0.2, 1e-9)));
  EXPECT_EQ(f.irr_outcome(), Feasibility::IRR_OUTCOME_MULTIPLE);
  EXPECT_EQ(f.verdict(), Feasibility::VERDICT_FEASIBLE);
}

TEST(FeasibilityTest, SignChangesNeedNotHaveARate) { EXPECT_THAT(InternalRatesOfReturn({{0, 1000}, {12, -1000}, {24, 1000}}), IsEmpty()); }

TEST(FeasibilityTest, FlowsOfOneMonthCountTogether) {
  EXPECT_THAT(InternalRatesOfReturn({{0, -50}, {0, -50}, {12, 60}, {12, 50}}), ElementsAre(DoubleNear(0.1, 1e-9)));
}

TEST(FeasibilityTest, LargestAmountsStayExact) {
  std::vector<Flow> flows;
  for (int i = 0; i < 200; ++i) flows.push_back({i % 121, 100000000000000, 99999999999999});
  const Feasibility f = AssessFlows(flows);
  EXPECT_EQ(f.npv_minor(), -200);
  EXPECT_EQ(f.total_cost_minor(), 20000000000000000);
}

// The polynomial (in v, one power for each year) that has these rates and no other: Π (1 - (1 + r) v).
std::vector<Term> FlowsWithRates(const std::vector<double>& rates) {
  std::vector<double> coefficients = {1000};
  for (const double rate : rates) {
    std::vector<double> product(coefficients.size() + 1, 0);
    for (size_t i = 0; i < coefficients.size(); ++i) {
      product[i] += coefficients[i];
      product[i + 1] -= coefficients[i] * (1 + rate);
    }
    coefficients = product;
  }
  std::vector<Term> flows;
  for (size_t i = 0; i < coefficients.size(); ++i) flows.push_back({static_cast<int>(12 * i), coefficients[i]});
  return flows;
}

TEST(FeasibilityTest, FindsExactlyTheRatesThatFlowsWereMadeFrom) {
  std::mt19937 random(5);
  for (int trial = 0; trial < 1000; ++trial) {
    std::vector<double> rates;
    for (size_t i = random() % 4 + 1; i > 0; --i) rates.push_back(-0.5 + 0.1 * (random() % 40));  // 10 points apart at least.
    std::sort(rates.begin(), rates.end());
    rates.erase(std::unique(rates.begin(), rates.end()), rates.end());
    const std::vector<double> found = InternalRatesOfReturn(FlowsWithRates(rates));
    ASSERT_EQ(found.size(), rates.size()) << trial;
    for (size_t i = 0; i < rates.size(); ++i) EXPECT_NEAR(found[i], rates[i], 1e-6) << trial;
  }
}

// The real roots of the polynomial in v = (1 + r)^(-1/12), of those whose rates are looked for.
TEST(FeasibilityTest, AsNumpyHasItOnRandomFlows) {
  std::mt19937 random(8);
  std::vector<std::vector<Term>> cases;
  std::ostringstream program;
  program << "import numpy\nfor flows in [";
  for (int trial = 0; trial < 100; ++trial) {
    std::vector<Term>& flows = cases.emplace_back();
    program << "[";
    for (int month = 0; month <= 12; ++month) {
      flows.push_back({month, static_cast<double>(static_cast<int>(random() % 2001) - 1000)});
      program << flows.back().amount << ",";
    }
    program << "],";
  }
  program << "]:\n  v = numpy.roots(flows[::-1])\n  v = v[(abs(v.imag) < 1e-9) & (v.real > 0)].real\n"
             "  r = sorted(float(x) for x in v ** -12.0 - 1 if -0.9999 < x < 10000)\n  print(len(r), *r)";
  std::istringstream said(statistics::Python(program.str()));
  ASSERT_FALSE(said.str().empty()) << "there is no python3-numpy";
  for (const std::vector<Term>& flows : cases) {
    size_t count = 0;
    ASSERT_TRUE(said >> count);
    std::vector<double> expected(count);
    for (double& rate : expected) ASSERT_TRUE(said >> rate);
    const std::vector<double> found = InternalRatesOfReturn(flows);
    ASSERT_EQ(found.size(), count);
    for (size_t i = 0; i < count; ++i) EXPECT_NEAR(found[i], expected[i], 1e-6 * (1 + std::abs(expected[i])));
  }
}

TEST(FeasibilityTest, EveryRateFoundIsOneAndNoneIsMissedByAGrid) {
  std::mt19937 random(6);
  for (int trial = 0; trial < 500; ++trial) {
    std::vector<Term> flows;
    for (size_t i = random() % 8 + 2; i > 0; --i) {
      flows.push_back({static_cast<int>(random() % 121), static_cast<double>(static_cast<int>(random() % 2001) - 1000)});
    }
    const auto value = [&](double rate) {
      double sum = 0;
      for (const Term& flow : flows) sum += flow.amount * std::pow(1 + rate, -flow.month / 12.0);
      return sum;
    };
    const std::vector<double> rates = InternalRatesOfReturn(flows);
    ASSERT_TRUE(std::is_sorted(rates.begin(), rates.end()));
    for (const double rate : rates) {
      double size = 0;
      for (const Term& flow : flows) size += std::abs(flow.amount) * std::pow(1 + rate, -flow.month / 12.0);
      EXPECT_LE(std::abs(value(rate)), 1e-9 * size) << trial;
    }
    for (double rate = -0.95; rate < 20; rate += 0.05) {
      if (value(rate) * value(rate + 0.05) >= 0) continue;
      EXPECT_TRUE(std::any_of(rates.begin(), rates.end(), [&](double r) { return r >= rate - 1e-9 && r <= rate + 0.05 + 1e-9; })) << trial;
    }
  }
}

}  // namespace
}  // namespace heitie::planning
