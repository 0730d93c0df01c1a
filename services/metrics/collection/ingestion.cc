#include "services/metrics/collection/ingestion.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "heitie/metrics/v1/producer.pb.h"
#include "heitie/options/v1/access.pb.h"
#include "services/metrics/engine/block.h"
#include "services/metrics/engine/chunks.h"
#include "services/metrics/engine/tables.h"
#include "services/metrics/engine/user_directory.h"

namespace heitie::metrics {

const status::Reason kBatchChanged{absl::StatusCode::kAlreadyExists, "BATCH_CHANGED",
                                   "Sequence {sequence} of {producer} arrived before with other content.",
                                   "{producer} 的序號 {sequence} 先前已送達，但內容不同。"};

namespace {

// Whether the same batch has arrived before. BATCH_CHANGED when another one came under its sequence.
absl::StatusOr<bool> HasArrived(sql::Session& session, const Batch& batch) {
  std::string digest;
  RETURN_IF_ERROR(session.Query("SELECT digest FROM ingested_batch WHERE producer = ? AND sequence = ?",
                                sql::Bind(batch.producer, batch.sequence), [&](const sql::Row& row) { digest = row.Text(0); }));
  if (digest.empty() || digest == batch.digest) return !digest.empty();
  return status::Error(kBatchChanged, {{"producer", batch.producer}, {"sequence", batch.sequence}});
}

std::vector<std::string> UsersOf(const std::vector<Point>& points) {
  std::set<std::string> users;
  for (const Point& point : points) {
    if (!point.user.empty()) users.insert(point.user);
  }
  return {users.begin(), users.end()};
}

// What a batch brings of one series and day.
using DayPoints = std::map<std::pair<std::string, absl::CivilDay>, std::vector<uint32_t>>;  // positions

DayPoints ByDay(const std::vector<Point>& points) {
  DayPoints days;
  for (uint32_t i = 0; i < points.size(); ++i) days[{points[i].name, points[i].day}].push_back(i);
  return days;
}

// {"purchase": {"2026-01-31": 3}}; names need no escapes.
std::string ExtentOf(const DayPoints& days) {
  std::string json = "{", name;
  for (const auto& [key, positions] : days) {
    const bool same = key.first == name;
    absl::StrAppend(&json,
                    same           ? ","
                    : name.empty() ? ""
                                   : "},",
                    same ? "" : absl::StrCat("\"", key.first, "\":{"), "\"", time::DayText(key.second), "\":", positions.size());
    name = key.first;
  }
  return json + "}}";
}

absl::Status InsertBatch(record::Transaction& tx, const Batch& batch, const DayPoints& days) {
  return tx.sql
      .Execute(
          "INSERT INTO ingested_batch (producer, sequence, kind, digest, point_count, principal, ingest_time, extent) VALUES "
          "(?, ?, ?, ?, ?, ?, ?, ?)",
          sql::Bind(batch.producer, batch.sequence, batch.kind, batch.digest, batch.points.size(), tx.call.principal.name, tx.call.now,
                    ExtentOf(days)))
      .status();
}

std::vector<FreshBlock> ToBlocks(const Batch& batch, const DayPoints& days, const Ordinals& ordinals) {
  std::vector<FreshBlock> blocks;
  for (const auto& [key, positions] : days) {
    std::vector<const Point*> points;
    for (const uint32_t position : positions) points.push_back(&batch.points[position]);
    int64_t part = 0;
    for (StoredBlock& stored : Store(MakeBlock(points, positions, batch.producer, batch.sequence, ordinals))) {
      blocks.push_back({{{batch.kind, key.first}, key.second}, batch.producer, batch.sequence, part++, std::move(stored)});
    }
  }
  return blocks;
}

// What a batch adds to one series or activity as a whole.
struct Share {
  int64_t count = 0;
  absl::Time last_occur_time = absl::InfinitePast();
};
using Shares = std::map<std::string, Share>;

void AddTo(Share& share, const Point& point) {
  ++share.count;
  share.last_occur_time = std::max(share.last_occur_time, point.occur_time);
}

Shares SharesBySeries(const std::vector<Point>& points) {
  Shares shares;
  for (const Point& point : points) AddTo(shares[point.name], point);
  return shares;
}

Shares SharesByActivity(const std::vector<Point>& points) {
  Shares shares;
  for (const Point& point : points) {
    if (!point.activity.empty()) AddTo(shares[point.activity], point);
  }
  return shares;
}

// Rows that only this producer's batches change, and these take turns.
absl::Status AddToSeries(sql::Session& session, const Batch& batch) {
  const Shares shares = SharesBySeries(batch.points);
  std::vector<sql::Values> rows;
  for (const auto& [name, share] : shares) {
    rows.push_back(sql::Bind(batch.kind, name, batch.producer, batch.sequence, share.count, 1, share.last_occur_time));
  }
  return ForChunks(rows.size(), [&](size_t begin, size_t size) {
    sql::Values values;
    for (size_t i = begin; i < begin + size; ++i) values.insert(values.end(), rows[i].begin(), rows[i].end());
    return session
        .Execute("INSERT INTO series_producer (kind, name, producer, last_sequence, point_count, version, last_occur_time) VALUES " +
                     sql::Placeholders(size, "(?,?,?,?,?,?,?)") +
                     " ON DUPLICATE KEY UPDATE last_sequence = GREATEST(last_sequence, VALUES(last_sequence)), "
                     "point_count = point_count + VALUES(point_count), version = version + 1, "
                     "last_occur_time = GREATEST(COALESCE(last_occur_time, VALUES(last_occur_time)), VALUES(last_occur_time))",
                 values)
        .status();
  });
}

absl::Status AddToActivities(sql::Session& session, const Batch& batch) {
  std::vector<sql::Values> rows;
  for (const auto& [activity, share] : SharesByActivity(batch.points)) {
    rows.push_back(sql::Bind(activity, batch.producer, 1, share.last_occur_time));
  }
  return ForChunks(rows.size(), [&](size_t begin, size_t size) {
    sql::Values values;
    for (size_t i = begin; i < begin + size; ++i) values.insert(values.end(), rows[i].begin(), rows[i].end());
    return session
        .Execute("INSERT INTO activity_producer (activity, producer, version, last_occur_time) VALUES " +
                     sql::Placeholders(size, "(?,?,?,?)") +
                     " ON DUPLICATE KEY UPDATE version = version + 1, last_occur_time = GREATEST(last_occur_time, VALUES(last_occur_time))",
                 values)
        .status();
  });
}

std::vector<std::string> Activities(const std::vector<Point>& points) {
  std::vector<std::string> activities;
  for (const auto& entry : SharesByActivity(points)) activities.push_back(entry.first);
  return activities;
}

}  // namespace

Ingestion::Ingestion(record::Store& store, Producers& producers, UserDirectory& directory, absl::TimeZone zone,
                     std::function<void(const std::vector<std::string>&)> changed)
    : store_(store), producers_(producers), directory_(directory), zone_(zone), changed_(std::move(changed)) {}

void Ingestion::Bind(record::Methods& methods) {
  methods.Bind("IngestEvents", this, &Ingestion::IngestEvents);
  methods.Bind("IngestMeasurements", this, &Ingestion::IngestMeasurements);
}

absl::StatusOr<v1::IngestEventsResponse> Ingestion::IngestEvents(const rpc::Call& call, const v1::IngestEventsRequest& request) {
  return Take<v1::IngestEventsResponse>(call, request);
}

absl::StatusOr<v1::IngestMeasurementsResponse> Ingestion::IngestMeasurements(const rpc::Call& call,
                                                                             const v1::IngestMeasurementsRequest& request) {
  return Take<v1::IngestMeasurementsResponse>(call, request);
}

// A refusal or a repetition leaves no trace: both are found here first, before users and series are registered.
absl::StatusOr<bool> Ingestion::Look(const rpc::Call& call, const Batch& batch) {
  bool arrived = false;
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& session) -> absl::Status {
    absl::StatusOr<v1::Producer> producer = producers_.kind().Find(session, batch.producer);
    if (absl::IsNotFound(producer.status())) return absl::OkStatus();
    RETURN_IF_ERROR(producer.status());
    ASSIGN_OR_RETURN(arrived, HasArrived(session, batch));
    return absl::OkStatus();
  }));
  return arrived;
}

