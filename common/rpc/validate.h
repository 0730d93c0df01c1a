// What the rules of the contract (contract.h) demand of requests. Every handler is behind it.
#ifndef HEITIE_COMMON_RPC_VALIDATE_H_
#define HEITIE_COMMON_RPC_VALIDATE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/message.h"

namespace heitie::rpc {

// INVALID_ARGUMENT with every bad field. Of the resource of an Update request only what the mask writes as a whole is looked at; what the
// mask enters, as `hire_date.month` does, is whole only in the result (ValidateResult).
absl::Status Validate(const google::protobuf::Message& request);

// INVALID_ARGUMENT when a field of `resource` that a path of the mask has entered is not what the contract demands. `field` is the name
// that the request has for the resource.
absl::Status ValidateResult(const google::protobuf::Message& resource, const std::string& field, const google::protobuf::FieldMask& mask);

// Puts a request that is valid into the form that handlers know: paths of its update_mask in the contract's spelling, `page_size` no
// greater than the greatest (AIP-158), times as KeepMicroseconds leaves them.
void Normalize(google::protobuf::Message& request);

// The fields of a path of a mask, each spelt as in the contract or in lowerCamelCase; empty when there are none such, or it leads through a
// list.
std::vector<const google::protobuf::FieldDescriptor*> PathOfMask(const google::protobuf::Descriptor& resource, const std::string& path);

// Cuts every Timestamp of a request to whole microseconds, the resolution of the database, so that answers, rows and events agree.
void KeepMicroseconds(google::protobuf::Message& request);

// Whether an Update may write the field of a resource: it is no identifier, etag, output or immutable.
bool MayChange(const google::protobuf::FieldDescriptor& field);

// The patterns of the names that a field with a google.api.resource_reference may hold; empty when any name will do.
std::vector<std::string> PatternsOf(const google::protobuf::FieldDescriptor& field);

// The values of an enum that may be given, for people: "INK_RED, INK_BLUE".
std::string ValuesOf(const google::protobuf::EnumDescriptor& type);

// Stops the process when a rule of the message (or of a message below it) is unknown or does not fit its field.
void CheckRules(const google::protobuf::Descriptor& message);

}  // namespace heitie::rpc

#endif  // HEITIE_COMMON_RPC_VALIDATE_H_
