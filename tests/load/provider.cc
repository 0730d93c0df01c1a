#include "tests/load/provider.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

#include "absl/strings/str_cat.h"

namespace heitie::load {
namespace {

constexpr int kGlance = 20;  // ms
constexpr char kTaken[] = "HTTP/1.1 200 OK\r\nContent-Length: 13\r\nConnection: close\r\n\r\n{\"errcode\":0}";
constexpr char kEndOfHead[] = "\r\n\r\n", kLength[] = "Content-Length: ";

}  // namespace

Provider::Provider(Heard heard) : heard_(std::move(heard)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, SOMAXCONN) != 0) Die("no provider");
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Run(); });
}

Provider::~Provider() {
  stopping_ = true;
  thread_.join();
  for (const auto& [socket, connection] : connections_) close(socket);
  close(listener_);
}

std::string Provider::AddressOf(int robot) const {
  return absl::StrCat("http://127.0.0.1:", port_, "/", robot, "?key=of-the-load-", robot);
}

void Provider::Run() {
  while (!stopping_) {
    std::vector<pollfd> waiting{{listener_, POLLIN, 0}};
    for (auto it = connections_.begin(); it != connections_.end();) {
      const auto& [socket, connection] = *it;
      if (connection.unanswered != kNobody && connection.unanswered != hanging_) {
        close(socket);
        it = connections_.erase(it);
        continue;
      }
      waiting.push_back({socket, POLLIN, 0});
      ++it;
    }
    if (poll(waiting.data(), waiting.size(), kGlance) <= 0) continue;
    if (waiting[0].revents != 0) {
      const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (socket >= 0) connections_[socket];
    }
    for (size_t i = 1; i < waiting.size(); ++i) {
      if (waiting[i].revents == 0 || Read(waiting[i].fd, connections_[waiting[i].fd])) continue;
      close(waiting[i].fd);
      connections_.erase(waiting[i].fd);
    }
  }
}

bool Provider::Read(int socket, Connection& connection) {
  char buffer[16 << 10];
  const ssize_t read = recv(socket, buffer, sizeof buffer, 0);
  if (read <= 0) return false;
  std::string& request = connection.request;
  request.append(buffer, static_cast<size_t>(read));
  const size_t head = request.find(kEndOfHead), length = request.find(kLength), path = request.find('/');
  if (head == std::string::npos) return true;
  if (length == std::string::npos || path == std::string::npos) return false;
  if (request.size() < head + sizeof kEndOfHead - 1 + std::strtoul(request.c_str() + length + sizeof kLength - 1, nullptr, 10)) return true;
  const int robot = std::atoi(request.c_str() + path + 1);
  heard_(robot, request, Clock::now());
  if (robot == hanging_) {
    connection.unanswered = robot;
    return true;
  }
  // So little goes out at once.
  if (send(socket, kTaken, sizeof kTaken - 1, MSG_NOSIGNAL) < 0) return false;
  shutdown(socket, SHUT_WR);
  return false;
}

}  // namespace heitie::load
