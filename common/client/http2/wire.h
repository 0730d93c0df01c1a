// The bytes of a connection to a server, encrypted or not. Nothing waits.
#ifndef HEITIE_COMMON_CLIENT_HTTP2_WIRE_H_
#define HEITIE_COMMON_CLIENT_HTTP2_WIRE_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/rpc/tls_material.h"

namespace heitie::client {

class Wire {
 public:
  // What came of an attempt. After kReadable or kWritable it is to be made again when the socket is that.
  enum class Next { kDone, kReadable, kWritable, kBroken };

  virtual ~Wire() = default;
  virtual Next Handshake() = 0;
  // kDone: `count` bytes, at least one.
  virtual Next Read(char* bytes, size_t size, size_t* count) = 0;
  virtual Next Write(const char* bytes, size_t size, size_t* count) = 0;
  // Why it is broken.
  virtual std::string Why() const = 0;
};

std::unique_ptr<Wire> PlainWire(int fd);
// Presents the certificate that is in force now, and takes only a server whose certificate is the authority's and has this name (or
// address, where the name is one).
absl::StatusOr<std::unique_ptr<Wire>> TlsWire(int fd, const rpc::TlsMaterial& material, const std::string& server_name);

}  // namespace heitie::client

#endif  // HEITIE_COMMON_CLIENT_HTTP2_WIRE_H_
