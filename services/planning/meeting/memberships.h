// Who belongs to a series of meetings reads them: its members by name, role, department or group, in memory for rules of rows (policy C1).
#ifndef HEITIE_SERVICES_PLANNING_MEETING_MEMBERSHIPS_H_
#define HEITIE_SERVICES_PLANNING_MEETING_MEMBERSHIPS_H_

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/record/rows.h"
#include "common/rpc/call.h"
#include "common/service/main.h"
#include "heitie/planning/v1/meeting_series.pb.h"
#include "services/planning/notice/looked_up.h"

namespace heitie::planning {

// Whether the caller is a member of the series, besides its chair and secretary. `groups`: who is in a group today, by its name.
bool BelongsTo(const v1::MeetingSeries& series, const std::map<std::string, std::set<std::string>>& groups,
               const rpc::Principal& principal);

// Cheap to copy; the rules may outlive it. Thread-safe. Of a second ago at most.
class Memberships {
 public:
  explicit Memberships(const service::Context& context);

  // Rows whose `field` names a series to which the caller belongs.
  record::Rule In(const std::string& field) const;
  // A series has changed.
  void Forget() const { known_->Forget(); }

 private:
  struct Known {
    std::vector<v1::MeetingSeries> series;  // those with members: their names and whom they name
    std::map<std::string, std::set<std::string>> groups;
  };
  static absl::StatusOr<Known> Look(sql::Session& session, absl::CivilDay today);

  std::shared_ptr<LookedUp<Known>> known_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_MEETING_MEMBERSHIPS_H_
