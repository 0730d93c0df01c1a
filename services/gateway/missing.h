// What a composite could not get, for its answer.
#ifndef HEITIE_SERVICES_GATEWAY_MISSING_H_
#define HEITIE_SERVICES_GATEWAY_MISSING_H_

#include "common/client/gather.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "heitie/gateway/v1/missing_part.pb.h"

namespace heitie::gateway {

v1::MissingPart Missing(const client::Part& part, const absl::Status& status);
// For Gather::Run.
client::Gather::Missing AddTo(google::protobuf::RepeatedPtrField<v1::MissingPart>* missing);

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_MISSING_H_
