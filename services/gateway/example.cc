#include "services/gateway/example.h"

#include <algorithm>
#include <cstdio>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/rpc/contract.h"
#include "common/rpc/validate.h"
#include "google/api/resource.pb.h"
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

// ---- Answers

using ToldOf = std::function<json(const Descriptor&)>;

// Elements of a list at most.
constexpr size_t kMostShown = 3;

bool IsAny(const json& told) { return told == "*" || IsPlaceholder(told); }

// What `told` says besides, but for values that may be any.
void Take(const json& told, json& whole) {
  if (!whole.is_object()) whole = json::object();
  for (const auto& [name, value] : told.items()) {
    if (!IsAny(value) || !whole.contains(name)) whole[name] = value;
  }
}

bool IsResource(const Descriptor& message) { return message.options().HasExtension(google::api::resource); }

Ordered AnswerMessage(const Descriptor& message, const json& told, const ToldOf* resource);

Ordered AnswerDay(const json& told) {
  if (told.is_object()) return {{"year", told.value("year", 0)}, {"month", told.value("month", 0)}, {"day", told.value("day", 0)}};
  int year = 2026, month = 1, day = 31;
  if (told.is_string() && std::sscanf(told.get_ref<const std::string&>().c_str(), "%d-%d-%d", &year, &month, &day) != 3) {
    year = 2026, month = 1, day = 31;
  }
  return {{"year", year}, {"month", month}, {"day", day}};
}

// A text that is not told: nobody has given it, but for what is always there.
std::string UsualText(const FieldDescriptor& field) {
  if (field.name() == "etag") return "1";
  if (field.name() == "creator") return "employees/an";
  const auto& resource = field.containing_type()->options().GetExtension(google::api::resource);
  return field.name() == "name" && resource.pattern_size() > 0 ? NameLike(resource.pattern(0)) : "";
}

Ordered AnswerValue(const FieldDescriptor& field, const json& told, const ToldOf* resource) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return AnswerMessage(*field.message_type(), told, resource);
    case FieldDescriptor::CPPTYPE_BOOL:
      return told.is_boolean() ? told.get<bool>() : false;
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto& type = *field.enum_type();
      if (told.is_string() && type.FindValueByName(told.get<std::string>()) != nullptr) return Ordered(told);
      const bool set = rpc::Behaves(field, google::api::OUTPUT_ONLY) || rpc::Behaves(field, google::api::REQUIRED) || told == "*";
      return type.value(set && type.value_count() > 1 ? 1 : 0)->name();
    }
    case FieldDescriptor::CPPTYPE_STRING:
      if (told.is_number()) return told.dump();
      if (told.is_string() && !IsAny(told)) return Ordered(told);
      if (told == "*" && field.type() != FieldDescriptor::TYPE_BYTES) return SampleText(field);
      return UsualText(field);
    // JSON writes them as texts.
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT64:
      if (told.is_number_integer()) return told.dump();
      return told.is_string() && !IsAny(told) ? Ordered(told) : Ordered(told == "*" ? "1" : "0");
    default:
      if (told.is_number()) return Ordered(told);
      return told == "*" ? 1 : 0;
  }
}

Ordered AnswerList(const FieldDescriptor& field, const json& told, const ToldOf* resource) {
  Ordered list = Ordered::array();
  const Descriptor* message = field.message_type();
  const bool of_resources = resource != nullptr && message != nullptr && IsResource(*message);
  json elements = told.is_array() ? told : json::array();
  if (elements.empty() && (told == "*" || (of_resources && told.is_null()))) elements.push_back("*");
  for (size_t i = 0; i < elements.size() && i < kMostShown; ++i) {
    json element = IsPlaceholder(elements[i]) ? json("*") : elements[i];
    if (of_resources) {
      json whole = (*resource)(*message);
      if (element.is_object()) Take(element, whole);
      element = std::move(whole);
    }
    list.push_back(AnswerValue(field, element, nullptr));
  }
  return list;
}

