#include "services/gateway/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/rpc/validate.h"
#include "common/text/excerpt.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/time_util.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "google/type/date.pb.h"
#include "nlohmann/json.hpp"
#include "services/gateway/json_form.h"

namespace heitie::gateway {

const status::Reason kUnknownField{absl::StatusCode::kInvalidArgument, "UNKNOWN_FIELD", "There is no field {field}.", "沒有欄位 {field}。"};
const status::Reason kGivenTwice{absl::StatusCode::kInvalidArgument, "GIVEN_TWICE",
                                 "{field} is given twice, or with another field that excludes it.", "{field} 重複，或與其他互斥欄位並存。"};
const status::Reason kJsonTooDeep{absl::StatusCode::kInvalidArgument, "JSON_TOO_DEEP", "The JSON is nested more than {depth} deep.",
                                  "JSON 巢狀超過 {depth} 層。"};
const status::Reason kJsonTooLarge{absl::StatusCode::kInvalidArgument, "JSON_TOO_LARGE", "The JSON has more than {limit} values.",
                                   "JSON 超過 {limit} 個值。"};
const status::Reason kMalformedJson{absl::StatusCode::kInvalidArgument, "MALFORMED_JSON",
                                    "The body is not valid JSON at byte {position}: {what}.",
                                    "內容在第 {position} 位元組不是有效的 JSON：{what}。"};

namespace {

const status::Phrase kTime{"an RFC 3339 time such as 2026-01-31T09:30:00Z", "須為 RFC 3339 時間，如 2026-01-31T09:30:00Z"};
const status::Phrase kDuration{"a duration such as 1.5s", "須為時間長度，如 1.5s"};
const status::Phrase kPaths{"field paths separated by commas", "須為以逗號分隔的欄位路徑"};
const status::Phrase kDate{"a date such as 2026-01-31", "須為日期，如 2026-01-31"};
const status::Phrase kInt32{"an integer of 32 bits", "須為 32 位元整數"};
const status::Phrase kUint32{"a non-negative integer of 32 bits", "須為 32 位元非負整數"};
const status::Phrase kInt64{"an integer of 64 bits", "須為 64 位元整數"};
const status::Phrase kUint64{"a non-negative integer of 64 bits", "須為 64 位元非負整數"};
const status::Phrase kNumber{"a number", "須為數字"};
const status::Phrase kFloat{"a number of single precision", "須為單精度數字"};
const status::Phrase kBool{"true or false", "須為 true 或 false"};
const status::Phrase kBase64{"base64", "須為 base64"};
const status::Phrase kString{"a string", "須為字串"};
const status::Phrase kArray{"an array", "須為陣列"};
const status::Phrase kObject{"an object", "須為物件"};
const status::Phrase kObjectOf{"an object with {fields:list}", "須為物件，欄位有 {fields:list}"};
const status::Phrase kDateOrObject{"a date such as 2026-01-31, or an object with year, month, day",
                                   "須為日期，如 2026-01-31，或含 year、month、day 的物件"};
const status::Phrase kEnumValue{"one of {values:list}", "須為 {values:list} 其中之一"};
const status::Phrase kJsonOf{"JSON of {message}", "須為 {message} 的 JSON"};
const status::Phrase kSyntax{"syntax error, bad UTF-8 or a number out of range", "語法錯誤、UTF-8 不正確或數字超出範圍"};

using google::protobuf::Descriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using nlohmann::json;

constexpr size_t kMaxExcerpt = 100;

// ---- Strict parsing -------------------------------------------------------------------------------------------------------------

class StrictBuilder final : public nlohmann::json_sax<json> {
 public:
  explicit StrictBuilder(json* root) : root_(root) {}
  const absl::Status& status() const { return status_; }

