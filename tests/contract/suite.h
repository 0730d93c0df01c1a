// The whole suite in one process: every service of the contracts on a fresh schema of its own behind one door, their clients being each
// other. No network, no tokens but the names of roles.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/rpc/door.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace heitie::contract {

// Their methods in the order of the contracts.
std::vector<const google::protobuf::MethodDescriptor*> Methods();
// "package.Service/Method".
std::string FullName(const google::protobuf::MethodDescriptor& method);
// Whether the method changes something, by the verb its name begins with.
bool IsMutation(const google::protobuf::MethodDescriptor& method);
std::unique_ptr<google::protobuf::Message> NewMessage(const google::protobuf::Descriptor& type);

// The roles that a token can carry.
std::vector<rpc::Role> TokenRoles();
// employees/a with one role; with every role of a token.
rpc::Arrival With(rpc::Role role);
rpc::Arrival WithEveryRole();
// Somebody else with one role.
rpc::Arrival As(const std::string& person, rpc::Role role);

// Thread-compatible.
class Suite {
 public:
  Suite();
  ~Suite();

  // One request through the door, its answer's bytes in `response` unless null. A stream ends at its first message.
  absl::Status Ask(const rpc::Arrival& arrival, const google::protobuf::MethodDescriptor& method, const std::string& request,
                   std::string* response = nullptr);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace heitie::contract
