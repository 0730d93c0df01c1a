#include "services/metrics/quality/criterion.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "common/test/fixture.h"

namespace heitie::metrics {
namespace {

using heitie::test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::QualityResult;

std::vector<std::string> QualityMistakes(const std::string& text) {
  status::BadFields bad;
  CheckQuality(Proto<v1::QualityCheck>(text), bad);
  return heitie::test::Violations(bad.status());
}

TEST(QualityCriterionTest, EachLooksAtWhatItCan) {
  EXPECT_THAT(QualityMistakes(""), ElementsAre("quality_check.criterion QUALITY_CRITERION_MISSING"));
  EXPECT_THAT(QualityMistakes("criterion { sequences {} } event_name: 'a' measurement_name: 'b'"),
              ElementsAre("quality_check.measurement_name QUALITY_SUBJECT", "quality_check.event_name QUALITY_SUBJECT"));
  EXPECT_THAT(QualityMistakes("criterion { freshness { most_minutes: 5 } }"), ElementsAre("quality_check.producer QUALITY_SUBJECT"));
  EXPECT_THAT(QualityMistakes("criterion { control_totals {} }"), IsEmpty());
  EXPECT_THAT(QualityMistakes("criterion { control_totals { required: true } } event_name: 'a'"),
              ElementsAre("quality_check.producer QUALITY_SUBJECT"));
  EXPECT_THAT(QualityMistakes("criterion { range {} } producer: 'producers/a'"),
              ElementsAre("quality_check.criterion QUALITY_BOUNDS", "quality_check.event_name QUALITY_SUBJECT",
                          "quality_check.producer QUALITY_SUBJECT"));
  EXPECT_THAT(QualityMistakes("criterion { range { lower: 3 upper: 2 } } event_name: 'a'"),
              ElementsAre("quality_check.criterion QUALITY_BOUNDS"));
  EXPECT_THAT(QualityMistakes("criterion { range { lower: 2 upper: 2 } } event_name: 'a'"), IsEmpty());
  EXPECT_THAT(QualityMistakes("criterion { volume { weeks: 3 least_weeks: 4 } }"),
              ElementsAre("quality_check.criterion QUALITY_BOUNDS", "quality_check.event_name QUALITY_SUBJECT"));
  EXPECT_THAT(QualityMistakes("criterion { figures {} } producer: 'producers/a'"), ElementsAre("quality_check.producer QUALITY_SUBJECT"));
  EXPECT_THAT(QualityMistakes("criterion { validity {} } producer: 'producers/a' event_name: 'a'"), IsEmpty());
}

QualityResult::Outcome SharesTo(int64_t part, int64_t whole, double most, int64_t least) {
  Judged judged;
  JudgeShare("all", "bad", part, whole, most, least, judged);
  return judged.outcome();
}

TEST(QualityCriterionTest, AShareAtItsBoundHolds) {
  EXPECT_EQ(SharesTo(1, 4, 0.25, 1), QualityResult::OUTCOME_PASSED);
  EXPECT_EQ(SharesTo(2, 4, 0.25, 1), QualityResult::OUTCOME_FAILED);
  EXPECT_EQ(SharesTo(2, 4, 0.25, 5), QualityResult::OUTCOME_UNDECIDED);
  EXPECT_EQ(SharesTo(0, 0, 0.25, 0), QualityResult::OUTCOME_UNDECIDED) << "of nothing there is no share";
}

TEST(QualityCriterionTest, ABreachFailsWhateverElseIsUndecided) {
  Judged judged;
  judged.Undecided(QualityResult::CAUSE_TOO_LITTLE_HISTORY);
  judged.Undecided(QualityResult::CAUSE_ROWS_EXPIRED);
  EXPECT_EQ(judged.outcome(), QualityResult::OUTCOME_UNDECIDED);
  EXPECT_EQ(judged.cause(), QualityResult::CAUSE_TOO_LITTLE_HISTORY);
  judged.Count("all", "rows", 1, 2, true);
  EXPECT_EQ(judged.outcome(), QualityResult::OUTCOME_FAILED);
  EXPECT_EQ(judged.cause(), QualityResult::CAUSE_UNSPECIFIED);
}

TEST(QualityCriterionTest, WhatBreachesComesFirstAndTheRestIsCounted) {
  Judged judged;
  for (int i = 0; i < 300; ++i) judged.Count("ok", "rows", i);
  for (int i = 0; i < 50; ++i) judged.Count("bad", "rows", i, 0, true);
  int64_t omitted = 0;
  const std::vector<v1::QualityEvidence> evidence = judged.Evidence(omitted);
  ASSERT_EQ(evidence.size(), Judged::kMostEvidence);
  EXPECT_EQ(omitted, 150);
  EXPECT_TRUE(std::all_of(evidence.begin(), evidence.begin() + 50, [](const auto& one) { return one.breach(); }));
  EXPECT_EQ(evidence[49].count(), 49);
  EXPECT_EQ(evidence[50].subject(), "ok");
  for (int i = 0; i < 300; ++i) judged.Count("bad", "rows", i, 0, true);
  EXPECT_EQ(judged.Evidence(omitted).size(), Judged::kMostEvidence);
  EXPECT_EQ(omitted, 450);
}

TEST(QualityCriterionTest, FreshnessAndSequencesAndTotals) {
  const absl::Time now = absl::FromUnixSeconds(1767225600);
  const auto fresh = [&](std::optional<absl::Time> newest) {
    Judged judged;
    JudgeFreshness(Proto<v1::FreshnessCriterion>("most_minutes: 30"), "events/a", newest, now, judged);
    return judged.outcome();
  };
  EXPECT_EQ(fresh(now - absl::Minutes(30)), QualityResult::OUTCOME_PASSED);
  EXPECT_EQ(fresh(now - absl::Minutes(30) - absl::Seconds(1)), QualityResult::OUTCOME_FAILED);
  EXPECT_EQ(fresh(std::nullopt), QualityResult::OUTCOME_FAILED);

  Judged sequences;
  JudgeSequences(Proto<v1::SequenceCriterion>("most_missing: 1"), {{"producers/a", 9, 1}}, sequences);
  EXPECT_EQ(sequences.outcome(), QualityResult::OUTCOME_PASSED);
  JudgeSequences(Proto<v1::SequenceCriterion>("most_missing: 1"), {{"producers/b", 9, 2}}, sequences);
  EXPECT_EQ(sequences.outcome(), QualityResult::OUTCOME_FAILED);

  Judged totals;
  JudgeTotals({}, {}, totals);
  EXPECT_EQ(totals.cause(), QualityResult::CAUSE_NOTHING_DECLARED);
  Judged equal;
  JudgeTotals({{"a", 3, 3, std::nullopt, 7}, {"b", 3, 3, 7, 7}}, {}, equal);
  EXPECT_EQ(equal.outcome(), QualityResult::OUTCOME_PASSED);
  JudgeTotals({{"b", 3, 3, 8, 7}}, {}, equal);
  EXPECT_EQ(equal.outcome(), QualityResult::OUTCOME_FAILED) << "the sum differs";
}

// The formula of the contract, written out by sorting.
TEST(QualityCriterionTest, VolumeEqualsItsFormula) {
  std::mt19937_64 random(8);
  const auto median = [](std::vector<double> x) {
    std::sort(x.begin(), x.end());
    return (x[(x.size() - 1) / 2] + x[x.size() / 2]) / 2;
  };
  int failed = 0;
  for (int round = 0; round < 500; ++round) {
    VolumeFact fact{absl::CivilDay(2026, 1, 5), static_cast<int64_t>(random() % 400), {}};
    const size_t weeks = random() % 9;
    for (size_t i = 0; i < weeks; ++i) fact.before.push_back(random() % 5 == 0 ? 0 : static_cast<int64_t>(100 + random() % 200));
    Judged judged;
    JudgeVolume(Proto<v1::VolumeCriterion>("most_deviations: 3 weeks: 8 least_weeks: 4"), "events/a", fact, judged);
    if (weeks < 4) {
      EXPECT_EQ(judged.cause(), QualityResult::CAUSE_TOO_LITTLE_HISTORY);
      continue;
    }
    std::vector<double> before(fact.before.begin(), fact.before.end()), distances;
    const double middle = median(before);
    for (const double x : before) distances.push_back(std::abs(x - middle));
    const double spread = std::max({1.4826 * median(distances), std::sqrt(middle), 1.0});
    const bool fails = std::abs(static_cast<double>(fact.rows) - middle) > 3 * spread;
    EXPECT_EQ(judged.outcome(), fails ? QualityResult::OUTCOME_FAILED : QualityResult::OUTCOME_PASSED);
    failed += fails;
  }
  EXPECT_GT(failed, 20);
}

TEST(QualityCriterionTest, AFlatHistoryStillAllowsForChance) {
  const auto outcome = [](int64_t rows) {
    Judged judged;
    JudgeVolume(Proto<v1::VolumeCriterion>("most_deviations: 3 weeks: 4 least_weeks: 4"), "events/a",
                {absl::CivilDay(2026, 1, 5), rows, {100, 100, 100, 100}}, judged);
    return judged.outcome();
  };
  EXPECT_EQ(outcome(130), QualityResult::OUTCOME_PASSED);
  EXPECT_EQ(outcome(131), QualityResult::OUTCOME_FAILED);
  EXPECT_EQ(outcome(0), QualityResult::OUTCOME_FAILED);
}

}  // namespace
}  // namespace heitie::metrics
