// A snapshot in memory, for tests: made of points, and as unfriendly as a real one may be. Portions overlap, dictionaries are in disorder,
// rows of equal times come in any order, ordinals have gaps.
#ifndef HEITIE_SERVICES_METRICS_ENGINE_FAKE_SNAPSHOT_H_
#define HEITIE_SERVICES_METRICS_ENGINE_FAKE_SNAPSHOT_H_

#include <limits>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "services/metrics/engine/point.h"
#include "services/metrics/engine/rollup.h"
#include "services/metrics/engine/snapshot.h"

namespace heitie::metrics {

class FakeSnapshot : public Snapshot {
 public:
  // Points with a user are events, the others measurements; each has the producer of its batch.
  explicit FakeSnapshot(std::vector<Point> points, unsigned seed = 1, std::string producer = "producers/shop");

  absl::Status Scan(const Series& series, Days days, Users users, unsigned parts,
                    const std::function<absl::Status(const Rows&)>& take) override;
  absl::StatusOr<std::vector<Users>> Slices(const std::vector<Series>& series, Days days, int64_t limit) override;
  absl::Status Cells(const CellQuery& query,
                     const std::function<absl::Status(absl::CivilDay day, const std::string& value, const Cell& cell)>& take) override;
  absl::StatusOr<std::vector<Users>> CellSlices(const std::vector<CellQuery>& queries, int64_t sets, int64_t bytes) override;
  absl::StatusOr<std::optional<Days>> Extent(const Series& series) override;
  absl::Status UserIds(const std::vector<uint32_t>& ordinals,
                       const std::function<void(uint32_t ordinal, const std::string& id)>& take) override;
  absl::StatusOr<std::optional<uint32_t>> OrdinalOf(const std::string& user) override;

  // Rows of days before this one are gone: RAW_EXPIRED. Daily figures stay.
  void Expire(absl::CivilDay first_kept) { first_kept_ = first_kept; }
  // A dimension with more values on a day has one figure of all of them.
  void LimitValues(size_t limit) { max_values_ = limit; }
  // How many rows Scan has handed over: 0 shows that a question was answered from daily figures alone.
  int64_t scanned() const { return scanned_; }

 private:
  using DayCells = std::map<std::pair<absl::CivilDay, CellKey>, Cell>;

  std::vector<const Point*> Select(const Series& series, Days days, Users users) const;
  uint32_t OrdinalIn(const Point& point) const { return point.user.empty() ? 0 : ordinals_.at(point.user); }
  Rows RowsOf(const std::vector<const Point*>& points, unsigned parts, bool properties) const;
  const DayCells& CellsOf(const Series& series, Users users);

  const std::vector<Point> points_;
  const std::string producer_;
  std::mt19937 random_;
  std::map<std::string, uint32_t> ordinals_;
  absl::CivilDay first_kept_ = absl::CivilDay::min();
  size_t max_values_ = std::numeric_limits<size_t>::max();
  int64_t scanned_ = 0;
  std::map<std::tuple<std::string, std::string, uint32_t, uint32_t>, DayCells> cells_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_ENGINE_FAKE_SNAPSHOT_H_
