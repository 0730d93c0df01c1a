#include "services/resource/allotment/allotment.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/resource/material/expiry.h"

namespace heitie::resource {
namespace {

using v1::Allotment;

constexpr char kExpireAllotmentJob[] = "expire-allotment";
// What begins within a transaction that confirms it expires all the same, in name.
constexpr absl::Duration kUntilConfirmed = absl::Hours(1);

std::string AllotmentJob(const std::string& allotment) { return absl::StrCat(allotment, "/expire"); }

// What is held frees itself.
absl::Status KeepAllotmentExpiry(record::Transaction& tx, const Allotment* before, const Allotment* after) {
  const std::string job = AllotmentJob(after->name());
  if (after->state() == Allotment::STATE_HELD) {
    if (before != nullptr) return absl::OkStatus();
    return job::Schedule(
        tx, {.name = job, .kind = kExpireAllotmentJob, .payload = after->name(), .run_time = time::ToTime(after->expire_time())});
  }
  const bool ended = before != nullptr && before->state() == Allotment::STATE_HELD && after->state() != Allotment::STATE_EXPIRED;
  return ended ? job::Cancel(tx, job) : absl::OkStatus();
}

// Nothing of what a client may have written into output-only fields of the parts.
void KeepGivenParts(Allotment& allotment) {
  for (v1::MoneyNeed& need : *allotment.mutable_money()) need.clear_encumbrance();
}

// What a budget or a stock does not allow is one obstacle among others; whatever else goes wrong is an error of its own.
bool IsObstacle(const absl::Status& status) { return absl::IsFailedPrecondition(status) && !status::ReasonOf(status).empty(); }

}  // namespace

Allotments::Allotments(record::Store& store, const Reservations& reservations, const Bookings& bookings, const StaffPlans& plans,
                       AllotmentPurchases purchases, job::Runner& jobs)
    : store_(store),
      reservations_(reservations),
      bookings_(bookings),
      plans_(plans),
      purchases_(purchases),
      allotments_(store, &AllotmentMachine()),
      encumbrances_(store) {
  allotments_.SetFollow(KeepAllotmentExpiry);
  jobs.Handle(kExpireAllotmentJob, [this](const rpc::Call& call, const job::Job& job) { return Expire(call, job); });
}

void Allotments::Bind(record::Methods& methods) {
  methods.Reads(allotments_);
  methods.Creates(allotments_, this, &Allotments::Create);
  methods.Updates(allotments_, this, &Allotments::Update);
  methods.Bind("ConfirmAllotment", this, &Allotments::Confirm);
  methods.Bind("DrawAllotment", this, &Allotments::Draw);
  methods.Bind("ReleaseAllotment", this, &Allotments::Release);
}

absl::Status Allotments::Create(record::Transaction& tx, Allotment& allotment) {
  Obstacles obstacles;
  CheckExpiry("allotment.expire_time", tx.call.now, *allotment.mutable_expire_time(), obstacles.bad);
  CheckNeeds(allotment.materials(), allotment.money(), !allotment.staff_plan().empty() || allotment.has_purchase(), "allotment.",
             obstacles.bad);
  RETURN_IF_ERROR(obstacles.bad.status());
  KeepGivenParts(allotment);
  allotment.set_state(Allotment::STATE_HELD);
  Allotment none;
  none.set_name(allotment.name());
  RETURN_IF_ERROR(purchases_.Write(tx, none, allotment, obstacles.bad, obstacles.refusals));
  RETURN_IF_ERROR(TakePeople(tx, allotment, obstacles));
  allotment.clear_draws();
  if (allotment.draw_on().empty()) {
    RETURN_IF_ERROR(LockAll(tx, none, allotment));
  } else {
    ASSIGN_OR_RETURN(const std::vector<Holding> sources, LockSources(tx, allotment));
    RETURN_IF_ERROR(DrawOn(tx, sources, allotment));
  }
  RETURN_IF_ERROR(ChangeMoney(tx, none, allotment, obstacles));
  RETURN_IF_ERROR(purchases_.Submit(tx, none, allotment, obstacles.refusals));
  RETURN_IF_ERROR(ChangeGoods(tx, none, allotment, obstacles));
  RETURN_IF_ERROR(obstacles.bad.status());
  return status::Merge(obstacles.refusals, kAllotmentShort, {{"subject", allotment.subject()}});
}

absl::Status Allotments::Update(record::Transaction& tx, const Allotment& before, Allotment& after) {
  if (before.state() != Allotment::STATE_HELD && before.state() != Allotment::STATE_CONFIRMED) {
    return status::Error(status::kIllegalTransition,
                         {{"name", before.name()}, {"verb", "update"}, {"state", Allotment::State_Name(before.state())}, {"allowed", ""}});
  }
  Obstacles obstacles;
  CheckNeeds(after.materials(), after.money(), !after.staff_plan().empty() || after.has_purchase(), "allotment.", obstacles.bad);
  RETURN_IF_ERROR(obstacles.bad.status());
  RETURN_IF_ERROR(purchases_.Write(tx, before, after, obstacles.bad, obstacles.refusals));
  RETURN_IF_ERROR(LockAll(tx, before, after));
  RETURN_IF_ERROR(ChangeMoney(tx, before, after, obstacles));
  RETURN_IF_ERROR(purchases_.Submit(tx, before, after, obstacles.refusals));
  RETURN_IF_ERROR(ChangeGoods(tx, before, after, obstacles));
  RETURN_IF_ERROR(obstacles.bad.status());
  return status::Merge(obstacles.refusals, kAllotmentShort, {{"subject", after.subject()}});
}

absl::StatusOr<std::map<std::string, v1::Encumbrance>> Allotments::EncumbrancesOf(record::Transaction& tx,
                                                                                  const Allotment& allotment) const {
  std::map<std::string, v1::Encumbrance> found;
  for (const v1::MoneyNeed& need : allotment.money()) {
    ASSIGN_OR_RETURN(found[need.encumbrance()], encumbrances_.Find(tx.sql, need.encumbrance()));
  }
  return found;
}

absl::Status Allotments::LockAll(record::Transaction& tx, const Allotment& before, const Allotment& after) const {
  std::set<std::string> encumbrances, budgets;
  for (const v1::MoneyNeed& need : before.money()) encumbrances.insert(need.encumbrance());
  for (const v1::MoneyNeed& need : after.money()) budgets.insert(need.budget());
  ASSIGN_OR_RETURN(const std::vector<std::string> of_purchase, purchases_.BudgetsOf(tx, before, after));
  budgets.insert(of_purchase.begin(), of_purchase.end());
  // A reservation comes before what money is taken from.
  if (!before.reservation().empty()) RETURN_IF_ERROR(reservations_.Take(tx, before.reservation()).status());
  const absl::Status locked = bookings_.Lock(tx, {encumbrances.begin(), encumbrances.end()}, {budgets.begin(), budgets.end()});
  return absl::IsNotFound(locked) ? absl::OkStatus() : locked;  // An unknown budget is told with the field that names it.
}

absl::StatusOr<std::string> Allotments::TakeMoney(record::Transaction& tx, const Allotment& allotment, const v1::MoneyNeed& need,
                                                  const std::string& field, Obstacles& obstacles) const {
  v1::Encumbrance draft;
  draft.set_budget(need.budget());
  draft.set_subject(allotment.subject());
  draft.set_description(need.description());
  draft.set_amount_minor(need.amount_minor());
  // One that is confirmed already is committed in this transaction.
  *draft.mutable_expire_time() = allotment.has_expire_time() ? allotment.expire_time() : time::ToTimestamp(tx.call.now + kUntilConfirmed);
  const absl::StatusOr<v1::Encumbrance> taken = bookings_.PreCommit(tx, draft);
  if (taken.ok()) return taken->name();
  if (absl::IsNotFound(taken.status())) {
    obstacles.bad.Add(field, kUnknownBudget, {{"budget", need.budget()}});
  } else if (IsObstacle(taken.status())) {
    obstacles.refusals.push_back({need.budget(), taken.status()});
  } else {
    return taken.status();
  }
  return std::string();
}

absl::Status Allotments::CommitMoney(record::Transaction& tx, const std::string& encumbrance) const {
  ASSIGN_OR_RETURN(const v1::Encumbrance held, encumbrances_.Find(tx.sql, encumbrance));
  if (held.pre_committed_minor() == 0) return absl::OkStatus();
  return bookings_.Commit(tx, encumbrance, held.pre_committed_minor()).status();
}

absl::Status Allotments::ChangeMoney(record::Transaction& tx, const Allotment& before, Allotment& after, Obstacles& obstacles) const {
  ASSIGN_OR_RETURN(const auto encumbrances, EncumbrancesOf(tx, before));
  status::Unmet used;
  const std::vector<MoneyChange> changes = MoneyChanges(before, after, encumbrances, "allotment.", obstacles.bad, used);
  if (!used.empty()) obstacles.refusals.push_back({after.name(), used.status(kAllotmentShort, {{"subject", after.subject()}})});
  std::map<std::string, std::string> held_by;  // by code
  for (const v1::MoneyNeed& need : before.money()) held_by[need.code()] = need.encumbrance();
  if (obstacles.bad.empty() && obstacles.refusals.empty()) {
    // What is given back first may be what another amount takes.
    for (const MoneyChange& change : changes) {
      if (change.more < 0) RETURN_IF_ERROR(bookings_.Lower(tx, change.need.encumbrance(), -change.more).status());
    }
    for (const MoneyChange& change : changes) {
      if (change.more < 0) continue;
      std::string& encumbrance = held_by[change.need.code()];
      if (encumbrance.empty()) {
        int index = 0;
        while (after.money(index).code() != change.need.code()) ++index;
        ASSIGN_OR_RETURN(encumbrance, TakeMoney(tx, after, change.need, absl::StrCat("allotment.money[", index, "].budget"), obstacles));
      } else {
        const absl::Status raised = bookings_.Raise(tx, encumbrance, change.more).status();
        if (IsObstacle(raised)) {
          obstacles.refusals.push_back({change.need.budget(), raised});
        } else {
          RETURN_IF_ERROR(raised);
        }
      }
      if (!encumbrance.empty() && obstacles.refusals.empty() && after.state() == Allotment::STATE_CONFIRMED) {
        RETURN_IF_ERROR(CommitMoney(tx, encumbrance));
      }
    }
  }
  for (v1::MoneyNeed& need : *after.mutable_money()) need.set_encumbrance(held_by[need.code()]);
  return absl::OkStatus();
}

absl::Status Allotments::ChangeGoods(record::Transaction& tx, const Allotment& before, Allotment& after, Obstacles& obstacles) const {
  v1::Reservation held;
  if (!before.reservation().empty()) {
    ASSIGN_OR_RETURN(const record::Step<v1::Reservation> step, reservations_.Take(tx, before.reservation()));
    held = step.before;
  }
  status::Unmet used;
  const std::vector<MaterialChange> changes = MaterialChanges(before, after, held, "allotment.", obstacles.bad, used);
  if (!used.empty()) obstacles.refusals.push_back({after.name(), used.status(kAllotmentShort, {{"subject", after.subject()}})});
  // What cannot go below what was used cannot be booked either.
  if (changes.empty() || !used.empty()) return absl::OkStatus();
  std::vector<v1::Reservation::Line> more;
  Quantities less;
  std::map<std::string, std::string> fields;  // by item
  for (int i = 0; i < after.materials_size(); ++i) fields[after.materials(i).item()] = absl::StrCat("allotment.materials[", i, "]");
  for (const MaterialChange& change : changes) {
    // What is held for another day is let go and taken anew.
    const int64_t let_go = change.moved > 0 ? change.moved : std::max<int64_t>(0, -change.more);
    const int64_t taken = change.moved > 0 ? change.moved + change.more : std::max<int64_t>(0, change.more);
    if (taken > 0) {
      v1::Reservation::Line& line = more.emplace_back();
      line.set_item(change.need.item());
      line.set_quantity(taken);
      line.set_location(change.need.location());
      if (change.need.has_need_date()) *line.mutable_need_date() = change.need.need_date();
    }
    if (let_go > 0) {
      v1::ItemQuantity& quantity = *less.Add();
      quantity.set_item(change.need.item());
      quantity.set_quantity(let_go);
    }
  }
  if (held.name().empty()) {
    held.set_name(absl::StrCat("reservations/", record::NewId(tx.call.now)));
    held.set_subject(after.subject());
    // An allotment that is confirmed already confirms it in this transaction.
    *held.mutable_expire_time() = after.has_expire_time() ? after.expire_time() : time::ToTimestamp(tx.call.now + kUntilConfirmed);
  }
  after.set_reservation(held.name());
  const absl::Status changed = reservations_.Reshape(tx, held, less, more, fields, obstacles.bad);
  if (IsObstacle(changed)) {
    obstacles.refusals.push_back({after.name(), changed});
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(changed);
  if (!obstacles.bad.empty() || after.state() != Allotment::STATE_CONFIRMED || !before.reservation().empty()) return absl::OkStatus();
  return reservations_.ConfirmHeld(tx, held.name());
}

absl::StatusOr<Allotment> Allotments::Confirm(record::Transaction& tx, const v1::ConfirmAllotmentRequest& request) {
  return allotments_.Change(tx, request, "confirm", [&](const Allotment& before, Allotment& after) -> absl::Status {
    if (const absl::Time expiry = time::ToTime(before.expire_time()); expiry <= tx.call.now) {
      return status::Error(kAllotmentExpired, {{"name", before.name()}, {"time", time::InstantText(expiry)}});
    }
    RETURN_IF_ERROR(LockAll(tx, before, after));
    if (!before.reservation().empty()) RETURN_IF_ERROR(reservations_.ConfirmHeld(tx, before.reservation()));
    for (const v1::MoneyNeed& need : before.money()) RETURN_IF_ERROR(CommitMoney(tx, need.encumbrance()));
    after.clear_expire_time();
    return absl::OkStatus();
  });
}

absl::Status Allotments::DrawMoney(record::Transaction& tx, const v1::DrawAllotmentRequest& request, Allotment& source, Allotment& drawn,
                                   Obstacles& obstacles, status::Unmet& left) const {
  ASSIGN_OR_RETURN(const auto encumbrances, EncumbrancesOf(tx, source));
  std::map<std::string, v1::MoneyNeed*> held;
  for (v1::MoneyNeed& need : *source.mutable_money()) held[need.code()] = &need;
  for (int i = 0; i < request.money_size(); ++i) {
    const v1::DrawnMoney& part = request.money(i);
    const auto found = held.find(part.code());
    if (found == held.end()) {
      obstacles.bad.Add(absl::StrCat("money[", i, "].code"), kNotHeld, {{"what", part.code()}, {"name", source.name()}});
      continue;
    }
    const v1::Encumbrance& encumbrance = encumbrances.at(found->second->encumbrance());
    const int64_t open = encumbrance.pre_committed_minor() + encumbrance.committed_minor();
    if (part.amount_minor() > open) {
      left.Add(part.code(), kLeftOfAllotment, {{"what", part.code()}, {"left", open}, {"asked", part.amount_minor()}});
    }
    v1::MoneyNeed& own = *drawn.add_money();
    own = *found->second;
    own.set_amount_minor(part.amount_minor());
    own.clear_encumbrance();
  }
  if (!obstacles.bad.empty() || !left.empty()) return absl::OkStatus();
  for (v1::MoneyNeed& need : *drawn.mutable_money()) {
    v1::MoneyNeed& from = *held.at(need.code());
    RETURN_IF_ERROR(bookings_.Lower(tx, from.encumbrance(), need.amount_minor()).status());
    from.set_amount_minor(from.amount_minor() - need.amount_minor());
    ASSIGN_OR_RETURN(const std::string encumbrance, TakeMoney(tx, drawn, need, "money", obstacles));
    if (encumbrance.empty()) continue;
    need.set_encumbrance(encumbrance);
    RETURN_IF_ERROR(CommitMoney(tx, encumbrance));
  }
  return absl::OkStatus();
}

absl::Status Allotments::DrawGoods(record::Transaction& tx, const v1::DrawAllotmentRequest& request, Allotment& source, Allotment& drawn,
                                   Obstacles& obstacles, status::Unmet& left) const {
  if (request.materials().empty()) return absl::OkStatus();
  v1::Reservation held;
  if (!source.reservation().empty()) {
    ASSIGN_OR_RETURN(const record::Step<v1::Reservation> step, reservations_.Take(tx, source.reservation()));
    held = step.before;
  }
  const std::vector<v1::Reservation::Line> lines = DrawnLines(source, held, request, obstacles.bad, left);
  if (!obstacles.bad.empty() || !left.empty() || !obstacles.refusals.empty()) return absl::OkStatus();
  for (const v1::Reservation::Line& line : lines) {
    v1::MaterialNeed& need = *drawn.add_materials();
    need.set_item(line.item());
    need.set_quantity(line.quantity());
    need.set_location(line.location());
    if (line.has_need_date()) *need.mutable_need_date() = line.need_date();
    for (v1::MaterialNeed& from : *source.mutable_materials()) {
      if (from.item() == line.item()) from.set_quantity(from.quantity() - line.quantity());
    }
  }
  v1::Reservation own;
  own.set_name(absl::StrCat("reservations/", record::NewId(tx.call.now)));
  own.set_subject(drawn.subject());
  drawn.set_reservation(own.name());
  return reservations_.PassOn(tx, held.name(), lines, own);
}

absl::StatusOr<v1::DrawAllotmentResponse> Allotments::Draw(record::Transaction& tx, const v1::DrawAllotmentRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Allotment> step, allotments_.Begin(tx, request, "draw"));
  Obstacles obstacles;
  CheckNeeds(request.materials(), request.money(), /*more=*/false, "", obstacles.bad);
  RETURN_IF_ERROR(obstacles.bad.status());
  Allotment& source = step.after;
  Allotment drawn;
  drawn.set_name(absl::StrCat("allotments/", request.allotment_id().empty() ? record::NewId(tx.call.now) : request.allotment_id()));
  drawn.set_subject(request.subject());
  drawn.set_source(source.name());
  drawn.set_state(Allotment::STATE_CONFIRMED);
  RETURN_IF_ERROR(LockAll(tx, step.before, step.before));
  status::Unmet left;
  RETURN_IF_ERROR(DrawMoney(tx, request, source, drawn, obstacles, left));
  RETURN_IF_ERROR(DrawGoods(tx, request, source, drawn, obstacles, left));
  RETURN_IF_ERROR(obstacles.bad.status());
  RETURN_IF_ERROR(left.status(kAllotmentLeft, {{"name", source.name()}}));
  RETURN_IF_ERROR(status::Merge(obstacles.refusals, kAllotmentShort, {{"subject", drawn.subject()}}));
  // What nothing is left of stays with what it has used: its encumbrance or line keeps what was spent or issued.
  auto& materials = *source.mutable_materials();
  materials.erase(std::remove_if(materials.begin(), materials.end(), [](const v1::MaterialNeed& need) { return need.quantity() == 0; }),
                  materials.end());
  auto& money = *source.mutable_money();
  money.erase(std::remove_if(money.begin(), money.end(), [](const v1::MoneyNeed& need) { return need.amount_minor() == 0; }), money.end());
  RETURN_IF_ERROR(allotments_.Insert(tx, drawn, "draw_from"));
  v1::DrawAllotmentResponse response;
  ASSIGN_OR_RETURN(*response.mutable_source(), allotments_.Finish(tx, step));
  ASSIGN_OR_RETURN(*response.mutable_allotment(), allotments_.Decorated(tx.sql, drawn));
  return response;
}

absl::Status Allotments::TakePeople(record::Transaction& tx, const Allotment& allotment, Obstacles& obstacles) const {
  if (allotment.staff_plan().empty()) return absl::OkStatus();
  const rpc::Principal& caller = tx.call.principal;
  absl::Status taken = status::Error(kPlanNeedsManager, {{"plan", allotment.staff_plan()}});
  if (caller.Has(options::v1::ROLE_OPERATIONS_MANAGER) || caller.Has(options::v1::ROLE_SERVICE)) {
    taken = plans_.PutInForce(tx, allotment.staff_plan());
  }
  if (!IsObstacle(taken)) return taken;
  obstacles.refusals.push_back({allotment.staff_plan(), taken});
  return absl::OkStatus();
}

absl::Status Allotments::GiveBack(record::Transaction& tx, const Allotment& allotment, const std::string& reason) const {
  RETURN_IF_ERROR(purchases_.Ask(tx, allotment, reason));
  if (!allotment.staff_plan().empty()) RETURN_IF_ERROR(plans_.GiveBack(tx, allotment.staff_plan(), reason));
  RETURN_IF_ERROR(LockAll(tx, allotment, allotment));
  for (const v1::MoneyNeed& need : allotment.money()) RETURN_IF_ERROR(bookings_.Release(tx, need.encumbrance()).status());
  if (!allotment.reservation().empty()) RETURN_IF_ERROR(reservations_.ReleaseHeld(tx, allotment.reservation()));
  return allotment.state() == Allotment::STATE_HELD ? Return(tx, allotment) : absl::OkStatus();
}

absl::StatusOr<Allotment> Allotments::Release(record::Transaction& tx, const v1::ReleaseAllotmentRequest& request) {
  return Release(tx, record::Target(request.name(), request.etag()), request.reason());
}

absl::Status Allotments::ReleaseOf(const rpc::Call& call, const std::string& subject) const {
  ASSIGN_OR_RETURN(const std::vector<Allotment> held, store_.Read(call, [&](sql::Session& session) {
    return allotments_.Select(session, "WHERE subject = ? AND state IN ('STATE_HELD', 'STATE_CONFIRMED') ORDER BY name",
                              sql::Bind(subject));
  }));
  for (const Allotment& allotment : held) {
    RETURN_IF_ERROR(store_.Write(call, [&](record::Transaction& tx) {
      return Release(tx, record::Target(allotment.name()), absl::StrCat(subject, " is over.")).status();
    }));
  }
  return absl::OkStatus();
}

absl::StatusOr<Allotment> Allotments::Release(record::Transaction& tx, const record::Target& target, const std::string& reason) const {
  ASSIGN_OR_RETURN(record::Step<Allotment> step, allotments_.Begin(tx, target));
  // Once more is as good as once.
  if (step.before.state() == Allotment::STATE_RELEASED || step.before.state() == Allotment::STATE_EXPIRED) {
    return allotments_.Decorated(tx.sql, step.before);
  }
  RETURN_IF_ERROR(allotments_.Advance(step.after, step.verb = "release"));
  RETURN_IF_ERROR(GiveBack(tx, step.before, reason));
  step.after.clear_expire_time();
  step.after.set_state_reason(reason);
  return allotments_.Finish(tx, step);
}

job::Outcome Allotments::Expire(const rpc::Call& call, const job::Job& job) {
  const absl::Status status = store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(record::Step<Allotment> step, allotments_.Begin(tx, record::Target(job.payload)));
    // Confirmed or released between the lease of the job and this lock.
    if (step.before.state() != Allotment::STATE_HELD) return absl::OkStatus();
    RETURN_IF_ERROR(allotments_.Advance(step.after, step.verb = "expire"));
    RETURN_IF_ERROR(GiveBack(tx, step.before, absl::StrCat(step.before.name(), " has expired.")));
    return allotments_.Finish(tx, step).status();
  });
  return status.ok() ? job::Outcome::Done() : job::Outcome::Failed(status);
}

}  // namespace heitie::resource
