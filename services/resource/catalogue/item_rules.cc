#include "services/resource/catalogue/item_rules.h"

#include <set>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace heitie::resource {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using v1::ItemRules;

namespace {

bool Says(const ItemRules& rules, const FieldDescriptor& rule) {
  const auto& r = *rules.GetReflection();
  if (rule.has_presence()) return r.HasField(rules, &rule);
  return rule.cpp_type() == FieldDescriptor::CPPTYPE_ENUM ? r.GetEnumValue(rules, &rule) != 0 : !r.GetString(rules, &rule).empty();
}

ItemRules WhereNobodySays() {
  ItemRules rules;
  rules.set_usage(ItemRules::USAGE_CONSUMABLE);
  rules.set_tracking(ItemRules::TRACKING_NONE);
  rules.set_valuation(ItemRules::VALUATION_MOVING_AVERAGE);
  rules.set_shelf_life_days(0);
  return rules;
}

// The rules with but one of them.
ItemRules Only(ItemRules rules, const FieldDescriptor& rule) {
  ItemRules only;
  only.GetReflection()->SwapFields(&only, &rules, {&rule});
  return only;
}

}  // namespace

v1::ExplainItemRulesResponse EffectiveRules(const std::vector<SaidRules>& from_item_up) {
  v1::ExplainItemRulesResponse effective;
  *effective.mutable_rules() = WhereNobodySays();
  const auto* descriptor = ItemRules::descriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor& rule = *descriptor->field(i);
    auto& source = *effective.add_sources();
    source.set_rule(rule.name());
    for (const SaidRules& said : from_item_up) {
      if (!Says(said.rules, rule)) continue;
      effective.mutable_rules()->MergeFrom(Only(said.rules, rule));
      source.set_resource(said.resource);
      break;
    }
  }
  return effective;
}

std::vector<SaidRules> RulesAbove(const v1::Item& item, const std::map<std::string, v1::ItemCategory>& categories) {
  std::vector<SaidRules> above = {{item.name(), item.rules()}};
  std::set<std::string> seen;
  for (std::string name = item.category(); !name.empty() && seen.insert(name).second;) {
    const auto category = categories.find(name);
    if (category == categories.end()) break;
    above.push_back({name, category->second.rules()});
    name = category->second.parent_category();
  }
  return above;
}

}  // namespace heitie::resource
