#include "common/record/columns.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/record/json.h"
#include "common/record/plain_json.h"
#include "common/record/unknown.h"
#include "common/rpc/contract.h"
#include "common/rpc/validate.h"
#include "common/status/die.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/field_mask_util.h"
#include "google/type/date.pb.h"

namespace heitie::record {

const status::Reason kNewerVersion{absl::StatusCode::kUnavailable, "NEWER_VERSION",
                                   "{name} was written by a newer version, and this one does not change it. Try again.",
                                   "{name} 由較新的版本寫入，目前的版本不予變更，請再試一次。"};

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Timestamp;

// What a DATETIME column holds.
const absl::Time kFirstTime = absl::FromCivil(absl::CivilYear(1000), absl::UTCTimeZone());
const absl::Time kEndOfTime = absl::FromCivil(absl::CivilYear(10000), absl::UTCTimeZone());

ColumnType TypeOf(const FieldDescriptor& field) {
  if (field.is_repeated()) return ColumnType::kJson;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return field.type() == FieldDescriptor::TYPE_BYTES ? ColumnType::kBytes : ColumnType::kText;
    case FieldDescriptor::CPPTYPE_BOOL:
      return ColumnType::kBoolean;
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return ColumnType::kDouble;
    case FieldDescriptor::CPPTYPE_ENUM:
      return ColumnType::kEnum;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (field.message_type() == Timestamp::descriptor()) return ColumnType::kTimestamp;
      if (field.message_type() == google::type::Date::descriptor()) return ColumnType::kDate;
      return ColumnType::kJson;
    default:
      return ColumnType::kInteger;
  }
}

absl::Status Bad(const Column& column) {
  return absl::DataLossError(absl::StrCat("column ", column.field->full_name(), " cannot be read"));
}

// After which a refused change may be tried again: at another replica at once, at a newer one of this within minutes.
constexpr absl::Duration kUntilNewer = absl::Seconds(1);

int64_t IntegerOf(const Message& message, const FieldDescriptor* f) {
  const auto& r = *message.GetReflection();
  switch (f->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return r.GetInt32(message, f);
    case FieldDescriptor::CPPTYPE_UINT32:
      return r.GetUInt32(message, f);
    case FieldDescriptor::CPPTYPE_UINT64:
      return static_cast<int64_t>(r.GetUInt64(message, f));
    default:
      return r.GetInt64(message, f);
  }
}

void SetInteger(int64_t value, Message* message, const FieldDescriptor* f) {
  const auto& r = *message->GetReflection();
  switch (f->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return r.SetInt32(message, f, static_cast<int32_t>(value));
    case FieldDescriptor::CPPTYPE_UINT32:
      return r.SetUInt32(message, f, static_cast<uint32_t>(value));
    case FieldDescriptor::CPPTYPE_UINT64:
      return r.SetUInt64(message, f, static_cast<uint64_t>(value));
    default:
      return r.SetInt64(message, f, value);
  }
}

// The field alone as proto3 JSON of the message; "{}" when it is not set.
std::string JsonOf(const Message& message, const FieldDescriptor* field) {
  const auto& r = *message.GetReflection();
  if (field->is_repeated() ? r.FieldSize(message, field) == 0 : !r.HasField(message, field)) return "{}";
  std::string json;
  if (PrintPlainField(message, *field, &json)) return json;
  google::protobuf::FieldMask mask;
  mask.add_paths(field->name());
  const std::unique_ptr<Message> one(message.New());
  google::protobuf::util::FieldMaskUtil::MergeMessageTo(message, mask, {}, one.get());
  return ToJson(*one);
}

}  // namespace

std::string Quoted(const Column& column) { return absl::StrCat("`", column.field->name(), "`"); }

std::vector<Column> ColumnsOf(const google::protobuf::Descriptor& message) {
  std::vector<Column> columns;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor* field = message.field(i);
    if (rpc::IsComputed(*field)) continue;
    columns.push_back({field, TypeOf(*field)});
  }
  return columns;
}

std::string TableOf(const google::protobuf::Descriptor& message) {
  const std::string& plural = message.options().GetExtension(google::api::resource).plural();
  if (plural.empty()) status::Die("contract", message.full_name() + " has no plural in google.api.resource");
  std::string table;
  for (const char c : plural) {
    if (absl::ascii_isupper(static_cast<unsigned char>(c))) table.push_back('_');
    table.push_back(absl::ascii_tolower(static_cast<unsigned char>(c)));
  }
  return table;
}

