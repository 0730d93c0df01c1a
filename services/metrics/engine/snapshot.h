// What questions read, all of one moment: whole days from daily figures, all else from the rows themselves.
#ifndef HEITIE_SERVICES_METRICS_ENGINE_SNAPSHOT_H_
#define HEITIE_SERVICES_METRICS_ENGINE_SNAPSHOT_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/rpc/call.h"
#include "services/metrics/engine/point.h"
#include "services/metrics/engine/rollup.h"
#include "services/metrics/engine/rows.h"

namespace heitie::metrics {

// A name of events or measurements.
struct Series {
  std::string kind;  // kEventKind or kMeasurementKind
  std::string name;
};

// Business days, both ends included.
struct Days {
  absl::CivilDay first, last;
};

// Ordinals of users, both ends included.
struct Users {
  uint32_t first = 0;
  uint32_t last = std::numeric_limits<uint32_t>::max();
};

// What a question may hold at the same time where nothing else is said, in bytes.
inline constexpr int64_t kDefaultMemory = int64_t{256} << 20;

// Not thread-safe: one question, or one list of questions, at a time.
class Snapshot {
 public:
  virtual ~Snapshot() = default;

  // Bytes that a question may hold at the same time: computations choose by it how much they work through in one go.
  int64_t memory() const { return memory_; }
  void LimitMemory(int64_t bytes) { memory_ = bytes; }

  // Columns of Rows beside users and times, to be added.
  enum Part : unsigned { kColumns = 1, kAmounts = 2 };
  // Hands over all rows of the series in those days and of those users, in portions; each portion is ordered by (user, time), and two may
  // have rows of the same user and day. RAW_EXPIRED, with the first possible day, when rows of those days are no longer kept.
  virtual absl::Status Scan(const Series& series, Days days, Users users, unsigned parts,
                            const std::function<absl::Status(const Rows&)>& take) = 0;

  // Divides all users into consecutive ranges, each with at most about `limit` rows of the series in those days: what a question that
  // needs the rows of a user together works through, one range after the other, in bounded memory. At least one range.
  virtual absl::StatusOr<std::vector<Users>> Slices(const std::vector<Series>& series, Days days, int64_t limit) = 0;

  // Daily figures: of all rows or those of an activity, and of all or each value of a dimension.
  struct CellQuery {
    Series series;
    std::string activity;   // empty: whatever the activity
    std::string dimension;  // empty: whatever the dimensions
    Days days;
    Users users;
    bool sketches = false;  // whether figures have their sketches
  };
  // Hands over each day's figures for each value ("" without dimension), of the users in the range; of one day and value once, days
  // ascending. Days without rows are left out. Sets of users are those in the range exactly; counts, sums and extremes are told in parts,
  // which over consecutive ranges of all users add up to the whole.
  virtual absl::Status Cells(const CellQuery& query,
                             const std::function<absl::Status(absl::CivilDay day, const std::string& value, const Cell& cell)>& take) = 0;

  // Divides all users into consecutive ranges such that of each range the sets of users that the queries hand over, or `sets` of them where
  // no more are held at the same time, need at most about `bytes`, and `sets` × 8 KiB where they cannot be cut further.
  virtual absl::StatusOr<std::vector<Users>> CellSlices(const std::vector<CellQuery>& queries, int64_t sets, int64_t bytes) = 0;

  // The first and the last day that have daily figures; none without any.
  virtual absl::StatusOr<std::optional<Days>> Extent(const Series& series) = 0;
  // Ids of users by ordinal; those that are unknown (erased) are left out.
  virtual absl::Status UserIds(const std::vector<uint32_t>& ordinals,
                               const std::function<void(uint32_t ordinal, const std::string& id)>& take) = 0;
  // The ordinal of a user; none when it is unknown.
  virtual absl::StatusOr<std::optional<uint32_t>> OrdinalOf(const std::string& user) = 0;

 private:
  int64_t memory_ = kDefaultMemory;
};

// Runs a question on the state of one moment; it may run again.
using LookAt = std::function<absl::Status(const rpc::Call& call, const std::function<absl::Status(Snapshot&)>& ask)>;

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_ENGINE_SNAPSHOT_H_
