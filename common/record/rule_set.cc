#include "common/record/rule_set.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/record/columns.h"
#include "common/status/die.h"
#include "google/api/resource.pb.h"

namespace heitie::record {

using absl::StatusCode;

const status::Reason kRulesImmutable{StatusCode::kFailedPrecondition, "RULES_IMMUTABLE",
                                     "{name} is published and never changes; draft a new version.",
                                     "{name} 已發布，不可更改；請起草新版本。"};
const status::Reason kStartInThePast{StatusCode::kFailedPrecondition, "START_IN_THE_PAST",
                                     "{name} would be in force from {start}, before its publication; what is past stays as it was judged.",
                                     "{name} 的生效時間 {start} 早於發布時間，過去的判斷不可改變。"};
const status::Reason kStartTaken{StatusCode::kFailedPrecondition, "START_TAKEN",
                                 "{name} would be in force from {start}, as {other} already is.",
                                 "{name} 的生效時間 {start} 與 {other} 相同。"};
const status::Reason kNoVersionInForce{StatusCode::kFailedPrecondition, "NO_VERSION_IN_FORCE", "Nothing of {set} is published yet.",
                                       "{set} 尚未發布任何版本。"};

namespace rules {

sql::Values RangeOf(const google::protobuf::Descriptor& version, const std::string& set) {
  return ChildRange(set, CollectionOf(version.options().GetExtension(google::api::resource).pattern(0)));
}

absl::StatusOr<std::vector<Start>> StartsOf(sql::Session& session, const google::protobuf::Descriptor& version, const std::string& set) {
  std::vector<Start> starts;
  RETURN_IF_ERROR(session.Query(absl::StrCat("SELECT name, start_time FROM ", TableOf(version),
                                             " WHERE name > ? AND name < ? AND state = 'STATE_PUBLISHED' ORDER BY start_time"),
                                RangeOf(version, set), [&](const sql::Row& row) {
                                  starts.push_back({row.Text(0), row.Time(1)});
                                }));
  return starts;
}

void CheckTables(Store& store, const google::protobuf::Descriptor& version, const google::protobuf::Descriptor& holder) {
  const std::string table = TableOf(version), guarded = TableOf(holder);
  std::set<std::string> unique;
  bool guard = false;
  const absl::Status read = store.database().Read(absl::Now() + absl::Seconds(30), [&](sql::Session& session) -> absl::Status {
    RETURN_IF_ERROR(session.Query(
        "SELECT GROUP_CONCAT(column_name ORDER BY seq_in_index) FROM information_schema.statistics WHERE table_schema = DATABASE() AND "
        "table_name = ? AND non_unique = 0 GROUP BY index_name",
        sql::Bind(table), [&](const sql::Row& row) { unique.insert(row.Text(0)); }));
    return session.Query(
        "SELECT 1 FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? AND column_name = 'guard'",
        sql::Bind(guarded), [&](const sql::Row&) { guard = true; });
  });
  if (!read.ok()) status::Die("schema", absl::StrCat("the keys of ", table, ": ", read.message()));
  if (!guard) status::Die("schema", absl::StrCat(guarded, " has no column guard for the versions of ", table));
  for (const char* key : {"version", "in_force_from"}) {
    const std::string columns = absl::StrCat(table == guarded ? "" : "rule_set,", key);
    if (unique.count(columns) == 0) status::Die("schema", absl::StrCat(table, " has no UNIQUE KEY (", columns, ") for its versions"));
  }
}

absl::StatusOr<absl::Time> StartOf(const std::string& name, const std::vector<Start>& published, std::optional<absl::Time> wanted,
                                   absl::Time now) {
  if (published.empty()) return now;
  // The first one counts for all time before it, which would be judged anew if another began earlier: one that arrived before the first
  // one did and waited for its turn.
  const absl::Time earliest = std::max(now, published.front().time);
  const auto at = [&](absl::Time time) {
    return std::find_if(published.begin(), published.end(), [&](const Start& start) { return start.time == time; });
  };
  if (!wanted) {
    absl::Time free = earliest;
    while (at(free) != published.end()) free += absl::Microseconds(1);
    return free;
  }
  const status::Args args = {{"name", name}, {"start", time::InstantText(*wanted)}};
  if (*wanted < earliest) return status::Error(kStartInThePast, args);
  const auto other = at(*wanted);
  if (other == published.end()) return *wanted;
  return status::Error(kStartTaken, {args[0], args[1], {"other", other->name}});
}

const StateMachine& MachineOf(const google::protobuf::EnumDescriptor* states) {
  static std::mutex mutex;
  static auto* const kMachines = new std::map<const google::protobuf::EnumDescriptor*, std::unique_ptr<const StateMachine>>;
  const std::lock_guard lock(mutex);
  auto& machine = (*kMachines)[states];
  if (machine == nullptr)
    machine = std::make_unique<const StateMachine>(
        states, std::initializer_list<Transition>{{1, "publish", 2, "it is in force from now or later on"}});
  return *machine;
}

}  // namespace rules
}  // namespace heitie::record
