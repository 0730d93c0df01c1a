#include "tests/contract/request_generator.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/rpc/services.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/type/date.pb.h"
#include "re2/re2.h"
#include "tests/contract/suite.h"
#include "tests/story/player.h"

namespace heitie::contract {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Duration;
using google::protobuf::FieldDescriptor;
using google::protobuf::FieldMask;
using google::protobuf::Timestamp;
using google::type::Date;

constexpr int kMaxDepth = 5;
constexpr int64_t kNow = 1767225600;  // the suite's clock
constexpr size_t kKnown = 16;         // names of each type

// The rules of a value: of a repeated field, those of its elements.
options::v1::FieldRules RulesOf(const FieldDescriptor& field) {
  const options::v1::FieldRules rules = rpc::RulesOf(field);
  return field.is_repeated() ? rules.repeated().items() : rules;
}

// Name patterns by resource type, of every file that the services use.
const std::map<std::string, std::string>& Patterns() {
  static const auto* const kPatterns = [] {
    auto* patterns = new std::map<std::string, std::string>;
    const auto visit = [&](const auto& self, const google::protobuf::FileDescriptor* file) -> void {
      for (int i = 0; i < file->dependency_count(); ++i) self(self, file->dependency(i));
      for (int i = 0; i < file->message_type_count(); ++i) {
        const auto& resource = file->message_type(i)->options().GetExtension(google::api::resource);
        if (!resource.type().empty()) (*patterns)[resource.type()] = resource.pattern(0);
      }
    };
    for (const auto* service : rpc::ServicesOf()) visit(visit, service->file());
    return patterns;
  }();
  return *kPatterns;
}

std::string ParentPattern(const std::string& pattern) {
  std::vector<std::string> parts = absl::StrSplit(pattern, '/');
  parts.resize(parts.size() < 4 ? 0 : parts.size() - 2);
  return absl::StrJoin(parts, "/");
}

// Something for the patterns that texts must match.
const std::vector<std::string>& PatternCandidates() {
  static const auto& kCandidates = *new std::vector<std::string>{"a",
                                                                 "A",
                                                                 "TWD",
                                                                 "EUR",
                                                                 "activities/a",
                                                                 "projects/a",
                                                                 "items/a",
                                                                 "followers/mirrored-employees",
                                                                 "risk.heitie/Risk",
                                                                 "2026-01",
                                                                 "2026-Q1",
                                                                 "2026-01-01",
                                                                 "Asia/Taipei",
                                                                 "zh-TW",
                                                                 "09:00",
                                                                 "orders",
                                                                 "order_paid",
                                                                 "1.0",
                                                                 "1",
                                                                 "#336699",
                                                                 "https://example.com/a",
                                                                 "a@example.com",
                                                                 "+886212345678"};
  return kCandidates;
}

std::string Repeat(const std::string& text, uint64_t times) {
  std::string result;
  for (uint64_t i = 0; i < times; ++i) result += text;
  return result;
}

// A page token of the right form.
std::string Token(const std::vector<std::string>& place) {
  google::protobuf::ListValue list;
  for (const std::string& text : place) list.add_values()->set_string_value(text);
  return absl::WebSafeBase64Escape(list.SerializeAsString());
}

// What the story asks for, by the type of the request.
const std::vector<const google::protobuf::Message*>& SketchesOf(const Descriptor& type) {
  static const auto& kSketches = *[] {
    auto* sketches = new std::map<const Descriptor*, std::vector<const google::protobuf::Message*>>;
    for (story::Sketch& sketch : story::Player(nullptr, "told", kSuiteTime).SketchAll())
      (*sketches)[sketch.request->GetDescriptor()].push_back(sketch.request.release());
    return sketches;
  }();
  static const std::vector<const google::protobuf::Message*> kNone;
  const auto found = kSketches.find(&type);
  return found == kSketches.end() ? kNone : found->second;
}

bool IsRequired(const FieldDescriptor& field) {
  return rpc::Behaves(field, google::api::REQUIRED) || field.name() == "name" || absl::EndsWith(field.name(), "_id");
}

// What is only tried changes nothing, and tests of what requests change would see nothing.
bool IsTrial(const FieldDescriptor& field) { return field.name() == "validate_only"; }

// Every message of a request that is set, the request included.
void Collect(google::protobuf::Message& message, std::vector<google::protobuf::Message*>& all) {
  all.push_back(&message);
  if (absl::StartsWith(message.GetDescriptor()->full_name(), "google.")) return;
  std::vector<const FieldDescriptor*> fields;
  const auto& r = *message.GetReflection();
  r.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || field->is_map()) continue;
    if (!field->is_repeated()) {
      Collect(*r.MutableMessage(&message, field), all);
    } else {
      for (int i = 0; i < r.FieldSize(message, field); ++i) Collect(*r.MutableRepeatedMessage(&message, field, i), all);
    }
  }
}

}  // namespace

