// Who a client certificate says it is.
#ifndef HEITIE_COMMON_RPC_PEER_H_
#define HEITIE_COMMON_RPC_PEER_H_

#include <string>

namespace heitie::rpc {

// "activity" when the subject (RFC 2253: "CN=services/activity,O=Heitie") has exactly one common name and that is services/activity; else
// empty. Alternative names are names of hosts and say nothing about who calls.
std::string ServiceOf(const std::string& subject);

}  // namespace heitie::rpc

#endif  // HEITIE_COMMON_RPC_PEER_H_
