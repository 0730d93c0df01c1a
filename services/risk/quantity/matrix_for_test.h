// The matrix that the unit tests rate by: likelihood × impact from 15 is HIGH, from 5 MEDIUM.
#ifndef HEITIE_SERVICES_RISK_QUANTITY_MATRIX_FOR_TEST_H_
#define HEITIE_SERVICES_RISK_QUANTITY_MATRIX_FOR_TEST_H_

#include "heitie/risk/v1/risk_matrix.pb.h"
#include "services/risk/quantity/rating.h"

namespace heitie::risk {

inline v1::RiskMatrix MatrixForTest() {
  v1::RiskMatrix matrix;
  matrix.set_name("riskMatrices/m");
  matrix.set_version(3);
  for (int l = 1; l <= kScale; ++l) {
    for (int i = 1; i <= kScale; ++i) {
      v1::RiskMatrixCell& cell = *matrix.add_cells();
      cell.set_likelihood(l);
      cell.set_impact(i);
      cell.set_level(l * i >= 15 ? v1::LEVEL_HIGH : l * i >= 5 ? v1::LEVEL_MEDIUM : v1::LEVEL_LOW);
    }
  }
  return matrix;
}

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_QUANTITY_MATRIX_FOR_TEST_H_