// ---- Plausible

void RequestGenerator::FillPlausible(Message& request) {
  request_ = &request;
  const auto& sketches = SketchesOf(*request.GetDescriptor());
  if (sketches.empty() || Chance(40)) return Fill(request, 0);
  request.CopyFrom(*Pick(sketches));
  Vary(request);
  Complete(request);
}

void RequestGenerator::Complete(Message& request) {
  request_ = &request;
  const auto* request_id = request.GetDescriptor()->FindFieldByName("request_id");
  if (request_id != nullptr) request.GetReflection()->SetString(&request, request_id, PlausibleText(*request_id));
  Complete(request, 0);
}

void RequestGenerator::Complete(Message& message, int depth) {
  const Descriptor& descriptor = *message.GetDescriptor();
  if (absl::StartsWith(descriptor.full_name(), "google.")) return;
  const auto& r = *message.GetReflection();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    if (field.is_map() || rpc::Behaves(field, google::api::OUTPUT_ONLY)) continue;
    const bool set = field.is_repeated() ? r.FieldSize(message, &field) > 0 : r.HasField(message, &field);
    if (!set) {
      if (IsRequired(field) && field.real_containing_oneof() == nullptr) SetPlausible(message, field, depth);
    } else if (field.message_type() != nullptr) {
      if (!field.is_repeated()) Complete(*r.MutableMessage(&message, &field), depth + 1);
      for (int n = 0; field.is_repeated() && n < r.FieldSize(message, &field); ++n)
        Complete(*r.MutableRepeatedMessage(&message, &field, n), depth + 1);
    }
  }
}

void RequestGenerator::Vary(Message& request) {
  std::vector<Message*> messages;
  Collect(request, messages);
  for (Message* message : messages) {
    std::vector<const FieldDescriptor*> fields;
    const auto& r = *message->GetReflection();
    r.ListFields(*message, &fields);
    for (const FieldDescriptor* field : fields) {
      if (field->cpp_type() != FieldDescriptor::CPPTYPE_STRING || field->is_repeated()) continue;
      const bool refers = field->options().HasExtension(google::api::resource_reference) || field->name() == "name";
      if (refers && Chance(30)) r.SetString(message, field, PlausibleText(*field));
      if (message == &request && absl::EndsWith(field->name(), "_id") && Chance(70))
        r.SetString(message, field, absl::StrCat("v", random_()));
    }
  }
}

void RequestGenerator::Remember(const Message& answer) {
  std::vector<Message*> messages;
  Collect(const_cast<Message&>(answer), messages);
  for (const Message* message : messages) {
    const auto& resource = message->GetDescriptor()->options().GetExtension(google::api::resource);
    const auto* field = message->GetDescriptor()->FindFieldByName("name");
    if (resource.type().empty() || field == nullptr || field->cpp_type() != FieldDescriptor::CPPTYPE_STRING) continue;
    const std::string name = message->GetReflection()->GetString(*message, field);
    if (name.empty()) continue;
    std::vector<std::string>& names = known_[resource.type()];
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    if (names.size() < kKnown) {
      names.push_back(name);
    } else {
      names[Below(kKnown)] = name;
    }
  }
}

