#include "services/metrics/export/export_log.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "nlohmann/json.hpp"
#include "services/metrics/engine/block.h"
#include "services/metrics/engine/database_snapshot.h"
#include "services/metrics/engine/tables.h"

namespace heitie::metrics {

const status::Reason kBadCursor{absl::StatusCode::kInvalidArgument, "BAD_CURSOR", "{cursor} is no cursor of this export: begin anew.",
                                "{cursor} 並非此匯出的游標，請從頭開始。"};

namespace {

constexpr char kCursorMark[] = "rows/";
constexpr int kPlacedTogether = 500;
constexpr int kAllFresh = std::numeric_limits<int>::max();

// ---- Placing

struct Unplaced {
  absl::Time time;
  std::string producer;  // of a batch
  int64_t sequence = 0;
  std::string tombstone;  // its id
};

absl::StatusOr<std::vector<Unplaced>> ReadUnplaced(sql::Session& session) {
  std::vector<Unplaced> unplaced;
  RETURN_IF_ERROR(
      session.Query(absl::StrCat("SELECT ingest_time, producer, sequence FROM ingested_batch FORCE INDEX (ingested_batch_position) "
                                 "WHERE position IS NULL ORDER BY ingest_time, producer, sequence LIMIT ",
                                 kPlacedTogether),
                    {}, [&](const sql::Row& row) {
                      unplaced.push_back({row.Time(0), row.Text(1), row.Int(2), ""});
                    }));
  RETURN_IF_ERROR(session.Query(
      absl::StrCat("SELECT insert_time, id FROM export_tombstone WHERE position IS NULL ORDER BY insert_time, id LIMIT ", kPlacedTogether),
      {}, [&](const sql::Row& row) {
        unplaced.push_back({row.Time(0), "", 0, row.Text(1)});
      }));
  std::stable_sort(unplaced.begin(), unplaced.end(), [](const Unplaced& a, const Unplaced& b) { return a.time < b.time; });
  return unplaced;
}

// Those who place take turns. A row that is being changed elsewhere is waited for.
absl::Status PlacePortion(sql::Session& session, bool& more) {
  int64_t position = -1;
  RETURN_IF_ERROR(session.Query("SELECT position FROM export_position WHERE id = 1 FOR UPDATE", {},
                                [&](const sql::Row& row) { position = row.Int(0); }));
  if (position < 0) return absl::DataLossError("the row of export_position is missing");
  ASSIGN_OR_RETURN(const std::vector<Unplaced> unplaced, ReadUnplaced(session));
  more = unplaced.size() >= static_cast<size_t>(kPlacedTogether);
  if (unplaced.empty()) return absl::OkStatus();
  for (const Unplaced& one : unplaced) {
    ++position;
    RETURN_IF_ERROR((one.tombstone.empty()
                         ? session.Execute("UPDATE ingested_batch SET position = ? WHERE producer = ? AND sequence = ?",
                                           sql::Bind(position, one.producer, one.sequence))
                         : session.Execute("UPDATE export_tombstone SET position = ? WHERE id = ?", sql::Bind(position, one.tombstone)))
                        .status());
  }
  return session.Execute("UPDATE export_position SET position = ? WHERE id = 1", sql::Bind(position)).status();
}

// ---- Reading

using BatchKey = std::pair<std::string, int64_t>;  // producer and sequence

struct Entry {
  int64_t position = 0;
  // Of a batch: where its rows lie, as ingested_batch.extent.
  BatchKey batch;
  std::string kind, extent;
  int64_t rows = 0;
  // Of what takes rows away.
  std::optional<v1::ExportedChange> change;
};

v1::ExportedChange ToChange(const sql::Row& row) {
  v1::ExportedChange change;
  if (!row.IsNull(4)) {
    change.mutable_erasure()->set_user_ordinal(row.Int(4));
  } else if (!row.IsNull(7)) {
    v1::ExportedExpiry& expiry = *change.mutable_expiry();
    (row.Text(5) == kEventKind ? *expiry.mutable_event_name() : *expiry.mutable_measurement_name()) = row.Text(6);
    *expiry.mutable_first_kept_date() = time::ToDate(*time::ParseDay(row.Text(7)));
  } else {
    change.mutable_withdrawal()->set_producer(row.Text(1));
    change.mutable_withdrawal()->set_first_sequence(row.Int(2));
    change.mutable_withdrawal()->set_last_sequence(row.Int(3));
  }
  return change;
}

// What lies behind the position, in order. More than the limit were not read.
absl::StatusOr<std::vector<Entry>> ReadEntries(sql::Session& session, int64_t position, int limit) {
  std::vector<Entry> entries;
  RETURN_IF_ERROR(
      session.Query(absl::StrCat("SELECT position, producer, sequence, kind, IF(withdrawal = '', extent, '{}') FROM ingested_batch WHERE "
                                 "position > ? ORDER BY position LIMIT ",
                                 limit),
                    sql::Bind(position), [&](const sql::Row& row) {
                      entries.push_back({row.Int(0), {row.Text(1), row.Int(2)}, row.Text(3), row.Text(4), 0, std::nullopt});
                    }));
  const int64_t last = entries.size() == static_cast<size_t>(limit) ? entries.back().position : std::numeric_limits<int64_t>::max();
  RETURN_IF_ERROR(session.Query(
      absl::StrCat(
          "SELECT position, producer, first_sequence, last_sequence, user_ordinal, kind, name, first_kept_day FROM export_tombstone "
          "WHERE position > ? AND position <= ? ORDER BY position LIMIT ",
          limit),
      sql::Bind(position, last), [&](const sql::Row& row) {
        entries.push_back({row.Int(0), {}, "", "", 0, ToChange(row)});
      }));
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.position < b.position; });
  if (entries.size() > static_cast<size_t>(limit)) entries.resize(static_cast<size_t>(limit));
  return entries;
}

