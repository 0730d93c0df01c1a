// What tests of this folder share: a client that speaks bytes, a server with a simple handler.
#ifndef HEITIE_COMMON_HTTP_CLIENT_TESTING_H_
#define HEITIE_COMMON_HTTP_CLIENT_TESTING_H_

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/http/server.h"

namespace heitie::http {

// A client that says exactly what the test tells it to.
class Client {
 public:
  // `receive_buffer`: in bytes; 0 leaves it to the system. `from`: the last byte of its address, 127.0.0.x.
  explicit Client(int port, int receive_buffer = 0, int from = 1) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in own = {};
    own.sin_family = AF_INET;
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK + from - 1);
    if (from != 1) bind(fd_, reinterpret_cast<sockaddr*>(&own), sizeof(own));
    if (receive_buffer > 0) setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
    timeval timeout = {10, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
  }
  ~Client() { Close(); }
  bool connected() const { return connected_; }
  int fd() const { return fd_; }
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }
  // False when the server has closed.
  bool Say(const std::string& bytes) {
    size_t sent = 0;
    while (sent < bytes.size()) {
      const ssize_t n = send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) return false;
      sent += n;
    }
    return true;
  }
  // Reads until `end` has been seen; what came so far when the server closes.
  std::string HearUntil(const std::string& end) {
    while (heard_.find(end) == std::string::npos) {
      if (!Receive()) return std::exchange(heard_, "");
    }
    const size_t length = heard_.find(end) + end.size();
    std::string result = heard_.substr(0, length);
    heard_.erase(0, length);
    return result;
  }
  std::string HearAll() {
    while (Receive()) {
    }
    return std::exchange(heard_, "");
  }
  // One answer with a Content-Length: head and body.
  std::string HearAnswer() {
    std::string head = HearUntil("\r\n\r\n");
    const size_t at = head.find("Content-Length: ");
    if (at == std::string::npos) return head;
    const size_t length = std::strtoul(head.c_str() + at + 16, nullptr, 10);
    while (heard_.size() < length && Receive()) {
    }
    head += heard_.substr(0, length);
    heard_.erase(0, length);
    heard_.shrink_to_fit();
    return head;
  }

 private:
  bool Receive() {
    char buffer[65536];
    const ssize_t n = recv(fd_, buffer, sizeof(buffer), 0);
    if (n <= 0) return false;
    heard_.append(buffer, n);
    return true;
  }
  int fd_;
  bool connected_ = false;
  std::string heard_;
};

class Flag {
 public:
  void Set() {
    std::lock_guard lock(mutex_);
    set_ = true;
    changed_.notify_all();
  }
  bool Wait(std::chrono::milliseconds limit = std::chrono::seconds(10)) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [this] { return set_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool set_ = false;
};

inline void Echo(Request request, std::shared_ptr<Responder> responder) {
  responder->Send({.status = 200,
                   .headers = {{"Content-Type", "text/plain"}},
                   .body = absl::StrCat(request.method, " ", request.path, " [", request.query, "] ", request.headers.Get("x-name"), " ",
                                        request.body)});
}

inline std::unique_ptr<Server> Serve(Handler handler, Options options = {}, Judge judge = nullptr) {
  if (options.address.empty()) options.address = "127.0.0.1:0";
  auto server = Server::Listen(options, std::move(handler), std::move(judge));
  EXPECT_TRUE(server.ok()) << server.status();
  return *std::move(server);
}

}  // namespace heitie::http

#endif  // HEITIE_COMMON_HTTP_CLIENT_TESTING_H_
