#include "common/rpc/grpc/acceptor.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/observe/log.h"
#include "common/observe/metrics.h"
#include "common/observe/survive.h"
#include "common/rpc/address.h"
#include "common/rpc/bounds.h"
#include "common/status/macros.h"

namespace heitie::rpc {
namespace {

// While nothing can be accepted for want of descriptors or memory.
constexpr int kPauseMillis = 50;
// Those that wait are accepted in portions, so that a flood does not keep the thread from ending.
constexpr int kPortion = 256;
constexpr absl::Duration kLookAgain = absl::Milliseconds(100);
constexpr absl::Duration kSayAgain = absl::Seconds(10);

// Descriptors from which on connections are refused, so that there are some left for files, the database and other services. The limit may
// be changed from outside while the process runs.
int FirstRefused() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const auto all = static_cast<int64_t>(std::min<rlim_t>(limit.rlim_cur, 1 << 30));
  return static_cast<int>(all - std::clamp<int64_t>(all / 8, 8, 1024));
}

bool IsShortage(int error) { return error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS; }

// Without a goodbye, which would keep the connection in the kernel's tables.
void Refuse(int connection) {
  const linger none{1, 0};
  setsockopt(connection, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
  close(connection);
}

}  // namespace

Connections::Peer Connections::PeerOf(const sockaddr_storage& address) {
  Peer peer;
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    peer.address[10] = peer.address[11] = 0xff;
    std::memcpy(&peer.address[12], &v4.sin_addr, 4);
    peer.port = v4.sin_port;
  } else if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    std::memcpy(peer.address.data(), &v6.sin6_addr, 16);
    peer.port = v6.sin6_port;
  }
  return peer;
}

Connections::Origin Connections::OriginOf(const Peer& peer) {
  Origin origin = peer.address;
  const bool v4 = std::all_of(origin.begin(), origin.begin() + 10, [](uint8_t byte) { return byte == 0; }) && origin[10] == 0xff;
  if (!v4) std::fill(origin.begin() + 8, origin.end(), 0);
  return origin;
}

bool Connections::Within(const Origin& origin) const {
  const auto count = counts_.find(origin);
  return peers_.size() < most_ && (count == counts_.end() || count->second < most_from_one_);
}

bool Connections::Add(int fd, const sockaddr_storage& address) {
  Forget(fd);
  const Peer peer = PeerOf(address);
  const Origin origin = OriginOf(peer);
  if (!Within(origin)) {
    ForgetClosed();
    if (!Within(origin)) return false;
  }
  peers_.emplace(fd, peer);
  ++counts_[origin];
  return true;
}

void Connections::Forget(int fd) {
  const auto peer = peers_.find(fd);
  if (peer == peers_.end()) return;
  const auto count = counts_.find(OriginOf(peer->second));
  if (--count->second == 0) counts_.erase(count);
  peers_.erase(peer);
}

// Asks the kernel about each, so not for everybody whom a flood brings.
void Connections::ForgetClosed() {
  const absl::Time now = absl::Now();
  if (now < looked_ + kLookAgain && now >= looked_) return;
  looked_ = now;
  std::vector<int> closed;
  for (const auto& [fd, peer] : peers_) {
    sockaddr_storage current{};
    socklen_t size = sizeof(current);
    if (getpeername(fd, reinterpret_cast<sockaddr*>(&current), &size) != 0 || PeerOf(current) != peer) closed.push_back(fd);
  }
  for (const int fd : closed) Forget(fd);
}

absl::StatusOr<std::unique_ptr<Acceptor>> Acceptor::Listen(const std::string& address) {
  ASSIGN_OR_RETURN(std::vector<int> listeners, ListenOn(address));
  const int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake < 0) return absl::InternalError(std::strerror(errno));
  return std::unique_ptr<Acceptor>(new Acceptor(std::move(listeners), wake));
}

Acceptor::Acceptor(std::vector<int> listeners, int wake)
    : listeners_(std::move(listeners)),
      wake_(wake),
      port_(PortOf(listeners_.front())),
      connections_(kMostConnections, kMostConnectionsFromOne) {}

Acceptor::~Acceptor() {
  Stop();
  close(wake_);
}

int Acceptor::port() const { return port_; }

void Acceptor::Start(std::function<void(int, int)> take) {
  take_ = std::move(take);
  thread_ = std::jthread([this](const std::stop_token& stop) { Loop(stop); });
}

void Acceptor::Stop() {
  if (thread_.joinable()) {
    thread_.request_stop();
    eventfd_write(wake_, 1);
    thread_.join();
  }
  for (const int listener : listeners_) close(listener);
  listeners_.clear();
}

void Acceptor::Loop(const std::stop_token& stop) {
  std::vector<pollfd> watched{{wake_, POLLIN, 0}};
  for (const int listener : listeners_) watched.push_back({listener, POLLIN, 0});
  bool shortage = false;
  while (!stop.stop_requested()) {
    // During a shortage only for the end: the listeners are ready all the time.
    const nfds_t count = shortage ? 1 : watched.size();
    if (poll(watched.data(), count, shortage ? kPauseMillis : -1) < 0 && errno != EINTR) shortage = true;
    if (stop.stop_requested()) return;
    shortage = false;
    for (const int listener : listeners_) shortage |= !AcceptAll(listener);
  }
}

// False when it has to pause.
bool Acceptor::AcceptAll(int listener) {
  for (int i = 0; i < kPortion; ++i) {
    sockaddr_storage peer{};
    socklen_t size = sizeof(peer);
    const int connection = accept4(listener, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (connection >= 0) {
      if (HasRoom(connection, peer)) {
        observe::Survive("a connection could not be taken", [&] { take_(listener, connection); });
      } else {
        Refuse(connection);
        NoteRefused();
      }
      continue;
    }
    const int error = errno;
    if (error == EAGAIN || error == EWOULDBLOCK) return true;
    if (IsShortage(error) || error == EBADF || error == EINVAL || error == ENOTSOCK) {
      if (absl::Now() > said_ + kSayAgain) {
        said_ = absl::Now();
        observe::Log(observe::Severity::kError, "connections cannot be accepted", {{"why", std::strerror(error)}});
      }
      return false;
    }
    // What else there is concerns the one connection, which has gone already.
  }
  return true;
}

bool Acceptor::HasRoom(int connection, const sockaddr_storage& peer) {
  return connection < FirstRefused() && connections_.Add(connection, peer);
}

void Acceptor::NoteRefused() {
  static auto& total =
      observe::Counter("heitie_connections_refused_total", "gRPC connections that were closed at once because there are too many.");
  ++total;
  ++refused_;
  const absl::Time now = absl::Now();
  if (now < said_ + kSayAgain) return;
  observe::Log(observe::Severity::kWarning, "too many connections", {{"refused", std::to_string(refused_)}});
  said_ = now;
  refused_ = 0;
}

}  // namespace heitie::rpc
