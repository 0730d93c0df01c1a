#include "services/resource/claim/claimed_receipts.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"

namespace heitie::resource {

namespace {

sql::Value TextOrNull(const std::string& text) { return text.empty() ? sql::Value() : sql::V(text); }

// Whether another claim has the receipt. The keys find all of it but a vendor whom one of the two tells by the tax id, the other by name
// alone.
absl::StatusOr<bool> IsTaken(record::Transaction& tx, const std::string& claim, const ReceiptKey& key) {
  bool taken = false;
  const auto found = [&](const sql::Row&) { taken = true; };
  RETURN_IF_ERROR(
      tx.sql.Query("SELECT 1 FROM claimed_receipts WHERE file_sha256 = ? AND claim <> ?", sql::Bind(key.file_sha256, claim), found));
  if (taken || key.number.empty()) return taken;
  if (!key.tax_id.empty()) {
    RETURN_IF_ERROR(tx.sql.Query("SELECT 1 FROM claimed_receipts WHERE tax_id = ? AND number = ? AND claim <> ?",
                                 sql::Bind(key.tax_id, key.number, claim), found));
  }
  if (taken) return true;
  RETURN_IF_ERROR(
      tx.sql.Query("SELECT 1 FROM claimed_receipts WHERE vendor = ? AND number = ? AND claim <> ? AND (tax_id IS NULL OR ? = '')",
                   sql::Bind(key.vendor, key.number, claim, key.tax_id), found));
  return taken;
}

absl::Status FreeReceipts(record::Transaction& tx, const std::string& claim) {
  return tx.sql.Execute("DELETE FROM claimed_receipts WHERE claim = ?", sql::Bind(claim)).status();
}

struct TakenReceipt {
  LikelyDuplicate shown;  // of the other one: claim, line and what it says
  ReceiptKey key;
};

constexpr char kTakenColumns[] =
    "SELECT claim, line, file_sha256, vendor, tax_id, number, CAST(receipt_date AS CHAR), currency_code, total_minor, claimant, "
    "vendor_shown, "
    "number_shown FROM claimed_receipts ";

absl::StatusOr<std::vector<TakenReceipt>> SelectTaken(sql::Session& session, const std::string& tail, const sql::Values& values) {
  std::vector<TakenReceipt> taken;
  RETURN_IF_ERROR(session.Query(absl::StrCat(kTakenColumns, tail), values, [&](const sql::Row& row) {
    TakenReceipt& receipt = taken.emplace_back();
    receipt.key = {.file_sha256 = row.Text(2),
                   .vendor = row.Text(3),
                   .tax_id = row.Text(4),
                   .number = row.Text(5),
                   .date = time::ParseDay(row.Text(6)).value_or(absl::CivilDay()),
                   .currency = row.Text(7),
                   .total_minor = row.Int(8)};
    receipt.shown = {.claim = row.Text(0),
                     .other_line = static_cast<int>(row.Int(1)),
                     .claimant = row.Text(9),
                     .vendor = row.Text(10),
                     .number = row.Text(11),
                     .total_minor = row.Int(8)};
  }));
  return taken;
}

}  // namespace

absl::Status TakeTurn(record::Transaction& tx, const std::string& claimant, const std::vector<ClaimedReceipt>& receipts) {
  std::set<std::string> guards = {absl::StrCat("claimant ", claimant)};
  for (const ClaimedReceipt& receipt : receipts) {
    // Comparable texts have no blanks.
    if (!receipt.key.number.empty()) guards.insert(absl::StrCat("receipt ", receipt.key.vendor, " ", receipt.key.number));
  }
  for (const std::string& guard : guards) {
    RETURN_IF_ERROR(
        tx.sql.Execute("INSERT INTO claim_guards (name, guard) VALUES (?, 1) ON DUPLICATE KEY UPDATE guard = guard + 1", sql::Bind(guard))
            .status());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<int>> TakeReceipts(record::Transaction& tx, const v1::ExpenseClaim& claim,
                                              std::vector<ClaimedReceipt> receipts) {
  std::vector<int> refused;
  for (const ClaimedReceipt& receipt : receipts) {
    ASSIGN_OR_RETURN(const bool taken, IsTaken(tx, claim.name(), receipt.key));
    if (taken) refused.insert(refused.end(), receipt.lines.begin(), receipt.lines.end());
  }
  if (!refused.empty()) return refused;
  RETURN_IF_ERROR(FreeReceipts(tx, claim.name()));
  // Two with the same receipts insert them in one order, so that one waits for the other.
  std::sort(receipts.begin(), receipts.end(),
            [](const ClaimedReceipt& a, const ClaimedReceipt& b) { return a.key.file_sha256 < b.key.file_sha256; });
  for (const ClaimedReceipt& receipt : receipts) {
    const ReceiptKey& key = receipt.key;
    const v1::ExpenseClaim::Receipt& shown = claim.lines(receipt.lines.front()).receipt();
    const absl::Status inserted =
        tx.sql
            .Execute(
                "INSERT INTO claimed_receipts (claim, line, file_sha256, vendor, tax_id, number, receipt_date, currency_code, total_minor, "
                "claimant, vendor_shown, number_shown) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                {sql::V(claim.name()), sql::V(receipt.lines.front() + 1), sql::V(key.file_sha256), sql::V(key.vendor),
                 TextOrNull(key.tax_id), TextOrNull(key.number), sql::V(time::DayText(key.date)), sql::V(key.currency),
                 sql::V(key.total_minor), sql::V(claim.claimant()), sql::V(shown.vendor()), sql::V(shown.number())})
            .status();
    if (absl::IsAlreadyExists(inserted)) return receipt.lines;  // Since it was looked for; the refusal undoes the others.
    RETURN_IF_ERROR(inserted);
  }
  return refused;
}

absl::StatusOr<ClaimedDays> OthersOf(record::Transaction& tx, const std::string& claim, const std::string& claimant,
                                     const ClaimedDays& days) {
  ClaimedDays others;
  for (const auto& [account_day, amount] : days) {
    const auto& [account, day] = account_day;
    RETURN_IF_ERROR(tx.sql.Query(
        "SELECT CAST(COALESCE(SUM(amount_minor), 0) AS SIGNED) FROM claimed_expenses WHERE claimant = ? AND expense_date = ? AND "
        "expense_account = ? AND claim <> ?",
        sql::Bind(claimant, time::DayText(day), account, claim),
        [&, key = account_day](const sql::Row& row) { others[key] = row.Int(0); }));
  }
  return others;
}

absl::Status TakeDays(record::Transaction& tx, const std::string& claim, const std::string& claimant, const ClaimedDays& days) {
  RETURN_IF_ERROR(tx.sql.Execute("DELETE FROM claimed_expenses WHERE claim = ?", sql::Bind(claim)).status());
  for (const auto& [account_day, amount] : days) {
    const auto& [account, day] = account_day;
    RETURN_IF_ERROR(
        tx.sql
            .Execute("INSERT INTO claimed_expenses (claim, expense_account, expense_date, claimant, amount_minor) VALUES (?, ?, ?, ?, ?)",
                     sql::Bind(claim, account, time::DayText(day), claimant, amount))
            .status());
  }
  return absl::OkStatus();
}

absl::Status FreeClaim(record::Transaction& tx, const std::string& claim) {
  RETURN_IF_ERROR(FreeReceipts(tx, claim));
  return tx.sql.Execute("DELETE FROM claimed_expenses WHERE claim = ?", sql::Bind(claim)).status();
}

absl::StatusOr<std::vector<LikelyDuplicate>> LikelyDuplicatesOf(sql::Session& session, const std::string& claim) {
  ASSIGN_OR_RETURN(const std::vector<TakenReceipt> own, SelectTaken(session, "WHERE claim = ?", sql::Bind(claim)));
  std::vector<LikelyDuplicate> alike;
  for (const TakenReceipt& receipt : own) {
    ASSIGN_OR_RETURN(std::vector<TakenReceipt> others,
                     SelectTaken(session, "WHERE receipt_date = ? AND currency_code = ? AND total_minor >= ? AND total_minor <= ?",
                                 sql::Bind(time::DayText(receipt.key.date), receipt.key.currency, receipt.key.total_minor - 1,
                                           receipt.key.total_minor + 1)));
    for (TakenReceipt& other : others) {
      if (other.shown.claim == claim && other.shown.other_line >= receipt.shown.other_line) continue;
      if (!IsLikelySame(receipt.key, other.key)) continue;
      other.shown.line = receipt.shown.other_line;
      alike.push_back(std::move(other.shown));
    }
  }
  std::sort(alike.begin(), alike.end(), [](const LikelyDuplicate& a, const LikelyDuplicate& b) {
    return std::tie(a.line, a.claim, a.other_line) < std::tie(b.line, b.claim, b.other_line);
  });
  return alike;
}

}  // namespace heitie::resource
