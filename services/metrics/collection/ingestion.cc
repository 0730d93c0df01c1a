#include "services/metrics/collection/ingestion.h"

#include <algorithm>
#include <functional>
#include <set>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "heitie/metrics/v1/producer.pb.h"
#include "heitie/options/v1/access.pb.h"
#include "nlohmann/json.hpp"
#include "services/metrics/collection/quota.h"
#include "services/metrics/engine/block.h"
#include "services/metrics/engine/chunks.h"
#include "services/metrics/engine/tables.h"
#include "services/metrics/engine/user_directory.h"
#include "services/metrics/engine/version.h"
#include "services/metrics/plan/watermark.h"

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

// Users, each once.
class Users {
 public:
  void Add(const Point& point) {
    if (!point.user.empty() && seen_.insert(point.user).second) list_.push_back(point.user);
  }
  std::vector<std::string> list() && { return std::move(list_); }

 private:
  absl::flat_hash_set<absl::string_view> seen_;  // of the points
  std::vector<std::string> list_;
};

std::vector<std::string> UsersOf(const std::vector<Point>& points) {
  Users users;
  for (const Point& point : points) users.Add(point);
  return std::move(users).list();
}

std::vector<std::string> AdmittedUsers(const Batch& batch, const Verdict& verdict) {
  Users users;
  ForAdmitted(batch, verdict, [&](const Point& point) { users.Add(point); });
  return std::move(users).list();
}

// What a batch brings of one series and day.
using DayPoints = std::map<std::tuple<std::string, absl::CivilDay>, std::vector<uint32_t>, std::less<>>;  // indices of points

DayPoints ByDay(const std::vector<Point>& points) {
  DayPoints days;
  for (uint32_t i = 0; i < points.size(); ++i) {
    const auto key = std::tie(points[i].name, points[i].day);
    const auto it = days.find(key);
    (it != days.end() ? it->second : days[key]).push_back(i);
  }
  return days;
}

// {"purchase": {"2026-01-31": 3}}; names need no escapes.
std::string ExtentOf(const DayPoints& days) {
  if (days.empty()) return "{}";
  std::string json = "{", name;
  for (const auto& [key, positions] : days) {
    const auto& [event, day] = key;
    const bool same = event == name;
    absl::StrAppend(&json,
                    same           ? ","
                    : name.empty() ? ""
                                   : "},",
                    same ? "" : absl::StrCat("\"", event, "\":{"), "\"", time::DayText(day), "\":", positions.size());
    name = event;
  }
  return json + "}}";
}

// The batch as it was delivered, and the extent of what was accepted of it.
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
  for (const auto& [key, indices] : days) {
    const auto& [name, day] = key;
    std::vector<const Point*> points;
    for (const uint32_t index : indices) points.push_back(&batch.points[index]);
    // A position is stored once, so its number tells what a replay adds from what came with the batch.
    int64_t part = FirstPart(points);
    for (StoredBlock& stored : Store(MakeBlock(points, batch.producer, batch.sequence, ordinals))) {
      blocks.push_back({{{batch.kind, name}, day}, batch.producer, batch.sequence, part++, std::move(stored)});
    }
  }
  return blocks;
}

// Adds rows of a replay to what the batch has brought. The batch's row is locked until then.
absl::Status AddExtent(sql::Session& session, const Batch& accepted) {
  std::string text;
  RETURN_IF_ERROR(session.Query("SELECT extent FROM ingested_batch WHERE producer = ? AND sequence = ? FOR UPDATE",
                                sql::Bind(accepted.producer, accepted.sequence), [&](const sql::Row& row) { text = row.Text(0); }));
  nlohmann::json extent = nlohmann::json::parse(text, nullptr, false);
  if (!extent.is_object()) return absl::DataLossError("the extent of a batch cannot be read");
  for (const auto& [key, indices] : ByDay(accepted.points)) {
    const auto& [name, day] = key;
    nlohmann::json& count = extent[name][time::DayText(day)];
    count = (count.is_null() ? int64_t{0} : count.get<int64_t>()) + static_cast<int64_t>(indices.size());
  }
  return session
      .Execute("UPDATE ingested_batch SET extent = ?, position = NULL WHERE producer = ? AND sequence = ?",
               sql::Bind(extent.dump(), accepted.producer, accepted.sequence))
      .status();
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

// Stores the points of a batch, whose users have ordinals.
absl::Status StorePoints(record::Transaction& tx, const Batch& batch, const DayPoints& days, const Ordinals& ordinals) {
  RETURN_IF_ERROR(InsertFresh(tx.sql, tx.call.now, ToBlocks(batch, days, ordinals)));
  RETURN_IF_ERROR(AddToSeries(tx.sql, batch));
  return AddToActivities(tx.sql, batch);
}

}  // namespace

Ingestion::Ingestion(record::Store& store, Producers& producers, UserDirectory& directory, const Sieve& sieve, absl::TimeZone zone,
                     std::function<void(const std::vector<std::string>&)> changed)
    : store_(store), producers_(producers), directory_(directory), sieve_(sieve), zone_(zone), changed_(std::move(changed)) {}

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

// A refusal or a repetition leaves no trace: both are found here first, before users are registered.
absl::StatusOr<std::optional<Verdict>> Ingestion::Look(const rpc::Call& call, const Batch& batch) {
  std::optional<Verdict> verdict;
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(const bool arrived, HasArrived(session, batch));
    if (arrived) return absl::OkStatus();
    ASSIGN_OR_RETURN(verdict, sieve_.Judge(session, batch, call.now));
    return absl::OkStatus();
  }));
  return verdict;
}

