#include "services/planning/followup/source.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/record/columns.h"
#include "common/record/store.h"
#include "common/status/macros.h"
#include "google/api/resource.pb.h"
#include "heitie/activity/v1/incident.pb.h"
#include "heitie/activity/v1/lesson.pb.h"
#include "heitie/planning/v1/agenda_entry.pb.h"
#include "heitie/planning/v1/citation.pb.h"
#include "heitie/planning/v1/collection_duty.pb.h"
#include "heitie/planning/v1/cooperation_request.pb.h"
#include "heitie/planning/v1/decision.pb.h"
#include "heitie/planning/v1/issue.pb.h"
#include "heitie/planning/v1/meeting.pb.h"
#include "heitie/risk/v1/risk.pb.h"

namespace heitie::planning {

const status::Reason kSourceUnknown{absl::StatusCode::kInvalidArgument, "SOURCE_UNKNOWN", "{source} is nothing that an item can come from.",
                                    "{source} 不是可作為事項來源的資料。"};

namespace {

using google::protobuf::Descriptor;

// By the pattern of its names, the table.
const std::vector<std::pair<std::string, std::string>>& SourceTables() {
  static const auto& tables = *[] {
    auto* all = new std::vector<std::pair<std::string, std::string>>;
    const auto add = [&](const std::string& prefix, const std::vector<const Descriptor*>& kinds) {
      for (const Descriptor* kind : kinds) {
        all->emplace_back(kind->options().GetExtension(google::api::resource).pattern(0), prefix + record::TableOf(*kind));
      }
    };
    add("", {v1::Meeting::descriptor(), v1::AgendaEntry::descriptor(), v1::Decision::descriptor(), v1::Issue::descriptor(),
             v1::EvidenceFlag::descriptor(), v1::CollectionRound::descriptor(), v1::CooperationRequest::descriptor()});
    add("mirrored_", {risk::v1::Risk::descriptor(), activity::v1::Incident::descriptor(), activity::v1::ReviewAction::descriptor()});
    return all;
  }();
  return tables;
}

}  // namespace

std::string TableOfSource(const std::string& name) {
  for (const auto& [pattern, table] : SourceTables()) {
    if (record::MatchesPattern(name, pattern)) return table;
  }
  return "";
}

absl::StatusOr<bool> IsKnownSource(sql::Session& session, const std::string& name) {
  const std::string table = TableOfSource(name);
  if (table.empty()) return false;
  bool there = false;
  const char* of_all = table == "mirrored_risks" ? " AND restriction = ''" : "";
  RETURN_IF_ERROR(session.Query(absl::StrCat("SELECT name FROM ", table, " WHERE name = ?", of_all), sql::Bind(name),
                                [&](const sql::Row&) { there = true; }));
  return there;
}

}  // namespace heitie::planning
