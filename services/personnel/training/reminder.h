// Reminders before certificates expire (policy H3).
#ifndef HEITIE_SERVICES_PERSONNEL_TRAINING_REMINDER_H_
#define HEITIE_SERVICES_PERSONNEL_TRAINING_REMINDER_H_

#include <string>

#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "heitie/personnel/v1/certificate.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "services/personnel/staff/step.h"
#include "services/personnel/training/certificate.h"
#include "services/personnel/training/development_policy.h"

namespace heitie::personnel {

// Whoever holds a certificate that ends within the days of the terms in force, and none that goes on after it, has a step to renew it, once
// for each certificate. The step is over when another certificate goes on, and at the end of the last day, for then nothing is left to
// renew in time. Who has left is not reminded. Thread-safe.
class Reminders {
 public:
  Reminders(const service::Context& context, const DevelopmentPolicies& policies, const record::Kind<v1::Employee>& employees,
            Certificates& certificates, const Steps& steps);

 private:
  job::Outcome Remind(const rpc::Call& call);
  absl::Status RemindOf(record::Transaction& tx, const std::string& name) const;
  absl::Status FollowCertificate(record::Transaction& tx, const v1::Certificate& certificate) const;

  record::Store& store_;
  const DevelopmentPolicies& policies_;
  const record::Kind<v1::Employee>& employees_;
  const Certificates& certificates_;
  const Steps& steps_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_TRAINING_REMINDER_H_
