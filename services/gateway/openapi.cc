#include "services/gateway/openapi.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/rpc/contract.h"
#include "common/rpc/services.h"
#include "common/status/macros.h"
#include "google/api/resource.pb.h"
#include "nlohmann/json.hpp"
#include "services/gateway/example.h"
#include "services/gateway/file_body.h"
#include "services/gateway/http_error.h"
#include "services/gateway/json.h"
#include "services/gateway/route.h"
#include "services/gateway/schemas.h"

namespace heitie::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;
using Json = OrderedJson;

// Parameters that so many methods have are shared.
constexpr int kSaidOften = 3;

constexpr char kIdPattern[] = "^[a-z0-9][a-z0-9-]{0,62}$";
// A list may ask for what lies below all parents (AIP-159).
constexpr char kIdOrAllPattern[] = "^([a-z0-9][a-z0-9-]{0,62}|-)$";

std::string FirstSentence(const std::string& text) {
  const size_t end = text.find(". ");
  return end == std::string::npos ? text : text.substr(0, end + 1);
}

std::string AsWords(const std::string& name) { return absl::StrReplaceAll(name, {{"_", " "}}); }

Json JsonContent(Json schema) { return {{"application/json", {{"schema", std::move(schema)}}}}; }

Json ComponentOf(const char* kind, const std::string& name) { return {{"$ref", absl::StrCat("#/components/", kind, "/", name)}}; }

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

struct PathParameter {
  std::string name;
  size_t segment = 0;
};

// A template as OpenAPI writes it: "/v1/projects/{project}:submit", and its parameters in order.
struct OpenPath {
  std::string text;
  std::vector<PathParameter> parameters;
};

OpenPath Open(const PathTemplate& path, const CollectionNames& names) {
  OpenPath open;
  const auto taken = [&](const std::string& name) {
    return std::any_of(open.parameters.begin(), open.parameters.end(), [&](const PathParameter& each) { return each.name == name; });
  };
  for (size_t i = 0; i < path.segments.size(); ++i) {
    const Segment& segment = path.segments[i];
    if (segment.kind == Segment::kLiteral) {
      absl::StrAppend(&open.text, "/", segment.literal);
      continue;
    }
    std::string name = i == 0 ? "id" : names.IdOf(path.segments[i - 1].literal);
    while (taken(name)) name += "_id";
    absl::StrAppend(&open.text, "/{", name, "}");
    open.parameters.push_back({name, i});
  }
  if (!path.verb.empty()) absl::StrAppend(&open.text, ":", path.verb);
  return open;
}

const Variable* VariableAt(const PathTemplate& path, size_t segment) {
  for (const Variable& variable : path.variables) {
    if (variable.first <= segment && segment < variable.end) return &variable;
  }
  return nullptr;
}

// The value that the path gives to the variable, with its parameters in braces: "projects/{project}/tasks/{task}".
std::string NameIn(const OpenPath& open, const PathTemplate& path, const Variable& variable) {
  std::string name;
  for (size_t i = variable.first; i < variable.end; ++i) {
    std::string part = path.segments[i].literal;
    for (const PathParameter& parameter : open.parameters) {
      if (parameter.segment == i) part = absl::StrCat("{", parameter.name, "}");
    }
    absl::StrAppend(&name, name.empty() ? "" : "/", part);
  }
  return name;
}

// ---- Errors ---------------------------------------------------------------------------------------------------------------------

Json StringSchema(const char* description) { return {{"type", "string"}, {"description", description}}; }

Json ObjectOf(Json properties, std::vector<std::string> required, const char* description) {
  return {{"type", "object"}, {"description", description}, {"properties", std::move(properties)}, {"required", std::move(required)}};
}

Json DetailOf(const char* type, Json properties, std::vector<std::string> required, const char* description) {
  Json all = {{"@type", {{"type", "string"}, {"const", absl::StrCat("type.googleapis.com/google.rpc.", type)}}}};
  all.update(properties);
  required.insert(required.begin(), "@type");
  return ObjectOf(std::move(all), std::move(required), description);
}

