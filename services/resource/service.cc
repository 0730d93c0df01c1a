#include "services/resource/service.h"

#include "common/event/event_log.h"

namespace heitie::resource {

Service::Service(service::Context context)
    : rpc_("heitie.resource.v1"),
      stocks_(context.store),
      custody_(context.store, stocks_),
      items_(context.store, stocks_, custody_),
      goods_receipts_(context.store, stocks_),
      reservations_(context.store, stocks_, context.jobs),
      budgets_(context.store, context.time_zone),
      encumbrances_(context.store, budgets_, context.jobs),
      audit_(context.store),
      staff_demands_(context.store) {
  record::Methods methods(rpc_, context.store);
  items_.Bind(methods);
  stocks_.Bind(methods);
  custody_.Bind(methods);
  goods_receipts_.Bind(methods);
  reservations_.Bind(methods);
  budgets_.Bind(methods);
  encumbrances_.Bind(methods);
  audit_.Bind(methods);
  staff_demands_.Bind(methods);
  event::Bind(rpc_, context.store);
}

}  // namespace heitie::resource
