// JSON of messages that consist of ordinary fields, as the library writes and reads it (proto3 JSON, first of all with the names of the
// contract), ten times as quickly: the library makes its own description of a message's type for every message. Whatever is out of the
// ordinary is left to it, so that both mean the same.
#ifndef HEITIE_COMMON_RECORD_PLAIN_JSON_H_
#define HEITIE_COMMON_RECORD_PLAIN_JSON_H_

#include <string>

#include "google/protobuf/message.h"

namespace heitie::record {

// Whether it has, at any depth, only fields of proto3 that are no maps, no floats, and no messages of google.protobuf but Timestamp.
bool IsPlain(const google::protobuf::Descriptor& message);

// `start_time`, as the contract has it, or `startTime`, as callers of the API see it.
enum class FieldNames { kContract, kApi };

// Appends the JSON. False where it is left to the library, with nothing said of what was appended.
bool PrintPlain(const google::protobuf::Message& message, std::string* json, FieldNames names = FieldNames::kContract);

// The same of one field alone, as JSON of the message: "{}" when it is not set.
bool PrintPlainField(const google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field, std::string* json);

// Adds what the JSON says to an empty message. False where it is left to the library, also because it may be no JSON of the message, with
// nothing said of what the message is then.
bool ParsePlain(const std::string& json, google::protobuf::Message* message);

}  // namespace heitie::record

#endif  // HEITIE_COMMON_RECORD_PLAIN_JSON_H_
