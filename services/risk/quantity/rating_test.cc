#include "services/risk/quantity/rating.h"

#include "common/test/fixture.h"
#include "heitie/risk/v1/rating.pb.h"
#include "heitie/risk/v1/risk_matrix.pb.h"
#include "services/risk/quantity/matrix_for_test.h"

namespace heitie::risk {
namespace {

using test::HasViolation;
using test::IsOk;

v1::Rating Of(int likelihood, int impact, v1::Level level = v1::LEVEL_UNSPECIFIED) {
  v1::Rating rating;
  rating.set_likelihood(likelihood);
  rating.set_impact(impact);
  rating.set_level(level);
  return rating;
}

// The cell of likelihood and impact.
v1::RiskMatrixCell& Cell(v1::RiskMatrix& matrix, int likelihood, int impact) {
  return *matrix.mutable_cells((likelihood - 1) * kScale + impact - 1);
}

TEST(CheckCells, AcceptsAMonotoneMatrix) { EXPECT_THAT(CheckCells(MatrixForTest().cells()), IsOk()); }

TEST(CheckCells, RefusesAPairTwiceOrNever) {
  v1::RiskMatrix matrix = MatrixForTest();
  Cell(matrix, 2, 3).set_impact(4);
  EXPECT_THAT(CheckCells(matrix.cells()), HasViolation("risk_matrix.cells", "BAD_MATRIX_CELLS"));
}

TEST(CheckCells, RefusesALevelThatFalls) {
  v1::RiskMatrix by_impact = MatrixForTest();
  for (int l = 1; l <= kScale; ++l) Cell(by_impact, l, 4).set_level(v1::LEVEL_HIGH);
  EXPECT_THAT(CheckCells(by_impact.cells()), HasViolation("risk_matrix.cells", "MATRIX_NOT_MONOTONE"));
  v1::RiskMatrix by_likelihood = MatrixForTest();
  for (int i = 1; i <= kScale; ++i) Cell(by_likelihood, 4, i).set_level(v1::LEVEL_HIGH);
  EXPECT_THAT(CheckCells(by_likelihood.cells()), HasViolation("risk_matrix.cells", "MATRIX_NOT_MONOTONE"));
}

TEST(Rate, TakesTheCellAndNotTheCallersLevel) {
  EXPECT_EQ(Rate(MatrixForTest(), Of(3, 5)).level(), v1::LEVEL_HIGH);
  EXPECT_EQ(Rate(MatrixForTest(), Of(4, 3)).level(), v1::LEVEL_MEDIUM);
  EXPECT_EQ(Rate(MatrixForTest(), Of(5, 5, v1::LEVEL_LOW)).level(), v1::LEVEL_HIGH);
}

TEST(Exceeds, LooksAtLevelAndProduct) {
  EXPECT_TRUE(Exceeds(Of(1, 5, v1::LEVEL_MEDIUM), Of(2, 2, v1::LEVEL_LOW)));
  EXPECT_TRUE(Exceeds(Of(3, 4, v1::LEVEL_MEDIUM), Of(2, 3, v1::LEVEL_MEDIUM)));
  EXPECT_FALSE(Exceeds(Of(2, 3, v1::LEVEL_MEDIUM), Of(3, 2, v1::LEVEL_MEDIUM)));
  EXPECT_FALSE(Exceeds(Of(2, 2, v1::LEVEL_LOW), Of(1, 5, v1::LEVEL_MEDIUM)));
}

}  // namespace
}  // namespace heitie::risk
