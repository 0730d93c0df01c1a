#include "services/gateway/schemas.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/rpc/contract.h"
#include "google/api/resource.pb.h"

namespace heitie::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;
using Json = OrderedJson;

// The comment above a declaration, its lines joined to paragraphs.
template <typename D>
std::string Said(const D& descriptor) {
  google::protobuf::SourceLocation location;
  if (!descriptor.GetSourceLocation(&location)) return "";
  std::string text;
  for (const auto& part : absl::StrSplit(location.leading_comments, '\n')) {
    std::string line(part);
    absl::StripAsciiWhitespace(&line);
    if (line.empty()) {
      if (!text.empty() && text.back() != '\n') text += "\n\n";
    } else {
      absl::StrAppend(&text, text.empty() || text.back() == '\n' ? "" : " ", line);
    }
  }
  absl::StripTrailingAsciiWhitespace(&text);
  return text;
}

template <typename D>
std::string SaidOrConventional(const D& descriptor) {
  std::string said = Said(descriptor);
  return said.empty() ? rpc::ConventionalComment(descriptor) : said;
}

// ---- Constraints, of what is given. Answers also hold what was never given, which need not satisfy them.

void AddRules(const options::v1::FieldRules& rules, bool required, Json* schema);

void AddStringRules(const options::v1::StringRules& rules, bool required, Json* schema) {
  if (rules.has_min_len()) (*schema)["minLength"] = rules.min_len();
  if (rules.has_max_len()) (*schema)["maxLength"] = rules.max_len();
  // An empty optional string passes.
  if (rules.has_pattern()) (*schema)["pattern"] = absl::StrCat("^(", rules.pattern(), required ? ")$" : ")?$");
  if (rules.in_size() == 0) return;
  Json values(std::vector<std::string>(rules.in().begin(), rules.in().end()));
  if (!required) values.push_back("");
  (*schema)["enum"] = std::move(values);
}

void AddRepeatedRules(const options::v1::RepeatedRules& rules, Json* schema) {
  if (rules.has_min_items()) (*schema)["minItems"] = rules.min_items();
  if (rules.has_max_items()) (*schema)["maxItems"] = rules.max_items();
  if (rules.unique()) (*schema)["uniqueItems"] = true;
  if (rules.has_items() && schema->contains("items")) AddRules(rules.items(), true, &(*schema)["items"]);
}

void AddRules(const options::v1::FieldRules& rules, bool required, Json* schema) {
  switch (rules.type_case()) {
    case options::v1::FieldRules::kString:
      return AddStringRules(rules.string(), required, schema);
    case options::v1::FieldRules::kInteger:
      if (rules.integer().has_gte()) (*schema)["minimum"] = rules.integer().gte();
      if (rules.integer().has_lte()) (*schema)["maximum"] = rules.integer().lte();
      return;
    case options::v1::FieldRules::kDouble:
      if (rules.double_().has_gte()) (*schema)["minimum"] = rules.double_().gte();
      if (rules.double_().has_lte()) (*schema)["maximum"] = rules.double_().lte();
      if (rules.double_().has_gt()) (*schema)["exclusiveMinimum"] = rules.double_().gt();
      return;
    case options::v1::FieldRules::kRepeated:
      return AddRepeatedRules(rules.repeated(), schema);
    case options::v1::FieldRules::kBytes:  // JSON Schema has no length of what base64 encodes
    case options::v1::FieldRules::TYPE_NOT_SET:
      return;
  }
}

void AddReferences(const FieldDescriptor& field, Json* schema) {
  const auto& reference = field.options().GetExtension(google::api::resource_reference);
  if (!reference.type().empty()) (*schema)["x-resource-reference"] = reference.type();
  if (!reference.child_type().empty()) (*schema)["x-resource-child-reference"] = reference.child_type();
}

bool IsDate(const Descriptor& message) { return message.full_name() == "google.type.Date"; }

const char* SuffixOf(SchemaUse use) { return use == SchemaUse::kAnswer ? "" : use == SchemaUse::kRequest ? "Input" : "Patch"; }

}  // namespace

std::string CommentOf(const Descriptor& message) { return SaidOrConventional(message); }
std::string CommentOf(const FieldDescriptor& field) { return SaidOrConventional(field); }
std::string CommentOf(const EnumDescriptor& type) { return Said(type); }
std::string CommentOf(const EnumValueDescriptor& value) { return SaidOrConventional(value); }
std::string CommentOf(const MethodDescriptor& method) { return Said(method); }
std::string CommentOf(const ServiceDescriptor& service) { return Said(service); }

bool InPath(const FieldDescriptor* field, const PathTemplate& path) {
  for (const Variable& variable : path.variables) {
    if (variable.field.size() == 1 && variable.field[0] == field) return true;
  }
  return false;
}

bool IsGiven(const FieldDescriptor& field) { return field.name() == "etag" || !rpc::Behaves(field, google::api::OUTPUT_ONLY); }

Json ReferenceTo(const std::string& schema) { return {{"$ref", absl::StrCat("#/components/schemas/", schema)}}; }

Json Schemas::Message(const Descriptor& message, SchemaUse use) {
  Json special = Special(message, use);
  if (!special.is_null()) return special;
  const std::string name = absl::StrCat(message.full_name(), SuffixOf(use));
  if (!schemas_.contains(name)) {
    schemas_[name] = nullptr;  // ends the recursion of messages that contain themselves
    Json schema = Object(message, use, nullptr);
    schemas_[name] = std::move(schema);
  }
  return ReferenceTo(name);
}

