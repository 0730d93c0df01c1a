#include "services/personnel/training/certificate.h"

#include <array>
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
namespace {

constexpr auto kTransitions = std::to_array<record::Transition>({
    {v1::Certificate::STATE_ISSUED, "revoke", v1::Certificate::STATE_REVOKED},
});

}  // namespace

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

const record::StateMachine& Certificates::Machine() {
  static const auto* const kMachine = new record::StateMachine(v1::Certificate::State_descriptor(), kTransitions);
  return *kMachine;
}

Certificates::Certificates(record::Store& store) : kind_(store) {
  kind_.SetDecorator([](sql::Session&, v1::Certificate& certificate) {
    record::SetAllowedVerbs(Machine(), certificate);
    return absl::OkStatus();
  });
}

absl::StatusOr<v1::Certificate> Certificates::Issue(record::Transaction& tx, v1::Certificate certificate) const {
  certificate.set_name(absl::StrCat("certificates/", record::NewId(tx.call.now)));
  RETURN_IF_ERROR(kind_.Insert(tx, certificate, "issue"));
  return certificate;
}

absl::StatusOr<v1::Certificate> Certificates::Revoke(record::Transaction& tx, const v1::RevokeCertificateRequest& request) const {
  ASSIGN_OR_RETURN(const v1::Certificate before, kind_.Lock(tx, request.name()));
  RETURN_IF_ERROR(record::CheckEtag(before.name(), before.etag(), request.etag()));
  ASSIGN_OR_RETURN(const int next, Machine().Next(before.name(), before.state(), "revoke"));
  v1::Certificate after = before;
  after.set_state(static_cast<v1::Certificate::State>(next));
  after.set_revoke_reason(request.reason());
  after.set_revoker(tx.call.principal.name);
  *after.mutable_revoke_time() = time::ToTimestamp(tx.call.now);
  RETURN_IF_ERROR(kind_.Update(tx, before, after, "revoke"));
  return kind_.Decorated(tx.sql, after);
}

void Certificates::Bind(rpc::Service& service) {
  service.Bind("GetCertificate", kind_.Getter());
  service.Bind("ListCertificates", kind_.Lister());
}

}  // namespace heitie::personnel
