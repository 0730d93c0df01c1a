// proto3 JSON of messages. What the descriptors say of a type is looked up once: asking them for each value would be most of the work.
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/time_util.h"
#include "services/gateway/json.h"
#include "services/gateway/json_form.h"

namespace heitie::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Timestamp;
using google::protobuf::util::TimeUtil;

constexpr char kHex[] = "0123456789abcdef";
constexpr size_t kUsualJson = 1 << 10;  // bytes that most answers do not exceed

// ---- What a type is in JSON

struct Member {
  const FieldDescriptor* field;
  FieldDescriptor::Type type;
  bool optional;    // left out while it is not set
  std::string key;  // in quotes, with the colon
};

struct Shape {
  explicit Shape(const Descriptor& type) : form(FormOf(type)) {
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      members.push_back({&field, field.type(), field.has_presence(), absl::StrCat("\"", field.json_name(), "\":")});
    }
  }

  const Form form;
  std::vector<Member> members;
};

// Remembered of the types of the program, which are there for ever; others may come and go.
std::shared_ptr<const Shape> ShapeOf(const Descriptor& type) {
  if (type.file()->pool() != DescriptorPool::generated_pool()) return std::make_shared<const Shape>(type);
  static thread_local absl::flat_hash_map<const Descriptor*, std::shared_ptr<const Shape>> known;
  std::shared_ptr<const Shape>& shape = known[&type];
  if (shape == nullptr) shape = std::make_shared<const Shape>(type);
  return shape;
}

// ---- Values

template <typename T>
void AppendNumber(T value, std::string* out) {
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value);
  out->append(buffer, end.ptr);
}

// Sixty-four bits do not fit into the numbers of JavaScript: proto3 JSON quotes them.
template <typename T>
void AppendQuotedNumber(T value, std::string* out) {
  out->push_back('"');
  AppendNumber(value, out);
  out->push_back('"');
}

