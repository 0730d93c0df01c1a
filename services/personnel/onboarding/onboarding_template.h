// What somebody who comes into a position does in the first days, in versions (policy H3).
#ifndef HEITIE_SERVICES_PERSONNEL_ONBOARDING_ONBOARDING_TEMPLATE_H_
#define HEITIE_SERVICES_PERSONNEL_ONBOARDING_ONBOARDING_TEMPLATE_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "common/record/rule_set.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/course.pb.h"
#include "heitie/personnel/v1/duty.pb.h"
#include "heitie/personnel/v1/onboarding_template.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "services/personnel/onboarding/handbook.h"

namespace heitie::personnel {

extern const status::Reason kDuplicateTask;    // {id}
extern const status::Reason kTaskIncomplete;   // {id}
extern const status::Reason kTaskMixed;        // {id}
extern const status::Reason kUnknownDocument;  // {document}

// Every bad field of a template's tasks: an id that stands twice, what a kind of task needs and does not have (TASK_INCOMPLETE), and what
// belongs to another kind (TASK_MIXED).
absl::Status CheckTasks(const v1::OnboardingTemplate& tasks);

// Thread-safe.
class OnboardingTemplates {
 public:
  OnboardingTemplates(record::Store& store, const record::Kind<v1::Position>& positions, const record::Kind<v1::Course>& courses,
                      const record::Kind<v1::Duty>& duties, const Handbook& handbook);
  void Bind(record::Methods& methods);
  absl::StatusOr<v1::OnboardingTemplate> Find(sql::Session& sql, const std::string& name) const { return versions_.kind().Find(sql, name); }
  // The one of a position in force at an instant; nothing while none is published.
  absl::StatusOr<std::optional<v1::OnboardingTemplate>> InForce(sql::Session& sql, absl::Time at, const std::string& position) const;

 private:
  // UNKNOWN_DOCUMENT, UNKNOWN_COURSE, UNKNOWN_DUTY.
  absl::Status CheckNames(record::Transaction& tx, const v1::OnboardingTemplate& version) const;

  const record::Kind<v1::Course>& courses_;
  const record::Kind<v1::Duty>& duties_;
  const Handbook& handbook_;
  record::RuleSet<v1::OnboardingTemplate> versions_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_ONBOARDING_ONBOARDING_TEMPLATE_H_
