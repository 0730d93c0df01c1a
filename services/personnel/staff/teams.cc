#include "services/personnel/staff/teams.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <utility>

#include "absl/time/civil_time.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/record/kind.h"
#include "common/sql/database.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "heitie/personnel/v1/employee.pb.h"

namespace heitie::personnel {
namespace {

constexpr auto kMostAge = std::chrono::seconds(1);
constexpr absl::Duration kMostReading = absl::Seconds(2);

// Who asks holds one of the pool's connections, and would wait for another one with everybody who does.
sql::Options OneConnectionOf(record::Store& store) {
  sql::Options options = store.database().options();
  options.pool_size = 1;
  return options;
}

}  // namespace

std::vector<std::string> AllBelow(const std::map<std::string, std::vector<std::string>>& reports, const std::string& superior) {
  std::set<std::string> below;
  std::vector<const std::string*> open = {&superior};
  while (!open.empty()) {
    const auto found = reports.find(*open.back());
    open.pop_back();
    if (found == reports.end()) continue;
    for (const std::string& report : found->second) {
      if (report != superior && below.insert(report).second) open.push_back(&report);
    }
  }
  return {below.begin(), below.end()};
}

struct Teams::State {
  struct StandIn {
    std::string absent, deputy;
    absl::CivilDay first, last;
  };
  struct Snapshot {
    std::map<std::string, std::vector<std::string>> reports;
    std::vector<StandIn> stand_ins;
  };
  std::shared_ptr<const Snapshot> Current();
  absl::Status Read(Snapshot& snapshot);

  sql::Database database;
  const record::Kind<v1::Employee> employees;
  const time::Clock& clock;
  const absl::TimeZone zone;
  std::atomic<bool> changing{false}, stale{true};
  std::mutex mutex;
  std::shared_ptr<const Snapshot> snapshot;         // guarded by mutex
  std::chrono::steady_clock::time_point read_time;  // guarded by mutex

  State(const service::Context& context)
      : database(OneConnectionOf(context.store)), employees(context.store), clock(context.clock), zone(context.time_zone) {}
};

absl::Status Teams::State::Read(Snapshot& read) {
  const absl::Time deadline = absl::Now() + kMostReading;
  return database.Read(deadline, [&](sql::Session& session) -> absl::Status {
    read = {};
    RETURN_IF_ERROR(session.Query("SELECT superior, name FROM employees WHERE superior > ''", {},
                                  [&](const sql::Row& row) { read.reports[row.Text(0)].push_back(row.Text(1)); }));
    ASSIGN_OR_RETURN(const std::vector<v1::Employee> absent, employees.Select(session, "WHERE deputies LIKE '%employees/%'"));
    for (const v1::Employee& employee : absent) {
      for (const v1::Absence& absence : employee.absences()) {
        if (absence.deputy().empty()) continue;
        read.stand_ins.push_back({employee.name(), absence.deputy(), time::ToDay(absence.start_date()), time::ToDay(absence.end_date())});
      }
    }
    return absl::OkStatus();
  });
}

std::shared_ptr<const Teams::State::Snapshot> Teams::State::Current() {
  const std::lock_guard lock(mutex);
  const auto now = std::chrono::steady_clock::now();
  if (!stale.exchange(false) && now - read_time < kMostAge) return snapshot;
  auto read = std::make_shared<Snapshot>();
  if (!Read(*read).ok()) {
    stale = true;
    return std::make_shared<Snapshot>();
  }
  snapshot = std::move(read);
  read_time = now;
  return snapshot;
}

Teams::Teams(const service::Context& context) : state_(std::make_shared<State>(context)) {
  // Of two transactions that commit beside each other the first may take the mark of the second; that what is read grows old within a
  // second bounds what that costs.
  context.store.OnCommit([state = state_] {
    if (state->changing.load(std::memory_order_relaxed) && state->changing.exchange(false)) state->stale = true;
  });
}

void Teams::Changing() { state_->changing = true; }

Teams::AskedBy Teams::Below() const {
  return [state = state_](const rpc::Principal& principal) { return AllBelow(state->Current()->reports, principal.name); };
}

Teams::AskedBy Teams::StandsInFor() const {
  return [state = state_](const rpc::Principal& principal) {
    const auto snapshot = state->Current();
    const absl::CivilDay today = absl::ToCivilDay(state->clock.Now(), state->zone);
    std::set<std::string> absent;
    for (const auto& stand_in : snapshot->stand_ins) {
      if (stand_in.deputy == principal.name && stand_in.first <= today && today <= stand_in.last) absent.insert(stand_in.absent);
    }
    return std::vector<std::string>(absent.begin(), absent.end());
  };
}

}  // namespace heitie::personnel
