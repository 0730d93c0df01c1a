#include "common/statistics/association.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <sstream>
#include <string>

#include "common/statistics/python_testing.h"

namespace heitie::statistics {
namespace {

using Table = std::vector<std::vector<int64_t>>;

TEST(AssociationTest, PublishedExamples) {
  const auto found = Associate({{30, 20, 10}, {20, 30, 40}});
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->chi_square, 16.667, 5e-4);
  EXPECT_EQ(found->degrees_of_freedom, 2);
  EXPECT_NEAR(found->p_value, 0.000240, 5e-7);
  EXPECT_NEAR(found->cramers_v, 0.3333, 5e-5);
  EXPECT_FALSE(found->small_counts);
  const auto small = Associate({{3, 1}, {1, 5}});
  ASSERT_TRUE(small && small->fisher_p_value);
  EXPECT_TRUE(small->small_counts);
  EXPECT_NEAR(*small->fisher_p_value, 0.1905, 5e-5);
}

TEST(AssociationTest, EmptyRowsAndColumnsAreDropped) {
  const auto whole = Associate({{30, 20, 10}, {20, 30, 40}}), holed = Associate({{30, 0, 20, 10}, {0, 0, 0, 0}, {20, 0, 30, 40}});
  ASSERT_TRUE(whole && holed);
  EXPECT_EQ(whole->chi_square, holed->chi_square);
  EXPECT_EQ(whole->degrees_of_freedom, holed->degrees_of_freedom);
  EXPECT_EQ(Associate({{3, 4}, {0, 0}}).cause(), Cause::kNoVariance) << "one row is left";
  EXPECT_EQ(Associate({{0, 0}, {0, 0}}).cause(), Cause::kNoData);
  EXPECT_EQ(Associate({}).cause(), Cause::kNoData);
}

TEST(AssociationTest, AFifthOfSmallExpectedCountsIsNotOver) {
  EXPECT_FALSE(Associate({{100, 100, 100, 100, 4}, {100, 100, 100, 100, 4}})->small_counts) << "a fifth";
  EXPECT_TRUE(Associate({{100, 100, 100, 4}, {100, 100, 100, 4}})->small_counts) << "a quarter";
  EXPECT_TRUE(Associate({{1000, 1000, 1000, 1000, 1}, {1000, 1000, 1000, 1000, 0}})->small_counts) << "one is below 1";
}

TEST(AssociationTest, WilsonsIntervalStaysWithinBounds) {
  // Newcombe 1998: 81 of 263.
  EXPECT_NEAR(WilsonInterval({81, 263}, 0.05)->low, 0.2553, 5e-5);
  EXPECT_NEAR(WilsonInterval({81, 263}, 0.05)->high, 0.3662, 5e-5);
  EXPECT_EQ(WilsonInterval({0, 20}, 0.05)->low, 0);
  EXPECT_NEAR(WilsonInterval({0, 20}, 0.05)->high, 0.1611, 5e-5);
  EXPECT_EQ(WilsonInterval({20, 20}, 0.05)->high, 1);
  EXPECT_EQ(WilsonInterval({0, 0}, 0.05).cause(), Cause::kNoData);
}

TEST(AssociationTest, AsScipyHasItOnRandomTables) {
  std::mt19937 random(5);
  std::vector<Table> tables;
  std::ostringstream program;
  program << "from scipy.stats import chi2_contingency as c, fisher_exact as f\nfor t in [";
  for (int i = 0; i < 60; ++i) {
    const size_t rows = 2 + (i % 2 == 0 ? 0 : random() % 4), columns = 2 + (i % 2 == 0 ? 0 : random() % 4);
    Table table(rows, std::vector<int64_t>(columns));
    program << "[";
    for (auto& row : table) {
      program << "[";
      for (int64_t& count : row) program << (count = 1 + static_cast<int64_t>(random() % (i % 4 == 0 ? 6 : 80))) << ",";
      program << "],";
    }
    program << "],";
    tables.push_back(table);
  }
  program << "]:\n  r = c(t, correction=False)\n  print(repr(float(r[0])), repr(float(r[1])), r[2], "
             "repr(float(f(t)[1])) if len(t) == 2 and len(t[0]) == 2 else -1)";
  std::istringstream said(Python(program.str()));
  ASSERT_FALSE(said.str().empty()) << "there is no python3-scipy";
  int exact = 0;
  for (const Table& table : tables) {
    double chi_square = 0, p = 0, fisher = 0;
    int df = 0;
    ASSERT_TRUE(said >> chi_square >> p >> df >> fisher);
    const auto found = Associate(table);
    ASSERT_TRUE(found);
    EXPECT_NEAR(found->chi_square, chi_square, 1e-9 * (1 + chi_square));
    EXPECT_NEAR(found->p_value, p, 1e-9);
    EXPECT_EQ(found->degrees_of_freedom, df);
    if (fisher < 0) continue;
    EXPECT_NEAR(FisherExact(table[0][0], table[0][1], table[1][0], table[1][1]), fisher, 1e-9);
    ++exact;
  }
  EXPECT_GE(exact, 30);
}

}  // namespace
}  // namespace heitie::statistics
