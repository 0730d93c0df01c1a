// Who collects what again and again 定期收集, in rounds that come whether anybody looks or not (policy P1, W12).
#ifndef HEITIE_SERVICES_PLANNING_RESEARCH_COLLECTION_DUTY_H_
#define HEITIE_SERVICES_PLANNING_RESEARCH_COLLECTION_DUTY_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "heitie/planning/v1/collection_duty.pb.h"
#include "services/planning/plan/tables.h"
#include "services/planning/policy/plan_duty.h"

namespace heitie::planning {

extern const status::Reason kDeputyIsOwner;
extern const status::Reason kStartsTooEarly;  // {date} {earliest}
extern const status::Reason kDutyEnded;       // {name}
extern const status::Reason kItemsOrNothing;
extern const status::Reason kTooFewItems;  // {wanted} {count}
extern const status::Reason kItemCounted;  // {item}

const record::StateMachine& CollectionDutyMachine();
const record::StateMachine& CollectionRoundMachine();

// Thread-safe.
class CollectionDuties {
 public:
  CollectionDuties(const service::Context& context, Tables& tables, PlanDuties& plan_duties);
  CollectionDuties(const CollectionDuties&) = delete;
  void Bind(record::Methods& methods);

 private:
  absl::Status Create(record::Transaction& tx, v1::CollectionDuty& duty);
  absl::Status Update(record::Transaction& tx, const v1::CollectionDuty& before, v1::CollectionDuty& after);
  absl::StatusOr<v1::CollectionDuty> End(record::Transaction& tx, const v1::EndCollectionDutyRequest& request);
  absl::StatusOr<v1::CollectionRound> Fulfill(record::Transaction& tx, const v1::FulfillCollectionRoundRequest& request);

  job::Outcome OpenAll(const rpc::Call& call);
  // The day until which rounds are to be there.
  absl::StatusOr<absl::CivilDay> HorizonOf(sql::Session& session, const v1::CollectionDuty& duty, const v1::PlanningPolicy& policy,
                                           absl::Time now) const;
  // Opens the rounds of a duty whose days have come near.
  absl::Status Open(record::Transaction& tx, const std::string& name);
  absl::StatusOr<std::vector<v1::CollectionRound>> OpenRoundsOf(sql::Session& session, const std::string& duty) const;

  Tables& tables_;
  PlanDuties& plan_duties_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_RESEARCH_COLLECTION_DUTY_H_
