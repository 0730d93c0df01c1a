#include "services/metrics/collection/ingestion.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "heitie/metrics/v1/producer.pb.h"
#include "heitie/options/v1/access.pb.h"
#include "services/metrics/collection/chunks.h"
#include "services/metrics/collection/rollup_table.h"
#include "services/metrics/collection/user_directory.h"

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

std::vector<std::string> Users(const std::vector<Point>& points) {
  std::set<std::string> users;
  for (const Point& point : points) {
    if (!point.user.empty()) users.insert(point.user);
  }
  return {users.begin(), users.end()};
}

std::vector<std::string> Activities(const std::vector<Point>& points) {
  std::vector<std::string> activities;
  for (const auto& entry : SharesByActivity(points)) activities.push_back(entry.first);
  return activities;
}

absl::Status InsertBatch(record::Transaction& tx, const Batch& batch) {
  return tx.sql
      .Execute(
          "INSERT INTO ingested_batch (producer, sequence, kind, digest, point_count, principal, ingest_time) VALUES (?, ?, ?, ?, ?, ?, ?)",
          sql::Bind(batch.producer, batch.sequence, batch.kind, batch.digest, batch.points.size(), tx.call.principal.name, tx.call.now))
      .status();
}

sql::Value Minor(const Point& point) { return point.value_minor.has_value() ? sql::Value(*point.value_minor) : sql::Value(); }
sql::Value Real(const Point& point) { return point.value.has_value() ? sql::Value(*point.value) : sql::Value(); }

sql::Values RawEvent(const Batch& batch, size_t i) {
  const Point& p = batch.points[i];
  return {time::DayText(p.day),
          batch.producer,
          batch.sequence,
          static_cast<int64_t>(i),
          p.name,
          p.event_id,
          p.user,
          p.activity,
          p.occur_time,
          DimensionsJson(p.dimensions),
          Minor(p),
          Real(p)};
}

sql::Values RawMeasurement(const Batch& batch, size_t i) {
  const Point& p = batch.points[i];
  return {time::DayText(p.day),         batch.producer, batch.sequence, static_cast<int64_t>(i), p.name, p.activity, p.occur_time,
          DimensionsJson(p.dimensions), Real(p)};
}

// Raw rows collide with nobody's, so they are written before any lock is taken that other producers wait for.
absl::Status InsertRaw(sql::Session& session, const Batch& batch) {
  const bool events = batch.kind == kEventKind;
  const std::string head =
      events ? "INSERT INTO raw_event (day, producer, sequence, position, event_name, event_id, user_id, activity, occur_time, "
               "dimensions, value_minor, value) VALUES "
             : "INSERT INTO raw_measurement (day, producer, sequence, position, measurement_name, activity, occur_time, "
               "dimensions, value) VALUES ";
  const std::string row = events ? "(?,?,?,?,?,?,?,?,?,?,?,?)" : "(?,?,?,?,?,?,?,?,?)";
  return ForChunks(batch.points.size(), [&](size_t begin, size_t size) {
    sql::Values values;
    for (size_t i = begin; i < begin + size; ++i) {
      sql::Values one = events ? RawEvent(batch, i) : RawMeasurement(batch, i);
      values.insert(values.end(), std::make_move_iterator(one.begin()), std::make_move_iterator(one.end()));
    }
    return session.Execute(head + sql::Placeholders(size, row), values).status();
  });
}

absl::Status Count(sql::Session& session, const Batch& batch, const Ordinals& ordinals) {
  RETURN_IF_ERROR(InsertRaw(session, batch));
  RETURN_IF_ERROR(AddToSeries(session, batch, SharesBySeries(batch.points)));
  RETURN_IF_ERROR(AddToCells(session, batch.kind, RollUp(batch.points, ordinals)));
  return AddToActivities(session, SharesByActivity(batch.points));
}

}  // namespace

Ingestion::Ingestion(record::Store& store, Producers& producers, absl::TimeZone zone,
                     std::function<void(const std::vector<std::string>&)> changed)
    : store_(store), producers_(producers), zone_(zone), changed_(std::move(changed)) {}

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

absl::StatusOr<Ordinals> Ingestion::Prepare(const rpc::Call& call, const Batch& batch) {
  RETURN_IF_ERROR(producers_.Register(call, batch.producer));
  RETURN_IF_ERROR(store_.database().Write(call.deadline, [&](sql::Session& session) {
    return EnsureRows(session, batch.kind, SharesBySeries(batch.points), SharesByActivity(batch.points));
  }));
  return OrdinalsOf(store_.database(), call.deadline, Users(batch.points));
}

template <typename Response, typename Request>
absl::StatusOr<Response> Ingestion::Take(const rpc::Call& call, const Request& request) {
  RETURN_IF_ERROR(CheckOwnProducer(call.principal, request.producer(), {options::v1::ROLE_DATA_ANALYST, options::v1::ROLE_SERVICE}));
  RETURN_IF_ERROR(CheckBatch(request, call.now));
  const Batch batch = ToBatch(request, zone_);
  ASSIGN_OR_RETURN(const bool arrived, Look(call, batch));
  Ordinals ordinals;
  if (!arrived) {
    ASSIGN_OR_RETURN(ordinals, Prepare(call, batch));
  }
  Response response;
  RETURN_IF_ERROR(store_.Write(call, request, &response, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const v1::Producer before, producers_.kind().Lock(tx, batch.producer));
    v1::Producer after = before;
    if (call.principal.name == after.name()) after.set_owner(after.name());
    ASSIGN_OR_RETURN(const bool duplicate, HasArrived(tx.sql, batch));
    response.set_duplicate(duplicate);
    response.set_accepted_count(duplicate ? 0 : static_cast<int32_t>(batch.points.size()));
    response.set_last_sequence(std::max(before.last_sequence(), batch.sequence));
    if (duplicate) return absl::OkStatus();
    RETURN_IF_ERROR(InsertBatch(tx, batch));
    RETURN_IF_ERROR(Count(tx.sql, batch, ordinals));
    Advance(batch, after);
    return producers_.kind().Update(tx, before, after, "ingest");
  }));
  if (!response.duplicate()) changed_(Activities(batch.points));
  return response;
}

}  // namespace heitie::metrics
