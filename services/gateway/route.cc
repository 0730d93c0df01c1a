#include "services/gateway/route.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/http/server.h"
#include "common/status/macros.h"
#include "google/api/annotations.pb.h"

namespace heitie::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;

std::string Cut(const std::string& text, size_t begin, size_t end) { return text.substr(begin, end - begin); }

absl::StatusOr<std::vector<const FieldDescriptor*>> ParseFieldPath(const std::string& text, const Descriptor& request) {
  std::vector<const FieldDescriptor*> path;
  const Descriptor* message = &request;
  for (const auto& part : absl::StrSplit(text, '.')) {
    const FieldDescriptor* field = message == nullptr ? nullptr : message->FindFieldByName(std::string(part));
    if (field == nullptr || field->is_repeated()) {
      return absl::InvalidArgumentError(absl::StrCat(request.full_name(), " has no singular field ", text));
    }
    path.push_back(field);
    message = field->message_type();
  }
  if (path.back()->type() != FieldDescriptor::TYPE_STRING) return absl::InvalidArgumentError(absl::StrCat(text, " is not a string"));
  return path;
}

absl::Status AddSegments(const std::string& text, PathTemplate* path) {
  for (const auto& part : absl::StrSplit(text, '/')) {
    const std::string segment(part);
    if (segment.empty()) return absl::InvalidArgumentError("an empty segment");
    if (!path->segments.empty() && path->segments.back().kind == Segment::kRest) return absl::InvalidArgumentError("** is not at the end");
    const Segment::Kind kind = segment == "*" ? Segment::kOne : segment == "**" ? Segment::kRest : Segment::kLiteral;
    path->segments.push_back({kind, kind == Segment::kLiteral ? segment : ""});
  }
  return absl::OkStatus();
}

// What stands between the braces: "name" or "name=projects/*".
absl::Status AddVariable(const std::string& text, const Descriptor& request, PathTemplate* path) {
  const size_t equals = text.find('=');
  Variable variable;
  ASSIGN_OR_RETURN(variable.field, ParseFieldPath(text.substr(0, equals), request));
  variable.first = path->segments.size();
  RETURN_IF_ERROR(AddSegments(equals == std::string::npos ? "*" : text.substr(equals + 1), path));
  variable.end = path->segments.size();
  path->variables.push_back(std::move(variable));
  return absl::OkStatus();
}

std::pair<std::string, std::string> MethodAndPath(const google::api::HttpRule& rule) {
  switch (rule.pattern_case()) {
    case google::api::HttpRule::kGet:
      return {"GET", rule.get()};
    case google::api::HttpRule::kPut:
      return {"PUT", rule.put()};
    case google::api::HttpRule::kPost:
      return {"POST", rule.post()};
    case google::api::HttpRule::kDelete:
      return {"DELETE", rule.delete_()};
    case google::api::HttpRule::kPatch:
      return {"PATCH", rule.patch()};
    case google::api::HttpRule::kCustom:
      return {rule.custom().kind(), rule.custom().path()};
    case google::api::HttpRule::PATTERN_NOT_SET:
      break;
  }
  return {};
}

absl::StatusOr<Binding> MakeBinding(const MethodDescriptor& method, const google::api::HttpRule& rule) {
  Binding binding;
  binding.method = &method;
  std::string path;
  std::tie(binding.http_method, path) = MethodAndPath(rule);
  if (binding.http_method.empty()) return absl::InvalidArgumentError("google.api.http has no path");
  ASSIGN_OR_RETURN(binding.path, ParseTemplate(path, *method.input_type()));
  if (!rule.response_body().empty()) return absl::InvalidArgumentError("response_body is not supported");
  if (rule.body() == "*") {
    binding.whole_body = true;
  } else if (!rule.body().empty()) {
    binding.body = method.input_type()->FindFieldByName(rule.body());
    if (binding.body == nullptr || binding.body->message_type() == nullptr || binding.body->is_repeated()) {
      return absl::InvalidArgumentError(absl::StrCat("body ", rule.body(), " is not a singular message field"));
    }
  }
  return binding;
}

absl::Status OfMethod(const MethodDescriptor& method, const absl::Status& status) {
  return absl::InvalidArgumentError(absl::StrCat(FullName(method), ": ", std::string(status.message())));
}

// Segments of a path as it came; false when it does not begin with a slash.
bool SplitPath(std::string_view path, std::vector<std::string_view>* segments) {
  if (path.empty() || path[0] != '/') return false;
  for (size_t slash = 0; slash != std::string_view::npos;) {
    path.remove_prefix(slash + 1);
    slash = path.find('/');
    segments->push_back(path.substr(0, slash));
  }
  return true;
}

// The slash of an encoded segment stays encoded where it could not be told from the slash between segments.
bool DecodeSegment(std::string_view raw, bool keep_slash, std::string* decoded) {
  if (raw.find('%') == std::string_view::npos) {
    *decoded = raw;
    return true;
  }
  if (!http::PercentDecode(std::string(raw), false, decoded)) return false;
  if (keep_slash) *decoded = absl::StrReplaceAll(*decoded, {{"/", "%2F"}});
  return true;
}

bool DecodeVariable(const std::vector<std::string_view>& path, const Variable& variable, size_t end, std::string* value) {
  const bool many = variable.end - variable.first > 1 || end - variable.first > 1;
  for (size_t i = variable.first; i < end; ++i) {
    std::string segment;
    if (!DecodeSegment(path[i], many, &segment)) return false;
    absl::StrAppend(value, i == variable.first ? "" : "/", segment);
  }
  return true;
}

}  // namespace

std::string FullName(const MethodDescriptor& method) { return absl::StrCat(method.service()->full_name(), "/", method.name()); }

