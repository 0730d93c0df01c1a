// A batch of events or measurements as ingestion sees it: checked, with business days, and with a digest by which a repetition is known.
// Pure functions; no database.
#ifndef HEITIE_SERVICES_METRICS_COLLECTION_BATCH_H_
#define HEITIE_SERVICES_METRICS_COLLECTION_BATCH_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "services/metrics/engine/point.h"

namespace heitie::metrics {

// How far a producer's clock may be ahead of ours.
inline constexpr absl::Duration kClockTolerance = absl::Minutes(10);

extern const status::Reason kFutureTime;  // {time} {now}
extern const status::Reason kBadDimension;
extern const status::Reason kKeyTwice;
extern const status::Reason kDuplicateEventId;  // {event_id} {index}

struct Batch {
  // kEventKind or kMeasurementKind.
  std::string kind;
  std::string producer;
  int64_t sequence = 0;
  // SHA-256 in hex of all that the producer said in the batch. It does not depend on the encoding of the message, so that it stays
  // comparable when the contract grows.
  std::string digest;
  std::vector<Point> points;
};

// What the contract's rules cannot say, with the index of each bad element: FUTURE_TIME, BAD_DIMENSION, KEY_TWICE, DUPLICATE_EVENT_ID.
absl::Status CheckBatch(const v1::IngestEventsRequest& request, absl::Time now);
absl::Status CheckBatch(const v1::IngestMeasurementsRequest& request, absl::Time now);

// BAD_DIMENSION under `path` for each key or value that is not as ingestion admits it.
void CheckKeys(const google::protobuf::Map<std::string, std::string>& map, const std::string& path, status::BadFields& bad);

Batch ToBatch(const v1::IngestEventsRequest& request, absl::TimeZone zone);
Batch ToBatch(const v1::IngestMeasurementsRequest& request, absl::TimeZone zone);

// One element, and back again, with its time to the microsecond.
Point ToPoint(const v1::Event& event, absl::TimeZone zone);
Point ToPoint(const v1::Measurement& measurement, absl::TimeZone zone);
v1::Event ToEvent(const Point& point);
v1::Measurement ToMeasurement(const Point& point);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_COLLECTION_BATCH_H_
