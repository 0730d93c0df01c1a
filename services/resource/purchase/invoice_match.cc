#include "services/resource/purchase/invoice_match.h"

#include <algorithm>
#include <cstdlib>

#include "common/exact/apportion.h"
#include "common/status/macros.h"
#include "services/resource/currency/conversion.h"
#include "services/resource/purchase/purchase_rules.h"
#include "services/resource/stock/stock_ledger.h"

namespace heitie::resource {

using v1::PurchaseOrder;
using v1::SupplierInvoice;

const status::Reason kInvoiceMismatch{absl::StatusCode::kFailedPrecondition, "INVOICE_MISMATCH",
                                      "{name} is not what was ordered and accepted.", "{name} 與訂購及驗收內容不符。"};

namespace {

const status::Reason kNotAccepted{absl::StatusCode::kFailedPrecondition, "NOT_ACCEPTED",
                                  "{order} line {line}: {left:count} were accepted and are not invoiced yet; {asked:count} are.",
                                  "{order} 第 {line} 行：已驗收未開票 {left:count}，發票為 {asked:count}。"};
const status::Reason kPriceDiffers{absl::StatusCode::kFailedPrecondition, "PRICE_DIFFERS",
                                   "{order} line {line}: {amount:money} instead of {expected:money}; {policy} allows {tolerance:money}.",
                                   "{order} 第 {line} 行：發票 {amount:money}，應為 {expected:money}；{policy} 容許 {tolerance:money}。"};
const status::Reason kRateDiffers{absl::StatusCode::kFailedPrecondition, "RATE_DIFFERS",
                                  "{order} line {line}: the rate makes a difference of {difference:money} to {restated:money}, more than "
                                  "{policy} allows.",
                                  "{order} 第 {line} 行：匯率使 {restated:money} 相差 {difference:money}，超出 {policy} 的容許範圍。"};
const status::Reason kNotInvoicedSoMuch{absl::StatusCode::kFailedPrecondition, "NOT_INVOICED_SO_MUCH",
                                        "{order} line {line}: {invoiced:money} are invoiced; {asked:money} cannot be credited.",
                                        "{order} 第 {line} 行：已開票 {invoiced:money}，無法折讓 {asked:money}。"};

const status::Reason kNotInvoicedUnits{absl::StatusCode::kFailedPrecondition, "NOT_INVOICED_UNITS",
                                       "{order} line {line}: {invoiced:count} are invoiced; {asked:count} cannot be credited.",
                                       "{order} 第 {line} 行：已開票 {invoiced:count}，無法折讓 {asked:count}。"};
const status::Reason kInvoiceFinal{absl::StatusCode::kFailedPrecondition, "INVOICE_FINAL",
                                   "{order} is closed: what is invoiced of it is credited by amount, or for a return.",
                                   "{order} 已結案：僅能折讓金額或對應退貨。"};

int64_t CostOrMost(int64_t total, int64_t part, int64_t whole) { return CostUpTo(total, part, whole).value_or(kMaxValueMinor); }

// What the first `units` of a part were committed for.
int64_t CommittedUpTo(const PurchaseOrder::Allocation& part, int64_t units) {
  return CostOrMost(part.booked_minor(), std::min(units, part.quantity()), part.quantity());
}

// What `minor` of the order's currency was at the rate of the order's day.
absl::StatusOr<int64_t> AtOrder(const PurchaseOrder::Allocation& part, int64_t minor) {
  ASSIGN_OR_RETURN(const Quote quote, QuoteOf(part.conversion()));
  return quote.Convert(minor);
}

}  // namespace

int64_t ExpectedOf(const PurchaseOrder::Line& of, int64_t from, int64_t count) {
  return CostOrMost(of.total_minor(), from + count, of.quantity()) - CostOrMost(of.total_minor(), from, of.quantity());
}

bool IsUninvoiced(const SupplierInvoice::Line& line) { return line.quantity() > 0 && line.supplier_return().empty(); }

std::vector<int64_t> ShareOut(int64_t amount, const std::vector<int64_t>& weights) {
  std::vector<int64_t> shares = exact::Apportion(std::abs(amount), weights);
  if (amount < 0) {
    for (int64_t& share : shares) share = -share;
  }
  return shares;
}

absl::StatusOr<std::vector<InvoicedPart>> MatchInvoice(const v1::PurchasePolicy& policy, const PurchaseOrder& order,
                                                       const PurchaseOrder::Line& of, const QuoteFor& quote_for, const std::string& subject,
                                                       bool price_accepted, SupplierInvoice::Line& line, status::Unmet& unmet) {
  std::vector<InvoicedPart> parts;
  const int64_t before = of.invoiced_quantity(), after = before + line.quantity();
  if (after > of.accepted_quantity()) {
    unmet.Add(subject, kNotAccepted,
              {{"order", order.name()}, {"line", of.number()}, {"left", of.accepted_quantity() - before}, {"asked", line.quantity()}});
    return parts;
  }
  const int64_t expected = ExpectedOf(of, before, line.quantity());
  line.set_expected_minor(expected);
  line.set_difference_minor(line.amount_minor() - expected);
  const int64_t tolerance = PriceTolerance(policy, expected);
  if (!price_accepted && std::abs(line.difference_minor()) > tolerance) {
    unmet.Add(subject, kPriceDiffers,
              {{"order", order.name()},
               {"line", of.number()},
               {"amount", line.amount_minor()},
               {"expected", expected},
               {"tolerance", tolerance},
               {"policy", policy.name()},
               {"currency", order.currency_code()}});
  }
  const std::vector<int64_t> earlier = UnitsOf(of, 0, before), units = UnitsOf(of, before, line.quantity());
  const std::vector<int64_t> amounts = ShareOut(line.amount_minor(), units);
  for (int i = 0; i < of.allocations_size(); ++i) {
    const size_t at = static_cast<size_t>(i);
    if (units[at] == 0) continue;
    const PurchaseOrder::Allocation& from = of.allocations(i);
    InvoicedPart part{.part = i, .units = units[at], .after = earlier[at] + units[at]};
    ASSIGN_OR_RETURN(Quote quote, quote_for(from.currency_code()));
    ASSIGN_OR_RETURN(part.minor, quote.Convert(amounts[at]));
    ASSIGN_OR_RETURN(const int64_t restated, AtOrder(from, amounts[at]));
    const int64_t committed = CommittedUpTo(from, part.after) - CommittedUpTo(from, earlier[at]);
    const Difference difference = SplitDifference(committed, restated, part.minor);
    part.price = difference.price;
    part.exchange = difference.exchange;
    part.conversion = std::move(quote.conversion);
    if (std::abs(part.exchange) > BasisPointsOf(restated, policy.exchange_tolerance_bp())) {
      unmet.Add(subject, kRateDiffers,
                {{"order", order.name()},
                 {"line", of.number()},
                 {"difference", part.exchange},
                 {"restated", restated},
                 {"policy", policy.name()},
                 {"currency", from.currency_code()}});
    }
    parts.push_back(std::move(part));
  }
  return parts;
}

absl::StatusOr<std::vector<InvoicedPart>> MatchCredit(const PurchaseOrder& order, const PurchaseOrder::Line& of, const QuoteFor& quote_for,
                                                      const std::string& subject, SupplierInvoice::Line& line, status::Unmet& unmet) {
  std::vector<InvoicedPart> parts;
  if (line.amount_minor() > of.invoiced_minor()) {
    unmet.Add(subject, kNotInvoicedSoMuch,
              {{"order", order.name()},
               {"line", of.number()},
               {"invoiced", of.invoiced_minor()},
               {"asked", line.amount_minor()},
               {"currency", order.currency_code()}});
    return parts;
  }
  line.set_difference_minor(-line.amount_minor());
  std::vector<int64_t> spent;
  for (const PurchaseOrder::Allocation& from : of.allocations()) spent.push_back(std::max<int64_t>(0, from.actual_minor()));
  std::vector<int64_t> earlier(spent.size()), units(spent.size());
  if (IsUninvoiced(line)) {
    const int64_t left = of.invoiced_quantity() - line.quantity();
    if (order.state() == PurchaseOrder::STATE_CLOSED) {
      unmet.Add(subject, kInvoiceFinal, {{"order", order.name()}});
      return parts;
    }
    if (left < 0) {
      unmet.Add(subject, kNotInvoicedUnits,
                {{"order", order.name()}, {"line", of.number()}, {"invoiced", of.invoiced_quantity()}, {"asked", line.quantity()}});
      return parts;
    }
    line.set_expected_minor(ExpectedOf(of, left, line.quantity()));
    line.set_difference_minor(line.expected_minor() - line.amount_minor());
    earlier = UnitsOf(of, 0, left);
    units = UnitsOf(of, left, line.quantity());
  }
  const std::vector<int64_t> amounts = ShareOut(line.amount_minor(), IsUninvoiced(line) ? units : spent);
  for (int i = 0; i < of.allocations_size(); ++i) {
    const size_t at = static_cast<size_t>(i);
    if (amounts[at] == 0 && units[at] == 0) continue;
    const PurchaseOrder::Allocation& from = of.allocations(i);
    InvoicedPart part{.part = i, .units = units[at], .after = earlier[at]};
    ASSIGN_OR_RETURN(Quote quote, quote_for(from.currency_code()));
    ASSIGN_OR_RETURN(part.minor, quote.Convert(amounts[at]));
    part.minor = std::min(part.minor, spent[at]);
    ASSIGN_OR_RETURN(const int64_t restated, AtOrder(from, amounts[at]));
    part.committed = CommittedUpTo(from, earlier[at] + units[at]) - CommittedUpTo(from, earlier[at]);
    const Difference difference = SplitDifference(0, -restated, -part.minor);
    part.price = difference.price;
    part.exchange = difference.exchange;
    part.conversion = std::move(quote.conversion);
    parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace heitie::resource
