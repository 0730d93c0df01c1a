// Kinds of risks below the categories, in versions that each count from a time on (policy R1).
#ifndef HEITIE_SERVICES_RISK_REGISTER_RISK_TYPES_H_
#define HEITIE_SERVICES_RISK_REGISTER_RISK_TYPES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "heitie/risk/v1/risk_type.pb.h"

namespace heitie::risk {

// Of the versions of one kind of risk that which counts at `at`: of those whose time has come the one that begins last, of several the one
// that was said last. nullptr when none counts yet. Pure.
const v1::RiskTypeVersion* CountingAt(const std::vector<v1::RiskTypeVersion>& versions, absl::Time at);

// Thread-safe.
class RiskTypes {
 public:
  explicit RiskTypes(record::Store& store) : store_(store), types_(store), versions_(store) {}
  void Bind(record::Methods& methods);
  const record::Kind<v1::RiskType>& kind() const { return types_; }
  // The name of the version of a kind of risk that counts at `at`; empty when none does, or no kind is named.
  absl::StatusOr<std::string> VersionAt(sql::Session& session, const std::string& type, absl::Time at) const;

 private:
  absl::Status Create(record::Transaction& tx, v1::RiskType& type);
  absl::Status Update(record::Transaction& tx, const v1::RiskType& before, v1::RiskType& after);
  absl::Status Delete(record::Transaction& tx, const v1::RiskType& type);
  absl::Status KeepVersion(record::Transaction& tx, v1::RiskType& type) const;

  record::Store& store_;
  record::Kind<v1::RiskType> types_;
  record::Kind<v1::RiskTypeVersion> versions_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_REGISTER_RISK_TYPES_H_
