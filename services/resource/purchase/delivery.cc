#include "services/resource/purchase/delivery.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/resource/v1/goods_receipt.pb.h"
#include "services/resource/purchase/purchase_rules.h"
#include "services/resource/stock/stock_ledger.h"

namespace heitie::resource {

using v1::Delivery;
using v1::PurchaseOrder;

namespace {

const status::Reason kNotAQuarantine{absl::StatusCode::kInvalidArgument, "NOT_A_QUARANTINE",
                                     "{location} is no quarantine: what is not inspected is kept apart.",
                                     "{location} 不是待驗區：未驗收的物資須另外存放。"};
const status::Reason kBeforeOrder{absl::StatusCode::kInvalidArgument, "BEFORE_ORDER", "{day} is before the order, which is of {order_day}.",
                                  "{day} 早於訂購日 {order_day}。"};
const status::Reason kOverReceipt{absl::StatusCode::kFailedPrecondition, "OVER_RECEIPT", "More of {order} came than {policy} allows.",
                                  "{order} 的到貨量超出 {policy} 的容許範圍。"};
const status::Reason kLineOverReceipt{absl::StatusCode::kFailedPrecondition, "LINE_OVER_RECEIPT",
                                      "Line {line}: {most:count} more may come, {asked:count} did.",
                                      "第 {line} 行：最多再收 {most:count}，實到 {asked:count}。"};
const status::Reason kNothingFound{absl::StatusCode::kInvalidArgument, "NOTHING_FOUND", "Say how much is good and how much is not.",
                                   "請填寫合格與不合格數量。"};
const status::Reason kMoreThanCame{absl::StatusCode::kInvalidArgument, "MORE_THAN_CAME",
                                   "Of line {line} {left:count} are not inspected; {asked:count} were found.",
                                   "第 {line} 行尚有 {left:count} 未驗收，卻填寫 {asked:count}。"};
const status::Reason kRejectionUnexplained{absl::StatusCode::kInvalidArgument, "REJECTION_UNEXPLAINED",
                                           "What is rejected needs a reason and evidence.", "退件須填寫原因並附證明。"};
const status::Reason kNothingRejected{absl::StatusCode::kFailedPrecondition, "NOTHING_REJECTED", "Nothing of {name} is to go back.",
                                      "{name} 沒有待退回的物資。"};
const status::Reason kNoSuchDeliveryLine{absl::StatusCode::kInvalidArgument, "UNKNOWN_DELIVERY_LINE", "{delivery} has no line {line}.",
                                         "{delivery} 沒有第 {line} 行。"};

}  // namespace

const record::StateMachine& DeliveryMachine() {
  using D = Delivery;
  static const auto& machine = *new record::StateMachine(
      D::State_descriptor(),
      {
          {D::STATE_UNINSPECTED, "inspect", D::STATE_UNINSPECTED, "at most what is not inspected"},
          {D::STATE_UNINSPECTED, "send_back", D::STATE_UNINSPECTED, "something is rejected"},
          {D::STATE_INSPECTED, "send_back", D::STATE_INSPECTED, "something is rejected"},
          {D::STATE_UNINSPECTED, "keep", D::STATE_INSPECTED, "all is inspected, and something rejected is here", record::kConsequence},
          {D::STATE_UNINSPECTED, "end", D::STATE_DONE, "all is inspected, and nothing rejected is here", record::kConsequence},
          {D::STATE_INSPECTED, "end", D::STATE_DONE, "nothing rejected is here any more", record::kConsequence},
      });
  return machine;
}

std::vector<AcceptedUnits> UnitsBetween(const std::vector<AcceptedUnits>& accepted, int64_t from, int64_t count) {
  std::vector<AcceptedUnits> units;
  int64_t begin = 0;
  for (const AcceptedUnits& each : accepted) {
    const int64_t end = begin + each.quantity;
    const int64_t part = std::min(end, from + count) - std::max(begin, from);
    if (part > 0) units.push_back({each.goods_receipt, part});
    begin = end;
  }
  return units;
}

Deliveries::Deliveries(record::Store& store, const Stocks& stocks, const Items& items, const Locations& locations,
                       const Suppliers& suppliers, const GoodsReceipts& receipts, const Rates& rates, const PurchasePolicies& policies,
                       const PurchaseOrders& orders)
    : stocks_(stocks),
      items_(items),
      locations_(locations),
      suppliers_(suppliers),
      receipts_(receipts),
      rates_(rates),
      policies_(policies),
      orders_(orders),
      deliveries_(store, &DeliveryMachine()) {
  deliveries_.SetAllows([](const Delivery& delivery, const std::string& verb) {
    return verb != "send_back" || std::any_of(delivery.lines().begin(), delivery.lines().end(), [](const Delivery::Line& line) {
             return line.rejected_quantity() > line.sent_back_quantity();
           });
  });
}

void Deliveries::Bind(record::Methods& methods) {
  methods.Reads(deliveries_);
  methods.Creates(deliveries_, this, &Deliveries::Create);
  methods.Bind("InspectDelivery", this, &Deliveries::Inspect);
  methods.Bind("SendBackDelivery", this, &Deliveries::SendBack);
}

absl::Status Deliveries::Create(record::Transaction& tx, Delivery& delivery) {
  status::BadFields bad;
  ASSIGN_OR_RETURN(record::Step<PurchaseOrder> step, orders_.Begin(tx, delivery.purchase_order(), "deliver"));
  PurchaseOrder& order = step.after;
  ASSIGN_OR_RETURN(const auto kinds, locations_.KindsOf(tx.sql, {delivery.location()}));
  const auto kind = kinds.find(delivery.location());
  if (kind == kinds.end()) {
    bad.Add("delivery.location", kUnknownLocation, {{"name", delivery.location()}});
  } else if (kind->second != v1::Location::KIND_QUARANTINE) {
    bad.Add("delivery.location", kNotAQuarantine, {{"location", delivery.location()}});
  }
  const absl::CivilDay day = time::ToDay(delivery.receive_date()), today = stocks_.Today(tx.call);
  const absl::CivilDay order_day = time::ToDay(order.order_date());
  if (day > today) {
    bad.Add("delivery.receive_date", kFutureDay, {{"day", time::DayText(day)}, {"today", time::DayText(today)}});
  } else if (day < order_day) {
    bad.Add("delivery.receive_date", kBeforeOrder, {{"day", time::DayText(day)}, {"order_day", time::DayText(order_day)}});
  }
  ASSIGN_OR_RETURN(const v1::PurchasePolicy policy, policies_.InForce(tx));
  status::Unmet unmet;
  std::set<int32_t> seen;
  for (int i = 0; i < delivery.lines_size(); ++i) {
    Delivery::Line& came = *delivery.mutable_lines(i);
    const std::string field = absl::StrCat("delivery.lines[", i, "].order_line");
    PurchaseOrder::Line* line = PurchaseOrders::LineOf(order, came.order_line());
    if (line == nullptr) {
      bad.Add(field, kUnknownOrderLine, {{"order", order.name()}, {"line", came.order_line()}});
      continue;
    }
    if (!seen.insert(came.order_line()).second) {
      bad.Add(field, kLineTwice, {{"line", came.order_line()}});
      continue;
    }
    came.set_item(line->item());
    came.clear_accepted_quantity();
    came.clear_rejected_quantity();
    came.clear_sent_back_quantity();
    const int64_t most =
        std::max<int64_t>(0, MostAccepted(*line, policy.over_receipt_bp()) - line->accepted_quantity() - UninspectedOf(*line));
    if (came.quantity() > most) {
      unmet.Add(order.name(), kLineOverReceipt, {{"line", came.order_line()}, {"most", most}, {"asked", came.quantity()}});
    }
    line->set_received_quantity(line->received_quantity() + came.quantity());
  }
  RETURN_IF_ERROR(bad.status());
  RETURN_IF_ERROR(unmet.status(kOverReceipt, {{"order", order.name()}, {"policy", policy.name()}}));
  delivery.set_state(Delivery::STATE_UNINSPECTED);
  delivery.set_supplier(order.supplier());
  *delivery.mutable_order_date() = order.order_date();
  *delivery.mutable_expected_date() = order.expected_date();
  return orders_.Finish(tx, step).status();
}

absl::Status Deliveries::CheckFound(const v1::InspectDeliveryRequest& request, const Delivery& delivery) const {
  status::BadFields bad;
  std::map<int32_t, int64_t> found_of;
  for (int i = 0; i < request.inspections_size(); ++i) {
    const Delivery::Inspection& found = request.inspections(i);
    const std::string path = absl::StrCat("inspections[", i, "]");
    if (found.line() < 1 || found.line() > delivery.lines_size()) {
      bad.Add(path + ".line", kNoSuchDeliveryLine, {{"delivery", delivery.name()}, {"line", found.line()}});
      continue;
    }
    const int64_t quantity = found.accepted_quantity() + found.rejected_quantity();
    if (quantity == 0) bad.Add(path + ".accepted_quantity", kNothingFound);
    const int64_t left = UninspectedOf(delivery.lines(found.line() - 1)) - found_of[found.line()];
    if (quantity > left) {
      bad.Add(path + ".accepted_quantity", kMoreThanCame, {{"line", found.line()}, {"left", left}, {"asked", quantity}});
    }
    found_of[found.line()] += quantity;
    if (found.rejected_quantity() > 0 && (found.reason().empty() || found.evidence().empty())) {
      bad.Add(path + (found.reason().empty() ? ".reason" : ".evidence"), kRejectionUnexplained);
    }
  }
  return bad.status();
}

absl::Status Deliveries::Accept(record::Transaction& tx, const Delivery& delivery, Delivery::Inspection& found, PurchaseOrder& order,
                                PurchaseOrder::Line& line, const std::string& supplier) const {
  ASSIGN_OR_RETURN(const ItemFacts facts, items_.FactsOf(tx.sql, {line.item()}));
  const int64_t before = line.accepted_quantity(), after = before + found.accepted_quantity();
  // Each unit at the order's price, so that all of them cost what was ordered.
  const std::optional<int64_t> until = CostUpTo(line.total_minor(), after, line.quantity());
  const std::optional<int64_t> from = CostUpTo(line.total_minor(), before, line.quantity());
  const int64_t ordered = until && from ? *until - *from : kMaxValueMinor + 1;
  const absl::CivilDay today = stocks_.Today(tx.call);
  const std::string& currency = facts.at(line.item()).item.currency_code();
  ASSIGN_OR_RETURN(const Converted cost, rates_.Convert(tx, order.currency_code(), ordered, currency, today));

  v1::GoodsReceipt receipt;
  receipt.set_supplier(supplier);
  receipt.set_vendor(order.supplier());
  receipt.set_delivery_note(delivery.delivery_note());
  *receipt.mutable_receive_date() = time::ToDate(today);
  v1::GoodsReceipt::Line& came = *receipt.add_lines();
  came.set_item(line.item());
  came.set_quantity(found.accepted_quantity());
  came.set_cost_minor(cost.minor);
  came.set_location(found.location());
  came.set_lot_code(found.lot_code());
  if (found.has_expiry_date()) *came.mutable_expiry_date() = found.expiry_date();
  RETURN_IF_ERROR(receipts_.Enter(tx, receipt));
  found.set_goods_receipt(receipt.name());
  found.set_cost_minor(cost.minor);
  line.set_accepted_quantity(after);
  line.set_stock_cost_minor(line.stock_cost_minor() + cost.minor);
  return absl::OkStatus();
}

absl::StatusOr<Delivery> Deliveries::Inspect(record::Transaction& tx, const v1::InspectDeliveryRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Delivery> step, deliveries_.Begin(tx, request, "inspect"));
  Delivery& delivery = step.after;
  RETURN_IF_ERROR(CheckFound(request, delivery));
  ASSIGN_OR_RETURN(record::Step<PurchaseOrder> order, orders_.Begin(tx, delivery.purchase_order(), "inspect"));
  ASSIGN_OR_RETURN(const v1::Supplier supplier, suppliers_.kind().Find(tx.sql, delivery.supplier()));
  // Stocks are locked by the names of the items.
  std::vector<int> sequence(static_cast<size_t>(request.inspections_size()));
  std::iota(sequence.begin(), sequence.end(), 0);
  std::stable_sort(sequence.begin(), sequence.end(), [&](int a, int b) {
    return delivery.lines(request.inspections(a).line() - 1).item() < delivery.lines(request.inspections(b).line() - 1).item();
  });
  for (const int i : sequence) {
    Delivery::Inspection found = request.inspections(i);
    Delivery::Line& came = *delivery.mutable_lines(found.line() - 1);
    PurchaseOrder::Line& line = *PurchaseOrders::LineOf(order.after, came.order_line());
    found.clear_goods_receipt();
    found.clear_cost_minor();
    found.set_inspector(tx.call.principal.name);
    *found.mutable_inspect_time() = time::ToTimestamp(tx.call.now);
    if (found.accepted_quantity() > 0) RETURN_IF_ERROR(Accept(tx, delivery, found, order.after, line, supplier.display_name()));
    line.set_rejected_quantity(line.rejected_quantity() + found.rejected_quantity());
    came.set_accepted_quantity(came.accepted_quantity() + found.accepted_quantity());
    came.set_rejected_quantity(came.rejected_quantity() + found.rejected_quantity());
    *delivery.add_inspections() = std::move(found);
  }
  const Delivery::State state = StateOf(delivery);
  if (state != delivery.state()) RETURN_IF_ERROR(deliveries_.Advance(delivery, state == Delivery::STATE_DONE ? "end" : "keep"));
  RETURN_IF_ERROR(orders_.Finish(tx, order).status());
  return deliveries_.Finish(tx, step);
}

