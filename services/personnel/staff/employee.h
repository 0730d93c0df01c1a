// Employees: what holds of a person on a day follows from dated facts (policy H1).
#ifndef HEITIE_SERVICES_PERSONNEL_STAFF_EMPLOYEE_H_
#define HEITIE_SERVICES_PERSONNEL_STAFF_EMPLOYEE_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/absence_kind.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "services/personnel/staff/assignment.h"
#include "services/personnel/staff/teams.h"

namespace heitie::personnel {

struct DataSubjects;

extern const status::Reason kUnknownPosition;     // {position}
extern const status::Reason kOutsideEmployment;   // {name} {date}
extern const status::Reason kAbsenceOverlaps;     // {name} {start} {end}
extern const status::Reason kNoSuchAbsence;       // {name} {date}
extern const status::Reason kNotTerminated;       // {name}
extern const status::Reason kUnknownAbsenceKind;  // {kind}
extern const status::Reason kUnknownDeputy;       // {deputy}
extern const status::Reason kDeputyHerself;       // {name}
extern const status::Reason kDeputyNotAtWork;     // {deputy} {date}

// Where the employee stands on `day`; ACTIVE also before the hire date.
v1::Employee::State StateOn(const v1::Employee& employee, absl::CivilDay day);
bool EmployedOn(const v1::Employee& employee, absl::CivilDay day);

// A day on which an employee does not work, and why, in words.
struct Inactivity {
  absl::CivilDay day;
  std::string why;
};
// The first of the days `from` … `to` on which the employee does not work; nullopt when the employee works on all of them.
std::optional<Inactivity> FirstInactivity(const v1::Employee& employee, absl::CivilDay from, absl::CivilDay to);

// The deputy of the absence of that day; empty when there is no such absence or nobody is named.
std::string DeputyOn(const v1::Employee& employee, absl::CivilDay day);

// Adds an absence in its place. DATES_REVERSED, OUTSIDE_EMPLOYMENT, ABSENCE_OVERLAPS.
absl::Status AddAbsence(v1::Employee& employee, const v1::Absence& absence);
// Removes the absence that begins on `start`. NO_SUCH_ABSENCE.
absl::Status RemoveAbsence(v1::Employee& employee, absl::CivilDay start);
// Sets the last day, cuts off absences after it and drops assignments that would begin later. DATES_REVERSED.
absl::Status Terminate(v1::Employee& employee, absl::CivilDay last);
// Whether hire date, leave date and absences fit together. DATES_REVERSED, OUTSIDE_EMPLOYMENT.
absl::Status CheckDates(const v1::Employee& employee);

const record::StateMachine& EmployeeMachine();

// Thread-safe.
class Employees {
 public:
  // Days begin in the time zone of the context; where an employee stands follows from the day.
  Employees(const service::Context& context, const record::Kind<v1::Position>& positions,
            const record::Kind<v1::AbsenceKind>& absence_kinds);
  void Bind(record::Methods& methods);
  const record::Kind<v1::Employee>& kind() const { return employees_; }
  // Whoever held one of some positions on some day, or will. Reads the table once for each position.
  absl::StatusOr<People> HoldersOf(sql::Session& session, const std::set<std::string>& positions) const;
  // Who leads an employee on a day (SuperiorOn); nothing for a name that is no employee's, or nobody's on that day.
  absl::StatusOr<std::optional<Superior>> LeaderOf(sql::Session& session, const std::string& employee, absl::CivilDay day) const;
  // A manager of the department on a day (ManagerOn), none of `except`; empty when there is none.
  absl::StatusOr<std::string> ManagerOf(sql::Session& session, const std::string& department, absl::CivilDay day,
                                        const std::set<std::string>& except) const;
  // As TransferEmployee does, for what an assignment follows from, in its transaction. Its errors.
  absl::StatusOr<v1::Employee> Assign(record::Transaction& tx, const v1::TransferEmployeeRequest& request) const;
  const Teams& teams() const { return teams_; }
  // As whose data is held: whose employment has ended.
  DataSubjects Subjects() const;
  // What else is done when an employee is recorded (`before` is nullptr) or changed, in that transaction. Declared before the first change.
  using Consequence = std::function<absl::Status(record::Transaction&, const v1::Employee* before, const v1::Employee& after)>;
  void Follow(Consequence consequence) { consequences_.push_back(std::move(consequence)); }
  // As CreateEmployee does, of what has name, display name, position, department, hire date and superior. ALREADY_EXISTS and its errors.
  absl::StatusOr<v1::Employee> Hire(record::Transaction& tx, v1::Employee employee);
  // Moves the first day, and the first assignment along. ASSIGNMENT_IN_THE_WAY and the errors of UpdateEmployee.
  absl::StatusOr<v1::Employee> MoveHireDate(record::Transaction& tx, const std::string& name, absl::CivilDay day);