template <typename Response, typename Request>
absl::StatusOr<Response> Ingestion::Take(const rpc::Call& call, const Request& request) {
  RETURN_IF_ERROR(CheckOwnProducer(call.principal, request.producer(), {options::v1::ROLE_DATA_ANALYST, options::v1::ROLE_SERVICE}));
  RETURN_IF_ERROR(CheckBatch(request, call.now));
  const Batch batch = ToBatch(request, zone_);
  ASSIGN_OR_RETURN(const bool arrived, Look(call, batch));
  UserDirectory::Answer users;
  std::vector<FreshBlock> blocks;
  const DayPoints days = ByDay(batch.points);
  const auto look_up = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(users, directory_.OrdinalsOf(call.deadline, UsersOf(batch.points)));
    blocks = ToBlocks(batch, days, users.ordinals);
    return absl::OkStatus();
  };
  if (!arrived) {
    RETURN_IF_ERROR(producers_.Register(call, batch.producer));
    RETURN_IF_ERROR(look_up());
  }
  Response response;
  // Whoever was erased between the look at the directory and the transaction is looked up again, as somebody new.
  for (bool current = false; !current;) {
    current = true;
    const absl::Status status = store_.Write(call, request, &response, [&](record::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const v1::Producer before, producers_.kind().Lock(tx, batch.producer));
      v1::Producer after = before;
      if (call.principal.name == after.name()) after.set_owner(after.name());
      ASSIGN_OR_RETURN(const bool duplicate, HasArrived(tx.sql, batch));
      response.set_duplicate(duplicate);
      response.set_accepted_count(duplicate ? 0 : static_cast<int32_t>(batch.points.size()));
      response.set_last_sequence(std::max(before.last_sequence(), batch.sequence));
      if (duplicate) return absl::OkStatus();
      ASSIGN_OR_RETURN(current, UserDirectory::IsCurrent(tx.sql, users));
      if (!current) return absl::UnavailableError("users were erased");
      RETURN_IF_ERROR(InsertBatch(tx, batch, days));
      RETURN_IF_ERROR(InsertFresh(tx.sql, call.now, blocks));
      RETURN_IF_ERROR(AddToSeries(tx.sql, batch));
      RETURN_IF_ERROR(AddToActivities(tx.sql, batch));
      Advance(batch, after);
      return producers_.kind().Update(tx, before, after, "ingest");
    });
    if (current && !status.ok()) return status;
    if (current) break;
    directory_.Forget();
    RETURN_IF_ERROR(look_up());
  }
  if (!response.duplicate()) changed_(Activities(batch.points));
  return response;
}

}  // namespace heitie::metrics
