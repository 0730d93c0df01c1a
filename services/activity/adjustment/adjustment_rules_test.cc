#include "services/activity/adjustment/adjustment_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "common/test/fixture.h"

namespace heitie::activity {
namespace {

using metrics::v1::AnalysisPlan;
using test::HasViolations;
using test::IsOk;
using test::Proto;
using v1::Adjustment;

absl::CivilDay Day(int day) { return absl::CivilDay(2026, 3, 1) + (day - 1); }

TEST(DaysOf, AreThoseThatThePlanCompares) {
  const ComparedDays series = DaysOf(Proto<AnalysisPlan>(R"pb(before_after {
                                                                change_date { year: 2026 month: 3 day: 10 }
                                                                days_before: 8
                                                                days_after: 2
                                                              })pb"));
  EXPECT_EQ(series.first, Day(2));
  EXPECT_EQ(series.change, Day(10));
  EXPECT_EQ(series.last, Day(11));
  const ComparedDays units = DaysOf(Proto<AnalysisPlan>(R"pb(difference_in_differences {
                                                               change_date { year: 2026 month: 3 day: 15 }
                                                               period_days: 7
                                                               periods_before: 2
                                                               periods_after: 1
                                                             })pb"));
  EXPECT_EQ(units.first, Day(1));
  EXPECT_EQ(units.change, Day(15));
  EXPECT_EQ(units.last, Day(21));
  const ComparedDays trial = DaysOf(Proto<AnalysisPlan>(R"pb(randomised {
                                                               start_date { year: 2026 month: 3 day: 10 }
                                                               end_date { year: 2026 month: 3 day: 12 }
                                                               window_hours: 25
                                                               covariate_days: 3
                                                             })pb"));
  EXPECT_EQ(trial.first, Day(7));
  EXPECT_EQ(trial.change, Day(10));
  EXPECT_EQ(trial.last, Day(14));
}

TEST(IsInTheWay, WhatChangesWhileItIsComparedIs) {
  const ComparedDays mine = {Day(5), Day(10), Day(14)};
  EXPECT_TRUE(IsInTheWay(mine, {Day(1), Day(14), Day(20)})) << "begins on the last day";
  EXPECT_FALSE(IsInTheWay(mine, {Day(1), Day(15), Day(20)}));
  EXPECT_TRUE(IsInTheWay(mine, {Day(1), Day(3), Day(10)})) << "is still compared when this one begins";
  EXPECT_TRUE(IsInTheWay(mine, {Day(1), Day(5), Day(6)})) << "changed what this one compares with";
  EXPECT_FALSE(IsInTheWay(mine, {Day(1), Day(4), Day(9)})) << "was there all the time";
}

// Day by day: the other's change lies in the days that are compared, or there is a day since both changes that both compare.
TEST(IsInTheWay, AgreesWithCountingDays) {
  std::mt19937 random(7);
  const auto draw = [&] {
    const int first = std::uniform_int_distribution<int>(1, 20)(random);
    const int change = first + std::uniform_int_distribution<int>(0, 8)(random);
    return std::array<int, 3>{first, change, change + std::uniform_int_distribution<int>(0, 8)(random)};
  };
  for (int i = 0; i < 5000; ++i) {
    const auto a = draw(), b = draw();
    bool expected = false;
    for (int day = 1; day < 50; ++day) {
      const bool both = day >= a[1] && day <= a[2] && day >= b[1] && day <= b[2];
      const bool changed = day == b[1] && day >= a[0] && day <= a[2];
      expected = expected || both || changed;
    }
    EXPECT_EQ(IsInTheWay({Day(a[0]), Day(a[1]), Day(a[2])}, {Day(b[0]), Day(b[1]), Day(b[2])}), expected);
  }
}

Adjustment Proposal() {
  return Proto<Adjustment>(R"pb(
    title: "Shorter form"
    hypothesis: "Fewer fields lose fewer people"
    change: "Three fields instead of nine"
    metric { metric: "metricDefinitions/orders" }
    direction: DIRECTION_INCREASE
    plan {
      before_after {
        change_date { year: 2026 month: 3 day: 10 }
        days_before: 8
        days_after: 2
      }
    }
    evaluation_date { year: 2026 month: 3 day: 12 }
    owner: "employees/li")pb");
}

TEST(CheckAdjustment, IsEvaluatedAfterItsData) {
  Adjustment adjustment = Proposal();
  EXPECT_THAT(CheckAdjustment(adjustment), IsOk());
  adjustment.mutable_evaluation_date()->set_day(11);
  EXPECT_THAT(CheckAdjustment(adjustment), HasViolations("adjustment.evaluation_date EVALUATED_BEFORE_DATA"));
  adjustment.clear_plan();
  EXPECT_THAT(CheckAdjustment(adjustment), HasViolations("adjustment.plan METHOD_MISSING"));
}

TEST(ShareMetric, KnowsNumeratorsDenominatorsAndFurtherOnes) {
  Adjustment other = Proposal();
  EXPECT_TRUE(ShareMetric(Proposal(), other));
  other.mutable_metric()->set_metric("metricDefinitions/clicks");
  EXPECT_FALSE(ShareMetric(Proposal(), other));
  other.mutable_metric()->set_denominator_metric("metricDefinitions/orders");
  EXPECT_TRUE(ShareMetric(Proposal(), other));
  other.mutable_metric()->clear_denominator_metric();
  other.mutable_plan()->add_further_metrics()->mutable_metric()->set_metric("metricDefinitions/orders");
  EXPECT_TRUE(ShareMetric(other, Proposal()));
}

TEST(ChangesProposal, TitleAndOwnerAreNotPartOfIt) {
  Adjustment after = Proposal();
  after.set_title("Another title");
  after.set_owner("employees/wu");
  EXPECT_FALSE(ChangesProposal(Proposal(), after));
  after.set_hypothesis("Another hypothesis");
  EXPECT_TRUE(ChangesProposal(Proposal(), after));
}

TEST(StrengthOf, IsAtMostWeakWhenConfounded) {
  EXPECT_EQ(StrengthOf(metrics::v1::STRENGTH_STRONG, false), metrics::v1::STRENGTH_STRONG);
  EXPECT_EQ(StrengthOf(metrics::v1::STRENGTH_STRONG, true), metrics::v1::STRENGTH_WEAK);
  EXPECT_EQ(StrengthOf(metrics::v1::STRENGTH_MODERATE, true), metrics::v1::STRENGTH_WEAK);
  EXPECT_EQ(StrengthOf(metrics::v1::STRENGTH_NONE, true), metrics::v1::STRENGTH_NONE);
}

}  // namespace
}  // namespace heitie::activity