void RequestGenerator::FillUpdate(Message& request, const std::string& path) {
  FillPlausible(request);
  const auto& r = *request.GetReflection();
  auto& mask = static_cast<FieldMask&>(*r.MutableMessage(&request, request.GetDescriptor()->FindFieldByName("update_mask")));
  mask.clear_paths();
  mask.add_paths(path);
  Message* message = nullptr;
  for (int i = 0; i < request.GetDescriptor()->field_count() && message == nullptr; ++i) {
    const FieldDescriptor* field = request.GetDescriptor()->field(i);
    if (field->message_type() != nullptr && field->message_type()->options().HasExtension(google::api::resource))
      message = r.MutableMessage(&request, field);
  }
  const std::vector<std::string> names = absl::StrSplit(path, '.');
  for (size_t i = 0; i + 1 < names.size(); ++i) {
    const auto& reflection = *message->GetReflection();
    const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(names[i]);
    const bool absent = !reflection.HasField(*message, field);
    message = reflection.MutableMessage(message, field);
    if (absent) Fill(*message, 1);
  }
  const FieldDescriptor& leaf = *message->GetDescriptor()->FindFieldByName(names.back());
  message->GetReflection()->ClearField(message, &leaf);
  Chance(50) ? SetHostile(*message, leaf) : SetPlausible(*message, leaf, 1);
}

void RequestGenerator::Fill(Message& message, int depth) {
  const Descriptor& descriptor = *message.GetDescriptor();
  if (absl::StartsWith(descriptor.full_name(), "google.")) return SetWellKnown(message, false);
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    if (field.real_containing_oneof() != nullptr || rpc::Behaves(field, google::api::OUTPUT_ONLY) || IsTrial(field)) continue;
    const bool required = IsRequired(field);
    // What an optional field refers to mostly does not exist.
    const bool refers = field.options().HasExtension(google::api::resource_reference);
    if (!required && (depth >= kMaxDepth || Chance(refers ? 85 : 50))) continue;
    const options::v1::RepeatedRules repeated = rpc::RulesOf(field).repeated();
    const uint64_t count = field.is_repeated() ? std::max<uint64_t>(repeated.min_items(), 1 + Below(2)) : 1;
    for (uint64_t n = 0; n < count; ++n) SetPlausible(message, field, depth);
  }
  for (int i = 0; i < descriptor.real_oneof_decl_count(); ++i) {
    const auto& oneof = *descriptor.oneof_decl(i);
    SetPlausible(message, *oneof.field(static_cast<int>(Below(static_cast<uint32_t>(oneof.field_count())))), depth);
  }
}

