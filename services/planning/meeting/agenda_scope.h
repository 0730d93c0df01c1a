// Which projects a meeting talks about: the one that its series coordinates; else, where it is a meeting of departments, those in which
// they take part (policy C1, C4).
#ifndef HEITIE_SERVICES_PLANNING_MEETING_AGENDA_SCOPE_H_
#define HEITIE_SERVICES_PLANNING_MEETING_AGENDA_SCOPE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "heitie/planning/v1/meeting_series.pb.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

struct AgendaScope {
  const v1::MeetingSeries& series;
  // Those that are of other departments only; none where the series coordinates one project or is of no department. A project of whose
  // owner nobody knows the department is everybody's.
  std::vector<std::string> foreign;

  // What follows a condition and narrows it down, with its values: by a column that names a project,
  std::string OfProjects(const std::string& column, sql::Values* values) const;
  // something in this collection of a project,
  std::string BelowProjects(const std::string& column, const char* collection, sql::Values* values) const;
  // an activity, or something of one,
  std::string OfActivities(const std::string& column, sql::Values* values) const;
  // or whatever there is: a project, an activity, something of one of these, or neither.
  std::string OfSubjects(const std::string& column, sql::Values* values) const;
};

// The scope of a meeting of the series on a day. A department takes part in a project by its owner, by who does its tasks, by who is named
// in its entries of who does what, and by its group. `series` outlives the scope.
absl::StatusOr<AgendaScope> ScopeOf(sql::Session& session, const Tables& tables, const v1::MeetingSeries& series, absl::CivilDay day);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_MEETING_AGENDA_SCOPE_H_
