#include "common/status/argument.h"

#include "google/rpc/error_details.pb.h"

namespace heitie::status {

std::string ArgumentOf(const absl::Status& error, const std::string& name) {
  google::rpc::ErrorInfo info;
  const auto payload = error.GetPayload("type.googleapis.com/google.rpc.ErrorInfo");
  if (payload.has_value()) info.ParseFromString(std::string(*payload));
  const auto value = info.metadata().find(name);
  return value == info.metadata().end() ? std::string(error.message().data(), error.message().size()) : value->second;
}

}  // namespace heitie::status
