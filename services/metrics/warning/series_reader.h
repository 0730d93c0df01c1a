// The figures of a metric by intervals, as rules judge them: from the rows and daily figures of a snapshot, and how far their source has
// come.
#ifndef HEITIE_SERVICES_METRICS_WARNING_SERIES_READER_H_
#define HEITIE_SERVICES_METRICS_WARNING_SERIES_READER_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/store.h"
#include "common/rpc/call.h"
#include "heitie/metrics/v1/alert_rule.pb.h"
#include "heitie/metrics/v1/metric_definition.pb.h"
#include "heitie/metrics/v1/warning_policy.pb.h"
#include "roaring/roaring.hh"
#include "services/metrics/analysis/segment.h"
#include "services/metrics/engine/snapshot.h"
#include "services/metrics/plan/watermark.h"

namespace heitie::metrics {

// The interval that holds an instant, and the one after an interval; business days begin in `zone`, hours and five minutes with those of
// its clock.
absl::Time IntervalStart(v1::AlertRule::Interval interval, absl::Time time, absl::TimeZone zone);
absl::Time NextInterval(v1::AlertRule::Interval interval, absl::Time start, absl::TimeZone zone);
// The beginnings of all intervals in [from, to), which are beginnings themselves, and `to` at the end.
std::vector<absl::Time> IntervalsBetween(v1::AlertRule::Interval interval, absl::Time from, absl::Time to, absl::TimeZone zone);

Series SourceOf(const v1::MetricDefinition& definition);
// "events/purchase", "measurements/latency".
std::string SourceName(const Series& source);
// Whether the figure of an interval can only grow while the interval lasts.
bool OnlyGrows(v1::MetricDefinition::Aggregation aggregation);

struct SeriesQuery {
  Series source;
  v1::MetricDefinition::Aggregation aggregation;
  std::string activity;   // empty: whatever the activity
  std::string dimension;  // empty: undivided
  std::string segment;    // empty: whoever did it
  // As of when users are in the segment.
  absl::Time segment_time;
  // The beginnings of the intervals, ascending, and the end of the last one.
  std::vector<absl::Time> bounds;
  v1::AlertRule::Interval interval;
  size_t most_values = 1;
};

// The figures of one value, for each interval; nothing where there is none: no value whose mean or extreme it would be. Counts and sums of
// nothing are 0.
using IntervalFigures = std::vector<std::optional<double>>;

// By value of the dimension, those with most rows; "" without dimension.
using FiguresByValue = std::map<std::string, IntervalFigures>;

// Days are read from daily figures, which are kept longer than rows. RAW_EXPIRED where rows are wanted that are gone. Costs the rows of the
// days that the intervals touch; so does a segment, but for different users of undivided days. `among` are the users of the segment,
// nullptr without one.
absl::StatusOr<FiguresByValue> ReadFigures(Snapshot& snapshot, const SeriesQuery& query, const Roaring* among, absl::TimeZone zone);

// How far a source has come.
struct SourceState {
  // Rises with each change of its rows.
  int64_t version = 0;
  // How far its producers have delivered.
  Closed closed;
};

// Until when what occurs counts as closed: by the watermarks of the source, and where nobody is waited for by the clock and the policy. At
// the beginning of all time before anything is.
absl::Time ClosedUntil(const SourceState& source, const v1::WarningPolicy& policy, absl::Time now);

// The figures of days, both included, of the metric as a whole or of each value of a dimension.
SeriesQuery DailyQuery(const v1::MetricDefinition& metric, const std::string& activity, const std::string& dimension, absl::CivilDay first,
                       absl::CivilDay last, size_t most_values, absl::TimeZone zone);

// What rules read the world by. Thread-safe.
class SeriesReader {
 public:
  virtual ~SeriesReader() = default;
  virtual absl::StatusOr<FiguresByValue> Read(const rpc::Call& call, const SeriesQuery& query) const = 0;
  virtual absl::StatusOr<SourceState> StateOf(const rpc::Call& call, const Series& source) const = 0;
};

using FindSourceState = std::function<absl::StatusOr<SourceState>(const rpc::Call& call, const Series& source)>;

// Of the versions and last times of series, and of watermarks.
FindSourceState SourceStates(record::Store& store, FindClosing closing);

class SnapshotReader final : public SeriesReader {
 public:
  SnapshotReader(record::Store& store, LookAt look, FindSourceState state, const Segments& segments, absl::TimeZone zone)
      : store_(store), look_(std::move(look)), state_(std::move(state)), segments_(segments), zone_(zone) {}
  // NOT_FOUND of a segment that is gone.
  absl::StatusOr<FiguresByValue> Read(const rpc::Call& call, const SeriesQuery& query) const override;
  absl::StatusOr<SourceState> StateOf(const rpc::Call& call, const Series& source) const override { return state_(call, source); }

 private:
  record::Store& store_;
  const LookAt look_;
  const FindSourceState state_;
  const Segments& segments_;
  const absl::TimeZone zone_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_WARNING_SERIES_READER_H_
