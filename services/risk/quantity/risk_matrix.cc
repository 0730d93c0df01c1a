#include "services/risk/quantity/risk_matrix.h"

#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/risk/v1/risk_matrix.pb.h"
#include "services/risk/quantity/rating.h"

namespace heitie::risk {

const status::Reason kMatrixImmutable{absl::StatusCode::kFailedPrecondition, "MATRIX_IMMUTABLE",
                                      "{name} is or was in force and cannot change; draft a new version.",
                                      "{name} 已生效或曾生效，不可更改；請起草新版本。"};

namespace {

using v1::RiskMatrix;

// Version 1, which comes with the schema (0002_default_matrix.sql). Its row stands for them all: versions change places under its guard.
constexpr const char* kFirstVersion = "riskMatrices/default";

}  // namespace

const record::StateMachine& RiskMatrixMachine() {
  static const auto& machine = *new record::StateMachine(
      RiskMatrix::State_descriptor(),
      {
          {RiskMatrix::STATE_DRAFT, "activate", RiskMatrix::STATE_ACTIVE},
          {RiskMatrix::STATE_ACTIVE, "retire", RiskMatrix::STATE_RETIRED, "another version is activated", record::kConsequence},
      });
  return machine;
}

RiskMatrices::RiskMatrices(record::Store& store) : matrices_(store, &RiskMatrixMachine()) {}

absl::StatusOr<RiskMatrix> RiskMatrices::InForce(sql::Session& sql) const {
  ASSIGN_OR_RETURN(std::vector<RiskMatrix> active, matrices_.Select(sql, "WHERE state = 'STATE_ACTIVE'"));
  if (active.size() != 1) return absl::InternalError("not exactly one risk matrix is in force");
  return std::move(active.front());
}

absl::StatusOr<RiskMatrix> RiskMatrices::Activate(record::Transaction& tx, const v1::ActivateRiskMatrixRequest& request) {
  RETURN_IF_ERROR(matrices_.Guard(tx, kFirstVersion).status());
  ASSIGN_OR_RETURN(const RiskMatrix in_force, InForce(tx.sql));
  return matrices_.Change(tx, request, "activate", [&](RiskMatrix& after) -> absl::Status {
    // Versions come into force one after the other, so the one in force has the greatest number.
    after.set_version(in_force.version() + 1);
    after.set_activator(tx.call.principal.name);
    *after.mutable_activate_time() = time::ToTimestamp(tx.call.now);
    const auto retire = [&](RiskMatrix& retired) { *retired.mutable_retire_time() = time::ToTimestamp(tx.call.now); };
    return matrices_.Change(tx, record::Target(in_force.name()), "retire", retire).status();
  });
}

absl::Status RiskMatrices::Create(record::Transaction&, RiskMatrix& matrix) {
  matrix.set_state(RiskMatrix::STATE_DRAFT);
  return CheckCells(matrix.cells());
}

absl::Status RiskMatrices::Update(record::Transaction&, const RiskMatrix& before, RiskMatrix& after) {
  if (before.state() != RiskMatrix::STATE_DRAFT) return status::Error(kMatrixImmutable, {{"name", before.name()}});
  return CheckCells(after.cells());
}

void RiskMatrices::Bind(record::Methods& methods) {
  methods.Reads(matrices_);
  methods.Creates(matrices_, this, &RiskMatrices::Create);
  methods.Updates(matrices_, this, &RiskMatrices::Update);
  methods.Bind("ActivateRiskMatrix", this, &RiskMatrices::Activate);
}

}  // namespace heitie::risk
