#include "common/rpc/validate.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/rpc/contract.h"
#include "common/rpc/name_pattern.h"
#include "common/rpc/services.h"
#include "common/status/die.h"
#include "common/status/status.h"
#include "common/text/excerpt.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "common/time/zone.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/type/date.pb.h"
#include "heitie/options/v1/rules.pb.h"
#include "re2/re2.h"

namespace heitie::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FieldMask;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Timestamp;
using options::v1::FieldRules;

constexpr uint64_t kMaxString = 1000;
constexpr uint64_t kMaxBytes = 65536;
constexpr uint64_t kMaxItems = 1000;
constexpr int kMaxDepth = 32;
// Of what is no name of anything, for messages.
constexpr size_t kMaxExcerpt = 64;

[[noreturn]] void Die(const FieldDescriptor& field, const std::string& why) {
  status::Die("contract", absl::StrCat("rule of ", field.full_name(), ": ", why));
}

// What a reference may look like: one of the patterns of its resource type. Empty: anything that looks like a name.
struct ReferencePatterns {
  std::vector<std::string> patterns;
  bool Accepts(const std::string& name) const;
};

// `-` in place of ids, where it stands for all of them (AIP-159), as one that is an id.
std::string WithoutWildcards(const std::string& name) {
  std::vector<std::string> parts = absl::StrSplit(name, '/');
  for (size_t i = 1; i < parts.size(); i += 2) {
    if (parts[i] == "-") parts[i] = "x";
  }
  return absl::StrJoin(parts, "/");
}

bool ReferencePatterns::Accepts(const std::string& name) const {
  if (patterns.empty()) {
    const std::vector<std::string> parts = absl::StrSplit(name, '/');
    if (parts.size() < 2 || parts.size() % 2 != 0 || name.size() > 190) return false;
    for (size_t i = 1; i < parts.size(); i += 2) {
      if (!IsResourceId(parts[i])) return false;
    }
    return true;
  }
  for (const std::string& pattern : patterns) {
    if (MatchesPattern(name, pattern)) return true;
  }
  return false;
}

// The patterns of every resource type of the contracts, by type, and those of the parents of a child type.
const std::map<std::string, std::vector<std::string>>& PatternsByType() {
  static const auto* const kPatterns = [] {
    auto* patterns = new std::map<std::string, std::vector<std::string>>;
    std::set<const google::protobuf::FileDescriptor*> seen;
    const auto visit = [&](const auto& self, const google::protobuf::FileDescriptor* file) -> void {
      if (!seen.insert(file).second) return;
      for (int i = 0; i < file->dependency_count(); ++i) self(self, file->dependency(i));
      for (int i = 0; i < file->message_type_count(); ++i) {
        const auto& resource = file->message_type(i)->options().GetExtension(google::api::resource);
        if (!resource.type().empty()) (*patterns)[resource.type()] = {resource.pattern().begin(), resource.pattern().end()};
      }
    };
    for (const auto* service : ServicesOf()) visit(visit, service->file());
    return patterns;
  }();
  return *kPatterns;
}

// What a message in a field is to the rules.
enum class Below { kNothing, kTimestamp, kDuration, kDate, kMessage };

// A field with its rules resolved once.
struct Field {
  const FieldDescriptor* descriptor;
  FieldRules rules;
  const FieldRules* items = nullptr;  // of each element
  bool required = false;
  bool output_only = false;
  bool reference = false;
  bool wildcards = false;  // the parent of a list
  bool is_page_size = false;
  Below below = Below::kNothing;
  ReferencePatterns patterns;
  std::unique_ptr<re2::RE2> pattern;
};

struct Plan {
  std::vector<Field> fields;
  // Of an Update request; nullptr in other messages.
  const FieldDescriptor* update_mask = nullptr;
  // Those that are times or have times below them.
  std::vector<const FieldDescriptor*> times;
};

