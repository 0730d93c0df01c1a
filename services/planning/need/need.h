// What users need 用戶需求: it gathers votes and feedback, and a project delivers it (policy P1).
#ifndef HEITIE_SERVICES_PLANNING_NEED_NEED_H_
#define HEITIE_SERVICES_PLANNING_NEED_NEED_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "heitie/planning/v1/need.pb.h"
#include "services/planning/need/merging.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

extern const status::Reason kNotYourNeed;  // {name}
extern const status::Reason kNeedClosed;   // {name} {state}
extern const status::Reason kMergeCircle;  // {name} {into}
extern const status::Reason kNotMerged;    // {name}

const record::StateMachine& NeedMachine();

// Thread-safe. Votes, merges and their ends hold the row of the need that stands for a chain (Kind::Guard).
class Needs {
 public:
  explicit Needs(Tables& tables);
  Needs(const Needs&) = delete;
  void Bind(record::Methods& methods);

  // A project that is completed delivers its needs and tells the voters; one that is cancelled gives them back.
  absl::Status FollowProject(record::Transaction& tx, const v1::Project* before, const v1::Project* after) const;

 private:
  absl::Status Create(record::Transaction& tx, v1::Need& need);
  absl::Status Update(record::Transaction& tx, const v1::Need& before, v1::Need& after);
  absl::StatusOr<v1::Need> Confirm(record::Transaction& tx, const v1::ConfirmNeedRequest& request);
  absl::StatusOr<v1::Need> Decline(record::Transaction& tx, const v1::DeclineNeedRequest& request);
  absl::StatusOr<v1::Need> Plan(record::Transaction& tx, const v1::PlanNeedRequest& request);
  absl::StatusOr<v1::Need> Merge(record::Transaction& tx, const v1::MergeNeedRequest& request);
  absl::StatusOr<v1::Need> Unmerge(record::Transaction& tx, const v1::UnmergeNeedRequest& request);
  absl::StatusOr<v1::Need> Vote(record::Transaction& tx, const v1::VoteForNeedRequest& request);
  absl::StatusOr<v1::Need> WithdrawVote(record::Transaction& tx, const v1::WithdrawNeedVoteRequest& request);
  absl::StatusOr<v1::FindSimilarNeedsResponse> FindSimilar(const rpc::Call& call, const v1::FindSimilarNeedsRequest& request);

  // The last of the chain of a need, held.
  absl::StatusOr<v1::Need> GuardStanding(record::Transaction& tx, const std::string& name) const;
  absl::StatusOr<std::vector<v1::Need>> StandingFor(sql::Session& session, const std::string& root) const;
  absl::Status Redirect(record::Transaction& tx, const std::vector<v1::Need>& chain, const std::string& root) const;
  absl::Status Deliver(record::Transaction& tx, const v1::Need& need, bool completed) const;
  absl::Status TellVoters(record::Transaction& tx, const std::string& need) const;

  Tables& tables_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_NEED_NEED_H_
