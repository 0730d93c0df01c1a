#include "services/resource/movement/stock_issue.h"

#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "services/resource/budgeting/cost_center.h"
#include "services/resource/catalogue/units.h"
#include "services/resource/material/lines.h"
#include "services/resource/material/reservation_rules.h"
#include "services/resource/stock/count.h"
#include "services/resource/stock/stock_ledger.h"

namespace heitie::resource {

using v1::Reservation;

const status::Reason kHolderRequired{absl::StatusCode::kInvalidArgument, "HOLDER_REQUIRED",
                                     "Say for what goods are handed out, or to whom.", "請說明物資發放的用途或領用人。"};

namespace {

bool IsDurable(const ItemFacts& facts, const std::string& item) {
  const auto fact = facts.find(item);
  return fact != facts.end() && fact->second.rules.usage() == v1::ItemRules::USAGE_DURABLE;
}

// By items that are asked for.
Reservations::ChosenLots ChosenOf(const google::protobuf::RepeatedPtrField<v1::LotQuantity>& lots, const std::set<std::string>& items,
                                  status::BadFields& bad) {
  Reservations::ChosenLots by_item;
  for (int i = 0; i < lots.size(); ++i) {
    const std::string item = record::ParentOf(lots[i].lot());
    if (items.count(item) == 0) bad.Add(absl::StrCat("lots[", i, "].lot"), kUnknownLot, {{"lot", lots[i].lot()}});
    by_item[item].push_back(lots[i]);
  }
  return by_item;
}

}  // namespace

void StockIssues::Bind(record::Methods& methods) {
  methods.Bind("IssueStock", this, &StockIssues::Issue);
  methods.Bind("HandOutReservation", this, &StockIssues::HandOut);
  methods.Bind("TakeBackReservation", this, &StockIssues::TakeBack);
}

Reservation StockIssues::Draft(record::Transaction& tx, const std::string& subject, const std::string& cost_center, bool custody) {
  Reservation draft;
  draft.set_name(absl::StrCat("reservations/", record::NewId(tx.call.now)));
  draft.set_subject(subject);
  draft.set_cost_center(cost_center);
  if (custody) draft.set_custody(absl::StrCat("custodies/", record::NewId(tx.call.now)));
  return draft;
}

absl::StatusOr<Reservation> StockIssues::AskedFor(record::Transaction& tx, const v1::IssueStockRequest& request, const ItemFacts& facts,
                                                  absl::CivilDay day, status::BadFields& bad) const {
  if (request.subject().empty() && request.holder().empty()) bad.Add("holder", kHolderRequired);
  if (!request.cost_center().empty()) {
    const absl::Status center = cost_centers_.Find(tx.sql, request.cost_center()).status();
    if (absl::IsNotFound(center)) {
      bad.Add("cost_center", kUnknownCostCenter, {{"name", request.cost_center()}});
    } else {
      RETURN_IF_ERROR(center);
    }
  }
  CheckUnique(request.lines(), "lines", bad);
  Reservation asked;
  for (int i = 0; i < request.lines_size(); ++i) {
    const v1::IssueStockRequest::Line& line = request.lines(i);
    const std::string path = absl::StrCat("lines[", i, "]");
    Reservation::Line& one = *asked.add_lines();
    one.set_item(line.item());
    one.set_location(LocationOf(line.location()));
    *one.mutable_need_date() = time::ToDate(day);
    one.set_quantity(line.quantity());
    const auto fact = facts.find(line.item());
    if (fact == facts.end()) {
      bad.Add(path + ".item", kUnknownItem, {{"item", line.item()}});
    } else if (!line.unit().empty()) {
      one.set_quantity(ToBase(fact->second.item, line.quantity(), line.unit(), path + ".quantity", path + ".unit", bad));
    }
    ASSIGN_OR_RETURN(const Destination place, lines_.PlaceOf(tx.sql, line.location(), path + ".location", bad));
    if (place.blocked && place.location != kTransitLocation) {
      bad.Add(path + ".location", kNotUsablePlace, {{"location", place.location}});
    }
  }
  return asked;
}

absl::StatusOr<v1::IssueStockResponse> StockIssues::Issue(record::Transaction& tx, const v1::IssueStockRequest& request) {
  const std::vector<std::string> items = ItemsOf(request.lines());
  status::BadFields bad;
  ASSIGN_OR_RETURN(const ItemFacts facts, items_.FactsOf(tx.sql, items));
  ASSIGN_OR_RETURN(const Moment moment,
                   stocks_.MomentOf(tx, request.has_business_date() ? &request.business_date() : nullptr, "business_date", bad));
  ASSIGN_OR_RETURN(const Reservation asked, AskedFor(tx, request, facts, moment.today, bad));
  const Reservations::ChosenLots lots = ChosenOf(request.lots(), {items.begin(), items.end()}, bad);
  RETURN_IF_ERROR(bad.status());
  std::set<std::string> places;
  for (const Reservation::Line& line : asked.lines()) places.insert(line.location());
  ASSIGN_OR_RETURN(StockChange change, stocks_.Lock(tx, items, Stocks::Depth::kMove, places));
  RETURN_IF_ERROR(reservations_.CheckThere(asked, change, moment));

  const std::string subject = request.subject().empty() ? request.holder() : request.subject();
  std::vector<Reservation> drafts;
  Reservation used_up = Draft(tx, subject, request.cost_center(), false);
  for (const Reservation::Line& line : asked.lines()) {
    if (request.holder().empty() || !IsDurable(facts, line.item())) {
      *used_up.add_lines() = line;
      continue;
    }
    *drafts.emplace_back(Draft(tx, subject, request.cost_center(), true)).add_lines() = line;
  }
  if (used_up.lines_size() > 0) drafts.insert(drafts.begin(), used_up);
  for (Reservation& draft : drafts) RETURN_IF_ERROR(reservations_.IssueNow(draft, change, lots, moment));
  v1::IssueStockResponse response;
  for (Reservation& draft : drafts) {
    RETURN_IF_ERROR(reservations_.kind().Insert(tx, draft));
    if (!draft.custody().empty()) {
      const std::string& item = draft.lines(0).item();
      ASSIGN_OR_RETURN(*response.add_custodies(), custodies_.Hand(tx, draft, request.holder(), facts.at(item).item, *change.Find(item)));
    }
    *response.add_reservations() = draft;
  }
  RETURN_IF_ERROR(stocks_.Save(tx, change, "issue"));
  return response;
}

absl::StatusOr<v1::HandOutReservationResponse> StockIssues::HandOut(record::Transaction& tx, const v1::HandOutReservationRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Reservation> step, reservations_.kind().Begin(tx, request, "issue"));
  Reservation& after = step.after;
  const std::vector<std::string> items = ItemsOf(request.lines());
  status::BadFields bad;
  ASSIGN_OR_RETURN(const ItemFacts facts, items_.FactsOf(tx.sql, items));
  Quantities lines = request.lines();
  for (int i = 0; i < lines.size(); ++i) {
    const auto fact = facts.find(lines[i].item());
    if (fact == facts.end() || lines[i].unit().empty()) continue;  // What does not exist is in no reservation.
    const std::string path = absl::StrCat("lines[", i, "]");
    lines[i].set_quantity(ToBase(fact->second.item, lines[i].quantity(), lines[i].unit(), path + ".quantity", path + ".unit", bad));
  }
  ASSIGN_OR_RETURN(const Moment moment,
                   stocks_.MomentOf(tx, request.has_business_date() ? &request.business_date() : nullptr, "business_date", bad));
  const Reservations::ChosenLots lots = ChosenOf(request.lots(), {items.begin(), items.end()}, bad);
  RETURN_IF_ERROR(bad.status());
  RETURN_IF_ERROR(CheckIssue(step.before, lines));
  std::set<std::string> places;
  for (const Reservation::Line& line : after.lines()) places.insert(LocationOf(line.location()));
  ASSIGN_OR_RETURN(StockChange change, stocks_.Lock(tx, items, Stocks::Depth::kMove, places));