void AddErrorSchemas(Json& schemas) {
  const Json localized = ObjectOf({{"locale", StringSchema("zh-TW, zh-CN or en.")}, {"message", StringSchema("The sentence.")}},
                                  {"locale", "message"}, "The sentence in the language of Accept-Language.");
  const Json field = ObjectOf({{"field", StringSchema("The path in the request, in the contract's spelling.")},
                               {"description", StringSchema("What it must be.")},
                               {"reason", StringSchema("A stable reason.")},
                               {"localizedMessage", localized}},
                              {}, "One bad field. The last one may only say how many more there are.");
  const Json violation = ObjectOf({{"type", StringSchema("A stable reason.")},
                                   {"subject", StringSchema("What is not as it must be.")},
                                   {"description", StringSchema("Why.")}},
                                  {}, "One unmet condition.");
  const Json metadata = {
      {"type", "object"}, {"description", "What the sentence is about: names, figures."}, {"additionalProperties", {{"type", "string"}}}};
  schemas["ErrorInfo"] =
      DetailOf("ErrorInfo",
               {{"reason", StringSchema("Stable; /reasons.json lists all.")}, {"domain", StringSchema("heitie")}, {"metadata", metadata}},
               {"reason", "domain"}, "Why, for programs.");
  schemas["LocalizedMessage"] =
      DetailOf("LocalizedMessage", {{"locale", StringSchema("zh-TW, zh-CN or en.")}, {"message", StringSchema("The sentence.")}},
               {"locale", "message"}, "Why, for people, in the language of Accept-Language.");
  schemas["BadRequest"] =
      DetailOf("BadRequest", {{"fieldViolations", {{"type", "array"}, {"items", field}}}}, {"fieldViolations"}, "Every bad field at once.");
  schemas["PreconditionFailure"] = DetailOf("PreconditionFailure", {{"violations", {{"type", "array"}, {"items", violation}}}},
                                            {"violations"}, "Every unmet condition at once.");
  schemas["RetryInfo"] = DetailOf("RetryInfo", {{"retryDelay", {{"type", "string"}, {"pattern", "^[0-9]+(\\.[0-9]{1,9})?s$"}}}},
                                  {"retryDelay"}, "When to come back.");
  Json details = Json::array();
  for (const char* type : {"ErrorInfo", "LocalizedMessage", "BadRequest", "PreconditionFailure", "RetryInfo"}) {
    details.push_back(ReferenceTo(type));
  }
  const Json status =
      ObjectOf({{"code", {{"type", "integer"}, {"description", "The HTTP code."}}},
                {"status", StringSchema("The canonical code, for example INVALID_ARGUMENT.")},
                {"message", StringSchema("For developers, in English.")},
                {"details", {{"type", "array"}, {"description", "Of any kind once at most."}, {"items", {{"anyOf", details}}}}}},
               {"code", "status", "message", "details"}, "google.rpc.Status (AIP-193).");
  schemas["Status"] = status;
  schemas["Error"] = ObjectOf({{"error", ReferenceTo("Status")}}, {"error"}, "Every error.");
}

struct Answer {
  const char* code;
  const char* name;
  const char* description;
};
constexpr Answer kErrors[] = {
    {"400", "BadRequest",
     "INVALID_ARGUMENT: correct what `fieldViolations` names. FAILED_PRECONDITION: see to what `violations` name first."},
    {"401", "Unauthenticated", "No token, or one that does not hold."},
    {"403", "PermissionDenied", "The caller's role or row does not permit it."},
    {"404", "NotFound", "There is none, or none that the caller may see."},
    {"409", "Conflict", "ALREADY_EXISTS, or ABORTED: read what is there now, then decide again."},
    {"412", "PreconditionFailed", "The ETag of If-Match is not the current one."},
    {"429", "TooManyRequests", "RESOURCE_EXHAUSTED: come back after Retry-After."},
    {"503", "Unavailable", "Come back after Retry-After; with the same request id nothing happens twice."},
    {"504", "DeadlineExceeded", "The time that was given has passed. Ask again with the same request id."}};

// There only where its reasons are known.
bool IsOwn(const std::string& code) { return code == "404" || code == "409"; }

// One that says more than what all share: a reference may have a description of its own.
Json ErrorWithReasons(const Answer& error, const std::vector<std::string>& reasons) {
  Json response = ComponentOf("responses", error.name);
  if (reasons != std::vector<std::string>{"NOT_FOUND"}) {
    response["description"] = absl::StrCat(FirstSentence(error.description), " Reasons: `", absl::StrJoin(reasons, "`, `"), "`.");
  }
  return response;
}

