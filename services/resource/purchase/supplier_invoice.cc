#include "services/resource/purchase/supplier_invoice.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/resource/claim/claim_rules.h"
#include "services/resource/purchase/purchase_rules.h"

namespace heitie::resource {

using v1::PurchaseOrder;
using v1::SupplierInvoice;
using v1::SupplierReturn;

const status::Reason kDuplicateInvoice{absl::StatusCode::kFailedPrecondition, "DUPLICATE_INVOICE",
                                       "{supplier} has an invoice with the number {number} already: {other}.",
                                       "{supplier} 已有號碼 {number} 的發票：{other}。"};

namespace {

const status::Reason kUnknownOrder{absl::StatusCode::kInvalidArgument, "UNKNOWN_ORDER", "There is no order {order}.", "沒有訂單 {order}。"};
const status::Reason kCurrencyDiffers{absl::StatusCode::kInvalidArgument, "CURRENCY_DIFFERS", "{order} is in {currency}.",
                                      "{order} 的幣別是 {currency}。"};
const status::Reason kQuantityMissing{absl::StatusCode::kInvalidArgument, "QUANTITY_MISSING",
                                      "Say for how much; only a credit note for a price alone has no quantity.",
                                      "請填寫數量；僅折讓價格時才不填數量。"};
const status::Reason kOnlyOfCredit{absl::StatusCode::kInvalidArgument, "ONLY_OF_CREDIT", "Only a credit note is for a return.",
                                   "僅折讓可對應退貨。"};
const status::Reason kReturnDiffers{absl::StatusCode::kInvalidArgument, "RETURN_DIFFERS",
                                    "{supplier_return} is not there, or not of that line.", "{supplier_return} 不存在，或不屬於該行。"};
const status::Reason kReturnCredited{absl::StatusCode::kFailedPrecondition, "RETURN_CREDITED",
                                     "Of {supplier_return} {left:count} are not credited yet; {asked:count} cannot be.",
                                     "{supplier_return} 尚未折讓者為 {left:count}，無法折讓 {asked:count}。"};

const status::Reason kOwnInvoice{absl::StatusCode::kFailedPrecondition, "OWN_INVOICE",
                                 "Whoever entered {name} or buys what it is for cannot accept its prices.",
                                 "登錄 {name} 者與其採購人員不得自行接受價格。"};
const status::Reason kAcceptanceLimit{absl::StatusCode::kFailedPrecondition, "ACCEPTANCE_LIMIT",
                                      "The lines cost {total:money}; by {policy} you decide up to {limit:money} alone.",
                                      "各行合計 {total:money}；依 {policy} 您可單獨決定至 {limit:money}。"};

std::string InvoiceLinePath(int line) { return absl::StrCat("lines[", line, "]"); }

bool IsCredit(const SupplierInvoice& invoice) { return invoice.kind() == SupplierInvoice::KIND_CREDIT_NOTE; }

}  // namespace

const record::StateMachine& SupplierInvoiceMachine() {
  using I = SupplierInvoice;
  static const auto& machine = *new record::StateMachine(
      I::State_descriptor(),
      {
          {I::STATE_ENTERED, "book", I::STATE_BOOKED, "every line is what was ordered and accepted"},
          {I::STATE_ENTERED, "accept", I::STATE_ENTERED, "a price is beyond the tolerance; by a manager, up to the limit"},
          {I::STATE_ENTERED, "cancel", I::STATE_CANCELLED},
      });
  return machine;
}

SupplierInvoices::SupplierInvoices(record::Store& store, const Stocks& stocks, const Items& items, const Suppliers& suppliers,
                                   const Rates& rates, const Bookings& bookings, const PurchasePolicies& policies,
                                   const PurchaseOrders& orders, const Deliveries& deliveries, const SupplierReturns& returns)
    : store_(store),
      stocks_(stocks),
      items_(items),
      suppliers_(suppliers),
      rates_(rates),
      bookings_(bookings),
      policies_(policies),
      orders_(orders),
      deliveries_(deliveries),
      returns_(returns),
      differences_(store),
      invoices_(store, &SupplierInvoiceMachine()),
      requisitions_(store) {}

void SupplierInvoices::Bind(record::Methods& methods) {
  // What is given back exceeds no price.
  invoices_.SetAllows([](const Invoice& invoice, const std::string& verb) { return verb != "accept" || !IsCredit(invoice); });
  methods.Reads(invoices_);
  methods.Creates(invoices_, this, &SupplierInvoices::Create);
  methods.Bind("BookSupplierInvoice", this, &SupplierInvoices::Book);
  methods.Bind("AcceptSupplierInvoice", this, &SupplierInvoices::Accept);
  methods.Bind("CancelSupplierInvoice", this, &SupplierInvoices::Cancel);
}

// ---- Entering

void SupplierInvoices::CheckLine(const Invoice& invoice, const Invoice::Line& line, const PurchaseOrder& order, const SupplierReturn* sent,
                                 const std::string& path, status::BadFields& bad) const {
  if (order.supplier() != invoice.supplier()) {
    bad.Add(path + ".purchase_order", kSupplierDiffers, {{"name", order.name()}, {"supplier", order.supplier()}});
  }
  if (order.currency_code() != invoice.currency_code()) {
    bad.Add(path + ".purchase_order", kCurrencyDiffers, {{"order", order.name()}, {"currency", order.currency_code()}});
  }
  if (line.order_line() < 1 || line.order_line() > order.lines_size()) {
    bad.Add(path + ".order_line", kUnknownOrderLine, {{"order", order.name()}, {"line", line.order_line()}});
  }
  const bool of_return = !line.supplier_return().empty();
  if (of_return && !IsCredit(invoice)) bad.Add(path + ".supplier_return", kOnlyOfCredit);
  if (of_return && (sent == nullptr || sent->purchase_order() != order.name() || sent->order_line() != line.order_line())) {
    bad.Add(path + ".supplier_return", kReturnDiffers, {{"supplier_return", line.supplier_return()}});
  }
  if (line.quantity() == 0 && (of_return || !IsCredit(invoice))) bad.Add(path + ".quantity", kQuantityMissing);
}

absl::Status SupplierInvoices::CheckLines(record::Transaction& tx, Invoice& invoice, status::BadFields& bad) const {
  std::map<std::string, absl::StatusOr<PurchaseOrder>> orders;
  std::set<std::tuple<std::string, int32_t, std::string>> seen;
  for (int i = 0; i < invoice.lines_size(); ++i) {
    Invoice::Line& line = *invoice.mutable_lines(i);
    const std::string path = absl::StrCat("supplier_invoice.", InvoiceLinePath(i));
    Invoice::Line said;
    said.set_purchase_order(line.purchase_order());
    said.set_order_line(line.order_line());
    said.set_quantity(line.quantity());
    said.set_amount_minor(line.amount_minor());
    said.set_supplier_return(line.supplier_return());
    line = std::move(said);
    if (!seen.insert({line.purchase_order(), line.order_line(), line.supplier_return()}).second) {
      bad.Add(path + ".order_line", kLineTwice, {{"line", line.order_line()}});
    }
    if (orders.count(line.purchase_order()) == 0) orders.emplace(line.purchase_order(), orders_.kind().Find(tx.sql, line.purchase_order()));
    const absl::StatusOr<PurchaseOrder>& order = orders.at(line.purchase_order());
    if (absl::IsNotFound(order.status())) {
      bad.Add(path + ".purchase_order", kUnknownOrder, {{"order", line.purchase_order()}});
      continue;
    }
    RETURN_IF_ERROR(order.status());
    absl::StatusOr<SupplierReturn> sent = absl::NotFoundError("");
    if (!line.supplier_return().empty()) sent = returns_.kind().Find(tx.sql, line.supplier_return());
    if (!sent.ok() && !absl::IsNotFound(sent.status())) return sent.status();
    CheckLine(invoice, line, *order, sent.ok() ? &*sent : nullptr, path, bad);
  }
  return absl::OkStatus();
}

absl::Status SupplierInvoices::TakeNumber(record::Transaction& tx, const Invoice& invoice) const {
  // Two with one number take turns by the supplier's row.
  RETURN_IF_ERROR(suppliers_.kind().Guard(tx, invoice.supplier()).status());
  const std::string key = ComparableText(invoice.number());
  std::string other;
  RETURN_IF_ERROR(tx.sql.Query("SELECT supplier_invoice FROM supplier_invoice_numbers WHERE supplier = ? AND number_key = ?",
                               sql::Bind(invoice.supplier(), key), [&](const sql::Row& row) { other = row.Text(0); }));
  if (!other.empty()) {
    return status::Error(kDuplicateInvoice, {{"supplier", invoice.supplier()}, {"number", invoice.number()}, {"other", other}});
  }
  return tx.sql
      .Execute("INSERT INTO supplier_invoice_numbers (supplier, number_key, supplier_invoice) VALUES (?, ?, ?)",
               sql::Bind(invoice.supplier(), key, invoice.name()))
      .status();
}

absl::Status SupplierInvoices::Create(record::Transaction& tx, Invoice& invoice) {
  status::BadFields bad;
  const absl::Status supplier = suppliers_.kind().Find(tx.sql, invoice.supplier()).status();
  if (absl::IsNotFound(supplier)) {
    bad.Add("supplier_invoice.supplier", kUnknownSupplier, {{"supplier", invoice.supplier()}});
  } else {
    RETURN_IF_ERROR(supplier);
  }
  const absl::CivilDay day = time::ToDay(invoice.invoice_date()), today = stocks_.Today(tx.call);
  if (day > today) {
    bad.Add("supplier_invoice.invoice_date", kFutureDay, {{"day", time::DayText(day)}, {"today", time::DayText(today)}});
  }
  RETURN_IF_ERROR(CheckLines(tx, invoice, bad));
  RETURN_IF_ERROR(bad.status());
  invoice.set_state(Invoice::STATE_ENTERED);
  return TakeNumber(tx, invoice);
}

absl::StatusOr<SupplierInvoice> SupplierInvoices::Cancel(record::Transaction& tx, const v1::CancelSupplierInvoiceRequest& request) {
  return invoices_.Change(tx, request, "cancel", [&](Invoice& after) -> absl::Status {
    after.set_state_reason(request.reason());
    return tx.sql
        .Execute("DELETE FROM supplier_invoice_numbers WHERE supplier = ? AND number_key = ?",
                 sql::Bind(after.supplier(), ComparableText(after.number())))
        .status();
  });
}

absl::StatusOr<SupplierInvoice> SupplierInvoices::Accept(record::Transaction& tx, const v1::AcceptSupplierInvoiceRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Invoice> step, invoices_.Begin(tx, request, "accept"));
  const Invoice& invoice = step.before;
  const std::string& caller = tx.call.principal.name;
  if (IsCredit(invoice)) return status::Error(kNothingAsked, {{"name", invoice.name()}});
  ASSIGN_OR_RETURN(const v1::PurchasePolicy policy, policies_.InForce(tx));
  std::map<std::string, PurchaseOrder> orders;
  std::set<std::string> requisitions;
  bool own = caller == invoice.creator();
  int64_t counted = 0;
  for (const Invoice::Line& line : invoice.lines()) {
    if (orders.count(line.purchase_order()) == 0) {
      ASSIGN_OR_RETURN(orders[line.purchase_order()], orders_.kind().Find(tx.sql, line.purchase_order()));
    }
    PurchaseOrder& order = orders.at(line.purchase_order());
    own = own || caller == order.buyer() || caller == order.creator();
    const PurchaseOrder::Line& of = *PurchaseOrders::LineOf(order, line.order_line());
    const int64_t expected = ExpectedOf(of, of.invoiced_quantity(), line.quantity());
    if (std::abs(line.amount_minor() - expected) <= PriceTolerance(policy, expected)) continue;
    for (const PurchaseOrder::Allocation& part : of.allocations()) requisitions.insert(part.requisition());
    ASSIGN_OR_RETURN(const Converted converted, rates_.Convert(tx, invoice.currency_code(), line.amount_minor(), policy.currency_code(),
                                                               time::ToDay(invoice.invoice_date())));
    counted += converted.minor;
  }
  if (requisitions.empty()) return status::Error(kNothingAsked, {{"name", invoice.name()}});
  if (own) return status::Error(kOwnInvoice, {{"name", invoice.name()}});
  int64_t limit = std::numeric_limits<int64_t>::max();
  for (const std::string& name : requisitions) {
    ASSIGN_OR_RETURN(const v1::PurchaseRequisition requisition, requisitions_.Find(tx.sql, name));
    ASSIGN_OR_RETURN(const int64_t of_center, policies_.LimitOf(tx, policy, requisition.cost_center()));
    limit = std::min(limit, of_center);
  }
  if (counted > limit) {
    return status::Error(kAcceptanceLimit,
                         {{"total", counted}, {"limit", limit}, {"policy", policy.name()}, {"currency", policy.currency_code()}});
  }
  Invoice::Acceptance& acceptance = *step.after.mutable_acceptance();
  acceptance.set_accepter(caller);
  *acceptance.mutable_accept_time() = time::ToTimestamp(tx.call.now);
  acceptance.set_reason(request.reason());
  acceptance.set_policy(policy.name());
  acceptance.set_limit_minor(limit);
  acceptance.set_counted_minor(counted);
  return invoices_.Finish(tx, step);
}

