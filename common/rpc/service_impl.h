// The inside of rpc::Service, for the door.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/rpc/service.h"
#include "google/protobuf/descriptor.h"

namespace heitie::rpc {

struct Method {
  const google::protobuf::MethodDescriptor* descriptor = nullptr;
  Handler handler;       // unary
  StreamHandler stream;  // server streaming
};

struct Service::Impl {
  const google::protobuf::ServiceDescriptor* descriptor = nullptr;
  // By "package.Service/Method"; every method of the contract, bound or not.
  std::map<std::string, Method> methods;
  std::vector<std::function<void()>> on_drain;
};

}  // namespace heitie::rpc
