#include "services/gateway/transcode.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/http/server.h"
#include "common/rpc/validate.h"
#include "common/status/macros.h"
#include "nlohmann/json.hpp"
#include "services/gateway/json.h"

namespace heitie::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const status::Reason kUnknownParameter{absl::StatusCode::kInvalidArgument, "UNKNOWN_PARAMETER", "There is no query parameter {name}.",
                                       "沒有查詢參數 {name}。"};
const status::Reason kBadEncoding{absl::StatusCode::kInvalidArgument, "BAD_ENCODING", "The value is not percent-encoded UTF-8.",
                                  "值不是百分號編碼的 UTF-8。"};

struct FieldPath {
  std::vector<const FieldDescriptor*> fields;
  std::string text;  // in the contract's spelling
};

// The path of a parameter; no fields when it names none that can be given as text.
FieldPath ResolveParameter(const std::string& name, const google::protobuf::Descriptor& request) {
  FieldPath path;
  const google::protobuf::Descriptor* message = &request;
  for (const auto& part : absl::StrSplit(name, '.')) {
    const FieldDescriptor* field = message == nullptr ? nullptr : FindField(*message, std::string(part));
    if (field == nullptr || (!path.fields.empty() && path.fields.back()->is_repeated())) return {};
    path.fields.push_back(field);
    absl::StrAppend(&path.text, path.text.empty() ? "" : ".", field->name());
    message = field->message_type();
  }
  return HasTextForm(*path.fields.back()) ? path : FieldPath{};
}

Message* Parent(const std::vector<const FieldDescriptor*>& path, Message* request) {
  for (size_t i = 0; i + 1 < path.size(); ++i) request = request->GetReflection()->MutableMessage(request, path[i]);
  return request;
}

// What query parameters may not touch, because the path or the body gives it.
bool Taken(const FieldPath& path, const Binding& binding) {
  if (binding.body != nullptr && path.fields.front() == binding.body) return true;
  for (const Variable& variable : binding.path.variables) {
    if (variable.field == path.fields) return true;
  }
  return false;
}

class QueryReader {
 public:
  QueryReader(const Binding& binding, Message* request, FieldErrors* errors) : binding_(binding), request_(request), errors_(errors) {}

  void Read(const std::string& query) {
    if (query.empty()) return;
    for (const auto& part : absl::StrSplit(query, '&')) {
      if (!part.empty()) ReadOne(std::string(part));
    }
  }

 private:
  void ReadOne(const std::string& part) {
    const size_t equals = part.find('=');
    std::string name, value;
    const bool decoded = http::PercentDecode(part.substr(0, equals), true, &name) &&
                         (equals == std::string::npos || http::PercentDecode(part.substr(equals + 1), true, &value));
    if (!decoded || !IsUtf8(name) || !IsUtf8(value)) return errors_->Add(Excerpt(part.substr(0, equals)), kBadEncoding);
    const FieldPath path = binding_.whole_body ? FieldPath{} : ResolveParameter(name, *request_->GetDescriptor());
    if (path.fields.empty() || Taken(path, binding_)) return errors_->Add(Excerpt(name), kUnknownParameter, {{"name", Excerpt(name)}});
    const FieldDescriptor& field = *path.fields.back();
    if (!field.is_repeated() && !given_.insert(path.text).second) return errors_->Add(path.text, kGivenTwice, {{"field", path.text}});
    SetFromText(value, path.text, field, Parent(path.fields, request_), errors_);
  }

  const Binding& binding_;
  Message* request_;
  FieldErrors* errors_;
  std::set<std::string> given_;
};

absl::Status ReadBody(const Binding& binding, const std::string& body, Message* request, FieldErrors* errors) {
  const bool wanted = binding.whole_body || binding.body != nullptr;
  // A POST without arguments may come without a body.
  if (!wanted || body.empty()) return absl::OkStatus();
  nlohmann::json value;
  RETURN_IF_ERROR(ParseJson(body, &value));
  if (binding.whole_body) {
    MergeJson(value, "", request, errors);
  } else {
    MergeJson(value, binding.body->name(), request->GetReflection()->MutableMessage(request, binding.body), errors);
  }
  return absl::OkStatus();
}

void ReadPath(const RouteTable::Match& match, Message* request, FieldErrors* errors) {
  for (const auto& [variable, value] : match.values) {
    const FieldDescriptor* field = variable->field.back();
    if (!IsUtf8(value)) {
      errors->Add(field->name(), kBadEncoding);
      continue;
    }
    Message* parent = Parent(variable->field, request);
    parent->GetReflection()->SetString(parent, field, value);
  }
}

}  // namespace

absl::Status Transcode(const RouteTable::Match& match, const std::string& query, const std::string& body, Message* request) {
  FieldErrors errors;
  RETURN_IF_ERROR(ReadBody(*match.binding, body, request, &errors));
  QueryReader(*match.binding, request, &errors).Read(query);
  ReadPath(match, request, &errors);
  if (!errors.empty()) errors.AddBroken(rpc::Validate(*request));
  return errors.status();
}

absl::Status TranscodeBeside(const FieldDescriptor& file, const RouteTable::Match& match, const std::string& query, Message* request) {
  Binding binding = *match.binding;
  binding.whole_body = false;
  binding.body = &file;
  RouteTable::Match beside = match;
  beside.binding = &binding;
  return Transcode(beside, query, "", request);
}

absl::Status ParseRequest(const std::string& body, Message* request) {
  if (body.empty()) return absl::OkStatus();
  nlohmann::json value;
  FieldErrors errors;
  RETURN_IF_ERROR(ParseJson(body, &value));
  MergeJson(value, "", request, &errors);
  if (!errors.empty()) errors.AddBroken(rpc::Validate(*request));
  return errors.status();
}

}  // namespace heitie::gateway
