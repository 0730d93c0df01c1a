// What action items come from (W12).
#ifndef HEITIE_SERVICES_PLANNING_FOLLOWUP_SOURCE_H_
#define HEITIE_SERVICES_PLANNING_FOLLOWUP_SOURCE_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/sql/database.h"
#include "common/status/reason.h"

namespace heitie::planning {

extern const status::Reason kSourceUnknown;  // {source}

// The table in which something of a name is kept that an action item may come from; empty where there is no such kind.
std::string TableOfSource(const std::string& name);

// Whether it is there, as far as planning knows. What few may know of is not.
absl::StatusOr<bool> IsKnownSource(sql::Session& session, const std::string& name);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_FOLLOWUP_SOURCE_H_
