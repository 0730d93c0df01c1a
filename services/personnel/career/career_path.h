// Career paths between positions and the versions of their conditions (policy S2).
#ifndef HEITIE_SERVICES_PERSONNEL_CAREER_CAREER_PATH_H_
#define HEITIE_SERVICES_PERSONNEL_CAREER_CAREER_PATH_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "common/record/rule_set.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/career_path.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "services/personnel/appraisal/policy.h"

namespace heitie::personnel {

extern const status::Reason kCareerCircle;      // {path}
extern const status::Reason kCareerPathExists;  // {path} {from} {to}

// Thread-safe.
class CareerPaths {
 public:
  CareerPaths(record::Store& store, const record::Kind<v1::Position>& positions, const AppraisalPolicies& appraisal_policies);
  void Bind(record::Methods& methods);
  const record::Kind<v1::CareerPath>& kind() const { return paths_; }
  // The conditions of a path that are in force at an instant. NO_VERSION_IN_FORCE while none are published.
  absl::StatusOr<v1::CareerPathVersion> InForce(sql::Session& sql, absl::Time at, const std::string& path) const {
    return versions_.InForce(sql, at, path);
  }

 private:
  absl::Status Create(record::Transaction& tx, v1::CareerPath& path);
  // Whether paths lead from `path.to_position` back to where it begins, as a violation.
  absl::Status CheckCareerCircle(record::Transaction& tx, const v1::CareerPath& path, status::BadFields& bad) const;

  record::Kind<v1::CareerPath> paths_;
  record::RuleSet<v1::CareerPathVersion> versions_;
  const record::Kind<v1::Position>& positions_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_CAREER_CAREER_PATH_H_
