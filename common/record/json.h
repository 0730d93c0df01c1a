// Messages as proto3 JSON in the database and in events: field names as in the contract, defaults left out.
#ifndef HEITIE_COMMON_RECORD_JSON_H_
#define HEITIE_COMMON_RECORD_JSON_H_

#include <string>

#include "google/protobuf/message.h"

namespace heitie::record {

std::string ToJson(const google::protobuf::Message& message);
// False when `json` is not JSON of the message. Unknown fields are ignored, and values of enums: a row of another version may hold what the
// contract does not have any more, or not yet.
bool FromJson(const std::string& json, google::protobuf::Message* message);
// The same, but false as well when it holds a member or a value of an enum that the contract does not know.
bool FromKnownJson(const std::string& json, google::protobuf::Message* message);

}  // namespace heitie::record

#endif  // HEITIE_COMMON_RECORD_JSON_H_
