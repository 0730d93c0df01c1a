#include "common/rpc/contract.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/rpc/validate.h"
#include "google/api/annotations.pb.h"
#include "google/api/resource.pb.h"
#include "heitie/options/v1/storage.pb.h"

namespace heitie::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::MethodOptions;
using options::v1::FieldRules;

// Where a name has a meaning by convention.
enum class Place { kRequest, kResource, kResponse };

struct Convention {
  Place place;
  const char* field;
  // Full name of the message, "string", "int32", "bool" or "strings".
  const char* type;
  google::api::FieldBehavior behavior;
  const char* comment;
  uint64_t max_len = 0;
};

constexpr char kIdPattern[] = "[a-z0-9][a-z0-9-]{0,62}";
constexpr int kMaxPageSize = 1000;
constexpr char kTime[] = "google.protobuf.Timestamp";
constexpr auto kOptional = google::api::OPTIONAL;
constexpr auto kOutput = google::api::OUTPUT_ONLY;

constexpr std::array kConventions = {
    Convention{Place::kRequest, "request_id", "string", kOptional,
               "Makes the request repeatable: the same id gets the first answer (AIP-155).", 64},
    Convention{Place::kRequest, "etag", "string", kOptional, "When set, must be the current version (STALE_ETAG).", 20},
    Convention{Place::kRequest, "validate_only", "bool", kOptional,
               "Only tries the request: the answer is what it would be, an error included, and nothing is changed (AIP-163)."},
    Convention{Place::kRequest, "page_size", "int32", kOptional,
               "Greatest number in the answer; 50 when 0; above 1,000 it counts as 1,000."},
    Convention{Place::kRequest, "return_total_size", "bool", kOptional,
               "Whether the answer says how many there are on all pages together, as far as 10,000."},
    Convention{Place::kRequest, "page_token", "string", kOptional, "`next_page_token` of the page before; empty for the first.", 8192},
    Convention{Place::kRequest, "filter", "string", kOptional, "", 1000},
    Convention{Place::kRequest, "order_by", "string", kOptional, "Fields to sort by, for example `name desc`; by name when empty.", 200},
    Convention{Place::kRequest, "update_mask", "google.protobuf.FieldMask", kOptional,
               "The fields to change; all that are set when empty."},
    Convention{Place::kResource, "etag", "string", kOutput,
               "Version of this resource, a decimal number that rises with every change; a request that carries another one is refused "
               "(STALE_ETAG)."},
    Convention{Place::kResource, "create_time", kTime, kOutput, "When it was created."},
    Convention{Place::kResource, "update_time", kTime, kOutput, "When it last changed."},
    Convention{Place::kResource, "creator", "string", kOutput, "Who created it."},
    Convention{Place::kResource, "allowed_verbs", "strings", kOutput,
               "The custom methods that its state allows, as they are called: `recordResult` of `:recordResult`."},
    Convention{Place::kResponse, "next_page_token", "string", kOutput, "Token of the next page; empty on the last."},
    Convention{Place::kResponse, "total_size", "int32", kOutput,
               "How many there are on all pages together, where `return_total_size` asked for it."},
    Convention{Place::kResponse, "total_size_capped", "bool", kOutput, "Whether the count stopped at `total_size` because there are more."},
};

bool IsText(const FieldDescriptor& field) { return field.type() == FieldDescriptor::TYPE_STRING && !field.is_repeated(); }

bool HasType(const FieldDescriptor& field, const std::string& type) {
  if (field.message_type() != nullptr) return !field.is_repeated() && field.message_type()->full_name() == type;
  return absl::StrCat(field.type_name(), field.is_repeated() ? "s" : "") == type;
}

bool Is(const Descriptor& message, Place place) {
  if (!absl::StartsWith(message.full_name(), "heitie.")) return false;
  switch (place) {
    case Place::kRequest:
      // What departments ask of each other is a resource although it is called a request.
      return absl::EndsWith(message.name(), "Request") && !message.options().HasExtension(google::api::resource);
    case Place::kResource:
      return message.options().HasExtension(google::api::resource);
    case Place::kResponse:
      return absl::EndsWith(message.name(), "Response");
  }
  return false;
}

