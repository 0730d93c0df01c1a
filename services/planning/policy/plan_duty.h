// What planning asks of people by a day: it comes back until it is done (W12).
#ifndef HEITIE_SERVICES_PLANNING_POLICY_PLAN_DUTY_H_
#define HEITIE_SERVICES_PLANNING_POLICY_PLAN_DUTY_H_

#include <functional>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "heitie/planning/v1/plan_duty.pb.h"
#include "services/planning/notice/tell.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

const record::StateMachine& PlanDutyMachine();

// How many steps a duty has climbed on a day that is so many working days after it was due.
int EscalationAfter(const v1::PlanningPolicy& policy, int64_t working_days_late);

// Thread-safe. Who asks holds the row of the subject, by which there is one open duty for it.
class PlanDuties {
 public:
  PlanDuties(const service::Context& context, Tables& tables, const Notices& notices);
  PlanDuties(const PlanDuties&) = delete;
  void Bind(record::Methods& methods);

  // Who gets a duty of this kind besides, once it escalates; empty for nobody.
  using DeputyOf = std::function<absl::StatusOr<std::string>(sql::Session&, const std::string& subject)>;
  void SetDeputy(v1::PlanDuty::Kind kind, DeputyOf deputy_of) { deputies_[kind] = std::move(deputy_of); }

  struct Wanted {
    v1::PlanDuty::Kind kind;
    std::string subject, owner;
    absl::CivilDay due;
    std::string calendar, policy;
  };
  // The open duty of the subject, asked now if there was none. Its owner is told.
  absl::StatusOr<v1::PlanDuty> Ask(record::Transaction& tx, const Wanted& wanted) const;
  // Nothing is asked any more; does nothing when nothing was.
  absl::Status Done(record::Transaction& tx, const std::string& subject) const;
  // The open duty names somebody else.
  absl::Status Pass(record::Transaction& tx, const std::string& subject, const std::string& owner) const;

 private:
  job::Outcome EscalateLate(const rpc::Call& call);
  absl::Status Escalate(record::Transaction& tx, const std::string& name) const;

  // `cause`: what of the duty it is that the recipient is told.
  absl::Status TellOf(record::Transaction& tx, const v1::PlanDuty& duty, const std::string& recipient, const std::string& cause) const;

  Tables& tables_;
  const Notices& notices_;
  std::map<v1::PlanDuty::Kind, DeputyOf> deputies_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_POLICY_PLAN_DUTY_H_
