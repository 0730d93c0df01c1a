#include "services/personnel/staff/employee.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/personnel/v1/session.pb.h"
#include "heitie/type/v1/holding.pb.h"
#include "services/personnel/privacy/data_subjects.h"

namespace heitie::personnel {

const status::Reason kUnknownPosition{absl::StatusCode::kInvalidArgument, "UNKNOWN_POSITION", "There is no position {position}.",
                                      "沒有職位 {position}。"};
const status::Reason kOutsideEmployment{absl::StatusCode::kFailedPrecondition, "OUTSIDE_EMPLOYMENT", "{name} is not employed on {date}.",
                                        "{name} 於 {date} 不在職。"};
const status::Reason kAbsenceOverlaps{absl::StatusCode::kFailedPrecondition, "ABSENCE_OVERLAPS",
                                      "{name} is already absent from {start} to {end}.", "{name} 於 {start} 至 {end} 已請假。"};
const status::Reason kNoSuchAbsence{absl::StatusCode::kFailedPrecondition, "NO_SUCH_ABSENCE",
                                    "{name} has no absence that begins on {date}.", "{name} 沒有於 {date} 開始的請假。"};
const status::Reason kUnknownAbsenceKind{absl::StatusCode::kInvalidArgument, "UNKNOWN_ABSENCE_KIND", "There is no kind of absence {kind}.",
                                         "沒有假別 {kind}。"};
const status::Reason kUnknownDeputy{absl::StatusCode::kInvalidArgument, "UNKNOWN_DEPUTY", "There is no employee {deputy}.",
                                    "沒有員工 {deputy}。"};
const status::Reason kDeputyHerself{absl::StatusCode::kInvalidArgument, "DEPUTY_HERSELF", "{name} cannot be their own deputy.",
                                    "{name} 不能代理自己。"};
const status::Reason kDeputyNotAtWork{absl::StatusCode::kFailedPrecondition, "DEPUTY_NOT_AT_WORK",
                                      "{deputy} cannot stand in: not at work on {date}.", "{deputy} 於 {date} 不在崗，不能代理。"};
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

constexpr absl::Duration kShowingInterval = absl::Minutes(1);
constexpr int kShownAtOnce = 1000;

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

std::string DeputyOn(const Employee& employee, absl::CivilDay day) {
  for (const v1::Absence& absence : employee.absences()) {
    if (First(absence) <= day && day <= Last(absence)) return absence.deputy();
  }
  return "";
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
  auto* assignments = employee.mutable_assignments();
  assignments->erase(
      std::remove_if(assignments->begin(), assignments->end(), [&](const v1::Assignment& a) { return time::ToDay(a.start_date()) > last; }),
      assignments->end());
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
                                    {Employee::STATE_ACTIVE, "transfer", Employee::STATE_ACTIVE},
                                    {Employee::STATE_ON_LEAVE, "transfer", Employee::STATE_ON_LEAVE},
                                    {Employee::STATE_ACTIVE, "cancel_transfer", Employee::STATE_ACTIVE},
                                    {Employee::STATE_ON_LEAVE, "cancel_transfer", Employee::STATE_ON_LEAVE},
                                    {Employee::STATE_ACTIVE, "terminate", Employee::STATE_LEFT, "after the leave date"},
                                    {Employee::STATE_ON_LEAVE, "terminate", Employee::STATE_LEFT, "after the leave date"},
                                    {Employee::STATE_ACTIVE, "reinstate", Employee::STATE_ACTIVE, "while a leave date is ahead"},
                                    {Employee::STATE_ON_LEAVE, "reinstate", Employee::STATE_ON_LEAVE, "while a leave date is ahead"},
                                    {Employee::STATE_LEFT, "reinstate", Employee::STATE_ACTIVE},
                                });
  return machine;
}

