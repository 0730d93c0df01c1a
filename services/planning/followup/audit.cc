// Whether everything that is owed has an owner who is there, and a list on which it comes back (W12, W14).
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/record/columns.h"
#include "common/record/holdings.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/planning/followup/action_item.h"
#include "services/planning/followup/audit_history.h"
#include "services/planning/plan/project.h"

namespace heitie::planning {

using v1::ActionItem;
using v1::FollowUpViolation;
using v1::MeetingSeries;

namespace {

constexpr char kPackage[] = "heitie.planning.v1";

// " AND state IN (…)" of the states in which a responsibility is open.
std::string OpenStates(const record::Responsibility& responsibility) {
  if (responsibility.open.empty()) return "";
  return absl::StrCat(" AND state IN ('", absl::StrJoin(responsibility.open, "', '"), "')");
}

}  // namespace

// Of series that still meet and never will again: no agenda has what they have open.
absl::Status ActionItems::AuditRest(sql::Session& session, v1::AuditFollowUpResponse& response) const {
  ASSIGN_OR_RETURN(
      const std::vector<MeetingSeries> resting,
      tables_.series.Select(session,
                            "WHERE state = 'STATE_ACTIVE' AND name IN (SELECT series FROM action_items WHERE state IN "
                            "('STATE_OPEN', 'STATE_IN_PROGRESS', 'STATE_DONE')) AND NOT EXISTS (SELECT 1 FROM meetings m WHERE "
                            "m.meeting_series = meeting_series.name AND m.state IN ('STATE_PLANNED', "
                            "'STATE_AGENDA_PUBLISHED', 'STATE_HELD')) ORDER BY name"));
  for (const MeetingSeries& series : resting) {
    ASSIGN_OR_RETURN(const bool again, tables_.MeetsAgain(session, series));
    if (again) continue;
    ASSIGN_OR_RETURN(const std::vector<ActionItem> open, OpenOf(session, series.name()));
    for (const ActionItem& item : open) AddViolation(response, FollowUpViolation::RULE_LISTED, item.name(), series.name());
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::AuditFollowUpResponse> ActionItems::Audit(const rpc::Call& call, const v1::AuditFollowUpRequest& request) {
  const absl::Time at = request.has_as_of() ? time::ToTime(request.as_of()) : call.now;
  status::BadFields bad;
  if (at > call.now) bad.Add("as_of", kMeasuredLater, {{"date", time::InstantText(at)}});
  RETURN_IF_ERROR(bad.status());
  return tables_.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::AuditFollowUpResponse> {
    v1::AuditFollowUpResponse response;
    *response.mutable_audit_time() = time::ToTimestamp(at);
    if (request.has_as_of()) {
      RETURN_IF_ERROR(AuditThen(
          session, at, [&](const std::string& employee) { return notices_.HasLeft(employee, at); }, response));
      return response;
    }
    int64_t count = 0;
    for (const google::protobuf::Descriptor* resource : record::ResourcesOf(kPackage)) {
      for (const record::Responsibility& responsibility : record::ResponsibilitiesOf(*resource)) {
        // Lists of members are nobody's debt.
        if (responsibility.path.size() != 1 || responsibility.path[0]->is_repeated()) continue;
        const std::string& field = responsibility.path[0]->name();
        RETURN_IF_ERROR(session.Query(absl::StrCat("SELECT name, `", field, "` FROM ", record::TableOf(*resource), " WHERE `", field,
                                                   "` <> ''", OpenStates(responsibility), " ORDER BY name"),
                                      {}, [&](const sql::Row& row) {
                                        ++count;
                                        if (!notices_.HasLeft(row.Text(1), call.now)) return;
                                        AddViolation(response, FollowUpViolation::RULE_OWNER_THERE, row.Text(0),
                                                     absl::StrCat(field, " ", row.Text(1)));
                                      }));
      }
    }
    RETURN_IF_ERROR(
        session.Query("SELECT name FROM action_items WHERE state IN ('STATE_OPEN', 'STATE_IN_PROGRESS') AND (owner = '' OR owed_to = '') "
                      "UNION ALL SELECT name FROM plan_duties WHERE state = 'STATE_OPEN' AND owner = ''",
                      {}, [&](const sql::Row& row) { AddViolation(response, FollowUpViolation::RULE_OWNED, row.Text(0), "owner"); }));
    RETURN_IF_ERROR(session.Query(
        "SELECT a.name, a.series FROM action_items a LEFT JOIN meeting_series s ON s.name = a.series AND s.state = 'STATE_ACTIVE' "
        "WHERE a.state IN ('STATE_OPEN', 'STATE_IN_PROGRESS', 'STATE_DONE') AND s.name IS NULL ORDER BY a.name",
        {}, [&](const sql::Row& row) { AddViolation(response, FollowUpViolation::RULE_LISTED, row.Text(0), row.Text(1)); }));
    RETURN_IF_ERROR(AuditRest(session, response));
    ASSIGN_OR_RETURN(const std::vector<v1::RaciEntry> entries,
                     tables_.planning.raci_entries.Select(session, "WHERE state = 'STATE_ACTIVE' ORDER BY name"));
    for (const v1::RaciEntry& entry : entries) {
      AuditResponsible(
          entry, [&](const std::string& employee) { return notices_.HasLeft(employee, call.now); }, response);
      if (entry.accountable().empty()) AddViolation(response, FollowUpViolation::RULE_RACI, entry.name(), "accountable");
      const bool nobody = entry.responsible().empty() && entry.responsible_departments().empty();
      if (nobody) AddViolation(response, FollowUpViolation::RULE_RACI, entry.name(), "responsible");
    }
    RETURN_IF_ERROR(session.Query(
        "SELECT a.name, m.name FROM meetings m JOIN action_items a ON m.name > CONCAT(a.series, '/meetings/') AND "
        "m.name < CONCAT(a.series, '/meetings0') LEFT JOIN agenda_entries e ON e.meeting = m.name AND e.subject = a.name "
        "WHERE m.state = 'STATE_AGENDA_PUBLISHED' AND a.state IN ('STATE_OPEN', 'STATE_IN_PROGRESS', 'STATE_DONE') AND a.update_time < ? "
        "AND m.publish_time < ? AND e.name IS NULL ORDER BY a.name",
        sql::Bind(call.now - kAgendaPatience, call.now - kAgendaPatience),
        [&](const sql::Row& row) { AddViolation(response, FollowUpViolation::RULE_ON_AGENDA, row.Text(0), row.Text(1)); }));
    response.set_resource_count(static_cast<int32_t>(count + static_cast<int64_t>(entries.size())));
    return response;
  });
}

}  // namespace heitie::planning
