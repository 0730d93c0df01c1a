// Problems of projects 問題: with owner and deadline, climbing a ladder until somebody has solved them (policy C4).
#ifndef HEITIE_SERVICES_PLANNING_COLLABORATION_ISSUE_H_
#define HEITIE_SERVICES_PLANNING_COLLABORATION_ISSUE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "heitie/planning/v1/issue.pb.h"
#include "services/planning/collaboration/collaboration_policy.h"
#include "services/planning/meeting/agenda.h"
#include "services/planning/meeting/agenda_scope.h"
#include "services/planning/notice/ladder.h"
#include "services/planning/notice/recipients.h"
#include "services/planning/notice/tell.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

extern const status::Reason kNotInProject;  // {project}
extern const status::Reason kNotYourIssue;  // {name}
extern const status::Reason kIssueClosed;   // {name}

const record::StateMachine& IssueMachine();
// Whether it still holds the tasks that it blocks.
bool HoldsTasks(const v1::Issue& issue);

// Thread-safe.
class Issues {
 public:
  Issues(const service::Context& context, Tables& tables, CollaborationPolicies& policies, const Notices& notices,
         const Recipients& recipients);
  Issues(const Issues&) = delete;
  void Bind(record::Methods& methods);

  // A project that is over ends its issues.
  absl::Status FollowProject(record::Transaction& tx, const v1::Project* before, const v1::Project* after) const;
  // What an agenda has of it.
  absl::Status AddFacts(sql::Session& session, const AgendaScope& scope, absl::Time at, std::vector<AgendaFact>& facts) const;

 private:
  using Issue = v1::Issue;

  absl::Status Create(record::Transaction& tx, Issue& issue);
  absl::Status Update(record::Transaction& tx, const Issue& before, Issue& after);
  absl::StatusOr<Issue> Start(record::Transaction& tx, const v1::StartIssueRequest& request);
  absl::StatusOr<Issue> Resolve(record::Transaction& tx, const v1::ResolveIssueRequest& request);
  absl::StatusOr<Issue> Close(record::Transaction& tx, const v1::CloseIssueRequest& request);
  absl::StatusOr<Issue> Reopen(record::Transaction& tx, const v1::ReopenIssueRequest& request);
  absl::StatusOr<Issue> ProposeRisk(record::Transaction& tx, const v1::ProposeRiskOfIssueRequest& request);

  // NOT_IN_PROJECT.
  absl::Status CheckTakesPart(record::Transaction& tx, const v1::Project& project) const;
  absl::Status Check(record::Transaction& tx, const Issue& issue, bool due_is_new) const;
  // So much working time from now on.
  absl::StatusOr<absl::Time> WorkingAfter(sql::Session& session, absl::Time from, absl::Duration amount) const;
  absl::StatusOr<LadderSteps> StepsOf(sql::Session& session, const Issue& issue) const;
  absl::StatusOr<std::vector<std::string>> ToldAt(sql::Session& session, const Issue& issue, absl::Time now) const;
  absl::Status Tell(record::Transaction& tx, const Issue& issue, const std::string& cause, const std::string& wording,
                    const status::Phrase& phrase, const std::string& recipient) const;
  // The group of the project is told by its robot, where it has one.
  absl::Status TellGroup(record::Transaction& tx, const Issue& issue, const std::string& cause, const status::Phrase& phrase) const;
  absl::Status FollowForGroup(record::Transaction& tx, const Issue* before, const Issue& after) const;
  // Whoever it waits for is told.
  absl::Status Follow(record::Transaction& tx, const Issue* before, const Issue* after) const;

  Tables& tables_;
  CollaborationPolicies& policies_;
  const Notices& notices_;
  const Recipients& recipients_;
  const Ladder<Issue> ladder_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_COLLABORATION_ISSUE_H_
