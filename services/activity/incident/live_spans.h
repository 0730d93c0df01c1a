// When activities were LIVE: from a launch or a resumption to a pause or the end. Kept by every change of an activity's stage, in its
// transaction (Activities::Follow).
#ifndef HEITIE_SERVICES_ACTIVITY_INCIDENT_LIVE_SPANS_H_
#define HEITIE_SERVICES_ACTIVITY_INCIDENT_LIVE_SPANS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/store.h"
#include "heitie/activity/v1/activity.pb.h"

namespace heitie::activity {

struct LiveSpan {
  absl::Time start;
  absl::Time end;  // InfiniteFuture while it is LIVE

  friend bool operator==(const LiveSpan& a, const LiveSpan& b) = default;
};

// Begins or ends a span where the activity has become LIVE, or is no longer.
absl::Status KeepLiveSpans(record::Transaction& tx, const v1::Activity* before, const v1::Activity* after);

// Those of the activity, ascending.
absl::StatusOr<std::vector<LiveSpan>> LiveSpansOf(sql::Session& session, const std::string& activity);

// Since when it is LIVE; nothing when it is not. Pure.
std::optional<absl::Time> LiveSince(const std::vector<LiveSpan>& spans);
// For how long of [from, to) it was LIVE. Pure.
absl::Duration LiveWithin(const std::vector<LiveSpan>& spans, absl::Time from, absl::Time to);
// For how long of [from, to) it was PAUSED: launched, not closed (`close`: InfiniteFuture while it is not), and not LIVE. Pure.
absl::Duration PausedWithin(const std::vector<LiveSpan>& spans, absl::Time close, absl::Time from, absl::Time to);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_INCIDENT_LIVE_SPANS_H_
