#include "tests/contract/people.h"

#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/record/columns.h"
#include "common/record/holdings.h"
#include "common/record/store.h"
#include "google/api/resource.pb.h"
#include "heitie/options/v1/person.pb.h"

namespace heitie::contract {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using options::v1::Person;

const std::string& ReferenceOf(const FieldDescriptor& field) {
  return field.options().GetExtension(google::api::resource_reference).type();
}
bool NamesEmployee(const FieldDescriptor& field) { return ReferenceOf(field) == "personnel.heitie/Employee"; }

// The resource of the same service that a field refers to; nullptr when there is none.
const Descriptor* NamedBy(const Descriptor& resource, const FieldDescriptor& field) {
  const std::string& type = ReferenceOf(field);
  return resource.file()->pool()->FindMessageTypeByName(absl::StrCat(resource.file()->package(), ".", type.substr(type.find('/') + 1)));
}

// "creator", "approver", "author".
bool IsRecordByConvention(const FieldDescriptor& field) {
  return ReferenceOf(field).empty() && (absl::EndsWith(field.name(), "er") || absl::EndsWith(field.name(), "or"));
}

// The states that the resource keeps; nullptr when it has none.
const EnumDescriptor* StatesOf(const Descriptor& resource) {
  for (const record::Column& column : record::ColumnsOf(resource)) {
    if (column.field->name() == "state" && column.type == record::ColumnType::kEnum) return column.field->enum_type();
  }
  return nullptr;
}

std::string WrongOpen(const Descriptor& resource, const Person& person) {
  if (person.open() == "*") return "";
  const EnumDescriptor* states = StatesOf(resource);
  if (states == nullptr) return "is open in states, and the resource keeps none";
  std::set<std::string> seen;
  for (const auto part : absl::StrSplit(person.open(), ' ')) {
    const std::string name(part);
    const auto* state = states->FindValueByName(absl::StrCat("STATE_", name));
    if (state == nullptr || state->number() == 0) return absl::StrCat("is open in \"", name, "\", which is no state");
    if (!seen.insert(name).second) return absl::StrCat("names ", name, " twice");
  }
  return static_cast<int>(seen.size()) == states->value_count() - 1 ? "is open in every state, which is *" : "";
}

std::string WrongStandIn(const Descriptor& resource, const FieldDescriptor& field, const Person& person) {
  if (person.stand_in().empty()) return "";
  if (person.open().empty()) return "has a stand-in and is no responsibility";
  const FieldDescriptor* stand_in = resource.FindFieldByName(person.stand_in());
  if (stand_in == nullptr || stand_in->is_repeated() || !NamesEmployee(*stand_in))
    return absl::StrCat("has the stand-in ", person.stand_in(), ", which is no field that names an employee");
  return stand_in == &field ? "stands in for itself" : "";
}

// A field of the resource, or "parent." and one of the resource above it, or a reference and one of the resource that it names, that names
// an employee; `once` stands for lists only.
std::string WrongFallback(const Descriptor& resource, const FieldDescriptor& field, bool in_list, const Person& person) {
  if (person.once() && (person.open().empty() || !in_list)) return "stands once, and is no responsibility in a list";
  if (person.fallback().empty()) return "";
  if (person.open().empty()) return "has a fallback and is no responsibility";
  if (absl::StartsWith(person.fallback(), "parent.")) {
    const auto& patterns = resource.options().GetExtension(google::api::resource).pattern();
    return patterns.empty() || record::ParentOf(patterns[0]).empty() ? "has a fallback above it, and is at the top" : "";
  }
  if (const size_t dot = person.fallback().find('.'); dot != std::string::npos) {
    const FieldDescriptor* of = resource.FindFieldByName(person.fallback().substr(0, dot));
    const Descriptor* other = of == nullptr || of->is_repeated() ? nullptr : NamedBy(resource, *of);
    const FieldDescriptor* whom = other == nullptr ? nullptr : other->FindFieldByName(person.fallback().substr(dot + 1));
    if (whom != nullptr && !whom->is_repeated() && NamesEmployee(*whom)) return "";
    return absl::StrCat("has the fallback ", person.fallback(), ", which names no employee of another resource of the service");
  }
  const FieldDescriptor* fallback = resource.FindFieldByName(person.fallback());
  if (fallback == nullptr || fallback->is_repeated() || fallback == &field || !fallback->options().HasExtension(options::v1::person))
    return absl::StrCat("has the fallback ", person.fallback(), ", which is no other field that names an employee");
  return "";
}

std::string Wrong(const Descriptor& resource, const FieldDescriptor& field, bool in_list) {
  const bool declares = field.options().HasExtension(options::v1::person);
  if (!declares) return NamesEmployee(field) ? "names an employee and declares nothing" : "";
  const Person& person = field.options().GetExtension(options::v1::person);
  if (field.type() != FieldDescriptor::TYPE_STRING) return "is no text";
  if (person.open().empty() != person.record()) return "must be either open or record";
  if (const std::string wrong = WrongStandIn(resource, field, person); !wrong.empty()) return wrong;
  if (const std::string wrong = WrongFallback(resource, field, in_list, person); !wrong.empty()) return wrong;
  return person.record() ? "" : WrongOpen(resource, person);
}

}  // namespace

std::vector<std::string> WrongDeclarations(const Descriptor& resource) {
  std::vector<std::string> wrong;
  for (const auto& path : record::StoredPathsOf(resource)) {
    const bool in_list = std::any_of(path.begin(), path.end(), [](const FieldDescriptor* field) { return field->is_repeated(); });
    const std::string what = Wrong(resource, *path.back(), in_list);
    if (!what.empty()) wrong.push_back(absl::StrCat(path.back()->full_name(), " of ", resource.name(), " ", what));
  }
  return wrong;
}

void ForEachEmployee(const Message& message, const std::function<void(const FieldDescriptor&, bool)>& each) {
  std::vector<const FieldDescriptor*> fields;
  const auto& r = *message.GetReflection();
  r.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int count = field->is_repeated() ? r.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->message_type() != nullptr) {
        ForEachEmployee(field->is_repeated() ? r.GetRepeatedMessage(message, field, i) : r.GetMessage(message, field), each);
      } else if (field->type() == FieldDescriptor::TYPE_STRING && field->name() != "name" && ReferenceOf(*field) != "*") {
        const std::string value = field->is_repeated() ? r.GetRepeatedString(message, field, i) : r.GetString(message, field);
        if (record::MatchesPattern(value, "employees/{employee}"))
          each(*field, field->options().HasExtension(options::v1::person) || IsRecordByConvention(*field));
      }
    }
  }
}

}  // namespace heitie::contract
