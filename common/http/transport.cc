#include "common/http/transport.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <csignal>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/observe/log.h"
#include "common/status/macros.h"

namespace heitie::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

// ALPN: the protocols, the better one first, each after its length.
constexpr unsigned char kAlpn[] = {2, 'h', '2', 8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
constexpr size_t kOnlyHttp1 = 3;  // what comes from there on

class Plain final : public Transport {
 public:
  explicit Plain(tcp::socket socket) : socket_(std::move(socket)) {}
  tcp::socket& socket() override { return socket_; }
  void Handshake(Done done) override { done({}, 0); }
  bool is_tls() const override { return false; }
  bool speaks_http2() const override { return false; }
  void Read(asio::mutable_buffer buffer, Done done) override { socket_.async_read_some(asio::buffer(buffer), std::move(done)); }
  void Write(asio::const_buffer buffer, Done done) override { socket_.async_write_some(asio::buffer(buffer), std::move(done)); }
  void FinishWriting(Done done) override {
    error_code error;
    socket_.shutdown(tcp::socket::shutdown_send, error);
    done(error, 0);
  }

 private:
  tcp::socket socket_;
};

// OpenSSL on the socket itself, which wants to know when that is ready: an idle connection then holds no buffers, of which asio::ssl keeps
// four of 17 KiB for each.
class Tls final : public Transport {
 public:
  Tls(tcp::socket socket, std::shared_ptr<asio::ssl::context> context)
      : context_(std::move(context)), socket_(std::move(socket)), ssl_(SSL_new(context_->native_handle())) {
    error_code ignored;
    socket_.non_blocking(true, ignored);
    SSL_set_fd(ssl_, socket_.native_handle());
    SSL_set_accept_state(ssl_);
  }
  ~Tls() override { SSL_free(ssl_); }
  tcp::socket& socket() override { return socket_; }
  void Handshake(Done done) override {
    Try([this] { return SSL_do_handshake(ssl_); }, std::move(done));
  }
  bool is_tls() const override { return true; }
  bool speaks_http2() const override {
    const unsigned char* protocol = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(ssl_, &protocol, &length);
    return length == 2 && protocol[0] == 'h' && protocol[1] == '2';
  }
  void Read(asio::mutable_buffer buffer, Done done) override {
    Try([this, buffer] { return SSL_read(ssl_, buffer.data(), static_cast<int>(buffer.size())); }, std::move(done));
  }
  void Write(asio::const_buffer buffer, Done done) override {
    Try([this, buffer] { return SSL_write(ssl_, buffer.data(), static_cast<int>(std::min(buffer.size(), kMostAtOnce))); }, std::move(done));
  }
  // Waits for the peer's close_notify as well; the caller's timer bounds that.
  void FinishWriting(Done done) override {
    Try([this] { return SSL_shutdown(ssl_) == 0 ? SSL_shutdown(ssl_) : 1; }, std::move(done));
  }

 private:
  static constexpr size_t kMostAtOnce = 1 << 20;

  // Never calls `done` before it returns. The caller keeps this alive until `done` was called.
  void Try(std::function<int()> work, Done done) {
    if (!socket_.is_open()) return Finish(asio::error::operation_aborted, 0, done);
    ERR_clear_error();
    const int count = work();
    if (count > 0) return Finish({}, static_cast<size_t>(count), done);
    const int why = SSL_get_error(ssl_, count);
    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) return Finish(asio::error::eof, 0, done);
    const auto ready = why == SSL_ERROR_WANT_READ ? tcp::socket::wait_read : tcp::socket::wait_write;
    socket_.async_wait(ready, [this, work = std::move(work), done = std::move(done)](const error_code& error) mutable {
      if (error) return done(error, 0);
      Try(std::move(work), std::move(done));
    });
  }
  void Finish(const error_code& error, size_t count, Done& done) {
    asio::post(socket_.get_executor(), [error, count, done = std::move(done)] { done(error, count); });
  }

  const std::shared_ptr<asio::ssl::context> context_;
  tcp::socket socket_;
  SSL* const ssl_;
};

int SelectAlpn(SSL*, const unsigned char** out, unsigned char* out_len, const unsigned char* in, unsigned int in_len, void* only_http1) {
  unsigned char* selected = nullptr;
  const size_t from = only_http1 != nullptr ? kOnlyHttp1 : 0;
  if (SSL_select_next_proto(&selected, out_len, kAlpn + from, sizeof(kAlpn) - from, in, in_len) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = selected;
  return SSL_TLSEXT_ERR_OK;
}

absl::StatusOr<std::shared_ptr<asio::ssl::context>> LoadTls(const std::string& cert_file, const std::string& key_file, bool http2) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context->native_handle(),
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context->native_handle(), 1);  // one system call for a record, not two
  // OpenSSL writes also to what the client has closed.
  std::signal(SIGPIPE, SIG_IGN);
  SSL_CTX_set_alpn_select_cb(context->native_handle(), SelectAlpn, http2 ? nullptr : context.get());
  error_code error;
  context->use_certificate_chain_file(cert_file, error);
  if (error) return absl::FailedPreconditionError(absl::StrCat("certificate ", cert_file, ": ", error.message()));
  context->use_private_key_file(key_file, asio::ssl::context::pem, error);
  if (error) return absl::FailedPreconditionError(absl::StrCat("key ", key_file, ": ", error.message()));
  if (SSL_CTX_check_private_key(context->native_handle()) != 1) {
    return absl::FailedPreconditionError(absl::StrCat("key ", key_file, " does not belong to certificate ", cert_file));
  }
  return context;
}

}  // namespace

std::unique_ptr<Transport> PlainTransport(tcp::socket socket) { return std::make_unique<Plain>(std::move(socket)); }
std::unique_ptr<Transport> TlsTransport(tcp::socket socket, std::shared_ptr<asio::ssl::context> context) {
  return std::make_unique<Tls>(std::move(socket), std::move(context));
}

absl::Status Certificate::Load(const std::string& cert_file, const std::string& key_file, bool http2) {
  http2_ = http2;
  cert_file_ = cert_file;
  key_file_ = key_file;
  stamp_ = Stamp();
  ASSIGN_OR_RETURN(context_, LoadTls(cert_file_, key_file_, http2_));
  return absl::OkStatus();
}

std::shared_ptr<asio::ssl::context> Certificate::Current() {
  const std::string stamp = Stamp();
  if (stamp == stamp_) return context_;
  auto fresh = LoadTls(cert_file_, key_file_, http2_);
  if (fresh.ok()) {
    context_ = *fresh;
  } else {
    observe::Log(observe::Severity::kError, "certificate not renewed", {{"error", fresh.status().ToString()}});
  }
  stamp_ = stamp;
  return context_;
}

std::string Certificate::Stamp() const {
  std::string stamp;
  for (const std::string& file : {cert_file_, key_file_}) {
    struct stat info = {};
    stat(file.c_str(), &info);
    absl::StrAppend(&stamp, info.st_ino, ":", info.st_mtim.tv_sec, ".", info.st_mtim.tv_nsec, ";");
  }
  return stamp;
}

}  // namespace heitie::http
