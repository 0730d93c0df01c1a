#include "common/client/http2/wire.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace heitie::client {
namespace {

// ALPN: HTTP/2 after its length.
constexpr unsigned char kHttp2[] = {2, 'h', '2'};
constexpr char kEnded[] = "the connection has ended";

class Plain final : public Wire {
 public:
  explicit Plain(int fd) : fd_(fd) {}
  Next Handshake() override { return Next::kDone; }
  Next Read(char* bytes, size_t size, size_t* count) override { return After(recv(fd_, bytes, size, 0), Next::kReadable, count); }
  Next Write(const char* bytes, size_t size, size_t* count) override {
    return After(send(fd_, bytes, size, MSG_NOSIGNAL), Next::kWritable, count);
  }
  std::string Why() const override { return error_ == 0 ? kEnded : std::strerror(error_); }

 private:
  Next After(ssize_t result, Next blocked, size_t* count) {
    if (result > 0) {
      *count = static_cast<size_t>(result);
      return Next::kDone;
    }
    if (result < 0 && (errno == EAGAIN || errno == EINTR)) return blocked;
    error_ = result < 0 ? errno : 0;
    return Next::kBroken;
  }

  const int fd_;
  int error_ = 0;
};

std::string LastError() {
  const unsigned long code = ERR_peek_last_error();
  if (code == 0) return kEnded;
  const char* reason = ERR_reason_error_string(code);
  return absl::StrCat("TLS: ", reason == nullptr ? "error" : reason);
}

class Tls final : public Wire {
 public:
  explicit Tls(SSL* ssl) : ssl_(ssl) {}
  ~Tls() override { SSL_free(ssl_); }
  Next Handshake() override {
    ERR_clear_error();
    const Next next = After(SSL_do_handshake(ssl_));
    if (next != Next::kDone) return next;
    const unsigned char* protocol = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(ssl_, &protocol, &length);
    if (length == 2 && std::memcmp(protocol, kHttp2 + 1, 2) == 0) return Next::kDone;
    why_ = "the server does not speak HTTP/2";
    return Next::kBroken;
  }
  Next Read(char* bytes, size_t size, size_t* count) override {
    ERR_clear_error();
    return After(SSL_read_ex(ssl_, bytes, size, count));
  }
  Next Write(const char* bytes, size_t size, size_t* count) override {
    ERR_clear_error();
    return After(SSL_write_ex(ssl_, bytes, size, count));
  }
  std::string Why() const override { return why_; }

 private:
  Next After(int result) {
    if (result > 0) return Next::kDone;
    switch (SSL_get_error(ssl_, result)) {
      case SSL_ERROR_WANT_READ:
        return Next::kReadable;
      case SSL_ERROR_WANT_WRITE:
        return Next::kWritable;
      default:
        why_ = SSL_get_verify_result(ssl_) == X509_V_OK
                   ? LastError()
                   : absl::StrCat("certificate: ", X509_verify_cert_error_string(SSL_get_verify_result(ssl_)));
        ERR_clear_error();
        return Next::kBroken;
    }
  }

  SSL* const ssl_;
  std::string why_;
};

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

absl::Status Failed(const char* what) {
  const std::string why = LastError();
  ERR_clear_error();
  return absl::UnavailableError(absl::StrCat(what, ": ", why));
}

}  // namespace

std::unique_ptr<Wire> PlainWire(int fd) { return std::make_unique<Plain>(fd); }

// Connections are rare, so each reads what is in force then, and nobody has to be told when that changes.
absl::StatusOr<std::unique_ptr<Wire>> TlsWire(int fd, const rpc::TlsMaterial& material, const std::string& server_name) {
  // OpenSSL writes also to what the server has closed.
  std::signal(SIGPIPE, SIG_IGN);
  ERR_clear_error();
  const std::unique_ptr<SSL_CTX, FreeContext> context(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr) return Failed("no TLS");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_read_ahead(context.get(), 1);  // one system call for a record, not two
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_alpn_protos(context.get(), kHttp2, sizeof(kHttp2));
  const std::string& identity = material.identity_path();
  if (SSL_CTX_load_verify_locations(context.get(), material.ca_path().c_str(), nullptr) != 1) return Failed("CA certificate");
  if (SSL_CTX_use_certificate_chain_file(context.get(), identity.c_str()) != 1) return Failed("certificate");
  if (SSL_CTX_use_PrivateKey_file(context.get(), identity.c_str(), SSL_FILETYPE_PEM) != 1) return Failed("private key");
  if (SSL_CTX_check_private_key(context.get()) != 1) return Failed("private key");
  SSL* ssl = SSL_new(context.get());
  if (ssl == nullptr) return Failed("no TLS");
  auto wire = std::make_unique<Tls>(ssl);
  X509_VERIFY_PARAM* verify = SSL_get0_param(ssl);
  const bool address = X509_VERIFY_PARAM_set1_ip_asc(verify, server_name.c_str()) == 1;
  if (!address) {
    X509_VERIFY_PARAM_set_hostflags(verify, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (server_name.empty() || X509_VERIFY_PARAM_set1_host(verify, server_name.c_str(), 0) != 1) return Failed("server name");
    SSL_set_tlsext_host_name(ssl, server_name.c_str());
  }
  ERR_clear_error();
  if (SSL_set_fd(ssl, fd) != 1) return Failed("no TLS");
  SSL_set_connect_state(ssl);
  return std::unique_ptr<Wire>(std::move(wire));
}

}  // namespace heitie::client
