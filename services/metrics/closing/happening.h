// What changed the rows that closed figures rest on, as the tables tell it.
#ifndef HEITIE_SERVICES_METRICS_CLOSING_HAPPENING_H_
#define HEITIE_SERVICES_METRICS_CLOSING_HAPPENING_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/sql/database.h"
#include "heitie/metrics/v1/month_closing.pb.h"

namespace heitie::metrics {

// "EVENT/purchase".
std::string SeriesKey(const std::string& kind, const std::string& name);

struct Happening {
  // Its own among all.
  std::string key;
  absl::Time time;
  v1::AdjustmentCause cause;
  // Accepted rows by name of events or measurements and business day.
  std::map<std::string, std::map<absl::CivilDay, int64_t>> rows;
  // It may have touched rows of any name and day.
  bool anywhere = false;
};

// All batches, imports, replays, withdrawals and erasures after an instant, by time.
absl::StatusOr<std::vector<Happening>> HappeningsAfter(sql::Session& session, absl::Time after);

// Whether it touches days up to `last` of one of the names; `rows`: how many of their rows.
bool Touches(const Happening& happening, const std::set<std::string>& series, absl::CivilDay last, int64_t* rows);

// The causes of a change of the names up to a day: what is in `happenings` and not in `known`. Batches of one import are one cause. A
// replay that may have brought rows of these names by another one is a cause only where nothing else is.
std::vector<v1::AdjustmentCause> CausesOf(const std::vector<Happening>& happenings, const std::set<std::string>& known,
                                          const std::set<std::string>& series, absl::CivilDay last);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_CLOSING_HAPPENING_H_
