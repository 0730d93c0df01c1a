#include "services/resource/stock/count.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/resource/material/custody.h"
#include "services/resource/movement/paper_lines.h"

namespace heitie::resource {

using v1::StockCount;

const status::Reason kCountTooLarge{absl::StatusCode::kFailedPrecondition, "COUNT_TOO_LARGE",
                                    "More than {most:count} lines lie there: name the items to be counted together.",
                                    "該處超過 {most:count} 行：請指定要一併盤點的品項。"};
const status::Reason kCountedTwice{absl::StatusCode::kInvalidArgument, "COUNTED_TWICE", "{item} is in the request twice.",
                                   "{item} 在請求中重複。"};
const status::Reason kUnknownLot{absl::StatusCode::kInvalidArgument, "UNKNOWN_LOT",
                                 "{lot} is no lot of the item, or the item's pieces are told apart and none is named.",
                                 "{lot} 不是該品項的批號，或該品項分批管理卻未指明批號。"};
const status::Reason kCountIncomplete{absl::StatusCode::kFailedPrecondition, "COUNT_INCOMPLETE",
                                      "{name}: {count:count} lines are not counted yet.", "{name}：尚有 {count:count} 行未清點。"};
const status::Reason kNotCounted{absl::StatusCode::kFailedPrecondition, "NOT_COUNTED", "{item} {lot} is not counted yet.",
                                 "{item} {lot} 尚未清點。"};
const status::Reason kCountStale{absl::StatusCode::kFailedPrecondition, "COUNT_STALE",
                                 "{name}: what was counted was adjusted since: {items:list}. Count it again.",
                                 "{name}：清點後又有調整：{items:list}，請重新清點。"};
const status::Reason kAdjustedSince{absl::StatusCode::kFailedPrecondition, "ADJUSTED_SINCE",
                                    "{item} {lot} was adjusted since it was counted.", "{item} {lot} 在清點後已調整。"};
const status::Reason kCountBreaksPromises{absl::StatusCode::kFailedPrecondition, "COUNT_BREAKS_PROMISES",
                                          "{item}: reservations could not be met any more; {missing:count} would be missing.",
                                          "{item}：部分預留將無法滿足，短少 {missing:count}。"};
const status::Reason kStandsInTheWay{absl::StatusCode::kFailedPrecondition, "STANDS_IN_THE_WAY",
                                     "{reservation} is to have {outstanding:count} until {need}.",
                                     "{reservation} 尚待發放 {outstanding:count}，需用至 {need}。"};

namespace {

constexpr int kMostLines = 1000;

StockCount::Line* FindCountLine(StockCount& count, const std::string& item, const std::string& lot) {
  for (StockCount::Line& line : *count.mutable_lines()) {
    if (line.item() == item && line.lot() == lot) return &line;
  }
  return nullptr;
}

std::vector<std::string> CountedItems(const StockCount& count) {
  std::set<std::string> items;
  for (const StockCount::Line& line : count.lines()) items.insert(line.item());
  return {items.begin(), items.end()};
}

int FindPromised(const v1::Reservation& reservation, const std::string& item, const std::string& location) {
  const int line = FindLine(reservation, item);
  return line >= 0 && LocationOf(reservation.lines(line).location()) == location ? line : -1;
}

absl::Status CheckCounted(const StockCount& count) {
  status::Unmet unmet;
  int64_t open = 0;
  for (const StockCount::Line& line : count.lines()) {
    if (line.has_counted_quantity()) continue;
    ++open;
    unmet.Add(line.item(), kNotCounted, {{"item", line.item()}, {"lot", line.lot()}});
  }
  return unmet.status(kCountIncomplete, {{"name", count.name()}, {"count", open}});
}

}  // namespace

const record::StateMachine& StockCountMachine() {
  using C = StockCount;
  static const auto& machine = *new record::StateMachine(
      C::State_descriptor(),
      {
          {C::STATE_OPEN, "record", C::STATE_OPEN},
          {C::STATE_OPEN, "post", C::STATE_POSTED, "every line is counted, by somebody else, and not adjusted since"},
          {C::STATE_OPEN, "cancel", C::STATE_CANCELLED},
      });
  return machine;
}

absl::Status StockCounts::Create(record::Transaction& tx, Count& count) { return Fill(tx, count); }

absl::Status StockCounts::Open(record::Transaction& tx, Count& count) const {
  RETURN_IF_ERROR(Fill(tx, count));
  return counts_.Insert(tx, count);
}

absl::Status StockCounts::Fill(record::Transaction& tx, Count& count) const {
  ASSIGN_OR_RETURN(const auto kinds, locations_.KindsOf(tx.sql, {count.location()}));
  if (kinds.count(count.location()) == 0) {
    status::BadFields bad;
    bad.Add("stock_count.location", kUnknownLocation, {{"name", count.location()}});
    return bad.status();
  }
  if (count.location() == kTransitLocation) {
    status::BadFields bad;
    bad.Add("stock_count.location", kTransitPlace, {{"location", count.location()}});
    return bad.status();
  }
  // Lots of what is told apart, locations as a whole of the rest; the main one of that rest has no rows.
  sql::Values values = sql::Bind(count.location());
  for (const std::string& item : count.items()) values.push_back(sql::V(item));
  const std::string chosen =
      count.items().empty() ? "" : absl::StrCat(" AND s.item IN (", sql::Placeholders(static_cast<size_t>(count.items_size())), ")");
  std::string query = absl::StrCat(
      "SELECT s.item, b.lot FROM stock_balances b JOIN stocks s ON s.item = b.item WHERE b.location = ? AND b.on_hand > 0 AND "
      "(b.lot <> '' OR s.tracking NOT IN ('TRACKING_LOT', 'TRACKING_SERIAL'))",
      chosen);
  if (count.location() == kMainLocation) {
    absl::StrAppend(&query, " UNION SELECT s.item, '' FROM stocks s WHERE s.on_hand > s.placed_on_hand", chosen);
    for (const std::string& item : count.items()) values.push_back(sql::V(item));
  }
  count.clear_lines();
  RETURN_IF_ERROR(tx.sql.Query(absl::StrCat(query, " ORDER BY 1, 2 LIMIT ", kMostLines + 1), values, [&](const sql::Row& row) {
    Count::Line& line = *count.add_lines();
    line.set_item(row.Text(0));
    line.set_lot(row.Text(1));
  }));
  if (count.lines_size() > kMostLines) return status::Error(kCountTooLarge, {{"most", kMostLines}});
  count.set_state(Count::STATE_OPEN);
  return absl::OkStatus();
}

absl::Status StockCounts::CheckFound(record::Transaction& tx, const v1::RecordStockCountRequest& request) const {
  status::BadFields bad;
  ASSIGN_OR_RETURN(const StockChange change, stocks_.Look(tx.sql, ItemsOf(request.found()), Stocks::Depth::kTotals, {}));
  std::set<std::string> lots;
  for (const auto& found : request.found()) {
    if (!found.lot().empty()) lots.insert(found.lot());
  }
  std::map<std::string, v1::Lot> known;
  if (!lots.empty()) {
    sql::Values names;
    for (const std::string& lot : lots) names.push_back(sql::V(lot));
    ASSIGN_OR_RETURN(const std::vector<v1::Lot> rows,
                     lots_.Select(tx.sql, absl::StrCat("WHERE name IN (", sql::Placeholders(names.size()), ")"), names));
    for (const v1::Lot& lot : rows) known[lot.name()] = lot;
  }
  std::set<std::pair<std::string, std::string>> seen;
  for (int i = 0; i < request.found_size(); ++i) {
    const auto& found = request.found(i);
    const std::string path = absl::StrCat("found[", i, "]");
    if (!seen.insert({found.item(), found.lot()}).second) bad.Add(path + ".item", kCountedTwice, {{"item", found.item()}});
    const Books* books = change.Find(found.item());
    if (books == nullptr) {
      bad.Add(path + ".item", kUnknownItem, {{"item", found.item()}});
      continue;
    }
    const auto lot = known.find(found.lot());
    const bool of_item = lot != known.end() && lot->second.item() == found.item();
    if (books->tracked() ? !of_item : !found.lot().empty()) bad.Add(path + ".lot", kUnknownLot, {{"lot", found.lot()}});
  }
  return bad.status();
}

absl::StatusOr<StockCount> StockCounts::Record(record::Transaction& tx, const v1::RecordStockCountRequest& request) {
  return counts_.Change(tx, request, "record", [&](Count& after) -> absl::Status {
    RETURN_IF_ERROR(CheckFound(tx, request));
    ASSIGN_OR_RETURN(const StockChange change, stocks_.Look(tx.sql, ItemsOf(request.found()), Stocks::Depth::kTotals, {}));
    for (const auto& found : request.found()) {
      Count::Line* line = FindCountLine(after, found.item(), found.lot());
      if (line == nullptr) {
        if (after.lines_size() >= kMostLines) return status::Error(kCountTooLarge, {{"most", kMostLines}});
        line = after.add_lines();
        line->set_item(found.item());
        line->set_lot(found.lot());
      }
      line->set_counted_quantity(found.quantity());
      line->set_ledger_position(change.Find(found.item())->stock().entry_count());
      line->set_counter(tx.call.principal.name);
      *line->mutable_count_time() = time::ToTimestamp(tx.call.now);
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<StockCount> StockCounts::Cancel(record::Transaction& tx, const v1::CancelStockCountRequest& request) {
  return counts_.Change(tx, request, "cancel", [&](Count& after) { after.set_state_reason(request.reason()); });
}

absl::Status StockCounts::Compare(record::Transaction& tx, Count& count, StockChange& change) const {
  status::Unmet stale;
  std::vector<std::string> items;
  for (Count::Line& line : *count.mutable_lines()) {
    const Books& books = *change.Find(line.item());
    const int64_t present = books.At(count.location(), line.lot()).on_hand;
    int64_t moved = 0;
    bool adjusted = false;
    if (books.stock().entry_count() > line.ledger_position()) {
      RETURN_IF_ERROR(
          tx.sql.Query("SELECT CAST(COALESCE(SUM(on_hand_delta), 0) AS SIGNED), "
                       "CAST(COALESCE(SUM(kind IN ('KIND_GAIN', 'KIND_LOSS')), 0) AS SIGNED) FROM stock_entries "
                       "WHERE item = ? AND sequence > ? AND location = ? AND lot = ?",
                       sql::Bind(line.item(), line.ledger_position(), count.location(), line.lot()), [&](const sql::Row& row) {
                         moved = row.Int(0);
                         adjusted = row.Int(1) > 0;
                       }));
    }
    line.set_book_quantity(present - moved);
    line.set_difference(line.counted_quantity() - line.book_quantity());
    // What has gone since cannot have been there, if so little was found.
    if (!adjusted && present + line.difference() >= 0) continue;
    stale.Add(line.item(), kAdjustedSince, {{"item", line.item()}, {"lot", line.lot()}});
    items.push_back(line.item());
  }
  return stale.status(kCountStale, {{"name", count.name()}, {"items", absl::StrJoin(items, ", ")}});
}

absl::StatusOr<std::vector<std::string>> StockCounts::PromisesOf(sql::Session& session, const Count& count,
                                                                 const std::set<std::string>& items) const {
  std::vector<std::string> names;
  if (items.empty()) return names;
  sql::Values values = sql::Bind(count.location());
  for (const std::string& item : items) values.push_back(sql::V(item));
  RETURN_IF_ERROR(
      session.Query(absl::StrCat("SELECT reservation FROM stock_entries WHERE location = ? AND item IN (", sql::Placeholders(items.size()),
                                 ") AND reservation <> '' GROUP BY reservation HAVING SUM(reserved_delta) > 0 ORDER BY reservation"),
                    values, [&](const sql::Row& row) { names.push_back(row.Text(0)); }));
  return names;
}

absl::Status StockCounts::MakeRoom(const Count& count, const Count::Line& line, bool release, Books& books, Promises& promises,
                                   std::set<std::string>& used, const Moment& moment) const {
  int64_t missing = MissingAfterLoss(books, count.location(), line.lot(), -line.difference(), moment.today);
  if (missing == 0) return absl::OkStatus();
  struct Promise {
    absl::CivilDay need;
    std::string name;
  };
  std::vector<Promise> latest;
  for (const auto& [name, step] : promises) {
    const int at = FindPromised(step.after, line.item(), count.location());
    if (at >= 0 && Outstanding(step.after.lines(at)) > 0) latest.push_back({NeedOf(step.after.lines(at)), name});
  }
  std::sort(latest.begin(), latest.end(),
            [](const Promise& a, const Promise& b) { return std::tie(b.need, b.name) < std::tie(a.need, a.name); });
  status::Unmet in_the_way;
  for (const Promise& promise : latest) {
    v1::Reservation& reservation = promises.at(promise.name).after;
    v1::Reservation::Line& promised = *reservation.mutable_lines(FindPromised(reservation, line.item(), count.location()));
    if (!release) {
      in_the_way.Add(promise.name, kStandsInTheWay,
                     {{"reservation", promise.name},
                      {"outstanding", Outstanding(promised)},
                      {"need", promise.need == kNoEnd ? "-" : time::DayText(promise.need)}});
      continue;
    }
    RETURN_IF_ERROR(books.Release(promised, std::min(missing, Outstanding(promised)), promise.name, moment));
    used.insert(promise.name);
    missing = MissingAfterLoss(books, count.location(), line.lot(), -line.difference(), moment.today);
    if (missing == 0) return absl::OkStatus();
  }
  const status::Args args = {{"item", line.item()}, {"missing", missing}};
  // What was promised after the promises were locked is not among them: it is tried again.
  return in_the_way.empty() ? status::Error(kCountBreaksPromises, args) : in_the_way.status(kCountBreaksPromises, args);
}

absl::Status StockCounts::Book(record::Transaction& tx, Count& count, bool release, StockChange& change, Promises& promises,
                               std::set<std::string>& used, const Moment& moment) const {
  ASSIGN_OR_RETURN(const auto kinds, locations_.KindsOf(tx.sql, {count.location()}));
  for (Count::Line& line : *count.mutable_lines()) {
    line.set_difference_value_minor(0);
    if (line.difference() == 0) continue;
    Books& books = *change.Find(line.item());
    if (line.difference() < 0) RETURN_IF_ERROR(MakeRoom(count, line, release, books, promises, used, moment));
    Arrival at;
    at.location = count.location();
    at.blocked = kinds.at(count.location()) == v1::Location::KIND_QUARANTINE;
    at.lot = line.lot();
    if (!line.lot().empty()) {
      ASSIGN_OR_RETURN(const v1::Lot lot, lots_.Find(tx.sql, line.lot()));
      if (lot.has_expiry_date()) at.expiry = time::ToDay(lot.expiry_date());
    }
    RETURN_IF_ERROR(books.Adjust(line.difference(), at, moment));
    line.set_difference_value_minor(books.entries().back().value_delta_minor());
  }
  return absl::OkStatus();
}

absl::StatusOr<StockCount> StockCounts::Post(record::Transaction& tx, const v1::PostStockCountRequest& request) {
  return counts_.Change(tx, request, "post", [&](const Count& before, Count& after) -> absl::Status {
    for (const Count::Line& line : before.lines()) {
      if (line.counter() == tx.call.principal.name) return status::Error(kOwnCount, {{"name", line.counter()}});
    }
    RETURN_IF_ERROR(CheckCounted(before));
    const std::vector<std::string> items = CountedItems(before);
    Promises promises;
    // Reservations are locked before stocks, as by everybody.
    ASSIGN_OR_RETURN(const std::vector<std::string> names, PromisesOf(tx.sql, before, {items.begin(), items.end()}));
    for (const std::string& name : names) {
      ASSIGN_OR_RETURN(promises[name], reservations_.Take(tx, name));
    }
    if (!items.empty()) {
      ASSIGN_OR_RETURN(StockChange change, stocks_.Lock(tx, items, Stocks::Depth::kMove, {before.location()}));
      RETURN_IF_ERROR(Compare(tx, after, change));
      status::BadFields none;
      ASSIGN_OR_RETURN(Moment moment, stocks_.MomentOf(tx, nullptr, "", none));
      moment.document = before.name();
      moment.reason = request.reason();
      std::set<std::string> used;
      RETURN_IF_ERROR(Book(tx, after, request.release_reservations(), change, promises, used, moment));
      RETURN_IF_ERROR(stocks_.Save(tx, change, "count"));
      for (const std::string& name : used) RETURN_IF_ERROR(reservations_.GiveUp(tx, promises.at(name)));
    }
    after.set_state_reason(request.reason());
    after.set_poster(tx.call.principal.name);
    *after.mutable_post_time() = time::ToTimestamp(tx.call.now);
    return absl::OkStatus();
  });
}

absl::StatusOr<v1::ComputeCountAccuracyResponse> StockCounts::ComputeAccuracy(const rpc::Call& call,
                                                                              const v1::ComputeCountAccuracyRequest& request) {
  const absl::Time end = request.has_end_time() ? time::ToTime(request.end_time()) : call.now + absl::Microseconds(1);
  return store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::ComputeCountAccuracyResponse> {
    ASSIGN_OR_RETURN(const std::vector<Count> counts,
                     counts_.Select(session, "WHERE post_time >= ? AND post_time < ? ORDER BY post_time, name",
                                    sql::Bind(time::ToTime(request.start_time()), end)));
    std::set<std::string> items;
    for (const Count& count : counts) {
      for (const Count::Line& line : count.lines()) items.insert(line.item());
    }
    ASSIGN_OR_RETURN(const ItemFacts facts, items_.FactsOf(session, {items.begin(), items.end()}));
    std::map<std::string, v1::ComputeCountAccuracyResponse::Category> categories;
    for (const Count& count : counts) {
      for (const Count::Line& line : count.lines()) {
        const auto fact = facts.find(line.item());
        if (fact == facts.end()) continue;
        auto& category = categories[fact->second.item.category()];
        category.set_line_count(category.line_count() + 1);
        category.set_exact_count(category.exact_count() + (line.difference() == 0 ? 1 : 0));
      }
    }
    v1::ComputeCountAccuracyResponse response;
    for (auto& [name, category] : categories) {
      category.set_category(name);
      category.set_accuracy_bp(ShareOf(10'000, category.exact_count(), category.line_count()));
      *response.add_categories() = category;
    }
    return response;
  });
}

void StockCounts::Bind(record::Methods& methods) {
  counts_.SetAllows([](const Count& count, const std::string& verb) { return verb != "post" || CheckCounted(count).ok(); });
  methods.Reads(counts_);
  methods.Creates(counts_, this, &StockCounts::Create);
  methods.Bind("RecordStockCount", this, &StockCounts::Record);
  methods.Bind("PostStockCount", this, &StockCounts::Post);
  methods.Bind("CancelStockCount", this, &StockCounts::Cancel);
  methods.Bind("ComputeCountAccuracy", this, &StockCounts::ComputeAccuracy);
}

}  // namespace heitie::resource
