#include "services/resource/movement/paper_lines.h"

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"
#include "services/resource/catalogue/units.h"
#include "services/resource/stock/count.h"

namespace heitie::resource {

const status::Reason kTransitPlace{absl::StatusCode::kInvalidArgument, "TRANSIT_PLACE",
                                   "What is at {location} is on its way: only its transfer moves it.",
                                   "{location} 的物資正在調撥途中，只能由其調撥單異動。"};

namespace {

std::string PaperPath(const std::string& path, size_t index) { return absl::StrCat(path, "[", index, "]"); }

}  // namespace

absl::StatusOr<std::vector<PaperLine>> PaperLines::Read(sql::Session& session, const std::vector<AskedLine>& asked, const std::string& path,
                                                        status::BadFields& bad) const {
  std::set<std::string> items, lots;
  for (const AskedLine& line : asked) {
    items.insert(line.item);
    if (!line.lot.empty()) lots.insert(line.lot);
  }
  ASSIGN_OR_RETURN(const ItemFacts facts, items_.FactsOf(session, {items.begin(), items.end()}));
  std::map<std::string, v1::Lot> known;
  if (!lots.empty()) {
    sql::Values names;
    for (const std::string& lot : lots) names.push_back(sql::V(lot));
    ASSIGN_OR_RETURN(const std::vector<v1::Lot> rows,
                     lots_.Select(session, absl::StrCat("WHERE name IN (", sql::Placeholders(names.size()), ")"), names));
    for (const v1::Lot& lot : rows) known[lot.name()] = lot;
  }
  std::vector<PaperLine> lines;
  std::set<std::pair<std::string, std::string>> seen;
  for (size_t i = 0; i < asked.size(); ++i) {
    const AskedLine& one = asked[i];
    PaperLine& line = lines.emplace_back();
    line.item = one.item;
    line.lot = one.lot;
    line.quantity = one.quantity;
    if (!seen.insert({one.item, one.lot}).second) bad.Add(PaperPath(path, i) + ".item", kCountedTwice, {{"item", one.item}});
    const auto fact = facts.find(one.item);
    if (fact == facts.end()) {
      bad.Add(PaperPath(path, i) + ".item", kUnknownItem, {{"item", one.item}});
      continue;
    }
    line.currency = fact->second.item.currency_code();
    if (!one.unit.empty()) {
      line.quantity =
          ToBase(fact->second.item, one.quantity, one.unit, PaperPath(path, i) + ".quantity", PaperPath(path, i) + ".unit", bad);
    }
    if (one.lot.empty()) continue;
    const auto lot = known.find(one.lot);
    if (lot == known.end() || lot->second.item() != one.item) {
      bad.Add(PaperPath(path, i) + ".lot", kUnknownLot, {{"lot", one.lot}});
    } else if (lot->second.has_expiry_date()) {
      line.expiry = time::ToDay(lot->second.expiry_date());
    }
  }
  return lines;
}

absl::StatusOr<Destination> PaperLines::PlaceOf(sql::Session& session, const std::string& location, const std::string& field,
                                                status::BadFields& bad) const {
  Destination place;
  place.location = LocationOf(location);
  ASSIGN_OR_RETURN(const auto kinds, locations_.KindsOf(session, {place.location}));
  const auto kind = kinds.find(place.location);
  if (kind == kinds.end()) {
    bad.Add(field, kUnknownLocation, {{"name", place.location}});
  } else if (place.location == kTransitLocation) {
    bad.Add(field, kTransitPlace, {{"location", place.location}});
  }
  place.blocked = kind != kinds.end() && kind->second == v1::Location::KIND_QUARANTINE;
  return place;
}

void PaperLines::CheckLots(const StockChange& change, const std::vector<PaperLine>& lines, const std::string& path,
                           status::BadFields& bad) {
  for (size_t i = 0; i < lines.size(); ++i) {
    const Books* books = change.Find(lines[i].item);
    if (books != nullptr && books->tracked() == lines[i].lot.empty()) {
      bad.Add(PaperPath(path, i) + ".lot", kUnknownLot, {{"lot", lines[i].lot}});
    }
  }
}

absl::Status PaperLines::CheckRemovable(const StockChange& change, const std::vector<PaperLine>& lines, const std::string& location,
                                        absl::CivilDay today) {
  status::Unmet unmet;
  std::vector<std::string> items;
  for (const PaperLine& line : lines) {
    const Books& books = *change.Find(line.item);
    const int64_t removable = books.Removable(location, line.lot, today);
    // What is there and promised is told by the booking itself, which knows the promises.
    if (line.quantity <= removable || (!line.lot.empty() && line.quantity <= books.At(location, line.lot).on_hand)) continue;
    items.push_back(status::StockLine(line.item, removable, line.quantity));
    unmet.Add(line.item, status::kStockShort, {{"items", items.back()}});
  }
  return unmet.status(status::kStockShort, {{"items", absl::StrJoin(items, ", ")}});
}

std::vector<std::string> PaperLines::ItemsOf(const std::vector<PaperLine>& lines) {
  std::set<std::string> items;
  for (const PaperLine& line : lines) items.insert(line.item);
  return {items.begin(), items.end()};
}

}  // namespace heitie::resource
