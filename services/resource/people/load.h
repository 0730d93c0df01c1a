// How full people are, day by day, and what that says of posts and training (policy S1, S2). Pure functions.
#ifndef HEITIE_SERVICES_RESOURCE_PEOPLE_LOAD_H_
#define HEITIE_SERVICES_RESOURCE_PEOPLE_LOAD_H_

#include <map>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "heitie/resource/v1/staff_load.pb.h"
#include "services/resource/people/capacity.h"

namespace heitie::resource {

struct DayLoad {
  int capacity = 0;
  int assigned = 0;
  std::vector<v1::StaffOverload::Load> loads;  // by subject and demand
};

// Of people whom personnel knows, days from `first` to `last` on which something is assigned.
std::map<EmployeeDay, DayLoad> LoadsOf(const StaffFacts& facts, const std::vector<PersonDay>& days, absl::CivilDay first,
                                       absl::CivilDay last);

// The map of weeks by person and team. `department`: of those alone who belong to it on the last day of theirs; empty: of all.
v1::ComputeStaffLoadResponse LoadMap(const StaffFacts& facts, const std::vector<PersonDay>& days, absl::CivilDay first, absl::CivilDay last,
                                     const std::string& department);

// Posts that are short by week and quarter, and days that people have free.
v1::ComputeStaffOutlookResponse OutlookOf(const StaffFacts& facts, const std::vector<v1::StaffDemand>& demands,
                                          const std::vector<PersonDay>& days, absl::CivilDay first, absl::CivilDay last);

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_PEOPLE_LOAD_H_
