// One HTTP request on its way through the gateway, from its head on: what every protocol needs of it.
#ifndef HEITIE_SERVICES_GATEWAY_EXCHANGE_H_
#define HEITIE_SERVICES_GATEWAY_EXCHANGE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/http/server.h"
#include "common/rpc/door.h"
#include "google/protobuf/arena.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "grpcpp/support/byte_buffer.h"

namespace heitie::gateway {

class Protocol;

// Room for a message for as long as this lives; a small one takes nothing of the heap.
class Scratch {
 public:
  google::protobuf::Message* New(const google::protobuf::Descriptor* type);

 private:
  static constexpr size_t kBlock = 2 << 10;
  alignas(8) char block_[kBlock];
  google::protobuf::Arena arena_{block_, kBlock};
};

struct Exchange : std::enable_shared_from_this<Exchange> {
  const google::protobuf::MethodDescriptor* method = nullptr;  // nullptr: none of a contract
  std::string path;                                            // "package.Service/Method", as the door has it
  std::unique_ptr<Protocol> protocol;                          // none for pages
  rpc::Arrival arrival;
  bool has_token = false;  // or something in its place
  std::string principal;   // empty: not known
  std::string trace_id;
  absl::Time started = absl::Now();
  size_t request_bytes = 0;
  // What every answer to this request says besides: for browsers, and on what the answer depends.
  http::Headers besides;
  std::shared_ptr<http::Responder> responder;  // once the request is handled

  // With what every answer has: trace, advice to caches and browsers, and how to come in after 401.
  http::Response Adorned(http::Response response) const;
  void Send(http::Response response) const { responder->Send(Adorned(std::move(response))); }
  // Metrics and access log of what does not reach the door. `label`: where there is no method.
  void Record(const absl::Status& status, const char* label = "unknown") const;
  // In a catch block: what is being thrown, as the caller may see it.
  absl::Status Thrown() const;

  google::protobuf::Message* NewRequest(Scratch& scratch) const { return scratch.New(method->input_type()); }
  // The answer of the method as JSON. The bytes come from another process: what cannot be parsed is its mistake.
  absl::StatusOr<std::string> AnswerJson(const grpc::ByteBuffer& bytes) const;
  absl::StatusOr<google::protobuf::Message*> AnswerMessage(const grpc::ByteBuffer& bytes, Scratch& scratch) const;
};
using ExchangePtr = std::shared_ptr<Exchange>;

std::string BytesOf(const grpc::ByteBuffer& buffer);
grpc::ByteBuffer BufferOf(const std::string& bytes);

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_EXCHANGE_H_
