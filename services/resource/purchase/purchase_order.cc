#include "services/resource/purchase/purchase_order.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/exact/apportion.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/resource/catalogue/units.h"
#include "services/resource/purchase/open_purchases.h"
#include "services/resource/purchase/purchase_rules.h"

namespace heitie::resource {

using v1::PurchaseOrder;

const status::Reason kUnknownOrderLine{absl::StatusCode::kInvalidArgument, "UNKNOWN_ORDER_LINE", "{order} has no line {line}.",
                                       "{order} 沒有第 {line} 行。"};
const status::Reason kLineTwice{absl::StatusCode::kInvalidArgument, "LINE_TWICE", "Line {line} is named twice.", "第 {line} 行重複。"};
const status::Reason kSupplierDiffers{absl::StatusCode::kInvalidArgument, "SUPPLIER_DIFFERS", "{name} is for {supplier}.",
                                      "{name} 的供應商是 {supplier}。"};

namespace {

const status::Reason kUnknownRequisitionLine{absl::StatusCode::kInvalidArgument, "UNKNOWN_REQUISITION_LINE",
                                             "{requisition} is not there, or has no line {line}.",
                                             "{requisition} 不存在，或沒有第 {line} 行。"};
const status::Reason kItemDiffers{absl::StatusCode::kInvalidArgument, "ITEM_DIFFERS", "Line {line} of {requisition} asks for {item}.",
                                  "{requisition} 第 {line} 行請購的是 {item}。"};
const status::Reason kAllocationTwice{absl::StatusCode::kInvalidArgument, "ALLOCATION_TWICE",
                                      "Line {line} of {requisition} is named twice in this line.",
                                      "{requisition} 第 {line} 行在此行中重複。"};
const status::Reason kPartsDiffer{absl::StatusCode::kInvalidArgument, "PARTS_DIFFER",
                                  "The parts are {sum:count}, the line is {quantity:count}.",
                                  "各部分合計 {sum:count}，此行為 {quantity:count}。"};
const status::Reason kBuyerNotEmployee{absl::StatusCode::kInvalidArgument, "BUYER_NOT_EMPLOYEE",
                                       "Name an employee who sees the order through.", "請指定負責此訂單的員工。"};
const status::Reason kOrderRefused{absl::StatusCode::kFailedPrecondition, "ORDER_REFUSED",
                                   "Some of this cannot be ordered from its requisitions.", "部分內容無法依請購單訂購。"};
const status::Reason kUninspected{absl::StatusCode::kFailedPrecondition, "UNINSPECTED",
                                  "Of line {line} of {order} {count:count} are not inspected yet.",
                                  "{order} 第 {line} 行尚有 {count:count} 未驗收。"};
const status::Reason kMoreThanOpen{absl::StatusCode::kInvalidArgument, "MORE_THAN_OPEN",
                                   "Of line {line} {open:count} are expected; {asked:count} cannot be given up.",
                                   "第 {line} 行尚待到貨 {open:count}，無法放棄 {asked:count}。"};
const status::Reason kNotInvoiced{absl::StatusCode::kFailedPrecondition, "NOT_INVOICED", "{order}: not all that was accepted is invoiced.",
                                  "{order}：尚有已驗收未開立發票者。"};
const status::Reason kLineNotInvoiced{absl::StatusCode::kFailedPrecondition, "LINE_NOT_INVOICED",
                                      "Line {line}: of {accepted:count} accepted {invoiced:count} are invoiced.",
                                      "第 {line} 行：已驗收 {accepted:count}，已開立發票 {invoiced:count}。"};
const status::Reason kOwnOrder{absl::StatusCode::kPermissionDenied, "OWN_ORDER", "Nobody raises the money of an own order: {name}.",
                               "不得提高自己訂單的金額：{name}。"};
const status::Reason kLimitExceeded{absl::StatusCode::kFailedPrecondition, "LIMIT_EXCEEDED",
                                    "The line would cost {total:money}; by {policy} you decide up to {limit:money} alone.",
                                    "此行將達 {total:money}；依 {policy} 您可單獨決定至 {limit:money}。"};

constexpr char kReminderJob[] = "purchase-order-reminder";

bool IsExpected(const PurchaseOrder& order) {
  return order.state() == PurchaseOrder::STATE_PLACED || order.state() == PurchaseOrder::STATE_PART_RECEIVED;
}

std::string ReminderJobName(const PurchaseOrder& order) {
  return absl::StrCat(order.name(), "/remind-", absl::ToUnixMicros(time::ToTime(order.remind_time())));
}

// Each reminder has a job of its own: one that schedules itself would be taken for done.
absl::Status KeepReminderJob(record::Transaction& tx, const PurchaseOrder* before, const PurchaseOrder* after) {
  const bool was = before != nullptr && before->has_remind_time(), is = after != nullptr && after->has_remind_time();
  if (was && is && time::ToTime(before->remind_time()) == time::ToTime(after->remind_time())) return absl::OkStatus();
  // One that is due is the job that runs, or will find that it came too late.
  if (was && time::ToTime(before->remind_time()) > tx.call.now) RETURN_IF_ERROR(job::Cancel(tx, ReminderJobName(*before)));
  if (!is) return absl::OkStatus();
  return job::Schedule(
      tx,
      {.name = ReminderJobName(*after), .kind = kReminderJob, .payload = after->name(), .run_time = time::ToTime(after->remind_time())});
}

absl::Status FollowPurchaseOrder(record::Transaction& tx, const PurchaseOrder* before, const PurchaseOrder* after) {
  RETURN_IF_ERROR(KeepReminderJob(tx, before, after));
  return OpenPurchases::FollowOrder(tx, before, after);
}

void ForgetQuestion(PurchaseOrder& order) {
  order.clear_decision_due_time();
  order.clear_decision_reason();
}

std::string OrderLinePath(int line) { return absl::StrCat("purchase_order.lines[", line, "]"); }

// What the caller may not say of a line.
void ForgetFigures(PurchaseOrder::Line& line) {
  for (const char* field : {"entered_quantity", "received_quantity", "accepted_quantity", "rejected_quantity", "closed_quantity",
                            "returned_quantity", "invoiced_quantity", "invoiced_minor", "stock_cost_minor"}) {
    line.GetReflection()->ClearField(&line, PurchaseOrder::Line::descriptor()->FindFieldByName(field));
  }
  for (PurchaseOrder::Allocation& part : *line.mutable_allocations()) {
    PurchaseOrder::Allocation said;
    said.set_requisition(part.requisition());
    said.set_line(part.line());
    said.set_quantity(part.quantity());
    part = std::move(said);
  }
}

}  // namespace

const record::StateMachine& PurchaseOrderMachine() {
  using O = PurchaseOrder;
  static constexpr char kExpected[] = "something is expected";
  static constexpr char kNothing[] = "nothing is expected any more";
  static constexpr char kInvoiced[] = "all that was accepted is invoiced; what has not come is given up";
  static constexpr char kOverdue[] = "it is overdue";
  static constexpr char kOver[] = "what it was ordered for is over";
  static constexpr char kAsked[] = "it is asked what becomes of it";
  static const auto& machine = *new record::StateMachine(
      O::State_descriptor(), {
                                 {O::STATE_PLACED, "postpone", O::STATE_PLACED},
                                 {O::STATE_PART_RECEIVED, "postpone", O::STATE_PART_RECEIVED},
                                 {O::STATE_PLACED, "short_close", O::STATE_PLACED, kExpected},
                                 {O::STATE_PART_RECEIVED, "short_close", O::STATE_PART_RECEIVED, kExpected},
                                 {O::STATE_PLACED, "raise", O::STATE_PLACED, "by a manager, up to the limit"},
                                 {O::STATE_PART_RECEIVED, "raise", O::STATE_PART_RECEIVED, "by a manager, up to the limit"},
                                 {O::STATE_RECEIVED, "raise", O::STATE_RECEIVED, "by a manager, up to the limit"},
                                 {O::STATE_PLACED, "close", O::STATE_CANCELLED, "what has not come is given up"},
                                 {O::STATE_PART_RECEIVED, "close", O::STATE_CLOSED, kInvoiced},
                                 {O::STATE_RECEIVED, "close", O::STATE_CLOSED, kInvoiced},
                                 {O::STATE_PLACED, "keep", O::STATE_PLACED, kAsked},
                                 {O::STATE_PART_RECEIVED, "keep", O::STATE_PART_RECEIVED, kAsked},
                                 {O::STATE_PLACED, "ask", O::STATE_PLACED, kOver, record::kConsequence},
                                 {O::STATE_PART_RECEIVED, "ask", O::STATE_PART_RECEIVED, kOver, record::kConsequence},
                                 {O::STATE_PLACED, "remind", O::STATE_PLACED, kOverdue, record::kConsequence},
                                 {O::STATE_PART_RECEIVED, "remind", O::STATE_PART_RECEIVED, kOverdue, record::kConsequence},
                                 {O::STATE_PLACED, "deliver", O::STATE_PLACED, nullptr, record::kConsequence},
                                 {O::STATE_PART_RECEIVED, "deliver", O::STATE_PART_RECEIVED, nullptr, record::kConsequence},
                                 {O::STATE_PLACED, "inspect", O::STATE_PLACED, nullptr, record::kConsequence},
                                 {O::STATE_PART_RECEIVED, "inspect", O::STATE_PART_RECEIVED, nullptr, record::kConsequence},
                                 {O::STATE_PLACED, "receive_part", O::STATE_PART_RECEIVED, "a part is accepted", record::kConsequence},
                                 {O::STATE_PLACED, "receive_all", O::STATE_RECEIVED, kNothing, record::kConsequence},
                                 {O::STATE_PART_RECEIVED, "receive_all", O::STATE_RECEIVED, kNothing, record::kConsequence},
                                 {O::STATE_PLACED, "cancel", O::STATE_CANCELLED, "all of it is given up", record::kConsequence},
                                 {O::STATE_PLACED, "invoice", O::STATE_PLACED, nullptr, record::kConsequence},
                                 {O::STATE_PART_RECEIVED, "invoice", O::STATE_PART_RECEIVED, nullptr, record::kConsequence},
                                 {O::STATE_RECEIVED, "invoice", O::STATE_RECEIVED, nullptr, record::kConsequence},
                                 {O::STATE_PART_RECEIVED, "credit", O::STATE_PART_RECEIVED, nullptr, record::kConsequence},
                                 {O::STATE_RECEIVED, "credit", O::STATE_RECEIVED, nullptr, record::kConsequence},
                                 {O::STATE_CLOSED, "credit", O::STATE_CLOSED, nullptr, record::kConsequence},
                                 {O::STATE_PART_RECEIVED, "send_back", O::STATE_PART_RECEIVED, nullptr, record::kConsequence},
                                 {O::STATE_RECEIVED, "send_back", O::STATE_RECEIVED, nullptr, record::kConsequence},
                                 {O::STATE_CLOSED, "send_back", O::STATE_CLOSED, nullptr, record::kConsequence},
                             });
  return machine;
}

PurchaseOrders::PurchaseOrders(record::Store& store, const Items& items, const Suppliers& suppliers, const Rates& rates,
                               const Bookings& bookings, const PurchasePolicies& policies, const Requisitions& requisitions,
                               absl::TimeZone zone, job::Runner& jobs)
    : store_(store),
      items_(items),
      suppliers_(suppliers),
      rates_(rates),
      bookings_(bookings),
      policies_(policies),
      requisitions_(requisitions),
      zone_(zone),
      orders_(store, &PurchaseOrderMachine()) {
  orders_.SetFollow(FollowPurchaseOrder);
  jobs.Handle(kReminderJob, [this](const rpc::Call& call, const job::Job& job) {
    return job::Outcome::Failed(store_.Write(call, [&](record::Transaction& tx) { return Remind(tx, job.payload); }));
  });
}

void PurchaseOrders::Bind(record::Methods& methods) {
  orders_.SetAllows([](const Order& order, const std::string& verb) {
    return verb != "close" || std::all_of(order.lines().begin(), order.lines().end(), [](const Order::Line& line) {
             return UninspectedOf(line) == 0 && line.invoiced_quantity() >= line.accepted_quantity();
           });
  });
  methods.Reads(orders_);
  methods.Creates(orders_, this, &PurchaseOrders::Create);
  methods.Bind("PostponePurchaseOrder", this, &PurchaseOrders::Postpone);
  methods.Bind("ShortClosePurchaseOrder", this, &PurchaseOrders::ShortClose);
  methods.Bind("RaisePurchaseOrder", this, &PurchaseOrders::Raise);
  methods.Bind("ClosePurchaseOrder", this, &PurchaseOrders::Close);
  methods.Bind("KeepPurchaseOrder", this, &PurchaseOrders::Keep);
  methods.Bind("FindOrdersForSubjects", this, &PurchaseOrders::FindForSubjects);
}

PurchaseOrder::Line* PurchaseOrders::LineOf(Order& order, int32_t number) {
  if (number < 1 || number > order.lines_size()) return nullptr;
  return order.mutable_lines(number - 1);
}

absl::StatusOr<PurchaseOrder> PurchaseOrders::Finish(record::Transaction& tx, record::Step<Order>& step) const {
  Order& after = step.after;
  if (after.state() != Order::STATE_CLOSED && after.state() != Order::STATE_CANCELLED) {
    const Order::State state = StateOf(after);
    if (state != after.state()) {
      RETURN_IF_ERROR(orders_.Advance(after, state == Order::STATE_PART_RECEIVED ? "receive_part"
                                             : state == Order::STATE_RECEIVED    ? "receive_all"
                                                                                 : "cancel"));
    }
  }
  if (!IsExpected(after)) {
    after.set_overdue(false);
    after.clear_remind_time();
    ForgetQuestion(after);
  }
  return orders_.Finish(tx, step);
}

// ---- Ordering

absl::Status PurchaseOrders::CheckLines(record::Transaction& tx, Order& order, status::BadFields& bad) const {
  ASSIGN_OR_RETURN(const ItemFacts facts, items_.FactsOf(tx.sql, ItemsOf(order.lines())));
  for (int i = 0; i < order.lines_size(); ++i) {
    Order::Line& line = *order.mutable_lines(i);
    const std::string path = OrderLinePath(i);
    ForgetFigures(line);
    line.set_number(i + 1);
    const auto fact = facts.find(line.item());
    if (fact == facts.end()) {
      bad.Add(path + ".item", kUnknownItem, {{"item", line.item()}});
      continue;
    }
    RETURN_IF_ERROR(CheckBought(fact->second.item));
    if (!line.unit().empty() && line.unit() != fact->second.item.unit()) {
      line.set_entered_quantity(line.quantity());
      line.set_quantity(ToBase(fact->second.item, line.quantity(), line.unit(), path + ".quantity", path + ".unit", bad));
    }
    int64_t sum = 0;
    std::vector<int64_t> weights;
    for (const Order::Allocation& part : line.allocations()) {
      sum += part.quantity();
      weights.push_back(part.quantity());
    }
    if (sum != line.quantity() && line.quantity() > 0) {
      bad.Add(path + ".allocations", kPartsDiffer, {{"sum", sum}, {"quantity", line.quantity()}});
    }
    const std::vector<int64_t> minor = exact::Apportion(line.total_minor(), weights);
    for (int k = 0; k < line.allocations_size(); ++k) line.mutable_allocations(k)->set_ordered_minor(minor[static_cast<size_t>(k)]);
  }
  return absl::OkStatus();
}

void PurchaseOrders::CheckParts(const Order& order, Requisitions::Steps& requisitions, status::BadFields& bad) const {
  for (int i = 0; i < order.lines_size(); ++i) {
    const Order::Line& line = order.lines(i);
    std::set<std::pair<std::string, int32_t>> seen;
    for (int k = 0; k < line.allocations_size(); ++k) {
      const Order::Allocation& part = line.allocations(k);
      const std::string field = absl::StrCat(OrderLinePath(i), ".allocations[", k, "].requisition");
      const auto step = requisitions.find(part.requisition());
      const v1::PurchaseRequisition::Line* of =
          step == requisitions.end() ? nullptr : Requisitions::LineOf(step->second.after, part.line());
      if (of == nullptr) {
        bad.Add(field, kUnknownRequisitionLine, {{"requisition", part.requisition()}, {"line", part.line()}});
        continue;
      }
      const status::Args where = {{"requisition", part.requisition()}, {"line", part.line()}, {"item", of->item()}};
      if (!seen.insert({part.requisition(), part.line()}).second) bad.Add(field, kAllocationTwice, where);
      if (of->item() != line.item()) bad.Add(field, kItemDiffers, where);
      if (!of->supplier().empty() && of->supplier() != order.supplier()) {
        bad.Add(field, kSupplierDiffers, {{"name", part.requisition()}, {"supplier", of->supplier()}});
      }
    }
  }
}

absl::StatusOr<Requisitions::Steps> PurchaseOrders::LockRequisitions(record::Transaction& tx, const Order& order, bool with_money) const {
  std::set<std::string> names;
  for (const Order::Line& line : order.lines()) {
    for (const Order::Allocation& part : line.allocations()) names.insert(part.requisition());
  }
  ASSIGN_OR_RETURN(Requisitions::Steps steps, requisitions_.Lock(tx, names));
  if (!with_money) return steps;
  std::set<std::string> encumbrances;
  for (const Order::Line& line : order.lines()) {
    for (const Order::Allocation& part : line.allocations()) {
      if (!part.encumbrance().empty()) encumbrances.insert(part.encumbrance());
      const auto step = steps.find(part.requisition());
      const v1::PurchaseRequisition::Line* of = step == steps.end() ? nullptr : Requisitions::LineOf(step->second.after, part.line());
      if (of != nullptr && !of->encumbrance().empty()) encumbrances.insert(of->encumbrance());
    }
  }
  RETURN_IF_ERROR(bookings_.Lock(tx, {encumbrances.begin(), encumbrances.end()}));
  return steps;
}

void PurchaseOrders::ExpectOn(Order& order) const {
  order.set_overdue(false);
  order.set_reminder_count(0);
  *order.mutable_remind_time() = time::ToTimestamp(absl::FromCivil(time::ToDay(order.expected_date()) + 1, zone_));
}

absl::Status PurchaseOrders::Create(record::Transaction& tx, Order& order) {
  status::BadFields bad;
  const absl::CivilDay today = absl::ToCivilDay(tx.call.now, zone_);
  const absl::Status supplier = suppliers_.kind().Find(tx.sql, order.supplier()).status();
  if (absl::IsNotFound(supplier)) {
    bad.Add("purchase_order.supplier", kUnknownSupplier, {{"supplier", order.supplier()}});
  } else {
    RETURN_IF_ERROR(supplier);
  }
  Rates::CheckCurrency("purchase_order.currency_code", order.currency_code(), bad);
  if (time::ToDay(order.expected_date()) < today) {
    bad.Add("purchase_order.expected_date", kPastDay,
            {{"day", time::DayText(time::ToDay(order.expected_date()))}, {"today", time::DayText(today)}});
  }
  if (order.buyer().empty()) order.set_buyer(tx.call.principal.name);
  if (!absl::StartsWith(order.buyer(), "employees/")) bad.Add("purchase_order.buyer", kBuyerNotEmployee);
  RETURN_IF_ERROR(CheckLines(tx, order, bad));
  ASSIGN_OR_RETURN(Requisitions::Steps requisitions, LockRequisitions(tx, order, /*with_money=*/false));
  CheckParts(order, requisitions, bad);
  RETURN_IF_ERROR(bad.status());

  ASSIGN_OR_RETURN(const v1::PurchasePolicy policy, policies_.InForce(tx));
  ASSIGN_OR_RETURN(requisitions, LockRequisitions(tx, order, /*with_money=*/true));
  status::Unmet unmet;
  for (Order::Line& line : *order.mutable_lines()) {
    for (Order::Allocation& part : *line.mutable_allocations()) {
      v1::PurchaseRequisition& requisition = requisitions.at(part.requisition()).after;
      RETURN_IF_ERROR(requisitions_.Take(tx, policy, order.currency_code(), today, requisition, part, unmet));
    }
  }
  RETURN_IF_ERROR(unmet.status(kOrderRefused));
  order.set_state(Order::STATE_PLACED);
  *order.mutable_order_date() = time::ToDate(today);
  order.set_policy(policy.name());
  ExpectOn(order);
  return requisitions_.Finish(tx, requisitions);
}

// ---- What becomes of an order

absl::StatusOr<PurchaseOrder> PurchaseOrders::Postpone(record::Transaction& tx, const v1::PostponePurchaseOrderRequest& request) {
  return orders_.Change(tx, request, "postpone", [&](Order& after) -> absl::Status {
    const absl::CivilDay today = absl::ToCivilDay(tx.call.now, zone_), day = time::ToDay(request.expected_date());
    if (day < today) {
      status::BadFields bad;
      bad.Add("expected_date", kPastDay, {{"day", time::DayText(day)}, {"today", time::DayText(today)}});
      return bad.status();
    }
    *after.mutable_expected_date() = request.expected_date();
    after.set_state_reason(request.reason());
    ExpectOn(after);
    return absl::OkStatus();
  });
}

absl::Status PurchaseOrders::GiveUp(record::Transaction& tx, Order& order, const GivenUp& quantities, bool reopen, bool all_money,
                                    Requisitions::Steps& requisitions) const {
  for (Order::Line& line : *order.mutable_lines()) {
    const auto quantity = quantities.find(line.number());
    const std::vector<int64_t> given = GivenUpOf(line, quantity == quantities.end() ? 0 : quantity->second);
    for (int k = 0; k < line.allocations_size(); ++k) {
      Order::Allocation& part = *line.mutable_allocations(k);
      const int64_t units = given[static_cast<size_t>(k)];
      const int64_t live = part.quantity() - part.closed_quantity();
      int64_t minor = *CostUpTo(part.booked_minor(), live, part.quantity()) - *CostUpTo(part.booked_minor(), live - units, part.quantity());
      minor = all_money ? part.committed_minor() : std::min(part.committed_minor(), minor);
      if (units == 0 && minor == 0) continue;
      v1::PurchaseRequisition& requisition = requisitions.at(part.requisition()).after;
      RETURN_IF_ERROR(requisitions_.GiveBack(tx, requisition, part, units, minor, reopen));
      line.set_closed_quantity(line.closed_quantity() + units);
    }
  }
  return requisitions_.Finish(tx, requisitions);
}

absl::StatusOr<PurchaseOrder> PurchaseOrders::ShortClose(record::Transaction& tx, const v1::ShortClosePurchaseOrderRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Order> step, orders_.Begin(tx, request, "short_close"));
  Order& after = step.after;
  status::BadFields bad;
  GivenUp quantities;
  for (int i = 0; i < request.parts_size(); ++i) {
    const auto& part = request.parts(i);
    const std::string field = absl::StrCat("parts[", i, "].line");
    const Order::Line* line = LineOf(after, part.line());
    if (line == nullptr) {
      bad.Add(field, kUnknownOrderLine, {{"order", after.name()}, {"line", part.line()}});
    } else if (!quantities.emplace(part.line(), part.quantity() == 0 ? OpenOf(*line) - UninspectedOf(*line) : part.quantity()).second) {
      bad.Add(field, kLineTwice, {{"line", part.line()}});
    } else if (part.quantity() > OpenOf(*line)) {
      bad.Add(absl::StrCat("parts[", i, "].quantity"), kMoreThanOpen,
              {{"line", part.line()}, {"open", OpenOf(*line)}, {"asked", part.quantity()}});
    }
  }
  RETURN_IF_ERROR(bad.status());
  for (const Order::Line& line : after.lines()) {
    // What is here may be accepted, and then it is not open any more.
    const int64_t can_be = OpenOf(line) - UninspectedOf(line);
    if (request.parts_size() == 0) quantities[line.number()] = std::max<int64_t>(0, can_be);
    const auto asked = quantities.find(line.number());
    if (asked == quantities.end()) continue;
    asked->second = std::max<int64_t>(0, asked->second);
    if (asked->second <= std::max<int64_t>(0, can_be)) continue;
    return status::Error(kUninspected, {{"line", line.number()}, {"order", after.name()}, {"count", UninspectedOf(line)}});
  }
  after.set_state_reason(request.reason());
  ForgetQuestion(after);
  ASSIGN_OR_RETURN(Requisitions::Steps requisitions, LockRequisitions(tx, after, /*with_money=*/true));
  RETURN_IF_ERROR(GiveUp(tx, after, quantities, request.reopen(), /*all_money=*/false, requisitions));
  return Finish(tx, step);
}

