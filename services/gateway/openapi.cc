#include "services/gateway/openapi.h"

#include <map>
#include <set>
#include <type_traits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/rpc/contract.h"
#include "common/status/macros.h"
#include "google/api/resource.pb.h"
#include "nlohmann/json.hpp"
#include "services/gateway/json.h"
#include "services/gateway/route.h"

namespace heitie::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;
using Json = nlohmann::ordered_json;

constexpr char kIdPattern[] = "^[a-z0-9][a-z0-9-]{0,62}$";

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

// What it means: as its comment says or, without one, by convention.
template <typename D>
std::string Comment(const D& descriptor) {
  std::string said = Said(descriptor);
  if constexpr (std::is_same_v<D, Descriptor> || std::is_same_v<D, FieldDescriptor> || std::is_same_v<D, EnumValueDescriptor>) {
    if (said.empty()) said = rpc::ConventionalComment(descriptor);
  }
  return said;
}

std::string FirstSentence(const std::string& text) {
  const size_t end = text.find(". ");
  return end == std::string::npos ? text : text.substr(0, end + 1);
}

// ---- Constraints ----------------------------------------------------------------------------------------------------------------

void AddRules(const options::v1::FieldRules& rules, Json* schema);

void AddStringRules(const options::v1::StringRules& rules, Json* schema) {
  if (rules.has_min_len()) (*schema)["minLength"] = rules.min_len();
  if (rules.has_max_len()) (*schema)["maxLength"] = rules.max_len();
  // An empty optional string passes.
  if (rules.has_pattern()) (*schema)["pattern"] = absl::StrCat("^(", rules.pattern(), ")?$");
  if (rules.in_size() > 0) (*schema)["enum"] = std::vector<std::string>(rules.in().begin(), rules.in().end());
}

void AddRepeatedRules(const options::v1::RepeatedRules& rules, Json* schema) {
  if (rules.has_min_items()) (*schema)["minItems"] = rules.min_items();
  if (rules.has_max_items()) (*schema)["maxItems"] = rules.max_items();
  if (rules.unique()) (*schema)["uniqueItems"] = true;
  if (rules.has_items() && schema->contains("items")) AddRules(rules.items(), &(*schema)["items"]);
}

