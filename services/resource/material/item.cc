#include "services/resource/material/item.h"

#include "absl/strings/str_cat.h"
#include "common/record/unused.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "heitie/resource/v1/item.pb.h"
#include "services/resource/catalogue/item_rules.h"
#include "services/resource/catalogue/tree.h"
#include "services/resource/catalogue/units.h"

namespace heitie::resource {

using v1::Item;
using v1::ItemCategory;

const status::Reason kUnknownCategory{absl::StatusCode::kInvalidArgument, "UNKNOWN_CATEGORY", "{name} does not exist.", "{name} 不存在。"};
const status::Reason kCategoryCycle{absl::StatusCode::kInvalidArgument, "CATEGORY_CYCLE", "The category would be below itself: {path}.",
                                    "分類將位於自己之下：{path}。"};
const status::Reason kItemRetired{absl::StatusCode::kFailedPrecondition, "ITEM_RETIRED",
                                  "{item} is retired: it is neither bought nor reserved any more, only used up.",
                                  "{item} 已停用：不再採購或預留，僅可用完庫存。"};
const status::Reason kRulesInUse{absl::StatusCode::kFailedPrecondition, "RULES_IN_USE",
                                 "{item}: how pieces are told apart and valued changes only while nothing is owned; {quantity:count} are.",
                                 "{item}：批號管理與計價方式僅能在無庫存時更改；目前庫存 {quantity:count}。"};

const record::StateMachine& ItemMachine() {
  static const auto& machine = *new record::StateMachine(
      Item::State_descriptor(),
      {{Item::STATE_ACTIVE, "retire", Item::STATE_RETIRED}, {Item::STATE_RETIRED, "reinstate", Item::STATE_ACTIVE}});
  return machine;
}

absl::Status CheckBought(const Item& item) {
  return item.state() == Item::STATE_RETIRED ? status::Error(kItemRetired, {{"item", item.name()}}) : absl::OkStatus();
}

Items::Items(record::Store& store, const Stocks& stocks, const Custody& custody)
    : store_(store), stocks_(stocks), categories_(store), items_(store, &ItemMachine()) {
  items_.SetFollow([&custody](record::Transaction& tx, const Item* before, const Item* after) {
    const bool passed = before != nullptr && after != nullptr && before->custodian() != after->custodian();
    return passed ? custody.Passed(tx, *before, *after) : absl::OkStatus();
  });
}

void Items::Bind(record::Methods& methods) {
  methods.Reads(categories_);
  methods.Creates(categories_, this, &Items::CreateCategory);
  methods.Updates(categories_, this, &Items::UpdateCategory);
  record::DeletesUnused(methods, categories_);
  methods.Reads(items_);
  methods.Creates(items_, this, &Items::Create);
  methods.Updates(items_, this, &Items::Update);
  methods.Bind("RetireItem", this, &Items::Retire);
  methods.Bind("ReinstateItem", this, &Items::Reinstate);
  methods.Bind("ExplainItemRules", this, &Items::Explain);
}

absl::Status Items::CheckAbove(record::Transaction& tx, const ItemCategory& category) const {
  return CheckWayUp(
      tx, categories_, category, [](const ItemCategory& one) { return one.parent_category(); }, "item_category.parent_category",
      kUnknownCategory, kCategoryCycle);
}

absl::Status Items::CreateCategory(record::Transaction& tx, ItemCategory& category) { return CheckAbove(tx, category); }

absl::Status Items::UpdateCategory(record::Transaction& tx, const ItemCategory& before, ItemCategory& after) {
  return before.parent_category() == after.parent_category() ? absl::OkStatus() : CheckAbove(tx, after);
}

absl::Status Items::Create(record::Transaction& tx, Item& item) {
  RETURN_IF_ERROR(Check(tx, item));
  item.set_state(Item::STATE_ACTIVE);
  ASSIGN_OR_RETURN(const v1::ExplainItemRulesResponse rules, RulesOf(tx.sql, item));
  return stocks_.Open(tx, item.name(), rules.rules(), item.low_quantity());
}

absl::Status Items::Update(record::Transaction& tx, const Item& before, Item& after) {
  RETURN_IF_ERROR(Check(tx, after));
  if (before.low_quantity() != after.low_quantity()) RETURN_IF_ERROR(stocks_.SetLow(tx, after.name(), after.low_quantity()));
  const bool same = before.rules().tracking() == after.rules().tracking() && before.rules().valuation() == after.rules().valuation();
  if (same && before.category() == after.category()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const v1::ExplainItemRulesResponse effective, RulesOf(tx.sql, after));
  ASSIGN_OR_RETURN(const int64_t owned, stocks_.Adopt(tx, after.name(), effective.rules()));
  // A category may say otherwise at any time: the item follows when nothing is owned. What is said of the item itself is meant for now.
  return owned == 0 || same ? absl::OkStatus() : status::Error(kRulesInUse, {{"item", after.name()}, {"quantity", owned}});
}

absl::StatusOr<Item> Items::Retire(record::Transaction& tx, const v1::RetireItemRequest& request) {
  return items_.Change(tx, request, "retire", [&](Item& after) {
    after.set_state_reason(request.reason());
    return stocks_.SetRetired(tx, after.name(), true);
  });
}

absl::StatusOr<Item> Items::Reinstate(record::Transaction& tx, const v1::ReinstateItemRequest& request) {
  return items_.Change(tx, request, "reinstate", [&](Item& after) {
    after.set_state_reason(request.reason());
    return stocks_.SetRetired(tx, after.name(), false);
  });
}

absl::StatusOr<v1::ExplainItemRulesResponse> Items::RulesOf(sql::Session& session, const Item& item) const {
  std::map<std::string, ItemCategory> categories;
  for (std::string name = item.category(); !name.empty() && categories.count(name) == 0;) {
    ASSIGN_OR_RETURN(ItemCategory category, categories_.Find(session, name));
    const std::string above = category.parent_category();
    categories[name] = std::move(category);
    name = above;
  }
  return EffectiveRules(RulesAbove(item, categories));
}

absl::StatusOr<ItemFacts> Items::FactsOf(sql::Session& session, const std::vector<std::string>& items) const {
  ItemFacts facts;
  if (items.empty()) return facts;
  sql::Values names;
  for (const std::string& item : items) names.push_back(sql::V(item));
  ASSIGN_OR_RETURN(const std::vector<Item> found,
                   items_.Select(session, absl::StrCat("WHERE name IN (", sql::Placeholders(names.size()), ")"), names));
  // Some dozens, whatever the items are.
  ASSIGN_OR_RETURN(const std::vector<ItemCategory> all, categories_.Select(session, "ORDER BY name"));
  std::map<std::string, ItemCategory> categories;
  for (const ItemCategory& category : all) categories[category.name()] = category;
  for (const Item& item : found) facts[item.name()] = {item, EffectiveRules(RulesAbove(item, categories)).rules()};
  return facts;
}

absl::StatusOr<v1::ExplainItemRulesResponse> Items::Explain(const rpc::Call& call, const v1::ExplainItemRulesRequest& request) {
  return store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::ExplainItemRulesResponse> {
    ASSIGN_OR_RETURN(const Item item, items_.Find(session, request.name()));
    ASSIGN_OR_RETURN(v1::ExplainItemRulesResponse rules, RulesOf(session, item));
    ASSIGN_OR_RETURN(const v1::Stock stock, stocks_.Find(session, item.name()));
    rules.set_kept_tracking(stock.tracking());
    rules.set_kept_valuation(stock.valuation());
    return rules;
  });
}

absl::Status Items::Check(record::Transaction& tx, const Item& item) const {
  status::BadFields bad;
  CheckUnits(item, "item.units", bad);
  const absl::Status found = categories_.Find(tx.sql, item.category()).status();
  if (absl::IsNotFound(found)) {
    bad.Add("item.category", kUnknownCategory, {{"name", item.category()}});
  } else {
    RETURN_IF_ERROR(found);
  }
  return bad.status();
}

}  // namespace heitie::resource
