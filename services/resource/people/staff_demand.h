// Needs for people of a position (policy S1). Personnel makes gaps of them (W9).
#ifndef HEITIE_SERVICES_RESOURCE_PEOPLE_STAFF_DEMAND_H_
#define HEITIE_SERVICES_RESOURCE_PEOPLE_STAFF_DEMAND_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/resource/v1/staff_demand.pb.h"

namespace heitie::resource {

struct StaffTables;

extern const status::Reason kDemandWithdrawn;  // {demand}
extern const status::Reason kDemandFollows;    // {demand} {origin}

const record::StateMachine& StaffDemandMachine();

// Thread-safe.
class StaffDemands {
 public:
  explicit StaffDemands(StaffTables& tables) : tables_(tables) {}
  void Bind(record::Methods& methods);

  // For what demands follow, in its transaction. Gives back the person-days to come that the demand does not need, which are those outside
  // of its days.
  absl::Status Free(record::Transaction& tx, const v1::StaffDemand& demand) const;
  absl::Status Withdraw(record::Transaction& tx, const std::string& name, const std::string& reason) const;

 private:
  absl::Status Create(record::Transaction& tx, v1::StaffDemand& demand);
  absl::Status Update(record::Transaction& tx, const v1::StaffDemand& before, v1::StaffDemand& after);
  absl::StatusOr<v1::StaffDemand> Withdraw(record::Transaction& tx, const v1::WithdrawStaffDemandRequest& request);
  absl::Status End(record::Transaction& tx, const std::string& reason, v1::StaffDemand& demand) const;

  StaffTables& tables_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_PEOPLE_STAFF_DEMAND_H_
