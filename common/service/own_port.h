// A look at a process's own ports from outside, and the hosts of addresses.
#ifndef HEITIE_COMMON_SERVICE_OWN_PORT_H_
#define HEITIE_COMMON_SERVICE_OWN_PORT_H_

#include <string>

#include "absl/time/time.h"

namespace heitie::service {

// "a:1" and "a." → "a"; "[::1]:1" → "::1"; a bare IPv6 address is its own.
std::string HostOf(const std::string& address);
// Whether it is an address of IPv4 or IPv6, and no name.
bool IsAddress(const std::string& host);

// Whether the process that listens there takes connections up; a successful connect shows only that the kernel keeps the connection. The
// peer may speak HTTP/2, HTTP/1.1 or TLS: it is told the end at once, and any bytes from it, or a close, are a response. `address` as it
// was given to listen on; "0.0.0.0" and "[::]" are reached by loopback. Blocks for `patience` at most.
bool Responds(const std::string& address, int port, absl::Duration patience);

}  // namespace heitie::service

#endif  // HEITIE_COMMON_SERVICE_OWN_PORT_H_
