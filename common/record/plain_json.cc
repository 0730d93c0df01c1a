#include "common/record/plain_json.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <set>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "google/protobuf/stubs/strutil.h"
#include "google/protobuf/timestamp.pb.h"

namespace heitie::record {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Timestamp;

// Of messages in messages.
constexpr int kDepth = 60;
constexpr char kHex[] = "0123456789abcdef";

bool Search(const Descriptor& message, std::set<const Descriptor*>& seen) {
  if (&message == Timestamp::descriptor() || !seen.insert(&message).second) return true;
  if (message.file()->syntax() != google::protobuf::FileDescriptor::SYNTAX_PROTO3) return false;
  if (message.file()->package() == "google.protobuf") return false;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    if (field.is_map() || field.cpp_type() == FieldDescriptor::CPPTYPE_FLOAT) return false;
    if (field.enum_type() != nullptr && field.enum_type()->file()->package() == "google.protobuf") return false;
    if (field.message_type() != nullptr && !Search(*field.message_type(), seen)) return false;
  }
  return true;
}

// ---- Text

// The code point that begins at `at`, and its bytes; 0 bytes where there is none in UTF-8.
struct Point {
  uint32_t code = 0;
  size_t size = 0;
};
Point PointAt(absl::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(text[i])); };
  const uint32_t first = byte(at);
  if (first < 0x80) return {first, 1};
  const size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + size > text.size()) return {};
  uint32_t code = first & (0x7f >> size);
  for (size_t i = 1; i < size; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(at + i) & 0x3f);
  }
  const bool least = code >= (size == 4 ? 0x10000u : size == 3 ? 0x800u : 0x80u);
  if (!least || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return {};
  return {code, size};
}

// What the library escapes beyond ASCII: what is not seen, or turns the direction of what is.
bool IsEscaped(uint32_t code) {
  switch (code) {
    case 0xad:
    case 0x6dd:
    case 0x70f:
    case 0x17b4:
    case 0x17b5:
    case 0xfeff:
    case 0xfff9:
    case 0xfffa:
    case 0xfffb:
    case 0xe0001:
      return true;
    default:
      break;
  }
  const auto within = [code](uint32_t first, uint32_t last) { return first <= code && code <= last; };
  return within(0x600, 0x603) || within(0x200b, 0x200f) || within(0x2028, 0x202e) || within(0x2060, 0x2064) || within(0x206a, 0x206f) ||
         within(0x1d173, 0x1d17a) || within(0xe0020, 0xe007f);
}

void PrintUnit(uint32_t unit, std::string* json) {
  json->append("\\u");
  for (int shift = 12; shift >= 0; shift -= 4) json->push_back(kHex[unit >> shift & 0xf]);
}

bool PrintText(absl::string_view text, std::string* json) {
  json->push_back('"');
  for (size_t i = 0; i < text.size();) {
    // Most of a text stays as it is.
    size_t end = i;
    while (end < text.size()) {
      const auto c = static_cast<unsigned char>(text[end]);
      if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\' || c == '<' || c == '>') break;
      ++end;
    }
    json->append(text.data() + i, end - i);
    if (end == text.size()) break;
    const Point point = PointAt(text, end);
    if (point.size == 0) return false;
    switch (point.code) {
      case '"':
        json->append("\\\"");
        break;
      case '\\':
        json->append("\\\\");
        break;
      case '\b':
        json->append("\\b");
        break;
      case '\f':
        json->append("\\f");
        break;
      case '\n':
        json->append("\\n");
        break;
      case '\r':
        json->append("\\r");
        break;
      case '\t':
        json->append("\\t");
        break;
      default:
        if (point.code >= 0x10000 && IsEscaped(point.code)) {
          PrintUnit(0xd800 + ((point.code - 0x10000) >> 10), json);
          PrintUnit(0xdc00 + ((point.code - 0x10000) & 0x3ff), json);
        } else if (point.code < 0x80 || IsEscaped(point.code)) {
          PrintUnit(point.code, json);
        } else {
          json->append(text.data() + end, point.size);
        }
    }
    i = end + point.size;
  }
  json->push_back('"');
  return true;
}

// ---- Time: "2026-01-31T08:00:00Z" with no, three, six or nine decimals