Json ErrorResponseOf(const std::string& code, const std::string& description) {
  Json headers = {{"X-Trace-Id", ComponentOf("headers", "X-Trace-Id")}};
  if (code == "429" || code == "503") headers["Retry-After"] = ComponentOf("headers", "Retry-After");
  if (code == "401") headers["WWW-Authenticate"] = ComponentOf("headers", "WWW-Authenticate");
  return {{"description", description}, {"headers", headers}, {"content", JsonContent(ReferenceTo("Error"))}};
}

// "STALE_ETAG" and the like in a comment.
std::vector<std::string> ShoutedWords(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text + " ") {
    if (absl::ascii_isupper(c) || c == '_' || (absl::ascii_isdigit(c) && !word.empty())) {
      word += c;
      continue;
    }
    // A word that goes on in lower case is another one.
    if (word.size() > 2 && !absl::ascii_islower(c)) words.push_back(word);
    word.clear();
  }
  return words;
}

// ---- The document ---------------------------------------------------------------------------------------------------------------

class Generator {
 public:
  explicit Generator(const nlohmann::json& told) : told_(told) {
    for (const auto& reason : told.value("reasons", nlohmann::json::array())) codes_[reason["id"]] = reason["code"];
  }

  absl::StatusOr<Json> Generate(const std::vector<const ServiceDescriptor*>& services) {
    for (const ServiceDescriptor* service : services) {
      names_.Visit(service->file());
      ++called_[service->name()];
      for (int i = 0; i < service->method_count(); ++i) {
        nlohmann::json told = Told("answers", *service->method(i));
        if (!told.is_null()) first_told_.emplace(service->method(i)->output_type()->full_name(), std::move(told));
      }
    }
    Json tags = Json::array();
    Json paths = Json::object();
    for (const ServiceDescriptor* service : services) {
      tags.push_back({{"name", TagOf(*service)}, {"description", CommentOf(*service)}});
      ASSIGN_OR_RETURN(const std::vector<Binding> bindings, BindingsOf(*service));
      for (const Binding& binding : bindings) AddOperation(binding, &paths);
    }
    tags.push_back({{"name", "Gateway"}, {"description", "What the gateway says of itself, to everybody."}});
    AddOwnPaths(&paths);
    return Document(std::move(tags), std::move(paths));
  }

 private:
  Json Document(Json tags, Json paths) {
    Json document;
    document["openapi"] = "3.1.0";
    document["info"] = {
        {"title", "Heitie operations suite"},
        {"version", "1.0.0"},
        {"summary", "Plans, activities, figures, people, risks, materials and money of an operations department."},
        {"description",
         "The HTTP/JSON interface of all services. JSON is proto3 JSON: lowerCamelCase names, integers of 64 bits as strings, days as "
         "2026-01-31 where they are given. Errors are google.rpc.Status under `error`, with a stable reason; /reasons.json lists all of "
         "them, "
         "/docs is this document for people. Any change may be sent again with the same request id."},
        {"contact", {{"name", "Platform engineers of the operations department"}}},
        {"license", {{"name", "For use within the company"}, {"identifier", "LicenseRef-Internal"}}}};
    document["servers"] = Json::array({{{"url", "/"}, {"description", "This gateway."}}});
    document["security"] = Json::array({{{"bearerAuth", Json::array()}}});
    document["tags"] = std::move(tags);
    Json parameters = Parameters();
    ShareParameters(&paths, &parameters);
    document["paths"] = std::move(paths);
    AddErrorSchemas(schemas_.all());
    Json responses = Json::object();
    for (const Answer& error : kErrors) responses[error.name] = ErrorResponseOf(error.code, error.description);
    responses["Error"] = ErrorResponseOf("", "Any other error.");
    responses["NotModified"] = {{"description", "The version that If-None-Match names is the current one."},
                                {"headers", {{"ETag", ComponentOf("headers", "ETag")}}}};
    document["components"] = {{"securitySchemes",
                               {{"bearerAuth",
                                 {{"type", "http"},
                                  {"scheme", "bearer"},
                                  {"bearerFormat", "JWT"},
                                  {"description", "A token of the company's issuer; here deploy/local/token makes one."}}}}},
                              {"parameters", std::move(parameters)},
                              {"headers", Headers()},
                              {"responses", std::move(responses)},
                              {"examples", std::move(answers_)},
                              {"schemas", std::move(schemas_.all())}};
    return document;
  }

