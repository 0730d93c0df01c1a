#include "services/risk/service.h"

#include "common/event/event_log.h"

namespace heitie::risk {

Service::Service(service::Context context)
    : rpc_("heitie.risk.v1"),
      matrices_(context.store),
      policies_(context),
      duties_(context.store, context.people, policies_),
      book_(context.store),
      risks_(context.store, matrices_, policies_, duties_, book_),
      standing_(context.store, context.jobs, risks_.kind(), policies_, duties_, book_),
      summaries_(context.store, risks_.kind(), matrices_),
      reratings_(context.store, context.jobs, matrices_, risks_.kind(), risks_.assessments(), policies_, duties_),
      proposals_(context, risks_.kind()),
      signals_(context.store, context.jobs, risks_.kind(), proposals_, policies_),
      estimates_(context.store, risks_.kind()),
      simulations_(context.store, estimates_),
      indicators_(context, risks_.kind(), duties_, proposals_),
      mergers_(risks_.kind(), risks_.assessments(), matrices_, policies_, duties_),
      decisions_(risks_.kind(), matrices_, policies_, duties_, book_),
      measures_(risks_.kind(), indicators_.kind(), policies_, book_, standing_),
      instruments_(context.store, risks_.kind(), book_, standing_),
      controls_(context.store, risks_.kind(), book_, standing_),
      occurrences_(context.store, risks_.kind(), duties_),
      views_(context.store, risks_.kind(), risks_.assessments(), matrices_, policies_) {
  record::Methods methods(rpc_, context.store);
  matrices_.Bind(methods);
  risks_.Bind(methods);
  risks_.Handle(context.jobs);
  summaries_.Bind(methods);
  reratings_.Bind(methods);
  proposals_.Bind(methods);
  signals_.Bind(methods);
  estimates_.Bind(methods);
  simulations_.Bind(methods);
  policies_.Bind(methods);
  duties_.Bind(methods);
  indicators_.Bind(methods);
  mergers_.Bind(methods);
  decisions_.Bind(methods);
  measures_.Bind(methods);
  instruments_.Bind(methods);
  controls_.Bind(methods);
  occurrences_.Bind(methods);
  views_.Bind(methods);
  simulations_.Handle(context.jobs);
  event::Bind(rpc_, context.store);
}

}  // namespace heitie::risk