Employees::Employees(const service::Context& context, const record::Kind<v1::Position>& positions,
                     const record::Kind<v1::AbsenceKind>& absence_kinds)
    : store_(context.store),
      clock_(context.clock),
      zone_(context.time_zone),
      teams_(context),
      employees_(context.store, &EmployeeMachine()),
      positions_(positions),
      absence_kinds_(absence_kinds) {
  // That somebody is absent is everybody's business, for work is planned by it, and so is who holds which post; why is a matter between her
  // and who leads her.
  const record::Rule who_leads_her = record::Own("name") || record::Own("superior") || record::Holds(options::v1::ROLE_OPERATIONS_MANAGER);
  employees_.RestrictField("absences.reason", who_leads_her);
  employees_.RestrictField("absences.kind", who_leads_her);
  employees_.RestrictField("assignments.reason", who_leads_her);
  employees_.SetStateAt([this](const Employee& employee, const rpc::Call& call) { return StateOn(employee, DayOf(call.now)); });
  employees_.SetAllows([](const Employee& employee, const std::string& verb) {
    if (verb == "cancel_absence") return employee.absences_size() > 0;
    if (verb == "cancel_transfer") return employee.assignments_size() > 1;
    return verb != "reinstate" || employee.has_leave_date();
  });
  employees_.SetDecorator([this](sql::Session&, Employee& employee) {
    const absl::CivilDay today = DayOf(clock_.Now());
    employee.set_state(StateOn(employee, today));
    ShowDay(employee, today);
    return absl::OkStatus();
  });
  employees_.SetFollow([this](record::Transaction& tx, const Employee* before, const Employee* after) -> absl::Status {
    teams_.Changing();
    if (after == nullptr) return absl::OkStatus();
    for (const Consequence& consequence : consequences_) RETURN_IF_ERROR(consequence(tx, before, *after));
    return absl::OkStatus();
  });
  employees_.SetPassing([this](record::Transaction& tx, const type::v1::HandOverRequest& request, const Employee& before, Employee& after) {
    return Pass(tx, request, before, after);
  });
  context.jobs.Recur(
      "show-assignments", kShowingInterval, [this](const rpc::Call& call, const job::Job&) { return ShowToday(call); },
      job::Lane::kDeadlines);
}

absl::Status Employees::Create(record::Transaction& tx, Employee& employee) {
  RETURN_IF_ERROR(CheckNames(tx, "employee.", employee.position(), employee.superior()));
  Employee led_by_nobody = employee;
  led_by_nobody.clear_superior();
  CompleteAssignments(employee);
  employee.mutable_assignments(0)->set_recorder(tx.call.principal.name);
  *employee.mutable_assignments(0)->mutable_record_time() = time::ToTimestamp(tx.call.now);
  ShowDay(employee, DayOf(tx.call.now));
  return CheckSuperiors(tx, led_by_nobody, employee);
}

absl::Status Employees::Update(record::Transaction& tx, const Employee& before, Employee& after) {
  RETURN_IF_ERROR(CheckNames(tx, "employee.", after.position(), after.superior()));
  RETURN_IF_ERROR(CheckDates(after));
  const absl::CivilDay today = DayOf(tx.call.now);
  const bool moved = time::ToDay(before.hire_date()) != time::ToDay(after.hire_date());
  const bool corrected =
      before.position() != after.position() || before.department() != after.department() || before.superior() != after.superior();
  if (after.assignments().empty()) *after.add_assignments() = TermsOf(before).front().assignment;
  if (moved) RETURN_IF_ERROR(MoveFirstAssignment(after));
  if (corrected) {
    v1::Assignment& assignment = MutableAssignmentOn(after, today);
    // What the request leaves as it was may be yesterday's still (ShowToday), or empty after the last day.
    if (before.position() != after.position()) assignment.set_position(after.position());
    if (before.department() != after.department()) assignment.set_department(after.department());
    if (before.superior() != after.superior()) assignment.set_superior(after.superior());
    assignment.set_recorder(tx.call.principal.name);
    *assignment.mutable_record_time() = time::ToTimestamp(tx.call.now);
  }
  ShowDay(after, today);
  return moved || corrected ? CheckSuperiors(tx, before, after) : absl::OkStatus();
}

absl::StatusOr<Employee> Employees::Hire(record::Transaction& tx, Employee employee) {
  RETURN_IF_ERROR(Create(tx, employee));
  RETURN_IF_ERROR(employees_.Insert(tx, employee));
  return employee;
}

