// Addresses to listen on: "127.0.0.1:9090", "[::1]:9090", "localhost:9090", "0.0.0.0:9090".
#ifndef HEITIE_COMMON_RPC_ADDRESS_H_
#define HEITIE_COMMON_RPC_ADDRESS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace heitie::rpc {

// True when only processes of this machine can reach the address: 127.0.0.0/8, ::1, localhost.
bool IsLoopback(const std::string& address);

// Listening sockets, which the caller closes, of every address that the host's name has; 0.0.0.0 and [::] mean every address of both kinds.
// They do not block, and what they accept sends small messages at once and ends when the peer's machine is silent. With port 0 they share
// a free one. The status says in words why an address cannot be bound, for example "Address already in use".
absl::StatusOr<std::vector<int>> ListenOn(const std::string& address);
// The port of a bound socket.
int PortOf(int socket);

}  // namespace heitie::rpc

#endif  // HEITIE_COMMON_RPC_ADDRESS_H_
