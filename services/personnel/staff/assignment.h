// Assignments: what somebody is, where, and under whom, day by day (policy H1). All of it is computed from what is recorded of employees;
// nothing here knows a database.
#ifndef HEITIE_SERVICES_PERSONNEL_STAFF_ASSIGNMENT_H_
#define HEITIE_SERVICES_PERSONNEL_STAFF_ASSIGNMENT_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/employee.pb.h"

namespace heitie::personnel {

extern const status::Reason kNoSuchAssignment;     // {name} {date}
extern const status::Reason kFirstAssignment;      // {name} {date}
extern const status::Reason kAssignmentInTheWay;   // {name} {date}
extern const status::Reason kUnknownSuperior;      // {superior}
extern const status::Reason kSuperiorNotEmployed;  // {superior} {date}
extern const status::Reason kCircleOfSuperiors;    // {date} {path}

// By name.
using People = std::map<std::string, v1::Employee>;

// The days of an assignment, both included; the last is CivilDay::max() while no end is known.
struct Term {
  v1::Assignment assignment;
  absl::CivilDay first;
  absl::CivilDay last;
};
// One after the other without a gap from the hire date to the leave date. A row from before assignments had dates has one, of its fields.
std::vector<Term> TermsOf(const v1::Employee& employee);
// Nothing on days without employment.
std::optional<v1::Assignment> AssignmentOn(const v1::Employee& employee, absl::CivilDay day);

// Writes the assignment of a row from before assignments had dates.
void CompleteAssignments(v1::Employee& employee);
// Sets position, department, superior, deputies and change_date to those of a day.
void ShowDay(v1::Employee& employee, absl::CivilDay day);

// Puts an assignment in its place, or in the place of the one that begins on the same day. OUTSIDE_EMPLOYMENT.
absl::Status PutAssignment(v1::Employee& employee, const v1::Assignment& assignment);
// NO_SUCH_ASSIGNMENT, FIRST_ASSIGNMENT.
absl::Status RemoveAssignment(v1::Employee& employee, absl::CivilDay start);
// Lets the first assignment begin on the hire date. ASSIGNMENT_IN_THE_WAY when the second would not begin after it.
absl::Status MoveFirstAssignment(v1::Employee& employee);
// The one of a day; before the first day of employment the first, after the last day the last.
v1::Assignment& MutableAssignmentOn(v1::Employee& employee, absl::CivilDay day);

// Since when somebody has held the position and department of that day without interruption.
absl::CivilDay InPostSince(const v1::Employee& employee, absl::CivilDay day);
// Of those who on that day hold one of the positions `managers` in the department, other than `except`: who has held it longest, then the
// first by name.
std::optional<std::string> ManagerOn(const std::string& department, absl::CivilDay day, const People& people,
                                     const std::set<std::string>& managers, const std::string& except);

struct Superior {
  std::string name;
  bool stand_in;  // a manager of the department, in place of a superior
};
// Who leads the employee on a day: the superior whom the assignment names, if employed that day, else ManagerOn. `people` are all who may
// be either.
std::optional<Superior> SuperiorOn(const v1::Employee& employee, absl::CivilDay day, const People& people,
                                   const std::set<std::string>& managers);

// People of whom each is the superior of the one before on a day, beginning and ending with the first of them by name.
struct Circle {
  absl::CivilDay day;
  std::vector<std::string> path;
};
// The circle of the earliest day, by the superiors whom assignments name and who are employed that day; those who stand in lead nobody into
// a circle. O(assignments * people).
std::optional<Circle> FindCircle(const People& people);

// The first day on which `after` has a superior whom `before` had not for that day and who is not employed then. Who led on a day already
// may have left since. `people` has all superiors.
struct Unled {
  std::string superior;
  absl::CivilDay day;
};
std::optional<Unled> FirstUnled(const v1::Employee& before, const v1::Employee& after, const People& people);

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_STAFF_ASSIGNMENT_H_
