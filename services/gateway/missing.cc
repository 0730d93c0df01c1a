#include "services/gateway/missing.h"

#include "common/status/status.h"

namespace heitie::gateway {

v1::MissingPart Missing(const client::Part& part, const absl::Status& status) {
  v1::MissingPart missing;
  missing.set_part(part.field);
  missing.set_subject(part.subject);
  missing.set_service(part.process);
  missing.set_code(absl::StatusCodeToString(status.code()));
  missing.set_reason(status::ReasonOf(status));
  missing.set_message(std::string(status.message()));
  return missing;
}

client::Gather::Missing AddTo(google::protobuf::RepeatedPtrField<v1::MissingPart>* missing) {
  return [missing](const client::Part& part, const absl::Status& status) { *missing->Add() = Missing(part, status); };
}

}  // namespace heitie::gateway