  bool null() override { return Put(nullptr) != nullptr; }
  bool boolean(bool value) override { return Put(value) != nullptr; }
  bool number_integer(number_integer_t value) override { return Put(value) != nullptr; }
  bool number_unsigned(number_unsigned_t value) override { return Put(value) != nullptr; }
  bool number_float(number_float_t value, const string_t&) override { return Put(value) != nullptr; }
  bool string(string_t& value) override { return Put(std::move(value)) != nullptr; }
  bool binary(binary_t&) override { return false; }
  bool start_object(size_t) override { return Open(json::object()); }
  bool start_array(size_t) override { return Open(json::array()); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }
  bool key(string_t& name) override {
    if (open_.back()->contains(name)) {
      status_ = status::Error(kGivenTwice, {{"field", Excerpt(name)}});
      return false;
    }
    key_ = name;
    return true;
  }
  bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception&) override {
    status_ = status::Error(kMalformedJson, {{"position", position}, {"what", kSyntax}});
    return false;
  }

 private:
  // nullptr when there are too many.
  json* Put(json value) {
    if (++count_ > kMaxJsonValues) {
      status_ = status::Error(kJsonTooLarge, {{"limit", kMaxJsonValues}});
      return nullptr;
    }
    if (open_.empty()) {
      *root_ = std::move(value);
      return root_;
    }
    json& parent = *open_.back();
    if (parent.is_object()) return &(parent[key_] = std::move(value));
    parent.push_back(std::move(value));
    return &parent.back();
  }
  bool Open(json container) {
    if (open_.size() >= kMaxJsonDepth) {
      status_ = status::Error(kJsonTooDeep, {{"depth", kMaxJsonDepth}});
      return false;
    }
    json* const opened = Put(std::move(container));
    if (opened == nullptr) return false;
    open_.push_back(opened);
    return true;
  }
  bool Close() {
    open_.pop_back();
    return true;
  }

  json* root_;
  int count_ = 0;
  // A pointer stays valid while its container is open: only the innermost one grows.
  std::vector<json*> open_;
  std::string key_;
  absl::Status status_;
};

// ---- Input ----------------------------------------------------------------------------------------------------------------------

std::string Join(const std::string& path, const std::string& name) { return path.empty() ? name : absl::StrCat(path, ".", name); }

// Where a parsed value goes: a singular field, or the end of a repeated one.
struct Slot {
  Message* message;
  const FieldDescriptor* field;

  const Reflection& r() const { return *message->GetReflection(); }
  Message* Sub() const { return field->is_repeated() ? r().AddMessage(message, field) : r().MutableMessage(message, field); }
};

template <typename T>
void Assign(const Slot& slot, T value) {
  const bool many = slot.field->is_repeated();
  const Reflection& r = slot.r();
  if constexpr (std::is_same_v<T, int32_t>) {
    many ? r.AddInt32(slot.message, slot.field, value) : r.SetInt32(slot.message, slot.field, value);
  } else if constexpr (std::is_same_v<T, uint32_t>) {
    many ? r.AddUInt32(slot.message, slot.field, value) : r.SetUInt32(slot.message, slot.field, value);
  } else if constexpr (std::is_same_v<T, int64_t>) {
    many ? r.AddInt64(slot.message, slot.field, value) : r.SetInt64(slot.message, slot.field, value);
  } else if constexpr (std::is_same_v<T, uint64_t>) {
    many ? r.AddUInt64(slot.message, slot.field, value) : r.SetUInt64(slot.message, slot.field, value);
  } else if constexpr (std::is_same_v<T, double>) {
    many ? r.AddDouble(slot.message, slot.field, value) : r.SetDouble(slot.message, slot.field, value);
  } else if constexpr (std::is_same_v<T, float>) {
    many ? r.AddFloat(slot.message, slot.field, value) : r.SetFloat(slot.message, slot.field, value);
  } else if constexpr (std::is_same_v<T, bool>) {
    many ? r.AddBool(slot.message, slot.field, value) : r.SetBool(slot.message, slot.field, value);
  } else {
    many ? r.AddString(slot.message, slot.field, std::move(value)) : r.SetString(slot.message, slot.field, std::move(value));
  }
}

bool IsNumberText(const std::string& text) { return !text.empty() && text.find_first_not_of("0123456789+-.eE") == std::string::npos; }

// An integer in any of its spellings: 12, 12.0, 1.2e1, and as text.
template <typename T>
bool ToInteger(const json& value, T* out) {
  if (value.is_number_unsigned()) {
    const uint64_t number = value.get<uint64_t>();
    *out = static_cast<T>(number);
    return number <= static_cast<uint64_t>(std::numeric_limits<T>::max());
  }
  if (value.is_number_integer()) {
    const int64_t number = value.get<int64_t>();
    *out = static_cast<T>(number);
    return std::in_range<T>(number);
  }
  if (value.is_number_float()) {
    const double number = value.get<double>();
    // The greatest T rounds up to a power of two as a double, hence the strict comparison.
    if (std::trunc(number) != number || number < static_cast<double>(std::numeric_limits<T>::min()) ||
        number >= std::ldexp(1.0, std::numeric_limits<T>::digits)) {
      return false;
    }
    *out = static_cast<T>(number);
    return true;
  }
  if (!value.is_string()) return false;
  const std::string& text = value.get_ref<const std::string&>();
  if (!IsNumberText(text)) return false;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), *out);
  if (end.ec == std::errc() && end.ptr == text.data() + text.size()) return true;
  double number = 0;
  return text.find_first_of(".eE") != std::string::npos && absl::SimpleAtod(text, &number) && std::isfinite(number) &&
         ToInteger(json(number), out);
}

