// Which pages of other origins may use the gateway from a browser (Fetch Standard, CORS). Callers are known by the tokens that they put
// into Authorization, never by cookies: no answer allows credentials.
#ifndef HEITIE_SERVICES_GATEWAY_CORS_H_
#define HEITIE_SERVICES_GATEWAY_CORS_H_

#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "common/http/server.h"

namespace heitie::gateway {

// Immutable, hence thread-safe.
class Cors {
 public:
  // Nobody's.
  Cors() = default;
  // `origins`: "https://portal.example,http://localhost:3000", or "*" for every page there is, or "" for none. INVALID_ARGUMENT naming what
  // is not an origin.
  static absl::StatusOr<Cors> Of(const std::string& origins);

  bool enabled() const { return any_ || !origins_.empty(); }
  // Whether answers differ by Origin, so that caches have to be told.
  bool varies() const { return !origins_.empty(); }

  // What an answer to this request says besides: nothing to a page that is not allowed.
  http::Headers ForAnswer(const http::Request& head) const;
  // What the answer to a preflight says besides; `allowed`: the methods of its path. Nothing when it is refused or is none.
  http::Headers ForPreflight(const http::Request& head, const std::string& allowed) const;

 private:
  bool Allows(const std::string& origin) const;
  std::string AllowedOrigin(const std::string& origin) const;

  bool any_ = false;
  std::set<std::string> origins_;
};

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_CORS_H_
