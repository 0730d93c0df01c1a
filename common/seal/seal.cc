#include "common/seal/seal.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/rpc/contract.h"
#include "common/seal/cipher.h"
#include "common/status/macros.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/unknown_field_set.h"
#include "heitie/options/v1/person.pb.h"
#include "heitie/options/v1/personal.pb.h"

namespace heitie::seal {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using Tree = nlohmann::ordered_json;

constexpr size_t kIdSize = 32;
// What a plain text was: a column, a member of JSON, or a message with the one field.
constexpr absl::string_view kColumn = "column", kMember = "json", kField = "wire";
constexpr char kSelf[] = "name", kParent[] = "parent";

bool IsResource(const Descriptor& message) { return message.options().HasExtension(google::api::resource); }

std::string TextIn(const Message& message, const std::string& field) {
  const FieldDescriptor* f = message.GetDescriptor()->FindFieldByName(field);
  if (f == nullptr || f->is_repeated() || f->type() != FieldDescriptor::TYPE_STRING) return "";
  return message.GetReflection()->GetString(message, f);
}

Context ContextOf(const Message& resource) {
  return {TextIn(resource, "name"), [&resource](const std::string& field) { return TextIn(resource, field); }};
}

std::string TextIn(const Tree& object, const std::string& field) {
  const auto member = object.find(field);
  return member == object.end() || !member->is_string() ? "" : member->get<std::string>();
}

Context ContextOf(const Tree& resource) {
  return {TextIn(resource, "name"), [&resource](const std::string& field) { return TextIn(resource, field); }};
}

// What a field declares: mostly one.
std::vector<std::string> AlternativesOf(const std::string& declared) { return absl::StrSplit(declared, '|'); }

// The person whose data the field holds; empty where none is named.
std::string PersonIn(const Context& context, const std::string& declared) {
  if (absl::StrContains(declared, '|')) {
    for (const std::string& alternative : AlternativesOf(declared)) {
      if (std::string person = context.text(alternative); !person.empty()) return person;
    }
    return "";
  }
  if (declared != kParent) return context.text(declared);
  const size_t id = context.resource.rfind('/');
  const size_t collection = id == std::string::npos || id == 0 ? id : context.resource.rfind('/', id - 1);
  return collection == std::string::npos ? "" : context.resource.substr(0, collection);
}

std::string BoundOf(const Context& context, const std::string& path, absl::string_view form, absl::string_view id) {
  return absl::StrCat(form, "\n", context.resource, "\n", path, "\n", id);
}

std::string Dump(const Tree& json) { return json.dump(-1, ' ', false, Tree::error_handler_t::replace); }

bool IsEmpty(const Tree& value) {
  return value.is_null() || (value.is_string() && value.get_ref<const std::string&>().empty()) || (value.is_structured() && value.empty());
}

// Calls `each` for the members of an object that are personal; it returns whether the member stays, which it may change. `context` is that
// of the resource that the object is in, if it is not one itself.
using Each =
    std::function<absl::StatusOr<bool>(Tree& value, const FieldDescriptor& field, const std::string& path, const Context* context)>;
absl::Status Walk(Tree& object, const Descriptor& type, const Context* context, const std::string& prefix, const Each& each) {
  if (!object.is_object()) return absl::OkStatus();
  Context own;
  std::string before = prefix;
  if (IsResource(type) && object.contains("name")) {
    own = ContextOf(object);
    context = &own;
    before.clear();
  }
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (!HoldsPersonal(field)) continue;
    const auto member = object.find(field.name());
    if (member == object.end() || member->is_null()) continue;
    const std::string path = absl::StrCat(before, field.name());
    if (!PersonalOf(field).empty()) {
      ASSIGN_OR_RETURN(const bool stays, each(*member, field, path, context));
      if (!stays) object.erase(field.name());
      continue;
    }
    const Descriptor& below = field.is_map() ? *field.message_type()->map_value()->message_type() : *field.message_type();
    if (!field.is_repeated()) {
      RETURN_IF_ERROR(Walk(*member, below, context, path + ".", each));
    } else if (member->is_structured()) {
      for (Tree& element : *member) RETURN_IF_ERROR(Walk(element, below, context, path + ".", each));
    }
  }
  return absl::OkStatus();
}

}  // namespace

const std::string& PersonalOf(const FieldDescriptor& field) { return field.options().GetExtension(options::v1::personal); }

