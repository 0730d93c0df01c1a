// What the approval of a project takes of the resource service (policy W2): what its scheme demands of budgets, from stock, for purchase
// and of people's days, in resource's terms. Pure.
#ifndef HEITIE_SERVICES_PLANNING_PLAN_DEMAND_H_
#define HEITIE_SERVICES_PLANNING_PLAN_DEMAND_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/status/reason.h"
#include "heitie/planning/v1/defect.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/scheme.pb.h"
#include "heitie/resource/v1/allotment.pb.h"

namespace heitie::planning {

// Materials until the project's last day, purchases for its first one on behalf of its owner.
resource::v1::Allotment AllotmentOf(const v1::Project& project, const v1::Scheme& scheme);
// Whether there is anything to take.
bool TakesAnything(const resource::v1::Allotment& allotment);

// What stands in the way, in English and Chinese. Another service's refusal, asked for in English, has its own sentences in that language
// alone; the Chinese ones say the same by reason, without the figures.
std::vector<v1::Defect> ObstaclesOf(const absl::Status& refusal);
v1::Defect ObstacleOf(const std::string& subject, const std::string& reason, const status::Words& words);

// FAILED_PRECONDITION, DEMAND_SHORT, with a violation for each obstacle in the language of whoever is told.
absl::Status ShortOf(const std::string& project, const std::vector<v1::Defect>& obstacles);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_PLAN_DEMAND_H_
