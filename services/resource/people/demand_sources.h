// Demands for people that plans and activities make by themselves (policy S1): a scheme that is approved says which people its project
// needs, its activities say when.
#ifndef HEITIE_SERVICES_RESOURCE_PEOPLE_DEMAND_SOURCES_H_
#define HEITIE_SERVICES_RESOURCE_PEOPLE_DEMAND_SOURCES_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "common/rpc/call.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/scheme.pb.h"
#include "heitie/resource/v1/staff_demand.pb.h"

namespace heitie::resource {

struct StaffTables;
class StaffDemands;

// A demand, and a text that is the same for the same need however it changes. The demand has no name.
using WantedDemand = std::pair<std::string, v1::StaffDemand>;

// What approved schemes need from `today` on. An activity that is being prepared or runs needs the people of its scheme on its own days,
// with its own courses besides; a project whose scheme has no activity yet needs them on the days of the project. Nothing for projects that
// are over. Each day may have people of its own.
std::vector<WantedDemand> DemandsFrom(const std::vector<planning::v1::Project>& projects, const std::vector<planning::v1::Scheme>& schemes,
                                      const std::vector<activity::v1::Activity>& activities, absl::CivilDay today);

// Whether both say the same of what is followed: what for, position, courses, days, how many, whose.
bool SameNeed(const v1::StaffDemand& a, const v1::StaffDemand& b);

// Thread-safe.
class DemandSources {
 public:
  DemandSources(StaffTables& tables, const StaffDemands& demands) : tables_(tables), demands_(demands) {}
  // Makes, changes and withdraws demands until they say what their sources do. What the sources do not tell (minutes, priority, who is
  // engaged) is left as people have set it. Nothing while planning has not been heard to the end once.
  absl::Status Follow(const rpc::Call& call) const;

 private:
  StaffTables& tables_;
  const StaffDemands& demands_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_PEOPLE_DEMAND_SOURCES_H_
