#include "services/resource/allotment/allotment_rules.h"

#include <algorithm>
#include <utility>

#include "services/resource/catalogue/location.h"
#include "services/resource/money/budget_ledger.h"
#include "services/resource/stock/books.h"

namespace heitie::resource {

const status::Reason kDuplicateCode{absl::StatusCode::kInvalidArgument, "DUPLICATE_CODE", "Another amount has the code {code}.",
                                    "另一筆金額已使用代碼 {code}。"};
const status::Reason kNothingHeld{absl::StatusCode::kInvalidArgument, "NOTHING_HELD", "Name goods, money or a plan of people.",
                                  "請指定物資、金額或人員計畫。"};
const status::Reason kAllotmentFixed{absl::StatusCode::kInvalidArgument, "ALLOTMENT_FIXED",
                                     "{what} is held already; its place and its budget stay. Take it anew under another allotment.",
                                     "{what} 已佔用，地點與預算不可變更。請另建佔用。"};
const status::Reason kAllotmentUsed{absl::StatusCode::kFailedPrecondition, "ALLOTMENT_USED",
                                    "{what}: {used} are used already, so that no less can be held; {asked} were asked for.",
                                    "{what} 已使用 {used}，不可低於此數，請求為 {asked}。"};
const status::Reason kAllotmentShort{absl::StatusCode::kFailedPrecondition, "ALLOTMENT_SHORT",
                                     "Not everything can be taken for {subject}; nothing was.",
                                     "無法為 {subject} 取得全部所需，未佔用任何資源。"};
const status::Reason kAllotmentLeft{absl::StatusCode::kFailedPrecondition, "ALLOTMENT_LEFT", "{name} does not hold as much any more.",
                                    "{name} 的剩餘不足。"};
const status::Reason kLeftOfAllotment{absl::StatusCode::kFailedPrecondition, "LEFT_OF_ALLOTMENT",
                                      "{what}: {left} are left, {asked} were asked for.", "{what} 剩餘 {left}，請求 {asked}。"};
const status::Reason kAllotmentExpired{absl::StatusCode::kFailedPrecondition, "ALLOTMENT_EXPIRED", "{name} expired at {time}.",
                                       "{name} 已於 {time} 到期。"};
const status::Reason kNotHeld{absl::StatusCode::kInvalidArgument, "NOT_HELD", "{name} does not hold {what}.", "{name} 未佔用 {what}。"};
const status::Reason kNeededLater{absl::StatusCode::kInvalidArgument, "NEEDED_LATER",
                                  "{item} is held for an earlier day, and may not be there later.",
                                  "{item} 佔用的需用日較早，屆時未必可用。"};
const status::Reason kPlanNeedsManager{absl::StatusCode::kFailedPrecondition, "PLAN_NEEDS_MANAGER",
                                       "{plan} is put into force by an operations manager.", "{plan} 須由運營經理核准生效。"};

namespace {

using v1::Allotment;

std::string PathTo(const std::string& path, const char* list, int index, const char* field) {
  return absl::StrCat(path, list, "[", index, "].", field);
}

const v1::Reservation::Line* LineOf(const v1::Reservation& reservation, const std::string& item) {
  for (const v1::Reservation::Line& line : reservation.lines()) {
    if (line.item() == item) return &line;
  }
  return nullptr;
}

v1::Reservation::Line ToLine(const v1::MaterialNeed& need) {
  v1::Reservation::Line line;
  line.set_item(need.item());
  line.set_quantity(need.quantity());
  line.set_location(need.location());
  if (need.has_need_date()) *line.mutable_need_date() = need.need_date();
  return line;
}

void CheckUsed(const std::string& what, int64_t used, int64_t asked, status::Unmet& unmet) {
  if (asked < used) unmet.Add(what, kAllotmentUsed, {{"what", what}, {"used", used}, {"asked", asked}});
}

}  // namespace

const record::StateMachine& AllotmentMachine() {
  static const auto& machine =
      *new record::StateMachine(Allotment::State_descriptor(),
                                {
                                    {Allotment::STATE_HELD, "confirm", Allotment::STATE_CONFIRMED, "before expire_time"},
                                    {Allotment::STATE_HELD, "release", Allotment::STATE_RELEASED},
                                    {Allotment::STATE_HELD, "expire", Allotment::STATE_EXPIRED, "at expire_time", record::kConsequence},
                                    {Allotment::STATE_CONFIRMED, "draw", Allotment::STATE_CONFIRMED, "at most what is left"},
                                    {Allotment::STATE_CONFIRMED, "release", Allotment::STATE_RELEASED},
                                });
  return machine;
}

int64_t OutstandingOf(const v1::Reservation::Line& line) { return line.quantity() - line.released_quantity() - line.issued_quantity(); }

std::vector<MaterialChange> MaterialChanges(const Allotment& before, const Allotment& after, const v1::Reservation& held,
                                            const std::string& path, status::BadFields& bad, status::Unmet& used) {
  std::map<std::string, const v1::MaterialNeed*> old;
  for (const v1::MaterialNeed& need : before.materials()) old[need.item()] = &need;
  const auto used_of = [&](const v1::MaterialNeed& need) {
    const v1::Reservation::Line* line = LineOf(held, need.item());
    return need.quantity() - (line == nullptr ? 0 : std::min(need.quantity(), OutstandingOf(*line)));
  };
  std::map<std::string, MaterialChange> changes;
  for (int i = 0; i < after.materials_size(); ++i) {
    const v1::MaterialNeed& need = after.materials(i);
    const auto known = old.find(need.item());
    changes[need.item()] = {need, need.quantity() - (known == old.end() ? 0 : known->second->quantity()), 0};
    if (const v1::Reservation::Line* line = LineOf(held, need.item()); line != nullptr) {
      if (LocationOf(need.location()) != LocationOf(line->location())) {
        bad.Add(PathTo(path, "materials", i, "location"), kAllotmentFixed, {{"what", need.item()}});
      }
      if (NeedOf(ToLine(need)) != NeedOf(*line)) changes[need.item()].moved = OutstandingOf(*line);
    }
    if (known == old.end()) continue;
    CheckUsed(need.item(), used_of(*known->second), need.quantity(), used);
    old.erase(known);
  }
  for (const auto& [item, need] : old) {
    changes[item] = {*need, -need->quantity(), 0};
    CheckUsed(item, used_of(*need), 0, used);
  }
  std::vector<MaterialChange> differing;
  for (auto& [item, change] : changes) {
    if (change.more != 0 || change.moved != 0) differing.push_back(std::move(change));
  }
  return differing;
}

std::vector<MoneyChange> MoneyChanges(const Allotment& before, const Allotment& after,
                                      const std::map<std::string, v1::Encumbrance>& encumbrances, const std::string& path,
                                      status::BadFields& bad, status::Unmet& used) {
  std::map<std::string, const v1::MoneyNeed*> old;
  for (const v1::MoneyNeed& need : before.money()) old[need.code()] = &need;
  const auto used_of = [&](const v1::MoneyNeed& need) {
    const auto found = encumbrances.find(need.encumbrance());
    return need.amount_minor() - (found == encumbrances.end() ? 0 : std::min(need.amount_minor(), Open(found->second)));
  };
  std::vector<MoneyChange> changes;
  for (int i = 0; i < after.money_size(); ++i) {
    v1::MoneyNeed need = after.money(i);
    need.clear_encumbrance();
    const auto known = old.find(need.code());
    int64_t had = 0;
    if (known != old.end()) {
      had = known->second->amount_minor();
      need.set_encumbrance(known->second->encumbrance());
      if (need.budget() != known->second->budget()) bad.Add(PathTo(path, "money", i, "budget"), kAllotmentFixed, {{"what", need.code()}});
      CheckUsed(need.code(), used_of(*known->second), need.amount_minor(), used);
      old.erase(known);
    }
    if (need.amount_minor() != had) changes.push_back({need, need.amount_minor() - had});
  }
  for (const auto& [code, need] : old) {
    CheckUsed(code, used_of(*need), 0, used);
    changes.push_back({*need, -need->amount_minor()});
  }
  std::sort(changes.begin(), changes.end(), [](const MoneyChange& a, const MoneyChange& b) {
    return std::make_pair(a.need.budget(), a.need.code()) < std::make_pair(b.need.budget(), b.need.code());
  });
  return changes;
}

namespace {

// What of an item passes from a source at `location`.
int64_t OnOffer(const Holding& source, const std::string& item, const std::string& location) {
  const v1::Reservation::Line* line = LineOf(source.reservation, item);
  if (line == nullptr || LocationOf(line->location()) != location) return 0;
  for (const v1::MaterialNeed& need : source.allotment.materials()) {
    if (need.item() == item) return std::min(need.quantity(), OutstandingOf(*line));
  }
  return 0;
}

void ChoosePlace(const std::vector<Holding>& sources, v1::MaterialNeed& need) {
  int64_t here = 0;
  for (const Holding& source : sources) here += OnOffer(source, need.item(), LocationOf(""));
  if (here >= need.quantity()) return;
  for (const Holding& source : sources) {
    const v1::Reservation::Line* line = LineOf(source.reservation, need.item());
    if (line == nullptr || OnOffer(source, need.item(), LocationOf(line->location())) < need.quantity()) continue;
    need.set_location(line->location());
    return;
  }
}

}  // namespace

std::vector<v1::AllotmentDraw> DrawsOf(const std::vector<Holding>& sources, Allotment& wanted) {
  std::vector<v1::AllotmentDraw> draws;
  for (v1::MaterialNeed& need : *wanted.mutable_materials()) {
    if (need.location().empty()) ChoosePlace(sources, need);
    int64_t open = need.quantity();
    for (const Holding& source : sources) {
      const int64_t taken = std::min(open, OnOffer(source, need.item(), LocationOf(need.location())));
      if (taken <= 0) continue;
      v1::AllotmentDraw& draw = draws.emplace_back();
      draw.set_allotment(source.allotment.name());
      draw.set_item(need.item());
      draw.set_quantity(taken);
      open -= taken;
    }
  }
  std::map<std::pair<std::string, std::string>, int64_t> passed;  // by source and code: two needs may be of one budget
  for (const v1::MoneyNeed& need : wanted.money()) {
    int64_t open = need.amount_minor();
    for (const Holding& source : sources) {
      for (const v1::MoneyNeed& held : source.allotment.money()) {
        const auto encumbrance = source.encumbrances.find(held.encumbrance());
        if (held.budget() != need.budget() || encumbrance == source.encumbrances.end()) continue;
        int64_t& gone = passed[{source.allotment.name(), held.code()}];
        const int64_t taken = std::min(open, std::min(held.amount_minor(), Open(encumbrance->second)) - gone);
        if (taken <= 0) continue;
        v1::AllotmentDraw& draw = draws.emplace_back();
        draw.set_allotment(source.allotment.name());
        draw.set_code(need.code());
        draw.set_source_code(held.code());
        draw.set_amount_minor(taken);
        gone += taken;
        open -= taken;
      }
    }
  }
  return draws;
}

std::vector<v1::Reservation::Line> DrawnLines(const Allotment& source, const v1::Reservation& held, const v1::DrawAllotmentRequest& request,
                                              status::BadFields& bad, status::Unmet& left) {
  std::vector<v1::Reservation::Line> lines;
  for (int i = 0; i < request.materials_size(); ++i) {
    const v1::DrawnMaterial& drawn = request.materials(i);
    const v1::Reservation::Line* line = LineOf(held, drawn.item());
    if (line == nullptr) {
      bad.Add(PathTo("", "materials", i, "item"), kNotHeld, {{"what", drawn.item()}, {"name", source.name()}});
      continue;
    }
    v1::Reservation::Line own;
    own.set_item(drawn.item());
    own.set_quantity(drawn.quantity());
    own.set_location(line->location());
    if (line->has_need_date()) *own.mutable_need_date() = line->need_date();
    if (drawn.has_need_date()) *own.mutable_need_date() = drawn.need_date();
    if (NeedOf(own) > NeedOf(*line)) bad.Add(PathTo("", "materials", i, "need_date"), kNeededLater, {{"item", drawn.item()}});
    const int64_t open = OutstandingOf(*line);
    if (drawn.quantity() > open) {
      left.Add(drawn.item(), kLeftOfAllotment, {{"what", drawn.item()}, {"left", open}, {"asked", drawn.quantity()}});
    }
    lines.push_back(std::move(own));
  }
  return lines;
}

}  // namespace heitie::resource
