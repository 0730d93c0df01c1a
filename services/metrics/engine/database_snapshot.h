// The engine's tables as questions read them.
#ifndef HEITIE_SERVICES_METRICS_ENGINE_DATABASE_SNAPSHOT_H_
#define HEITIE_SERVICES_METRICS_ENGINE_DATABASE_SNAPSHOT_H_

#include <functional>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/sql/database.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/query.pb.h"
#include "services/metrics/engine/snapshot.h"

namespace heitie::metrics {

extern const status::Reason kRawExpired;  // {name} {day}

class DatabaseSnapshot : public Snapshot {
 public:
  // `session` belongs to Database::Snapshot.
  explicit DatabaseSnapshot(sql::Session& session) : session_(session) {}

  absl::Status Scan(const Series& series, Days days, Users users, unsigned parts,
                    const std::function<absl::Status(const Rows&)>& take) override;
  absl::StatusOr<std::vector<Users>> Slices(const std::vector<Series>& series, Days days, int64_t limit) override;
  absl::Status Cells(const CellQuery& query,
                     const std::function<absl::Status(absl::CivilDay, const std::string&, const Cell&)>& take) override;
  absl::StatusOr<std::vector<Users>> CellSlices(const std::vector<CellQuery>& queries, int64_t sets, int64_t bytes) override;
  absl::StatusOr<std::optional<Days>> Extent(const Series& series) override;
  absl::Status UserIds(const std::vector<uint32_t>& ordinals, const std::function<void(uint32_t, const std::string&)>& take) override;
  absl::StatusOr<std::optional<uint32_t>> OrdinalOf(const std::string& user) override;

 private:
  absl::Status CheckKept(const Series& series, Days days);
  // Of the folded figures, which are read some days at a time.
  absl::Status ReadCells(const CellQuery& query, const std::function<void(absl::CivilDay, const std::string&, uint32_t, Cell)>& take);

  sql::Session& session_;
};

// The first day of which rows of the series are kept; empty: all are.
absl::StatusOr<std::string> RawSince(sql::Session& session, const Series& series);

// What the figures of a series rest on: version, number of rows, watermark, producers in the order of their names.
absl::StatusOr<v1::FigureSource> ReadSource(sql::Session& session, const Series& series);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_ENGINE_DATABASE_SNAPSHOT_H_
