// Answers of grpc.reflection.v1: what services there are, and the files that describe them. Knows nothing of gRPC.
#ifndef HEITIE_COMMON_RPC_GRPC_REFLECTION_H_
#define HEITIE_COMMON_RPC_GRPC_REFLECTION_H_

#include <set>
#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "grpc/reflection/v1/reflection.pb.h"

namespace heitie::rpc {

// One conversation with a client. Not thread-safe.
class Reflection {
 public:
  // `services`: full names to list. Descriptors are those compiled into the process.
  explicit Reflection(std::vector<std::string> services) : services_(std::move(services)) {}

  // What does not exist is answered with an error_response of code NOT_FOUND.
  grpc::reflection::v1::ServerReflectionResponse Answer(const grpc::reflection::v1::ServerReflectionRequest& request);

 private:
  using Response = grpc::reflection::v1::ServerReflectionResponse;
  void ListServices(Response& response) const;
  void Describe(const google::protobuf::FileDescriptor* file, const std::string& asked, Response& response);
  void AddWithDependencies(const google::protobuf::FileDescriptor& file, bool always, grpc::reflection::v1::FileDescriptorResponse& files);

  const std::vector<std::string> services_;
  // Files that the client has; only the file that it asks for is sent again.
  std::set<const google::protobuf::FileDescriptor*> sent_;
};

}  // namespace heitie::rpc

#endif  // HEITIE_COMMON_RPC_GRPC_REFLECTION_H_