std::string TextOf(const Message& message, const std::string& field) {
  const FieldDescriptor* f = message.GetDescriptor()->FindFieldByName(field);
  return f == nullptr ? "" : message.GetReflection()->GetString(message, f);
}

sql::Value ReadField(const Message& message, const Column& column) {
  const FieldDescriptor* f = column.field;
  const auto& r = *message.GetReflection();
  if (f->has_presence() && !r.HasField(message, f)) return std::monostate();
  switch (column.type) {
    case ColumnType::kText:
    case ColumnType::kBytes:
      return r.GetString(message, f);
    case ColumnType::kInteger:
      return IntegerOf(message, f);
    case ColumnType::kBoolean:
      return static_cast<int64_t>(r.GetBool(message, f));
    case ColumnType::kDouble:
      return f->cpp_type() == FieldDescriptor::CPPTYPE_FLOAT ? static_cast<double>(r.GetFloat(message, f)) : r.GetDouble(message, f);
    case ColumnType::kEnum:
      return r.GetEnum(message, f)->name();
    case ColumnType::kTimestamp:
      return time::ToTime(static_cast<const Timestamp&>(r.GetMessage(message, f)));
    case ColumnType::kDate: {
      const auto& date = static_cast<const google::type::Date&>(r.GetMessage(message, f));
      return absl::StrFormat("%04d-%02d-%02d", date.year(), date.month(), date.day());
    }
    case ColumnType::kJson:
      return JsonOf(message, f);
  }
  return std::monostate();
}

void TakeUnknown(const std::string& json, const std::vector<Column>& columns, sql::Values* values) {
  const auto message = nlohmann::json::parse(json, nullptr, false);
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::string& name = columns[i].field->name();
    const auto member = message.find(name);
    if (member == message.end() || member->is_null()) continue;
    if (columns[i].type == ColumnType::kJson) {
      (*values)[i] = nlohmann::json{{name, *member}}.dump();
    } else if (columns[i].type == ColumnType::kEnum && member->is_string() && MayBeValue(member->get<std::string>())) {
      (*values)[i] = member->get<std::string>();
    }
  }
}

bool MayBeValue(const std::string& text) {
  return !text.empty() && absl::ascii_isupper(static_cast<unsigned char>(text[0])) && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isupper(static_cast<unsigned char>(c)) || absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '_';
  });
}

absl::Status NewerVersion(const std::string& name) { return status::RetryLater(kNewerVersion, kUntilNewer, {{"name", name}}); }

absl::Status WriteText(const std::string& text, const Column& column, Message* message, Newer* newer) {
  const auto& r = *message->GetReflection();
  if (column.type == ColumnType::kInteger) {
    int64_t number = 0;
    if (!text.empty() && !absl::SimpleAtoi(text, &number)) return Bad(column);
    if (!text.empty()) SetInteger(number, message, column.field);
    return absl::OkStatus();
  }
  if (column.type != ColumnType::kJson) {
    r.SetString(message, column.field, text);
    return absl::OkStatus();
  }
  if (text == "{}" || text.empty()) return absl::OkStatus();
  std::unique_ptr<Message> one(message->New());
  if (!FromKnownJson(text, one.get())) {
    one->Clear();
    if (!FromJson(text, one.get())) return Bad(column);
    if (newer != nullptr) newer->nested |= HasUnknownValue(text, *message->GetDescriptor());
  }
  r.SwapFields(one.get(), message, {column.field});
  return absl::OkStatus();
}

