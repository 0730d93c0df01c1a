#include "services/planning/meeting/agenda_scope.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "services/planning/collaboration/readiness.h"

namespace heitie::planning {

namespace {

// The first two segments of a name.
std::string TopOf(const std::string& column) { return absl::StrCat("SUBSTRING_INDEX(", column, ", '/', 2)"); }

// " IN (?, …)" of names, of which there is one at least. Powers of two keep the number of prepared statements small.
std::string AmongThem(const std::vector<std::string>& names, sql::Values* values) {
  size_t places = 1;
  while (places < names.size()) places *= 2;
  for (size_t i = 0; i < places; ++i) values->emplace_back(names[std::min(i, names.size() - 1)]);
  return absl::StrCat(" IN (", sql::Placeholders(places), ")");
}

// Who and which departments take part in a project, besides by tasks.
struct Participants {
  std::set<std::string> people, departments;
  std::vector<v1::WorkingGroup> groups;
};
using ParticipantsByProject = std::map<std::string, Participants>;

void AddNames(const google::protobuf::RepeatedPtrField<std::string>& names, std::set<std::string>& all) {
  all.insert(names.begin(), names.end());
}

absl::StatusOr<ParticipantsByProject> ParticipantsOf(sql::Session& session, const Tables& tables,
                                                     const std::vector<std::string>& projects) {
  ParticipantsByProject all;
  sql::Values values;
  const std::string entries_of = absl::StrCat("WHERE state = 'STATE_ACTIVE' AND ", TopOf("name"), AmongThem(projects, &values));
  ASSIGN_OR_RETURN(const std::vector<v1::RaciEntry> entries, tables.raci_entries.Select(session, entries_of, values));
  for (const v1::RaciEntry& entry : entries) {
    Participants& one = all[record::ParentOf(entry.name())];
    one.people.insert(entry.accountable());
    for (const auto* people : {&entry.responsible(), &entry.consulted(), &entry.informed()}) AddNames(*people, one.people);
    for (const auto* departments : {&entry.responsible_departments(), &entry.consulted_departments(), &entry.informed_departments()}) {
      AddNames(*departments, one.departments);
    }
  }
  values.clear();
  const std::string groups_of = absl::StrCat("WHERE of_project", AmongThem(projects, &values));
  ASSIGN_OR_RETURN(const std::vector<v1::WorkingGroup> groups, tables.working_groups.Select(session, groups_of, values));
  for (const v1::WorkingGroup& group : groups) all[record::ParentOf(group.name())].groups.push_back(group);
  return all;
}

// Of the projects those in which none of the departments takes part, but for what tasks say.
absl::StatusOr<std::vector<std::string>> WithoutThem(sql::Session& session, const Tables& tables, std::vector<std::string> projects,
                                                     const std::set<std::string>& departments, absl::CivilDay day) {
  ASSIGN_OR_RETURN(ParticipantsByProject participants, ParticipantsOf(session, tables, projects));
  std::set<std::string> people;
  for (const auto& [project, one] : participants) {
    people.insert(one.people.begin(), one.people.end());
    for (const v1::WorkingGroup& group : one.groups) {
      people.insert(group.lead());
      for (const v1::GroupMember& member : group.members()) people.insert(member.employee());
    }
  }
  std::map<std::string, std::string> known;
  if (!people.empty()) {
    sql::Values values;
    const std::string of =
        absl::StrCat("SELECT name, department FROM mirrored_employees WHERE name", AmongThem({people.begin(), people.end()}, &values));
    RETURN_IF_ERROR(session.Query(of, values, [&](const sql::Row& row) { known[row.Text(0)] = row.Text(1); }));
  }
  std::erase_if(projects, [&](const std::string& project) {
    const Participants& one = participants[project];
    std::set<std::string> part = one.departments;
    for (const v1::WorkingGroup& group : one.groups) part.merge(SittingIn(group, day, known));
    for (const std::string& person : one.people) part.insert(known[person]);
    return std::any_of(departments.begin(), departments.end(), [&](const std::string& ours) { return part.count(ours) > 0; });
  });
  return projects;
}

}  // namespace

std::string AgendaScope::OfProjects(const std::string& column, sql::Values* values) const {
  if (!series.project().empty()) {
    values->emplace_back(series.project());
    return absl::StrCat(" AND ", column, " = ?");
  }
  return foreign.empty() ? "" : absl::StrCat(" AND NOT ", column, AmongThem(foreign, values));
}

std::string AgendaScope::BelowProjects(const std::string& column, const char* collection, sql::Values* values) const {
  if (series.project().empty()) return OfProjects(TopOf(column), values);
  for (sql::Value& bound : record::ChildRange(series.project(), collection)) values->push_back(std::move(bound));
  return absl::StrCat(" AND ", column, " > ? AND ", column, " < ?");
}

std::string AgendaScope::OfActivities(const std::string& column, sql::Values* values) const {
  const bool one = !series.project().empty();
  if (!one && foreign.empty()) return "";
  const std::string which = AmongThem(one ? std::vector<std::string>{series.project()} : foreign, values);
  return absl::StrCat(" AND ", TopOf(column), one ? "" : " NOT", " IN (SELECT a.name FROM mirrored_activities a WHERE a.project", which,
                      ")");
}

std::string AgendaScope::OfSubjects(const std::string& column, sql::Values* values) const {
  if (series.project().empty()) {
    const std::string projects = OfProjects(TopOf(column), values);
    return absl::StrCat(projects, OfActivities(column, values));
  }
  values->emplace_back(series.project());
  values->emplace_back(series.project());
  return absl::StrCat(" AND (", TopOf(column), " = ? OR ", TopOf(column),
                      " IN (SELECT a.name FROM mirrored_activities a WHERE a.project = ?))");
}

absl::StatusOr<AgendaScope> ScopeOf(sql::Session& session, const Tables& tables, const v1::MeetingSeries& series, absl::CivilDay day) {
  AgendaScope scope{series, {}};
  if (!series.project().empty() || series.departments().empty()) return scope;
  const std::vector<std::string> departments(series.departments().begin(), series.departments().end());
  // Owners of other departments, and no task of ours.
  sql::Values values;
  const std::string owned = AmongThem(departments, &values), done = AmongThem(departments, &values);
  std::vector<std::string> others;
  RETURN_IF_ERROR(session.Query(
      absl::StrCat("SELECT p.name FROM projects p JOIN mirrored_employees o ON o.name = p.owner WHERE o.department <> '' AND NOT "
                   "o.department",
                   owned,
                   " AND NOT EXISTS (SELECT 1 FROM tasks t JOIN mirrored_employees e ON e.name = t.owner WHERE t.name > CONCAT(p.name, "
                   "'/tasks/') AND t.name < CONCAT(p.name, '/tasks0') AND t.state <> 'STATE_CANCELLED' AND e.department",
                   done, ") ORDER BY p.name"),
      values, [&](const sql::Row& row) { others.push_back(row.Text(0)); }));
  if (others.empty()) return scope;
  ASSIGN_OR_RETURN(scope.foreign, WithoutThem(session, tables, std::move(others), {departments.begin(), departments.end()}, day));
  return scope;
}

}  // namespace heitie::planning
