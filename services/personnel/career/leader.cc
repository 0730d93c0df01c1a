#include "services/personnel/career/leader.h"

#include <algorithm>
#include <vector>

#include "heitie/options/v1/access.pb.h"
#include "services/personnel/training/learner_rows.h"

namespace heitie::personnel {

const status::Reason kOwnMatter{absl::StatusCode::kPermissionDenied, "OWN_MATTER", "{name} cannot do this in their own matter.",
                                "{name} 是當事人，不能自行處理。"};
const status::Reason kNotTheirLeader{absl::StatusCode::kPermissionDenied, "NOT_THEIR_LEADER",
                                     "Whoever leads {employee} does this, or an operations manager.",
                                     "須由 {employee} 的上級或運營經理處理。"};

Leaders::Leaders(const Teams& teams) : led_(LedBy(teams)) {}

bool Leaders::Sees(const rpc::Principal& principal, const std::string& employee) const {
  if (employee == principal.name || principal.Has(options::v1::ROLE_OPERATIONS_MANAGER)) return true;
  const std::vector<std::string> led = led_(principal);
  return std::find(led.begin(), led.end(), employee) != led.end();
}

absl::Status Leaders::Check(const rpc::Call& call, const std::string& employee, const std::string& besides) const {
  if (call.principal.name == employee) return status::Error(kOwnMatter, {{"name", employee}});
  if (call.principal.name == besides || Sees(call.principal, employee)) return absl::OkStatus();
  return status::Error(kNotTheirLeader, {{"employee", employee}});
}

record::Rule Leaders::Rows() const {
  return record::Own("employee") || record::Among("employee", led_) || record::Holds(options::v1::ROLE_OPERATIONS_MANAGER);
}

record::Rule Leaders::MadeBelow() const { return record::Among("creator", led_); }

}  // namespace heitie::personnel
