#include "common/rpc/address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "absl/strings/numbers.h"
#include "common/rpc/bounds.h"
#include "common/status/macros.h"

namespace heitie::rpc {
namespace {

struct HostPort {
  std::string host, port;
};

HostPort Split(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) return {address, ""};
  HostPort parts{address.substr(0, colon), address.substr(colon + 1)};
  if (parts.host.size() > 2 && parts.host.front() == '[' && parts.host.back() == ']')
    parts.host = parts.host.substr(1, parts.host.size() - 2);
  return parts;
}

// Of both kinds of addresses for a wildcard, where the machine speaks IPv6.
bool IsWildcard(const std::string& host) { return host == "0.0.0.0" || host == "::"; }

absl::Status Failed(const char* error) { return absl::FailedPreconditionError(error); }

absl::StatusOr<int> Bind(int family, const sockaddr* address, socklen_t size, bool both_kinds) {
  const int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return Failed(std::strerror(errno));
  const int yes = 1, only_v6 = both_kinds ? 0 : 1;
  // Without SO_REUSEPORT, with which two servers would share a port and neither would know.
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  // Accepted sockets inherit these.
  const auto silence = static_cast<unsigned>(absl::ToInt64Milliseconds(kPingTimeout));
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &silence, sizeof(silence));
  if (family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only_v6, sizeof(only_v6));
  if (bind(fd, address, size) == 0 && listen(fd, SOMAXCONN) == 0) return fd;
  const absl::Status why = Failed(std::strerror(errno));
  close(fd);
  return why;
}

absl::StatusOr<int> BindEverywhere(uint16_t port) {
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  absl::StatusOr<int> fd = Bind(AF_INET6, reinterpret_cast<const sockaddr*>(&v6), sizeof(v6), /*both_kinds=*/true);
  if (fd.ok() || errno == EADDRINUSE) return fd;
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  return Bind(AF_INET, reinterpret_cast<const sockaddr*>(&v4), sizeof(v4), /*both_kinds=*/false);
}

// Follows the port that the first address got, when none was asked for.
void SetPort(sockaddr* address, int port) {
  const auto number = htons(static_cast<uint16_t>(port));
  if (address->sa_family == AF_INET) reinterpret_cast<sockaddr_in*>(address)->sin_port = number;
  if (address->sa_family == AF_INET6) reinterpret_cast<sockaddr_in6*>(address)->sin6_port = number;
}

}  // namespace

bool IsLoopback(const std::string& address) {
  const std::string host = Split(address).host;
  if (host == "localhost") return true;
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

absl::StatusOr<std::vector<int>> ListenOn(const std::string& address) {
  const HostPort parts = Split(address);
  int port = 0;
  if (!absl::SimpleAtoi(parts.port, &port) || port < 0 || port > 65535) return Failed("it has no port");
  std::vector<int> sockets;
  if (IsWildcard(parts.host)) {
    ASSIGN_OR_RETURN(const int fd, BindEverywhere(static_cast<uint16_t>(port)));
    sockets.push_back(fd);
    return sockets;
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(parts.host.c_str(), parts.port.c_str(), &hints, &found); error != 0) return Failed(gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> infos(found, &freeaddrinfo);
  absl::Status why = Failed("it has no address");
  for (const addrinfo* info = found; info != nullptr; info = info->ai_next) {
    if (port == 0 && !sockets.empty()) SetPort(info->ai_addr, PortOf(sockets.front()));
    const absl::StatusOr<int> fd = Bind(info->ai_family, info->ai_addr, info->ai_addrlen, /*both_kinds=*/false);
    if (fd.ok()) {
      sockets.push_back(*fd);
    } else {
      why = fd.status();
    }
  }
  if (sockets.empty()) return why;
  return sockets;
}

int PortOf(int socket) {
  sockaddr_storage self{};
  socklen_t size = sizeof(self);
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&self), &size) != 0) return 0;
  return ntohs(self.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(self).sin6_port
                                          : reinterpret_cast<const sockaddr_in&>(self).sin_port);
}

}  // namespace heitie::rpc
