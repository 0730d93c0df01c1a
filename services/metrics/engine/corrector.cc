#include "services/metrics/engine/corrector.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "common/status/macros.h"
#include "common/time/day.h"
#include "services/metrics/engine/database_snapshot.h"

namespace heitie::metrics {
namespace {

constexpr int kEveryBlock = std::numeric_limits<int>::max();

// Days with rows or figures of the series, or of an activity in it, latest first.
absl::StatusOr<std::vector<absl::CivilDay>> LatestDays(sql::Session& session, const Series& series, const std::string& activity) {
  std::vector<absl::CivilDay> days;
  RETURN_IF_ERROR(
      session.Query("SELECT day FROM day_cell WHERE kind = ? AND name = ? AND activity = ? AND dimension = '' "
                    "UNION SELECT day FROM fresh_block WHERE kind = ? AND name = ? ORDER BY day DESC",
                    sql::Bind(series.kind, series.name, activity, series.kind, series.name),
                    [&](const sql::Row& row) { days.push_back(*time::ParseDay(row.Text(0))); }));
  return days;
}

// The time of the last row of the producer, of an activity if one is named; none without any row.
absl::StatusOr<std::optional<absl::Time>> LastTime(sql::Session& session, const Series& series, const std::string& producer,
                                                   const std::string& activity) {
  ASSIGN_OR_RETURN(const std::vector<absl::CivilDay> days, LatestDays(session, series, activity));
  DatabaseSnapshot snapshot(session);
  for (const absl::CivilDay day : days) {
    int64_t last = std::numeric_limits<int64_t>::min();
    RETURN_IF_ERROR(snapshot.Scan(series, {day, day}, {}, Snapshot::kColumns, [&](const Rows& rows) {
      const Column& producers = rows.columns.at(kProducerColumn);
      const auto activities = rows.columns.find(kActivityColumn);
      for (size_t i = 0; i < rows.size(); ++i) {
        if (producers.values[producers.codes[i] - 1] != producer) continue;
        if (!activity.empty()) {
          const uint32_t code = activities == rows.columns.end() ? 0 : activities->second.codes[i];
          if (code == 0 || activities->second.values[code - 1] != activity) continue;
        }
        last = std::max(last, rows.times[i]);
      }
      return absl::OkStatus();
    }));
    if (last != std::numeric_limits<int64_t>::min()) return absl::FromUnixMicros(last);
  }
  return std::nullopt;
}

// What was dropped: rows by producer, and the activities that each producer's rows belonged to.
struct Dropped {
  std::map<std::string, int64_t> rows;
  std::set<std::pair<std::string, std::string>> activities;  // activity and producer
};

absl::Status CorrectSeries(sql::Session& session, const Series& series, const Dropped& dropped) {
  RETURN_IF_ERROR(
      session
          .Execute("INSERT INTO series (kind, name, version, point_count) VALUES (?, ?, 1, 0) ON DUPLICATE KEY UPDATE version = "
                   "version + 1",
                   sql::Bind(series.kind, series.name))
          .status());
  for (const auto& [producer, rows] : dropped.rows) {
    // A batch that comes meanwhile waits here, and its own time counts after what is found now.
    RETURN_IF_ERROR(session.Query("SELECT 1 FROM series_producer WHERE kind = ? AND name = ? AND producer = ? FOR UPDATE",
                                  sql::Bind(series.kind, series.name, producer), [](const sql::Row&) {}));
    ASSIGN_OR_RETURN(const std::optional<absl::Time> last, LastTime(session, series, producer, ""));
    RETURN_IF_ERROR(
        session
            .Execute("UPDATE series_producer SET point_count = point_count - ?, last_occur_time = ? WHERE kind = ? AND name = ? "
                     "AND producer = ?",
                     {rows, last.has_value() ? sql::Value(*last) : sql::Value(), series.kind, series.name, producer})
            .status());
  }
  return absl::OkStatus();
}

// An activity's last time is that of its last row in any series; one that has no row left keeps its version, which only rises.
absl::Status CorrectActivity(sql::Session& session, const std::string& activity, const std::string& producer) {
  RETURN_IF_ERROR(session.Query("SELECT 1 FROM activity_producer WHERE activity = ? AND producer = ? FOR UPDATE",
                                sql::Bind(activity, producer), [](const sql::Row&) {}));
  std::vector<std::string> names;
  RETURN_IF_ERROR(session.Query("SELECT name FROM series_producer WHERE kind = ? AND producer = ?", sql::Bind(kEventKind, producer),
                                [&](const sql::Row& row) { names.push_back(row.Text(0)); }));
  absl::Time last = absl::UnixEpoch();
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(const std::optional<absl::Time> one, LastTime(session, {kEventKind, name}, producer, activity));
    if (one.has_value()) last = std::max(last, *one);
  }
  return session
      .Execute("UPDATE activity_producer SET version = version + 1, last_occur_time = ? WHERE activity = ? AND producer = ?",
               sql::Bind(last, activity, producer))
      .status();
}

}  // namespace

