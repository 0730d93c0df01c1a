// The whole suite in one process: every service of the contracts on a fresh schema of its own behind one door, their clients being each
// other. No network, no tokens but the names of roles.
#ifndef HEITIE_TESTS_CONTRACT_SUITE_H_
#define HEITIE_TESTS_CONTRACT_SUITE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/rpc/contract.h"
#include "common/rpc/door.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace heitie::contract {

// Their methods in the order of the contracts.
std::vector<const google::protobuf::MethodDescriptor*> Methods();
// "package.Service/Method".
std::string FullName(const google::protobuf::MethodDescriptor& method);
std::unique_ptr<google::protobuf::Message> NewMessage(const google::protobuf::Descriptor& type);

// The roles that a token can carry.
std::vector<rpc::Role> TokenRoles();
// employees/a with one role; with every role of a token.
rpc::Arrival With(rpc::Role role);
rpc::Arrival WithEveryRole();
// Somebody else; `department` may be empty.
rpc::Arrival From(const std::string& principal, rpc::Role role, const std::string& department);

// When the suite's clock begins, 2026-01-01T00:00:00Z. It stands still but for RunJobs.
inline const absl::Time kSuiteTime = absl::FromUnixSeconds(1767225600);

// Thread-compatible.
class Suite {
 public:
  Suite();
  ~Suite();

  // One request through the door, its answer's bytes in `response` unless null. A stream ends at its first message, which is its answer.
  absl::Status Ask(const rpc::Arrival& caller, const google::protobuf::MethodDescriptor& method, const std::string& request,
                   std::string* response = nullptr);
  // Grows with each event that a service records: by one or more for each change.
  int64_t Events();
  // Whether the kind of this resource restricts its rows.
  bool RestrictsRows(const google::protobuf::Descriptor& resource);
  // All rows of a resource as they are stored, whoever may see them, in the order of their names.
  std::vector<std::unique_ptr<google::protobuf::Message>> Rows(const google::protobuf::Descriptor& resource);
  // Lets time pass, without jobs.
  void Advance(absl::Duration time);
  absl::Time Now() const;
  // Every value of every table of all services, a line for each.
  std::string Dump();
  // Moves the clock by the interval in which followers look, or by more, and runs the jobs of all services that are due then, and those
  // that are due by that. An error when one is left that nobody handles.
  absl::Status RunJobs(absl::Duration more = absl::ZeroDuration());

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace heitie::contract

#endif  // HEITIE_TESTS_CONTRACT_SUITE_H_
