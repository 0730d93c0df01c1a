#include "services/personnel/candidate/yield.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"

namespace heitie::personnel {
namespace {

const absl::CivilDay kYieldDay(2026, 3, 1);

YieldFacts Fact(const std::string& name, const std::string& channel, v1::Stage furthest) {
  YieldFacts fact;
  fact.name = fact.candidate = name;
  fact.channel = channel;
  fact.position = "positions/host";
  fact.applied = kYieldDay;
  fact.furthest = furthest;
  return fact;
}

std::vector<int> Counts(const v1::Yield& yield) {
  std::vector<int> counts;
  for (const v1::StageYield& stage : yield.stages()) counts.push_back(stage.count());
  return counts;
}

TEST(YieldTest, TheFurthestStageImpliesTheEarlierOnes) {
  std::vector<YieldFacts> facts = {Fact("a", "web", v1::STAGE_HIRED), Fact("b", "web", v1::STAGE_OFFER),
                                   Fact("c", "web", v1::STAGE_APPLIED)};
  facts[0].hired = kYieldDay + 31;
  facts[0].approved = kYieldDay - 10;
  facts[2].live = true;
  const v1::ComputeYieldResponse yield = ComputeYield(facts, {}, {}, kYieldDay + 40);
  ASSERT_EQ(yield.rows_size(), 1);
  EXPECT_EQ(Counts(yield.rows(0)), (std::vector<int>{3, 2, 2, 2, 1, 1}));
  EXPECT_EQ(yield.rows(0).stages(1).rate(), 6667);
  EXPECT_EQ(yield.rows(0).stages(4).of(), 2);
  EXPECT_EQ(yield.rows(0).stages(4).rate(), 5000);
  EXPECT_EQ(yield.rows(0).days_to_hire(), 3100);
  EXPECT_EQ(yield.rows(0).days_to_fill(), 4100);
  ASSERT_EQ(yield.open_applications_size(), 1) << "listed, not averaged";
  EXPECT_EQ(yield.open_applications(0).resource(), "c");
  EXPECT_EQ(yield.open_applications(0).days(), 40);
}

TEST(YieldTest, WhatHasNoDenominatorIsUndefined) {
  const v1::ComputeYieldResponse yield =
      ComputeYield({Fact("a", "web", v1::STAGE_SCREENING)}, {{"web", "positions/host", "TWD", 900}}, {}, kYieldDay);
  const v1::Yield& row = yield.rows(0);
  EXPECT_EQ(row.stages(2).rate(), 0);
  EXPECT_TRUE(row.stages(2).has_rate());
  EXPECT_FALSE(row.stages(3).has_rate());
  EXPECT_EQ(row.costs(0).amount_minor(), 900);
  EXPECT_FALSE(row.costs(0).has_per_hire_minor());
  EXPECT_FALSE(row.has_days_to_hire());
  EXPECT_FALSE(ComputeYield({}, {}, {}, kYieldDay).whole().stages(0).has_rate());
}

TEST(YieldTest, Medians) {
  EXPECT_EQ(MedianHundredths({}), std::nullopt);
  EXPECT_EQ(MedianHundredths({7}), 700);
  EXPECT_EQ(MedianHundredths({9, 1, 4}), 400);
  EXPECT_EQ(MedianHundredths({4, 1, 9, 6}), 500);
  EXPECT_EQ(MedianHundredths({4, 5}), 450);
}

TEST(YieldTest, WhatAChannelCostsPerHire) {
  std::vector<YieldFacts> facts;
  for (const char* name : {"a", "b", "c"}) facts.push_back(Fact(name, "web", v1::STAGE_HIRED));
  const v1::ComputeYieldResponse yield = ComputeYield(
      facts, {{"web", "positions/host", "TWD", 500}, {"web", "positions/host", "TWD", 500}, {"fair", "positions/host", "TWD", 200}}, {},
      kYieldDay);
  EXPECT_EQ(yield.rows(0).costs(0).per_hire_minor(), 333);
  EXPECT_EQ(yield.whole().costs(0).amount_minor(), 1200) << "a channel that brought nobody costs as well";
  EXPECT_EQ(yield.whole().costs(0).per_hire_minor(), 400);
}

// Against counting each figure by itself, from the definition.
TEST(YieldTest, RandomApplicationsCountAsDefinitionsSay) {
  std::mt19937_64 random(17);
  for (int round = 0; round < 400; ++round) {
    std::vector<YieldFacts> facts;
    for (size_t i = 0, n = random() % 40; i < n; ++i) {
      YieldFacts fact = Fact(absl::StrCat("a", i), absl::StrCat("channel", random() % 3), static_cast<v1::Stage>(1 + random() % 6));
      fact.candidate = absl::StrCat("c", random() % 25);
      fact.position = absl::StrCat("position", random() % 2);
      if (fact.furthest == v1::STAGE_HIRED) fact.hired = kYieldDay + static_cast<int>(random() % 90);
      if (random() % 3 > 0) fact.approved = kYieldDay - static_cast<int>(random() % 30);
      fact.live = fact.furthest < v1::STAGE_HIRED && random() % 2 == 0;
      facts.push_back(fact);
    }
    const v1::ComputeYieldResponse yield = ComputeYield(facts, {}, {}, kYieldDay + 100);
    std::vector<int> sum(6);
    for (const v1::Yield& row : yield.rows()) {
      std::set<std::string> people;
      std::vector<int64_t> to_hire, to_fill;
      std::vector<int> counts(6);
      for (const YieldFacts& fact : facts) {
        if (fact.channel != row.channel() || fact.position != row.position()) continue;
        people.insert(fact.candidate);
        for (int stage = 1; stage <= 6; ++stage) counts[static_cast<size_t>(stage) - 1] += fact.furthest >= stage;
        if (fact.hired) to_hire.push_back(*fact.hired - fact.applied);
        if (fact.hired && fact.approved) to_fill.push_back(*fact.hired - *fact.approved);
      }
      ASSERT_EQ(Counts(row), counts);
      ASSERT_EQ(row.people(), static_cast<int>(people.size()));
      for (size_t i = 0; i < 6; ++i) sum[i] += counts[i];
      ASSERT_EQ(row.has_days_to_hire(), !to_hire.empty());
      ASSERT_EQ(row.has_days_to_fill(), !to_fill.empty());
      // As many are not above it as are not below it.
      const auto is_median = [](const std::vector<int64_t>& days, int64_t median) {
        const auto above = std::count_if(days.begin(), days.end(), [&](int64_t d) { return d * 100 > median; });
        const auto below = std::count_if(days.begin(), days.end(), [&](int64_t d) { return d * 100 < median; });
        return 2 * above <= static_cast<int64_t>(days.size()) && 2 * below <= static_cast<int64_t>(days.size());
      };
      if (row.has_days_to_hire()) {
        ASSERT_TRUE(is_median(to_hire, row.days_to_hire()));
      }
      if (row.has_days_to_fill()) {
        ASSERT_TRUE(is_median(to_fill, row.days_to_fill()));
      }
    }
    ASSERT_EQ(Counts(yield.whole()), sum);
    ASSERT_EQ(yield.open_applications_size(), std::count_if(facts.begin(), facts.end(), [](const YieldFacts& fact) { return fact.live; }));
    std::shuffle(facts.begin(), facts.end(), random);
    ASSERT_EQ(ComputeYield(facts, {}, {}, kYieldDay + 100).SerializeAsString(), yield.SerializeAsString()) << "the order does not matter";
  }
}

// Whatever is left is of five people or more, and so is what follows by subtraction.
TEST(YieldTest, AggregatesTellOfNoFewerThanFive) {
  std::mt19937_64 random(23);
  int cut = 0, whole = 0;
  for (int round = 0; round < 2000; ++round) {
    std::vector<YieldFacts> facts;
    std::map<std::string, std::set<std::string>> people;
    for (size_t i = 0, n = random() % 30; i < n; ++i) {
      YieldFacts fact = Fact(absl::StrCat("a", i), absl::StrCat("channel", random() % 4), static_cast<v1::Stage>(1 + random() % 6));
      fact.candidate = absl::StrCat("c", random() % 20);
      if (fact.furthest == v1::STAGE_HIRED) fact.hired = kYieldDay + 3;
      people[fact.channel].insert(fact.candidate);
      facts.push_back(fact);
    }
    v1::ComputeYieldResponse yield = ComputeYield(facts, {}, {}, kYieldDay);
    const int before = yield.rows_size();
    KeepAggregates(yield, facts);
    cut += yield.rows_size() < before;
    ASSERT_EQ(yield.open_applications_size(), 0);
    for (const v1::Yield& row : yield.rows()) {
      ASSERT_GE(people[row.channel()].size(), 5u);
      if (row.has_days_to_hire()) {
        ASSERT_GE(row.stages(5).count(), 5);
      }
      people.erase(row.channel());
    }
    std::set<std::string> rest;
    for (const auto& [channel, of_channel] : people) rest.insert(of_channel.begin(), of_channel.end());
    if (yield.has_whole()) {
      ASSERT_TRUE(rest.empty() || rest.size() >= 5u);
    }
    whole += yield.has_whole();
  }
  EXPECT_GT(cut, 500);
  EXPECT_GT(whole, 300);
}

}  // namespace
}  // namespace heitie::personnel
