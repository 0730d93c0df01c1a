// Certificates: issued with a passed result, revoked by decision, changed by nothing else (policy H3).
#ifndef HEITIE_SERVICES_PERSONNEL_TRAINING_CERTIFICATE_H_
#define HEITIE_SERVICES_PERSONNEL_TRAINING_CERTIFICATE_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/record/methods.h"
#include "heitie/personnel/v1/certificate.pb.h"
#include "heitie/personnel/v1/course.pb.h"

namespace heitie::personnel {

// The certificate of `course` that `employee` earned by `enrollment` on `day`; without a name.
v1::Certificate MakeCertificate(const v1::Course& course, const std::string& employee, const std::string& enrollment, absl::CivilDay day);

const record::StateMachine& CertificateMachine();

// Thread-safe.
class Certificates {
 public:
  explicit Certificates(record::Store& store);
  // Binds the reads; RevokeCertificate belongs to Enrollments, whose result it voids.
  void Bind(record::Methods& methods);
  // Writes a new certificate and returns it with its name.
  absl::StatusOr<v1::Certificate> Issue(record::Transaction& tx, v1::Certificate certificate) const;
  // Revokes it. NOT_FOUND, STALE_ETAG, ILLEGAL_TRANSITION.
  absl::StatusOr<v1::Certificate> Revoke(record::Transaction& tx, const v1::RevokeCertificateRequest& request) const;
  // The issued ones of an employee.
  absl::StatusOr<std::vector<v1::Certificate>> IssuedTo(sql::Session& sql, const std::string& employee) const;
  const record::Kind<v1::Certificate>& kind() const { return certificates_; }
  // What else is done when a certificate is issued or revoked, in that transaction; `after` is the certificate. Declared before the first
  // change.
  using Consequence = std::function<absl::Status(record::Transaction&, const v1::Certificate& after)>;
  void Follow(Consequence consequence) { consequences_.push_back(std::move(consequence)); }

 private:
  record::Kind<v1::Certificate> certificates_;
  std::vector<Consequence> consequences_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_TRAINING_CERTIFICATE_H_
