// The HTTP routes that the contracts declare by google.api.http, and the search for the one that serves a request.
//
// Paths are templates: literals, `*` for one segment, `{field}`, `{field=projects/*}`, `**` for the rest at the end, `:verb`. A literal
// goes before a `*`. Two routes of the same shape and method are a mistake of the contracts.
#ifndef HEITIE_SERVICES_GATEWAY_ROUTE_H_
#define HEITIE_SERVICES_GATEWAY_ROUTE_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"

namespace heitie::gateway {

// One segment of a template: a literal, or "*", or "**".
struct Segment {
  enum Kind { kLiteral, kOne, kRest } kind = kLiteral;
  std::string literal;
};

// A field that takes the segments [first, end).
struct Variable {
  std::vector<const google::protobuf::FieldDescriptor*> field;
  size_t first = 0, end = 0;
};

struct PathTemplate {
  std::vector<Segment> segments;
  std::string verb;
  std::vector<Variable> variables;
};

// `request`: the message whose fields the variables are; they must be strings, possibly of a message below.
absl::StatusOr<PathTemplate> ParseTemplate(const std::string& text, const google::protobuf::Descriptor& request);

// One way to call a method over HTTP.
struct Binding {
  const google::protobuf::MethodDescriptor* method = nullptr;
  std::string http_method;
  PathTemplate path;
  // The body is the whole request, or one field of it; neither: there is none.
  bool whole_body = false;
  const google::protobuf::FieldDescriptor* body = nullptr;
};

// The bindings of every method of a service, additional_bindings included. INVALID_ARGUMENT naming the method whose annotation is
// wrong or missing.
absl::StatusOr<std::vector<Binding>> BindingsOf(const google::protobuf::ServiceDescriptor& service);

// "package.Service/Method".
std::string FullName(const google::protobuf::MethodDescriptor& method);

// Immutable after Make, hence thread-safe.
class RouteTable {
 public:
  // FAILED_PRECONDITION naming both methods when two routes have the same shape.
  static absl::StatusOr<RouteTable> Make(std::vector<Binding> bindings);

  struct Match {
    const Binding* binding = nullptr;  // of the route, when `http_method` fits one
    // The variables' values, decoded.
    std::vector<std::pair<const Variable*, std::string>> values;
    // The methods that the path has, when it has no `binding`. Empty: there is no such path.
    std::vector<std::string> allowed;
  };
  // `path` as it came, percent-encoded.
  Match Find(const std::string& http_method, const std::string& path) const;

 private:
  template <typename Value>
  using ByText = std::map<std::string, Value, std::less<>>;
  using Ends = ByText<const Binding*>;  // HTTP method → binding
  struct Node {
    ByText<std::unique_ptr<Node>> literals;
    std::unique_ptr<Node> one, rest;
    ByText<Ends> ends;  // of each verb
  };
  absl::Status Insert(const Binding& binding);
  static const Ends* Search(const Node& node, const std::vector<std::string_view>& path, size_t at, std::string_view verb,
                            const std::string& http_method);

  std::unique_ptr<std::vector<Binding>> bindings_;
  std::unique_ptr<Node> root_;
};

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_ROUTE_H_