const Convention* ConventionOf(const FieldDescriptor& field) {
  for (const Convention& convention : kConventions) {
    if (field.name() == convention.field && HasType(field, convention.type) && Is(*field.containing_type(), convention.place)) {
      return &convention;
    }
  }
  return nullptr;
}

// `name` or `parent` of a request: the resource that it is about.
bool IsSubject(const FieldDescriptor& field) {
  return (field.name() == "name" || field.name() == "parent") && IsText(field) && Is(*field.containing_type(), Place::kRequest) &&
         field.options().HasExtension(google::api::resource_reference);
}

bool IsNameOfResource(const FieldDescriptor& field) {
  return field.name() == "name" && IsText(field) && Is(*field.containing_type(), Place::kResource);
}

// `risk_id` of a Create with a resource `risk`.
bool IsNewId(const FieldDescriptor& field) {
  const Descriptor& message = *field.containing_type();
  if (!IsText(field) || !absl::EndsWith(field.name(), "_id") || !absl::StartsWith(message.name(), "Create") ||
      !Is(message, Place::kRequest))
    return false;
  const FieldDescriptor* resource = message.FindFieldByName(field.name().substr(0, field.name().size() - sizeof("id")));
  return resource != nullptr && resource->message_type() != nullptr && Is(*resource->message_type(), Place::kResource);
}

FieldRules ConventionalRules(const FieldDescriptor& field) {
  FieldRules rules;
  if (IsNewId(field)) rules.mutable_string()->set_pattern(kIdPattern);
  const Convention* convention = ConventionOf(field);
  if (convention == nullptr) return rules;
  if (convention->max_len > 0) rules.mutable_string()->set_max_len(convention->max_len);
  if (convention->place == Place::kRequest && convention->type == std::string("int32")) {
    rules.mutable_integer()->set_gte(0);
    rules.mutable_integer()->set_lte(kMaxPageSize);
  }
  return rules;
}

std::string Quoted(const std::vector<std::string>& patterns) {
  std::string text;
  for (const std::string& pattern : patterns) absl::StrAppend(&text, text.empty() ? "`" : " or `", pattern, "`");
  return text.empty() ? "" : text + ".";
}

// "The budget entries" for `budget_entries`.
std::string Words(const FieldDescriptor& field) { return absl::StrCat("The ", absl::StrReplaceAll(field.name(), {{"_", " "}})); }

// " budget entries." for "BudgetEntries".
std::string Words(const std::string& type) {
  std::string words;
  for (const char c : type) {
    if (absl::ascii_isupper(c)) words += ' ';
    words += absl::ascii_tolower(c);
  }
  return words + ".";
}

// What stands between; "" when the name does not begin and end so.
std::string Between(const std::string& name, const std::string& begin, const std::string& end) {
  if (!absl::StartsWith(name, begin) || !absl::EndsWith(name, end) || name.size() <= begin.size() + end.size()) return "";
  return name.substr(begin.size(), name.size() - begin.size() - end.size());
}

}  // namespace

options::v1::Access AccessOf(const MethodDescriptor& method) {
  const MethodOptions& said = method.options();
  options::v1::Access access;
  if (const auto* audience = options::v1::Audience_descriptor()->FindValueByNumber(said.GetExtension(options::v1::audience))) {
    access = audience->options().GetExtension(options::v1::admits);
  }
  for (const int role : said.GetRepeatedExtension(options::v1::role)) access.add_roles(static_cast<options::v1::Role>(role));
  const auto& services = said.GetRepeatedExtension(options::v1::service);
  if (!services.empty()) access.add_roles(options::v1::ROLE_SERVICE);
  access.mutable_services()->MergeFrom(services);
  return access;
}

bool OnlyReads(const MethodDescriptor& method) {
  return method.options().GetExtension(google::api::http).has_get() ||
         method.options().idempotency_level() == MethodOptions::NO_SIDE_EFFECTS;
}

