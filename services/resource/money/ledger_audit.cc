#include "services/resource/money/ledger_audit.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/record/json.h"
#include "common/record/verification.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/ledger.pb.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "heitie/resource/v1/stock.pb.h"
#include "services/resource/movement/movement_audit.h"

namespace heitie::resource {
namespace {

constexpr int kOwnersPerRead = 200;
constexpr int kEntriesPerRead = 2000;

std::string Limit(int rows) { return absl::StrCat(" LIMIT ", rows); }

// All rows of a kind, in portions by name.
template <typename T>
absl::Status ForEach(sql::Session& session, const record::Kind<T>& kind, const std::function<absl::Status(const T&)>& each) {
  std::string last;
  for (;;) {
    ASSIGN_OR_RETURN(const std::vector<T> rows,
                     kind.Select(session, "WHERE name > ? ORDER BY name" + Limit(kOwnersPerRead), sql::Bind(last)));
    for (const T& row : rows) RETURN_IF_ERROR(each(row));
    if (rows.size() < kOwnersPerRead) return absl::OkStatus();
    last = rows.back().name();
  }
}

// The entries 1 … `count` of the ledger of `owner`, in portions by sequence. `column` names the owner's column.
template <typename T, typename Fold>
absl::StatusOr<int64_t> FoldEntries(sql::Session& session, const record::Kind<T>& kind, const std::string& column, const std::string& owner,
                                    int64_t count, Fold& fold) {
  const std::string tail =
      absl::StrCat("WHERE ", column, " = ? AND sequence > ? AND sequence <= ? ORDER BY sequence", Limit(kEntriesPerRead));
  int64_t last = 0, read = 0;
  for (;;) {
    ASSIGN_OR_RETURN(const std::vector<T> entries, kind.Select(session, tail, sql::Bind(owner, last, count)));
    for (const T& entry : entries) fold.Feed(entry);
    read += static_cast<int64_t>(entries.size());
    if (entries.size() < kEntriesPerRead) return read;
    last = entries.back().sequence();
  }
}

// Ledgers with more or fewer entries than their owner counts, and ledgers without owner.
absl::Status VerifyCounts(sql::Session& session, const char* query, Findings& findings) {
  return session.Query(
      query, {}, [&](const sql::Row& row) { findings.Equal(row.Text(0), "entry_count", row.Int(1), row.IsNull(2) ? 0 : row.Int(2)); });
}

// What the ledger says of one line of a reservation.
struct LedgerLine {
  int64_t reserved = 0, released = 0, issued = 0, returned = 0, issued_value = 0, returned_value = 0;
};

void CompareLines(const std::string& name, const v1::Reservation& reservation, std::map<std::string, LedgerLine> ledger,
                  Findings& findings) {
  for (const v1::Reservation::Line& line : reservation.lines()) ledger[line.item()];  // A line without entries.
  for (const auto& [item, expected] : ledger) {
    v1::Reservation::Line found;
    for (const v1::Reservation::Line& line : reservation.lines()) {
      if (line.item() == item) found = line;
    }
    const auto figure = [&item = item](const char* field) { return absl::StrCat(item, " ", field); };
    findings.Equal(name, figure("quantity"), expected.reserved, found.quantity());
    findings.Equal(name, figure("released_quantity"), expected.released, found.released_quantity());
    findings.Equal(name, figure("issued_quantity"), expected.issued, found.issued_quantity());
    findings.Equal(name, figure("returned_quantity"), expected.returned, found.returned_quantity());
    findings.Equal(name, figure("issued_value_minor"), expected.issued_value, found.issued_value_minor());
    findings.Equal(name, figure("returned_value_minor"), expected.returned_value, found.returned_value_minor());
  }
}

// Compares a portion of the reservations after `last` and moves `last` to its end; the number of reservations.
absl::StatusOr<int> VerifyReservationPortion(sql::Session& session, std::string& last, Findings& findings) {
  struct Found {
    std::string lines_json;
    std::map<std::string, LedgerLine> ledger;
  };
  std::map<std::string, Found> portion;
  RETURN_IF_ERROR(
      session.Query(absl::StrCat("SELECT r.name, MAX(r.`lines`), e.item, "
                                 "CAST(SUM(CASE WHEN e.kind = 'KIND_RESERVE' THEN e.reserved_delta ELSE 0 END) AS SIGNED), "
                                 "CAST(SUM(CASE WHEN e.kind = 'KIND_RELEASE' THEN -e.reserved_delta ELSE 0 END) AS SIGNED), "
                                 "CAST(SUM(CASE WHEN e.kind = 'KIND_ISSUE' THEN -e.on_hand_delta ELSE 0 END) AS SIGNED), "
                                 "CAST(SUM(CASE WHEN e.kind = 'KIND_RETURN' THEN e.on_hand_delta ELSE 0 END) AS SIGNED), "
                                 "CAST(SUM(CASE WHEN e.kind = 'KIND_ISSUE' THEN -e.value_delta_minor ELSE 0 END) AS SIGNED), "
                                 "CAST(SUM(CASE WHEN e.kind = 'KIND_RETURN' THEN e.value_delta_minor ELSE 0 END) AS SIGNED) "
                                 "FROM (SELECT name, `lines` FROM reservations WHERE name > ? ORDER BY name",
                                 Limit(kOwnersPerRead), ") r LEFT JOIN stock_entries e ON e.reservation = r.name GROUP BY r.name, e.item"),
                    sql::Bind(last), [&](const sql::Row& row) {
                      Found& found = portion[row.Text(0)];
                      found.lines_json = row.Text(1);
                      if (row.IsNull(2)) return;
                      found.ledger[row.Text(2)] = {row.Int(3), row.Int(4), row.Int(5), row.Int(6), row.Int(7), row.Int(8)};
                    }));
  for (const auto& [name, found] : portion) {
    v1::Reservation reservation;
    if (!record::FromJson(found.lines_json, &reservation)) {
      return absl::InternalError(absl::StrCat(name, ": lines cannot be read"));
    }
    CompareLines(name, reservation, found.ledger, findings);
    last = name;
  }
  return static_cast<int>(portion.size());
}

absl::StatusOr<int64_t> VerifyReservations(sql::Session& session, Findings& findings) {
  std::string last;
  for (int64_t count = 0;;) {
    ASSIGN_OR_RETURN(const int portion, VerifyReservationPortion(session, last, findings));
    count += portion;
    if (portion < kOwnersPerRead) return count;
  }
}

absl::StatusOr<int64_t> VerifyEncumbrances(sql::Session& session, Findings& findings) {
  const std::string query = absl::StrCat(
      "SELECT x.name, x.pre_committed_minor, x.committed_minor, x.actual_minor, x.released_minor, "
      "CAST(COALESCE(SUM(e.pre_committed_delta_minor), 0) AS SIGNED), CAST(COALESCE(SUM(e.committed_delta_minor), 0) AS SIGNED), "
      "CAST(COALESCE(SUM(e.actual_delta_minor), 0) AS SIGNED), "
      "CAST(COALESCE(SUM(CASE e.kind WHEN 'KIND_RELEASE' THEN -e.pre_committed_delta_minor - e.committed_delta_minor "
      "WHEN 'KIND_CREDIT' THEN -e.actual_delta_minor ELSE 0 END), 0) AS SIGNED) "
      "FROM (SELECT name, pre_committed_minor, committed_minor, actual_minor, released_minor FROM encumbrances WHERE name > ? ORDER BY "
      "name",
      Limit(kOwnersPerRead),
      ") x LEFT JOIN budget_entries e ON e.encumbrance = x.name AND e.origin = '' "
      "GROUP BY x.name, x.pre_committed_minor, x.committed_minor, x.actual_minor, x.released_minor ORDER BY x.name");
  std::string last;
  for (int64_t count = 0;;) {
    int portion = 0;
    RETURN_IF_ERROR(session.Query(query, sql::Bind(last), [&](const sql::Row& row) {
      last = row.Text(0);
      ++portion;
      findings.Equal(last, "pre_committed_minor", row.Int(5), row.Int(1));
      findings.Equal(last, "committed_minor", row.Int(6), row.Int(2));
      findings.Equal(last, "actual_minor", row.Int(7), row.Int(3));
      findings.Equal(last, "released_minor", row.Int(8), row.Int(4));
    }));
    count += portion;
    if (portion < kOwnersPerRead) return count;
  }
}

// Each transfer, and what was carried to the next period, has two budgets of its own whose entries add to zero (W8).
absl::Status VerifyTransfers(sql::Session& session, Findings& findings) {
  return session.Query(
      "SELECT transfer_id, CAST(SUM(transferred_delta_minor) AS SIGNED), COUNT(*) FROM budget_entries WHERE kind IN ('KIND_TRANSFER', "
      "'KIND_CARRY') AND origin = '' GROUP BY transfer_id HAVING SUM(transferred_delta_minor) <> 0 OR COUNT(*) <> 2",
      {}, [&](const sql::Row& row) {
        findings.Equal(row.Text(0), "transfers", 0, row.Int(1));
        findings.Equal(row.Text(0), "transfer_entries", 2, row.Int(2));
      });
}

// Every budget bears what is taken from each one below it, by whichever way it came up, and nothing else: of what was booked at one budget,
// a budget has as much as the one above it.
absl::Status VerifyTrees(sql::Session& session, Findings& findings) {
  static constexpr const char* kFigures[] = {"held_minor", "pre_committed_minor", "committed_minor", "actual_minor"};
  return session.Query(
      "SELECT x.above, x.below, CAST(SUM(x.held) AS SIGNED), CAST(SUM(x.pre_committed) AS SIGNED), CAST(SUM(x.committed) AS SIGNED), "
      "CAST(SUM(x.actual) AS SIGNED), CAST(SUM(x.lifted_held) AS SIGNED), CAST(SUM(x.lifted_pre_committed) AS SIGNED), "
      "CAST(SUM(x.lifted_committed) AS SIGNED), CAST(SUM(x.lifted_actual) AS SIGNED) FROM ("
      "SELECT b.parent_budget AS above, CASE e.origin WHEN '' THEN e.budget ELSE e.origin END AS below, e.held_delta_minor AS held, "
      "e.pre_committed_delta_minor AS pre_committed, e.committed_delta_minor AS committed, e.actual_delta_minor AS actual, "
      "0 AS lifted_held, 0 AS lifted_pre_committed, 0 AS lifted_committed, 0 AS lifted_actual "
      "FROM budgets b JOIN budget_entries e ON e.budget = b.name WHERE b.parent_budget <> '' UNION ALL "
      "SELECT budget, origin, 0, 0, 0, 0, held_delta_minor, pre_committed_delta_minor, committed_delta_minor, actual_delta_minor "
      "FROM budget_entries WHERE origin <> '') x GROUP BY x.above, x.below HAVING SUM(x.held) <> SUM(x.lifted_held) OR "
      "SUM(x.pre_committed) <> SUM(x.lifted_pre_committed) OR SUM(x.committed) <> SUM(x.lifted_committed) OR "
      "SUM(x.actual) <> SUM(x.lifted_actual)",
      {}, [&](const sql::Row& row) {
        const std::string subject = absl::StrCat(row.Text(0), " of ", row.Text(1));
        for (size_t i = 0; i < 4; ++i) findings.Equal(subject, kFigures[i], row.Int(2 + i), row.Int(6 + i));
      });
}

// A budget has as many open children as it counts.
absl::Status VerifyChildren(sql::Session& session, Findings& findings) {
  return session.Query(
      "SELECT x.name, x.child_count, x.found FROM (SELECT p.name, p.child_count, (SELECT COUNT(*) FROM budgets c WHERE c.parent_budget = "
      "p.name AND c.state = 'STATE_APPROVED') AS found FROM budgets p WHERE p.state <> 'STATE_DRAFT') x WHERE x.found <> x.child_count",
      {}, [&](const sql::Row& row) { findings.Equal(row.Text(0), "child_count", row.Int(2), row.Int(1)); });
}

// What is frozen of a budget is what its holds say.
absl::Status VerifyHolds(sql::Session& session, Findings& findings) {
  return session.Query(
      "SELECT x.budget, CAST(SUM(x.held) AS SIGNED), CAST(SUM(x.booked) AS SIGNED) FROM ("
      "SELECT budget, amount_minor AS held, 0 AS booked FROM budget_holds WHERE state = 'STATE_ACTIVE' UNION ALL "
      "SELECT budget, 0, held_delta_minor FROM budget_entries WHERE origin = '' AND kind IN ('KIND_HOLD', 'KIND_HOLD_END')) x "
      "GROUP BY x.budget HAVING SUM(x.held) <> SUM(x.booked)",
      {}, [&](const sql::Row& row) { findings.Equal(row.Text(0), "holds", row.Int(1), row.Int(2)); });
}

}  // namespace

LedgerAudit::LedgerAudit(record::Store& store, absl::TimeZone zone)
    : store_(store), zone_(zone), stocks_(store), stock_entries_(store), budgets_(store), budget_entries_(store) {}

void LedgerAudit::Bind(record::Methods& methods) { methods.Bind("VerifyLedgers", this, &LedgerAudit::Verify); }

absl::StatusOr<v1::VerifyLedgersResponse> LedgerAudit::Verify(const rpc::Call& call, const v1::VerifyLedgersRequest& request) {
  RETURN_IF_ERROR(record::NoteVerification(store_, call, "ledgers", request.reason()));
  v1::VerifyLedgersResponse response;
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& session) -> absl::Status {
    RETURN_IF_ERROR(VerifyStocks(session, response));
    return VerifyBudgets(session, response);
  }));
  // On a connection of its own, which whoever holds one must not wait for.
  Findings findings(response);
  RETURN_IF_ERROR(VerifyMovements(store_, call.deadline, findings));
  return response;
}