template <typename T>
void AppendFloat(T value, std::string* out) {
  if (std::isnan(value)) {
    out->append("\"NaN\"");
  } else if (std::isinf(value)) {
    out->append(value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
  } else {
    AppendNumber(value, out);
  }
}

void AppendEnum(const FieldDescriptor& field, int number, std::string* out) {
  const EnumValueDescriptor* value = field.enum_type()->FindValueByNumber(number);
  if (value == nullptr) return AppendNumber(number, out);
  absl::StrAppend(out, "\"", value->name(), "\"");
}

void AppendBase64(const std::string& bytes, std::string* out) { absl::StrAppend(out, "\"", absl::Base64Escape(bytes), "\""); }

// `index` < 0: the singular field.
void AppendValue(const Message& message, const Reflection& r, const FieldDescriptor& field, FieldDescriptor::Type type, int index,
                 std::string* out) {
  const bool one = index < 0;
  std::string scratch;
  switch (type) {
    case FieldDescriptor::TYPE_INT32:
    case FieldDescriptor::TYPE_SINT32:
    case FieldDescriptor::TYPE_SFIXED32:
      return AppendNumber(one ? r.GetInt32(message, &field) : r.GetRepeatedInt32(message, &field, index), out);
    case FieldDescriptor::TYPE_UINT32:
    case FieldDescriptor::TYPE_FIXED32:
      return AppendNumber(one ? r.GetUInt32(message, &field) : r.GetRepeatedUInt32(message, &field, index), out);
    case FieldDescriptor::TYPE_INT64:
    case FieldDescriptor::TYPE_SINT64:
    case FieldDescriptor::TYPE_SFIXED64:
      return AppendQuotedNumber(one ? r.GetInt64(message, &field) : r.GetRepeatedInt64(message, &field, index), out);
    case FieldDescriptor::TYPE_UINT64:
    case FieldDescriptor::TYPE_FIXED64:
      return AppendQuotedNumber(one ? r.GetUInt64(message, &field) : r.GetRepeatedUInt64(message, &field, index), out);
    case FieldDescriptor::TYPE_DOUBLE:
      return AppendFloat(one ? r.GetDouble(message, &field) : r.GetRepeatedDouble(message, &field, index), out);
    case FieldDescriptor::TYPE_FLOAT:
      return AppendFloat(one ? r.GetFloat(message, &field) : r.GetRepeatedFloat(message, &field, index), out);
    case FieldDescriptor::TYPE_BOOL:
      out->append((one ? r.GetBool(message, &field) : r.GetRepeatedBool(message, &field, index)) ? "true" : "false");
      return;
    case FieldDescriptor::TYPE_ENUM:
      return AppendEnum(field, one ? r.GetEnumValue(message, &field) : r.GetRepeatedEnumValue(message, &field, index), out);
    case FieldDescriptor::TYPE_STRING:
      return AppendJsonString(
          one ? r.GetStringReference(message, &field, &scratch) : r.GetRepeatedStringReference(message, &field, index, &scratch), out);
    case FieldDescriptor::TYPE_BYTES:
      return AppendBase64(
          one ? r.GetStringReference(message, &field, &scratch) : r.GetRepeatedStringReference(message, &field, index, &scratch), out);
    case FieldDescriptor::TYPE_MESSAGE:
    case FieldDescriptor::TYPE_GROUP:
      return AppendJson(one ? r.GetMessage(message, &field) : r.GetRepeatedMessage(message, &field, index), out);
  }
}

// In the order of the keys: equal messages have equal texts.
void AppendMap(const Message& message, const Reflection& r, const FieldDescriptor& field, std::string* out) {
  const FieldDescriptor& key = *field.message_type()->map_key();
  const FieldDescriptor& value = *field.message_type()->map_value();
  std::map<std::string, std::string> entries;
  for (int i = 0; i < r.FieldSize(message, &field); ++i) {
    const Message& entry = r.GetRepeatedMessage(message, &field, i);
    const Reflection& of_entry = *entry.GetReflection();
    std::string name;
    AppendValue(entry, of_entry, key, key.type(), -1, &name);
    if (name.front() != '"') name = absl::StrCat("\"", name, "\"");
    AppendValue(entry, of_entry, value, value.type(), -1, &entries[name]);
  }
  out->push_back('{');
  for (const auto& [name, text] : entries) absl::StrAppend(out, out->back() == '{' ? "" : ",", name, ":", text);
  out->push_back('}');
}

// `append` is called with each index.
template <typename Append>
void AppendArray(int size, std::string* out, const Append& append) {
  out->push_back('[');
  for (int i = 0; i < size; ++i) {
    if (i > 0) out->push_back(',');
    append(i);
  }
  out->push_back(']');
}

void AppendField(const Message& message, const Reflection& r, const Member& member, std::string* out) {
  const FieldDescriptor& field = *member.field;
  if (!field.is_repeated()) return AppendValue(message, r, field, member.type, -1, out);
  if (field.is_map()) return AppendMap(message, r, field, out);
  AppendArray(r.FieldSize(message, &field), out, [&](int i) { AppendValue(message, r, field, member.type, i, out); });
}

// A mask leads only into messages that are objects in JSON (read_mask.h).
void AppendObject(const Message& message, const Shape& shape, const ReadMask& mask, std::string* out) {
  const Reflection& r = *message.GetReflection();
  const auto append_part = [&](const Message& part, const ReadMask& of_part) {
    AppendObject(part, *ShapeOf(*part.GetDescriptor()), of_part, out);
  };
  out->push_back('{');
  for (const Member& member : shape.members) {
    const FieldDescriptor& field = *member.field;
    const ReadMask* const inner = mask.Of(field);
    if (inner == nullptr || (member.optional && !r.HasField(message, &field))) continue;
    if (out->back() != '{') out->push_back(',');
    out->append(member.key);
    if (inner->whole()) {
      AppendField(message, r, member, out);
    } else if (!field.is_repeated()) {
      append_part(r.GetMessage(message, &field), *inner);
    } else {
      AppendArray(r.FieldSize(message, &field), out, [&](int i) { append_part(r.GetRepeatedMessage(message, &field, i), *inner); });
    }
  }
  out->push_back('}');
}

// ---- Types with a form of their own

char* PutDigits(int64_t value, int width, char* to) {
  for (int i = width - 1; i >= 0; --i, value /= 10) to[i] = static_cast<char>('0' + value % 10);
  return to + width;
}

// As TimeUtil says it, which takes twenty times as long.
void AppendTimestamp(const Timestamp& timestamp, std::string* out) {
  const int64_t nanos = timestamp.nanos();
  const bool known = timestamp.seconds() >= TimeUtil::kTimestampMinSeconds && timestamp.seconds() <= TimeUtil::kTimestampMaxSeconds;
  if (!known || nanos < 0 || nanos > 999'999'999) {
    absl::StrAppend(out, "\"", TimeUtil::ToString(timestamp), "\"");
    return;
  }
  const std::chrono::sys_seconds instant{std::chrono::seconds(timestamp.seconds())};
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{instant - day};
  char text[] = "\"YYYY-MM-DDThh:mm:ss.nnnnnnnnnZ\"";
  PutDigits(static_cast<int>(date.year()), 4, text + 1);
  PutDigits(static_cast<unsigned>(date.month()), 2, text + 6);
  PutDigits(static_cast<unsigned>(date.day()), 2, text + 9);
  PutDigits(clock.hours().count(), 2, text + 12);
  PutDigits(clock.minutes().count(), 2, text + 15);
  char* end = PutDigits(clock.seconds().count(), 2, text + 18);
  if (nanos > 0) {
    const bool millis = nanos % 1'000'000 == 0, micros = nanos % 1000 == 0;
    end = millis ? PutDigits(nanos / 1'000'000, 3, end + 1) : micros ? PutDigits(nanos / 1000, 6, end + 1) : PutDigits(nanos, 9, end + 1);
  }
  *end++ = 'Z';
  *end++ = '"';
  out->append(text, end);
}

std::string CamelPath(const std::string& path) {
  std::string camel;
  bool up = false;
  for (char c : path) {
    if (c == '_') {
      up = true;
    } else {
      camel.push_back(up ? absl::ascii_toupper(c) : c);
      up = false;
    }
  }
  return camel;
}

std::string MaskText(const google::protobuf::FieldMask& mask) {
  std::string text;
  for (const std::string& path : mask.paths()) absl::StrAppend(&text, text.empty() ? "" : ",", CamelPath(path));
  return text;
}

void AppendFree(const Message& message, std::string* out) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string text;
  // An Any of a type that nobody here knows keeps its type and its bytes.
  if (google::protobuf::util::MessageToJsonString(message, &text, options).ok()) {
    out->append(text);
  } else if (const auto* any = dynamic_cast<const google::protobuf::Any*>(&message)) {
    out->append("{\"@type\":");
    AppendJsonString(any->type_url(), out);
    out->append(",\"value\":");
    AppendBase64(any->value(), out);
    out->append("}");
  } else {
    out->append("null");
  }
}

