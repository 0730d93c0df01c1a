#include <algorithm>
#include <set>
#include <utility>

#include "common/status/macros.h"
#include "services/resource/allotment/allotment.h"

namespace heitie::resource {

using v1::Allotment;

namespace {

v1::MaterialNeed* NeedOfItem(Allotment& allotment, const std::string& item) {
  for (v1::MaterialNeed& need : *allotment.mutable_materials()) {
    if (need.item() == item) return &need;
  }
  return nullptr;
}

v1::MoneyNeed* NeedOfCode(Allotment& allotment, const std::string& code) {
  for (v1::MoneyNeed& need : *allotment.mutable_money()) {
    if (need.code() == code) return &need;
  }
  return nullptr;
}

// What nothing is left of stays with what it has used: its encumbrance or line keeps what was spent or issued.
void DropEmpty(Allotment& allotment) {
  auto& materials = *allotment.mutable_materials();
  materials.erase(std::remove_if(materials.begin(), materials.end(), [](const v1::MaterialNeed& need) { return need.quantity() == 0; }),
                  materials.end());
  auto& money = *allotment.mutable_money();
  money.erase(std::remove_if(money.begin(), money.end(), [](const v1::MoneyNeed& need) { return need.amount_minor() == 0; }), money.end());
}

}  // namespace

absl::Status Allotments::ReleaseOne(const rpc::Call& call, const std::string& name, const std::string& reason) const {
  const absl::Status released =
      store_.Write(call, [&](record::Transaction& tx) { return Release(tx, record::Target(name), reason).status(); });
  return absl::IsNotFound(released) ? absl::OkStatus() : released;
}

absl::StatusOr<std::vector<Holding>> Allotments::LockSources(record::Transaction& tx, const Allotment& allotment) const {
  std::vector<Holding> sources;
  ASSIGN_OR_RETURN(
      const std::vector<Allotment> seen,
      allotments_.Select(tx.sql, "WHERE subject = ? AND state = 'STATE_CONFIRMED' ORDER BY name", sql::Bind(allotment.draw_on())));
  for (const Allotment& source : seen) {
    ASSIGN_OR_RETURN(Allotment locked, allotments_.Lock(tx, source.name()));
    if (locked.state() == Allotment::STATE_CONFIRMED) sources.push_back({std::move(locked), {}, {}});
  }
  Allotment all;
  for (Holding& source : sources) {
    all.mutable_money()->MergeFrom(source.allotment.money());
    if (source.allotment.reservation().empty()) continue;
    ASSIGN_OR_RETURN(record::Step<v1::Reservation> step, reservations_.Take(tx, source.allotment.reservation()));
    source.reservation = std::move(step.before);
  }
  RETURN_IF_ERROR(LockAll(tx, all, allotment));
  for (Holding& source : sources) {
    ASSIGN_OR_RETURN(source.encumbrances, EncumbrancesOf(tx, source.allotment));
  }
  return sources;
}

absl::Status Allotments::DrawOn(record::Transaction& tx, const std::vector<Holding>& sources, Allotment& allotment) const {
  const std::vector<v1::AllotmentDraw> draws = DrawsOf(sources, allotment);
  for (const v1::AllotmentDraw& draw : draws) *allotment.add_draws() = draw;
  for (const Holding& source : sources) {
    Allotment after = source.allotment;
    Quantities goods;
    for (const v1::AllotmentDraw& draw : draws) {
      if (draw.allotment() != source.allotment.name()) continue;
      if (!draw.item().empty()) {
        v1::ItemQuantity& quantity = *goods.Add();
        quantity.set_item(draw.item());
        quantity.set_quantity(draw.quantity());
        v1::MaterialNeed& need = *NeedOfItem(after, draw.item());
        need.set_quantity(need.quantity() - draw.quantity());
      } else {
        v1::MoneyNeed& need = *NeedOfCode(after, draw.source_code());
        RETURN_IF_ERROR(bookings_.Lower(tx, need.encumbrance(), draw.amount_minor()).status());
        need.set_amount_minor(need.amount_minor() - draw.amount_minor());
      }
    }
    if (!goods.empty()) {
      status::BadFields none;
      RETURN_IF_ERROR(reservations_.Reshape(tx, source.reservation, goods, {}, {}, none));
    }
    DropEmpty(after);
    RETURN_IF_ERROR(allotments_.Update(tx, source.allotment, after, "draw"));
  }
  return absl::OkStatus();
}

absl::Status Allotments::Return(record::Transaction& tx, const Allotment& allotment) const {
  std::set<std::string> names;
  for (const v1::AllotmentDraw& draw : allotment.draws()) names.insert(draw.allotment());
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(const Allotment before, allotments_.Lock(tx, name));
    if (before.state() != Allotment::STATE_CONFIRMED) continue;  // It holds nothing any more.
    Allotment now = before;
    for (const v1::AllotmentDraw& draw : allotment.draws()) {
      if (draw.allotment() != name) continue;
      Allotment next = now;
      if (!draw.item().empty()) {
        v1::MaterialNeed* need = NeedOfItem(next, draw.item());
        if (need == nullptr) {
          need = next.add_materials();
          need->set_item(draw.item());
        }
        // The place and the day are those of the line, which stays when nothing is left of it.
        if (!before.reservation().empty()) {
          ASSIGN_OR_RETURN(const record::Step<v1::Reservation> held, reservations_.Take(tx, before.reservation()));
          for (const v1::Reservation::Line& line : held.before.lines()) {
            if (line.item() != draw.item()) continue;
            need->set_location(line.location());
            need->clear_need_date();
            if (line.has_need_date()) *need->mutable_need_date() = line.need_date();
          }
        }
        need->set_quantity(need->quantity() + draw.quantity());
      } else {
        v1::MoneyNeed* need = NeedOfCode(next, draw.source_code());
        if (need == nullptr) {
          need = next.add_money();
          need->set_code(draw.source_code());
          for (const v1::MoneyNeed& own : allotment.money()) {
            if (own.code() == draw.code()) need->set_budget(own.budget()), need->set_description(own.description());
          }
        }
        need->set_amount_minor(need->amount_minor() + draw.amount_minor());
      }
      Obstacles obstacles;
      RETURN_IF_ERROR(LockAll(tx, now, next));
      RETURN_IF_ERROR(ChangeMoney(tx, now, next, obstacles));
      RETURN_IF_ERROR(ChangeGoods(tx, now, next, obstacles));
      if (obstacles.bad.empty() && obstacles.refusals.empty()) now = next;
    }
    RETURN_IF_ERROR(allotments_.Update(tx, before, now, "return_draw"));
  }
  return absl::OkStatus();
}

}  // namespace heitie::resource
