#include "services/resource/service.h"

#include "common/event/event_log.h"

namespace heitie::resource {

Service::Service(service::Context context)
    : rpc_("heitie.resource.v1"),
      stocks_(context.store),
      items_(context.store, stocks_),
      goods_receipts_(context.store, stocks_),
      reservations_(context.store, stocks_, context.jobs),
      budgets_(context.store, context.time_zone),
      encumbrances_(context.store, budgets_, context.jobs),
      audit_(context.store) {
  items_.Bind(rpc_);
  stocks_.Bind(rpc_);
  goods_receipts_.Bind(rpc_);
  reservations_.Bind(rpc_);
  budgets_.Bind(rpc_);
  encumbrances_.Bind(rpc_);
  audit_.Bind(rpc_);
  event::Bind(rpc_, context.store);
}

}  // namespace heitie::resource
