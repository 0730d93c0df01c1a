#include "services/resource/movement/cycle_count.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/resource/movement/paper_lines.h"

namespace heitie::resource {

using v1::StockCount;
using CycleLine = v1::ComputeCountCycleResponse::Line;

const status::Reason kClassesReversed{absl::StatusCode::kInvalidArgument, "CLASSES_REVERSED",
                                      "Class B begins where class A ends: its share is at least that of A.",
                                      "B 類自 A 類之後起算，其比例不得小於 A 類。"};

namespace {

constexpr char kCycleJob[] = "open-cycle-counts";
constexpr int kMostCycleLines = 5'000;
constexpr absl::Duration kUseTime = absl::Hours(24 * 365);

int64_t DaysOf(const v1::CountPolicy& policy, v1::CountClass one) {
  return one == v1::COUNT_CLASS_A ? policy.class_a_days() : one == v1::COUNT_CLASS_B ? policy.class_b_days() : policy.class_c_days();
}

}  // namespace

std::map<std::string, v1::CountClass> ClassesOf(std::vector<UsedItem> items, int64_t a_share_bp, int64_t b_share_bp) {
  std::sort(items.begin(), items.end(), [](const UsedItem& a, const UsedItem& b) {
    return std::tie(a.currency, b.used_minor, a.item) < std::tie(b.currency, a.used_minor, b.item);
  });
  std::map<std::string, __int128> all, before;
  for (const UsedItem& one : items) all[one.currency] += std::max<int64_t>(0, one.used_minor);
  std::map<std::string, v1::CountClass> classes;
  for (const UsedItem& one : items) {
    __int128& so_far = before[one.currency];
    const __int128 share = so_far * 10'000, whole = all[one.currency];
    classes[one.item] = one.used_minor <= 0          ? v1::COUNT_CLASS_C
                        : share < whole * a_share_bp ? v1::COUNT_CLASS_A
                        : share < whole * b_share_bp ? v1::COUNT_CLASS_B
                                                     : v1::COUNT_CLASS_C;
    so_far += std::max<int64_t>(0, one.used_minor);
  }
  return classes;
}

void SortCycle(std::vector<CycleLine>& lines) {
  std::sort(lines.begin(), lines.end(), [](const CycleLine& a, const CycleLine& b) {
    return std::make_tuple(!a.due(), a.count_class(), a.item()) < std::make_tuple(!b.due(), b.count_class(), b.item());
  });
}

absl::Status CheckCountPolicy(const v1::CountPolicy& policy) {
  status::BadFields bad;
  if (policy.class_b_share_bp() < policy.class_a_share_bp()) bad.Add("count_policy.class_b_share_bp", kClassesReversed);
  return bad.status();
}

CycleCounts::CycleCounts(record::Store& store, const StockCounts& counts, job::Runner& jobs)
    : store_(store), counts_(counts), locations_(store), sheets_(store), policies_(store, "countPolicies/default", CheckCountPolicy) {
  jobs.Recur(kCycleJob, absl::Hours(24), [this](const rpc::Call& call, const job::Job&) { return Run(call); });
}

void CycleCounts::Bind(record::Methods& methods) {
  methods.Bind("ComputeCountCycle", this, &CycleCounts::Compute);
  policies_.Bind<v1::PublishCountPolicyRequest>(methods);
}

absl::StatusOr<v1::ComputeCountCycleResponse> CycleCounts::CycleOf(sql::Session& session, const std::string& location,
                                                                   absl::Time now) const {
  ASSIGN_OR_RETURN(const v1::CountPolicy policy, policies_.InForce(session, now));
  std::vector<UsedItem> used;
  std::map<std::string, int64_t> used_minor;
  RETURN_IF_ERROR(session.Query(
      "SELECT i.name, i.currency_code, CAST(COALESCE(u.used, 0) AS SIGNED) FROM items i LEFT JOIN "
      "(SELECT item, -SUM(value_delta_minor) AS used FROM stock_entries WHERE kind IN ('KIND_ISSUE', 'KIND_RETURN') AND create_time >= ? "
      "GROUP BY item) u ON u.item = i.name",
      sql::Bind(now - kUseTime), [&](const sql::Row& row) {
        used.push_back({row.Text(0), row.Text(1), row.Int(2)});
        used_minor[row.Text(0)] = row.Int(2);
      }));
  const auto classes = ClassesOf(std::move(used), policy.class_a_share_bp(), policy.class_b_share_bp());

  std::vector<CycleLine> lines;
  const std::string there =
      location == kMainLocation
          ? "SELECT item FROM stocks WHERE on_hand > placed_on_hand UNION SELECT item FROM stock_balances WHERE location = ? AND lot = '' "
            "AND on_hand > 0"
          : "SELECT item FROM stock_balances WHERE location = ? AND lot = '' AND on_hand > 0";
  std::map<std::string, size_t> places;
  RETURN_IF_ERROR(session.Query(there, sql::Bind(location), [&](const sql::Row& row) {
    const auto of = classes.find(row.Text(0));
    if (of == classes.end()) return;
    places[row.Text(0)] = lines.size();
    CycleLine& line = lines.emplace_back();
    line.set_item(row.Text(0));
    line.set_count_class(of->second);
    line.set_used_minor(used_minor[row.Text(0)]);
    line.set_due(true);
  }));

  // Only what was counted in time matters, and what is being counted.
  const int64_t longest = std::max({policy.class_a_days(), policy.class_b_days(), policy.class_c_days()});
  ASSIGN_OR_RETURN(const std::vector<StockCount> sheets,
                   sheets_.Select(session,
                                  "WHERE location = ? AND (state = 'STATE_OPEN' OR (state = 'STATE_POSTED' AND post_time >= ?)) "
                                  "ORDER BY post_time, name",
                                  sql::Bind(location, now - absl::Hours(24) * longest)));
  for (const StockCount& sheet : sheets) {
    for (const StockCount::Line& counted : sheet.lines()) {
      const auto place = places.find(counted.item());
      if (place == places.end()) continue;
      CycleLine& line = lines[place->second];
      if (sheet.state() == StockCount::STATE_OPEN) {
        line.set_open_count(sheet.name());
        line.set_due(false);
      } else if (time::ToTime(sheet.post_time()) + absl::Hours(24) * DaysOf(policy, line.count_class()) > now) {
        *line.mutable_count_time() = sheet.post_time();
        line.set_due(false);
      }
    }
  }
  SortCycle(lines);
  v1::ComputeCountCycleResponse response;
  response.set_policy(policy.name());
  for (const CycleLine& line : lines) {
    if (response.lines_size() == kMostCycleLines) break;
    *response.add_lines() = line;
  }
  return response;
}

absl::StatusOr<v1::ComputeCountCycleResponse> CycleCounts::Compute(const rpc::Call& call, const v1::ComputeCountCycleRequest& request) {
  return store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::ComputeCountCycleResponse> {
    RETURN_IF_ERROR(locations_.Find(session, request.name()).status());
    return CycleOf(session, request.name(), call.now);
  });
}