void AddRules(const options::v1::FieldRules& rules, Json* schema) {
  switch (rules.type_case()) {
    case options::v1::FieldRules::kString:
      return AddStringRules(rules.string(), schema);
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

void AddBehavior(const FieldDescriptor& field, Json* schema) {
  if (rpc::Behaves(field, google::api::OUTPUT_ONLY)) (*schema)["readOnly"] = true;
  if (rpc::Behaves(field, google::api::INPUT_ONLY)) (*schema)["writeOnly"] = true;
  if (rpc::Behaves(field, google::api::IMMUTABLE)) (*schema)["x-immutable"] = true;
  const auto& reference = field.options().GetExtension(google::api::resource_reference);
  if (!reference.type().empty()) (*schema)["x-resource-reference"] = reference.type();
  if (!reference.child_type().empty()) (*schema)["x-resource-child-reference"] = reference.child_type();
}

// ---- Names in paths -------------------------------------------------------------------------------------------------------------

// "projects" → "project", from the patterns of the resources.
class CollectionNames {
 public:
  void Visit(const FileDescriptor* file) {
    if (!seen_.insert(file).second) return;
    for (int i = 0; i < file->dependency_count(); ++i) Visit(file->dependency(i));
    for (int i = 0; i < file->message_type_count(); ++i) {
      for (const std::string& pattern : file->message_type(i)->options().GetExtension(google::api::resource).pattern()) Learn(pattern);
    }
  }
  std::string IdOf(const std::string& collection) const {
    const auto found = ids_.find(collection);
    return found == ids_.end() ? "id" : found->second;
  }

 private:
  void Learn(const std::string& pattern) {
    const std::vector<std::string> parts = absl::StrSplit(pattern, '/');
    for (size_t i = 1; i < parts.size(); ++i) {
      if (parts[i].size() > 2 && parts[i].front() == '{') ids_.emplace(parts[i - 1], parts[i].substr(1, parts[i].size() - 2));
    }
  }
  std::set<const FileDescriptor*> seen_;
  std::map<std::string, std::string> ids_;
};

// A template as OpenAPI writes it: "/v1/projects/{project}:submit", and its parameters in order.
struct OpenPath {
  std::string text;
  std::vector<std::string> parameters;
};

OpenPath Open(const PathTemplate& path, const CollectionNames& names) {
  OpenPath open;
  for (size_t i = 0; i < path.segments.size(); ++i) {
    const Segment& segment = path.segments[i];
    if (segment.kind == Segment::kLiteral) {
      absl::StrAppend(&open.text, "/", segment.literal);
      continue;
    }
    std::string name = i == 0 ? "id" : names.IdOf(path.segments[i - 1].literal);
    while (std::find(open.parameters.begin(), open.parameters.end(), name) != open.parameters.end()) name += "_id";
    absl::StrAppend(&open.text, "/{", name, "}");
    open.parameters.push_back(name);
  }
  if (!path.verb.empty()) absl::StrAppend(&open.text, ":", path.verb);
  return open;
}

bool InPath(const FieldDescriptor* field, const PathTemplate& path) {
  for (const Variable& variable : path.variables) {
    if (variable.field.size() == 1 && variable.field[0] == field) return true;
  }
  return false;
}

// ---- The document ---------------------------------------------------------------------------------------------------------------

class Generator {
 public:
  absl::StatusOr<Json> Generate(const std::vector<const ServiceDescriptor*>& services) {
    for (const ServiceDescriptor* service : services) names_.Visit(service->file());
    Json tags = Json::array();
    Json paths = Json::object();
    for (const ServiceDescriptor* service : services) {
      tags.push_back({{"name", service->name()}, {"description", Comment(*service)}});
      ASSIGN_OR_RETURN(const std::vector<Binding> bindings, BindingsOf(*service));
      for (const Binding& binding : bindings) AddOperation(binding, &paths);
    }
    AddOwnPaths(&paths);
    return Document(std::move(tags), std::move(paths));
  }

 private:
  Json Document(Json tags, Json paths) {
    Json document;
    document["openapi"] = "3.1.0";
    document["info"] = {{"title", "Heitie operations suite"},
                        {"version", "v1"},
                        {"description",
                         "The HTTP/JSON interface of all services. JSON is proto3 JSON: lowerCamelCase names, integers of 64 bits as "
                         "strings. Errors are google.rpc.Status under `error`."}};
    document["servers"] = Json::array({{{"url", "/"}}});
    document["security"] = Json::array({{{"bearerAuth", Json::array()}}});
    document["tags"] = std::move(tags);
    document["paths"] = std::move(paths);
    document["components"] = {{"securitySchemes", {{"bearerAuth", {{"type", "http"}, {"scheme", "bearer"}, {"bearerFormat", "JWT"}}}}},
                              {"responses", {{"Error", {{"description", "Any error."}, {"content", JsonContent(Reference("Error"))}}}}},
                              {"schemas", std::move(schemas_)}};
    document["components"]["schemas"]["Error"] = ErrorSchema();
    return document;
  }

  static Json Reference(const std::string& name) { return {{"$ref", absl::StrCat("#/components/schemas/", name)}}; }
  static Json JsonContent(Json schema) { return {{"application/json", {{"schema", std::move(schema)}}}}; }

  static Json ErrorSchema() {
    const Json detail = {{"type", "object"}, {"properties", {{"@type", {{"type", "string"}}}}}, {"required", {"@type"}}};
    const Json error = {
        {"type", "object"},
        {"description", "google.rpc.Status (AIP-193)."},
        {"properties",
         {{"code", {{"type", "integer"}, {"description", "The HTTP code."}}},
          {"status", {{"type", "string"}, {"description", "The canonical code, for example INVALID_ARGUMENT."}}},
          {"message", {{"type", "string"}, {"description", "For developers, in English."}}},
          {"details",
           {{"type", "array"},
            {"description", "google.rpc.ErrorInfo with a stable reason, LocalizedMessage, BadRequest, PreconditionFailure, RetryInfo."},
            {"items", detail}}}}},
        {"required", {"code", "status", "message"}}};
    return {{"type", "object"}, {"properties", {{"error", error}}}, {"required", {"error"}}};
  }

  static void AddOwnPaths(Json* paths) {
    const Json status = {{"type", "object"}, {"properties", {{"status", {{"type", "string"}, {"enum", {"SERVING", "NOT_SERVING"}}}}}}};
    (*paths)["/healthz"]["get"] = {{"operationId", "healthz"},
                                   {"summary", "Whether the gateway serves. Open to everybody."},
                                   {"security", Json::array()},
                                   {"responses",
                                    {{"200", {{"description", "It serves."}, {"content", JsonContent(status)}}},
                                     {"503", {{"description", "It does not, or not any more."}, {"content", JsonContent(status)}}}}}};
    (*paths)["/openapi.json"]["get"] = {{"operationId", "openapi"},
                                        {"summary", "This document. Any valid token."},
                                        {"responses",
                                         {{"200", {{"description", "OpenAPI 3.1."}, {"content", JsonContent({{"type", "object"}})}}},
                                          {"default", {{"$ref", "#/components/responses/Error"}}}}}};
  }

  void AddOperation(const Binding& binding, Json* paths) {
    const MethodDescriptor& method = *binding.method;
    const OpenPath path = Open(binding.path, names_);
    Json operation;
    operation["operationId"] = OperationId(method);
    operation["tags"] = {method.service()->name()};
    const std::string comment = Comment(method);
    operation["summary"] = FirstSentence(comment);
    AddAccess(method, comment, &operation);
    Json parameters = PathParameters(binding, path);
    if (!binding.whole_body) AddQueryParameters(binding, *method.input_type(), "", 0, &parameters);
    if (!parameters.empty()) operation["parameters"] = std::move(parameters);
    AddRequestBody(binding, &operation);
    operation["responses"] = Responses(method);
    (*paths)[path.text][absl::AsciiStrToLower(binding.http_method)] = std::move(operation);
  }

  std::string OperationId(const MethodDescriptor& method) {
    const std::string id = absl::StrCat(method.service()->name(), "_", method.name());
    const int n = operation_ids_[id]++;
    return n == 0 ? id : absl::StrCat(id, "_", n + 1);
  }

  static void AddAccess(const MethodDescriptor& method, const std::string& comment, Json* operation) {
    const options::v1::Access access = rpc::AccessOf(method);
    std::vector<std::string> roles;
    for (int role : access.roles()) roles.push_back(options::v1::Role_Name(static_cast<options::v1::Role>(role)).substr(5));
    const std::string who = access.without_login()   ? "everybody, also without a token"
                            : access.authenticated() ? "everybody with a valid token"
                                                     : absl::StrJoin(roles, ", ");
    (*operation)["description"] = absl::StrCat(comment, "\n\nRoles: ", who, ".");
    (*operation)["x-roles"] = roles;
    if (access.without_login()) (*operation)["security"] = Json::array();
  }

  static Json PathParameters(const Binding& binding, const OpenPath& path) {
    Json parameters = Json::array();
    for (const std::string& name : path.parameters) {
      parameters.push_back({{"name", name}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}, {"pattern", kIdPattern}}}});
    }
    // The comment of the field tells what the whole of them names.
    if (!parameters.empty() && !binding.path.variables.empty()) {
      parameters.back()["description"] = Comment(*binding.path.variables.back().field.back());
    }
    return parameters;
  }

  void AddQueryParameters(const Binding& binding, const Descriptor& message, const std::string& prefix, int depth, Json* parameters) {
    for (int i = 0; i < message.field_count(); ++i) {
      const FieldDescriptor& field = *message.field(i);
      if (&field == binding.body || InPath(&field, binding.path)) continue;
      const std::string name = absl::StrCat(prefix, field.json_name());
      if (HasTextForm(field)) {
        parameters->push_back(QueryParameter(field, name));
      } else if (!field.is_repeated() && depth < 2) {
        AddQueryParameters(binding, *field.message_type(), absl::StrCat(name, "."), depth + 1, parameters);
      }
    }
  }

  Json QueryParameter(const FieldDescriptor& field, const std::string& name) {
    Json parameter = {{"name", name}, {"in", "query"}};
    if (const std::string comment = Comment(field); !comment.empty()) parameter["description"] = comment;
    if (rpc::Behaves(field, google::api::REQUIRED)) parameter["required"] = true;
    Json schema = FieldSchema(field, true);
    schema.erase("description");
    parameter["schema"] = std::move(schema);
    return parameter;
  }

  void AddRequestBody(const Binding& binding, Json* operation) {
    if (binding.body != nullptr) {
      (*operation)["requestBody"] = {{"required", rpc::Behaves(*binding.body, google::api::REQUIRED)},
                                     {"content", JsonContent(MessageReference(*binding.body->message_type()))}};
    } else if (binding.whole_body) {
      const Json schema = ObjectSchema(*binding.method->input_type(), &binding.path);
      (*operation)["requestBody"] = {{"required", schema.contains("required")}, {"content", JsonContent(schema)}};
    }
    if (!binding.method->client_streaming()) return;
    Json& body = (*operation)["requestBody"];
    body["description"] = "A message on each line.";
    body["content"] = {{"application/x-ndjson", body["content"]["application/json"]}};
  }

  Json Responses(const MethodDescriptor& method) {
    const Json schema = MessageReference(*method.output_type());
    Json content = JsonContent(schema);
    if (method.server_streaming()) {
      const Json line = {{"type", "object"}, {"properties", {{"result", schema}, {"error", {{"type", "object"}}}}}};
      content = {{"application/x-ndjson", {{"schema", line}}}, {"text/event-stream", {{"schema", schema}}}};
    }
    std::string description = FirstSentence(Comment(*method.output_type()));
    if (description.empty()) description = "Done.";
    return {{"200", {{"description", description}, {"content", content}}}, {"default", {{"$ref", "#/components/responses/Error"}}}};
  }

  // ---- Schemas ----

  Json MessageReference(const Descriptor& message) {
    Json special = SpecialSchema(message);
    if (!special.is_null()) return special;
    if (!schemas_.contains(message.full_name())) {
      schemas_[message.full_name()] = nullptr;  // ends the recursion of messages that contain themselves
      Json schema = ObjectSchema(message, nullptr);
      schemas_[message.full_name()] = std::move(schema);
    }
    return Reference(message.full_name());
  }

  Json EnumReference(const EnumDescriptor& type) {
    if (!schemas_.contains(type.full_name())) {
      Json values = Json::array();
      std::string description = Comment(type);
      for (int i = 0; i < type.value_count(); ++i) {
        values.push_back(type.value(i)->name());
        absl::StrAppend(&description, "\n- ", type.value(i)->name(), ": ", Comment(*type.value(i)));
      }
      schemas_[type.full_name()] = {{"type", "string"}, {"description", description}, {"enum", values}};
    }
    return Reference(type.full_name());
  }

  // Messages whose JSON form is not an object of their fields; null for all others.
  Json SpecialSchema(const Descriptor& message) {
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
        return {{"type", "array"}};
      case Descriptor::WELLKNOWNTYPE_VALUE:
        return Json::object();
      case Descriptor::WELLKNOWNTYPE_UNSPECIFIED:
        return message.full_name() == "google.protobuf.Empty" ? Json{{"type", "object"}} : Json(nullptr);
      default:
        return ValueSchema(*message.field(0), false);
    }
  }

  // `without`: fields in this path are left out.
  Json ObjectSchema(const Descriptor& message, const PathTemplate* without) {
    Json schema = {{"type", "object"}};
    if (const std::string comment = Comment(message); !comment.empty()) schema["description"] = comment;
    Json properties = Json::object();
    Json required = Json::array();
    for (int i = 0; i < message.field_count(); ++i) {
      const FieldDescriptor& field = *message.field(i);
      if (without != nullptr && InPath(&field, *without)) continue;
      properties[field.json_name()] = FieldSchema(field, false);
      if (rpc::Behaves(field, google::api::REQUIRED)) required.push_back(field.json_name());
    }
    schema["properties"] = std::move(properties);
    if (!required.empty()) schema["required"] = std::move(required);
    return schema;
  }

  Json FieldSchema(const FieldDescriptor& field, bool as_text) {
    Json schema;
    if (field.is_map()) {
      schema = {{"type", "object"}, {"additionalProperties", ValueSchema(*field.message_type()->map_value(), false)}};
    } else if (field.is_repeated()) {
      schema = {{"type", "array"}, {"items", ValueSchema(field, as_text)}};
    } else {
      schema = ValueSchema(field, as_text);
    }
    if (const std::string comment = Comment(field); !comment.empty()) schema["description"] = comment;
    AddRules(rpc::RulesOf(field), &schema);
    AddBehavior(field, &schema);
    return schema;
  }

  // One value of the field, repeated or not.
  Json ValueSchema(const FieldDescriptor& field, bool as_text) {
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return {{"type", "integer"}, {"format", "int32"}};
      case FieldDescriptor::CPPTYPE_UINT32:
        return {{"type", "integer"}, {"format", "int64"}, {"minimum", 0}};
      case FieldDescriptor::CPPTYPE_INT64:
        return {{"type", {"string", "integer"}}, {"format", "int64"}};
      case FieldDescriptor::CPPTYPE_UINT64:
        return {{"type", {"string", "integer"}}, {"format", "uint64"}};
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return {{"type", "number"}, {"format", "double"}};
      case FieldDescriptor::CPPTYPE_FLOAT:
        return {{"type", "number"}, {"format", "float"}};
      case FieldDescriptor::CPPTYPE_BOOL:
        return {{"type", "boolean"}};
      case FieldDescriptor::CPPTYPE_ENUM:
        return EnumReference(*field.enum_type());
      case FieldDescriptor::CPPTYPE_STRING:
        if (field.type() == FieldDescriptor::TYPE_BYTES) return {{"type", "string"}, {"contentEncoding", "base64"}};
        return {{"type", "string"}};
      case FieldDescriptor::CPPTYPE_MESSAGE:
        if (as_text && field.message_type()->full_name() == "google.type.Date") return {{"type", "string"}, {"format", "date"}};
        return MessageReference(*field.message_type());
    }
    return nullptr;
  }

  CollectionNames names_;
  Json schemas_ = Json::object();
  std::map<std::string, int> operation_ids_;
};

}  // namespace

absl::StatusOr<std::string> GenerateOpenApi(const std::vector<const ServiceDescriptor*>& services) {
  ASSIGN_OR_RETURN(const Json document, Generator().Generate(services));
  return document.dump();
}

}  // namespace heitie::gateway
