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

// What is held frees itself.
absl::Status KeepExpiryJob(record::Transaction& tx, const v1::Reservation* before, const v1::Reservation* after) {
  const std::string job = JobName(after->name());
  if (after->state() == v1::Reservation::STATE_HELD) {
    return job::Schedule(tx, {.name = job, .kind = kExpireJob, .payload = after->name(), .run_time = time::ToTime(after->expire_time())});
  }
  const bool ended =
      before != nullptr && before->state() == v1::Reservation::STATE_HELD && after->state() != v1::Reservation::STATE_EXPIRED;
  return ended ? job::Cancel(tx, job) : absl::OkStatus();
}

}  // namespace

Reservations::Reservations(record::Store& store, const Stocks& stocks, job::Runner& jobs)
    : store_(store), stocks_(stocks), reservations_(store, &ReservationMachine()) {
  reservations_.SetFollow(KeepExpiryJob);
  jobs.Handle(kExpireJob, [this](const rpc::Call& call, const job::Job& job) { return Expire(call, job); });
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
    RETURN_IF_ERROR(CheckIssue(before, request.lines()));
    RETURN_IF_ERROR(Move(tx, after, request.lines(), resource::Issue, "issue"));
    return OutstandingOf(after).empty() ? reservations_.Advance(after, "close") : absl::OkStatus();
  });
}

absl::StatusOr<v1::Reservation> Reservations::Return(record::Transaction& tx, const v1::ReturnReservationRequest& request) {
  return reservations_.Change(tx, request, "return", [&](const v1::Reservation& before, v1::Reservation& after) -> absl::Status {
    RETURN_IF_ERROR(CheckReturn(before, request.lines()));
    return Move(tx, after, request.lines(), resource::Return, "return");
  });
}

absl::StatusOr<v1::Reservation> Reservations::Release(record::Transaction& tx, const v1::ReleaseReservationRequest& request) {
  ASSIGN_OR_RETURN(record::Step<v1::Reservation> step, reservations_.Begin(tx, request));
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

}  // namespace heitie::resource
