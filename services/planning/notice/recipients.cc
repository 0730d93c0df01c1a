#include "services/planning/notice/recipients.h"

#include <algorithm>
#include <memory>

#include "common/status/macros.h"
#include "common/time/day.h"

namespace heitie::planning {

absl::StatusOr<std::vector<std::string>> Recipients::Those(sql::Session& session, const std::function<bool(const people::Person&)>& whom,
                                                           absl::Time now) const {
  const std::shared_ptr<const people::Known> known = people_.Now();
  std::vector<std::string> names;
  RETURN_IF_ERROR(session.Query("SELECT name FROM mirrored_employees ORDER BY name", {}, [&](const sql::Row& row) {
    const people::Person* person = known->Find(row.Text(0));
    if (person != nullptr && !person->HasLeft(now) && whom(*person)) names.push_back(row.Text(0));
  }));
  return names;
}

absl::StatusOr<std::vector<std::string>> Recipients::WithRole(sql::Session& session, rpc::Role role, absl::Time now) const {
  return Those(
      session, [&](const people::Person& person) { return ((person.RolesAt(now) >> role) & 1) != 0; }, now);
}

absl::StatusOr<std::vector<std::string>> Recipients::OfDepartment(sql::Session& session, const std::string& department,
                                                                  absl::Time now) const {
  return Those(
      session, [&](const people::Person& person) { return person.DepartmentAt(now) == department; }, now);
}

absl::StatusOr<std::string> Recipients::SuperiorOf(sql::Session& session, const std::string& employee, absl::Time now) const {
  ASSIGN_OR_RETURN(const auto found, tables_.employees.SelectKnown(session, "WHERE name = ?", sql::Bind(employee)));
  if (found.empty() || found[0].superior().empty() || people_.HasLeft(found[0].superior(), now)) return "";
  return found[0].superior();
}

absl::StatusOr<bool> Recipients::IsAway(sql::Session& session, const std::string& employee, absl::Time now) const {
  ASSIGN_OR_RETURN(const auto found, tables_.employees.SelectKnown(session, "WHERE name = ?", sql::Bind(employee)));
  const absl::CivilDay today = absl::ToCivilDay(now, tables_.zone);
  return !found.empty() && std::any_of(found[0].absences().begin(), found[0].absences().end(), [&](const personnel::v1::Absence& absence) {
    return time::ToDay(absence.start_date()) <= today && today <= time::ToDay(absence.end_date());
  });
}

absl::StatusOr<std::string> Recipients::DeputyOf(sql::Session& session, const std::string& employee, absl::Time now) const {
  ASSIGN_OR_RETURN(const auto found, tables_.employees.SelectKnown(session, "WHERE name = ?", sql::Bind(employee)));
  if (found.empty()) return "";
  const absl::CivilDay today = absl::ToCivilDay(now, tables_.zone);
  for (const personnel::v1::Absence& absence : found[0].absences()) {
    if (time::ToDay(absence.start_date()) > today || time::ToDay(absence.end_date()) < today) continue;
    if (!absence.deputy().empty() && !people_.HasLeft(absence.deputy(), now)) return absence.deputy();
  }
  return "";
}

}  // namespace heitie::planning