constexpr int64_t kFirstSecond = -62135596800, kLastSecond = 253402300799;  // of the years 1 to 9999

void PrintDigits(int64_t value, int digits, std::string* json) {
  char text[9];
  for (int i = digits - 1; i >= 0; --i, value /= 10) text[i] = static_cast<char>('0' + value % 10);
  json->append(text, static_cast<size_t>(digits));
}

bool PrintTime(const Timestamp& timestamp, std::string* json) {
  const int64_t seconds = timestamp.seconds();
  const int32_t nanos = timestamp.nanos();
  if (seconds < kFirstSecond || seconds > kLastSecond || nanos < 0 || nanos > 999999999) return false;
  const absl::CivilSecond civil = absl::CivilSecond(1970, 1, 1) + seconds;
  json->push_back('"');
  PrintDigits(civil.year(), 4, json);
  json->push_back('-');
  PrintDigits(civil.month(), 2, json);
  json->push_back('-');
  PrintDigits(civil.day(), 2, json);
  json->push_back('T');
  PrintDigits(civil.hour(), 2, json);
  json->push_back(':');
  PrintDigits(civil.minute(), 2, json);
  json->push_back(':');
  PrintDigits(civil.second(), 2, json);
  if (nanos != 0) {
    json->push_back('.');
    if (nanos % 1000000 == 0) {
      PrintDigits(nanos / 1000000, 3, json);
    } else if (nanos % 1000 == 0) {
      PrintDigits(nanos / 1000, 6, json);
    } else {
      PrintDigits(nanos, 9, json);
    }
  }
  json->append("Z\"");
  return true;
}

bool ParseTime(absl::string_view text, Timestamp* timestamp) {
  constexpr absl::string_view kForm = "0000-00-00T00:00:00";
  if (text.size() < kForm.size() + 1 || text.back() != 'Z') return false;
  const auto number = [&](size_t begin, size_t size) {
    int64_t value = 0;
    for (size_t i = begin; i < begin + size; ++i) value = value * 10 + (text[i] - '0');
    return value;
  };
  for (size_t i = 0; i < kForm.size(); ++i) {
    if (kForm[i] == '0' ? !absl::ascii_isdigit(static_cast<unsigned char>(text[i])) : text[i] != kForm[i]) return false;
  }
  const absl::CivilSecond civil(number(0, 4), number(5, 2), number(8, 2), number(11, 2), number(14, 2), number(17, 2));
  if (number(0, 4) < 1 || civil.month() != number(5, 2) || civil.day() != number(8, 2) || civil.hour() != number(11, 2) ||
      civil.minute() != number(14, 2) || civil.second() != number(17, 2)) {
    return false;
  }
  timestamp->set_seconds(civil - absl::CivilSecond(1970, 1, 1));
  const size_t decimals = text.size() - kForm.size() - 1;
  if (decimals == 0) return true;
  if (text[kForm.size()] != '.' || decimals < 2 || decimals > 10) return false;
  for (size_t i = kForm.size() + 1; i + 1 < text.size(); ++i) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(text[i]))) return false;
  }
  int64_t nanos = number(kForm.size() + 1, decimals - 1);
  for (size_t i = decimals - 1; i < 9; ++i) nanos *= 10;
  timestamp->set_nanos(static_cast<int32_t>(nanos));
  return true;
}

// ---- Printing

bool Print(const Message& message, int depth, FieldNames names, std::string* json);

