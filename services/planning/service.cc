#include "services/planning/service.h"

#include "common/event/event_log.h"

namespace heitie::planning {

Service::Service(service::Context context)
    : tables_(context), periods_(tables_), projects_(tables_), approvals_(context, tables_, projects_), tasks_(tables_), schemes_(tables_) {
  context.client("resource");  // A target that is not configured stops the process now, not at the first approval.
  record::Methods methods(rpc_, context.store);
  periods_.Bind(methods);
  projects_.Bind(methods);
  approvals_.Bind(methods);
  tasks_.Bind(methods);
  schemes_.Bind(methods);
  event::Bind(rpc_, context.store);
}

}  // namespace heitie::planning
