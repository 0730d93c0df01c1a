#include "services/personnel/appraisal/grade.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "services/personnel/appraisal/score.h"

namespace heitie::personnel {
namespace {

using ::testing::ElementsAre;

const std::vector<GradeRange> kGrades = {{"S", 9000, 10'000}, {"A", 8000, 9000}, {"B", 6000, 8000}, {"C", 5000, 6000}, {"D", 0, 5000}};

QuotaRules Usual() { return {.shares = {1000, 2500, 5000, 1000, 500}, .capped = 2}; }

std::vector<Candidate> Scored(const std::vector<int64_t>& scores) {
  std::vector<Candidate> people;
  for (const int64_t score : scores) people.push_back({score, 0, 0, GradeOf(kGrades, score)});
  return people;
}
std::vector<size_t> PlacesOf(const std::vector<Graded>& graded) {
  std::vector<size_t> grades;
  for (const Graded& one : graded) grades.push_back(one.grade);
  return grades;
}

TEST(GradeTest, IntervalsAreHalfOpenAndTheLastIsClosed) {
  EXPECT_EQ(GradeOf(kGrades, 8999), 1u);
  EXPECT_EQ(GradeOf(kGrades, 9000), 0u);
  EXPECT_EQ(GradeOf(kGrades, 10'000), 0u);
  EXPECT_EQ(GradeOf(kGrades, 0), 4u);
}

TEST(GradeTest, ACorrectionRaisesNobodyWithinTheGradeOfTheScore) {
  const std::vector<GradeRange> grades = {{"S", 9000, 10000}, {"A", 8000, 9000}, {"B", 6000, 8000}, {"C", 0, 6000}};
  EXPECT_EQ(CorrectedGrade(grades, 1, 1, 8500), 1u);
  EXPECT_EQ(CorrectedGrade(grades, 1, 2, 8999), 2u) << "fell under the caps, and more points of the same grade are no reason to rise";
  EXPECT_EQ(CorrectedGrade(grades, 1, 2, 9000), 0u) << "a better score than any that was judged";
  EXPECT_EQ(CorrectedGrade(grades, 1, 3, 6000), 3u) << "a worse score raises nobody either";
  EXPECT_EQ(CorrectedGrade(grades, 1, 1, 5999), 3u);
}

TEST(QuotaTest, SeatsByLargestRemainder) {
  EXPECT_THAT(Seats(23, Usual()), ElementsAre(2, 6, 12, 2, 1));
  EXPECT_THAT(Seats(10, {.shares = {1500, 3500, 5000}}), ElementsAre(2, 3, 5));
}

TEST(QuotaTest, OverflowFallsOneGradeAndIsJudgedAgain) {
  // Ten people: 1 seat in S, 3 in A (2.5 rounded up before 5 · 0).
  ASSERT_THAT(Seats(10, Usual()), ElementsAre(1, 3, 5, 1, 0));
  EXPECT_THAT(PlacesOf(ApplyQuotas(Scored({9900, 9800, 9700, 9600, 9500, 8900, 7000, 7000, 5500, 1000}), Usual())),
              ElementsAre(0, 1, 1, 1, 2, 2, 2, 2, 3, 4));
}

TEST(QuotaTest, SeatsThatTheBetterGradeLeavesAreTheNextOnes) {
  EXPECT_THAT(PlacesOf(ApplyQuotas(Scored({8900, 8800, 8700, 8600, 8500, 8400, 7000, 7000, 5500, 1000}), Usual())),
              ElementsAre(1, 1, 1, 1, 2, 2, 2, 2, 3, 4));
}

TEST(QuotaTest, SmallGroupsAreExempt) {
  EXPECT_THAT(PlacesOf(ApplyQuotas(Scored({9900, 9800, 9700, 9600}), Usual())), ElementsAre(0, 0, 0, 0));
  EXPECT_THAT(PlacesOf(ApplyQuotas(Scored({9900, 9800, 9700, 9600, 9500}), Usual())), ElementsAre(0, 1, 2, 2, 2))
      << "five: 0.5 and 1.25 are seats 1 and 1";
}

TEST(QuotaTest, TheYearsOwnResultAndTheMeasuredPointsDecideBeforeTheFateIsShared) {
  std::vector<Candidate> people = Scored({9900, 9900, 9900, 7000, 7000, 7000, 7000, 7000, 7000, 7000});
  people[1].own = 1;
  EXPECT_THAT(ApplyQuotas(people, Usual())[1].grade, 0u);
  people[1].own = 0;
  people[2].measured = exact::Fraction(1, 3);
  EXPECT_THAT(ApplyQuotas(people, Usual())[2].grade, 0u);
  people[2].measured = 0;
  EXPECT_THAT(PlacesOf(ApplyQuotas(people, Usual())), ElementsAre(1, 1, 1, 2, 2, 2, 2, 2, 2, 2));
  QuotaRules rising = Usual();
  rising.ties_rise = true;
  EXPECT_THAT(PlacesOf(ApplyQuotas(people, rising)), ElementsAre(0, 0, 0, 2, 2, 2, 2, 2, 2, 2));
  EXPECT_EQ(ApplyQuotas(people, rising)[2].rank, 1u);
  EXPECT_EQ(ApplyQuotas(people, rising)[3].rank, 4u);
}

// The rules once more, straight from their words: grade by grade, whoever may stay is found by counting.
std::vector<size_t> ByTheWords(const std::vector<Candidate>& group, const QuotaRules& rules) {
  std::vector<size_t> grades;
  for (const Candidate& one : group) grades.push_back(one.natural);
  if (static_cast<int64_t>(group.size()) < rules.least_group) return grades;
  const std::vector<int64_t> seats = Seats(static_cast<int64_t>(group.size()), rules);
  const auto not_after = [](const Candidate& a, const Candidate& b) {
    if (a.score != b.score) return a.score > b.score;
    if (a.own != b.own) return a.own > b.own;
    return a.measured >= b.measured;
  };
  for (size_t grade = 0; grade < rules.capped; ++grade) {
    const std::vector<size_t> before = grades;
    const int64_t cap = std::accumulate(seats.begin(), seats.begin() + static_cast<int64_t>(grade) + 1, int64_t{0});
    const int64_t better = std::count_if(before.begin(), before.end(), [&](size_t g) { return g < grade; });
    for (size_t i = 0; i < group.size(); ++i) {
      if (before[i] != grade) continue;
      // Those who want the grade and do not stand after this one, herself and who is tied with her included.
      int64_t wanting = 0;
      for (size_t k = 0; k < group.size(); ++k) wanting += before[k] == grade && not_after(group[k], group[i]);
      if (better + wanting > cap) grades[i] = grade + 1;
    }
  }
  return grades;
}

TEST(QuotaTest, AgreesWithTheWordsAndKeepsItsPromises) {
  std::mt19937_64 random(13);
  for (int round = 0; round < 4000; ++round) {
    std::vector<Candidate> group;
    for (size_t i = 0, n = random() % 30; i < n; ++i) {
      const int64_t score = static_cast<int64_t>(round % 2 == 0 ? random() % 10'001 : 8800 + 100 * (random() % 5));
      group.push_back({score, static_cast<int64_t>(random() % 2), static_cast<int64_t>(random() % 2), GradeOf(kGrades, score)});
    }
    QuotaRules rules = Usual();
    rules.capped = random() % 4;
    rules.shares = {0, 0, 0, 0, kAllWeight};
    for (size_t i = 0; i < 4; ++i) {
      rules.shares[i] = static_cast<int64_t>(random() % static_cast<uint64_t>(rules.shares[4] + 1));
      rules.shares[4] -= rules.shares[i];
    }
    const std::vector<size_t> grades = PlacesOf(ApplyQuotas(group, rules));
    ASSERT_EQ(grades, ByTheWords(group, rules));
    std::vector<size_t> order(group.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::shuffle(order.begin(), order.end(), random);
    std::vector<Candidate> shuffled;
    for (const size_t i : order) shuffled.push_back(group[i]);
    const std::vector<size_t> again = PlacesOf(ApplyQuotas(shuffled, rules));
    const std::vector<int64_t> seats = Seats(static_cast<int64_t>(group.size()), rules);
    for (size_t i = 0; i < group.size(); ++i) {
      ASSERT_EQ(again[i], grades[order[i]]) << "the order of the group does not matter";
      ASSERT_GE(grades[i], group[i].natural) << "no grade is better than its score";
      if (grades[i] != group[i].natural) {
        ASSERT_LE(grades[i], rules.capped) << "nobody falls below the first grade without a cap";
      }
    }
    if (static_cast<int64_t>(group.size()) < rules.least_group) continue;
    for (size_t grade = 0; grade < rules.capped; ++grade) {
      const int64_t cap = std::accumulate(seats.begin(), seats.begin() + static_cast<int64_t>(grade) + 1, int64_t{0});
      ASSERT_LE(std::count_if(grades.begin(), grades.end(), [&](size_t g) { return g <= grade; }), cap);
    }
  }
}

}  // namespace
}  // namespace heitie::personnel
