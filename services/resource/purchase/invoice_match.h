// The three-way match of an invoice (policy S4) as plain functions: what was accepted and the order's price against what is invoiced.
#ifndef HEITIE_SERVICES_RESOURCE_PURCHASE_INVOICE_MATCH_H_
#define HEITIE_SERVICES_RESOURCE_PURCHASE_INVOICE_MATCH_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/status/status.h"
#include "heitie/resource/v1/purchase_order.pb.h"
#include "heitie/resource/v1/purchase_policy.pb.h"
#include "heitie/resource/v1/supplier_invoice.pb.h"
#include "services/resource/currency/rates.h"

namespace heitie::resource {

extern const status::Reason kInvoiceMismatch;  // {name}

// What one part of an order's line bears of an invoice.
struct InvoicedPart {
  int part = 0;           // its place in the line
  int64_t units = 0;      // of the invoice's; of a credit note those that are not invoiced any more
  int64_t after = 0;      // units of it that are invoiced then
  int64_t committed = 0;  // of a credit note: what these units were committed for
  int64_t minor = 0;      // in the budget's currency, at the rate of the invoice's day
  int64_t price = 0;      // what of the difference to what was committed for these units the price made
  int64_t exchange = 0;   // and the rate
  v1::Conversion conversion;
};

// The rate between the order's currency and that of a budget on the invoice's day.
using QuoteFor = std::function<absl::StatusOr<Quote>(const std::string& budget_currency)>;

// Matches a line against the order's line: sets what it was to be and by how much it differs, and adds to `unmet` what does not match. The
// answer is what each part bears. `subject` names the line in violations. A price that is accepted may be any. RATE_MISSING, AMOUNT_LIMIT.
absl::StatusOr<std::vector<InvoicedPart>> MatchInvoice(const v1::PurchasePolicy& policy, const v1::PurchaseOrder& order,
                                                       const v1::PurchaseOrder::Line& of, const QuoteFor& quote_for,
                                                       const std::string& subject, bool price_accepted, v1::SupplierInvoice::Line& line,
                                                       status::Unmet& unmet);
// The same of a line of a credit note: it falls to the parts by what they have spent, and to none more than that; one that takes back the
// invoice of some units, which are those that were invoiced last, by these.
absl::StatusOr<std::vector<InvoicedPart>> MatchCredit(const v1::PurchaseOrder& order, const v1::PurchaseOrder::Line& of,
                                                      const QuoteFor& quote_for, const std::string& subject,
                                                      v1::SupplierInvoice::Line& line, status::Unmet& unmet);

// What `count` units of an order's line cost at its price, when `from` come before them.
int64_t ExpectedOf(const v1::PurchaseOrder::Line& of, int64_t from, int64_t count);
// Whether a line of a credit note takes back the invoice of some units, which may be invoiced anew.
bool IsUninvoiced(const v1::SupplierInvoice::Line& line);

// `amount`, which may be negative, in proportion to the weights; the shares add up to it.
std::vector<int64_t> ShareOut(int64_t amount, const std::vector<int64_t>& weights);

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_PURCHASE_INVOICE_MATCH_H_
