#include "services/gateway/example.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/rpc/contract.h"
#include "common/rpc/validate.h"
#include "services/gateway/schemas.h"

namespace heitie::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using nlohmann::json;
using Ordered = nlohmann::ordered_json;

// Messages inside each other at most, where a required one contains its own kind.
constexpr int kDeepest = 8;

Ordered ExampleMessage(const Descriptor& message, const json& told, int depth, bool partial = false);

bool IsPlaceholder(const json& value) {
  return value.is_null() || (value.is_string() && absl::StrContains(value.get_ref<const std::string&>(), "${"));
}

// Of a text that nobody told.
std::string SampleText(const FieldDescriptor& field) {
  if (field.type() == FieldDescriptor::TYPE_BYTES) return "";
  if (std::string name = ExampleName(field); !name.empty()) return name;
  const options::v1::FieldRules all = rpc::RulesOf(field);
  const options::v1::StringRules& rules = field.is_repeated() ? all.repeated().items().string() : all.string();
  if (rules.in_size() > 0) return rules.in(0);
  if (rules.time_zone()) return "Asia/Taipei";
  if (field.name() == "etag") return "1";
  for (const size_t digits : {32, 64}) {
    if (absl::StrContains(rules.pattern(), absl::StrCat("{", digits, "}"))) return std::string(digits, '0');
  }
  if (absl::StrContains(rules.pattern(), "[0-5][0-9]")) return "09:30";
  if (absl::StrContains(field.name(), "currency")) return "TWD";
  return "example";
}

Ordered SampleValue(const FieldDescriptor& field, int depth) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return true;
    case FieldDescriptor::CPPTYPE_ENUM:
      return field.enum_type()->value(field.enum_type()->value_count() > 1 ? 1 : 0)->name();
    case FieldDescriptor::CPPTYPE_STRING:
      return SampleText(field);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return ExampleMessage(*field.message_type(), nullptr, depth + 1);
    default:
      return std::max<int64_t>(1, rpc::RulesOf(field).integer().gte());
  }
}

Ordered ExampleValue(const FieldDescriptor& field, const json& told, int depth, bool partial = false) {
  if (IsPlaceholder(told)) return SampleValue(field, depth);
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) return ExampleMessage(*field.message_type(), told, depth + 1, partial);
  return Ordered(told);
}

Ordered ExampleField(const FieldDescriptor& field, const json& told, int depth, bool partial) {
  if (field.is_map()) {
    Ordered map = Ordered::object();
    if (!told.is_object()) return map;
    for (const auto& [key, value] : told.items()) map[key] = ExampleValue(*field.message_type()->map_value(), value, depth);
    return map;
  }
  if (!field.is_repeated()) return ExampleValue(field, told, depth, partial);
  Ordered list = Ordered::array();
  if (told.is_array()) {
    for (const json& element : told) list.push_back(ExampleValue(field, element, depth));
  } else {
    const uint64_t fewest = std::max<uint64_t>(1, rpc::RulesOf(field).repeated().min_items());
    for (uint64_t i = 0; i < fewest; ++i) list.push_back(SampleValue(field, depth));
  }
  return list;
}

Ordered ExampleMessage(const Descriptor& message, const json& told, int depth, bool partial) {
  if (message.full_name() == "google.type.Date") {
    if (!told.is_object()) return told.is_string() ? Ordered(told) : Ordered("2026-01-31");
    return absl::StrFormat("%04d-%02d-%02d", told.value("year", 0), told.value("month", 0), told.value("day", 0));
  }
  switch (message.well_known_type()) {
    case Descriptor::WELLKNOWNTYPE_UNSPECIFIED:
      break;
    case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
      return IsPlaceholder(told) ? Ordered("2026-01-31T09:30:00Z") : Ordered(told);
    case Descriptor::WELLKNOWNTYPE_DURATION:
      return IsPlaceholder(told) ? Ordered("1.5s") : Ordered(told);
    default:
      return Ordered(told);
  }
  Ordered example = Ordered::object();
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    if (!IsGiven(field)) continue;
    const json* given = nullptr;
    for (const std::string& name : {field.json_name(), field.name()}) {
      if (told.is_object() && told.contains(name)) given = &told[name];
    }
    // A change of a resource gives what is to change.
    const bool required = rpc::Behaves(field, google::api::REQUIRED) && !(partial && depth == 1);
    if (given == nullptr && !required) continue;
    // What only an answer tells and nobody needs is left out.
    if (given != nullptr && !required && IsPlaceholder(*given) && ExampleName(field).empty()) continue;
    if (given == nullptr && depth >= kDeepest) continue;
    example[field.json_name()] = ExampleField(field, given != nullptr ? *given : json(), depth, partial);
  }
  return example;
}

}  // namespace

Ordered ExampleOf(const Descriptor& message, const json& told) {
  return ExampleMessage(message, told, 0, absl::StartsWith(message.name(), "Update"));
}

std::string ExampleName(const FieldDescriptor& field) {
  // Of the process's own contracts, which know the patterns.
  const std::vector<std::string> patterns = rpc::PatternsOf(field);
  if (patterns.empty()) return "";
  std::string name;
  for (const auto& piece : absl::StrSplit(patterns.front(), '/')) {
    std::string part(piece);
    if (part.size() > 2 && part.front() == '{') part = absl::StrReplaceAll(part.substr(1, part.size() - 2), {{"_", "-"}}) + "-1";
    absl::StrAppend(&name, name.empty() ? "" : "/", part);
  }
  return name;
}

}  // namespace heitie::gateway
