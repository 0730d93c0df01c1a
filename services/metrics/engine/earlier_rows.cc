#include "services/metrics/engine/earlier_rows.h"

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "nlohmann/json.hpp"
#include "services/metrics/engine/tables.h"

namespace heitie::metrics {
namespace {

constexpr int kBatchesAtOnce = 16;

// The days of batches, in the order of the tables' keys.
struct EarlierBatch {
  std::string day, producer;
  int64_t sequence = 0;
};

absl::StatusOr<std::vector<EarlierBatch>> FirstBatches(sql::Session& session, const std::string& table) {
  std::vector<EarlierBatch> batches;
  RETURN_IF_ERROR(session.Query(
      absl::StrCat("SELECT DISTINCT day, producer, sequence FROM ", table, " ORDER BY day, producer, sequence LIMIT ", kBatchesAtOnce), {},
      [&](const sql::Row& row) {
        batches.push_back({row.Text(0), row.Text(1), row.Int(2)});
      }));
  return batches;
}

absl::Status ReadDimensions(const std::string& json, PointKeys& dimensions) {
  const nlohmann::json object = nlohmann::json::parse(json, nullptr, false);
  if (!object.is_object()) return absl::DataLossError("dimensions of an earlier row cannot be read");
  for (const auto& [key, value] : object.items()) dimensions[key] = value.get<std::string>();
  return absl::OkStatus();
}

struct EarlierRow {
  Point point;
  std::string producer;
  int64_t sequence = 0;
};

absl::StatusOr<std::vector<EarlierRow>> ReadRowsOf(sql::Session& session, bool events, const EarlierBatch& batch) {
  std::vector<EarlierRow> rows;
  absl::Status read;
  const std::string columns =
      events ? "event_name, event_id, user_id, activity, occur_time, dimensions, value_minor, value, position FROM raw_event"
             : "measurement_name, '', '', activity, occur_time, dimensions, NULL, value, position FROM raw_measurement";
  RETURN_IF_ERROR(session.Query("SELECT " + columns + " WHERE day = ? AND producer = ? AND sequence = ? ORDER BY position FOR UPDATE",
                                sql::Bind(batch.day, batch.producer, batch.sequence), [&](const sql::Row& row) {
                                  EarlierRow& one = rows.emplace_back();
                                  one.point.name = row.Text(0);
                                  one.point.event_id = row.Text(1);
                                  one.point.user = row.Text(2);
                                  one.point.activity = row.Text(3);
                                  one.point.occur_time = row.Time(4);
                                  one.point.day = *time::ParseDay(batch.day);
                                  read.Update(ReadDimensions(row.Text(5), one.point.dimensions));
                                  if (!row.IsNull(6)) one.point.value_minor = row.Int(6);
                                  if (!row.IsNull(7)) one.point.value = row.Double(7);
                                  one.point.position = static_cast<int>(row.Int(8));
                                  one.producer = batch.producer;
                                  one.sequence = batch.sequence;
                                }));
  RETURN_IF_ERROR(read);
  return rows;
}

// Blocks of one batch and day, one or more for each name.
std::vector<FreshBlock> BlocksOf(bool events, const std::vector<EarlierRow>& rows, const Ordinals& ordinals) {
  std::map<std::string, std::vector<const EarlierRow*>> names;
  for (const EarlierRow& row : rows) names[row.point.name].push_back(&row);
  std::vector<FreshBlock> blocks;
  for (const auto& [name, some] : names) {
    std::vector<const Point*> points;
    for (const EarlierRow* row : some) points.push_back(&row->point);
    const EarlierRow& first = *some.front();
    int64_t part = FirstPart(points);
    for (StoredBlock& stored : Store(MakeBlock(points, first.producer, first.sequence, ordinals))) {
      blocks.push_back(
          {{{events ? kEventKind : kMeasurementKind, name}, first.point.day}, first.producer, first.sequence, part++, std::move(stored)});
    }
  }
  return blocks;
}

absl::StatusOr<int64_t> MoveTable(sql::Database& database, absl::Time deadline, absl::Time now, UserDirectory& directory, bool events) {
  const std::string table = events ? "raw_event" : "raw_measurement";
  std::vector<EarlierBatch> batches;
  std::set<std::string> users;
  RETURN_IF_ERROR(database.Read(deadline, [&](sql::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(batches, FirstBatches(session, table));
    if (!events) return absl::OkStatus();
    for (const EarlierBatch& batch : batches) {
      RETURN_IF_ERROR(session.Query("SELECT DISTINCT user_id FROM raw_event WHERE day = ? AND producer = ? AND sequence = ?",
                                    sql::Bind(batch.day, batch.producer, batch.sequence),
                                    [&](const sql::Row& row) { users.insert(row.Text(0)); }));
    }
    return absl::OkStatus();
  }));
  if (batches.empty()) return 0;
  ASSIGN_OR_RETURN(const UserDirectory::Answer answer, directory.OrdinalsOf(deadline, {users.begin(), users.end()}));
  int64_t moved = 0;
  RETURN_IF_ERROR(database.Write(deadline, [&](sql::Session& session) -> absl::Status {
    moved = 0;
    ASSIGN_OR_RETURN(const bool current, UserDirectory::IsCurrent(session, answer));
    if (!current) return absl::OkStatus();  // The next run looks again.
    for (const EarlierBatch& batch : batches) {
      ASSIGN_OR_RETURN(const std::vector<EarlierRow> rows, ReadRowsOf(session, events, batch));
      if (rows.empty()) continue;  // Another replica was quicker.
      RETURN_IF_ERROR(InsertFresh(session, now, BlocksOf(events, rows, answer.ordinals)));
      RETURN_IF_ERROR(session
                          .Execute(absl::StrCat("DELETE FROM ", table, " WHERE day = ? AND producer = ? AND sequence = ?"),
                                   sql::Bind(batch.day, batch.producer, batch.sequence))
                          .status());
      // Answers are others from now on.
      std::set<std::string> names;
      for (const EarlierRow& row : rows) names.insert(row.point.name);
      for (const std::string& name : names) {
        RETURN_IF_ERROR(session
                            .Execute("INSERT INTO series (kind, name, version, point_count) VALUES (?, ?, 1, 0) ON DUPLICATE KEY UPDATE "
                                     "version = version + 1",
                                     sql::Bind(events ? kEventKind : kMeasurementKind, name))
                            .status());
      }
      moved += static_cast<int64_t>(rows.size());
    }
    return absl::OkStatus();
  }));
  return moved;
}

}  // namespace

absl::StatusOr<int64_t> MoveEarlierRows(sql::Database& database, absl::Time deadline, absl::Time now, UserDirectory& directory) {
  ASSIGN_OR_RETURN(const int64_t events, MoveTable(database, deadline, now, directory, true));
  ASSIGN_OR_RETURN(const int64_t measurements, MoveTable(database, deadline, now, directory, false));
  return events + measurements;
}

}  // namespace heitie::metrics