// What the field says of itself can be said in one way only.
void CheckSpelling(const FieldDescriptor& field) {
  const auto& options = field.options();
  const bool behavior = options.ExtensionSize(google::api::field_behavior) > 0;
  const bool in_one = options.HasExtension(options::v1::required) || options.HasExtension(options::v1::fixed);
  if (in_one && (behavior || options.HasExtension(options::v1::rules))) Die(field, "`required` and `fixed` stand in place of others");
  if (options.HasExtension(options::v1::required) && options.HasExtension(options::v1::fixed)) Die(field, "both required and fixed");
  for (const FieldRules& rules :
       {options.GetExtension(options::v1::rules), options.GetExtension(options::v1::required), options.GetExtension(options::v1::fixed)}) {
    const auto& integer = rules.integer();
    if (integer.has_up_to() && (integer.has_gte() || integer.has_lte())) Die(field, "up_to stands in place of gte and lte");
    if (rules.repeated().items().integer().has_up_to()) Die(field, "up_to in a list");
  }
}

void CheckRuleFits(const FieldDescriptor& field, const FieldRules& rules) {
  if (!rules.GetReflection()->GetUnknownFields(rules).empty()) Die(field, "unknown rule");
  const auto type = field.cpp_type();
  switch (rules.type_case()) {
    case FieldRules::TYPE_NOT_SET:
      return;
    case FieldRules::kString:
      if (type != FieldDescriptor::CPPTYPE_STRING || field.type() == FieldDescriptor::TYPE_BYTES) Die(field, "string rule on another type");
      return;
    case FieldRules::kBytes:
      if (field.type() != FieldDescriptor::TYPE_BYTES) Die(field, "bytes rule on another type");
      return;
    case FieldRules::kInteger:
      if (type != FieldDescriptor::CPPTYPE_INT32 && type != FieldDescriptor::CPPTYPE_INT64 && type != FieldDescriptor::CPPTYPE_UINT32 &&
          type != FieldDescriptor::CPPTYPE_UINT64) {
        Die(field, "integer rule on another type");
      }
      return;
    case FieldRules::kDouble:
      if (type != FieldDescriptor::CPPTYPE_DOUBLE && type != FieldDescriptor::CPPTYPE_FLOAT) Die(field, "double rule on another type");
      return;
    case FieldRules::kRepeated:
      Die(field, "repeated rule on a single value");
  }
}

// The parent's pattern of a child's: all but the last two segments.
std::string ParentPattern(const std::string& pattern) {
  std::vector<std::string> parts = absl::StrSplit(pattern, '/');
  if (parts.size() < 4) return "";
  parts.resize(parts.size() - 2);
  return absl::StrJoin(parts, "/");
}

ReferencePatterns Resolve(const google::api::ResourceReference& reference) {
  ReferencePatterns result;
  const std::string& type = reference.type().empty() ? reference.child_type() : reference.type();
  if (type == "*") return result;
  const auto it = PatternsByType().find(type);
  if (it == PatternsByType().end()) return result;
  for (const std::string& pattern : it->second) {
    const std::string wanted = reference.type().empty() ? ParentPattern(pattern) : pattern;
    if (!wanted.empty()) result.patterns.push_back(wanted);
  }
  return result;
}

// Whether messages of the type can hold a Timestamp at any depth. `seen`: types that are looked at already.
bool HoldsTimes(const Descriptor& message, std::set<const Descriptor*>& seen) {
  if (&message == Timestamp::descriptor()) return true;
  if (!seen.insert(&message).second) return false;
  for (int i = 0; i < message.field_count(); ++i) {
    if (message.field(i)->message_type() != nullptr && HoldsTimes(*message.field(i)->message_type(), seen)) return true;
  }
  return false;
}

// As google/protobuf/duration.proto has it: nothing else can be written as JSON, and so be stored.
bool IsDuration(const google::protobuf::Duration& duration) {
  constexpr int64_t kMostSeconds = 315'576'000'000, kSecond = 1'000'000'000;
  const int64_t seconds = duration.seconds(), nanos = duration.nanos();
  return std::abs(nanos) < kSecond && seconds >= -kMostSeconds && seconds <= kMostSeconds && (seconds >= 0 || nanos <= 0) &&
         (seconds <= 0 || nanos >= 0);
}

Below BelowOf(const Descriptor* type) {
  if (type == nullptr) return Below::kNothing;
  if (type == Timestamp::descriptor()) return Below::kTimestamp;
  if (type == google::protobuf::Duration::descriptor()) return Below::kDuration;
  if (type == google::type::Date::descriptor()) return Below::kDate;
  const bool foreign = absl::StartsWith(type->full_name(), "google.protobuf.") && !type->options().map_entry();
  return foreign ? Below::kNothing : Below::kMessage;
}