// Where rows of batches lie, and how many of each day there were.
struct DayRows {
  std::set<BatchKey> batches;
  int64_t rows = 0;
};
using RowPlaces = std::map<std::tuple<std::string, std::string, absl::CivilDay>, DayRows>;

absl::Status AddPlaces(Entry& entry, RowPlaces& places) {
  const nlohmann::json extent = nlohmann::json::parse(entry.extent, nullptr, false);
  if (!extent.is_object()) return absl::DataLossError("the extent of a batch cannot be read");
  for (const auto& [name, counts] : extent.items()) {
    for (const auto& [day, count] : counts.items()) {
      DayRows& there = places[{entry.kind, name, *time::ParseDay(day)}];
      there.batches.insert(entry.batch);
      there.rows += count.get<int64_t>();
      entry.rows += count.get<int64_t>();
    }
  }
  return absl::OkStatus();
}

const std::string& ValueAt(const Rows& rows, const char* key, size_t i) {
  static const std::string none;
  const auto it = rows.columns.find(key);
  return it == rows.columns.end() || it->second.codes[i] == 0 ? none : it->second.values[it->second.codes[i] - 1];
}

v1::ExportedRow ToRow(const SeriesDay& of, const Block& block, size_t i) {
  v1::ExportedRow row;
  row.set_position(static_cast<int32_t>(block.positions[i]));
  (of.series.kind == kEventKind ? *row.mutable_event_name() : *row.mutable_measurement_name()) = of.series.name;
  *row.mutable_occur_time() = time::ToTimestamp(absl::FromUnixMicros(block.rows.times[i]));
  *row.mutable_date() = time::ToDate(of.day);
  if (of.series.kind == kEventKind) row.set_user_ordinal(block.rows.users[i]);
  for (const auto& [key, column] : block.rows.columns) {
    if (column.codes[i] == 0 || key[0] == '@') continue;
    const std::string& value = column.values[column.codes[i] - 1];
    if (key[0] == kPropertyPrefix) {
      (*row.mutable_properties())[key.substr(1)] = value;
    } else {
      (*row.mutable_dimensions())[key] = value;
    }
  }
  row.set_activity(ValueAt(block.rows, kActivityColumn, i));
  row.set_currency_code(ValueAt(block.rows, kCurrencyColumn, i));
  if (!block.event_ids.empty()) row.set_event_id(block.event_ids[i]);
  if (!block.rows.amounts.empty() && block.rows.amounts[i] == Amount::kMinor) row.set_value_minor(block.rows.minors[i]);
  if (!block.rows.amounts.empty() && block.rows.amounts[i] == Amount::kValue) row.set_value(block.rows.values[i]);
  return row;
}

