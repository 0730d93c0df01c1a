#include "services/metrics/collection/producer.h"

#include <algorithm>

#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/producer.pb.h"
#include "heitie/options/v1/access.pb.h"

namespace heitie::metrics {

const status::Reason kProducerOwned{absl::StatusCode::kPermissionDenied, "PRODUCER_OWNED",
                                    "{producer} belongs to the system of that name, not to {caller}.",
                                    "{producer} 屬於同名的系統，不屬於 {caller}。"};
const status::Reason kQuotaBurstAlone{absl::StatusCode::kInvalidArgument, "QUOTA_BURST_ALONE",
                                      "How many rows may come at once is said together with how many a second.",
                                      "設定一次可接收的列數時，須同時設定每秒列數。"};

namespace {

v1::SequenceRange Range(int64_t first, int64_t last) {
  v1::SequenceRange range;
  range.set_first(first);
  range.set_last(last);
  return range;
}

// The first 100 ranges of sequences below `last` that have not arrived. Costs the producer's batches; asked only when some are missing.
absl::StatusOr<std::vector<v1::SequenceRange>> MissingRanges(sql::Session& session, const std::string& producer, int64_t last) {
  std::vector<v1::SequenceRange> ranges;
  RETURN_IF_ERROR(session.Query(
      "SELECT previous + 1, sequence - 1 FROM (SELECT sequence, COALESCE(LAG(sequence) OVER (ORDER BY sequence), 0) AS previous "
      "FROM ingested_batch WHERE producer = ? AND sequence <= ?) AS arrived WHERE sequence > previous + 1 ORDER BY sequence LIMIT 100",
      sql::Bind(producer, last), [&](const sql::Row& row) { ranges.push_back(Range(row.Int(0), row.Int(1))); }));
  return ranges;
}

}  // namespace

absl::Status CheckOwnProducer(const rpc::Principal& caller, const std::string& producer, std::initializer_list<rpc::Role> others) {
  const bool any = std::any_of(others.begin(), others.end(), [&](rpc::Role role) { return caller.Has(role); });
  if (any || caller.name == producer) return absl::OkStatus();
  return status::Error(kProducerOwned, {{"producer", producer}, {"caller", caller.name}});
}

void Advance(const Batch& batch, v1::Producer& producer) {
  producer.set_last_sequence(std::max(producer.last_sequence(), batch.sequence));
  producer.set_batch_count(producer.batch_count() + 1);
  AddPoints(batch, producer);
}

void AddPoints(const Batch& batch, v1::Producer& producer) {
  const int64_t points = static_cast<int64_t>(batch.points.size());
  if (batch.kind == kEventKind) {
    producer.set_event_count(producer.event_count() + points);
  } else {
    producer.set_measurement_count(producer.measurement_count() + points);
  }
  if (batch.points.empty()) return;
  absl::Time last = producer.has_last_occur_time() ? time::ToTime(producer.last_occur_time()) : absl::InfinitePast();
  for (const Point& point : batch.points) last = std::max(last, point.occur_time);
  *producer.mutable_last_occur_time() = time::ToTimestamp(last);
}

void Describe(const std::vector<v1::SequenceRange>& missing, v1::Producer& producer) {
  producer.set_missing_count(producer.last_sequence() - producer.batch_count());
  producer.mutable_missing_ranges()->Assign(missing.begin(), missing.end());
  producer.set_complete_sequence(missing.empty() ? producer.last_sequence() : missing.front().first() - 1);
}

Producers::Producers(record::Store& store) : store_(store), producers_(store) {
  producers_.SetDecorator([](sql::Session&, v1::Producer& producer) {
    producer.set_missing_count(producer.last_sequence() - producer.batch_count());
    producer.set_complete_sequence(producer.contiguous_sequence());
    return absl::OkStatus();
  });
}

void Producers::Bind(record::Methods& methods) {
  methods.Bind("GetProducer", this, &Producers::Get);
  methods.Lists(producers_);
  methods.Updates(producers_, this, &Producers::Update);
}

absl::StatusOr<v1::Producer> Producers::Register(const rpc::Call& call, const std::string& name) {
  absl::StatusOr<v1::Producer> found = store_.Read(call, [&](sql::Session& session) { return producers_.Find(session, name); });
  if (!absl::IsNotFound(found.status())) return found;
  v1::Producer producer;
  const absl::Status status = store_.Write(call, [&](record::Transaction& tx) {
    producer.Clear();
    producer.set_name(name);
    return producers_.Insert(tx, producer, "register");
  });
  // Another batch of the producer may have been quicker.
  if (!status.ok() && !absl::IsAlreadyExists(status)) return status;
  return producer;
}

absl::Status Producers::Update(record::Transaction&, const v1::Producer& before, v1::Producer& after) {
  // What was used of another quota says nothing of this one.
  if (before.rows_per_second() != after.rows_per_second() || before.burst_rows() != after.burst_rows()) after.clear_quota_time();
  status::BadFields bad;
  if (after.burst_rows() > 0 && after.rows_per_second() == 0) bad.Add("producer.burst_rows", kQuotaBurstAlone);
  return bad.status();
}

absl::StatusOr<v1::Producer> Producers::Get(const rpc::Call& call, const v1::GetProducerRequest& request) {
  RETURN_IF_ERROR(
      CheckOwnProducer(call.principal, request.name(),
                       {options::v1::ROLE_OPERATIONS_MANAGER, options::v1::ROLE_OPERATIONS_SPECIALIST, options::v1::ROLE_DATA_ANALYST,
                        options::v1::ROLE_DEPARTMENT_MEMBER, options::v1::ROLE_PLATFORM_ENGINEER, options::v1::ROLE_SERVICE}));
  return store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::Producer> {
    ASSIGN_OR_RETURN(v1::Producer producer, producers_.Find(session, request.name()));
    std::vector<v1::SequenceRange> missing;
    if (producer.last_sequence() > producer.batch_count()) {
      ASSIGN_OR_RETURN(missing, MissingRanges(session, producer.name(), producer.last_sequence()));
    }
    Describe(missing, producer);
    return producer;
  });
}

}  // namespace heitie::metrics
