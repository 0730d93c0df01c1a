// Versions of the risk matrix, exactly one of which is in force (policy R2).
#pragma once

#include "absl/status/statusor.h"
#include "common/record/kind.h"
#include "common/record/state_machine.h"
#include "common/record/store.h"
#include "common/rpc/service.h"
#include "common/status/status.h"
#include "heitie/risk/v1/risk_matrix.pb.h"

namespace heitie::risk {

inline constexpr status::Reason kMatrixImmutable{
    absl::StatusCode::kFailedPrecondition, "MATRIX_IMMUTABLE", "{name} is or was in force and cannot change; draft a new version.",
    "{name} 已生效或曾生效，不可更改；請起草新版本。", "{name} 已生效或曾生效，不可更改；请起草新版本。"};

// Thread-safe.
class RiskMatrices {
 public:
  explicit RiskMatrices(record::Store& store);
  void Bind(rpc::Service& service);
  // The version in force; there always is one, from the first migration on.
  absl::StatusOr<v1::RiskMatrix> InForce(sql::Session& sql) const;
  static const record::StateMachine& Machine();

 private:
  absl::StatusOr<v1::RiskMatrix> Activate(record::Transaction& tx, const v1::ActivateRiskMatrixRequest& request);
  absl::Status Retire(record::Transaction& tx, const v1::RiskMatrix& before);

  record::Store& store_;
  record::Kind<v1::RiskMatrix> kind_;
};

}  // namespace heitie::risk