bool ToDouble(const json& value, double* out) {
  if (value.is_number()) {
    *out = value.get<double>();
    return true;
  }
  if (!value.is_string()) return false;
  const std::string& text = value.get_ref<const std::string&>();
  if (text == "NaN") {
    *out = std::numeric_limits<double>::quiet_NaN();
  } else if (text == "Infinity" || text == "-Infinity") {
    *out = (text[0] == '-' ? -1 : 1) * std::numeric_limits<double>::infinity();
  } else {
    return IsNumberText(text) && absl::SimpleAtod(text, out) && std::isfinite(*out);
  }
  return true;
}

bool ToFloat(const json& value, float* out) {
  double wide = 0;
  if (!ToDouble(value, &wide)) return false;
  *out = static_cast<float>(wide);
  return std::isinf(*out) == std::isinf(wide);
}

bool ToBytes(const json& value, std::string* out) {
  if (!value.is_string()) return false;
  std::string text = value.get<std::string>();
  for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
  return absl::Base64Unescape(text, out);
}

template <typename T, typename Parse>
void SetParsed(const json& value, const std::string& path, const Slot& slot, const status::Phrase& expected, FieldErrors* errors,
               Parse parse) {
  T parsed{};
  if (!parse(value, &parsed)) return errors->Expected(path, expected);
  Assign<T>(slot, std::move(parsed));
}

// The first fields of an object, in the spelling of JSON.
constexpr int kMostFieldsTold = 8;
std::string FieldsOf(const Descriptor& type) {
  std::string names;
  for (int i = 0; i < std::min(type.field_count(), kMostFieldsTold); ++i) {
    absl::StrAppend(&names, names.empty() ? "" : ", ", type.field(i)->json_name());
  }
  if (type.field_count() > kMostFieldsTold) absl::StrAppend(&names, ", …");
  return names;
}

void SetEnum(const json& value, const std::string& path, const Slot& slot, FieldErrors* errors) {
  int32_t number = 0;
  if (value.is_string() && !IsNumberText(value.get_ref<const std::string&>())) {
    const EnumValueDescriptor* known = slot.field->enum_type()->FindValueByName(value.get_ref<const std::string&>());
    if (known == nullptr) return errors->Expected(path, kEnumValue, {{"values", rpc::ValuesOf(*slot.field->enum_type())}});
    number = known->number();
  } else if (!ToInteger(value, &number)) {
    return errors->Expected(path, kEnumValue, {{"values", rpc::ValuesOf(*slot.field->enum_type())}});
  }
  slot.field->is_repeated() ? slot.r().AddEnumValue(slot.message, slot.field, number)
                            : slot.r().SetEnumValue(slot.message, slot.field, number);
}

// "displayName", "display_name" or "hireDate.month" in the contract's spelling; "*", everything, stays (AIP-134).
bool ParseMaskPath(const std::string& text, std::string* path) {
  if (text.empty()) return false;
  for (const char c : text) {
    if (absl::ascii_isupper(c)) path->push_back('_');
    if (!absl::ascii_isalnum(c) && c != '_' && c != '.' && text != "*") return false;
    path->push_back(absl::ascii_tolower(c));
  }
  return true;
}