absl::StatusOr<Delivery> Deliveries::SendBack(record::Transaction& tx, const v1::SendBackDeliveryRequest& request) {
  return deliveries_.Change(tx, request, "send_back", [&](Delivery& after) -> absl::Status {
    int64_t sent = 0;
    for (Delivery::Line& line : *after.mutable_lines()) {
      sent += line.rejected_quantity() - line.sent_back_quantity();
      line.set_sent_back_quantity(line.rejected_quantity());
    }
    if (sent == 0) return status::Error(kNothingRejected, {{"name", after.name()}});
    after.set_send_back_reference(request.reference());
    return StateOf(after) == Delivery::STATE_DONE ? deliveries_.Advance(after, "end") : absl::OkStatus();
  });
}

absl::StatusOr<std::vector<AcceptedUnits>> Deliveries::AcceptedOf(sql::Session& session, const std::string& order, int32_t line) const {
  ASSIGN_OR_RETURN(const std::vector<Delivery> deliveries,
                   deliveries_.Select(session, "WHERE purchase_order = ? ORDER BY name", sql::Bind(order)));
  std::vector<std::tuple<absl::Time, std::string, AcceptedUnits>> found;
  for (const Delivery& delivery : deliveries) {
    for (const Delivery::Inspection& each : delivery.inspections()) {
      if (each.accepted_quantity() == 0 || delivery.lines(each.line() - 1).order_line() != line) continue;
      found.emplace_back(time::ToTime(each.inspect_time()), delivery.name(), AcceptedUnits{each.goods_receipt(), each.accepted_quantity()});
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return std::tie(std::get<0>(a), std::get<1>(a)) < std::tie(std::get<0>(b), std::get<1>(b));
  });
  std::vector<AcceptedUnits> accepted;
  for (auto& [time, name, units] : found) accepted.push_back(std::move(units));
  return accepted;
}

}  // namespace heitie::resource
