// Stocks of items and their ledger (policy S4, W7): the rows that stock_ledger.h computes.
#ifndef HEITIE_SERVICES_RESOURCE_MATERIAL_STOCK_H_
#define HEITIE_SERVICES_RESOURCE_MATERIAL_STOCK_H_

#include <map>
#include <string>
#include <vector>

#include "common/record/methods.h"
#include "heitie/resource/v1/stock.pb.h"
#include "services/resource/material/lines.h"

namespace heitie::resource {

// Stocks that a transaction has locked and changes. Not thread-safe.
class StockChange {
 public:
  // The stock of an item that was locked; nullptr when the item does not exist. It may be changed through stock_ledger.h.
  v1::Stock* Find(const std::string& item);
  // An entry that stock_ledger.h returned for one of the stocks.
  void Add(v1::StockEntry entry) { entries_.push_back(std::move(entry)); }

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
    v1::Stock after;
  };
  std::map<std::string, Pair> stocks_;
  std::vector<v1::StockEntry> entries_;
};

// Thread-safe.
class Stocks {
 public:
  explicit Stocks(record::Store& store) : store_(store), stocks_(store), entries_(store) {}
  void Bind(record::Methods& methods);

  // The empty stock of a new item.
  absl::Status Open(record::Transaction& tx, const std::string& item) const;
  // Locks the stocks of the items in one statement and in the order of their names, so that two changes never wait for each other in a
  // circle. `items` sorted, each once.
  absl::StatusOr<StockChange> Lock(record::Transaction& tx, const std::vector<std::string>& items) const;
  // Writes what the change did: balances with their events, and the ledger. `action` is the events' ("receive", "reserve", …).
  absl::Status Save(record::Transaction& tx, StockChange& change, const std::string& action) const;

 private:
  absl::StatusOr<v1::CheckStockResponse> Check(const rpc::Call& call, const v1::CheckStockRequest& request);
  absl::Status Append(record::Transaction& tx, const std::vector<v1::StockEntry>& entries) const;

  record::Store& store_;
  record::Kind<v1::Stock> stocks_;
  record::Kind<v1::StockEntry> entries_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_MATERIAL_STOCK_H_
