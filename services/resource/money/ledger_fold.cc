#include "services/resource/money/ledger_fold.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/stock.pb.h"

namespace heitie::resource {
namespace {

constexpr int kMaxFindings = 1000;
constexpr char kFoldMain[] = "locations/main";

absl::CivilDay FoldDay(const google::type::Date& date) { return absl::CivilDay(date.year(), date.month(), date.day()); }

}  // namespace

void Findings::Equal(const std::string& subject, const std::string& figure, int64_t expected, int64_t found) {
  if (expected != found) Add(subject, figure, expected, found);
}

void Findings::AtMost(const std::string& subject, const std::string& rule, int64_t limit, int64_t found) {
  if (found > limit) Add(subject, rule, limit, found);
}

void Findings::Add(const std::string& subject, const std::string& figure, int64_t expected, int64_t found) {
  if (response_.discrepancies_size() >= kMaxFindings) return;
  auto& discrepancy = *response_.add_discrepancies();
  discrepancy.set_subject(subject);
  discrepancy.set_figure(figure);
  discrepancy.set_expected(expected);
  discrepancy.set_found(found);
}

void StockFold::Feed(const v1::StockEntry& entry) {
  findings_.Equal(entry.name(), "sequence", sequence_ + 1, entry.sequence());
  sequence_ = entry.sequence();
  on_hand_ += entry.on_hand_delta();
  reserved_ += entry.reserved_delta();
  value_ += entry.value_delta_minor();
  findings_.Equal(entry.name(), "on_hand", on_hand_, entry.on_hand());
  findings_.Equal(entry.name(), "reserved", reserved_, entry.reserved());
  findings_.Equal(entry.name(), "value_minor", value_, entry.value_minor());
  findings_.AtMost(entry.name(), "W7", on_hand_, reserved_);
  if (!entry.reservation().empty()) FeedLine(entry);
  FeedPlace(entry);
  FeedLayers(entry);
}

// W7 holds of each location as well, no lot and no day is ever negative, and what has expired is never issued.
void StockFold::FeedPlace(const v1::StockEntry& entry) {
  const std::string location = entry.location().empty() ? kFoldMain : entry.location();
  Held& held = locations_[location];
  held.on_hand += entry.on_hand_delta();
  held.reserved += entry.reserved_delta();
  int64_t& lot = lots_[{location, entry.lot()}];
  lot += entry.on_hand_delta();
  if (locations_.size() > 1) {  // Of one location it is what holds of the item.
    findings_.AtMost(entry.name(), absl::StrCat("W7 ", location), held.on_hand, held.reserved);
    findings_.AtMost(entry.name(), absl::StrCat("W7 ", location), held.reserved, 0);
  }
  findings_.AtMost(entry.name(), absl::StrCat("on_hand ", location, " ", entry.lot()), lot, 0);
  if (entry.has_need_date()) needs_[{location, FoldDay(entry.need_date())}] += entry.reserved_delta();
  const absl::CivilDay day = entry.has_business_date() ? FoldDay(entry.business_date())
                                                       : absl::ToCivilDay(absl::FromUnixSeconds(entry.create_time().seconds()), zone_);
  days_[{"", ""}][day] += entry.on_hand_delta();
  days_[{location, entry.lot()}][day] += entry.on_hand_delta();
  const auto expiry = stored_.expiries.find(entry.lot());
  if (entry.kind() == v1::StockEntry::KIND_ISSUE && expiry != stored_.expiries.end()) {
    findings_.AtMost(entry.name(), "expiry_date", expiry->second - absl::CivilDay(1970, 1, 1), day - absl::CivilDay(1970, 1, 1));
  }
}

void StockFold::FeedLayers(const v1::StockEntry& entry) {
  StoredStock::Layer sum;
  for (const v1::StockEntry::LayerShare& share : entry.layers()) {
    sum.quantity += share.quantity_delta();
    sum.value += share.value_delta_minor();
    StoredStock::Layer& layer = layers_[share.layer()];
    layer.quantity += share.quantity_delta();
    layer.value += share.value_delta_minor();
    findings_.AtMost(entry.name(), absl::StrCat("layer ", share.layer()), layer.quantity, 0);
    findings_.AtMost(entry.name(), absl::StrCat("layer ", share.layer()), layer.value, 0);
    if (layer.quantity == 0) findings_.Equal(entry.name(), absl::StrCat("layer ", share.layer()), 0, layer.value);
    if (layer.quantity == 0) layers_.erase(share.layer());
  }
  if (entry.layers().empty()) return;
  findings_.Equal(entry.name(), "layers", entry.on_hand_delta(), sum.quantity);
  findings_.Equal(entry.name(), "layers value_minor", entry.value_delta_minor(), sum.value);
}

void StockFold::FeedLine(const v1::StockEntry& entry) {
  Line& line = lines_[entry.reservation()];
  if (entry.kind() == v1::StockEntry::KIND_RESERVE || entry.kind() == v1::StockEntry::KIND_RELEASE) line.reserved += entry.reserved_delta();
  if (entry.kind() == v1::StockEntry::KIND_ISSUE) line.issued -= entry.on_hand_delta();
  if (entry.kind() == v1::StockEntry::KIND_RETURN) line.returned += entry.on_hand_delta();
  findings_.Equal(entry.name(), "line_reserved", line.reserved, entry.line_reserved());
  findings_.Equal(entry.name(), "line_issued", line.issued, entry.line_issued());
  findings_.Equal(entry.name(), "line_returned", line.returned, entry.line_returned());
  findings_.AtMost(entry.name(), "W7", line.reserved, line.issued);
  findings_.AtMost(entry.name(), "W7", line.issued, line.returned);
}

void StockFold::Finish(const v1::Stock& stock) {
  findings_.Equal(stock.name(), "entry_count", sequence_, stock.entry_count());
  findings_.Equal(stock.name(), "on_hand", on_hand_, stock.on_hand());
  findings_.Equal(stock.name(), "reserved", reserved_, stock.reserved());
  findings_.Equal(stock.name(), "available", on_hand_ - reserved_ - stock.blocked(), stock.available());
  findings_.Equal(stock.name(), "value_minor", value_, stock.value_minor());
  FinishDays(stock);
  FinishPlaces(stock);
  FinishLayers(stock);
}

void StockFold::FinishDays(const v1::Stock& stock) {
  for (const auto& [place, days] : days_) {
    int64_t sum = 0;
    for (const auto& [day, delta] : days) {
      sum += delta;
      const std::string where = place.first.empty() ? "" : absl::StrCat(" ", place.first, " ", place.second);
      findings_.AtMost(stock.name(), absl::StrCat("business_date ", absl::FormatCivilTime(day), where), sum, 0);
    }
  }
}

void StockFold::FinishPlaces(const v1::Stock& stock) {
  const bool tracked = stock.tracking() == v1::ItemRules::TRACKING_LOT || stock.tracking() == v1::ItemRules::TRACKING_SERIAL;
  const auto placed = [&](const std::string& location) { return tracked || location != kFoldMain; };
  std::map<std::pair<std::string, std::string>, StoredStock::Balance> found = stored_.balances;
  StoredStock::Balance all;
  for (const auto& [location, held] : locations_) {
    if (!placed(location)) continue;
    const StoredStock::Balance& balance = found[{location, ""}];
    findings_.Equal(stock.name(), absl::StrCat("on_hand ", location), held.on_hand, balance.on_hand);
    findings_.Equal(stock.name(), absl::StrCat("reserved ", location), held.reserved, balance.reserved);
    all.on_hand += held.on_hand;
    all.reserved += held.reserved;
    all.blocked += balance.blocked;
    found.erase({location, ""});
  }
  for (const auto& [place, on_hand] : lots_) {
    if (place.second.empty()) continue;
    findings_.Equal(stock.name(), absl::StrCat("on_hand ", place.first, " ", place.second), on_hand, found[place].on_hand);
    found.erase(place);
  }
  for (const auto& [place, balance] : found) {
    findings_.Equal(stock.name(), absl::StrCat("on_hand ", place.first, " ", place.second), 0, balance.on_hand);
  }
  findings_.Equal(stock.name(), "placed_on_hand", all.on_hand, stock.placed_on_hand());
  findings_.Equal(stock.name(), "placed_reserved", all.reserved, stock.placed_reserved());
  findings_.Equal(stock.name(), "blocked", all.blocked, stock.blocked());
  std::map<std::pair<std::string, absl::CivilDay>, int64_t> needs = stored_.needs;
  for (const auto& [key, reserved] : needs_) {
    findings_.Equal(stock.name(), absl::StrCat("needed ", key.first, " ", absl::FormatCivilTime(key.second)), reserved, needs[key]);
    needs.erase(key);
  }
  for (const auto& [key, reserved] : needs) {
    findings_.Equal(stock.name(), absl::StrCat("needed ", key.first, " ", absl::FormatCivilTime(key.second)), 0, reserved);
  }
}

void StockFold::FinishLayers(const v1::Stock& stock) {
  const bool layered = stock.valuation() == v1::ItemRules::VALUATION_FIFO;
  findings_.Equal(stock.name(), "layered_on_hand", layered ? on_hand_ : 0, stock.layered_on_hand());
  std::map<int64_t, StoredStock::Layer> stored = stored_.layers;
  StoredStock::Layer all;
  for (const auto& [number, layer] : layers_) {
    const StoredStock::Layer& found = stored[number];
    findings_.Equal(stock.name(), absl::StrCat("layer ", number), layer.quantity, found.quantity);
    findings_.Equal(stock.name(), absl::StrCat("layer ", number, " value_minor"), layer.value, found.value);
    all.quantity += layer.quantity;
    all.value += layer.value;
    stored.erase(number);
  }
  for (const auto& [number, layer] : stored) findings_.Equal(stock.name(), absl::StrCat("layer ", number), 0, layer.quantity);
  findings_.Equal(stock.name(), "layers", layered ? on_hand_ : 0, all.quantity);
  findings_.Equal(stock.name(), "layers value_minor", layered ? value_ : 0, all.value);
}

template <typename T>
void BudgetFold::Compare(const T& balances) {
  findings_.Equal(balances.name(), "approved_minor", approved_, balances.approved_minor());
  findings_.Equal(balances.name(), "transferred_minor", transferred_, balances.transferred_minor());
  findings_.Equal(balances.name(), "pre_committed_minor", pre_committed_, balances.pre_committed_minor());
  findings_.Equal(balances.name(), "committed_minor", committed_, balances.committed_minor());
  findings_.Equal(balances.name(), "actual_minor", actual_, balances.actual_minor());
  findings_.AtMost(balances.name(), "W8", approved_ + transferred_, held_ + pre_committed_ + committed_ + actual_);
}

void BudgetFold::Feed(const v1::BudgetEntry& entry) {
  findings_.Equal(entry.name(), "sequence", sequence_ + 1, entry.sequence());
  sequence_ = entry.sequence();
  approved_ += entry.approved_delta_minor();
  transferred_ += entry.transferred_delta_minor();
  pre_committed_ += entry.pre_committed_delta_minor();
  committed_ += entry.committed_delta_minor();
  actual_ += entry.actual_delta_minor();
  held_ += entry.held_delta_minor();
  Compare(entry);
}

void BudgetFold::Finish(const v1::Budget& budget) {
  findings_.Equal(budget.name(), "entry_count", sequence_, budget.entry_count());
  Compare(budget);
  findings_.Equal(budget.name(), "held_minor", held_, budget.held_minor());
  findings_.Equal(budget.name(), "available_minor", approved_ + transferred_ - held_ - pre_committed_ - committed_ - actual_,
                  budget.available_minor());
}

}  // namespace heitie::resource