Plan MakePlan(const Descriptor& message) {
  Plan plan;
  plan.update_mask = message.FindFieldByName("update_mask");
  for (int i = 0; i < message.field_count(); ++i) {
    std::set<const Descriptor*> seen;
    const Descriptor* type = message.field(i)->message_type();
    if (type != nullptr && HoldsTimes(*type, seen)) plan.times.push_back(message.field(i));
  }
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& descriptor = *message.field(i);
    Field field;
    field.descriptor = &descriptor;
    field.wildcards = descriptor.name() == "parent" && message.FindFieldByName("page_token") != nullptr;
    field.is_page_size = descriptor.name() == "page_size" && descriptor.cpp_type() == FieldDescriptor::CPPTYPE_INT32;
    CheckSpelling(descriptor);
    field.rules = RulesOf(descriptor);
    field.required = Behaves(descriptor, google::api::REQUIRED);
    field.output_only = Behaves(descriptor, google::api::OUTPUT_ONLY);
    field.below = BelowOf(descriptor.message_type());
    if (!field.rules.GetReflection()->GetUnknownFields(field.rules).empty()) Die(descriptor, "unknown rule");
    if (descriptor.is_repeated()) {
      if (field.rules.type_case() != FieldRules::TYPE_NOT_SET && !field.rules.has_repeated())
        Die(descriptor, "rule of a single value on a repeated field");
    }
    plan.fields.push_back(std::move(field));
    Field& kept = plan.fields.back();
    kept.items = descriptor.is_repeated() ? &kept.rules.repeated().items() : &kept.rules;
    if (!descriptor.is_map()) CheckRuleFits(descriptor, *kept.items);
    if (kept.items->has_string() && kept.items->string().has_pattern()) {
      kept.pattern = std::make_unique<re2::RE2>(kept.items->string().pattern(), re2::RE2::Quiet);
      if (!kept.pattern->ok()) Die(descriptor, kept.pattern->error());
    }
    if (descriptor.options().HasExtension(google::api::resource_reference)) {
      kept.reference = true;
      kept.patterns = Resolve(descriptor.options().GetExtension(google::api::resource_reference));
    }
  }
  // The vector no longer grows: the pointers into it hold.
  for (Field& field : plan.fields) field.items = field.descriptor->is_repeated() ? &field.rules.repeated().items() : &field.rules;
  return plan;
}

const Plan& PlanOf(const Descriptor& message) {
  static std::mutex mutex;
  static auto* const kPlans = new std::map<const Descriptor*, std::unique_ptr<const Plan>>;
  thread_local absl::flat_hash_map<const Descriptor*, const Plan*> local;
  const Plan*& plan = local[&message];
  if (plan == nullptr) {
    std::lock_guard<std::mutex> lock(mutex);
    auto& shared = (*kPlans)[&message];
    if (shared == nullptr) shared = std::make_unique<const Plan>(MakePlan(message));
    plan = shared.get();
  }
  return *plan;
}

