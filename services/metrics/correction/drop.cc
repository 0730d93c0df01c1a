#include "services/metrics/correction/drop.h"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/status/macros.h"
#include "services/metrics/plan/accounts.h"
#include "services/metrics/plan/sieve.h"

namespace heitie::metrics {
namespace {

struct DroppedRow {
  std::string producer;
  int64_t sequence, position, minor;
  std::string event_id;
};

// How a batch stands in the books.
struct BookedBatch {
  // Batches that versions before the books took in have no accounts.
  bool has_account = false;
  // The names under which rows were delivered that a replay took in under another one, by position: accounts are by those.
  std::map<int64_t, std::string> delivered_as;
};

absl::StatusOr<BookedBatch> ReadBooked(sql::Session& session, const std::string& producer, int64_t sequence) {
  BookedBatch batch;
  RETURN_IF_ERROR(session.Query("SELECT 1 FROM batch_accounts WHERE producer = ? AND sequence = ?", sql::Bind(producer, sequence),
                                [&](const sql::Row&) { batch.has_account = true; }));
  RETURN_IF_ERROR(session.Query(
      "SELECT position, event_name, measurement_name FROM dead_letters WHERE producer = ? AND sequence = ? AND state = 'STATE_REPLAYED'",
      sql::Bind(producer, sequence), [&](const sql::Row& row) { batch.delivered_as[row.Int(0)] = row.Text(1) + row.Text(2); }));
  return batch;
}

DroppedRow RowOf(const Block& block, size_t i) {
  const Column& producers = block.rows.columns.at(kProducerColumn);
  return {producers.values[producers.codes[i] - 1], block.sequences[i], block.positions[i],
          block.rows.minors.empty() ? 0 : block.rows.minors[i], block.event_ids.empty() ? "" : block.event_ids[i]};
}

absl::Status Book(record::Transaction& tx, const SeriesDay& of, const std::vector<DroppedRow>& dropped) {
  std::map<std::pair<std::string, int64_t>, BookedBatch> batches;
  Booking booking;
  for (const DroppedRow& row : dropped) {
    const auto [it, first] = batches.try_emplace({row.producer, row.sequence});
    if (first) {
      ASSIGN_OR_RETURN(it->second, ReadBooked(tx.sql, row.producer, row.sequence));
    }
    if (!it->second.has_account) continue;
    const auto other = it->second.delivered_as.find(row.position);
    const std::string& name = other == it->second.delivered_as.end() ? of.series.name : other->second;
    booking.Move(of.series.kind, row.producer, row.sequence, of.day, name, row.minor, Fate::kAccepted, Fate::kDiscarded);
  }
  return booking.Write(tx.sql, tx.call.now);
}

}  // namespace

absl::StatusOr<int64_t> DropAndBook(record::Transaction& tx, const SeriesDay& of, const Drop& drop) {
  std::vector<DroppedRow> dropped;
  ASSIGN_OR_RETURN(const int64_t rows, DropRows(tx.sql, of, [&](const Block& block, size_t i) {
                     if (!drop(block, i)) return false;
                     dropped.push_back(RowOf(block, i));
                     return true;
                   }));
  RETURN_IF_ERROR(Book(tx, of, dropped));
  std::vector<Claim> claims;
  for (const DroppedRow& row : dropped) {
    if (row.event_id.empty()) continue;
    claims.push_back({of.series.name, row.event_id, row.producer, row.sequence, static_cast<int>(row.position), absl::Time()});
  }
  RETURN_IF_ERROR(ReleaseIds(tx.sql, claims));
  return rows;
}

}  // namespace heitie::metrics