  static Json Parameters() {
    const auto header = [](const char* name, const char* description, Json schema) -> Json {
      return {{"name", name}, {"in", "header"}, {"description", description}, {"schema", std::move(schema)}};
    };
    const Json text = {{"type", "string"}};
    return {
        {"Accept-Language",
         header("Accept-Language", "The language of sentences for people: zh-TW, zh-CN or en, by weight.", {{"type", "string"}})},
        {"traceparent", header("traceparent", "The caller's trace (W3C Trace Context), which the request then belongs to.",
                               {{"type", "string"}, {"pattern", "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}.*$"}})},
        {"X-Request-Timeout", header("X-Request-Timeout", "How long the caller waits: seconds such as 2.5, or 500ms.", text)},
        {"Idempotency-Key", header("Idempotency-Key", "In place of `requestId`: the same key gets the first answer.",
                                   {{"type", "string"}, {"maxLength", 64}})},
        {"If-Match", header("If-Match", "The ETag that the caller has seen, in place of `etag`; another one is refused with 412.", text)},
        {"If-None-Match", header("If-None-Match", "The ETag that the caller has: 304 while it is the current one.", text)},
        {"readMask",
         {{"name", "readMask"},
          {"in", "query"},
          {"description", "The fields that are wanted, such as `name,startDate`; of a list, those of what is listed. All of them else."},
          {"schema", text}}}};
  }

  // What many methods say in the same words, as the filter of a list or `requestId`, is said once.
  static void ShareParameters(Json* paths, Json* shared) {
    std::map<std::string, int> said;
    const auto each = [paths](const std::function<void(Json&)>& visit) {
      for (Json& item : *paths) {
        for (Json& operation : item) {
          if (!operation.contains("parameters")) continue;
          for (Json& parameter : operation["parameters"]) {
            if (parameter.contains("name")) visit(parameter);
          }
        }
      }
    };
    each([&](const Json& parameter) { ++said[parameter.dump()]; });
    std::map<std::string, std::string> names;  // by what is said
    each([&](Json& parameter) {
      const std::string text = parameter.dump();
      if (said[text] < kSaidOften) return;
      std::string& name = names[text];
      if (name.empty()) {
        const std::string wanted = parameter["name"];
        name = wanted;
        for (int n = 2; shared->contains(name); ++n) name = absl::StrCat(wanted, "_", n);
        (*shared)[name] = parameter;
      }
      parameter = ComponentOf("parameters", name);
    });
  }

  static Json Headers() {
    const auto header = [](const char* description) -> Json { return {{"description", description}, {"schema", {{"type", "string"}}}}; };
    return {{"ETag", header("The resource's `etag`, in quotation marks.")},
            {"X-Trace-Id", header("The trace under which the request is logged everywhere; tell it when you ask for help.")},
            {"Retry-After", header("Seconds after which to come back.")},
            {"WWW-Authenticate", header("How to authenticate (RFC 6750).")}};
  }

