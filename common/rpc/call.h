// What a handler knows of the request it serves besides the message itself. No gRPC here.
#ifndef HEITIE_COMMON_RPC_CALL_H_
#define HEITIE_COMMON_RPC_CALL_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "common/status/status.h"
#include "heitie/options/v1/access.pb.h"

namespace heitie::rpc {

using Role = options::v1::Role;

// Who calls without login where the contract admits everybody: one principal for all of them, so that together they have one caller's share
// of each queue. Which of them it is, no handler and no log line knows.
inline constexpr char kGuests[] = "guests";

// Who calls.
struct Principal {
  // The `sub` claim of the token, a resource name such as `employees/li-ming`, `services/activity` for a service, or `guests`.
  std::string name;
  // The `department` claim; empty when the token has none.
  std::string department;
  // One bit for each role: 1 << Role.
  uint32_t roles = 0;

  bool Has(Role role) const { return (roles >> role) & 1; }
  void Grant(Role role) { roles |= 1u << role; }
};

// One request as it passes the door. Handlers take it by const reference and hand it on to clients of other services, which
// inherit its deadline, trace and caller.
struct Call {
  Principal principal;
  // `package.Service/Method`.
  std::string method;
  // 32 hex digits (W3C trace context).
  std::string trace_id;
  // 16 hex digits: the part of the trace that this request is, for what it causes; empty where nobody records it.
  std::string span_id;
  // Whether the trace is recorded, as the caller decided or, without one, the first process that it passes.
  bool sampled = false;
  // Never InfiniteFuture: the door caps what the client left open.
  absl::Time deadline = absl::InfiniteFuture();
  status::Language language = status::Language::kEnglish;
  // The moment of the request by the process's clock; one request sees one time.
  absl::Time now;
  // The caller's bearer token as it came, for calls on the caller's behalf; empty for a service's own work.
  std::string token;
};

}  // namespace heitie::rpc

#endif  // HEITIE_COMMON_RPC_CALL_H_