bool HoldsPersonal(const FieldDescriptor& field) {
  return !PersonalOf(field).empty() || (field.message_type() != nullptr && HoldsPersonal(*field.message_type()));
}

namespace {

bool Search(const Descriptor& message, std::set<const Descriptor*>& seen) {
  if (!seen.insert(&message).second) return false;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    if (!PersonalOf(field).empty() || (field.message_type() != nullptr && Search(*field.message_type(), seen))) return true;
  }
  return false;
}

// Calls `each` for all personal fields below, with their paths.
void Declared(const Descriptor& message, const std::string& prefix, std::set<const Descriptor*> within,
              const std::function<void(const FieldDescriptor&, const std::string& path)>& each) {
  if (!within.insert(&message).second) return;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    const std::string path = absl::StrCat(prefix, field.name());
    if (!PersonalOf(field).empty()) {
      each(field, path);
    } else if (field.message_type() != nullptr && !IsResource(*field.message_type())) {
      Declared(*field.message_type(), path + ".", within, each);
    }
  }
}

bool HoldsResponsibility(const FieldDescriptor& field, std::set<const Descriptor*> within) {
  if (!field.options().GetExtension(options::v1::person).open().empty()) return true;
  if (field.message_type() == nullptr || !within.insert(field.message_type()).second) return false;
  for (int i = 0; i < field.message_type()->field_count(); ++i) {
    if (HoldsResponsibility(*field.message_type()->field(i), within)) return true;
  }
  return false;
}

}  // namespace

bool HoldsPersonal(const Descriptor& message) {
  static auto& mutex = *new std::mutex;
  static auto& known = *new std::map<const Descriptor*, bool>;
  const std::lock_guard lock(mutex);
  const auto it = known.find(&message);
  if (it != known.end()) return it->second;
  std::set<const Descriptor*> seen;
  return known[&message] = Search(message, seen);
}

std::string MistakeIn(const Descriptor& resource) {
  std::string mistake;
  Declared(resource, "", {}, [&](const FieldDescriptor& field, const std::string& path) {
    const std::string& declared = PersonalOf(field);
    const bool top = field.containing_type() == &resource;
    const bool text = field.type() == FieldDescriptor::TYPE_STRING || field.type() == FieldDescriptor::TYPE_BYTES;
    const bool message = field.message_type() != nullptr && field.message_type()->file()->package() != "google.protobuf" &&
                         field.message_type()->full_name() != "google.type.Date";
    using Type = FieldDescriptor::CppType;
    const Type type = field.cpp_type();
    const bool integer = type == FieldDescriptor::CPPTYPE_INT32 || type == FieldDescriptor::CPPTYPE_INT64 ||
                         type == FieldDescriptor::CPPTYPE_UINT32 || type == FieldDescriptor::CPPTYPE_UINT64;
    if (!field.is_repeated() && !text && !message && !integer) mistake = absl::StrCat(path, " is of a type that is not sealed");
    if (top && field.name() == kSelf) mistake = "a name is not sealed";
    if (HoldsResponsibility(field, {})) mistake = absl::StrCat(path, " names somebody for whom the resource waits");
    if (declared == kSelf || declared == kParent) return;
    const FieldDescriptor* person = nullptr;
    for (const std::string& alternative : AlternativesOf(declared)) {
      if (person == nullptr) person = resource.FindFieldByName(alternative);
    }
    if (person == nullptr || person->is_repeated() || person->type() != FieldDescriptor::TYPE_STRING || !PersonalOf(*person).empty()) {
      mistake = absl::StrCat(path, " is said to be of ", declared, ", which is no text of the resource");
    } else if (!rpc::Behaves(*person, google::api::IMMUTABLE) && !rpc::Behaves(*person, google::api::OUTPUT_ONLY)) {
      mistake = absl::StrCat(path, " is said to be of ", declared, ", which may change");
    }
  });
  return mistake;
}

std::set<std::string> PersonFieldsOf(const Descriptor& resource) {
  std::set<std::string> fields;
  Declared(resource, "", {}, [&](const FieldDescriptor& field, const std::string&) {
    for (const std::string& alternative : AlternativesOf(PersonalOf(field))) {
      if (resource.FindFieldByName(alternative) != nullptr) fields.insert(alternative);
    }
  });
  fields.erase(kSelf);
  fields.erase(kParent);
  return fields;
}