bool ParseMask(const std::string& text, google::protobuf::FieldMask* mask) {
  if (text.empty()) return true;
  for (const auto& part : absl::StrSplit(text, ',')) {
    if (!ParseMaskPath(std::string(part), mask->add_paths())) return false;
  }
  return true;
}

bool ParseDate(const std::string& text, google::type::Date* date) {
  const std::optional<absl::CivilDay> day = time::ParseDay(text);
  if (day) *date = time::ToDate(*day);
  return day.has_value();
}

template <typename T>
void TakeParsed(std::optional<T> parsed, const std::string& path, const status::Phrase& expected, Message* message, FieldErrors* errors) {
  if (!parsed.has_value()) return errors->Expected(path, expected);
  *static_cast<T*>(message) = *std::move(parsed);
}

// A message whose JSON form is a string.
void MergeTextForm(const std::string& text, Form form, const std::string& path, Message* message, FieldErrors* errors) {
  switch (form) {
    case Form::kTimestamp:
      return TakeParsed(time::ParseTimestamp(text), path, kTime, message, errors);
    case Form::kDuration:
      return TakeParsed(time::ParseDuration(text), path, kDuration, message, errors);
    case Form::kFieldMask:
      if (!ParseMask(text, static_cast<google::protobuf::FieldMask*>(message))) errors->Expected(path, kPaths);
      return;
    case Form::kDate:
      if (!ParseDate(text, static_cast<google::type::Date*>(message))) errors->Expected(path, kDate);
      return;
    default:
      return;
  }
}

void MergeFree(const json& value, const std::string& path, Message* message, FieldErrors* errors) {
  const auto status = google::protobuf::util::JsonStringToMessage(value.dump(), message);
  if (!status.ok()) errors->Expected(path, kJsonOf, {{"message", message->GetDescriptor()->full_name()}});
}

void SetValue(const json& value, const std::string& path, const Slot& slot, FieldErrors* errors) {
  switch (slot.field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return SetParsed<int32_t>(value, path, slot, kInt32, errors, ToInteger<int32_t>);
    case FieldDescriptor::CPPTYPE_UINT32:
      return SetParsed<uint32_t>(value, path, slot, kUint32, errors, ToInteger<uint32_t>);
    case FieldDescriptor::CPPTYPE_INT64:
      return SetParsed<int64_t>(value, path, slot, kInt64, errors, ToInteger<int64_t>);
    case FieldDescriptor::CPPTYPE_UINT64:
      return SetParsed<uint64_t>(value, path, slot, kUint64, errors, ToInteger<uint64_t>);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return SetParsed<double>(value, path, slot, kNumber, errors, ToDouble);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return SetParsed<float>(value, path, slot, kFloat, errors, ToFloat);
    case FieldDescriptor::CPPTYPE_BOOL:
      if (!value.is_boolean()) return errors->Expected(path, kBool);
      return Assign<bool>(slot, value.get<bool>());
    case FieldDescriptor::CPPTYPE_ENUM:
      return SetEnum(value, path, slot, errors);
    case FieldDescriptor::CPPTYPE_STRING:
      if (slot.field->type() == FieldDescriptor::TYPE_BYTES) return SetParsed<std::string>(value, path, slot, kBase64, errors, ToBytes);
      if (!value.is_string()) return errors->Expected(path, kString);
      return Assign<std::string>(slot, value.get<std::string>());
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return MergeJson(value, path, slot.Sub(), errors);
  }
}

void MergeRepeated(const json& value, const std::string& path, const Slot& slot, FieldErrors* errors) {
  if (!value.is_array()) return errors->Expected(path, kArray);
  for (size_t i = 0; i < value.size(); ++i) SetValue(value[i], absl::StrCat(path, "[", i, "]"), slot, errors);
}

void MergeMap(const json& value, const std::string& path, const Slot& slot, FieldErrors* errors) {
  if (!value.is_object()) return errors->Expected(path, kObject);
  for (const auto& [key, element] : value.items()) {
    const std::string place = absl::StrCat(path, "[\"", Excerpt(key), "\"]");
    Message* entry = slot.Sub();
    SetFromText(key, place, *slot.field->message_type()->map_key(), entry, errors);
    SetValue(element, place, {entry, slot.field->message_type()->map_value()}, errors);
  }
}