uint64_t CodePoints(const std::string& text) {
  uint64_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

const status::Phrase kDepth{"nested at most {max} deep", "巢狀不得超過 {max} 層"};
const status::Phrase kPaths{"at most {max} paths", "路徑不得超過 {max} 個"};
const status::Phrase kFieldsOf{"of fields of {message}; {path} is none", "須由 {message} 的欄位組成，{path} 不是其欄位"};
const status::Phrase kWhole{"of whole values; {path} leads into one, {field} changes as a whole",
                            "須由完整的值組成，{path} 指向值的內部，{field} 須整體變更"};
const status::Phrase kListAtLeast{"a list of at least {min} elements", "清單至少須有 {min} 個元素"};
const status::Phrase kListAtMost{"a list of at most {max} elements", "清單不得超過 {max} 個元素"};
const status::Phrase kUnique{"unique in the list", "在清單中不得重複"};
const status::Phrase kSuiteDuration{"a duration within 10,000 years, whose seconds and nanoseconds have one sign",
                                    "須為一萬年以內的時間長度，秒與奈秒正負號一致"};
const status::Phrase kSuiteTime{"a time from 1970 to 9999", "須為 1970 至 9999 年的時間"};
const status::Phrase kDate{"a whole calendar date from 1970 to 9999", "須為 1970 至 9999 年的完整日期"};
const status::Phrase kBytes{"{min} to {max} bytes long", "長度須為 {min} 至 {max} 個位元組"};
const status::Phrase kLongest{"at most {max} characters long", "長度不得超過 {max} 個字元"};
const status::Phrase kShortest{"at least {min} characters long", "長度至少須有 {min} 個字元"};
const status::Phrase kNoNul{"free of NUL characters", "不得含 NUL 字元"};
const status::Phrase kForm{"of the form {pattern}", "格式須為 {pattern}"};
const status::Phrase kOneOf{"one of {values:list}", "須為下列之一：{values:list}"};
const status::Phrase kName{"a resource name", "須為資源名稱"};
const status::Phrase kNameLike{"a name like {patterns:list}", "須為如下的名稱：{patterns:list}"};
const status::Phrase kFinite{"a finite number", "須為有限的數"};
const status::Phrase kAtLeast{"at least {min}", "不得小於 {min}"};
const status::Phrase kGreaterThan{"greater than {min}", "須大於 {min}"};
const status::Phrase kAtMost{"at most {max}", "不得大於 {max}"};
const status::Phrase kSigned{"a signed 64-bit number", "須為有號 64 位元整數"};

// What is one value, though it is a message: a time, a date, an amount.
bool IsValue(const Descriptor& type) {
  return absl::StartsWith(type.full_name(), "google.protobuf.") || absl::StartsWith(type.full_name(), "google.type.");
}

std::string Spelt(const std::vector<const FieldDescriptor*>& path) {
  return absl::StrJoin(path, ".", [](std::string* out, const FieldDescriptor* field) { *out += field->name(); });
}

// What is above the greatest counts as that.
int32_t PageSize(int32_t size, const Field& field) {
  return field.rules.integer().has_lte() ? static_cast<int32_t>(std::min<int64_t>(size, field.rules.integer().lte())) : size;
}

// Where the validator is in a request: a chain on the stack that is put into words for what is broken only, since nearly nothing is.
struct FieldPlace {
  const FieldPlace* parent = nullptr;  // nullptr of fields of the request
  const std::string* field = nullptr;
  int index = -1;  // of an element of a list

  std::string Text() const {
    if (index >= 0) return absl::StrCat(parent->Text(), "[", index, "]");
    return parent == nullptr ? *field : absl::StrCat(parent->Text(), ".", *field);
  }
};

class Validator {
 public:
  explicit Validator(status::BadFields& bad) : bad_(bad) {}

  // What an Update does to a resource, and whether the fields that it writes as a whole or those that it enters are to be checked.
  struct Written {
    const FieldMask& mask;
    bool entered;
  };

  // `written`: of the resource of an Update request, of which not all must be there (AIP-134); nullptr elsewhere.
  void Check(const Message& message, const FieldPlace* prefix, int depth, const Written* written = nullptr) {
    Check(message, PlanOf(*message.GetDescriptor()), prefix, depth, written);
  }

 private:
  static bool IsResource(const FieldDescriptor& field) {
    return !field.is_repeated() && field.message_type() != nullptr && field.message_type()->options().HasExtension(google::api::resource);
  }

  // An empty mask writes what is set, "*" all that may change. The name and the etag say which resource is
  // meant, whatever is written.
  static bool IsWritten(const Message& message, const Reflection& reflection, const Field& field, const Written& written) {
    const FieldDescriptor* d = field.descriptor;
    const auto& paths = written.mask.paths();
    if (written.entered) {
      return std::any_of(paths.begin(), paths.end(),
                         [&](const std::string& path) { return absl::StartsWith(path, absl::StrCat(d->name(), ".")); });
    }
    if (d->name() == "name" || d->name() == "etag") return true;
    if (paths.empty()) return d->is_repeated() ? reflection.FieldSize(message, d) > 0 : reflection.HasField(message, d);
    return std::any_of(paths.begin(), paths.end(),
                       [&](const std::string& path) { return path == d->name() || (path == "*" && MayChange(*d)); });
  }

  void Check(const Message& message, const Plan& plan, const FieldPlace* prefix, int depth, const Written* written) {
    if (depth > kMaxDepth) return Broken(*prefix, kDepth, {{"max", kMaxDepth}});
    const Reflection& reflection = *message.GetReflection();
    for (const Field& field : plan.fields) {
      if (field.output_only) continue;  // Ignored on input (AIP-203).
      if (written != nullptr && !IsWritten(message, reflection, field, *written)) continue;
      const FieldPlace place{prefix, &field.descriptor->name()};
      if (plan.update_mask != nullptr && depth == 0 && IsResource(*field.descriptor) && reflection.HasField(message, field.descriptor)) {
        const auto& mask = static_cast<const FieldMask&>(reflection.GetMessage(message, plan.update_mask));
        const Written whole{mask, false};
        if (mask.paths_size() > static_cast<int>(kMaxItems)) {
          BrokenMask(kPaths, {{"max", kMaxItems}});
          continue;
        }
        CheckMask(mask, *field.descriptor->message_type());
        Check(reflection.GetMessage(message, field.descriptor), &place, depth + 1, &whole);
        continue;
      }
      if (field.descriptor->is_repeated()) {
        CheckRepeated(message, reflection, field, place, depth);
      } else {
        CheckSingle(message, reflection, field, place, depth);
      }
    }
  }

  void CheckMask(const FieldMask& mask, const Descriptor& resource) {
    if (mask.paths_size() == 1 && mask.paths(0) == "*") return;
    for (const std::string& path : mask.paths()) {
      const std::vector<const FieldDescriptor*> fields = PathOfMask(resource, path);
      if (fields.empty()) {
        BrokenMask(kFieldsOf, {{"message", resource.name()}, {"path", Shown(path)}});
        continue;
      }
      for (size_t i = 0; i + 1 < fields.size(); ++i) {
        if (!IsValue(*fields[i]->message_type())) continue;
        const std::vector<const FieldDescriptor*> whole(fields.begin(), fields.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        BrokenMask(kWhole, {{"path", path}, {"field", Spelt(whole)}});
        break;
      }
    }
  }

  // Something that is no name of anything, for messages.
  static std::string Shown(const std::string& text) { return absl::Utf8SafeCEscape(text::Excerpt(text, kMaxExcerpt)); }

  void Broken(const FieldPlace& place, const status::Phrase& rule, const status::Args& args = {}) {
    bad_.Add(place.Text(), status::kBadValue, {{"rule", status::Say(rule, args)}});
  }
  void BrokenMask(const status::Phrase& rule, const status::Args& args) {
    bad_.Add("update_mask", status::kBadValue, {{"rule", status::Say(rule, args)}});
  }

  void CheckRepeated(const Message& message, const Reflection& reflection, const Field& field, const FieldPlace& place, int depth) {
    const auto& rules = field.rules.repeated();
    const uint64_t size = static_cast<uint64_t>(reflection.FieldSize(message, field.descriptor));
    const uint64_t max = rules.has_max_items() ? rules.max_items() : kMaxItems;
    if (field.required && size == 0) return bad_.Add(place.Text(), status::kRequired);
    if (size < rules.min_items()) return Broken(place, kListAtLeast, {{"min", rules.min_items()}});
    if (size > max) return Broken(place, kListAtMost, {{"max", max}});
    if (size > 0 && field.below != Below::kNothing) return CheckMessages(message, reflection, field, place, depth);
    std::set<std::string> seen;
    for (int i = 0; i < static_cast<int>(size); ++i) {
      const FieldPlace element{&place, nullptr, i};
      switch (field.descriptor->cpp_type()) {
        case FieldDescriptor::CPPTYPE_MESSAGE:
          break;
        case FieldDescriptor::CPPTYPE_STRING: {
          std::string scratch;
          const std::string& text = reflection.GetRepeatedStringReference(message, field.descriptor, i, &scratch);
          CheckText(text, field, element);
          if (field.reference && text.empty()) bad_.Add(element.Text(), status::kRequired);
          if (rules.unique() && !seen.insert(text).second) Broken(element, kUnique);
          break;
        }
        case FieldDescriptor::CPPTYPE_ENUM:
          CheckEnum(reflection.GetRepeatedEnumValue(message, field.descriptor, i), field, element);
          break;
        case FieldDescriptor::CPPTYPE_DOUBLE:
          CheckDouble(reflection.GetRepeatedDouble(message, field.descriptor, i), *field.items, element);
          break;
        case FieldDescriptor::CPPTYPE_INT64:
          CheckInteger(reflection.GetRepeatedInt64(message, field.descriptor, i), *field.items, element);
          break;
        case FieldDescriptor::CPPTYPE_INT32:
          CheckInteger(reflection.GetRepeatedInt32(message, field.descriptor, i), *field.items, element);
          break;
        case FieldDescriptor::CPPTYPE_FLOAT:
          CheckDouble(reflection.GetRepeatedFloat(message, field.descriptor, i), *field.items, element);
          break;
        case FieldDescriptor::CPPTYPE_UINT32:
          CheckInteger(reflection.GetRepeatedUInt32(message, field.descriptor, i), *field.items, element);
          break;
        case FieldDescriptor::CPPTYPE_UINT64:
          CheckUnsigned(reflection.GetRepeatedUInt64(message, field.descriptor, i), *field.items, element);
          break;
        case FieldDescriptor::CPPTYPE_BOOL:
          break;
      }
    }
  }

  void CheckSingle(const Message& message, const Reflection& reflection, const Field& field, const FieldPlace& place, int depth) {
    const FieldDescriptor* d = field.descriptor;
    if (d->real_containing_oneof() != nullptr && !reflection.HasField(message, d)) return;
    const bool present = reflection.HasField(message, d);  // Of a plain scalar: not the default value.
    if (field.required && !present) return bad_.Add(place.Text(), status::kRequired);
    if (d->has_presence() && !present) return;
    switch (d->cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        if (field.below == Below::kNothing) return;
        return CheckMessage(reflection.GetMessage(message, d), field, PlanOf(*d->message_type()), place, depth);
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string scratch;
        return CheckText(reflection.GetStringReference(message, d, &scratch), field, place);
      }
      case FieldDescriptor::CPPTYPE_ENUM:
        return CheckEnum(reflection.GetEnumValue(message, d), field, place);
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return CheckDouble(reflection.GetDouble(message, d), field.rules, place);
      case FieldDescriptor::CPPTYPE_FLOAT:
        return CheckDouble(reflection.GetFloat(message, d), field.rules, place);
      case FieldDescriptor::CPPTYPE_INT64:
        return CheckInteger(reflection.GetInt64(message, d), field.rules, place);
      case FieldDescriptor::CPPTYPE_INT32:
        return CheckInteger(
            field.is_page_size && depth == 0 ? PageSize(reflection.GetInt32(message, d), field) : reflection.GetInt32(message, d),
            field.rules, place);
      case FieldDescriptor::CPPTYPE_UINT32:
        return CheckInteger(reflection.GetUInt32(message, d), field.rules, place);
      case FieldDescriptor::CPPTYPE_UINT64:
        return CheckUnsigned(reflection.GetUInt64(message, d), field.rules, place);
      case FieldDescriptor::CPPTYPE_BOOL:
        return;
    }
  }

  void CheckMessages(const Message& message, const Reflection& reflection, const Field& field, const FieldPlace& place, int depth) {
    const Plan& plan = PlanOf(*field.descriptor->message_type());
    const int size = reflection.FieldSize(message, field.descriptor);
    for (int i = 0; i < size; ++i) {
      CheckMessage(reflection.GetRepeatedMessage(message, field.descriptor, i), field, plan, {&place, nullptr, i}, depth);
    }
  }

  void CheckMessage(const Message& value, const Field& field, const Plan& plan, const FieldPlace& place, int depth) {
    switch (field.below) {
      case Below::kTimestamp:
        if (!time::IsValid(static_cast<const Timestamp&>(value))) Broken(place, kSuiteTime);
        return;
      case Below::kDuration:
        if (!IsDuration(static_cast<const google::protobuf::Duration&>(value))) Broken(place, kSuiteDuration);
        return;
      case Below::kDate:
        if (!time::IsValid(static_cast<const google::type::Date&>(value))) Broken(place, kDate);
        return;
      case Below::kMessage:
        return Check(value, plan, &place, depth + 1, nullptr);
      case Below::kNothing:
        return;
    }
  }

  void CheckText(const std::string& text, const Field& field, const FieldPlace& place) {
    if (field.descriptor->type() == FieldDescriptor::TYPE_BYTES) {
      const auto& rules = field.items->bytes();
      const uint64_t max = rules.has_max_len() ? rules.max_len() : kMaxBytes;
      if (text.size() < rules.min_len() || text.size() > max) Broken(place, kBytes, {{"min", rules.min_len()}, {"max", max}});
      return;
    }
    const auto& rules = field.items->string();
    if (rules.time_zone()) {
      if (!text.empty() && !time::FindZone(text)) bad_.Add(place.Text(), status::kUnknownTimeZone, {{"time_zone", Shown(text)}});
      return;
    }
    const uint64_t max = rules.has_max_len() ? rules.max_len() : kMaxString;
    const uint64_t length = CodePoints(text);
    if (length > max) return Broken(place, kLongest, {{"max", max}});
    if (length < rules.min_len()) return Broken(place, kShortest, {{"min", rules.min_len()}});
    if (text.empty()) return;
    if (text.find('\0') != std::string::npos) return Broken(place, kNoNul);
    if (field.pattern != nullptr && !re2::RE2::FullMatch(text, *field.pattern)) Broken(place, kForm, {{"pattern", rules.pattern()}});
    if (!rules.in().empty() && std::find(rules.in().begin(), rules.in().end(), text) == rules.in().end()) {
      Broken(place, kOneOf, {{"values", absl::StrJoin(rules.in(), ", ")}});
    }
    if (field.reference && !field.patterns.Accepts(field.wildcards ? WithoutWildcards(text) : text)) {
      if (field.patterns.patterns.empty()) return Broken(place, kName);
      Broken(place, kNameLike, {{"patterns", absl::StrJoin(field.patterns.patterns, ", ")}});
    }
  }

  void CheckEnum(int value, const Field& field, const FieldPlace& place) {
    if (field.required && value == 0) return bad_.Add(place.Text(), status::kRequired);
    if (field.descriptor->enum_type()->FindValueByNumber(value) == nullptr)
      Broken(place, kOneOf, {{"values", ValuesOf(*field.descriptor->enum_type())}});
  }

  void CheckDouble(double value, const FieldRules& rules, const FieldPlace& place) {
    const auto& r = rules.double_();
    if (!std::isfinite(value)) return Broken(place, kFinite);
    if (r.has_gte() && value < r.gte()) Broken(place, kAtLeast, {{"min", absl::StrCat(r.gte())}});
    if (r.has_gt() && value <= r.gt()) Broken(place, kGreaterThan, {{"min", absl::StrCat(r.gt())}});
    if (r.has_lte() && value > r.lte()) Broken(place, kAtMost, {{"max", absl::StrCat(r.lte())}});
  }

  void CheckInteger(int64_t value, const FieldRules& rules, const FieldPlace& place) {
    const auto& r = rules.integer();
    if (r.has_gte() && value < r.gte()) Broken(place, kAtLeast, {{"min", absl::StrCat(r.gte())}});
    if (r.has_lte() && value > r.lte()) Broken(place, kAtMost, {{"max", absl::StrCat(r.lte())}});
  }

  void CheckUnsigned(uint64_t value, const FieldRules& rules, const FieldPlace& place) {
    if (value > static_cast<uint64_t>(INT64_MAX)) return Broken(place, kSigned);
    CheckInteger(static_cast<int64_t>(value), rules, place);
  }

  status::BadFields& bad_;
};

void Cut(Timestamp& time) {
  // What is negative stays: it is no time, and an update's result may show that only later.
  if (time.nanos() > 0) time.set_nanos(time.nanos() - time.nanos() % 1000);
}

void Cut(Message& message, const Plan& plan) {
  const Reflection& r = *message.GetReflection();
  for (const FieldDescriptor* field : plan.times) {
    const int size = field->is_repeated() ? r.FieldSize(message, field) : r.HasField(message, field);
    if (size == 0) continue;
    const bool time = field->message_type() == Timestamp::descriptor();
    const Plan& below = PlanOf(*field->message_type());
    for (int i = 0; i < size; ++i) {
      Message& value = *(field->is_repeated() ? r.MutableRepeatedMessage(&message, field, i) : r.MutableMessage(&message, field));
      time ? Cut(static_cast<Timestamp&>(value)) : Cut(value, below);
    }
  }
}

}  // namespace

