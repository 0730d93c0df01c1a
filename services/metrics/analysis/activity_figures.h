// The figures of an activity in stretches of time, by the time of occurrence, users exact (policy A2): what guardrails judge by. From the
// rows of the days that the stretches touch.
#ifndef HEITIE_SERVICES_METRICS_ANALYSIS_ACTIVITY_FIGURES_H_
#define HEITIE_SERVICES_METRICS_ANALYSIS_ACTIVITY_FIGURES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "heitie/metrics/v1/metric_definition.pb.h"
#include "services/metrics/analysis/period.h"
#include "services/metrics/collection/counters.h"
#include "services/metrics/engine/snapshot.h"
#include "services/metrics/plan/watermark.h"

namespace heitie::metrics {

extern const status::Reason kBadWindow;  // {days}

// BAD_WINDOW.
absl::Status CheckWindows(const v1::ComputeActivityFiguresRequest& request);

// What the series adds up to in each window, of what belongs to the activity. Windows may overlap and lie apart; each day is read once.
absl::StatusOr<std::vector<Cell>> CellsOfWindows(Snapshot& snapshot, const Series& series, const std::string& activity,
                                                 const std::vector<analysis::Window>& windows, const analysis::Calendar& calendar);

// Thread-safe.
class ActivityFigures {
 public:
  ActivityFigures(record::Store& store, const Counters& counters, const record::Kind<v1::MetricDefinition>& definitions,
                  FindClosing closing, absl::TimeZone zone)
      : store_(store), counters_(counters), definitions_(definitions), closing_(std::move(closing)), calendar_{zone} {}
  void Bind(record::Methods& methods) { methods.Bind("ComputeActivityFigures", this, &ActivityFigures::Compute); }

 private:
  absl::StatusOr<v1::ComputeActivityFiguresResponse> Compute(const rpc::Call& call, const v1::ComputeActivityFiguresRequest& request);
  absl::Status Answer(sql::Session& session, const v1::ComputeActivityFiguresRequest& request,
                      v1::ComputeActivityFiguresResponse& response) const;

  record::Store& store_;
  const Counters& counters_;
  const record::Kind<v1::MetricDefinition>& definitions_;
  const FindClosing closing_;
  const analysis::Calendar calendar_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_ANALYSIS_ACTIVITY_FIGURES_H_
