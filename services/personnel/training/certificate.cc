#include "services/personnel/training/certificate.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/personnel/v1/certificate.pb.h"
#include "heitie/personnel/v1/course.pb.h"
#include "heitie/personnel/v1/session.pb.h"
#include "services/personnel/training/course.h"

namespace heitie::personnel {
v1::Certificate MakeCertificate(const v1::Course& course, const std::string& employee, const std::string& enrollment, absl::CivilDay day) {
  v1::Certificate certificate;
  certificate.set_employee(employee);
  certificate.set_course(course.name());
  certificate.set_enrollment(enrollment);
  certificate.set_state(v1::Certificate::STATE_ISSUED);
  *certificate.mutable_valid_from() = time::ToDate(day);
  if (const std::optional<absl::CivilDay> until = ValidUntil(course, day)) *certificate.mutable_valid_until() = time::ToDate(*until);
  return certificate;
}

const record::StateMachine& CertificateMachine() {
  static const auto& machine = *new record::StateMachine(v1::Certificate::State_descriptor(),
                                                         {
                                                             {v1::Certificate::STATE_ISSUED, "revoke", v1::Certificate::STATE_REVOKED},
                                                         });
  return machine;
}

Certificates::Certificates(record::Store& store) : certificates_(store, &CertificateMachine()) {
  certificates_.SetFollow([this](record::Transaction& tx, const v1::Certificate* before, const v1::Certificate* after) -> absl::Status {
    // That somebody was reminded concerns nobody else.
    if (after == nullptr || (before != nullptr && before->state() == after->state())) return absl::OkStatus();
    for (const Consequence& consequence : consequences_) RETURN_IF_ERROR(consequence(tx, *after));
    return absl::OkStatus();
  });
}

absl::StatusOr<v1::Certificate> Certificates::Issue(record::Transaction& tx, v1::Certificate certificate) const {
  certificate.set_name(absl::StrCat("certificates/", record::NewId(tx.call.now)));
  RETURN_IF_ERROR(certificates_.Insert(tx, certificate, "issue"));
  return certificate;
}

absl::StatusOr<v1::Certificate> Certificates::Revoke(record::Transaction& tx, const v1::RevokeCertificateRequest& request) const {
  return certificates_.Change(tx, request, "revoke", [&](v1::Certificate& after) {
    after.set_revoke_reason(request.reason());
    after.set_revoker(tx.call.principal.name);
    *after.mutable_revoke_time() = time::ToTimestamp(tx.call.now);
  });
}

absl::StatusOr<std::vector<v1::Certificate>> Certificates::IssuedTo(sql::Session& sql, const std::string& employee) const {
  return certificates_.Select(sql, "WHERE employee = ? AND state = 'STATE_ISSUED'", sql::Bind(employee));
}

void Certificates::Bind(record::Methods& methods) { methods.Reads(certificates_); }

}  // namespace heitie::personnel
