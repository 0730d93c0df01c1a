// Certificates from outside: filed by their holder, verified by somebody else, and from then on as good as any (policy H3).
#ifndef HEITIE_SERVICES_PERSONNEL_TRAINING_EXTERNAL_CERTIFICATE_H_
#define HEITIE_SERVICES_PERSONNEL_TRAINING_EXTERNAL_CERTIFICATE_H_

#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/course.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/external_certificate.pb.h"
#include "services/personnel/staff/approval.h"
#include "services/personnel/staff/step.h"
#include "services/personnel/staff/teams.h"
#include "services/personnel/training/certificate.h"
#include "services/personnel/training/development_policy.h"

namespace heitie::personnel {

extern const status::Reason kNotYourCertificate;  // {employee}

const record::StateMachine& ExternalCertificateMachine();

// Thread-safe.
class ExternalCertificates {
 public:
  ExternalCertificates(const service::Context& context, const DevelopmentPolicies& policies, const record::Kind<v1::Course>& courses,
                       const record::Kind<v1::Employee>& employees, Certificates& certificates, const Teams& teams,
                       const Approvals& approvals, const Steps& steps);
  void Bind(record::Methods& methods);

 private:
  absl::Status Create(record::Transaction& tx, v1::ExternalCertificate& filed);
  absl::StatusOr<v1::ExternalCertificate> Verify(record::Transaction& tx, const v1::VerifyExternalCertificateRequest& request);
  absl::StatusOr<v1::ExternalCertificate> Reject(record::Transaction& tx, const v1::RejectExternalCertificateRequest& request);
  // Neither the holder nor who filed it.
  absl::Status CheckDecider(record::Transaction& tx, const v1::ExternalCertificate& filed) const;
  absl::Status FollowCertificate(record::Transaction& tx, const v1::Certificate& certificate) const;
  absl::Status KeepStep(record::Transaction& tx, const v1::ExternalCertificate* before, const v1::ExternalCertificate* after) const;

  record::Kind<v1::ExternalCertificate> filed_;
  const DevelopmentPolicies& policies_;
  const record::Kind<v1::Course>& courses_;
  const record::Kind<v1::Employee>& employees_;
  const Certificates& certificates_;
  const Approvals& approvals_;
  const Steps& steps_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_TRAINING_EXTERNAL_CERTIFICATE_H_
