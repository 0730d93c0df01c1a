// How an item is kept, from what it and the categories above it say (policy S3), as a plain function.
#ifndef HEITIE_SERVICES_RESOURCE_CATALOGUE_ITEM_RULES_H_
#define HEITIE_SERVICES_RESOURCE_CATALOGUE_ITEM_RULES_H_

#include <map>
#include <string>
#include <vector>

#include "heitie/resource/v1/item.pb.h"
#include "heitie/resource/v1/item_rules.pb.h"

namespace heitie::resource {

// What one resource says.
struct SaidRules {
  std::string resource;
  v1::ItemRules rules;
};

// The first that says something of a rule counts. The answer has a value for each rule but the account, and who says it; without
// `kept_tracking` and `kept_valuation`.
v1::ExplainItemRulesResponse EffectiveRules(const std::vector<SaidRules>& from_item_up);

// An item and the categories above it. What is not in `categories` says nothing; a circle is gone round once.
std::vector<SaidRules> RulesAbove(const v1::Item& item, const std::map<std::string, v1::ItemCategory>& categories);

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_CATALOGUE_ITEM_RULES_H_
