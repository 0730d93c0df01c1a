#include "common/service/own_port.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "absl/time/clock.h"

namespace heitie::service {
namespace {

class Socket {
 public:
  explicit Socket(int family) : fd_(socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {}
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  Socket(const Socket&) = delete;
  int fd() const { return fd_; }

 private:
  const int fd_;
};

bool WaitFor(int fd, short events, absl::Time deadline) {
  while (true) {
    pollfd waited{fd, events, 0};
    const auto left = std::max<int64_t>(0, absl::ToInt64Milliseconds(deadline - absl::Now()));
    const int count = poll(&waited, 1, static_cast<int>(left));
    if (count != -1 || errno != EINTR) return count > 0;
  }
}

bool Responds(const addrinfo& info, absl::Time deadline) {
  const Socket peer(info.ai_family);
  if (peer.fd() < 0) return false;
  if (connect(peer.fd(), info.ai_addr, info.ai_addrlen) != 0 && (errno != EINPROGRESS || !WaitFor(peer.fd(), POLLOUT, deadline))) {
    return false;
  }
  int error = 0;
  socklen_t size = sizeof(error);
  if (getsockopt(peer.fd(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) return false;
  // Nothing is said: what one protocol begins with, another tells its log of. Who reads the end closes, or has greeted before.
  shutdown(peer.fd(), SHUT_WR);
  return WaitFor(peer.fd(), POLLIN, deadline);
}

}  // namespace

std::string HostOf(const std::string& address) {
  std::string host = address;
  const size_t bracket = host.find(']');
  if (!host.empty() && host.front() == '[' && bracket != std::string::npos && (bracket + 1 == host.size() || host[bracket + 1] == ':')) {
    host = host.substr(1, bracket - 1);
  } else if (std::count(host.begin(), host.end(), ':') == 1) {
    host.resize(host.find(':'));
  }
  if (!host.empty() && host.back() == '.') host.pop_back();
  return host;
}

bool IsAddress(const std::string& host) {
  in6_addr ignored{};
  return inet_pton(AF_INET, host.c_str(), &ignored) == 1 || inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
}

bool Responds(const std::string& address, int port, absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  std::string host = HostOf(address);
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return false;
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> infos(found, &freeaddrinfo);
  for (const addrinfo* info = found; info != nullptr; info = info->ai_next) {
    if (Responds(*info, deadline)) return true;
  }
  return false;
}

}  // namespace heitie::service