absl::Status CycleCounts::OpenAt(record::Transaction& tx, const std::string& location) const {
  // One sheet at a time for each location, also on nodes of a cluster.
  RETURN_IF_ERROR(locations_.Guard(tx, location).status());
  bool open = false;
  RETURN_IF_ERROR(tx.sql.Query("SELECT 1 FROM stock_counts WHERE location = ? AND state = 'STATE_OPEN' AND policy <> '' LIMIT 1",
                               sql::Bind(location), [&](const sql::Row&) { open = true; }));
  if (open) return absl::OkStatus();
  ASSIGN_OR_RETURN(const v1::CountPolicy policy, policies_.InForce(tx.sql, tx.call.now));
  ASSIGN_OR_RETURN(const v1::ComputeCountCycleResponse cycle, CycleOf(tx.sql, location, tx.call.now));
  StockCount sheet;
  sheet.set_name(absl::StrCat("stockCounts/", record::NewId(tx.call.now)));
  sheet.set_location(location);
  sheet.set_policy(policy.name());
  for (const CycleLine& line : cycle.lines()) {
    if (line.due() && sheet.items_size() < policy.sheet_items()) sheet.add_items(line.item());
  }
  return sheet.items().empty() ? absl::OkStatus() : counts_.Open(tx, sheet);
}

job::Outcome CycleCounts::Run(const rpc::Call& call) {
  const auto locations = store_.Read(call, [&](sql::Session& session) {
    return locations_.Select(session, "WHERE kind <> 'KIND_QUARANTINE' AND archived = FALSE ORDER BY name");
  });
  if (!locations.ok()) return job::Outcome::Failed(locations.status());
  absl::Status worst;
  for (const v1::Location& location : *locations) {
    // A sheet that is too large, or whatever else is wrong with a location, does not keep the others.
    const absl::Status status = store_.Write(call, [&](record::Transaction& tx) { return OpenAt(tx, location.name()); });
    if (!status.ok()) worst = status;
  }
  return worst.ok() ? job::Outcome::Done() : job::Outcome::Failed(worst);
}

}  // namespace heitie::resource
