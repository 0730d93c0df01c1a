// Scores a series that somebody streams, point by point: the detector without anything that is kept (policy M2).
#ifndef HEITIE_SERVICES_METRICS_WARNING_SERIES_SCORE_H_
#define HEITIE_SERVICES_METRICS_WARNING_SERIES_SCORE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "common/rpc/conversation.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/series_score.pb.h"
#include "services/metrics/warning/detector.h"

namespace heitie::metrics {

extern const status::Reason kTimeNotAscending;  // {time} {before}

// One stream. Not thread-safe.
class SeriesScorer final : public rpc::Dialogue<v1::ScoreSeriesRequest, v1::ScoreSeriesResponse> {
 public:
  explicit SeriesScorer(absl::TimeZone zone) : zone_(zone) {}

  // The answer to one point, before the next one is looked at. TIME_NOT_ASCENDING, which ends the stream.
  absl::StatusOr<v1::ScoreSeriesResponse> Answer(const rpc::Call& call, const v1::ScoreSeriesRequest& request) override;

 private:
  const absl::TimeZone zone_;
  Detector detector_;
  absl::Time last_ = absl::InfinitePast();
};

// Thread-safe.
class SeriesScoring {
 public:
  explicit SeriesScoring(absl::TimeZone zone) : zone_(zone) {}
  void Bind(record::Methods& methods) { methods.BindConversation("ScoreSeries", this, &SeriesScoring::Open); }

 private:
  absl::StatusOr<std::unique_ptr<SeriesScorer>> Open(const rpc::Call& /*call*/) { return std::make_unique<SeriesScorer>(zone_); }

  const absl::TimeZone zone_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_WARNING_SERIES_SCORE_H_
