#include "services/personnel/training/enrollment.h"

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/personnel/v1/certificate.pb.h"
#include "heitie/personnel/v1/course.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/enrollment.pb.h"
#include "heitie/personnel/v1/session.pb.h"
#include "services/personnel/staff/employee.h"
#include "services/personnel/training/qualification.h"
#include "services/personnel/training/session.h"

namespace heitie::personnel {

const status::Reason kNotEmployed{absl::StatusCode::kFailedPrecondition, "NOT_EMPLOYED", "{name} is not employed on {date}.",
                                  "{name} 於 {date} 不在職。"};
const status::Reason kPrerequisiteMissing{absl::StatusCode::kFailedPrecondition, "PREREQUISITE_MISSING",
                                          "{wanted} presupposes {course}, of which {name} has no certificate on {date}.",
                                          "{wanted} 須先修 {course}，而 {name} 於 {date} 沒有有效證書。"};
const status::Reason kNotEnrolled{absl::StatusCode::kFailedPrecondition, "NOT_ENROLLED", "{employee} is not enrolled in {name}.",
                                  "{employee} 未報名 {name}。"};
const status::Reason kSessionNotHeld{absl::StatusCode::kFailedPrecondition, "SESSION_NOT_HELD", "{name} takes place on {date} only.",
                                     "{name} 於 {date} 才舉行。"};
const status::Reason kScoreMissing{absl::StatusCode::kInvalidArgument, "SCORE_MISSING", "{course} is passed by score: give the score.",
                                   "{course} 以分數評定，請提供分數。"};
const status::Reason kScoreOfAbsent{absl::StatusCode::kInvalidArgument, "SCORE_OF_ABSENT", "Those absent have no score.",
                                    "缺席者沒有分數。"};
const status::Reason kCertificateIssued{absl::StatusCode::kFailedPrecondition, "CERTIFICATE_ISSUED",
                                        "The result of {name} has a certificate, {certificate}: revoke it first.",
                                        "{name} 的成績已發證書 {certificate}，請先撤銷。"};

namespace {

using v1::Enrollment;

std::string EnrollmentName(const std::string& session, const std::string& employee) {
  return absl::StrCat(session, "/enrollments/", record::IdOf(employee));
}

void ClearResult(Enrollment& enrollment) {
  enrollment.clear_outcome();
  enrollment.clear_score();
  enrollment.clear_certificate();
  enrollment.clear_record_time();
  enrollment.clear_recorder();
}

}  // namespace

absl::StatusOr<Enrollment::Outcome> OutcomeOf(const v1::Course& course, bool attended, std::optional<int> score) {
  status::BadFields bad;
  if (!attended) {
    if (!score) return Enrollment::OUTCOME_ABSENT;
    bad.Add("score", kScoreOfAbsent);
    return bad.status();
  }
  if (course.pass_score() > 0 && !score) {
    bad.Add("score", kScoreMissing, {{"course", course.name()}});
    return bad.status();
  }
  return score.value_or(0) >= course.pass_score() ? Enrollment::OUTCOME_PASSED : Enrollment::OUTCOME_FAILED;
}

const record::StateMachine& EnrollmentMachine() {
  static const auto& machine = *new record::StateMachine(
      Enrollment::State_descriptor(),
      {
          {Enrollment::STATE_CANCELLED, "enroll", Enrollment::STATE_ENROLLED, "a seat is left"},
          {Enrollment::STATE_ENROLLED, "cancel", Enrollment::STATE_CANCELLED},
          {Enrollment::STATE_ENROLLED, "record_result", Enrollment::STATE_RECORDED, "the session has been held"},
          {Enrollment::STATE_RECORDED, "record_result", Enrollment::STATE_RECORDED, "no certificate was issued"},
          {Enrollment::STATE_RECORDED, "void", Enrollment::STATE_VOIDED, "its certificate is revoked", record::kConsequence},
          {Enrollment::STATE_VOIDED, "record_result", Enrollment::STATE_RECORDED},
      });
  return machine;
}

Enrollments::Enrollments(record::Store& store, absl::TimeZone zone, const record::Kind<v1::Course>& courses, Sessions& sessions,
                         const record::Kind<v1::Employee>& employees, const Certificates& certificates, const WaitingLists& waiting)
    : zone_(zone),
      enrollments_(store, &EnrollmentMachine()),
      courses_(courses),
      sessions_(sessions.kind()),
      employees_(employees),
      certificates_(certificates),
      waiting_(waiting) {
  enrollments_.SetAllows(
      [](const Enrollment& enrollment, const std::string& verb) { return verb != "record_result" || enrollment.certificate().empty(); });
  sessions.FollowUpdate([this](record::Transaction& tx, const v1::Session& session) { return GiveFreeSeats(tx, session); });
}

absl::Status Enrollments::CheckTakesPart(record::Transaction& tx, const v1::Session& session, const std::string& employee) const {
  ASSIGN_OR_RETURN(const v1::Employee person, employees_.Find(tx.sql, employee));
  const absl::CivilDay day = time::ToDay(session.date());
  if (!EmployedOn(person, day)) return status::Error(kNotEmployed, {{"name", employee}, {"date", time::DayText(day)}});
  return CheckPrerequisites(tx, session, employee);
}

absl::Status Enrollments::CheckSeat(record::Transaction& tx, const v1::Session& session, const std::string& employee) const {
  RETURN_IF_ERROR(CheckTakesPart(tx, session, employee));
  ASSIGN_OR_RETURN(const Attendance attendance, CountAttendance(tx.sql, session.name()));
  if (attendance.enrolled < session.capacity()) return absl::OkStatus();
  return status::Error(kSessionFull, {{"name", session.name()}, {"capacity", session.capacity()}, {"enrolled", attendance.enrolled}});
}

absl::Status Enrollments::CheckPrerequisites(record::Transaction& tx, const v1::Session& session, const std::string& employee) const {
  ASSIGN_OR_RETURN(const v1::Course course, courses_.Find(tx.sql, record::ParentOf(session.name())));
  if (course.prerequisites().empty()) return absl::OkStatus();
  const absl::CivilDay day = time::ToDay(session.date());
  ASSIGN_OR_RETURN(const std::vector<v1::Certificate> certificates, certificates_.IssuedTo(tx.sql, employee));
  for (const std::string& prerequisite : course.prerequisites()) {
    if (HoldsOn(prerequisite, certificates, day)) continue;
    return status::Error(kPrerequisiteMissing,
                         {{"name", employee}, {"course", prerequisite}, {"wanted", course.name()}, {"date", time::DayText(day)}});
  }
  return absl::OkStatus();
}

absl::StatusOr<Enrollment> Enrollments::Seat(record::Transaction& tx, const v1::Session& session, const std::string& employee) const {
  const std::string name = EnrollmentName(session.name(), employee);
  const absl::StatusOr<Enrollment> before = enrollments_.Lock(tx, name);
  if (!before.ok() && !absl::IsNotFound(before.status())) return before.status();
  if (before.ok() && before->state() != Enrollment::STATE_CANCELLED) return status::Error(status::kAlreadyExists, {{"name", name}});
  Enrollment enrollment = before.ok() ? *before : Enrollment();
  enrollment.set_name(name);
  enrollment.set_employee(employee);
  enrollment.set_state(Enrollment::STATE_ENROLLED);
  if (before.ok()) {
    RETURN_IF_ERROR(enrollments_.Update(tx, *before, enrollment, "enroll"));
  } else {
    RETURN_IF_ERROR(enrollments_.Insert(tx, enrollment, "enroll"));
  }
  RETURN_IF_ERROR(waiting_.Seat(tx, session.name(), employee));
  return enrollments_.Decorated(tx.sql, enrollment);
}

absl::Status Enrollments::GiveFreeSeats(record::Transaction& tx, const v1::Session& session) const {
  const absl::CivilDay day = time::ToDay(session.date());
  if (day <= absl::ToCivilDay(tx.call.now, zone_)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<v1::WaitingEntry> waiting, waiting_.WaitingFor(tx.sql, session.name()));
  if (waiting.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Attendance attendance, CountAttendance(tx.sql, session.name()));
  int64_t free = session.capacity() - attendance.enrolled;
  for (const v1::WaitingEntry& entry : waiting) {
    if (free <= 0) break;
    ASSIGN_OR_RETURN(const v1::Employee person, employees_.Find(tx.sql, entry.employee()));
    if (FirstInactivity(person, day, day)) continue;
    const absl::Status presupposed = CheckPrerequisites(tx, session, entry.employee());
    if (status::ReasonOf(presupposed) == kPrerequisiteMissing.id) continue;
    RETURN_IF_ERROR(presupposed);
    RETURN_IF_ERROR(Seat(tx, session, entry.employee()).status());
    --free;
  }
  return absl::OkStatus();
}

absl::StatusOr<Enrollment> Enrollments::Enroll(record::Transaction& tx, const v1::EnrollEmployeeRequest& request) {
  // Seats are taken one after the other, and first by those who waited and have become able to attend.
  ASSIGN_OR_RETURN(const v1::Session session, sessions_.Guard(tx, request.name()));
  RETURN_IF_ERROR(GiveFreeSeats(tx, session));
  const absl::StatusOr<Enrollment> before = enrollments_.Find(tx.sql, EnrollmentName(session.name(), request.employee()));
  if (before.ok() && before->state() != Enrollment::STATE_CANCELLED) {
    return status::Error(status::kAlreadyExists, {{"name", before->name()}});
  }
  RETURN_IF_ERROR(CheckSeat(tx, session, request.employee()));
  return Seat(tx, session, request.employee());
}

absl::StatusOr<Enrollment> Enrollments::Cancel(record::Transaction& tx, const v1::CancelEnrollmentRequest& request) {
  // The session before the enrollment, as whoever takes a seat does.
  const absl::StatusOr<v1::Session> session = sessions_.Guard(tx, record::ParentOf(request.name()));
  if (absl::IsNotFound(session.status())) return status::NotFound(request.name());
  RETURN_IF_ERROR(session.status());
  ASSIGN_OR_RETURN(const Enrollment cancelled, enrollments_.Change(tx, request, "cancel"));
  RETURN_IF_ERROR(GiveFreeSeats(tx, *session));
  return cancelled;
}

absl::StatusOr<v1::WaitingEntry> Enrollments::Join(record::Transaction& tx, const v1::JoinWaitingListRequest& request) {
  ASSIGN_OR_RETURN(const v1::Session session, sessions_.Guard(tx, request.name()));
  const absl::CivilDay day = time::ToDay(session.date());
  if (day <= absl::ToCivilDay(tx.call.now, zone_))
    return status::Error(kSessionOver, {{"name", session.name()}, {"date", time::DayText(day)}});
  RETURN_IF_ERROR(GiveFreeSeats(tx, session));
  const absl::StatusOr<Enrollment> seat = enrollments_.Find(tx.sql, EnrollmentName(session.name(), request.employee()));
  if (seat.ok() && seat->state() != Enrollment::STATE_CANCELLED) return status::Error(status::kAlreadyExists, {{"name", seat->name()}});
  ASSIGN_OR_RETURN(const v1::Employee person, employees_.Find(tx.sql, request.employee()));
  if (!EmployedOn(person, day)) return status::Error(kNotEmployed, {{"name", request.employee()}, {"date", time::DayText(day)}});
  ASSIGN_OR_RETURN(const Attendance attendance, CountAttendance(tx.sql, session.name()));
  if (attendance.enrolled < session.capacity()) {
    return status::Error(kSeatsLeft, {{"name", session.name()}, {"count", session.capacity() - attendance.enrolled}});
  }
  return waiting_.Add(tx, session.name(), request.employee());
}

absl::StatusOr<record::Step<Enrollment>> Enrollments::BeginResult(record::Transaction& tx, const v1::RecordResultRequest& request) const {
  const record::Target enrollment{EnrollmentName(request.name(), request.employee()), request.etag()};
  absl::StatusOr<record::Step<Enrollment>> step = enrollments_.Begin(tx, enrollment);
  if (absl::IsNotFound(step.status()) || (step.ok() && step->before.state() == Enrollment::STATE_CANCELLED)) {
    return status::Error(kNotEnrolled, {{"employee", request.employee()}, {"name", request.name()}});
  }
  RETURN_IF_ERROR(step.status());
  if (!step->before.certificate().empty()) {
    return status::Error(kCertificateIssued, {{"name", step->before.name()}, {"certificate", step->before.certificate()}});
  }
  RETURN_IF_ERROR(enrollments_.Advance(step->after, step->verb = "record_result"));
  return step;
}

absl::StatusOr<Enrollment> Enrollments::Record(record::Transaction& tx, const v1::RecordResultRequest& request) {
  // The session's day stays as it is read here.
  ASSIGN_OR_RETURN(const v1::Session session, sessions_.Guard(tx, request.name()));
  const absl::CivilDay day = time::ToDay(session.date());
  if (day > absl::ToCivilDay(tx.call.now, zone_))
    return status::Error(kSessionNotHeld, {{"name", session.name()}, {"date", time::DayText(day)}});
  ASSIGN_OR_RETURN(record::Step<Enrollment> step, BeginResult(tx, request));
  ASSIGN_OR_RETURN(const v1::Course course, courses_.Find(tx.sql, record::ParentOf(session.name())));
  const std::optional<int> score = request.has_score() ? std::optional<int>(request.score()) : std::nullopt;
  ASSIGN_OR_RETURN(const Enrollment::Outcome outcome, OutcomeOf(course, request.attended(), score));

  Enrollment& after = step.after;
  ClearResult(after);
  after.set_outcome(outcome);
  if (score) after.set_score(*score);
  after.set_recorder(tx.call.principal.name);
  *after.mutable_record_time() = time::ToTimestamp(tx.call.now);
  if (outcome == Enrollment::OUTCOME_PASSED) {
    ASSIGN_OR_RETURN(const v1::Certificate certificate,
                     certificates_.Issue(tx, MakeCertificate(course, after.employee(), after.name(), day)));
    after.set_certificate(certificate.name());
  }
  return enrollments_.Finish(tx, step);
}

absl::StatusOr<v1::Certificate> Enrollments::Revoke(record::Transaction& tx, const v1::RevokeCertificateRequest& request) {
  ASSIGN_OR_RETURN(const v1::Certificate certificate, certificates_.Revoke(tx, request));
  if (certificate.enrollment().empty()) return certificate;  // one from outside
  ASSIGN_OR_RETURN(record::Step<Enrollment> step, enrollments_.Begin(tx, record::Target(certificate.enrollment()), "void"));
  ClearResult(step.after);
  RETURN_IF_ERROR(enrollments_.Finish(tx, step).status());
  return certificate;
}

void Enrollments::Bind(record::Methods& methods) {
  methods.Reads(enrollments_);
  methods.Bind("EnrollEmployee", this, &Enrollments::Enroll);
  methods.Bind("CancelEnrollment", this, &Enrollments::Cancel);
  methods.Bind("RecordResult", this, &Enrollments::Record);
  methods.Bind("RevokeCertificate", this, &Enrollments::Revoke);
  methods.Bind("JoinWaitingList", this, &Enrollments::Join);
}

}  // namespace heitie::personnel