absl::Status Validate(const Message& request) {
  status::BadFields bad;
  Validator(bad).Check(request, nullptr, 0);
  return bad.status();
}

absl::Status ValidateResult(const Message& resource, const std::string& field, const FieldMask& mask) {
  status::BadFields bad;
  const Validator::Written entered{mask, true};
  const FieldPlace place{nullptr, &field};
  Validator(bad).Check(resource, &place, 1, &entered);
  return bad.status();
}

void Normalize(Message& request) {
  const Plan& plan = PlanOf(*request.GetDescriptor());
  const Reflection& r = *request.GetReflection();
  for (const Field& field : plan.fields) {
    if (!field.is_page_size) continue;
    const int32_t size = r.GetInt32(request, field.descriptor);
    if (const int32_t taken = PageSize(size, field); taken != size) r.SetInt32(&request, field.descriptor, taken);
  }
  if (plan.update_mask != nullptr && r.HasField(request, plan.update_mask)) {
    const auto resource = std::find_if(plan.fields.begin(), plan.fields.end(), [](const Field& field) {
      return !field.descriptor->is_repeated() && field.descriptor->message_type() != nullptr &&
             field.descriptor->message_type()->options().HasExtension(google::api::resource);
    });
    auto& mask = static_cast<FieldMask&>(*r.MutableMessage(&request, plan.update_mask));
    for (std::string& path : *mask.mutable_paths()) {
      if (resource == plan.fields.end()) break;
      const auto fields = PathOfMask(*resource->descriptor->message_type(), path);
      if (!fields.empty()) path = Spelt(fields);
    }
  }
  Cut(request, plan);
}

