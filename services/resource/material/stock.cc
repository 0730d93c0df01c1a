#include "services/resource/material/stock.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "heitie/resource/v1/stock.pb.h"
#include "services/resource/material/stock_ledger.h"

namespace heitie::resource {
namespace {

// "?, ?, ?" for a list of `count` parameters.

sql::Values StockNames(const std::vector<std::string>& items) {
  sql::Values names;
  for (const std::string& item : items) names.push_back(sql::V(StockName(item)));
  return names;
}

int64_t ShortQuantity(const v1::CheckStockResponse::Line& line) {
  return std::max<int64_t>(0, line.quantity() - line.issued_to_subject() - line.reserved_for_subject() - line.available());
}

}  // namespace

v1::Stock* StockChange::Find(const std::string& item) {
  const auto it = stocks_.find(item);
  return it == stocks_.end() ? nullptr : &it->second.after;
}

void Stocks::Bind(record::Methods& methods) {
  methods.Reads(stocks_);
  methods.Bind("CheckStock", this, &Stocks::Check);
  methods.Reads(entries_);
}

absl::Status Stocks::Open(record::Transaction& tx, const std::string& item) const {
  v1::Stock stock;
  stock.set_name(StockName(item));
  stock.set_item(item);
  return stocks_.Insert(tx, stock);
}

absl::StatusOr<StockChange> Stocks::Lock(record::Transaction& tx, const std::vector<std::string>& items) const {
  // The primary key gives the order of the locks; without the hint a small table might be scanned, and rows locked that are not asked for.
  const std::string tail =
      absl::StrCat("FORCE INDEX (PRIMARY) WHERE name IN (", sql::Placeholders(items.size()), ") ORDER BY name FOR UPDATE");
  ASSIGN_OR_RETURN(std::vector<v1::Stock> stocks, stocks_.Select(tx.sql, tail, StockNames(items)));
  StockChange change;
  for (v1::Stock& stock : stocks) change.stocks_[stock.item()] = {stock, stock};
  return change;
}

absl::Status Stocks::Save(record::Transaction& tx, StockChange& change, const std::string& action) const {
  for (auto& [item, stock] : change.stocks_) {
    if (stock.after.entry_count() > stock.before.entry_count()) RETURN_IF_ERROR(stocks_.Update(tx, stock.before, stock.after, action));
  }
  return Append(tx, change.entries_);
}

// By hand: an entry is its own evidence and needs no event beside it.
absl::Status Stocks::Append(record::Transaction& tx, const std::vector<v1::StockEntry>& entries) const {
  if (entries.empty()) return absl::OkStatus();
  sql::Values values;
  for (const v1::StockEntry& e : entries) {
    const sql::Values row =
        sql::Bind(e.name(), e.item(), e.sequence(), v1::StockEntry::Kind_Name(e.kind()), e.on_hand_delta(), e.reserved_delta(),
                  e.value_delta_minor(), e.on_hand(), e.reserved(), e.value_minor(), e.goods_receipt(), e.reservation(), e.line_reserved(),
                  e.line_issued(), e.line_returned(), tx.call.now, tx.call.principal.name);
    values.insert(values.end(), row.begin(), row.end());
  }
  const std::vector<std::string> rows(entries.size(), absl::StrCat("(", sql::Placeholders(values.size() / entries.size()), ")"));
  return tx.sql
      .Execute(
          absl::StrCat(
              "INSERT INTO stock_entries (name, item, sequence, kind, on_hand_delta, reserved_delta, value_delta_minor, on_hand, reserved, "
              "value_minor, goods_receipt, reservation, line_reserved, line_issued, line_returned, create_time, creator) VALUES ",
              absl::StrJoin(rows, ", ")),
          values)
      .status();
}

absl::StatusOr<v1::CheckStockResponse> Stocks::Check(const rpc::Call& call, const v1::CheckStockRequest& request) {
  status::BadFields bad;
  CheckUnique(request.lines(), "lines", bad);
  RETURN_IF_ERROR(bad.status());

  // One statement, so that a line's figures are of one moment. What a subject holds is the sum of its reservations' entries.
  const std::vector<std::string> items = ItemsOf(request.lines());
  const std::string query = absl::StrCat(
      "SELECT s.item, s.on_hand, s.reserved, s.available, s.etag, CAST(COALESCE(m.held, 0) AS SIGNED), CAST(COALESCE(m.issued, 0) AS "
      "SIGNED) "
      "FROM stocks s LEFT JOIN (SELECT e.item, SUM(e.reserved_delta) AS held, -SUM(e.on_hand_delta) AS issued FROM reservations r "
      "JOIN stock_entries e ON e.reservation = r.name WHERE r.subject = ? GROUP BY e.item) m ON m.item = s.item WHERE s.name IN (",
      sql::Placeholders(items.size()), ")");
  sql::Values values = sql::Bind(request.subject());
  const sql::Values names = StockNames(items);
  values.insert(values.end(), names.begin(), names.end());

  std::map<std::string, v1::CheckStockResponse::Line> found;
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& session) {
    return session.Query(query, values, [&](const sql::Row& row) {
      v1::CheckStockResponse::Line& line = found[row.Text(0)];
      line.set_item(row.Text(0));
      line.set_on_hand(row.Int(1));
      line.set_reserved(row.Int(2));
      line.set_available(row.Int(3));
      line.set_etag(row.Text(4));
      line.set_reserved_for_subject(row.Int(5));
      line.set_issued_to_subject(row.Int(6));
    });
  }));

  v1::CheckStockResponse response;
  for (int i = 0; i < request.lines_size(); ++i) {
    const auto it = found.find(request.lines(i).item());
    if (it == found.end()) {
      bad.Add(LineField("lines", i), kUnknownItem, {{"item", request.lines(i).item()}});
      continue;
    }
    v1::CheckStockResponse::Line& line = *response.add_lines();
    line = it->second;
    line.set_quantity(request.lines(i).quantity());
    line.set_short_quantity(ShortQuantity(line));
  }
  RETURN_IF_ERROR(bad.status());
  return response;
}

}  // namespace heitie::resource