using BatchRows = std::map<BatchKey, std::vector<v1::ExportedRow>>;

int64_t TakeRows(const SeriesDay& of, const Block& block, const std::set<BatchKey>& wanted, BatchRows& rows) {
  int64_t taken = 0;
  for (size_t i = 0; i < block.size(); ++i) {
    const BatchKey key{ValueAt(block.rows, kProducerColumn, i), block.sequences[i]};
    if (!wanted.contains(key)) continue;
    rows[key].push_back(ToRow(of, block, i));
    ++taken;
  }
  return taken;
}

// The rows of a day that belong to the batches. Those that are not folded first: of what has just come these are all.
absl::Status ReadDay(sql::Session& session, const SeriesDay& of, const DayRows& there, BatchRows& rows) {
  ASSIGN_OR_RETURN(const std::string since, RawSince(session, of.series));
  if (!since.empty() && of.day < *time::ParseDay(since)) return absl::OkStatus();
  const Days day{of.day, of.day};
  const unsigned parts = kAttributesPart | kOriginPart;
  int64_t taken = 0;
  RETURN_IF_ERROR(ReadFresh(session, of.series, day, {}, parts, kAllFresh, [&](const FreshBlock& fresh) -> absl::Status {
    if (!there.batches.contains({fresh.producer, fresh.sequence})) return absl::OkStatus();
    ASSIGN_OR_RETURN(const Block block, Load(fresh.stored, parts));
    taken += TakeRows(of, block, there.batches, rows);
    return absl::OkStatus();
  }));
  if (taken >= there.rows) return absl::OkStatus();
  return ReadFolded(session, of.series, day, {}, parts, [&](const FoldedBlock& folded) -> absl::Status {
    ASSIGN_OR_RETURN(const Block block, Load(folded.stored, parts));
    TakeRows(of, block, there.batches, rows);
    return absl::OkStatus();
  });
}

// Puts changes into messages of about `bytes`.
class Messages {
 public:
  Messages(size_t bytes, int64_t position, const std::string& incarnation) : most_(bytes), position_(position), incarnation_(incarnation) {}

  void Add(v1::ExportedChange change, int64_t position) {
    *message_.add_changes() = std::move(change);
    End(position);
  }
  void AddRows(const BatchKey& batch, std::vector<v1::ExportedRow> rows, int64_t position) {
    if (rows.empty()) return End(position);
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.position() < b.position(); });
    v1::ExportedRows* some = nullptr;
    for (v1::ExportedRow& row : rows) {
      if (some == nullptr) {
        some = message_.add_changes()->mutable_rows();
        some->set_producer(batch.first);
        some->set_sequence(batch.second);
      }
      bytes_ += row.ByteSizeLong() + 8;
      *some->add_rows() = std::move(row);
      if (bytes_ < most_) continue;
      Close();
      some = nullptr;
    }
    End(position);
  }
  std::vector<v1::ExportRowsResponse> Finish() {
    if (message_.changes_size() > 0 || (!messages_.empty() && messages_.back().cursor() != CursorOf(position_, incarnation_))) Close();
    return std::move(messages_);
  }

 private:
  void End(int64_t position) {
    position_ = position;
    bytes_ += 64;
    if (bytes_ >= most_) Close();
  }
  void Close() {
    message_.set_cursor(CursorOf(position_, incarnation_));
    messages_.push_back(std::move(message_));
    message_.Clear();
    bytes_ = 0;
  }

  const size_t most_;
  int64_t position_;
  const std::string incarnation_;
  size_t bytes_ = 0;
  v1::ExportRowsResponse message_;
  std::vector<v1::ExportRowsResponse> messages_;
};

}  // namespace

