#include "services/personnel/staff/employee.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/personnel/v1/session.pb.h"

namespace heitie::personnel {

const status::Reason kUnknownPosition{absl::StatusCode::kInvalidArgument, "UNKNOWN_POSITION", "There is no position {position}.",
                                      "沒有崗位 {position}。"};
const status::Reason kOutsideEmployment{absl::StatusCode::kFailedPrecondition, "OUTSIDE_EMPLOYMENT", "{name} is not employed on {date}.",
                                        "{name} 於 {date} 不在職。"};
const status::Reason kAbsenceOverlaps{absl::StatusCode::kFailedPrecondition, "ABSENCE_OVERLAPS",
                                      "{name} is already absent from {start} to {end}.", "{name} 於 {start} 至 {end} 已請假。"};
const status::Reason kNoSuchAbsence{absl::StatusCode::kFailedPrecondition, "NO_SUCH_ABSENCE",
                                    "{name} has no absence that begins on {date}.", "{name} 沒有於 {date} 開始的請假。"};
const status::Reason kNotTerminated{absl::StatusCode::kFailedPrecondition, "NOT_TERMINATED", "{name} has no leave date.",
                                    "{name} 沒有離職日期。"};

namespace {

using v1::Employee;

absl::CivilDay First(const v1::Absence& absence) { return time::ToDay(absence.start_date()); }
absl::CivilDay Last(const v1::Absence& absence) { return time::ToDay(absence.end_date()); }

absl::Status Reversed(const std::string& field, absl::CivilDay start, absl::CivilDay end) {
  status::BadFields bad;
  bad.Add(field, status::kDatesReversed, {{"start", time::DayText(start)}, {"end", time::DayText(end)}});
  return bad.status();
}

absl::Status Outside(const Employee& employee, absl::CivilDay day) {
  return status::Error(kOutsideEmployment, {{"name", employee.name()}, {"date", time::DayText(day)}});
}

absl::Status CheckWithinEmployment(const Employee& employee, const v1::Absence& absence) {
  if (!EmployedOn(employee, First(absence))) return Outside(employee, First(absence));
  if (!EmployedOn(employee, Last(absence))) return Outside(employee, Last(absence));
  return absl::OkStatus();
}

}  // namespace

bool EmployedOn(const Employee& employee, absl::CivilDay day) {
  return day >= time::ToDay(employee.hire_date()) && !(employee.has_leave_date() && day > time::ToDay(employee.leave_date()));
}

Employee::State StateOn(const Employee& employee, absl::CivilDay day) {
  if (employee.has_leave_date() && day > time::ToDay(employee.leave_date())) return Employee::STATE_LEFT;
  const bool absent = std::any_of(employee.absences().begin(), employee.absences().end(),
                                  [&](const v1::Absence& a) { return First(a) <= day && day <= Last(a); });
  return absent ? Employee::STATE_ON_LEAVE : Employee::STATE_ACTIVE;
}

std::optional<Inactivity> FirstInactivity(const Employee& employee, absl::CivilDay from, absl::CivilDay to) {
  const absl::CivilDay hired = time::ToDay(employee.hire_date());
  if (from < hired) return Inactivity{from, absl::StrCat("hired from ", time::DayText(hired))};
  std::optional<Inactivity> first;
  const auto consider = [&](absl::CivilDay begin, std::string why) {
    begin = std::max(begin, from);
    if (begin <= to && (!first || begin < first->day)) first = Inactivity{begin, std::move(why)};
  };
  for (const v1::Absence& absence : employee.absences()) {
    if (Last(absence) >= from)
      consider(First(absence), absl::StrCat("on leave from ", time::DayText(First(absence)), " to ", time::DayText(Last(absence))));
  }
  if (employee.has_leave_date()) {
    const absl::CivilDay last = time::ToDay(employee.leave_date());
    consider(last + 1, absl::StrCat("employed until ", time::DayText(last)));
  }
  return first;
}

absl::Status AddAbsence(Employee& employee, const v1::Absence& absence) {
  if (Last(absence) < First(absence)) return Reversed("absence.end_date", First(absence), Last(absence));
  RETURN_IF_ERROR(CheckWithinEmployment(employee, absence));
  auto* absences = employee.mutable_absences();
  for (const v1::Absence& other : *absences) {
    if (First(other) <= Last(absence) && First(absence) <= Last(other)) {
      return status::Error(kAbsenceOverlaps,
                           {{"name", employee.name()}, {"start", time::DayText(First(other))}, {"end", time::DayText(Last(other))}});
    }
  }
  *absences->Add() = absence;
  std::sort(absences->begin(), absences->end(), [](const v1::Absence& a, const v1::Absence& b) { return First(a) < First(b); });
  return absl::OkStatus();
}

absl::Status RemoveAbsence(Employee& employee, absl::CivilDay start) {
  auto* absences = employee.mutable_absences();
  const auto it = std::find_if(absences->begin(), absences->end(), [&](const v1::Absence& a) { return First(a) == start; });
  if (it == absences->end()) return status::Error(kNoSuchAbsence, {{"name", employee.name()}, {"date", time::DayText(start)}});
  absences->erase(it);
  return absl::OkStatus();
}

absl::Status Terminate(Employee& employee, absl::CivilDay last) {
  const absl::CivilDay hired = time::ToDay(employee.hire_date());
  if (last < hired) return Reversed("leave_date", hired, last);
  *employee.mutable_leave_date() = time::ToDate(last);
  auto* absences = employee.mutable_absences();
  absences->erase(std::remove_if(absences->begin(), absences->end(), [&](const v1::Absence& a) { return First(a) > last; }),
                  absences->end());
  for (v1::Absence& absence : *absences) {
    if (Last(absence) > last) *absence.mutable_end_date() = time::ToDate(last);
  }
  return absl::OkStatus();
}

absl::Status CheckDates(const Employee& employee) {
  const absl::CivilDay hired = time::ToDay(employee.hire_date());
  if (employee.has_leave_date() && time::ToDay(employee.leave_date()) < hired)
    return Reversed("employee.hire_date", hired, time::ToDay(employee.leave_date()));
  for (const v1::Absence& absence : employee.absences()) RETURN_IF_ERROR(CheckWithinEmployment(employee, absence));
  return absl::OkStatus();
}

const record::StateMachine& EmployeeMachine() {
  static const auto& machine =
      *new record::StateMachine(Employee::State_descriptor(),
                                {
                                    {Employee::STATE_ACTIVE, "record_absence", Employee::STATE_ON_LEAVE, "on the days of the absence"},
                                    {Employee::STATE_ON_LEAVE, "record_absence", Employee::STATE_ON_LEAVE, "on the days of the absence"},
                                    {Employee::STATE_ACTIVE, "cancel_absence", Employee::STATE_ACTIVE},
                                    {Employee::STATE_ON_LEAVE, "cancel_absence", Employee::STATE_ACTIVE},
                                    {Employee::STATE_ACTIVE, "terminate", Employee::STATE_LEFT, "after the leave date"},
                                    {Employee::STATE_ON_LEAVE, "terminate", Employee::STATE_LEFT, "after the leave date"},
                                    {Employee::STATE_ACTIVE, "reinstate", Employee::STATE_ACTIVE, "while a leave date is ahead"},
                                    {Employee::STATE_ON_LEAVE, "reinstate", Employee::STATE_ON_LEAVE, "while a leave date is ahead"},
                                    {Employee::STATE_LEFT, "reinstate", Employee::STATE_ACTIVE},
                                });
  return machine;
}

Employees::Employees(record::Store& store, const time::Clock& clock, absl::TimeZone zone, const record::Kind<v1::Position>& positions)
    : clock_(clock), zone_(zone), employees_(store, &EmployeeMachine()), positions_(positions) {
  // That somebody is absent is everybody's business, for work is planned by it; why is a matter between her and who leads her.
  employees_.RestrictField("absences.reason", record::Own("name") || record::Holds(options::v1::ROLE_OPERATIONS_MANAGER));
  employees_.SetStateAt(
      [this](const Employee& employee, const rpc::Call& call) { return StateOn(employee, absl::ToCivilDay(call.now, zone_)); });
  employees_.SetDecorator([this](sql::Session&, Employee& employee) {
    employee.set_state(StateOn(employee, absl::ToCivilDay(clock_.Now(), zone_)));
    return absl::OkStatus();
  });
}

absl::Status Employees::Create(record::Transaction& tx, Employee& employee) { return CheckPosition(tx, employee); }

absl::Status Employees::Update(record::Transaction& tx, const Employee&, Employee& after) {
  RETURN_IF_ERROR(CheckPosition(tx, after));
  return CheckDates(after);
}

absl::Status Employees::CheckPosition(record::Transaction& tx, const Employee& employee) const {
  const absl::Status found = positions_.Find(tx.sql, employee.position()).status();
  if (!absl::IsNotFound(found)) return found;
  status::BadFields bad;
  bad.Add("employee.position", kUnknownPosition, {{"position", employee.position()}});
  return bad.status();
}

absl::StatusOr<Employee> Employees::RecordAbsence(record::Transaction& tx, const v1::RecordAbsenceRequest& request) {
  return employees_.Change(tx, request, "record_absence", [&](Employee& employee) { return AddAbsence(employee, request.absence()); });
}

absl::StatusOr<Employee> Employees::CancelAbsence(record::Transaction& tx, const v1::CancelAbsenceRequest& request) {
  return employees_.Change(tx, request, "cancel_absence",
                           [&](Employee& employee) { return RemoveAbsence(employee, time::ToDay(request.start_date())); });
}

absl::StatusOr<Employee> Employees::TerminateEmployee(record::Transaction& tx, const v1::TerminateEmployeeRequest& request) {
  return employees_.Change(tx, request, "terminate",
                           [&](Employee& employee) { return Terminate(employee, time::ToDay(request.leave_date())); });
}

absl::StatusOr<Employee> Employees::ReinstateEmployee(record::Transaction& tx, const v1::ReinstateEmployeeRequest& request) {
  return employees_.Change(tx, request, "reinstate", [&](Employee& employee) {
    if (!employee.has_leave_date()) return status::Error(kNotTerminated, {{"name", employee.name()}});
    employee.clear_leave_date();
    return absl::OkStatus();
  });
}

void Employees::Bind(record::Methods& methods) {
  methods.Reads(employees_);
  methods.Creates(employees_, this, &Employees::Create);
  methods.Updates(employees_, this, &Employees::Update);
  methods.Bind("RecordAbsence", this, &Employees::RecordAbsence);
  methods.Bind("CancelAbsence", this, &Employees::CancelAbsence);
  methods.Bind("TerminateEmployee", this, &Employees::TerminateEmployee);
  methods.Bind("ReinstateEmployee", this, &Employees::ReinstateEmployee);
}

}  // namespace heitie::personnel
