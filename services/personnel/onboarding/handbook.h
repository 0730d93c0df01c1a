// Documents that people read when they come, in versions (policy H3).
#ifndef HEITIE_SERVICES_PERSONNEL_ONBOARDING_HANDBOOK_H_
#define HEITIE_SERVICES_PERSONNEL_ONBOARDING_HANDBOOK_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "common/record/rule_set.h"
#include "heitie/personnel/v1/handbook.pb.h"

namespace heitie::personnel {

// Thread-safe.
class Handbook {
 public:
  explicit Handbook(record::Store& store);
  void Bind(record::Methods& methods);
  // The text of a document in force at an instant. NO_VERSION_IN_FORCE also for a document that does not exist.
  absl::StatusOr<v1::HandbookVersion> InForce(sql::Session& sql, absl::Time at, const std::string& document) const {
    return versions_.InForce(sql, at, document);
  }

 private:
  record::Kind<v1::HandbookDocument> documents_;
  record::RuleSet<v1::HandbookVersion> versions_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_ONBOARDING_HANDBOOK_H_