absl::StatusOr<bool> IsKept(sql::Session& session, const SeriesDay& of) {
  bool kept = true;
  RETURN_IF_ERROR(session.Query("SELECT 1 FROM series WHERE kind = ? AND name = ? AND raw_since > ?",
                                sql::Bind(of.series.kind, of.series.name, time::DayText(of.day)), [&](const sql::Row&) { kept = false; }));
  return kept;
}

absl::StatusOr<int64_t> DropRows(sql::Session& session, const SeriesDay& of, const Drop& drop) {
  ASSIGN_OR_RETURN(const bool kept, IsKept(session, of));
  if (!kept) return status::Error(kRawExpired, {{"name", of.series.name}, {"day", time::DayText(of.day)}});
  Dropped dropped;
  ASSIGN_OR_RETURN(const int64_t rows, Rewrite(session, of, [&](const Block& block, size_t i) {
                     if (!drop(block, i)) return false;
                     const Column& producers = block.rows.columns.at(kProducerColumn);
                     const std::string& producer = producers.values[producers.codes[i] - 1];
                     ++dropped.rows[producer];
                     const auto activities = block.rows.columns.find(kActivityColumn);
                     if (activities != block.rows.columns.end() && activities->second.codes[i] != 0) {
                       dropped.activities.emplace(activities->second.values[activities->second.codes[i] - 1], producer);
                     }
                     return true;
                   }));
  if (rows == 0) return 0;
  RETURN_IF_ERROR(CorrectSeries(session, of.series, dropped));
  for (const auto& [activity, producer] : dropped.activities) RETURN_IF_ERROR(CorrectActivity(session, activity, producer));
  return rows;
}

absl::StatusOr<bool> StripUser(sql::Session& session, const SeriesDay& of, uint32_t user) {
  RETURN_IF_ERROR(LockDay(session, of, 0));
  struct Found {
    CellKey key;
    Roaring users;
  };
  std::vector<Found> found;
  absl::Status read;
  const sql::Values where = sql::Bind(of.series.kind, of.series.name, time::DayText(of.day), user >> kRangeBits);
  RETURN_IF_ERROR(session.Query(
      "SELECT activity, dimension, dimension_value, users FROM day_cell WHERE kind = ? AND name = ? AND day = ? AND user_range = ?", where,
      [&](const sql::Row& row) {
        absl::StatusOr<Roaring> users = LoadUsers(row.Text(3));
        read.Update(users.status());
        if (users.ok() && users->contains(user)) found.push_back({{row.Text(0), row.Text(1), row.Text(2), user >> kRangeBits}, *users});
      }));
  RETURN_IF_ERROR(read);
  for (Found& one : found) {
    one.users.remove(user);
    sql::Values values = {SaveUsers(one.users)};
    values.insert(values.end(), where.begin(), where.end());
    for (const std::string& text : {one.key.activity, one.key.dimension, one.key.value}) values.push_back(text);
    RETURN_IF_ERROR(
        session
            .Execute("UPDATE day_cell SET users = ? WHERE kind = ? AND name = ? AND day = ? AND user_range = ? AND activity = ? "
                     "AND dimension = ? AND dimension_value = ?",
                     values)
            .status());
  }
  if (!found.empty()) RETURN_IF_ERROR(CorrectSeries(session, of.series, {}));
  return !found.empty();
}

absl::StatusOr<std::vector<SeriesDay>> DaysOf(sql::Session& session, uint32_t user) {
  std::set<std::pair<std::string, absl::CivilDay>> days;
  std::vector<std::string> names;
  RETURN_IF_ERROR(session.Query("SELECT DISTINCT name FROM series_producer WHERE kind = ?", sql::Bind(kEventKind),
                                [&](const sql::Row& row) { names.push_back(row.Text(0)); }));
  const Days all{absl::CivilDay(1000, 1, 1), absl::CivilDay(9999, 12, 31)};
  for (const std::string& name : names) {
    // In this order: what is folded between the two is seen twice, not never.
    RETURN_IF_ERROR(ReadFresh(session, {kEventKind, name}, all, {user, user}, 0, kEveryBlock, [&](const FreshBlock& fresh) -> absl::Status {
      ASSIGN_OR_RETURN(const Block block, Load(fresh.stored, 0));
      if (std::binary_search(block.rows.users.begin(), block.rows.users.end(), user)) days.emplace(name, fresh.of.day);
      return absl::OkStatus();
    }));
    absl::Status read;
    RETURN_IF_ERROR(
        session.Query("SELECT day, users FROM day_cell WHERE kind = ? AND name = ? AND activity = '' AND dimension = '' AND user_range = ?",
                      sql::Bind(kEventKind, name, user >> kRangeBits), [&](const sql::Row& row) {
                        const absl::StatusOr<Roaring> users = LoadUsers(row.Text(1));
                        read.Update(users.status());
                        if (users.ok() && users->contains(user)) days.emplace(name, *time::ParseDay(row.Text(0)));
                      }));
    RETURN_IF_ERROR(read);
  }
  std::vector<SeriesDay> result;
  for (const auto& [name, day] : days) result.push_back({{kEventKind, name}, day});
  return result;
}

}  // namespace heitie::metrics
