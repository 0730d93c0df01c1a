#include "services/risk/service.h"

#include "common/event/event_log.h"

namespace heitie::risk {

Service::Service(service::Context context)
    : rpc_("heitie.risk.v1"),
      matrices_(context.store),
      risks_(context.store, context.time_zone, matrices_),
      summaries_(context.store, risks_.kind()),
      proposals_(context, risks_.kind()) {
  record::Methods methods(rpc_, context.store);
  matrices_.Bind(methods);
  risks_.Bind(methods);
  risks_.Handle(context.jobs);
  summaries_.Bind(methods);
  proposals_.Bind(methods);
  event::Bind(rpc_, context.store);
}

}  // namespace heitie::risk
