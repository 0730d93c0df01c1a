#include "services/resource/claim/claim_rules.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/status/die.h"
#include "common/time/day.h"

namespace heitie::resource {

using Line = v1::ExpenseClaim::Line;

namespace {

const status::Reason kReceiptExceeded{absl::StatusCode::kInvalidArgument, "RECEIPT_EXCEEDED",
                                      "The lines claim {claimed:money} of a receipt of {total:money}.",
                                      "各行合計 {claimed:money}，超過收據金額 {total:money}。"};
const status::Reason kReceiptsDiffer{absl::StatusCode::kInvalidArgument, "RECEIPTS_DIFFER",
                                     "This is the receipt of line {line}, of which that line says something else.",
                                     "此收據與第 {line} 行相同，但兩行所填內容不一致。"};
const status::Reason kVendorBlank{absl::StatusCode::kInvalidArgument, "VENDOR_BLANK",
                                  "The vendor's name has nothing in it that can be read.", "商家名稱沒有可辨識的文字。"};
const status::Reason kAccountTwice{absl::StatusCode::kInvalidArgument, "ACCOUNT_TWICE", "{account} is named twice.", "{account} 重複。"};
const status::Reason kNoGeneralTerms{absl::StatusCode::kInvalidArgument, "NO_GENERAL_TERMS",
                                     "Nothing is said of the accounts that are not named.", "尚未規定未列名科目的條件。"};
const status::Reason kDayToCome{absl::StatusCode::kFailedPrecondition, "DAY_TO_COME", "{day} is still to come.", "{day} 尚未到來。"};
const status::Reason kClaimedTooLate{absl::StatusCode::kFailedPrecondition, "CLAIMED_TOO_LATE",
                                     "An expense of {day} could be claimed until {last}.", "{day} 的費用最遲須於 {last} 報銷。"};
const status::Reason kReceiptDemanded{absl::StatusCode::kFailedPrecondition, "RECEIPT_DEMANDED",
                                      "{account} demands a receipt from {from:money} on.", "{account} 自 {from:money} 起須附收據。"};

constexpr size_t kLongestComparable = 1000;

const icu::Normalizer2& CaseAndWidth() {
  static const icu::Normalizer2& normalizer = *[] {
    UErrorCode error = U_ZERO_ERROR;
    const icu::Normalizer2* made = icu::Normalizer2::getNFKCCasefoldInstance(error);
    if (U_FAILURE(error)) status::Die("normalizer", u_errorName(error));
    return made;
  }();
  return normalizer;
}

}  // namespace

std::string ComparableText(const std::string& text) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::UnicodeString folded = CaseAndWidth().normalize(icu::UnicodeString::fromUTF8(text), error);
  if (U_FAILURE(error)) status::Die("normalizer", u_errorName(error));
  icu::UnicodeString seen;
  for (int32_t i = 0; i < folded.length(); i = folded.moveIndex32(i, 1)) {
    const UChar32 c = folded.char32At(i);
    if (!u_isUWhiteSpace(c) && !u_iscntrl(c)) seen.append(c);
  }
  std::string comparable;
  seen.toUTF8String(comparable);
  comparable.resize(std::min(comparable.size(), kLongestComparable));
  return comparable;
}

ReceiptKey KeyOf(const Line& line) {
  const v1::ExpenseClaim::Receipt& receipt = line.receipt();
  return {.file_sha256 = receipt.file_sha256(),
          .vendor = ComparableText(receipt.vendor()),
          .tax_id = ComparableText(receipt.tax_id()),
          .number = ComparableText(receipt.number()),
          .date = time::ToDay(receipt.date()),
          .currency = line.currency_code(),
          .total_minor = receipt.total_minor()};
}

bool SameVendor(const ReceiptKey& a, const ReceiptKey& b) {
  return !a.tax_id.empty() && !b.tax_id.empty() ? a.tax_id == b.tax_id : a.vendor == b.vendor;
}

bool IsSameReceipt(const ReceiptKey& a, const ReceiptKey& b) {
  return a.file_sha256 == b.file_sha256 || (!a.number.empty() && a.number == b.number && SameVendor(a, b));
}

bool IsLikelySame(const ReceiptKey& a, const ReceiptKey& b) {
  const int64_t apart = a.total_minor - b.total_minor;
  return a.date == b.date && a.currency == b.currency && -1 <= apart && apart <= 1 && SameVendor(a, b);
}

