#include "services/personnel/training/external_certificate.h"

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/options/v1/access.pb.h"
#include "heitie/personnel/v1/external_certificate.pb.h"
#include "services/personnel/training/course.h"
#include "services/personnel/training/learner_rows.h"

namespace heitie::personnel {

const status::Reason kNotYourCertificate{absl::StatusCode::kPermissionDenied, "NOT_YOUR_CERTIFICATE",
                                         "Only {employee} or an operations manager files this certificate.",
                                         "此證書僅能由 {employee} 本人或運營經理登錄。"};

namespace {

using v1::Certificate;
using v1::ExternalCertificate;

constexpr char kVerify[] = "verify";

}  // namespace

const record::StateMachine& ExternalCertificateMachine() {
  using State = ExternalCertificate;
  static const auto& machine = *new record::StateMachine(
      State::State_descriptor(),
      {
          {State::STATE_FILED, kVerify, State::STATE_VERIFIED},
          {State::STATE_FILED, "reject", State::STATE_REJECTED},
          {State::STATE_VERIFIED, "revoke", State::STATE_REVOKED, "its certificate is revoked", record::kConsequence},
      });
  return machine;
}

ExternalCertificates::ExternalCertificates(const service::Context& context, const DevelopmentPolicies& policies,
                                           const record::Kind<v1::Course>& courses, const record::Kind<v1::Employee>& employees,
                                           Certificates& certificates, const Teams& teams, const Approvals& approvals, const Steps& steps)
    : filed_(context.store, &ExternalCertificateMachine()),
      policies_(policies),
      courses_(courses),
      employees_(employees),
      certificates_(certificates),
      approvals_(approvals),
      steps_(steps) {
  filed_.RestrictRows(LearnerRows(teams));
  filed_.SetFollow([this](record::Transaction& tx, const ExternalCertificate* before, const ExternalCertificate* after) {
    return KeepStep(tx, before, after);
  });
  certificates.Follow([this](record::Transaction& tx, const Certificate& certificate) { return FollowCertificate(tx, certificate); });
}

absl::Status ExternalCertificates::Create(record::Transaction& tx, ExternalCertificate& filed) {
  if (filed.employee() != tx.call.principal.name && !tx.call.principal.Has(options::v1::ROLE_OPERATIONS_MANAGER))
    return status::Error(kNotYourCertificate, {{"employee", filed.employee()}});
  status::BadFields bad;
  const absl::Status course = courses_.Find(tx.sql, filed.course()).status();
  if (absl::IsNotFound(course)) {
    bad.Add("external_certificate.course", kUnknownCourse, {{"course", filed.course()}});
  } else {
    RETURN_IF_ERROR(course);
  }
  if (filed.has_valid_until() && time::ToDay(filed.valid_until()) < time::ToDay(filed.valid_from())) {
    bad.Add("external_certificate.valid_until", status::kDatesReversed,
            {{"start", time::DayText(time::ToDay(filed.valid_from()))}, {"end", time::DayText(time::ToDay(filed.valid_until()))}});
  }
  RETURN_IF_ERROR(bad.status());
  filed.set_state(ExternalCertificate::STATE_FILED);
  return employees_.Find(tx.sql, filed.employee()).status();
}

absl::Status ExternalCertificates::CheckDecider(record::Transaction& tx, const ExternalCertificate& filed) const {
  return approvals_.Check(tx, filed.employee(), {filed.employee(), filed.creator()});
}

absl::StatusOr<ExternalCertificate> ExternalCertificates::Verify(record::Transaction& tx,
                                                                 const v1::VerifyExternalCertificateRequest& request) {
  return filed_.Change(tx, request, kVerify, [&](const ExternalCertificate& before, ExternalCertificate& after) -> absl::Status {
    RETURN_IF_ERROR(CheckDecider(tx, before));
    Certificate certificate;
    certificate.set_employee(before.employee());
    certificate.set_course(before.course());
    certificate.set_external_certificate(before.name());
    certificate.set_state(Certificate::STATE_ISSUED);
    *certificate.mutable_valid_from() = before.valid_from();
    if (before.has_valid_until()) *certificate.mutable_valid_until() = before.valid_until();
    ASSIGN_OR_RETURN(certificate, certificates_.Issue(tx, certificate));
    after.set_certificate(certificate.name());
    after.set_decider(tx.call.principal.name);
    *after.mutable_decide_time() = time::ToTimestamp(tx.call.now);
    return absl::OkStatus();
  });
}

absl::StatusOr<ExternalCertificate> ExternalCertificates::Reject(record::Transaction& tx,
                                                                 const v1::RejectExternalCertificateRequest& request) {
  return filed_.Change(tx, request, "reject", [&](const ExternalCertificate& before, ExternalCertificate& after) -> absl::Status {
    RETURN_IF_ERROR(CheckDecider(tx, before));
    after.set_state_reason(request.reason());
    after.set_decider(tx.call.principal.name);
    *after.mutable_decide_time() = time::ToTimestamp(tx.call.now);
    return absl::OkStatus();
  });
}

absl::Status ExternalCertificates::FollowCertificate(record::Transaction& tx, const Certificate& certificate) const {
  if (certificate.state() != Certificate::STATE_REVOKED || certificate.external_certificate().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const ExternalCertificate before, filed_.Lock(tx, certificate.external_certificate()));
  ExternalCertificate after = before;
  RETURN_IF_ERROR(filed_.Advance(after, "revoke"));
  after.set_state_reason(certificate.revoke_reason());
  return filed_.Update(tx, before, after, "revoke");
}

absl::Status ExternalCertificates::KeepStep(record::Transaction& tx, const ExternalCertificate* before,
                                            const ExternalCertificate* after) const {
  if (after == nullptr || before != nullptr) return steps_.DoneAll(tx, (after == nullptr ? before : after)->name());
  ASSIGN_OR_RETURN(const std::string approver, approvals_.Approver(tx.sql, after->employee(), policies_.DayOf(tx.call.now),
                                                                   {after->employee(), tx.call.principal.name}));
  ASSIGN_OR_RETURN(const absl::Time due, policies_.DecisionDue(tx.sql, tx.call.now));
  return steps_.Open(tx, {after->name(), kVerify, approver, due});
}

void ExternalCertificates::Bind(record::Methods& methods) {
  methods.Reads(filed_);
  methods.Creates(filed_, this, &ExternalCertificates::Create);
  methods.Bind("VerifyExternalCertificate", this, &ExternalCertificates::Verify);
  methods.Bind("RejectExternalCertificate", this, &ExternalCertificates::Reject);
}

}  // namespace heitie::personnel