// ---- Booking

absl::StatusOr<SupplierInvoices::Orders> SupplierInvoices::LockOrders(record::Transaction& tx, const Invoice& invoice) const {
  std::set<std::string> names;
  for (const Invoice::Line& line : invoice.lines()) names.insert(line.purchase_order());
  Orders orders;
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(orders[name], orders_.Begin(tx, name, IsCredit(invoice) ? "credit" : "invoice"));
  }
  return orders;
}

absl::StatusOr<SupplierInvoices::Returns> SupplierInvoices::LockReturns(record::Transaction& tx, const Invoice& invoice) const {
  std::set<std::string> names;
  for (const Invoice::Line& line : invoice.lines()) {
    if (!line.supplier_return().empty()) names.insert(line.supplier_return());
  }
  Returns returns;
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(returns[name], returns_.kind().Begin(tx, record::Target(name)));
  }
  return returns;
}

absl::StatusOr<std::vector<SupplierInvoices::Match>> SupplierInvoices::MatchLines(record::Transaction& tx, const v1::PurchasePolicy& policy,
                                                                                  Invoice& invoice, Orders& orders,
                                                                                  const Returns& returns) const {
  const absl::CivilDay day = time::ToDay(invoice.invoice_date());
  std::map<std::string, Quote> quotes;
  const QuoteFor quote_for = [&](const std::string& currency) -> absl::StatusOr<Quote> {
    const auto known = quotes.find(currency);
    if (known != quotes.end()) return known->second;
    ASSIGN_OR_RETURN(Quote quote, rates_.Find(tx, invoice.currency_code(), currency, day));
    return quotes.emplace(currency, std::move(quote)).first->second;
  };
  std::vector<Match> matches;
  status::Unmet unmet;
  std::map<std::pair<std::string, int32_t>, int64_t> credited;
  for (int i = 0; i < invoice.lines_size(); ++i) {
    Match match;
    match.line = invoice.mutable_lines(i);
    match.order = &orders.at(match.line->purchase_order()).after;
    match.of = PurchaseOrders::LineOf(*match.order, match.line->order_line());
    const std::string subject = InvoiceLinePath(i);
    if (IsCredit(invoice)) {
      // Two lines of a credit note may be of one line of the order, for a return each.
      PurchaseOrder::Line of = *match.of;
      int64_t& before = credited[{match.order->name(), match.of->number()}];
      of.set_invoiced_minor(of.invoiced_minor() - before);
      before += match.line->amount_minor();
      ASSIGN_OR_RETURN(match.parts, MatchCredit(*match.order, of, quote_for, subject, *match.line, unmet));
      const auto sent = returns.find(match.line->supplier_return());
      if (sent != returns.end()) {
        const int64_t left = sent->second.before.quantity() - sent->second.before.credited_quantity();
        if (match.line->quantity() > left) {
          unmet.Add(subject, kReturnCredited, {{"supplier_return", sent->first}, {"left", left}, {"asked", match.line->quantity()}});
        }
      }
    } else {
      ASSIGN_OR_RETURN(match.parts,
                       MatchInvoice(policy, *match.order, *match.of, quote_for, subject, invoice.has_acceptance(), *match.line, unmet));
    }
    matches.push_back(std::move(match));
  }
  RETURN_IF_ERROR(unmet.status(kInvoiceMismatch, {{"name", invoice.name()}}));
  return matches;
}