absl::StatusOr<Employee> Employees::MoveHireDate(record::Transaction& tx, const std::string& name, absl::CivilDay day) {
  ASSIGN_OR_RETURN(const Employee before, employees_.Lock(tx, name));
  Employee after = before;
  *after.mutable_hire_date() = time::ToDate(day);
  RETURN_IF_ERROR(Update(tx, before, after));
  RETURN_IF_ERROR(employees_.Update(tx, before, after, "update"));
  return after;
}

absl::Status Employees::CheckNames(record::Transaction& tx, const std::string& prefix, const std::string& position,
                                   const std::string& superior) const {
  status::BadFields bad;
  const absl::Status post = positions_.Find(tx.sql, position).status();
  if (absl::IsNotFound(post)) {
    bad.Add(prefix + "position", kUnknownPosition, {{"position", position}});
  } else {
    RETURN_IF_ERROR(post);
  }
  if (!superior.empty()) {
    const absl::Status person = employees_.Find(tx.sql, superior).status();
    if (absl::IsNotFound(person)) {
      bad.Add(prefix + "superior", kUnknownSuperior, {{"superior", superior}});
    } else {
      RETURN_IF_ERROR(person);
    }
  }
  return bad.status();
}

// A circle that two transactions would close together has a step of each, so each of them meets the other's row on its way up. That row is
// changed here, so one of them waits, or is undone and run again, and finds the circle.
absl::StatusOr<People> Employees::GuardSuperiors(record::Transaction& tx, const Employee& employee) const {
  People people = {{employee.name(), employee}};
  std::vector<Employee> below = {employee};
  while (!below.empty()) {
    const Employee at = std::move(below.back());
    below.pop_back();
    for (const Term& term : TermsOf(at)) {
      const std::string& name = term.assignment.superior();
      if (name.empty() || people.count(name) > 0) continue;
      ASSIGN_OR_RETURN(Employee superior, employees_.Guard(tx, name));
      below.push_back(superior);
      people.emplace(name, std::move(superior));
    }
  }
  return people;
}

absl::StatusOr<People> Employees::CheckCircles(record::Transaction& tx, const Employee& after) const {
  ASSIGN_OR_RETURN(People people, GuardSuperiors(tx, after));
  if (const std::optional<Circle> circle = FindCircle(people)) {
    return status::Error(kCircleOfSuperiors, {{"date", time::DayText(circle->day)}, {"path", absl::StrJoin(circle->path, " → ")}});
  }
  return people;
}

absl::Status Employees::CheckSuperiors(record::Transaction& tx, const Employee& before, const Employee& after) const {
  ASSIGN_OR_RETURN(const People people, CheckCircles(tx, after));
  const std::optional<Unled> unled = FirstUnled(before, after, people);
  if (!unled) return absl::OkStatus();
  return status::Error(kSuperiorNotEmployed, {{"superior", unled->superior}, {"date", time::DayText(unled->day)}});
}

absl::StatusOr<Employee> Employees::Transfer(record::Transaction& tx, const v1::TransferEmployeeRequest& request) {
  return Assign(tx, request);
}

absl::StatusOr<Employee> Employees::Assign(record::Transaction& tx, const v1::TransferEmployeeRequest& request) const {
  return employees_.Change(tx, request, "transfer", [&](const Employee& before, Employee& after) -> absl::Status {
    v1::Assignment assignment;
    *assignment.mutable_start_date() = request.start_date();
    assignment.set_position(request.position());
    assignment.set_department(request.department());
    assignment.set_superior(request.superior());
    assignment.set_reason(request.reason());
    assignment.set_recorder(tx.call.principal.name);
    *assignment.mutable_record_time() = time::ToTimestamp(tx.call.now);
    RETURN_IF_ERROR(CheckNames(tx, "", request.position(), request.superior()));
    RETURN_IF_ERROR(PutAssignment(after, assignment));
    ShowDay(after, DayOf(tx.call.now));
    return CheckSuperiors(tx, before, after);
  });
}

absl::StatusOr<Employee> Employees::CancelTransfer(record::Transaction& tx, const v1::CancelTransferRequest& request) {
  return employees_.Change(tx, request, "cancel_transfer", [&](const Employee& before, Employee& after) -> absl::Status {
    RETURN_IF_ERROR(RemoveAssignment(after, time::ToDay(request.start_date())));
    ShowDay(after, DayOf(tx.call.now));
    return CheckSuperiors(tx, before, after);
  });
}