std::vector<const FieldDescriptor*> PathOfMask(const Descriptor& resource, const std::string& path) {
  std::vector<const FieldDescriptor*> fields;
  if (path.size() > kMaxString) return fields;
  const Descriptor* message = &resource;
  for (const auto& part : absl::StrSplit(path, '.')) {
    const std::string name(part);
    const FieldDescriptor* field = message == nullptr ? nullptr : message->FindFieldByName(name);
    if (field == nullptr && message != nullptr) field = message->FindFieldByCamelcaseName(name);
    if (field == nullptr || (!fields.empty() && fields.back()->is_repeated())) return {};
    fields.push_back(field);
    message = field->message_type();
  }
  return fields;
}

void KeepMicroseconds(Message& request) { Cut(request, PlanOf(*request.GetDescriptor())); }

bool MayChange(const FieldDescriptor& field) {
  return field.name() != "name" && field.name() != "etag" && !Behaves(field, google::api::OUTPUT_ONLY) &&
         !Behaves(field, google::api::IMMUTABLE) && !Behaves(field, google::api::IDENTIFIER);
}

std::vector<std::string> PatternsOf(const FieldDescriptor& field) {
  return Resolve(field.options().GetExtension(google::api::resource_reference)).patterns;
}

std::string ValuesOf(const google::protobuf::EnumDescriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) {
    const std::string& name = type.value(i)->name();
    if (type.value(i)->number() != 0 || !absl::EndsWith(name, "_UNSPECIFIED")) names.push_back(name);
  }
  return absl::StrJoin(names, ", ");
}

void CheckRules(const Descriptor& message) {
  std::set<const Descriptor*> seen;
  const auto visit = [&](const auto& self, const Descriptor& descriptor) -> void {
    if (!seen.insert(&descriptor).second || absl::StartsWith(descriptor.full_name(), "google.protobuf.")) return;
    PlanOf(descriptor);
    for (int i = 0; i < descriptor.field_count(); ++i) {
      if (descriptor.field(i)->message_type() != nullptr) self(self, *descriptor.field(i)->message_type());
    }
  };
  visit(visit, message);
}

}  // namespace heitie::rpc