// Characters that stand for themselves in a text.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (int c = 0x20; c < 256; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

}  // namespace

Form FormOf(const Descriptor& type) {
  switch (type.well_known_type()) {
    case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
      return Form::kTimestamp;
    case Descriptor::WELLKNOWNTYPE_DURATION:
      return Form::kDuration;
    case Descriptor::WELLKNOWNTYPE_FIELDMASK:
      return Form::kFieldMask;
    case Descriptor::WELLKNOWNTYPE_UNSPECIFIED:
      return type.full_name() == "google.type.Date" ? Form::kDate : Form::kPlain;
    case Descriptor::WELLKNOWNTYPE_ANY:
    case Descriptor::WELLKNOWNTYPE_STRUCT:
    case Descriptor::WELLKNOWNTYPE_VALUE:
    case Descriptor::WELLKNOWNTYPE_LISTVALUE:
      return Form::kFree;
    default:
      return Form::kWrapper;
  }
}

void AppendJsonString(const std::string& text, std::string* json) {
  json->push_back('"');
  const char* clean = text.data();  // from here on nothing needed an escape
  const char* const end = clean + text.size();
  for (const char* at = clean; at != end; ++at) {
    const auto c = static_cast<unsigned char>(*at);
    if (kPlain[c]) continue;
    json->append(clean, at);
    clean = at + 1;
    switch (c) {
      case '"':
        json->append("\\\"");
        break;
      case '\\':
        json->append("\\\\");
        break;
      case '\n':
        json->append("\\n");
        break;
      default:
        json->append("\\u00");
        json->push_back(kHex[c >> 4]);
        json->push_back(kHex[c & 15]);
    }
  }
  json->append(clean, end);
  json->push_back('"');
}

void AppendJson(const Message& message, std::string* json) {
  static const ReadMask& everything = *new ReadMask;
  const std::shared_ptr<const Shape> shape = ShapeOf(*message.GetDescriptor());
  switch (shape->form) {
    case Form::kTimestamp:
      return AppendTimestamp(static_cast<const Timestamp&>(message), json);
    case Form::kDuration:
      absl::StrAppend(json, "\"", TimeUtil::ToString(static_cast<const google::protobuf::Duration&>(message)), "\"");
      return;
    case Form::kFieldMask:
      return AppendJsonString(MaskText(static_cast<const google::protobuf::FieldMask&>(message)), json);
    case Form::kWrapper: {
      const Member& value = shape->members.front();
      return AppendValue(message, *message.GetReflection(), *value.field, value.type, -1, json);
    }
    case Form::kFree:
      return AppendFree(message, json);
    case Form::kDate:
    case Form::kPlain:
      return AppendObject(message, *shape, everything, json);
  }
}

std::string ToJson(const Message& message) { return ToJson(message, ReadMask()); }

std::string ToJson(const Message& message, const ReadMask& mask) {
  std::string json;
  json.reserve(kUsualJson);
  if (mask.whole()) {
    AppendJson(message, &json);
  } else {
    AppendObject(message, *ShapeOf(*message.GetDescriptor()), mask, &json);
  }
  return json;
}

}  // namespace heitie::gateway
