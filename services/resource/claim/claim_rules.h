// Rules of expense claims (policy S5) as plain functions: when two receipts are one, when they are alike, and what the terms of an account
// say of an expense.
#ifndef HEITIE_SERVICES_RESOURCE_CLAIM_CLAIM_RULES_H_
#define HEITIE_SERVICES_RESOURCE_CLAIM_CLAIM_RULES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "common/status/status.h"
#include "heitie/resource/v1/expense_claim.pb.h"
#include "heitie/resource/v1/expense_policy.pb.h"

namespace heitie::resource {

// A text by which vendors and numbers are compared: without case and width (NFKC, case folded), blanks and what is not seen. At most 1,000
// bytes, of which few vendors have a fifth.
std::string ComparableText(const std::string& text);

// What a receipt is compared by.
struct ReceiptKey {
  std::string file_sha256;
  std::string vendor;  // comparable texts
  std::string tax_id;  // empty: not told
  std::string number;  // empty: it has none
  absl::CivilDay date;
  std::string currency;
  int64_t total_minor = 0;

  friend bool operator==(const ReceiptKey& a, const ReceiptKey& b) = default;
};
// Of a line that has a receipt.
ReceiptKey KeyOf(const v1::ExpenseClaim::Line& line);

// By tax ids where both tell one, else by names.
bool SameVendor(const ReceiptKey& a, const ReceiptKey& b);
// The same file, or the same vendor and number.
bool IsSameReceipt(const ReceiptKey& a, const ReceiptKey& b);
// The same vendor, day and currency, and totals that differ by one minor unit at most.
bool IsLikelySame(const ReceiptKey& a, const ReceiptKey& b);

// A receipt of a claim, with the lines that share it.
struct ClaimedReceipt {
  ReceiptKey key;
  std::vector<int> lines;  // their places, rising
};
// In the order of their first lines. Lines share a receipt when they say exactly the same of it.
std::vector<ClaimedReceipt> ReceiptsOf(const v1::ExpenseClaim& claim);

// The id of an account that is named by it or by its name: "travel" of "expenseAccounts/travel".
std::string AccountId(const std::string& account);

// The day by which rules and rates are looked up: of the receipt, else of the expense.
absl::CivilDay BusinessDateOf(const v1::ExpenseClaim::Line& line);

// What is wrong with a claim whatever the terms are: RECEIPT_EXCEEDED, RECEIPTS_DIFFER, VENDOR_BLANK. `field` is the claim's in the
// request.
void CheckClaim(const std::string& field, const v1::ExpenseClaim& claim, status::BadFields& bad);

// What is wrong with a version of the terms: ACCOUNT_TWICE, NO_GENERAL_TERMS.
void CheckTerms(const v1::ExpensePolicy& policy, status::BadFields& bad);
// What is said of an account: its own terms, or those for all that are not named.
const v1::ExpensePolicy::AccountTerms& TermsFor(const v1::ExpensePolicy& policy, const std::string& account);

// Whether what is said of the line depends on how much it is.
bool DependsOnAmount(const v1::ExpenseClaim::Line& line, const v1::ExpensePolicy::AccountTerms& terms);
// Whether the line's own rules are kept on the day it is submitted: DAY_TO_COME, CLAIMED_TOO_LATE, RECEIPT_DEMANDED. `amount` is the line's
// in the currency of the terms, `currency`, where it matters.
void JudgeLine(const std::string& subject, const v1::ExpenseClaim::Line& line, const v1::ExpensePolicy::AccountTerms& terms, int64_t amount,
               const std::string& currency, absl::CivilDay today, status::Unmet& unmet);

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_CLAIM_CLAIM_RULES_H_