  // What everybody may ask, and what is not in the contracts.
  static void AddOwnPaths(Json* paths) {
    const auto add = [&](const char* path, const char* id, const char* summary, Json responses) {
      responses["4XX"] = ComponentOf("responses", "Error");
      (*paths)[path]["get"] = {{"operationId", id},         {"tags", {"Gateway"}},
                               {"summary", summary},        {"description", absl::StrCat(summary, " Open to everybody.")},
                               {"security", Json::array()}, {"responses", std::move(responses)}};
    };
    const Json status = {{"type", "object"},
                         {"properties", {{"status", {{"type", "string"}, {"enum", {"SERVING", "NOT_SERVING"}}}}}},
                         {"required", {"status"}}};
    const auto page = [](const char* type, const char* description, Json schema) -> Json {
      return {{"200",
               {{"description", description},
                {"headers", {{"ETag", ComponentOf("headers", "ETag")}}},
                {"content", {{type, {{"schema", std::move(schema)}}}}}}},
              {"304", ComponentOf("responses", "NotModified")}};
    };
    add("/healthz", "healthz", "Whether the gateway serves.",
        {{"200", {{"description", "It serves."}, {"content", JsonContent(status)}}},
         {"503", {{"description", "It does not, or not any more."}, {"content", JsonContent(status)}}}});
    for (const char* probe : {"readyz", "livez"}) {
      const bool ready = probe == std::string("readyz");
      add(ready ? "/readyz" : "/livez", probe, ready ? "Whether to send requests here." : "Whether the process lives.",
          {{"200", {{"description", "Yes."}, {"content", JsonContent({{"type", "object"}})}}},
           {"503", {{"description", "No."}, {"content", JsonContent({{"type", "object"}})}}}});
    }
    add("/version", "version", "Which build this is.",
        page("application/json", "Its name, version and commit.",
             ObjectOf({{"name", StringSchema("heitie-gateway")},
                       {"version", StringSchema("Of the suite.")},
                       {"commit", StringSchema("Of the sources.")}},
                      {"name", "version", "commit"}, "A build.")));
    add("/openapi.json", "openapi", "This document.", page("application/json", "OpenAPI 3.1.", {{"type", "object"}}));
    add("/reasons.json", "reasons", "All reasons for which anything is refused, with their sentences and what to do.",
        page("application/json", "The reasons by their ids.",
             {{"type", "array"},
              {"items", ObjectOf({{"id", StringSchema("Stable.")},
                                  {"code", StringSchema("The canonical code.")},
                                  {"service", StringSchema("Whose; empty: several services'.")},
                                  {"en", StringSchema("The sentence.")},
                                  {"zhTw", StringSchema("The sentence in Traditional Chinese.")},
                                  {"zhCn", StringSchema("The sentence in Simplified Chinese.")},
                                  {"todo", StringSchema("What to do.")}},
                                 {"id", "code", "service", "en", "zhTw", "zhCn", "todo"}, "One reason.")}}));
    add("/docs", "docs", "The documentation, for people.", page("text/html", "A page.", {{"type", "string"}}));
  }

  void AddOperation(const Binding& binding, Json* paths) {
    const MethodDescriptor& method = *binding.method;
    const OpenPath path = Open(binding.path, names_);
    const Json example = ExampleOf(*method.input_type(), Told("examples", method));
    Json operation;
    operation["operationId"] = OperationId(method);
    operation["tags"] = {TagOf(*method.service())};
    const std::string comment = CommentOf(method);
    operation["summary"] = FirstSentence(comment);
    const std::map<std::string, std::vector<std::string>> reasons = ReasonsOf(method, comment);
    AddAccess(method, comment, reasons, &operation);
    Json parameters = PathParameters(binding, path, example);
    if (!binding.whole_body) AddQueryParameters(binding, *method.input_type(), "", example, 0, &parameters);
    parameters.push_back(ComponentOf("parameters", "readMask"));
    AddHeaders(method, &parameters);
    operation["parameters"] = std::move(parameters);
    AddRequestBody(binding, example, &operation);
    operation["responses"] = Responses(method, reasons);
    (*paths)[path.text][absl::AsciiStrToLower(binding.http_method)] = std::move(operation);
  }

  // What the story says of a method, which it calls by its name or, of several with this name, with the process before it.
  nlohmann::json Told(const char* what, const MethodDescriptor& method) const {
    return Told(what, rpc::ProcessOf(*method.service()), method.name());
  }

  nlohmann::json Told(const char* what, const std::string& process, const std::string& method) const {
    if (!told_.contains(what)) return nullptr;
    const auto& all = told_[what];
    for (const std::string& name : {absl::StrCat(process, ".", method), method}) {
      if (all.contains(name)) return all[name];
    }
    return nullptr;
  }

  // What the story says of a resource as it is created.
  nlohmann::json ToldOf(const Descriptor& resource) const {
    const std::string process = std::vector<std::string>(absl::StrSplit(resource.file()->package(), '.'))[1];
    const std::string create = absl::StrCat("Create", resource.name());
    return ToldOfResource(resource, Told("examples", process, create),
                          {Told("answers", process, create), Told("answers", process, absl::StrCat("Get", resource.name()))});
  }