std::string DeclarationsOf(const Descriptor& resource) {
  std::string all;
  Declared(resource, "", {},
           [&](const FieldDescriptor& field, const std::string& path) { absl::StrAppend(&all, path, "=", PersonalOf(field), "\n"); });
  return all;
}

bool MayHoldSealed(absl::string_view text) { return absl::StrContains(text, kPrefix); }

// ---- Sealing

absl::StatusOr<std::optional<std::string>> Writer::Seal(const Context* context, const FieldDescriptor& field, const std::string& path,
                                                        absl::string_view form, const std::string& plain) {
  const std::string person = context == nullptr ? "" : PersonIn(*context, PersonalOf(field));
  if (person.empty()) return absl::InternalError(absl::StrCat(field.full_name(), " is personal, and nobody is named whose it is"));
  auto known = known_.find(person);
  if (known == known_.end()) {
    absl::StatusOr<PersonKey> key = keys_.ForWriting(session_, person, now_);
    if (late_ && absl::IsFailedPrecondition(key.status())) return std::optional<std::string>();
    if (!key.ok()) return key.status();
    known = known_.emplace(person, *std::move(key)).first;
  }
  const PersonKey& key = known->second;
  return std::optional<std::string>(
      absl::StrCat(kPrefix, key.id, ":", absl::WebSafeBase64Escape(Encrypt(key.bytes, BoundOf(*context, path, form, key.id), plain))));
}

absl::Status Writer::Welcome(const std::string& person) {
  ASSIGN_OR_RETURN(known_[person], keys_.ForNewcomer(session_, person, now_));
  return absl::OkStatus();
}

absl::Status Writer::Expect(const std::set<std::string>& people) { return keys_.ForWriting(session_, people, &known_); }

absl::StatusOr<std::string> Writer::Column(const Message& resource, const FieldDescriptor& field, std::string text) {
  const Context context = ContextOf(resource);
  if (!PersonalOf(field).empty()) {
    const bool json = field.is_repeated() || field.message_type() != nullptr;
    if (text.empty() || (json && text == "{}") || (late_ && absl::StartsWith(text, kPrefix))) return text;
    ASSIGN_OR_RETURN(std::optional<std::string> sealed, Seal(&context, field, field.name(), kColumn, text));
    return sealed ? *std::move(sealed) : std::string(json ? "{}" : "");
  }
  Tree json = Tree::parse(text, nullptr, false);
  if (!json.is_object()) return absl::DataLossError(absl::StrCat("column ", field.full_name(), " holds no JSON"));
  RETURN_IF_ERROR(Walk(json, *resource.GetDescriptor(), &context, "",
                       [&](Tree& value, const FieldDescriptor& part, const std::string& path, const Context* of) -> absl::StatusOr<bool> {
                         if (IsEmpty(value)) return true;
                         if (late_ && value.is_string() && absl::StartsWith(value.get_ref<const std::string&>(), kPrefix)) return true;
                         ASSIGN_OR_RETURN(std::optional<std::string> sealed, Seal(of, part, path, kMember, Dump(value)));
                         if (sealed) value = *std::move(sealed);
                         return sealed.has_value();
                       }));
  return Dump(json);
}

absl::Status Writer::Json(const Descriptor& type, std::string* text) {
  Tree json = Tree::parse(*text, nullptr, false);
  if (!json.is_object()) return absl::DataLossError(absl::StrCat("no JSON of ", type.full_name()));
  bool changed = false;
  RETURN_IF_ERROR(
      Walk(json, type, nullptr, "",
           [&](Tree& value, const FieldDescriptor& field, const std::string& path, const Context* context) -> absl::StatusOr<bool> {
             if (IsEmpty(value)) return true;
             if (late_ && value.is_string() && absl::StartsWith(value.get_ref<const std::string&>(), kPrefix)) return true;
             ASSIGN_OR_RETURN(std::optional<std::string> sealed, Seal(context, field, path, kMember, Dump(value)));
             changed = true;
             if (sealed) value = *std::move(sealed);
             return sealed.has_value();
           }));
  if (changed) *text = Dump(json);
  return absl::OkStatus();
}

