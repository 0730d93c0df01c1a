#include "services/activity/launch/tracking.h"

#include "heitie/activity/v1/activity.pb.h"
#include "heitie/metrics/v1/collection_service.methods.h"
#include "services/activity/launch/facts.h"

namespace heitie::activity {
namespace {

constexpr char kTrackingJob[] = "tracking";

}  // namespace

metrics::v1::ActivityTracking TrackingOf(const v1::Activity& activity) {
  using From = v1::TrackingDefinition;
  using To = metrics::v1::ActivityTracking;
  const From& tracking = activity.tracking();
  To out;
  out.set_activity(activity.name());
  out.set_impression_event(tracking.impression_event());
  out.set_click_event(tracking.click_event());
  out.set_conversion_event(tracking.conversion_event());
  *out.mutable_participant_events() = tracking.participant_events();
  switch (tracking.conversion_denominator()) {
    case From::CONVERSION_DENOMINATOR_CLICKERS:
      out.set_conversion_denominator(To::CONVERSION_DENOMINATOR_CLICKERS);
      break;
    case From::CONVERSION_DENOMINATOR_VIEWERS:
      out.set_conversion_denominator(To::CONVERSION_DENOMINATOR_VIEWERS);
      break;
    default:
      out.set_conversion_denominator(To::CONVERSION_DENOMINATOR_PARTICIPANTS);
  }
  return out;
}

absl::Status ScheduleTracking(record::Transaction& tx, const v1::Activity& activity, absl::Time now) {
  if (!activity.has_tracking()) return absl::OkStatus();
  job::Job job;
  job.name = activity.name() + "/tracking";
  job.kind = kTrackingJob;
  job.payload = activity.name();
  job.run_time = now;
  return job::Schedule(tx, job);
}

void HandleTracking(service::Context context, Activities& activities) {
  context.jobs.Handle(kTrackingJob, [context, &activities](const rpc::Call& call, const job::Job& job) {
    const absl::StatusOr<v1::Activity> activity = activities.kind().Get(call, job.payload);
    if (!activity.ok()) return job::Outcome::Failed(activity.status());
    metrics::v1::SetActivityTrackingRequest request;
    *request.mutable_activity_tracking() = TrackingOf(*activity);
    return job::Outcome::Failed(context.Call(AsService(call), metrics::v1::method::SetActivityTracking, request).status());
  });
}

}  // namespace heitie::activity
