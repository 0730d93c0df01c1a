// Calls of a service on its own.
#ifndef HEITIE_COMMON_CLIENT_OWN_CALL_H_
#define HEITIE_COMMON_CLIENT_OWN_CALL_H_

#include <string>

#include "common/rpc/call.h"

namespace heitie::client {

// A call of this service ("activity") on its own, for the same trace, deadline and language: what comes of it must not depend on who asks.
rpc::Call OwnCall(const rpc::Call& call, const std::string& service);

}  // namespace heitie::client

#endif  // HEITIE_COMMON_CLIENT_OWN_CALL_H_
