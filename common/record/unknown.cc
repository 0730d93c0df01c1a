#include "common/record/unknown.h"

#include <algorithm>
#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/match.h"

namespace heitie::record {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using nlohmann::json;

json Parse(const std::string& text) { return json::parse(text, nullptr, false); }

const FieldDescriptor* FieldOf(const Descriptor& message, const std::string& member) {
  const FieldDescriptor* field = message.FindFieldByName(member);
  if (field != nullptr) return field;
  field = message.FindFieldByCamelcaseName(member);
  return field != nullptr && field->json_name() == member ? field : nullptr;
}

// The messages whose members are the contract's fields; of Timestamp, Struct and their like JSON has a form of their own.
const Descriptor* MessageOf(const FieldDescriptor& field) {
  const FieldDescriptor* value = field.is_map() ? field.message_type()->map_value() : &field;
  const Descriptor* message = value->message_type();
  return message == nullptr || absl::StartsWith(message->full_name(), "google.protobuf.") ? nullptr : message;
}

const EnumDescriptor* EnumOf(const FieldDescriptor& field) {
  const EnumDescriptor* values = field.is_map() ? field.message_type()->map_value()->enum_type() : field.enum_type();
  return values == nullptr || values->full_name() == "google.protobuf.NullValue" ? nullptr : values;
}

bool HasUnknownValueIn(const json& object, const Descriptor& message) {
  if (!object.is_object()) return false;
  for (const auto& [member, value] : object.items()) {
    const FieldDescriptor* field = FieldOf(message, member);
    if (field == nullptr) continue;
    const EnumDescriptor* values = EnumOf(*field);
    const Descriptor* type = MessageOf(*field);
    const auto unknown = [&](const json& one) {
      if (values != nullptr) return one.is_string() && values->FindValueByName(one.get_ref<const std::string&>()) == nullptr;
      return type != nullptr && HasUnknownValueIn(one, *type);
    };
    const bool many = field->is_repeated() && value.is_structured();  // the members of a map as well
    if (many ? std::any_of(value.begin(), value.end(), unknown) : unknown(value)) return true;
  }
  return false;
}

// Takes away what the contract does not know.
void Strip(json& object, const Descriptor& message) {
  if (!object.is_object()) return;
  for (auto member = object.begin(); member != object.end();) {
    const FieldDescriptor* field = FieldOf(message, member.key());
    if (field == nullptr) {
      member = object.erase(member);
      continue;
    }
    if (const Descriptor* type = MessageOf(*field)) {
      if (field->is_repeated() && member->is_structured()) {
        for (json& one : *member) Strip(one, *type);
      } else {
        Strip(*member, *type);
      }
    }
    ++member;
  }
}

// By which a list's element is known when it was changed; empty when by nothing.
std::string IdentityOf(const json& element, const Descriptor& message) {
  const FieldDescriptor* field = message.FindFieldByName("name");
  if (field == nullptr && message.field_count() > 0) field = message.field(0);
  if (field == nullptr || field->is_repeated() || !element.is_object()) return "";
  const auto member = element.find(field->name());
  return member == element.end() || !member->is_primitive() ? "" : member->dump();
}

class Graft {
 public:
  // False when it cannot be done.
  bool Object(const json& stored, json& written, const Descriptor& message) {
    if (!stored.is_object() || !written.is_object()) return true;
    bool unknown = false;
    for (const auto& [member, value] : stored.items()) {
      const FieldDescriptor* field = FieldOf(message, member);
      if (field == nullptr) {
        written[member] = value;
        unknown = changed_ = true;
        continue;
      }
      const auto mine = written.find(member);
      const Descriptor* type = MessageOf(*field);
      if (mine == written.end() || type == nullptr) continue;
      if (!(field->is_map() ? Map(value, *mine, *type) : field->is_repeated() ? List(value, *mine, *type) : Object(value, *mine, *type)))
        return false;
    }
    return !unknown || !SetsOneof(stored, written, message);
  }
  bool changed() const { return changed_; }

 private:
  static bool SetsOneof(const json& stored, const json& written, const Descriptor& message) {
    for (int i = 0; i < message.real_oneof_decl_count(); ++i) {
      const auto* oneof = message.oneof_decl(i);
      bool was = false, is = false;
      for (int j = 0; j < oneof->field_count(); ++j) {
        was |= stored.contains(oneof->field(j)->name());
        is |= written.contains(oneof->field(j)->name());
      }
      if (is && !was) return true;
    }
    return false;
  }

  bool Map(const json& stored, json& written, const Descriptor& type) {
    if (!stored.is_object() || !written.is_object()) return true;
    for (const auto& [key, value] : stored.items()) {
      const auto mine = written.find(key);
      if (mine != written.end() && !Object(value, *mine, type)) return false;
    }
    return true;
  }

  bool List(const json& stored, json& written, const Descriptor& type) {
    if (!stored.is_array() || !written.is_array()) return true;
    const std::vector<int> origin = OriginsOf(stored, written, type);
    for (size_t i = 0; i < written.size(); ++i) {
      if (origin[i] >= 0 && !Object(stored[origin[i]], written[i], type)) return false;
    }
    return true;
  }

  // For each written element, which stored one it was; -1 for a new one.
  static std::vector<int> OriginsOf(const json& stored, const json& written, const Descriptor& type) {
    std::vector<int> origin(written.size(), -1);
    std::vector<bool> taken(stored.size(), false);
    const auto take = [&](size_t mine, size_t theirs) {
      origin[mine] = static_cast<int>(theirs);
      taken[theirs] = true;
    };
    std::vector<json> known(stored.begin(), stored.end());
    for (json& one : known) Strip(one, type);
    for (size_t i = 0; i < std::min(stored.size(), written.size()); ++i) {
      if (known[i] == written[i]) take(i, i);
    }
    std::map<std::string, std::deque<size_t>> by_content;
    for (size_t i = 0; i < stored.size(); ++i) {
      if (!taken[i]) by_content[known[i].dump()].push_back(i);
    }
    for (size_t i = 0; i < written.size(); ++i) {
      if (origin[i] >= 0) continue;
      const auto same = by_content.find(written[i].dump());
      if (same == by_content.end() || same->second.empty()) continue;
      take(i, same->second.front());
      same->second.pop_front();
    }
    std::map<std::string, std::pair<std::vector<size_t>, std::vector<size_t>>> by_identity;  // stored, written
    for (size_t i = 0; i < stored.size(); ++i) {
      if (!taken[i]) by_identity[IdentityOf(known[i], type)].first.push_back(i);
    }
    for (size_t i = 0; i < written.size(); ++i) {
      if (origin[i] < 0) by_identity[IdentityOf(written[i], type)].second.push_back(i);
    }
    for (const auto& [identity, places] : by_identity) {
      if (!identity.empty() && places.first.size() == 1 && places.second.size() == 1) take(places.second[0], places.first[0]);
    }
    for (size_t i = 0; stored.size() == written.size() && i < written.size(); ++i) {
      if (origin[i] < 0 && !taken[i]) take(i, i);
    }
    return origin;
  }

  bool changed_ = false;
};

}  // namespace

bool HasUnknownValue(const std::string& text, const Descriptor& message) { return HasUnknownValueIn(Parse(text), message); }

std::optional<std::string> KeepUnknown(const std::string& stored, const std::string& written, const Descriptor& message) {
  const json old = Parse(stored);
  json result = Parse(written);
  Graft graft;
  if (!graft.Object(old, result, message)) return std::nullopt;
  return graft.changed() ? result.dump() : written;
}

}  // namespace heitie::record
