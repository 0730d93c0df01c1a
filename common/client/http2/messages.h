// The bodies of gRPC: messages, each after a byte for its compression and four for its length.
#ifndef HEITIE_COMMON_CLIENT_HTTP2_MESSAGES_H_
#define HEITIE_COMMON_CLIENT_HTTP2_MESSAGES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/slice.h"

namespace heitie::client {

// Reads messages out of a body as it comes.
class MessageReader {
 public:
  enum class Error { kNone, kCompressed, kTooLarge };

  explicit MessageReader(size_t most) : most_(most) {}

  // Takes of `bytes` what belongs to one message at most, and says how much that was. What follows a whole message, or an error, is not
  // looked at.
  size_t Put(std::string_view bytes);
  // A message that is whole; the next one may come then.
  std::optional<grpc::ByteBuffer> Take();
  Error error() const { return error_; }
  // Whether the body may end here.
  bool between() const { return head_size_ == 0; }
  // What the message that is coming will have, once that is known.
  uint32_t size() const { return size_; }

 private:
  static constexpr size_t kHeadBytes = 5;

  void ReadHead();
  bool whole() const { return head_size_ == kHeadBytes && filled_ == size_; }

  const size_t most_;
  Error error_ = Error::kNone;
  char head_[kHeadBytes];
  size_t head_size_ = 0;
  uint32_t size_ = 0;
  grpc::Slice message_;
  size_t filled_ = 0;
};

// A message behind its five bytes.
std::string Enveloped(const grpc::ByteBuffer& message);

}  // namespace heitie::client

#endif  // HEITIE_COMMON_CLIENT_HTTP2_MESSAGES_H_
