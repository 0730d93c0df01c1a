// Levelling of a project: what is proposed, and what is done of it (P2).
#ifndef HEITIE_SERVICES_PLANNING_CONTROL_PROJECT_LEVELLING_H_
#define HEITIE_SERVICES_PLANNING_CONTROL_PROJECT_LEVELLING_H_

#include <vector>

#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/planning/v1/levelling.pb.h"
#include "services/planning/plan/actionability.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

// Of a plan whose tasks have no cycle. `people`: what is known of their owners; who is not known is thought to be at work.
v1::ProjectLevelling ProposeFor(const Plan& plan, const std::vector<personnel::v1::Employee>& people);

// Thread-safe.
class ProjectLevellings {
 public:
  explicit ProjectLevellings(Tables& tables) : tables_(tables) {}
  void Bind(record::Methods& methods);

 private:
  absl::StatusOr<v1::ProjectLevelling> Propose(const rpc::Call& call, const v1::ProposeLevellingRequest& request);
  absl::StatusOr<v1::ProjectLevelling> Level(record::Transaction& tx, const v1::LevelProjectRequest& request);
  absl::StatusOr<v1::ProjectLevelling> ProposeIn(sql::Session& session, const v1::Project& project, absl::Time now) const;

  Tables& tables_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_CONTROL_PROJECT_LEVELLING_H_