absl::Status SupplierInvoices::TakeMoney(record::Transaction& tx, const Invoice& invoice, std::vector<Match>& matches) const {
  std::vector<std::string> encumbrances;
  for (const Match& match : matches) {
    for (const InvoicedPart& part : match.parts) encumbrances.push_back(match.of->allocations(part.part).encumbrance());
  }
  RETURN_IF_ERROR(bookings_.Lock(tx, encumbrances));
  for (Match& match : matches) {
    for (InvoicedPart& part : match.parts) {
      PurchaseOrder::Allocation& bearer = *match.of->mutable_allocations(part.part);
      Invoice::Piece& piece = *match.line->add_pieces();
      piece.set_encumbrance(bearer.encumbrance());
      piece.set_currency_code(bearer.currency_code());
      piece.set_actual_minor(part.minor);
      piece.set_price_difference_minor(part.price);
      piece.set_exchange_difference_minor(part.exchange);
      *piece.mutable_conversion() = std::move(part.conversion);
      if (IsCredit(invoice)) {
        if (part.minor > 0) RETURN_IF_ERROR(bookings_.Credit(tx, bearer.encumbrance(), part.minor).status());
        bearer.set_actual_minor(bearer.actual_minor() - part.minor);
        if (part.units == 0) continue;
        // They are to be invoiced anew, so what was credited for them is promised again.
        const int64_t again = std::min(part.minor, part.committed);
        if (again == 0) continue;
        ASSIGN_OR_RETURN(const bool promised, bookings_.Recommit(tx, bearer.encumbrance(), again));
        if (promised) bearer.set_committed_minor(bearer.committed_minor() + again);
        continue;
      }
      const int64_t committed = std::min(part.minor, Usable(bearer, part.after));
      if (committed > 0) RETURN_IF_ERROR(bookings_.RecordActual(tx, bearer.encumbrance(), committed).status());
      piece.set_excess_minor(part.minor - committed);
      if (piece.excess_minor() > 0) RETURN_IF_ERROR(bookings_.Excess(tx, bearer.encumbrance(), piece.excess_minor()).status());
      bearer.set_committed_minor(bearer.committed_minor() - committed);
      bearer.set_actual_minor(bearer.actual_minor() + part.minor);
    }
  }
  return absl::OkStatus();
}

