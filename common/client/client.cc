#include "common/client/client.h"

#include <future>

namespace heitie::client {

absl::Status Client::Call(const rpc::Call& call, const std::string& method, const google::protobuf::Message& request,
                          google::protobuf::Message* response) {
  // Held by `done` too: who waits may be gone before set_value has returned.
  const auto ended = std::make_shared<std::promise<absl::Status>>();
  auto status = ended->get_future();
  Start(call, method, request, response, [ended](const absl::Status& result) { ended->set_value(result); });
  return status.get();
}

}  // namespace heitie::client
