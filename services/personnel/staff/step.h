// What waits for somebody (policy W12): whatever part of the service waits for a person says so here, and says when it does not any more.
#ifndef HEITIE_SERVICES_PERSONNEL_STAFF_STEP_H_
#define HEITIE_SERVICES_PERSONNEL_STAFF_STEP_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "heitie/personnel/v1/pending_step.pb.h"
#include "services/personnel/staff/employee.h"

namespace heitie::personnel {

struct WantedStep {
  std::string subject;  // the resource that waits
  std::string action;   // a code, such as "approve"; one step for each subject and action
  std::string owner;    // employees/…, or empty where nobody is known: it waits for whoever sees it
  absl::Time due;
};

// The same id of 40 characters for the same text: for resources of which there is one for what the text says.
std::string IdFor(const std::string& text);

const record::StateMachine& PendingStepMachine();

// Thread-safe.
class Steps {
 public:
  Steps(const service::Context& context, const Employees& employees);
  void Bind(record::Methods& methods);
  // Keeps from operations managers the steps of these subjects that are not their own. Before the first call.
  void Veil(std::function<std::optional<std::vector<std::string>>(const rpc::Principal&)> subjects) { *veiled_ = std::move(subjects); }

  // Opens a step, or opens it again, or gives the open one another owner and due time. Does nothing where all that is so already.
  absl::Status Open(record::Transaction& tx, const WantedStep& wanted) const;
  // The same of many at once, each of another subject or action, in statements of many rows.
  absl::Status OpenAll(record::Transaction& tx, const std::vector<WantedStep>& wanted) const;
  // Ends it. Nothing when it is not open.
  absl::Status Done(record::Transaction& tx, const std::string& subject, const std::string& action) const;
  // Ends all of a subject.
  absl::Status DoneAll(record::Transaction& tx, const std::string& subject) const;
  // Ends all of what lies below a resource, at any depth, in statements of many rows.
  absl::Status DoneBelow(record::Transaction& tx, const std::string& resource) const;

 private:
  absl::Status Finish(record::Transaction& tx, const std::string& name) const;
  // Gives an overdue step to the superior of its owner, and comes back a day later.
  job::Outcome Escalate(const rpc::Call& call, const job::Job& job) const;
  absl::StatusOr<v1::FindMyStepsResponse> FindMine(const rpc::Call& call, const v1::FindMyStepsRequest& request);

  record::Store& store_;
  const absl::TimeZone zone_;
  const Employees& employees_;
  record::Kind<v1::PendingStep> steps_;
  const std::shared_ptr<std::function<std::optional<std::vector<std::string>>(const rpc::Principal&)>> veiled_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_STAFF_STEP_H_