absl::StatusOr<std::string> Writer::Bytes(const Message& message) {
  if (!HoldsPersonal(*message.GetDescriptor())) return message.SerializeAsString();
  const std::unique_ptr<Message> closed(message.New());
  closed->CopyFrom(message);
  RETURN_IF_ERROR(Close(closed.get(), nullptr, ""));
  return closed->SerializeAsString();
}

namespace {

// The messages in a field that is set, in order.
void EachMessage(Message* message, const FieldDescriptor& field, const std::function<void(Message*)>& each) {
  const auto& r = *message->GetReflection();
  if (!field.is_repeated()) {
    if (r.HasField(*message, &field)) each(r.MutableMessage(message, &field));
    return;
  }
  for (int i = 0; i < r.FieldSize(*message, &field); ++i) each(r.MutableRepeatedMessage(message, &field, i));
}

bool IsSet(const Message& message, const FieldDescriptor& field) {
  const auto& r = *message.GetReflection();
  return field.is_repeated() ? r.FieldSize(message, &field) > 0 : r.HasField(message, &field);
}

}  // namespace

absl::Status Writer::Close(Message* message, const Context* context, const std::string& prefix) {
  const Descriptor& type = *message->GetDescriptor();
  const auto& r = *message->GetReflection();
  Context own;
  std::string before = prefix;
  if (IsResource(type)) {
    own = ContextOf(*message);
    context = &own;
    before.clear();
  }
  std::vector<std::string> sealed;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (!HoldsPersonal(field) || !IsSet(*message, field)) continue;
    const std::string path = absl::StrCat(before, field.name());
    if (!PersonalOf(field).empty()) {
      const std::unique_ptr<Message> one(message->New());
      r.SwapFields(message, one.get(), {&field});
      ASSIGN_OR_RETURN(std::optional<std::string> text, Seal(context, field, path, kField, one->SerializeAsString()));
      if (text) sealed.push_back(absl::StrCat(field.number(), ":", *text));
      continue;
    }
    absl::Status below;
    EachMessage(message, field, [&](Message* each) {
      // An entry of a map is a message whose value has the path of the map.
      if (below.ok()) below = field.is_map() ? Close(each, context, prefix) : Close(each, context, path + ".");
    });
    RETURN_IF_ERROR(below);
  }
  for (const std::string& text : sealed) r.MutableUnknownFields(message)->AddLengthDelimited(kSealedField, text);
  return absl::OkStatus();
}

// ---- Opening

void Opener::Add(absl::string_view text) {
  for (size_t at = text.find(kPrefix); at != absl::string_view::npos; at = text.find(kPrefix, at + 1)) {
    const absl::string_view id = text.substr(at + kPrefix.size(), kIdSize);
    const bool hex = std::all_of(id.begin(), id.end(), [](char c) { return absl::ascii_isxdigit(static_cast<unsigned char>(c)); });
    if (hex && id.size() == kIdSize) ids_.emplace(id);
  }
}

absl::StatusOr<std::optional<std::string>> Opener::Open(absl::string_view sealed, const Context* context, const std::string& path,
                                                        absl::string_view form) const {
  const std::string resource = context == nullptr ? "" : context->resource;
  const absl::Status lost = absl::DataLossError(absl::StrCat(path, " of ", resource, " cannot be opened"));
  absl::string_view rest = sealed.substr(std::min(kPrefix.size(), sealed.size()));
  const std::string id(rest.substr(0, kIdSize));
  std::string bytes;
  if (context == nullptr || rest.size() <= kIdSize || rest[kIdSize] != ':' ||
      !absl::WebSafeBase64Unescape(rest.substr(kIdSize + 1), &bytes))
    return lost;
  const auto key = opened_.find(id);
  if (key == opened_.end()) return lost;
  if (!key->second) return std::optional<std::string>();
  std::optional<std::string> plain = Decrypt(*key->second, BoundOf(*context, path, form, id), bytes);
  if (!plain) return lost;
  return plain;
}