absl::StatusOr<PurchaseOrder> PurchaseOrders::Raise(record::Transaction& tx, const v1::RaisePurchaseOrderRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Order> step, orders_.Begin(tx, request, "raise"));
  Order& after = step.after;
  Order::Line* line = LineOf(after, request.line());
  const int part = std::max(1, request.allocation());
  if (line == nullptr || part > line->allocations_size()) {
    status::BadFields bad;
    bad.Add(line == nullptr ? "line" : "allocation", kUnknownOrderLine, {{"order", after.name()}, {"line", request.line()}});
    return bad.status();
  }
  const std::string& caller = tx.call.principal.name;
  if (caller == after.buyer() || caller == after.creator()) return status::Error(kOwnOrder, {{"name", after.name()}});
  Order::Allocation& raised = *line->mutable_allocations(part - 1);

  ASSIGN_OR_RETURN(const v1::PurchasePolicy policy, policies_.InForce(tx));
  ASSIGN_OR_RETURN(Requisitions::Steps requisitions, requisitions_.Lock(tx, {raised.requisition()}));
  ASSIGN_OR_RETURN(const int64_t limit, policies_.LimitOf(tx, policy, requisitions.at(raised.requisition()).before.cost_center()));
  const absl::CivilDay today = absl::ToCivilDay(tx.call.now, zone_);
  int64_t total = 0;
  for (int k = 0; k < line->allocations_size(); ++k) {
    const Order::Allocation& each = line->allocations(k);
    const int64_t minor = each.booked_minor() + each.raised_minor() + (k == part - 1 ? request.amount_minor() : 0);
    ASSIGN_OR_RETURN(const Converted converted, rates_.Convert(tx, each.currency_code(), minor, policy.currency_code(), today));
    total += converted.minor;
  }
  if (total > limit) {
    return status::Error(kLimitExceeded,
                         {{"total", total}, {"limit", limit}, {"policy", policy.name()}, {"currency", policy.currency_code()}});
  }
  RETURN_IF_ERROR(requisitions_.TakeMore(tx, raised, request.amount_minor()));
  after.set_state_reason(request.reason());
  return orders_.Finish(tx, step);
}

