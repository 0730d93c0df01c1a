// Which fields of an answer the caller wants (AIP-157): ?readMask=name,startDate,demand.items.item of any method over HTTP/JSON. Of a list
// it speaks of what is listed, and the rest of the answer is always there. Fields of a list's elements are named like those of one element;
// `*` is everything, as is no mask. It is a parameter of the door and no field of requests: services answer as ever, and conditions and
// ETags are those of the whole resource.
#ifndef HEITIE_SERVICES_GATEWAY_READ_MASK_H_
#define HEITIE_SERVICES_GATEWAY_READ_MASK_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"

namespace heitie::gateway {

class ReadMask {
 public:
  // Takes the parameter out of `query`, which is left with the others. INVALID_ARGUMENT naming what is no field.
  static absl::StatusOr<ReadMask> Take(const google::protobuf::MethodDescriptor& method, std::string* query);

  // Whether nothing is left out, here and below.
  bool whole() const { return fields_.empty(); }
  // What of the field is wanted; nullptr: it is left out.
  const ReadMask* Of(const google::protobuf::FieldDescriptor& field) const;

 private:
  // False when the path, from its part `at` on, leads to no field.
  bool Add(const google::protobuf::Descriptor& message, const std::vector<std::string>& path, size_t at);

  std::map<const google::protobuf::FieldDescriptor*, ReadMask> fields_;
};

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_READ_MASK_H_
