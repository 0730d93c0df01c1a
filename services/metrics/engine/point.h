// One event or measurement, as it was accepted.
#ifndef HEITIE_SERVICES_METRICS_ENGINE_POINT_H_
#define HEITIE_SERVICES_METRICS_ENGINE_POINT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "boost/container/flat_map.hpp"

namespace heitie::metrics {

inline constexpr char kEventKind[] = "EVENT";
inline constexpr char kMeasurementKind[] = "MEASUREMENT";

// Keys with their values: a few, in one piece of memory.
using PointKeys = boost::container::flat_map<std::string, std::string>;

// One event or measurement.
struct Point {
  std::string name;
  // Empty: belongs to no activity.
  std::string activity;
  absl::Time occur_time;
  // The calendar day of occur_time in the business time zone.
  absl::CivilDay day;
  PointKeys dimensions;
  // What follows is empty for measurements.
  PointKeys properties;
  std::string currency_code;
  std::string user;
  std::string event_id;
  std::optional<int64_t> value_minor;
  std::optional<double> value;
  // Its index in the batch as it was delivered, which it keeps where others of the batch are left out.
  int position = 0;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_ENGINE_POINT_H_
