// Enrollments: seats in sessions, results, and the certificates that follow from results (policy H3).
#ifndef HEITIE_SERVICES_PERSONNEL_TRAINING_ENROLLMENT_H_
#define HEITIE_SERVICES_PERSONNEL_TRAINING_ENROLLMENT_H_

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
#include "services/personnel/training/session.h"
#include "services/personnel/training/waiting_list.h"

namespace heitie::personnel {

extern const status::Reason kNotEmployed;          // {name} {date}
extern const status::Reason kPrerequisiteMissing;  // {name} {course} {wanted} {date}
extern const status::Reason kNotEnrolled;          // {employee} {name}
extern const status::Reason kSessionNotHeld;       // {name} {date}
extern const status::Reason kScoreMissing;         // {course}
extern const status::Reason kScoreOfAbsent;
extern const status::Reason kCertificateIssued;  // {name} {certificate}

// What attendance and score amount to. SCORE_MISSING, SCORE_OF_ABSENT.
absl::StatusOr<v1::Enrollment::Outcome> OutcomeOf(const v1::Course& course, bool attended, std::optional<int> score);

const record::StateMachine& EnrollmentMachine();

// Thread-safe.
class Enrollments {
 public:
  // `zone`: in which the days of sessions begin.
  Enrollments(record::Store& store, absl::TimeZone zone, const record::Kind<v1::Course>& courses, Sessions& sessions,
              const record::Kind<v1::Employee>& employees, const Certificates& certificates, const WaitingLists& waiting);
  void Bind(record::Methods& methods);
  const record::Kind<v1::Enrollment>& kind() const { return enrollments_; }

 private:
  absl::StatusOr<v1::Enrollment> Enroll(record::Transaction& tx, const v1::EnrollEmployeeRequest& request);
  absl::StatusOr<v1::Enrollment> Cancel(record::Transaction& tx, const v1::CancelEnrollmentRequest& request);
  absl::StatusOr<v1::Enrollment> Record(record::Transaction& tx, const v1::RecordResultRequest& request);
  absl::StatusOr<v1::Certificate> Revoke(record::Transaction& tx, const v1::RevokeCertificateRequest& request);
  absl::StatusOr<v1::WaitingEntry> Join(record::Transaction& tx, const v1::JoinWaitingListRequest& request);

  // NOT_EMPLOYED, PREREQUISITE_MISSING.
  absl::Status CheckTakesPart(record::Transaction& tx, const v1::Session& session, const std::string& employee) const;
  // Writes the enrollment, and ends the wait for it. ALREADY_EXISTS.
  absl::StatusOr<v1::Enrollment> Seat(record::Transaction& tx, const v1::Session& session, const std::string& employee) const;
  // Gives the free seats of a guarded session that is still to come to those who wait for one, who has waited longest first: whoever can
  // attend. Costs a question for each who cannot.
  absl::Status GiveFreeSeats(record::Transaction& tx, const v1::Session& session) const;
  absl::Status CheckPrerequisites(record::Transaction& tx, const v1::Session& session, const std::string& employee) const;
  absl::Status CheckSeat(record::Transaction& tx, const v1::Session& session, const std::string& employee) const;
  absl::StatusOr<record::Step<v1::Enrollment>> BeginResult(record::Transaction& tx, const v1::RecordResultRequest& request) const;

  const absl::TimeZone zone_;
  record::Kind<v1::Enrollment> enrollments_;
  const record::Kind<v1::Course>& courses_;
  const record::Kind<v1::Session>& sessions_;
  const record::Kind<v1::Employee>& employees_;
  const Certificates& certificates_;
  const WaitingLists& waiting_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_TRAINING_ENROLLMENT_H_