absl::StatusOr<std::string> Opener::Column(const std::string& resource, const FieldDescriptor& field, const std::string& text) {
  const Context context{resource, nullptr};
  if (!PersonalOf(field).empty()) {
    if (!absl::StartsWith(text, kPrefix)) return text;
    ASSIGN_OR_RETURN(std::optional<std::string> plain, Open(text, &context, field.name(), kColumn));
    if (plain) return *std::move(plain);
    return std::string(field.is_repeated() || field.message_type() != nullptr ? "{}" : "");
  }
  Tree json = Tree::parse(text, nullptr, false);
  if (!json.is_object()) return absl::DataLossError(absl::StrCat("column ", field.full_name(), " holds no JSON"));
  RETURN_IF_ERROR(Walk(json, *field.containing_type(), &context, "",
                       [&](Tree& value, const FieldDescriptor&, const std::string& path, const Context* of) -> absl::StatusOr<bool> {
                         if (!value.is_string() || !absl::StartsWith(value.get_ref<const std::string&>(), kPrefix)) return true;
                         ASSIGN_OR_RETURN(const std::optional<std::string> plain,
                                          Open(value.get_ref<const std::string&>(), of, path, kMember));
                         if (plain) value = Tree::parse(*plain, nullptr, false);
                         return plain.has_value();
                       }));
  return Dump(json);
}

absl::Status Opener::Json(const Descriptor& type, std::string* text) {
  if (!MayHoldSealed(*text)) return absl::OkStatus();
  Tree json = Tree::parse(*text, nullptr, false);
  if (!json.is_object()) return absl::DataLossError(absl::StrCat("no JSON of ", type.full_name()));
  RETURN_IF_ERROR(Walk(json, type, nullptr, "",
                       [&](Tree& value, const FieldDescriptor&, const std::string& path, const Context* context) -> absl::StatusOr<bool> {
                         if (!value.is_string() || !absl::StartsWith(value.get_ref<const std::string&>(), kPrefix)) return true;
                         ASSIGN_OR_RETURN(const std::optional<std::string> plain,
                                          Open(value.get_ref<const std::string&>(), context, path, kMember));
                         if (plain) value = Tree::parse(*plain, nullptr, false);
                         return plain.has_value();
                       }));
  *text = Dump(json);
  return absl::OkStatus();
}

void Strip(const Descriptor& type, std::string* text) {
  Tree json = Tree::parse(*text, nullptr, false);
  const absl::Status walked =
      Walk(json, type, nullptr, "", [](Tree& value, const FieldDescriptor&, const std::string&, const Context*) -> absl::StatusOr<bool> {
        return !value.is_string() || !absl::StartsWith(value.get_ref<const std::string&>(), kPrefix);
      });
  if (walked.ok()) *text = Dump(json);
}

absl::Status Opener::Fields(Message* message) { return Fields(message, nullptr, ""); }

absl::Status Opener::Fields(Message* message, const Context* context, const std::string& prefix) {
  const Descriptor& type = *message->GetDescriptor();
  if (!HoldsPersonal(type)) return absl::OkStatus();
  const auto& r = *message->GetReflection();
  Context own;
  std::string before = prefix;
  if (IsResource(type)) {
    own = ContextOf(*message);
    context = &own;
    before.clear();
  }
  const auto& unknown = r.GetUnknownFields(*message);
  std::vector<std::string> sealed;
  for (int i = 0; i < unknown.field_count(); ++i) {
    if (unknown.field(i).number() == kSealedField && unknown.field(i).type() == google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED)
      sealed.push_back(unknown.field(i).length_delimited());
  }
  if (!sealed.empty()) r.MutableUnknownFields(message)->DeleteByNumber(kSealedField);
  for (const std::string& text : sealed) {
    const size_t colon = text.find(':');
    int number = 0;
    if (colon == std::string::npos || !absl::SimpleAtoi(text.substr(0, colon), &number))
      return absl::DataLossError("a sealed field has no number");
    const FieldDescriptor* field = type.FindFieldByNumber(number);
    if (field == nullptr) continue;  // a newer version's
    ASSIGN_OR_RETURN(const std::optional<std::string> plain,
                     Open(absl::string_view(text).substr(colon + 1), context, absl::StrCat(before, field->name()), kField));
    if (plain && !message->MergeFromString(*plain)) return absl::DataLossError("a sealed field cannot be parsed");
  }
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (!PersonalOf(field).empty() || !HoldsPersonal(field) || !IsSet(*message, field)) continue;
    absl::Status below;
    const std::string path = absl::StrCat(before, field.name());
    EachMessage(message, field, [&](Message* each) {
      if (below.ok()) below = field.is_map() ? Fields(each, context, prefix) : Fields(each, context, path + ".");
    });
    RETURN_IF_ERROR(below);
  }
  return absl::OkStatus();
}

}  // namespace heitie::seal
