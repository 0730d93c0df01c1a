#include "services/resource/material/reservation.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/instant.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "heitie/resource/v1/stock.pb.h"
#include "services/resource/material/expiry.h"
#include "services/resource/material/stock_ledger.h"

namespace heitie::resource {
namespace {

constexpr char kExpireJob[] = "expire-reservation";

std::string JobName(const std::string& reservation) { return absl::StrCat(reservation, "/expire"); }

// What a client may have written into output-only fields of the lines goes.
void KeepInput(v1::Reservation& reservation) {
  for (v1::Reservation::Line& line : *reservation.mutable_lines()) {
    v1::Reservation::Line input;
    input.set_item(line.item());
    input.set_quantity(line.quantity());
    line = input;
  }
}

// STOCK_SHORT with every line that asks for more than is available.
absl::Status CheckAvailable(const v1::Reservation& reservation, StockChange& change) {
  status::Unmet unmet;
  std::vector<std::string> items;
  for (const v1::Reservation::Line& line : reservation.lines()) {
    const int64_t available = change.Find(line.item())->available();
    if (available >= line.quantity()) continue;
    items.push_back(status::StockLine(line.item(), available, line.quantity()));
    unmet.Add(line.item(), status::kStockShort, {{"items", items.back()}});
  }
  return unmet.status(status::kStockShort, {{"items", absl::StrJoin(items, ", ")}});
}

absl::Status SetState(v1::Reservation& reservation, const std::string& verb) {
  ASSIGN_OR_RETURN(const int state, ReservationStates().Next(reservation.name(), reservation.state(), verb));
  reservation.set_state(static_cast<v1::Reservation::State>(state));
  return absl::OkStatus();
}

}  // namespace

Reservations::Reservations(record::Store& store, const Stocks& stocks, job::Runner& jobs) : store_(store), stocks_(stocks), reservations_(store) {
  reservations_.SetDecorator([](sql::Session&, v1::Reservation& reservation) {
    for (const std::string& verb : ReservationVerbs(reservation.state())) reservation.add_allowed_verbs(verb);
    return absl::OkStatus();
  });
  jobs.Handle(kExpireJob, [this](const rpc::Call& call, const job::Job& job) { return Expire(call, job); });
}

void Reservations::Bind(rpc::Service& service) {
  service.Bind("GetReservation", reservations_.Getter());
  service.Bind("ListReservations", reservations_.Lister());
  service.Bind("CreateReservation",
               reservations_.Creator<v1::CreateReservationRequest>(
                   [this](record::Transaction& tx, const v1::CreateReservationRequest&, v1::Reservation& r) { return Reserve(tx, r); }));
  service.Bind("ConfirmReservation", store_.Mutation(this, &Reservations::Confirm));
  service.Bind("IssueReservation", store_.Mutation(this, &Reservations::Issue));
  service.Bind("ReturnReservation", store_.Mutation(this, &Reservations::Return));
  service.Bind("ReleaseReservation", store_.Mutation(this, &Reservations::Release));
}

absl::Status Reservations::Reserve(record::Transaction& tx, v1::Reservation& reservation) const {
  status::BadFields bad;
  CheckExpiry("reservation.expire_time", tx.call.now, *reservation.mutable_expire_time(), bad);
  CheckUnique(reservation.lines(), "reservation.lines", bad);
  ASSIGN_OR_RETURN(StockChange change, stocks_.Lock(tx, ItemsOf(reservation.lines())));
  change.CheckKnown(reservation.lines(), "reservation.lines", bad);
  RETURN_IF_ERROR(bad.status());
  RETURN_IF_ERROR(CheckAvailable(reservation, change));

  KeepInput(reservation);
  reservation.set_state(v1::Reservation::STATE_HELD);
  for (const v1::Reservation::Line& line : reservation.lines()) {
    ASSIGN_OR_RETURN(v1::StockEntry entry, resource::Reserve(*change.Find(line.item()), line, reservation.name()));
    change.Add(std::move(entry));
  }
  RETURN_IF_ERROR(stocks_.Save(tx, change, "reserve"));
  return job::Schedule(tx, {.name = JobName(reservation.name()),
                            .kind = kExpireJob,
                            .payload = reservation.name(),
                            .run_time = time::ToTime(reservation.expire_time())});
}

absl::StatusOr<v1::Reservation> Reservations::Confirm(record::Transaction& tx, const v1::ConfirmReservationRequest& request) {
  ASSIGN_OR_RETURN(const v1::Reservation before, Lock(tx, request.name(), request.etag()));
  v1::Reservation after = before;
  RETURN_IF_ERROR(SetState(after, "confirm"));
  if (const absl::Time expiry = time::ToTime(before.expire_time()); expiry <= tx.call.now) {
    return status::Error(kReservationExpired, {{"name", before.name()}, {"time", time::InstantText(expiry)}});
  }
  after.clear_expire_time();
  RETURN_IF_ERROR(job::Cancel(tx, JobName(before.name())));
  return Finish(tx, before, after, "confirm");
}

absl::StatusOr<v1::Reservation> Reservations::Issue(record::Transaction& tx, const v1::IssueReservationRequest& request) {
  ASSIGN_OR_RETURN(const v1::Reservation before, Lock(tx, request.name(), request.etag()));
  v1::Reservation after = before;
  RETURN_IF_ERROR(SetState(after, "issue"));
  RETURN_IF_ERROR(CheckIssue(before, request.lines()));
  RETURN_IF_ERROR(Move(tx, after, request.lines(), resource::Issue, "issue"));
  if (OutstandingOf(after).empty()) RETURN_IF_ERROR(SetState(after, "close"));
  return Finish(tx, before, after, "issue");
}

absl::StatusOr<v1::Reservation> Reservations::Return(record::Transaction& tx, const v1::ReturnReservationRequest& request) {
  ASSIGN_OR_RETURN(const v1::Reservation before, Lock(tx, request.name(), request.etag()));
  v1::Reservation after = before;
  RETURN_IF_ERROR(SetState(after, "return"));
  RETURN_IF_ERROR(CheckReturn(before, request.lines()));
  RETURN_IF_ERROR(Move(tx, after, request.lines(), resource::Return, "return"));
  return Finish(tx, before, after, "return");
}

absl::StatusOr<v1::Reservation> Reservations::Release(record::Transaction& tx, const v1::ReleaseReservationRequest& request) {
  ASSIGN_OR_RETURN(const v1::Reservation before, Lock(tx, request.name(), request.etag()));
  if (OutstandingOf(before).empty()) return reservations_.Decorated(tx.sql, before);
  v1::Reservation after = before;
  RETURN_IF_ERROR(SetState(after, WasIssued(before) ? "close" : "release"));
  RETURN_IF_ERROR(GiveBack(tx, after));
  after.clear_expire_time();
  RETURN_IF_ERROR(job::Cancel(tx, JobName(before.name())));
  return Finish(tx, before, after, "release");
}

job::Outcome Reservations::Expire(const rpc::Call& call, const job::Job& job) {
  v1::ReleaseReservationRequest request;
  request.set_name(job.payload);
  v1::Reservation response;
  const absl::Status status = store_.Write(call, request, &response, [&](record::Transaction& tx) { return ExpireHeld(tx, job.payload); });
  return status.ok() ? job::Outcome::Done() : job::Outcome::Failed(status);
}

absl::Status Reservations::ExpireHeld(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(const v1::Reservation before, reservations_.Lock(tx, name));
  // Confirmed or released between the lease of the job and this lock.
  if (before.state() != v1::Reservation::STATE_HELD) return absl::OkStatus();
  v1::Reservation after = before;
  RETURN_IF_ERROR(SetState(after, "expire"));
  RETURN_IF_ERROR(GiveBack(tx, after));
  return reservations_.Update(tx, before, after, "expire");
}

absl::StatusOr<v1::Reservation> Reservations::Lock(record::Transaction& tx, const std::string& name, const std::string& etag) const {
  ASSIGN_OR_RETURN(v1::Reservation reservation, reservations_.Lock(tx, name));
  RETURN_IF_ERROR(record::CheckEtag(reservation.name(), reservation.etag(), etag));
  return reservation;
}

absl::Status Reservations::Move(record::Transaction& tx, v1::Reservation& reservation, const Quantities& lines, Book book,
                                const std::string& action) const {
  ASSIGN_OR_RETURN(StockChange change, stocks_.Lock(tx, ItemsOf(lines)));
  for (const v1::ItemQuantity& quantity : lines) {
    v1::Reservation::Line& line = *reservation.mutable_lines(FindLine(reservation, quantity.item()));
    ASSIGN_OR_RETURN(v1::StockEntry entry, book(*change.Find(quantity.item()), line, quantity.quantity(), reservation.name()));
    change.Add(std::move(entry));
  }
  return stocks_.Save(tx, change, action);
}

absl::Status Reservations::GiveBack(record::Transaction& tx, v1::Reservation& reservation) const {
  return Move(tx, reservation, OutstandingOf(reservation), resource::Release, "release");
}

absl::StatusOr<v1::Reservation> Reservations::Finish(record::Transaction& tx, const v1::Reservation& before, v1::Reservation& after,
                                                     const std::string& action) const {
  RETURN_IF_ERROR(reservations_.Update(tx, before, after, action));
  return reservations_.Decorated(tx.sql, after);
}

}  // namespace heitie::resource