absl::StatusOr<std::optional<Superior>> Employees::LeaderOf(sql::Session& session, const std::string& name, absl::CivilDay day) const {
  const absl::StatusOr<Employee> employee = employees_.Find(session, name);
  if (absl::IsNotFound(employee.status())) return std::nullopt;
  RETURN_IF_ERROR(employee.status());
  const std::optional<v1::Assignment> assignment = AssignmentOn(*employee, day);
  if (!assignment) return std::nullopt;
  People people;
  if (!assignment->superior().empty()) {
    ASSIGN_OR_RETURN(people[assignment->superior()], employees_.Find(session, assignment->superior()));
  }
  if (const std::optional<Superior> superior = SuperiorOn(*employee, day, people, {})) return superior;
  ASSIGN_OR_RETURN(const std::set<std::string> managers, ManagersPosts(session));
  ASSIGN_OR_RETURN(people, HoldersOf(session, managers));
  return SuperiorOn(*employee, day, people, managers);
}

absl::StatusOr<std::string> Employees::ManagerOf(sql::Session& session, const std::string& department, absl::CivilDay day,
                                                 const std::set<std::string>& except) const {
  ASSIGN_OR_RETURN(const std::set<std::string> managers, ManagersPosts(session));
  ASSIGN_OR_RETURN(People people, HoldersOf(session, managers));
  for (const std::string& name : except) people.erase(name);
  return ManagerOn(department, day, people, managers, "").value_or("");
}

absl::StatusOr<v1::ComputeSuperiorResponse> Employees::ComputeSuperior(const rpc::Call& call, const v1::ComputeSuperiorRequest& request) {
  const absl::CivilDay day = request.has_date() ? time::ToDay(request.date()) : DayOf(call.now);
  v1::ComputeSuperiorResponse response;
  *response.mutable_date() = time::ToDate(day);
  ASSIGN_OR_RETURN(const std::optional<Superior> superior,
                   store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<std::optional<Superior>> {
                     RETURN_IF_ERROR(employees_.Find(session, request.name()).status());
                     return LeaderOf(session, request.name(), day);
                   }));
  if (!superior) return response;
  response.set_superior(superior->name);
  response.set_stand_in(superior->stand_in);
  return response;
}

absl::Status Employees::Pass(record::Transaction& tx, const type::v1::HandOverRequest& request, const Employee& before,
                             Employee& after) const {
  const absl::CivilDay today = DayOf(tx.call.now);
  const auto with = [&](const std::string& successor) -> absl::StatusOr<Employee> {
    Employee passed = before;
    if (request.field() != "superior") {
      for (v1::Absence& absence : *passed.mutable_absences()) {
        if (Last(absence) >= today && absence.deputy() == request.employee()) absence.set_deputy(successor);
      }
      ShowDay(passed, today);
      return passed;
    }
    CompleteAssignments(passed);
    for (v1::Assignment& planned : *passed.mutable_assignments()) {
      if (time::ToDay(planned.start_date()) > today && planned.superior() == request.employee()) planned.set_superior(successor);
    }
    if (const std::optional<v1::Assignment> present = AssignmentOn(before, today); present && present->superior() == request.employee()) {
      v1::Assignment assignment = *present;
      *assignment.mutable_start_date() = time::ToDate(today);
      assignment.set_superior(successor);
      assignment.set_reason(request.reason());
      assignment.set_recorder(tx.call.principal.name);
      *assignment.mutable_record_time() = time::ToTimestamp(tx.call.now);
      RETURN_IF_ERROR(PutAssignment(passed, assignment));
    } else if (today < time::ToDay(before.hire_date()) && passed.assignments(0).superior() == request.employee()) {
      passed.mutable_assignments(0)->set_superior(successor);
    }
    ShowDay(passed, today);
    RETURN_IF_ERROR(CheckSuperiors(tx, before, passed));
    return passed;
  };
  absl::StatusOr<Employee> passed = with(request.successor() == before.name() ? "" : request.successor());
  if (absl::IsFailedPrecondition(passed.status())) passed = with("");
  RETURN_IF_ERROR(passed.status());
  after = *std::move(passed);
  return absl::OkStatus();
}