  std::vector<Reservation> drafts;
  for (const v1::ItemQuantity& asked : lines) {
    Reservation::Line& line = *after.mutable_lines(FindLine(after, asked.item()));
    Books& books = *change.Find(asked.item());
    const auto chosen = lots.find(asked.item());
    if (!IsDurable(facts, asked.item())) {
      RETURN_IF_ERROR(books.Issue(line, asked.quantity(), chosen == lots.end() ? std::vector<v1::LotQuantity>() : chosen->second,
                                  after.name(), moment));
      continue;
    }
    // It passes on to the reservation that is the custody's ledger, and goes out from there.
    Reservation& draft = drafts.emplace_back(Draft(tx, after.subject(), after.cost_center(), true));
    Reservation::Line& own = *draft.add_lines();
    own.set_item(line.item());
    own.set_location(line.location());
    own.set_quantity(asked.quantity());
    if (line.has_need_date()) *own.mutable_need_date() = line.need_date();
    RETURN_IF_ERROR(books.Release(line, asked.quantity(), after.name(), moment));
    RETURN_IF_ERROR(reservations_.IssueNow(draft, change, lots, moment));
  }
  v1::HandOutReservationResponse response;
  for (Reservation& draft : drafts) {
    RETURN_IF_ERROR(reservations_.kind().Insert(tx, draft));
    const std::string& item = draft.lines(0).item();
    ASSIGN_OR_RETURN(*response.add_custodies(), custodies_.Hand(tx, draft, request.holder(), facts.at(item).item, *change.Find(item)));
  }
  RETURN_IF_ERROR(stocks_.Save(tx, change, "issue"));
  if (OutstandingOf(after).empty()) RETURN_IF_ERROR(reservations_.kind().Advance(after, "close"));
  ASSIGN_OR_RETURN(*response.mutable_reservation(), reservations_.kind().Finish(tx, step));
  return response;
}

