#include "services/risk/quantity/risk_matrix.h"

#include "heitie/risk/v1/risk_matrix.pb.h"
#include "services/risk/quantity/rating.h"

namespace heitie::risk {

// Version 1 comes with the schema (0002_default_matrix.sql).
RiskMatrices::RiskMatrices(record::Store& store)
    : versions_(store, "riskMatrices/default", [](const v1::RiskMatrix& matrix) { return CheckCells(matrix.cells()); }) {}

void RiskMatrices::Bind(rpc::Service& service) {
  service.Bind("GetRiskMatrix", versions_.Getter());
  service.Bind("ListRiskMatrices", versions_.Lister());
  service.Bind("CreateRiskMatrix", versions_.Creator<v1::CreateRiskMatrixRequest>());
  service.Bind("UpdateRiskMatrix", versions_.Updater());
  service.Bind("DeleteRiskMatrix", versions_.Deleter());
  service.Bind("PublishRiskMatrix", versions_.Publisher<v1::PublishRiskMatrixRequest>());
}

}  // namespace heitie::risk
