#include "services/resource/purchase/supplier_return.h"

#include "common/status/macros.h"
#include "services/resource/purchase/purchase_rules.h"
#include "services/resource/stock/valuation.h"

namespace heitie::resource {

using v1::PurchaseOrder;
using v1::SupplierReturn;

namespace {

const status::Reason kMoreThanAccepted{absl::StatusCode::kInvalidArgument, "MORE_THAN_ACCEPTED",
                                       "Of line {line} {left:count} were accepted and have not gone back; {asked:count} cannot.",
                                       "第 {line} 行已驗收且未退回者為 {left:count}，無法退回 {asked:count}。"};

}  // namespace

const record::StateMachine& SupplierReturnMachine() {
  using R = SupplierReturn;
  static const auto& machine = *new record::StateMachine(
      R::State_descriptor(), {
                                 {R::STATE_SENT, "credit", R::STATE_SENT, "a part is credited", record::kConsequence},
                                 {R::STATE_SENT, "settle", R::STATE_CREDITED, "all of it is credited", record::kConsequence},
                             });
  return machine;
}

SupplierReturns::SupplierReturns(record::Store& store, const Stocks& stocks, const Locations& locations, const PurchaseOrders& orders)
    : stocks_(stocks), locations_(locations), orders_(orders), returns_(store, &SupplierReturnMachine()) {}

void SupplierReturns::Bind(record::Methods& methods) {
  methods.Reads(returns_);
  methods.Creates(returns_, this, &SupplierReturns::Create);
}

absl::Status SupplierReturns::Create(record::Transaction& tx, SupplierReturn& sent) {
  status::BadFields bad;
  ASSIGN_OR_RETURN(record::Step<PurchaseOrder> step, orders_.Begin(tx, sent.purchase_order(), "send_back"));
  sent.set_location(LocationOf(sent.location()));
  ASSIGN_OR_RETURN(const auto kinds, locations_.KindsOf(tx.sql, {sent.location()}));
  if (kinds.count(sent.location()) == 0) bad.Add("supplier_return.location", kUnknownLocation, {{"name", sent.location()}});
  PurchaseOrder::Line* line = PurchaseOrders::LineOf(step.after, sent.order_line());
  if (line == nullptr) {
    bad.Add("supplier_return.order_line", kUnknownOrderLine, {{"order", step.after.name()}, {"line", sent.order_line()}});
    return bad.status();
  }
  const int64_t left = line->accepted_quantity() - line->returned_quantity();
  if (sent.quantity() > left) {
    bad.Add("supplier_return.quantity", kMoreThanAccepted, {{"line", sent.order_line()}, {"left", left}, {"asked", sent.quantity()}});
  }
  ASSIGN_OR_RETURN(Moment moment, stocks_.MomentOf(tx, nullptr, "", bad));
  RETURN_IF_ERROR(bad.status());
  moment.document = sent.name();
  moment.reason = sent.reason();
  line->set_returned_quantity(line->returned_quantity() + sent.quantity());
  ASSIGN_OR_RETURN(StockChange change, stocks_.Lock(tx, {line->item()}, Stocks::Depth::kMove, {sent.location()}));
  ASSIGN_OR_RETURN(const int64_t value, change.Find(line->item())->TakeOut(sent.quantity(), sent.location(), sent.lot(), moment));
  RETURN_IF_ERROR(stocks_.Save(tx, change, "send_back"));
  sent.set_item(line->item());
  sent.set_book_value_minor(value);
  sent.set_state(SupplierReturn::STATE_SENT);
  return orders_.Finish(tx, step).status();
}

absl::StatusOr<int64_t> SupplierReturns::Credit(record::Transaction& tx, record::Step<SupplierReturn>& step, int64_t quantity) const {
  SupplierReturn& after = step.after;
  const int64_t credited = after.credited_quantity() + quantity;
  // The last unit takes all that is left.
  const int64_t value = ShareOf(after.book_value_minor(), credited, after.quantity()) - after.credited_value_minor();
  after.set_credited_quantity(credited);
  after.set_credited_value_minor(after.credited_value_minor() + value);
  RETURN_IF_ERROR(returns_.Advance(after, step.verb = credited == after.quantity() ? "settle" : "credit"));
  RETURN_IF_ERROR(returns_.Update(tx, step.before, after, step.verb));
  step.before = after;
  return value;
}

}  // namespace heitie::resource
