// A web server for tests that answers whatever they like, byte by byte, and certificates for it.
#ifndef HEITIE_COMMON_WEB_SERVER_TESTING_H_
#define HEITIE_COMMON_WEB_SERVER_TESTING_H_

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"

namespace heitie::web {

// What a handler says to its client.
class Peer {
 public:
  Peer(int socket, SSL* ssl) : socket_(socket), ssl_(ssl) {}
  // False when the client has gone.
  bool Send(const std::string& bytes) {
    size_t sent = 0;
    while (sent < bytes.size()) {
      const ssize_t n = ssl_ != nullptr ? SSL_write(ssl_, bytes.data() + sent, static_cast<int>(bytes.size() - sent))
                                        : send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) return false;
      sent += static_cast<size_t>(n);
    }
    return true;
  }
  // Nothing when the client has gone.
  std::string Receive() {
    char buffer[4096];
    const ssize_t n = ssl_ != nullptr ? SSL_read(ssl_, buffer, sizeof buffer) : recv(socket_, buffer, sizeof buffer, 0);
    return n > 0 ? std::string(buffer, static_cast<size_t>(n)) : "";
  }

 private:
  const int socket_;
  SSL* const ssl_;
};

// Listens on 127.0.0.1 at a port of its own; each connection has a thread.
class TestServer {
 public:
  // Given the request, up to its empty line and whatever came with it.
  using Handler = std::function<void(const std::string& request, Peer& peer)>;

  // With a certificate ("name" of name.pem and name.key in `folder`) it speaks TLS.
  explicit TestServer(Handler handler, const std::string& folder = "", const std::string& name = "") : handler_(std::move(handler)) {
    signal(SIGPIPE, SIG_IGN);
    if (!name.empty()) {
      context_ = SSL_CTX_new(TLS_server_method());
      const std::string file = folder + "/" + name;
      EXPECT_EQ(SSL_CTX_use_certificate_chain_file(context_, (file + ".pem").c_str()), 1) << file;
      EXPECT_EQ(SSL_CTX_use_PrivateKey_file(context_, (file + ".key").c_str(), SSL_FILETYPE_PEM), 1) << file;
    }
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, 128), 0);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Accept(); });
  }
  ~TestServer() {
    stopping_ = true;
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    {
      const std::lock_guard lock(mutex_);
      for (const int open : open_) shutdown(open, SHUT_RDWR);
    }
    for (std::thread& thread : threads_) thread.join();
    close(listener_);
    if (context_ != nullptr) SSL_CTX_free(context_);
  }

  int port() const { return port_; }
  // Connections so far.
  int connections() const { return connections_; }
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  bool stopping() const { return stopping_; }

 private:
  void Accept() {
    for (;;) {
      const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) return;
      ++connections_;
      timeval patience{20, 0};
      setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
      const std::lock_guard lock(mutex_);
      open_.push_back(connection);
      threads_.emplace_back([this, connection] { Serve(connection); });
    }
  }

  void Serve(int connection) {
    SSL* ssl = nullptr;
    if (context_ != nullptr) {
      ssl = SSL_new(context_);
      SSL_set_fd(ssl, connection);
    }
    if (ssl == nullptr || SSL_accept(ssl) == 1) {
      Peer peer(connection, ssl);
      std::string request;
      while (request.find("\r\n\r\n") == std::string::npos) {
        const std::string more = peer.Receive();
        if (more.empty()) break;
        request += more;
      }
      if (!request.empty()) {
        {
          const std::lock_guard lock(mutex_);
          requests_.push_back(request);
        }
        handler_(request, peer);
      }
      if (ssl != nullptr) SSL_shutdown(ssl);
    }
    if (ssl != nullptr) SSL_free(ssl);
    const std::lock_guard lock(mutex_);
    open_.remove(connection);
    close(connection);
  }

  const Handler handler_;
  SSL_CTX* context_ = nullptr;
  int listener_ = -1, port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> connections_ = 0;
  mutable std::mutex mutex_;
  std::list<int> open_;                // guarded by mutex_
  std::vector<std::string> requests_;  // guarded by mutex_
  std::vector<std::thread> threads_;
  std::thread thread_;
};

inline std::string Ok(const std::string& body, const std::string& status = "200 OK") {
  return absl::StrCat("HTTP/1.1 ", status, "\r\nContent-Length: ", body.size(), "\r\nConnection: close\r\n\r\n", body);
}
inline std::string LeadTo(const std::string& location, const std::string& status = "302 Found") {
  return absl::StrCat("HTTP/1.1 ", status, "\r\nLocation: ", location, "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

// Certificates made with openssl in a folder of their own, of one authority ("ca.pem").
class TestCertificates {
 public:
  TestCertificates() {
    char folder[] = "/tmp/heitie-web-XXXXXX";
    folder_ = mkdtemp(folder);
    Run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 4000 -subj /CN=ca");
    Run("touch index && echo 01 > serial && printf '[ca]\\ndefault_ca=x\\n[x]\\ndatabase=index\\nserial=serial\\nnew_certs_dir=.\\n"
        "default_md=sha256\\npolicy=p\\nunique_subject=no\\ncopy_extensions=copy\\n[p]\\ncommonName=supplied\\n' > conf");
  }
  ~TestCertificates() { Run("rm -rf " + folder_); }
  const std::string& folder() const { return folder_; }
  std::string authority() const { return folder_ + "/ca.pem"; }

  // name.pem and name.key of a server that is called `host`, valid between two times such as "20250101000000Z".
  void Make(const std::string& name, const std::string& host, const std::string& start, const std::string& end,
            const std::string& issuer = "ca") {
    Run(absl::StrCat("openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ", name, ".key -out ", name,
                     ".csr -subj /CN=", name, " -addext subjectAltName=DNS:", host));
    Run(absl::StrCat("openssl ca -batch -notext -config conf -cert ", issuer, ".pem -keyfile ", issuer, ".key -in ", name, ".csr -out ",
                     name, ".pem -startdate ", start, " -enddate ", end));
  }
  void Run(const std::string& command) {
    ASSERT_EQ(std::system(absl::StrCat("cd ", folder_, " && (", command, ") >/dev/null 2>&1").c_str()), 0) << command;
  }

 private:
  std::string folder_;
};

}  // namespace heitie::web

#endif  // HEITIE_COMMON_WEB_SERVER_TESTING_H_