absl::StatusOr<PurchaseOrder> PurchaseOrders::Close(record::Transaction& tx, const v1::ClosePurchaseOrderRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Order> step, orders_.Begin(tx, request, "close"));
  Order& after = step.after;
  status::Unmet unmet;
  GivenUp quantities;
  for (const Order::Line& line : after.lines()) {
    if (UninspectedOf(line) > 0) {
      return status::Error(kUninspected, {{"line", line.number()}, {"order", after.name()}, {"count", UninspectedOf(line)}});
    }
    if (line.invoiced_quantity() < line.accepted_quantity()) {
      unmet.Add(after.name(), kLineNotInvoiced,
                {{"line", line.number()}, {"accepted", line.accepted_quantity()}, {"invoiced", line.invoiced_quantity()}});
    }
    quantities[line.number()] = OpenOf(line);
  }
  RETURN_IF_ERROR(unmet.status(kNotInvoiced, {{"order", after.name()}}));
  after.set_state_reason(request.reason());
  ASSIGN_OR_RETURN(Requisitions::Steps requisitions, LockRequisitions(tx, after, /*with_money=*/true));
  RETURN_IF_ERROR(GiveUp(tx, after, quantities, /*reopen=*/false, /*all_money=*/true, requisitions));
  return Finish(tx, step);
}

