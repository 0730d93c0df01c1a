// The checklists of employees who come (policy H3).
#ifndef HEITIE_SERVICES_PERSONNEL_ONBOARDING_ONBOARDING_H_
#define HEITIE_SERVICES_PERSONNEL_ONBOARDING_ONBOARDING_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/onboarding.pb.h"
#include "services/personnel/onboarding/handbook.h"
#include "services/personnel/onboarding/onboarding_template.h"
#include "services/personnel/staff/approval.h"
#include "services/personnel/staff/employee.h"
#include "services/personnel/staff/rota.h"
#include "services/personnel/staff/step.h"
#include "services/personnel/training/certificate.h"
#include "services/personnel/training/development_policy.h"

namespace heitie::personnel {

extern const status::Reason kDoneByCertificate;  // {name} {course}
extern const status::Reason kOtherVersion;       // {name} {version}
extern const status::Reason kNotTheConfirmer;    // {name}

const record::StateMachine& OnboardingMachine();
const record::StateMachine& OnboardingItemMachine();

// Whoever records an employee, by which method or step ever, makes the checklist in that transaction (Employees::Follow). Thread-safe.
class Onboardings {
 public:
  Onboardings(const service::Context& context, const OnboardingTemplates& templates, const Handbook& handbook, Employees& employees,
              const Rotas& rotas, Certificates& certificates, const DevelopmentPolicies& policies, const Approvals& approvals,
              const Steps& steps);
  void Bind(record::Methods& methods);

 private:
  using Onboarding = v1::Onboarding;
  using OnboardingItem = v1::OnboardingItem;

  absl::StatusOr<OnboardingItem> Confirm(record::Transaction& tx, const v1::ConfirmOnboardingItemRequest& request);
  absl::StatusOr<Onboarding> End(record::Transaction& tx, const v1::EndOnboardingRequest& request);

  absl::Status FollowEmployee(record::Transaction& tx, const v1::Employee* before, const v1::Employee& after) const;
  absl::Status Begin(record::Transaction& tx, const v1::Employee& employee) const;
  absl::Status MoveFirstDay(record::Transaction& tx, const v1::Employee& employee) const;
  // Lets items for courses follow the certificates of an employee.
  absl::Status FollowCertificates(record::Transaction& tx, const std::string& employee) const;
  // For whom the item waits on a day; empty when there is nobody.
  absl::StatusOr<std::string> OwnerOf(sql::Session& sql, const OnboardingItem& item, const std::string& department,
                                      absl::CivilDay day) const;
  // NOT_THE_CONFIRMER.
  absl::Status CheckConfirmer(record::Transaction& tx, const OnboardingItem& item, const std::string& department) const;
  // Moves a guarded checklist to what its items make of it.
  absl::Status Conclude(record::Transaction& tx, const Onboarding& onboarding) const;
  absl::Status Drop(record::Transaction& tx, const std::string& onboarding) const;
  absl::Status KeepStep(record::Transaction& tx, const OnboardingItem* before, const OnboardingItem* after) const;
  job::Outcome EndOfLeavers(const rpc::Call& call);

  record::Store& store_;
  record::Kind<Onboarding> onboardings_;
  record::Kind<OnboardingItem> items_;
  const OnboardingTemplates& templates_;
  const Handbook& handbook_;
  const Employees& employees_;
  const Rotas& rotas_;
  const Certificates& certificates_;
  const DevelopmentPolicies& policies_;
  const Approvals& approvals_;
  const Steps& steps_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_ONBOARDING_ONBOARDING_H_
