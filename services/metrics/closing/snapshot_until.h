// What another snapshot shows, as if nothing had occurred after a day: what is asked of it changes only when something before does.
#ifndef HEITIE_SERVICES_METRICS_CLOSING_SNAPSHOT_UNTIL_H_
#define HEITIE_SERVICES_METRICS_CLOSING_SNAPSHOT_UNTIL_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "services/metrics/engine/snapshot.h"

namespace heitie::metrics {

class SnapshotUntil : public Snapshot {
 public:
  // `whole` must outlive this. `last`: the last business day that is shown.
  SnapshotUntil(Snapshot& whole, absl::CivilDay last) : whole_(whole), last_(last) { LimitMemory(whole.memory()); }

  absl::Status Scan(const Series& series, Days days, Users users, unsigned parts,
                    const std::function<absl::Status(const Rows&)>& take) override;
  absl::StatusOr<std::vector<Users>> Slices(const std::vector<Series>& series, Days days, int64_t limit) override;
  absl::Status Cells(const CellQuery& query,
                     const std::function<absl::Status(absl::CivilDay day, const std::string& value, const Cell& cell)>& take) override;
  absl::StatusOr<std::vector<Users>> CellSlices(const std::vector<CellQuery>& queries, int64_t sets, int64_t bytes) override;
  absl::StatusOr<std::optional<Days>> Extent(const Series& series) override;
  absl::Status UserIds(const std::vector<uint32_t>& ordinals,
                       const std::function<void(uint32_t ordinal, const std::string& id)>& take) override {
    return whole_.UserIds(ordinals, take);
  }
  absl::StatusOr<std::optional<uint32_t>> OrdinalOf(const std::string& user) override { return whole_.OrdinalOf(user); }

 private:
  // Nothing when none of the days is shown.
  std::optional<Days> Shown(Days days) const;

  Snapshot& whole_;
  const absl::CivilDay last_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_CLOSING_SNAPSHOT_UNTIL_H_
