// What a project or an activity took goes back when it is over, however it came to that (policy W5).
#ifndef HEITIE_SERVICES_RESOURCE_ALLOTMENT_ENDING_H_
#define HEITIE_SERVICES_RESOURCE_ALLOTMENT_ENDING_H_

#include <string>

#include "absl/status/status.h"
#include "common/event/reactions.h"
#include "common/service/main.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "services/resource/allotment/allotment.h"

namespace heitie::resource {

// Thread-safe.
class Endings {
 public:
  // Follows activities and projects.
  Endings(const service::Context& context, const Allotments& allotments);

 private:
  absl::Status OnActivity(const rpc::Call& call, const event::Change<activity::v1::Activity>& change);
  absl::Status OnProject(const rpc::Call& call, const event::Change<planning::v1::Project>& change);

  const Allotments& allotments_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_ALLOTMENT_ENDING_H_
