#include "services/resource/material/reservation.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/job/schedule_new.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "heitie/resource/v1/stock.pb.h"
#include "services/resource/budgeting/cost_center.h"
#include "services/resource/catalogue/units.h"
#include "services/resource/material/expiry.h"
#include "services/resource/stock/stock_ledger.h"

namespace heitie::resource {
namespace {

constexpr char kExpireReservationJob[] = "expire-reservation";

std::string ExpiryJobOf(const std::string& reservation) { return absl::StrCat(reservation, "/expire"); }

// What a client may have written into output-only fields of the lines goes.
void KeepInput(v1::Reservation& reservation) {
  for (v1::Reservation::Line& line : *reservation.mutable_lines()) {
    v1::Reservation::Line input;
    input.set_item(line.item());
    input.set_quantity(line.quantity());
    input.set_location(line.location());
    if (line.has_need_date()) *input.mutable_need_date() = line.need_date();
    line = input;
  }
}

// Nothing new is reserved of what is retired.
absl::Status CheckNotRetired(const v1::Reservation& reservation, const StockChange& change) {
  for (const v1::Reservation::Line& line : reservation.lines()) {
    const Books* books = change.Find(line.item());
    if (books != nullptr && books->stock().retired()) return status::Error(kItemRetired, {{"item", line.item()}});
  }
  return absl::OkStatus();
}

// STOCK_SHORT with every line that asks for more than is available.
absl::Status CheckAvailable(const v1::Reservation& reservation, StockChange& change, absl::CivilDay today) {
  status::Unmet unmet;
  std::vector<std::string> items;
  for (const v1::Reservation::Line& line : reservation.lines()) {
    const int64_t free = change.Find(line.item())->Available(LocationOf(line.location()), NeedOf(line), today);
    if (free >= line.quantity()) continue;
    const int64_t available = std::max<int64_t>(0, free);
    items.push_back(status::StockLine(line.item(), available, line.quantity()));
    unmet.Add(line.item(), status::kStockShort, {{"items", items.back()}});
  }
  return unmet.status(status::kStockShort, {{"items", absl::StrJoin(items, ", ")}});
}

std::string LinePath(int index) { return absl::StrCat("reservation.lines[", index, "]"); }

std::set<std::string> PlacesOf(const v1::Reservation& reservation) {
  std::set<std::string> places;
  for (const v1::Reservation::Line& line : reservation.lines()) places.insert(LocationOf(line.location()));
  return places;
}

// The lots that a request names, by items that it names as well.
std::map<std::string, std::vector<v1::LotQuantity>> LotsByItem(const google::protobuf::RepeatedPtrField<v1::LotQuantity>& lots,
                                                               const Quantities& lines, const std::string& name, status::BadFields& bad) {
  std::map<std::string, std::vector<v1::LotQuantity>> by_item;
  for (int i = 0; i < lots.size(); ++i) {
    const std::string item = record::ParentOf(lots[i].lot());
    const bool asked = std::any_of(lines.begin(), lines.end(), [&](const v1::ItemQuantity& line) { return line.item() == item; });
    if (!asked) bad.Add(absl::StrCat("lots[", i, "].lot"), kItemNotReserved, {{"item", item}, {"name", name}});
    by_item[item].push_back(lots[i]);
  }
  return by_item;
}

// What is held frees itself.
absl::Status KeepReservationExpiry(record::Transaction& tx, const v1::Reservation* before, const v1::Reservation* after) {
  const std::string job = ExpiryJobOf(after->name());
  if (after->state() == v1::Reservation::STATE_HELD) {
    const job::Job expiry = {
        .name = job, .kind = kExpireReservationJob, .payload = after->name(), .run_time = time::ToTime(after->expire_time())};
    return before == nullptr ? job::ScheduleNew(tx, expiry) : job::Schedule(tx, expiry);
  }
  const bool ended =
      before != nullptr && before->state() == v1::Reservation::STATE_HELD && after->state() != v1::Reservation::STATE_EXPIRED;
  return ended ? job::Cancel(tx, job) : absl::OkStatus();
}

}  // namespace

Reservations::Reservations(record::Store& store, const Stocks& stocks, const Items& items, const Locations& locations, job::Runner& jobs)
    : store_(store),
      stocks_(stocks),
      items_(items),
      locations_(locations),
      reservations_(store, &ReservationMachine()),
      lots_(store),
      cost_centers_(store) {
  reservations_.SetFollow(KeepReservationExpiry);
  reservations_.SetAllows([](const v1::Reservation& reservation, const std::string& verb) {
    if (verb == "issue") return MayIssue(reservation);
    return verb != "return" || MayReturn(reservation);
  });
  jobs.Handle(kExpireReservationJob, [this](const rpc::Call& call, const job::Job& job) { return Expire(call, job); });
}

void Reservations::Bind(record::Methods& methods) {
  methods.Reads(reservations_);
  methods.Creates(reservations_, this, &Reservations::Reserve);
  methods.Bind("ConfirmReservation", this, &Reservations::Confirm);
  methods.Bind("IssueReservation", this, &Reservations::Issue);
  methods.Bind("ReturnReservation", this, &Reservations::Return);
  methods.Bind("ReleaseReservation", this, &Reservations::Release);
}

absl::Status Reservations::Reserve(record::Transaction& tx, v1::Reservation& reservation) {
  status::BadFields bad;
  CheckExpiry("reservation.expire_time", tx.call.now, *reservation.mutable_expire_time(), bad);
  CheckUnique(reservation.lines(), "reservation.lines", bad);
  const std::set<std::string> places = PlacesOf(reservation);
  RETURN_IF_ERROR(CheckLocations(tx, reservation, places, LinePath, bad));
  RETURN_IF_ERROR(ToBaseUnits(tx, reservation, bad));
  if (!reservation.cost_center().empty()) {
    const absl::Status center = cost_centers_.Find(tx.sql, reservation.cost_center()).status();
    if (absl::IsNotFound(center)) {
      bad.Add("reservation.cost_center", kUnknownCostCenter, {{"name", reservation.cost_center()}});
    } else {
      RETURN_IF_ERROR(center);
    }
  }
  ASSIGN_OR_RETURN(StockChange change, stocks_.Lock(tx, ItemsOf(reservation.lines()), Stocks::Depth::kReserve, places));
  change.CheckKnown(reservation.lines(), "reservation.lines", bad);
  ASSIGN_OR_RETURN(const Moment moment, stocks_.MomentOf(tx, nullptr, "", bad));
  RETURN_IF_ERROR(bad.status());
  RETURN_IF_ERROR(CheckNotRetired(reservation, change));
  RETURN_IF_ERROR(CheckAvailable(reservation, change, moment.today));

  KeepInput(reservation);
  reservation.set_state(v1::Reservation::STATE_HELD);
  for (const v1::Reservation::Line& line : reservation.lines()) {
    RETURN_IF_ERROR(change.Find(line.item())->Reserve(line, reservation.name(), moment));
  }
  return stocks_.Save(tx, change, "reserve");
}

absl::StatusOr<v1::Reservation> Reservations::Confirm(record::Transaction& tx, const v1::ConfirmReservationRequest& request) {
  return reservations_.Change(tx, request, "confirm", [&](const v1::Reservation& before, v1::Reservation& after) -> absl::Status {
    if (const absl::Time expiry = time::ToTime(before.expire_time()); expiry <= tx.call.now) {
      return status::Error(kReservationExpired, {{"name", before.name()}, {"time", time::InstantText(expiry)}});
    }
    after.clear_expire_time();
    return absl::OkStatus();
  });
}

absl::StatusOr<v1::Reservation> Reservations::Issue(record::Transaction& tx, const v1::IssueReservationRequest& request) {
  return reservations_.Change(tx, request, "issue", [&](const v1::Reservation& before, v1::Reservation& after) -> absl::Status {
    ASSIGN_OR_RETURN(const Quantities lines, InBaseUnits(tx, request.lines()));
    RETURN_IF_ERROR(CheckIssue(before, lines));
    status::BadFields bad;
    ASSIGN_OR_RETURN(const Moment moment,
                     stocks_.MomentOf(tx, request.has_business_date() ? &request.business_date() : nullptr, "business_date", bad));
    const ChosenLots lots = LotsByItem(request.lots(), lines, before.name(), bad);
    RETURN_IF_ERROR(bad.status());
    const Book issue = [&](Books& books, v1::Reservation::Line& line, int64_t quantity) {
      const auto chosen = lots.find(line.item());
      return books.Issue(line, quantity, chosen == lots.end() ? std::vector<v1::LotQuantity>() : chosen->second, before.name(), moment);
    };
    RETURN_IF_ERROR(Move(tx, after, lines, Stocks::Depth::kMove, issue, "issue"));
    return OutstandingOf(after).empty() ? reservations_.Advance(after, "close") : absl::OkStatus();
  });
}

absl::StatusOr<v1::Reservation> Reservations::Return(record::Transaction& tx, const v1::ReturnReservationRequest& request) {
  return reservations_.Change(tx, request, "return", [&](const v1::Reservation& before, v1::Reservation& after) -> absl::Status {
    if (!before.custody().empty()) return status::Error(kInCustody, {{"name", before.name()}, {"custody", before.custody()}});
    ASSIGN_OR_RETURN(const Quantities lines, InBaseUnits(tx, request.lines()));
    RETURN_IF_ERROR(CheckReturn(before, lines));
    status::BadFields bad;
    ASSIGN_OR_RETURN(const Moment moment,
                     stocks_.MomentOf(tx, request.has_business_date() ? &request.business_date() : nullptr, "business_date", bad));
    const ChosenLots lots = LotsByItem(request.lots(), lines, before.name(), bad);
    RETURN_IF_ERROR(bad.status());
    const Book take_back = [&](Books& books, v1::Reservation::Line& line, int64_t quantity) {
      const auto chosen = lots.find(line.item());
      return TakeBack(tx, before.name(), books, line, quantity, chosen == lots.end() ? std::vector<v1::LotQuantity>() : chosen->second,
                      moment);
    };
    return Move(tx, after, lines, Stocks::Depth::kMove, take_back, "return");
  });
}

absl::StatusOr<v1::Reservation> Reservations::Release(record::Transaction& tx, const v1::ReleaseReservationRequest& request) {
  ASSIGN_OR_RETURN(record::Step<v1::Reservation> step, reservations_.Begin(tx, request));
  return LetGo(tx, step);
}

absl::StatusOr<v1::Reservation> Reservations::LetGo(record::Transaction& tx, record::Step<v1::Reservation>& step) const {
  // Once more is as good as once.
  if (OutstandingOf(step.before).empty()) return reservations_.Decorated(tx.sql, step.before);
  step.verb = "release";
  RETURN_IF_ERROR(reservations_.Advance(step.after, WasIssued(step.before) ? "close" : "release"));
  RETURN_IF_ERROR(GiveBack(tx, step.after));
  step.after.clear_expire_time();
  return reservations_.Finish(tx, step);
}

job::Outcome Reservations::Expire(const rpc::Call& call, const job::Job& job) {
  const absl::Status status = store_.Write(call, [&](record::Transaction& tx) { return ExpireHeld(tx, job.payload); });
  return status.ok() ? job::Outcome::Done() : job::Outcome::Failed(status);
}

absl::Status Reservations::ExpireHeld(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(record::Step<v1::Reservation> step, reservations_.Begin(tx, record::Target(name)));
  // Confirmed or released between the lease of the job and this lock.
  if (step.before.state() != v1::Reservation::STATE_HELD) return absl::OkStatus();
  RETURN_IF_ERROR(reservations_.Advance(step.after, step.verb = "expire"));
  RETURN_IF_ERROR(GiveBack(tx, step.after));
  return reservations_.Finish(tx, step).status();
}

absl::Status Reservations::Move(record::Transaction& tx, v1::Reservation& reservation, const Quantities& lines, Stocks::Depth depth,
                                const Book& book, const std::string& action) const {
  ASSIGN_OR_RETURN(StockChange change, stocks_.Lock(tx, ItemsOf(lines), depth, PlacesOf(reservation)));
  for (const v1::ItemQuantity& quantity : lines) {
    v1::Reservation::Line& line = *reservation.mutable_lines(FindLine(reservation, quantity.item()));
    RETURN_IF_ERROR(book(*change.Find(quantity.item()), line, quantity.quantity()));
  }
  return stocks_.Save(tx, change, action);
}

absl::StatusOr<record::Step<v1::Reservation>> Reservations::Take(record::Transaction& tx, const std::string& name) const {
  return reservations_.Begin(tx, record::Target(name));
}

absl::Status Reservations::CheckThere(const v1::Reservation& reservation, StockChange& change, const Moment& moment) const {
  return CheckAvailable(reservation, change, moment.today);
}

absl::Status Reservations::IssueNow(v1::Reservation& reservation, StockChange& change, const ChosenLots& lots, const Moment& moment) const {
  for (v1::Reservation::Line& line : *reservation.mutable_lines()) {
    Books& books = *change.Find(line.item());
    const auto chosen = lots.find(line.item());
    RETURN_IF_ERROR(books.Reserve(line, reservation.name(), moment));
    RETURN_IF_ERROR(books.Issue(line, line.quantity(), chosen == lots.end() ? std::vector<v1::LotQuantity>() : chosen->second,
                                reservation.name(), moment));
  }
  reservation.set_state(v1::Reservation::STATE_CLOSED);
  return absl::OkStatus();
}

absl::Status Reservations::TakeBack(record::Transaction& tx, const std::string& reservation, Books& books, v1::Reservation::Line& line,
                                    int64_t quantity, const std::vector<v1::LotQuantity>& chosen, const Moment& moment) const {
  std::vector<v1::StockEntry> history;
  std::set<std::string> names;
  if (books.tracked() || books.layered() || !chosen.empty()) {
    ASSIGN_OR_RETURN(history, stocks_.History(tx.sql, reservation, {line.item()}));
    // What this transaction has booked is not stored yet.
    for (const v1::StockEntry& entry : books.entries()) {
      if (entry.reservation() == reservation) history.push_back(entry);
    }
  }
  for (const v1::StockEntry& entry : history) names.insert(entry.lot());
  for (const v1::LotQuantity& lot : chosen) names.insert(lot.lot());
  ASSIGN_OR_RETURN(const auto expiries, ExpiriesOf(tx.sql, names));
  return books.Return(line, quantity, chosen, history, expiries, reservation, moment);
}

absl::Status Reservations::GiveUp(record::Transaction& tx, record::Step<v1::Reservation>& step) const {
  step.verb = "give_up";
  if (OutstandingOf(step.after).empty()) {
    RETURN_IF_ERROR(reservations_.Advance(step.after, WasIssued(step.after) ? "close" : "release"));
    step.after.clear_expire_time();
  } else {
    RETURN_IF_ERROR(reservations_.Advance(step.after, "give_up"));
  }
  return reservations_.Finish(tx, step).status();
}

absl::Status Reservations::Reshape(record::Transaction& tx, const v1::Reservation& held, const Quantities& less,
                                   const std::vector<v1::Reservation::Line>& more, const std::map<std::string, std::string>& fields,
                                   status::BadFields& bad) const {
  const bool is_new = !held.has_create_time();
  record::Step<v1::Reservation> step{held, held, "reshape"};
  if (is_new) {
    step.after.set_state(v1::Reservation::STATE_HELD);
  } else {
    RETURN_IF_ERROR(reservations_.Advance(step.after, step.verb));
  }
  v1::Reservation asked;
  std::set<std::string> items;
  for (const v1::Reservation::Line& line : more) *asked.add_lines() = line, items.insert(line.item());
  for (const v1::ItemQuantity& quantity : less) items.insert(quantity.item());
  const auto path = [&](int index) { return fields.at(asked.lines(index).item()); };
  RETURN_IF_ERROR(CheckLocations(tx, asked, PlacesOf(asked), path, bad));
  std::set<std::string> places = PlacesOf(held);
  places.merge(PlacesOf(asked));
  ASSIGN_OR_RETURN(StockChange change, stocks_.Lock(tx, {items.begin(), items.end()}, Stocks::Depth::kReserve, places));
  for (int i = 0; i < asked.lines_size(); ++i) {
    if (change.Find(asked.lines(i).item()) == nullptr) bad.Add(path(i) + ".item", kUnknownItem, {{"item", asked.lines(i).item()}});
  }
  if (!bad.empty()) return absl::OkStatus();
  status::BadFields none;
  ASSIGN_OR_RETURN(const Moment moment, stocks_.MomentOf(tx, nullptr, "", none));
  for (const v1::ItemQuantity& quantity : less) {
    v1::Reservation::Line& line = *step.after.mutable_lines(FindLine(held, quantity.item()));
    RETURN_IF_ERROR(change.Find(quantity.item())->Release(line, quantity.quantity(), held.name(), moment));
  }
  RETURN_IF_ERROR(CheckNotRetired(asked, change));
  RETURN_IF_ERROR(CheckAvailable(asked, change, moment.today));
  for (const v1::Reservation::Line& line : asked.lines()) {
    Books& books = *change.Find(line.item());
    RETURN_IF_ERROR(books.Reserve(line, held.name(), moment));
    const int index = FindLine(step.after, line.item());
    if (index < 0) {
      *step.after.add_lines() = line;
      continue;
    }
    v1::Reservation::Line& known = *step.after.mutable_lines(index);
    known.set_quantity(known.quantity() + line.quantity());
    // All that is outstanding is held for one day: who moves it has let go of it first.
    known.clear_need_date();
    if (line.has_need_date()) *known.mutable_need_date() = line.need_date();
    CopyLine(known, books.entries().back());
  }
  RETURN_IF_ERROR(stocks_.Save(tx, change, "reserve"));
  return is_new ? reservations_.Insert(tx, step.after) : reservations_.Finish(tx, step).status();
}

absl::Status Reservations::PassOn(record::Transaction& tx, const std::string& from, const std::vector<v1::Reservation::Line>& lines,
                                  v1::Reservation& to) const {
  ASSIGN_OR_RETURN(record::Step<v1::Reservation> step, reservations_.Begin(tx, record::Target(from), "draw"));
  for (const v1::Reservation::Line& line : lines) *to.add_lines() = line;
  ASSIGN_OR_RETURN(StockChange change, stocks_.Lock(tx, ItemsOf(to.lines()), Stocks::Depth::kReserve, PlacesOf(to)));
  status::BadFields none;
  ASSIGN_OR_RETURN(const Moment moment, stocks_.MomentOf(tx, nullptr, "", none));
  for (const v1::Reservation::Line& line : lines) {
    v1::Reservation::Line& old = *step.after.mutable_lines(FindLine(step.before, line.item()));
    Books& books = *change.Find(line.item());
    RETURN_IF_ERROR(books.Release(old, line.quantity(), from, moment));
    RETURN_IF_ERROR(books.Reserve(line, to.name(), moment));
  }
  RETURN_IF_ERROR(stocks_.Save(tx, change, "reserve"));
  RETURN_IF_ERROR(reservations_.Finish(tx, step).status());
  to.set_state(v1::Reservation::STATE_CONFIRMED);
  return reservations_.Insert(tx, to);
}

absl::Status Reservations::ConfirmHeld(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(record::Step<v1::Reservation> step, reservations_.Begin(tx, record::Target(name)));
  if (step.before.state() == v1::Reservation::STATE_CONFIRMED || step.before.state() == v1::Reservation::STATE_CLOSED) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(reservations_.Advance(step.after, step.verb = "confirm"));
  step.after.clear_expire_time();
  return reservations_.Finish(tx, step).status();
}

absl::Status Reservations::ReleaseHeld(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(record::Step<v1::Reservation> step, reservations_.Begin(tx, record::Target(name)));
  return LetGo(tx, step).status();
}

absl::Status Reservations::GiveBack(record::Transaction& tx, v1::Reservation& reservation) const {
  status::BadFields none;
  ASSIGN_OR_RETURN(const Moment moment, stocks_.MomentOf(tx, nullptr, "", none));
  const Book release = [&](Books& books, v1::Reservation::Line& line, int64_t quantity) {
    return books.Release(line, quantity, reservation.name(), moment);
  };
  return Move(tx, reservation, OutstandingOf(reservation), Stocks::Depth::kReserve, release, "release");
}

absl::StatusOr<Quantities> Reservations::InBaseUnits(record::Transaction& tx, const Quantities& lines) const {
  Quantities converted = lines;
  if (std::all_of(lines.begin(), lines.end(), [](const v1::ItemQuantity& line) { return line.unit().empty(); })) return converted;
  ASSIGN_OR_RETURN(const ItemFacts facts, items_.FactsOf(tx.sql, ItemsOf(lines)));
  status::BadFields bad;
  for (int i = 0; i < lines.size(); ++i) {
    const auto fact = facts.find(lines[i].item());
    if (fact == facts.end() || lines[i].unit().empty()) continue;  // It is in no reservation.
    const std::string path = absl::StrCat("lines[", i, "]");
    converted[i].set_quantity(ToBase(fact->second.item, lines[i].quantity(), lines[i].unit(), path + ".quantity", path + ".unit", bad));
    converted[i].clear_unit();
  }
  RETURN_IF_ERROR(bad.status());
  return converted;
}

absl::Status Reservations::ToBaseUnits(record::Transaction& tx, v1::Reservation& reservation, status::BadFields& bad) const {
  const auto& lines = reservation.lines();
  if (std::all_of(lines.begin(), lines.end(), [](const v1::Reservation::Line& line) { return line.unit().empty(); })) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const ItemFacts facts, items_.FactsOf(tx.sql, ItemsOf(lines)));
  for (int i = 0; i < lines.size(); ++i) {
    v1::Reservation::Line& line = *reservation.mutable_lines(i);
    const auto fact = facts.find(line.item());
    if (fact == facts.end() || line.unit().empty()) continue;
    const std::string path = absl::StrCat("reservation.lines[", i, "]");
    line.set_quantity(ToBase(fact->second.item, line.quantity(), line.unit(), path + ".quantity", path + ".unit", bad));
  }
  return absl::OkStatus();
}

