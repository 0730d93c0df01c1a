#include "services/resource/custody/custodies.h"

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/options/v1/access.pb.h"
#include "services/resource/stock/stock_ledger.h"

namespace heitie::resource {

const status::Reason kNotTheCustodyHolder{absl::StatusCode::kPermissionDenied, "NOT_THE_CUSTODY_HOLDER",
                                          "Only {holder}, who holds {name}, or who runs the stock can say that.",
                                          "僅 {name} 的領用人 {holder} 或物資管理人員可以說明。"};
const status::Reason kCustodyExceeded{absl::StatusCode::kFailedPrecondition, "CUSTODY_EXCEEDED",
                                      "{name}: {open:count} are held and not reported missing, {asked:count} were named.",
                                      "{name}：保管中且未報損的有 {open:count}，所述 {asked:count}。"};

const record::StateMachine& HeldGoodsMachine() {
  using C = v1::Custody;
  static const auto& machine = *new record::StateMachine(
      C::State_descriptor(),
      {
          {C::STATE_HANDED_OVER, "accept", C::STATE_HELD, "what is out is there"},
          {C::STATE_DIFFERENT, "accept", C::STATE_HELD, "counted again, what is out is there"},
          {C::STATE_HANDED_OVER, "find_different", C::STATE_DIFFERENT, "another quantity is there", record::kConsequence},
          {C::STATE_DIFFERENT, "find_different", C::STATE_DIFFERENT, "counted again", record::kConsequence},
          {C::STATE_HANDED_OVER, "take_back", C::STATE_HANDED_OVER, "at most what is out"},
          {C::STATE_HANDED_OVER, "report_loss", C::STATE_HANDED_OVER, "at most what is out and not reported yet"},
          {C::STATE_HANDED_OVER, "lose", C::STATE_HANDED_OVER, "its write-off is booked", record::kConsequence},
          {C::STATE_HANDED_OVER, "pass", C::STATE_HANDED_OVER, "another holder", record::kConsequence},
          {C::STATE_HANDED_OVER, "end", C::STATE_ENDED, "nothing is out", record::kConsequence},
          {C::STATE_HELD, "take_back", C::STATE_HELD, "at most what is out"},
          {C::STATE_HELD, "report_loss", C::STATE_HELD, "at most what is out and not reported yet"},
          {C::STATE_HELD, "lose", C::STATE_HELD, "its write-off is booked", record::kConsequence},
          {C::STATE_HELD, "pass", C::STATE_HANDED_OVER, "another holder", record::kConsequence},
          {C::STATE_HELD, "end", C::STATE_ENDED, "nothing is out", record::kConsequence},
          {C::STATE_DIFFERENT, "take_back", C::STATE_DIFFERENT, "at most what is out"},
          {C::STATE_DIFFERENT, "report_loss", C::STATE_DIFFERENT, "at most what is out and not reported yet"},
          {C::STATE_DIFFERENT, "lose", C::STATE_DIFFERENT, "its write-off is booked", record::kConsequence},
          {C::STATE_DIFFERENT, "pass", C::STATE_HANDED_OVER, "another holder", record::kConsequence},
          {C::STATE_DIFFERENT, "end", C::STATE_ENDED, "nothing is out", record::kConsequence},
      });
  return machine;
}

int64_t HeldOf(const v1::Custody& custody) { return custody.quantity() - custody.returned_quantity() - custody.lost_quantity(); }

Custodies::Custodies(record::Store& store, const Stocks& stocks, const Reservations& reservations, const PutBack& put_back)
    : stocks_(stocks), reservations_(reservations), put_back_(put_back), custodies_(store, &HeldGoodsMachine()), locations_(store) {
  custodies_.RestrictRows(record::Own("holder") || record::Own("keeper") || record::Holds(options::v1::ROLE_OPERATIONS_MANAGER) ||
                          record::Holds(options::v1::ROLE_OPERATIONS_SPECIALIST) || record::Holds(options::v1::ROLE_DATA_ANALYST) ||
                          record::Holds(options::v1::ROLE_PLATFORM_ENGINEER));
  // Whoever takes over says what there is.
  custodies_.SetPassing(
      [this](record::Transaction&, const type::v1::HandOverRequest&, const v1::Custody& before, v1::Custody& after) -> absl::Status {
        if (before.holder() == after.holder()) return absl::OkStatus();
        after.clear_counted_quantity();
        after.clear_accept_time();
        return custodies_.Advance(after, "pass");
      });
}

void Custodies::Bind(record::Methods& methods) {
  methods.Reads(custodies_);
  methods.Bind("AcceptCustody", this, &Custodies::Accept);
  methods.Bind("TakeBackCustody", this, &Custodies::TakeBack);
}

absl::StatusOr<v1::Custody> Custodies::Hand(record::Transaction& tx, const v1::Reservation& reservation, const std::string& holder,
                                            const v1::Item& item, const Books& books) const {
  const v1::Reservation::Line& line = reservation.lines(0);
  v1::Custody custody;
  custody.set_name(reservation.custody());
  custody.set_item(line.item());
  custody.set_holder(holder);
  custody.set_state(v1::Custody::STATE_HANDED_OVER);
  custody.set_quantity(line.issued_quantity());
  custody.set_value_minor(line.issued_value_minor());
  custody.set_currency_code(item.currency_code());
  custody.set_location(LocationOf(line.location()));
  custody.set_reservation(reservation.name());
  custody.set_subject(reservation.subject());
  ASSIGN_OR_RETURN(const v1::Location location, locations_.Find(tx.sql, custody.location()));
  custody.set_keeper(location.owner().empty() ? item.custodian() : location.owner());
  for (const v1::StockEntry& entry : books.entries()) {
    if (entry.reservation() != reservation.name() || entry.kind() != v1::StockEntry::KIND_ISSUE || entry.lot().empty()) continue;
    v1::LotQuantity& lot = *custody.add_lots();
    lot.set_lot(entry.lot());
    lot.set_quantity(-entry.on_hand_delta());
  }
  RETURN_IF_ERROR(custodies_.Insert(tx, custody, "hand_over"));
  return custody;
}

absl::StatusOr<record::Step<v1::Custody>> Custodies::Take(record::Transaction& tx, const record::Target& target) const {
  return custodies_.Begin(tx, target);
}

absl::Status Custodies::CheckSpeaksFor(const rpc::Call& call, const v1::Custody& custody) {
  const rpc::Principal& caller = call.principal;
  if (caller.name == custody.holder() || caller.Has(options::v1::ROLE_OPERATIONS_MANAGER) ||
      caller.Has(options::v1::ROLE_OPERATIONS_SPECIALIST)) {
    return absl::OkStatus();
  }
  return status::Error(kNotTheCustodyHolder, {{"name", custody.name()}, {"holder", custody.holder()}});
}

absl::StatusOr<v1::Custody> Custodies::Accept(record::Transaction& tx, const v1::AcceptCustodyRequest& request) {
  ASSIGN_OR_RETURN(record::Step<v1::Custody> step, custodies_.Begin(tx, request));
  const rpc::Principal& caller = tx.call.principal;
  if (caller.name != step.before.holder() && !caller.Has(options::v1::ROLE_OPERATIONS_MANAGER)) {
    return status::Error(kNotTheCustodyHolder, {{"name", step.before.name()}, {"holder", step.before.holder()}});
  }
  const bool all = request.counted_quantity() == HeldOf(step.before);
  RETURN_IF_ERROR(custodies_.Advance(step.after, step.verb = all ? "accept" : "find_different"));
  step.after.set_counted_quantity(request.counted_quantity());
  step.after.set_remark(request.remark());
  if (all) *step.after.mutable_accept_time() = time::ToTimestamp(tx.call.now);
  return custodies_.Finish(tx, step);
}

absl::Status Custodies::Settle(v1::Custody& custody, const v1::Reservation& reservation) const {
  const v1::Reservation::Line& line = reservation.lines(0);
  custody.set_value_minor(line.issued_value_minor() - line.returned_value_minor());
  return Out(line) == 0 ? custodies_.Advance(custody, "end") : absl::OkStatus();
}

absl::StatusOr<v1::Custody> Custodies::TakeBack(record::Transaction& tx, const v1::TakeBackCustodyRequest& request) {
  return custodies_.Change(tx, request, "take_back", [&](const v1::Custody& before, v1::Custody& after) -> absl::Status {
    status::BadFields bad;
    const bool damaged = request.condition() == v1::RETURN_CONDITION_DAMAGED;
    ASSIGN_OR_RETURN(const Destination to,
                     put_back_.PlaceFor(tx.sql, request.condition(), request.location(), before.location(), "location", bad));
    ASSIGN_OR_RETURN(Moment moment,
                     stocks_.MomentOf(tx, request.has_business_date() ? &request.business_date() : nullptr, "business_date", bad));
    RETURN_IF_ERROR(bad.status());
    if (request.quantity() > HeldOf(before)) {
      return status::Error(kCustodyExceeded, {{"name", before.name()}, {"open", HeldOf(before)}, {"asked", request.quantity()}});
    }
    moment.document = before.name();
    moment.reason = request.remark();
    ASSIGN_OR_RETURN(record::Step<v1::Reservation> step, reservations_.kind().Begin(tx, record::Target(before.reservation()), "return"));
    ASSIGN_OR_RETURN(StockChange change, stocks_.Lock(tx, {before.item()}, Stocks::Depth::kMove, {before.location(), to.location}));
    RETURN_IF_ERROR(put_back_
                        .Book(tx, before.reservation(), *change.Find(before.item()), *step.after.mutable_lines(0), request.quantity(),
                              {request.lots().begin(), request.lots().end()}, to, moment)
                        .status());
    RETURN_IF_ERROR(stocks_.Save(tx, change, "return"));
    RETURN_IF_ERROR(reservations_.kind().Finish(tx, step).status());
    after.set_returned_quantity(before.returned_quantity() + request.quantity());
    if (damaged) after.set_damaged_quantity(before.damaged_quantity() + request.quantity());
    after.set_remark(request.remark());
    return Settle(after, step.after);
  });
}

absl::StatusOr<int64_t> Custodies::Lose(record::Transaction& tx, record::Step<v1::Custody>& custody, int64_t quantity,
                                        const std::string& lot, const Moment& moment) const {
  const v1::Custody before = custody.after;
  RETURN_IF_ERROR(custodies_.Advance(custody.after, custody.verb = "lose"));
  if (quantity > HeldOf(before)) {
    return status::Error(kCustodyExceeded, {{"name", before.name()}, {"open", HeldOf(before)}, {"asked", quantity}});
  }
  std::vector<v1::LotQuantity> chosen;
  if (!lot.empty()) {
    chosen.emplace_back().set_lot(lot);
    chosen.back().set_quantity(quantity);
  }
  ASSIGN_OR_RETURN(record::Step<v1::Reservation> step, reservations_.kind().Begin(tx, record::Target(before.reservation()), "return"));
  ASSIGN_OR_RETURN(StockChange change, stocks_.Lock(tx, {before.item()}, Stocks::Depth::kMove, {before.location()}));
  Books& books = *change.Find(before.item());
  const Destination there{before.location(), false};
  ASSIGN_OR_RETURN(const size_t first,
                   put_back_.Book(tx, before.reservation(), books, *step.after.mutable_lines(0), quantity, chosen, there, moment));
  const std::vector<v1::StockEntry> back(books.entries().begin() + static_cast<std::ptrdiff_t>(first), books.entries().end());
  int64_t value = 0;
  for (const v1::StockEntry& entry : back) {
    const Layer as_taken{entry.layers().empty() ? 0 : entry.layers(0).layer(), entry.on_hand_delta(), entry.value_delta_minor()};
    ASSIGN_OR_RETURN(const int64_t worth, books.TakeOut(entry.on_hand_delta(), before.location(), entry.lot(), moment, as_taken));
    value += worth;
  }
  RETURN_IF_ERROR(stocks_.Save(tx, change, "write_off"));
  RETURN_IF_ERROR(reservations_.kind().Finish(tx, step).status());
  custody.after.set_lost_quantity(before.lost_quantity() + quantity);
  custody.after.set_lost_value_minor(before.lost_value_minor() + value);
  RETURN_IF_ERROR(Settle(custody.after, step.after));
  RETURN_IF_ERROR(custodies_.Finish(tx, custody).status());
  return value;
}

}  // namespace heitie::resource
