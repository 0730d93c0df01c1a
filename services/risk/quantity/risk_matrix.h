// Versions of the risk matrix, exactly one of which is in force (policy R2).
#pragma once

#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/risk/v1/risk_matrix.pb.h"

namespace heitie::risk {

extern const status::Reason kMatrixImmutable;  // {name}

const record::StateMachine& RiskMatrixMachine();

// Thread-safe.
class RiskMatrices {
 public:
  explicit RiskMatrices(record::Store& store);
  void Bind(record::Methods& methods);
  // The version in force; there always is one, from the first migration on.
  absl::StatusOr<v1::RiskMatrix> InForce(sql::Session& sql) const;

 private:
  absl::StatusOr<v1::RiskMatrix> Activate(record::Transaction& tx, const v1::ActivateRiskMatrixRequest& request);
  absl::Status Create(record::Transaction& tx, v1::RiskMatrix& matrix);
  absl::Status Update(record::Transaction& tx, const v1::RiskMatrix& before, v1::RiskMatrix& after);

  record::Kind<v1::RiskMatrix> matrices_;
};

}  // namespace heitie::risk
