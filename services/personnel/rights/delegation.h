// Roles of somebody's post that somebody else holds as well for some days (policy H1). What a delegation gives on a day is computed by
// common/people; here is who may give it, and when it is over.
#ifndef HEITIE_SERVICES_PERSONNEL_RIGHTS_DELEGATION_H_
#define HEITIE_SERVICES_PERSONNEL_RIGHTS_DELEGATION_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/delegation.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "services/personnel/rights/access_policy.h"
#include "services/personnel/rights/managers.h"
#include "services/personnel/staff/approval.h"
#include "services/personnel/staff/employee.h"
#include "services/personnel/staff/step.h"

namespace heitie::personnel {

extern const status::Reason kUnknownEmployee;      // {employee}
extern const status::Reason kDelegateIsDelegator;  // {name}
extern const status::Reason kDelegationInThePast;  // {start}
extern const status::Reason kDelegationTooLong;    // {days} {most}
extern const status::Reason kNotYourRoles;         // {delegator}
extern const status::Reason kRoleNotHeld;          // {name} {role} {date}

const record::StateMachine& DelegationMachine();

// What is wrong with a delegation by itself, at most `most_days` long and proposed on `today`; every bad field. DELEGATE_IS_DELEGATOR,
// ROLE_NOT_FOR_PEOPLE, DATES_REVERSED, DELEGATION_IN_THE_PAST, DELEGATION_TOO_LONG.
void CheckDelegation(const v1::Delegation& delegation, absl::CivilDay today, int most_days, status::BadFields& bad);

// The first of the days on which the post of `delegator` has not the role; `positions` are all that the delegator holds on some day.
std::optional<absl::CivilDay> FirstDayWithoutRole(const v1::Employee& delegator, const std::vector<v1::Position>& positions,
                                                  options::v1::Role role, absl::CivilDay first, absl::CivilDay last);

// Thread-safe.
class Delegations {
 public:
  Delegations(const service::Context& context, const AccessPolicies& policies, const Employees& employees,
              const record::Kind<v1::Position>& positions, const Approvals& approvals, const Steps& steps);
  void Bind(record::Methods& methods);

 private:
  absl::Status Create(record::Transaction& tx, v1::Delegation& delegation);
  absl::StatusOr<v1::Delegation> Approve(record::Transaction& tx, const v1::ApproveDelegationRequest& request);
  absl::StatusOr<v1::Delegation> Reject(record::Transaction& tx, const v1::RejectDelegationRequest& request);
  absl::StatusOr<v1::Delegation> Revoke(record::Transaction& tx, const v1::RevokeDelegationRequest& request);
  // OUTSIDE_EMPLOYMENT of the delegate, ROLE_NOT_HELD of the delegator, on the days from `from` on.
  absl::Status CheckPosts(record::Transaction& tx, const v1::Delegation& delegation, absl::CivilDay from) const;
  absl::StatusOr<v1::Delegation> Decide(record::Transaction& tx, record::Step<v1::Delegation>& step, const std::string& reason) const;
  // Keeps the step that waits and the job that ends it.
  absl::Status Follow(record::Transaction& tx, const v1::Delegation* before, const v1::Delegation* after) const;
  job::Outcome End(const rpc::Call& call, const job::Job& job) const;
  absl::CivilDay DayOf(absl::Time time) const { return absl::ToCivilDay(time, zone_); }

  record::Store& store_;
  const absl::TimeZone zone_;
  record::Kind<v1::Delegation> delegations_;
  const AccessPolicies& policies_;
  const Employees& employees_;
  const record::Kind<v1::Position>& positions_;
  const Approvals& approvals_;
  const Steps& steps_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_RIGHTS_DELEGATION_H_
