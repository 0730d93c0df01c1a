// Stocks of items and their ledger (policy S4, W7): the rows that books.h and stock_ledger.h compute.
#ifndef HEITIE_SERVICES_RESOURCE_STOCK_STOCK_H_
#define HEITIE_SERVICES_RESOURCE_STOCK_STOCK_H_

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/record/methods.h"
#include "google/type/date.pb.h"
#include "heitie/resource/v1/stock.pb.h"
#include "services/resource/material/lines.h"
#include "services/resource/stock/books.h"

namespace heitie::resource {

extern const status::Reason kFutureDay;          // {day} {today}
extern const status::Reason kPeriodClosed;       // {day} {closed}
extern const status::Reason kBackdatedNegative;  // {item} {place} {day} {missing}

// Stocks that a transaction has locked and changes. Not thread-safe.
class StockChange {
 public:
  // The books of an item that was locked; nullptr when the item does not exist.
  Books* Find(const std::string& item);
  const Books* Find(const std::string& item) const { return const_cast<StockChange*>(this)->Find(item); }

  // Reports every line whose item does not exist.
  template <typename Lines>
  void CheckKnown(const Lines& lines, const std::string& path, status::BadFields& bad) {
    for (int i = 0; i < lines.size(); ++i) {
      if (Find(lines[i].item()) == nullptr) bad.Add(LineField(path, i), kUnknownItem, {{"item", lines[i].item()}});
    }
  }

 private:
  friend class Stocks;
  struct Pair {
    v1::Stock before;
    Books books;
  };
  std::map<std::string, Pair> stocks_;
};

// Thread-safe.
class Stocks {
 public:
  Stocks(record::Store& store, absl::TimeZone zone) : store_(store), zone_(zone), stocks_(store), entries_(store) {}
  void Bind(record::Methods& methods);

  // The empty stock of a new item.
  absl::Status Open(record::Transaction& tx, const std::string& item, const v1::ItemRules& rules, int64_t low_quantity) const;
  // From how much on the stock is low.
  absl::Status SetLow(record::Transaction& tx, const std::string& item, int64_t low_quantity) const;
  // Whether anything is reserved of it from now on.
  absl::Status SetRetired(record::Transaction& tx, const std::string& item, bool retired) const;
  // Blocks what has expired of an item.
  absl::Status BlockExpired(record::Transaction& tx, const std::string& item) const;
  // Keeps the stock by these rules if nothing of it is owned, or if they are its own already; else how much is owned.
  absl::StatusOr<int64_t> Adopt(record::Transaction& tx, const std::string& item, const v1::ItemRules& rules) const;
  absl::StatusOr<v1::Stock> Find(sql::Session& session, const std::string& item) const;

  // How much of the books is read: what is reserved needs no layers.
  enum class Depth { kTotals, kReserve, kMove };
  // Locks the stocks of the items in one statement and in the order of their names, so that two changes never wait for each other in a
  // circle. `items` sorted, each once. Everything else that belongs to an item changes only under that lock, and is read only where an item
  // is told apart, valued by FIFO, or moved at one of the `locations` other than the main one.
  absl::StatusOr<StockChange> Lock(record::Transaction& tx, const std::vector<std::string>& items, Depth depth,
                                   const std::set<std::string>& locations = {}) const;
  // The same without a lock, for questions; the session sees one moment.
  absl::StatusOr<StockChange> Look(sql::Session& session, const std::vector<std::string>& items, Depth depth,
                                   const std::set<std::string>& locations) const;
  // Writes what the change did: balances with their events, and the ledger. `action` is the events' ("receive", "reserve", …).
  // BACKDATED_NEGATIVE.
  absl::Status Save(record::Transaction& tx, StockChange& change, const std::string& action) const;

  // Now, or on an earlier business day of an open month: PERIOD_CLOSED. A day to come is a violation of `field`: FUTURE_DAY.
  absl::StatusOr<Moment> MomentOf(record::Transaction& tx, const google::type::Date* day, const std::string& field,
                                  status::BadFields& bad) const;
  absl::CivilDay Today(const rpc::Call& call) const { return absl::ToCivilDay(call.now, zone_); }
  absl::TimeZone zone() const { return zone_; }
  // What of `items` a reservation took and gave back, in order.
  absl::StatusOr<std::vector<v1::StockEntry>> History(sql::Session& session, const std::string& reservation,
                                                      const std::vector<std::string>& items) const;
  const record::Kind<v1::StockEntry>& entries() const { return entries_; }

  // Makes movements on closed days and the closing of days take turns, also on nodes of a cluster.
  static absl::Status GuardDays(record::Transaction& tx);

 private:
  absl::Status Append(record::Transaction& tx, const std::vector<v1::StockEntry>& entries) const;
  absl::StatusOr<StockChange> Read(sql::Session& session, std::vector<v1::Stock> stocks, Depth depth,
                                   const std::set<std::string>& locations) const;
  absl::Status SavePlaces(record::Transaction& tx, const StockChange& change) const;
  absl::Status SaveNeeds(record::Transaction& tx, const StockChange& change) const;
  absl::Status SaveLayers(record::Transaction& tx, const StockChange& change) const;
  absl::Status CheckBackdated(record::Transaction& tx, const StockChange& change) const;

  record::Store& store_;
  const absl::TimeZone zone_;
  record::Kind<v1::Stock> stocks_;
  record::Kind<v1::StockEntry> entries_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_STOCK_STOCK_H_