absl::StatusOr<Reservation> StockIssues::TakeBack(record::Transaction& tx, const v1::TakeBackReservationRequest& request) {
  return reservations_.kind().Change(tx, request, "return", [&](const Reservation& before, Reservation& after) -> absl::Status {
    if (!before.custody().empty()) return status::Error(kInCustody, {{"name", before.name()}, {"custody", before.custody()}});
    status::BadFields bad;
    ASSIGN_OR_RETURN(const ItemFacts facts, items_.FactsOf(tx.sql, ItemsOf(request.lines())));
    ASSIGN_OR_RETURN(const Moment moment,
                     stocks_.MomentOf(tx, request.has_business_date() ? &request.business_date() : nullptr, "business_date", bad));
    std::map<std::string, int64_t> together;
    std::set<std::pair<std::string, int>> seen;
    std::vector<Destination> places;
    std::vector<int64_t> quantities;
    std::set<std::string> locations;
    for (int i = 0; i < request.lines_size(); ++i) {
      const v1::TakeBackReservationRequest::Line& line = request.lines(i);
      const std::string path = absl::StrCat("lines[", i, "]");
      const int index = FindLine(before, line.item());
      if (index < 0) bad.Add(path + ".item", kItemNotReserved, {{"item", line.item()}, {"name", before.name()}});
      if (!seen.insert({line.item(), line.condition()}).second) bad.Add(path + ".item", kDuplicateItem, {{"item", line.item()}});
      const auto fact = facts.find(line.item());
      const bool other = fact != facts.end() && !line.unit().empty();
      quantities.push_back(other ? ToBase(fact->second.item, line.quantity(), line.unit(), path + ".quantity", path + ".unit", bad)
                                 : line.quantity());
      together[line.item()] += quantities.back();
      const std::string was = index < 0 ? "" : before.lines(index).location();
      ASSIGN_OR_RETURN(Destination to, put_back_.PlaceFor(tx.sql, line.condition(), line.location(), was, path + ".location", bad));
      locations.insert({to.location, LocationOf(was)});
      places.push_back(std::move(to));
      for (int k = 0; k < line.lots_size(); ++k) {
        if (record::ParentOf(line.lots(k).lot()) == line.item()) continue;
        bad.Add(absl::StrCat(path, ".lots[", k, "].lot"), kUnknownLot, {{"lot", line.lots(k).lot()}});
      }
    }
    RETURN_IF_ERROR(bad.status());
    Quantities sums;
    for (const auto& [item, quantity] : together) {
      v1::ItemQuantity& sum = *sums.Add();
      sum.set_item(item);
      sum.set_quantity(quantity);
    }
    RETURN_IF_ERROR(CheckReturn(before, sums));
    ASSIGN_OR_RETURN(StockChange change, stocks_.Lock(tx, ItemsOf(request.lines()), Stocks::Depth::kMove, locations));
    for (int i = 0; i < request.lines_size(); ++i) {
      const v1::TakeBackReservationRequest::Line& line = request.lines(i);
      RETURN_IF_ERROR(put_back_
                          .Book(tx, before.name(), *change.Find(line.item()), *after.mutable_lines(FindLine(before, line.item())),
                                quantities[i], {line.lots().begin(), line.lots().end()}, places[i], moment)
                          .status());
    }
    return stocks_.Save(tx, change, "return");
  });
}

}  // namespace heitie::resource
