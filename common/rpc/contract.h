// What a contract says of its methods and fields, with what it says by convention (options/v1/rules.proto has the list). Everybody who acts
// by the contract asks here, so that the door, the validator, the storage and the documentation cannot disagree.
#ifndef HEITIE_COMMON_RPC_CONTRACT_H_
#define HEITIE_COMMON_RPC_CONTRACT_H_

#include <string>

#include "google/api/field_behavior.pb.h"
#include "google/protobuf/descriptor.h"
#include "heitie/options/v1/access.pb.h"
#include "heitie/options/v1/rules.pb.h"

namespace heitie::rpc {

// Who may call the method: its audience, its further roles in the order of the contract, and ROLE_SERVICE when it names services.
options::v1::Access AccessOf(const google::protobuf::MethodDescriptor& method);

// Whether the method changes nothing, so that doing it twice is as good as doing it once: it is bound to a GET, or its `idempotency_level`
// is NO_SIDE_EFFECTS.
bool OnlyReads(const google::protobuf::MethodDescriptor& method);

// Whether the field behaves so (AIP-203). What it says itself goes before the convention.
bool Behaves(const google::protobuf::FieldDescriptor& field, google::api::FieldBehavior behavior);

// What the field must satisfy besides its behavior, without shorthands: `up_to` is written out, and so is what `required` implies.
options::v1::FieldRules RulesOf(const google::protobuf::FieldDescriptor& field);

// Whether the field is computed for each answer and has no column.
bool IsComputed(const google::protobuf::FieldDescriptor& field);

// What a declaration without a comment means, in the words of the convention; "" when it is not conventional.
std::string ConventionalComment(const google::protobuf::Descriptor& message);
std::string ConventionalComment(const google::protobuf::FieldDescriptor& field);
std::string ConventionalComment(const google::protobuf::EnumValueDescriptor& value);

}  // namespace heitie::rpc

#endif  // HEITIE_COMMON_RPC_CONTRACT_H_
