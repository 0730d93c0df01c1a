#include "services/resource/reorder/sources.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/resource/catalogue/price.h"
#include "services/resource/catalogue/units.h"

namespace heitie::resource {

// Entries of before business dates were kept count on the day of their posting.
absl::Status ReorderSources::ReadUses(sql::Session& session, ReorderInputs& inputs) const {
  const std::string& item = inputs.item.name();
  // Nothing counts on a day after its posting, so what was posted before these days does not count in them.
  const absl::Time since = absl::FromCivil(inputs.today - inputs.policy.history_days(), stocks_.zone());
  std::map<absl::CivilDay, DailyUse> by_day;
  const auto add = [&](absl::CivilDay day, int64_t issued, int64_t returned) {
    DailyUse& use = by_day[day];
    use.day = day;
    use.issued += issued;
    use.returned += returned;
  };
  inputs.first_day = inputs.today;
  RETURN_IF_ERROR(session.Query("SELECT MIN(create_time) FROM stock_entries WHERE item = ?", sql::Bind(item), [&](const sql::Row& row) {
    if (!row.IsNull(0)) inputs.first_day = absl::ToCivilDay(row.Time(0), stocks_.zone());
  }));
  RETURN_IF_ERROR(session.Query(
      "SELECT business_date, CAST(SUM(CASE WHEN kind = 'KIND_ISSUE' THEN -on_hand_delta ELSE 0 END) AS SIGNED), "
      "CAST(SUM(CASE WHEN kind = 'KIND_RETURN' THEN on_hand_delta ELSE 0 END) AS SIGNED) FROM stock_entries WHERE item = ? AND "
      "create_time >= ? AND kind IN ('KIND_ISSUE', 'KIND_RETURN') AND business_date IS NOT NULL GROUP BY business_date",
      sql::Bind(item, since), [&](const sql::Row& row) { add(*time::ParseDay(row.Text(0)), row.Int(1), row.Int(2)); }));
  RETURN_IF_ERROR(
      session.Query("SELECT create_time, kind, on_hand_delta FROM stock_entries WHERE item = ? AND create_time >= ? AND "
                    "kind IN ('KIND_ISSUE', 'KIND_RETURN') AND business_date IS NULL",
                    sql::Bind(item, since), [&](const sql::Row& row) {
                      const bool issue = row.Text(1) == "KIND_ISSUE";
                      add(absl::ToCivilDay(row.Time(0), stocks_.zone()), issue ? -row.Int(2) : 0, issue ? 0 : row.Int(2));
                    }));
  for (const auto& [day, use] : by_day) {
    inputs.first_day = std::min(inputs.first_day, day);
    inputs.uses.push_back(use);
  }
  return absl::OkStatus();
}

// What activities need that are being prepared or ready. One that is past its start is still to be launched.
absl::Status ReorderSources::ReadLots(sql::Session& session, const std::string& item, ReorderInputs& inputs) const {
  const auto add = [](std::vector<ByDay>& days) {
    return [&days](const sql::Row& row) { days.push_back({*time::ParseDay(row.Text(0)), row.Int(1)}); };
  };
  RETURN_IF_ERROR(
      session.Query("SELECT CAST(COALESCE(expiry_date, '9999-12-31') AS CHAR), CAST(SUM(on_hand - blocked) AS SIGNED) FROM stock_balances "
                    "WHERE item = ? AND lot <> '' GROUP BY 1 ORDER BY 1",
                    sql::Bind(item), add(inputs.lots)));
  if (inputs.lots.empty()) return absl::OkStatus();
  return session.Query(
      "SELECT CAST(need_date AS CHAR), CAST(SUM(reserved) AS SIGNED) FROM stock_needs WHERE item = ? GROUP BY 1 ORDER BY 1",
      sql::Bind(item), add(inputs.needs));
}

absl::Status ReorderSources::ReadPlanned(sql::Session& session, ReorderInputs& inputs) const {
  ASSIGN_OR_RETURN(const std::vector<activity::v1::Activity> activities,
                   activities_.Select(session, "WHERE state IN ('STATE_PREPARING', 'STATE_READY') ORDER BY name"));
  for (const activity::v1::Activity& activity : activities) {
    for (const activity::v1::BillOfMaterialsLine& line : activity.bill_of_materials()) {
      if (line.item() != inputs.item.name() || !activity.has_start_time()) continue;
      inputs.planned.uses.push_back(
          {activity.name(), activity.project(), absl::ToCivilDay(time::ToTime(activity.start_time()), stocks_.zone()), line.quantity()});
    }
  }
  return inputs.planned.uses.empty() ? absl::OkStatus() : ReadTaken(session, inputs);
}

// What is reserved for an activity and what it got is not planned any more; what is reserved for its project is to be drawn from it.
absl::Status ReorderSources::ReadTaken(sql::Session& session, ReorderInputs& inputs) const {
  std::set<std::string> subjects;
  for (const PlannedUses::Use& use : inputs.planned.uses) {
    subjects.insert(use.activity);
    if (!use.project.empty()) subjects.insert(use.project);
  }
  sql::Values values = sql::Bind(inputs.item.name());
  for (const std::string& subject : subjects) values.push_back(sql::V(subject));
  std::map<std::string, std::pair<int64_t, int64_t>> taken;  // reserved, out
  RETURN_IF_ERROR(session.Query(
      absl::StrCat("SELECT r.subject, CAST(SUM(e.reserved_delta) AS SIGNED), CAST(-SUM(e.on_hand_delta) AS SIGNED) FROM reservations r "
                   "JOIN stock_entries e ON e.reservation = r.name AND e.item = ? WHERE r.subject IN (",
                   sql::Placeholders(subjects.size()), ") GROUP BY r.subject"),
      values, [&](const sql::Row& row) {
        taken[row.Text(0)] = {row.Int(1), row.Int(2)};
      }));
  for (PlannedUses::Use& use : inputs.planned.uses) {
    const auto of = taken.find(use.activity);
    if (of != taken.end()) use.quantity -= of->second.first + of->second.second;
    const auto project = taken.find(use.project);
    if (project != taken.end()) inputs.planned.held[use.project] = project->second.first;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Quote>> ReorderSources::QuoteFor(sql::Session& session, const std::string& from, const std::string& to,
                                                              absl::CivilDay day) const {
  absl::StatusOr<Quote> quote = rates_.Find(session, from, to, day);
  if (quote.ok()) return std::optional<Quote>(*std::move(quote));
  if (status::ReasonOf(quote.status()) == kRateMissing.id) return std::optional<Quote>();
  return quote.status();
}

absl::StatusOr<std::vector<ReorderInputs>> ReorderSources::Of(sql::Session& session, const std::string& item,
                                                              const std::vector<v1::ReorderTerm>& terms, absl::Time now) const {
  ASSIGN_OR_RETURN(const ItemFacts facts, items_.FactsOf(session, {item}));
  const auto fact = facts.find(item);
  if (fact == facts.end()) return status::NotFound(item);
  std::vector<ReorderInputs> all;
  if (terms.empty()) return all;
  ReorderInputs common;
  common.today = DayOf(now);
  common.item = fact->second.item;
  common.shelf_life_days = fact->second.rules.shelf_life_days();
  ASSIGN_OR_RETURN(common.policy, terms_.policies().InForce(session, now));
  RETURN_IF_ERROR(ReadUses(session, common));
  RETURN_IF_ERROR(ReadPlanned(session, common));
  ASSIGN_OR_RETURN(const v1::Stock stock, stocks_.Find(session, item));
  common.usable = stock.available() + stock.reserved();
  common.reserved = stock.reserved();
  RETURN_IF_ERROR(ReadLots(session, item, common));
  ASSIGN_OR_RETURN(const auto to_come, purchases_.ToComeOf(session, {item}));
  if (const auto of = to_come.find(item); of != to_come.end()) common.on_order = of->second.total();
  ASSIGN_OR_RETURN(const std::vector<v1::SupplierPrice> prices, prices_.Select(session, "WHERE item = ? ORDER BY name", sql::Bind(item)));
  const std::string& currency = common.item.currency_code();
  if (common.policy.has_order_cost_minor()) {
    ASSIGN_OR_RETURN(common.order_cost_quote, QuoteFor(session, common.policy.currency_code(), currency, common.today));
  }
  for (const v1::ReorderTerm& term : terms) {
    ReorderInputs inputs = common;
    inputs.term = term;
    const auto own = [&](const std::string& unit) { return unit.empty() ? common.item.unit() : unit; };
    for (const v1::SupplierPrice& price : prices) {
      if (record::ParentOf(price.name()) != term.supplier() || own(price.unit()) != own(term.unit())) continue;
      if (HoldsOn(price, common.today)) inputs.price = price;
    }
    if (inputs.price) {
      ASSIGN_OR_RETURN(inputs.price_quote, QuoteFor(session, inputs.price->currency_code(), currency, common.today));
    }
    ASSIGN_OR_RETURN(const std::vector<DeliveredLine> lines,
                     purchases_.DeliveredBy(session, term.supplier(), common.today - common.policy.delivery_days()));
    std::vector<Delivered> deliveries;
    for (const DeliveredLine& line : lines) {
      if (line.item == item) deliveries.push_back({.item = item, .received = line.received, .ordered = line.ordered});
    }
    inputs.leads = LeadTimesOf(deliveries);
    all.push_back(std::move(inputs));
  }
  return all;
}

}  // namespace heitie::resource
