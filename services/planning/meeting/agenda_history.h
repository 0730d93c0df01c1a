// The agendas of meetings as they were (policy C1).
#ifndef HEITIE_SERVICES_PLANNING_MEETING_AGENDA_HISTORY_H_
#define HEITIE_SERVICES_PLANNING_MEETING_AGENDA_HISTORY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/rpc/service.h"
#include "heitie/planning/v1/agenda_entry.pb.h"
#include "services/planning/meeting/meeting_tables.h"

namespace heitie::planning {

extern const status::Reason kAgendaNotKept;  // {name}

// What was kept of the agenda of a meeting, as it stood at an instant; the caller sees the meeting. INVALID_FIELDS with MEASURED_LATER;
// AGENDA_NOT_KEPT, NOT_FOUND.
absl::StatusOr<v1::ComputeAgendaResponse> AgendaThen(const MeetingTables& tables, const rpc::Call& call, const std::string& meeting,
                                                     absl::Time at);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_MEETING_AGENDA_HISTORY_H_
