#include "services/personnel/assessment/assessment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"

namespace heitie::personnel {
namespace {

using test::HasViolation;
using test::HasViolations;
using test::IsOk;

v1::ScorecardTemplate TemplateOf(const std::vector<int>& weights, const std::vector<int>& floors = {}) {
  v1::ScorecardTemplate scorecard_template;
  for (size_t i = 0; i < weights.size(); ++i) {
    v1::Criterion& criterion = *scorecard_template.add_criteria();
    criterion.set_criterion(absl::StrCat("c", i));
    criterion.set_weight(weights[i]);
    for (const char* level : {"1", "2", "3", "4", "5"}) criterion.add_levels(level);
    if (i < floors.size()) criterion.set_floor(floors[i]);
  }
  return scorecard_template;
}

// 0: not rated.
v1::Scorecard Card(const std::vector<int>& levels, v1::Scorecard::State state = v1::Scorecard::STATE_FILED) {
  v1::Scorecard card;
  card.set_state(state);
  for (size_t i = 0; i < levels.size(); ++i) {
    if (levels[i] == 0) continue;
    v1::Rating& rating = *card.add_ratings();
    rating.set_criterion(absl::StrCat("c", i));
    rating.set_level(levels[i]);
  }
  return card;
}

google::protobuf::RepeatedPtrField<v1::CriterionWaiver> Waived(const std::string& criterion) {
  google::protobuf::RepeatedPtrField<v1::CriterionWaiver> waivers;
  waivers.Add()->set_criterion(criterion);
  return waivers;
}

TEST(AssessmentTest, TheGoldenScore) {
  const v1::ScorecardTemplate weights = TemplateOf({5000, 3000, 2000});
  const auto assessment = Assess(weights, {Card({4, 3, 0}), Card({5, 0, 4}), Card({3, 4, 5})}, {});
  EXPECT_EQ(assessment.score(), 395);
  EXPECT_TRUE(assessment.decidable());
  EXPECT_EQ(assessment.filed_cards(), 3);
  EXPECT_EQ(assessment.criteria(0).sum(), 12);
  EXPECT_EQ(assessment.criteria(0).raters(), 3);
  EXPECT_EQ(assessment.criteria(1).raters(), 2);
}

TEST(AssessmentTest, NotRatedIsNotZero) {
  const v1::ScorecardTemplate weights = TemplateOf({5000, 5000});
  EXPECT_EQ(Assess(weights, {Card({4, 4}), Card({4, 0})}, {}).score(), 400);
}

TEST(AssessmentTest, WhatNobodyRatedBlocksUnlessWaived) {
  const v1::ScorecardTemplate weights = TemplateOf({6000, 4000});
  const std::vector<v1::Scorecard> cards = {Card({4, 0}), Card({5, 3}, v1::Scorecard::STATE_DUE),
                                            Card({1, 1}, v1::Scorecard::STATE_SUPERSEDED), Card({1, 1}, v1::Scorecard::STATE_RELEASED)};
  auto assessment = Assess(weights, cards, {});
  EXPECT_FALSE(assessment.has_score());
  EXPECT_EQ(assessment.due_cards(), 1);
  EXPECT_THAT(CheckDecidable(weights, assessment, "applications/a"), HasViolations("applications/a CRITERION_NOT_RATED"));
  assessment = Assess(weights, cards, Waived("c1"));
  EXPECT_EQ(assessment.score(), 400) << "the weights of the others count for the whole";
  EXPECT_THAT(CheckDecidable(weights, assessment, "applications/a"), IsOk());
  EXPECT_FALSE(Assess(weights, cards, Waived("c0")).decidable()) << "another one is waived";
  EXPECT_FALSE(Assess(TemplateOf({10000}), {}, Waived("c0")).decidable()) << "something must have been assessed";
  EXPECT_FALSE(CheckDecidable(TemplateOf({10000}), Assess(TemplateOf({10000}), {}, Waived("c0")), "applications/a").ok());
}

TEST(AssessmentTest, AFloorIsOfTheMeanAndExact) {
  const v1::ScorecardTemplate floors = TemplateOf({5000, 5000}, {0, 3});
  EXPECT_TRUE(Assess(floors, {Card({1, 2}), Card({1, 4})}, {}).decidable());
  const auto below = Assess(floors, {Card({5, 3}), Card({5, 3}), Card({5, 2})}, {});
  EXPECT_EQ(below.score(), 383);
  EXPECT_FALSE(below.decidable()) << "2.67, whatever the score is";
  EXPECT_THAT(CheckDecidable(floors, below, "applications/a"), HasViolations("applications/a BELOW_FLOOR"));
}

// Against the sum of all weights and levels over one common denominator, in integers.
TEST(AssessmentTest, TheScoreIsExactAndTheOrderOfCardsDoesNotMatter) {
  std::mt19937_64 random(5);
  int scored = 0;
  for (int round = 0; round < 5000; ++round) {
    const int n = 1 + static_cast<int>(random() % 5);
    std::vector<int> weights(static_cast<size_t>(n), 1);
    for (int left = 10000 - n; left > 0;) {
      const int more = 1 + static_cast<int>(random() % static_cast<uint64_t>(left));
      weights[random() % weights.size()] += more;
      left -= more;
    }
    const v1::ScorecardTemplate scorecard_template = TemplateOf(weights);
    std::vector<std::vector<int>> levels(1 + random() % 6, std::vector<int>(static_cast<size_t>(n)));
    for (std::vector<int>& card : levels) {
      for (int& level : card) level = static_cast<int>(random() % 6);
    }
    std::vector<v1::Scorecard> cards;
    for (const std::vector<int>& card : levels) cards.push_back(Card(card));
    // 60 is a multiple of every number of raters.
    int64_t sum = 0;
    bool whole = true;
    for (size_t c = 0; c < weights.size(); ++c) {
      int64_t of_criterion = 0, raters = 0;
      for (const std::vector<int>& card : levels) of_criterion += card[c], raters += card[c] > 0;
      whole &= raters > 0;
      if (raters > 0) sum += weights[c] * of_criterion * (60 / raters);
    }
    const auto assessment = Assess(scorecard_template, cards, {});
    ASSERT_EQ(assessment.has_score(), whole);
    if (!whole) continue;
    ++scored;
    // Hundredths of sum / (10,000 · 60), half up.
    ASSERT_EQ(assessment.score(), (2 * sum * 100 + 600000) / (2 * 600000));
    std::shuffle(cards.begin(), cards.end(), random);
    ASSERT_EQ(Assess(scorecard_template, cards, {}).SerializeAsString(), assessment.SerializeAsString());
  }
  EXPECT_GT(scored, 1000);
}

TEST(AssessmentTest, EveryBadFieldOfATemplateIsTold) {
  v1::ScorecardTemplate bad = TemplateOf({5000, 3000, 3000}, {0, 6, 0});
  bad.mutable_criteria(2)->set_criterion("c0");
  bad.mutable_criteria(2)->add_levels("6");
  EXPECT_THAT(
      CheckTemplate(bad),
      HasViolations("scorecard_template.criteria[1].floor UNKNOWN_FLOOR", "scorecard_template.criteria[2].criterion DUPLICATE_CRITERION",
                    "scorecard_template.criteria[2].levels UNEQUAL_LEVELS", "scorecard_template.criteria CRITERIA_NOT_WHOLE"));
  EXPECT_THAT(CheckTemplate(TemplateOf({5000, 3000, 2000})), IsOk());
}

TEST(AssessmentTest, RatingsAreOfTheTemplate) {
  const v1::ScorecardTemplate weights = TemplateOf({5000, 5000});
  v1::Scorecard card = Card({6, 2, 3});
  *card.add_ratings() = card.ratings(1);
  EXPECT_THAT(CheckRatings(weights, card.ratings()),
              HasViolations("ratings[0].level NO_SUCH_LEVEL", "ratings[2].criterion UNKNOWN_CRITERION",
                            "ratings[3].criterion DUPLICATE_CRITERION"));
  EXPECT_THAT(CheckRatings(weights, Card({5, 0}).ratings()), IsOk());
}

}  // namespace
}  // namespace heitie::personnel
