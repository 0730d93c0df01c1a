#include "services/personnel/staffing/staff_figure.h"

#include <algorithm>
#include <optional>

#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/personnel/staff/assignment.h"
#include "services/personnel/training/qualification.h"

namespace heitie::personnel {

CountOfWhole MissingCertificates(const std::vector<v1::Employee>& employees, const std::map<std::string, v1::Position>& positions,
                                 const std::map<std::string, std::vector<v1::Certificate>>& certificates, const std::string& department,
                                 absl::CivilDay day) {
  CountOfWhole missing;
  for (const v1::Employee& employee : employees) {
    const std::optional<v1::Assignment> assignment = AssignmentOn(employee, day);
    if (!assignment.has_value() || (!department.empty() && assignment->department() != department)) continue;
    const auto position = positions.find(assignment->position());
    if (position == positions.end()) continue;
    const auto held = certificates.find(employee.name());
    for (const std::string& course : position->second.required_courses()) {
      ++missing.whole;
      if (held == certificates.end() || !HoldsOn(course, held->second, day)) ++missing.count;
    }
  }
  return missing;
}

StaffFigures::StaffFigures(const service::Context& context, const HeadcountPlans& plans, const record::Kind<v1::Employee>& employees,
                           const record::Kind<v1::Position>& positions, const Certificates& certificates)
    : store_(context.store),
      zone_(context.time_zone),
      plans_(plans),
      employees_(employees),
      positions_(positions),
      certificates_(certificates) {}

absl::StatusOr<CountOfWhole> StaffFigures::CountVacancies(sql::Session& session, const std::string& department, absl::CivilDay day) const {
  const std::string where = department.empty() ? "" : "WHERE department = ? ";
  ASSIGN_OR_RETURN(const std::vector<v1::HeadcountPlan> plans,
                   plans_.kind().Select(session, where + "ORDER BY name", department.empty() ? sql::Values{} : sql::Bind(department)));
  CountOfWhole vacancies;
  for (const v1::HeadcountPlan& plan : plans) {
    ASSIGN_OR_RETURN(const v1::ComputeHeadcountResponse headcount, plans_.HeadcountOf(session, plan.position(), plan.department(), day));
    vacancies.count += std::max(0, headcount.uncovered());
    vacancies.whole += headcount.planned();
  }
  return vacancies;
}

absl::StatusOr<CountOfWhole> StaffFigures::CountMissing(sql::Session& session, const std::string& department, absl::CivilDay day) const {
  const std::string text = time::DayText(day);
  ASSIGN_OR_RETURN(
      const std::vector<v1::Employee> employees,
      employees_.Select(session, "WHERE hire_date <= ? AND (leave_date IS NULL OR leave_date >= ?) ORDER BY name", sql::Bind(text, text)));
  ASSIGN_OR_RETURN(const std::vector<v1::Position> all, positions_.Select(session, "ORDER BY name"));
  std::map<std::string, v1::Position> positions;
  for (const v1::Position& position : all) positions[position.name()] = position;
  ASSIGN_OR_RETURN(
      const std::vector<v1::Certificate> issued,
      certificates_.kind().Select(session, "WHERE state = 'STATE_ISSUED' AND valid_from <= ? AND (valid_until IS NULL OR valid_until >= ?)",
                                  sql::Bind(text, text)));
  std::map<std::string, std::vector<v1::Certificate>> certificates;
  for (const v1::Certificate& certificate : issued) certificates[certificate.employee()].push_back(certificate);
  return MissingCertificates(employees, positions, certificates, department, day);
}

absl::StatusOr<v1::ComputeStaffFigureResponse> StaffFigures::Compute(const rpc::Call& call, const v1::ComputeStaffFigureRequest& request) {
  const absl::CivilDay day = request.has_date() ? time::ToDay(request.date()) : absl::ToCivilDay(call.now, zone_);
  ASSIGN_OR_RETURN(const CountOfWhole figure, store_.Read(call, [&](sql::Session& session) {
    return request.figure() == v1::STAFF_FIGURE_VACANCIES ? CountVacancies(session, request.department(), day)
                                                          : CountMissing(session, request.department(), day);
  }));
  v1::ComputeStaffFigureResponse response;
  *response.mutable_date() = time::ToDate(day);
  response.set_value(figure.count);
  response.set_whole(figure.whole);
  *response.mutable_time() = time::ToTimestamp(call.now);
  return response;
}

void StaffFigures::Bind(record::Methods& methods) { methods.Bind("ComputeStaffFigure", this, &StaffFigures::Compute); }

}  // namespace heitie::personnel
