// Addresses of pages, taken apart as strictly as possible: what two readers could understand differently is no URL. Pure.
#ifndef HEITIE_COMMON_WEB_URL_H_
#define HEITIE_COMMON_WEB_URL_H_

#include <optional>
#include <string>

#include "common/web/address.h"

namespace heitie::web {

struct Url {
  bool https = false;
  // A name in small ASCII letters, or an address in its canonical form, without brackets.
  std::string host;
  // Set when the host is an address.
  std::optional<Address> address;
  int port = 0;
  // Path and query, beginning with "/".
  std::string target;

  // "https://shop.example/spring?a=b"; the port where it is not the scheme's own.
  std::string Text() const;
  // "shop.example:8443", "[2001:db8::1]": as in Text.
  std::string Authority() const;
};

// A whole URL of http or https: no user, no fragment, nothing but visible ASCII, at most 4,000 characters. The host is a name of labels of
// letters, digits, "-" and "_" whose last one is no number, or an address as Address::Parse takes it, IPv6 in brackets.
std::optional<Url> ParseUrl(const std::string& text);

// Where a Location leads to, seen from `base` (RFC 3986): whole, or relative. A fragment is left out, and bytes that belong into a URL only
// in their encoded form are encoded; otherwise as ParseUrl.
std::optional<Url> Follow(const Url& base, const std::string& location);

// Whether it is such a host in the form that Url has it.
bool IsHostName(const std::string& host);

}  // namespace heitie::web

#endif  // HEITIE_COMMON_WEB_URL_H_
