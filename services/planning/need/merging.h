// How needs stand for each other (policy P1). Pure rules over the needs of one chain.
#ifndef HEITIE_SERVICES_PLANNING_NEED_MERGING_H_
#define HEITIE_SERVICES_PLANNING_NEED_MERGING_H_

#include <map>
#include <optional>
#include <set>
#include <string>

#include "heitie/planning/v1/need.pb.h"

namespace heitie::planning {

// What each need was merged into, by names.
using MergedInto = std::map<std::string, std::string>;

// The need itself and all that were merged into it, over any number of steps.
std::set<std::string> ChainInto(const MergedInto& merged, const std::string& need);

// Reach times impact times confidence, divided by the effort; nothing while the effort is 0.
std::optional<double> PriorityOf(const v1::Need& need);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_NEED_MERGING_H_
