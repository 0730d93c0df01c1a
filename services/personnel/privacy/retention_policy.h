// For how long personal data is held (policy H2): rules as data, of which the first version comes with the schema.
#ifndef HEITIE_SERVICES_PERSONNEL_PRIVACY_RETENTION_POLICY_H_
#define HEITIE_SERVICES_PERSONNEL_PRIVACY_RETENTION_POLICY_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/record/rule_set.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/personal_file.pb.h"
#include "heitie/personnel/v1/retention_policy.pb.h"

namespace heitie::personnel {

extern const status::Reason kDuplicatePurpose;  // {purpose}

// DUPLICATE_PURPOSE.
absl::Status CheckTerms(const v1::RetentionPolicy& policy);

// The first day after the terms of all purposes of a file and after its legal hold. Nothing while a purpose lasts, has no term, or there is
// none.
std::optional<absl::CivilDay> EraseDay(const v1::PersonalFile& file, const v1::RetentionPolicy& policy);

// Thread-safe.
class RetentionPolicies {
 public:
  explicit RetentionPolicies(record::Store& store);
  void Bind(record::Methods& methods);
  // The version in force at an instant; there always is one.
  absl::StatusOr<v1::RetentionPolicy> InForce(sql::Session& sql, absl::Time at) const { return versions_.InForce(sql, at); }

 private:
  record::RuleSet<v1::RetentionPolicy> versions_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_PRIVACY_RETENTION_POLICY_H_
