// Tells the owners of submitted and approved plans that what these rest on is no longer sound, though nobody reads them (policy P1, W12).
#ifndef HEITIE_SERVICES_PLANNING_EVIDENCE_FLAGS_H_
#define HEITIE_SERVICES_PLANNING_EVIDENCE_FLAGS_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "heitie/planning/v1/citation.pb.h"
#include "services/planning/plan/tables.h"
#include "services/planning/policy/plan_duty.h"

namespace heitie::planning {

const record::StateMachine& EvidenceFlagMachine();

// Within so long after its cause a flag is raised, and a little.
inline constexpr absl::Duration kFlagInterval = absl::Seconds(10);

// Thread-safe. Whoever raises or closes flags of a project holds its row (Kind::Guard).
class EvidenceFlags {
 public:
  EvidenceFlags(const service::Context& context, Tables& tables, PlanDuties& plan_duties);
  EvidenceFlags(const EvidenceFlags&) = delete;
  void Bind(record::Methods& methods);

  // Closes the flags of a plan that is no longer one, and hands what is asked to a new owner.
  absl::Status FollowProject(record::Transaction& tx, const v1::Project* before, const v1::Project* after) const;

  // Closes those that are open and that `which` names; with the last one the owner's duty is done.
  absl::Status Close(record::Transaction& tx, const std::string& project, v1::EvidenceFlag::Resolution resolution,
                     const std::function<bool(const v1::EvidenceFlag&)>& which) const;

 private:
  job::Outcome RaiseAll(const rpc::Call& call);
  absl::Status Raise(record::Transaction& tx, const std::string& project) const;
  // Whether each cause of each citation has an open flag.
  absl::StatusOr<bool> IsFlagged(sql::Session& session, const std::string& project, absl::Time now) const;

  Tables& tables_;
  PlanDuties& plan_duties_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_EVIDENCE_FLAGS_H_
