// Personal data in rows, events and first answers: which fields are personal is declared by `(heitie.options.v1.personal)`, and what is
// stored of them is sealed with the key of the person.
//
//   sealed:1:<id of the key>:<nonce, ciphertext and tag in URL-safe base64>
//
// is what takes the place of a text or of a whole column, and as a JSON string that of a member; in the bytes of a message the field is
// unset and an unknown field (kSealedField) holds the same behind the field's number. Each is bound to the resource's name, the field's
// path and its key, so that it is refused anywhere else. Nothing is sealed of what is empty.
//
// Descriptors are of generated messages. Everything here is thread-safe but one Writer or Opener.
#ifndef HEITIE_COMMON_SEAL_SEAL_H_
#define HEITIE_COMMON_SEAL_SEAL_H_

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/seal/person_keys.h"
#include "common/sql/database.h"
#include "google/protobuf/message.h"

namespace heitie::seal {

inline constexpr absl::string_view kPrefix = "sealed:1:";
// The last number that a field may have; no contract uses it.
inline constexpr int kSealedField = 536870911;

// What the field declares, whose data it holds, alternatives and all; empty: it is not personal.
const std::string& PersonalOf(const google::protobuf::FieldDescriptor& field);
// Whether something in it is personal, at any depth.
bool HoldsPersonal(const google::protobuf::FieldDescriptor& field);
bool HoldsPersonal(const google::protobuf::Descriptor& message);
// Leaves out of the JSON of a resource what is sealed in it.
void Strip(const google::protobuf::Descriptor& type, std::string* json);
// What is wrong with the declarations of a resource, in a line; empty: nothing.
std::string MistakeIn(const google::protobuf::Descriptor& resource);
// The fields of a resource that name whose data it holds, but for `name` and `parent`.
std::set<std::string> PersonFieldsOf(const google::protobuf::Descriptor& resource);
// The declarations of a resource as a text: other ones give another text.
std::string DeclarationsOf(const google::protobuf::Descriptor& resource);
// Whether something sealed stands in it.
bool MayHoldSealed(absl::string_view text);

// Whose data a resource holds, and where.
struct Context {
  std::string resource;
  // A text field of the resource.
  std::function<std::string(const std::string& field)> text;
};

// Seals what one transaction writes.
class Writer {
 public:
  Writer(PersonKeys& keys, sql::Session& session, absl::Time now) : keys_(keys), session_(session), now_(now) {}
  // For what was written before it was sealed: what is sealed already stays, and what is personal of somebody who was erased is left out
  // instead of being PERSON_ERASED.
  void SealLate(bool late) { late_ = late; }

  // Makes the key of somebody whose name was made just now, for what is written next (PersonKeys::ForNewcomer).
  absl::Status Welcome(const std::string& person);
  // Reads the keys of these people by few queries, for what is written about them next.
  absl::Status Expect(const std::set<std::string>& people);

  // A column of the resource's row: a text, bytes, or the JSON of a field (record/kind.h).
  absl::StatusOr<std::string> Column(const google::protobuf::Message& resource, const google::protobuf::FieldDescriptor& field,
                                     std::string text);
  // The JSON of a whole resource.
  absl::Status Json(const google::protobuf::Descriptor& type, std::string* json);
  // The message's bytes.
  absl::StatusOr<std::string> Bytes(const google::protobuf::Message& message);

 private:
  absl::StatusOr<std::optional<std::string>> Seal(const Context* context, const google::protobuf::FieldDescriptor& field,
                                                  const std::string& path, absl::string_view form, const std::string& plain);
  absl::Status Close(google::protobuf::Message* message, const Context* context, const std::string& path);

  PersonKeys& keys_;
  sql::Session& session_;
  const absl::Time now_;
  bool late_ = false;
  std::map<std::string, PersonKey> known_;  // by person
};

// Opens what was read: first all of it is added, then the keys are loaded, then it is opened. What is sealed with a destroyed key reads as
// if it had never been set. DATA_LOSS when something was tampered with.
class Opener {
 public:
  explicit Opener(PersonKeys& keys) : keys_(keys) {}
  void Add(absl::string_view text);
  bool empty() const { return ids_.empty(); }
  absl::Status Load(sql::Session& session) { return keys_.Load(session, ids_, &opened_); }

  // A column of the resource's row as it was before it was sealed.
  absl::StatusOr<std::string> Column(const std::string& resource, const google::protobuf::FieldDescriptor& field, const std::string& text);
  absl::Status Json(const google::protobuf::Descriptor& type, std::string* json);
  // A message that was parsed from Writer::Bytes.
  absl::Status Fields(google::protobuf::Message* message);

 private:
  absl::StatusOr<std::optional<std::string>> Open(absl::string_view sealed, const Context* context, const std::string& path,
                                                  absl::string_view form) const;
  absl::Status Fields(google::protobuf::Message* message, const Context* context, const std::string& path);

  PersonKeys& keys_;
  std::set<std::string> ids_;
  OpenedKeys opened_;
};

}  // namespace heitie::seal

#endif  // HEITIE_COMMON_SEAL_SEAL_H_
