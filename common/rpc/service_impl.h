// The inside of rpc::Service, for the door.
#ifndef HEITIE_COMMON_RPC_SERVICE_IMPL_H_
#define HEITIE_COMMON_RPC_SERVICE_IMPL_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/rpc/service.h"
#include "google/protobuf/descriptor.h"

namespace heitie::rpc {

struct Method {
  const google::protobuf::MethodDescriptor* descriptor = nullptr;
  Handler handler;                   // unary
  StreamHandler stream;              // server streaming
  ConversationHandler conversation;  // client streaming, with one answer or a stream of them
};

struct Service::Impl {
  std::string scope;
  std::vector<const google::protobuf::ServiceDescriptor*> services;
  // By name; every method of the services, bound or not.
  std::map<std::string, Method> methods;
  std::vector<std::function<void()>> on_drain;
  std::function<Service::Outlet(const google::protobuf::MethodDescriptor&)> outlet_of;
};

}  // namespace heitie::rpc

#endif  // HEITIE_COMMON_RPC_SERVICE_IMPL_H_
