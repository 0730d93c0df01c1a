// Accepts connections for as long as the process lives. The library's own listener is dead for good once accept fails, as it does when the
// descriptors are used up.
#ifndef HEITIE_COMMON_RPC_GRPC_ACCEPTOR_H_
#define HEITIE_COMMON_RPC_GRPC_ACCEPTOR_H_

#include <sys/socket.h>

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace heitie::rpc {

// The connections that a listener has handed on, by their descriptors. Their owners close them without notice. This class learns of it when
// a descriptor comes back for a new connection, or when it asks the kernel because there seem to be too many. Not thread-safe.
class Connections {
 public:
  // Bounds of all, and of those from one address (IPv6: one network of 64 bits).
  Connections(size_t most, size_t most_from_one) : most_(most), most_from_one_(most_from_one) {}

  // Whether one more from there is within the bounds; then it is counted.
  bool Add(int fd, const sockaddr_storage& peer);

 private:
  // Of IPv4 as IPv6 has it.
  struct Peer {
    std::array<uint8_t, 16> address{};
    uint16_t port = 0;
    bool operator==(const Peer&) const = default;
  };
  using Origin = std::array<uint8_t, 16>;  // an address, or a network

  static Peer PeerOf(const sockaddr_storage& address);
  static Origin OriginOf(const Peer& peer);
  bool Within(const Origin& origin) const;
  void Forget(int fd);
  void ForgetClosed();

  const size_t most_, most_from_one_;
  std::unordered_map<int, Peer> peers_;
  std::map<Origin, size_t> counts_;
  absl::Time looked_ = absl::InfinitePast();
};

class Acceptor {
 public:
  // Binds (address.h); nobody is accepted yet.
  static absl::StatusOr<std::unique_ptr<Acceptor>> Listen(const std::string& address);
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;

  int port() const;
  // From now on `take` gets every connection, one after the other, and owns it: a socket that does not block.
  void Start(std::function<void(int listener, int connection)> take);
  // Closes the port; `take` is not called any more.
  void Stop();

 private:
  Acceptor(std::vector<int> listeners, int wake);
  void Loop(const std::stop_token& stop);
  bool AcceptAll(int listener);
  bool HasRoom(int connection, const sockaddr_storage& peer);
  void NoteRefused();

  std::vector<int> listeners_;
  const int wake_;
  const int port_;
  Connections connections_;
  std::function<void(int, int)> take_;
  uint64_t refused_ = 0;  // since it was last said
  absl::Time said_ = absl::InfinitePast();
  std::jthread thread_;
};

}  // namespace heitie::rpc

#endif  // HEITIE_COMMON_RPC_GRPC_ACCEPTOR_H_
