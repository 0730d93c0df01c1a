#include "services/planning/notice/recipients.h"

#include <algorithm>
#include <memory>
#include <set>

#include "common/status/macros.h"
#include "common/time/day.h"
#include "services/planning/collaboration/working_group.h"
#include "services/planning/meeting/meeting_tables.h"
#include "services/planning/notice/audience.h"

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

absl::StatusOr<std::vector<std::string>> Recipients::OfGroup(sql::Session& session, const std::string& group, absl::Time now) const {
  ASSIGN_OR_RETURN(const v1::WorkingGroup found, tables_.working_groups.Find(session, group));
  if (found.state() != v1::WorkingGroup::STATE_ACTIVE) return std::vector<std::string>();
  return PeopleOf(found, absl::ToCivilDay(now, tables_.zone));
}

absl::StatusOr<std::vector<std::string>> Recipients::HoldersOf(sql::Session& session, const std::string& duty, absl::Time now) const {
  ASSIGN_OR_RETURN(const v1::CollectionDuty found, tables_.collection_duties.Find(session, duty));
  if (found.state() != v1::CollectionDuty::STATE_ACTIVE) return std::vector<std::string>();
  std::vector<std::string> holders{found.owner()};
  ASSIGN_OR_RETURN(const bool away, IsAway(session, found.owner(), now));
  if (away) holders.push_back(found.deputy());
  return holders;
}

absl::StatusOr<std::string> Recipients::LiaisonOf(sql::Session& session, const std::string& department) const {
  std::string liaison;
  RETURN_IF_ERROR(session.Query("SELECT employee FROM liaisons WHERE speaks_for = ?", sql::Bind(department + "/"),
                                [&](const sql::Row& row) { liaison = row.Text(0); }));
  return liaison;
}

absl::StatusOr<std::vector<std::string>> Recipients::MembersOf(sql::Session& session, const v1::MeetingSeries& series,
                                                               absl::Time now) const {
  const std::vector<std::string> named = PeopleOf(series);
  std::set<std::string> people(named.begin(), named.end());
  for (const int role : series.member_roles()) {
    ASSIGN_OR_RETURN(const std::vector<std::string> holders, WithRole(session, static_cast<rpc::Role>(role), now));
    people.insert(holders.begin(), holders.end());
  }
  for (const std::string& department : series.member_departments()) {
    ASSIGN_OR_RETURN(const std::vector<std::string> colleagues, OfDepartment(session, department, now));
    people.insert(colleagues.begin(), colleagues.end());
  }
  for (const std::string& group : series.member_groups()) {
    ASSIGN_OR_RETURN(const std::vector<std::string> members, OfGroup(session, group, now));
    people.insert(members.begin(), members.end());
  }
  return std::vector<std::string>(people.begin(), people.end());
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
  return found.empty() ? "" : StandInOf(found[0], absl::ToCivilDay(now, tables_.zone), people_, now);
}

}  // namespace heitie::planning
