// What the JSON of a column holds that this program's contract does not know, because a newer version has written it (or an older one,
// whose field is gone).
#ifndef HEITIE_COMMON_RECORD_UNKNOWN_H_
#define HEITIE_COMMON_RECORD_UNKNOWN_H_

#include <optional>
#include <string>

#include "google/protobuf/descriptor.h"

namespace heitie::record {

// Whether there is a value of an enum in it, at any depth, that the contract does not know. `json` is a message's.
bool HasUnknownValue(const std::string& json, const google::protobuf::Descriptor& message);

// Returns `written`, the JSON of a message that takes the place of `stored`, completed at every depth by those members of `stored` that the
// contract does not know. They stay with the message that they were in: in a field as long as the field is set, in a map by its key, and in
// a list with an element that is recognised, at most once, by the first of these rules that holds:
//   1. an element at the same place whose known fields are equal;
//   2. an element at another place whose known fields are equal;
//   3. the only one of those that are left, before and after, with this `name`, or else with this value of its type's first field, be that
//      a text, a number or an enum: it was changed;
//   4. the element at the same place, if the list is as long as before.
// The unknown members of an element, a message or a key that is gone are dropped. Returns nothing when `written` sets a oneof that `stored`
// did not: an unknown member may be its newer alternative, and the two together could not be read.
//
// Costs the time to parse both, and as much again for each depth of lists.
std::optional<std::string> KeepUnknown(const std::string& stored, const std::string& written, const google::protobuf::Descriptor& message);

}  // namespace heitie::record

#endif  // HEITIE_COMMON_RECORD_UNKNOWN_H_
