#include "services/metrics/closing/difference.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/type/date.pb.h"

namespace heitie::metrics {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string TextOf(const v1::GroupValue& group) {
  return group.has_value() ? absl::StrCat(group.property(), "=", group.value()) : group.property();
}

// What an element of a list is of; empty where its place says it.
std::string ElementName(const Message& element) {
  std::vector<std::string> words;
  const auto& reflection = *element.GetReflection();
  const auto& type = *element.GetDescriptor();
  if (const auto* group = dynamic_cast<const v1::FigureGroup*>(&element); group != nullptr) {
    for (const v1::GroupValue& value : group->values()) words.push_back(TextOf(value));
    return group->other() ? "OTHER" : absl::StrJoin(words, ", ");
  }
  if (type.full_name() == v1::FigureValue::descriptor()->full_name()) return "";
  for (const char* const key : {"date", "interval", "value", "title", "quantile"}) {
    const FieldDescriptor* field = type.FindFieldByName(key);
    if (field == nullptr || field->is_repeated()) continue;
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      words.push_back(reflection.GetString(element, field));
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) {
      words.push_back(absl::StrCat(reflection.GetDouble(element, field)));
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && reflection.HasField(element, field)) {
      const Message& of = reflection.GetMessage(element, field);
      if (const auto* date = dynamic_cast<const google::type::Date*>(&of)) words.push_back(time::DayText(time::ToDay(*date)));
      if (const auto* interval = dynamic_cast<const v1::TimeInterval*>(&of))
        words.push_back(time::InstantText(time::ToTime(interval->start_time())));
      if (const auto* value = dynamic_cast<const v1::GroupValue*>(&of)) words.push_back(TextOf(*value));
    }
  }
  return absl::StrJoin(words, ", ");
}

// Nothing where the field is no number.
std::optional<double> NumberOf(const Message& message, const FieldDescriptor& field) {
  const auto& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection.GetInt32(message, &field);
    case FieldDescriptor::CPPTYPE_INT64:
      return static_cast<double>(reflection.GetInt64(message, &field));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return reflection.GetDouble(message, &field);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (field.message_type() == google::protobuf::Duration::descriptor()) {
        const auto& duration = static_cast<const google::protobuf::Duration&>(reflection.GetMessage(message, &field));
        return static_cast<double>(duration.seconds()) + 1e-9 * duration.nanos();
      }
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

class Comparison {
 public:
  // Of messages of one type, one of which may be missing.
  void Compare(const std::string& path, const Message* before, const Message* after) {
    const Message& some = before != nullptr ? *before : *after;
    for (int i = 0; i < some.GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor& field = *some.GetDescriptor()->field(i);
      const std::string at = absl::StrCat(path, ".", field.name());
      if (field.is_repeated()) {
        if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) Elements(at, field, before, after);
      } else if (NumberOf(some, field).has_value()) {
        Numbers(at, field, before, after);
      } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !IsName(*field.message_type())) {
        const Message *one = Part(field, before), *other = Part(field, after);
        if (one != nullptr || other != nullptr) Compare(at, one, other);
      }
    }
  }

  std::vector<v1::FigureDifference> found;

 private:
  // What says where a figure belongs.
  static bool IsName(const google::protobuf::Descriptor& type) {
    static const auto& names =
        *new std::set<const google::protobuf::Descriptor*>{google::protobuf::Timestamp::descriptor(), google::type::Date::descriptor(),
                                                           v1::TimeInterval::descriptor(), v1::GroupValue::descriptor()};
    return names.contains(&type);
  }

  static const Message* Part(const FieldDescriptor& field, const Message* of) {
    if (of == nullptr || !of->GetReflection()->HasField(*of, &field)) return nullptr;
    return &of->GetReflection()->GetMessage(*of, &field);
  }

  void Numbers(const std::string& path, const FieldDescriptor& field, const Message* before, const Message* after) {
    const auto number = [&](const Message* of, const Message* other) -> std::optional<double> {
      if (of == nullptr) return std::nullopt;
      if (field.has_presence() && !of->GetReflection()->HasField(*of, &field)) return std::nullopt;
      const std::optional<double> found = NumberOf(*of, field);
      // What is 0 because nobody set it says nothing beside what is not there.
      return other == nullptr && !field.has_presence() && found == 0.0 ? std::nullopt : found;
    };
    const std::optional<double> one = number(before, after), other = number(after, before);
    if (one == other) return;
    v1::FigureDifference& difference = found.emplace_back();
    difference.set_path(path);
    if (one.has_value()) difference.set_before(*one);
    if (other.has_value()) difference.set_after(*other);
    difference.set_difference(other.value_or(0) - one.value_or(0));
  }

  // The elements by their names, and these in their order.
  struct Named {
    std::map<std::string, const Message*> elements;
    std::vector<std::string> order;
  };
  static Named NamesOf(const FieldDescriptor& field, const Message* of) {
    Named named;
    if (of == nullptr) return named;
    for (int i = 0; i < of->GetReflection()->FieldSize(*of, &field); ++i) {
      const Message& element = of->GetReflection()->GetRepeatedMessage(*of, &field, i);
      std::string name = ElementName(element);
      if (name.empty()) name = absl::StrCat(i);
      while (!named.elements.emplace(name, &element).second) name += "'";
      named.order.push_back(name);
    }
    return named;
  }

  void Elements(const std::string& path, const FieldDescriptor& field, const Message* before, const Message* after) {
    if (IsName(*field.message_type())) return;
    const Named one = NamesOf(field, before), other = NamesOf(field, after);
    const auto find = [](const Named& in, const std::string& name) {
      const auto at = in.elements.find(name);
      return at == in.elements.end() ? nullptr : at->second;
    };
    for (const std::string& name : other.order) Compare(absl::StrCat(path, "[", name, "]"), find(one, name), find(other, name));
    for (const std::string& name : one.order) {
      if (!other.elements.contains(name)) Compare(absl::StrCat(path, "[", name, "]"), find(one, name), nullptr);
    }
  }
};

}  // namespace

std::vector<v1::FigureDifference> DifferencesOf(const v1::Answer& before, const v1::Answer& after) {
  Comparison comparison;
  if (before.has_body() || after.has_body()) {
    comparison.Compare("body", before.has_body() ? &before.body() : nullptr, after.has_body() ? &after.body() : nullptr);
  }
  if (before.has_compared() || after.has_compared()) {
    comparison.Compare("compared", before.has_compared() ? &before.compared() : nullptr,
                       after.has_compared() ? &after.compared() : nullptr);
  }
  return std::move(comparison.found);
}

bool IsLessExact(const std::vector<v1::FigureDifference>& differences) {
  return std::any_of(differences.begin(), differences.end(), [](const v1::FigureDifference& one) {
    return absl::EndsWith(one.path(), ".relative_error") && one.has_after() && !one.has_before();
  });
}

}  // namespace heitie::metrics