absl::StatusOr<std::set<std::string>> Employees::ManagersPosts(sql::Session& session) const {
  ASSIGN_OR_RETURN(const std::vector<v1::Position> positions, positions_.Select(session, "ORDER BY name"));
  std::set<std::string> managers;
  for (const v1::Position& position : positions) {
    const auto& roles = position.roles();
    if (std::find(roles.begin(), roles.end(), options::v1::ROLE_OPERATIONS_MANAGER) != roles.end()) managers.insert(position.name());
  }
  return managers;
}

absl::StatusOr<People> Employees::HoldersOf(sql::Session& session, const std::set<std::string>& positions) const {
  People people;
  for (const std::string& position : positions) {
    // A name holds nothing that LIKE or JSON would read otherwise. A row of a version before assignments has its position's column alone.
    ASSIGN_OR_RETURN(std::vector<Employee> holders, employees_.Select(session, "WHERE assignments LIKE ? OR position = ?",
                                                                      {absl::StrCat("%\"", position, "\"%"), position}));
    for (Employee& holder : holders) people.emplace(holder.name(), std::move(holder));
  }
  return people;
}

// One by one: a row that cannot be changed, for example one of a newer version, holds up nobody else's.
job::Outcome Employees::ShowToday(const rpc::Call& call) {
  const absl::CivilDay today = DayOf(call.now);
  const absl::StatusOr<std::vector<Employee>> due = store_.Read(call, [&](sql::Session& session) {
    return employees_.Select(session, "WHERE change_date <= ? ORDER BY change_date, name LIMIT ?",
                             {time::DayText(today), int64_t{kShownAtOnce}});
  });
  if (!due.ok()) return job::Outcome::Failed(due.status());
  absl::Status failure;
  for (const Employee& found : *due) {
    failure.Update(store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const Employee before, employees_.Lock(tx, found.name()));
      Employee after = before;
      ShowDay(after, today);
      return employees_.Update(tx, before, after, "take_up");
    }));
  }
  if (!failure.ok()) return job::Outcome::Failed(failure);
  return due->size() < kShownAtOnce ? job::Outcome::Done() : job::Outcome::Again(call.now);
}

absl::Status Employees::CheckAbsence(record::Transaction& tx, const v1::RecordAbsenceRequest& request) const {
  const v1::Absence& absence = request.absence();
  status::BadFields bad;
  if (Last(absence) < First(absence)) {
    bad.Add("absence.end_date", status::kDatesReversed, {{"start", time::DayText(First(absence))}, {"end", time::DayText(Last(absence))}});
  }
  if (!absence.kind().empty()) {
    const absl::Status found = absence_kinds_.Find(tx.sql, absence.kind()).status();
    if (absl::IsNotFound(found)) {
      bad.Add("absence.kind", kUnknownAbsenceKind, {{"kind", absence.kind()}});
    } else {
      RETURN_IF_ERROR(found);
    }
  }
  std::optional<Inactivity> inactivity;
  if (absence.deputy() == request.name()) {
    bad.Add("absence.deputy", kDeputyHerself, {{"name", request.name()}});
  } else if (!absence.deputy().empty()) {
    const absl::StatusOr<Employee> deputy = employees_.Find(tx.sql, absence.deputy());
    if (absl::IsNotFound(deputy.status())) {
      bad.Add("absence.deputy", kUnknownDeputy, {{"deputy", absence.deputy()}});
    } else {
      RETURN_IF_ERROR(deputy.status());
      inactivity = FirstInactivity(*deputy, First(absence), Last(absence));
    }
  }
  RETURN_IF_ERROR(bad.status());
  if (!inactivity) return absl::OkStatus();
  return status::Error(kDeputyNotAtWork, {{"deputy", absence.deputy()}, {"date", time::DayText(inactivity->day)}});
}

absl::StatusOr<Employee> Employees::RecordAbsence(record::Transaction& tx, const v1::RecordAbsenceRequest& request) {
  return employees_.Change(tx, request, "record_absence", [&](Employee& employee) -> absl::Status {
    RETURN_IF_ERROR(CheckAbsence(tx, request));
    RETURN_IF_ERROR(AddAbsence(employee, request.absence()));
    ShowDay(employee, DayOf(tx.call.now));
    return absl::OkStatus();
  });
}

