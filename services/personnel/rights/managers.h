// The department is never without a manager: on no day on which doors enforce the rights of posts may nobody hold a post with the role
// OPERATIONS_MANAGER, for then nobody could decide anything, not even who does so next (policy H1). Absences take no rights away and do not
// count here. Nothing in the first half knows a database.
#ifndef HEITIE_SERVICES_PERSONNEL_RIGHTS_MANAGERS_H_
#define HEITIE_SERVICES_PERSONNEL_RIGHTS_MANAGERS_H_

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/record/store.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/access_policy.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "services/personnel/staff/assignment.h"
#include "services/personnel/staff/employee.h"
#include "services/personnel/staff/position.h"

namespace heitie::personnel {

extern const status::Reason kLastManager;            // {date}
extern const status::Reason kYourPostGrantsNoRight;  // {name} {date}

// Both included; `last` is CivilDay::max() where there is no end.
struct DaySpan {
  absl::CivilDay first, last;
};

// The days from `from` on, on which nobody of `people` holds one of the positions: disjoint, in order. O(terms · log terms).
std::vector<DaySpan> DaysWithout(const People& people, const std::set<std::string>& positions, absl::CivilDay from);
// The days on which doors enforce at `from` or later, be it for a part of the day, by published versions in any order. Days begin in
// `zone`.
std::vector<DaySpan> DaysEnforced(const std::vector<v1::AccessPolicy>& published, absl::Time from, absl::TimeZone zone);
// The first day that is in both.
std::optional<absl::CivilDay> FirstCommonDay(const std::vector<DaySpan>& a, const std::vector<DaySpan>& b);
// The positions that carry a role.
std::set<std::string> PositionsWith(options::v1::Role role, const std::vector<v1::Position>& positions);

// Refuses changes that would leave the department without a manager. Whatever could do so changes one row (Kind::Guard of the shipped
// access policy) before it is judged: of two changes that together would take the last two managers away, the second sees what the first
// has done, on every node. Thread-safe.
class ManagerRule {
 public:
  // Hooks itself to the changes of employees and positions, whoever makes them.
  ManagerRule(const service::Context& context, Employees& employees, Positions& positions);

  // Whether a version may be published as it is, in the transaction that has guarded the set. LAST_MANAGER, YOUR_POST_GRANTS_NO_RIGHT.
  absl::Status CheckPolicy(record::Transaction& tx, const v1::AccessPolicy& version) const;

 private:
  absl::Status OnEmployee(record::Transaction& tx, const v1::Employee& before, const v1::Employee& after) const;
  absl::Status OnPosition(record::Transaction& tx, const v1::Position* before, const v1::Position* after) const;
  // `more`: a version about to be published.
  absl::Status Check(record::Transaction& tx, const v1::AccessPolicy* more) const;
  absl::StatusOr<std::set<std::string>> ManagersPosts(sql::Session& session) const;

  const absl::TimeZone zone_;
  const Employees& employees_;
  const Positions& positions_;
  record::Kind<v1::AccessPolicy> policies_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_RIGHTS_MANAGERS_H_
