// Addresses to listen on: "127.0.0.1:9090", "[::1]:9090", "localhost:9090", "unix:/run/heitie.sock".
#pragma once

#include <string>

namespace heitie::rpc {

// True when only processes of this machine can reach the address: 127.0.0.0/8, ::1, localhost, unix sockets.
bool IsLoopback(const std::string& address);

// In words, why the address cannot be bound at this moment, for example "Address already in use".
std::string WhyNotBound(const std::string& address);

}  // namespace heitie::rpc