// The value of a field, or one of its values from 0 on.
bool PrintValue(const Message& message, const FieldDescriptor& field, int index, int depth, FieldNames names, std::string* json) {
  const auto& r = *message.GetReflection();
  const bool one = !field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      absl::StrAppend(json, one ? r.GetInt32(message, &field) : r.GetRepeatedInt32(message, &field, index));
      return true;
    case FieldDescriptor::CPPTYPE_UINT32:
      absl::StrAppend(json, one ? r.GetUInt32(message, &field) : r.GetRepeatedUInt32(message, &field, index));
      return true;
    case FieldDescriptor::CPPTYPE_INT64:
      absl::StrAppend(json, "\"", one ? r.GetInt64(message, &field) : r.GetRepeatedInt64(message, &field, index), "\"");
      return true;
    case FieldDescriptor::CPPTYPE_UINT64:
      absl::StrAppend(json, "\"", one ? r.GetUInt64(message, &field) : r.GetRepeatedUInt64(message, &field, index), "\"");
      return true;
    case FieldDescriptor::CPPTYPE_BOOL:
      json->append((one ? r.GetBool(message, &field) : r.GetRepeatedBool(message, &field, index)) ? "true" : "false");
      return true;
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      const double value = one ? r.GetDouble(message, &field) : r.GetRepeatedDouble(message, &field, index);
      if (!std::isfinite(value)) return false;
      json->append(google::protobuf::SimpleDtoa(value));
      return true;
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int number = one ? r.GetEnumValue(message, &field) : r.GetRepeatedEnumValue(message, &field, index);
      const auto* value = field.enum_type()->FindValueByNumber(number);
      if (value == nullptr) return false;
      absl::StrAppend(json, "\"", value->name(), "\"");
      return true;
    }
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      const std::string& text =
          one ? r.GetStringReference(message, &field, &scratch) : r.GetRepeatedStringReference(message, &field, index, &scratch);
      if (field.type() != FieldDescriptor::TYPE_BYTES) return PrintText(text, json);
      absl::StrAppend(json, "\"", absl::Base64Escape(text), "\"");
      return true;
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return Print(one ? r.GetMessage(message, &field) : r.GetRepeatedMessage(message, &field, index), depth, names, json);
    default:
      return false;
  }
}

// `"name":value`, or all of its values.
bool PrintField(const Message& message, const FieldDescriptor& field, int depth, FieldNames names, std::string* json) {
  absl::StrAppend(json, "\"", names == FieldNames::kApi ? field.json_name() : field.name(), "\":");
  if (!field.is_repeated()) return PrintValue(message, field, 0, depth, names, json);
  json->push_back('[');
  const int size = message.GetReflection()->FieldSize(message, &field);
  for (int i = 0; i < size; ++i) {
    if (i > 0) json->push_back(',');
    if (!PrintValue(message, field, i, depth, names, json)) return false;
  }
  json->push_back(']');
  return true;
}

bool Print(const Message& message, int depth, FieldNames names, std::string* json) {
  if (message.GetDescriptor() == Timestamp::descriptor()) return PrintTime(static_cast<const Timestamp&>(message), json);
  if (depth > kDepth) return false;
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  json->push_back('{');
  for (const FieldDescriptor* field : fields) {
    if (field != fields.front()) json->push_back(',');
    if (!PrintField(message, *field, depth + 1, names, json)) return false;
  }
  json->push_back('}');
  return true;
}

// ---- Reading

class Reader {
 public:
  explicit Reader(absl::string_view text) : text_(text) {}

  bool ReadAll(Message* message) {
    if (!ReadMessage(message, 0)) return false;
    SkipBlanks();
    return at_ == text_.size();
  }