std::string CursorOf(int64_t position, const std::string& incarnation) {
  return absl::WebSafeBase64Escape(absl::StrCat(kCursorMark, position, incarnation.empty() ? "" : "/", incarnation));
}

std::optional<int64_t> PositionOf(const std::string& cursor) {
  if (cursor.empty()) return 0;
  std::string text;
  int64_t position = 0;
  if (!absl::WebSafeBase64Unescape(cursor, &text) || !absl::StartsWith(text, kCursorMark)) return std::nullopt;
  text = text.substr(sizeof(kCursorMark) - 1);
  if (!absl::SimpleAtoi(text.substr(0, text.find('/')), &position) || position < 0) return std::nullopt;
  return position;
}

std::string IncarnationOf(const std::string& cursor) {
  std::string text;
  if (!PositionOf(cursor).has_value() || !absl::WebSafeBase64Unescape(cursor, &text)) return "";
  const size_t slash = text.find('/', sizeof(kCursorMark) - 1);
  return slash == std::string::npos ? "" : text.substr(slash + 1);
}

absl::Status PlaceBatches(sql::Database& database, absl::Time deadline) {
  bool any = false;
  RETURN_IF_ERROR(database.Read(deadline, [&](sql::Session& session) -> absl::Status {
    any = false;
    ASSIGN_OR_RETURN(const std::vector<Unplaced> unplaced, ReadUnplaced(session));
    any = !unplaced.empty();
    return absl::OkStatus();
  }));
  for (bool more = any; more && absl::Now() < deadline;) {
    RETURN_IF_ERROR(database.Write(deadline, [&](sql::Session& session) { return PlacePortion(session, more); }));
  }
  return absl::OkStatus();
}

absl::StatusOr<ExportPortion> ReadExport(sql::Session& snapshot, int64_t position, const ExportLimits& limits,
                                         const std::string& incarnation) {
  int64_t last = 0;
  std::string present;
  RETURN_IF_ERROR(
      snapshot.Query("SELECT export_position.position, incarnation FROM export_position, event_position WHERE export_position.id "
                     "= 1 AND event_position.id = 1",
                     {}, [&](const sql::Row& row) {
                       last = row.Int(0);
                       present = row.Text(1);
                     }));
  if (position > last || (position > 0 && !incarnation.empty() && incarnation != present)) {
    status::BadFields bad;
    bad.Add("cursor", kBadCursor, {{"cursor", CursorOf(position, incarnation)}});
    return bad.status();
  }
  ASSIGN_OR_RETURN(std::vector<Entry> entries, ReadEntries(snapshot, position, limits.entries));
  RowPlaces places;
  int64_t rows = 0;
  size_t taken = 0;
  for (; taken < entries.size() && (taken == 0 || rows < limits.rows); ++taken) {
    if (!entries[taken].change.has_value()) RETURN_IF_ERROR(AddPlaces(entries[taken], places));
    rows += entries[taken].rows;
  }
  entries.resize(taken);
  BatchRows found;
  for (const auto& [key, there] : places) {
    const auto& [kind, name, day] = key;
    RETURN_IF_ERROR(ReadDay(snapshot, {{kind, name}, day}, there, found));
  }
  ExportPortion portion;
  portion.incarnation = present;
  // Places that a replay has left are nobody's any more.
  portion.position = entries.empty() ? last : entries.back().position;
  portion.more = portion.position < last;
  Messages messages(limits.message_bytes, position, present);
  for (Entry& entry : entries) {
    if (entry.change.has_value()) {
      messages.Add(*std::move(entry.change), entry.position);
    } else {
      messages.AddRows(entry.batch, std::move(found[entry.batch]), entry.position);
    }
  }
  portion.messages = messages.Finish();
  return portion;
}

}  // namespace heitie::metrics
