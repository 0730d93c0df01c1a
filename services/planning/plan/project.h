// Projects 項目: planned as drafts, submitted when they can be carried out, approved into an immutable baseline (P2, P3, W3).
#ifndef HEITIE_SERVICES_PLANNING_PLAN_PROJECT_H_
#define HEITIE_SERVICES_PLANNING_PLAN_PROJECT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "heitie/planning/v1/baseline.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/schedule.pb.h"
#include "services/planning/plan/actionability.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

extern const status::Reason kNotActionable;    // {name} {count}
extern const status::Reason kNotSchedulable;   // {name} {count}
extern const status::Reason kProjectClosed;    // {name}
extern const status::Reason kTasksUnfinished;  // {name} {count}
extern const status::Reason kNoSuchObjective;  // {count}
extern const status::Reason kMeasuredLater;    // {date}
extern const status::Reason kPlanChanged;      // {name}
extern const status::Reason kOwnPlan;          // {name}

const record::StateMachine& ProjectMachine();

// The project for a change of it or of what belongs to it: no other transaction changes it or its tasks and schemes until this one ends.
// NOT_FOUND; PROJECT_CLOSED.
absl::StatusOr<v1::Project> GuardOpenProject(record::Transaction& tx, const Tables& tables, const std::string& name);

// A change of scope or dates makes a submitted or approved project a draft again (W3); the baseline stays. Nothing for a draft.
absl::Status VoidApproval(record::Transaction& tx, const Tables& tables, const v1::Project& project, const std::string& why);

// Whether what was approved is no longer what is planned.
bool ChangesScope(const v1::Project& before, const v1::Project& after);

// What holds for a new project, which becomes a draft: INVALID_FIELDS with DATES_REVERSED; NOT_FOUND of its period or its type.
absl::Status BeginProject(record::Transaction& tx, const Tables& tables, v1::Project& project);

// All that the judgement of a project rests on.
absl::StatusOr<Plan> LoadPlan(sql::Session& session, const Tables& tables, const v1::Project& project, absl::Time now);

class Projects {
 public:
  explicit Projects(Tables& tables) : tables_(tables) {}
  void Bind(record::Methods& methods);

  // ---- For approvals (approval.h). The project is locked.
  // The scheme that would be approved with it. NOT_ACTIONABLE; SCHEME_INFEASIBLE without an override.
  absl::StatusOr<v1::Scheme> SchemeToApprove(record::Transaction& tx, const v1::Project& project, const std::string& override_reason) const;
  // Who approves a project, and why although its scheme is judged infeasible.
  struct Approver {
    std::string name;
    std::string override_reason;
  };
  // Fixes the baseline; `after` is APPROVED already. The reasons of SchemeToApprove.
  absl::Status ApproveIn(record::Transaction& tx, const v1::Project& before, const Approver& approver, v1::Project& after) const;

 private:
  absl::Status Create(record::Transaction& tx, v1::Project& project);
  absl::StatusOr<const char*> Update(record::Transaction& tx, const v1::Project& before, v1::Project& after);
  absl::StatusOr<v1::Project> Submit(record::Transaction& tx, const v1::SubmitProjectRequest& request);
  absl::StatusOr<v1::Project> Reject(record::Transaction& tx, const v1::RejectProjectRequest& request);
  absl::StatusOr<v1::Project> Revise(record::Transaction& tx, const v1::ReviseProjectRequest& request);
  absl::StatusOr<v1::Project> Cancel(record::Transaction& tx, const v1::CancelProjectRequest& request);
  absl::StatusOr<v1::Project> Complete(record::Transaction& tx, const v1::CompleteProjectRequest& request);
  absl::StatusOr<v1::Project> RecordResult(record::Transaction& tx, const v1::RecordObjectiveResultRequest& request);
  absl::StatusOr<v1::CheckActionabilityResponse> CheckActionability(const rpc::Call& call, const v1::CheckActionabilityRequest& request);
  absl::StatusOr<v1::Schedule> GetSchedule(const rpc::Call& call, const v1::GetScheduleRequest& request);

  absl::StatusOr<v1::Baseline> FixBaseline(record::Transaction& tx, const Plan& plan, const Approver& approver) const;

  Tables& tables_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_PLAN_PROJECT_H_