std::vector<ClaimedReceipt> ReceiptsOf(const v1::ExpenseClaim& claim) {
  std::vector<ClaimedReceipt> receipts;
  for (int i = 0; i < claim.lines_size(); ++i) {
    if (!claim.lines(i).has_receipt()) continue;
    ReceiptKey key = KeyOf(claim.lines(i));
    const auto shared = std::find_if(receipts.begin(), receipts.end(), [&](const ClaimedReceipt& other) { return other.key == key; });
    if (shared != receipts.end()) {
      shared->lines.push_back(i);
    } else {
      receipts.push_back({std::move(key), {i}});
    }
  }
  return receipts;
}

std::string AccountId(const std::string& account) { return std::string(absl::StripPrefix(account, "expenseAccounts/")); }

absl::CivilDay BusinessDateOf(const Line& line) { return time::ToDay(line.has_receipt() ? line.receipt().date() : line.date()); }

void CheckClaim(const std::string& field, const v1::ExpenseClaim& claim, status::BadFields& bad) {
  const std::vector<ClaimedReceipt> receipts = ReceiptsOf(claim);
  for (size_t i = 0; i < receipts.size(); ++i) {
    const ClaimedReceipt& receipt = receipts[i];
    const std::string path = absl::StrCat(field, ".lines[", receipt.lines.front(), "].receipt");
    if (receipt.key.vendor.empty()) bad.Add(path + ".vendor", kVendorBlank);
    const auto same = std::find_if(receipts.begin(), receipts.begin() + static_cast<std::ptrdiff_t>(i),
                                   [&](const ClaimedReceipt& earlier) { return IsSameReceipt(earlier.key, receipt.key); });
    if (same != receipts.begin() + static_cast<std::ptrdiff_t>(i)) bad.Add(path, kReceiptsDiffer, {{"line", same->lines.front() + 1}});
    int64_t claimed = 0;  // A hundred lines of 10¹² at most.
    for (const int line : receipt.lines) claimed += claim.lines(line).amount_minor();
    if (claimed > receipt.key.total_minor) {
      bad.Add(path + ".total_minor", kReceiptExceeded,
              {{"claimed", claimed}, {"total", receipt.key.total_minor}, {"currency", receipt.key.currency}});
    }
  }
}

void CheckTerms(const v1::ExpensePolicy& policy, status::BadFields& bad) {
  std::set<std::string> named;
  for (int i = 0; i < policy.accounts_size(); ++i) {
    const std::string account = AccountId(policy.accounts(i).expense_account());
    if (!named.insert(account).second) {
      bad.Add(absl::StrCat("expense_policy.accounts[", i, "].expense_account"), kAccountTwice, {{"account", account}});
    }
  }
  if (named.count("") == 0) bad.Add("expense_policy.accounts", kNoGeneralTerms);
}

const v1::ExpensePolicy::AccountTerms& TermsFor(const v1::ExpensePolicy& policy, const std::string& account) {
  const v1::ExpensePolicy::AccountTerms* general = nullptr;
  for (const v1::ExpensePolicy::AccountTerms& terms : policy.accounts()) {
    if (AccountId(terms.expense_account()) == AccountId(account)) return terms;
    if (terms.expense_account().empty()) general = &terms;
  }
  if (general == nullptr) status::Die("expense policy", absl::StrCat(policy.name(), " has no general terms"));
  return *general;
}

bool DependsOnAmount(const Line& line, const v1::ExpensePolicy::AccountTerms& terms) {
  return terms.has_day_limit_minor() || (!line.has_receipt() && terms.receipt_from_minor() > 0);
}

void JudgeLine(const std::string& subject, const Line& line, const v1::ExpensePolicy::AccountTerms& terms, int64_t amount,
               const std::string& currency, absl::CivilDay today, status::Unmet& unmet) {
  const absl::CivilDay day = BusinessDateOf(line);
  for (const absl::CivilDay each : std::set<absl::CivilDay>{day, time::ToDay(line.date())}) {
    if (each > today) unmet.Add(subject, kDayToCome, {{"day", time::DayText(each)}});
  }
  const absl::CivilDay last = day + terms.claim_days();
  if (today > last) unmet.Add(subject, kClaimedTooLate, {{"day", time::DayText(day)}, {"last", time::DayText(last)}});
  if (!line.has_receipt() && terms.has_receipt_from_minor() && amount >= terms.receipt_from_minor()) {
    unmet.Add(subject, kReceiptDemanded,
              {{"account", line.expense_account()}, {"from", terms.receipt_from_minor()}, {"currency", currency}});
  }
}

}  // namespace heitie::resource