  // An example of the answer, one for all methods that answer so.
  void AddAnswer(const Descriptor& message, Json* media) {
    if (!(*media)["schema"].contains("$ref")) return;
    if (!answers_.contains(message.full_name())) {
      const bool resource = message.options().HasExtension(google::api::resource);
      const auto told = first_told_.find(message.full_name());
      answers_[message.full_name()]["value"] = AnswerOf(message,
                                                        resource                    ? ToldOf(message)
                                                        : told == first_told_.end() ? nlohmann::json()
                                                                                    : told->second,
                                                        [this](const Descriptor& one) { return ToldOf(one); });
    }
    (*media)["examples"]["story"] = ComponentOf("examples", message.full_name());
  }

  // Its name; of several services with this name, with the process before it.
  std::string TagOf(const ServiceDescriptor& service) const {
    return called_.at(service.name()) == 1 ? service.name() : absl::StrCat(rpc::ProcessOf(service), "_", service.name());
  }

  std::string OperationId(const MethodDescriptor& method) {
    const std::string id = absl::StrCat(TagOf(*method.service()), "_", method.name());
    const int n = operation_ids_[id]++;
    return n == 0 ? id : absl::StrCat(id, "_", n + 1);
  }

  // By HTTP code, as far as they are known: those that the comment names, for which the story is refused, and that go with the form.
  std::map<std::string, std::vector<std::string>> ReasonsOf(const MethodDescriptor& method, const std::string& comment) const {
    std::set<std::string> ids;
    for (const std::string& word : ShoutedWords(comment)) ids.insert(word);
    for (const auto& refusal : Told("refusals", method)) ids.insert(refusal.get<std::string>());
    const Descriptor& request = *method.input_type();
    const bool creates = absl::StartsWith(method.name(), "Create");
    if (request.field_count() > 0) ids.insert("INVALID_FIELDS");
    if (request.FindFieldByName("name") != nullptr || request.FindFieldByName("parent") != nullptr) ids.insert("NOT_FOUND");
    if (creates) ids.insert("ALREADY_EXISTS");
    if (HasEtag(request) && !creates) ids.insert("STALE_ETAG");
    if (request.FindFieldByName("request_id") != nullptr) ids.insert("REQUEST_ID_REUSED");
    std::map<std::string, std::vector<std::string>> by_code;
    for (const std::string& id : ids) {
      const auto found = codes_.find(id);
      if (found == codes_.end()) continue;
      by_code[absl::StrCat(HttpCode(CodeNamed(found->second)))].push_back(id);
    }
    return by_code;
  }

  static absl::StatusCode CodeNamed(const std::string& name) {
    for (int code = 1; code <= 16; ++code) {
      if (absl::StatusCodeToString(static_cast<absl::StatusCode>(code)) == name) return static_cast<absl::StatusCode>(code);
    }
    return absl::StatusCode::kUnknown;
  }

  static void AddAccess(const MethodDescriptor& method, const std::string& comment,
                        const std::map<std::string, std::vector<std::string>>& reasons, Json* operation) {
    const options::v1::Access access = rpc::AccessOf(method);
    std::vector<std::string> roles, ids;
    for (int role : access.roles()) roles.push_back(options::v1::Role_Name(static_cast<options::v1::Role>(role)).substr(5));
    const std::string who = access.without_login()   ? "everybody, also without a token"
                            : access.authenticated() ? "everybody with a valid token"
                                                     : absl::StrJoin(roles, ", ");
    for (const auto& [code, of_code] : reasons) ids.insert(ids.end(), of_code.begin(), of_code.end());
    (*operation)["description"] = absl::StrCat(comment, "\n\nRoles: ", who, ".");
    (*operation)["x-roles"] = roles;
    (*operation)["x-reasons"] = ids;
    if (access.without_login()) (*operation)["security"] = Json::array();
  }

