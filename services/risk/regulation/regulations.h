// The regulations that are kept, in versions, from proposal to repeal (policy R1).
#ifndef HEITIE_SERVICES_RISK_REGULATION_REGULATIONS_H_
#define HEITIE_SERVICES_RISK_REGULATION_REGULATIONS_H_

#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "heitie/risk/v1/regulation.pb.h"

namespace heitie::risk {

extern const status::Reason kRegulationRepealed;  // {name}

// The job that sees of whom it is to be told that a regulation lies ahead, when it changes and at each lead (outlook.h).
inline constexpr char kForeseeJob[] = "foresee-regulation";

// Thread-safe.
class Regulations {
 public:
  explicit Regulations(const service::Context& context);
  void Bind(record::Methods& methods);
  const record::Kind<v1::Regulation>& kind() const { return regulations_; }
  absl::TimeZone zone() const { return zone_; }
  // What is to be done in the transaction in which a regulation has changed, or what it demands. Before the methods are bound.
  void SetChanged(std::function<absl::Status(record::Transaction&, const std::string& regulation)> changed) {
    changed_ = std::move(changed);
  }
  absl::Status Changed(record::Transaction& tx, const std::string& regulation) const { return changed_(tx, regulation); }
  // Those that were enacted and are not over at `at`.
  absl::StatusOr<std::vector<v1::Regulation>> Binding(sql::Session& session, absl::Time at) const;
  // Says of those whose day has come, or was moved, whether they are in force.
  absl::Status KeepStates(record::Transaction& tx) const;

 private:
  absl::Status Create(record::Transaction& tx, v1::Regulation& regulation);
  absl::Status Update(record::Transaction& tx, const v1::Regulation& before, v1::Regulation& after);
  absl::Status Delete(record::Transaction& tx, const v1::Regulation& regulation);
  absl::StatusOr<v1::Regulation> Enact(record::Transaction& tx, const v1::EnactRegulationRequest& request);
  absl::StatusOr<v1::Regulation> Repeal(record::Transaction& tx, const v1::RepealRegulationRequest& request);
  absl::StatusOr<v1::RegulationComparison> Compare(const rpc::Call& call, const v1::CompareRegulationVersionsRequest& request);
  // Writes what it says now as its next version.
  absl::Status KeepVersion(record::Transaction& tx, v1::Regulation& regulation) const;

  record::Store& store_;
  const absl::TimeZone zone_;
  std::function<absl::Status(record::Transaction&, const std::string& regulation)> changed_;
  record::Kind<v1::Regulation> regulations_;
  record::Kind<v1::RegulationVersion> versions_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_REGULATION_REGULATIONS_H_
