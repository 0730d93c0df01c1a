#include "services/metrics/collection/batch.h"

#include <openssl/evp.h>

#include <cstring>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/ingestion.pb.h"

namespace heitie::metrics {

const status::Reason kFutureTime{absl::StatusCode::kInvalidArgument, "FUTURE_TIME", "{time} has not come yet: it is {now}.",
                                 "{time} 尚未到來，現在是 {now}。"};
const status::Reason kBadDimension{absl::StatusCode::kInvalidArgument, "BAD_DIMENSION",
                                   "The key is like [a-z][a-z0-9_]{0,62}, the value 1 to 100 characters without space at either end.",
                                   "鍵須符合 [a-z][a-z0-9_]{0,62}，值為 1 至 100 個字元且首尾無空白。"};
const status::Reason kKeyTwice{absl::StatusCode::kInvalidArgument, "KEY_TWICE", "The key is among the dimensions already.",
                               "此鍵已用於維度。"};
const status::Reason kDuplicateEventId{absl::StatusCode::kInvalidArgument, "DUPLICATE_EVENT_ID",
                                       "{event_id} occurs already in events[{index}].", "{event_id} 已出現於 events[{index}]。"};

namespace {

constexpr size_t kMaxKey = 63;     // bytes
constexpr size_t kMaxValue = 100;  // Unicode code points

bool IsDimensionKey(const std::string& key) {
  if (key.empty() || key.size() > kMaxKey || key[0] < 'a' || key[0] > 'z') return false;
  for (const char c : key) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
  }
  return true;
}

// Spaces at the end would make two values one: MySQL's collations compare without them.
bool IsDimensionValue(const std::string& value) {
  if (value.empty() || value.front() == ' ' || value.back() == ' ') return false;
  size_t length = 0;
  for (const unsigned char c : value) {
    if (c < 0x20 || c == 0x7F) return false;
    length += (c & 0xC0) != 0x80;
  }
  return length <= kMaxValue;
}

void CheckTime(const google::protobuf::Timestamp& timestamp, absl::Time now, const std::string& path, status::BadFields& bad) {
  const absl::Time time = time::ToTime(timestamp);
  if (time <= now + kClockTolerance) return;
  bad.Add(path + ".occur_time", kFutureTime,
          {{"time", absl::FormatTime(time, absl::UTCTimeZone())}, {"now", absl::FormatTime(now, absl::UTCTimeZone())}});
}

// Bytes that differ whenever what was said differs: every text with its length, every number in full.
class Canonical {
 public:
  Canonical& Text(const std::string& text) {
    Int(static_cast<int64_t>(text.size()));
    bytes_ += text;
    return *this;
  }
  Canonical& Int(int64_t value) {
    for (int shift = 0; shift < 64; shift += 8) bytes_ += static_cast<char>(static_cast<uint64_t>(value) >> shift);
    return *this;
  }
  Canonical& Double(double value) {
    int64_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    return Int(bits);
  }
  Canonical& Time(const google::protobuf::Timestamp& time) { return Int(time.seconds()).Int(time.nanos()); }
  Canonical& Dimensions(const PointKeys& dimensions) {
    Int(static_cast<int64_t>(dimensions.size()));
    for (const auto& [key, value] : dimensions) Text(key).Text(value);
    return *this;
  }
  std::string Sha256() const {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_Digest(bytes_.data(), bytes_.size(), digest, &size, EVP_sha256(), nullptr);
    return absl::BytesToHexString(std::string(reinterpret_cast<const char*>(digest), size));
  }

 private:
  std::string bytes_;
};

template <typename Request, typename Elements>
Batch MakeBatch(const char* kind, const Request& request, const Elements& elements, absl::TimeZone zone) {
  Batch batch{kind, request.producer(), request.sequence()};
  Canonical canonical;
  canonical.Text(kind).Text(batch.producer).Int(batch.sequence).Int(elements.size());
  batch.points.reserve(elements.size());
  for (const auto& element : elements) {
    Point& point = batch.points.emplace_back(ToPoint(element, zone));
    point.position = static_cast<int>(batch.points.size()) - 1;
    canonical.Text(point.name).Text(point.activity).Text(point.user).Text(point.event_id).Time(element.occur_time());
    canonical.Dimensions(point.dimensions);
    canonical.Int(point.value_minor.has_value()).Int(point.value_minor.value_or(0));
    canonical.Int(point.value.has_value()).Double(point.value.value_or(0));
    // Fields that the contract gained later change nothing in the digest of a batch without them.
    if (!point.properties.empty()) canonical.Text("properties").Dimensions(point.properties);
    if (!point.currency_code.empty()) canonical.Text("currency_code").Text(point.currency_code);
  }
  batch.digest = canonical.Sha256();
  return batch;
}

}  // namespace