 private:
  absl::Status Create(record::Transaction& tx, v1::Employee& employee);
  absl::Status Update(record::Transaction& tx, const v1::Employee& before, v1::Employee& after);
  absl::StatusOr<v1::Employee> Transfer(record::Transaction& tx, const v1::TransferEmployeeRequest& request);
  absl::StatusOr<v1::Employee> CancelTransfer(record::Transaction& tx, const v1::CancelTransferRequest& request);
  absl::StatusOr<v1::ComputeSuperiorResponse> ComputeSuperior(const rpc::Call& call, const v1::ComputeSuperiorRequest& request);
  absl::StatusOr<v1::Employee> RecordAbsence(record::Transaction& tx, const v1::RecordAbsenceRequest& request);
  absl::StatusOr<v1::Employee> CancelAbsence(record::Transaction& tx, const v1::CancelAbsenceRequest& request);
  absl::StatusOr<v1::Employee> TerminateEmployee(record::Transaction& tx, const v1::TerminateEmployeeRequest& request);
  absl::StatusOr<v1::Employee> ReinstateEmployee(record::Transaction& tx, const v1::ReinstateEmployeeRequest& request);

  // Whether position and superior (empty: none) exist; `prefix` is that of their fields in the request. UNKNOWN_POSITION, UNKNOWN_SUPERIOR.
  absl::Status CheckNames(record::Transaction& tx, const std::string& prefix, const std::string& position,
                          const std::string& superior) const;
  // The employee and all who are above her on some day, as they are and will stay until the transaction ends.
  absl::StatusOr<People> GuardSuperiors(record::Transaction& tx, const v1::Employee& employee) const;
  // What a change of assignments or dates must leave right; the people of GuardSuperiors. CIRCLE_OF_SUPERIORS.
  absl::StatusOr<People> CheckCircles(record::Transaction& tx, const v1::Employee& after) const;
  // And SUPERIOR_NOT_EMPLOYED for who becomes a superior on a day.
  absl::Status CheckSuperiors(record::Transaction& tx, const v1::Employee& before, const v1::Employee& after) const;
  // A successor leads from today on, or stands in for the rest of an absence. Whoever would then lead or stand in for themself, or for
  // somebody above, does not: the department's manager leads, and nobody is the deputy.
  absl::Status Pass(record::Transaction& tx, const type::v1::HandOverRequest& request, const v1::Employee& before,
                    v1::Employee& after) const;
  // The positions whose holders lead a department.
  absl::StatusOr<std::set<std::string>> ManagersPosts(sql::Session& session) const;
  // DATES_REVERSED, UNKNOWN_ABSENCE_KIND, UNKNOWN_DEPUTY, DEPUTY_HERSELF, DEPUTY_NOT_AT_WORK.
  absl::Status CheckAbsence(record::Transaction& tx, const v1::RecordAbsenceRequest& request) const;
  // Stores what has become today's position, department, superior and deputies, of up to a thousand employees.
  job::Outcome ShowToday(const rpc::Call& call);
  absl::CivilDay DayOf(absl::Time time) const { return absl::ToCivilDay(time, zone_); }

  record::Store& store_;
  const time::Clock& clock_;
  const absl::TimeZone zone_;
  Teams teams_;
  record::Kind<v1::Employee> employees_;
  const record::Kind<v1::Position>& positions_;
  const record::Kind<v1::AbsenceKind>& absence_kinds_;
  std::vector<Consequence> consequences_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_STAFF_EMPLOYEE_H_
