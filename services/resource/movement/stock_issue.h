// What is handed out at once, to an activity or a person, and what comes back as it is (policy S4).
#ifndef HEITIE_SERVICES_RESOURCE_MOVEMENT_STOCK_ISSUE_H_
#define HEITIE_SERVICES_RESOURCE_MOVEMENT_STOCK_ISSUE_H_

#include <string>
#include <vector>

#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/resource/v1/stock_issue.pb.h"
#include "services/resource/custody/custodies.h"
#include "services/resource/material/item.h"
#include "services/resource/material/reservation.h"
#include "services/resource/movement/put_back.h"
#include "services/resource/stock/stock.h"

namespace heitie::resource {

extern const status::Reason kHolderRequired;

// Thread-safe.
class StockIssues {
 public:
  StockIssues(record::Store& store, const Stocks& stocks, const Items& items, const PaperLines& lines, const Reservations& reservations,
              const PutBack& put_back, const Custodies& custodies)
      : stocks_(stocks),
        items_(items),
        lines_(lines),
        reservations_(reservations),
        put_back_(put_back),
        custodies_(custodies),
        cost_centers_(store) {}
  void Bind(record::Methods& methods);

 private:
  absl::StatusOr<v1::IssueStockResponse> Issue(record::Transaction& tx, const v1::IssueStockRequest& request);
  absl::StatusOr<v1::HandOutReservationResponse> HandOut(record::Transaction& tx, const v1::HandOutReservationRequest& request);
  absl::StatusOr<v1::Reservation> TakeBack(record::Transaction& tx, const v1::TakeBackReservationRequest& request);

  // A new reservation, without lines; with a custody it is the ledger of that.
  static v1::Reservation Draft(record::Transaction& tx, const std::string& subject, const std::string& cost_center, bool custody);
  // What is asked for, as lines of reservations in the items' units. Everything wrong with the request is added to `bad`.
  absl::StatusOr<v1::Reservation> AskedFor(record::Transaction& tx, const v1::IssueStockRequest& request, const ItemFacts& facts,
                                           absl::CivilDay day, status::BadFields& bad) const;

  const Stocks& stocks_;
  const Items& items_;
  const PaperLines& lines_;
  const Reservations& reservations_;
  const PutBack& put_back_;
  const Custodies& custodies_;
  record::Kind<v1::CostCenter> cost_centers_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_MOVEMENT_STOCK_ISSUE_H_
