// What the databases of the process count, of all pools together.
#ifndef HEITIE_COMMON_SQL_FIGURES_H_
#define HEITIE_COMMON_SQL_FIGURES_H_

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"
#include "common/observe/metrics.h"

namespace heitie::sql {

struct Figures {
  static Figures& Get() {
    static Figures& figures = *new Figures;
    return figures;
  }

  void NoteWait(absl::Duration wait) {
    waits.fetch_add(1, std::memory_order_relaxed);
    if (wait > absl::ZeroDuration()) waited.fetch_add(static_cast<uint64_t>(absl::ToInt64Nanoseconds(wait)), std::memory_order_relaxed);
  }

  std::atomic<uint64_t>& waits =
      observe::Counter("heitie_db_connection_waits_total", "Requests that waited for a free connection to the database.");
  std::atomic<uint64_t>& waited = observe::TimeCounter("heitie_db_connection_wait_seconds_total", "For how long they waited.");
  std::atomic<uint64_t>& reruns =
      observe::Counter("heitie_db_transactions_rerun_total",
                       "Transactions that were run again after a deadlock, a lock that did not come or a conflict of nodes.");
  std::atomic<uint64_t>& refusals =
      observe::Counter("heitie_db_refusals_total", "Connections that the database refused to this user with this password.");
};

}  // namespace heitie::sql

#endif  // HEITIE_COMMON_SQL_FIGURES_H_
