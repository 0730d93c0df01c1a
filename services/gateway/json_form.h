// Which types have a form of their own in proto3 JSON.
#ifndef HEITIE_SERVICES_GATEWAY_JSON_FORM_H_
#define HEITIE_SERVICES_GATEWAY_JSON_FORM_H_

#include "google/protobuf/descriptor.h"

namespace heitie::gateway {

// kFree: any JSON at all, which json_util turns into the message.
enum class Form { kPlain, kTimestamp, kDuration, kFieldMask, kWrapper, kFree, kDate };

Form FormOf(const google::protobuf::Descriptor& type);

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_JSON_FORM_H_