void MergeMember(const json& value, const std::string& path, const Slot& slot, FieldErrors* errors) {
  if (slot.field->is_map()) return MergeMap(value, path, slot, errors);
  if (slot.field->is_repeated()) return MergeRepeated(value, path, slot, errors);
  SetValue(value, path, slot, errors);
}

void MergeObject(const json& value, const std::string& path, Message* message, FieldErrors* errors) {
  if (!value.is_object()) {
    const Descriptor& type = *message->GetDescriptor();
    if (FormOf(type) == Form::kDate) return errors->Expected(path, kDateOrObject);
    return errors->Expected(path.empty() ? "body" : path, type.field_count() > 0 ? kObjectOf : kObject, {{"fields", FieldsOf(type)}});
  }
  // Twice: in both spellings, or two members of a oneof.
  std::set<const void*> given;
  for (const auto& [key, element] : value.items()) {
    const FieldDescriptor* field = FindField(*message->GetDescriptor(), key);
    if (field == nullptr) {
      errors->Add(Join(path, Excerpt(key)), kUnknownField, {{"field", Excerpt(key)}});
      continue;
    }
    const std::string place = Join(path, field->name());
    const bool null_is_a_value =
        field->message_type() != nullptr && field->message_type()->well_known_type() == Descriptor::WELLKNOWNTYPE_VALUE;
    if (element.is_null() && !null_is_a_value) continue;
    const void* identity = field->real_containing_oneof() != nullptr ? static_cast<const void*>(field->real_containing_oneof()) : field;
    if (!given.insert(identity).second) {
      errors->Add(place, kGivenTwice, {{"field", field->name()}});
      continue;
    }
    MergeMember(element, place, {message, field}, errors);
  }
}

}  // namespace

bool IsUtf8(const std::string& text) {
  size_t i = 0;
  while (i < text.size()) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x80) {
      ++i;
      continue;
    }
    const int length = c >= 0xC2 && c < 0xE0 ? 2 : c >= 0xE0 && c < 0xF0 ? 3 : c >= 0xF0 && c < 0xF5 ? 4 : 0;
    if (length == 0 || i + length > text.size()) return false;
    uint32_t point = c & (0x7F >> length);
    for (int k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xC0) != 0x80) return false;
      point = point << 6 | (next & 0x3F);
    }
    const bool overlong = point < (length == 3 ? 0x800u : length == 4 ? 0x10000u : 0x80u);
    if (overlong || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) return false;
    i += length;
  }
  return true;
}

std::string Excerpt(const std::string& text) {
  if (!IsUtf8(text)) return "(not UTF-8)";
  return text::Excerpt(text, kMaxExcerpt);
}

// A member or parameter may bear the empty name.
void FieldErrors::Add(const std::string& path, const status::Reason& reason, const status::Args& args) {
  fields_.Add(path.empty() ? "\"\"" : path, reason, args);
  // Enough to know what AddBroken repeats: of a flood only the first hundred are told.
  if (paths_.size() < 1000) paths_.push_back(path);
}

namespace {

// Whether two paths are of the same field, or one is of a field in the other's.
bool Touch(const std::string& a, const std::string& b) {
  const std::string& longer = a.size() < b.size() ? b : a;
  const std::string& shorter = a.size() < b.size() ? a : b;
  if (!absl::StartsWith(longer, shorter)) return false;
  return longer.size() == shorter.size() || longer[shorter.size()] == '.' || longer[shorter.size()] == '[';
}

// The argument with which the sentence, which has one placeholder, becomes the text.
std::string ArgumentIn(const std::string& sentence, const std::string& text) {
  const size_t begin = sentence.find('{'), end = sentence.find('}');
  const size_t after = sentence.size() - end - 1;
  return text.size() < begin + after ? text : text.substr(begin, text.size() - begin - after);
}

google::rpc::BadRequest BadRequestOf(const absl::Status& status, status::Language language) {
  google::rpc::BadRequest bad;
  const google::rpc::Status proto = status::ToProto(status, language);
  for (const auto& detail : proto.details()) {
    if (detail.UnpackTo(&bad)) return bad;
  }
  return bad;
}

}  // namespace

