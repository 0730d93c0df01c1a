#include "services/resource/stock/stock.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/record/json.h"
#include "common/record/kept.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/resource/v1/stock.pb.h"
#include "services/resource/stock/business_day.h"
#include "services/resource/stock/stock_ledger.h"

namespace heitie::resource {

using v1::StockEntry;

const status::Reason kFutureDay{absl::StatusCode::kInvalidArgument, "FUTURE_DAY", "{day} is to come; today is {today}.",
                                "{day} 尚未到來；今天是 {today}。"};
const status::Reason kPeriodClosed{absl::StatusCode::kFailedPrecondition, "PERIOD_CLOSED",
                                   "{day} is closed: the books are, up to {closed}.", "{day} 已結帳：帳簿已結至 {closed}。"};
const status::Reason kBackdatedNegative{absl::StatusCode::kFailedPrecondition, "BACKDATED_NEGATIVE",
                                        "{item} at {place}: at the end of {day} there would be {missing:count} less than nothing.",
                                        "{item}（{place}）：{day} 結束時將短少 {missing:count}。"};

namespace {

sql::Values StockNames(const std::vector<std::string>& items) {
  sql::Values names;
  for (const std::string& item : items) names.push_back(sql::V(StockName(item)));
  return names;
}

// "(?, ?), (?, ?)" for values in rows of `columns`.
std::string RowsOf(const sql::Values& values, size_t columns) {
  return sql::Placeholders(values.size() / columns, absl::StrCat("(", sql::Placeholders(columns), ")"));
}

void Extend(sql::Values& values, const sql::Values& more) { values.insert(values.end(), more.begin(), more.end()); }

sql::Value DayValue(absl::CivilDay day) { return sql::V(time::DayText(day)); }

absl::CivilDay DayOf(const std::string& text) { return time::ParseDay(text).value_or(kNoEnd); }

std::string LayersJson(const StockEntry& entry) {
  if (entry.layers().empty()) return "{}";
  StockEntry only;
  *only.mutable_layers() = entry.layers();
  return record::ToJson(only);
}

}  // namespace

Books* StockChange::Find(const std::string& item) {
  const auto it = stocks_.find(item);
  return it == stocks_.end() ? nullptr : &it->second.books;
}

void Stocks::Bind(record::Methods& methods) {
  methods.Reads(stocks_);
  methods.Reads(entries_);
}

absl::Status Stocks::Open(record::Transaction& tx, const std::string& item, const v1::ItemRules& rules, int64_t low_quantity) const {
  v1::Stock stock;
  stock.set_name(StockName(item));
  stock.set_item(item);
  stock.set_tracking(rules.tracking());
  stock.set_valuation(rules.valuation());
  stock.set_low_quantity(low_quantity);
  stock.set_level(v1::Stock::LEVEL_OUT);
  return stocks_.Insert(tx, stock);
}

absl::Status Stocks::SetLow(record::Transaction& tx, const std::string& item, int64_t low_quantity) const {
  ASSIGN_OR_RETURN(StockChange change, Lock(tx, {item}, Depth::kTotals));
  Books* books = change.Find(item);
  if (books == nullptr) return status::NotFound(item);
  books->stock().set_low_quantity(low_quantity);
  return Save(tx, change, "set_low");
}

absl::Status Stocks::SetRetired(record::Transaction& tx, const std::string& item, bool retired) const {
  ASSIGN_OR_RETURN(StockChange change, Lock(tx, {item}, Depth::kTotals));
  Books* books = change.Find(item);
  if (books == nullptr) return status::NotFound(item);
  books->stock().set_retired(retired);
  return Save(tx, change, retired ? "retire" : "reinstate");
}

absl::Status Stocks::BlockExpired(record::Transaction& tx, const std::string& item) const {
  ASSIGN_OR_RETURN(StockChange change, Lock(tx, {item}, Depth::kReserve));
  Books* books = change.Find(item);
  if (books == nullptr || !books->BlockExpired(Today(tx.call))) return absl::OkStatus();
  return Save(tx, change, "block_expired");
}

absl::StatusOr<v1::Stock> Stocks::Find(sql::Session& session, const std::string& item) const {
  return stocks_.Find(session, StockName(item));
}

absl::StatusOr<int64_t> Stocks::Adopt(record::Transaction& tx, const std::string& item, const v1::ItemRules& rules) const {
  ASSIGN_OR_RETURN(StockChange change, Lock(tx, {item}, Depth::kTotals));
  Books* books = change.Find(item);
  if (books == nullptr) return status::NotFound(item);
  if (!books->Adopt(rules)) {
    const v1::Stock& stock = books->stock();
    return stock.tracking() == rules.tracking() && stock.valuation() == rules.valuation() ? 0 : stock.on_hand();
  }
  RETURN_IF_ERROR(Save(tx, change, "adopt_rules"));
  return 0;
}

absl::StatusOr<StockChange> Stocks::Lock(record::Transaction& tx, const std::vector<std::string>& items, Depth depth,
                                         const std::set<std::string>& locations) const {
  std::vector<std::string> names;
  for (const std::string& item : items) names.push_back(StockName(item));
  std::vector<v1::Stock> stocks = record::KeptOf<v1::Stock>(tx, names);
  if (!stocks.empty()) return Read(tx.sql, std::move(stocks), depth, locations);
  // The primary key gives the order of the locks; without the hint a small table might be scanned, and rows locked that are not asked for.
  const std::string tail =
      absl::StrCat("FORCE INDEX (PRIMARY) WHERE name IN (", sql::Placeholders(items.size()), ") ORDER BY name FOR UPDATE");
  ASSIGN_OR_RETURN(stocks, stocks_.Select(tx.sql, tail, StockNames(items)));
  record::KeepAll(tx, stocks);
  return Read(tx.sql, std::move(stocks), depth, locations);
}

absl::StatusOr<StockChange> Stocks::Look(sql::Session& session, const std::vector<std::string>& items, Depth depth,
                                         const std::set<std::string>& locations) const {
  ASSIGN_OR_RETURN(std::vector<v1::Stock> stocks,
                   stocks_.Select(session, absl::StrCat("WHERE name IN (", sql::Placeholders(items.size()), ")"), StockNames(items)));
  return Read(session, std::move(stocks), depth, locations);
}

absl::StatusOr<StockChange> Stocks::Read(sql::Session& session, std::vector<v1::Stock> stocks, Depth depth,
                                         const std::set<std::string>& locations) const {
  const bool elsewhere =
      std::any_of(locations.begin(), locations.end(), [](const std::string& location) { return location != kMainLocation; });
  StockChange change;
  sql::Values placed, tracked, layered;
  for (v1::Stock& stock : stocks) {
    const std::string item = stock.item();
    Books& books = change.stocks_[item].books = Books(stock);
    if (elsewhere || books.tracked()) placed.push_back(sql::V(item));
    if (books.tracked()) tracked.push_back(sql::V(item));
    if (books.layered()) layered.push_back(sql::V(item));
    change.stocks_[item].before = std::move(stock);
  }
  if (depth == Depth::kTotals) return change;
  if (!placed.empty()) {
    RETURN_IF_ERROR(session.Query(
        absl::StrCat("SELECT item, location, lot, name, on_hand, reserved, blocked, expiry_date, receive_order FROM stock_balances "
                     "WHERE item IN (",
                     sql::Placeholders(placed.size()), ")"),
        placed, [&](const sql::Row& row) {
          Balance balance{row.Text(3), row.Int(4), row.Int(5), row.Int(6), row.IsNull(7) ? kNoEnd : DayOf(row.Text(7)), row.Int(8)};
          change.Find(row.Text(0))->Put(row.Text(1), row.Text(2), std::move(balance));
        }));
  }
  if (!tracked.empty()) {
    RETURN_IF_ERROR(session.Query(
        absl::StrCat("SELECT item, location, need_date, reserved FROM stock_needs WHERE item IN (", sql::Placeholders(tracked.size()), ")"),
        tracked, [&](const sql::Row& row) { change.Find(row.Text(0))->PutNeed(row.Text(1), DayOf(row.Text(2)), row.Int(3)); }));
  }
  if (depth == Depth::kMove && !layered.empty()) {
    RETURN_IF_ERROR(session.Query(absl::StrCat("SELECT item, layer, quantity, value_minor FROM stock_layers WHERE item IN (",
                                               sql::Placeholders(layered.size()), ") ORDER BY item, layer"),
                                  layered, [&](const sql::Row& row) {
                                    change.Find(row.Text(0))->PutLayer({row.Int(1), row.Int(2), row.Int(3)});
                                  }));
  }
  return change;
}

absl::Status Stocks::Save(record::Transaction& tx, StockChange& change, const std::string& action) const {
  RETURN_IF_ERROR(CheckBackdated(tx, change));
  std::vector<StockEntry> entries;
  for (auto& [item, pair] : change.stocks_) {
    v1::Stock& stock = pair.books.stock();
    if (!pair.books.entries().empty()) {
      // Whoever waited for the lock may have begun earlier; the ledger's times follow its order.
      const absl::Time last = pair.before.has_post_time() ? time::ToTime(pair.before.post_time()) : absl::InfinitePast();
      *stock.mutable_post_time() = time::ToTimestamp(std::max(last, tx.call.now));
    }
    for (StockEntry& entry : pair.books.entries()) {
      *entry.mutable_create_time() = stock.post_time();
      entries.push_back(entry);
    }
    // What was done is one event, and what that led to another, which nobody has to look for among all movements.
    const v1::Stock::Level level = LevelOf(stock);
    const char* worse = WorseningOf(LevelOf(pair.before), level);
    if (worse == nullptr) stock.set_level(level);
    RETURN_IF_ERROR(stocks_.Update(tx, pair.before, stock, action));
    if (worse == nullptr) continue;
    const v1::Stock moved = stock;
    stock.set_level(level);
    RETURN_IF_ERROR(stocks_.Update(tx, moved, stock, worse));
  }
  RETURN_IF_ERROR(Append(tx, entries));
  RETURN_IF_ERROR(SavePlaces(tx, change));
  RETURN_IF_ERROR(SaveNeeds(tx, change));
  return SaveLayers(tx, change);
}

// By hand: an entry is its own evidence and needs no event beside it.
absl::Status Stocks::Append(record::Transaction& tx, const std::vector<StockEntry>& entries) const {
  static const std::string& kInsert = *new std::string(
      "INSERT INTO stock_entries (name, item, sequence, kind, on_hand_delta, reserved_delta, value_delta_minor, on_hand, reserved, "
      "value_minor, goods_receipt, reservation, line_reserved, line_issued, line_returned, create_time, creator, location, lot, "
      "business_date, late, need_date, document, reason, layers)");
  const auto append = [&](const StockEntry& e) {
    sql::Values values =
        sql::Bind(e.name(), e.item(), e.sequence(), StockEntry::Kind_Name(e.kind()), e.on_hand_delta(), e.reserved_delta(),
                  e.value_delta_minor(), e.on_hand(), e.reserved(), e.value_minor(), e.goods_receipt(), e.reservation(), e.line_reserved(),
                  e.line_issued(), e.line_returned(), time::ToTime(e.create_time()), tx.call.principal.name, e.location(), e.lot());
    values.push_back(DayValue(time::ToDay(e.business_date())));
    values.push_back(sql::V(e.late()));
    values.push_back(e.has_need_date() ? DayValue(time::ToDay(e.need_date())) : sql::Value());
    Extend(values, sql::Bind(e.document(), e.reason(), LayersJson(e)));
    return tx.sql.Append(kInsert, std::move(values), sql::Session::ReadBy::kTransaction);
  };
  return tx.sql.Together([&]() -> absl::Status {
    for (const StockEntry& entry : entries) RETURN_IF_ERROR(append(entry));
    return absl::OkStatus();
  });
}

absl::Status Stocks::SavePlaces(record::Transaction& tx, const StockChange& change) const {
  sql::Values rows, gone;
  for (const auto& [item, pair] : change.stocks_) {
    for (const auto& [place, balance] : pair.books.balances()) {
      if (!balance.changed) continue;
      // A lot of which nothing is left there has no row; a location keeps its own.
      if (!place.second.empty() && balance.on_hand == 0) {
        if (!balance.name.empty()) gone.push_back(sql::V(balance.name));
        continue;
      }
      const std::string name = balance.name.empty() ? absl::StrCat(item, "/stockBalances/", record::NewId(tx.call.now)) : balance.name;
      Extend(rows, sql::Bind(name, item, place.first, place.second, balance.on_hand, balance.reserved, balance.blocked));
      rows.push_back(balance.expiry == kNoEnd ? sql::Value() : DayValue(balance.expiry));
      rows.push_back(sql::V(balance.receive_order));
    }
  }
  if (!rows.empty()) {
    RETURN_IF_ERROR(tx.sql
                        .Execute(absl::StrCat("INSERT INTO stock_balances (name, item, location, lot, on_hand, reserved, blocked, "
                                              "expiry_date, receive_order) VALUES ",
                                              RowsOf(rows, 9),
                                              " ON DUPLICATE KEY UPDATE on_hand = VALUES(on_hand), reserved = VALUES(reserved), "
                                              "blocked = VALUES(blocked), receive_order = VALUES(receive_order)"),
                                 rows)
                        .status());
  }
  if (gone.empty()) return absl::OkStatus();
  return tx.sql.Execute(absl::StrCat("DELETE FROM stock_balances WHERE name IN (", sql::Placeholders(gone.size()), ")"), gone).status();
}

absl::Status Stocks::SaveNeeds(record::Transaction& tx, const StockChange& change) const {
  sql::Values rows, gone;
  for (const auto& [item, pair] : change.stocks_) {
    for (const Books::NeedKey& key : pair.books.changed_needs()) {
      const int64_t reserved = pair.books.needs().at(key);
      sql::Values& target = reserved == 0 ? gone : rows;
      Extend(target, sql::Bind(item, key.first));
      target.push_back(DayValue(key.second));
      if (reserved != 0) rows.push_back(sql::V(reserved));
    }
  }
  if (!rows.empty()) {
    RETURN_IF_ERROR(tx.sql
                        .Execute(absl::StrCat("INSERT INTO stock_needs (item, location, need_date, reserved) VALUES ", RowsOf(rows, 4),
                                              " ON DUPLICATE KEY UPDATE reserved = VALUES(reserved)"),
                                 rows)
                        .status());
  }
  if (gone.empty()) return absl::OkStatus();
  return tx.sql.Execute(absl::StrCat("DELETE FROM stock_needs WHERE (item, location, need_date) IN (", RowsOf(gone, 3), ")"), gone)
      .status();
}

absl::Status Stocks::SaveLayers(record::Transaction& tx, const StockChange& change) const {
  sql::Values rows, gone;
  for (const auto& [item, pair] : change.stocks_) {
    std::map<int64_t, Layer> layers;
    for (const Layer& layer : pair.books.layers()) layers[layer.number] = layer;
    for (const int64_t number : pair.books.changed_layers()) {
      const auto layer = layers.find(number);
      if (layer == layers.end()) {
        Extend(gone, sql::Bind(item, number));
      } else {
        Extend(rows, sql::Bind(item, number, layer->second.quantity, layer->second.value));
      }
    }
  }
  if (!rows.empty()) {
    RETURN_IF_ERROR(tx.sql
                        .Execute(absl::StrCat("INSERT INTO stock_layers (item, layer, quantity, value_minor) VALUES ", RowsOf(rows, 4),
                                              " ON DUPLICATE KEY UPDATE quantity = VALUES(quantity), value_minor = VALUES(value_minor)"),
                                 rows)
                        .status());
  }
  if (gone.empty()) return absl::OkStatus();
  return tx.sql.Execute(absl::StrCat("DELETE FROM stock_layers WHERE (item, layer) IN (", RowsOf(gone, 2), ")"), gone).status();
}

absl::Status Stocks::GuardDays(record::Transaction& tx) {
  return tx.sql.Execute("UPDATE locations SET guard = guard + 1 WHERE name = ?", sql::Bind(kMainLocation)).status();
}

absl::StatusOr<Moment> Stocks::MomentOf(record::Transaction& tx, const google::type::Date* day, const std::string& field,
                                        status::BadFields& bad) const {
  Moment moment;
  moment.today = moment.business_day = Today(tx.call);
  if (day != nullptr) moment.business_day = time::ToDay(*day);
  if (moment.business_day == moment.today) return moment;  // A month is closed a day after its end at the earliest.
  if (moment.business_day > moment.today) {
    bad.Add(field, kFutureDay, {{"day", time::DayText(moment.business_day)}, {"today", time::DayText(moment.today)}});
    return moment;
  }
  RETURN_IF_ERROR(GuardDays(tx));
  std::optional<absl::CivilDay> closed;
  RETURN_IF_ERROR(tx.sql.Query("SELECT MAX(last_day) FROM stock_closings", {}, [&](const sql::Row& row) {
    if (!row.IsNull(0)) closed = DayOf(row.Text(0));
  }));
  if (closed && moment.business_day <= *closed) {
    return status::Error(kPeriodClosed, {{"day", time::DayText(moment.business_day)}, {"closed", time::DayText(*closed)}});
  }
  return moment;
}

// Of an item as a whole, and of each place from which something goes. What comes on the same day in the same transaction counts.
absl::Status Stocks::CheckBackdated(record::Transaction& tx, const StockChange& change) const {
  for (const auto& [item, pair] : change.stocks_) {
    std::map<std::pair<std::string, std::string>, int64_t> taken;  // of a location and lot; of all with no location
    std::map<std::pair<std::string, std::string>, int64_t> there;
    absl::CivilDay from = kNoEnd;
    for (const StockEntry& entry : pair.books.entries()) {
      if (!entry.late()) continue;
      from = std::min(from, time::ToDay(entry.business_date()));
      taken[{"", ""}] -= entry.on_hand_delta();
      taken[{entry.location(), entry.lot()}] -= entry.on_hand_delta();
      there[{entry.location(), entry.lot()}] = pair.books.At(entry.location(), entry.lot()).on_hand;
    }
    there[{"", ""}] = pair.books.stock().on_hand();
    for (const auto& [place, quantity] : taken) {
      if (quantity <= 0) continue;
      std::map<absl::CivilDay, int64_t> later;
      // Nothing is posted before its day, so what counts later was posted later.
      const absl::Time after = absl::FromCivil(from + 1, zone_);
      sql::Values values = sql::Bind(item, after);
      values.push_back(DayValue(from));
      if (!place.first.empty()) Extend(values, sql::Bind(place.first, place.second));
      RETURN_IF_ERROR(tx.sql.Query(
          absl::StrCat("SELECT business_date, create_time, on_hand_delta FROM stock_entries WHERE item = ? AND create_time >= ? AND "
                       "on_hand_delta <> 0 AND (business_date IS NULL OR business_date > ?)",
                       place.first.empty() ? "" : " AND location = ? AND lot = ?"),
          values,
          [&](const sql::Row& row) { later[row.IsNull(0) ? absl::ToCivilDay(row.Time(1), zone_) : DayOf(row.Text(0))] += row.Int(2); }));
      const std::optional<Shortfall> lack = FirstShortfall(from, there.at(place) + quantity, later, quantity);
      if (!lack) continue;
      return status::Error(kBackdatedNegative, {{"item", item},
                                                {"place", place.first.empty() ? item : place.first},
                                                {"day", time::DayText(lack->day)},
                                                {"missing", lack->missing}});
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<StockEntry>> Stocks::History(sql::Session& session, const std::string& reservation,
                                                        const std::vector<std::string>& items) const {
  sql::Values values = sql::Bind(reservation);
  for (const std::string& item : items) values.push_back(sql::V(item));
  return entries_.Select(
      session, absl::StrCat("WHERE reservation = ? AND item IN (", sql::Placeholders(items.size()), ") ORDER BY item, sequence"), values);
}

}  // namespace heitie::resource
