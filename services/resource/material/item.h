// Item categories and items (policy S3).
#ifndef HEITIE_SERVICES_RESOURCE_MATERIAL_ITEM_H_
#define HEITIE_SERVICES_RESOURCE_MATERIAL_ITEM_H_

#include <map>
#include <string>
#include <vector>

#include "common/record/methods.h"
#include "heitie/resource/v1/item.pb.h"
#include "services/resource/material/custody.h"
#include "services/resource/stock/stock.h"

namespace heitie::resource {

extern const status::Reason kUnknownCategory;  // {name}
extern const status::Reason kCategoryCycle;    // {path}
extern const status::Reason kItemRetired;      // {item}
extern const status::Reason kRulesInUse;       // {item} {quantity}

const record::StateMachine& ItemMachine();

// An item, and the rules by which it is kept once nothing of it is owned.
struct ItemFact {
  v1::Item item;
  v1::ItemRules rules;
};
using ItemFacts = std::map<std::string, ItemFact>;

// Whether an item is still bought. ITEM_RETIRED.
absl::Status CheckBought(const v1::Item& item);

// Thread-safe.
class Items {
 public:
  Items(record::Store& store, const Stocks& stocks, const Custody& custody);
  void Bind(record::Methods& methods);
  // Of the items that exist. Two statements.
  absl::StatusOr<ItemFacts> FactsOf(sql::Session& session, const std::vector<std::string>& items) const;

 private:
  absl::Status Create(record::Transaction& tx, v1::Item& item);
  absl::Status Update(record::Transaction& tx, const v1::Item& before, v1::Item& after);
  absl::StatusOr<v1::Item> Retire(record::Transaction& tx, const v1::RetireItemRequest& request);
  absl::StatusOr<v1::Item> Reinstate(record::Transaction& tx, const v1::ReinstateItemRequest& request);
  absl::StatusOr<v1::ExplainItemRulesResponse> Explain(const rpc::Call& call, const v1::ExplainItemRulesRequest& request);
  absl::Status Check(record::Transaction& tx, const v1::Item& item) const;
  absl::StatusOr<v1::ExplainItemRulesResponse> RulesOf(sql::Session& session, const v1::Item& item) const;
  absl::Status CreateCategory(record::Transaction& tx, v1::ItemCategory& category);
  absl::Status UpdateCategory(record::Transaction& tx, const v1::ItemCategory& before, v1::ItemCategory& after);
  absl::Status CheckAbove(record::Transaction& tx, const v1::ItemCategory& category) const;

  record::Store& store_;
  const Stocks& stocks_;
  record::Kind<v1::ItemCategory> categories_;
  record::Kind<v1::Item> items_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_MATERIAL_ITEM_H_
