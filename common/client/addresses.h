// Where a name leads at present. Names are asked for every second, and whoever watches one is told what it has become, so that a replica
// that is new, or a service that starts after its callers, is known to them before the old one goes.
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

// While it lives, `look` is called at once and then every second, with the addresses of the name, none when it was asked for in vain; from
// a thread that serves all watches of the process. `look` must not block, nor end a watch.
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