absl::StatusOr<PathTemplate> ParseTemplate(const std::string& text, const Descriptor& request) {
  if (text.empty() || text[0] != '/') return absl::InvalidArgumentError(absl::StrCat("path ", text, " does not begin with a slash"));
  PathTemplate path;
  size_t at = 1;
  while (at < text.size()) {
    if (text[at] == ':') {
      path.verb = text.substr(at + 1);
      if (path.verb.empty() || path.verb.find_first_of("/{:*") != std::string::npos) {
        return absl::InvalidArgumentError(absl::StrCat("path ", text, " has a malformed verb"));
      }
      break;
    }
    if (text[at] == '{') {
      const size_t close = text.find('}', at);
      if (close == std::string::npos) return absl::InvalidArgumentError(absl::StrCat("path ", text, " lacks a }"));
      RETURN_IF_ERROR(AddVariable(Cut(text, at + 1, close), request, &path));
      at = close + 1;
    } else {
      const size_t end = std::min(text.find_first_of("/{:", at), text.size());
      RETURN_IF_ERROR(AddSegments(Cut(text, at, end), &path));
      at = end;
    }
    if (at < text.size() && text[at] == '/') {
      if (++at == text.size()) return absl::InvalidArgumentError(absl::StrCat("path ", text, " ends with a slash"));
    } else if (at < text.size() && text[at] != ':') {
      return absl::InvalidArgumentError(absl::StrCat("path ", text, " lacks a slash before ", text.substr(at)));
    }
  }
  if (path.segments.empty()) return absl::InvalidArgumentError(absl::StrCat("path ", text, " is empty"));
  return path;
}

absl::StatusOr<std::vector<Binding>> BindingsOf(const google::protobuf::ServiceDescriptor& service) {
  std::vector<Binding> bindings;
  for (int i = 0; i < service.method_count(); ++i) {
    const MethodDescriptor& method = *service.method(i);
    const google::api::HttpRule& rule = method.options().GetExtension(google::api::http);
    std::vector<const google::api::HttpRule*> rules = {&rule};
    for (const auto& additional : rule.additional_bindings()) rules.push_back(&additional);
    for (const auto* each : rules) {
      auto binding = MakeBinding(method, *each);
      if (!binding.ok()) return OfMethod(method, binding.status());
      bindings.push_back(*std::move(binding));
    }
  }
  return bindings;
}

absl::StatusOr<RouteTable> RouteTable::Make(std::vector<Binding> bindings) {
  RouteTable table;
  table.bindings_ = std::make_unique<std::vector<Binding>>(std::move(bindings));
  table.root_ = std::make_unique<Node>();
  for (const Binding& binding : *table.bindings_) RETURN_IF_ERROR(table.Insert(binding));
  return table;
}

absl::Status RouteTable::Insert(const Binding& binding) {
  Node* node = root_.get();
  for (const Segment& segment : binding.path.segments) {
    auto& next = segment.kind == Segment::kLiteral ? node->literals[segment.literal]
                 : segment.kind == Segment::kOne   ? node->one
                                                   : node->rest;
    if (next == nullptr) next = std::make_unique<Node>();
    node = next.get();
  }
  const Binding*& end = node->ends[binding.path.verb][binding.http_method];
  if (end != nullptr) {
    return absl::FailedPreconditionError(absl::StrCat(FullName(*end->method), " and ", FullName(*binding.method), " have the same route"));
  }
  end = &binding;
  return absl::OkStatus();
}

// The methods at the end of the path. A branch that has the path but not `http_method` gives way to one that has both.
const RouteTable::Ends* RouteTable::Search(const Node& node, const std::vector<std::string_view>& path, size_t at, std::string_view verb,
                                           const std::string& http_method) {
  const Ends* second_best = nullptr;
  const auto consider = [&](const Node* next, size_t next_at) -> const Ends* {
    if (next == nullptr) return nullptr;
    const auto* found = Search(*next, path, next_at, verb, http_method);
    if (found == nullptr || found->count(http_method) > 0) return found;
    if (second_best == nullptr) second_best = found;
    return nullptr;
  };
  if (at == path.size()) {
    const auto end = node.ends.find(verb);
    return end == node.ends.end() ? nullptr : &end->second;
  }
  std::string decoded;
  if (!DecodeSegment(path[at], false, &decoded) || decoded.empty()) return nullptr;
  const auto literal = node.literals.find(decoded);
  if (literal != node.literals.end()) {
    if (const auto* found = consider(literal->second.get(), at + 1)) return found;
  }
  if (const auto* found = consider(node.one.get(), at + 1)) return found;
  if (const auto* found = consider(node.rest.get(), path.size())) return found;
  return second_best;
}

RouteTable::Match RouteTable::Find(const std::string& http_method, const std::string& path) const {
  Match match;
  std::vector<std::string_view> segments;
  if (!SplitPath(path, &segments)) return match;
  std::string_view verb;
  const size_t colon = segments.back().rfind(':');
  if (colon != std::string_view::npos) {
    verb = segments.back().substr(colon + 1);
    segments.back() = segments.back().substr(0, colon);
  }
  const auto* methods = Search(*root_, segments, 0, verb, http_method);
  if (methods == nullptr) return match;
  const auto found = methods->find(http_method);
  if (found == methods->end()) {
    for (const auto& [name, binding] : *methods) match.allowed.push_back(name);
    return match;
  }
  match.binding = found->second;
  for (const Variable& variable : match.binding->path.variables) {
    const bool rest = match.binding->path.segments[variable.end - 1].kind == Segment::kRest;
    std::string value;
    if (!DecodeVariable(segments, variable, rest ? segments.size() : variable.end, &value)) return Match{};
    match.values.emplace_back(&variable, std::move(value));
  }
  return match;
}

}  // namespace heitie::gateway
