// Whether everything that was owed had an owner who was there and a list, at an instant of the past (W12, W14).
#ifndef HEITIE_SERVICES_PLANNING_FOLLOWUP_AUDIT_HISTORY_H_
#define HEITIE_SERVICES_PLANNING_FOLLOWUP_AUDIT_HISTORY_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/sql/database.h"
#include "heitie/planning/v1/action_item.pb.h"
#include "heitie/planning/v1/raci_entry.pb.h"

namespace heitie::planning {

// What comes late is on a published agenda within half a minute, by a job.
inline constexpr absl::Duration kAgendaPatience = absl::Minutes(1);

void AddViolation(v1::AuditFollowUpResponse& response, v1::FollowUpViolation::Rule rule, const std::string& resource,
                  const std::string& detail);

// RULE_OWNER_THERE of whoever does what an entry is about.
void AuditResponsible(const v1::RaciEntry& entry, const std::function<bool(const std::string& employee)>& has_left,
                      v1::AuditFollowUpResponse& response);

// The same rules as of what is now, over what the events tell. `has_left` is of that instant.
absl::Status AuditThen(sql::Session& session, absl::Time at, const std::function<bool(const std::string& employee)>& has_left,
                       v1::AuditFollowUpResponse& response);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_FOLLOWUP_AUDIT_HISTORY_H_
