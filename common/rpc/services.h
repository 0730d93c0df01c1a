// The contracts that are linked in, found by their package. A package "heitie.risk.v1" is the contract of one process, "risk": a gRPC
// service for each chapter of the policy, in which no two methods have the same name.
#ifndef HEITIE_COMMON_RPC_SERVICES_H_
#define HEITIE_COMMON_RPC_SERVICES_H_

#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"

namespace heitie::rpc {

// The gRPC services of a package, or the one of that full name, ordered by name; all of the suite when `scope` is empty. Reads every
// contract of the program when it is called first.
std::vector<const google::protobuf::ServiceDescriptor*> ServicesOf(const std::string& scope = "");

// "risk" for a service of heitie.risk.v1; empty for what is no contract of the suite's.
std::string ProcessOf(const google::protobuf::ServiceDescriptor& service);

// A method of a process by its name alone; nullptr when it has none such.
const google::protobuf::MethodDescriptor* FindMethod(const std::string& process, const std::string& name);

// "package.Service/Method".
std::string PathOf(const google::protobuf::MethodDescriptor& method);

}  // namespace heitie::rpc

#endif  // HEITIE_COMMON_RPC_SERVICES_H_
