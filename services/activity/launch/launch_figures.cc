#include "services/activity/launch/launch_figures.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "common/observe/metrics.h"
#include "common/sql/database.h"
#include "heitie/activity/v1/launch.pb.h"

namespace heitie::activity {
namespace {

// How long a look holds, so that the two figures are of one moment, and how long one may take: who scrapes is not kept waiting.
constexpr absl::Duration kLaunchFiguresAge = absl::Seconds(5), kLaunchFiguresTime = absl::Seconds(1);

struct OpenFigures {
  std::map<std::string, double> counts;
  double oldest_seconds = 0;
};

class OpenLaunches {
 public:
  explicit OpenLaunches(record::Store& store) : store_(store) {}

  // As they were when they could be read last.
  OpenFigures Get() {
    const std::lock_guard lock(mutex_);
    const absl::Time now = absl::Now();
    if (now < read_ + kLaunchFiguresAge) return open_;
    read_ = now;
    OpenFigures open;
    for (const v1::Launch::State state : kOpenStates) open.counts[v1::Launch::State_Name(state)] = 0;
    const absl::Status read = store_.database().Read(now + kLaunchFiguresTime, [&](sql::Session& session) {
      return session.Query("SELECT state, COUNT(*), MIN(create_time) FROM launches WHERE state IN (?, ?) GROUP BY state",
                           sql::Bind(v1::Launch::State_Name(kOpenStates[0]), v1::Launch::State_Name(kOpenStates[1])),
                           [&](const sql::Row& row) {
                             open.counts[row.Text(0)] = static_cast<double>(row.Int(1));
                             open.oldest_seconds = std::max(open.oldest_seconds, absl::ToDoubleSeconds(now - row.Time(2)));
                           });
    });
    if (read.ok()) open_ = std::move(open);
    return open_;
  }

 private:
  static constexpr v1::Launch::State kOpenStates[] = {v1::Launch::STATE_RUNNING, v1::Launch::STATE_COMPENSATING};

  record::Store& store_;
  std::mutex mutex_;
  absl::Time read_ = absl::InfinitePast();
  OpenFigures open_;
};

}  // namespace

void ShowLaunches(record::Store& store) {
  const auto launches = std::make_shared<OpenLaunches>(store);
  observe::RegisterFamily(observe::Family::kGauge, "heitie_sagas_open", "Launches that are neither done nor given back, of all replicas.",
                          "state", [launches] {
                            const OpenFigures open = launches->Get();
                            return std::vector<std::pair<std::string, double>>(open.counts.begin(), open.counts.end());
                          });
  observe::RegisterGauge("heitie_sagas_oldest_seconds", "Time since the oldest of them began.",
                         [launches] { return launches->Get().oldest_seconds; });
}

}  // namespace heitie::activity
