// proto3 JSON of messages by their descriptors. Compared with protobuf's json_util: every bad field is reported at once with its path,
// duplicate keys and deep nesting are refused, and no type resolver is built for each message.
//
// Well-known types have their special forms (Timestamp, Duration, FieldMask, wrappers, Struct, Value, ListValue, Any). Output uses
// lowerCamelCase names and shows fields without presence also when they are zero; input takes those names and the contract's own, and a
// google.type.Date as "2026-01-31" as well.
// Thread safety: pure functions.
#ifndef HEITIE_SERVICES_GATEWAY_JSON_H_
#define HEITIE_SERVICES_GATEWAY_JSON_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/status/status.h"
#include "google/protobuf/message.h"
#include "nlohmann/json_fwd.hpp"
#include "services/gateway/read_mask.h"

namespace heitie::gateway {

// Objects and arrays inside each other at most.
inline constexpr int kMaxJsonDepth = 64;

// Values of one text at most, objects and arrays included: parsed, each takes some hundred bytes. The largest request of the contracts has
// 5,000 events of about ten.
inline constexpr int kMaxJsonValues = 100'000;

extern const status::Reason kUnknownField;   // {field}
extern const status::Reason kGivenTwice;     // {field}
extern const status::Reason kJsonTooDeep;    // {depth}
extern const status::Reason kJsonTooLarge;   // {limit}
extern const status::Reason kMalformedJson;  // {position} {what}

// Whether the bytes are UTF-8 as protobuf wants it (no surrogates, nothing overlong).
bool IsUtf8(const std::string& text);
// The beginning of what a client sent, for messages; whole characters, valid UTF-8 in any case.
std::string Excerpt(const std::string& text);

// Bad fields of one request.
class FieldErrors {
 public:
  void Add(const std::string& path, const status::Reason& reason, const status::Args& args = {});
  // The value at `path` is not `expected`, for example "an integer".
  void Expected(const std::string& path, const status::Phrase& expected, const status::Args& args = {});
  // What rpc::Validate says of the rest of the request, so that the caller learns of that at once as well. What is said of fields that are
  // bad already, and which it saw as missing, is left out.
  void AddBroken(const absl::Status& rules);
  bool empty() const { return fields_.empty(); }
  absl::Status status() const { return fields_.status(); }

 private:
  status::BadFields fields_;
  std::vector<std::string> paths_;
};

// Appends `message` to `json`.
void AppendJson(const google::protobuf::Message& message, std::string* json);
std::string ToJson(const google::protobuf::Message& message);
// Only what the mask has of it.
std::string ToJson(const google::protobuf::Message& message, const ReadMask& mask);
// Appends `text`, which is UTF-8, quoted and escaped.
void AppendJsonString(const std::string& text, std::string* json);

// Parses a JSON text: UTF-8, at most kMaxJsonDepth deep and of kMaxJsonValues, no key twice in an object, nothing after it.
absl::Status ParseJson(const std::string& text, nlohmann::json* value);

// Merges `value` into `message`. `path` is the message's own place in the request, empty for the request itself.
void MergeJson(const nlohmann::json& value, const std::string& path, google::protobuf::Message* message, FieldErrors* errors);

// Whether a field can be given as text in a path or a query: a scalar, an enum, or a message whose JSON form is a string, or
// google.type.Date (2026-01-31).
bool HasTextForm(const google::protobuf::FieldDescriptor& field);
// Sets a field of `message` (or appends to a repeated one) from text.
void SetFromText(const std::string& text, const std::string& path, const google::protobuf::FieldDescriptor& field,
                 google::protobuf::Message* message, FieldErrors* errors);

// The field of that name, in the contract's spelling or in lowerCamelCase; nullptr when there is none.
const google::protobuf::FieldDescriptor* FindField(const google::protobuf::Descriptor& message, const std::string& name);

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_JSON_H_
