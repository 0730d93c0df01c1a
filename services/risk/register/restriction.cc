#include "services/risk/register/restriction.h"

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/record/json.h"
#include "common/sql/database.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "heitie/risk/v1/treatment.pb.h"

namespace heitie::risk {

using v1::Risk;

namespace {

constexpr auto kOldestReaders = std::chrono::seconds(1);
constexpr absl::Duration kLongestRead = absl::Seconds(2);

sql::Options WithOneConnection(sql::Options options) {
  options.pool_size = 1;
  return options;
}

}  // namespace

struct Restriction::State {
  using Names = std::vector<std::string>;
  using Readers = std::map<std::string, Names>;  // the restricted risks that somebody sees, by who it is

  explicit State(record::Store& store) : database(WithOneConnection(store.database().options())), risks(store) {}

  std::shared_ptr<const Readers> Look();
  absl::Status Read(Readers& readers);
  Names Of(const rpc::Principal& principal) {
    const std::shared_ptr<const Readers> known = Look();
    const auto found = known->find(principal.name);
    return found == known->end() ? Names() : found->second;
  }

  sql::Database database;
  const record::Kind<Risk> risks;
  std::atomic<bool> changing{false}, stale{false};
  std::mutex mutex;
  std::shared_ptr<const Readers> kept;              // guarded by mutex
  std::chrono::steady_clock::time_point read_time;  // guarded by mutex
};

absl::Status Restriction::State::Read(Readers& readers) {
  return database.Read(absl::Now() + kLongestRead, [&](sql::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(const std::vector<Risk> restricted, risks.Select(session, "WHERE restricted_risk > '' ORDER BY name"));
    Readers found;
    for (const Risk& risk : restricted) {
      found[risk.owner()].push_back(risk.name());
      for (const std::string& reader : risk.readers()) found[reader].push_back(risk.name());
      for (const v1::Treatment* treatment : {&risk.treatment(), &risk.proposed_treatment()}) {
        if (treatment->has_acceptance()) found[treatment->acceptance().monitor()].push_back(risk.name());
      }
    }
    readers = std::move(found);
    return absl::OkStatus();
  });
}

std::shared_ptr<const Restriction::State::Readers> Restriction::State::Look() {
  const std::lock_guard lock(mutex);
  const auto now = std::chrono::steady_clock::now();
  const bool fresh = kept != nullptr && !stale.exchange(false) && now - read_time < kOldestReaders;
  if (fresh) return kept;
  auto readers = std::make_shared<Readers>();
  if (!Read(*readers).ok()) return std::make_shared<Readers>();
  kept = std::move(readers);
  read_time = now;
  return kept;
}

Restriction::Restriction(record::Store& store) : state_(std::make_shared<State>(store)) {
  // Of two transactions that commit beside each other the first may take the mark of the second, which costs a second at most.
  store.OnCommit([state = state_] {
    if (state->changing.load(std::memory_order_relaxed) && state->changing.exchange(false)) state->stale = true;
  });
}

void Restriction::Changing() const { state_->changing = true; }

record::Rule Restriction::Rows() const {
  return record::Holds(options::v1::ROLE_OPERATIONS_MANAGER) || record::Holds(options::v1::ROLE_SERVICE) ||
         record::Except("restriction", [](const rpc::Principal&) { return std::optional<std::vector<std::string>>({"restricted"}); }) ||
         record::Among("restricted_risk", [state = state_](const rpc::Principal& principal) { return state->Of(principal); });
}

absl::StatusOr<std::string> RestrictedOf(sql::Session& session, const std::vector<std::string>& risks) {
  if (risks.empty()) return "";
  std::vector<std::string> restricted;
  RETURN_IF_ERROR(
      session.Query(absl::StrCat("SELECT name FROM risks WHERE name IN (", sql::Placeholders(risks.size()), ") AND restricted_risk > ''"),
                    sql::Values(risks.begin(), risks.end()), [&](const sql::Row& row) { restricted.push_back(row.Text(0)); }));
  if (restricted.empty()) return "";
  return restricted.size() == 1 ? restricted.front() : "risks/-";
}

absl::StatusOr<Risk> FindSeen(const record::Kind<Risk>& risks, const rpc::Call& call, sql::Session& session, const std::string& name) {
  ASSIGN_OR_RETURN(Risk risk, risks.Find(session, name));
  if (!risks.Sees(call, risk)) return status::NotFound(name);
  return risk;
}

}  // namespace heitie::risk
