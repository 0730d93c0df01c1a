#include "services/personnel/training/qualification.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"
#include "heitie/personnel/v1/certificate.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/personnel/v1/qualification.pb.h"
#include "heitie/personnel/v1/session.pb.h"
#include "heitie/type/v1/fact.pb.h"
#include "services/personnel/staff/employee.h"

namespace heitie::personnel {
namespace {

using v1::Certificate;
using v1::Disqualification;
using v1::Employee;

absl::CivilDay Begin(const Certificate& certificate) { return time::ToDay(certificate.valid_from()); }
absl::CivilDay End(const Certificate& certificate) {
  return certificate.has_valid_until() ? time::ToDay(certificate.valid_until()) : absl::CivilDay::max();
}

// The positions held on the days of `span`, in order and without a gap; outside of the employment the nearest one counts.
std::vector<std::pair<std::string, Span>> PositionsOn(const Employee& employee, Span span) {
  std::vector<std::pair<std::string, Span>> held;
  const std::vector<Term> terms = TermsOf(employee);
  for (size_t i = 0; i < terms.size(); ++i) {
    const Span days{i == 0 ? span.first : std::max(span.first, terms[i].first),
                    i + 1 == terms.size() ? span.last : std::min(span.last, terms[i].last)};
    if (days.last < days.first) continue;
    if (!held.empty() && held.back().first == terms[i].assignment.position()) {
      held.back().second.last = days.last;
    } else {
      held.emplace_back(terms[i].assignment.position(), days);
    }
  }
  return held;
}

Disqualification Make(Disqualification::Reason reason, const std::string& course, std::optional<absl::CivilDay> date,
                      std::string statement) {
  Disqualification disqualification;
  disqualification.set_reason(reason);
  disqualification.set_course(course);
  if (date) *disqualification.mutable_date() = time::ToDate(*date);
  disqualification.set_statement(std::move(statement));
  return disqualification;
}

// The positions on the days that are asked for, each with its last day but for the last one.
std::string PositionsOf(const Employee& employee, Span span) {
  std::vector<std::string> texts;
  for (const auto& [position, days] : PositionsOn(employee, span))
    texts.push_back(days.last < span.last ? absl::StrCat(position, " until ", time::DayText(days.last)) : position);
  return absl::StrJoin(texts, ", ");
}

type::v1::Fact FactOf(const Employee& employee, Span span) {
  type::v1::Fact fact;
  fact.set_subject(employee.name());
  fact.set_version(employee.etag());
  fact.set_statement(
      absl::StrCat("employed from ", time::DayText(time::ToDay(employee.hire_date())),
                   employee.has_leave_date() ? absl::StrCat(" until ", time::DayText(time::ToDay(employee.leave_date()))) : std::string(),
                   " as ", PositionsOf(employee, span), ", absences recorded: ", employee.absences_size()));
  return fact;
}

type::v1::Fact FactOf(const Certificate& certificate) {
  type::v1::Fact fact;
  fact.set_subject(certificate.name());
  fact.set_version(certificate.etag());
  fact.set_statement(
      absl::StrCat(certificate.course(), " valid from ", time::DayText(Begin(certificate)),
                   certificate.has_valid_until() ? absl::StrCat(" until ", time::DayText(End(certificate))) : std::string(" on")));
  return fact;
}

// "?, ?, ?" for `values`, padded with repetitions to a power of two so that few statements are prepared.
std::string Placeholders(sql::Values& values) {
  size_t size = 1;
  while (size < values.size()) size *= 2;
  values.resize(size, values.back());
  return sql::Placeholders(size);
}

template <typename Names>
sql::Values ValuesOf(const Names& names) {
  sql::Values values;
  for (const std::string& name : names) values.push_back(name);
  return values;
}

template <typename T, typename Names>
absl::StatusOr<std::map<std::string, T>> FindAll(const record::Kind<T>& kind, sql::Session& sql, const Names& names) {
  std::map<std::string, T> found;
  if (names.empty()) return found;
  sql::Values values = ValuesOf(names);
  const std::string marks = Placeholders(values);
  ASSIGN_OR_RETURN(std::vector<T> rows, kind.Select(sql, absl::StrCat("WHERE name IN (", marks, ")"), values));
  for (T& row : rows) found.emplace(row.name(), std::move(row));
  return found;
}

// What a check reads.
struct Facts {
  std::map<std::string, Employee> employees;
  std::map<std::string, v1::Position> positions;
  std::map<std::string, std::vector<Certificate>> certificates;  // by employee
};

}  // namespace

std::optional<Disqualification> JudgeCourse(const std::string& course, const std::vector<Certificate>& certificates, Span span) {
  std::vector<const Certificate*> sorted;
  sorted.reserve(certificates.size());
  for (const Certificate& certificate : certificates) sorted.push_back(&certificate);
  std::sort(sorted.begin(), sorted.end(), [](const Certificate* a, const Certificate* b) { return Begin(*a) < Begin(*b); });
  std::optional<absl::CivilDay> covered;  // The last day covered without a gap, or before `span` begins.
  for (const Certificate* certificate : sorted) {
    const absl::CivilDay wanted = std::max(span.first, covered ? *covered + 1 : span.first);
    if (Begin(*certificate) > wanted) break;
    if (End(*certificate) >= span.last) return std::nullopt;
    if (!covered || End(*certificate) > *covered) covered = End(*certificate);
  }
  if (!covered) return Make(Disqualification::REASON_MISSING_CERTIFICATE, course, std::nullopt, absl::StrCat("no certificate of ", course));
  return Make(Disqualification::REASON_CERTIFICATE_EXPIRES, course, covered,
              absl::StrCat("certificate of ", course, " valid until ", time::DayText(*covered)));
}

std::vector<Demand> DemandsOf(const Employee& employee, const std::vector<std::string>& courses,
                              const std::function<std::vector<std::string>(const std::string& position)>& courses_of, Span span) {
  std::vector<Demand> demands;
  for (const std::string& course : courses) demands.push_back({course, span});
  std::map<std::string, size_t> latest;  // the demand that a course's next days may lengthen
  for (const auto& [position, days] : PositionsOn(employee, span)) {
    for (const std::string& course : courses_of(position)) {
      if (std::find(courses.begin(), courses.end(), course) != courses.end()) continue;
      const auto before = latest.find(course);
      if (before != latest.end() && demands[before->second].span.last + 1 == days.first) {
        demands[before->second].span.last = days.last;
      } else {
        latest[course] = demands.size();
        demands.push_back({course, days});
      }
    }
  }
  return demands;
}

v1::EmployeeQualification JudgeDemands(const Employee& employee, const std::vector<Demand>& demands,
                                       const std::vector<Certificate>& certificates, Span span) {
  v1::EmployeeQualification judgement;
  judgement.set_employee(employee.name());
  *judgement.add_facts() = FactOf(employee, span);
  if (const std::optional<Inactivity> inactivity = FirstInactivity(employee, span.first, span.last)) {
    *judgement.add_disqualifications() = Make(Disqualification::REASON_NOT_ACTIVE, "", inactivity->day, inactivity->why);
  }
  std::set<std::string> told, lacking;
  for (const Demand& demand : demands) {
    std::vector<Certificate> relevant;
    std::copy_if(certificates.begin(), certificates.end(), std::back_inserter(relevant),
                 [&](const Certificate& certificate) { return certificate.course() == demand.course; });
    if (told.insert(demand.course).second) {
      for (const Certificate& certificate : relevant) *judgement.add_facts() = FactOf(certificate);
    }
    std::optional<Disqualification> against = JudgeCourse(demand.course, relevant, demand.span);
    if (against && lacking.insert(demand.course).second) *judgement.add_disqualifications() = *std::move(against);
  }
  judgement.set_qualified(judgement.disqualifications().empty());
  return judgement;
}

v1::EmployeeQualification JudgeEmployee(const Employee& employee, const std::vector<std::string>& courses,
                                        const std::vector<Certificate>& certificates, Span span) {
  return JudgeDemands(employee,
                      DemandsOf(
                          employee, courses, [](const std::string&) { return std::vector<std::string>(); }, span),
                      certificates, span);
}

bool HoldsOn(const std::string& course, const std::vector<Certificate>& certificates, absl::CivilDay day) {
  return std::any_of(certificates.begin(), certificates.end(), [&](const Certificate& certificate) {
    return certificate.course() == course && Begin(certificate) <= day && day <= End(certificate);
  });
}

v1::EmployeeQualification JudgeUnknown(const std::string& employee) {
  v1::EmployeeQualification judgement;
  judgement.set_employee(employee);
  *judgement.add_disqualifications() =
      Make(Disqualification::REASON_UNKNOWN_EMPLOYEE, "", std::nullopt, absl::StrCat("no employee ", employee));
  return judgement;
}

void Conclude(const v1::QualificationRequirement& requirement, v1::CheckQualificationResponse& response) {
  const auto qualified = std::count_if(response.employees().begin(), response.employees().end(),
                                       [](const v1::EmployeeQualification& judgement) { return judgement.qualified(); });
  response.set_qualified_count(static_cast<int32_t>(qualified));
  response.set_required_count(requirement.min_count() > 0 ? requirement.min_count() : response.employees_size());
  response.set_qualified(response.qualified_count() >= response.required_count());
}

absl::StatusOr<v1::CheckQualificationResponse> Qualifications::Judge(sql::Session& sql,
                                                                     const v1::CheckQualificationRequest& request) const {
  const Span span{time::ToDay(request.start_date()), time::ToDay(request.end_date())};
  Facts facts;
  ASSIGN_OR_RETURN(facts.employees, FindAll(employees_, sql, request.employees()));
  if (request.requirement().position_courses()) {
    std::set<std::string> names;
    for (const auto& [name, employee] : facts.employees) {
      for (const auto& [position, days] : PositionsOn(employee, span)) names.insert(position);
    }
    ASSIGN_OR_RETURN(facts.positions, FindAll(positions_, sql, names));
  }
  sql::Values values = ValuesOf(request.employees());
  const std::string marks = Placeholders(values);
  ASSIGN_OR_RETURN(const std::vector<Certificate> certificates,
                   certificates_.Select(sql, absl::StrCat("WHERE employee IN (", marks, ") AND state = 'STATE_ISSUED'"), values));
  for (const Certificate& certificate : certificates) facts.certificates[certificate.employee()].push_back(certificate);
  const std::vector<std::string> courses(request.requirement().courses().begin(), request.requirement().courses().end());
  const auto courses_of = [&](const std::string& position) {
    const auto found = facts.positions.find(position);
    if (found == facts.positions.end()) return std::vector<std::string>();
    return std::vector<std::string>(found->second.required_courses().begin(), found->second.required_courses().end());
  };
  v1::CheckQualificationResponse response;
  for (const std::string& name : request.employees()) {
    const auto employee = facts.employees.find(name);
    *response.add_employees() =
        employee == facts.employees.end()
            ? JudgeUnknown(name)
            : JudgeDemands(employee->second, DemandsOf(employee->second, courses, courses_of, span), facts.certificates[name], span);
  }
  Conclude(request.requirement(), response);
  return response;
}

absl::StatusOr<v1::CheckQualificationResponse> Qualifications::Check(const rpc::Call& call, const v1::CheckQualificationRequest& request) {
  const absl::CivilDay first = time::ToDay(request.start_date()), last = time::ToDay(request.end_date());
  if (last < first) {
    status::BadFields bad;
    bad.Add("end_date", status::kDatesReversed, {{"start", time::DayText(first)}, {"end", time::DayText(last)}});
    return bad.status();
  }
  return store_.Read(call, [&](sql::Session& sql) { return Judge(sql, request); });
}

absl::StatusOr<v1::CheckQualificationCasesResponse> Qualifications::Judge(sql::Session& sql,
                                                                          const v1::CheckQualificationCasesRequest& request) const {
  std::set<std::string> names;
  for (const v1::QualificationCase& one : request.cases()) names.insert(one.employee());
  Facts facts;
  ASSIGN_OR_RETURN(facts.employees, FindAll(employees_, sql, names));
  sql::Values values = ValuesOf(names);
  const std::string marks = Placeholders(values);
  ASSIGN_OR_RETURN(const std::vector<Certificate> certificates,
                   certificates_.Select(sql, absl::StrCat("WHERE employee IN (", marks, ") AND state = 'STATE_ISSUED'"), values));
  for (const Certificate& certificate : certificates) facts.certificates[certificate.employee()].push_back(certificate);
  v1::CheckQualificationCasesResponse response;
  response.set_qualified(true);
  std::set<std::string> told;
  for (const v1::QualificationCase& one : request.cases()) {
    const auto employee = facts.employees.find(one.employee());
    const std::vector<std::string> courses(one.courses().begin(), one.courses().end());
    v1::EmployeeQualification& judged = *response.add_cases();
    judged = employee == facts.employees.end() ? JudgeUnknown(one.employee())
                                               : JudgeEmployee(employee->second, courses, facts.certificates[one.employee()],
                                                               {time::ToDay(one.start_date()), time::ToDay(one.end_date())});
    for (const type::v1::Fact& fact : judged.facts()) {
      if (told.insert(absl::StrCat(fact.subject(), " ", fact.statement())).second) *response.add_facts() = fact;
    }
    judged.clear_facts();
    if (!judged.qualified()) response.set_qualified(false);
  }
  return response;
}

absl::StatusOr<v1::CheckQualificationCasesResponse> Qualifications::CheckCases(const rpc::Call& call,
                                                                               const v1::CheckQualificationCasesRequest& request) {
  status::BadFields bad;
  for (int i = 0; i < request.cases_size(); ++i) {
    const absl::CivilDay first = time::ToDay(request.cases(i).start_date()), last = time::ToDay(request.cases(i).end_date());
    if (first <= last) continue;
    bad.Add(absl::StrCat("cases[", i, "].end_date"), status::kDatesReversed,
            {{"start", time::DayText(first)}, {"end", time::DayText(last)}});
  }
  RETURN_IF_ERROR(bad.status());
  return store_.Read(call, [&](sql::Session& sql) { return Judge(sql, request); });
}

void Qualifications::Bind(record::Methods& methods) {
  methods.Bind("CheckQualification", this, &Qualifications::Check);
  methods.Bind("CheckQualificationCases", this, &Qualifications::CheckCases);
}

}  // namespace heitie::personnel
