// Messages as proto3 JSON in the database and in events: field names as in the contract, defaults left out.
#pragma once

#include <string>

#include "google/protobuf/message.h"

namespace heitie::record {

std::string ToJson(const google::protobuf::Message& message);
// False when `json` is not JSON of the message. Unknown fields are ignored: an older row may hold what the contract no longer has.
bool FromJson(const std::string& json, google::protobuf::Message* message);

}  // namespace heitie::record
