#include "services/activity/page/measurements.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/job/runner.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/collection_service.methods.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "services/activity/launch/facts.h"
#include "services/activity/launch/fault_point.h"

namespace heitie::activity {
namespace {

constexpr char kDeliveryJob[] = "page-measurements";
constexpr absl::Duration kDeliveryInterval = absl::Seconds(10);
// Each look is two measurements, of which a batch may hold 5,000.
constexpr int kLooksTogether = 2000;
constexpr char kBatchChanged[] = "BATCH_CHANGED";

struct Batch {
  std::string producer;
  int64_t number = 0;
};

// The batch that is under way, or a new one of what waits; nothing when nothing waits.
absl::StatusOr<std::optional<Batch>> NextBatch(record::Transaction& tx) {
  std::optional<Batch> batch;
  const auto read = [&](const sql::Row& row) { batch = Batch{row.Text(0), row.Int(1)}; };
  RETURN_IF_ERROR(tx.sql.Query("SELECT producer, last_batch FROM page_producers WHERE id = 1 FOR UPDATE", {}, read));
  int64_t waiting = -1;
  RETURN_IF_ERROR(tx.sql.Query("SELECT batch FROM page_measurements ORDER BY batch DESC LIMIT 1", {},
                               [&](const sql::Row& row) { waiting = row.Int(0); }));
  if (waiting < 0) return std::optional<Batch>();
  if (!batch.has_value()) {
    batch = Batch{"producers/activity-" + record::NewId(tx.call.now), 0};
    RETURN_IF_ERROR(
        tx.sql.Execute("INSERT INTO page_producers (id, producer, last_batch) VALUES (1, ?, 0)", sql::Bind(batch->producer)).status());
  }
  if (waiting > 0) {
    batch->number = waiting;
    return batch;
  }
  ++batch->number;
  RETURN_IF_ERROR(tx.sql.Execute("UPDATE page_producers SET last_batch = ? WHERE id = 1", sql::Bind(batch->number)).status());
  RETURN_IF_ERROR(tx.sql
                      .Execute(absl::StrCat("UPDATE page_measurements SET batch = ? WHERE batch = 0 ORDER BY id LIMIT ", kLooksTogether),
                               sql::Bind(batch->number))
                      .status());
  return batch;
}

void Add(metrics::v1::IngestMeasurementsRequest& request, const char* name, const sql::Row& row, double value) {
  metrics::v1::Measurement* measurement = request.add_measurements();
  const std::string page = row.Text(0);
  measurement->set_measurement_name(name);
  *measurement->mutable_occur_time() = time::ToTimestamp(row.Time(1));
  measurement->set_value(value);
  (*measurement->mutable_dimensions())["page"] = record::IdOf(page);
  measurement->set_activity(record::ParentOf(page));
}

// The same for every repetition.
absl::StatusOr<metrics::v1::IngestMeasurementsRequest> RequestOf(sql::Session& session, const Batch& batch) {
  metrics::v1::IngestMeasurementsRequest request;
  request.set_producer(batch.producer);
  request.set_sequence(batch.number);
  RETURN_IF_ERROR(session.Query("SELECT page, look_time, good, latency_micros FROM page_measurements WHERE batch = ? ORDER BY id",
                                sql::Bind(batch.number), [&](const sql::Row& row) {
                                  Add(request, "page_up", row, static_cast<double>(row.Int(2)));
                                  if (!row.IsNull(3)) Add(request, "page_latency_ms", row, static_cast<double>(row.Int(3)) / 1000);
                                }));
  return request;
}

// Whether there may be more.
absl::StatusOr<bool> DeliverOne(const service::Context& context, const rpc::Call& call) {
  std::optional<Batch> batch;
  RETURN_IF_ERROR(context.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(batch, NextBatch(tx));
    return absl::OkStatus();
  }));
  if (!batch.has_value()) return false;
  FaultPoint("page.measurements.numbered");
  ASSIGN_OR_RETURN(const metrics::v1::IngestMeasurementsRequest request,
                   context.store.Read(call, [&](sql::Session& session) { return RequestOf(session, *batch); }));
  if (!request.measurements().empty()) {
    const absl::Status sent = context.Call(AsService(call), metrics::v1::method::IngestMeasurements, request).status();
    if (status::ReasonOf(sent) == kBatchChanged) {
      // The database was set back to a time before that number was given: these are other measurements, and get another one.
      RETURN_IF_ERROR(context.store.Write(call, [&](record::Transaction& tx) {
        return tx.sql.Execute("UPDATE page_measurements SET batch = 0 WHERE batch = ?", sql::Bind(batch->number)).status();
      }));
      return true;
    }
    RETURN_IF_ERROR(sent);
    FaultPoint("page.measurements.delivered");
  }
  RETURN_IF_ERROR(context.store.Write(call, [&](record::Transaction& tx) {
    return tx.sql.Execute("DELETE FROM page_measurements WHERE batch = ?", sql::Bind(batch->number)).status();
  }));
  return true;
}

}  // namespace

absl::Status KeepMeasurement(record::Transaction& tx, const std::string& page, const Look& look) {
  sql::Value latency;
  if (look.status != 0) latency = absl::ToInt64Microseconds(look.latency);
  sql::Values values = sql::Bind(record::NewId(look.time), page, look.time, look.good);
  values.push_back(latency);
  return tx.sql.Execute("INSERT INTO page_measurements (id, page, look_time, good, latency_micros) VALUES (?, ?, ?, ?, ?)", values)
      .status();
}

void DeliverMeasurements(const service::Context& context) {
  context.jobs.Recur(
      kDeliveryJob, kDeliveryInterval,
      [context](const rpc::Call& call, const job::Job&) {
        for (int i = 0; i < 20; ++i) {
          const absl::StatusOr<bool> more = DeliverOne(context, call);
          if (!more.ok()) return job::Outcome::Failed(more.status());
          if (!*more) return job::Outcome::Done();
        }
        return job::Outcome::Again(call.now);
      },
      job::Lane::kDeliveries);
}

}  // namespace heitie::activity
