#include "services/metrics/closing/happening.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "nlohmann/json.hpp"
#include "services/metrics/engine/point.h"

namespace heitie::metrics {
namespace {

using v1::AdjustmentCause;

constexpr char kImportProducers[] = "producers/import-";

absl::Status ReadExtent(const std::string& kind, const std::string& text, Happening& to) {
  const nlohmann::json extent = nlohmann::json::parse(text, nullptr, false);
  if (!extent.is_object()) return absl::DataLossError("the extent of a batch cannot be read");
  for (const auto& [name, days] : extent.items()) {
    for (const auto& [day, count] : days.items()) to.rows[SeriesKey(kind, name)][*time::ParseDay(day)] += count.get<int64_t>();
  }
  return absl::OkStatus();
}

void SetTime(absl::Time time, Happening& happening) {
  happening.time = time;
  *happening.cause.mutable_time() = time::ToTimestamp(time);
}

void SetBatches(const std::string& producer, int64_t first, int64_t last, AdjustmentCause& cause) {
  cause.set_producer(producer);
  cause.set_first_sequence(first);
  cause.set_last_sequence(last);
}

absl::Status AddBatches(sql::Session& session, absl::Time after, std::vector<Happening>& found) {
  absl::Status read;
  std::map<std::string, std::string> imports;
  RETURN_IF_ERROR(session.Query("SELECT producer, name FROM imports WHERE state = 'STATE_RUNNING' OR end_time > ? ORDER BY create_time",
                                sql::Bind(after), [&](const sql::Row& row) { imports[row.Text(0)] = row.Text(1); }));
  RETURN_IF_ERROR(
      session.Query("SELECT producer, sequence, kind, extent, ingest_time FROM ingested_batch WHERE ingest_time > ? ORDER BY ingest_time, "
                    "producer, sequence",
                    sql::Bind(after), [&](const sql::Row& row) {
                      Happening& one = found.emplace_back();
                      const std::string producer = row.Text(0);
                      one.key = absl::StrCat(producer, "/", row.Int(1));
                      SetTime(row.Time(4), one);
                      SetBatches(producer, row.Int(1), row.Int(1), one.cause);
                      const bool imported = absl::StartsWith(producer, kImportProducers);
                      one.cause.set_kind(imported ? AdjustmentCause::KIND_IMPORT : AdjustmentCause::KIND_LATE_BATCH);
                      if (imported) one.cause.set_resource(imports[producer]);
                      read.Update(ReadExtent(row.Text(2), row.Text(3), one));
                    }));
  return read;
}

// A replayed row has the day and, unless it was repaired, the name as delivered. Where its batch got rows of other names as well, some of
// them may be what was repaired.
absl::Status AddReplays(sql::Session& session, absl::Time after, std::vector<Happening>& found) {
  std::map<std::tuple<std::string, int64_t, absl::Time>, Happening> replays;
  absl::Status read;
  RETURN_IF_ERROR(session.Query(
      "SELECT d.producer, d.sequence, d.settle_time, d.event_name, d.measurement_name, d.date, d.settle_reason, b.kind, b.extent "
      "FROM dead_letters AS d JOIN ingested_batch AS b ON b.producer = d.producer AND b.sequence = d.sequence "
      "WHERE d.settle_time > ? AND d.state = 'STATE_REPLAYED'",
      sql::Bind(after), [&](const sql::Row& row) {
        Happening& one = replays[{row.Text(0), row.Int(1), row.Time(2)}];
        if (one.key.empty()) {
          one.key = absl::StrCat("replay/", row.Text(0), "/", row.Int(1), "/", absl::ToUnixMicros(row.Time(2)));
          SetTime(row.Time(2), one);
          SetBatches(row.Text(0), row.Int(1), row.Int(1), one.cause);
          one.cause.set_kind(AdjustmentCause::KIND_REPLAY);
          one.cause.set_reason(row.Text(6));
          read.Update(ReadExtent(row.Text(7), row.Text(8), one));
          for (auto& [series, days] : one.rows) {
            for (auto& [day, count] : days) count = 0;
          }
        }
        const std::string name = row.Text(3).empty() ? row.Text(4) : row.Text(3);
        ++one.rows[SeriesKey(row.Text(7), name)][*time::ParseDay(row.Text(5))];
      }));
  for (auto& [key, one] : replays) found.push_back(std::move(one));
  return read;
}

absl::Status AddWithdrawals(sql::Session& session, absl::Time after, std::vector<Happening>& found) {
  std::vector<Happening> withdrawals;
  RETURN_IF_ERROR(session.Query(
      "SELECT name, producer, first_sequence, last_sequence, reason, end_time FROM withdrawals WHERE end_time > ? ORDER BY end_time, name",
      sql::Bind(after), [&](const sql::Row& row) {
        Happening& one = withdrawals.emplace_back();
        one.key = row.Text(0);
        SetTime(row.Time(5), one);
        SetBatches(row.Text(1), row.Int(2), row.Int(3), one.cause);
        one.cause.set_kind(AdjustmentCause::KIND_WITHDRAWAL);
        one.cause.set_resource(row.Text(0));
        one.cause.set_reason(row.Text(4));
      }));
  for (Happening& one : withdrawals) {
    absl::Status read;
    RETURN_IF_ERROR(session.Query("SELECT kind, extent FROM ingested_batch WHERE withdrawal = ?", sql::Bind(one.key),
                                  [&](const sql::Row& row) { read.Update(ReadExtent(row.Text(0), row.Text(1), one)); }));
    RETURN_IF_ERROR(read);
    found.push_back(std::move(one));
  }
  return absl::OkStatus();
}

absl::Status AddErasures(sql::Session& session, absl::Time after, std::vector<Happening>& found) {
  return session.Query("SELECT name, reference, end_time FROM user_erasures WHERE end_time > ? ORDER BY end_time, name", sql::Bind(after),
                       [&](const sql::Row& row) {
                         Happening& one = found.emplace_back();
                         one.key = row.Text(0);
                         one.anywhere = true;
                         SetTime(row.Time(2), one);
                         one.cause.set_kind(AdjustmentCause::KIND_ERASURE);
                         one.cause.set_resource(row.Text(0));
                         one.cause.set_reason(row.Text(1));
                       });
}

}  // namespace

std::string SeriesKey(const std::string& kind, const std::string& name) { return absl::StrCat(kind, "/", name); }

absl::StatusOr<std::vector<Happening>> HappeningsAfter(sql::Session& session, absl::Time after) {
  std::vector<Happening> found;
  RETURN_IF_ERROR(AddBatches(session, after, found));
  RETURN_IF_ERROR(AddReplays(session, after, found));
  RETURN_IF_ERROR(AddWithdrawals(session, after, found));
  RETURN_IF_ERROR(AddErasures(session, after, found));
  std::stable_sort(found.begin(), found.end(), [](const Happening& a, const Happening& b) { return a.time < b.time; });
  return found;
}

bool Touches(const Happening& happening, const std::set<std::string>& series, absl::CivilDay last, int64_t* rows) {
  *rows = 0;
  bool touches = happening.anywhere;
  for (const std::string& one : series) {
    const auto days = happening.rows.find(one);
    if (days == happening.rows.end()) continue;
    for (const auto& [day, count] : days->second) {
      if (day > last) break;
      touches = true;
      *rows += count;
    }
  }
  return touches;
}

std::vector<AdjustmentCause> CausesOf(const std::vector<Happening>& happenings, const std::set<std::string>& known,
                                      const std::set<std::string>& series, absl::CivilDay last) {
  std::vector<AdjustmentCause> causes, possible;
  std::map<std::string, size_t> imports;  // by producer
  for (const Happening& happening : happenings) {
    int64_t rows = 0;
    if (known.contains(happening.key) || !Touches(happening, series, last, &rows)) continue;
    if (rows == 0 && !happening.anywhere) {
      possible.push_back(happening.cause);
      continue;
    }
    const bool imported = happening.cause.kind() == AdjustmentCause::KIND_IMPORT;
    const auto earlier = imported ? imports.find(happening.cause.producer()) : imports.end();
    if (earlier == imports.end()) {
      if (imported) imports[happening.cause.producer()] = causes.size();
      causes.push_back(happening.cause);
      causes.back().set_row_count(rows);
      continue;
    }
    AdjustmentCause& whole = causes[earlier->second];
    whole.set_first_sequence(std::min(whole.first_sequence(), happening.cause.first_sequence()));
    whole.set_last_sequence(std::max(whole.last_sequence(), happening.cause.last_sequence()));
    whole.set_row_count(whole.row_count() + rows);
    *whole.mutable_time() = happening.cause.time();
  }
  return causes.empty() ? possible : causes;
}

}  // namespace heitie::metrics
