// Approves projects (policy P3, W2). One that demands goods, money or people's days of the resource service is approved by a saga of one
// transaction after each step: what is demanded is taken, with expiry, and confirmed; then the baseline is fixed and the project is
// APPROVED in one transaction. Where that cannot be, all of it is given back and the project stays SUBMITTED. Whoever comes next — the
// caller, a repetition of the request, or the job after a crash — goes on where the last one stopped; the calls are idempotent by their
// request ids.
#ifndef HEITIE_SERVICES_PLANNING_PLAN_APPROVAL_H_
#define HEITIE_SERVICES_PLANNING_PLAN_APPROVAL_H_

#include <string>
#include <vector>

#include "common/record/methods.h"
#include "common/service/main.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/project_approval.pb.h"
#include "services/planning/plan/project.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

extern const status::Reason kApprovalInProgress;  // {project} {approval}
extern const status::Reason kApprovalContinues;   // {project} {why}
extern const status::Reason kApprovalGivenUp;     // {project}

// What is taken lasts so long unless it is confirmed.
inline constexpr absl::Duration kApprovalValidity = absl::Minutes(5);

const record::StateMachine& ProjectApprovalMachine();

// Thread-safe.
class Approvals {
 public:
  // Registers the job that goes on with what was begun.
  Approvals(service::Context context, Tables& tables, Projects& projects);
  void Bind(record::Methods& methods);

 private:
  using Approval = v1::ProjectApproval;
  // What a step came to.
  struct Outcome {
    const char* verb;
    std::vector<v1::Defect> obstacles = {};
  };

  absl::StatusOr<v1::Project> Approve(const rpc::Call& call, const v1::ApproveProjectRequest& request);
  absl::StatusOr<v1::Project> Begin(record::Transaction& tx, const v1::ApproveProjectRequest& request);
  // Takes steps until it is over. An error: a service or the database did not answer, and it is still to be finished.
  absl::StatusOr<Approval> Drive(const rpc::Call& call, const std::string& name);
  absl::StatusOr<Outcome> Step(const rpc::Call& call, const Approval& approval);
  absl::StatusOr<Outcome> TakeOrConfirm(const rpc::Call& call, const Approval& approval);
  absl::Status Record(const rpc::Call& call, const Approval& seen, const Outcome& outcome);
  // APPROVED in one transaction with the end of the approval.
  absl::StatusOr<Outcome> Finish(const rpc::Call& call, const Approval& seen);
  absl::Status Note(record::Transaction& tx, const Approval& before, const Outcome& outcome, v1::Project* project);

  service::Context context_;
  Tables& tables_;
  Projects& projects_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_PLAN_APPROVAL_H_
