#include "services/planning/meeting/agenda_history.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/planning/meeting/agenda.h"
#include "services/planning/plan/project.h"
#include "services/planning/plan/rows_then.h"

namespace heitie::planning {

const status::Reason kAgendaNotKept{absl::StatusCode::kFailedPrecondition, "AGENDA_NOT_KEPT",
                                    "The agenda of {name} was not published then, and followed facts that are not kept.",
                                    "{name} 的議程當時尚未發布，所依據的事實未予保存。"};

absl::StatusOr<v1::ComputeAgendaResponse> AgendaThen(const MeetingTables& tables, const rpc::Call& call, const std::string& meeting,
                                                     absl::Time at) {
  status::BadFields bad;
  if (at > call.now) bad.Add("as_of", kMeasuredLater, {{"date", time::InstantText(at)}});
  RETURN_IF_ERROR(bad.status());
  return tables.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::ComputeAgendaResponse> {
    v1::ComputeAgendaResponse response;
    RETURN_IF_ERROR(session.Query("SELECT position FROM event_position WHERE id = 1", {},
                                  [&](const sql::Row& row) { response.set_position(row.Int(0)); }));
    v1::Meeting then;
    RETURN_IF_ERROR(FindThen(session, meeting, at, &then));
    if (!then.has_publish_time()) return status::Error(kAgendaNotKept, {{"name", meeting}});
    ASSIGN_OR_RETURN(const RowsThen rows,
                     ChildrenThen(session, *v1::AgendaEntry::descriptor(), absl::StrCat(meeting, "/agendaEntries"), at));
    std::vector<v1::AgendaEntry> entries = RowsOf<v1::AgendaEntry>(rows);
    std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.place() < b.place(); });
    response.set_planned_minutes(PlannedMinutes(entries));
    const int64_t minutes = absl::ToInt64Minutes(time::ToTime(then.end_time()) - time::ToTime(then.start_time()));
    response.set_excess_minutes(static_cast<int32_t>(std::max<int64_t>(0, response.planned_minutes() - minutes)));
    for (v1::AgendaEntry& entry : entries) *response.add_agenda_entries() = std::move(entry);
    return response;
  });
}

}  // namespace heitie::planning