bool Behaves(const FieldDescriptor& field, google::api::FieldBehavior behavior) {
  const auto& options = field.options();
  const bool fixed = options.HasExtension(options::v1::fixed);
  if (fixed || options.HasExtension(options::v1::required)) {
    return behavior == google::api::REQUIRED || (fixed && behavior == google::api::IMMUTABLE);
  }
  const auto& said = options.GetRepeatedExtension(google::api::field_behavior);
  if (said.empty() && options.GetExtension(options::v1::storage) == options::v1::STORAGE_COMPUTED) return behavior == kOutput;
  if (!said.empty()) return std::find(said.begin(), said.end(), behavior) != said.end();
  if (IsSubject(field)) return behavior == google::api::REQUIRED;
  if (IsNameOfResource(field)) return behavior == google::api::IDENTIFIER;
  const Convention* convention = ConventionOf(field);
  return behavior == (convention == nullptr ? google::api::OPTIONAL : convention->behavior);
}

FieldRules RulesOf(const FieldDescriptor& field) {
  const auto& options = field.options();
  const bool fixed = options.HasExtension(options::v1::fixed);
  const bool in_one = fixed || options.HasExtension(options::v1::required);
  FieldRules rules = fixed    ? options.GetExtension(options::v1::fixed)
                     : in_one ? options.GetExtension(options::v1::required)
                              : options.GetExtension(options::v1::rules);
  if (!in_one && rules.type_case() == FieldRules::TYPE_NOT_SET) return ConventionalRules(field);
  if (rules.integer().has_up_to()) {
    auto& integer = *rules.mutable_integer();
    integer.set_gte(Behaves(field, google::api::REQUIRED) ? 1 : 0);
    integer.set_lte(integer.up_to());
    integer.clear_up_to();
  }
  if (in_one && rules.has_string() && !rules.string().has_min_len()) rules.mutable_string()->set_min_len(1);
  if (in_one && rules.has_repeated() && !rules.repeated().has_min_items()) rules.mutable_repeated()->set_min_items(1);
  return rules;
}

bool IsComputed(const FieldDescriptor& field) {
  if (field.options().HasExtension(options::v1::storage)) {
    return field.options().GetExtension(options::v1::storage) == options::v1::STORAGE_COMPUTED;
  }
  const Convention* convention = ConventionOf(field);
  return convention != nullptr && convention->type == std::string("strings");
}

std::string ConventionalComment(const Descriptor& message) {
  if (Is(message, Place::kRequest)) {
    if (const std::string type = Between(message.name(), "Get", "Request"); !type.empty()) return "Request for one" + Words(type);
    if (const std::string types = Between(message.name(), "List", "Request"); !types.empty()) return "Request for a page of" + Words(types);
  } else if (Is(message, Place::kResponse)) {
    if (const std::string types = Between(message.name(), "List", "Response"); !types.empty()) return "A page of" + Words(types);
  }
  return "";
}

std::string ConventionalComment(const FieldDescriptor& field) {
  const Descriptor& message = *field.containing_type();
  if (IsSubject(field)) return Quoted(PatternsOf(field));
  if (IsNameOfResource(field)) {
    const auto& patterns = message.options().GetExtension(google::api::resource).pattern();
    return Quoted({patterns.begin(), patterns.end()});
  }
  if (IsNewId(field)) return "Its id: lower-case letters, digits and hyphens; generated when empty.";
  if (const Convention* convention = ConventionOf(field)) return convention->comment;
  // The resources that standard methods are about.
  if (field.message_type() == nullptr || !Is(*field.message_type(), Place::kResource)) return "";
  if (field.is_repeated()) {
    return absl::StartsWith(message.name(), "List") && Is(message, Place::kResponse) ? absl::StrCat(Words(field), ".") : "";
  }
  if (!Is(message, Place::kRequest)) return "";
  if (absl::StartsWith(message.name(), "Create")) return absl::StrCat(Words(field), ".");
  if (!absl::StartsWith(message.name(), "Update")) return "";
  return absl::StrCat(Words(field), " with its new values; its etag, when set, must be the current one (STALE_ETAG).");
}

std::string ConventionalComment(const EnumValueDescriptor& value) {
  return value.number() == 0 && absl::EndsWith(value.name(), "_UNSPECIFIED") ? "Never used." : "";
}

}  // namespace heitie::rpc
