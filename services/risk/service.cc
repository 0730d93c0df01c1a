#include "services/risk/service.h"

#include "common/event/event_log.h"

namespace heitie::risk {

Service::Service(service::Context context)
    : rpc_("heitie.risk.v1"),
      matrices_(context.store),
      policies_(context),
      duties_(context.store, context.people, policies_),
      risks_(context.store, context.time_zone, matrices_, duties_),
      summaries_(context.store, risks_.kind(), matrices_),
      reratings_(context.store, context.jobs, matrices_, risks_.kind(), risks_.assessments(), duties_),
      proposals_(context, risks_.kind()),
      estimates_(context.store, risks_.kind()),
      simulations_(context.store, estimates_),
      indicators_(context, risks_.kind(), duties_, proposals_) {
  record::Methods methods(rpc_, context.store);
  matrices_.Bind(methods);
  risks_.Bind(methods);
  risks_.Handle(context.jobs);
  summaries_.Bind(methods);
  reratings_.Bind(methods);
  proposals_.Bind(methods);
  estimates_.Bind(methods);
  simulations_.Bind(methods);
  policies_.Bind(methods);
  duties_.Bind(methods);
  indicators_.Bind(methods);
  simulations_.Handle(context.jobs);
  event::Bind(rpc_, context.store);
}

}  // namespace heitie::risk