// Messages whose JSON form is not an object of their fields; null for all others.
Ordered AnswerSpecial(const Descriptor& message, const json& told) {
  if (message.full_name() == "google.type.Date") return AnswerDay(told);
  const bool any = IsAny(told);
  switch (message.well_known_type()) {
    case Descriptor::WELLKNOWNTYPE_UNSPECIFIED:
      return nullptr;
    case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
      return any ? Ordered("2026-01-31T09:30:00Z") : Ordered(told);
    case Descriptor::WELLKNOWNTYPE_DURATION:
      return any ? Ordered("1.5s") : Ordered(told);
    case Descriptor::WELLKNOWNTYPE_FIELDMASK:
      return any ? Ordered("") : Ordered(told);
    case Descriptor::WELLKNOWNTYPE_LISTVALUE:
      return told.is_array() ? Ordered(told) : Ordered::array();
    case Descriptor::WELLKNOWNTYPE_STRUCT:
    case Descriptor::WELLKNOWNTYPE_ANY:
      return told.is_object() ? Ordered(told) : Ordered::object();
    case Descriptor::WELLKNOWNTYPE_VALUE:
      return any ? Ordered("") : Ordered(told);
    default:
      return AnswerValue(*message.field(0), told, nullptr);
  }
}

Ordered AnswerMessage(const Descriptor& message, const json& told, const ToldOf* resource) {
  if (Ordered special = AnswerSpecial(message, told); !special.is_null()) return special;
  Ordered answer = Ordered::object();
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    json given;
    for (const std::string& name : {field.json_name(), field.name()}) {
      if (told.is_object() && told.contains(name)) given = IsPlaceholder(told[name]) ? json("*") : told[name];
    }
    Ordered& value = answer[field.json_name()];
    if (field.is_map()) {
      value = Ordered::object();
      if (!given.is_object()) continue;
      for (const auto& [key, member] : given.items()) value[key] = AnswerValue(*field.message_type()->map_value(), member, nullptr);
    } else if (field.is_repeated()) {
      value = AnswerList(field, given, resource);
    } else if (!given.is_null() || !field.has_presence() || field.name() == "create_time" || field.name() == "update_time") {
      value = AnswerValue(field, given, nullptr);
    } else {
      answer.erase(field.json_name());
    }
  }
  return answer;
}

}  // namespace

Ordered ExampleOf(const Descriptor& message, const json& told) {
  return ExampleMessage(message, told, 0, absl::StartsWith(message.name(), "Update"));
}

Ordered AnswerOf(const Descriptor& message, const json& told, const ToldOf& resource) { return AnswerMessage(message, told, &resource); }

json ToldOfResource(const Descriptor& resource, const json& request, const std::vector<json>& answers) {
  json told = json::object();
  const auto& declared = resource.options().GetExtension(google::api::resource);
  const auto text = [&](const std::string& name) {
    return request.is_object() && request.contains(name) && request[name].is_string() ? request[name].get<std::string>() : "";
  };
  if (request.is_object() && request.contains(declared.singular()) && request[declared.singular()].is_object()) {
    Take(request[declared.singular()], told);
    // "projects/{project}/tasks/{task}": below the parent that the request names, by the id that it gives.
    std::vector<std::string> parts = absl::StrSplit(NameLike(declared.pattern(0)), '/');
    const std::string parent = text("parent"), id = text(absl::StrCat(declared.singular(), "Id"));
    if (!id.empty() && !IsPlaceholder(id)) parts.back() = id;
    const std::vector<std::string> above = absl::StrSplit(parent, '/');
    if (!IsPlaceholder(parent) && above.size() + 2 == parts.size()) std::copy(above.begin(), above.end(), parts.begin());
    told["name"] = absl::StrJoin(parts, "/");
  }
  for (const json& answer : answers) {
    if (answer.is_object()) Take(answer, told);
  }
  return told;
}

std::string NameLike(const std::string& pattern) {
  std::string name;
  for (const auto& piece : absl::StrSplit(pattern, '/')) {
    std::string part(piece);
    if (part.size() > 2 && part.front() == '{') part = absl::StrReplaceAll(part.substr(1, part.size() - 2), {{"_", "-"}}) + "-1";
    absl::StrAppend(&name, name.empty() ? "" : "/", part);
  }
  return name;
}

std::string ExampleName(const FieldDescriptor& field) {
  // Of the process's own contracts, which know the patterns.
  const std::vector<std::string> patterns = rpc::PatternsOf(field);
  return patterns.empty() ? "" : NameLike(patterns.front());
}

}  // namespace heitie::gateway
