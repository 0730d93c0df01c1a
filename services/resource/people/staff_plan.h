// Plans of who does what on which days (policy S1): computed as proposals, put into force by another person.
#ifndef HEITIE_SERVICES_RESOURCE_PEOPLE_STAFF_PLAN_H_
#define HEITIE_SERVICES_RESOURCE_PEOPLE_STAFF_PLAN_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/resource/v1/staff_plan.pb.h"
#include "services/resource/people/capacity.h"

namespace heitie::resource {

struct StaffTables;

extern const status::Reason kPlanTooLong;             // {days} {most}
extern const status::Reason kPlanTooLarge;            // {options} {most}
extern const status::Reason kPlanOver;                // {plan} {end}
extern const status::Reason kUnknownDemand;           // {demand}
extern const status::Reason kOwnPlan;                 // {plan} {person}
extern const status::Reason kPlanStale;               // {plan} {demands}
extern const status::Reason kPlanDoesNotHold;         // {plan}
extern const status::Reason kPersonNotEmployed;       // {employee} {demand} {day}
extern const status::Reason kPersonInOtherPosition;   // {employee} {demand} {day}
extern const status::Reason kPersonLacksCertificate;  // {employee} {demand} {day} {course}
extern const status::Reason kPersonAbsent;            // {employee} {demand} {day}
extern const status::Reason kPersonDayTaken;          // {employee} {demand} {day} {minutes}

inline constexpr int kMostPlanDays = 92;

const record::StateMachine& StaffPlanMachine();

// DATES_REVERSED or STAFF_PLAN_TOO_LONG at `end_field`.
absl::Status CheckSpan(const google::type::Date& start, const google::type::Date& end, int most, const std::string& end_field);

// Person-days that do not hold by the facts, by demand and employee. `taken` are minutes of each day beside these person-days.
std::vector<v1::StaffPlan::Broken> BrokenOf(const StaffFacts& facts, const std::map<std::string, v1::StaffDemand>& demands,
                                            const std::vector<PersonDay>& days, const std::map<EmployeeDay, int>& taken);

// Thread-safe.
class StaffPlans {
 public:
  explicit StaffPlans(StaffTables& tables) : tables_(tables) {}
  void Bind(record::Methods& methods);

  // For an allotment, in its transaction, as ApproveStaffPlan and ReleaseStaffPlan. Giving back does nothing where it is not in force.
  absl::Status PutInForce(record::Transaction& tx, const std::string& name) const;
  absl::Status GiveBack(record::Transaction& tx, const std::string& name, const std::string& reason) const;

 private:
  absl::StatusOr<v1::StaffPlan> Approve(record::Transaction& tx, const record::Target& target) const;
  absl::StatusOr<v1::StaffPlan> Release(record::Transaction& tx, const record::Target& target, const std::string& reason) const;
  absl::Status Create(record::Transaction& tx, v1::StaffPlan& plan);
  absl::StatusOr<v1::StaffPlan> Propose(const rpc::Call& call, const v1::ProposeStaffPlanRequest& request);
  absl::StatusOr<v1::StaffPlan> Approve(record::Transaction& tx, const v1::ApproveStaffPlanRequest& request);
  absl::StatusOr<v1::StaffPlan> Reject(record::Transaction& tx, const v1::RejectStaffPlanRequest& request);
  absl::StatusOr<v1::StaffPlan> Release(record::Transaction& tx, const v1::ReleaseStaffPlanRequest& request);

  absl::Status Compute(const rpc::Call& call, v1::StaffPlan& plan) const;
  // The plan's demands, locked in the order of their names. PLAN_STALE.
  absl::StatusOr<std::map<std::string, v1::StaffDemand>> LockDemands(record::Transaction& tx, const v1::StaffPlan& plan) const;
  absl::Status Take(record::Transaction& tx, const v1::StaffPlan& plan) const;

  StaffTables& tables_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_PEOPLE_STAFF_PLAN_H_
