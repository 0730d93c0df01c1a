#include "services/metrics/closing/snapshot_until.h"

#include <algorithm>

#include "common/status/macros.h"

namespace heitie::metrics {

std::optional<Days> SnapshotUntil::Shown(Days days) const {
  if (days.first > last_) return std::nullopt;
  return Days{days.first, std::min(days.last, last_)};
}

absl::Status SnapshotUntil::Scan(const Series& series, Days days, Users users, unsigned parts,
                                 const std::function<absl::Status(const Rows&)>& take) {
  const std::optional<Days> shown = Shown(days);
  return shown.has_value() ? whole_.Scan(series, *shown, users, parts, take) : absl::OkStatus();
}

absl::StatusOr<std::vector<Users>> SnapshotUntil::Slices(const std::vector<Series>& series, Days days, int64_t limit) {
  const std::optional<Days> shown = Shown(days);
  if (!shown.has_value()) return std::vector<Users>{Users{}};
  return whole_.Slices(series, *shown, limit);
}

absl::Status SnapshotUntil::Cells(const CellQuery& query,
                                  const std::function<absl::Status(absl::CivilDay day, const std::string& value, const Cell& cell)>& take) {
  const std::optional<Days> shown = Shown(query.days);
  if (!shown.has_value()) return absl::OkStatus();
  CellQuery asked = query;
  asked.days = *shown;
  return whole_.Cells(asked, take);
}

absl::StatusOr<std::vector<Users>> SnapshotUntil::CellSlices(const std::vector<CellQuery>& queries, int64_t sets, int64_t bytes) {
  std::vector<CellQuery> asked;
  for (const CellQuery& query : queries) {
    const std::optional<Days> shown = Shown(query.days);
    if (!shown.has_value()) continue;
    asked.push_back(query);
    asked.back().days = *shown;
  }
  if (asked.empty()) return std::vector<Users>{Users{}};
  return whole_.CellSlices(asked, sets, bytes);
}

absl::StatusOr<std::optional<Days>> SnapshotUntil::Extent(const Series& series) {
  ASSIGN_OR_RETURN(const std::optional<Days> whole, whole_.Extent(series));
  return whole.has_value() ? Shown(*whole) : std::nullopt;
}

}  // namespace heitie::metrics