absl::StatusOr<std::pair<v1::Stock, StoredStock>> LedgerAudit::StoredOf(const v1::Stock& stock) const {
  std::pair<v1::Stock, StoredStock> found = {stock, {}};
  const bool tracked = stock.tracking() == v1::ItemRules::TRACKING_LOT || stock.tracking() == v1::ItemRules::TRACKING_SERIAL;
  const bool elsewhere = stock.placed_on_hand() != 0 || stock.placed_reserved() != 0;
  if (!tracked && !elsewhere && stock.valuation() != v1::ItemRules::VALUATION_FIFO) return found;
  RETURN_IF_ERROR(store_.database().Snapshot(absl::Now() + absl::Seconds(30), [&](sql::Session& session) -> absl::Status {
    StoredStock stored;
    ASSIGN_OR_RETURN(found.first, stocks_.Find(session, stock.name()));
    RETURN_IF_ERROR(session.Query("SELECT location, lot, on_hand, reserved, blocked FROM stock_balances WHERE item = ?",
                                  sql::Bind(stock.item()), [&](const sql::Row& row) {
                                    stored.balances[{row.Text(0), row.Text(1)}] = {row.Int(2), row.Int(3), row.Int(4)};
                                  }));
    RETURN_IF_ERROR(session.Query("SELECT location, need_date, reserved FROM stock_needs WHERE item = ?", sql::Bind(stock.item()),
                                  [&](const sql::Row& row) {
                                    stored.needs[{row.Text(0), *time::ParseDay(row.Text(1))}] = row.Int(2);
                                  }));
    RETURN_IF_ERROR(session.Query("SELECT layer, quantity, value_minor FROM stock_layers WHERE item = ?", sql::Bind(stock.item()),
                                  [&](const sql::Row& row) {
                                    stored.layers[row.Int(0)] = {row.Int(1), row.Int(2)};
                                  }));
    RETURN_IF_ERROR(session.Query("SELECT name, expiry_date FROM lots WHERE item = ? AND expiry_date IS NOT NULL", sql::Bind(stock.item()),
                                  [&](const sql::Row& row) { stored.expiries[row.Text(0)] = *time::ParseDay(row.Text(1)); }));
    found.second = std::move(stored);
    return absl::OkStatus();
  }));
  return found;
}

