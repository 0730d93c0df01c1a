// Headcount plans and their versions, and what they leave to be filled (policy H2).
#ifndef HEITIE_SERVICES_PERSONNEL_RECRUITMENT_HEADCOUNT_PLAN_H_
#define HEITIE_SERVICES_PERSONNEL_RECRUITMENT_HEADCOUNT_PLAN_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/headcount_plan.pb.h"
#include "heitie/personnel/v1/offer.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/personnel/v1/promotion.pb.h"
#include "heitie/personnel/v1/requisition.pb.h"
#include "services/personnel/recruitment/decisions.h"
#include "services/personnel/recruitment/headcount.h"
#include "services/personnel/staff/employee.h"

namespace heitie::personnel {

extern const status::Reason kHeadcountPlanExists;  // {plan} {position} {department}
extern const status::Reason kNotAMonth;            // {date}
extern const status::Reason kMonthsOutOfOrder;     // {date} {before}
extern const status::Reason kPlanVersionFixed;     // {name}
extern const status::Reason kHeadcountShort;       // {position} {department} {date} {to_open} {seats}

// Every bad month of a version. NOT_A_MONTH, MONTHS_OUT_OF_ORDER.
absl::Status CheckMonths(const v1::HeadcountPlanVersion& version);

const record::StateMachine& HeadcountPlanVersionMachine();

// Thread-safe.
class HeadcountPlans {
 public:
  HeadcountPlans(const service::Context& context, const Decisions& decisions, const record::Kind<v1::Position>& positions,
                 Employees& employees);
  void Bind(record::Methods& methods);
  const record::Kind<v1::HeadcountPlan>& kind() const { return plans_; }

  // For whoever takes a place or changes how many there are: from here until the transaction ends nobody else does, on no node. Nothing to
  // hold where there is no plan, for then no place is left.
  absl::Status Guard(record::Transaction& tx, const std::string& position, const std::string& department) const;
  absl::StatusOr<v1::ComputeHeadcountResponse> HeadcountOf(sql::Session& session, const std::string& position,
                                                           const std::string& department, absl::CivilDay day) const;
  // What is missing of a plan on the days `from` … `to` (ShortageIn).
  absl::StatusOr<std::optional<HeadcountShortage>> ShortageOf(sql::Session& session, const v1::HeadcountPlan& plan, absl::CivilDay from,
                                                              absl::CivilDay to) const;
  // Who wrote a version.
  absl::StatusOr<std::string> ProposerOf(sql::Session& session, const std::string& version) const;

  // What is done in the transaction of whatever changes how many are planned or there: an approval, an employee, an offer. Declared before
  // the first change.
  using Follow = std::function<absl::Status(record::Transaction&, const std::string& plan)>;
  void OnChange(Follow follow) { follows_.push_back(std::move(follow)); }
  // Somebody comes to the pair or goes, otherwise than as an employee.
  absl::Status Changed(record::Transaction& tx, const std::string& position, const std::string& department) const;

  // After Guard: whether what is to be opened of the pair suffices for a requisition that does not count yet. HEADCOUNT_SHORT.
  absl::Status CheckSeats(record::Transaction& tx, const v1::Requisition& requisition) const;

 private:
  absl::Status CreatePlan(record::Transaction& tx, v1::HeadcountPlan& plan);
  absl::Status Create(record::Transaction& tx, v1::HeadcountPlanVersion& version);
  absl::Status Update(record::Transaction& tx, const v1::HeadcountPlanVersion& before, v1::HeadcountPlanVersion& after);
  absl::StatusOr<v1::HeadcountPlanVersion> Submit(record::Transaction& tx, const v1::SubmitHeadcountPlanVersionRequest& request);
  absl::StatusOr<v1::HeadcountPlanVersion> Approve(record::Transaction& tx, const v1::ApproveHeadcountPlanVersionRequest& request);
  absl::StatusOr<v1::HeadcountPlanVersion> Reject(record::Transaction& tx, const v1::RejectHeadcountPlanVersionRequest& request);
  absl::StatusOr<v1::ComputeHeadcountResponse> Compute(const rpc::Call& call, const v1::ComputeHeadcountRequest& request);

  absl::StatusOr<std::vector<v1::HeadcountPlan>> PlanOf(sql::Session& session, const std::string& position,
                                                        const std::string& department) const;
  absl::StatusOr<HeadcountFacts> ReadFacts(sql::Session& session, const std::string& position, const std::string& department) const;

  record::Store& store_;
  const absl::TimeZone zone_;
  const Decisions& decisions_;
  record::Kind<v1::HeadcountPlan> plans_;
  record::Kind<v1::HeadcountPlanVersion> versions_;
  const record::Kind<v1::Requisition> requisitions_;
  const record::Kind<v1::Offer> offers_;
  const record::Kind<v1::Promotion> promotions_;
  const record::Kind<v1::Position>& positions_;
  const Employees& employees_;
  std::vector<Follow> follows_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_RECRUITMENT_HEADCOUNT_PLAN_H_