Point ToPoint(const v1::Event& event, absl::TimeZone zone) {
  Point point;
  point.name = event.event_name();
  point.activity = event.activity();
  point.occur_time = time::ToTime(event.occur_time());
  point.day = absl::ToCivilDay(point.occur_time, zone);
  point.dimensions = {event.dimensions().begin(), event.dimensions().end()};
  point.properties = {event.properties().begin(), event.properties().end()};
  point.currency_code = event.currency_code();
  point.user = event.user();
  point.event_id = event.event_id();
  if (event.has_value_minor()) point.value_minor = event.value_minor();
  if (event.has_value()) point.value = event.value();
  return point;
}

Point ToPoint(const v1::Measurement& measurement, absl::TimeZone zone) {
  Point point;
  point.name = measurement.measurement_name();
  point.activity = measurement.activity();
  point.occur_time = time::ToTime(measurement.occur_time());
  point.day = absl::ToCivilDay(point.occur_time, zone);
  point.dimensions = {measurement.dimensions().begin(), measurement.dimensions().end()};
  point.value = measurement.value();
  return point;
}

v1::Event ToEvent(const Point& point) {
  v1::Event event;
  event.set_event_id(point.event_id);
  event.set_event_name(point.name);
  event.set_user(point.user);
  *event.mutable_occur_time() = time::ToTimestamp(point.occur_time);
  event.set_activity(point.activity);
  event.mutable_dimensions()->insert(point.dimensions.begin(), point.dimensions.end());
  event.mutable_properties()->insert(point.properties.begin(), point.properties.end());
  event.set_currency_code(point.currency_code);
  if (point.value_minor) event.set_value_minor(*point.value_minor);
  if (point.value) event.set_value(*point.value);
  return event;
}

v1::Measurement ToMeasurement(const Point& point) {
  v1::Measurement measurement;
  measurement.set_measurement_name(point.name);
  *measurement.mutable_occur_time() = time::ToTimestamp(point.occur_time);
  measurement.set_value(point.value.value_or(0));
  measurement.mutable_dimensions()->insert(point.dimensions.begin(), point.dimensions.end());
  measurement.set_activity(point.activity);
  return measurement;
}

void CheckKeys(const google::protobuf::Map<std::string, std::string>& map, const std::string& path, status::BadFields& bad) {
  for (const auto& [key, value] : map) {
    if (!IsDimensionKey(key) || !IsDimensionValue(value)) bad.Add(absl::StrCat(path, "[", absl::CEscape(key), "]"), kBadDimension);
  }
}

absl::Status CheckBatch(const v1::IngestEventsRequest& request, absl::Time now) {
  status::BadFields bad;
  absl::flat_hash_map<std::string, int> index_by_id;
  for (int i = 0; i < request.events_size(); ++i) {
    const v1::Event& event = request.events(i);
    const std::string path = absl::StrCat("events[", i, "]");
    CheckTime(event.occur_time(), now, path, bad);
    CheckKeys(event.dimensions(), path + ".dimensions", bad);
    CheckKeys(event.properties(), path + ".properties", bad);
    for (const auto& [key, value] : event.properties()) {
      if (event.dimensions().contains(key)) bad.Add(absl::StrCat(path, ".properties[", absl::CEscape(key), "]"), kKeyTwice);
    }
    if (event.event_id().empty()) continue;
    const auto [it, inserted] = index_by_id.emplace(event.event_id(), i);
    if (!inserted) bad.Add(path + ".event_id", kDuplicateEventId, {{"event_id", event.event_id()}, {"index", it->second}});
  }
  return bad.status();
}

absl::Status CheckBatch(const v1::IngestMeasurementsRequest& request, absl::Time now) {
  status::BadFields bad;
  for (int i = 0; i < request.measurements_size(); ++i) {
    const std::string path = absl::StrCat("measurements[", i, "]");
    CheckTime(request.measurements(i).occur_time(), now, path, bad);
    CheckKeys(request.measurements(i).dimensions(), path + ".dimensions", bad);
  }
  return bad.status();
}

Batch ToBatch(const v1::IngestEventsRequest& request, absl::TimeZone zone) {
  return MakeBatch(kEventKind, request, request.events(), zone);
}

Batch ToBatch(const v1::IngestMeasurementsRequest& request, absl::TimeZone zone) {
  return MakeBatch(kMeasurementKind, request, request.measurements(), zone);
}

}  // namespace heitie::metrics