 private:
  void SkipBlanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r')) ++at_;
  }
  bool Take(char c) {
    SkipBlanks();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool ReadUnit(uint32_t* unit) {
    if (at_ + 4 > text_.size()) return false;
    *unit = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const auto c = static_cast<unsigned char>(text_[at_]);
      if (!absl::ascii_isxdigit(c)) return false;
      *unit = *unit << 4 | static_cast<uint32_t>(absl::ascii_isdigit(c) ? c - '0' : absl::ascii_tolower(c) - 'a' + 10);
    }
    return true;
  }
  static void AppendPoint(uint32_t code, std::string* out) {
    if (code < 0x80) {
      out->push_back(static_cast<char>(code));
    } else if (code < 0x800) {
      out->push_back(static_cast<char>(0xc0 | code >> 6));
      out->push_back(static_cast<char>(0x80 | (code & 0x3f)));
    } else if (code < 0x10000) {
      out->push_back(static_cast<char>(0xe0 | code >> 12));
      out->push_back(static_cast<char>(0x80 | (code >> 6 & 0x3f)));
      out->push_back(static_cast<char>(0x80 | (code & 0x3f)));
    } else {
      out->push_back(static_cast<char>(0xf0 | code >> 18));
      out->push_back(static_cast<char>(0x80 | (code >> 12 & 0x3f)));
      out->push_back(static_cast<char>(0x80 | (code >> 6 & 0x3f)));
      out->push_back(static_cast<char>(0x80 | (code & 0x3f)));
    }
  }
  bool ReadEscaped(std::string* out) {
    if (at_ == text_.size()) return false;
    static constexpr absl::string_view kShort = "\"\\/bfnrt", kMeant = "\"\\/\b\f\n\r\t";
    const char c = text_[at_++];
    if (const size_t found = kShort.find(c); found != absl::string_view::npos) {
      out->push_back(kMeant[found]);
      return true;
    }
    uint32_t unit = 0, low = 0;
    if (c != 'u' || !ReadUnit(&unit) || (unit >= 0xdc00 && unit < 0xe000)) return false;
    if (unit >= 0xd800 && unit < 0xdc00) {
      if (text_.substr(at_, 2) != "\\u") return false;
      at_ += 2;
      if (!ReadUnit(&low) || low < 0xdc00 || low > 0xdfff) return false;
      unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    }
    AppendPoint(unit, out);
    return true;
  }
  bool ReadText(std::string* out) {
    out->clear();
    if (!Take('"')) return false;
    while (at_ < text_.size()) {
      size_t end = at_;
      while (end < text_.size()) {
        const auto c = static_cast<unsigned char>(text_[end]);
        if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\') break;
        ++end;
      }
      out->append(text_.data() + at_, end - at_);
      at_ = end;
      if (at_ == text_.size()) return false;
      if (text_[at_] == '"') {
        ++at_;
        return true;
      }
      if (text_[at_] == '\\') {
        ++at_;
        if (!ReadEscaped(out)) return false;
        continue;
      }
      const Point point = PointAt(text_, at_);
      if (point.size < 2) return false;
      out->append(text_.data() + at_, point.size);
      at_ += point.size;
    }
    return false;
  }
  // A word or a number.
  absl::string_view ReadToken() {
    SkipBlanks();
    const size_t begin = at_;
    while (at_ < text_.size() &&
           (absl::ascii_isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '-' || text_[at_] == '+' || text_[at_] == '.')) {
      ++at_;
    }
    return text_.substr(begin, at_ - begin);
  }
  // As the printer writes integers.
  template <typename T>
  static bool ToInteger(absl::string_view token, T* value) {
    return absl::SimpleAtoi(token, value) && absl::StrCat(*value) == token;
  }

  // Sets the field, or adds to it.
  bool ReadValue(Message* message, const FieldDescriptor& field, int depth) {
    const auto& r = *message->GetReflection();
    const bool one = !field.is_repeated();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32: {
        int32_t value = 0;
        if (!ToInteger(ReadToken(), &value)) return false;
        one ? r.SetInt32(message, &field, value) : r.AddInt32(message, &field, value);
        return true;
      }
      case FieldDescriptor::CPPTYPE_UINT32: {
        uint32_t value = 0;
        if (!ToInteger(ReadToken(), &value)) return false;
        one ? r.SetUInt32(message, &field, value) : r.AddUInt32(message, &field, value);
        return true;
      }
      case FieldDescriptor::CPPTYPE_INT64: {
        int64_t value = 0;
        if (!ReadText(&scratch_) || !ToInteger(scratch_, &value)) return false;
        one ? r.SetInt64(message, &field, value) : r.AddInt64(message, &field, value);
        return true;
      }
      case FieldDescriptor::CPPTYPE_UINT64: {
        uint64_t value = 0;
        if (!ReadText(&scratch_) || !ToInteger(scratch_, &value)) return false;
        one ? r.SetUInt64(message, &field, value) : r.AddUInt64(message, &field, value);
        return true;
      }
      case FieldDescriptor::CPPTYPE_BOOL: {
        const absl::string_view token = ReadToken();
        if (token != "true" && token != "false") return false;
        one ? r.SetBool(message, &field, token == "true") : r.AddBool(message, &field, token == "true");
        return true;
      }
      case FieldDescriptor::CPPTYPE_DOUBLE: {
        const absl::string_view token = ReadToken();
        double value = 0;
        const bool number = !token.empty() && (absl::ascii_isdigit(static_cast<unsigned char>(token[0])) || token[0] == '-');
        // As the printer writes it; other numbers may be none of JSON, and the library takes -0 for the integer.
        if (!number || token == "-0" || !absl::SimpleAtod(token, &value) || google::protobuf::SimpleDtoa(value) != token) return false;
        one ? r.SetDouble(message, &field, value) : r.AddDouble(message, &field, value);
        return true;
      }
      case FieldDescriptor::CPPTYPE_ENUM: {
        if (!ReadText(&scratch_)) return false;
        const auto* value = field.enum_type()->FindValueByName(scratch_);
        if (value == nullptr) return false;
        one ? r.SetEnum(message, &field, value) : r.AddEnum(message, &field, value);
        return true;
      }
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string text;
        if (!ReadText(&text)) return false;
        if (field.type() == FieldDescriptor::TYPE_BYTES) {
          std::string bytes;
          if (!absl::Base64Unescape(text, &bytes) || absl::Base64Escape(bytes) != text) return false;
          text = std::move(bytes);
        }
        one ? r.SetString(message, &field, std::move(text)) : r.AddString(message, &field, std::move(text));
        return true;
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return ReadMessage(one ? r.MutableMessage(message, &field) : r.AddMessage(message, &field), depth);
      default:
        return false;
    }
  }

  bool ReadValues(Message* message, const FieldDescriptor& field, int depth) {
    if (!Take('[')) return false;
    if (Take(']')) return true;
    do {
      if (!ReadValue(message, field, depth)) return false;
    } while (Take(','));
    return Take(']');
  }

  bool ReadMessage(Message* message, int depth) {
    if (message->GetDescriptor() == Timestamp::descriptor()) {
      return ReadText(&scratch_) && ParseTime(scratch_, static_cast<Timestamp*>(message));
    }
    if (depth > kDepth || !Take('{')) return false;
    if (Take('}')) return true;
    std::set<const FieldDescriptor*> seen;
    do {
      if (!ReadText(&scratch_) || !Take(':')) return false;
      const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(scratch_);
      // What stands there twice, or beside another of its alternatives, is the library's to judge.
      if (field == nullptr || !seen.insert(field).second) return false;
      if (field->real_containing_oneof() != nullptr && message->GetReflection()->HasOneof(*message, field->real_containing_oneof())) {
        return false;
      }
      if (field->is_repeated() ? !ReadValues(message, *field, depth + 1) : !ReadValue(message, *field, depth + 1)) return false;
    } while (Take(','));
    return Take('}');
  }

  const absl::string_view text_;
  size_t at_ = 0;
  std::string scratch_;
};

}  // namespace