  Json PathParameters(const Binding& binding, const OpenPath& path, const Json& example) const {
    Json parameters = Json::array();
    for (const PathParameter& each : path.parameters) {
      const Variable* variable = VariableAt(binding.path, each.segment);
      const bool last = variable != nullptr && each.segment + 1 == variable->end;
      const bool any_parent =
          absl::StartsWith(binding.method->name(), "List") && variable != nullptr && variable->field.back()->name() == "parent";
      Json parameter = {{"name", each.name},
                        {"in", "path"},
                        {"required", true},
                        {"schema", {{"type", "string"}, {"pattern", any_parent ? kIdOrAllPattern : kIdPattern}}}};
      if (variable != nullptr) {
        const FieldDescriptor& field = *variable->field.back();
        std::string said = absl::StrCat("The ", AsWords(each.name), "'s id, which is that part of `", NameIn(path, binding.path, *variable),
                                        "`", any_parent ? "; `-` for all" : "", ".");
        const std::string comment = CommentOf(field);
        if (last && !comment.empty() && comment.front() != '`') absl::StrAppend(&said, " ", comment);
        parameter["description"] = said;
        parameter["example"] = IdIn(example, *variable, each);
      }
      parameters.push_back(std::move(parameter));
    }
    return parameters;
  }

  // Of the example's name, the part that the parameter is.
  static std::string IdIn(const Json& example, const Variable& variable, const PathParameter& parameter) {
    const Json* value = &example;
    for (const FieldDescriptor* field : variable.field) {
      if (!value->is_object() || !value->contains(field->json_name())) {
        value = nullptr;
        break;
      }
      value = &(*value)[field->json_name()];
    }
    const size_t at = parameter.segment - variable.first;
    if (value != nullptr && value->is_string()) {
      const std::vector<std::string> parts = absl::StrSplit(value->get<std::string>(), '/');
      if (parts.size() == variable.end - variable.first) return parts[at];
    }
    return absl::StrReplaceAll(parameter.name, {{"_", "-"}}) + "-1";
  }

  void AddQueryParameters(const Binding& binding, const Descriptor& message, const std::string& prefix, const Json& example, int depth,
                          Json* parameters) {
    for (int i = 0; i < message.field_count(); ++i) {
      const FieldDescriptor& field = *message.field(i);
      if (&field == binding.body || InPath(&field, binding.path)) continue;
      const std::string name = absl::StrCat(prefix, field.json_name());
      const Json told = example.is_object() && example.contains(field.json_name()) ? example[field.json_name()] : Json();
      if (HasTextForm(field)) {
        parameters->push_back(QueryParameter(field, name, told));
      } else if (!field.is_repeated() && depth < 2) {
        AddQueryParameters(binding, *field.message_type(), absl::StrCat(name, "."), told, depth + 1, parameters);
      }
    }
  }

  Json QueryParameter(const FieldDescriptor& field, const std::string& name, const Json& told) {
    Json parameter = {{"name", name}, {"in", "query"}};
    if (const std::string comment = CommentOf(field); !comment.empty()) parameter["description"] = comment;
    if (rpc::Behaves(field, google::api::REQUIRED)) parameter["required"] = true;
    parameter["schema"] = schemas_.Query(field);
    if (!told.is_null()) parameter["example"] = told;
    return parameter;
  }

  // Whether the request says which version it means: itself, or in the resource that it holds.
  static bool HasEtag(const Descriptor& request) {
    if (request.FindFieldByName("etag") != nullptr) return true;
    for (int i = 0; i < request.field_count(); ++i) {
      const Descriptor* message = request.field(i)->message_type();
      if (message != nullptr && !request.field(i)->is_repeated() && message->options().HasExtension(google::api::resource) &&
          message->FindFieldByName("etag") != nullptr) {
        return true;
      }
    }
    return false;
  }

  static bool AnswersVersion(const MethodDescriptor& method) {
    return !method.server_streaming() && method.output_type()->FindFieldByName("etag") != nullptr;
  }

  static void AddHeaders(const MethodDescriptor& method, Json* parameters) {
    const auto add = [&](const char* name) { parameters->push_back(ComponentOf("parameters", name)); };
    if (method.input_type()->FindFieldByName("request_id") != nullptr) add("Idempotency-Key");
    if (HasEtag(*method.input_type()) && !absl::StartsWith(method.name(), "Create")) add("If-Match");
    if (AnswersVersion(method) && rpc::OnlyReads(method)) add("If-None-Match");
    for (const char* name : {"Accept-Language", "traceparent", "X-Request-Timeout"}) add(name);
  }

