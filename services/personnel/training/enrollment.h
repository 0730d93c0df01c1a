// Enrollments: seats in sessions, results, and the certificates that follow from results (policy H3).
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/certificate.pb.h"
#include "heitie/personnel/v1/course.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/enrollment.pb.h"
#include "heitie/personnel/v1/session.pb.h"
#include "services/personnel/training/certificate.h"

namespace heitie::personnel {

inline constexpr status::Reason kNotEmployed{absl::StatusCode::kFailedPrecondition, "NOT_EMPLOYED", "{name} is not employed on {date}.",
                                             "{name} 於 {date} 不在職。", "{name} 于 {date} 不在职。"};
inline constexpr status::Reason kNotEnrolled{absl::StatusCode::kFailedPrecondition, "NOT_ENROLLED", "{employee} is not enrolled in {name}.",
                                             "{employee} 未報名 {name}。", "{employee} 未报名 {name}。"};
inline constexpr status::Reason kSessionNotHeld{absl::StatusCode::kFailedPrecondition, "SESSION_NOT_HELD",
                                                "{name} takes place on {date} only.", "{name} 於 {date} 才舉行。",
                                                "{name} 于 {date} 才举行。"};
inline constexpr status::Reason kScoreMissing{absl::StatusCode::kInvalidArgument, "SCORE_MISSING",
                                              "{course} is passed by score: give the score.", "{course} 以分數評定，請提供分數。",
                                              "{course} 以分数评定，请提供分数。"};
inline constexpr status::Reason kScoreOfAbsent{absl::StatusCode::kInvalidArgument, "SCORE_OF_ABSENT", "Those absent have no score.",
                                               "缺席者沒有分數。", "缺席者没有分数。"};
inline constexpr status::Reason kCertificateIssued{
    absl::StatusCode::kFailedPrecondition, "CERTIFICATE_ISSUED", "The result of {name} has a certificate, {certificate}: revoke it first.",
    "{name} 的成績已發證書 {certificate}，請先撤銷。", "{name} 的成绩已发证书 {certificate}，请先撤销。"};

// What attendance and score amount to. SCORE_MISSING, SCORE_OF_ABSENT.
absl::StatusOr<v1::Enrollment::Outcome> OutcomeOf(const v1::Course& course, bool attended, std::optional<int> score);

const record::StateMachine& EnrollmentMachine();

// Thread-safe.
class Enrollments {
 public:
  // `zone`: in which the days of sessions begin.
  Enrollments(record::Store& store, absl::TimeZone zone, const record::Kind<v1::Course>& courses, const record::Kind<v1::Session>& sessions,
              const record::Kind<v1::Employee>& employees, const Certificates& certificates);
  void Bind(record::Methods& methods);
  const record::Kind<v1::Enrollment>& kind() const { return enrollments_; }

 private:
  absl::StatusOr<v1::Enrollment> Enroll(record::Transaction& tx, const v1::EnrollEmployeeRequest& request);
  absl::StatusOr<v1::Enrollment> Cancel(record::Transaction& tx, const v1::CancelEnrollmentRequest& request);
  absl::StatusOr<v1::Enrollment> Record(record::Transaction& tx, const v1::RecordResultRequest& request);
  absl::StatusOr<v1::Certificate> Revoke(record::Transaction& tx, const v1::RevokeCertificateRequest& request);

  absl::Status CheckSeat(record::Transaction& tx, const v1::Session& session, const std::string& employee) const;
  absl::StatusOr<record::Step<v1::Enrollment>> BeginResult(record::Transaction& tx, const v1::RecordResultRequest& request) const;

  const absl::TimeZone zone_;
  record::Kind<v1::Enrollment> enrollments_;
  const record::Kind<v1::Course>& courses_;
  const record::Kind<v1::Session>& sessions_;
  const record::Kind<v1::Employee>& employees_;
  const Certificates& certificates_;
};

}  // namespace heitie::personnel
