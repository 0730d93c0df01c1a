#include "common/web/allow_list.h"

#include <algorithm>

#include "absl/strings/match.h"

namespace heitie::web {
namespace {

bool Names(const Allowed& entry, const Url& url) {
  if (!(url.https ? entry.https : entry.http) || entry.ports.count(url.port) == 0) return false;
  if (!absl::StartsWith(entry.host, "*.")) return entry.host == url.host;
  const std::string below = entry.host.substr(1);
  return !url.address.has_value() && url.host.size() > below.size() && absl::EndsWith(url.host, below);
}

}  // namespace

bool IsAllowedHost(const std::string& host) {
  if (absl::StartsWith(host, "*.")) return IsHostName(host.substr(2)) && absl::StrContains(host.substr(2), ".");
  const std::optional<Address> address = Address::Parse(host);
  return address.has_value() ? address->Text() == host : IsHostName(host);
}

bool AllowList::Permits(const Url& url) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const Allowed& entry) { return Names(entry, url); });
}

bool AllowList::Permits(const Url& url, const Address& address) const {
  const Reach reach = ReachOf(address);
  return std::any_of(entries_.begin(), entries_.end(), [&](const Allowed& entry) {
    if (!Names(entry, url)) return false;
    if (reach == Reach::kPublic) return true;
    // A range that was written before the classes were as they are now opens nothing more than it may.
    return reach != Reach::kMetadata && std::any_of(entry.inside.begin(), entry.inside.end(),
                                                    [&](const Range& range) { return MayBeOpened(range) && range.Contains(address); });
  });
}

}  // namespace heitie::web
