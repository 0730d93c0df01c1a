// Whom roles, departments and superiors stand for today.
#ifndef HEITIE_SERVICES_PLANNING_NOTICE_RECIPIENTS_H_
#define HEITIE_SERVICES_PLANNING_NOTICE_RECIPIENTS_H_

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/people/directory.h"
#include "common/rpc/call.h"
#include "common/status/status.h"
#include "heitie/planning/v1/meeting_series.pb.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

// Thread-safe. By the copies of personnel's data, which may be seconds behind; nobody who has left is named.
class Recipients {
 public:
  Recipients(const service::Context& context, const Tables& tables) : tables_(tables), people_(context.people) {}

  absl::StatusOr<std::vector<std::string>> WithRole(sql::Session& session, rpc::Role role, absl::Time now) const;
  absl::StatusOr<std::vector<std::string>> OfDepartment(sql::Session& session, const std::string& department, absl::Time now) const;
  // Chair, secretary and members of a series, also those by a role, a department or a group, each once.
  absl::StatusOr<std::vector<std::string>> MembersOf(sql::Session& session, const v1::MeetingSeries& series, absl::Time now) const;
  // Lead and members of a group; nobody of one that has ended.
  absl::StatusOr<std::vector<std::string>> OfGroup(sql::Session& session, const std::string& group, absl::Time now) const;
  // Who speaks for a department; empty where nobody does.
  absl::StatusOr<std::string> LiaisonOf(sql::Session& session, const std::string& department) const;
  // Who holds a duty, and who stands in while they are away; nobody of one that has ended.
  absl::StatusOr<std::vector<std::string>> HoldersOf(sql::Session& session, const std::string& duty, absl::Time now) const;
  // Empty where nobody is known.
  absl::StatusOr<std::string> SuperiorOf(sql::Session& session, const std::string& employee, absl::Time now) const;
  // Whether an absence covers this day, whoever stands in.
  absl::StatusOr<bool> IsAway(sql::Session& session, const std::string& employee, absl::Time now) const;
  // Who stands in for an absence of this day; empty where there is none, or nobody does.
  absl::StatusOr<std::string> DeputyOf(sql::Session& session, const std::string& employee, absl::Time now) const;
  // That the caller is this person, or stands in today: then `row`, which has a deputy on record, names the caller. `refusal` of `row`
  // otherwise.
  template <typename Row>
  absl::Status CheckActs(record::Transaction& tx, const std::string& person, const status::Reason& refusal, Row& row) const {
    return CheckActsForOne(tx, {person}, refusal, row);
  }
  // The same of several people, any of whom may act.
  template <typename Row>
  absl::Status CheckActsForOne(record::Transaction& tx, const std::vector<std::string>& people, const status::Reason& refusal,
                               Row& row) const {
    const std::string& caller = tx.call.principal.name;
    if (std::find(people.begin(), people.end(), caller) != people.end()) return absl::OkStatus();
    for (const std::string& person : people) {
      const absl::StatusOr<std::string> deputy = DeputyOf(tx.sql, person, tx.call.now);
      if (!deputy.ok()) return deputy.status();
      if (*deputy != caller) continue;
      row.set_deputy(caller);
      return absl::OkStatus();
    }
    return status::Error(refusal, {{"name", row.name()}});
  }

 private:
  absl::StatusOr<std::vector<std::string>> Those(sql::Session& session, const std::function<bool(const people::Person&)>& whom,
                                                 absl::Time now) const;

  const Tables& tables_;
  const people::Directory& people_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_NOTICE_RECIPIENTS_H_
