// Tells the metrics service what the live counters of a launched activity count (policy A2).
#ifndef HEITIE_SERVICES_ACTIVITY_LAUNCH_TRACKING_H_
#define HEITIE_SERVICES_ACTIVITY_LAUNCH_TRACKING_H_

#include "common/service/main.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "services/activity/preparation/activity.h"

namespace heitie::activity {

// The definition in the terms of metrics.
metrics::v1::ActivityTracking TrackingOf(const v1::Activity& activity);

// Plans the job that tells metrics, in the transaction of the launch; nothing when the activity defines no tracking.
absl::Status ScheduleTracking(record::Transaction& tx, const v1::Activity& activity, absl::Time now);

// Registers the job. It repeats until metrics has answered: a launch does not wait for its counters.
void HandleTracking(service::Context context, Activities& activities);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_LAUNCH_TRACKING_H_
