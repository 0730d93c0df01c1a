#include "common/people/doorkeeper.h"

#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "common/observe/metrics.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "heitie/options/v1/access.pb.h"

namespace heitie::people {

const status::Reason kLeftTheCompany{absl::StatusCode::kPermissionDenied, "LEFT_THE_COMPANY", "{name} has left the company.",
                                     "{name} 已離職。"};

namespace {

constexpr char kEmployees[] = "employees/";
constexpr absl::Duration kWriting = absl::Seconds(5);
// What nobody carries any more is forgotten after so long (type/v1/excess_role.proto).
constexpr absl::Duration kKept = absl::Hours(90 * 24);
constexpr int64_t kForgottenAtOnce = 1000;

// Requests with a role too many, by role. Of the process; never destroyed, because scrapes may come until the very end.
using Counts = std::array<std::atomic<uint64_t>, 32>;
Counts& ExcessCounts() {
  static auto& counts = *new Counts{};
  return counts;
}
std::atomic<uint64_t>& RefusedCount() {
  static auto& count = observe::Counter("heitie_left_refused_total", "Requests of people who have left.");
  return count;
}

std::string RoleText(size_t role) { return options::v1::Role_Name(static_cast<options::v1::Role>(role)).substr(sizeof("ROLE_") - 1); }

}  // namespace

absl::Status Judge(const Known& known, absl::Time now, rpc::Principal& principal, uint32_t* excess) {
  const Person* person = known.Find(principal.name);
  if (person != nullptr && person->HasLeft(now)) return status::Error(kLeftTheCompany, {{"name", principal.name}});
  const uint32_t granted = person == nullptr ? 0 : person->RolesAt(now);
  *excess = principal.roles & ~granted;
  if (!known.EnforcesAt(now)) return absl::OkStatus();
  principal.roles &= granted;
  if (person == nullptr || person->DepartmentAt(now) != principal.department) principal.department.clear();
  return absl::OkStatus();
}

absl::Status Doorkeeper::Judge(const google::protobuf::MethodDescriptor*, absl::Time now, rpc::Principal& principal) const {
  if (!absl::StartsWith(principal.name, kEmployees)) return absl::OkStatus();
  const std::shared_ptr<const Known> known = directory_.Now();
  uint32_t excess = 0;
  if (absl::Status status = people::Judge(*known, now, principal, &excess); !status.ok()) {
    ++RefusedCount();
    return status;
  }
  if (excess != 0) Note(principal.name, excess, now);
  return absl::OkStatus();
}

void Doorkeeper::Note(const std::string& person, uint32_t excess, absl::Time now) const {
  const std::lock_guard lock(mutex_);
  auto it = seen_.find(person);
  if (it == seen_.end() && seen_.size() < kMostListed) it = seen_.try_emplace(person, Seen{{}, now, now}).first;
  for (size_t role = 0; role < kRoles; ++role) {
    if ((excess >> role & 1) == 0) continue;
    ++ExcessCounts()[role];
    if (it != seen_.end()) ++it->second.requests[role];
  }
  if (it != seen_.end()) it->second.last = std::max(it->second.last, now);
}

absl::Status Doorkeeper::KeepExcess(record::Store& store) {
  absl::flat_hash_map<std::string, Seen> seen;
  {
    const std::lock_guard lock(mutex_);
    seen.swap(seen_);
  }
  if (seen.empty()) return absl::OkStatus();
  std::vector<sql::Values> rows;
  absl::Time now = absl::InfinitePast();
  for (const auto& [person, what] : seen) {
    now = std::max(now, what.last);
    for (size_t role = 0; role < kRoles; ++role) {
      if (what.requests[role] > 0) rows.push_back(sql::Bind(person, RoleText(role), what.requests[role], what.first, what.last));
    }
  }
  std::sort(rows.begin(), rows.end());  // replicas that write at the same time do so in one order
  const absl::Status written = store.database().Write(absl::Now() + kWriting, [&](sql::Session& session) -> absl::Status {
    for (const sql::Values& row : rows) {
      RETURN_IF_ERROR(
          session
              .Execute("INSERT INTO excess_role (person, role, requests, first_time, last_time) VALUES (?, ?, ?, ?, ?) ON DUPLICATE "
                       "KEY UPDATE requests = requests + VALUES(requests), last_time = GREATEST(last_time, VALUES(last_time))",
                       row)
              .status());
    }
    return session.Execute("DELETE FROM excess_role WHERE last_time < ? LIMIT ?", sql::Bind(now - kKept, kForgottenAtOnce)).status();
  });
  if (!written.ok()) PutBack(seen);
  return written;
}

// What could not be written is tried again with what comes next.
void Doorkeeper::PutBack(const absl::flat_hash_map<std::string, Seen>& seen) {
  const std::lock_guard lock(mutex_);
  for (const auto& [person, what] : seen) {
    const auto [it, fresh] = seen_.try_emplace(person, what);
    if (fresh) continue;
    for (size_t role = 0; role < kRoles; ++role) it->second.requests[role] += what.requests[role];
    it->second.first = std::min(it->second.first, what.first);
    it->second.last = std::max(it->second.last, what.last);
  }
}

void Doorkeeper::ShowFigures() const {
  observe::RegisterFamily(observe::Family::kCounter, "heitie_excess_role_requests_total",
                          "Requests whose token carried a role that the caller's post does not grant.", "role", [] {
                            std::vector<std::pair<std::string, double>> values;
                            for (int role = options::v1::Role_MIN + 1; role <= options::v1::Role_MAX; ++role) {
                              values.emplace_back(RoleText(role), static_cast<double>(ExcessCounts()[role].load()));
                            }
                            return values;
                          });
}

}  // namespace heitie::people
