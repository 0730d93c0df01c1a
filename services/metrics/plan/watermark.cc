#include "services/metrics/plan/watermark.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/options/v1/access.pb.h"
#include "services/metrics/collection/metric_definition.h"
#include "services/metrics/collection/producer.h"

namespace heitie::metrics {
namespace {

const status::Reason kCompleteTimeBack{absl::StatusCode::kFailedPrecondition, "COMPLETE_TIME_BACK",
                                       "{producer} has declared everything until {declared} to be delivered already.",
                                       "{producer} 已宣告 {declared} 之前皆已送達。"};

constexpr int kPrefixPage = 1000;

ProducerMark MarkOf(const v1::Producer& producer) {
  ProducerMark mark{producer.name(), {}, {}, producer.contiguous_sequence() < producer.last_sequence()};
  if (producer.has_complete_time()) mark.declared = time::ToTime(producer.complete_time());
  if (producer.has_contiguous_occur_time()) mark.prefix = time::ToTime(producer.contiguous_occur_time());
  return mark;
}

}  // namespace

std::optional<absl::Time> WatermarkOf(const ProducerMark& mark, absl::Duration allowed_lateness) {
  if (mark.declared) return mark.declared;
  if (mark.prefix) return *mark.prefix - allowed_lateness;
  return std::nullopt;
}

Closed ClosedThrough(const std::vector<ProducerMark>& marks, absl::Duration allowed_lateness) {
  Closed closed;
  closed.allowed_lateness = allowed_lateness;
  bool first = true;
  for (const ProducerMark& mark : marks) {
    // Nothing is less than every time.
    const std::optional<absl::Time> time = WatermarkOf(mark, allowed_lateness);
    if (first || time < closed.through) {
      closed.through = time;
      closed.because_of.clear();
      first = false;
    }
    if (time == closed.through) closed.because_of.push_back(mark.producer);
  }
  return closed;
}

Closed ClosedOfAll(const std::vector<Closed>& names) {
  Closed all;
  bool first = true;
  for (const Closed& name : names) {
    if (!name.awaited()) continue;
    all.allowed_lateness = std::max(all.allowed_lateness, name.allowed_lateness);
    if (first || name.through < all.through) {
      all.through = name.through;
      all.because_of.clear();
      first = false;
    }
    if (name.through != all.through) continue;
    for (const std::string& producer : name.because_of) {
      if (std::find(all.because_of.begin(), all.because_of.end(), producer) == all.because_of.end()) all.because_of.push_back(producer);
    }
  }
  return all;
}

absl::Status AdvancePrefix(sql::Session& session, const Batch& batch, int64_t last_sequence_before, v1::Producer& producer) {
  if (batch.sequence != producer.contiguous_sequence() + 1) return absl::OkStatus();
  absl::Time newest = producer.has_contiguous_occur_time() ? time::ToTime(producer.contiguous_occur_time()) : absl::InfinitePast();
  for (const Point& point : batch.points) newest = std::max(newest, point.occur_time);
  int64_t prefix = batch.sequence;
  for (bool more = last_sequence_before > prefix; more;) {
    int read = 0;
    const int64_t begin = prefix;
    RETURN_IF_ERROR(session.Query(
        "SELECT sequence, last_occur_time FROM batch_accounts WHERE producer = ? AND sequence > ? ORDER BY sequence LIMIT 1000",
        sql::Bind(batch.producer, begin), [&](const sql::Row& row) {
          ++read;
          if (row.Int(0) != prefix + 1) return;
          ++prefix;
          if (!row.IsNull(1)) newest = std::max(newest, row.Time(1));
        }));
    more = read == kPrefixPage && prefix == begin + kPrefixPage;
  }
  producer.set_contiguous_sequence(prefix);
  if (newest != absl::InfinitePast()) *producer.mutable_contiguous_occur_time() = time::ToTimestamp(newest);
  return absl::OkStatus();
}

absl::StatusOr<Watermarks::Marks> Watermarks::MarksOf(sql::Session& session, const std::string& kind, const std::string& name) const {
  Marks marks;
  ASSIGN_OR_RETURN(const std::shared_ptr<const Plan> plan, plans_.Current(session));
  const Judgement* judgement = plan->Find(kind, name);
  std::vector<std::string> names;
  if (judgement != nullptr) {
    const v1::EventSchema& schema = judgement->schema();
    marks.allowed_lateness = absl::Seconds(schema.allowed_lateness().seconds()) + absl::Nanoseconds(schema.allowed_lateness().nanos());
    names.assign(schema.required_producers().begin(), schema.required_producers().end());
  }
  if (names.empty()) {
    const bool events = kind == kEventKind;
    RETURN_IF_ERROR(session.Query(
        "SELECT producer FROM delivery_accounts WHERE event_name = ? AND measurement_name = ? GROUP BY producer ORDER BY producer",
        sql::Bind(events ? name : std::string(), events ? std::string() : name),
        [&](const sql::Row& row) { names.push_back(row.Text(0)); }));
  }
  const auto of_import = [](const std::string& producer) { return absl::StartsWith(producer, kImportProducerPrefix); };
  const bool required = judgement != nullptr && !judgement->schema().required_producers().empty();
  if (!required && !std::all_of(names.begin(), names.end(), of_import)) {
    names.erase(std::remove_if(names.begin(), names.end(), of_import), names.end());
  }
  if (names.empty()) return marks;
  ASSIGN_OR_RETURN(
      const std::vector<v1::Producer> producers,
      producers_.Select(session, "WHERE name IN (" + sql::Placeholders(names.size()) + ")", sql::Values(names.begin(), names.end())));
  for (const std::string& one : names) {
    const auto found = std::find_if(producers.begin(), producers.end(), [&](const v1::Producer& p) { return p.name() == one; });
    // One that is required and has never delivered has no mark.
    marks.all.push_back(found == producers.end() ? ProducerMark{one, {}, {}, false} : MarkOf(*found));
  }
  return marks;
}

absl::StatusOr<Closed> Watermarks::ClosedThrough(sql::Session& session, const std::string& kind, const std::string& name) const {
  ASSIGN_OR_RETURN(const Marks marks, MarksOf(session, kind, name));
  return metrics::ClosedThrough(marks.all, marks.allowed_lateness);
}

absl::StatusOr<v1::Producer> Watermarks::Declare(record::Transaction& tx, const v1::DeclareCompleteRequest& request) {
  RETURN_IF_ERROR(
      CheckOwnProducer(tx.call.principal, request.name(), {options::v1::ROLE_DATA_ANALYST, options::v1::ROLE_OPERATIONS_MANAGER}));
  const absl::Time declared = time::ToTime(request.complete_time());
  if (declared > tx.call.now) {
    status::BadFields bad;
    bad.Add("complete_time", kFutureTime, {{"time", time::InstantText(declared)}, {"now", time::InstantText(tx.call.now)}});
    return bad.status();
  }
  ASSIGN_OR_RETURN(const v1::Producer before, producers_.Lock(tx, request.name()));
  if (before.has_complete_time() && declared < time::ToTime(before.complete_time())) {
    return status::Error(kCompleteTimeBack,
                         {{"producer", before.name()}, {"declared", time::InstantText(time::ToTime(before.complete_time()))}});
  }
  v1::Producer after = before;
  *after.mutable_complete_time() = request.complete_time();
  RETURN_IF_ERROR(producers_.Update(tx, before, after, "declare_complete"));
  return producers_.Decorated(tx.sql, after);
}

absl::StatusOr<v1::ComputeWatermarkResponse> Watermarks::Compute(const rpc::Call& call, const v1::ComputeWatermarkRequest& request) {
  if (request.event_name().empty() == request.measurement_name().empty()) {
    status::BadFields bad;
    bad.Add("event_name", kBadMetricSource, {{"fields", "event_name, measurement_name"}});
    return bad.status();
  }
  const bool events = request.measurement_name().empty();
  ASSIGN_OR_RETURN(const Marks marks, store_.Read(call, [&](sql::Session& session) {
    return MarksOf(session, events ? kEventKind : kMeasurementKind, events ? request.event_name() : request.measurement_name());
  }));
  v1::ComputeWatermarkResponse response;
  const Closed closed = metrics::ClosedThrough(marks.all, marks.allowed_lateness);
  if (closed.through) *response.mutable_closed_through_time() = time::ToTimestamp(*closed.through);
  response.mutable_because_of()->Assign(closed.because_of.begin(), closed.because_of.end());
  for (const ProducerMark& mark : marks.all) {
    auto& one = *response.add_marks();
    one.set_producer(mark.producer);
    if (const auto time = WatermarkOf(mark, marks.allowed_lateness)) *one.mutable_time() = time::ToTimestamp(*time);
    one.set_declared(mark.declared.has_value());
    one.set_gap(mark.gap);
  }
  return response;
}

void Watermarks::Bind(record::Methods& methods) {
  methods.Bind("DeclareComplete", this, &Watermarks::Declare);
  methods.Bind("ComputeWatermark", this, &Watermarks::Compute);
}

}  // namespace heitie::metrics
