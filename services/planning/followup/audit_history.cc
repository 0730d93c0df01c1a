#include "services/planning/followup/audit_history.h"

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/record/columns.h"
#include "common/record/holdings.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/planning/v1/agenda_entry.pb.h"
#include "heitie/planning/v1/meeting.pb.h"
#include "heitie/planning/v1/meeting_series.pb.h"
#include "heitie/planning/v1/plan_duty.pb.h"
#include "heitie/planning/v1/raci_entry.pb.h"
#include "services/planning/plan/rows_then.h"

namespace heitie::planning {

using v1::ActionItem;
using v1::FollowUpViolation;
using v1::Meeting;

namespace {

constexpr char kOwnPackage[] = "heitie.planning.v1";

bool IsUnfinished(const ActionItem& item) {
  return item.state() == ActionItem::STATE_OPEN || item.state() == ActionItem::STATE_IN_PROGRESS;
}

bool NeedsList(const ActionItem& item) { return IsUnfinished(item) || item.state() == ActionItem::STATE_DONE; }

template <typename T>
absl::StatusOr<std::vector<T>> AllOfThen(sql::Session& session, absl::Time at) {
  ASSIGN_OR_RETURN(const RowsThen rows, AllThen(session, *T::descriptor(), at));
  return RowsOf<T>(rows);
}

// How many people were named by what is open; who of them had left is a violation.
absl::StatusOr<int64_t> AuditOwners(sql::Session& session, absl::Time at, const std::function<bool(const std::string&)>& has_left,
                                    v1::AuditFollowUpResponse& response) {
  int64_t count = 0;
  for (const google::protobuf::Descriptor* resource : record::ResourcesOf(kOwnPackage)) {
    std::vector<record::Responsibility> responsibilities = record::ResponsibilitiesOf(*resource);
    // Lists of members are nobody's debt.
    std::erase_if(responsibilities, [](const auto& one) { return one.path.size() != 1 || one.path[0]->is_repeated(); });
    if (responsibilities.empty()) continue;
    ASSIGN_OR_RETURN(const RowsThen rows, AllThen(session, *resource, at));
    for (const record::Responsibility& responsibility : responsibilities) {
      for (const auto& row : rows) {
        const std::string who = record::NamedIn(*row, responsibility).front();
        if (who.empty() || !record::IsOpen(responsibility, *row)) continue;
        ++count;
        if (!has_left(who)) continue;
        const std::string name = row->GetReflection()->GetString(*row, resource->FindFieldByName("name"));
        AddViolation(response, FollowUpViolation::RULE_OWNER_THERE, name, absl::StrCat(responsibility.path[0]->name(), " ", who));
      }
    }
  }
  return count;
}

absl::Status AuditLists(sql::Session& session, absl::Time at, const std::vector<ActionItem>& items, v1::AuditFollowUpResponse& response) {
  ASSIGN_OR_RETURN(const std::vector<v1::MeetingSeries> all, AllOfThen<v1::MeetingSeries>(session, at));
  std::set<std::string> active;
  for (const v1::MeetingSeries& series : all) {
    if (series.state() == v1::MeetingSeries::STATE_ACTIVE) active.insert(series.name());
  }
  for (const ActionItem& item : items) {
    if (NeedsList(item) && active.count(item.series()) == 0) {
      AddViolation(response, FollowUpViolation::RULE_LISTED, item.name(), item.series());
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> AuditRaci(sql::Session& session, absl::Time at, const std::function<bool(const std::string&)>& has_left,
                                  v1::AuditFollowUpResponse& response) {
  ASSIGN_OR_RETURN(const std::vector<v1::RaciEntry> entries, AllOfThen<v1::RaciEntry>(session, at));
  int64_t count = 0;
  for (const v1::RaciEntry& entry : entries) {
    if (entry.state() != v1::RaciEntry::STATE_ACTIVE) continue;
    ++count;
    AuditResponsible(entry, has_left, response);
    if (entry.accountable().empty()) AddViolation(response, FollowUpViolation::RULE_RACI, entry.name(), "accountable");
    const bool nobody = entry.responsible().empty() && entry.responsible_departments().empty();
    if (nobody) AddViolation(response, FollowUpViolation::RULE_RACI, entry.name(), "responsible");
  }
  return count;
}

absl::Status AuditAgendas(sql::Session& session, absl::Time at, const std::vector<ActionItem>& items, v1::AuditFollowUpResponse& response) {
  ASSIGN_OR_RETURN(const std::vector<Meeting> meetings, AllOfThen<Meeting>(session, at));
  std::map<std::string, std::vector<std::string>> missing;  // by item, its meetings
  for (const Meeting& meeting : meetings) {
    const bool out = meeting.state() == Meeting::STATE_AGENDA_PUBLISHED && time::ToTime(meeting.publish_time()) < at - kAgendaPatience;
    if (!out) continue;
    ASSIGN_OR_RETURN(const RowsThen rows,
                     ChildrenThen(session, *v1::AgendaEntry::descriptor(), absl::StrCat(meeting.name(), "/agendaEntries"), at));
    std::set<std::string> subjects;
    for (const v1::AgendaEntry& entry : RowsOf<v1::AgendaEntry>(rows)) subjects.insert(entry.subject());
    for (const ActionItem& item : items) {
      const bool due =
          NeedsList(item) && item.series() == record::ParentOf(meeting.name()) && time::ToTime(item.update_time()) < at - kAgendaPatience;
      if (due && subjects.count(item.name()) == 0) missing[item.name()].push_back(meeting.name());
    }
  }
  for (const auto& [item, of] : missing) {
    for (const std::string& meeting : of) AddViolation(response, FollowUpViolation::RULE_ON_AGENDA, item, meeting);
  }
  return absl::OkStatus();
}

}  // namespace

void AddViolation(v1::AuditFollowUpResponse& response, FollowUpViolation::Rule rule, const std::string& resource,
                  const std::string& detail) {
  FollowUpViolation& violation = *response.add_violations();
  violation.set_rule(rule);
  violation.set_resource(resource);
  violation.set_detail(detail);
}

void AuditResponsible(const v1::RaciEntry& entry, const std::function<bool(const std::string& employee)>& has_left,
                      v1::AuditFollowUpResponse& response) {
  for (const std::string& person : entry.responsible()) {
    if (has_left(person)) AddViolation(response, FollowUpViolation::RULE_OWNER_THERE, entry.name(), absl::StrCat("responsible ", person));
  }
}

absl::Status AuditThen(sql::Session& session, absl::Time at, const std::function<bool(const std::string& employee)>& has_left,
                       v1::AuditFollowUpResponse& response) {
  ASSIGN_OR_RETURN(const int64_t named, AuditOwners(session, at, has_left, response));
  ASSIGN_OR_RETURN(const std::vector<ActionItem> items, AllOfThen<ActionItem>(session, at));
  for (const ActionItem& item : items) {
    const bool owned = !item.owner().empty() && !item.owed_to().empty();
    if (IsUnfinished(item) && !owned) AddViolation(response, FollowUpViolation::RULE_OWNED, item.name(), "owner");
  }
  ASSIGN_OR_RETURN(const std::vector<v1::PlanDuty> duties, AllOfThen<v1::PlanDuty>(session, at));
  for (const v1::PlanDuty& duty : duties) {
    const bool nobodys = duty.state() == v1::PlanDuty::STATE_OPEN && duty.owner().empty();
    if (nobodys) AddViolation(response, FollowUpViolation::RULE_OWNED, duty.name(), "owner");
  }
  RETURN_IF_ERROR(AuditLists(session, at, items, response));
  ASSIGN_OR_RETURN(const int64_t entries, AuditRaci(session, at, has_left, response));
  RETURN_IF_ERROR(AuditAgendas(session, at, items, response));
  response.set_resource_count(static_cast<int32_t>(named + entries));
  return absl::OkStatus();
}

}  // namespace heitie::planning
