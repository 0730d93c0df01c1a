// The end of an activity, planned or not: what it took and did not use goes back (policy W5, W7, W8).
#ifndef HEITIE_SERVICES_ACTIVITY_LAUNCH_SETTLEMENT_H_
#define HEITIE_SERVICES_ACTIVITY_LAUNCH_SETTLEMENT_H_

#include <string>

#include "common/service/main.h"
#include "heitie/activity/v1/activity.pb.h"
#include "services/activity/preparation/activity.h"

namespace heitie::activity {

// Releases what is left of a reservation or an encumbrance. One that does not exist, or holds nothing any more, is fine; so is an empty
// name.
absl::Status ReleaseReservation(const service::Context& context, const rpc::Call& call, const std::string& name,
                                const std::string& request_id);
absl::Status ReleaseEncumbrance(const service::Context& context, const rpc::Call& call, const std::string& name,
                                const std::string& request_id);

// Thread-safe.
class Settlement {
 public:
  // Registers the job that settles what could not be settled at once.
  Settlement(service::Context context, Activities& activities);
  void Bind(record::Methods& methods);
  absl::StatusOr<v1::Activity> Cancel(const rpc::Call& call, const v1::CancelActivityRequest& request);

 private:
  absl::StatusOr<v1::Activity> End(const rpc::Call& call, const v1::EndActivityRequest& request);
  // Moves the activity by `verb`, with the job that settles it, then tries to settle it at once.
  template <typename Request>
  absl::StatusOr<v1::Activity> Close(const rpc::Call& call, const Request& request, const char* verb);
  // Gives back and notes it. Does nothing when that was done.
  absl::Status Settle(const rpc::Call& call, const std::string& activity);
  absl::Status NoteSettled(const rpc::Call& call, const std::string& activity);

  service::Context context_;
  Activities& activities_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_LAUNCH_SETTLEMENT_H_