absl::Status LedgerAudit::VerifyStocks(sql::Session& session, v1::VerifyLedgersResponse& response) const {
  Findings findings(response);
  RETURN_IF_ERROR(ForEach<v1::Stock>(session, stocks_, [&](const v1::Stock& listed) -> absl::Status {
    ASSIGN_OR_RETURN(auto stored, StoredOf(listed));
    const v1::Stock& stock = stored.first;
    StockFold fold(findings, zone_, std::move(stored.second));
    ASSIGN_OR_RETURN(const int64_t entries, FoldEntries(session, stock_entries_, "item", stock.item(), stock.entry_count(), fold));
    fold.Finish(stock);
    response.set_stock_count(response.stock_count() + 1);
    response.set_stock_entry_count(response.stock_entry_count() + entries);
    return absl::OkStatus();
  }));
  RETURN_IF_ERROR(VerifyCounts(session,
                               "SELECT e.item, COUNT(*), MAX(s.entry_count) FROM stock_entries e LEFT JOIN stocks s ON s.item = e.item "
                               "GROUP BY e.item HAVING COUNT(*) <> COALESCE(MAX(s.entry_count), 0)",
                               findings));
  RETURN_IF_ERROR(session.Query(
      "SELECT l.item, COUNT(*) FROM stock_layers l JOIN stocks s ON s.item = l.item WHERE s.valuation <> 'VALUATION_FIFO' GROUP BY l.item",
      {}, [&](const sql::Row& row) { findings.Equal(row.Text(0), "layers", 0, row.Int(1)); }));
  ASSIGN_OR_RETURN(const int64_t reservations, VerifyReservations(session, findings));
  response.set_reservation_count(reservations);
  return absl::OkStatus();
}

