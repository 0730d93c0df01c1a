#include "services/gateway/read_mask.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/http/server.h"
#include "services/gateway/json.h"
#include "services/gateway/list_export.h"

namespace heitie::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

const status::Phrase kMaskPaths{"paths of fields of {message}; {path} is none", "須為 {message} 的欄位路徑，{path} 不是"};

// Whether a path may lead into the field: what JSON has as a text or as it is has no fields.
bool HasParts(const FieldDescriptor& field) {
  return field.message_type() != nullptr && !field.is_map() && !absl::StartsWith(field.message_type()->full_name(), "google.protobuf.");
}

// The value of a parameter, when it is the mask.
std::optional<std::string> MaskOf(const std::string& parameter) {
  const size_t equals = parameter.find('=');
  const std::string name = parameter.substr(0, equals);
  if (equals == std::string::npos || (name != "readMask" && name != "read_mask")) return std::nullopt;
  std::string value;
  // What is not encoded well names no field.
  if (!http::PercentDecode(parameter.substr(equals + 1), true, &value)) return parameter.substr(equals + 1);
  return value;
}

}  // namespace

absl::StatusOr<ReadMask> ReadMask::Take(const google::protobuf::MethodDescriptor& method, std::string* query) {
  ReadMask mask;
  if (!absl::StrContains(*query, "read")) return mask;
  const FieldDescriptor* const rows = RowsOf(method);
  const Descriptor& message = rows == nullptr ? *method.output_type() : *rows->message_type();
  std::string others;
  bool everything = false;
  FieldErrors errors;
  for (const std::string& parameter : std::vector<std::string>(absl::StrSplit(*query, '&'))) {
    const std::optional<std::string> paths = MaskOf(parameter);
    if (!paths) {
      absl::StrAppend(&others, others.empty() ? "" : "&", parameter);
      continue;
    }
    for (const std::string& path : std::vector<std::string>(absl::StrSplit(*paths, ',', absl::SkipEmpty()))) {
      if (path == "*") {
        everything = true;
      } else if (!mask.Add(message, absl::StrSplit(path, '.'), 0)) {
        errors.Expected("read_mask", kMaskPaths, {{"message", message.name()}, {"path", Excerpt(path)}});
      }
    }
  }
  if (!errors.empty()) return errors.status();
  *query = std::move(others);
  if (everything || mask.whole()) return ReadMask();
  if (rows == nullptr) return mask;
  ReadMask answer;
  for (int i = 0; i < method.output_type()->field_count(); ++i) answer.fields_[method.output_type()->field(i)];
  answer.fields_[rows] = std::move(mask);
  return answer;
}

const ReadMask* ReadMask::Of(const FieldDescriptor& field) const {
  if (whole()) return this;
  const auto found = fields_.find(&field);
  return found == fields_.end() ? nullptr : &found->second;
}

bool ReadMask::Add(const Descriptor& message, const std::vector<std::string>& path, size_t at) {
  const FieldDescriptor* const field = FindField(message, path[at]);
  if (field == nullptr) return false;
  const bool last = at + 1 == path.size();
  if (!last && !HasParts(*field)) return false;
  const auto [place, added] = fields_.try_emplace(field);
  ReadMask& inner = place->second;
  if (last) {
    inner.fields_.clear();
    return true;
  }
  // Who wants a field whole wants its parts as well.
  if (!added && inner.whole()) return ReadMask().Add(*field->message_type(), path, at + 1);
  if (inner.Add(*field->message_type(), path, at + 1)) return true;
  if (added) fields_.erase(place);
  return false;
}

}  // namespace heitie::gateway