  void AddRequestBody(const Binding& binding, const Json& example, Json* operation) {
    if (binding.body != nullptr) {
      const SchemaUse use = binding.http_method == "PATCH" ? SchemaUse::kPatch : SchemaUse::kRequest;
      Json content = JsonContent(schemas_.Message(*binding.body->message_type(), use));
      if (example.contains(binding.body->json_name())) {
        Json body = example[binding.body->json_name()];
        // The path gives its name.
        for (const Variable& variable : binding.path.variables) {
          if (variable.field.front() == binding.body) body.erase(variable.field.back()->json_name());
        }
        content["application/json"]["example"] = std::move(body);
      }
      (*operation)["requestBody"] = {{"required", rpc::Behaves(*binding.body, google::api::REQUIRED)}, {"content", std::move(content)}};
    } else if (binding.whole_body) {
      const Json schema = schemas_.Object(*binding.method->input_type(), SchemaUse::kRequest, &binding.path);
      Json content = JsonContent(schema), whole = example;
      for (const Variable& variable : binding.path.variables) {
        if (variable.field.size() == 1) whole.erase(variable.field[0]->json_name());
      }
      content["application/json"]["example"] = std::move(whole);
      if (FileFieldOf(*binding.method) != nullptr) AddFiles(&content);
      (*operation)["requestBody"] = {{"required", schema.contains("required")}, {"content", std::move(content)}};
    }
    if (!binding.method->client_streaming()) return;
    Json& body = (*operation)["requestBody"];
    body["description"] = "A message on each line.";
    body["content"] = {{"application/x-ndjson", body["content"]["application/json"]}};
  }

  // A file as itself (file_body.h).
  static void AddFiles(Json* content) {
    for (const char* type : kFileTypes) (*content)[type] = {{"schema", {{"type", "string"}}}};
  }

  Json Responses(const MethodDescriptor& method, const std::map<std::string, std::vector<std::string>>& reasons) {
    const Json schema = schemas_.Message(*method.output_type(), SchemaUse::kAnswer);
    Json content = JsonContent(schema);
    AddAnswer(*method.output_type(), &content["application/json"]);
    if (GivesFile(method)) AddFiles(&content);
    if (method.server_streaming()) {
      const Json line = {{"type", "object"}, {"properties", {{"result", schema}, {"error", ReferenceTo("Status")}}}};
      content = {{"application/x-ndjson", {{"schema", line}}}, {"text/event-stream", std::move(content["application/json"])}};
    }
    std::string description = FirstSentence(CommentOf(*method.output_type()));
    if (description.empty()) description = "Done.";
    Json headers = {{"X-Trace-Id", ComponentOf("headers", "X-Trace-Id")}};
    if (AnswersVersion(method)) headers["ETag"] = ComponentOf("headers", "ETag");
    Json responses = {{"200", {{"description", description}, {"headers", headers}, {"content", content}}}};
    if (AnswersVersion(method) && rpc::OnlyReads(method)) responses["304"] = ComponentOf("responses", "NotModified");
    const Descriptor& request = *method.input_type();
    const bool open = rpc::AccessOf(method).without_login();
    for (const Answer& error : kErrors) {
      const std::string code = error.code;
      if (open && (code == "401" || code == "403")) continue;
      if (code == "412" && (!HasEtag(request) || absl::StartsWith(method.name(), "Create"))) continue;
      const auto known = reasons.find(code);
      if (IsOwn(code) && known == reasons.end()) continue;
      if (known == reasons.end()) {
        responses[code] = ComponentOf("responses", error.name);
      } else {
        responses[code] = ErrorWithReasons(error, known->second);
      }
    }
    responses["default"] = ComponentOf("responses", "Error");
    return responses;
  }

  const nlohmann::json& told_;
  std::map<std::string, std::string> codes_;  // of all reasons, by id
  CollectionNames names_;
  Schemas schemas_;
  std::map<std::string, int> called_;  // services by name
  // The first answer that the story tells of each message.
  std::map<std::string, nlohmann::json> first_told_;
  Json answers_ = Json::object();  // examples by message
  std::map<std::string, int> operation_ids_;
};

}  // namespace

absl::StatusOr<std::string> GenerateOpenApi(const std::vector<const ServiceDescriptor*>& services, const nlohmann::json& told) {
  ASSIGN_OR_RETURN(const Json document, Generator(told).Generate(services));
  return document.dump();
}

}  // namespace heitie::gateway