absl::StatusOr<Employee> Employees::CancelAbsence(record::Transaction& tx, const v1::CancelAbsenceRequest& request) {
  return employees_.Change(tx, request, "cancel_absence", [&](Employee& employee) -> absl::Status {
    RETURN_IF_ERROR(RemoveAbsence(employee, time::ToDay(request.start_date())));
    ShowDay(employee, DayOf(tx.call.now));
    return absl::OkStatus();
  });
}

absl::StatusOr<Employee> Employees::TerminateEmployee(record::Transaction& tx, const v1::TerminateEmployeeRequest& request) {
  return employees_.Change(tx, request, "terminate", [&](Employee& employee) -> absl::Status {
    RETURN_IF_ERROR(Terminate(employee, time::ToDay(request.leave_date())));
    ShowDay(employee, DayOf(tx.call.now));
    return CheckCircles(tx, employee).status();
  });
}

absl::StatusOr<Employee> Employees::ReinstateEmployee(record::Transaction& tx, const v1::ReinstateEmployeeRequest& request) {
  return employees_.Change(tx, request, "reinstate", [&](Employee& employee) -> absl::Status {
    if (!employee.has_leave_date()) return status::Error(kNotTerminated, {{"name", employee.name()}});
    employee.clear_leave_date();
    ShowDay(employee, DayOf(tx.call.now));
    return CheckCircles(tx, employee).status();
  });
}

DataSubjects Employees::Subjects() const {
  DataSubjects subjects;
  subjects.collection = "employees";
  subjects.purpose = "employment";
  subjects.through_last_day = true;
  subjects.ended = [this](sql::Session& session, const std::string& person,
                          absl::CivilDay) -> absl::StatusOr<std::optional<absl::CivilDay>> {
    // Nobody takes the employee back meanwhile.
    ASSIGN_OR_RETURN(const std::vector<Employee> found, employees_.Select(session, "WHERE name = ? FOR UPDATE", sql::Bind(person)));
    if (found.empty()) return status::NotFound(person);
    if (!found[0].has_leave_date()) return std::optional<absl::CivilDay>();
    return std::optional<absl::CivilDay>(time::ToDay(found[0].leave_date()));
  };
  subjects.unfiled = [](sql::Session& session, absl::CivilDay today, int limit) -> absl::StatusOr<std::vector<std::string>> {
    std::vector<std::string> names;
    RETURN_IF_ERROR(session.Query(
        "SELECT name FROM employees WHERE leave_date < ? AND NOT EXISTS (SELECT 1 FROM personal_files WHERE person = employees.name) "
        "ORDER BY name LIMIT ?",
        sql::Bind(time::DayText(today), limit), [&](const sql::Row& row) { names.push_back(row.Text(0)); }));
    return names;
  };
  subjects.erase = [this](record::Transaction& tx, const std::string& person) -> absl::Status {
    ASSIGN_OR_RETURN(const Employee before, employees_.Lock(tx, person));
    Employee after = before;
    after.clear_display_name();
    for (v1::Absence& absence : *after.mutable_absences()) {
      absence.clear_reason();
      absence.clear_kind();
    }
    for (v1::Assignment& assignment : *after.mutable_assignments()) assignment.clear_reason();
    *after.mutable_erase_time() = time::ToTimestamp(tx.call.now);
    return employees_.Update(tx, before, after, "erase");
  };
  return subjects;
}

void Employees::Bind(record::Methods& methods) {
  methods.Reads(employees_);
  methods.Creates(employees_, this, &Employees::Create);
  methods.Updates(employees_, this, &Employees::Update);
  methods.Bind("TransferEmployee", this, &Employees::Transfer);
  methods.Bind("CancelTransfer", this, &Employees::CancelTransfer);
  methods.Bind("ComputeSuperior", this, &Employees::ComputeSuperior);
  methods.Bind("RecordAbsence", this, &Employees::RecordAbsence);
  methods.Bind("CancelAbsence", this, &Employees::CancelAbsence);
  methods.Bind("TerminateEmployee", this, &Employees::TerminateEmployee);
  methods.Bind("ReinstateEmployee", this, &Employees::ReinstateEmployee);
}

}  // namespace heitie::personnel