void FieldErrors::AddBroken(const absl::Status& rules) {
  if (rules.ok()) return;
  const google::rpc::BadRequest en = BadRequestOf(rules, status::Language::kEnglish);
  const google::rpc::BadRequest zh_tw = BadRequestOf(rules, status::Language::kTraditionalChinese);
  const google::rpc::BadRequest zh_cn = BadRequestOf(rules, status::Language::kSimplifiedChinese);
  const std::vector<std::string> mistyped = paths_;
  for (int i = 0; i < en.field_violations_size(); ++i) {
    const auto& violation = en.field_violations(i);
    const status::Reason* reason = status::FindReason(violation.reason());
    const auto touches = [&](const std::string& path) { return Touch(path, violation.field()); };
    if (reason == nullptr || std::any_of(mistyped.begin(), mistyped.end(), touches)) continue;
    const std::string sentence = reason->en;
    const auto placeholders = std::count(sentence.begin(), sentence.end(), '{');
    if (placeholders == 0) {
      Add(violation.field(), *reason);
    } else if (placeholders == 1) {
      const std::string name = sentence.substr(sentence.find('{') + 1, sentence.find_first_of(":}") - sentence.find('{') - 1);
      const auto said = [&](status::Language language, const google::rpc::BadRequest& bad) {
        return ArgumentIn(reason->In(language), bad.field_violations(i).description());
      };
      Add(violation.field(), *reason,
          {{name, status::Words{said(status::Language::kEnglish, en), said(status::Language::kTraditionalChinese, zh_tw),
                                said(status::Language::kSimplifiedChinese, zh_cn)}}});
    }
  }
}

void FieldErrors::Expected(const std::string& path, const status::Phrase& expected, const status::Args& args) {
  Add(path, status::kBadValue, {{"rule", status::Say(expected, args)}});
}

absl::Status ParseJson(const std::string& text, json* value) {
  StrictBuilder builder(value);
  if (json::sax_parse(text, &builder)) return absl::OkStatus();
  return builder.status();
}

void MergeJson(const json& value, const std::string& path, Message* message, FieldErrors* errors) {
  const Form form = FormOf(*message->GetDescriptor());
  switch (form) {
    case Form::kTimestamp:
    case Form::kDuration:
    case Form::kFieldMask:
      if (!value.is_string()) return errors->Expected(path, kString);
      return MergeTextForm(value.get_ref<const std::string&>(), form, path, message, errors);
    case Form::kWrapper:
      return SetValue(value, path, {message, message->GetDescriptor()->field(0)}, errors);
    case Form::kFree:
      return MergeFree(value, path, message, errors);
    case Form::kDate:
      if (value.is_string()) return MergeTextForm(value.get_ref<const std::string&>(), form, path, message, errors);
      return MergeObject(value, path, message, errors);
    case Form::kPlain:
      return MergeObject(value, path, message, errors);
  }
}

bool HasTextForm(const FieldDescriptor& field) {
  if (field.message_type() == nullptr) return true;
  if (field.is_map()) return false;
  const Form form = FormOf(*field.message_type());
  return form != Form::kPlain && form != Form::kFree;
}

void SetFromText(const std::string& text, const std::string& path, const FieldDescriptor& field, Message* message, FieldErrors* errors) {
  const Slot slot = {message, &field};
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
    if (text != "true" && text != "false") return errors->Expected(path, kBool);
    return Assign<bool>(slot, text == "true");
  }
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return SetValue(text, path, slot, errors);
  const Form form = FormOf(*field.message_type());
  if (form == Form::kWrapper) return SetFromText(text, path, *field.message_type()->field(0), slot.Sub(), errors);
  MergeTextForm(text, form, path, slot.Sub(), errors);
}

const FieldDescriptor* FindField(const Descriptor& message, const std::string& name) {
  if (const FieldDescriptor* field = message.FindFieldByName(name)) return field;
  const FieldDescriptor* field = message.FindFieldByCamelcaseName(name);
  return field != nullptr && field->json_name() == name ? field : nullptr;
}

}  // namespace heitie::gateway