absl::StatusOr<PurchaseOrder> PurchaseOrders::Keep(record::Transaction& tx, const v1::KeepPurchaseOrderRequest& request) {
  return orders_.Change(tx, request, "keep", [&](const Order& before, Order& after) -> absl::Status {
    if (!before.has_decision_due_time()) return status::Error(kNothingAsked, {{"name", before.name()}});
    ForgetQuestion(after);
    after.set_state_reason(request.reason());
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<std::string>> PurchaseOrders::ExpectedFor(sql::Session& session, const std::string& requisition) const {
  // Orders that are expected are few beside those that have come.
  ASSIGN_OR_RETURN(
      const std::vector<Order> orders,
      orders_.Select(session, "WHERE state IN ('STATE_PLACED', 'STATE_PART_RECEIVED') AND LOCATE(?, `lines`) > 0 ORDER BY name",
                     sql::Bind(absl::StrCat("\"", requisition, "\""))));
  std::vector<std::string> names;
  for (const Order& order : orders) names.push_back(order.name());
  return names;
}

absl::StatusOr<v1::FindOrdersForSubjectsResponse> PurchaseOrders::FindForSubjects(const rpc::Call& call,
                                                                                  const v1::FindOrdersForSubjectsRequest& request) {
  std::vector<v1::SubjectOrder> found;
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& session) -> absl::Status {
    found.clear();
    const sql::Values asked(request.subjects().begin(), request.subjects().end());
    std::map<std::string, std::string> subjects;  // by requisition
    RETURN_IF_ERROR(session.Query(
        absl::StrCat("SELECT name, subject FROM purchase_requisitions WHERE subject IN (", sql::Placeholders(asked.size()), ")"), asked,
        [&](const sql::Row& row) { subjects[row.Text(0)] = row.Text(1); }));
    if (subjects.empty()) return absl::OkStatus();
    // Orders that are not closed are few beside those that are.
    ASSIGN_OR_RETURN(const std::vector<Order> orders,
                     orders_.Select(session, "WHERE state IN ('STATE_PLACED', 'STATE_PART_RECEIVED', 'STATE_RECEIVED') ORDER BY name"));
    for (const Order& order : orders) {
      for (v1::SubjectOrder& one : OrderedFor(order, subjects)) found.push_back(std::move(one));
    }
    return absl::OkStatus();
  }));
  std::stable_sort(found.begin(), found.end(),
                   [](const v1::SubjectOrder& a, const v1::SubjectOrder& b) { return a.subject() < b.subject(); });
  v1::FindOrdersForSubjectsResponse response;
  *response.mutable_orders() = {found.begin(), found.end()};
  return response;
}