bool IsPlain(const Descriptor& message) {
  static auto& mutex = *new std::mutex;
  static auto& known = *new std::map<const Descriptor*, bool>;
  // Descriptors of generated messages stay.
  const std::lock_guard lock(mutex);
  const auto it = known.find(&message);
  if (it != known.end()) return it->second;
  std::set<const Descriptor*> seen;
  return known[&message] = &message != Timestamp::descriptor() && Search(message, seen);
}

namespace {

// Messages of a contract that was read at run time have classes of their own for everything.
bool IsGenerated(const Message& message) {
  return message.GetReflection()->GetMessageFactory() == google::protobuf::MessageFactory::generated_factory();
}

}  // namespace

bool PrintPlain(const Message& message, std::string* json, FieldNames names) {
  return IsGenerated(message) && IsPlain(*message.GetDescriptor()) && Print(message, 0, names, json);
}

bool PrintPlainField(const Message& message, const FieldDescriptor& field, std::string* json) {
  if (!IsGenerated(message) || !IsPlain(*message.GetDescriptor())) return false;
  const auto& r = *message.GetReflection();
  json->push_back('{');
  const bool set = field.is_repeated() ? r.FieldSize(message, &field) > 0 : r.HasField(message, &field);
  if (set && !PrintField(message, field, 1, FieldNames::kContract, json)) return false;
  json->push_back('}');
  return true;
}

bool ParsePlain(const std::string& json, Message* message) {
  return IsGenerated(*message) && IsPlain(*message->GetDescriptor()) && Reader(json).ReadAll(message);
}

}  // namespace heitie::record
