#include "services/planning/notice/stand_ins.h"

#include <chrono>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/clock.h"
#include "common/record/json.h"
#include "common/record/store.h"
#include "common/sql/database.h"
#include "common/time/clock.h"
#include "common/time/day.h"
#include "heitie/personnel/v1/employee.pb.h"

namespace heitie::planning {

namespace {

constexpr auto kOldestStandIns = std::chrono::seconds(1);
constexpr absl::Duration kLongestLook = absl::Seconds(2);

// Rules are asked by threads that hold a connection of the pool.
sql::Options AloneOf(sql::Options options) {
  options.pool_size = 1;
  return options;
}

}  // namespace

struct StandIns::State {
  using Names = std::vector<std::string>;
  using ByDeputy = std::map<std::string, Names>;  // who is away, by who stands in

  explicit State(const service::Context& context)
      : clock(context.clock), zone(context.time_zone), database(AloneOf(context.store.database().options())) {}

  Names Of(const std::string& caller) {
    const std::lock_guard lock(mutex);
    const auto now = std::chrono::steady_clock::now();
    // Who cannot be looked up stands in for nobody.
    if (!read_once || now - read_time >= kOldestStandIns) {
      by_deputy = Read();
      read_once = true;
      read_time = now;
    }
    const auto found = by_deputy.find(caller);
    return found == by_deputy.end() ? Names() : found->second;
  }

  ByDeputy Read() {
    ByDeputy all;
    const absl::CivilDay today = absl::ToCivilDay(clock.Now(), zone);
    const absl::Status read = database.Read(absl::Now() + kLongestLook, [&](sql::Session& session) {
      all.clear();
      return session.Query("SELECT name, absences FROM mirrored_employees WHERE absences IS NOT NULL", {}, [&](const sql::Row& row) {
        personnel::v1::Employee employee;
        if (!record::FromJson(row.Text(1), &employee)) return;
        for (const personnel::v1::Absence& absence : employee.absences()) {
          const bool covers = time::ToDay(absence.start_date()) <= today && today <= time::ToDay(absence.end_date());
          if (covers && !absence.deputy().empty()) all[absence.deputy()].push_back(row.Text(0));
        }
      });
    });
    return read.ok() ? all : ByDeputy();
  }

  const time::Clock& clock;
  const absl::TimeZone zone;
  sql::Database database;
  std::mutex mutex;
  bool read_once = false;  // guarded by mutex, as all below
  std::chrono::steady_clock::time_point read_time;
  ByDeputy by_deputy;
};

StandIns::StandIns(const service::Context& context) : state_(std::make_shared<State>(context)) {}

record::Rule StandIns::For(const std::string& field) const {
  return record::Among(field, [state = state_](const rpc::Principal& principal) { return state->Of(principal.name); });
}

}  // namespace heitie::planning
