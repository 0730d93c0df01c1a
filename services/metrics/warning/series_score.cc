#include "services/metrics/warning/series_score.h"

#include "common/time/instant.h"

namespace heitie::metrics {

const status::Reason kTimeNotAscending{absl::StatusCode::kInvalidArgument, "TIME_NOT_ASCENDING",
                                       "{time} is not after {before}: the points of a series come in the order of their times.",
                                       "{time} 未晚於 {before}：序列的點須依時間先後傳入。"};

namespace {

DayKind KindOf(v1::ScoreSeriesRequest::DayKind kind) {
  switch (kind) {
    case v1::ScoreSeriesRequest::DAY_KIND_DAY_OFF:
      return DayKind::kDayOff;
    case v1::ScoreSeriesRequest::DAY_KIND_MADE_UP:
      return DayKind::kMadeUp;
    default:
      return DayKind::kByWeekday;
  }
}

}  // namespace

absl::StatusOr<v1::ScoreSeriesResponse> SeriesScorer::Answer(const rpc::Call&, const v1::ScoreSeriesRequest& request) {
  const absl::Time time = time::ToTime(request.time());
  if (time <= last_) {
    status::BadFields bad;
    bad.Add("time", kTimeNotAscending, {{"time", time::InstantText(time)}, {"before", time::InstantText(last_)}});
    return bad.status();
  }
  last_ = time;
  v1::ScoreSeriesResponse response;
  *response.mutable_time() = request.time();
  if (!request.has_value()) return response;
  SeriesPoint point;
  point.time = absl::ToDoubleSeconds(time - absl::UnixEpoch());
  point.local_time = point.time + zone_.At(time).offset;
  point.value = request.value();
  point.day = KindOf(request.day_kind());
  const PointScore verdict = detector_.Take(point);
  response.set_score(verdict.score);
  response.set_alert(verdict.alert);
  response.set_expected(verdict.expected);
  return response;
}

}  // namespace heitie::metrics
