#include "services/personnel/certificate.h"

#include <array>
#include <optional>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "google/protobuf/util/time_util.h"
#include "services/personnel/course.h"
#include "services/personnel/etag.h"

namespace heitie::personnel {
namespace {

constexpr auto kTransitions = std::to_array<resource::Transition>({
    {v1::Certificate::STATE_ISSUED, "revoke", v1::Certificate::STATE_REVOKED},
});

}  // namespace

v1::Certificate MakeCertificate(const v1::Course& course, const std::string& employee, const std::string& enrollment, Day day) {
  v1::Certificate certificate;
  certificate.set_employee(employee);
  certificate.set_course(course.name());
  certificate.set_enrollment(enrollment);
  certificate.set_state(v1::Certificate::STATE_ISSUED);
  *certificate.mutable_valid_from() = ToDate(day);
  if (const std::optional<Day> until = ValidUntil(course, day)) *certificate.mutable_valid_until() = ToDate(*until);
  return certificate;
}

const resource::StateMachine& Certificates::Machine() {
  static const auto* const machine = new resource::StateMachine(v1::Certificate::State_descriptor(), kTransitions);
  return *machine;
}

Certificates::Certificates(resource::Store& store) : kind_(store) {
  kind_.SetDecorator([](sql::Session&, v1::Certificate& certificate) {
    certificate.clear_allowed_verbs();
    for (const std::string& verb : Machine().AllowedVerbs(certificate.state())) certificate.add_allowed_verbs(verb);
    return absl::OkStatus();
  });
}

absl::StatusOr<v1::Certificate> Certificates::Issue(resource::Transaction& tx, v1::Certificate certificate) const {
  certificate.set_name(absl::StrCat("certificates/", resource::NewId(tx.call.now)));
  RETURN_IF_ERROR(kind_.Insert(tx, certificate, "issued"));
  return certificate;
}

absl::StatusOr<v1::Certificate> Certificates::Revoke(resource::Transaction& tx, const v1::RevokeCertificateRequest& request) const {
  ASSIGN_OR_RETURN(const v1::Certificate before, kind_.Lock(tx, request.name()));
  RETURN_IF_ERROR(CheckEtag(before, request.etag()));
  ASSIGN_OR_RETURN(const int next, Machine().Next(before.name(), before.state(), "revoke"));
  v1::Certificate after = before;
  after.set_state(static_cast<v1::Certificate::State>(next));
  after.set_revoke_reason(request.reason());
  after.set_revoker(tx.call.principal.name);
  *after.mutable_revoke_time() = google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(tx.call.now));
  RETURN_IF_ERROR(kind_.Update(tx, before, after, "revoke"));
  return kind_.Decorated(tx.sql, after);
}

void Certificates::Bind(rpc::Service& service) {
  service.Bind("GetCertificate", kind_.Getter());
  service.Bind("ListCertificates", kind_.Lister());
}

}  // namespace heitie::personnel
