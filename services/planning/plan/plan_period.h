// Plan periods 計劃期間: years, quarters and months that projects are planned in (P2).
#ifndef HEITIE_SERVICES_PLANNING_PLAN_PLAN_PERIOD_H_
#define HEITIE_SERVICES_PLANNING_PLAN_PLAN_PERIOD_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "heitie/planning/v1/plan_period.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "services/planning/plan/defect.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

extern const status::Reason kPeriodMisfit;   // {name} {count}
extern const status::Reason kPeriodInUse;    // {name} {by}
extern const status::Reason kPeriodClosed;   // {name}
extern const status::Reason kPeriodNotOver;  // {name} {date}

const record::StateMachine& PlanPeriodMachine();

// Whether what was approved is no longer what is planned (W3).
bool ChangesPlan(const v1::PlanPeriod& before, const v1::PlanPeriod& after);

// The defects of the cascade that the period stands in: of the period itself and of all that it is a part of.
absl::StatusOr<Defects> CheckCascade(sql::Session& session, const Tables& tables, const v1::PlanPeriod& period);

// What metrics measured of a target from one day to another, with its source, or why nothing; the sentence is in the caller's language. An
// error only when metrics does not answer, and then the sentence is there as well.
absl::Status AskMetrics(const service::Context& context, const rpc::Call& call, absl::CivilDay from, absl::CivilDay until,
                        const v1::PeriodTarget& target, v1::TargetAttainment& attainment);

class PlanPeriods {
 public:
  PlanPeriods(const service::Context& context, Tables& tables) : context_(context), tables_(tables) {}
  void Bind(record::Methods& methods);

 private:
  absl::Status Create(record::Transaction& tx, v1::PlanPeriod& period);
  absl::StatusOr<const char*> Update(record::Transaction& tx, const v1::PlanPeriod& before, v1::PlanPeriod& after);
  absl::Status Fit(record::Transaction& tx, v1::PlanPeriod& period);
  absl::StatusOr<v1::PlanPeriod> Approve(record::Transaction& tx, const v1::ApprovePlanPeriodRequest& request);
  absl::StatusOr<v1::PlanPeriod> Close(record::Transaction& tx, const v1::ClosePlanPeriodRequest& request);
  absl::StatusOr<v1::ComputePeriodAttainmentResponse> Attainment(const rpc::Call& call, const v1::ComputePeriodAttainmentRequest& request);
  // The projects that were in a period at a position, by name.
  static absl::StatusOr<std::vector<v1::Project>> ProjectsAt(sql::Session& session, const std::string& period, int64_t position);
  // The tasks of a project that were neither done nor cancelled at a position.
  static absl::Status AddUnfinished(sql::Session& session, const std::string& project, int64_t position,
                                    v1::ComputePeriodAttainmentResponse& response);
  absl::StatusOr<v1::ComputePeriodCarryOverResponse> CarryOver(const rpc::Call& call, const v1::ComputePeriodCarryOverRequest& request);
  absl::Status CheckUnused(record::Transaction& tx, const v1::PlanPeriod& period);
  absl::StatusOr<v1::CheckPlanPeriodResponse> Check(const rpc::Call& call, const v1::CheckPlanPeriodRequest& request);

  service::Context context_;
  Tables& tables_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_PLAN_PLAN_PERIOD_H_
