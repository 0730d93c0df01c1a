// Recomputation of balances from ledgers as plain functions: an account of W7 and W8 that shares no code with the bookkeeping it audits.
#ifndef HEITIE_SERVICES_RESOURCE_MONEY_LEDGER_FOLD_H_
#define HEITIE_SERVICES_RESOURCE_MONEY_LEDGER_FOLD_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/ledger.pb.h"
#include "heitie/resource/v1/stock.pb.h"

namespace heitie::resource {

// Collects what does not hold, up to the contract's limit of findings.
class Findings {
 public:
  explicit Findings(v1::VerifyLedgersResponse& response) : response_(response) {}
  // What `figure` of `subject` must be, and what it is; nothing when they are equal.
  void Equal(const std::string& subject, const std::string& figure, int64_t expected, int64_t found);
  // The greatest value that `rule` allows, and what is there; nothing when it is not exceeded.
  void AtMost(const std::string& subject, const std::string& rule, int64_t limit, int64_t found);

 private:
  void Add(const std::string& subject, const std::string& figure, int64_t expected, int64_t found);
  v1::VerifyLedgersResponse& response_;
};

// What is stored of an item besides its totals, read at one moment with them.
struct StoredStock {
  struct Balance {
    int64_t on_hand = 0, reserved = 0, blocked = 0;
  };
  struct Layer {
    int64_t quantity = 0, value = 0;
  };
  std::map<std::pair<std::string, std::string>, Balance> balances;  // by location and lot
  std::map<std::pair<std::string, absl::CivilDay>, int64_t> needs;  // by location and day
  std::map<int64_t, Layer> layers;                                  // by number
  std::map<std::string, absl::CivilDay> expiries;                   // of lots that expire
};

// The ledger of one item, entry by entry in the order of their sequence.
class StockFold {
 public:
  // Days begin in `zone`.
  StockFold(Findings& findings, absl::TimeZone zone, StoredStock stored = {})
      : findings_(findings), zone_(zone), stored_(std::move(stored)) {}
  void Feed(const v1::StockEntry& entry);
  // After the last entry that the stock counts.
  void Finish(const v1::Stock& stock);

 private:
  struct Line {
    int64_t reserved = 0;
    int64_t issued = 0;
    int64_t returned = 0;
  };
  struct Held {
    int64_t on_hand = 0, reserved = 0;
  };
  void FeedLine(const v1::StockEntry& entry);
  void FeedPlace(const v1::StockEntry& entry);
  void FeedLayers(const v1::StockEntry& entry);
  void FinishDays(const v1::Stock& stock);
  void FinishPlaces(const v1::Stock& stock);
  void FinishLayers(const v1::Stock& stock);

  Findings& findings_;
  const absl::TimeZone zone_;
  const StoredStock stored_;
  std::map<std::string, Held> locations_;
  std::map<std::pair<std::string, std::string>, int64_t> lots_;  // by location and lot
  std::map<std::pair<std::string, absl::CivilDay>, int64_t> needs_;
  std::map<int64_t, StoredStock::Layer> layers_;
  // Sums by business date, of a location and lot, and of all.
  std::map<std::pair<std::string, std::string>, std::map<absl::CivilDay, int64_t>> days_;
  int64_t sequence_ = 0;
  int64_t on_hand_ = 0;
  int64_t reserved_ = 0;
  int64_t value_ = 0;
  std::map<std::string, Line> lines_;
};

// The ledger of one budget, entry by entry in the order of their sequence.
class BudgetFold {
 public:
  explicit BudgetFold(Findings& findings) : findings_(findings) {}
  void Feed(const v1::BudgetEntry& entry);
  // After the last entry that the budget counts.
  void Finish(const v1::Budget& budget);

 private:
  // What is compared with an entry's running balances and with the budget's: both have the same names.
  template <typename T>
  void Compare(const T& balances);

  Findings& findings_;
  int64_t sequence_ = 0;
  int64_t approved_ = 0;
  int64_t transferred_ = 0;
  int64_t pre_committed_ = 0;
  int64_t committed_ = 0;
  int64_t actual_ = 0;
  int64_t held_ = 0;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_MONEY_LEDGER_FOLD_H_