absl::Status PurchaseOrders::Ask(record::Transaction& tx, const std::string& name, const std::string& reason) const {
  ASSIGN_OR_RETURN(record::Step<Order> step, orders_.Begin(tx, record::Target(name)));
  if (!IsExpected(step.before) || step.before.has_decision_due_time()) return absl::OkStatus();
  RETURN_IF_ERROR(orders_.Advance(step.after, step.verb = "ask"));
  ASSIGN_OR_RETURN(const v1::PurchasePolicy policy, policies_.InForce(tx));
  *step.after.mutable_decision_due_time() = time::ToTimestamp(requisitions_.DecisionDue(tx, policy));
  step.after.set_decision_reason(reason);
  return orders_.Finish(tx, step).status();
}

absl::Status PurchaseOrders::Remind(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(record::Step<Order> step, orders_.Begin(tx, record::Target(name)));
  if (!step.before.has_remind_time() || time::ToTime(step.before.remind_time()) > tx.call.now) return absl::OkStatus();
  RETURN_IF_ERROR(orders_.Advance(step.after, step.verb = "remind"));
  ASSIGN_OR_RETURN(const v1::PurchasePolicy policy, policies_.InForce(tx));
  step.after.set_overdue(true);
  step.after.set_reminder_count(step.before.reminder_count() + 1);
  const absl::CivilDay next = absl::ToCivilDay(tx.call.now, zone_) + policy.remind_days();
  *step.after.mutable_remind_time() = time::ToTimestamp(absl::FromCivil(next, zone_));
  return orders_.Finish(tx, step).status();
}

}  // namespace heitie::resource