Json Schemas::Enum(const EnumDescriptor& type) {
  if (!schemas_.contains(type.full_name())) {
    Json values = Json::array();
    std::string description = CommentOf(type);
    for (int i = 0; i < type.value_count(); ++i) {
      values.push_back(type.value(i)->name());
      absl::StrAppend(&description, "\n- ", type.value(i)->name(), ": ", CommentOf(*type.value(i)));
    }
    schemas_[type.full_name()] = {{"type", "string"}, {"description", description}, {"enum", values}};
  }
  return ReferenceTo(type.full_name());
}

// Messages whose JSON form is not an object of their fields; null for all others.
Json Schemas::Special(const Descriptor& message, SchemaUse use) {
  switch (message.well_known_type()) {
    case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
      return {{"type", "string"}, {"format", "date-time"}};
    case Descriptor::WELLKNOWNTYPE_DURATION:
      return {{"type", "string"}, {"pattern", "^-?[0-9]+(\\.[0-9]{1,9})?s$"}};
    case Descriptor::WELLKNOWNTYPE_FIELDMASK:
      return {{"type", "string"}, {"description", "Field paths separated by commas."}};
    case Descriptor::WELLKNOWNTYPE_STRUCT:
    case Descriptor::WELLKNOWNTYPE_ANY:
      return {{"type", "object"}};
    case Descriptor::WELLKNOWNTYPE_LISTVALUE:
      return {{"type", "array"}, {"items", Json::object()}};
    case Descriptor::WELLKNOWNTYPE_VALUE:
      return Json::object();
    case Descriptor::WELLKNOWNTYPE_UNSPECIFIED:
      break;
    default:
      return Value(*message.field(0), use, false);
  }
  if (message.full_name() == "google.protobuf.Empty") return {{"type", "object"}};
  if (!IsDate(message) || use == SchemaUse::kAnswer) return nullptr;
  if (!schemas_.contains("google.type.DateInput")) {
    schemas_["google.type.DateInput"] = {{"description", "A day, such as 2026-01-31, or as an object of year, month and day."},
                                         {"anyOf", {{{"type", "string"}, {"format", "date"}}, Message(message, SchemaUse::kAnswer)}}};
  }
  return ReferenceTo("google.type.DateInput");
}

Json Schemas::Object(const Descriptor& message, SchemaUse use, const PathTemplate* without) {
  Json schema = {{"type", "object"}};
  if (const std::string comment = CommentOf(message); !comment.empty()) schema["description"] = comment;
  Json properties = Json::object();
  Json required = Json::array();
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    if (without != nullptr && InPath(&field, *without)) continue;
    if (use != SchemaUse::kAnswer && !IsGiven(field)) continue;
    properties[field.json_name()] = Field(field, use, false);
    const bool always = use == SchemaUse::kAnswer  ? !field.has_presence()
                        : use == SchemaUse::kPatch ? false
                                                   : rpc::Behaves(field, google::api::REQUIRED);
    if (always) required.push_back(field.json_name());
  }
  schema["properties"] = std::move(properties);
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

Json Schemas::Query(const FieldDescriptor& field) {
  Json schema = Field(field, SchemaUse::kRequest, true);
  schema.erase("description");
  return schema;
}

Json Schemas::Field(const FieldDescriptor& field, SchemaUse use, bool as_text) {
  Json schema;
  if (field.is_map()) {
    schema = {{"type", "object"}, {"additionalProperties", Value(*field.message_type()->map_value(), use, false)}};
  } else if (field.is_repeated()) {
    // An element is given whole.
    schema = {{"type", "array"}, {"items", Value(field, use == SchemaUse::kPatch ? SchemaUse::kRequest : use, as_text)}};
  } else {
    schema = Value(field, use, as_text);
  }
  if (const std::string comment = CommentOf(field); !comment.empty()) schema["description"] = comment;
  if (use != SchemaUse::kAnswer) {
    AddRules(rpc::RulesOf(field), rpc::Behaves(field, google::api::REQUIRED), &schema);
    if (rpc::Behaves(field, google::api::INPUT_ONLY)) schema["writeOnly"] = true;
    if (rpc::Behaves(field, google::api::IMMUTABLE)) schema["x-immutable"] = true;
  } else if (!IsGiven(field)) {
    schema["readOnly"] = true;
  }
  AddReferences(field, &schema);
  return schema;
}

// One value of the field, repeated or not.
Json Schemas::Value(const FieldDescriptor& field, SchemaUse use, bool as_text) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return {{"type", "integer"}, {"format", "int32"}};
    case FieldDescriptor::CPPTYPE_UINT32:
      return {{"type", "integer"}, {"format", "int64"}, {"minimum", 0}};
    // The numbers of JavaScript do not hold sixty-four bits: answers quote them.
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT64: {
      const char* const format = field.cpp_type() == FieldDescriptor::CPPTYPE_INT64 ? "int64" : "uint64";
      if (use == SchemaUse::kAnswer) return {{"type", "string"}, {"format", format}};
      return {{"type", {"string", "integer"}}, {"format", format}};
    }
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return {{"type", "number"}, {"format", "double"}};
    case FieldDescriptor::CPPTYPE_FLOAT:
      return {{"type", "number"}, {"format", "float"}};
    case FieldDescriptor::CPPTYPE_BOOL:
      return {{"type", "boolean"}};
    case FieldDescriptor::CPPTYPE_ENUM:
      return Enum(*field.enum_type());
    case FieldDescriptor::CPPTYPE_STRING:
      if (field.type() == FieldDescriptor::TYPE_BYTES) return {{"type", "string"}, {"contentEncoding", "base64"}};
      return {{"type", "string"}};
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (as_text && IsDate(*field.message_type())) return {{"type", "string"}, {"format", "date"}};
      return Message(*field.message_type(), use);
  }
  return nullptr;
}

}  // namespace heitie::gateway
