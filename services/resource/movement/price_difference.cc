#include "services/resource/movement/price_difference.h"

#include "absl/strings/str_cat.h"
#include "common/exact/apportion.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "services/resource/movement/write_off.h"

namespace heitie::resource {

std::vector<PricePart> SplitDifference(int64_t difference, int64_t quantity, const std::vector<Received>& received) {
  std::vector<int64_t> weights;
  for (const Received& one : received) weights.push_back(one.quantity);
  const std::vector<int64_t> quantities = exact::Apportion(quantity, weights);
  const std::vector<int64_t> shares = exact::Apportion(difference < 0 ? -difference : difference, quantities);
  std::vector<PricePart> parts;
  for (size_t i = 0; i < received.size(); ++i) {
    if (quantities[i] > 0) parts.push_back({received[i].entry, quantities[i], difference < 0 ? -shares[i] : shares[i]});
  }
  return parts;
}

PriceDifferences::PriceDifferences(record::Store& store)
    : differences_(store), policies_(store, "movementPolicies/default", CheckMovementPolicy) {}

absl::Status PriceDifferences::Append(record::Transaction& tx, const Change& change, const PriceSplit& split, const Moment& moment) const {
  v1::PriceDifference row;
  row.set_name(absl::StrCat("priceDifferences/", record::NewId(tx.call.now)));
  row.set_item(change.item);
  row.set_goods_receipt(change.goods_receipt);
  row.set_document(change.document);
  row.set_quantity(change.quantity);
  row.set_difference_minor(split.to_stock + split.variance);
  row.set_to_stock_minor(split.to_stock);
  row.set_variance_minor(split.variance);
  row.set_cost_center(change.cost_center);
  *row.mutable_business_date() = time::ToDate(moment.business_day);
  row.set_reason(change.reason);
  if (split.variance != 0) {
    ASSIGN_OR_RETURN(const v1::MovementPolicy policy, policies_.InForce(tx.sql, tx.call.now));
    row.set_expense_account(policy.variance_account().empty() ? change.expense_account : policy.variance_account());
  }
  return differences_.Insert(tx, row);
}

absl::StatusOr<PriceSplit> PriceDifferences::BookVariance(record::Transaction& tx, const Change& change, const Moment& moment) const {
  PriceSplit split;
  split.variance = change.difference_minor;
  if (split.variance != 0) RETURN_IF_ERROR(Append(tx, change, split, moment));
  return split;
}

absl::StatusOr<PriceSplit> PriceDifferences::Book(record::Transaction& tx, const Change& change, Books& books, const Moment& moment) const {
  PriceSplit sum;
  if (change.difference_minor == 0) return sum;
  std::vector<Received> received;
  RETURN_IF_ERROR(tx.sql.Query(
      "SELECT sequence, on_hand_delta FROM stock_entries WHERE item = ? AND goods_receipt = ? AND kind = 'KIND_RECEIPT' ORDER BY sequence",
      sql::Bind(change.item, change.goods_receipt), [&](const sql::Row& row) {
        received.push_back({row.Int(0), row.Int(1)});
      }));
  for (const v1::StockEntry& entry : books.entries()) {  // Of this transaction.
    if (entry.kind() != v1::StockEntry::KIND_RECEIPT || entry.goods_receipt() != change.goods_receipt) continue;
    received.push_back({entry.sequence(), entry.on_hand_delta()});
  }
  int64_t came = 0;
  for (const Received& one : received) came += one.quantity;
  if (came == 0) return status::NotFound(absl::StrCat(change.goods_receipt, " ", change.item));
  Change whole = change;
  if (whole.quantity == 0) whole.quantity = came;

  Moment of_paper = moment;
  of_paper.document = change.document;
  of_paper.reason = change.reason;
  const size_t first = books.entries().size();
  if (!books.layered()) {
    ASSIGN_OR_RETURN(sum, books.Reprice(change.difference_minor, whole.quantity, 0, of_paper));
  } else {
    for (const PricePart& part : SplitDifference(change.difference_minor, whole.quantity, received)) {
      ASSIGN_OR_RETURN(const PriceSplit split, books.Reprice(part.difference, part.quantity, part.entry, of_paper));
      sum.to_stock += split.to_stock;
      sum.variance += split.variance;
    }
  }
  // So that reports know who delivered.
  for (size_t i = first; i < books.entries().size(); ++i) books.entries()[i].set_goods_receipt(change.goods_receipt);
  RETURN_IF_ERROR(Append(tx, whole, sum, of_paper));
  return sum;
}

}  // namespace heitie::resource
