// Counting what lies at locations (policy S4).
#ifndef HEITIE_SERVICES_RESOURCE_STOCK_COUNT_H_
#define HEITIE_SERVICES_RESOURCE_STOCK_COUNT_H_

#include <set>
#include <string>
#include <vector>

#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/resource/v1/lot.pb.h"
#include "heitie/resource/v1/stock_count.pb.h"
#include "services/resource/catalogue/location.h"
#include "services/resource/material/item.h"
#include "services/resource/material/reservation.h"
#include "services/resource/stock/stock.h"

namespace heitie::resource {

extern const status::Reason kCountTooLarge;        // {most}
extern const status::Reason kCountedTwice;         // {item}
extern const status::Reason kUnknownLot;           // {lot}
extern const status::Reason kCountIncomplete;      // {name} {count}
extern const status::Reason kNotCounted;           // {item} {lot}
extern const status::Reason kCountStale;           // {name} {items}
extern const status::Reason kAdjustedSince;        // {item} {lot}
extern const status::Reason kCountBreaksPromises;  // {item} {missing}
extern const status::Reason kStandsInTheWay;       // {reservation} {outstanding} {need}

const record::StateMachine& StockCountMachine();

// Thread-safe.
class StockCounts {
 public:
  StockCounts(record::Store& store, const Stocks& stocks, const Items& items, const Locations& locations, const Reservations& reservations)
      : store_(store),
        stocks_(stocks),
        items_(items),
        locations_(locations),
        reservations_(reservations),
        counts_(store, &StockCountMachine()),
        lots_(store) {}
  void Bind(record::Methods& methods);
  // A new sheet of the items that it names, as CreateStockCount makes it; for the cycle counts.
  absl::Status Open(record::Transaction& tx, v1::StockCount& count) const;

 private:
  using Count = v1::StockCount;
  // The reservations that a posting may have to release, locked before any stock.
  using Promises = std::map<std::string, record::Step<v1::Reservation>>;

  absl::Status Create(record::Transaction& tx, Count& count);
  absl::Status Fill(record::Transaction& tx, Count& count) const;
  absl::StatusOr<Count> Record(record::Transaction& tx, const v1::RecordStockCountRequest& request);
  absl::StatusOr<Count> Post(record::Transaction& tx, const v1::PostStockCountRequest& request);
  absl::StatusOr<Count> Cancel(record::Transaction& tx, const v1::CancelStockCountRequest& request);
  absl::StatusOr<v1::ComputeCountAccuracyResponse> ComputeAccuracy(const rpc::Call& call, const v1::ComputeCountAccuracyRequest& request);

  absl::Status CheckFound(record::Transaction& tx, const v1::RecordStockCountRequest& request) const;
  // Sets what the books said and what differs, of every line. COUNT_STALE.
  absl::Status Compare(record::Transaction& tx, Count& count, StockChange& change) const;
  absl::StatusOr<std::vector<std::string>> PromisesOf(sql::Session& session, const Count& count, const std::set<std::string>& items) const;
  // Takes back promises that cannot be met after the line's loss, or says which stand in its way.
  absl::Status MakeRoom(const Count& count, const Count::Line& line, bool release, Books& books, Promises& promises,
                        std::set<std::string>& used, const Moment& moment) const;
  absl::Status Book(record::Transaction& tx, Count& count, bool release, StockChange& change, Promises& promises,
                    std::set<std::string>& used, const Moment& moment) const;

  record::Store& store_;
  const Stocks& stocks_;
  const Items& items_;
  const Locations& locations_;
  const Reservations& reservations_;
  record::Kind<Count> counts_;
  record::Kind<v1::Lot> lots_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_STOCK_COUNT_H_
