// Fields of a resource by their conventional names. Those that it does not have are passed over.
#ifndef HEITIE_COMMON_RECORD_KIND_FIELDS_H_
#define HEITIE_COMMON_RECORD_KIND_FIELDS_H_

#include <algorithm>
#include <string>

#include "absl/time/time.h"
#include "common/record/store.h"
#include "common/time/instant.h"
#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"

namespace heitie::record {

inline void SetText(google::protobuf::Message& message, const std::string& field, const std::string& value) {
  const google::protobuf::FieldDescriptor* f = message.GetDescriptor()->FindFieldByName(field);
  if (f != nullptr) message.GetReflection()->SetString(&message, f, value);
}

inline void SetTime(google::protobuf::Message& message, const std::string& field, absl::Time time) {
  const google::protobuf::FieldDescriptor* f = message.GetDescriptor()->FindFieldByName(field);
  if (f == nullptr) return;
  *static_cast<google::protobuf::Timestamp*>(message.GetReflection()->MutableMessage(&message, f)) = time::ToTimestamp(time);
}

// When a change of a row happens that may have waited for one that came later.
inline absl::Time ChangeTime(const google::protobuf::Message& before, absl::Time now) { return std::max(now, UpdateTimeOf(before)); }

// The field of a request or an answer that holds the resource. The process stops when there is none.
const google::protobuf::FieldDescriptor* ResourceField(const google::protobuf::Descriptor& request,
                                                       const google::protobuf::Descriptor& resource);

}  // namespace heitie::record

#endif  // HEITIE_COMMON_RECORD_KIND_FIELDS_H_
