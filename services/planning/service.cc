#include "services/planning/service.h"

#include "common/event/event_log.h"

namespace heitie::planning {

Service::Service(service::Context context)
    : tables_(context.store), periods_(tables_), projects_(tables_), tasks_(tables_), schemes_(tables_) {
  periods_.Bind(rpc_);
  projects_.Bind(rpc_);
  tasks_.Bind(rpc_);
  schemes_.Bind(rpc_);
  event::Bind(rpc_, context.store);
}

}  // namespace heitie::planning