absl::Status LedgerAudit::VerifyBudgets(sql::Session& session, v1::VerifyLedgersResponse& response) const {
  Findings findings(response);
  RETURN_IF_ERROR(ForEach<v1::Budget>(session, budgets_, [&](const v1::Budget& budget) -> absl::Status {
    BudgetFold fold(findings);
    ASSIGN_OR_RETURN(const int64_t entries, FoldEntries(session, budget_entries_, "budget", budget.name(), budget.entry_count(), fold));
    fold.Finish(budget);
    response.set_budget_count(response.budget_count() + 1);
    response.set_budget_entry_count(response.budget_entry_count() + entries);
    return absl::OkStatus();
  }));
  RETURN_IF_ERROR(
      VerifyCounts(session,
                   "SELECT e.budget, COUNT(*), MAX(b.entry_count) FROM budget_entries e LEFT JOIN budgets b ON b.name = e.budget "
                   "GROUP BY e.budget HAVING COUNT(*) <> COALESCE(MAX(b.entry_count), 0)",
                   findings));
  RETURN_IF_ERROR(VerifyTransfers(session, findings));
  RETURN_IF_ERROR(VerifyTrees(session, findings));
  RETURN_IF_ERROR(VerifyChildren(session, findings));
  RETURN_IF_ERROR(VerifyHolds(session, findings));
  ASSIGN_OR_RETURN(const int64_t encumbrances, VerifyEncumbrances(session, findings));
  response.set_encumbrance_count(encumbrances);
  return absl::OkStatus();
}

}  // namespace heitie::resource
