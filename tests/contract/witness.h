// Asks the suite as anybody may and holds each answer against what holds for all of them: it is a status that a client can do something
// with, and no Chinese reader is told English prose.
#ifndef HEITIE_TESTS_CONTRACT_WITNESS_H_
#define HEITIE_TESTS_CONTRACT_WITNESS_H_

#include <string>

#include "absl/status/status.h"
#include "tests/contract/suite.h"

namespace heitie::contract {

// Thread-compatible. What is not as it should be is a failure of the test that asks.
class Witness {
 public:
  explicit Witness(Suite& suite) : suite_(suite) {}

  // `shown` is what the request is called in failures, and what an answer may repeat in its own language.
  absl::Status Ask(const rpc::Arrival& caller, const google::protobuf::MethodDescriptor& method, const std::string& bytes,
                   const std::string& shown, std::string* response = nullptr);
  absl::Status Ask(const rpc::Arrival& caller, const google::protobuf::MethodDescriptor& method, const google::protobuf::Message& request,
                   std::string* response = nullptr);
  // The same request_id with the same request repeats the answer, with another it is refused (AIP-155). Changes the request. False where it
  // has none, or where a repetition means something of its own.
  bool AskAgain(const rpc::Arrival& caller, const google::protobuf::MethodDescriptor& method, google::protobuf::Message& request,
                const std::string& first);

 private:
  Suite& suite_;
};

}  // namespace heitie::contract

#endif  // HEITIE_TESTS_CONTRACT_WITNESS_H_
