// Bytes over TCP or TLS, and the certificate of the latter.
#ifndef HEITIE_COMMON_HTTP_TRANSPORT_H_
#define HEITIE_COMMON_HTTP_TRANSPORT_H_

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"

namespace heitie::http {

using Done = std::function<void(const boost::system::error_code&, size_t)>;

// Callbacks run on the strand that the socket was made with.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual boost::asio::ip::tcp::socket& socket() = 0;
  virtual void Handshake(Done done) = 0;
  virtual bool is_tls() const = 0;
  // As was agreed in the handshake.
  virtual bool speaks_http2() const = 0;
  virtual void Read(boost::asio::mutable_buffer buffer, Done done) = 0;
  virtual void Write(boost::asio::const_buffer buffer, Done done) = 0;
  // Tells the peer that nothing more comes.
  virtual void FinishWriting(Done done) = 0;
};

// The certificate in force, re-read when its files change. Not thread-safe.
class Certificate {
 public:
  // PEM files; FAILED_PRECONDITION when they cannot be used.
  // `http2`: offered to clients besides HTTP/1.1.
  absl::Status Load(const std::string& cert_file, const std::string& key_file, bool http2);
  bool loaded() const { return context_ != nullptr; }
  // A pair that cannot be used (half-written, say) leaves the one before it in force.
  std::shared_ptr<boost::asio::ssl::context> Current();

 private:
  std::string Stamp() const;

  std::string cert_file_, key_file_, stamp_;
  bool http2_ = false;
  std::shared_ptr<boost::asio::ssl::context> context_;
};

std::unique_ptr<Transport> PlainTransport(boost::asio::ip::tcp::socket socket);
std::unique_ptr<Transport> TlsTransport(boost::asio::ip::tcp::socket socket, std::shared_ptr<boost::asio::ssl::context> context);

}  // namespace heitie::http

#endif  // HEITIE_COMMON_HTTP_TRANSPORT_H_