absl::Status SupplierInvoices::BookDifference(record::Transaction& tx, const Invoice& invoice, Match& match, const ItemFact& fact,
                                              Returns& returns, const Moment& moment, StockChange& change) const {
  Invoice::Line& line = *match.line;
  const std::string& item = match.of->item();
  const absl::CivilDay day = time::ToDay(invoice.invoice_date());
  PriceDifferences::Change difference;
  difference.item = item;
  difference.document = invoice.name();
  difference.expense_account = fact.rules.expense_account();
  const auto sent = returns.find(line.supplier_return());
  if (sent != returns.end()) {
    // The goods have left at book value; what is credited for them is more or less.
    ASSIGN_OR_RETURN(const int64_t worth, returns_.Credit(tx, sent->second, line.quantity()));
    ASSIGN_OR_RETURN(const Converted credit,
                     rates_.Convert(tx, invoice.currency_code(), line.amount_minor(), line.stock_currency_code(), day));
    line.set_variance_minor(worth - credit.minor);
    difference.quantity = line.quantity();
    difference.difference_minor = line.variance_minor();
    return difference.difference_minor == 0 ? absl::OkStatus() : differences_.BookVariance(tx, difference, moment).status();
  }
  if (line.difference_minor() == 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Converted whole,
                   rates_.Convert(tx, invoice.currency_code(), line.difference_minor(), line.stock_currency_code(), day));
  // A credit for the price alone is for all that is invoiced; one for units for those, which are not invoiced any more; an invoice's line
  // for its own units, which are booked as invoiced already.
  const int64_t invoiced = match.of->invoiced_quantity();
  const bool uninvoiced = IsCredit(invoice) && IsUninvoiced(line);
  const int64_t count = IsCredit(invoice) && !uninvoiced ? invoiced : line.quantity();
  ASSIGN_OR_RETURN(const std::vector<AcceptedUnits> accepted, deliveries_.AcceptedOf(tx.sql, match.order->name(), match.of->number()));
  const std::vector<AcceptedUnits> units = UnitsBetween(accepted, uninvoiced ? invoiced : invoiced - count, count);
  std::vector<int64_t> weights;
  for (const AcceptedUnits& each : units) weights.push_back(each.quantity);
  const std::vector<int64_t> shares = ShareOut(whole.minor, weights);
  for (size_t i = 0; i < units.size(); ++i) {
    difference.goods_receipt = units[i].goods_receipt;
    difference.quantity = units[i].quantity;
    difference.difference_minor = shares[i];
    if (shares[i] == 0) continue;
    ASSIGN_OR_RETURN(const PriceSplit split, differences_.Book(tx, difference, *change.Find(item), moment));
    line.set_stock_difference_minor(line.stock_difference_minor() + split.to_stock);
    line.set_variance_minor(line.variance_minor() + split.variance);
  }
  return absl::OkStatus();
}

