#include "services/resource/stock/books.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"

namespace heitie::resource {

using v1::StockEntry;
using Line = v1::Reservation::Line;

const status::Reason kLotsExpired{absl::StatusCode::kFailedPrecondition, "LOTS_EXPIRED",
                                  "{item}: of what is there {usable:count} can be used on {day}, {asked:count} were asked for.",
                                  "{item}：現有數量中 {day} 仍可使用的有 {usable:count}，請求 {asked:count}。"};
const status::Reason kLotNotUsable{absl::StatusCode::kFailedPrecondition, "LOT_NOT_USABLE",
                                   "{lot}: {usable:count} are there and can be used on {day}, {asked:count} were asked for.",
                                   "{lot}：{day} 可使用的有 {usable:count}，請求 {asked:count}。"};
const status::Reason kLotNeeded{absl::StatusCode::kFailedPrecondition, "LOT_NEEDED",
                                "If {lot} goes now, other reservations of {item} lack {missing:count}.",
                                "若現在發放 {lot}，{item} 的其他預留將缺少 {missing:count}。"};
const status::Reason kLotReason{absl::StatusCode::kFailedPrecondition, "LOT_REASON",
                                "Say why {lot} is to go in place of what expires first.", "請說明為何改用 {lot}，而非先到期的批號。"};
const status::Reason kLotNotOut{absl::StatusCode::kFailedPrecondition, "LOT_NOT_OUT",
                                "{lot}: {open:count} are out for {reservation}, {asked:count} would come back.",
                                "{lot}：{reservation} 尚有 {open:count} 未歸還，歸還 {asked:count}。"};
const status::Reason kLotRequired{absl::StatusCode::kFailedPrecondition, "LOT_REQUIRED",
                                  "Pieces of {item} are told apart now: name the lot to which these belong.",
                                  "{item} 現已分批管理，請指明歸還品所屬的批號。"};
const status::Reason kNotUsablePlace{absl::StatusCode::kFailedPrecondition, "LOCATION_NOT_USABLE",
                                     "What lies at {location} is in quarantine: nothing of it can be reserved.",
                                     "{location} 為待驗區，其中物資不可預留。"};

namespace {

std::vector<StockEntry::LayerShare> Shares(const std::vector<Layer>& layers, int sign) {
  std::vector<StockEntry::LayerShare> shares;
  for (const Layer& layer : layers) {
    StockEntry::LayerShare& share = shares.emplace_back();
    share.set_layer(layer.number);
    share.set_quantity_delta(sign * layer.quantity);
    share.set_value_delta_minor(sign * layer.value);
  }
  return shares;
}

int64_t ValueOf(const std::vector<Layer>& parts) {
  int64_t value = 0;
  for (const Layer& part : parts) value += part.value;
  return value;
}

}  // namespace

absl::CivilDay NeedOf(const Line& line) { return line.has_need_date() ? time::ToDay(line.need_date()) : kNoEnd; }

std::vector<Taken> TakenBy(const std::vector<StockEntry>& history) {
  std::vector<Taken> taken;
  for (const StockEntry& entry : history) {
    if (entry.kind() == StockEntry::KIND_RETURN) {
      ComeBack(taken, entry.on_hand_delta(), entry.lot().empty() ? std::nullopt : std::optional<std::string>(entry.lot()));
    }
    if (entry.kind() != StockEntry::KIND_ISSUE) continue;
    for (const StockEntry::LayerShare& share : entry.layers()) {
      taken.push_back({entry.lot(), {share.layer(), -share.quantity_delta(), -share.value_delta_minor()}});
    }
    if (entry.layers().empty()) taken.push_back({entry.lot(), {0, -entry.on_hand_delta(), -entry.value_delta_minor()}});
  }
  return taken;
}

bool Books::Adopt(const v1::ItemRules& rules) {
  if (stock_.on_hand() != 0 || (stock_.tracking() == rules.tracking() && stock_.valuation() == rules.valuation())) return false;
  stock_.set_tracking(rules.tracking());
  stock_.set_valuation(rules.valuation());
  return true;
}

Balance Books::At(const std::string& location, const std::string& lot) const {
  if (!Placed(location)) {
    Balance rest;
    rest.on_hand = stock_.on_hand() - stock_.placed_on_hand();
    rest.reserved = stock_.reserved() - stock_.placed_reserved();
    return rest;
  }
  const auto found = balances_.find({location, lot});
  return found == balances_.end() ? Balance() : found->second;
}

int64_t Books::OnHandOf(const std::string& lot) const {
  int64_t sum = 0;
  for (const auto& [place, balance] : balances_) {
    if (place.second == lot) sum += balance.on_hand;
  }
  return sum;
}

std::vector<LotOnHand> Books::LotsAt(const std::string& location) const {
  std::vector<LotOnHand> lots;
  for (auto it = balances_.lower_bound({location, ""}); it != balances_.end() && it->first.first == location; ++it) {
    const Balance& balance = it->second;
    if (it->first.second.empty() || balance.on_hand == balance.blocked) continue;
    lots.push_back({it->first.second, balance.expiry, balance.receive_order, balance.on_hand - balance.blocked});
  }
  return lots;
}

Books::Usable Books::UsableAt(const std::string& location) const {
  Usable usable;
  if (!tracked()) {
    const Balance all = At(location);
    return {{{kNoEnd, all.on_hand - all.blocked}}, {{kNoEnd, all.reserved}}};
  }
  for (const LotOnHand& lot : LotsAt(location)) usable.lots.push_back({lot.expiry, lot.quantity});
  for (auto it = needs_.lower_bound({location, absl::CivilDay::min()}); it != needs_.end() && it->first.first == location; ++it) {
    usable.needs.push_back({it->first.second, it->second});
  }
  return usable;
}

int64_t Books::Available(const std::string& location, absl::CivilDay day, absl::CivilDay today) const {
  if (!tracked()) {
    const Balance all = At(location);
    return all.on_hand - all.reserved - all.blocked;
  }
  const Usable usable = UsableAt(location);
  return AvailableOn(day, today, usable.lots, usable.needs);
}

bool Books::AllCanBeMet(const std::string& location, absl::CivilDay today) const { return Available(location, kNoEnd, today) >= 0; }

Place Books::PlaceOf(const std::string& location, const std::string& lot) const {
  Place place;
  place.location = location;
  place.lot = lot;
  place.placed = Placed(location);
  return place;
}

void Books::Move(const std::string& location, const std::string& lot, int64_t on_hand, int64_t reserved) {
  if (!Placed(location)) return;
  Balance& whole = balances_[{location, ""}];
  whole.on_hand += on_hand;
  whole.reserved += reserved;
  whole.changed = true;
  if (lot.empty()) return;
  Balance& part = balances_[{location, lot}];
  part.on_hand += on_hand;
  part.changed = true;
}

void Books::Need(const std::string& location, absl::CivilDay day, int64_t quantity) {
  if (!tracked()) return;
  needs_[{location, day}] += quantity;
  changed_needs_.insert({location, day});
}

void Books::Finish(StockEntry entry, const Moment& moment, const std::vector<Layer>& layers, int sign) {
  *entry.mutable_business_date() = time::ToDate(moment.business_day);
  entry.set_late(moment.business_day < moment.today);
  if (entry.document().empty()) entry.set_document(moment.document);
  if (entry.reason().empty()) entry.set_reason(moment.reason);
  for (const StockEntry::LayerShare& share : Shares(layers, sign)) {
    *entry.add_layers() = share;
    changed_layers_.insert(share.layer());
  }
  entries_.push_back(std::move(entry));
}

absl::Status Books::Receive(const Arrival& arrival, const std::string& goods_receipt, const Moment& moment) {
  Place place = PlaceOf(arrival.location, arrival.lot);
  const bool expired = arrival.expiry < moment.today;
  place.blocked = place.placed && (arrival.blocked || expired);
  ASSIGN_OR_RETURN(StockEntry entry, ReceiveFor(stock_, arrival.quantity, arrival.cost, goods_receipt, place));
  Move(arrival.location, arrival.lot, arrival.quantity, 0);
  if (place.blocked) balances_[{arrival.location, ""}].blocked += arrival.quantity;
  if (place.placed && !arrival.lot.empty()) {
    Balance& part = balances_[{arrival.location, arrival.lot}];
    part.expiry = arrival.expiry;
    if (part.receive_order == 0) part.receive_order = entry.sequence();
    if (place.blocked) part.blocked += arrival.quantity;
  }
  std::vector<Layer> made;
  if (layered()) {
    made.push_back({entry.sequence(), arrival.quantity, arrival.cost});
    layers_.push_back(made.back());
  }
  Finish(std::move(entry), moment, made, 1);
  return absl::OkStatus();
}

absl::Status Books::Reserve(const Line& line, const std::string& reservation, const Moment& moment) {
  const std::string location = LocationOf(line.location());
  Place place = PlaceOf(location, "");
  if (const int64_t available = Available(location, NeedOf(line), moment.today); available < line.quantity()) {
    return status::Error(status::kStockShort,
                         {{"items", status::StockLine(line.item(), std::max<int64_t>(0, available), line.quantity())}});
  }
  if (tracked()) place.need = NeedOf(line);
  ASSIGN_OR_RETURN(StockEntry entry, resource::Reserve(stock_, line, reservation, place));
  Move(location, "", 0, line.quantity());
  Need(location, NeedOf(line), line.quantity());
  Finish(std::move(entry), moment, {}, 1);
  return absl::OkStatus();
}

absl::Status Books::Release(Line& line, int64_t quantity, const std::string& reservation, const Moment& moment) {
  const std::string location = LocationOf(line.location());
  Place place = PlaceOf(location, "");
  if (tracked()) place.need = NeedOf(line);
  ASSIGN_OR_RETURN(StockEntry entry, resource::Release(stock_, line, quantity, reservation, place));
  Move(location, "", 0, -quantity);
  Need(location, NeedOf(line), -quantity);
  Finish(std::move(entry), moment, {}, 1);
  return absl::OkStatus();
}

absl::Status Books::IssueOf(Line& line, int64_t quantity, const std::string& lot, const std::string& reservation, const Moment& moment) {
  const std::string location = LocationOf(line.location());
  Place place = PlaceOf(location, lot);
  if (tracked()) place.need = NeedOf(line);
  std::vector<Layer> parts;
  std::optional<int64_t> value;
  if (layered()) {
    parts = TakeFirst(layers_, quantity);
    value = ValueOf(parts);
  }
  ASSIGN_OR_RETURN(StockEntry entry, resource::Issue(stock_, line, quantity, reservation, place, value));
  Move(location, lot, -quantity, -quantity);
  Need(location, NeedOf(line), -quantity);
  Finish(std::move(entry), moment, parts, -1);
  return absl::OkStatus();
}

absl::Status Books::Issue(Line& line, int64_t quantity, const std::vector<v1::LotQuantity>& chosen, const std::string& reservation,
                          const Moment& moment) {
  const std::string location = LocationOf(line.location());
  const absl::CivilDay day = std::max(NeedOf(line), moment.today);
  if (!tracked() && chosen.empty()) return IssueOf(line, quantity, "", reservation, moment);
  for (const v1::LotQuantity& choice : chosen) {
    if (choice.reason().empty()) return status::Error(kLotReason, {{"lot", choice.lot()}});
    const Balance at = tracked() ? At(location, choice.lot()) : Balance();
    const int64_t usable = at.expiry < day ? 0 : at.on_hand - at.blocked;
    if (choice.quantity() > usable || choice.quantity() > quantity) {
      return status::Error(
          kLotNotUsable,
          {{"lot", choice.lot()}, {"usable", std::min(usable, quantity)}, {"asked", choice.quantity()}, {"day", time::DayText(day)}});
    }
    Moment why = moment;
    why.reason = choice.reason();
    RETURN_IF_ERROR(IssueOf(line, choice.quantity(), choice.lot(), reservation, why));
    quantity -= choice.quantity();
    // What is left of this line counts among what must stay possible.
    if (const int64_t left = Available(location, kNoEnd, moment.today); left < 0) {
      return status::Error(kLotNeeded, {{"lot", choice.lot()}, {"item", line.item()}, {"missing", -left}});
    }
  }
  const std::vector<LotOnHand> parts = FirstExpiring(LotsAt(location), day, quantity);
  int64_t found = 0;
  for (const LotOnHand& part : parts) found += part.quantity;
  if (found < quantity) {
    return status::Error(kLotsExpired, {{"item", line.item()}, {"usable", found}, {"asked", quantity}, {"day", time::DayText(day)}});
  }
  for (const LotOnHand& part : parts) RETURN_IF_ERROR(IssueOf(line, part.quantity, part.lot, reservation, moment));
  return absl::OkStatus();
}

absl::Status Books::Return(Line& line, int64_t quantity, const std::vector<v1::LotQuantity>& chosen, const std::vector<StockEntry>& history,
                           const std::map<std::string, absl::CivilDay>& lots, const std::string& reservation, const Moment& moment) {
  const std::string location = LocationOf(line.location());
  std::vector<Taken> taken = TakenBy(history), back;
  for (const v1::LotQuantity& choice : chosen) {
    int64_t open = 0;
    for (Taken& part : ComeBack(taken, choice.quantity(), choice.lot())) {
      open += part.part.quantity;
      part.lot = choice.lot();
      back.push_back(std::move(part));
    }
    if (open < choice.quantity() || choice.quantity() > quantity) {
      return status::Error(
          kLotNotOut,
          {{"lot", choice.lot()}, {"reservation", reservation}, {"open", std::min(open, quantity)}, {"asked", choice.quantity()}});
    }
    quantity -= choice.quantity();
  }
  if (tracked() || layered()) {
    for (Taken& part : ComeBack(taken, quantity)) back.push_back(std::move(part));
  } else if (quantity > 0) {
    back.push_back({"", {0, quantity, 0}});
  }
  for (Taken& part : back) {
    if (tracked() && part.lot.empty()) return status::Error(kLotRequired, {{"item", line.item()}});
    if (!tracked()) part.lot.clear();
    Place place = PlaceOf(location, part.lot);
    const auto lot = lots.find(part.lot);
    const absl::CivilDay expiry = lot == lots.end() ? kNoEnd : lot->second;
    place.blocked = expiry < moment.today;
    const std::optional<int64_t> value = layered() ? std::optional<int64_t>(part.part.value) : std::nullopt;
    ASSIGN_OR_RETURN(StockEntry entry, resource::Return(stock_, line, part.part.quantity, reservation, place, value));
    Move(location, part.lot, part.part.quantity, 0);
    if (!part.lot.empty()) {
      Balance& balance = balances_[{location, part.lot}];
      balance.expiry = expiry;
      if (balance.receive_order == 0) balance.receive_order = entry.sequence();
      if (place.blocked) balance.blocked += part.part.quantity;
    }
    if (place.blocked) balances_[{location, ""}].blocked += part.part.quantity;
    std::vector<Layer> given;
    if (layered()) {
      if (part.part.number == 0) part.part.number = entry.sequence();
      given.push_back(part.part);
      GiveBack(layers_, part.part);
    }
    Finish(std::move(entry), moment, given, 1);
  }
  return absl::OkStatus();
}

absl::Status Books::Adjust(int64_t quantity, const Arrival& at, const Moment& moment) {
  return AdjustAs(quantity, at, moment, std::nullopt);
}

absl::Status Books::AdjustAs(int64_t quantity, const Arrival& at, const Moment& moment, const std::optional<Layer>& as_received) {
  BlockExpired(moment.today);
  Place place = PlaceOf(at.location, at.lot);
  place.blocked = place.placed && (at.blocked || at.expiry < moment.today);
  std::vector<Layer> parts;
  int64_t value = 0;
  if (quantity < 0 && layered()) {
    parts = as_received ? TakeFrom(layers_, {as_received->number, -quantity, as_received->value}) : TakeFirst(layers_, -quantity);
    value = -ValueOf(parts);
  } else if (quantity < 0 && as_received && -quantity < stock_.on_hand()) {
    value = -std::min(as_received->value, stock_.value_minor());
  } else if (quantity < 0) {
    value = -ShareOf(stock_.value_minor(), -quantity, stock_.on_hand());
  } else if (stock_.on_hand() > 0) {
    const __int128 twice = static_cast<__int128>(stock_.value_minor()) * quantity * 2 + stock_.on_hand();
    const __int128 worth = twice / (static_cast<__int128>(stock_.on_hand()) * 2);
    value = worth > kMaxValueMinor ? kMaxValueMinor + 1 : static_cast<int64_t>(worth);
  }
  ASSIGN_OR_RETURN(StockEntry entry, resource::Adjust(stock_, quantity, value, place));
  Move(at.location, at.lot, quantity, 0);
  if (place.blocked) balances_[{at.location, ""}].blocked += quantity;
  if (place.placed && !at.lot.empty()) {
    Balance& part = balances_[{at.location, at.lot}];
    part.expiry = at.expiry;
    if (part.receive_order == 0) part.receive_order = entry.sequence();
    if (place.blocked) part.blocked += quantity;
  }
  if (quantity > 0 && layered()) {
    parts.push_back({entry.sequence(), quantity, value});
    layers_.push_back(parts.back());
  }
  Finish(std::move(entry), moment, parts, quantity < 0 ? -1 : 1);
  return absl::OkStatus();
}

int64_t MissingAfterLoss(const Books& books, const std::string& location, const std::string& lot, int64_t loss, absl::CivilDay today) {
  const Balance whole = books.At(location);
  const int64_t beyond = whole.reserved - (whole.on_hand - loss);
  if (!books.tracked()) return std::max<int64_t>(0, beyond);
  Books::Usable usable = books.UsableAt(location);
  const Balance part = books.At(location, lot);
  const int64_t of_usable = std::max<int64_t>(0, loss - part.blocked);
  usable.lots.push_back({part.expiry, -of_usable});
  return std::max({int64_t{0}, beyond, -AvailableOn(kNoEnd, today, usable.lots, usable.needs)});
}

int64_t Books::Removable(const std::string& location, const std::string& lot, absl::CivilDay today) const {
  if (tracked() == lot.empty()) return 0;
  const Balance whole = At(location);
  const int64_t there = At(location, lot).on_hand;
  const int64_t lacking = MissingAfterLoss(*this, location, lot, 0, today);
  const int64_t more = MissingAfterLoss(*this, location, lot, there, today) - lacking;
  return std::max<int64_t>(0, std::min(there - more, whole.on_hand - whole.reserved));
}

// What has expired and cannot serve any promise may go, also while promises wait in vain; but never what W7 needs.
absl::Status Books::CheckRemovable(int64_t quantity, const std::string& location, const std::string& lot, const Moment& moment) {
  BlockExpired(moment.today);
  if (tracked() && lot.empty()) return status::Error(kLotRequired, {{"item", stock_.item()}});
  const int64_t there = tracked() == lot.empty() ? 0 : At(location, lot).on_hand;
  const int64_t removable = Removable(location, lot, moment.today);
  if (quantity <= removable) return absl::OkStatus();
  if (tracked() && quantity <= there) {
    return status::Error(kLotNeeded, {{"lot", lot}, {"item", stock_.item()}, {"missing", quantity - removable}});
  }
  return status::Error(status::kStockShort, {{"items", status::StockLine(stock_.item(), removable, quantity)}});
}

void Books::MoveBlocked(const std::string& location, const std::string& lot, int64_t quantity) {
  balances_[{location, ""}].blocked += quantity;
  if (!lot.empty()) balances_[{location, lot}].blocked += quantity;
}

absl::Status Books::Transfer(int64_t quantity, const std::string& from, const Destination& to, const std::string& lot,
                             const Moment& moment) {
  RETURN_IF_ERROR(CheckRemovable(quantity, from, lot, moment));
  const Balance left = At(from, lot);
  Place there = PlaceOf(to.location, lot), here = PlaceOf(from, lot);
  there.blocked = there.placed && (to.blocked || left.expiry < moment.today);
  // All or nothing of a place or lot is blocked.
  here.blocked = here.placed && left.blocked > 0;
  ASSIGN_OR_RETURN(StockEntry in, MoveIn(stock_, quantity, there));
  ASSIGN_OR_RETURN(StockEntry out, MoveOut(stock_, quantity, here));
  Move(to.location, lot, quantity, 0);
  Move(from, lot, -quantity, 0);
  if (there.blocked) MoveBlocked(to.location, lot, quantity);
  if (here.blocked) MoveBlocked(from, lot, -quantity);
  if (!lot.empty()) {
    Balance& part = balances_[{to.location, lot}];
    part.expiry = left.expiry;
    if (part.receive_order == 0) part.receive_order = left.receive_order;
  }
  Finish(std::move(in), moment, {}, 1);
  Finish(std::move(out), moment, {}, 1);
  return absl::OkStatus();
}

absl::StatusOr<int64_t> Books::TakeOut(int64_t quantity, const std::string& location, const std::string& lot, const Moment& moment,
                                       const std::optional<Layer>& as_received) {
  RETURN_IF_ERROR(CheckRemovable(quantity, location, lot, moment));
  const Balance left = At(location, lot);
  Arrival at;
  at.location = location;
  at.lot = lot;
  at.expiry = left.expiry;
  at.blocked = left.blocked > 0;
  RETURN_IF_ERROR(AdjustAs(-quantity, at, moment, as_received));
  return -entries_.back().value_delta_minor();
}

absl::Status Books::Revalue(int64_t amount, const Moment& moment, int64_t number) {
  std::vector<Layer> parts;
  if (layered()) {
    const auto layer = std::find_if(layers_.begin(), layers_.end(), [&](const Layer& one) { return one.number == number; });
    if (layer == layers_.end()) return absl::InternalError(absl::StrCat(stock_.item(), ": no layer ", number));
    if (layer->value + amount < 0) return absl::InternalError(absl::StrCat(stock_.item(), ": a layer would be worth less than nothing"));
    layer->value += amount;
    parts.push_back({number, 0, amount});
  }
  ASSIGN_OR_RETURN(StockEntry entry, resource::Revalue(stock_, amount));
  Finish(std::move(entry), moment, parts, 1);
  return absl::OkStatus();
}

absl::StatusOr<PriceSplit> Books::Reprice(int64_t difference, int64_t received, int64_t number, const Moment& moment) {
  int64_t held = stock_.on_hand(), worth = stock_.value_minor();
  if (layered()) {
    const auto layer = std::find_if(layers_.begin(), layers_.end(), [&](const Layer& one) { return one.number == number; });
    held = layer == layers_.end() ? 0 : layer->quantity;
    worth = layer == layers_.end() ? 0 : layer->value;
  }
  PriceSplit split;
  split.to_stock = std::max(DifferenceToStock(difference, held, received), -worth);
  split.variance = difference - split.to_stock;
  if (split.to_stock != 0) RETURN_IF_ERROR(Revalue(split.to_stock, moment, number));
  return split;
}

bool Books::BlockExpired(absl::CivilDay today) {
  bool any = false;
  for (auto& [place, balance] : balances_) {
    if (place.second.empty() || balance.expiry >= today || balance.blocked == balance.on_hand) continue;
    const int64_t more = balance.on_hand - balance.blocked;
    balance.blocked += more;
    balance.changed = any = true;
    Balance& whole = balances_[{place.first, ""}];
    whole.blocked += more;
    whole.changed = true;
    stock_.set_blocked(stock_.blocked() + more);
  }
  stock_.set_available(stock_.on_hand() - stock_.reserved() - stock_.blocked());
  return any;
}

}  // namespace heitie::resource
