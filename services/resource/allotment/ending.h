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
#include "services/resource/purchase/decisions.h"

namespace heitie::resource {

// Thread-safe.
class Endings {
 public:
  // Follows activities and projects.
  Endings(const service::Context& context, const Allotments& allotments, const PurchaseDecisions& purchases);

 private:
  absl::Status OnActivity(const rpc::Call& call, const event::Change<activity::v1::Activity>& change);
  absl::Status OnProject(const rpc::Call& call, const event::Change<planning::v1::Project>& change);

  // What it holds goes back; when it has just come to be over, what is still to be bought for it is asked about.
  absl::Status End(const rpc::Call& call, const std::string& subject, bool was_over) const;

  const Allotments& allotments_;
  const PurchaseDecisions& purchases_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_ALLOTMENT_ENDING_H_
