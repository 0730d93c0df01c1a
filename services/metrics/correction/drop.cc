#include "services/metrics/correction/drop.h"

#include <set>
#include <string>
#include <utility>

#include "common/status/macros.h"
#include "services/metrics/plan/accounts.h"

namespace heitie::metrics {
namespace {

// Batches that versions before the books took in have no accounts.
absl::StatusOr<bool> HasAccount(sql::Session& session, const std::string& producer, int64_t sequence) {
  bool has = false;
  RETURN_IF_ERROR(session.Query("SELECT 1 FROM batch_accounts WHERE producer = ? AND sequence = ?", sql::Bind(producer, sequence),
                                [&](const sql::Row&) { has = true; }));
  return has;
}

}  // namespace

absl::StatusOr<int64_t> DropAndBook(record::Transaction& tx, const SeriesDay& of, const Drop& drop) {
  struct DroppedRow {
    std::string producer;
    int64_t sequence, minor;
  };
  std::vector<DroppedRow> dropped;
  ASSIGN_OR_RETURN(const int64_t rows, DropRows(tx.sql, of, [&](const Block& block, size_t i) {
                     if (!drop(block, i)) return false;
                     const Column& producers = block.rows.columns.at(kProducerColumn);
                     dropped.push_back({producers.values[producers.codes[i] - 1], block.sequences[i],
                                        block.rows.minors.empty() ? 0 : block.rows.minors[i]});
                     return true;
                   }));
  std::set<std::pair<std::string, int64_t>> booked, known;
  Booking booking;
  for (const DroppedRow& row : dropped) {
    const std::pair<std::string, int64_t> batch{row.producer, row.sequence};
    if (known.insert(batch).second) {
      ASSIGN_OR_RETURN(const bool has, HasAccount(tx.sql, row.producer, row.sequence));
      if (has) booked.insert(batch);
    }
    if (booked.contains(batch)) {
      booking.Move(of.series.kind, row.producer, row.sequence, of.day, of.series.name, row.minor, Fate::kAccepted, Fate::kDiscarded);
    }
  }
  RETURN_IF_ERROR(booking.Write(tx.sql, tx.call.now));
  return rows;
}

}  // namespace heitie::metrics
