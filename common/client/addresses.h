// Where a name leads at present. gRPC asks for a name's addresses when a connection ends, and for a name that has none less and less often,
// at last every two minutes; no argument bounds either. So a replica that is new, or a service that starts after its callers, would stay
// unknown to them while the old one goes. Here names are asked for every second, and whoever watches one is told what it has become.
#ifndef HEITIE_COMMON_CLIENT_ADDRESSES_H_
#define HEITIE_COMMON_CLIENT_ADDRESSES_H_

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "absl/time/time.h"

namespace heitie::client {

inline constexpr absl::Duration kLookUpInterval = absl::Seconds(1);

// "host" and "port" of "dns:///host:port"; empty of any other target, whose addresses do not change.
struct NamedTarget {
  std::string host, port;
};
NamedTarget NamedTargetOf(const std::string& target);

// The IPv4 addresses of a name or, when it has none of those, its IPv6 addresses in brackets; none when it has none or they cannot be asked
// for.
using LookUp = std::function<std::set<std::string>(const std::string& host)>;
// The system's, unless a test has set its own.
void SetLookUp(LookUp look_up);

// The target of all addresses: "ipv4:10.0.0.1:7100,10.0.0.2:7100".
std::string TargetOf(const std::set<std::string>& addresses, const std::string& port);

// While it lives, `look` is called every second, with the addresses of the name, unless there are none; from a thread that serves all
// watches of the process. `look` must not block, nor end a watch.
class AddressWatch {
 public:
  AddressWatch(const std::string& host, std::function<void(const std::set<std::string>&)> look);
  // Waits while `look` runs.
  ~AddressWatch();
  AddressWatch(const AddressWatch&) = delete;

  struct Entry;

 private:
  const std::shared_ptr<Entry> entry_;
};

}  // namespace heitie::client

#endif  // HEITIE_COMMON_CLIENT_ADDRESSES_H_