absl::Status Reservations::CheckLocations(record::Transaction& tx, const v1::Reservation& reservation, const std::set<std::string>& places,
                                          const std::function<std::string(int)>& path, status::BadFields& bad) const {
  ASSIGN_OR_RETURN(const auto kinds, locations_.KindsOf(tx.sql, places));
  for (int i = 0; i < reservation.lines_size(); ++i) {
    const std::string location = LocationOf(reservation.lines(i).location());
    const auto kind = kinds.find(location);
    if (kind == kinds.end()) {
      bad.Add(path(i) + ".location", kUnknownLocation, {{"name", location}});
    } else if (kind->second == v1::Location::KIND_QUARANTINE) {
      bad.Add(path(i) + ".location", kNotUsablePlace, {{"location", location}});
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::map<std::string, absl::CivilDay>> Reservations::ExpiriesOf(sql::Session& session,
                                                                               const std::set<std::string>& lots) const {
  std::map<std::string, absl::CivilDay> expiries;
  sql::Values names;
  for (const std::string& lot : lots) {
    if (!lot.empty()) names.push_back(sql::V(lot));
  }
  if (names.empty()) return expiries;
  ASSIGN_OR_RETURN(const std::vector<v1::Lot> found,
                   lots_.Select(session, absl::StrCat("WHERE name IN (", sql::Placeholders(names.size()), ")"), names));
  for (const v1::Lot& lot : found) expiries[lot.name()] = lot.has_expiry_date() ? time::ToDay(lot.expiry_date()) : kNoEnd;
  return expiries;
}

}  // namespace heitie::resource
