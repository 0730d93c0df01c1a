#include "services/activity/incident/live_spans.h"

#include <algorithm>

#include "common/status/macros.h"

namespace heitie::activity {
namespace {

bool IsLive(const v1::Activity* activity) { return activity != nullptr && activity->state() == v1::Activity::STATE_LIVE; }

absl::Duration Overlap(absl::Time a_start, absl::Time a_end, absl::Time b_start, absl::Time b_end) {
  return std::max(absl::ZeroDuration(), std::min(a_end, b_end) - std::max(a_start, b_start));
}

}  // namespace

absl::Status KeepLiveSpans(record::Transaction& tx, const v1::Activity* before, const v1::Activity* after) {
  if (IsLive(before) == IsLive(after)) return absl::OkStatus();
  const std::string& name = after != nullptr ? after->name() : before->name();
  if (IsLive(after)) {
    // Two changes of one instant: the span goes on.
    return tx.sql
        .Execute("INSERT INTO live_spans (activity, start_time) VALUES (?, ?) ON DUPLICATE KEY UPDATE end_time = NULL",
                 sql::Bind(name, tx.call.now))
        .status();
  }
  return tx.sql.Execute("UPDATE live_spans SET end_time = ? WHERE activity = ? AND end_time IS NULL", sql::Bind(tx.call.now, name))
      .status();
}

absl::StatusOr<std::vector<LiveSpan>> LiveSpansOf(sql::Session& session, const std::string& activity) {
  std::vector<LiveSpan> spans;
  RETURN_IF_ERROR(session.Query("SELECT start_time, end_time FROM live_spans WHERE activity = ? ORDER BY start_time", sql::Bind(activity),
                                [&](const sql::Row& row) {
                                  spans.push_back({row.Time(0), row.IsNull(1) ? absl::InfiniteFuture() : row.Time(1)});
                                }));
  return spans;
}

std::optional<absl::Time> LiveSince(const std::vector<LiveSpan>& spans) {
  if (spans.empty() || spans.back().end != absl::InfiniteFuture()) return std::nullopt;
  return spans.back().start;
}

absl::Duration LiveWithin(const std::vector<LiveSpan>& spans, absl::Time from, absl::Time to) {
  absl::Duration live;
  for (const LiveSpan& span : spans) live += Overlap(span.start, span.end, from, to);
  return live;
}

absl::Duration PausedWithin(const std::vector<LiveSpan>& spans, absl::Time close, absl::Time from, absl::Time to) {
  if (spans.empty()) return absl::ZeroDuration();
  return Overlap(spans.front().start, close, from, to) - LiveWithin(spans, from, std::min(to, close));
}

}  // namespace heitie::activity
