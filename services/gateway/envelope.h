// How gRPC, gRPC-Web and the streams of Connect put messages into a body: a byte of flags, four bytes of length, the message; and the texts
// around them. Thread safety: pure functions and values.
#ifndef HEITIE_SERVICES_GATEWAY_ENVELOPE_H_
#define HEITIE_SERVICES_GATEWAY_ENVELOPE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace heitie::gateway {

struct Envelope {
  static constexpr uint8_t kCompressed = 0x01;
  static constexpr uint8_t kConnectEnd = 0x02;   // EndStreamResponse of Connect
  static constexpr uint8_t kWebTrailers = 0x80;  // trailers of gRPC-Web

  uint8_t flags = 0;
  std::string message;
};

std::string Enveloped(uint8_t flags, std::string_view message);

// The envelopes of a body that comes in pieces. Not thread-safe.
class EnvelopeReader {
 public:
  // `most`: bytes of a message.
  explicit EnvelopeReader(size_t most) : most_(most) {}

  void Put(std::string_view piece) { bytes_.append(piece); }
  // The next envelope that is whole. OUT_OF_RANGE as soon as the head of one announces too much.
  absl::StatusOr<std::optional<Envelope>> Take();
  // Bytes of an envelope that is not whole.
  size_t held() const { return bytes_.size() - at_; }

 private:
  const size_t most_;
  std::string bytes_;
  size_t at_ = 0;  // behind the last envelope that was taken
};

// Base64 that comes in pieces and may be padded wherever the sender flushed, as application/grpc-web-text has it.
class Base64Reader {
 public:
  // The bytes that are whole by now. INVALID_ARGUMENT for what is not base64.
  absl::StatusOr<std::string> Put(std::string_view piece);
  // Whether nothing of a group of four is missing.
  bool whole() const { return group_.empty(); }

 private:
  std::string group_;
};

// base64 or base64url, padded or not, as Connect allows for `message` in a query.
absl::StatusOr<std::string> AnyBase64(const std::string& text);

// The value of grpc-message: what is not visible ASCII, and '%', as %XX.
std::string PercentEncodeMessage(const std::string& text);

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_ENVELOPE_H_
