// What resource waits for when custody has passed (policy W14, W12): its counts stand among the steps that wait for people, so that one
// method tells everybody what waits for them, and what is overdue comes back.
#ifndef HEITIE_SERVICES_PERSONNEL_LEAVING_CUSTODY_STEPS_H_
#define HEITIE_SERVICES_PERSONNEL_LEAVING_CUSTODY_STEPS_H_

#include "absl/status/status.h"
#include "common/event/reactions.h"
#include "common/record/store.h"
#include "common/service/main.h"
#include "heitie/resource/v1/custody_count.pb.h"
#include "services/personnel/staff/employee.h"
#include "services/personnel/staff/step.h"

namespace heitie::personnel {

// Follows resource's counts: one that is open waits for the custodian ("confirm"), one that differs for whoever leads the custodian
// ("accept"), until its due time. Thread-safe.
class CustodySteps {
 public:
  CustodySteps(const service::Context& context, const Employees& employees, const Steps& steps);

 private:
  absl::Status OnCount(const rpc::Call& call, const event::Change<resource::v1::CustodyCount>& change);

  record::Store& store_;
  const absl::TimeZone zone_;
  const Employees& employees_;
  const Steps& steps_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_LEAVING_CUSTODY_STEPS_H_
