// Months whose stock figures are closed (policy S4).
#ifndef HEITIE_SERVICES_RESOURCE_STOCK_CLOSING_H_
#define HEITIE_SERVICES_RESOURCE_STOCK_CLOSING_H_

#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/resource/v1/stock_balance.pb.h"
#include "services/resource/stock/stock.h"

namespace heitie::resource {

extern const status::Reason kNotAMonthsEnd;  // {day}
extern const status::Reason kMonthNotOver;   // {day} {first}

// Thread-safe.
class StockClosings {
 public:
  StockClosings(record::Store& store, const Stocks& stocks) : stocks_(stocks), closings_(store) {}
  void Bind(record::Methods& methods);

 private:
  absl::Status Create(record::Transaction& tx, v1::StockClosing& closing);

  const Stocks& stocks_;
  record::Kind<v1::StockClosing> closings_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_STOCK_CLOSING_H_