absl::StatusOr<UserDirectory::Answer> Ingestion::LookUp(const rpc::Call& call, const Batch& batch, const Verdict& verdict) {
  if (batch.kind != kEventKind) return UserDirectory::Answer();
  ASSIGN_OR_RETURN(UserDirectory::Answer users, directory_.OrdinalsOf(call.deadline, AdmittedUsers(batch, verdict)));
  if (verdict.violated.empty()) return users;
  // Dead letters keep no barred user either.
  ASSIGN_OR_RETURN(const std::set<std::string> barred, directory_.BarredOf(call.deadline, UsersOf(batch.points)));
  users.barred.insert(barred.begin(), barred.end());
  return users;
}

absl::StatusOr<Intake::Add> Ingestion::Prepare(const rpc::Call& call, const std::vector<Batch>& batches) {
  std::vector<Point> points;
  for (const Batch& batch : batches) points.insert(points.end(), batch.points.begin(), batch.points.end());
  ASSIGN_OR_RETURN(const UserDirectory::Answer users, directory_.OrdinalsOf(call.deadline, UsersOf(points)));
  return [this, users](record::Transaction& tx, const Batch& accepted) -> absl::Status {
    ASSIGN_OR_RETURN(const v1::Producer before, producers_.kind().Lock(tx, accepted.producer));
    ASSIGN_OR_RETURN(const bool current, UserDirectory::IsCurrent(tx.sql, users));
    const bool barred = std::any_of(accepted.points.begin(), accepted.points.end(),
                                    [&](const Point& point) { return !point.user.empty() && !users.ordinals.contains(point.user); });
    if (!current || barred) {
      directory_.Forget();
      return status::RetryLater(status::kUnavailable, absl::Seconds(1), {{"what", accepted.producer}});
    }
    RETURN_IF_ERROR(AddExtent(tx.sql, accepted));
    RETURN_IF_ERROR(StorePoints(tx, accepted, ByDay(accepted.points), users.ordinals));
    v1::Producer after = before;
    AddPoints(accepted, after);
    return producers_.kind().Update(tx, before, after, "replay");
  };
}

void Ingestion::Added(const std::vector<Batch>& batches) {
  for (const Batch& batch : batches) changed_(Activities(batch.points));
}

template <typename Response, typename Request>
absl::StatusOr<Response> Ingestion::Take(const rpc::Call& call, const Request& request) {
  RETURN_IF_ERROR(CheckOwnProducer(call.principal, request.producer(), {options::v1::ROLE_DATA_ANALYST, options::v1::ROLE_SERVICE}));
  RETURN_IF_ERROR(CheckBatch(request, call.now));
  const Batch batch = ToBatch(request, zone_);
  const int64_t rows = static_cast<int64_t>(batch.points.size());
  ASSIGN_OR_RETURN(const std::optional<Verdict> verdict, Look(call, batch));
  UserDirectory::Answer users;
  if (verdict) {
    ASSIGN_OR_RETURN(const v1::Producer producer, producers_.Register(call, batch.producer));
    // What does not fit is refused before it costs anything; the transaction decides.
    RETURN_IF_ERROR(CheckQuota(producer, rows, call.now, zone_));
    ASSIGN_OR_RETURN(users, LookUp(call, batch, *verdict));
  }
  Response response;
  Sifted sifted;
  // Whoever was erased between the look at the directory and the transaction is looked up again, as somebody new.
  for (bool current = false; !current;) {
    current = true;
    const absl::Status status = store_.Write(call, request, &response, [&](record::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const v1::Producer before, producers_.kind().Lock(tx, batch.producer));
      v1::Producer after = before;
      if (call.principal.name == after.name()) after.set_owner(after.name());
      ASSIGN_OR_RETURN(const bool duplicate, HasArrived(tx.sql, batch));
      response.set_duplicate(duplicate);
      response.set_last_sequence(std::max(before.last_sequence(), batch.sequence));
      int64_t revision = 0;
      if (!absl::SimpleAtoi(before.etag(), &revision)) return absl::DataLossError("the version of a producer cannot be read");
      response.set_version(VersionText(batch.producer, revision + (duplicate ? 0 : 1)));
      if (duplicate) return absl::OkStatus();
      // It had arrived a moment ago and is gone now: a repetition finds everything as it must be.
      if (!verdict) return status::RetryLater(status::kUnavailable, absl::Seconds(1), {{"what", batch.producer}});
      RETURN_IF_ERROR(CheckQuota(before, rows, call.now, zone_));
      UseQuota(rows, call.now, zone_, after);
      ASSIGN_OR_RETURN(current, UserDirectory::IsCurrent(tx.sql, users));
      if (!current) return absl::UnavailableError("users were erased");
      ASSIGN_OR_RETURN(sifted, sieve_.Settle(tx, batch, *verdict, users.barred));
      const Batch& accepted = *sifted.accepted;
      response.set_accepted_count(static_cast<int32_t>(accepted.points.size()));
      response.set_quarantined_count(sifted.quarantined);
      response.set_duplicate_count(sifted.duplicates);
      response.set_discarded_count(sifted.discarded);
      const DayPoints days = ByDay(accepted.points);
      RETURN_IF_ERROR(InsertBatch(tx, batch, days));
      RETURN_IF_ERROR(StorePoints(tx, accepted, days, users.ordinals));
      Advance(accepted, after);
      RETURN_IF_ERROR(AdvancePrefix(tx.sql, batch, before.last_sequence(), after));
      return producers_.kind().Update(tx, before, after, "ingest");
    });
    if (current && !status.ok()) return status;
    if (current) break;
    directory_.Forget();
    ASSIGN_OR_RETURN(users, LookUp(call, batch, *verdict));
  }
  if (!response.duplicate() && sifted.accepted != nullptr) changed_(Activities(sifted.accepted->points));
  return response;
}

}  // namespace heitie::metrics