absl::StatusOr<SupplierInvoice> SupplierInvoices::Book(record::Transaction& tx, const v1::BookSupplierInvoiceRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Invoice> step, invoices_.Begin(tx, request, "book"));
  Invoice& invoice = step.after;
  ASSIGN_OR_RETURN(Returns returns, LockReturns(tx, invoice));
  ASSIGN_OR_RETURN(Orders orders, LockOrders(tx, invoice));
  ASSIGN_OR_RETURN(const v1::PurchasePolicy policy, policies_.InForce(tx));
  ASSIGN_OR_RETURN(std::vector<Match> matches, MatchLines(tx, policy, invoice, orders, returns));
  RETURN_IF_ERROR(TakeMoney(tx, invoice, matches));

  std::set<std::string> items;
  for (const Match& match : matches) items.insert(match.of->item());
  const std::vector<std::string> names(items.begin(), items.end());
  ASSIGN_OR_RETURN(const ItemFacts facts, items_.FactsOf(tx.sql, names));
  status::BadFields none;
  ASSIGN_OR_RETURN(Moment moment, stocks_.MomentOf(tx, nullptr, "", none));
  moment.document = invoice.name();
  ASSIGN_OR_RETURN(StockChange change, stocks_.Lock(tx, names, Stocks::Depth::kMove));
  for (Match& match : matches) {
    const int64_t sign = IsCredit(invoice) ? -1 : 1;
    match.of->set_invoiced_minor(match.of->invoiced_minor() + sign * match.line->amount_minor());
    if (!IsCredit(invoice)) match.of->set_invoiced_quantity(match.of->invoiced_quantity() + match.line->quantity());
    if (IsCredit(invoice) && IsUninvoiced(*match.line)) {
      match.of->set_invoiced_quantity(match.of->invoiced_quantity() - match.line->quantity());
    }
    const ItemFact& fact = facts.at(match.of->item());
    match.line->set_stock_currency_code(fact.item.currency_code());
    RETURN_IF_ERROR(BookDifference(tx, invoice, match, fact, returns, moment, change));
  }
  RETURN_IF_ERROR(stocks_.Save(tx, change, "revalue"));
  for (auto& [name, order] : orders) RETURN_IF_ERROR(orders_.Finish(tx, order).status());
  invoice.set_policy(policy.name());
  invoice.set_booker(tx.call.principal.name);
  *invoice.mutable_book_time() = time::ToTimestamp(tx.call.now);
  return invoices_.Finish(tx, step);
}

}  // namespace heitie::resource
