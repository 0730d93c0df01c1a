// Versions of the risk matrix (policy R2): rules as data, of which the first comes with the schema.
#ifndef HEITIE_SERVICES_RISK_QUANTITY_RISK_MATRIX_H_
#define HEITIE_SERVICES_RISK_QUANTITY_RISK_MATRIX_H_

#include <utility>

#include "absl/status/statusor.h"
#include "common/record/rule_set.h"
#include "heitie/risk/v1/risk_matrix.pb.h"

namespace heitie::risk {

// Thread-safe.
class RiskMatrices {
 public:
  explicit RiskMatrices(record::Store& store);
  void Bind(record::Methods& methods);
  // The version in force at an instant; there always is one.
  absl::StatusOr<v1::RiskMatrix> InForce(sql::Session& sql, absl::Time at) const { return versions_.InForce(sql, at); }
  const record::Kind<v1::RiskMatrix>& kind() const { return versions_.kind(); }
  // What must hold besides when a version is published (RuleSet::SetPublishCheck).
  void SetPublishCheck(record::RuleSet<v1::RiskMatrix>::Guarded check) { versions_.SetPublishCheck(std::move(check)); }

 private:
  record::RuleSet<v1::RiskMatrix> versions_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_QUANTITY_RISK_MATRIX_H_
