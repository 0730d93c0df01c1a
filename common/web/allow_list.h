// What may be asked for in the world outside: nothing that no entry names. Pure.
#ifndef HEITIE_COMMON_WEB_ALLOW_LIST_H_
#define HEITIE_COMMON_WEB_ALLOW_LIST_H_

#include <set>
#include <string>
#include <vector>

#include "common/web/address.h"
#include "common/web/url.h"

namespace heitie::web {

struct Allowed {
  // A host as Url has it, or "*." and a name: all below that name, at any depth, not the name itself.
  std::string host;
  bool http = false, https = false;
  std::set<int> ports;
  // Ranges inside that the host may lead to (MayBeOpened).
  std::vector<Range> inside;
};

// Whether a host of an entry is in its one form. Below a top-level domain ("*.com") is as well as nothing: there is a dot in the name.
bool IsAllowedHost(const std::string& host);

class AllowList {
 public:
  AllowList() = default;
  explicit AllowList(std::vector<Allowed> entries) : entries_(std::move(entries)) {}

  // Whether an entry names scheme, host and port.
  bool Permits(const Url& url) const;
  // Whether one that does lets its host lead to the address: a public one, or one in a range that it opens.
  bool Permits(const Url& url, const Address& address) const;

 private:
  std::vector<Allowed> entries_;
};

}  // namespace heitie::web

#endif  // HEITIE_COMMON_WEB_ALLOW_LIST_H_
