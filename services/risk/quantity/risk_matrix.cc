#include "services/risk/quantity/risk_matrix.h"

#include "heitie/risk/v1/risk_matrix.pb.h"
#include "services/risk/quantity/rating.h"
#include "services/risk/quantity/scales.h"

namespace heitie::risk {

// Version 1 comes with the schema.
RiskMatrices::RiskMatrices(record::Store& store)
    : versions_(store, "riskMatrices/default", [](const v1::RiskMatrix& matrix) {
        absl::Status cells = CheckCells(matrix.cells());
        return cells.ok() ? CheckScales(matrix) : cells;
      }) {}

void RiskMatrices::Bind(record::Methods& methods) { versions_.Bind<v1::PublishRiskMatrixRequest>(methods); }

}  // namespace heitie::risk
