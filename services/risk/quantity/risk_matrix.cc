#include "services/risk/quantity/risk_matrix.h"

#include <array>

#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/risk/v1/risk_matrix.pb.h"
#include "services/risk/quantity/rating.h"

namespace heitie::risk {
namespace {

using v1::RiskMatrix;

// Version 1, which comes with the schema (0002_default_matrix.sql). Its row stands for them all: versions change places under its guard.
constexpr const char* kFirstVersion = "riskMatrices/default";

constexpr auto kTransitions = std::to_array<record::Transition>({
    {RiskMatrix::STATE_DRAFT, "activate", RiskMatrix::STATE_ACTIVE},
    {RiskMatrix::STATE_ACTIVE, "retire", RiskMatrix::STATE_RETIRED, "another version is activated"},
});

}  // namespace

const record::StateMachine& RiskMatrices::Machine() {
  static const auto* const kMachine = new record::StateMachine(RiskMatrix::State_descriptor(), kTransitions);
  return *kMachine;
}

RiskMatrices::RiskMatrices(record::Store& store) : store_(store), kind_(store) {
  kind_.SetDecorator([](sql::Session&, RiskMatrix& matrix) {
    record::SetAllowedVerbs(Machine(), matrix, {"retire"});  // Follows from the activation of another version.
    return absl::OkStatus();
  });
}

absl::StatusOr<RiskMatrix> RiskMatrices::InForce(sql::Session& sql) const {
  ASSIGN_OR_RETURN(std::vector<RiskMatrix> active, kind_.Select(sql, "WHERE state = 'STATE_ACTIVE'"));
  if (active.size() != 1) return absl::InternalError("not exactly one risk matrix is in force");
  return std::move(active.front());
}

absl::Status RiskMatrices::Retire(record::Transaction& tx, const RiskMatrix& before) {
  ASSIGN_OR_RETURN(const int next, Machine().Next(before.name(), before.state(), "retire"));
  RiskMatrix after = before;
  after.set_state(static_cast<RiskMatrix::State>(next));
  *after.mutable_retire_time() = time::ToTimestamp(tx.call.now);
  return kind_.Update(tx, before, after, "retire");
}

absl::StatusOr<RiskMatrix> RiskMatrices::Activate(record::Transaction& tx, const v1::ActivateRiskMatrixRequest& request) {
  RETURN_IF_ERROR(kind_.Guard(tx, kFirstVersion).status());
  ASSIGN_OR_RETURN(const RiskMatrix before, kind_.Lock(tx, request.name()));
  RETURN_IF_ERROR(record::CheckEtag(before.name(), before.etag(), request.etag()));
  ASSIGN_OR_RETURN(const int next, Machine().Next(before.name(), before.state(), "activate"));
  ASSIGN_OR_RETURN(const RiskMatrix in_force, InForce(tx.sql));
  RETURN_IF_ERROR(Retire(tx, in_force));
  RiskMatrix after = before;
  after.set_state(static_cast<RiskMatrix::State>(next));
  // Versions come into force one after the other, so the one in force has the greatest number.
  after.set_version(in_force.version() + 1);
  after.set_activator(tx.call.principal.name);
  *after.mutable_activate_time() = time::ToTimestamp(tx.call.now);
  RETURN_IF_ERROR(kind_.Update(tx, before, after, "activate"));
  return kind_.Decorated(tx.sql, after);
}

void RiskMatrices::Bind(rpc::Service& service) {
  service.Bind("GetRiskMatrix", kind_.Getter());
  service.Bind("ListRiskMatrices", kind_.Lister());
  service.Bind("CreateRiskMatrix", kind_.Creator<v1::CreateRiskMatrixRequest>(
                                       [](record::Transaction&, const v1::CreateRiskMatrixRequest&, RiskMatrix& matrix) -> absl::Status {
                                         matrix.set_state(RiskMatrix::STATE_DRAFT);
                                         return CheckCells(matrix.cells());
                                       }));
  service.Bind("UpdateRiskMatrix", kind_.Updater([](record::Transaction&, const RiskMatrix& before, RiskMatrix& after) -> absl::Status {
    if (before.state() != RiskMatrix::STATE_DRAFT) return status::Error(kMatrixImmutable, {{"name", before.name()}});
    return CheckCells(after.cells());
  }));
  service.Bind("ActivateRiskMatrix", store_.Mutation(this, &RiskMatrices::Activate));
}

}  // namespace heitie::risk
