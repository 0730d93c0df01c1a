// Who is qualified for what on which days (policy A1, H3; W1).
#ifndef HEITIE_SERVICES_PERSONNEL_TRAINING_QUALIFICATION_H_
#define HEITIE_SERVICES_PERSONNEL_TRAINING_QUALIFICATION_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/record/methods.h"
#include "heitie/personnel/v1/certificate.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/personnel/v1/qualification.pb.h"

namespace heitie::personnel {

// The days that are asked for, both included.
struct Span {
  absl::CivilDay first;
  absl::CivilDay last;
};

// What stands against `certificates` (issued, of `course`, of one employee) covering every day of `span`; nullopt when nothing does.
// Certificates that follow each other without a gap count as one.
std::optional<v1::Disqualification> JudgeCourse(const std::string& course, const std::vector<v1::Certificate>& certificates, Span span);

// Whether one of `certificates` (issued, of any course, of one employee) is of `course` and valid on `day`.
bool HoldsOn(const std::string& course, const std::vector<v1::Certificate>& certificates, absl::CivilDay day);

// Days on which an employee must hold a certificate of a course.
struct Demand {
  std::string course;
  Span span;
};
// What is demanded of an employee on the days of `span`: `courses` on all of them, and those of each position on the days on which she
// holds it. Days before the first count as the first's position, days after the last as the last's. `courses_of` says what a position
// demands.
std::vector<Demand> DemandsOf(const v1::Employee& employee, const std::vector<std::string>& courses,
                              const std::function<std::vector<std::string>(const std::string& position)>& courses_of, Span span);

// The judgement of an employee of whom this is demanded; `certificates` are the employee's issued ones, of any course. Each course stands
// against her once, with the first days that its certificates do not cover.
v1::EmployeeQualification JudgeDemands(const v1::Employee& employee, const std::vector<Demand>& demands,
                                       const std::vector<v1::Certificate>& certificates, Span span);
// The same of courses that are demanded on all days.
v1::EmployeeQualification JudgeEmployee(const v1::Employee& employee, const std::vector<std::string>& courses,
                                        const std::vector<v1::Certificate>& certificates, Span span);
// The judgement of a name that no employee has.
v1::EmployeeQualification JudgeUnknown(const std::string& employee);

// Fills the counts and the verdict from the judgements.
void Conclude(const v1::QualificationRequirement& requirement, v1::CheckQualificationResponse& response);

// Thread-safe.
class Qualifications {
 public:
  Qualifications(record::Store& store, const record::Kind<v1::Employee>& employees, const record::Kind<v1::Position>& positions,
                 const record::Kind<v1::Certificate>& certificates)
      : store_(store), employees_(employees), positions_(positions), certificates_(certificates) {}
  void Bind(record::Methods& methods);
  // The judgement of a request whose dates are in order.
  absl::StatusOr<v1::CheckQualificationResponse> Judge(sql::Session& sql, const v1::CheckQualificationRequest& request) const;
  // The same of many cases, by two readings whatever their number.
  absl::StatusOr<v1::CheckQualificationCasesResponse> Judge(sql::Session& sql, const v1::CheckQualificationCasesRequest& request) const;

 private:
  absl::StatusOr<v1::CheckQualificationResponse> Check(const rpc::Call& call, const v1::CheckQualificationRequest& request);
  absl::StatusOr<v1::CheckQualificationCasesResponse> CheckCases(const rpc::Call& call, const v1::CheckQualificationCasesRequest& request);

  record::Store& store_;
  const record::Kind<v1::Employee>& employees_;
  const record::Kind<v1::Position>& positions_;
  const record::Kind<v1::Certificate>& certificates_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_TRAINING_QUALIFICATION_H_
