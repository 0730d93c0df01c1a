// What a later paper changed in the price of goods that had come in already (policy S4), as a ledger of its own beside that of stock.
#ifndef HEITIE_SERVICES_RESOURCE_MOVEMENT_PRICE_DIFFERENCE_H_
#define HEITIE_SERVICES_RESOURCE_MOVEMENT_PRICE_DIFFERENCE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/record/rule_set.h"
#include "heitie/resource/v1/movement_policy.pb.h"
#include "heitie/resource/v1/price_difference.pb.h"
#include "services/resource/stock/books.h"

namespace heitie::resource {

// A part of a receipt: the entry that came in, and how much by it.
struct Received {
  int64_t entry = 0;
  int64_t quantity = 0;
};
// The part of a price difference that concerns what came by one entry.
struct PricePart {
  int64_t entry = 0;
  int64_t quantity = 0;
  int64_t difference = 0;
};
// A difference of `quantity` units split over the entries by which they came, in proportion to these; quantities and differences add up.
// 0 < quantity <= what came.
std::vector<PricePart> SplitDifference(int64_t difference, int64_t quantity, const std::vector<Received>& received);

// Thread-safe.
class PriceDifferences {
 public:
  explicit PriceDifferences(record::Store& store);
  void Bind(record::Methods& methods) { methods.Reads(differences_); }

  // What a paper says of the price of goods.
  struct Change {
    std::string item, goods_receipt, document;
    // For how much of what came by the receipt, in the item's unit; 0: all of it.
    int64_t quantity = 0;
    // Dearer; negative: cheaper.
    int64_t difference_minor = 0;
    std::string cost_center, reason;
    // The account of the item, which bears the variance where the policy names none.
    std::string expense_account = "";
  };
  // Books it: the part of what is still there, min(on hand, quantity)/quantity, goes to the value of the stock (of the layers that came by
  // the receipt, where there are some), the rest is variance. The caller has locked the stock (Depth::kMove) and saves it. Nothing for a
  // difference of 0. FAILED_PRECONDITION, STOCK_LIMIT; NOT_FOUND when nothing of the item came by the receipt.
  absl::StatusOr<PriceSplit> Book(record::Transaction& tx, const Change& change, Books& books, const Moment& moment) const;
  // All of it is variance, for goods that left at book value: for example what a supplier credits for less or more than that.
  absl::StatusOr<PriceSplit> BookVariance(record::Transaction& tx, const Change& change, const Moment& moment) const;

 private:
  absl::Status Append(record::Transaction& tx, const Change& change, const PriceSplit& split, const Moment& moment) const;

  record::Kind<v1::PriceDifference> differences_;
  record::RuleSet<v1::MovementPolicy> policies_;  // to be read
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_MOVEMENT_PRICE_DIFFERENCE_H_