absl::Status WriteField(const sql::Row& row, int index, const Column& column, Message* message, Newer* newer) {
  if (row.IsNull(index)) return absl::OkStatus();
  const FieldDescriptor* f = column.field;
  const auto& r = *message->GetReflection();
  switch (column.type) {
    case ColumnType::kText:
    case ColumnType::kBytes:
    case ColumnType::kJson:
      return WriteText(row.Text(index), column, message, newer);
    case ColumnType::kInteger:
      SetInteger(row.Int(index), message, f);
      return absl::OkStatus();
    case ColumnType::kBoolean:
      r.SetBool(message, f, row.Int(index) != 0);
      return absl::OkStatus();
    case ColumnType::kDouble:
      if (f->cpp_type() == FieldDescriptor::CPPTYPE_FLOAT) {
        r.SetFloat(message, f, static_cast<float>(row.Double(index)));
      } else {
        r.SetDouble(message, f, row.Double(index));
      }
      return absl::OkStatus();
    case ColumnType::kEnum: {
      const std::string name = row.Text(index);
      const auto* value = f->enum_type()->FindValueByName(name);
      if (value == nullptr && !MayBeValue(name)) return Bad(column);
      if (value == nullptr && newer != nullptr) newer->values[f->name()] = name;
      r.SetEnum(message, f, value == nullptr ? f->enum_type()->value(0) : value);
      return absl::OkStatus();
    }
    case ColumnType::kTimestamp:
      *static_cast<Timestamp*>(r.MutableMessage(message, f)) = time::ToTimestamp(row.Time(index));
      return absl::OkStatus();
    case ColumnType::kDate: {
      int year = 0, month = 0, day = 0;
      if (std::sscanf(row.Text(index).c_str(), "%d-%d-%d", &year, &month, &day) != 3) return Bad(column);
      auto* date = static_cast<google::type::Date*>(r.MutableMessage(message, f));
      date->set_year(year);
      date->set_month(month);
      date->set_day(day);
      return absl::OkStatus();
    }
  }
  return Bad(column);
}

std::optional<sql::Value> ParseLiteral(const std::string& text, const Column& column) {
  switch (column.type) {
    case ColumnType::kText:
      return sql::Value(text);
    case ColumnType::kInteger: {
      int64_t number;
      if (!absl::SimpleAtoi(text, &number)) return std::nullopt;
      return sql::Value(number);
    }
    case ColumnType::kBoolean:
      if (text != "true" && text != "false") return std::nullopt;
      return sql::Value(static_cast<int64_t>(text == "true"));
    case ColumnType::kDouble: {
      double number;
      if (!absl::SimpleAtod(text, &number) || !std::isfinite(number)) return std::nullopt;
      return sql::Value(number);
    }
    case ColumnType::kEnum:
      if (column.field->enum_type()->FindValueByName(text) == nullptr) return std::nullopt;
      return sql::Value(text);
    case ColumnType::kTimestamp: {
      const auto timestamp = time::ParseTimestamp(text);
      if (!timestamp.has_value()) return std::nullopt;
      const absl::Time time = time::ToTime(*timestamp);
      if (time < kFirstTime || time >= kEndOfTime) return std::nullopt;
      return sql::Value(time);
    }
    case ColumnType::kDate:
      if (!time::ParseDay(text)) return std::nullopt;
      return sql::Value(text);
    case ColumnType::kBytes:
    case ColumnType::kJson:
      break;
  }
  return std::nullopt;
}

std::optional<status::Words> FormOfLiteral(const Column& column) {
  static const status::Phrase kText{"a text", "文字"};
  static const status::Phrase kInteger{"an integer", "整數"};
  static const status::Phrase kBoolean{"true or false", "true 或 false"};
  static const status::Phrase kDouble{"a number", "數字"};
  static const status::Phrase kEnum{"one of {values:list}", "{values:list} 其中之一"};
  static const status::Phrase kTimestamp{"a time like 2026-01-31T08:00:00Z", "如 2026-01-31T08:00:00Z 的時間"};
  static const status::Phrase kDate{"a date like 2026-01-31", "如 2026-01-31 的日期"};
  switch (column.type) {
    case ColumnType::kText:
      return status::Say(kText);
    case ColumnType::kInteger:
      return status::Say(kInteger);
    case ColumnType::kBoolean:
      return status::Say(kBoolean);
    case ColumnType::kDouble:
      return status::Say(kDouble);
    case ColumnType::kEnum:
      return status::Say(kEnum, {{"values", rpc::ValuesOf(*column.field->enum_type())}});
    case ColumnType::kTimestamp:
      return status::Say(kTimestamp);
    case ColumnType::kDate:
      return status::Say(kDate);
    case ColumnType::kBytes:
    case ColumnType::kJson:
      break;
  }
  return std::nullopt;
}

}  // namespace heitie::record