void RequestGenerator::SetPlausible(Message& message, const FieldDescriptor& field, int depth) {
  const auto& r = *message.GetReflection();
  const bool repeated = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      Message* value = repeated ? r.AddMessage(&message, &field) : r.MutableMessage(&message, &field);
      if (value->GetDescriptor() == FieldMask::descriptor()) return SetMask(*value, *request_, false);
      if (Chance(80) && SetUsual(*value, field.name())) return;
      return Fill(*value, depth + 1);
    }
    case FieldDescriptor::CPPTYPE_STRING:
      return repeated ? r.AddString(&message, &field, PlausibleText(field)) : r.SetString(&message, &field, PlausibleText(field));
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int count = field.enum_type()->value_count();
      const int value = field.enum_type()->value(count == 1 ? 0 : 1 + static_cast<int>(Below(static_cast<uint32_t>(count - 1))))->number();
      return repeated ? r.AddEnumValue(&message, &field, value) : r.SetEnumValue(&message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_INT64: {
      const int64_t value = PlausibleInteger(field, INT64_MIN, INT64_MAX);
      return repeated ? r.AddInt64(&message, &field, value) : r.SetInt64(&message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_INT32: {
      const auto value = static_cast<int32_t>(PlausibleInteger(field, INT32_MIN, INT32_MAX));
      return repeated ? r.AddInt32(&message, &field, value) : r.SetInt32(&message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return repeated ? r.AddDouble(&message, &field, PlausibleDouble(field)) : r.SetDouble(&message, &field, PlausibleDouble(field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return repeated ? r.AddBool(&message, &field, Chance(50)) : r.SetBool(&message, &field, Chance(50));
    default:
      return;
  }
}

bool RequestGenerator::SetUsual(Message& value, const std::string& name) {
  const bool starts = absl::StrContains(name, "start"), ends = absl::StrContains(name, "end") || absl::StrContains(name, "expire");
  if (!starts && !ends) return false;
  if (value.GetDescriptor() == Timestamp::descriptor()) {
    static_cast<Timestamp&>(value).set_seconds(kNow + (starts ? 0 : 30) * 86400 + Below(86400));
    return true;
  }
  if (value.GetDescriptor() != Date::descriptor()) return false;
  auto& date = static_cast<Date&>(value);
  date.set_year(2026);
  date.set_month(starts ? 1 : 3);
  date.set_day(starts ? 1 : 31);
  return true;
}

std::string RequestGenerator::NameOf(const std::string& pattern) {
  std::vector<std::string> parts = absl::StrSplit(pattern, '/');
  for (std::string& part : parts) {
    if (absl::StartsWith(part, "{")) part = Chance(80) ? "a" : "b";
  }
  return absl::StrJoin(parts, "/");
}

std::string RequestGenerator::NameOfType(const std::string& type, const std::string& pattern) {
  const auto known = known_.find(type);
  return known != known_.end() && Chance(60) ? Pick(known->second) : NameOf(pattern);
}

std::string RequestGenerator::PlausibleText(const FieldDescriptor& field) {
  const std::string& name = field.name();
  const auto& reference = field.options().GetExtension(google::api::resource_reference);
  const auto& patterns = Patterns();
  if (reference.type() == "personnel.heitie/Calendar" && Chance(80)) return "calendars/default";  // Every service knows it.
  if (const auto it = patterns.find(reference.type()); it != patterns.end()) return NameOfType(it->first, it->second);
  if (const auto it = patterns.find(reference.child_type()); it != patterns.end()) return NameOf(ParentPattern(it->second));
  if (reference.type() == "*") return NameOf(Chance(50) ? "activities/{}" : "projects/{}");
  const auto& own = field.containing_type()->options().GetExtension(google::api::resource);
  if (name == "name" && own.pattern_size() > 0) return NameOfType(own.type(), own.pattern(0));
  if (name == "request_id") return absl::StrCat("request-", random_());
  if (name == "filter" || name == "order_by" || name == "page_token") return "";
  if (name == "etag") return Chance(90) ? "" : "1";
  const options::v1::StringRules rules = RulesOf(field).string();
  if (rules.in_size() > 0) return rules.in(static_cast<int>(Below(static_cast<uint32_t>(rules.in_size()))));
  if (absl::EndsWith(name, "time_zone")) return "Asia/Taipei";
  if (name == "close" && re2::RE2::FullMatch("18:00", rules.pattern())) return "18:00";  // After what opens at the first candidate.
  if (!rules.pattern().empty()) {
    for (const std::string& candidate : PatternCandidates()) {
      if (re2::RE2::FullMatch(candidate, rules.pattern())) return candidate;
    }
  }
  if (absl::EndsWith(name, "_id")) return Chance(80) ? "a" : "b";
  const uint64_t greatest = rules.has_max_len() ? rules.max_len() : 1000;
  // Four bytes a character: columns that count bytes, or code units, are too small for it.
  if (Chance(5)) return Repeat("😀", greatest);
  return greatest < 8 ? "價" : "價格 price";
}

int64_t RequestGenerator::PlausibleInteger(const FieldDescriptor& field, int64_t least, int64_t greatest) {
  const options::v1::IntegerRules rules = RulesOf(field).integer();
  if (rules.has_gte()) least = std::max(least, rules.gte());
  if (rules.has_lte()) greatest = std::min(greatest, rules.lte());
  if (Chance(4)) return greatest;
  if (Chance(4)) return least;
  const int64_t usual = Pick<int64_t>({1, 1, 2, 3, 10, 100, 1000});
  return std::min(std::max(usual, least), greatest);
}

double RequestGenerator::PlausibleDouble(const FieldDescriptor& field) {
  const options::v1::DoubleRules rules = RulesOf(field).double_();
  double value = Pick<double>({0, 0.5, 1, 2, 10, 1000, 0.1});
  if (Chance(4)) value = std::numeric_limits<double>::max();
  if (rules.has_gte()) value = std::max(value, rules.gte());
  if (rules.has_gt() && value <= rules.gt()) value = rules.gt() + 1;
  if (rules.has_lte()) value = std::min(value, rules.lte());
  return value;
}

void RequestGenerator::SetWellKnown(Message& message, bool hostile) {
  if (message.GetDescriptor() == Timestamp::descriptor()) {
    auto& time = static_cast<Timestamp&>(message);
    time.set_seconds(hostile ? Pick<int64_t>({INT64_MIN, -1, INT64_MAX, 253402300800})
                             : kNow + (static_cast<int64_t>(Below(60)) - 10) * 86400);
    if (!hostile && Chance(4)) time.set_seconds(Pick<int64_t>({0, 253402300799}));
    if (hostile && Chance(30)) time.set_nanos(Pick<int32_t>({-1, INT32_MAX, INT32_MIN, 1'000'000'000}));
  } else if (message.GetDescriptor() == Date::descriptor()) {
    auto& date = static_cast<Date&>(message);
    date.set_year(hostile ? Pick<int32_t>({0, -1, 10000, INT32_MAX, 2026}) : 2026);
    if (!hostile && Chance(4)) date.set_year(Chance(50) ? 1970 : 9999);
    date.set_month(hostile ? Pick<int32_t>({0, 13, -1, INT32_MIN, 2}) : 1 + static_cast<int32_t>(Below(3)));
    date.set_day(hostile ? Pick<int32_t>({0, 30, 32, -1, INT32_MAX}) : 1 + static_cast<int32_t>(Below(28)));
  } else if (message.GetDescriptor() == Duration::descriptor()) {
    // Short, for somebody may wait for so long.
    auto& duration = static_cast<Duration&>(message);
    duration.set_nanos(static_cast<int32_t>(Below(20)) * 1'000'000);
    if (hostile) duration.set_seconds(Pick<int64_t>({INT64_MIN, -1, INT64_MAX, 315'576'000'001, 0}));
    if (hostile && Chance(50)) duration.set_nanos(Pick<int32_t>({-1, INT32_MAX, INT32_MIN, 1'000'000'000}));
  } else if (message.GetDescriptor() == FieldMask::descriptor()) {
    SetMask(message, *request_, hostile);
  }
}

void RequestGenerator::SetMask(Message& message, const Message& request, bool hostile) {
  auto& mask = static_cast<FieldMask&>(message);
  const Descriptor* resource = nullptr;
  for (int i = 0; i < request.GetDescriptor()->field_count() && resource == nullptr; ++i) {
    const Descriptor* type = request.GetDescriptor()->field(i)->message_type();
    if (type != nullptr && type->options().HasExtension(google::api::resource)) resource = type;
  }
  if (resource == nullptr) return;
  const auto any = [&](const Descriptor& message) {
    return message.field(static_cast<int>(Below(static_cast<uint32_t>(message.field_count()))));
  };
  const FieldDescriptor* last = any(*resource);
  std::string field = last->name();
  while (!last->is_repeated() && last->message_type() != nullptr && last->message_type()->field_count() > 0 && Chance(50)) {
    last = any(*last->message_type());
    absl::StrAppend(&field, ".", last->name());
  }
  if (!hostile) {
    if (Chance(50)) mask.add_paths(Chance(50) ? "*" : field);
    return;
  }
  mask.add_paths(Pick<std::string>({"", ".", "..", field + ".", "." + field, field + "." + field, field + Repeat(".a", 10'000), "*.name",
                                    "name", "etag", "create_time", "NAME", "no_such_field", "`name`", "name = '' --",
                                    std::string("na\0me", 5), "\xFF", field + ".seconds", Repeat("x", 10'000)}));
  for (int i = Chance(20) ? 1100 : 0; i > 0; --i) mask.add_paths(field);
}

// ---- Hostile

void RequestGenerator::Spoil(Message& request) {
  request_ = &request;
  for (uint32_t n = 1 + Below(2); n > 0; --n) {
    std::vector<Message*> messages;
    Collect(request, messages);
    Message& message = *Pick(messages);
    const Descriptor& descriptor = *message.GetDescriptor();
    if (absl::StartsWith(descriptor.full_name(), "google.")) {
      SetWellKnown(message, true);
    } else if (descriptor.field_count() > 0) {
      const FieldDescriptor& field = *descriptor.field(static_cast<int>(Below(static_cast<uint32_t>(descriptor.field_count()))));
      if (!IsTrial(field)) SetHostile(message, field);
    }
  }
}

std::string RequestGenerator::HostileText(const FieldDescriptor& field) {
  std::string plausible = PlausibleText(field);
  const std::string& name = field.name();
  if (name == "filter" && Chance(70)) {
    return Pick<std::string>({"=",
                              "name",
                              "name =",
                              "name = \"",
                              "name = 'a' AND",
                              "AND",
                              "name = a OR 1 = 1",
                              "no_such_field = 1",
                              "name : \"%\"",
                              "name > ''",
                              "create_time > yesterday",
                              "create_time > \"9999-99-99T99:99:99Z\"",
                              "create_time > \"9999-12-31T23:59:59-01:00\"",
                              "state = 1",
                              "state = STATE_NONE",
                              "etag != \"\\",
                              Repeat("(", 900),
                              Repeat("name = a AND ", 70) + "name = a",
                              "name = \"\xF0\x9F\x98\x80\"",
                              "name = '\\0'",
                              "name.name = 1",
                              "allowed_verbs : x",
                              "creator = '; DROP TABLE event; --'",
                              "name=" + Repeat("9", 400),
                              "create_time = \"0000-00-00T00:00:00Z\""});
  }
  if (name == "order_by" && Chance(70)) {
    return Pick<std::string>({"name desc, name", "name; DROP TABLE event", "no_such_field", ",", ",,,", "name name name", "desc",
                              "name DESC", "create_time desc,", "allowed_verbs", "(SELECT 1)", "create_time,create_time,create_time",
                              Repeat("name,", 190), "1", "name asc asc", "-name"});
  }
  if (name == "page_token" && Chance(70)) {
    return Pick<std::string>({"AAAA", "!!!!", "null", "-1", "eyJhIjoxfQ==", Repeat("A", 1000), Token({}), Token({"0000000000000000", "'a"}),
                              Token({std::string("\0", 1), ""}), Token({"x", "y", "z"}), absl::WebSafeBase64Escape("\x0A\x7F\x1A")});
  }
  return Pick<std::string>({Repeat("x", 10'000),
                            "../x",
                            "..",
                            "/",
                            "' OR 1=1 --",
                            "\"; DROP TABLE event; --",
                            std::string("a\0b", 3),
                            std::string(1, '\0'),
                            "\xFF\xFE",
                            "\xC0\xAF",
                            "\xED\xA0\x80",
                            "projects/../../etc/passwd",
                            plausible + "/",
                            "/" + plausible,
                            plausible + "/..",
                            plausible + "%2F",
                            "projects//x",
                            "projects/-",
                            "*",
                            "%",
                            "_",
                            "-",
                            " ",
                            "\n",
                            "\t",
                            " a",
                            "a ",
                            "A",
                            "ａ",
                            "\u202E",
                            "\uFEFF",
                            Repeat("😀", 1000),
                            Repeat("a", 64),
                            Repeat("a", 190),
                            "items/" + Repeat("a", 63),
                            "{{7*7}}",
                            "${jndi:ldap://x}",
                            "<script>alert(1)</script>",
                            "NaN",
                            "null",
                            "-1",
                            "9223372036854775808",
                            "{",
                            "[",
                            Repeat("[", 1000),
                            "\\",
                            "'",
                            "\"",
                            "Mars/Olympus",
                            "../../etc/passwd",
                            "XXX"});
}

void RequestGenerator::SetHostile(Message& message, const FieldDescriptor& field) {
  const auto& r = *message.GetReflection();
  if (field.is_repeated() && Chance(30)) {
    // Very many, or the same one twice.
    for (int i = Chance(30) ? 1100 : 2; i > 0; --i) {
      const uint32_t before = r.FieldSize(message, &field);
      if (before == 0 || field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        SetPlausible(message, field, kMaxDepth - 1);
      } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        r.AddString(&message, &field, r.GetRepeatedString(message, &field, 0));
      }
    }
    return;
  }
  const bool repeated = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      if (Chance(30) && !repeated) return r.ClearField(&message, &field);
      Message* value = repeated ? r.AddMessage(&message, &field) : r.MutableMessage(&message, &field);  // an empty one
      if (absl::StartsWith(value->GetDescriptor()->full_name(), "google.")) SetWellKnown(*value, true);
      return;
    }
    case FieldDescriptor::CPPTYPE_STRING:
      return repeated ? r.AddString(&message, &field, HostileText(field))
                      : r.SetString(&message, &field, Chance(10) ? "" : HostileText(field));
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int value = Pick<int>({0, -1, 9999, INT32_MAX, INT32_MIN});
      return repeated ? r.AddEnumValue(&message, &field, value) : r.SetEnumValue(&message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_INT64: {
      const int64_t value =
          Pick<int64_t>({INT64_MIN, INT64_MAX, -1, 0, INT64_MAX - 1, int64_t{1} << 62, int64_t{1} << 53, int64_t{1} << 31});
      return repeated ? r.AddInt64(&message, &field, value) : r.SetInt64(&message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_INT32: {
      const int32_t value = Pick<int32_t>({INT32_MIN, INT32_MAX, -1, 0, 1001});
      return repeated ? r.AddInt32(&message, &field, value) : r.SetInt32(&message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      using Limits = std::numeric_limits<double>;
      const double value = Pick<double>(
          {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity(), Limits::max(), Limits::lowest(), -0.0, Limits::denorm_min(), -1});
      return repeated ? r.AddDouble(&message, &field, value) : r.SetDouble(&message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      if (!repeated) r.SetBool(&message, &field, !r.GetBool(message, &field));
      return;
    default:
      return;
  }
}

std::string RequestGenerator::Garble(std::string bytes) {
  switch (Below(4)) {
    case 0:  // Cut.
      bytes.resize(Below(static_cast<uint32_t>(bytes.size() + 1)));
      break;
    case 1:  // Flip.
      for (uint32_t n = 1 + Below(4); n > 0 && !bytes.empty(); --n)
        bytes[Below(static_cast<uint32_t>(bytes.size()))] = static_cast<char>(random_());
      break;
    case 2:  // Nested without end.
      bytes = Repeat(std::string("\x0A\x7F"), 1 + Below(200));
      break;
    default:  // Noise.
      bytes.resize(Below(200));
      for (char& byte : bytes) byte = static_cast<char>(random_());
  }
  return bytes;
}

}  // namespace heitie::contract
